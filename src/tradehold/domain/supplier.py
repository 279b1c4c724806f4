"""The supplier: the second machine. Its cover limit per currency and the accounts it may be paid to.

A limit that is cut below what is reserved bites as reservations return: `cut` is what is still to be taken
back, and while it is above zero no new trade is confirmed in that currency.
"""

from datetime import datetime, timedelta
from typing import assert_never

import msgspec
from msgspec.structs import replace

from tradehold.domain import bank
from tradehold.domain.given import Given
from tradehold.domain.money import LIMIT, Money
from tradehold.domain.refusal import Code, Refusal, refuse


class Limit(msgspec.Struct, frozen=True, array_like=True):
    """Minor units: what was granted, and how much of a cut is still outstanding."""

    granted: int = 0
    cut: int = 0


class PayoutAccount(msgspec.Struct, frozen=True, omit_defaults=True):
    number: int
    party: bank.Party
    currency: str
    usable: datetime  # the end of the waiting time
    approved: bool = False


class Supplier(msgspec.Struct, frozen=True, omit_defaults=True):
    stage: str  # "enrolled"
    name: str
    limits: dict[str, Limit] = {}
    accounts: tuple[PayoutAccount, ...] = ()

    def limit(self, currency: str) -> Limit:
        return self.limits.get(currency, Limit())

    def payable(self, currency: str) -> PayoutAccount | None:
        """The newest approved account for the currency, whether its waiting time is over or not."""
        fitting = [one for one in self.accounts if one.approved and one.currency == currency]
        return fitting[-1] if fitting else None


class Enrol(msgspec.Struct, frozen=True, tag="enrol"):
    name: str


class SetLimit(msgspec.Struct, frozen=True, tag="set_limit"):
    limit: Money


class AddPayoutAccount(msgspec.Struct, frozen=True, tag="add_payout_account"):
    currency: str
    party: bank.Party


class ApprovePayoutAccount(msgspec.Struct, frozen=True, tag="approve_payout_account"):
    number: int


class ReturnCover(msgspec.Struct, frozen=True, tag="return_cover"):
    """Cover came back from a trade: an outstanding cut takes its part of it."""

    amount: Money


SupplierCommand = Enrol | SetLimit | AddPayoutAccount | ApprovePayoutAccount | ReturnCover


class Enrolled(msgspec.Struct, frozen=True, tag="enrolled"):
    name: str


class LimitSet(msgspec.Struct, frozen=True, omit_defaults=True, tag="limit_set"):
    """`raised` and `taken` are what is granted or taken back at once; `cut` what is still outstanding."""

    limit: Money
    raised: int = 0
    taken: int = 0
    cut: int = 0


class CoverTaken(msgspec.Struct, frozen=True, omit_defaults=True, tag="cover_taken"):
    amount: Money
    cut: int = 0


class PayoutAccountAdded(msgspec.Struct, frozen=True, tag="payout_account_added"):
    account: PayoutAccount


class PayoutAccountApproved(msgspec.Struct, frozen=True, tag="payout_account_approved"):
    number: int


SupplierEvent = Enrolled | LimitSet | CoverTaken | PayoutAccountAdded | PayoutAccountApproved

STAGES = ("enrolled",)


def decide(supplier: Supplier | None, do: SupplierCommand, given: Given) -> list[SupplierEvent] | Refusal:
    if isinstance(do, Enrol):
        return refuse(Code.EXISTS, what="supplier") if supplier else [Enrolled(do.name)]
    if supplier is None:
        return refuse(Code.UNKNOWN, what="supplier")
    match do:
        case SetLimit():
            return _set_limit(supplier, do.limit, given)
        case AddPayoutAccount():
            if not do.party.account.strip():
                return refuse(Code.NO_DESTINATION)
            wait = timedelta(hours=given.knowledge.policy.payout_account_wait_hours)
            number = len(supplier.accounts) + 1
            return [PayoutAccountAdded(PayoutAccount(number, do.party, do.currency, given.at + wait))]
        case ApprovePayoutAccount():
            account = next((one for one in supplier.accounts if one.number == do.number), None)
            if account is None:
                return refuse(Code.UNKNOWN, what="payout account")
            return (
                refuse(Code.EXISTS, what="approval")
                if account.approved
                else [PayoutAccountApproved(do.number)]
            )
        case ReturnCover():
            cut = supplier.limit(do.amount.currency).cut
            taken = min(cut, do.amount.minor, _available(given, do.amount.currency))
            if not taken:
                return refuse(Code.NO_SHORTFALL)
            return [CoverTaken(Money(taken, do.amount.currency), cut - taken)]
        case _:
            assert_never(do)


def _available(given: Given, currency: str) -> int:
    return given.balances.get(("cover_available", 0, currency), 0)


def _set_limit(supplier: Supplier, limit: Money, given: Given) -> list[SupplierEvent] | Refusal:
    if not 0 <= limit.minor < LIMIT:
        return refuse(Code.INVALID_AMOUNT)
    old = supplier.limit(limit.currency)
    change = limit.minor - old.granted  # a raise first takes back what is outstanding of a cut
    if change >= 0:
        return [LimitSet(limit, raised=change)]
    taken = min(-change, _available(given, limit.currency))
    return [LimitSet(limit, taken=taken, cut=-change - taken)]


def evolve(supplier: Supplier | None, event: SupplierEvent, at: datetime) -> Supplier:
    if isinstance(event, Enrolled):
        return Supplier("enrolled", event.name)
    if supplier is None:
        raise KeyError((None, type(event)))
    match event:
        case LimitSet():
            # What is still outstanding of a cut stays granted until it comes back.
            limit = Limit(event.limit.minor + event.cut, event.cut)
            return replace(supplier, limits={**supplier.limits, event.limit.currency: limit})
        case CoverTaken():
            old = supplier.limit(event.amount.currency)
            limit = Limit(old.granted - event.amount.minor, event.cut)
            return replace(supplier, limits={**supplier.limits, event.amount.currency: limit})
        case PayoutAccountAdded():
            return replace(supplier, accounts=(*supplier.accounts, event.account))
        case PayoutAccountApproved():
            accounts = tuple(
                replace(one, approved=True) if one.number == event.number else one
                for one in supplier.accounts
            )
            return replace(supplier, accounts=accounts)
        case _:
            assert_never(event)
