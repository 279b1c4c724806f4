"""Names every gap in a specification by the rules of docs/clarity.md.

A line is judged alone, with the attachments that are really there; then lines are held against each other.
Words are data (data/clarity), what makes a line clear is code. Where a line is about something else than the
goods, a service or a payment elsewhere, nothing else is said of it.

The fields of a requirement that its author filled in fill what its text lacks: a tolerance given there mends
a line without one. They never make a clear line unclear. A rule of the market in the words in which it is
proposed is as clear as the rule.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

import msgspec

from tradehold.domain import bankdetails
from tradehold.domain.contradiction import contradictions
from tradehold.domain.gapfinding import findings
from tradehold.domain.given import Knowledge
from tradehold.domain.line import take_apart
from tradehold.domain.plain import plain
from tradehold.domain.reading import read
from tradehold.domain.regulation import wordings
from tradehold.domain.requirement import Gap, GapCode, Requirement, Specification
from tradehold.domain.suggesting import suggestion
from tradehold.domain.vocabulary import Clarity


def gaps(spec: Specification, knowledge: Knowledge) -> tuple[Gap, ...]:
    """All gaps, line by line, in the order of each text; those of the remarks last. Takes time linear in what
    is written."""
    found: list[Gap] = []
    rules = wordings(knowledge.regulations) if any(one.duty for one in spec.requirements) else frozenset()
    for place, requirement in enumerate(spec.requirements):
        if requirement.duty and requirement.text in rules:
            continue
        for gap in _of_text(requirement.text, spec, knowledge):
            if not _mended(gap, requirement, spec, knowledge):
                found.append(msgspec.structs.replace(gap, requirement=place) if place else gap)
    found += contradictions(spec, knowledge.clarity)
    found.sort(key=lambda gap: gap.requirement or 0)
    found += _of_remarks(spec, knowledge)
    return tuple(found)


def message(gap: Gap, language: str, knowledge: Knowledge) -> str:
    """What is unclear, in one sentence. English where the language is none of ours."""
    languages = knowledge.clarity.languages
    words = gap.words if len(gap.words) <= 80 else f"{gap.words[:79]}…"
    return languages.get(language, languages["en"]).message[gap.code].replace("{words}", words)


def why(gap: Gap, language: str, knowledge: Knowledge) -> str:
    """Why it matters in a dispute, in one sentence. English where the language is none of ours."""
    languages = knowledge.clarity.languages
    return languages.get(language, languages["en"]).why[gap.code]


def _of_text(text: str, spec: Specification, knowledge: Knowledge) -> tuple[Gap, ...]:
    # Only lines that may hold a file's name depend on what is attached.
    attachments = spec.attachments if "." in text else ()
    found = _of_line(text, attachments, spec.language, knowledge.clarity)
    if _LONG.search(text) and not (found and found[0].code is GapCode.OFF_PLATFORM_PAYMENT):
        suspicions = bankdetails.find(text, knowledge.accounts, knowledge.payment_words)
        if suspicions:
            start = max(text.find(suspicions[0].words), 0)
            end = min(start + len(suspicions[0].words), len(text))
            return (Gap(0, GapCode.OFF_PLATFORM_PAYMENT, start, end, text[start:end]),)
    return found


# Without one of these no line holds an account number, a wallet or a link, so that ordinary lines are spared
# the thorough search.
_LONG = re.compile(r"(?:\d[ .*_-]{0,3}){9}|[A-Za-z0-9]{20}|://|@|\.(?:me|app|link|com)/")


@lru_cache(maxsize=1 << 14)
def _of_line(text: str, attachments: tuple[str, ...], language: str, clarity: Clarity) -> tuple[Gap, ...]:
    """What can be told without the platform's accounts; an editor that checks 2,000 lines again pays for the
    changed one."""
    line = take_apart(text, clarity, language, attachments)
    if payment := line.of("payment"):
        start, end = payment[0].start, payment[-1].end
        return (Gap(0, GapCode.OFF_PLATFORM_PAYMENT, start, end, text[start:end]),)
    found = findings(line, attachments, clarity)
    if not found:
        return ()
    suggested = suggestion(line, found, clarity)
    # Each code once, where it holds first: that is what an author mends, and the suggestion mends all.
    first = {one.code: one for one in reversed(found)}
    return tuple(
        Gap(0, one.code, one.start, one.end, text[one.start : one.end], suggested)
        for one in found
        if first[one.code] is one
    )


# -- remarks


def _of_remarks(spec: Specification, knowledge: Knowledge) -> Iterator[Gap]:
    start = 0
    for text in spec.remarks.splitlines(keepends=True):
        for gap in _of_text(text.rstrip(), spec, knowledge):
            yield msgspec.structs.replace(gap, requirement=None, start=start + gap.start, end=start + gap.end)
        start += len(text)


# -- what the author filled in


def _mended(gap: Gap, requirement: Requirement, spec: Specification, knowledge: Knowledge) -> bool:
    if requirement == Requirement(requirement.text, line=requirement.line, duty=requirement.duty):
        return False
    as_read = read(requirement.text, knowledge)
    match gap.code:
        case GapCode.NO_TOLERANCE:
            exact = requirement.operator in ("equal", "dimensions", "")
            return requirement.tolerance not in (None, as_read.tolerance) or not (
                exact or requirement.operator == as_read.operator
            )
        case GapCode.NO_UNIT:
            return bool(requirement.unit) and not as_read.unit
        case GapCode.NO_VALUE:
            return bool(requirement.values) and not as_read.values
        case GapCode.NO_METHOD:
            return bool(set(requirement.standards) - set(as_read.standards))
        case GapCode.AMBIGUOUS_REFERENCE:
            return bool(set(requirement.references) - set(as_read.references))
        case GapCode.MISSING_REFERENCE:
            there = {plain(name) for name in spec.attachments}
            return requirement.references != as_read.references and all(
                plain(name) in there for name in requirement.references
            )
    return False
