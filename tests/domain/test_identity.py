"""Names of things: one thing has one name, one name means one thing, and nonsense means nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradehold.domain.identity import (
    MAX_OWNER,
    PREFIX,
    Kind,
    Ref,
    from_public_id,
    from_token,
    payout_ref,
    public_id,
    receipt_ref,
    token,
    trade_id,
)  # fmt: skip
from tradehold.domain.reference import rf_reference, rf_token

owners, trades, ids = st.integers(0, MAX_OWNER), st.integers(0, 2**55 - 1), st.integers(0, 2**62 - 1)


@given(owners, trades)
def test_a_trade_is_found_by_its_id_and_by_its_bank_reference(owner: int, number: int) -> None:
    ref = Ref(owner, Kind.TRADE, number)
    assert from_public_id(public_id(ref), Kind.TRADE) == ref
    reference = rf_reference(token(ref))
    assert len(reference) <= 25
    assert from_token(rf_token(reference) or "", Kind.TRADE) == ref


@given(owners, ids, st.sampled_from(sorted(PREFIX)))
def test_names_lead_back(owner: int, number: int, kind: Kind) -> None:
    ref = Ref(owner, kind, number % 2**55 if kind is Kind.TRADE else number)
    assert from_public_id(public_id(ref), kind) == ref


@given(st.tuples(owners, ids), st.tuples(owners, ids))
def test_two_things_have_two_names(one: tuple[int, int], other: tuple[int, int]) -> None:
    names = [token(Ref(owner, Kind.PAYOUT, number)) for owner, number in (one, other)]
    assert (names[0] == names[1]) == (one == other)


@given(st.text(max_size=24))
def test_foreign_text_is_nobody_or_its_own_name(text: str) -> None:
    found = from_token(text, Kind.PAYOUT)
    assert found is None or token(found) == text


@pytest.mark.parametrize(
    "text",
    ["", "1", "0" * 12 + "x" * 20, "1zzzzzzzzzzzzz", "01" + "0" * 13, "1" + "O" * 13, "1" + "٣" * 13,
     "NOTPROVIDED"],
)  # fmt: skip
def test_nonsense_is_nobody(text: str) -> None:
    assert from_token(text, Kind.PAYOUT) is None


@pytest.mark.parametrize(
    "text", ["", "trd", "trd_", "pay_v900000000001", "trd_V900000000001", "trd_v90000000000!"]
)
def test_a_foreign_public_id_is_nobody(text: str) -> None:
    assert from_public_id(text, Kind.TRADE) is None


def test_derived_ids_tell_apart_what_a_plain_join_would_not() -> None:
    assert receipt_ref("DE1", "23") != receipt_ref("DE12", "3")
    trade = Ref(1, Kind.TRADE, 1)
    assert len({payout_ref(Ref(1, Kind.TRADE, n), k) for n in range(50) for k in range(50)}) == 2500
    assert payout_ref(trade, 1).owner == 1


def test_ids_of_trades_are_ordered_by_time() -> None:
    assert trade_id(1, 2**14 - 1) < trade_id(2, 0)
    assert trade_id(2**41 - 1, 2**14 - 1) == 2**55 - 1
