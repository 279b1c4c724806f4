"""Numbers in a line as people write them: values with units, ranges, dimensions, tolerances.

Everything is decided by what stands next to a number, in one pass, so that time is linear in the line.
"""

import re
from collections.abc import Iterator
from decimal import Decimal

import msgspec

from tradehold.domain.requirement import Tolerance
from tradehold.domain.units import Unit, Units


class Quantity(msgspec.Struct, frozen=True, gc=False):
    """`end` is where it ends with its tolerance, `value_end` without. `form` says how it was written: one
    value, a range or dimensions. `behind` is the first character that follows, blanks left out."""

    start: int
    value_end: int
    end: int
    values: tuple[Decimal, ...]
    unit: Unit | None
    form: str = "value"
    tolerance: Tolerance | None = None
    attached: bool = False  # letters that are no unit follow without a blank: "210T", "3D"


_NUMBER = r"\d+(?:[.,]\d+)*(?: \d{3}(?![\d.,])(?! ?[x*]))*|[½¼¾⅓⅔⅛⅜⅝⅞]"
_SIGN = r"(?:±|\+ ?/ ?-|-/\+(?! ?\d)|\+-|plus ?/ ?minus|plus or minus|正负|正負|mas ?/ ?menos|mais ?/ ?menos)"
# What may stand in a product's code before its digits: "M8", "S-2026", "#5", "$5".
_OF_A_CODE = re.compile(r"(?:[a-z]|[a-z0-9][-_/]|[#$€£¥№_.])$")
_AXIS = re.compile(r"(?:^|[^a-z])(?:[lwhdtbacrep]|dia|ø|φ|⌀)$")
_SIGNED = re.compile(rf"(?:{_SIGN}|[+-])\s*$")
# What a sign before a number ends with.
_SIGNING = frozenset(("±", "+", "-", "s", "r", "负", "負"))
_ONE = re.compile(_NUMBER)
_MIXED = re.compile(r"(?:[ -]?(?P<above>\d)/(?P<below>\d{1,2})(?![\d/])|(?P<sign>[½¼¾⅓⅔⅛⅜⅝⅞]))")
_TIMES = re.compile(
    r"\s*(?:\([a-z]\)|[lwhdtbacep长宽高深厚]\b)?\s*[x*]\s*(?:[lwhdtbacep长宽高深厚]\s?)?(?=\d)"
)
_TO = re.compile(
    r"\s*(?:-|~|至|到|/(?=\d+ ?(?:cm|mm)))\s*[+-]?(?=\d)|\s+(?:to|a|ate|hasta|and|y|e)\s+[+-]?(?=\d)"
)
# "L 40 W 30 H 25": no watts.
_AXES, _AXIS_AHEAD = frozenset("lwhdt"), re.compile(r"\s?[:=]?\s?\d")
# "2.4G", "5G": a radio, where "5 g" weighs.
_GENERATIONS = frozenset("345")
_BETWEEN = frozenset({"and", "y", "e"})
_TOLERANCE = re.compile(
    rf"[\s(,\[]*(?:{_SIGN}\s*(?P<both>{_NUMBER})"
    rf"|(?P<one>[+-])\s*(?P<first>{_NUMBER})\s*(?P<unit>%|[a-z]{{1,2}})?\s*[/,;]?\s*"
    rf"(?P<other>[+-])\s*(?P<second>{_NUMBER})"
    rf"|(?P<only>[+])\s*(?P<single>{_NUMBER})(?=\s*(?:%|[a-z]{{1,2}}\b)?\s*[)\]]))"
)
_FRACTION = re.compile(r"/(\d{1,2})(?![\d/])")
_GOES_ON = re.compile(r"\s+[a-z0-9]")
_BETWEEN_WORD = re.compile("between|entre|range")
# What the first sign behind a value must be for more to belong to it: most have none of these.
_TIMES_BEGIN, _TO_BEGIN = frozenset("x*(lwhdtbacep长宽高深厚"), frozenset("-~至到/tahye")
_TOLERANCE_BEGIN = frozenset("±+-(,[pm正负負")
_CLOSE = re.compile(r"\s*[)\]]")
_FRACTIONS = dict(
    zip(
        "½¼¾⅓⅔⅛⅜⅝⅞",
        ("0.5", "0.25", "0.75", "0.333", "0.667", "0.125", "0.375", "0.625", "0.875"),
        strict=True,
    )
)


def number(written: str, unit: Unit | None, comma: bool) -> Decimal:
    """What makes sense decides: of two kinds of sign the last is the decimal one, of one kind three digits
    behind each make thousands where `comma` (the line's language) or a count says so, or the sign is ","."""
    written = written.replace(" ", "")
    if written in _FRACTIONS:
        return Decimal(_FRACTIONS[written])
    last = max(written.rfind("."), written.rfind(","))
    if last < 0:
        return Decimal(written[:40])
    sign, whole, part = written[last], written[:last], written[last + 1 :]
    mixed = ("," if sign == "." else ".") in whole
    thousands = len(part) == 3 and whole.lstrip("0") == whole and len(whole.split(sign)[0]) <= 3
    counts = unit is not None and unit.counts
    if sign in whole or (not mixed and thousands and (counts or (sign == ",") != comma)):
        whole, part = whole + part, ""
    digits = re.sub(r"[.,]", "", whole)
    return Decimal(f"{digits[:40]}.{part[:20]}" if part else digits[:40])


class Reader:
    """Reads the quantities of one line: `text` as written, `line` plain, with blanks for what no number
    may be read from."""

    def __init__(self, text: str, line: str, units: Units, comma: bool, timeless: bool = False) -> None:
        self.text, self.line, self.units, self.comma = text, line, units, comma
        # Where "min" behind a number says that it is the least: no minutes are spoken of.
        self.timeless = timeless

    def all(self) -> Iterator[Quantity]:
        place = 0
        while match := _ONE.search(self.line, place):
            start = match.start()
            before, between = self.line[max(0, start - 4) : start], self.line[max(place, start - 16) : start]
            place = match.end()
            coded = _OF_A_CODE.search(before) is not None
            if coded and not _AXIS.search(before):
                continue
            if between.rstrip()[-1:] in _SIGNING and (signed := self._alone(between, start)):
                place = signed.end
                yield signed
                continue
            quantity = self._quantity(start)
            if coded and not (quantity.unit and quantity.unit.dimension == "length"):
                continue
            place = max(place, quantity.end)
            yield quantity

    def _alone(self, before: str, start: int) -> Quantity | None:
        """A tolerance that follows no value: "all dimensions ±1 cm"."""
        sign = _SIGNED.search(before)
        found = self._tolerance(start - len(before) + sign.start(), None) if sign else None
        return Quantity(start, found[1], found[1], (), None, "tolerance", found[0]) if found else None

    def _value(self, start: int) -> tuple[str, Decimal, int] | None:
        match = _ONE.match(self.line, start)
        if match is None:
            return None
        written, end, extra = match[0], match.end(), Decimal(0)
        if (mixed := _MIXED.match(self.line, end)) and mixed["sign"]:
            extra, end = Decimal(_FRACTIONS[mixed["sign"]]), mixed.end()
        elif mixed and int(mixed["below"]) and self._inches(mixed.end()):
            extra = Decimal(mixed["above"]) / Decimal(mixed["below"])
            end = mixed.end()
        elif (
            len(written) <= 2
            and (plain := _FRACTION.match(self.line, end))
            and int(plain[1])
            and self._inches(plain.end())
        ):
            written, extra, end = "0", Decimal(written) / Decimal(plain[1]), plain.end()
        return written, extra, end

    def _inches(self, place: int) -> bool:
        found = self._unit(place)
        return bool(found and found[0].code in ("INH", "FOT", "LBR", "YRD", "GLL", "ONZ"))

    def _unit(self, place: int) -> tuple[Unit, int] | None:
        gap = place
        while gap - place < 2 and self.line[gap : gap + 1] in (" ", "-") and self.line[gap : gap + 1]:
            gap += 1
        if self.line[place:gap] in ("--", " -", "- "):
            return None
        found = self.units.at(self.text, self.line, gap)
        if found is None:
            return None
        unit, end = found
        word = self.line[gap:end]
        if word == "in" and _GOES_ON.match(self.line, end):
            return None
        if gap > place and word in _AXES and _AXIS_AHEAD.match(self.line, end):
            return None
        if unit.code == "MIN" and self.timeless and word in ("min", "min."):
            return None
        if self.text[gap:end] == "G" and gap == place and self.line[place - 1 : place] in _GENERATIONS:
            return None
        if word in ("'", '"', "″") and self.line[end : end + 1].isalpha() and gap > place:
            return None
        return found

    def _quantity(self, start: int) -> Quantity:
        first = self._value(start)
        assert first is not None
        written, extra, end = first
        unit, value_end = self._unit(end) or (None, end)
        values = [(written, extra)]
        form = "value"
        while (
            len(values) < 4
            and self._next(value_end) in _TIMES_BEGIN
            and (match := _TIMES.match(self.line, value_end))
        ):
            following = self._value(match.end())
            assert following is not None
            values.append(following[:2])
            form = "dimensions"
            found = self._unit(following[2])
            unit, value_end = (found[0], found[1]) if found else (unit, following[2])
        if form == "value" and (match := self._range(value_end)):
            following = self._value(match.end())
            assert following is not None
            found = self._unit(following[2])
            low, high = number(written, unit, self.comma), number(following[0], unit, self.comma)
            if low < high and (found is not None or unit is None):
                values.append(following[:2])
                form = "range"
                unit, value_end = found or (unit, following[2])
        decimals = tuple(number(one, unit, self.comma) + extra for one, extra in values)
        tolerance, end = self._tolerance(value_end, unit) or (None, value_end)
        if tolerance and unit is None and (late := self._late_unit(end)):
            unit = late
        follows = self.line[value_end : value_end + 1]
        attached = unit is None and follows.isascii() and follows.isalpha() and follows != "x"
        return Quantity(start, value_end, end, decimals, unit, form, tolerance, attached)

    def _next(self, place: int) -> str:
        """The first character that is no blank."""
        return self.line[place : place + 8].lstrip()[:1]

    def _range(self, place: int) -> re.Match[str] | None:
        match = _TO.match(self.line, place) if self._next(place) in _TO_BEGIN else None
        if (
            match
            and match[0].strip() in _BETWEEN
            and not _BETWEEN_WORD.search(self.line[max(0, place - 60) : place])
        ):
            return None
        return match

    def _tolerance(self, place: int, unit: Unit | None) -> tuple[Tolerance, int] | None:
        match = _TOLERANCE.match(self.line, place) if self._next(place) in _TOLERANCE_BEGIN else None
        if match is None:
            return None
        found = self._unit(match.end())
        end = found[1] if found else match.end()
        if match["both"]:
            minus = plus = number(match["both"], None, self.comma)
        elif match["only"]:
            minus, plus = Decimal(0), number(match["single"], None, self.comma)
        else:
            values = {match["one"]: match["first"], match["other"]: match["second"]}
            if len(values) != 2:
                return None
            minus, plus = (number(values[sign], None, self.comma) for sign in "-+")
        percent = bool(found and found[0].code == "P1") or match["unit"] == "%"
        own = found[0] if found else None
        if own and unit and not percent and own is not unit and own.dimension == unit.dimension:
            ratio = own.factor / unit.factor
            scale = Decimal(ratio.numerator) / Decimal(ratio.denominator)
            minus, plus = minus * scale, plus * scale
        if close := _CLOSE.match(self.line, end):
            end = close.end()
        percent = percent and not (unit is not None and unit.code == "P1")
        return Tolerance(minus, plus, percent), end

    def _late_unit(self, end: int) -> Unit | None:
        """The unit of a value that has it behind its tolerance only: "95±5 g/m²"."""
        place = end
        while place > 0 and self.line[place - 1] in " )]":
            place -= 1
        start = place
        while start > 0 and not self.line[start - 1].isdigit():
            start -= 1
        found = self._unit(start)
        return found[0] if found and found[0].code != "P1" else None
