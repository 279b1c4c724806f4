"""What an event in one machine asks of another: commands that are written in the same transaction and
executed by the same loop, under a key that derives from the event."""

from typing import Any

from tradehold.domain import approval as a
from tradehold.domain import company as s
from tradehold.domain import payout as p
from tradehold.domain import receipt as r
from tradehold.domain import trade_commands as c
from tradehold.domain import trade_events as e
from tradehold.domain.bank import Party
from tradehold.domain.command import MACHINE, Actor, Role
from tradehold.domain.identity import Kind, Ref, company_ref, payout_ref, token
from tradehold.domain.money import Money
from tradehold.domain.reference import rf_reference

Follow = tuple[Ref, Any, Actor]  # the machine, the command's body, and who gives it


def follow(ref: Ref, state: Any, event: Any) -> list[Follow]:
    """`state` is the machine after `event`."""
    match ref.kind:
        case Kind.TRADE:
            return _after_trade(ref, state, event)
        case Kind.PAYOUT:
            return _after_payout(ref, state, event)
        case Kind.RECEIPT:
            return _after_receipt(ref, state, event)
        case Kind.APPROVAL if isinstance(event, a.Approved):
            pair = Actor(Role.PAIR, 0, state.by.member, event.by.member)
            return [(state.target, state.do, pair)]
        case Kind.COMPANY | Kind.ACCOUNT | Kind.APPROVAL | Kind.PLATFORM:
            return []


def _after_trade(ref: Ref, trade: Any, event: e.TradeEvent) -> list[Follow]:
    asked: list[Follow] = []
    owes: tuple[e.Obligation, ...] = getattr(event, "owes", ())
    for owed in owes:
        payee = owed.payer or Party()
        owe = p.Owe(
            ref, owed.number, owed.receipt is None, owed.amount, payee, rf_reference(token(ref)),
            trade.deal.buyer,
        )  # fmt: skip
        asked.append((payout_ref(ref, owed.number), owe, MACHINE))
    freed = 0 if isinstance(event, e.Agreed) else getattr(event, "cover", 0)
    if freed:
        returned = s.ReturnCover(Money(freed, trade.deal.currency))
        asked.append((company_ref(ref.owner), returned, MACHINE))
    if isinstance(event, e.SettlementDecided):
        asked.append((company_ref(ref.owner), record_of(trade, event), MACHINE))
    return asked


# Why a trade was decided, as far as it tells whether the supplier shipped in time.
_ON_TIME = {
    "shipped": True,
    "late_shipment": False,
    "late_accepted": False,
    "goods_returned": False,
    "price_cut": False,
}
_CLAIMED = ("goods_returned", "price_cut")


def record_of(trade: Any, event: e.SettlementDecided) -> s.RecordTrade:
    """What the trade leaves on its supplier's record; `trade` is the trade after `event`. A deposit that the
    supplier kept because the balance never came completed nothing, and what was passed through unheld earns
    no cover."""
    claimed, shipped = event.reason in _CLAIMED, event.reason in _ON_TIME
    return s.RecordTrade(
        buyer=trade.deal.buyer,
        completed=Money(trade.released if shipped else 0, trade.deal.currency),
        on_time=_ON_TIME.get(event.reason),
        disputed=claimed,
        lost=claimed and any(owed.receipt is not None for owed in event.owes),
    )


def _after_payout(ref: Ref, payout: p.Payout, event: p.PayoutEvent) -> list[Follow]:
    if payout.source.kind is not Kind.TRADE:
        return []
    match event:
        case p.Paid() | p.Seen():
            return [(payout.source, c.CloseObligation(payout.number, True, event.reference), MACHINE)]
        case p.Unclaimed():
            return [(payout.source, c.CloseObligation(payout.number, False, ""), MACHINE)]
        case p.Returned():
            return [(payout.source, c.ReopenObligation(payout.number, event.reason), MACHINE)]
        case _:
            return []


def _after_receipt(ref: Ref, receipt: r.Receipt, event: r.ReceiptEvent) -> list[Follow]:
    line = receipt.line
    match event:
        case r.LineAllocated() | r.LineMatched():
            return [(event.to, c.ReceivePayment(ref.id, line.amount, line.party), MACHINE)]
        case r.LinePaidOut():
            return [(event.to, p.ConfirmPayout(line.end_to_end, line.reference), MACHINE)]
        case r.LineReturned():
            return [(event.to, p.TakeReturn(ref.id, line.amount, line.reason), MACHINE)]
        case r.LineReversing():
            return [(event.to, r.TakeBackLine(ref.id), MACHINE)]
        case r.LineTakenBack() if receipt.to is not None and receipt.to.kind is Kind.TRADE:
            return [(receipt.to, c.ReversePayment(ref.id, line.amount), MACHINE)]
        case r.LineGivenBack():
            owe = p.Owe(ref, 1, False, line.amount, line.party, line.remittance or line.reference)
            return [(payout_ref(ref, 1), owe, MACHINE)]
        case _:
            return []
