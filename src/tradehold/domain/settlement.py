"""Who gets what. By default nobody has to act: every deadline that can pass is decided here.

What is held is shared over the product lines by their price. A line that was shipped in time is the
supplier's; one that was never shipped is the buyer's; one that was shipped late waits for the buyer's
choice. Refunds go back to the payments they came from, the newest first, and the platform's own part of a
short payment returns with them.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import msgspec

from tradehold.domain import trade_commands as c
from tradehold.domain import trade_events as e
from tradehold.domain.calendar import after_days, after_working_days, local_day
from tradehold.domain.given import Given
from tradehold.domain.identity import account_ref
from tradehold.domain.money import Money, share
from tradehold.domain.refusal import Code, Refusal, refuse
from tradehold.domain.trade import Trade, evolve, settled

Decision = list[e.TradeEvent] | Refusal


def apportion(whole: int, weights: Sequence[int]) -> list[int]:
    """`whole` minor units by weight, exactly: the largest remainders get the units that rounding left
    over."""
    total = sum(weights)
    parts = [whole * weight // total for weight in weights]
    by_rest = sorted(range(len(weights)), key=lambda i: (-(whole * weights[i] % total), i))
    for index in by_rest[: whole - sum(parts)]:
        parts[index] += 1
    return parts


class Lines(msgspec.Struct, frozen=True):
    """The undecided product lines by how they were shipped, each with its share of what is held."""

    in_time: dict[int, int]
    late: dict[int, int]
    missing: dict[int, int]


def lines(trade: Trade) -> Lines:
    undecided = [n for n in range(len(trade.deal.goods)) if n not in trade.settled_lines]
    shares = apportion(trade.held, [trade.deal.goods[n].amount for n in undecided])
    found = Lines({}, {}, {})
    for n, amount in zip(undecided, shares, strict=True):
        parts = [
            (shipment.on, part.quantity)
            for shipment in trade.shipments
            if shipment.status in ("claimed", "confirmed")
            for part in shipment.goods
            if part.line == n
        ]
        if sum(quantity for _, quantity in parts) < trade.deal.goods[n].quantity:
            found.missing[n] = amount
        elif max(on for on, _ in parts) > ship_by_day(trade):
            found.late[n] = amount
        else:
            found.in_time[n] = amount
    return found


class Division(msgspec.Struct, frozen=True):
    owes: tuple[e.Obligation, ...]
    cost: int


def divide(trade: Trade, release: int, refund: int, reason: str) -> Division:
    """Turns two amounts of what is held into obligations. `release` + `refund` is at most what is held."""
    currency, number = trade.deal.currency, len(trade.obligations)
    owes: list[e.Obligation] = []
    if release:
        number += 1
        owes.append(e.Obligation(number, Money(release, currency), reason=reason))
    cost = share(refund, trade.contributed, trade.held) if refund else 0
    left = refund - cost
    for payment in reversed(trade.payments):
        part = min(left, payment.left)
        if part:
            number += 1
            owes.append(e.Obligation(number, Money(part, currency), payment.receipt, payment.payer, reason))
            left -= part
    assert not left, "what is held beside the platform's part always has payments it came from"
    return Division(tuple(owes), cost)


def decide_settlement(
    trade: Trade, release: int, refund: int, reason: str, given: Given
) -> list[e.TradeEvent]:
    """The last word over all that is held."""
    division = divide(trade, release, refund, reason)
    released, refunded = trade.released + release, trade.refunded + refund
    outcome = (
        e.Outcome.SPLIT if released and refunded else e.Outcome.RELEASED if released else e.Outcome.REFUNDED
    )
    decided = e.SettlementDecided(outcome, reason, division.owes, trade.deal.cover, division.cost)
    return [decided, *settled(evolve(trade, decided, given.at))]


def resolve(trade: Trade, given: Given, reason: str) -> list[e.TradeEvent]:
    """Decides every line that can be decided now; what was shipped late waits for the buyer's choice."""
    found = lines(trade)
    release, refund = sum(found.in_time.values()), sum(found.missing.values())
    if not found.late:
        return decide_settlement(trade, release, refund, reason, given)
    policy = given.policy(trade.deal.policy)
    choose = after_days(given.at, policy.late_choice_days, trade.deal.zone)
    late = e.WentLate(tuple(found.late), {"choose": choose})
    if not release and not refund:
        return [late]
    division = divide(trade, release, refund, reason)
    return [e.PartSettled((*found.in_time, *found.missing), division.owes, division.cost), late]


def take_refund(trade: Trade, do: c.TakeRefund, given: Given) -> Decision:
    if "prove" in trade.clocks:
        return refuse(Code.PROOF_PENDING, until=trade.clocks["prove"].isoformat())
    pending = pending_proof(trade)
    if pending:
        return refuse(Code.EVIDENCE_PENDING, until=pending)
    return resolve(trade, given, "late_shipment")


def pending_proof(trade: Trade) -> str:
    """Until when evidence is open that the buyer's refund must wait for, in ISO 8601; "" when none is.

    A claim of a shipment in time, and any that the buyer contested: what may have sailed is not refunded as
    if it never had. A claim of a late one makes nobody wait, or small shipments could put the refund off
    for ever."""
    for shipment in trade.shipments:
        if shipment.status == "contested":
            return trade.clocks[f"decide:{shipment.number}"].isoformat()
        if shipment.status == "claimed" and shipment.on <= ship_by_day(trade):
            return trade.clocks[f"contest:{shipment.number}"].isoformat()
    return ""


def ship_by_day(trade: Trade) -> date:
    """The last day, at the place of shipment, on which a shipment is in time."""
    assert trade.ship_by is not None
    return local_day(trade.ship_by - timedelta(seconds=1), trade.deal.zone)


def proof_until(trade: Trade, given: Given) -> datetime:
    """How long the supplier may show a shipment in time. Once that time has passed it follows from the
    ship-by date alone, so that evidence which was rejected does not open it anew."""
    if "prove" in trade.clocks:  # a freeze may have moved it
        return trade.clocks["prove"]
    assert trade.ship_by is not None
    policy = given.policy(trade.deal.policy)
    last = trade.ship_by - timedelta(seconds=1)
    return after_working_days(last, policy.proof_working_days, trade.deal.zone, given.calendar(policy))


def wait(trade: Trade, do: c.Wait, given: Given) -> Decision:
    """The buyer gives the supplier more time, without giving up the refund; bounded as extensions are."""
    assert trade.ship_by is not None
    deal, policy = trade.deal, given.policy(trade.deal.policy)
    latest = after_days(trade.ship_by - timedelta(seconds=1), policy.extension_days, deal.zone)
    until = min(after_days(given.at, policy.overdue_silence_days, deal.zone), latest)
    if until <= trade.clocks["silence"]:
        return refuse(Code.EXTENSION_TOO_LONG, limit=policy.extension_days)
    return [e.Waited({"silence": until})]


def accept_late(trade: Trade, do: c.AcceptLate, given: Given) -> Decision:
    return decide_settlement(trade, trade.held, 0, "late_accepted", given)


def claim_late(trade: Trade, do: c.ClaimLate, given: Given) -> Decision:
    """Once goods have sailed nobody gets both: the documents or the goods come back first."""
    contested = pending_proof(trade)
    if contested:
        return refuse(Code.EVIDENCE_PENDING, until=contested)
    days = given.policy(trade.deal.policy).goods_return_days
    return [e.RefundClaimed({"return": after_days(given.at, days, trade.deal.zone)})]


def confirm_return(trade: Trade, do: c.ConfirmReturn, given: Given) -> Decision:
    return decide_settlement(trade, 0, trade.held, "goods_returned", given)


def close_obligation(trade: Trade, do: c.CloseObligation, given: Given) -> Decision:
    owed = next((one for one in trade.obligations if one.number == do.number), None)
    if owed is None:
        return refuse(Code.UNKNOWN, what="obligation")
    if (owed.state, owed.reference) == ("paid" if do.paid else "unclaimed", do.reference):
        return refuse(Code.DUPLICATE)
    closed = e.ObligationClosed(do.number, do.paid, do.reference)
    return [closed, *settled(evolve(trade, closed, given.at))]


def reopen_obligation(trade: Trade, do: c.ReopenObligation, given: Given) -> Decision:
    owed = next((one for one in trade.obligations if one.number == do.number), None)
    if owed is None:
        return refuse(Code.UNKNOWN, what="obligation")
    return refuse(Code.DUPLICATE) if owed.state == "owed" else [e.ObligationReopened(do.number, do.reason)]


def lapse(trade: Trade, reason: str, given: Given) -> list[e.TradeEvent]:
    division = divide(trade, 0, trade.held, "lapsed")
    cover = trade.deal.cover if trade.agreed else 0
    lapsed = e.Lapsed(reason, cover, division.owes, division.cost)  # type: ignore[arg-type]
    return [lapsed, *settled(evolve(trade, lapsed, given.at))]


def statement_missing(trade: Trade, until_day_of: str, given: Given) -> Refusal | None:
    """A payment deadline is not judged before a bank statement that covers its last day was read."""
    day = local_day(trade.clocks[until_day_of] - timedelta(seconds=1), trade.deal.zone)
    account = given.others.get(account_ref(trade.deal.currency))
    if account is None or account.read_until is None or account.read_until < day:
        return refuse(Code.STATEMENT_MISSING, day=day.isoformat())
    return None


def inspection_open(trade: Trade) -> bool:
    """The contract plans an inspection that has neither been done nor waived."""
    return trade.deal.inspected and not trade.uninspected


def booking_clock(trade: Trade, given: Given) -> dict[str, datetime]:
    """How long the buyer may still book the inspection that the contract plans."""
    policy = given.policy(trade.deal.policy)
    days, calendar = policy.booking_working_days, given.calendar(policy)
    return {"booking": after_working_days(given.at, days, trade.deal.zone, calendar)}


def close_unpaid(trade: Trade, given: Given) -> list[e.TradeEvent]:
    """The balance never came. What was held is the supplier's only where the goods were reported made,
    nobody has to inspect them, and the buyer let the report stand for its fifteen days; else it is the
    buyer's."""
    policy = given.policy(trade.deal.policy)
    stood = (
        trade.produced is not None
        and not trade.contested
        and not inspection_open(trade)
        and given.at >= after_days(trade.produced, policy.production_contest_days, trade.deal.zone)
    )
    if stood:
        return decide_settlement(trade, trade.held, 0, "balance_unpaid", given)
    return decide_settlement(trade, 0, trade.held, "balance_unpaid", given)


def go_overdue(trade: Trade, given: Given) -> list[e.TradeEvent]:
    deal, policy = trade.deal, given.policy(trade.deal.policy)
    silence = after_days(given.at, policy.overdue_silence_days, deal.zone)
    return [e.WentOverdue({"prove": proof_until(trade, given), "silence": silence})]
