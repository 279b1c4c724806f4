"""The designated account of one currency, as its statements tell it: each must continue the one before."""

from datetime import date, datetime
from typing import assert_never

import msgspec
from msgspec.structs import replace

from tradehold.domain.bank import Party
from tradehold.domain.given import Given
from tradehold.domain.money import EXPONENT
from tradehold.domain.refusal import Code, Refusal, refuse

STAGES = ("open",)
_REMEMBERED = 400  # statement references kept in the state: more than a year of daily statements


class Account(msgspec.Struct, frozen=True, omit_defaults=True):
    """`party` is how payers see it; `closing` the last statement's balance in minor units, once there is one;
    `reading` a statement whose lines are being recorded."""

    stage: str
    currency: str
    party: Party
    closing: int | None = None
    read_until: date | None = None
    read: tuple[str, ...] = ()
    reading: "ReadStatement | None" = None


class OpenAccount(msgspec.Struct, frozen=True, tag="open_account"):
    currency: str
    party: Party


class ReadStatement(msgspec.Struct, frozen=True, tag="read_statement"):
    """A booked statement without its lines: `entries` is their signed sum, in minor units."""

    account: str
    currency: str
    reference: str
    opening: int
    entries: int
    closing: int
    end: date


class CompleteStatement(msgspec.Struct, frozen=True, tag="complete_statement"):
    """All its lines are recorded: from now on payment deadlines up to its end may be judged."""

    reference: str


AccountCommand = OpenAccount | ReadStatement | CompleteStatement


class AccountOpened(msgspec.Struct, frozen=True, tag="account_opened"):
    currency: str
    party: Party


class StatementAccepted(msgspec.Struct, frozen=True, tag="statement_accepted"):
    statement: ReadStatement


class StatementCompleted(msgspec.Struct, frozen=True, tag="statement_completed"):
    reference: str


AccountEvent = AccountOpened | StatementAccepted | StatementCompleted


def decide(account: Account | None, do: AccountCommand, given: Given) -> list[AccountEvent] | Refusal:
    if isinstance(do, OpenAccount):
        if account:
            return refuse(Code.EXISTS, what="account")
        if do.currency not in EXPONENT or not do.party.account.strip():
            return refuse(Code.UNKNOWN_ACCOUNT, account=do.party.account or "(none)", currency=do.currency)
        return [AccountOpened(do.currency, do.party)]
    if account is None:
        return refuse(Code.UNKNOWN, what="designated account")
    match do:
        case ReadStatement():
            return check_statement(account, do) or [StatementAccepted(do)]
        case CompleteStatement():
            if account.reading is None or account.reading.reference != do.reference:
                return refuse(Code.STATEMENT_KNOWN, reference=do.reference)
            return [StatementCompleted(do.reference)]
        case _:
            assert_never(do)


def check_statement(account: Account, do: ReadStatement) -> Refusal | None:
    if (do.account, do.currency) != (account.party.account, account.currency):
        return refuse(Code.UNKNOWN_ACCOUNT, account=do.account, currency=do.currency)
    if do.opening + do.entries != do.closing:
        return refuse(
            Code.STATEMENT_UNBALANCED,
            reference=do.reference,
            opening=do.opening,
            entries=do.entries,
            closing=do.closing,
        )
    if do.reference in account.read:
        return refuse(Code.STATEMENT_KNOWN, reference=do.reference)
    if account.closing is not None and do.opening != account.closing:
        return refuse(Code.STATEMENT_GAP, reference=do.reference, opening=do.opening, closing=account.closing)
    return None


def evolve(account: Account | None, event: AccountEvent, at: datetime) -> Account:
    if isinstance(event, AccountOpened):
        return Account("open", event.currency, event.party)
    if account is None:
        raise KeyError((None, type(event)))
    match event:
        case StatementAccepted():
            return replace(account, reading=event.statement)
        case StatementCompleted():
            done = account.reading
            if done is None:
                raise KeyError("a statement was completed that was never begun")
            return replace(
                account,
                closing=done.closing,
                read_until=max(done.end, account.read_until or done.end),
                read=(*account.read, done.reference)[-_REMEMBERED:],
                reading=None,
            )
        case _:
            assert_never(event)
