"""Which of a contract's own words each risk is about, so that one knows what one acknowledges."""

from tradehold.domain.clarity import gaps
from tradehold.domain.contract import Terms, markets
from tradehold.domain.given import Knowledge
from tradehold.domain.regulation import duties
from tradehold.domain.requirement import GapCode
from tradehold.domain.risk import MARKET_DUTIES, specification
from tradehold.web.i18n import Translator

_MOST = 5  # requirements that are named
_WORDS = 5  # of each
_LONGEST = 40  # characters of each


def said(t: Translator, terms: Terms, knowledge: Knowledge) -> dict[str, str]:
    """By the code of the risk, for those that are about something that stands in the contract."""
    found = {}
    if set(terms.risks) & set(GapCode):
        found = {code: _named(t, terms, places) for code, places in by_code(terms, knowledge).items()}
    if MARKET_DUTIES in terms.risks:
        found[MARKET_DUTIES] = _rules(t, terms, knowledge)
    return found


def _rules(t: Translator, terms: Terms, knowledge: Knowledge) -> str:
    """The rules that were proposed and that no requirement was written for."""
    taken = {one.duty for one in terms.requirements}
    names = dict.fromkeys(
        duty.regulation.regulation
        for duty in duties(terms.category, markets(terms), knowledge.regulations)
        if duty.proposed and duty.regulation.id not in taken
    )
    return _listed(t, list(names)[:_MOST], len(names))


def by_code(terms: Terms, knowledge: Knowledge) -> dict[str, list[int | None]]:
    """The numbers from zero of the requirements with a gap of each code, each once; None for the remarks."""
    found: dict[str, dict[int | None, None]] = {}
    for gap in gaps(specification(terms), knowledge):
        for place in (gap.requirement, gap.other) if gap.other is not None else (gap.requirement,):
            found.setdefault(gap.code, {})[place] = None
    return {code: list(places) for code, places in found.items()}


def _named(t: Translator, terms: Terms, places: list[int | None]) -> str:
    numbers = sorted(one for one in places if one is not None)
    parts = [f"{n + 1} “{_first(terms.requirements[n].text)}”" for n in numbers[:_MOST]]
    if None in places:
        parts.append(t("the remarks"))
    which = _listed(t, parts, len(parts) + max(0, len(numbers) - _MOST))
    return t("Requirement {which}|Requirements {which}", count=len(numbers) or 1, which=which)


def _listed(t: Translator, shown: list[str], whole: int) -> str:
    more = whole - len(shown)
    return t(", ").join([*shown, *([t("{count} more|{count} more", count=more)] if more else [])])


def _first(text: str) -> str:
    """The first few words; of a script that parts none the first few characters."""
    words = " ".join(text.split()[:_WORDS])
    short = words if len(words) <= _LONGEST else words[:_LONGEST]
    return short if len(short) == len(" ".join(text.split())) else f"{short}…"
