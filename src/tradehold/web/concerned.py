"""Which of a contract's own words each risk is about, so that one knows what one acknowledges."""

from collections.abc import Iterable

from tradehold.domain.contract import Terms
from tradehold.domain.given import Knowledge
from tradehold.domain.requirement import Gap, GapCode
from tradehold.domain.risk import ALWAYS, MARKET_DUTIES, MISSING_ATTRIBUTES, specification
from tradehold.domain.specification import assess
from tradehold.web.i18n import Translator

_MOST = 5  # requirements that are named
_WORDS = 5  # of each
_LONGEST = 40  # characters of each


def said(t: Translator, terms: Terms, knowledge: Knowledge) -> dict[str, str]:
    """By the code of the risk, for those that are about something one can point at."""
    if not set(terms.risks) & {*GapCode, MISSING_ATTRIBUTES, MARKET_DUTIES}:
        return {}
    found = assess(specification(terms), knowledge, terms.title)
    which = {code: _named(t, terms, places) for code, places in _places(found.gaps).items()}
    names = knowledge.categories.attributes
    lacking = [names[one.attribute].label(t.language) for one in found.missing if one.importance == ALWAYS]
    taken = {one.duty for one in terms.requirements}
    rules = [
        duty.regulation.regulation
        for duty in found.duties
        if duty.proposed and duty.regulation.id not in taken
    ]
    return which | {MISSING_ATTRIBUTES: _first_of(t, lacking), MARKET_DUTIES: _first_of(t, rules)}


def _places(gaps: Iterable[Gap]) -> dict[str, list[int | None]]:
    """The numbers from zero of the requirements with a gap of each code, each once; None for the remarks."""
    found: dict[str, dict[int | None, None]] = {}
    for gap in gaps:
        for place in (gap.requirement, gap.other) if gap.other is not None else (gap.requirement,):
            found.setdefault(gap.code, {})[place] = None
    return {code: list(places) for code, places in found.items()}


def _named(t: Translator, terms: Terms, places: list[int | None]) -> str:
    numbers = sorted(one for one in places if one is not None)
    parts = [f"{n + 1} “{_first(terms.requirements[n].text)}”" for n in numbers[:_MOST]]
    if not numbers:
        return t("the remarks")
    if None in places:
        parts.append(t("the remarks"))
    which = _listed(t, parts, len(parts) + max(0, len(numbers) - _MOST))
    return t("Requirement {which}|Requirements {which}", count=len(numbers), which=which)


def _first_of(t: Translator, names: list[str]) -> str:
    once = list(dict.fromkeys(names))
    return _listed(t, once[:_MOST], len(once))


def _listed(t: Translator, shown: list[str], whole: int) -> str:
    more = whole - len(shown)
    return t(", ").join([*shown, *([t("{count} more|{count} more", count=more)] if more else [])])


def _first(text: str) -> str:
    """The first few words; of a script that parts none the first few characters."""
    words = " ".join(text.split()[:_WORDS])
    short = words if len(words) <= _LONGEST else words[:_LONGEST]
    return short if len(short) == len(" ".join(text.split())) else f"{short}…"
