"""Units of measure: the codes of UN/CEFACT Recommendation 20 that are used, and how people write them.

A unit is never guessed. What a spelling means is decided by data/units.csv alone: "20 pcs" are pieces,
"10 MT" metric tons, "m" is metres and never minutes.
"""

import csv
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

import msgspec

from tradehold.domain.plain import plain

LANGUAGES = ("en", "zh", "es", "pt")
COLUMNS = ("code", "dimension", "factor", "offset", "symbol", "signs", *LANGUAGES)


class Unit(msgspec.Struct, frozen=True):
    """A value times `factor` plus `offset` is in the base unit of its dimension; `symbol` is for showing."""

    code: str
    dimension: str
    factor: Fraction
    offset: Fraction
    symbol: str
    spellings: tuple[str, ...]

    @property
    def counts(self) -> bool:
        """Whether it counts things, which nobody measures."""
        return self.dimension.startswith("count")


class Units(msgspec.Struct, frozen=True, dict=True):
    by_code: Mapping[str, Unit]

    @cached_property
    def _spelt(self) -> dict[str, list[tuple[str, bool, Unit]]]:
        """By the first two characters or the only one: plain spelling, whether its case counts, unit; the
        longest first, and of equals the one whose case counts."""
        found: dict[str, list[tuple[str, bool, Unit]]] = {}
        for unit in self.by_code.values():
            for spelling in unit.spellings:
                exact = spelling.startswith("=")
                written = spelling[1:] if exact else plain(spelling)
                found.setdefault(plain(written[:2]), []).append((written, exact, unit))
        for each in found.values():
            each.sort(key=lambda one: (-len(one[0]), not one[1]))
        return found

    def at(self, text: str, folded: str, place: int) -> tuple[Unit, int] | None:
        """The unit whose spelling begins at a place of a text, `folded` being plain(text), and its end."""
        for length in (2, 1):
            for spelling, exact, unit in self._spelt.get(folded[place : place + length], ()):
                if not (text if exact else folded).startswith(spelling, place):
                    continue
                end = place + len(spelling)
                if not (_latin(spelling[-1]) and _latin(folded[end : end + 1])):
                    return unit, end
        return None

    def convert(self, value: Decimal, code: str, to: str) -> Decimal:
        """Exact as far as 28 digits reach. Raises ValueError where the two measure different things."""
        unit, other = self._known(code), self._known(to)
        if unit.dimension != other.dimension:
            raise ValueError(f"{code} measures {unit.dimension}, {to} {other.dimension}: no value has both")
        exact = (Fraction(value) * unit.factor + unit.offset - other.offset) / other.factor
        return Decimal(exact.numerator) / Decimal(exact.denominator)

    def _known(self, code: str) -> Unit:
        if code not in self.by_code:
            raise ValueError(f"“{code}” is no unit; write a code of UN/CEFACT Recommendation 20 such as MTR")
        return self.by_code[code]


def _latin(character: str) -> bool:
    """Whether a word or a number written with it goes on: "g" is no gram in "gold", "m" no metre in "m2"."""
    return bool(character) and character < "\u0250" and character.isalnum() and character not in "ºª"


def parse(text: str) -> Units:
    """Reads data/units.csv. Raises ValueError that names the code with the first mistake."""
    rows = list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
    units = Units({row["code"]: _unit(row) for row in rows})
    if len(units.by_code) != len(rows):
        raise ValueError("units.csv: a code stands there twice; keep one line of each")
    owners: dict[str, str] = {}
    for unit in units.by_code.values():
        for spelling in unit.spellings:
            owner = owners.setdefault(spelling if spelling.startswith("=") else plain(spelling), unit.code)
            if owner != unit.code:
                raise ValueError(f"units.csv: “{spelling}” is {owner} and {unit.code}; leave it to one")
    return units


def _unit(row: dict[str, str]) -> Unit:
    if tuple(row) != COLUMNS or None in row.values():
        raise ValueError(f"units.csv: {row.get('code')}: the columns must be {', '.join(COLUMNS)}")
    spelt = [spelling for column in ("signs", *LANGUAGES) for spelling in row[column].split("|") if spelling]
    try:
        factor, offset = _number(row["factor"]), _number(row["offset"])
    except ValueError:
        raise ValueError(
            f"units.csv: {row['code']}: factor and offset must be numbers or quotients"
        ) from None
    return Unit(row["code"], row["dimension"], factor, offset, row["symbol"], tuple(dict.fromkeys(spelt)))


def _number(written: str) -> Fraction:
    above, _, below = written.partition("/")
    return Fraction(above) / Fraction(below or "1")
