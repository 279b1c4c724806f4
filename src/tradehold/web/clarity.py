"""What the rules say about a specification, as pages ask for it: how a line reads, what is unclear in it, and
what its category and markets expect besides."""

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from tradehold.domain import regulation
from tradehold.domain.given import Knowledge
from tradehold.domain.regulation import Duty
from tradehold.domain.requirement import Gap, Requirement, Specification


@cache
def _domain(name: str) -> Any:
    return import_module(f"tradehold.domain.{name}") if find_spec(f"tradehold.domain.{name}") else None


def read(text: str, knowledge: Knowledge) -> Requirement:
    """As far as a line can be read; its words always stay what they are."""
    rules = _domain("reading")
    return rules.read(text, knowledge) if rules else Requirement(text)


def gaps(spec: Specification, knowledge: Knowledge) -> tuple[Gap, ...]:
    rules = _domain("clarity")
    return rules.gaps(spec, knowledge) if rules else ()


def message(gap: Gap, language: str, knowledge: Knowledge) -> str:
    return str(_domain("clarity").message(gap, language, knowledge))


def why(gap: Gap, language: str, knowledge: Knowledge) -> str:
    return str(_domain("clarity").why(gap, language, knowledge))


def duties(spec: Specification, knowledge: Knowledge, language: str) -> tuple[Duty, ...]:
    return regulation.duties(spec.category, spec.markets, knowledge.regulations, language)


def categories(knowledge: Knowledge, language: str) -> dict[str, str]:
    """Their names by their keys."""
    known = getattr(knowledge, "categories", None)
    if not known:
        return {key: key.replace("_", " ").capitalize() for key in regulation.CATEGORIES}
    return {key: one.names.of(language) for key, one in known.categories.items()}


def detect(text: str, knowledge: Knowledge) -> str:
    known = getattr(knowledge, "categories", None)
    return str(_domain("category").detect(text, known)) if known else ""


def template(category: str, knowledge: Knowledge, language: str) -> tuple[str, ...]:
    """Lines to start from, with blanks as ⟨…⟩."""
    known = getattr(knowledge, "categories", None)
    if not known or category not in known.categories:
        return ()
    lines: tuple[str, ...] = getattr(known.categories[category].template, "zh" if language == "zh" else "en")
    return lines


def missing(spec: Specification, knowledge: Knowledge, language: str) -> list[tuple[str, str, int, str]]:
    """What contracts of the category usually fix and this one does not: key, label, importance (1: every one
    fixes it) and a line to add."""
    known = getattr(knowledge, "categories", None)
    if not known:
        return []
    said = {one.attribute for one in spec.requirements if one.attribute}
    text = "\n".join(one.text for one in spec.requirements)
    return [
        (one.attribute, known.attributes[one.attribute].label(language), one.importance,
         one.suggestion.of(language))
        for one in _domain("category").missing(spec.category, said, text, known)
    ]  # fmt: skip
