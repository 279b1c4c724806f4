"""Lines of one specification that cannot both be met.

Two lines speak of the same where the words around their values are the same, numbers, units and bounds left
out: "Fabric: cotton, 200 gsm ±5 %" and "Fabric weight: 180 gsm max" do, "Lining: 100 gsm" does not. Their
values contradict each other where no value is allowed by both. Only what is surely the same is compared: a
contradiction that is none would be worse than one that is overlooked.
"""

from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache

import msgspec

from tradehold.domain.line import Line, take_apart
from tradehold.domain.measure import Measure, measures
from tradehold.domain.requirement import Gap, GapCode, Operator, Requirement, Specification, Tolerance
from tradehold.domain.units import Unit
from tradehold.domain.vocabulary import Clarity

_Bounds = tuple[Decimal | None, Decimal | None]  # None where it is open


class _Said(msgspec.Struct, frozen=True, eq=False):
    """What a line says of something: of what, and for each direction the least and the most in base units."""

    about: tuple[str, ...]
    bounds: tuple[_Bounds, ...]
    start: int
    end: int


def contradictions(spec: Specification, clarity: Clarity) -> Iterator[Gap]:
    """Each line's first contradiction to one above it. Takes time linear in the lines: of all that was said
    before only the strictest bounds are kept."""
    seen: dict[tuple[str, ...], _Strictest] = {}
    for place, requirement in enumerate(spec.requirements):
        said = _of_requirement(requirement, spec.language, clarity)
        if said is None:
            continue
        other = seen.setdefault(said.about, _Strictest()).against(said, place, requirement.line)
        if other is not None:
            yield _gap(place, requirement.text, said, 0, other)
    start = 0
    for text in spec.remarks.splitlines(keepends=True):
        said = _of_text(text.rstrip(), spec.language, clarity)
        if said and said.about in seen and (other := seen[said.about].conflict(said, None)) is not None:
            yield _gap(None, text, said, start, other)
        start += len(text)


def _gap(place: int | None, text: str, said: _Said, start: int, other: int) -> Gap:
    words = text[said.start : said.end]
    return Gap(place, GapCode.CONTRADICTION, start + said.start, start + said.end, words, other=other)


class _Strictest:
    """By product line (None for all) and direction, the greatest least and the smallest most, with the
    requirement that said it."""

    def __init__(self) -> None:
        self.least: dict[tuple[int | None, int], tuple[Decimal, int]] = {}
        self.most: dict[tuple[int | None, int], tuple[Decimal, int]] = {}
        self.lines: set[int | None] = set()

    def against(self, said: _Said, place: int, line: int | None) -> int | None:
        other = self.conflict(said, line)
        self.lines.add(line)
        for direction, (least, most) in enumerate(said.bounds):
            key = line, direction
            if least is not None and (key not in self.least or self.least[key][0] < least):
                self.least[key] = least, place
            if most is not None and (key not in self.most or self.most[key][0] > most):
                self.most[key] = most, place
        return other

    def conflict(self, said: _Said, line: int | None) -> int | None:
        for goods in self.lines if line is None else (None, line):
            for direction, (least, most) in enumerate(said.bounds):
                above, below = self.least.get((goods, direction)), self.most.get((goods, direction))
                if most is not None and above and above[0] > most:
                    return above[1]
                if least is not None and below and below[0] < least:
                    return below[1]
        return None


def _of_requirement(requirement: Requirement, language: str, clarity: Clarity) -> _Said | None:
    """What its text says, the values being those its author filled in."""
    said = _of_text(requirement.text, language, clarity)
    unit = clarity.units.by_code.get(requirement.unit)
    if said is None or unit is None or not requirement.values:
        return said
    bounds = _bounds(requirement.operator, requirement.values, unit, requirement.tolerance)
    about = (*said.about[:-2], unit.dimension, str(len(bounds)))
    return _Said(about, bounds, said.start, said.end)


@lru_cache(maxsize=1 << 14)
def _of_text(text: str, language: str, clarity: Clarity) -> _Said | None:
    line = take_apart(text, clarity, language, ())
    found = [one for one in measures(line) if one.quantity.unit and not one.quantity.unit.counts]
    if len(found) != 1:
        return None  # Which of two values is meant, nobody can tell.
    quantity, unit = found[0].quantity, found[0].quantity.unit
    assert unit is not None
    bounds = _bounds(found[0].operator, quantity.values, unit, found[0].tolerance)
    about = (*_words(line, found[0], unit, clarity), unit.dimension, str(len(bounds)))
    return _Said(about, bounds, quantity.start, quantity.end)


def _words(line: Line, measure: Measure, unit: Unit, clarity: Clarity) -> list[str]:
    """The words of the label and of the value's clause that say what is measured, sorted."""
    start, end = line.clause(measure.quantity.start)
    label = line.bare.find(":")
    spans = [(start, measure.quantity.start), (measure.quantity.end, end)]
    if 0 < label < start:
        spans.append((0, label))
    left_out = [
        (mark.start, mark.end)
        for mark in line.marks
        if mark.kind in ("at_least", "at_most", "above", "below", "tolerance", "between", "vague")
        or (mark.kind == "property" and _says_nothing(mark.key, mark.language, unit, clarity))
    ]
    words: set[str] = set()
    for first, last in spans:
        for place, word in clarity.words(line.bare, first, last):
            if word not in clarity.common and not any(begin <= place < stop for begin, stop in left_out):
                words.add(word)
    return sorted(words)


def _says_nothing(key: str, language: str, unit: Unit, clarity: Clarity) -> bool:
    """Whether a property's name adds nothing to the unit of its value: "weight" does not to "g"; "width" and
    "height" are two things in one unit."""
    if key == "other":
        return True
    named = clarity.languages[language].properties[key]
    return named.dimension == unit.dimension and unit.dimension != "length"


def _bounds(
    operator: Operator, values: tuple[Decimal, ...], unit: Unit, tolerance: Tolerance | None
) -> tuple[_Bounds, ...]:
    exact = values
    if operator in ("at_least", "above"):
        ranges: list[_Bounds] = [(exact[0], None)]
    elif operator in ("at_most", "below"):
        ranges = [(None, exact[0])]
    elif operator == "between":
        ranges = [(min(exact), max(exact))]
    else:
        ranges = [_with_tolerance(value, tolerance) for value in exact]
    return tuple((_base(low, unit), _base(high, unit)) for low, high in ranges)


def _with_tolerance(value: Decimal, tolerance: Tolerance | None) -> _Bounds:
    if tolerance is None:
        return value, value
    minus, plus = tolerance.minus, tolerance.plus
    if tolerance.percent:
        minus, plus = abs(value) * minus / 100, abs(value) * plus / 100
    return value - minus, value + plus


def _base(value: Decimal | None, unit: Unit) -> Decimal | None:
    """To 28 digits: the factors between units of trade have far fewer."""
    if value is None:
        return None
    factor, offset = unit.factor, unit.offset
    scaled = value * factor.numerator / factor.denominator
    return scaled + Decimal(offset.numerator) / offset.denominator if offset else scaled
