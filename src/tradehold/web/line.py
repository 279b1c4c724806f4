"""The drawn line from contract to payout: six steps, each done, here, failed or still ahead."""

from datetime import datetime

from tradehold.domain.payment import missing_in_all
from tradehold.domain.shipment import open_quantities
from tradehold.domain.trade import Stage, Trade
from tradehold.domain.trade_events import Outcome, PartSettled, SettlementDecided
from tradehold.web import i18n
from tradehold.web.i18n import Translator
from tradehold.web.sheet import INSTANT, Sheet

_HERE = {
    Stage.DRAFT: 0, Stage.CONFIRMED: 1, Stage.PRODUCING: 2, Stage.PRODUCED: 1, Stage.READY: 3,
    Stage.SHIPPED: 4, Stage.RETURNING: 4, Stage.SETTLING: 5,
}  # fmt: skip
_WENT_WRONG = {Stage.OVERDUE: 3, Stage.LATE: 3}
Step = dict[str, str]


def states(trade: Trade) -> list[str]:
    shipped = bool(trade.shipments) and not any(open_quantities(trade))
    done = [
        trade.agreed is not None,
        trade.agreed is not None and not missing_in_all(trade) and trade.lacking is None,
        trade.produced is not None or shipped,
        shipped,
        trade.outcome in (Outcome.RELEASED, Outcome.REFUNDED, Outcome.SPLIT),
        trade.stage is Stage.SETTLED and trade.outcome is not Outcome.WITHDRAWN,
    ]
    found = ["done" if one else "ahead" for one in done]
    if trade.stage in _WENT_WRONG:
        found[_WENT_WRONG[trade.stage]] = "failed"
    elif trade.stage in _HERE:
        found[_HERE[trade.stage]] = "here"
    if trade.outcome and "ahead" in found[:4]:
        found[found.index("ahead")] = "failed"
        if trade.outcome in (Outcome.LAPSED, Outcome.WITHDRAWN):
            found[4] = "ahead"
            found[5] = found[5] if trade.stage is Stage.SETTLING else "ahead"
    return found


def labels(trade: Trade, t: Translator) -> list[str]:
    last = t("Released")
    if trade.outcome is Outcome.REFUNDED:
        last = t("Refunded")
    elif trade.outcome is Outcome.SPLIT:
        last = t("Divided")
    return [t("Contract"), t("Paid"), t("Made"), t("Shipped"), last, t("Paid out")]


def steps(sheet: Sheet) -> list[Step]:
    trade, t = sheet.trade, sheet.t
    notes = [_agreed(sheet), _paid(sheet), _day(sheet, trade.produced), _shipped(sheet), _decided(sheet), ""]
    if trade.stage is Stage.SETTLED and sheet.history:
        notes[5] = sheet.short_day(sheet.history[-1].at)
    return [
        {"label": label, "note": note, "state": state}
        for label, note, state in zip(labels(trade, t), notes, states(trade), strict=True)
    ]


def small_steps(trade: Trade) -> list[Step]:
    return [{"state": state} for state in states(trade)]


def _day(sheet: Sheet, moment: datetime | None) -> str:
    return sheet.short_day(moment) if moment else ""


def _agreed(sheet: Sheet) -> str:
    t, trade = sheet.t, sheet.trade
    if trade.agreed:
        return t("both confirmed, {day}", day=sheet.short_day(trade.agreed))
    return t("{part} of {whole}", part=len(trade.confirmed_by), whole=2)


def _paid(sheet: Sheet) -> str:
    trade = sheet.trade
    if trade.complete and not missing_in_all(trade):
        return sheet.short_day(trade.complete)
    if trade.agreed is None or not trade.paid:
        return ""
    share = f"{trade.paid * 100 // trade.deal.total} %"
    return sheet.t("{part} of {whole}", part=share, whole=sheet.say(trade.deal.total))


def _shipped(sheet: Sheet) -> str:
    trade, t = sheet.trade, sheet.t
    shipped = [one for one in trade.shipments if one.status != "rejected"]
    if shipped and not any(open_quantities(trade)):
        return i18n.short_day(max(one.on for one in shipped), t.locale)
    return t("by {day}", day=sheet.short_day(trade.ship_by - INSTANT)) if trade.ship_by else ""


def _decided(sheet: Sheet) -> str:
    decided = [one for one in sheet.history if isinstance(one.event, SettlementDecided | PartSettled)]
    return sheet.short_day(decided[-1].at) if decided else ""
