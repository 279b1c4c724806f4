"""What is news, and for whom: the one table of who hears of which event.

Whoever did something knows it already: the side that an event names as its author does not hear of it, and
nobody is told of their own act. What only accompanies another event of the same moment is no news.
"""

from typing import Any

import msgspec

from tradehold.domain import account as a
from tradehold.domain import approval as ap
from tradehold.domain import company as s
from tradehold.domain import payout as p
from tradehold.domain import platform as pf
from tradehold.domain import receipt as r
from tradehold.domain import trade_events as e
from tradehold.domain.authority import MAY
from tradehold.domain.command import Actor, Duty, Side
from tradehold.domain.identity import Kind, Ref


class News(msgspec.Struct, frozen=True):
    """Heard by people on these sides whose grade has the duty. `security`: always by a letter of its own,
    whatever rhythm somebody chose."""

    sides: frozenset[Side] = frozenset()
    duty: Duty = Duty.READ
    security: bool = False


def _to(*sides: Side, duty: Duty = Duty.READ, security: bool = False) -> News:
    return News(frozenset(sides), duty, security)


_BUYER, _SUPPLIER, _COMPANY, _OPERATOR = Side.BUYER, Side.SUPPLIER, Side.COMPANY, Side.OPERATOR
_BOTH, _NOBODY = _to(_BUYER, _SUPPLIER), _to()
# Who is paid follows from the obligation: `news` leaves that side.
_PAID = _to(_BUYER, _SUPPLIER, duty=Duty.FINANCE)

HEARS: dict[type[Any], News] = {
    e.Drafted: _BOTH,
    e.Revised: _BOTH,
    e.Confirmed: _BOTH,
    e.Agreed: _BOTH,
    e.Withdrawn: _BOTH,
    e.Lapsed: _BOTH,
    e.PaymentExtended: _BOTH,
    e.AmendmentProposed: _BOTH,
    e.AmendmentDeclined: _BOTH,
    e.Amended: _BOTH,
    e.Resumed: _NOBODY,
    e.PaymentHeld: _BOTH,
    e.PaymentReturned: _to(_BUYER, duty=Duty.FINANCE),
    e.PaymentSuspended: _to(_BUYER, _OPERATOR, duty=Duty.FINANCE),
    e.PayerAccepted: _to(_BUYER, duty=Duty.FINANCE),
    e.PaymentReversed: _to(_BUYER, _SUPPLIER, _OPERATOR),
    e.ShortAccepted: _to(_BUYER),
    e.InitialPaid: _to(_SUPPLIER),
    e.FullyPaid: _to(_SUPPLIER),
    e.ProgressNoted: _to(_BUYER),
    e.ProductionReported: _to(_BUYER),
    e.ReadyToShip: _NOBODY,
    e.ProductionContested: _to(_SUPPLIER),
    e.InspectionWaived: _BOTH,
    e.GoodsShipped: _to(_BUYER),
    e.AllShipped: _NOBODY,
    e.EvidenceShown: _to(_BUYER),
    e.EvidenceContested: _to(_SUPPLIER, _OPERATOR),
    e.EvidenceConfirmed: _BOTH,
    e.EvidenceRejected: _BOTH,
    e.WentOverdue: _BOTH,
    e.ProofEnded: _BOTH,
    e.Waited: _to(_SUPPLIER),
    e.WentLate: _BOTH,
    e.RefundClaimed: _to(_SUPPLIER),
    e.PartSettled: _BOTH,
    e.SettlementDecided: _BOTH,
    e.ObligationClosed: _PAID,
    e.ObligationReopened: _PAID,
    e.Settled: _NOBODY,
    e.MessageSent: _BOTH,
    e.TradeFrozen: _BOTH,
    e.TradeLifted: _BOTH,
    s.Registered: _to(_OPERATOR),
    s.StandingChanged: _to(_COMPANY),
    s.CompanyFrozen: _to(_COMPANY),
    s.CompanyLifted: _to(_COMPANY),
    s.Verified: _to(_COMPANY),
    s.VerificationWithdrawn: _to(_COMPANY),
    s.MembershipSet: _to(_COMPANY),
    s.LimitSet: _to(_COMPANY),
    s.Reviewed: _NOBODY,
    s.CoverTaken: _NOBODY,
    s.PayoutAccountAdded: _to(_COMPANY, _OPERATOR, duty=Duty.FINANCE, security=True),
    s.PayoutAccountApproved: _to(_COMPANY, duty=Duty.FINANCE, security=True),
    s.TradeRecorded: _NOBODY,
    ap.Proposed: _to(_OPERATOR),
    ap.Approved: _NOBODY,
    ap.Turned: _to(_OPERATOR),
    ap.Expired: _to(_OPERATOR),
    # The desk shows what needs a person here; the sides hear from their trade.
    **dict.fromkeys(
        (
            p.Owed, p.Reclaimed, p.Submitted, p.Paid, p.Seen, p.Rejected, p.Returned, p.Redirected,
            p.Unclaimed,
            r.LineAllocated, r.LineSuspended, r.LineFunding, r.LinePaidOut, r.LineReturned, r.LineReversing,
            r.LineUnexplained, r.LineMatched, r.LineGivenBack, r.LineExplained, r.LineTakenBack,
            a.AccountOpened, a.StatementAccepted, a.StatementCompleted,
            pf.PayoutsPaused, pf.PayoutsResumed, pf.PolicyPublished, pf.CalendarPublished,
        ),
        _NOBODY,
    ),
}  # fmt: skip


def news(state: Any, event: Any) -> News | None:
    """Who hears of an event of a machine whose state afterwards is `state`; None for what is no news."""
    heard = HEARS[type(event)]
    sides = heard.sides
    if not sides:
        return None
    match event:
        case s.Registered() if not event.hits:
            return None
        case e.ObligationClosed() | e.ObligationReopened():
            owed = next((one for one in state.obligations if one.number == event.number), None)
            if owed is not None:
                sides = frozenset({Side.SUPPLIER if owed.receipt is None else Side.BUYER})
        case ap.Proposed():
            # Only whoever could answer: it takes the duty of what is proposed.
            return msgspec.structs.replace(heard, duty=MAY[type(event.do)].duty)
        case _:
            author = getattr(event, "by", None)
            sides -= {author} if isinstance(author, Side) else frozenset()
    return msgspec.structs.replace(heard, sides=sides) if sides else None


def company_on(side: Side, ref: Ref, state: Any) -> int:
    """Whose members stand on that side of the machine; 0: the operators."""
    if side is Side.BUYER and ref.kind is Kind.TRADE:
        return int(state.deal.buyer)
    return 0 if side is Side.OPERATOR else ref.owner


def did(actor: Actor) -> frozenset[int]:
    """The people whose own act it was."""
    return frozenset({actor.member, actor.second} - {0})
