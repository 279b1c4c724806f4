"""The payout: one obligation on its way to somebody's bank account.

    due -> submitted -> paid        and back to due when the bank rejects or returns it;
    due -> unclaimed                where there is nowhere to pay it to: visible, and payable when there is.

Submitted is not paid: only the bank's own word (a pain.002 ACSC, or the debit on the statement) confirms.
"""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import assert_never

import msgspec
from msgspec.structs import replace

from tradehold.domain.bank import Party
from tradehold.domain.company import Company
from tradehold.domain.company import Stage as Standing
from tradehold.domain.given import Given
from tradehold.domain.identity import PLATFORM, Kind, Ref, company_ref, token
from tradehold.domain.money import Money
from tradehold.domain.platform import Platform
from tradehold.domain.refusal import Code, Refusal, refuse
from tradehold.domain.trade import Trade
from tradehold.domain.trade_commands import PassDeadline


class Stage(StrEnum):
    DUE = "due"
    SUBMITTED = "submitted"
    PAID = "paid"
    UNCLAIMED = "unclaimed"


class Payout(msgspec.Struct, frozen=True, omit_defaults=True):
    """`source` is the trade (or the bank line of owner 0) that owes, `number` its obligation there. `refused`
    are accounts that sent the money back: it is not tried there again."""

    stage: Stage
    source: Ref
    number: int
    to_supplier: bool
    amount: Money
    party: Party
    remittance: str
    attempts: int = 0
    batch: str = ""
    reference: str = ""
    reason: str = ""
    refused: tuple[str, ...] = ()
    usable: datetime | None = None  # from when a redirected payout may go
    clocks: dict[str, datetime] = {}
    buyer: int = 0  # the company that bought in the trade


class Owe(msgspec.Struct, frozen=True, omit_defaults=True, tag="owe"):
    source: Ref
    number: int
    to_supplier: bool
    amount: Money
    party: Party
    remittance: str
    buyer: int = 0


class SubmitPayout(msgspec.Struct, frozen=True, omit_defaults=True, tag="submit_payout"):
    """`source` and `buyer` are the payout's own: their freezes are looked at. See `submit`."""

    batch: str
    source: Ref
    buyer: int = 0


class ConfirmPayout(msgspec.Struct, frozen=True, tag="confirm_payout"):
    """`reference` is the bank's own, empty where only a status report says that it is paid."""

    end_to_end: str
    reference: str


class RejectPayout(msgspec.Struct, frozen=True, tag="reject_payout"):
    end_to_end: str
    reason: str


class TakeReturn(msgspec.Struct, frozen=True, tag="take_return"):
    """The money came back as bank line `receipt`; `amount` may be less by what banks took."""

    receipt: int
    amount: Money
    reason: str


class Redirect(msgspec.Struct, frozen=True, tag="redirect"):
    """Another account of the same payee, checked by two operators."""

    party: Party


PayoutCommand = Owe | SubmitPayout | ConfirmPayout | RejectPayout | TakeReturn | Redirect | PassDeadline


class Owed(msgspec.Struct, frozen=True, omit_defaults=True, tag="owed"):
    source: Ref
    number: int
    to_supplier: bool
    amount: Money
    party: Party
    remittance: str
    clocks: dict[str, datetime]
    buyer: int = 0


class Reclaimed(msgspec.Struct, frozen=True, tag="reclaimed"):
    pass


class Submitted(msgspec.Struct, frozen=True, tag="submitted"):
    batch: str
    end_to_end: str
    party: Party


class Paid(msgspec.Struct, frozen=True, tag="paid"):
    reference: str


class Seen(msgspec.Struct, frozen=True, tag="seen"):
    """The statement shows the debit that a status report had confirmed before."""

    reference: str


class Rejected(msgspec.Struct, frozen=True, tag="rejected"):
    reason: str
    clocks: dict[str, datetime]


class Returned(msgspec.Struct, frozen=True, tag="returned"):
    receipt: int
    reason: str
    amount: int
    charges: int  # what banks took on the way back: the platform's cost
    clocks: dict[str, datetime]


class Redirected(msgspec.Struct, frozen=True, tag="redirected"):
    """`usable` is the end of the time that every new account waits."""

    party: Party
    usable: datetime


class Unclaimed(msgspec.Struct, frozen=True, tag="unclaimed"):
    pass


PayoutEvent = Owed | Reclaimed | Submitted | Paid | Seen | Rejected | Returned | Redirected | Unclaimed

S = Stage
TRANSITIONS: dict[tuple[Stage, type[PayoutEvent]], Stage] = {
    (S.DUE, Submitted): S.SUBMITTED,
    (S.DUE, Redirected): S.DUE,
    (S.DUE, Unclaimed): S.UNCLAIMED,
    (S.UNCLAIMED, Redirected): S.UNCLAIMED,
    (S.UNCLAIMED, Reclaimed): S.DUE,
    (S.SUBMITTED, Paid): S.PAID,
    (S.SUBMITTED, Rejected): S.DUE,
    (S.PAID, Seen): S.PAID,
    (S.PAID, Returned): S.DUE,
}


def submit(payout: Payout, batch: str) -> SubmitPayout:
    return SubmitPayout(batch, payout.source, payout.buyer)


def end_to_end(ref: Ref, attempt: int) -> str:
    """Our id of one attempt, on the payment order, in status reports and on the statement."""
    return f"{token(ref)}-{attempt}"


def _unclaimed(given: Given) -> dict[str, datetime]:
    return {"unclaimed": (given.at + timedelta(days=given.knowledge.policy.unclaimed_days)).astimezone(UTC)}


def decide(payout: Payout | None, do: PayoutCommand, given: Given) -> list[PayoutEvent] | Refusal:
    if isinstance(do, Owe):
        if payout:
            return refuse(Code.DUPLICATE)
        return [
            Owed(
                do.source, do.number, do.to_supplier, do.amount, do.party, do.remittance, _unclaimed(given),
                do.buyer,
            )
        ]  # fmt: skip
    if payout is None:
        return refuse(Code.UNKNOWN, what="payout")
    match do:
        case SubmitPayout():
            return _submit(payout, do, given)
        case ConfirmPayout():
            return _confirm(payout, do, given)
        case RejectPayout():
            if payout.stage is not S.SUBMITTED or do.end_to_end != end_to_end(given.ref, payout.attempts):
                return _wrong(payout, S.SUBMITTED)
            return [Rejected(do.reason, _unclaimed(given))]
        case TakeReturn():
            return _take_return(payout, do, given)
        case Redirect():
            if payout.stage not in (S.DUE, S.UNCLAIMED):
                return _wrong(payout, S.DUE, S.UNCLAIMED)
            wait = timedelta(hours=given.knowledge.policy.payout_account_wait_hours)
            known = do.party.account.strip()
            return [Redirected(do.party, given.at + wait)] if known else refuse(Code.NO_DESTINATION)
        case PassDeadline():
            if payout.clocks.get(do.name) != do.at or given.at < do.at:
                return refuse(Code.NOT_DUE)
            return [Unclaimed()]
        case _:
            assert_never(do)


def _wrong(payout: Payout, *allowed: Stage) -> Refusal:
    return refuse(Code.WRONG_STAGE, stage=payout.stage.value, allowed=", ".join(allowed))


def destination(payout: Payout, given: Given) -> Party | Refusal:
    """Where the money can go now: the supplier's own approved account, or back to the payer."""
    party = payout.party
    if payout.to_supplier and not party.account:
        supplier: Company | None = given.others.get(company_ref(given.ref.owner))
        account = supplier.payable(payout.amount.currency) if supplier else None
        if account is None:
            return refuse(Code.NO_DESTINATION)
        if account.usable > given.at:
            return refuse(Code.ACCOUNT_TOO_NEW, usable=account.usable.isoformat())
        party = account.party
    if payout.usable and payout.usable > given.at:
        return refuse(Code.ACCOUNT_TOO_NEW, usable=payout.usable.isoformat())
    if not party.account or party.account in payout.refused:
        return refuse(Code.NO_DESTINATION)
    return party


def _stopped(payout: Payout, do: SubmitPayout, given: Given) -> Refusal | None:
    """What keeps money from leaving, although it is owed and has somewhere to go."""
    platform: Platform | None = given.others.get(PLATFORM)
    if platform and platform.paused:
        return refuse(Code.PAYOUTS_PAUSED, reason=platform.paused)
    if (do.source, do.buyer) != (payout.source, payout.buyer):
        return refuse(Code.UNKNOWN, what="source of this payout")
    trade: Trade | None = given.others.get(do.source) if do.source.kind is Kind.TRADE else None
    if trade and trade.freezes:
        return refuse(Code.FROZEN, reference=trade.freezes[0].reference)
    payee: Company | None = given.others.get(company_ref(given.ref.owner if payout.to_supplier else do.buyer))
    if payee and payee.freeze:
        return refuse(Code.FROZEN, reference=payee.freeze.reference)
    if payee and payout.to_supplier and payee.standing in (Standing.SUSPENDED, Standing.INSOLVENT):
        return refuse(Code.SUPPLIER_STOPPED, standing=payee.standing.value)
    return None


def _submit(payout: Payout, do: SubmitPayout, given: Given) -> list[PayoutEvent] | Refusal:
    if payout.stage not in (S.DUE, S.UNCLAIMED):
        return _wrong(payout, S.DUE, S.UNCLAIMED)
    party = _stopped(payout, do, given) or destination(payout, given)
    if isinstance(party, Refusal):
        return party
    submitted = Submitted(do.batch, end_to_end(given.ref, payout.attempts + 1), party)
    return [Reclaimed(), submitted] if payout.stage is S.UNCLAIMED else [submitted]


def _confirm(payout: Payout, do: ConfirmPayout, given: Given) -> list[PayoutEvent] | Refusal:
    if do.end_to_end != end_to_end(given.ref, payout.attempts):
        return refuse(Code.UNKNOWN, what="attempt of this payout")
    if payout.stage is S.SUBMITTED:
        return [Paid(do.reference)]
    if payout.stage is S.PAID:
        return [Seen(do.reference)] if do.reference and not payout.reference else refuse(Code.DUPLICATE)
    return _wrong(payout, S.SUBMITTED, S.PAID)


def _take_return(payout: Payout, do: TakeReturn, given: Given) -> list[PayoutEvent] | Refusal:
    """A return says by itself that the payment had left, even where no status report came before it."""
    if payout.stage not in (S.PAID, S.SUBMITTED):
        return _wrong(payout, S.PAID, S.SUBMITTED)
    if do.amount.currency != payout.amount.currency:
        return refuse(Code.WRONG_CURRENCY, expected=payout.amount.currency, given=do.amount.currency)
    if do.amount.minor > payout.amount.minor:
        return refuse(Code.INVALID_AMOUNT)
    charges = payout.amount.minor - do.amount.minor
    returned = Returned(do.receipt, do.reason, do.amount.minor, charges, _unclaimed(given))
    return [returned] if payout.stage is S.PAID else [Paid(""), returned]


def evolve(payout: Payout | None, event: PayoutEvent, at: datetime) -> Payout:
    if isinstance(event, Owed):
        return Payout(
            S.DUE, event.source, event.number, event.to_supplier, event.amount, event.party, event.remittance,
            clocks=event.clocks, buyer=event.buyer,
        )  # fmt: skip
    if payout is None:
        raise KeyError((None, type(event)))
    stage = TRANSITIONS[payout.stage, type(event)]
    running = payout.clocks if stage is payout.stage else {}
    payout = replace(payout, stage=stage, clocks=getattr(event, "clocks", running))
    match event:
        case Submitted():
            # A supplier's account is looked up anew at each attempt; what was used stands in the event.
            return replace(
                payout, attempts=payout.attempts + 1, batch=event.batch, party=event.party, reason=""
            )
        case Paid() | Seen():
            return replace(payout, reference=event.reference)
        case Rejected() | Returned():
            party = Party() if payout.to_supplier else payout.party
            refused = (*payout.refused, payout.party.account)
            return replace(payout, reason=event.reason, refused=refused, party=party, reference="")
        case Redirected():
            # Two people checked it: also an account that once sent money back is tried again.
            refused = tuple(one for one in payout.refused if one != event.party.account)
            return replace(payout, party=event.party, usable=event.usable, refused=refused)
        case Reclaimed() | Unclaimed():
            return payout
        case _:
            assert_never(event)
