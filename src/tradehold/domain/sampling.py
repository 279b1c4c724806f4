"""Acceptance sampling: how many pieces of a lot are inspected, how many defects of a class refuse it, and
how often a lot with a given share of defective pieces would then pass.

The plans are the single-sampling plans of MIL-STD-105E / ANSI Z1.4 (data/aql). The size of the lot and the
inspection level give a code letter; letter, AQL and severity give a cell of a table. A cell is a plan or an
arrow to the nearest plan above or below it, *whose sample is taken with it*: the code letter of a plan is
that of the row it stands in, not the one that was looked up.

The operating characteristic is that of the isolated lot, for a single trade is one: pieces are drawn from
this lot and not put back, so the defective ones among them follow the hypergeometric distribution. It speaks
of defective pieces. AQLs above 10 count defects, of which one piece may have several: take no curve of those.
"""

import csv
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, InvalidOperation, localcontext
from itertools import pairwise
from typing import Literal, TypeVar, get_args

import msgspec

Level = Literal["I", "II", "III", "S-1", "S-2", "S-3", "S-4"]
Severity = Literal["normal", "tightened", "reduced"]
LEVELS: tuple[Level, ...] = get_args(Level)
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
LARGEST_LOT = 10**12  # pieces: more than any lot has
COUNTS_DEFECTS = Decimal(10)  # AQLs above it are defects per hundred pieces

_POINTS = 60  # of a curve
_END = Decimal("0.01")  # where a curve has nothing more to show
_EXACT = Context(prec=40, Emax=MAX_EMAX, Emin=MIN_EMIN)
_PLACES = Decimal("1E-20")  # to which a probability is told
_NOTHING = Decimal("1E-30")  # a part of the whole that no place told can show


class Plan(msgspec.Struct, frozen=True):
    """What to inspect of one lot for one class of defects.

    `sample_size` is the table's. Where it is the whole lot or more, `inspect_100_percent` is set, every piece
    is inspected, and `accept` and `reject` hold for what is found in all of them.
    """

    code_letter: str
    sample_size: int
    accept: int  # the most defects with which the lot meets the AQL
    reject: int  # the fewest defects that refuse it; between the two it passes, but is no longer reduced
    inspect_100_percent: bool
    aql: Decimal  # 0 for critical defects
    level: Level
    severity: Severity
    lot: int  # pieces

    @property
    def pieces(self) -> int:
        """How many are inspected: the sample, or the lot where that is smaller."""
        return min(self.sample_size, self.lot)


class Single(msgspec.Struct, frozen=True):
    """A plan of the tables, with the letter of its row."""

    code_letter: str
    sample_size: int
    accept: int
    reject: int


class Tables(msgspec.Struct, frozen=True):
    """The tables with every arrow followed. `letters` has, for each range of lots in rising order, its
    smallest lot and the code letter by level."""

    aqls: tuple[Decimal, ...]
    letters: tuple[tuple[int, Mapping[Level, str]], ...]
    singles: Mapping[Severity, Mapping[tuple[str, Decimal], Single]]


def plan(
    tables: Tables,
    lot: int,
    level: str = "II",
    aql: Decimal = Decimal("2.5"),
    severity: str = "normal",
) -> Plan:
    """The plan for a lot of so many pieces. The tables begin at 2: a lot of one piece takes the letter of
    the smallest lots, and that piece is inspected.

    Raises ValueError that begins with the argument's name and says what it may be.
    """
    if not 1 <= lot <= LARGEST_LOT:
        raise ValueError(f"lot {lot}: give the number of pieces, from 1 to {LARGEST_LOT:,}")
    chosen, how = _one_of("level", level, LEVELS), _one_of("severity", severity, SEVERITIES)
    column = _column(tables.aqls, aql)
    row = max(0, bisect_right(tables.letters, lot, key=lambda one: one[0]) - 1)
    single = tables.singles[how][tables.letters[row][1][chosen], column]
    every = single.sample_size >= lot
    return Plan(
        single.code_letter, single.sample_size, single.accept, single.reject, every, column, chosen, how, lot
    )


def critical(plan: Plan) -> Plan:
    """The plan for critical defects on the same sample: the first one refuses the lot."""
    return msgspec.structs.replace(plan, accept=0, reject=1, aql=Decimal(0))


Word = TypeVar("Word", bound=str)


def _one_of(name: str, value: str, words: tuple[Word, ...]) -> Word:
    for word in words:
        if word == value:
            return word
    raise ValueError(f"{name} {value}: use one of {', '.join(words)}")


def _column(aqls: tuple[Decimal, ...], aql: Decimal) -> Decimal:
    if not aql.is_finite():
        raise ValueError(f"aql {aql}: give a column of the tables, such as 2.5")
    if aql == 0:
        raise ValueError(
            "aql 0: critical defects have no column; the first refuses the lot, on the sample of the other "
            "classes: give the AQL of one of those, such as 2.5"
        )
    place = bisect_left(aqls, aql)
    if place < len(aqls) and aqls[place] == aql:
        return aqls[place]
    near = " or ".join(str(one) for one in aqls[max(0, place - 1) : place + 1])
    raise ValueError(f"aql {aql}: the tables have no such column; the nearest: {near}")


# -- the operating characteristic


def acceptance(plan: Plan, defective: Decimal) -> Decimal:
    """The probability, to 20 places, that a lot passes of which this share is defective (0 to 1, taken as
    the nearest whole number of pieces). Defects in the gap of a reduced plan let it pass.

    Raises ValueError for a share outside 0 to 1.
    """
    above, below = _share("defective", defective).as_integer_ratio()
    return _passing(plan, (2 * above * plan.lot + below) // (2 * below))


def curve(plan: Plan) -> tuple[tuple[Decimal, Decimal], ...]:
    """The operating characteristic as (share of defective pieces, probability of passing), from no defective
    piece to where at most one lot in a hundred passes, or to all pieces where more always do. At most 61
    points, each a whole number of pieces."""
    last = _fewest(plan, _END)
    last = plan.lot if last is None else last
    pieces = sorted({last * step // _POINTS for step in range(_POINTS + 1)})
    return tuple((_of_lot(plan, defective), _passing(plan, defective)) for defective in pieces)


def passes_in_100(plan: Plan, defective: Decimal) -> int:
    """Of a hundred lots with this share of defective pieces so many pass, rounded."""
    return int(acceptance(plan, defective) * 100 + Decimal("0.5"))


def quality_at(plan: Plan, probability: Decimal) -> Decimal | None:
    """The smallest share of defective pieces at which the lot passes with this probability or less: at 0.1,
    what is caught 9 times in 10. None where even a lot without a good piece passes more often.

    Raises ValueError for a probability outside 0 to 1.
    """
    defective = _fewest(plan, _share("probability", probability))
    return None if defective is None else _of_lot(plan, defective)


def _share(name: str, value: Decimal) -> Decimal:
    if not (value.is_finite() and 0 <= value <= 1):
        raise ValueError(f"{name} {value}: give a share from 0 to 1, such as 0.06 for 6 %")
    return value


def _of_lot(plan: Plan, defective: int) -> Decimal:
    return _EXACT.divide(Decimal(defective), Decimal(plan.lot))


def _fewest(plan: Plan, probability: Decimal) -> int | None:
    """The fewest defective pieces with which the lot passes no more often than that."""
    lots = range(plan.lot + 1)
    found = bisect_left(lots, True, key=lambda defective: _passing(plan, defective) <= probability)
    return found if found in lots else None


def _passing(plan: Plan, defective: int) -> Decimal:
    """The hypergeometric distribution, without a factorial: each term is the one before it times a simple
    ratio, and as all terms add up to 1, the first may be given any value. Terms are positive, so nothing
    cancels out; those behind the peak that no longer count are left out."""
    lot, drawn = plan.lot, plan.pieces
    least, most = max(0, drawn + defective - lot), min(drawn, defective)
    if most < plan.reject:
        return Decimal(1)
    if least >= plan.reject:
        return Decimal(0)
    with localcontext(_EXACT):
        term = passing = whole = Decimal(1)
        for found in range(least + 1, most + 1):
            term *= (defective - found + 1) * (drawn - found + 1)
            term /= found * (lot - defective - drawn + found)
            whole += term
            if found < plan.reject:
                passing += term
            elif min(term, passing) < whole * _NOTHING:
                break
        return (passing / whole).quantize(_PLACES)


# -- the files


def read_tables(texts: Mapping[str, str]) -> Tables:
    """Reads the files of data/aql as texts by their names without ".csv": code_letters and the severities.

    Raises ValueError that names the file, the place and the mend.
    """
    missing = [name for name in ("code_letters", *SEVERITIES) if name not in texts]
    if missing:
        raise ValueError(
            f"{', '.join(missing)}: the file is missing; give code_letters, {', '.join(SEVERITIES)}"
        )
    grids = {severity: _Grid(severity, texts[severity]) for severity in SEVERITIES}
    aqls = grids["normal"].aqls
    for grid in grids.values():
        if grid.aqls != aqls:
            raise ValueError(f"{grid.name}: its AQLs are not those of the normal table")
    letters = tuple(_letters(texts["code_letters"]))
    named = {letter for _, by_level in letters for letter in by_level.values()}
    singles = {severity: dict(grid.singles(named)) for severity, grid in grids.items()}
    return Tables(aqls, letters, singles)


def _read(text: str) -> tuple[list[str], list[list[str]]]:
    rows = csv.reader(text.splitlines())
    return next(rows, []), [row for row in rows if row]


def _whole(where: str, text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"{where}: “{text}” is no whole number")
    return int(text)


def _letters(text: str) -> Iterator[tuple[int, dict[Level, str]]]:
    header, rows = _read(text)
    if header[:2] != ["lot_min", "lot_max"] or sorted(header[2:]) != sorted(LEVELS):
        raise ValueError(f"code_letters: the columns must be lot_min, lot_max, {', '.join(LEVELS)}")
    for row in rows:
        if len(row) != len(header) or not all(row[2:]):
            raise ValueError(f"code_letters, row {row[0]}: give a letter for each level")
    for row, after in pairwise(rows):
        where = f"code_letters, row {row[0]}"
        first, last = _whole(where, row[0]), _whole(where, row[1])
        if not first <= last == _whole(where, after[0]) - 1:
            raise ValueError(f"{where}: the range must end where the next one begins")
    if not rows or rows[-1][1]:
        raise ValueError("code_letters: the last range must be open, with nothing as lot_max")
    for row in rows:
        letters = dict(zip(header[2:], row[2:], strict=True))
        yield _whole("code_letters", row[0]), {level: letters[level] for level in LEVELS}


_STEP = {"up": -1, "down": 1}


class _Grid:
    """One table as printed: a row for each code letter, a column for each AQL."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        header, rows = _read(text)
        if header[:2] != ["code_letter", "sample_size"]:
            raise ValueError(f"{name}: the first columns must be code_letter and sample_size")
        self.aqls = tuple(self._aql(column) for column in header[2:])
        if any(one >= other for one, other in pairwise(self.aqls)):
            raise ValueError(f"{name}: the AQLs must rise from column to column")
        for row in rows:
            if len(row) != len(header):
                raise ValueError(f"{name}, row {row[0]}: there are {len(row)} cells; write {len(header)}")
        self.sizes = {row[0]: _whole(f"{name}, row {row[0]}", row[1]) for row in rows}
        if len(self.sizes) != len(rows):
            raise ValueError(f"{name}: a code letter has two rows")
        self.names, self.rows = list(self.sizes), [row[2:] for row in rows]

    def _aql(self, text: str) -> Decimal:
        try:
            aql = Decimal(text)
        except InvalidOperation:
            aql = Decimal("NaN")
        if not (aql.is_finite() and aql > 0):
            raise ValueError(f"{self.name}: the column “{text}” is no AQL above 0")
        return aql

    def singles(self, letters: set[str]) -> Iterator[tuple[tuple[str, Decimal], Single]]:
        """The plan that each cell of these rows leads to."""
        if missing := letters - set(self.names):
            raise ValueError(f"{self.name}: there is no row {', '.join(sorted(missing))}")
        for row, letter in enumerate(self.names):
            if letter in letters:
                for column, aql in enumerate(self.aqls):
                    yield (letter, aql), self._follow(row, column)

    def _follow(self, row: int, column: int) -> Single:
        arrow, end = self.rows[row][column], row
        while arrow in _STEP and 0 <= end < len(self.rows) and self.rows[end][column] == arrow:
            end += _STEP[arrow]
        where = f"{self.name}, row {self.names[row]}, AQL {self.aqls[column]}"
        if not 0 <= end < len(self.rows):
            raise ValueError(f"{where}: the arrow {arrow} leads out of the table")
        cell = self.rows[end][column]
        accept, slash, reject = cell.partition("/")
        if not slash:
            raise ValueError(f"{where}: it leads to “{cell}”; write a plan as Ac/Re, an arrow as up or down")
        numbers = _whole(where, accept), _whole(where, reject)
        if numbers[0] >= numbers[1]:
            raise ValueError(f"{where}: Ac must be below Re, and is not in “{cell}”")
        return Single(self.names[end], self.sizes[self.names[end]], *numbers)
