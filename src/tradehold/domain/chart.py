"""The chart of accounts. Every account has one normal side; a bounded account may never fall below zero.

The list is domain rule 9. An account that stands for one trade (or one bank line) has a `subject`: the
trade's id, so that `hold` of one trade is never netted with `hold` of another.
"""

from enum import StrEnum

import msgspec


class Kind(StrEnum):
    ASSET = "asset"
    LIABILITY = "liability"
    EQUITY = "equity"
    INCOME = "income"
    EXPENSE = "expense"
    MEMORANDUM = "memorandum"


class Account(msgspec.Struct, frozen=True):
    name: str
    kind: Kind
    debit_normal: bool
    bounded: bool = False
    client: bool = False  # a debt to a client, or the money that covers it


def _account(name: str, kind: Kind, *, bounded: bool = False, client: bool = False) -> Account:
    return Account(name, kind, kind in (Kind.ASSET, Kind.EXPENSE), bounded, client)


CHART: dict[str, Account] = {
    account.name: account
    for account in (
        _account("bank_client", Kind.ASSET, client=True),
        _account("bank_own", Kind.ASSET),
        _account("processor_receivable", Kind.ASSET),
        _account("supplier_receivable", Kind.ASSET),
        _account("hold", Kind.LIABILITY, bounded=True, client=True),
        # Money between two owners' books, or between a book and the bank: it passes zero in both directions.
        _account("in_transit", Kind.LIABILITY, client=True),
        _account("suspense", Kind.LIABILITY, bounded=True, client=True),
        _account("supplier_payable", Kind.LIABILITY, bounded=True, client=True),
        _account("buyer_refundable", Kind.LIABILITY, bounded=True, client=True),
        _account("inspector_payable", Kind.LIABILITY, bounded=True, client=True),
        _account("lender_payable", Kind.LIABILITY, bounded=True, client=True),
        _account("payout_submitted", Kind.LIABILITY, bounded=True, client=True),
        _account("unclaimed", Kind.LIABILITY, bounded=True, client=True),
        _account("equity", Kind.EQUITY),
        _account("fee_income", Kind.INCOME),
        _account("rail_cost", Kind.EXPENSE),
        _account("guarantee_loss", Kind.EXPENSE),
        # Memorandum: promises, not money. granted = available + reserved, always.
        Account("cover_granted", Kind.MEMORANDUM, debit_normal=True),
        Account("cover_available", Kind.MEMORANDUM, debit_normal=False, bounded=True),
        Account("cover_reserved", Kind.MEMORANDUM, debit_normal=False, bounded=True),
    )
}
BOUNDED = frozenset(account.name for account in CHART.values() if account.bounded)
