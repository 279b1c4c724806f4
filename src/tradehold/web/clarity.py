"""What the rules say about a specification, as pages ask for it: how a line reads, what is unclear in it, and
what its category and markets expect besides."""

from collections.abc import Callable
from functools import lru_cache

import msgspec

from tradehold.domain import category, clarity, reading, regulation
from tradehold.domain.folding import fold
from tradehold.domain.given import Knowledge
from tradehold.domain.lexicon import Lexicon
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
    known = knowledge.categories
    said = {one.attribute for one in spec.requirements if one.attribute}
    named = {key for one in spec.requirements for key in _named(one.text, known.lexicon)}
    there = said | {known.meaning(spec.category, key) for key in named | said}
    return [
        Missing(
            one.attribute,
            known.attributes[one.attribute].label(language),
            one.importance,
            one.suggestion.of(language),
        )
        for one in category.missing(spec.category, there, "", known)
    ]


@lru_cache(maxsize=1 << 14)
def _named(line: str, lexicon: Lexicon) -> frozenset[str]:
    """The attributes that a line names. Most lines of a form are those of a moment ago."""
    return frozenset(key for _, _, key in lexicon.find(fold(line).text.lower()))
