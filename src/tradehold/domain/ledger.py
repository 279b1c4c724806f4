"""Double entry: a posting moves one amount from one account to another, so it cannot fail to balance."""

from collections.abc import Iterable

import msgspec

from tradehold.domain.chart import CHART
from tradehold.domain.money import Money

# account, subject (a trade or a bank line; 0 for none), currency
Key = tuple[str, int, str]


class Posting(msgspec.Struct, frozen=True):
    """`amount` is debited to `debit` and credited to `credit`, both in one owner's books.

    Raises ValueError for an unknown account, one account on both sides, or an amount that is not above 0.
    """

    debit: str
    credit: str
    amount: Money
    debit_subject: int = 0
    credit_subject: int = 0

    def __post_init__(self) -> None:
        if self.debit not in CHART or self.credit not in CHART:
            raise ValueError(f"no such account: {self.debit} or {self.credit}")
        if (self.debit, self.debit_subject) == (self.credit, self.credit_subject):
            raise ValueError(f"{self.debit} cannot stand on both sides")
        if self.amount.minor <= 0:
            raise ValueError("a posting moves more than nothing")


def changes(postings: Iterable[Posting]) -> dict[Key, int]:
    """What the postings do to each account, positive on its normal side, in minor units."""
    moved: dict[Key, int] = {}
    for posting in postings:
        amount = posting.amount
        for name, subject, sign in (
            (posting.debit, posting.debit_subject, 1 if CHART[posting.debit].debit_normal else -1),
            (posting.credit, posting.credit_subject, -1 if CHART[posting.credit].debit_normal else 1),
        ):
            key = (name, subject, amount.currency)
            moved[key] = moved.get(key, 0) + sign * amount.minor
    return moved


def trial_balance(balances: Iterable[tuple[str, str, int]]) -> dict[str, int]:
    """Debits less credits by currency, from (account, currency, balance on the normal side). All zero,
    always."""
    sums: dict[str, int] = {}
    for name, currency, balance in balances:
        sign = 1 if CHART[name].debit_normal else -1
        sums[currency] = sums.get(currency, 0) + sign * balance
    return sums
