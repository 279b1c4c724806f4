"""The chart and double entry: a posting cannot fail to balance, and says so when it is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradehold.domain.chart import BOUNDED, CHART, Kind
from tradehold.domain.ledger import Posting, changes, trial_balance
from tradehold.domain.money import Money

USD = Money(100, "USD")


def test_the_chart_is_the_one_of_the_rules() -> None:
    assert {account.name for account in CHART.values() if account.kind is Kind.ASSET} == {
        "bank_client", "bank_own", "processor_receivable", "supplier_receivable",
    }  # fmt: skip
    assert {
        "hold", "suspense", "supplier_payable", "buyer_refundable", "inspector_payable", "lender_payable",
        "payout_submitted", "unclaimed", "cover_available", "cover_reserved",
    } == BOUNDED  # fmt: skip


def test_only_money_of_clients_and_what_covers_it_is_client_money() -> None:
    assert [one.name for one in CHART.values() if one.client and one.kind is Kind.ASSET] == ["bank_client"]
    liabilities = [one for one in CHART.values() if one.kind is Kind.LIABILITY]
    assert all(one.client for one in liabilities)


@pytest.mark.parametrize(
    ("debit", "credit", "amount"),
    [("hold", "hold", USD), ("hold", "nowhere", USD), ("hold", "suspense", Money(0, "USD")),
     ("hold", "suspense", Money(-1, "USD"))],
)  # fmt: skip
def test_what_is_no_posting_is_refused(debit: str, credit: str, amount: Money) -> None:
    with pytest.raises(ValueError, match=r"account|sides|nothing"):
        Posting(debit, credit, amount)


def test_one_account_of_two_trades_can_stand_on_both_sides() -> None:
    assert changes([Posting("hold", "hold", USD, 1, 2)]) == {
        ("hold", 1, "USD"): -100,
        ("hold", 2, "USD"): 100,
    }


@pytest.mark.parametrize(
    ("debit", "credit", "moved"),
    [
        ("bank_client", "hold", (100, 100)),  # an asset grows, and so does a debt
        ("hold", "supplier_payable", (-100, 100)),
        ("rail_cost", "bank_own", (100, -100)),
        ("cover_available", "cover_reserved", (-100, 100)),
    ],
)
def test_postings_move_the_normal_sides(debit: str, credit: str, moved: tuple[int, int]) -> None:
    assert tuple(changes([Posting(debit, credit, USD)]).values()) == moved


@given(
    st.lists(
        st.tuples(
            st.sampled_from(sorted(CHART)), st.sampled_from(sorted(CHART)), st.integers(1, 10**9),
            st.sampled_from(["USD", "JPY"]),
        )
    )
)  # fmt: skip
def test_any_postings_balance(rows: list[tuple[str, str, int, str]]) -> None:
    postings = [Posting(a, b, Money(minor, currency), 1, 2) for a, b, minor, currency in rows]
    moved = [(name, currency, value) for (name, _, currency), value in changes(postings).items()]
    assert set(trial_balance(moved).values()) <= {0}
