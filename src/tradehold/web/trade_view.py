"""Everything the trade page shows, decided here; the template only lays it out."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from markupsafe import Markup

from tradehold.domain import trade_events as e
from tradehold.domain.calendar import after_days
from tradehold.domain.command import Side
from tradehold.domain.contract import thousandths
from tradehold.domain.identity import Kind, public_id
from tradehold.domain.money import Money, plain
from tradehold.domain.payment import missing, missing_in_all
from tradehold.domain.settlement import ship_by_day
from tradehold.domain.trade import Stage
from tradehold.store.views import PostingRow
from tradehold.web import actions, contract_view, line, now, revisions, story, terms, unprotected, words
from tradehold.web.forms import new_key
from tradehold.web.render import Form
from tradehold.web.sheet import INSTANT, Sheet

View = dict[str, Any]


def view(
    sheet: Sheet, version: int, postings: Sequence[PostingRow], form: Form, which: str,
    at_hand: Collection[str] = (),
) -> View:  # fmt: skip
    """`form` is the refused form of the offer `which`, or an empty one; `at_hand` the hashes of the files
    that can be opened here."""
    t, ref = sheet.t, public_id(sheet.ref)
    offers = _actions(sheet, ref, form, which)
    return {
        **head(sheet, version),
        "now": now.panel(sheet, {one["id"]: one["label"] for one in offers}),
        "steps": line.steps(sheet),
        "money": _money(sheet, postings, ref),
        "lines": [_line(sheet, number) for number in range(len(sheet.terms.lines))],
        "schedule": _schedule(sheet),
        "shipments": _shipments(sheet),
        "deadlines": _deadlines(sheet),
        "actions": offers,
        "revise_url": f"/trades/{ref}/revise" if actions.can_revise(sheet) else None,
        "proposed": revisions.newest(sheet),
        "contract": contract_view.view(sheet, sheet.terms, at_hand, contract_view.FIRST),
        "papers": revisions.papers(sheet),
        "entries": _entries(sheet),
        "terms": terms.facts(t, sheet.terms),
        "revision": sheet.trade.revision,
        "hash": sheet.trade.hash,
        "draft": sheet.trade.stage is Stage.DRAFT,
    }


def head(sheet: Sheet, version: int) -> View:
    """What stands above every page of the trade, and where the page hears of changes."""
    ref = public_id(sheet.ref)
    return {
        "url": f"/trades/{ref}",
        "events_url": f"/trades/{ref}/events?seen={version}",
        "reference": sheet.reference,
        "title": sheet.terms.title,
        "relation": _relation(sheet),
        "tags": _tags(sheet),
    }


def _relation(sheet: Sheet) -> str:
    t = sheet.t
    supplier = Markup('<a href="/suppliers/{}">{}</a>').format(sheet.ref.owner, sheet.supplier)
    if sheet.side is Side.BUYER:
        return t("You buy from {who}", who=supplier)
    if sheet.side is Side.SUPPLIER:
        return t("You sell to {who}", who=sheet.buyer)
    return t("{buyer} buys from {supplier}", buyer=sheet.buyer, supplier=supplier)


def _tags(sheet: Sheet) -> list[View]:
    t, trade = sheet.t, sheet.trade
    delivery = f"{sheet.terms.incoterm} {sheet.terms.place}"
    found = [{"text": delivery, "kind": "plain"}]
    above = unprotected.label(sheet.f, trade.deal)
    if above:
        found.append({"text": above, "kind": "warn"})
    if trade.outcome:
        found.append({"text": t(words.OUTCOMES[trade.outcome]), "kind": "held"})
    if trade.stage in (Stage.OVERDUE, Stage.LATE):
        found.append({"text": t(words.STAGES[trade.stage]), "kind": "bad"})
    return found


def _actions(sheet: Sheet, ref: str, form: Form, which: str) -> list[View]:
    found = []
    for do in actions.ACTIONS:
        for offer in actions.offered(sheet, do):
            name = actions.offer_id(do, offer)
            found.append(
                {
                    "id": name,
                    "label": offer.label,
                    "summary": offer.summary,
                    "kind": offer.kind,
                    "url": f"/trades/{ref}/{actions.tag(do)}#action-{name}",
                    "button": offer.button,
                    "icon": offer.icon,
                    "open": name == which,
                    "key": new_key(),
                    "form": form if name == which else Form(),
                    "fields": offer.fields,
                    "hidden": offer.hidden,
                    "papers": offer.papers,
                }
            )
    return found


def _money(sheet: Sheet, postings: Sequence[PostingRow], ref: str) -> View:
    t, trade = sheet.t, sheet.trade
    over = trade.stage in (Stage.SETTLING, Stage.SETTLED)
    awaited = 0 if over else missing_in_all(trade)
    headline, label = _headline(sheet)
    due = None if over or trade.stage is Stage.DRAFT else _due(sheet)
    return {
        "currency": trade.deal.currency,
        "headline": sheet.money(headline),
        "headline_label": label,
        "parts": [
            {"kind": "held", "label": t("Held"), "money": sheet.money(trade.held)},
            {
                "kind": "released",
                "label": t("Released to the supplier"),
                "money": sheet.money(trade.released),
            },
            {"kind": "refunded", "label": t("Refunded to the buyer"), "money": sheet.money(trade.refunded)},
            *unprotected.parts(sheet),
            {"kind": "awaited", "label": t("Still to be paid"), "money": sheet.money(awaited)},
        ],
        "unprotected": unprotected.sentence(sheet),
        "due": due,
        "facts": _where(sheet),
        "last_day": _last_day(sheet),
        "slip": _slip(sheet) if due and sheet.side is Side.BUYER and sheet.account else None,
        "postings": [
            {
                "at": one.at,
                "why": words.posting(t, one.debit, one.credit, of_trade=one.ref.kind is Kind.TRADE),
                "debit": t(words.ACCOUNTS[one.debit]),
                "credit": t(words.ACCOUNTS[one.credit]),
                "money": Money(one.minor, one.currency),
            }
            for one in postings
        ],
        "download_url": f"/trades/{ref}/record.json",
    }


def _headline(sheet: Sheet) -> tuple[int, str]:
    t, trade = sheet.t, sheet.trade
    if trade.held and trade.released + trade.refunded:
        return trade.held, t("still held, the rest is settled")
    if trade.held:
        return trade.held, t("held, nothing released")
    if trade.released and trade.refunded:
        return trade.released + trade.refunded, t("settled between both sides")
    if trade.released:
        paid = all(owed.state == "paid" for owed in trade.obligations if owed.receipt is None)
        return trade.released, t("released and paid out") if paid else t("released, on its way")
    if trade.refunded:
        paid = all(owed.state == "paid" for owed in trade.obligations)
        return trade.refunded, t("refunded and paid back") if paid else t("refunded, on its way")
    if trade.stage is Stage.SETTLED:
        return 0, t("nothing was held")
    return trade.deal.total, t("agreed, nothing paid yet") if trade.agreed else t("in all, nothing paid yet")


def _due(sheet: Sheet) -> View | None:
    t, trade = sheet.t, sheet.trade
    until = trade.clocks.get("payment") or trade.clocks.get("balance")
    left = missing(trade)
    if not until or not left:
        return None
    label = t("Next you pay") if sheet.side is Side.BUYER else t("Next the buyer pays")
    return {"label": label, "money": sheet.money(left), "by": sheet.last_day(until)}


def _where(sheet: Sheet) -> list[View]:
    """Where every part of the money is at this moment."""
    t, trade = sheet.t, sheet.trade
    found = [{"label": t("Contract total"), "value": sheet.say(trade.deal.total)}]
    if trade.held:
        found.append({"label": t("Where it is now"), "value": t("in the designated client account")})
    for one in trade.waiting:
        label = t("Being checked, from {payer}", payer=one.payer.name)
        found.append({"label": label, "value": sheet.say(one.amount)})
    for owed in trade.obligations:
        to = (
            sheet.supplier if owed.receipt is None else (owed.payer.name if owed.payer else "") or sheet.buyer
        )
        state = {"owed": t("on its way"), "paid": t("paid out"), "unclaimed": t("unclaimed")}[owed.state]
        label = t("{amount} to {who}", amount=sheet.f.money(owed.amount.minor, owed.amount.currency), who=to)
        if owed.reason == "unprotected":
            state = t("{state}, unprotected", state=state)
        found.append({"label": label, "value": f"{state} {owed.reference}".strip()})
    if trade.agreed and trade.stage not in (Stage.SETTLING, Stage.SETTLED):
        found.append({"label": t("Protected by cover"), "value": sheet.say(trade.deal.cover)})
    return found


def _last_day(sheet: Sheet) -> str:
    """When the money leaves the hold if from now on nobody acts; empty where nothing is held."""
    trade, policy, zone = sheet.trade, sheet.policy, sheet.trade.deal.zone
    if not trade.held or not trade.clocks:
        return ""
    running = {name: at for name, at in trade.clocks.items() if not name.startswith("suspense")}
    if trade.stage in (Stage.PRODUCING, Stage.READY) and trade.ship_by:
        return sheet.last_day(after_days(trade.ship_by, policy.overdue_silence_days, zone))
    if not running:
        return ""
    last = max(running.values())
    late = any(one.on > ship_by_day(trade) for one in trade.shipments) if trade.ship_by else False
    if trade.stage is Stage.SHIPPED and late:
        last = after_days(last, policy.late_choice_days, zone)
    return sheet.last_day(last)


def _slip(sheet: Sheet) -> list[View]:
    t, account = sheet.t, sheet.account
    assert account is not None
    grouped = " ".join(account.account[i : i + 4] for i in range(0, len(account.account), 4))
    amount = plain(sheet.money(missing(sheet.trade)))
    rows = [
        (t("Account holder"), account.name, account.name),
        (t("Account"), grouped, account.account),
        (t("Bank"), account.agent, account.agent),
        (t("Reference, exactly as it stands"), sheet.reference, sheet.reference),
        (t("Amount in {currency}", currency=sheet.trade.deal.currency), amount, amount),
    ]
    rows.append((t("Of it unprotected"), unprotected.of_next(sheet, missing(sheet.trade)), ""))
    return [{"label": label, "value": shown, "to_copy": copied} for label, shown, copied in rows if shown]


def _line(sheet: Sheet, number: int) -> View:
    t, trade, contract = sheet.t, sheet.trade, sheet.terms.lines[number]
    ordered = thousandths(contract.quantity)
    sent = [
        (one, part.quantity)
        for one in trade.shipments
        if one.status != "rejected"
        for part in one.goods
        if part.line == number
    ]
    shipped = sum(quantity for _, quantity in sent)
    return {
        "sku": contract.sku,
        "description": contract.description,
        "ordered": ordered,
        "ordered_text": words.quantity(ordered),
        "shipped": shipped,
        "shipped_text": words.quantity(shipped),
        "unit": words.unit(t, contract.unit),
        "unit_price": terms.price(t, sheet.terms, number),
        "total": sheet.money(trade.deal.goods[number].amount),
        "tag": _line_tag(sheet, number, shipped, ordered, [one for one, _ in sent]),
    }


def _line_tag(sheet: Sheet, number: int, shipped: int, ordered: int, sent: list[e.Shipment]) -> View:
    t = sheet.t
    if not shipped:
        return {"text": t("not yet"), "kind": "plain"}
    if shipped < ordered:
        return {"text": t("partly"), "kind": "warn"}
    if max(one.on for one in sent) > ship_by_day(sheet.trade):
        return {"text": t("late"), "kind": "bad"}
    return {"text": t("in time"), "kind": "good"}


def _schedule(sheet: Sheet) -> list[View]:
    t, trade = sheet.t, sheet.trade
    found, reached = [], 0
    for number, item in enumerate(sheet.terms.schedule):
        paid = min(max(trade.paid - reached, 0), item.amount)
        over = unprotected.of_item(sheet, reached, item.amount)
        reached += item.amount
        share = terms.percent(item.amount, trade.deal.total)
        label = t("Initial payment") if number == 0 else t("Payment {number}", number=number + 1)
        if paid == item.amount:
            tag = {"text": t("paid"), "kind": "good"}
        elif paid:
            tag = {"text": t("partly"), "kind": "warn"}
        else:
            tag = {"text": t("not yet"), "kind": "plain"}
        found.append(
            {
                "label": f"{label}, {share} %",
                "money": sheet.money(item.amount),
                "due": terms.item_due(t, item),
                "received": sheet.say(paid) if 0 < paid < item.amount else "",
                "tag": tag,
                "unprotected": over,
            }
        )
    return found


_EVIDENCE = {"claimed": "warn", "contested": "bad", "confirmed": "good", "rejected": "bad"}


def _shipments(sheet: Sheet) -> list[View]:
    t = sheet.t
    sent = {
        one.event.shipment.number: one.event for one in sheet.history if isinstance(one.event, e.GoodsShipped)
    }
    shown = {
        one.event.shipment: one.event.document
        for one in sheet.history
        if isinstance(one.event, e.EvidenceShown)
    }
    found = []
    for one in sheet.trade.shipments:
        event = sent[one.number]
        found.append(
            {
                "date": one.on,
                "source": t(words.SOURCES[one.source]),
                "carrier": event.carrier,
                "document": shown.get(one.number) or event.document or t("no document yet"),
                "mode": t(words.MODES.get(event.mode, event.mode)),
                "lines": story.goods(sheet, one.goods),
                "tag": {"text": t(words.OTHER_STAGES[one.status]), "kind": _EVIDENCE[one.status]},
            }
        )
    return found


def clock_words(sheet: Sheet, name: str) -> tuple[str, str]:
    """What falls due, and what its passing does."""
    t, trade = sheet.t, sheet.trade
    match name:
        case "silence" if trade.stage is Stage.DRAFT:
            return t("Both sides must have confirmed"), t("After it the draft lapses.")
        case "silence":
            return t("The buyer must have chosen"), t("After it what did not ship is refunded.")
        case "payment":
            return t("The payment must be here"), t("After it the trade ends, and what came in is settled.")
        case "balance":
            return t("The next part must be paid"), t("After it the trade closes by the rules.")
        case "ship_by":
            return t("The goods must have shipped"), t("After it the trade is overdue.")
        case "booking":
            return t("The inspection must be booked"), t("After it the inspection is waived.")
        case "prove":
            return t("Proof of a shipment in time may come"), t("After it the buyer can take the refund.")
        case "contest":
            return t("The buyer may contest the evidence"), t("After it the evidence counts.")
        case "decide":
            return t("Operators decide on contested evidence"), t("After it the shipment does not count.")
        case "choose":
            return t("The buyer takes the late goods or claims"), t("After it they count as accepted.")
        case "return":
            return t("Goods or documents must be back"), t(
                "After it the goods stay, at the agreed price cut."
            )
        case "suspense":
            return t("A payment is being checked"), t("After it the money goes back to its payer.")
        case _:
            raise KeyError(name)


def _deadlines(sheet: Sheet) -> list[View]:
    found: list[View] = []
    for name, at in sorted(sheet.trade.clocks.items(), key=lambda one: (one[1], one[0])):
        what, then = clock_words(sheet, name.partition(":")[0])
        last: datetime = at - INSTANT
        found.append({"at": last, "day": sheet.last_day(at), "what": what, "then": then, "next": not found})
    for name, left in sorted(sheet.trade.stopped.items(), key=lambda one: (one[1], one[0])):
        what, then = clock_words(sheet, name.partition(":")[0])
        days = max(0, left.days)
        stopped = sheet.t("Stopped, with {count} day left|Stopped, with {count} days left", count=days)
        found.append({"at": None, "day": stopped, "what": what, "then": then, "next": False})
    return found


# What the bank's own files made happen, though one machine told it to the other.
_BANKS = (e.PaymentHeld, e.PaymentSuspended, e.PaymentReversed, e.ObligationClosed, e.ObligationReopened)


def _entries(sheet: Sheet) -> list[View]:
    t, found = sheet.t, []
    for one in reversed(sheet.history):
        told = story.tell(sheet, one.event)
        found.append(
            {
                "at": one.at,
                "actor": t("The bank") if isinstance(one.event, _BANKS) else sheet.name_of(one.actor),
                "text": told.text,
                "icon": told.icon,
                "note": told.note,
                "hash": one.hash,
            }
        )
    return found
