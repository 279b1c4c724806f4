"""Production and shipment: which goods went when, on whose word, and whether that was in time."""

from datetime import date, datetime, timedelta

from tradehold.domain import trade_commands as c
from tradehold.domain import trade_events as e
from tradehold.domain.calendar import after_days, after_working_days, local_day
from tradehold.domain.given import Given
from tradehold.domain.payment import balance_clock, missing, missing_in_all
from tradehold.domain.refusal import Code, Refusal, refuse
from tradehold.domain.settlement import booking_clock, inspection_open, proof_until, resolve, ship_by_day
from tradehold.domain.trade import Stage, Trade, evolve

Decision = list[e.TradeEvent] | Refusal


def report_production(trade: Trade, do: c.ReportProduction, given: Given) -> Decision:
    booking = booking_clock(trade, given) if inspection_open(trade) else {}
    if not missing_in_all(trade):
        ship_by = {"ship_by": trade.ship_by} if trade.ship_by else {}
        return [e.ProductionReported(booking), e.ReadyToShip(ship_by)]
    balance = balance_clock(evolve(trade, e.ProductionReported({}), given.at), given)
    return [e.ProductionReported(balance | booking)]


def waive_inspection(trade: Trade, do: c.WaiveInspection, given: Given) -> Decision:
    if not inspection_open(trade):
        return refuse(Code.NO_INSPECTION_OPEN)
    return [e.InspectionWaived(given.side)]


def contest_production(trade: Trade, do: c.ContestProduction, given: Given) -> Decision:
    assert trade.produced is not None
    policy = given.policy(trade.deal.policy)
    until = after_days(trade.produced, policy.production_contest_days, trade.deal.zone)
    if given.at >= until:
        return refuse(Code.TOO_LATE, until=until.isoformat())
    return [e.ProductionContested(do.reason)]


def note_progress(trade: Trade, do: c.NoteProgress, given: Given) -> Decision:
    return [e.ProgressNoted(do.text)]


def open_quantities(trade: Trade) -> list[int]:
    """Thousandths of each line that no shipment covers; a rejected shipment covers nothing."""
    left = [goods.quantity for goods in trade.deal.goods]
    for shipment in trade.shipments:
        if shipment.status != "rejected":
            for part in shipment.goods:
                left[part.line] -= part.quantity
    return left


def ship(trade: Trade, do: c.Ship, given: Given) -> Decision:
    refused = _check_goods(trade, do) or _check_date(trade, do.on, given)
    if refused:
        return refused
    today = local_day(given.at, trade.deal.zone)
    counts, source = (do.on, e.Source.DOCUMENT) if do.on and do.document else (today, e.Source.UPLOAD)
    if counts <= ship_by_day(trade) and given.at >= proof_until(trade, given):
        counts, source = today, e.Source.UPLOAD  # the time to show a shipment in time is over
    number = len(trade.shipments) + 1
    shipment = e.Shipment(number, do.goods, counts, source, given.at)
    clocks = {f"contest:{number}": _contest_until(trade, given)}
    shipped = e.GoodsShipped(shipment, do.carrier, do.mode, do.document, clocks)
    if any(open_quantities(evolve(trade, shipped, given.at))):
        return [shipped]
    return [shipped, e.AllShipped()]


def _contest_until(trade: Trade, given: Given) -> datetime:
    policy = given.policy(trade.deal.policy)
    days = policy.evidence_contest_working_days
    return after_working_days(given.at, days, trade.deal.zone, given.calendar(policy))


def _check_goods(trade: Trade, do: c.Ship) -> Refusal | None:
    if missing(trade):
        return refuse(Code.NOT_PAID, missing=missing_in_all(trade))
    if inspection_open(trade):
        until = trade.clocks.get("booking")
        return refuse(Code.INSPECTION_OPEN, until=until.isoformat() if until else "")
    left = open_quantities(trade)
    if not do.goods:
        return refuse(Code.UNKNOWN_LINE, line="(none named)")
    for part in do.goods:
        if not 0 <= part.line < len(left):
            return refuse(Code.UNKNOWN_LINE, line=part.line + 1)
        if not 0 < part.quantity <= left[part.line]:
            return refuse(
                Code.TOO_MANY, line=part.line + 1, given=_units(part.quantity), open=_units(left[part.line])
            )
        left[part.line] -= part.quantity
    return None


def _units(quantity: int) -> str:
    whole, rest = divmod(quantity, 1000)
    return f"{whole}.{rest:03}".rstrip("0").rstrip(".")


def _check_date(trade: Trade, on: date | None, given: Given) -> Refusal | None:
    assert trade.agreed is not None
    zone = trade.deal.zone
    if on and on > local_day(given.at, zone):
        return refuse(Code.SHIP_DATE_IN_FUTURE, given=on.isoformat())
    agreed = local_day(trade.agreed, zone)
    if on and on < agreed:
        return refuse(Code.SHIP_DATE_BEFORE_CONFIRMATION, given=on.isoformat(), confirmed=agreed.isoformat())
    return None


def _claimed(trade: Trade, number: int, *allowed: str) -> e.Shipment | Refusal:
    shipment = next((one for one in trade.shipments if one.number == number), None)
    if shipment is None:
        return refuse(Code.UNKNOWN_SHIPMENT, shipment=number)
    if shipment.status not in allowed:
        return refuse(Code.EVIDENCE_SETTLED, shipment=number, status=shipment.status)
    return shipment


def show_evidence(trade: Trade, do: c.ShowEvidence, given: Given) -> Decision:
    """Within 48 hours of the upload a transport document may still give the ship date its source."""
    shipment = _claimed(trade, do.shipment, "claimed")
    if isinstance(shipment, Refusal):
        return shipment
    refused = _check_date(trade, do.on, given)
    if refused:
        return refused
    until = shipment.uploaded + timedelta(hours=given.policy(trade.deal.policy).evidence_upload_hours)
    in_time = do.on <= ship_by_day(trade)
    if in_time:
        until = min(until, proof_until(trade, given))
    if given.at >= until:
        return refuse(Code.TOO_LATE, until=until.isoformat())
    clocks = {f"contest:{do.shipment}": _contest_until(trade, given)}
    return [e.EvidenceShown(do.shipment, do.document, do.on, clocks)]


def contest_evidence(trade: Trade, do: c.ContestEvidence, given: Given) -> Decision:
    shipment = _claimed(trade, do.shipment, "claimed")
    if isinstance(shipment, Refusal):
        return shipment
    policy = given.policy(trade.deal.policy)
    days = policy.evidence_decision_working_days
    until = after_working_days(given.at, days, trade.deal.zone, given.calendar(policy))
    clocks = {f"decide:{do.shipment}": until}
    if trade.stage is Stage.LATE:
        clocks["choose"] = max(
            until, trade.clocks["choose"]
        )  # the buyer chooses once it is known what sailed
    return [e.EvidenceContested(do.shipment, do.reason, clocks)]


def confirm_evidence(trade: Trade, number: int, by: str, given: Given) -> Decision:
    shipment = _claimed(trade, number, "claimed", "contested")
    if isinstance(shipment, Refusal):
        return shipment
    confirmed = e.EvidenceConfirmed(number, by)  # type: ignore[arg-type]
    trade = evolve(trade, confirmed, given.at)
    if trade.stage is Stage.SHIPPED and all(
        one.status in ("confirmed", "rejected") for one in trade.shipments
    ):
        return [confirmed, *resolve(trade, given, "shipped")]
    return [confirmed]


def reject_evidence(trade: Trade, number: int, by: str, given: Given) -> Decision:
    shipment = _claimed(trade, number, "claimed", "contested")
    if isinstance(shipment, Refusal):
        return shipment
    assert trade.ship_by is not None
    clocks = {"ship_by": trade.ship_by} if trade.stage is Stage.SHIPPED else {}
    rejected = e.EvidenceRejected(number, by, clocks)  # type: ignore[arg-type]
    if trade.stage is Stage.LATE:
        return [rejected, *resolve(evolve(trade, rejected, given.at), given, "late_shipment")]
    return [rejected]
