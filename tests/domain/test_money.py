"""Amounts: exact, in whole minor units, in currencies with no, two, three and four decimals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradehold.domain.money import EXPONENT, LIMIT, Money, parse, plain, share


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("1250.00", "USD", 125_000),
        ("1250", "USD", 125_000),
        ("1250.5", "USD", 125_050),
        ("0.10", "USD", 10),
        (".5", "USD", 50),
        ("-7.25", "USD", -725),
        ("+7.25", "USD", 725),
        ("1250", "JPY", 1_250),
        ("1250.000", "JPY", 1_250),
        ("1.234", "BHD", 1_234),
        ("1.2345", "CLF", 12_345),
        ("9999999999999.99", "USD", LIMIT - 1),
        ("0000000000000000000000001", "JPY", 1),
    ],
)
def test_amounts_are_read_exactly(text: str, currency: str, minor: int) -> None:
    assert parse(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("1.001", "USD"), ("1.5", "JPY"), ("1.23456", "CLF"), ("", "USD"), (".", "USD"), ("-", "USD"),
        ("1e3", "USD"), ("1_000", "USD"), ("1,000.00", "USD"), (" 1", "USD"), ("NaN", "USD"),
        ("Infinity", "USD"), ("٣", "USD"), ("10000000000000.00", "USD"), ("9" * 5000, "USD"),
        ("1.00000000000000000000000000000000000001", "USD"), ("1", "XAU"), ("1", "usd"),
    ],
)  # fmt: skip
def test_what_is_no_amount_is_refused(text: str, currency: str) -> None:
    with pytest.raises(ValueError, match=r"amount|decimals|currency|beyond"):
        parse(text, currency)


@pytest.mark.parametrize("minor", [1.0, "1", None, True])
def test_minor_units_are_whole_numbers(minor: object) -> None:
    with pytest.raises(TypeError):
        Money(minor, "USD")  # type: ignore[arg-type]


@pytest.mark.parametrize("minor", [LIMIT, -LIMIT, 10**30])
def test_no_amount_reaches_the_limit(minor: int) -> None:
    with pytest.raises(ValueError, match="beyond"):
        Money(minor, "USD")


@given(st.integers(1 - LIMIT, LIMIT - 1), st.sampled_from(sorted(EXPONENT)))
def test_what_is_written_is_read_back(minor: int, currency: str) -> None:
    assert parse(plain(Money(minor, currency)), currency) == Money(minor, currency)


@given(st.integers(0, LIMIT), st.integers(0, 10_000), st.integers(1, 10_000))
def test_a_share_is_within_half_a_unit_and_never_above_the_whole(whole: int, part: int, of: int) -> None:
    assert abs(2 * share(whole, part, of) * of - 2 * whole * part) <= of
    assert part > of or share(whole, part, of) <= whole
