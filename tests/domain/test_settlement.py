"""Who gets what: exact to the last minor unit, and never more to a payer than he paid."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.world import BUYERS, terms
from tradehold.domain.contract import deal
from tradehold.domain.settlement import apportion, divide
from tradehold.domain.trade import Payment, Stage, Trade

weights = st.lists(st.integers(1, 10**14), min_size=1, max_size=20)
amounts = st.lists(st.integers(1, 10**9), min_size=1, max_size=6)


@given(st.integers(0, 10**14), weights)
def test_a_whole_is_apportioned_exactly_and_fairly(whole: int, parts: list[int]) -> None:
    shares = apportion(whole, parts)
    assert sum(shares) == whole
    assert all(
        abs(share * sum(parts) - whole * part) < sum(parts) for share, part in zip(shares, parts, strict=True)
    )


def test_what_rounding_leaves_over_goes_to_the_largest_remainder() -> None:
    assert apportion(100, [1, 1, 1]) == [34, 33, 33]
    assert apportion(10, [1, 2]) == [3, 7]
    assert apportion(0, []) == []


def trade(paid: list[int], contributed: int) -> Trade:
    payments = tuple(Payment(n, amount, amount, BUYERS) for n, amount in enumerate(paid))
    held = sum(paid) + contributed
    return Trade(Stage.LATE, deal(terms()), 1, "", held=held, contributed=contributed, payments=payments)


@given(amounts, st.integers(0, 5_000), st.integers(0, 10_000), st.integers(0, 10_000))
def test_a_division_is_exact(paid: list[int], contributed: int, first: int, second: int) -> None:
    before = trade(paid, contributed)
    release = before.held * first // 10_000
    refund = (before.held - release) * second // 10_000
    division = divide(before, release, refund, "")
    owed = sum(one.amount.minor for one in division.owes)
    assert owed + division.cost == release + refund
    assert sum(one.amount.minor for one in division.owes if one.receipt is None) == release
    for one in division.owes:
        assert one.receipt is None or one.amount.minor <= paid[one.receipt]
    assert division.cost <= contributed


@given(amounts, st.integers(0, 5_000))
def test_a_full_refund_gives_everybody_what_he_put_in(paid: list[int], contributed: int) -> None:
    before = trade(paid, contributed)
    division = divide(before, 0, before.held, "")
    assert {one.receipt: one.amount.minor for one in division.owes} == dict(enumerate(paid))
    assert division.cost == contributed


def test_the_newest_payment_goes_back_first_and_a_reversed_one_never() -> None:
    before = trade([100, 200, 300], 0)
    assert [one.receipt for one in divide(before, 0, 350, "").owes] == [2, 1]
    gone = tuple(replace(one, left=0) if one.receipt == 2 else one for one in before.payments)
    taken = replace(before, payments=gone, held=300)
    assert [one.receipt for one in divide(taken, 0, 300, "").owes] == [1, 0]
