"""What one side may do to a trade now: an offer for each command that the stage and the side allow.

The list derives from the domain's own tables, STAGES_OF and MAY. A command that gets no offer here must stand
in ELSEWHERE with its reason, so that a new one cannot be forgotten. What moves money by judgement an operator
can only propose: the offer then asks for a reason and becomes a pending approval.
"""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from tradehold.domain import trade_commands as c
from tradehold.domain.authority import MAY
from tradehold.domain.calendar import after_days
from tradehold.domain.command import Duty, Side
from tradehold.domain.payment import missing
from tradehold.domain.settlement import inspection_open
from tradehold.domain.shipment import open_quantities
from tradehold.domain.trade import STAGES_OF, THAWLESS, Stage
from tradehold.domain.trade_events import Shipped
from tradehold.web import words
from tradehold.web.agreeing import AGREEING
from tradehold.web.forms import Typed, Wrong, choice, day, number, text, whole
from tradehold.web.offer import Action, Field, Offer
from tradehold.web.sheet import Sheet


def _accept_short(sheet: Sheet) -> list[Offer]:
    t, trade = sheet.t, sheet.trade
    reached = 0
    for due in trade.deal.schedule:
        if trade.paid == reached:
            return []
        reached += due.amount
        if trade.paid < reached:
            break
    short = missing(trade)
    if not short:
        return []
    summary = t("{amount} less is paid, and the trade goes on.", amount=sheet.say(short))
    return [Offer(t("Accept the shorter payment"), summary, t("Accept"), "banknote")]


def _each_waiting(sheet: Sheet, accept: bool) -> list[Offer]:
    t, found = sheet.t, []
    for one in sheet.trade.waiting:
        amount, payer = sheet.say(one.amount), one.payer.name
        hidden = {"number": str(one.receipt)}
        if accept:
            label = t("Accept {amount} from {payer}", amount=amount, payer=payer)
            found.append(
                Offer(
                    label, t("It then counts as the buyer's payment."), t("Propose"), "users", hidden=hidden
                )
            )
        else:
            label = t("Return {amount} to {payer}", amount=amount, payer=payer)
            found.append(
                Offer(label, t("It goes back where it came from."), t("Propose"), "undo-2", hidden=hidden)
            )
    return found


def _note_progress(sheet: Sheet) -> list[Offer]:
    t = sheet.t
    field = {"name": "text", "label": t("What has been done"), "type": "textarea", "required": True}
    summary = t("The buyer reads it in the record.")
    return [Offer(t("Note progress"), summary, t("Note it"), "file-text", [field])]


def _report_production(sheet: Sheet) -> list[Offer]:
    t = sheet.t
    if missing(sheet.trade):
        summary = t("All goods are made and packed. The balance then falls due.")
    else:
        summary = t("All goods are made and packed, and can ship.")
    return [Offer(t("Report the goods as made"), summary, t("Report"), "factory", kind="primary")]


def _contest_production(sheet: Sheet) -> list[Offer]:
    t, trade = sheet.t, sheet.trade
    if trade.contested or trade.produced is None:
        return []
    until = after_days(trade.produced, sheet.policy.production_contest_days, trade.deal.zone)
    if sheet.f.now >= until:
        return []
    summary = t("If the goods are not made: until {day}.", day=sheet.last_day(until))
    field = {"name": "reason", "label": t("What is wrong"), "type": "textarea", "required": True}
    return [Offer(t("Contest the production report"), summary, t("Contest"), "scale", [field])]


def _ship(sheet: Sheet) -> list[Offer]:
    t, trade = sheet.t, sheet.trade
    if missing(trade) or inspection_open(trade):
        return []
    fields: list[Field] = [
        {
            "name": f"quantity.{n}",
            "label": sheet.terms.lines[n].description,
            "unit": words.unit(t, sheet.terms.lines[n].unit),
            "start": words.quantity(left).replace(",", ""),
            "required": True,
        }
        for n, left in enumerate(open_quantities(trade))
        if left
    ]
    if not fields:
        return []
    modes = [{"value": code, "label": t(name)} for code, name in words.MODES.items()]
    fields += [
        {"name": "mode", "label": t("Transport"), "type": "select", "options": modes, "required": True},
        {"name": "carrier", "label": t("Carrier or vessel"), "required": True},
        {
            "name": "document",
            "label": t("Number of the transport document"),
            "hint": t("Without document and date the time of this entry counts as the ship date."),
        },
        {"name": "on", "label": t("Date of the transport document"), "type": "date"},
    ]
    summary = t("All at once or in parts, each with its transport document.")
    return [Offer(t("Record a shipment"), summary, t("Record the shipment"), "ship", fields, "primary")]


def _read_ship(sheet: Sheet, form: Typed) -> c.Ship:
    t = sheet.t
    goods = []
    for n in range(len(sheet.terms.lines)):
        name = f"quantity.{n}"
        if form.get(name) and form[name] != "0":
            thousandths = number(t, form, name).scaleb(3)
            if thousandths != int(thousandths):
                raise Wrong(**{name: t("At most three decimals.")})
            goods.append(Shipped(n, int(thousandths)))
    mode: Any = choice(t, form, "mode", words.MODES)
    on = day(t, form, "on") if form.get("on") else None
    document = text(t, form, "document", 200, required=False)
    return c.Ship(tuple(goods), text(t, form, "carrier", 200), mode, document, on)


def _show_evidence(sheet: Sheet) -> list[Offer]:
    t, found = sheet.t, []
    for one in sheet.trade.shipments:
        if one.status == "claimed" and one.source == "upload":
            fields: list[Field] = [
                {"name": "document", "label": t("Number of the transport document"), "required": True},
                {
                    "name": "on",
                    "label": t("Date of the transport document"),
                    "type": "date",
                    "required": True,
                },
            ]
            label = t("Show the document of shipment {number}", number=one.number)
            hours = sheet.policy.evidence_upload_hours
            summary = t("Within {hours} hours it may still give the ship date.", hours=hours)
            hidden = {"number": str(one.number)}
            found.append(Offer(label, summary, t("Show it"), "file-text", fields, hidden=hidden))
    return found


def _contest_evidence(sheet: Sheet) -> list[Offer]:
    t, found = sheet.t, []
    for one in sheet.trade.shipments:
        if one.status == "claimed":
            label = t("Contest shipment {number}", number=one.number)
            until = sheet.trade.clocks.get(f"contest:{one.number}")
            summary = t("If its evidence is wrong: until {day}.", day=sheet.last_day(until)) if until else ""
            field = {"name": "reason", "label": t("What is wrong"), "type": "textarea", "required": True}
            hidden = {"number": str(one.number)}
            found.append(Offer(label, summary, t("Contest"), "scale", [field], hidden=hidden))
    return found


def _judge_evidence(sheet: Sheet, confirm: bool) -> list[Offer]:
    t, found = sheet.t, []
    for one in sheet.trade.shipments:
        if one.status in ("claimed", "contested"):
            hidden = {"number": str(one.number)}
            if confirm:
                label, icon = (
                    t("Confirm the evidence of shipment {number}", number=one.number),
                    "circle-check",
                )
            else:
                label, icon = t("Reject the evidence of shipment {number}", number=one.number), "x"
            found.append(Offer(label, t("A second operator decides."), t("Propose"), icon, hidden=hidden))
    return found


def _take_refund(sheet: Sheet) -> list[Offer]:
    t = sheet.t
    if "prove" in sheet.trade.clocks:
        return []
    held = sheet.say(sheet.trade.held)
    summary = t("A fact, no negotiation: the date has passed. What shipped in time is still paid.")
    return [
        Offer(t("Take the refund"), summary, t("Refund up to {amount}", amount=held), "undo-2", kind="danger")
    ]


def _wait(sheet: Sheet) -> list[Offer]:
    t = sheet.t
    until = after_days(sheet.f.now, sheet.policy.overdue_silence_days, sheet.trade.deal.zone)
    if until <= sheet.trade.clocks.get("silence", until):
        return []
    summary = t("The supplier gets until {day}; you can still take the refund.", day=sheet.last_day(until))
    return [Offer(t("Wait a while longer"), summary, t("Wait"), "clock")]


def _accept_late(sheet: Sheet) -> list[Offer]:
    t, held = sheet.t, sheet.say(sheet.trade.held)
    summary = t("{amount} is released to the supplier.", amount=held)
    return [Offer(t("Take the late goods"), summary, t("Accept and release"), "circle-check", kind="primary")]


def _claim_late(sheet: Sheet) -> list[Offer]:
    t = sheet.t
    days = sheet.policy.goods_return_days
    summary = t("The goods or their documents must go back within {days} days.", days=days)
    return [Offer(t("Claim a refund"), summary, t("Claim the refund"), "undo-2", kind="danger")]


def _confirm_return(sheet: Sheet) -> list[Offer]:
    t, held = sheet.t, sheet.say(sheet.trade.held)
    summary = t("{amount} then goes back to {who}.", amount=held, who=sheet.buyer)
    return [Offer(t("Confirm that the goods are back"), summary, t("Confirm"), "package", kind="primary")]


def _freeze(sheet: Sheet) -> list[Offer]:
    t = sheet.t
    field = {"name": "reference", "label": t("Reference of the court or authority"), "required": True}
    summary = t("An order of a court or an authority: every clock stops, no money moves.")
    return [Offer(t("Lay a legal freeze"), summary, t("Propose"), "lock", [field])]


def _lift(sheet: Sheet) -> list[Offer]:
    """Those laid on this trade; one that was laid on a company is lifted there."""
    t = sheet.t
    summary = t("The clocks go on with the time that was left to them.")
    return [
        Offer(
            t("Lift the legal freeze {reference}", reference=one.reference), summary, t("Propose"), "undo-2",
            hidden={"reference": one.reference, "number": str(n)},
        )
        for n, one in enumerate(sheet.trade.freezes, 1)
        if not one.company
    ]  # fmt: skip


def _order(sheet: Sheet, form: Typed) -> tuple[str, str]:
    return text(sheet.t, form, "reference", 200), text(sheet.t, form, "reason")


def _numbered(make: Callable[[int], Any]) -> Callable[[Sheet, Typed], Any]:
    return lambda sheet, form: make(whole(sheet.t, form, "number"))


# In the order in which they are offered.
ACTIONS: dict[type[Any], Action] = {
    c.Confirm: AGREEING[c.Confirm],
    c.AgreeAmendment: AGREEING[c.AgreeAmendment],
    c.ReportProduction: Action(_report_production, lambda sheet, form: c.ReportProduction()),
    c.Ship: Action(_ship, _read_ship),
    c.ShowEvidence: Action(
        _show_evidence,
        lambda sheet, form: c.ShowEvidence(
            whole(sheet.t, form, "number"), text(sheet.t, form, "document", 200), day(sheet.t, form, "on")
        ),
    ),
    c.AcceptLate: Action(_accept_late, lambda sheet, form: c.AcceptLate()),
    c.ConfirmReturn: Action(_confirm_return, lambda sheet, form: c.ConfirmReturn()),
    c.TakeRefund: Action(_take_refund, lambda sheet, form: c.TakeRefund()),
    c.ClaimLate: Action(_claim_late, lambda sheet, form: c.ClaimLate()),
    c.AcceptShort: Action(_accept_short, lambda sheet, form: c.AcceptShort()),
    c.ContestEvidence: Action(
        _contest_evidence,
        lambda sheet, form: c.ContestEvidence(whole(sheet.t, form, "number"), text(sheet.t, form, "reason")),
    ),
    c.ContestProduction: Action(
        _contest_production, lambda sheet, form: c.ContestProduction(text(sheet.t, form, "reason"))
    ),
    c.NoteProgress: Action(_note_progress, lambda sheet, form: c.NoteProgress(text(sheet.t, form, "text"))),
    c.Wait: Action(_wait, lambda sheet, form: c.Wait()),
    c.Amend: AGREEING[c.Amend],
    c.DeclineAmendment: AGREEING[c.DeclineAmendment],
    c.ExtendPayment: AGREEING[c.ExtendPayment],
    c.WaiveInspection: AGREEING[c.WaiveInspection],
    c.AcceptPayer: Action(lambda sheet: _each_waiting(sheet, True), _numbered(c.AcceptPayer)),
    c.ReturnPayment: Action(lambda sheet: _each_waiting(sheet, False), _numbered(c.ReturnPayment)),
    c.ConfirmEvidence: Action(lambda sheet: _judge_evidence(sheet, True), _numbered(c.ConfirmEvidence)),
    c.RejectEvidence: Action(lambda sheet: _judge_evidence(sheet, False), _numbered(c.RejectEvidence)),
    c.Withdraw: AGREEING[c.Withdraw],
    c.Freeze: Action(_freeze, lambda sheet, form: c.Freeze(*_order(sheet, form))),
    c.Lift: Action(_lift, lambda sheet, form: c.Lift(*_order(sheet, form))),
}
ELSEWHERE: dict[type[Any], str] = {
    c.Draft: "has a page of its own",
    c.Revise: "has a page of its own",
    c.SendMessage: "has a page of its own, the thread",
    c.ReceivePayment: "comes from the bank",
    c.ReversePayment: "comes from the bank",
    c.PassDeadline: "comes from the clock",
    c.CloseObligation: "comes from the payout",
    c.ReopenObligation: "comes from the payout",
}


def tag(do: type[Any]) -> str:
    return str(do.__struct_config__.tag)


BY_TAG = {tag(do): do for do in ACTIONS}


def proposes(sheet: Sheet, do: type[Any]) -> bool:
    """Whether this reader can only propose it to a second person."""
    sides = MAY[do].sides
    return sheet.side is Side.OPERATOR and Side.PAIR in sides and Side.OPERATOR not in sides


def offered(sheet: Sheet, do: type[Any]) -> list[Offer]:
    if sheet.trade.stage not in STAGES_OF[do] or not (sheet.side in MAY[do].sides or proposes(sheet, do)):
        return []
    if sheet.trade.freezes and do not in THAWLESS:
        return []
    if not sheet.has(MAY[do].duty):
        return []
    found = ACTIONS[do].offers(sheet)
    if not proposes(sheet, do):
        return found
    t = sheet.t
    reason = {
        "name": "reason",
        "label": t("Reason, for the second person"),
        "type": "textarea",
        "required": True,
    }
    return [replace(one, fields=[*one.fields, reason], button=t("Propose"), kind="quiet") for one in found]


def offer_id(do: type[Any], offer: Offer) -> str:
    marks = [offer.hidden[name] for name in ("revision", "number") if name in offer.hidden]
    return "-".join([tag(do), *marks])


def can_revise(sheet: Sheet) -> bool:
    trade = sheet.trade
    free = not trade.payments and not trade.waiting
    return (
        sheet.side in MAY[c.Revise].sides
        and sheet.has(Duty.TRADE)
        and trade.stage in (Stage.DRAFT, Stage.CONFIRMED)
        and free
    )
