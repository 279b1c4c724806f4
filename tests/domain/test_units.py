from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradehold.domain import units
from tradehold.domain.plain import plain
from tradehold.domain.units import parse

TEXT = (Path(units.__file__).parents[1] / "data/units.csv").read_text("utf-8")
UNITS = parse(TEXT)


def code(text: str) -> str:
    found = UNITS.at(text, plain(text), 0)
    return found[0].code if found else ""


def test_the_whitelist_holds_the_units_of_trade() -> None:
    assert len(UNITS.by_code) >= 90
    assert {"C62", "PR", "SET", "KGM", "GM", "ON", "P1", "E09", "2N", "KEL"} <= set(UNITS.by_code)


@pytest.mark.parametrize(
    ("spelling", "expected"),
    [
        ("pcs", "C62"), ("件", "C62"), ("uds", "C62"), ("pçs", "C62"), ("Unidades", "C62"), ("双", "PR"),
        ("gsm", "GM"), ("g/m²", "GM"), ("g/㎡", "GM"), ("克/平方米", "GM"), ("克/平米", "GM"), ("克", "GRM"),
        ("oz/yd2", "ON"), ("oz", "ONZ"), ("MT", "TNE"), ("Mts", "MTR"), ("m", "MTR"), ("M", "MTR"),
        ("㎜", "MMT"), ("ＣＭ", "CMT"), ('"', "INH"), ("”", "INH"), ("″", "INH"), ("英寸", "INH"),
        ("pulgadas", "INH"), ("polegadas", "INH"), ("mW", "C31"), ("MW", "MAW"), ("mAh", "E09"),
        ("毫安时", "E09"), ("毫安", "E09"), ("安", "ONZ"), ("℃", "CEL"), ("°C", "CEL"),
        ("K", "KEL"), ("k", ""), ("dB(A)", "2N"),
        ("Nm", "NU"), ("nm", "C45"), ("N", "NEW"), ("n", ""), ("个月", "MON"), ("个", "C62"), ("D", "A49"),
        ("gold", ""), ("mmx", ""), ("m3", "MTQ"), ("mA", "4K"), ("Ω", "OHM"),
        ("grams per square metre", "GM"),
        ("", ""), ("bananas", ""),
    ],
)  # fmt: skip
def test_a_spelling_means_what_the_list_says(spelling: str, expected: str) -> None:
    assert code(spelling) == expected


@pytest.mark.parametrize("unit", list(UNITS.by_code.values()), ids=lambda unit: unit.code)
def test_every_spelling_is_read_back(unit: units.Unit) -> None:
    assert [one for one in unit.spellings if code(one.removeprefix("=")) != unit.code] == []


@pytest.mark.parametrize(
    ("value", "unit", "to", "expected"),
    [
        ("1", "INH", "CMT", "2.54"), ("2", "FOT", "INH", "24"), ("3", "DZN", "PR", "18"),
        ("212", "FAH", "CEL", "100"), ("-40", "CEL", "FAH", "-40"), ("0", "CEL", "KEL", "273.15"),
        ("1", "TNE", "KGM", "1000"), ("90", "NA", "59", "90"), ("0.01", "P1", "59", "100"),
        ("5", "AMH", "E09", "5000"), ("1", "MPA", "BAR", "10"), ("36", "KMH", "MTS", "10"),
        ("9000", "A49", "D34", "1000"), ("1", "YDK", "FTK", "9"),
    ],
)  # fmt: skip
def test_conversion(value: str, unit: str, to: str, expected: str) -> None:
    assert UNITS.convert(Decimal(value), unit, to) == Decimal(expected)


def test_ounces_per_square_yard() -> None:
    assert round(UNITS.convert(Decimal(6), "ON", "GM"), 2) == Decimal("203.43")


@pytest.mark.parametrize(("unit", "to"), [("KGM", "MTR"), ("C62", "SET"), ("GM", "GRM"), ("XX", "MTR")])
def test_what_measures_something_else_is_refused(unit: str, to: str) -> None:
    with pytest.raises(ValueError, match=r"measures|no unit"):
        UNITS.convert(Decimal(1), unit, to)


@given(st.decimals(-(10**9), 10**9, places=3), st.sampled_from(sorted(UNITS.by_code)), st.data())
def test_there_and_back(value: Decimal, unit: str, data: st.DataObject) -> None:
    kin = [one.code for one in UNITS.by_code.values() if one.dimension == UNITS.by_code[unit].dimension]
    to = data.draw(st.sampled_from(kin))
    back = UNITS.convert(UNITS.convert(value, unit, to), to, unit)
    assert abs(back - value) <= Decimal("1E-6")


@given(st.text())
def test_plain_text_keeps_its_places(text: str) -> None:
    assert len(plain(text)) == len(text)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("MTR,length,1,", "MTR,length,one,", "MTR"),
        ("CMT,length", "MTR,length", "twice"),
        ("cm|cms|", "cm|cms|mm|", "“mm” is CMT and MMT"),
        ("CMT,length,0.01,0,cm,", "CMT,length,0.01,0,cm,,,", "CMT"),
    ],
)
def test_a_wrong_file_is_refused_with_the_place(old: str, new: str, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        parse(TEXT.replace(old, new, 1))
