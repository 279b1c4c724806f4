"""The trade: the machine at the centre. This file says what can be; the files beside it say what may happen.

A trade moves through stages. TRANSITIONS is the whole graph: (stage, event) -> stage. `evolve` follows it and
nothing else; a missing key is corruption and raises. The documentation's diagram, the database's CHECK on
stage and the test matrix of stage and command all derive from it and from STAGES_OF.

    draft -> confirmed -> producing -> ready -> shipped -> settling -> settled
                               \\-> produced (balance due) -/
    and aside: overdue, late (shipped, but late), returning (goods go back before the money does).

Inspection and dispute enter as further stages: `inspecting` and `rejected` stand between produced/ready and
shipped, `disputed` stands beside late and shipped. They add keys to the table and take none away.

Money in a trade is `held`, and leaves it only by PartSettled, SettlementDecided and PaymentReversed. What
leaves becomes an Obligation, which a payout then pays. From every stage in which money is held a clock runs
(CLOCKS_OF), known to both sides, whose passing moves the trade on with nobody acting. Only a legal freeze
stops them, and the ship-by date with them; what was left of each is left when it is lifted.

    commands are decided in    negotiation.py (until both agree, and amendments)
                               payment.py     (money that comes in)
                               shipment.py    (production, shipment, evidence)
                               settlement.py  (who gets what, and every deadline)
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never

import msgspec
from msgspec.structs import replace

from tradehold.domain import trade_commands as c
from tradehold.domain import trade_events as e
from tradehold.domain.bank import Party
from tradehold.domain.command import Side
from tradehold.domain.contract import Deal, deal
from tradehold.domain.money import share
from tradehold.domain.trade_events import Obligation, Outcome, Shipment


class Stage(StrEnum):
    DRAFT = "draft"  # terms are written; both must confirm the same revision
    CONFIRMED = "confirmed"  # both confirmed; the initial payment is awaited
    PRODUCING = "producing"  # the initial payment is held
    PRODUCED = "produced"  # production reported; the balance is due
    READY = "ready"  # made and paid in full; shipment is awaited
    SHIPPED = "shipped"  # all lines shipped; evidence may still be contested
    OVERDUE = "overdue"  # the ship-by date passed without all lines shipped
    LATE = "late"  # shipped late: the buyer accepts or claims
    RETURNING = "returning"  # the buyer claimed: documents or goods must come back first
    SETTLING = "settling"  # who gets what is decided; the money is on its way
    SETTLED = "settled"  # nothing is held and nothing is owed


class Payment(msgspec.Struct, frozen=True, omit_defaults=True):
    """Money that came in for this trade. `left` is what of it may still go back to its payer."""

    receipt: int
    amount: int
    left: int
    payer: Party
    reversed: bool = False


class Waiting(msgspec.Struct, frozen=True, omit_defaults=True):
    """Money of a third party, in suspense until it is checked."""

    receipt: int
    amount: int
    payer: Party


class Amendment(msgspec.Struct, frozen=True, omit_defaults=True):
    revision: int
    hash: str
    deal: Deal
    by: Side
    reason: str


class Trade(msgspec.Struct, frozen=True, omit_defaults=True):
    """`clocks` are the deadlines that run, by name. All amounts are minor units of the deal's currency."""

    stage: Stage
    deal: Deal
    revision: int
    hash: str
    confirmed_by: tuple[Side, ...] = ()
    agreed: datetime | None = None
    held: int = 0
    paid: int = 0  # counted towards the schedule: held money, short differences, accepted shortfalls
    contributed: int = 0  # of held: the platform's own money, for short payments within the tolerance
    released: int = 0
    refunded: int = 0
    funded: datetime | None = None  # when the initial payment was complete
    complete: datetime | None = None  # when the last payment was
    produced: datetime | None = None
    contested: bool = False  # the buyer contested the production report
    ship_by: datetime | None = None
    lacking: datetime | None = None  # since when a reversed payment has not been made good
    extended: int = 0  # days by which amendments moved the ship-by date
    payments: tuple[Payment, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    shipments: tuple[Shipment, ...] = ()
    obligations: tuple[Obligation, ...] = ()
    amendment: Amendment | None = None
    uninspected: bool = False  # the inspection that the contract plans was waived
    settled_lines: tuple[int, ...] = ()  # lines whose money has been decided
    clocks: dict[str, datetime] = {}
    outcome: Outcome | None = None
    passed: int = 0  # of paid: above the cover, gone on to the supplier unheld
    messages: int = 0
    suspicious: tuple[int, ...] = ()  # messages that name other bank details than the designated account's
    freezes: tuple[e.Order, ...] = ()
    frozen: datetime | None = None  # since when
    stopped: dict[str, timedelta] = {}  # what was left of each clock
    resting: timedelta | None = None  # what was left to the ship-by date


_OPEN = frozenset({Stage.PRODUCING, Stage.PRODUCED, Stage.READY, Stage.OVERDUE})
_MONEY = frozenset(Stage) - {Stage.DRAFT}
# The stages in which each command can be accepted. Everything else is refused as `wrong_stage`.
STAGES_OF: dict[type[c.TradeCommand], frozenset[Stage]] = {
    c.Draft: frozenset(),
    c.Revise: frozenset({Stage.DRAFT, Stage.CONFIRMED}),
    c.Confirm: frozenset({Stage.DRAFT}),
    c.Withdraw: frozenset({Stage.DRAFT}),
    c.ExtendPayment: frozenset({Stage.CONFIRMED}),
    c.Amend: _OPEN,
    c.AgreeAmendment: _OPEN,
    c.DeclineAmendment: _OPEN,
    c.ReceivePayment: frozenset(Stage),
    c.ReversePayment: frozenset(Stage),
    c.AcceptShort: frozenset({Stage.CONFIRMED, Stage.PRODUCING, Stage.PRODUCED}),
    c.AcceptPayer: _MONEY - {Stage.SETTLED},
    c.ReturnPayment: _MONEY - {Stage.SETTLED},
    c.NoteProgress: _OPEN,
    c.ReportProduction: frozenset({Stage.PRODUCING}),
    c.WaiveInspection: _OPEN,
    c.ContestProduction: frozenset({Stage.PRODUCED}),
    c.Ship: frozenset({Stage.PRODUCING, Stage.READY, Stage.OVERDUE}),
    c.ShowEvidence: _OPEN | {Stage.SHIPPED},
    c.ContestEvidence: _OPEN | {Stage.SHIPPED, Stage.LATE},
    c.ConfirmEvidence: _OPEN | {Stage.SHIPPED, Stage.LATE},
    c.RejectEvidence: _OPEN | {Stage.SHIPPED, Stage.LATE},
    c.TakeRefund: frozenset({Stage.OVERDUE}),
    c.Wait: frozenset({Stage.OVERDUE}),
    c.AcceptLate: frozenset({Stage.LATE}),
    c.ClaimLate: frozenset({Stage.LATE}),
    c.ConfirmReturn: frozenset({Stage.RETURNING}),
    c.SendMessage: frozenset(Stage),
    c.Freeze: frozenset(Stage) - {Stage.SETTLED},
    c.Lift: frozenset(Stage),
    c.PassDeadline: frozenset(Stage),
    c.CloseObligation: frozenset(Stage),
    c.ReopenObligation: frozenset(Stage),
}
# What a frozen trade still takes: what happened in the world, money that the banks moved, words, and the
# lifting. To contest a production report is among the words: its time runs from the report, not by a clock.
THAWLESS = frozenset({
    c.ReceivePayment, c.ReversePayment, c.NoteProgress, c.ReportProduction, c.ContestProduction, c.Ship,
    c.ShowEvidence, c.SendMessage, c.Freeze, c.Lift, c.PassDeadline, c.CloseObligation, c.ReopenObligation,
})  # fmt: skip

# The clocks that may run in each stage; entering a stage stops all others. A name may carry a number:
# `contest:2`.
_EVIDENCE = ("contest", "decide", "suspense")
CLOCKS_OF: dict[Stage, tuple[str, ...]] = {
    Stage.DRAFT: ("silence",),
    Stage.CONFIRMED: ("payment", "suspense"),
    Stage.PRODUCING: ("ship_by", "balance", "payment", "booking", *_EVIDENCE),
    Stage.PRODUCED: ("balance", "payment", "booking", *_EVIDENCE),
    Stage.READY: ("ship_by", "payment", "booking", *_EVIDENCE),
    Stage.SHIPPED: _EVIDENCE,
    Stage.OVERDUE: ("prove", "silence", "booking", *_EVIDENCE),
    Stage.LATE: ("choose", *_EVIDENCE),
    Stage.RETURNING: ("return", "suspense"),
    Stage.SETTLING: ("suspense",),
    Stage.SETTLED: (),
}

S = Stage
_Event = type[e.TradeEvent]
TRANSITIONS: dict[tuple[Stage, _Event], Stage] = {
    (S.DRAFT, e.Revised): S.DRAFT,
    (S.DRAFT, e.Confirmed): S.DRAFT,
    (S.DRAFT, e.Agreed): S.CONFIRMED,
    (S.DRAFT, e.Withdrawn): S.SETTLING,
    (S.DRAFT, e.Lapsed): S.SETTLING,
    (S.CONFIRMED, e.Revised): S.DRAFT,
    (S.CONFIRMED, e.PaymentExtended): S.CONFIRMED,
    (S.CONFIRMED, e.InitialPaid): S.PRODUCING,
    (S.CONFIRMED, e.Lapsed): S.SETTLING,
    (S.PRODUCING, e.FullyPaid): S.PRODUCING,
    (S.PRODUCING, e.ProductionReported): S.PRODUCED,
    (S.PRODUCING, e.WentOverdue): S.OVERDUE,
    (S.PRODUCING, e.AllShipped): S.SHIPPED,
    (S.PRODUCED, e.FullyPaid): S.PRODUCED,
    (S.PRODUCED, e.ReadyToShip): S.READY,
    (S.PRODUCED, e.ProductionContested): S.PRODUCED,
    (S.READY, e.WentOverdue): S.OVERDUE,
    (S.READY, e.AllShipped): S.SHIPPED,
    (S.SHIPPED, e.EvidenceRejected): S.READY,
    (S.SHIPPED, e.WentLate): S.LATE,
    (S.OVERDUE, e.FullyPaid): S.OVERDUE,
    (S.OVERDUE, e.ProofEnded): S.OVERDUE,
    (S.OVERDUE, e.Waited): S.OVERDUE,
    (S.OVERDUE, e.Resumed): S.PRODUCING,
    (S.OVERDUE, e.AllShipped): S.SHIPPED,
    (S.OVERDUE, e.WentLate): S.LATE,
    (S.LATE, e.RefundClaimed): S.RETURNING,
    (S.SETTLING, e.Settled): S.SETTLED,
    (S.SETTLED, e.PaymentReturned): S.SETTLING,
    (S.SETTLED, e.ObligationReopened): S.SETTLING,
}


def _stay(stages: tuple[Stage, ...], *events: _Event) -> None:
    for stage in stages:
        for event in events:
            TRANSITIONS.setdefault((stage, event), stage)


_stay(
    (S.PRODUCING, S.PRODUCED, S.READY, S.OVERDUE),
    e.ProgressNoted, e.AmendmentProposed, e.AmendmentDeclined, e.Amended, e.EvidenceShown,
    e.EvidenceContested, e.EvidenceConfirmed, e.EvidenceRejected, e.InspectionWaived,
)  # fmt: skip
_stay((S.PRODUCING, S.READY, S.OVERDUE), e.GoodsShipped)  # nothing ships before it is paid
_stay((S.CONFIRMED, S.PRODUCING, S.PRODUCED), e.ShortAccepted)
_stay((S.SHIPPED,), e.EvidenceShown, e.EvidenceContested, e.EvidenceConfirmed, e.PartSettled)
_stay((S.OVERDUE,), e.PartSettled)
_stay(
    (S.LATE,),
    e.EvidenceContested, e.EvidenceConfirmed, e.EvidenceRejected, e.PartSettled, e.WentLate,
)  # fmt: skip
_stay(tuple(set(S) - {S.DRAFT, S.SETTLING, S.SETTLED}), e.PaymentHeld, e.PaymentSuspended)
_stay(tuple(set(S) - {S.DRAFT, S.SETTLED}), e.PayerAccepted)
_stay(tuple(S), e.PaymentReturned, e.PaymentReversed)
_stay(tuple(S), e.ObligationClosed, e.ObligationReopened)
_stay(tuple(S), e.MessageSent, e.TradeLifted)
_stay(tuple(set(S) - {S.SETTLED}), e.TradeFrozen)
for _stage in set(S) - {S.DRAFT, S.CONFIRMED, S.SETTLING, S.SETTLED}:
    TRANSITIONS[_stage, e.SettlementDecided] = S.SETTLING


def begin(event: e.Drafted) -> Trade:
    """The only trade that comes from nothing."""
    return Trade(stage=Stage.DRAFT, deal=deal(event.terms), revision=1, hash=event.hash, clocks=event.clocks)


def evolve(trade: Trade | None, event: e.TradeEvent, at: datetime) -> Trade:
    """The trade after `event`, which happened at `at`. Raises KeyError where the table knows no such step."""
    if trade is None:
        if not isinstance(event, e.Drafted):
            raise KeyError((None, type(event)))
        return begin(event)
    changed = _moved(running(trade, at), event, at)
    return _stopped(changed, at) if changed.freezes else changed


def _moved(trade: Trade, event: e.TradeEvent, at: datetime) -> Trade:
    stage = TRANSITIONS[trade.stage, type(event)]
    changed = _apply(trade, event, at)
    new: dict[str, datetime] = getattr(event, "clocks", {})
    if stage is trade.stage and not new:
        return changed
    clocks = {**changed.clocks, **new}
    clocks = {name: at for name, at in clocks.items() if name.partition(":")[0] in CLOCKS_OF[stage]}
    return replace(changed, stage=stage, clocks=clocks)


def running(trade: Trade, at: datetime) -> Trade:
    """A frozen trade as if its clocks, and its ship-by date, went on at `at`, for a rule to look at."""
    if not trade.freezes:
        return trade
    clocks = {name: at + left for name, left in trade.stopped.items()}
    ship_by = trade.ship_by if trade.resting is None else at + trade.resting
    return replace(trade, clocks=clocks, stopped={}, ship_by=ship_by)


def _stopped(trade: Trade, at: datetime) -> Trade:
    """A ship-by date rests as well, unless it has passed. While a payment is awaited that shipment waits for,
    it rests already: the payment, when it comes, moves it by all the days that it was late."""
    awaited = trade.lacking is not None or trade.stage is Stage.PRODUCED
    rests = trade.ship_by is not None and trade.ship_by > at and not awaited
    return replace(
        trade,
        clocks={},
        stopped={name: until - at for name, until in trade.clocks.items()},
        resting=trade.ship_by - at if trade.ship_by and rests else None,
    )


def settled(trade: Trade) -> list[e.TradeEvent]:
    """Where nothing is owed and nothing waits any more, the trade ends."""
    waits = trade.waiting or any(owed.state == "owed" for owed in trade.obligations)
    return [e.Settled()] if trade.stage is Stage.SETTLING and not waits else []


def _without(trade: Trade, *names: str) -> dict[str, datetime]:
    return {name: until for name, until in trade.clocks.items() if name not in names}


def _apply(trade: Trade, event: e.TradeEvent, at: datetime) -> Trade:
    """Everything but stage and new clocks, which follow from the table and from the event alone."""
    match event:
        case (
            e.PaymentHeld() | e.PaymentReturned() | e.PaymentSuspended() | e.PayerAccepted()
            | e.PaymentReversed() | e.ShortAccepted()
        ):  # fmt: skip
            return _paid(trade, event, at)
        case e.Revised():
            new = deal(event.terms)
            return replace(
                trade, deal=new, revision=event.revision, hash=event.hash, confirmed_by=(), agreed=None
            )
        case e.Confirmed():
            return replace(trade, confirmed_by=(*trade.confirmed_by, event.by))
        case e.Agreed():
            return replace(trade, agreed=at)
        case e.Withdrawn():
            return replace(trade, outcome=e.Outcome.WITHDRAWN)
        case e.AmendmentProposed():
            amendment = Amendment(event.revision, event.hash, deal(event.terms), event.by, event.reason)
            return replace(trade, amendment=amendment)
        case e.AmendmentDeclined():
            return replace(trade, amendment=None)
        case e.Amended():
            return _amended(trade, event)
        case e.ProductionReported():
            return replace(trade, produced=at)
        case e.ProductionContested():
            return replace(trade, contested=True)
        case e.InspectionWaived():
            return replace(trade, uninspected=True, clocks=_without(trade, "booking"))
        case e.InitialPaid():
            return replace(trade, funded=at, ship_by=event.ship_by)
        case e.FullyPaid():
            clocks = _without(trade, "balance", "payment")
            return replace(trade, complete=at, ship_by=event.ship_by, clocks=clocks)
        case e.ProofEnded():
            return replace(trade, clocks=_without(trade, "prove"))
        case e.GoodsShipped():
            return replace(trade, shipments=(*trade.shipments, event.shipment))
        case e.EvidenceShown() | e.EvidenceContested() | e.EvidenceConfirmed() | e.EvidenceRejected():
            return _evidence(trade, event)
        case e.Lapsed() | e.PartSettled() | e.SettlementDecided():
            return _settled(trade, event)
        case e.MessageSent():
            marked = (event.number,) if event.suspicions else ()
            return replace(trade, messages=event.number, suspicious=(*trade.suspicious, *marked))
        case e.TradeFrozen():
            return replace(trade, freezes=(*trade.freezes, event.order), frozen=trade.frozen or at)
        case e.TradeLifted():
            return _lifted(trade, event)
        case e.ObligationReopened() | e.ObligationClosed():
            return replace(trade, obligations=tuple(_turned(one, event) for one in trade.obligations))
        case (
            e.PaymentExtended() | e.Resumed() | e.ProgressNoted() | e.ReadyToShip() | e.AllShipped()
            | e.WentOverdue() | e.Waited() | e.WentLate() | e.RefundClaimed() | e.Settled()
        ):  # fmt: skip
            return trade  # the stage and the clocks say it all
        case e.Drafted():
            raise KeyError((trade.stage, e.Drafted))
        case _:
            assert_never(event)


def _lifted(trade: Trade, event: e.TradeLifted) -> Trade:
    named = (event.reference, event.company)
    freezes = tuple(one for one in trade.freezes if (one.reference, one.company) != named)
    if freezes:
        return replace(trade, freezes=freezes)
    ship_by = event.ship_by or trade.ship_by
    return replace(trade, freezes=(), frozen=None, clocks=event.clocks, ship_by=ship_by, resting=None)


def _amended(trade: Trade, event: e.Amended) -> Trade:
    if trade.amendment is None:
        raise KeyError("an amendment was agreed that nobody proposed")
    return replace(
        trade, deal=trade.amendment.deal, revision=event.revision, hash=event.hash, amendment=None,
        ship_by=event.ship_by, extended=event.extended,
    )  # fmt: skip


def _paid(
    trade: Trade,
    event: e.PaymentHeld | e.PaymentReturned | e.PaymentSuspended | e.PayerAccepted | e.PaymentReversed
    | e.ShortAccepted,
    at: datetime,
) -> Trade:  # fmt: skip
    match event:
        case e.PaymentHeld():
            payment = Payment(event.receipt, event.amount, event.amount, event.payer)
            into = event.amount + event.contributed
            return replace(
                trade,
                held=trade.held + into,
                paid=trade.paid + into + event.passed + event.topped,
                passed=trade.passed + event.passed + event.topped,
                contributed=trade.contributed + event.contributed,
                payments=(*trade.payments, payment), obligations=(*trade.obligations, *event.owes),
                clocks=_without(trade, "payment", "balance") if event.complete else trade.clocks,
                ship_by=event.ship_by or trade.ship_by, lacking=None if event.complete else trade.lacking,
            )  # fmt: skip
        case e.PaymentSuspended():
            waiting = Waiting(event.receipt, event.amount, event.payer)
            return replace(trade, waiting=(*trade.waiting, waiting))
        case e.ShortAccepted():
            clocks = _without(trade, "payment", "balance")
            return replace(trade, paid=trade.paid + event.amount, lacking=None, clocks=clocks)
        case e.PaymentReturned():
            trade = _not_waiting(trade, event.receipt) if event.from_suspense else trade
            return replace(trade, obligations=(*trade.obligations, *event.owes))
        case e.PayerAccepted():
            return _not_waiting(trade, event.receipt)
        case e.PaymentReversed():
            return _reversed(trade, event, at)


def _reversed(trade: Trade, event: e.PaymentReversed, at: datetime) -> Trade:
    """While the payment is lacking nothing may ship, so the ship-by date rests until it is made good."""
    trade = _not_waiting(trade, event.receipt) if event.from_suspense else trade
    gone = event.from_hold
    payments = tuple(
        replace(one, left=0, reversed=True) if one.receipt == event.receipt else one for one in trade.payments
    )
    return replace(
        trade,
        held=trade.held - gone,
        paid=trade.paid - gone,
        payments=payments,
        lacking=trade.lacking or at if gone else trade.lacking,
        clocks=_without(trade, "ship_by") if event.clocks else trade.clocks,
    )


def _not_waiting(trade: Trade, receipt: int) -> Trade:
    return replace(
        trade,
        waiting=tuple(one for one in trade.waiting if one.receipt != receipt),
        clocks=_without(trade, f"suspense:{receipt}"),
    )


def _evidence(
    trade: Trade, event: e.EvidenceShown | e.EvidenceContested | e.EvidenceConfirmed | e.EvidenceRejected
) -> Trade:
    number = event.shipment
    shipment = next(one for one in trade.shipments if one.number == number)
    done = _without(trade, f"contest:{number}", f"decide:{number}")
    match event:
        case e.EvidenceShown():
            done = trade.clocks
            shipment = replace(shipment, on=event.on, source=e.Source.DOCUMENT)
        case e.EvidenceContested():
            shipment = replace(shipment, status="contested")
        case e.EvidenceConfirmed():
            shipment = replace(shipment, status="confirmed")
        case e.EvidenceRejected():
            shipment = replace(shipment, status="rejected")
    shipments = tuple(shipment if one.number == number else one for one in trade.shipments)
    return replace(trade, shipments=shipments, clocks=done)


def _settled(trade: Trade, event: e.Lapsed | e.PartSettled | e.SettlementDecided) -> Trade:
    back = {owed.receipt: owed.amount.minor for owed in event.owes if owed.receipt is not None}
    refunded = sum(back.values())
    released = sum(owed.amount.minor for owed in event.owes if owed.receipt is None)
    match event:
        case e.Lapsed():
            outcome: e.Outcome | None = e.Outcome.LAPSED
        case e.SettlementDecided():
            outcome = event.outcome
        case e.PartSettled():
            outcome = None
    held = trade.held - refunded - released - event.cost
    return replace(
        trade,
        held=held, refunded=trade.refunded + refunded, released=trade.released + released,
        contributed=_still_contributed(trade, released, event.cost) if held else 0,
        payments=tuple(replace(one, left=one.left - back.get(one.receipt, 0)) for one in trade.payments),
        obligations=(*trade.obligations, *event.owes),
        settled_lines=(*trade.settled_lines, *getattr(event, "lines", ())), outcome=outcome,
    )  # fmt: skip


def _still_contributed(trade: Trade, released: int, cost: int) -> int:
    """A refund has given its part back already; a release takes its share along."""
    return max(0, trade.contributed - cost - share(trade.contributed, released, trade.held))


def _turned(owed: e.Obligation, event: e.ObligationClosed | e.ObligationReopened) -> e.Obligation:
    if owed.number != event.number:
        return owed
    if isinstance(event, e.ObligationReopened):
        return replace(owed, state="owed", reference="")
    return replace(owed, state="paid" if event.paid else "unclaimed", reference=event.reference)
