"""The record told: every event of a trade as one sentence, with the icon it stands under."""

from typing import assert_never

import msgspec

from tradehold.domain import trade_events as e
from tradehold.domain.command import Side
from tradehold.web import i18n, words
from tradehold.web.sheet import Sheet


class Told(msgspec.Struct, frozen=True):
    text: str
    icon: str
    note: str = ""


def tell(sheet: Sheet, event: e.TradeEvent) -> Told:
    match event:
        case (
            e.Drafted() | e.Revised() | e.Confirmed() | e.Agreed() | e.Withdrawn() | e.Lapsed()
            | e.AmendmentProposed() | e.AmendmentDeclined() | e.Amended()
        ):  # fmt: skip
            return _contract(sheet, event)
        case (
            e.PaymentExtended() | e.PaymentHeld() | e.PaymentReturned() | e.PaymentSuspended()
            | e.PayerAccepted() | e.PaymentReversed() | e.ShortAccepted() | e.InitialPaid() | e.FullyPaid()
        ):  # fmt: skip
            return _payment(sheet, event)
        case (
            e.ProgressNoted() | e.ProductionReported() | e.ReadyToShip() | e.InspectionWaived()
            | e.ProductionContested() | e.GoodsShipped() | e.AllShipped() | e.EvidenceShown()
            | e.EvidenceContested() | e.EvidenceConfirmed() | e.EvidenceRejected()
        ):  # fmt: skip
            return _goods(sheet, event)
        case (
            e.WentOverdue() | e.ProofEnded() | e.Waited() | e.Resumed() | e.WentLate() | e.RefundClaimed()
            | e.PartSettled() | e.SettlementDecided() | e.ObligationClosed() | e.ObligationReopened()
            | e.Settled()
        ):  # fmt: skip
            return _settlement(sheet, event)
        case e.MessageSent() | e.TradeFrozen() | e.TradeLifted():
            return _aside(sheet, event)
        case _:
            assert_never(event)


def _aside(sheet: Sheet, event: e.MessageSent | e.TradeFrozen | e.TradeLifted) -> Told:
    t = sheet.t
    match event:
        case e.MessageSent():
            who = t("The platform") if event.by is Side.OPERATOR else sheet.party(event.by)
            return Told(t("{who} wrote in the trade's thread.", who=who), "message-square")
        case e.TradeFrozen():
            text = t("A legal freeze ({reference}) stopped every clock.", reference=event.order.reference)
            return Told(text, "lock", event.order.reason)
        case e.TradeLifted():
            return Told(t("The legal freeze {reference} was lifted.", reference=event.reference), "lock-open")


def _contract(
    sheet: Sheet,
    event: e.Drafted | e.Revised | e.Confirmed | e.Agreed | e.Withdrawn | e.Lapsed
    | e.AmendmentProposed | e.AmendmentDeclined | e.Amended,
) -> Told:  # fmt: skip
    t = sheet.t
    match event:
        case e.Drafted():
            return Told(t("{who} drafted the contract.", who=sheet.party(event.by)), "file-text")
        case e.Revised():
            return Told(
                t("{who} wrote revision {number}.", who=sheet.party(event.by), number=event.revision),
                "file-text",
            )
        case e.Confirmed():
            return Told(
                t("{who} confirmed revision {number}.", who=sheet.party(event.by), number=event.revision),
                "check",
            )
        case e.Agreed():
            return Told(
                t("Both sides confirmed revision {number}: the contract stands.", number=event.revision),
                "handshake",
                t("Cover of {amount} was reserved.", amount=sheet.say(event.cover)),
            )
        case e.Withdrawn():
            return Told(t("{who} withdrew.", who=sheet.party(event.by)), "x")
        case e.Lapsed():
            silence = t("Nobody answered in time, so the draft lapsed.")
            unpaid = t("The payment did not come in time, so the trade lapsed.")
            return Told(silence if event.reason == "silence" else unpaid, "clock")
        case e.AmendmentProposed():
            text = t("{who} proposed an amendment.", who=sheet.party(event.by))
            return Told(text, "calendar-clock", event.reason)
        case e.AmendmentDeclined():
            return Told(t("{who} declined the amendment.", who=sheet.party(event.by)), "x")
        case e.Amended():
            note = (
                t("Goods must now ship by {day}.", day=sheet.last_day(event.ship_by)) if event.ship_by else ""
            )
            text = t("Both sides agreed to the amendment: revision {number} stands.", number=event.revision)
            return Told(text, "handshake", note)
        case _:
            assert_never(event)


def _payment(
    sheet: Sheet,
    event: e.PaymentExtended | e.PaymentHeld | e.PaymentReturned | e.PaymentSuspended | e.PayerAccepted
    | e.PaymentReversed | e.ShortAccepted | e.InitialPaid | e.FullyPaid,
) -> Told:  # fmt: skip
    t, say = sheet.t, sheet.say
    match event:
        case e.PaymentExtended():
            return Told(t("{who} extended the time to pay.", who=sheet.party(event.by)), "calendar-clock")
        case e.PaymentHeld():
            note = {
                "short": t("Less than was due: the rest is still awaited."),
                "split": t("Together with earlier payments."),
                "paid": "",
            }[event.outcome]
            topped = event.contributed + event.topped
            if topped:
                note = t("A bank kept {amount} on the way; the platform makes up for it.", amount=say(topped))
            return Told(_arrived(sheet, event), "banknote", note)
        case e.PaymentReturned():
            [owed, *_] = event.owes
            amount = sheet.f.money(owed.amount.minor, owed.amount.currency)
            text = t("{amount} goes back to its payer.", amount=amount)
            because = t("Because {reason}.", reason=words.reason(t, owed.reason))
            return Told(text, "undo-2", because)
        case e.PaymentSuspended():
            text = t(
                "{amount} came from {payer}, who is not the buyer. It waits for a check.",
                amount=say(event.amount),
                payer=event.payer.name,
            )
            return Told(text, "search")
        case e.PayerAccepted():
            text = t("The payment of {amount} by a third party was accepted.", amount=say(event.amount))
            return Told(text, "users")
        case e.PaymentReversed():
            lost = event.lost.minor if event.lost else 0
            gone = event.from_hold + event.from_suspense + event.from_supplier + lost
            return Told(t("The bank took {amount} back.", amount=say(gone)), "triangle-alert")
        case e.ShortAccepted():
            text = t("{who} accepted that {amount} is missing.", who=sheet.supplier, amount=say(event.amount))
            return Told(text, "check")
        case e.InitialPaid():
            note = t("Goods must ship by {day}.", day=sheet.last_day(event.ship_by))
            return Told(t("The initial payment is complete: production may begin."), "factory", note)
        case e.FullyPaid():
            note = t("Goods must ship by {day}.", day=sheet.last_day(event.ship_by))
            return Told(t("Everything is paid."), "circle-check", note)
        case _:
            assert_never(event)


def _arrived(sheet: Sheet, event: e.PaymentHeld) -> str:
    t, held, passed = sheet.t, sheet.say(event.amount), sheet.say(event.passed)
    if not event.passed:
        return t("{amount} arrived by wire and is held.", amount=held)
    if not event.amount:
        return t("{amount} arrived by wire and goes on to the supplier: it is unprotected.", amount=passed)
    return t(
        "{whole} arrived by wire: {held} is held, {passed} goes on to the supplier and is unprotected.",
        whole=sheet.say(event.amount + event.passed),
        held=held,
        passed=passed,
    )


def _goods(
    sheet: Sheet,
    event: e.ProgressNoted | e.ProductionReported | e.ReadyToShip | e.InspectionWaived
    | e.ProductionContested | e.GoodsShipped | e.AllShipped | e.EvidenceShown | e.EvidenceContested
    | e.EvidenceConfirmed | e.EvidenceRejected,
) -> Told:  # fmt: skip
    t = sheet.t
    match event:
        case e.ProgressNoted():
            return Told(t("{who} noted progress.", who=sheet.supplier), "factory", event.text)
        case e.ProductionReported():
            return Told(t("{who} reported the goods as made.", who=sheet.supplier), "factory")
        case e.ReadyToShip():
            return Told(t("The goods are made and paid: they can ship."), "package")
        case e.InspectionWaived():
            if event.by is Side.BUYER:
                return Told(t("{who} goes without the inspection.", who=sheet.buyer), "scale")
            return Told(t("No inspection was booked in time: it is waived."), "clock")
        case e.ProductionContested():
            text = t("{who} contested the production report.", who=sheet.buyer)
            return Told(text, "scale", event.reason)
        case e.GoodsShipped():
            text = t(
                "{who} shipped {goods} {mode}, dated {day}.",
                who=sheet.supplier,
                goods=goods(sheet, event.shipment.goods),
                mode=t(words.MODES.get(event.mode, event.mode)),
                day=i18n.short_day(event.shipment.on, t.locale),
            )
            return Told(text, "ship", " · ".join(one for one in (event.carrier, event.document) if one))
        case e.AllShipped():
            return Told(t("All goods are on their way."), "package")
        case e.EvidenceShown():
            text = t(
                "The transport document of shipment {number} gives its date as {day}.",
                number=event.shipment,
                day=i18n.short_day(event.on, t.locale),
            )
            return Told(text, "file-text", event.document)
        case e.EvidenceContested():
            text = t("{who} contested shipment {number}.", who=sheet.buyer, number=event.shipment)
            return Told(text, "scale", event.reason)
        case e.EvidenceConfirmed():
            silent = t("Nobody contested shipment {number}: its evidence counts.", number=event.shipment)
            judged = t("Two operators confirmed shipment {number}.", number=event.shipment)
            return Told(silent if event.by == "silence" else judged, "circle-check")
        case e.EvidenceRejected():
            silent = t(
                "Nobody confirmed contested shipment {number}: it does not count.", number=event.shipment
            )
            judged = t("Two operators rejected shipment {number}.", number=event.shipment)
            return Told(silent if event.by == "silence" else judged, "x")
        case _:
            assert_never(event)


def goods(sheet: Sheet, shipped: tuple[e.Shipped, ...]) -> str:
    """ "2,000 pieces of “T-shirt” and 500 of “Cap”"."""
    t = sheet.t
    return t(", ").join(
        t(
            "{quantity} {unit} of {goods}",
            quantity=words.quantity(part.quantity),
            unit=words.unit(t, sheet.terms.lines[part.line].unit),
            goods=sheet.terms.lines[part.line].description,
        )
        for part in shipped
    )


def _settlement(
    sheet: Sheet,
    event: e.WentOverdue | e.ProofEnded | e.Waited | e.Resumed | e.WentLate | e.RefundClaimed
    | e.PartSettled | e.SettlementDecided | e.ObligationClosed | e.ObligationReopened | e.Settled,
) -> Told:  # fmt: skip
    t = sheet.t
    match event:
        case e.WentOverdue():
            return Told(t("The ship-by date passed without shipment."), "triangle-alert")
        case e.ProofEnded():
            return Told(t("The time to show a shipment in time is over."), "clock")
        case e.Waited():
            return Told(t("{who} gives the supplier more time.", who=sheet.buyer), "clock")
        case e.Resumed():
            return Told(t("The new date lies ahead: the trade goes on."), "arrow-right")
        case e.WentLate():
            names = t(", ").join(sheet.terms.lines[n].description for n in event.lines)
            return Told(t("Shipped late: {goods}.", goods=names), "triangle-alert")
        case e.RefundClaimed():
            text = t("{who} claims a refund: goods or documents must come back first.", who=sheet.buyer)
            return Told(text, "undo-2")
        case e.PartSettled():
            return Told(t("Part of the goods is settled."), "scale", _amounts(sheet, event.owes))
        case e.SettlementDecided():
            text = t("It is decided, because {reason}.", reason=words.reason(t, event.reason))
            return Told(text, "scale", _decided(sheet, event))
        case e.ObligationClosed():
            return _closed(sheet, event)
        case e.ObligationReopened():
            text = t("The bank sent a transfer back; it is paid anew.")
            return Told(text, "undo-2", event.reason)
        case e.Settled():
            return Told(t("Nothing is held and nothing is owed any more."), "circle-check")
        case _:
            assert_never(event)


def _decided(sheet: Sheet, event: e.SettlementDecided) -> str:
    amounts, passed = _amounts(sheet, event.owes), sheet.trade.passed
    if not passed or all(owed.receipt is None for owed in event.owes):
        return amounts
    kept = sheet.t("{amount} was unprotected and stays with the supplier", amount=sheet.say(passed))
    return sheet.t(", ").join((amounts, kept))


def _closed(sheet: Sheet, event: e.ObligationClosed) -> Told:
    t = sheet.t
    owed = next((one for one in sheet.trade.obligations if one.number == event.number), None)
    if owed is None:
        return Told(t("A transfer was executed."), "landmark")
    amount = sheet.f.money(owed.amount.minor, owed.amount.currency)
    to = sheet.supplier if owed.receipt is None else (owed.payer.name if owed.payer else "") or sheet.buyer
    if not event.paid:
        return Told(t("{amount} for {who} stands unclaimed.", amount=amount, who=to), "inbox")
    note = t("Bank reference {reference}", reference=event.reference) if event.reference else ""
    return Told(t("The bank paid {amount} to {who}.", amount=amount, who=to), "landmark", note)


def _amounts(sheet: Sheet, owes: tuple[e.Obligation, ...]) -> str:
    t = sheet.t
    to_supplier = sum(owed.amount.minor for owed in owes if owed.receipt is None)
    back = sum(owed.amount.minor for owed in owes if owed.receipt is not None)
    parts = []
    if to_supplier:
        parts.append(t("{amount} to the supplier", amount=sheet.say(to_supplier)))
    if back:
        parts.append(t("{amount} back to the buyer", amount=sheet.say(back)))
    return t(", ").join(parts)
