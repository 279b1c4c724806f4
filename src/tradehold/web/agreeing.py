"""What the two sides do until they agree, and to agree anew: confirming, amending, waiving, withdrawing."""

from typing import Any

from msgspec.structs import replace

from tradehold.domain import risk
from tradehold.domain import trade_commands as c
from tradehold.domain.command import Side
from tradehold.domain.contract import ShipBy, Terms
from tradehold.domain.identity import public_id
from tradehold.domain.settlement import inspection_open
from tradehold.web import concerned, revisions, risks
from tradehold.web.forms import Typed, Wrong, day, text, whole
from tradehold.web.i18n import Translator
from tradehold.web.offer import Action, Field, Offer
from tradehold.web.sheet import Sheet


def _confirm(sheet: Sheet) -> list[Offer]:
    t, trade = sheet.t, sheet.trade
    if sheet.side in trade.confirmed_by:
        return []
    total = sheet.say(trade.deal.total)
    read = t("I have read the contract, and I know that without an inspection quality is not protected.")
    if trade.deal.inspected:
        read = t(
            "I have read the contract, and I know that only what the inspection can decide is protected."
        )
    box: Field = {
        "name": "known",
        "label": read,
        "type": "checkbox",
        "required": True,
    }
    fields = [box, *_risks(sheet, sheet.terms)]
    if trade.deal.pass_through and sheet.side is Side.BUYER:
        passed = sheet.say(trade.deal.pass_through)
        label = t("I accept that {amount} goes on to the supplier unheld and unprotected.", amount=passed)
        fields.append({"name": "unprotected", "label": label, "type": "checkbox", "required": True})
    return [
        Offer(
            t("Confirm revision {number}", number=trade.revision),
            t("Once both sides have confirmed it, the contract over {total} stands.", total=total),
            t("Confirm revision {number}", number=trade.revision),
            "handshake",
            fields,
            "primary",
            {"revision": str(trade.revision), "hash": trade.hash},
            _papers(sheet, sheet.trade.hash),
        )
    ]


def _read_confirm(sheet: Sheet, form: Typed) -> c.Confirm:
    asked = [field["name"] for offer in _confirm(sheet) for field in offer.fields]
    unticked = {name: sheet.t("Please tick this first.") for name in asked if not form.get(name)}
    if unticked:
        raise Wrong(**unticked)
    revision, accepted = whole(sheet.t, form, "revision"), bool(form.get("unprotected"))
    return c.Confirm(revision, form.get("hash", ""), accepted, _known(form))


def _risks(sheet: Sheet, terms: Terms) -> list[Field]:
    """One box for each class of what the contract leaves unprotected, with what it is about."""
    which = concerned.said(sheet.t, terms, sheet.knowledge) if terms.risks else {}
    return [
        {
            "name": f"risk.{code}",
            "label": risks.acknowledge(sheet.t, code),
            "hint": which.get(code, ""),
            "type": "checkbox",
            "required": True,
        }
        for code in terms.risks
    ]


def _papers(sheet: Sheet, digest: str) -> list[Field]:
    """Where the revision of that hash is read whole before it is agreed to."""
    t, one = sheet.t, revisions.of_hash(sheet, digest)
    if one is None:
        return []
    whole = {
        "href": f"/trades/{public_id(sheet.ref)}/contract?revision={one.place}",
        "label": t("Read it whole"),
    }
    return [whole, *revisions.papers(sheet, one.place)]


def _known(form: Typed) -> tuple[str, ...]:
    return tuple(name.removeprefix("risk.") for name in form if name.startswith("risk.") and form[name])


def _withdraw(sheet: Sheet) -> list[Offer]:
    t = sheet.t
    summary = t("The draft ends, and nothing is owed by anybody.")
    return [Offer(t("Withdraw the draft"), summary, t("Withdraw"), "x", kind="danger")]


def _extend_payment(sheet: Sheet) -> list[Offer]:
    t, most = sheet.t, sheet.policy.initial_payment_extended_days
    field = {"name": "days", "label": t("Days more"), "type": "number", "required": True, "start": "7"}
    return [
        Offer(
            t("Give more time to pay"),
            t("At most {days} days from confirmation in all.", days=most),
            t("Extend"),
            "calendar-clock",
            [field],
        )
    ]


def _amend(sheet: Sheet) -> list[Offer]:
    t, trade = sheet.t, sheet.trade
    if trade.amendment:
        return []
    fields = [
        {
            "name": "ship_by",
            "label": t("New ship-by date"),
            "hint": t("It ends at 24:00 at the place of shipment."),
            "type": "date",
            "required": True,
        },
        {"name": "reason", "label": t("Why"), "type": "textarea", "required": True},
    ]
    summary = t(
        "An amendment that both sides agree to; at most {days} days in all.", days=sheet.policy.extension_days
    )
    return [
        Offer(t("Agree a later ship-by date"), summary, t("Propose the new date"), "calendar-clock", fields)
    ]


def _read_amend(sheet: Sheet, form: Typed) -> c.Amend:
    changed = replace(sheet.terms, ship_by=ShipBy(on=day(sheet.t, form, "ship_by")))
    terms = replace(changed, risks=risk.risks(changed, sheet.knowledge))
    return c.Amend(sheet.trade.revision, terms, text(sheet.t, form, "reason"))


def _answer_amendment(sheet: Sheet, agree: bool) -> list[Offer]:
    t, amendment = sheet.t, sheet.trade.amendment
    if amendment is None or (agree and amendment.by is sheet.side):
        return []
    hidden = {"revision": str(amendment.revision), "hash": amendment.hash}
    if agree:
        proposed = revisions.of_hash(sheet, amendment.hash)
        summary = t("Revision {number} then stands for both.", number=amendment.revision)
        return [
            Offer(
                t("Agree to the amendment"),
                summary,
                t("Agree"),
                "handshake",
                _risks(sheet, proposed.terms) if proposed else [],
                "primary",
                hidden,
                _papers(sheet, amendment.hash),
            )
        ]
    mine = amendment.by is sheet.side
    label = t("Take the amendment back") if mine else t("Decline the amendment")
    return [Offer(label, t("The contract stays as it is."), label, "x", hidden=hidden)]


def _read_agree(sheet: Sheet, form: Typed) -> c.AgreeAmendment:
    known = _known(form)
    amendment = sheet.trade.amendment
    asked = amendment.deal.risks if amendment else ()
    unticked = {f"risk.{one}": sheet.t("Please tick this first.") for one in asked if one not in known}
    if unticked:
        raise Wrong(**unticked)
    return c.AgreeAmendment(_revision(sheet.t, form), form.get("hash", ""), known)


def _revision(t: Translator, form: Typed) -> int:
    return whole(t, form, "revision")


def _waive_inspection(sheet: Sheet) -> list[Offer]:
    t = sheet.t
    if not inspection_open(sheet.trade):
        return []
    summary = t("The goods can then ship unseen: a claim about quality has no ground.")
    return [Offer(t("Go without the inspection"), summary, t("Waive it"), "scale", kind="danger")]


# What is agreed between the two sides, in the order in which it is offered.
AGREEING: dict[type[Any], Action] = {
    c.Confirm: Action(_confirm, _read_confirm),
    c.AgreeAmendment: Action(lambda sheet: _answer_amendment(sheet, True), _read_agree),
    c.Amend: Action(_amend, _read_amend),
    c.DeclineAmendment: Action(
        lambda sheet: _answer_amendment(sheet, False),
        lambda sheet, form: c.DeclineAmendment(_revision(sheet.t, form)),
    ),
    c.ExtendPayment: Action(
        _extend_payment, lambda sheet, form: c.ExtendPayment(whole(sheet.t, form, "days"))
    ),
    c.WaiveInspection: Action(_waive_inspection, lambda sheet, form: c.WaiveInspection()),
    c.Withdraw: Action(_withdraw, lambda sheet, form: c.Withdraw()),
}
