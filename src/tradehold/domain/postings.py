"""Event -> postings: the only place where an event becomes money.

Both legs of a posting stand in one owner's books. Between two owners, and between a book and the bank,
money goes through `in_transit`: the bank line credits it under owner 0 and the trade debits it under its
supplier.

Client money never pays the platform's costs: where the platform contributes (a bank's charge, a loss), it
books its cost against `bank_own` and, beside it, the same amount into `bank_client`, so that what is owed
to clients is covered in the books at once; the transfer between the two bank accounts then shows as a
difference until it is made.
"""

from collections.abc import Iterator
from typing import Any

from tradehold.domain import company as s
from tradehold.domain import payout as p
from tradehold.domain import receipt as r
from tradehold.domain import trade_events as e
from tradehold.domain.identity import Kind, Ref, payout_ref
from tradehold.domain.ledger import Posting
from tradehold.domain.money import Money
from tradehold.domain.trade import Trade


def post(ref: Ref, state: Any, event: Any) -> tuple[Posting, ...]:
    """What `event` books in the books of `ref.owner`; `state` is the machine after it."""
    match ref.kind:
        case Kind.TRADE:
            return tuple(_trade(ref, state, event))
        case Kind.PAYOUT:
            return tuple(_payout(ref, state, event))
        case Kind.RECEIPT:
            return tuple(_receipt(ref, state, event))
        case Kind.COMPANY:
            return tuple(_company(event))
        case Kind.APPROVAL | Kind.ACCOUNT | Kind.PLATFORM:
            return ()


def _trade(ref: Ref, trade: Trade, event: e.TradeEvent) -> Iterator[Posting]:
    hold, currency = ref.id, trade.deal.currency

    def move(
        debit: str, credit: str, minor: int, debit_subject: int = 0, credit_subject: int = 0
    ) -> Iterator[Posting]:
        if minor:
            yield Posting(debit, credit, Money(minor, currency), debit_subject, credit_subject)

    match event:
        case e.Agreed():
            yield from move("cover_available", "cover_reserved", event.cover, 0, hold)
        case e.Revised():
            yield from move("cover_reserved", "cover_available", event.cover, hold)
        case e.PaymentHeld():
            yield from move("in_transit", "hold", event.amount, 0, hold)
            yield from move("rail_cost", "bank_own", event.contributed + event.topped)
            yield from move("bank_client", "hold", event.contributed, 0, hold)
            for owed in event.owes:
                payee = payout_ref(ref, owed.number).id
                yield from move("in_transit", "supplier_payable", event.passed, 0, payee)
                yield from move("bank_client", "supplier_payable", event.topped, 0, payee)
        case e.PaymentSuspended():
            yield from move("in_transit", "suspense", event.amount, 0, hold)
        case e.PayerAccepted():
            yield from move("suspense", "in_transit", event.amount, hold)
        case e.PaymentReturned():
            source = "suspense" if event.from_suspense else "in_transit"
            for owed in event.owes:
                subject = hold if event.from_suspense else 0
                payee = payout_ref(ref, owed.number).id
                yield Posting(source, "buyer_refundable", owed.amount, subject, payee)
        case e.PaymentReversed():
            yield from move("hold", "in_transit", event.from_hold, hold)
            yield from move("suspense", "in_transit", event.from_suspense, hold)
            yield from move("supplier_receivable", "bank_own", event.from_supplier)
            yield from move("bank_client", "in_transit", event.from_supplier)
            if event.lost:
                yield Posting("guarantee_loss", "bank_own", event.lost)
                yield Posting("bank_client", "in_transit", event.lost)
        case e.Lapsed() | e.PartSettled() | e.SettlementDecided():
            for owed in event.owes:
                account = "supplier_payable" if owed.receipt is None else "buyer_refundable"
                yield Posting("hold", account, owed.amount, hold, payout_ref(ref, owed.number).id)
            yield from move("hold", "bank_client", event.cost, hold)
            yield from move("bank_own", "rail_cost", event.cost)
            yield from move("cover_reserved", "cover_available", getattr(event, "cover", 0), hold)
        case _:
            return  # everything else moves no money


def _payable(payout: p.Payout) -> str:
    return "supplier_payable" if payout.to_supplier else "buyer_refundable"


def _payout(ref: Ref, payout: p.Payout, event: p.PayoutEvent) -> Iterator[Posting]:
    own, amount, payable = ref.id, payout.amount, _payable(payout)
    match event:
        case p.Submitted():
            yield Posting(payable, "payout_submitted", amount, own, own)
        case p.Rejected():
            yield Posting("payout_submitted", payable, amount, own, own)
        case p.Paid():
            yield Posting("payout_submitted", "in_transit", amount, own)
        case p.Returned():
            if event.amount:
                yield Posting("in_transit", payable, Money(event.amount, amount.currency), 0, own)
            if event.charges:
                charges = Money(event.charges, amount.currency)
                yield Posting("rail_cost", "bank_own", charges)
                yield Posting("bank_client", payable, charges, 0, own)
        case p.Unclaimed():
            yield Posting(payable, "unclaimed", amount, own, own)
        case p.Reclaimed():
            yield Posting("unclaimed", payable, amount, own, own)
        case p.Owed() | p.Seen() | p.Redirected():
            return  # the obligation was booked where it arose


def _receipt(ref: Ref, receipt: r.Receipt, event: r.ReceiptEvent) -> Iterator[Posting]:
    own, amount = ref.id, receipt.line.amount
    match event:
        case r.LineAllocated() | r.LineReturned():
            yield Posting("bank_client", "in_transit", amount)
        case r.LineSuspended():
            yield Posting("bank_client", "suspense", amount, 0, own)
        case r.LinePaidOut() | r.LineReversing() | r.LineUnexplained():
            yield Posting("in_transit", "bank_client", amount)
        case r.LineMatched():
            yield Posting("suspense", "in_transit", amount, own)
        case r.LineGivenBack():
            yield Posting("suspense", "buyer_refundable", amount, own, payout_ref(ref, 1).id)
        case r.LineExplained():
            yield Posting("rail_cost", "bank_own", amount)
            yield Posting("bank_client", "in_transit", amount)
        case r.LineTakenBack():
            if event.from_suspense:
                yield Posting("suspense", "in_transit", amount, own)
            elif event.lost:
                yield Posting("guarantee_loss", "bank_own", amount)
                yield Posting("bank_client", "in_transit", amount)
        case r.LineFunding():
            return  # booked when the cost was


def _company(event: s.CompanyEvent) -> Iterator[Posting]:
    match event:
        case s.LimitSet():
            currency = event.limit.currency
            if event.raised:
                yield Posting("cover_granted", "cover_available", Money(event.raised, currency))
            if event.taken:
                yield Posting("cover_available", "cover_granted", Money(event.taken, currency))
        case s.CoverTaken():
            yield Posting("cover_available", "cover_granted", event.amount)
        case _:
            return  # everything else moves no cover


def trade_of(ref: Ref, state: Any) -> int:
    """The trade that a machine's postings concern, so that both parties can read every one of them; 0 for
    none."""
    if ref.kind is Kind.TRADE:
        return ref.id
    if ref.kind is Kind.PAYOUT:
        source: Ref = state.source
        return source.id if source.kind is Kind.TRADE else 0
    return 0
