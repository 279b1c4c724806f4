"""Plans against the worked look-ups and every cell of the tables; the operating characteristic against a
second computation in fractions."""

import csv
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import comb
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tradehold.domain import sampling
from tradehold.domain.sampling import (
    LARGEST_LOT,
    LEVELS,
    SEVERITIES,
    Level,
    Plan,
    Severity,
    acceptance,
    critical,
    curve,
    passes_in_100,
    plan,
    quality_at,
    read_tables,
)

DATA = Path(sampling.__file__).parents[1] / "data/aql"
COPY = Path(__file__).parent / "data/aql"
TEXTS = {name: (DATA / f"{name}.csv").read_text("utf-8") for name in ("code_letters", *SEVERITIES)}
TABLES = read_tables(TEXTS)
PLACES = Decimal("1E-19")  # two results may differ by a unit of the last place


def rows(name: str) -> list[dict[str, str]]:
    with (COPY / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def of(lot: int, sample_size: int, accept: int, reject: int | None = None) -> Plan:
    """A plan of no table."""
    refused = accept + 1 if reject is None else reject
    every = sample_size >= lot
    return Plan("X", sample_size, accept, refused, every, Decimal("2.5"), "II", "normal", lot)


def numbers(it: Plan) -> tuple[str, int, int, int]:
    return it.code_letter, it.sample_size, it.accept, it.reject


# -- plans


VECTORS = rows("test_vectors.csv")
CELLS = [(severity, row) for severity in SEVERITIES for row in rows(f"single_{severity}.csv")]
# A lot and a level that lead to each code letter.
LEADS: dict[str, tuple[int, Level]] = {
    by_level[level]: (smallest, level) for smallest, by_level in TABLES.letters for level in LEVELS
}


@pytest.mark.parametrize("row", VECTORS, ids=lambda row: "-".join(list(row.values())[:4]))
def test_worked_look_ups(row: dict[str, str]) -> None:
    it = plan(TABLES, int(row["lot_size"]), row["level"], Decimal(row["aql"]), row["severity"])
    assert it == Plan(
        row["use_code_letter"],
        int(row["sample_size"]),
        int(row["ac"]),
        int(row["re"]),
        row["inspect_100_percent"] == "yes",
        Decimal(row["aql"]),
        it.level,
        it.severity,
        int(row["lot_size"]),
    )
    assert (it.level, it.severity) == (row["level"], row["severity"])


def test_there_are_sixty_look_ups_and_all_cells() -> None:
    assert len(VECTORS) == 60
    assert len(CELLS) == 3 * 16 * 26 + 1  # and letter S


@pytest.mark.parametrize("severity", SEVERITIES)
def test_the_tables_hold_each_raw_cell(severity: Severity) -> None:
    grid = {row["code_letter"]: row for row in csv.DictReader(TEXTS[severity].splitlines())}
    told = {
        (letter, aql): (row["sample_size"], cell)
        for letter, row in grid.items()
        for aql, cell in row.items()
        if aql not in ("code_letter", "sample_size") and cell
    }
    assert told == {
        (row["code_letter"], row["aql"]): (
            row["sample_size"],
            f"{row['ac']}/{row['re']}" if row["cell"] == "plan" else row["cell"],
        )
        for one, row in CELLS
        if one == severity
    }


def test_each_cell_is_reached_and_leads_to_its_plan() -> None:
    reached = 0
    for severity, row in CELLS:
        if row["code_letter"] == "S":
            continue  # only an arrow leads there
        lot, level = LEADS[row["code_letter"]]
        it = plan(TABLES, lot, level, Decimal(row["aql"]), severity)
        use = (row["use_code_letter"], *(int(row[f"use_{what}"]) for what in ("sample_size", "ac", "re")))
        assert numbers(it) == use, (severity, row)
        assert it.inspect_100_percent == (it.sample_size >= lot)
        reached += 1
    assert reached == 3 * 16 * 26


@pytest.mark.parametrize(("lot", "level", "aql", "severity", "looked_up", "expected"), [
    (90, "II", "2.5", "normal", 13, ("F", 20, 1, 2)),
    (3000, "S-1", "4.0", "normal", 5, ("B", 3, 0, 1)),
    (600_000, "III", "1.0", "tightened", 2000, ("Q", 1250, 18, 19)),
    (600_000, "III", "0.025", "tightened", 2000, ("S", 3150, 1, 2)),
    (200_000, "III", "0.025", "tightened", 1250, ("S", 3150, 1, 2)),
    (8, "II", "0.010", "tightened", 2, ("R", 2000, 0, 1)),
    (600_000, "III", "1000", "normal", 2000, ("B", 3, 44, 45)),
])  # fmt: skip
def test_an_arrow_changes_the_sample(
    lot: int, level: str, aql: str, severity: str, looked_up: int, expected: tuple[str, int, int, int]
) -> None:
    it = plan(TABLES, lot, level, Decimal(aql), severity)
    assert numbers(it) == expected
    assert it.sample_size != looked_up


@pytest.mark.parametrize(("lot", "aql", "letter"), [
    (1, "40", "A"), (2, "40", "A"), (8, "40", "A"), (9, "40", "B"), (15, "40", "B"), (16, "40", "C"),
    (1200, "1.0", "J"), (1201, "1.0", "K"), (500_000, "1.0", "P"), (500_001, "1.0", "Q"),
    (LARGEST_LOT, "1.0", "Q"),
])  # fmt: skip
def test_the_letter_changes_where_the_ranges_meet(lot: int, aql: str, letter: str) -> None:
    assert plan(TABLES, lot, aql=Decimal(aql)).code_letter == letter


def test_what_is_silent_is_level_ii_at_2_5_normal() -> None:
    it = plan(TABLES, 500)
    assert it == Plan("H", 50, 3, 4, False, Decimal("2.5"), "II", "normal", 500)
    assert it == plan(TABLES, 500, "II", Decimal("2.50"), "normal")


@pytest.mark.parametrize(("lot", "every"), [(1, True), (4, True), (5, True), (6, False)])
def test_a_sample_as_large_as_the_lot_means_every_piece(lot: int, every: bool) -> None:
    it = plan(TABLES, lot)
    assert (it.sample_size, it.accept, it.reject) == (5, 0, 1)
    assert it.inspect_100_percent is every
    assert it.pieces == min(5, lot)


def test_critical_defects_refuse_on_the_same_sample() -> None:
    major = plan(TABLES, 5000)
    one = critical(major)
    assert (one.accept, one.reject, one.aql) == (0, 1, Decimal(0))
    assert (one.sample_size, one.code_letter, one.lot) == (major.sample_size, major.code_letter, major.lot)


@pytest.mark.parametrize(("wrong", "message"), [
    ({"lot": 0}, r"^lot 0: .* from 1 to"),
    ({"lot": -3}, r"^lot -3: "),
    ({"lot": LARGEST_LOT + 1}, r"^lot 1000000000001: "),
    ({"level": "IV"}, r"^level IV: use one of I, II, III, S-1"),
    ({"level": "ii"}, r"^level ii: "),
    ({"severity": "hard"}, r"^severity hard: use one of normal, tightened, reduced$"),
    ({"aql": Decimal(3)}, r"^aql 3: .* nearest: 2\.5 or 4\.0$"),
    ({"aql": Decimal("0.001")}, r"^aql 0\.001: .* nearest: 0\.010$"),
    ({"aql": Decimal(1001)}, r"^aql 1001: .* nearest: 1000$"),
    ({"aql": Decimal(-1)}, r"^aql -1: .* nearest: 0\.010$"),
    ({"aql": Decimal(0)}, r"^aql 0: critical defects"),
    ({"aql": Decimal("NaN")}, r"^aql NaN: "),
    ({"aql": Decimal("sNaN")}, r"^aql sNaN: "),
    ({"aql": Decimal("Infinity")}, r"^aql Infinity: "),
])  # fmt: skip
def test_bad_input_names_the_argument_and_the_mend(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        plan(TABLES, **{"lot": 500, **wrong})


# -- the operating characteristic


def by_counting(lot: int, drawn: int, reject: int, defective: int) -> Fraction:
    """All samples without a difference between them, counted."""
    fine = lot - defective
    passing = sum(
        comb(defective, found) * comb(fine, drawn - found) for found in range(min(reject, drawn + 1))
    )
    return Fraction(passing, comb(lot, drawn))


def one_less(it: Plan, share: Decimal) -> Decimal:
    """The share with one defective piece less."""
    return Decimal(round(share * it.lot) - 1) / it.lot


def near(one: Decimal, other: Fraction) -> bool:
    return abs(Fraction(one) - other) <= Fraction(PLACES)


PLANS = st.builds(
    lambda lot, sample, accept, gap: of(lot, sample, accept, accept + gap),
    st.integers(1, 80), st.integers(1, 100), st.integers(0, 8), st.integers(1, 4),
)  # fmt: skip
LARGE = st.builds(
    lambda lot, level, aql, severity: plan(TABLES, lot, level, aql, severity),
    st.integers(1, 1_000_000), st.sampled_from(LEVELS), st.sampled_from(TABLES.aqls[:16]),
    st.sampled_from(SEVERITIES),
)  # fmt: skip


@settings(deadline=None)
@given(PLANS)
def test_the_probability_is_that_of_counting_all_samples(it: Plan) -> None:
    for defective in range(it.lot + 1):
        expected = by_counting(it.lot, it.pieces, it.reject, defective)
        assert near(acceptance(it, Decimal(defective) / it.lot), expected)


@pytest.mark.parametrize(("it", "defective"), [
    (of(1_000_000, 2000, 21), 12_000),
    (of(1_000_000, 2000, 21), 40_000),
    (of(100_000, 3150, 1), 37),
    (of(10_000, 315, 18), 700),
    (of(2_001, 2000, 21), 22),
    (of(2_000, 1250, 10), 1990),
    (of(5_000, 200, 14), 2500),
])  # fmt: skip
def test_large_lots_too(it: Plan, defective: int) -> None:
    expected = by_counting(it.lot, it.pieces, it.reject, defective)
    assert near(acceptance(it, Decimal(defective) / it.lot), expected)


@settings(deadline=None)
@given(LARGE, st.lists(st.decimals(0, 1, places=4), min_size=2, max_size=8))
def test_more_defective_pieces_never_pass_more_often(it: Plan, shares: list[Decimal]) -> None:
    told = [acceptance(it, share) for share in sorted(shares)]
    assert all(0 <= one <= 1 for one in told)
    assert all(after <= before + PLACES for before, after in pairwise(told))


@settings(deadline=None)
@given(LARGE)
def test_a_good_lot_passes_and_a_bad_one_does_not(it: Plan) -> None:
    assert acceptance(it, Decimal(0)) == 1
    assert acceptance(it, Decimal(1)) == (0 if it.pieces >= it.reject else 1)


def test_what_falls_into_the_gap_of_a_reduced_plan_passes() -> None:
    it = plan(TABLES, 3000, "I", Decimal("1.0"), "reduced")
    assert (it.sample_size, it.accept, it.reject) == (20, 0, 2)
    share = Decimal(60) / 3000
    assert near(acceptance(it, share), by_counting(3000, 20, 2, 60))
    assert acceptance(it, share) > acceptance(replace(it, reject=1), share)


def test_every_piece_inspected_leaves_nothing_to_chance() -> None:
    it = of(10, 50, 2)
    told = [acceptance(it, Decimal(defective) / 10) for defective in range(11)]
    assert told == [1, 1, 1] + [0] * 8


def test_a_share_is_the_nearest_whole_number_of_pieces() -> None:
    it = of(10, 5, 0)
    assert acceptance(it, Decimal("0.149")) == acceptance(it, Decimal("0.1"))
    assert acceptance(it, Decimal("0.15")) == acceptance(it, Decimal("0.2"))


@pytest.mark.parametrize("share", ["-0.01", "1.01", "NaN", "sNaN", "Infinity"])
def test_a_share_outside_0_to_1_is_refused(share: str) -> None:
    with pytest.raises(ValueError, match=f"^defective {share}: .* 0 to 1"):
        acceptance(of(10, 5, 0), Decimal(share))
    with pytest.raises(ValueError, match=f"^probability {share}: .* 0 to 1"):
        quality_at(of(10, 5, 0), Decimal(share))


@settings(deadline=None)
@given(LARGE)
def test_a_curve_ends_where_nothing_passes(it: Plan) -> None:
    points = curve(it)
    assert len(points) <= 61
    assert points[0] == (0, 1)
    shares = [share for share, _ in points]
    assert shares == sorted(set(shares))
    assert all(acceptance(it, share) == probability for share, probability in points)
    if it.pieces < it.reject:
        assert points[-1] == (1, 1)
    else:
        assert points[-1][1] <= Decimal("0.01") < acceptance(it, one_less(it, shares[-1]))


@settings(deadline=None)
@given(LARGE, st.decimals(Decimal("0.01"), Decimal("0.99"), places=2))
def test_the_quality_at_a_probability_is_the_first_that_passes_no_more_often(it: Plan, at: Decimal) -> None:
    share = quality_at(it, at)
    if share is None:
        assert acceptance(it, Decimal(1)) > at
    else:
        assert acceptance(it, share) <= at < acceptance(it, one_less(it, share))


@pytest.mark.parametrize(("at", "share"), [
    ("1", "0"), ("0.376", "0.125"), ("0.375", "0.125"), ("0.374", "0.25"), ("0", "0.5"),
])  # fmt: skip
def test_a_probability_that_is_met_exactly_counts(at: str, share: str) -> None:
    """Of 8 pieces with one defective, 5 drawn miss it 3 times in 8."""
    assert quality_at(of(8, 5, 0), Decimal(at)) == Decimal(share)


def test_a_plan_that_refuses_nothing_catches_nothing() -> None:
    assert quality_at(of(10, 3, 3), Decimal("0.1")) is None
    assert curve(of(10, 3, 3))[-1] == (1, 1)


@pytest.mark.parametrize(("it", "share", "times"), [
    (of(500, 50, 3), "0.06", 65),
    (of(500, 50, 3), "0", 100),
    (of(500, 50, 3), "1", 0),
    (of(5000, 200, 10), "0.06", 34),
    (of(8, 5, 0), "0.125", 38),  # 3 of 8: a half is rounded up
])  # fmt: skip
def test_times_in_a_hundred(it: Plan, share: str, times: int) -> None:
    assert passes_in_100(it, Decimal(share)) == times
    counted = by_counting(it.lot, it.pieces, it.reject, int(Decimal(share) * it.lot))
    assert times == int(counted * 100 + Fraction(1, 2))


# -- the files


def test_a_missing_file_is_named() -> None:
    with pytest.raises(ValueError, match=r"^reduced: the file is missing"):
        read_tables({name: text for name, text in TEXTS.items() if name != "reduced"})


@pytest.mark.parametrize(("name", "old", "new", "message"), [
    ("normal", "A,2,down", "A,2,sideways", r"^normal, row A, AQL 0\.010: it leads to “sideways”; write"),
    ("normal", "R,2000,up,up", "R,2000,up,down", r"row R, AQL 0\.015: the arrow down leads out of the table"),
    ("normal", "44/45", "45/44", r"Ac must be below Re, and is not in “45/44”"),
    ("normal", "44/45", "44/", r"“” is no whole number"),
    ("normal", "44/45", "-4/45", r"“-4” is no whole number"),
    ("normal", "44/45", "４/45", r"“４” is no whole number"),
    ("normal", "B,3,", "B,three,", r"^normal, row B: “three” is no whole number"),
    ("normal", "B,3,", "A,3,", r"^normal: a code letter has two rows"),
    ("normal", "B,3,", "X,3,", r"^normal: there is no row B"),
    ("normal", "B,3,", "B,3,up,", r"^normal, row B: there are 29 cells; write 28"),
    ("normal", "code_letter", "letter", r"^normal: the first columns must be"),
    ("normal", "0.015", "0.005", r"^normal: the AQLs must rise"),
    ("normal", "0.010", "much", r"^normal: the column “much” is no AQL"),
    ("normal", "0.010", "0", r"^normal: the column “0” is no AQL"),
    ("reduced", "0.010", "0.011", r"^reduced: its AQLs are not those of the normal table"),
    ("tightened", "S,3150,,,1/2", "S,3150,,,", r"^tightened, row Q, AQL 0\.025: it leads to “”"),
    ("code_letters", "9,15", "10,15", r"^code_letters, row 2: the range must end where the next"),
    ("code_letters", "9,15", "9,x", r"^code_letters, row 9: “x” is no whole number"),
    ("code_letters", "500001,", "500001,600000", r"^code_letters: the last range must be open"),
    ("code_letters", "2,8,A", "2,8,", r"^code_letters, row 2: give a letter for each level"),
    ("code_letters", "2,8,A", "2,8,Z", r"^normal: there is no row Z"),
    ("code_letters", "9,15,A", "9,15", r"^code_letters, row 9: give a letter for each level"),
    ("code_letters", "S-1", "S-9", r"^code_letters: the columns must be"),
])  # fmt: skip
def test_a_wrong_cell_is_named(name: str, old: str, new: str, message: str) -> None:
    assert old in TEXTS[name]
    with pytest.raises(ValueError, match=message):
        read_tables({**TEXTS, name: TEXTS[name].replace(old, new, 1)})


@pytest.mark.parametrize("name", TEXTS)
def test_an_empty_file_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"^{name}: "):
        read_tables({**TEXTS, name: ""})
