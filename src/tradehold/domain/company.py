"""The company: the second machine. Its standing, what was verified of it, its cover, the accounts it may be
paid to, and the record of its trades as a supplier.

    held -> active | excluded      registered; a name on the screening list holds it until two operators
    decide active <-> suspended, insolvent    open trades go on, nothing new is confirmed, payouts to it wait
    frozen                         a court's or authority's order, with its reference: its trades' clocks stop

This file says what can be; standing.py decides.

A limit that is cut below what is reserved bites as reservations return: `cut` is what is still to be taken
back, and while it is above zero no new trade is confirmed in that currency.
"""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import assert_never

import msgspec
from msgspec.structs import replace

from tradehold.domain import bank
from tradehold.domain.contract import Attachment
from tradehold.domain.money import Money
from tradehold.domain.screening import Hit
from tradehold.domain.trade_commands import Freeze, Lift, PassDeadline
from tradehold.domain.trade_events import Order


class Stage(StrEnum):
    HELD = "held"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    INSOLVENT = "insolvent"
    EXCLUDED = "excluded"
    FROZEN = "frozen"


class Checked(StrEnum):
    """What can be verified of a company."""

    REGISTRATION = "registration"
    BANK_ACCOUNT = "bank_account"
    ON_SITE = "on_site"
    LICENCE = "licence"
    CERTIFICATE = "certificate"


class Limit(msgspec.Struct, frozen=True, array_like=True):
    """Minor units: what was granted, and how much of a cut is still outstanding. `fixed`: by two operators,
    so that the formula leaves it alone."""

    granted: int = 0
    cut: int = 0
    fixed: bool = False


class PayoutAccount(msgspec.Struct, frozen=True, omit_defaults=True):
    number: int
    party: bank.Party
    currency: str
    usable: datetime  # the end of the waiting time
    approved: bool = False


class Verification(msgspec.Struct, frozen=True, omit_defaults=True):
    """One dated record, with what shows it. Valid through its last day, until it is withdrawn."""

    number: int
    what: Checked
    issuer: str
    reference: str
    issued: date
    expires: date | None = None
    evidence: tuple[Attachment, ...] = ()
    withdrawn: str = ""  # why

    def valid(self, day: date) -> bool:
        return not self.withdrawn and self.issued <= day and (self.expires is None or day <= self.expires)


class Tally(msgspec.Struct, frozen=True, array_like=True):
    """One month of a supplier's decided trades. `trades` are those that were completed, `judged` those whose
    punctuality is known, `related` those with a company of the same owners, which count for nothing else;
    `completed` is the value by currency, in minor units."""

    trades: int = 0
    judged: int = 0
    on_time: int = 0
    inspected: int = 0
    passed: int = 0
    disputes: int = 0
    lost: int = 0
    related: int = 0
    completed: dict[str, int] = {}


class Company(msgspec.Struct, frozen=True, omit_defaults=True):
    """`owners` stand for the beneficial owners without naming them; `months` are tallies by "2027-01"."""

    standing: Stage
    name: str
    country: str
    since: datetime
    registration: str = ""
    owners: tuple[str, ...] = ()
    hits: tuple[Hit, ...] = ()
    reason: str = ""  # why it stands where it stands
    freeze: Order | None = None
    gold_since: date | None = None  # without a gap
    gold_until: date | None = None
    currency: str = ""  # in which the formula grants cover
    verifications: tuple[Verification, ...] = ()
    limits: dict[str, Limit] = {}
    accounts: tuple[PayoutAccount, ...] = ()
    months: dict[str, Tally] = {}
    clocks: dict[str, datetime] = {}

    @property
    def stage(self) -> Stage:
        return Stage.FROZEN if self.freeze else self.standing

    def limit(self, currency: str) -> Limit:
        return self.limits.get(currency, Limit())

    def payable(self, currency: str) -> PayoutAccount | None:
        """The newest approved account for the currency, whether its waiting time is over or not."""
        fitting = [one for one in self.accounts if one.approved and one.currency == currency]
        return fitting[-1] if fitting else None

    def verified(self, day: date) -> frozenset[Checked]:
        return frozenset(one.what for one in self.verifications if one.valid(day))

    def gold(self, day: date) -> bool:
        return self.gold_until is not None and day <= self.gold_until

    def tally(self) -> Tally:
        """All months in one."""
        whole = Tally()
        for month in self.months.values():
            whole = _added(whole, month)
        return whole


class Register(msgspec.Struct, frozen=True, omit_defaults=True, tag="register"):
    """`owners` stand for the beneficial owners; `hits` are what the screening of the company's and its
    owners' names found, before names of persons were left behind."""

    name: str
    country: str
    registration: str = ""
    owners: tuple[str, ...] = ()
    hits: tuple[Hit, ...] = ()


class Clear(msgspec.Struct, frozen=True, tag="clear"):
    """The screening's hit is somebody else: the company may trade."""

    reason: str


class Exclude(msgspec.Struct, frozen=True, tag="exclude"):
    reason: str


class Suspend(msgspec.Struct, frozen=True, tag="suspend"):
    reason: str


class Reinstate(msgspec.Struct, frozen=True, tag="reinstate"):
    reason: str


class DeclareInsolvent(msgspec.Struct, frozen=True, tag="declare_insolvent"):
    """`reference` is the court's or the register's."""

    reference: str


class Verify(msgspec.Struct, frozen=True, omit_defaults=True, tag="verify"):
    what: Checked
    issuer: str
    reference: str
    issued: date
    expires: date | None = None
    evidence: tuple[Attachment, ...] = ()


class WithdrawVerification(msgspec.Struct, frozen=True, tag="withdraw_verification"):
    number: int
    reason: str


class SetMembership(msgspec.Struct, frozen=True, omit_defaults=True, tag="set_membership"):
    """Gold through the day `until`, with cover by the formula in `currency`; free where there is none."""

    currency: str
    until: date | None = None


class SetLimit(msgspec.Struct, frozen=True, tag="set_limit"):
    """A limit by judgement, instead of the formula's."""

    limit: Money


class FollowFormula(msgspec.Struct, frozen=True, tag="follow_formula"):
    """The limit in this currency is the formula's again."""

    currency: str


class AddPayoutAccount(msgspec.Struct, frozen=True, tag="add_payout_account"):
    currency: str
    party: bank.Party


class ApprovePayoutAccount(msgspec.Struct, frozen=True, tag="approve_payout_account"):
    number: int


class ReturnCover(msgspec.Struct, frozen=True, tag="return_cover"):
    """Cover came back from a trade: an outstanding cut takes its part of it."""

    amount: Money


class RecordTrade(msgspec.Struct, frozen=True, omit_defaults=True, tag="record_trade"):
    """A trade of this supplier was decided: `completed` is what was released to it for goods that shipped;
    `on_time` None where nothing tells; `disputed` where the buyer claimed, `lost` where it got money back for
    it."""

    buyer: int
    completed: Money
    on_time: bool | None = None
    passed: bool | None = None
    disputed: bool = False
    lost: bool = False


CompanyCommand = (
    Register | Clear | Exclude | Suspend | Reinstate | DeclareInsolvent | Freeze | Lift
    | Verify | WithdrawVerification | SetMembership | SetLimit | FollowFormula
    | AddPayoutAccount | ApprovePayoutAccount | ReturnCover | RecordTrade | PassDeadline
)  # fmt: skip

Standing = Clear | Exclude | Suspend | Reinstate | DeclareInsolvent | SetMembership | FollowFormula


class Registered(msgspec.Struct, frozen=True, omit_defaults=True, tag="registered"):
    name: str
    country: str
    registration: str = ""
    owners: tuple[str, ...] = ()
    hits: tuple[Hit, ...] = ()


class StandingChanged(msgspec.Struct, frozen=True, tag="standing_changed"):
    standing: Stage
    reason: str


class CompanyFrozen(msgspec.Struct, frozen=True, tag="company_frozen"):
    order: Order


class CompanyLifted(msgspec.Struct, frozen=True, tag="company_lifted"):
    reference: str
    reason: str


class Verified(msgspec.Struct, frozen=True, omit_defaults=True, tag="verified"):
    verification: Verification
    clocks: dict[str, datetime] = {}


class VerificationWithdrawn(msgspec.Struct, frozen=True, omit_defaults=True, tag="verification_withdrawn"):
    number: int
    reason: str
    clocks: dict[str, datetime] = {}


class MembershipSet(msgspec.Struct, frozen=True, omit_defaults=True, tag="membership_set"):
    currency: str
    until: date | None = None
    clocks: dict[str, datetime] = {}


class LimitSet(msgspec.Struct, frozen=True, omit_defaults=True, tag="limit_set"):
    """`raised` and `taken` are what is granted or taken back at once; `cut` what is still outstanding;
    `fixed` where two operators set it, and the formula did not."""

    limit: Money
    raised: int = 0
    taken: int = 0
    cut: int = 0
    fixed: bool = True


class Reviewed(msgspec.Struct, frozen=True, omit_defaults=True, tag="reviewed"):
    """A day passed on which something expired: the formula was looked at anew."""

    clocks: dict[str, datetime] = {}


class CoverTaken(msgspec.Struct, frozen=True, omit_defaults=True, tag="cover_taken"):
    amount: Money
    cut: int = 0


class PayoutAccountAdded(msgspec.Struct, frozen=True, tag="payout_account_added"):
    account: PayoutAccount


class PayoutAccountApproved(msgspec.Struct, frozen=True, tag="payout_account_approved"):
    number: int


class TradeRecorded(msgspec.Struct, frozen=True, tag="trade_recorded"):
    month: str
    tally: Tally


CompanyEvent = (
    Registered | StandingChanged | CompanyFrozen | CompanyLifted | Verified | VerificationWithdrawn
    | MembershipSet | LimitSet | Reviewed | CoverTaken | PayoutAccountAdded | PayoutAccountApproved
    | TradeRecorded
)  # fmt: skip

STAGES = tuple(Stage)


def evolve(company: Company | None, event: CompanyEvent, at: datetime) -> Company:
    if isinstance(event, Registered):
        standing = Stage.HELD if event.hits else Stage.ACTIVE
        return Company(
            standing, event.name, event.country, at, event.registration, event.owners, event.hits
        )  # fmt: skip
    if company is None:
        raise KeyError((None, type(event)))
    match event:
        case StandingChanged():
            return replace(company, standing=event.standing, reason=event.reason)
        case CompanyFrozen():
            return replace(company, freeze=event.order)
        case CompanyLifted():
            return replace(company, freeze=None)
        case Verified():
            one = event.verification
            return replace(company, verifications=(*company.verifications, one), clocks=event.clocks)
        case VerificationWithdrawn():
            return replace(company, verifications=_withdrawn(company, event), clocks=event.clocks)
        case MembershipSet():
            return _member(company, event, at.astimezone(UTC).date())
        case Reviewed():
            return replace(company, clocks=event.clocks)
        case LimitSet():
            # What is still outstanding of a cut stays granted until it comes back.
            limit = Limit(event.limit.minor + event.cut, event.cut, event.fixed)
            return replace(company, limits={**company.limits, event.limit.currency: limit})
        case CoverTaken():
            old = company.limit(event.amount.currency)
            limit = Limit(old.granted - event.amount.minor, event.cut, old.fixed)
            return replace(company, limits={**company.limits, event.amount.currency: limit})
        case PayoutAccountAdded():
            return replace(company, accounts=(*company.accounts, event.account))
        case PayoutAccountApproved():
            accounts = tuple(
                replace(one, approved=True) if one.number == event.number else one for one in company.accounts
            )
            return replace(company, accounts=accounts)
        case TradeRecorded():
            month = _added(company.months.get(event.month, Tally()), event.tally)
            return replace(company, months={**company.months, event.month: month})
        case _:
            assert_never(event)


def _member(company: Company, event: MembershipSet, day: date) -> Company:
    since = company.gold_since if company.gold(day) else day
    return replace(
        company, gold_since=since if event.until else None, gold_until=event.until, currency=event.currency,
        clocks=event.clocks,
    )  # fmt: skip


def _withdrawn(company: Company, event: VerificationWithdrawn) -> tuple[Verification, ...]:
    return tuple(
        replace(one, withdrawn=event.reason) if one.number == event.number else one
        for one in company.verifications
    )


def _added(one: Tally, other: Tally) -> Tally:
    currencies = sorted({*one.completed, *other.completed})
    sums = {each: one.completed.get(each, 0) + other.completed.get(each, 0) for each in currencies}
    names = [name for name in Tally.__struct_fields__ if name != "completed"]
    counts = {name: getattr(one, name) + getattr(other, name) for name in names}
    return Tally(**counts, completed=sums)
