"""The receipt: one line of the designated account's statement, recorded once under owner 0 whatever file it
came in.

It books the bank's side of the movement and says whose money it is: a trade's, a payout's, nobody's yet.
What it means for the trade is for the trade to decide.
"""

from datetime import datetime
from enum import StrEnum
from typing import assert_never

import msgspec
from msgspec.structs import replace

from tradehold.domain.bank import Line
from tradehold.domain.calendar import after_working_days
from tradehold.domain.given import Given
from tradehold.domain.identity import FUNDING, Kind, Ref, account_ref, from_token, receipt_ref
from tradehold.domain.payout import Payout, end_to_end
from tradehold.domain.payout import Stage as Payouts
from tradehold.domain.reference import rf_token
from tradehold.domain.refusal import Code, Refusal, refuse
from tradehold.domain.trade_commands import PassDeadline


class Stage(StrEnum):
    ALLOCATED = "allocated"  # a trade's, or a payout's
    SUSPENSE = "suspense"  # nobody's yet
    GIVEN_BACK = "given_back"
    REVERSED = "reversed"
    UNEXPLAINED = "unexplained"  # a debit that no order of ours caused
    NOTED = "noted"


class Receipt(msgspec.Struct, frozen=True, omit_defaults=True):
    stage: Stage
    line: Line
    to: Ref | None = None
    clocks: dict[str, datetime] = {}


class RecordLine(msgspec.Struct, frozen=True, tag="record_line"):
    line: Line


class MatchLine(msgspec.Struct, frozen=True, tag="match_line"):
    """Two operators found whose money it is."""

    trade: Ref


class GiveBackLine(msgspec.Struct, frozen=True, tag="give_back_line"):
    pass


class ExplainLine(msgspec.Struct, frozen=True, tag="explain_line"):
    """An unexplained debit is the platform's own cost, such as the bank's fee."""

    reason: str


class TakeBackLine(msgspec.Struct, frozen=True, tag="take_back_line"):
    """The bank reversed this line by another one."""

    by: int


ReceiptCommand = RecordLine | MatchLine | GiveBackLine | ExplainLine | TakeBackLine | PassDeadline


class LineAllocated(msgspec.Struct, frozen=True, tag="line_allocated"):
    line: Line
    to: Ref


class LineSuspended(msgspec.Struct, frozen=True, tag="line_suspended"):
    line: Line
    clocks: dict[str, datetime]


class LineFunding(msgspec.Struct, frozen=True, tag="line_funding"):
    """The platform's own money, for differences it had booked as its cost already."""

    line: Line


class LinePaidOut(msgspec.Struct, frozen=True, tag="line_paid_out"):
    line: Line
    to: Ref


class LineReturned(msgspec.Struct, frozen=True, tag="line_returned"):
    line: Line
    to: Ref


class LineReversing(msgspec.Struct, frozen=True, tag="line_reversing"):
    line: Line
    to: Ref


class LineUnexplained(msgspec.Struct, frozen=True, tag="line_unexplained"):
    line: Line


class LineMatched(msgspec.Struct, frozen=True, tag="line_matched"):
    to: Ref


class LineGivenBack(msgspec.Struct, frozen=True, tag="line_given_back"):
    pass


class LineExplained(msgspec.Struct, frozen=True, tag="line_explained"):
    reason: str


class LineTakenBack(msgspec.Struct, frozen=True, omit_defaults=True, tag="line_taken_back"):
    """`lost` where the money had gone back to its payer already, and the bank took it a second time."""

    by: int
    from_suspense: bool = False
    lost: bool = False


ReceiptEvent = (
    LineAllocated | LineSuspended | LineFunding | LinePaidOut | LineReturned | LineReversing | LineUnexplained
    | LineMatched | LineGivenBack | LineExplained | LineTakenBack
)  # fmt: skip

S = Stage
BEGINNINGS: dict[type[ReceiptEvent], Stage] = {
    LineAllocated: S.ALLOCATED,
    LineSuspended: S.SUSPENSE,
    LineFunding: S.NOTED,
    LinePaidOut: S.ALLOCATED,
    LineReturned: S.ALLOCATED,
    LineReversing: S.NOTED,
    LineUnexplained: S.UNEXPLAINED,
}
TRANSITIONS: dict[tuple[Stage, type[ReceiptEvent]], Stage] = {
    (S.SUSPENSE, LineMatched): S.ALLOCATED,
    (S.SUSPENSE, LineGivenBack): S.GIVEN_BACK,
    (S.SUSPENSE, LineTakenBack): S.REVERSED,
    (S.ALLOCATED, LineTakenBack): S.REVERSED,
    (S.GIVEN_BACK, LineTakenBack): S.REVERSED,
    (S.UNEXPLAINED, LineExplained): S.NOTED,
}


def named_trade(line: Line) -> Ref | None:
    """The trade that the line's remittance names by its ISO 11649 reference."""
    token = rf_token(line.remittance)
    return from_token(token, Kind.TRADE) if token else None


def named_payout(line: Line) -> Ref | None:
    token, dash, _ = line.end_to_end.partition("-")
    return from_token(token, Kind.PAYOUT) if dash else None


def reversed_line(line: Line) -> Ref | None:
    return receipt_ref(line.account, line.original) if line.reversal and line.original else None


def reads(line: Line) -> list[Ref]:
    """The machines that tell whose money a line is."""
    found = (named_trade(line), named_payout(line), reversed_line(line))
    return [account_ref(line.amount.currency), *(ref for ref in found if ref)]


def decide(receipt: Receipt | None, do: ReceiptCommand, given: Given) -> list[ReceiptEvent] | Refusal:
    if isinstance(do, RecordLine):
        return _record(receipt, do.line, given)
    if receipt is None:
        return refuse(Code.UNKNOWN, what="bank line")
    match do:
        case MatchLine():
            if receipt.stage is not S.SUSPENSE:
                return _wrong(receipt, S.SUSPENSE)
            known = do.trade.kind is Kind.TRADE and given.others.get(do.trade) is not None
            return [LineMatched(do.trade)] if known else refuse(Code.UNKNOWN, what="trade")
        case GiveBackLine():
            return [LineGivenBack()] if receipt.stage is S.SUSPENSE else _wrong(receipt, S.SUSPENSE)
        case ExplainLine():
            explained = receipt.stage is S.UNEXPLAINED
            return [LineExplained(do.reason)] if explained else _wrong(receipt, S.UNEXPLAINED)
        case TakeBackLine():
            if (receipt.stage, LineTakenBack) not in TRANSITIONS:
                return _wrong(receipt, S.SUSPENSE, S.ALLOCATED, S.GIVEN_BACK)
            taken = LineTakenBack(do.by, receipt.stage is S.SUSPENSE, receipt.stage is S.GIVEN_BACK)
            return [taken]
        case PassDeadline():
            if receipt.clocks.get(do.name) != do.at or given.at < do.at:
                return refuse(Code.NOT_DUE)
            return [LineGivenBack()]
        case _:
            assert_never(do)


def _wrong(receipt: Receipt, *allowed: Stage) -> Refusal:
    return refuse(Code.WRONG_STAGE, stage=receipt.stage.value, allowed=", ".join(allowed))


def _record(receipt: Receipt | None, line: Line, given: Given) -> list[ReceiptEvent] | Refusal:
    account = given.others.get(account_ref(line.amount.currency))
    if account is None or account.party.account != line.account:
        return refuse(Code.UNKNOWN_ACCOUNT, account=line.account, currency=line.amount.currency)
    if line.amount.minor <= 0:
        return refuse(Code.INVALID_AMOUNT)
    trade = named_trade(line)
    known = trade is not None and given.others.get(trade) is not None
    if receipt:
        # A notification may come without the payer's reference, and the statement bring it afterwards.
        if receipt.stage is S.SUSPENSE and trade and known:
            return [LineMatched(trade)]
        return refuse(Code.DUPLICATE)
    if not line.credit:
        return _record_debit(line, given)
    payout = named_payout(line)
    if payout and _comes_back(line, given.others.get(payout), payout, given):
        return [LineReturned(line, payout)]
    if trade and known:
        return [LineAllocated(line, trade)]
    if trade == FUNDING:
        return [LineFunding(line)]
    policy = given.knowledge.policy
    until = after_working_days(given.at, policy.suspense_working_days, "UTC", given.calendar(policy))
    return [LineSuspended(line, {"return": until})]


def _record_debit(line: Line, given: Given) -> list[ReceiptEvent]:
    original, payout = reversed_line(line), named_payout(line)
    if original and _can_be_taken_back(given.others.get(original), line):
        return [LineReversing(line, original)]
    if payout and given.others.get(payout) is not None and not line.reversal:
        return [LinePaidOut(line, payout)]
    return [LineUnexplained(line)]


def _can_be_taken_back(original: Receipt | None, line: Line) -> bool:
    """Only money that came in, once and as a whole; a person looks at every other reversal."""
    if original is None or not original.line.credit or original.line.amount != line.amount:
        return False
    ours = original.to is None or original.to.kind is Kind.TRADE
    return ours and (original.stage, LineTakenBack) in TRANSITIONS


def _comes_back(line: Line, payout: Payout | None, ref: Ref, given: Given) -> bool:
    """Whether a credit is the whole of a payout that left, but for what banks take. Anybody can write our
    id on a small transfer: what is missing would else be paid out again at the platform's cost."""
    if payout is None or payout.stage not in (Payouts.PAID, Payouts.SUBMITTED):
        return False
    if line.end_to_end != end_to_end(ref, payout.attempts) or line.amount.currency != payout.amount.currency:
        return False
    tolerance = given.knowledge.policy.tolerance(payout.amount.minor, line.amount.currency)
    return 0 <= payout.amount.minor - line.amount.minor <= tolerance


def evolve(receipt: Receipt | None, event: ReceiptEvent, at: datetime) -> Receipt:
    if receipt is None:
        match event:
            case LineMatched() | LineGivenBack() | LineExplained() | LineTakenBack():
                raise KeyError((None, type(event)))
            case _:
                to: Ref | None = getattr(event, "to", None)
                return Receipt(BEGINNINGS[type(event)], event.line, to, getattr(event, "clocks", {}))
    stage = TRANSITIONS[receipt.stage, type(event)]
    return replace(receipt, stage=stage, to=getattr(event, "to", receipt.to), clocks={})
