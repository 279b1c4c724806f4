"""All machines side by side: which commands each takes, what each reads, and how it decides and evolves.

The loop in engine/execute.py knows machines only through this file.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

import msgspec

from tradehold.domain import account, approval, company, payout, platform, receipt, standing
from tradehold.domain import trade_commands as c
from tradehold.domain.command import Actor
from tradehold.domain.deadline import pass_deadline
from tradehold.domain.given import Given
from tradehold.domain.identity import PLATFORM, Kind, Ref, account_ref, company_ref, token
from tradehold.domain.negotiation import (
    agree_amendment,
    amend,
    confirm,
    decline_amendment,
    draft,
    extend_payment,
    revise,
    withdraw,
)  # fmt: skip
from tradehold.domain.payment import accept_payer, accept_short, receive, return_payment, reverse
from tradehold.domain.record import canonical
from tradehold.domain.refusal import Code, Refusal, refuse
from tradehold.domain.settlement import (
    accept_late,
    claim_late,
    close_obligation,
    confirm_return,
    reopen_obligation,
    take_refund,
    wait,
)  # fmt: skip
from tradehold.domain.shipment import (
    confirm_evidence,
    contest_evidence,
    contest_production,
    note_progress,
    reject_evidence,
    report_production,
    ship,
    show_evidence,
    waive_inspection,
)  # fmt: skip
from tradehold.domain.thread import freeze, lift, send_message
from tradehold.domain.trade import STAGES_OF, THAWLESS, Stage, Trade, evolve, running
from tradehold.domain.trade_events import TradeEvent

Do = (
    c.TradeCommand | company.CompanyCommand | payout.PayoutCommand | receipt.ReceiptCommand
    | account.AccountCommand | approval.ApprovalCommand | platform.PlatformCommand
)  # fmt: skip


class Command(msgspec.Struct, frozen=True, omit_defaults=True):
    """`key` makes it idempotent within its owner: the same key with the same `ref`, `actor` and `do`
    replays the first answer, with another content it is refused. `due` names the row of the due table that
    it serves. `fresh`: whoever gives it has just shown a second factor."""

    key: str
    ref: Ref
    actor: Actor
    at: datetime
    do: Do
    due: str = ""
    fresh: bool = False


TRADE: dict[type[Any], Callable[[Trade, Any, Given], list[TradeEvent] | Refusal]] = {
    c.Revise: revise,
    c.Confirm: confirm,
    c.Withdraw: withdraw,
    c.ExtendPayment: extend_payment,
    c.Amend: amend,
    c.AgreeAmendment: agree_amendment,
    c.DeclineAmendment: decline_amendment,
    c.ReceivePayment: receive,
    c.ReversePayment: reverse,
    c.AcceptShort: accept_short,
    c.AcceptPayer: accept_payer,
    c.ReturnPayment: lambda trade, do, given: return_payment(trade, do.receipt),
    c.NoteProgress: note_progress,
    c.ReportProduction: report_production,
    c.WaiveInspection: waive_inspection,
    c.ContestProduction: contest_production,
    c.Ship: ship,
    c.ShowEvidence: show_evidence,
    c.ContestEvidence: contest_evidence,
    c.ConfirmEvidence: lambda trade, do, given: confirm_evidence(trade, do.shipment, "operators", given),
    c.RejectEvidence: lambda trade, do, given: reject_evidence(trade, do.shipment, "operators", given),
    c.TakeRefund: take_refund,
    c.Wait: wait,
    c.AcceptLate: accept_late,
    c.ClaimLate: claim_late,
    c.ConfirmReturn: confirm_return,
    c.SendMessage: send_message,
    c.Freeze: freeze,
    c.Lift: lift,
    c.PassDeadline: pass_deadline,
    c.CloseObligation: close_obligation,
    c.ReopenObligation: reopen_obligation,
}


def _decide_trade(trade: Trade | None, do: Any, given: Given) -> list[TradeEvent] | Refusal:
    if isinstance(do, c.Draft):
        return refuse(Code.EXISTS, what="trade") if trade else draft(do, given)
    if trade is None:
        return refuse(Code.UNKNOWN, what="trade")
    if trade.freezes and type(do) not in THAWLESS:
        return refuse(Code.FROZEN, reference=trade.freezes[0].reference)
    allowed = STAGES_OF[type(do)]
    if trade.stage not in allowed:
        names = ", ".join(stage.value for stage in type(trade.stage) if stage in allowed)
        return refuse(Code.WRONG_STAGE, stage=trade.stage.value, allowed=names)
    return TRADE[type(do)](running(trade, given.at), do, given)


class Machine(msgspec.Struct, frozen=True):
    """`stages` is every stage a stored state may name: the database's CHECK derives from it."""

    state: Any
    events: Any
    commands: Any
    stages: tuple[str, ...]
    decide: Callable[[Any, Any, Given], list[Any] | Refusal]
    evolve: Callable[[Any, Any, datetime], Any]


MACHINES: Mapping[Kind, Machine] = {
    Kind.TRADE: Machine(
        Trade, TradeEvent, c.TradeCommand, tuple(Stage), _decide_trade, evolve
    ),
    Kind.COMPANY: Machine(
        company.Company, company.CompanyEvent, company.CompanyCommand, company.STAGES,
        standing.decide, company.evolve,
    ),
    Kind.PAYOUT: Machine(
        payout.Payout, payout.PayoutEvent, payout.PayoutCommand, tuple(payout.Stage),
        payout.decide, payout.evolve,
    ),
    Kind.RECEIPT: Machine(
        receipt.Receipt, receipt.ReceiptEvent, receipt.ReceiptCommand, tuple(receipt.Stage),
        receipt.decide, receipt.evolve,
    ),
    Kind.ACCOUNT: Machine(
        account.Account, account.AccountEvent, account.AccountCommand, account.STAGES,
        account.decide, account.evolve,
    ),
    Kind.APPROVAL: Machine(
        approval.Approval, approval.ApprovalEvent, approval.ApprovalCommand, tuple(approval.Stage),
        approval.decide, approval.evolve,
    ),
    Kind.PLATFORM: Machine(
        platform.Platform, platform.PlatformEvent, platform.PlatformCommand, platform.STAGES,
        platform.decide, platform.evolve,
    ),
}  # fmt: skip


def _terms(ref: Ref, do: Any) -> list[Ref]:
    """The designated account of the contract's currency, and both parties."""
    parties = {do.terms.buyer.company, do.terms.supplier.company}
    return [account_ref(do.terms.currency), *(company_ref(number) for number in sorted(parties))]


_READS: dict[type[Any], Callable[[Ref, Any], list[Ref]]] = {
    c.Draft: _terms,
    c.Revise: _terms,
    c.Amend: _terms,
    c.Confirm: lambda ref, do: [company_ref(ref.owner)],
    c.PassDeadline: lambda ref, do: [account_ref(do.currency)] if do.currency else [],
    company.RecordTrade: lambda ref, do: [company_ref(do.buyer)],
    payout.SubmitPayout: lambda ref, do: [
        PLATFORM, company_ref(ref.owner), do.source, *([company_ref(do.buyer)] if do.buyer else []),
    ],
    receipt.RecordLine: lambda ref, do: receipt.reads(do.line),
    receipt.MatchLine: lambda ref, do: [do.trade],
    approval.Propose: lambda ref, do: [do.target],
}  # fmt: skip


def reads(command: Command) -> list[Ref]:
    """The other machines whose state the decision needs."""
    read = _READS.get(type(command.do))
    return read(command.ref, command.do) if read else []


def takes(kind: Kind, do: Do) -> bool:
    """Whether a machine of this kind knows such a command at all."""
    return type(do) in MACHINES[kind].commands.__args__


def due_key(ref: Ref, name: str) -> str:
    """The row of the due table for one clock: one row a clock, however often it moves."""
    kind_token = token(ref) if ref.kind is not Kind.COMPANY else str(ref.owner)
    return f"{ref.kind.value}:{kind_token}:{name}"


def input_hash(command: Command) -> bytes:
    """What a key stands for: the same key with another hash is refused. The time of the call is not part of
    it."""
    return sha256(canonical((command.ref, command.actor, command.do))).digest()
