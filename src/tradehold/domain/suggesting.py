"""A whole line to put in the place of one with gaps: what is missing added as ⟨…⟩, what is vague replaced.

What stands in the brackets is an example; the line is clear once each is replaced or confirmed. Tolerances
are the usual ones of the trade, written without brackets, so that one click mends the commonest gap.
"""

import re
from collections.abc import Iterator

import msgspec

from tradehold.domain.gapfinding import Finding
from tradehold.domain.line import Line
from tradehold.domain.measure import measures
from tradehold.domain.requirement import GapCode
from tradehold.domain.vocabulary import Clarity, Language, Property

# Only the author knows the file that was meant, and a promise belongs elsewhere.
_UNKNOWN = frozenset((GapCode.MISSING_REFERENCE, GapCode.NOT_PRODUCTS, GapCode.OFF_PLATFORM_PAYMENT))
# Per cent that what is cut, woven or filled usually may differ.
_USUAL = {"length": 2, "area": 3, "volume": 2, "mass": 2, "power": 10, "temperature": 5}
_WITHIN = re.compile(r"⟩\s*([^\s±≤≥⟨]+)")  # the unit in a property's usual value


class _Edit(msgspec.Struct, frozen=True):
    start: int
    end: int
    text: str


def suggestion(line: Line, found: tuple[Finding, ...], clarity: Clarity) -> str:
    """In the line's own language; "" where only its author can know."""
    if any(one.code in _UNKNOWN for one in found) or "⟨" in line.text:
        return ""
    edits = list(_edits(line, found, clarity))
    return _tidy(_applied(line.text, edits)) if edits else ""


def _edits(line: Line, found: tuple[Finding, ...], clarity: Clarity) -> Iterator[_Edit]:
    own = clarity.languages[line.language]
    tested = False
    # A unit stands before its tolerance.
    for one in sorted(found, key=lambda one: one.code is GapCode.NO_TOLERANCE):
        language = clarity.languages[one.language or line.language]
        match one.code:
            case GapCode.NO_TOLERANCE:
                yield _Edit(one.end, one.end, _tolerance(one.key, own, clarity))
            case GapCode.NO_UNIT:
                unit = _WITHIN.search(language.properties[one.key].value)
                yield _Edit(one.end, one.end, f" ⟨{unit[1] if unit else 'cm'}⟩")
            case GapCode.NO_VALUE:
                yield _value(line, one, language)
            case GapCode.NO_METHOD if not tested:
                tested = True
                end = len(line.text.rstrip(" .;,。；，"))
                yield _Edit(end, end, own.phrases["brackets"].format(language.properties[one.key].method))
            case GapCode.AMBIGUOUS_REFERENCE:
                yield _Edit(one.start, one.end, own.phrases[one.key])
            case GapCode.VAGUE_WORDS:
                yield from _exact(line, one, language, clarity)


def _tolerance(code: str, language: Language, clarity: Clarity) -> str:
    dimension = clarity.units.by_code[code].dimension if code else "length"
    return language.phrases["percent"].format(1 if code == "P1" else _USUAL.get(dimension, 5))


def _value(line: Line, one: Finding, language: Language) -> _Edit:
    known = language.properties.get(one.key) if one.key else None
    if line.plain[one.end - 1] == ":" and one.end == len(line.plain.rstrip()):
        method = language.phrases["brackets"].format(known.method) if known and known.laboratory else ""
        return _Edit(one.end, one.end, f" {known.value if known else language.phrases['document']}{method}")
    if known and not known.bare:
        return _Edit(one.end, one.end, f": {known.value}")
    if known and known.bare:
        told = language.phrases["comma"].join(part for part in (known.value, known.method) if part)
        return _Edit(one.end, one.end, language.phrases["brackets"].format(told))
    return _Edit(one.start, one.end, _of_property(line, one, language))


def _of_property(line: Line, one: Finding, language: Language) -> str:
    """A usual value of the property that was left open, else a document that says it."""
    start, _ = line.clause(one.start)
    for mark in line.marks:
        if mark.kind == "property" and start <= mark.start < one.start and mark.language == one.language:
            named: Property = language.properties[mark.key]
            if named.dimension not in ("", "other"):
                return named.value
    return language.phrases["document"]


def _exact(line: Line, one: Finding, language: Language, clarity: Clarity) -> Iterator[_Edit]:
    vague = language.vague[one.key]
    yield _Edit(one.start, one.end, vague.instead)
    if one.key in ("about", "around"):
        for measure in measures(line):
            quantity = measure.quantity
            near = -2 <= quantity.start - one.end <= 12 or 0 <= one.start - quantity.value_end <= 3
            if near and measure.tolerance is None and quantity.unit and not quantity.unit.counts:
                own = clarity.languages[line.language]
                yield _Edit(
                    quantity.value_end, quantity.value_end, _tolerance(quantity.unit.code, own, clarity)
                )


def _applied(text: str, edits: list[_Edit]) -> str:
    """What is put in twice stands there once; overlapping places become one."""
    parts: list[str] = []
    place, said = 0, set()
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        if edit.start < place:
            parts.append(text[place : edit.end])
            if edit.end > place:
                parts.pop()
                place = edit.end
            continue
        inserted = edit.text if edit.start == edit.end or edit.text not in said else ""
        said.add(edit.text)
        parts += [text[place : edit.start], inserted]
        place = edit.end
    return "".join([*parts, text[place:]])


_EMPTY = re.compile(r"\(\s*\)|（\s*）")
_BEFORE_STOP = re.compile(r"\s+([,;.，；。])")
_DOUBLE_STOP = re.compile(r"([,;，；、:：])\s*[,;，；、.。](?=\s|$|[\u3400-\u9fff])")
_DANGLING = re.compile(
    r"(?:[\s,;，；、&+/-]|(?<![a-z])(?:and|or|y|o|e|ou|with|con|com)(?![a-z])|和|及|与|且|并)+$",
    re.IGNORECASE,
)
_LEADING = re.compile(r"^(?:[\s,;，；、.]|(?:and|or|y|o|e|ou)\s)+", re.IGNORECASE)


def _tidy(text: str) -> str:
    """Without what the words taken out left behind."""
    text = _EMPTY.sub("", " ".join(text.split()))
    text = _DOUBLE_STOP.sub(r"\1", _BEFORE_STOP.sub(r"\1", text))
    return _LEADING.sub("", _DANGLING.sub("", text))
