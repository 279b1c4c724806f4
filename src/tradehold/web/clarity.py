"""What the rules say about a specification, as pages ask for it: how a line reads, what is unclear in it, and
what its category and markets expect besides."""

from collections.abc import Callable

import msgspec

from tradehold.domain import category, clarity, reading, regulation
from tradehold.domain.given import Knowledge
from tradehold.domain.regulation import Duty
from tradehold.domain.requirement import Gap, Requirement, Specification

Read = Callable[[str], Requirement]


class Missing(msgspec.Struct, frozen=True):
    """What contracts of the category usually fix and this one does not. `importance` 1: every one fixes it;
    `text` is a line to add."""

    attribute: str
    label: str
    importance: int
    text: str


def reader(knowledge: Knowledge) -> Read:
    """Reads a line as far as it can be read; its words always stay what they are."""
    return lambda text: reading.read(text, knowledge)


def gaps(spec: Specification, knowledge: Knowledge) -> tuple[Gap, ...]:
    return clarity.gaps(spec, knowledge)


def message(gap: Gap, language: str, knowledge: Knowledge) -> str:
    return clarity.message(gap, language, knowledge)


def why(gap: Gap, language: str, knowledge: Knowledge) -> str:
    return clarity.why(gap, language, knowledge)


def duties(spec: Specification, knowledge: Knowledge, language: str) -> tuple[Duty, ...]:
    return regulation.duties(spec.category, spec.markets, knowledge.regulations, language)


def categories(knowledge: Knowledge, language: str) -> dict[str, str]:
    """Their names by their keys."""
    return {key: one.names.of(language) for key, one in knowledge.categories.categories.items()}


def detect(text: str, knowledge: Knowledge) -> str:
    return category.detect(text, knowledge.categories)


def template(key: str, knowledge: Knowledge, language: str) -> tuple[str, ...]:
    """Lines to start from, with blanks as ⟨…⟩; none for a category that is not known."""
    known = knowledge.categories.categories.get(key)
    if known is None:
        return ()
    return known.template.zh if language == "zh" else known.template.en


def missing(spec: Specification, knowledge: Knowledge, language: str) -> list[Missing]:
    said = {one.attribute for one in spec.requirements if one.attribute}
    text = "\n".join(one.text for one in spec.requirements)
    known = knowledge.categories
    return [
        Missing(one.attribute, known.attributes[one.attribute].label(language), one.importance,
                one.suggestion.of(language))
        for one in category.missing(spec.category, said, text, known)
    ]  # fmt: skip
