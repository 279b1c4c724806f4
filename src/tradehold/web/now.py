"""The one sentence that says where a trade stands, who must act, by when, and what happens if nobody does.

It is made from the state alone, for each stage and each side: a new stage does not compile without its words.
"""

from datetime import datetime
from typing import assert_never

import msgspec

from tradehold.domain.command import Side
from tradehold.domain.payment import missing
from tradehold.domain.settlement import inspection_open, lines, ship_by_day
from tradehold.domain.trade import Stage
from tradehold.domain.trade_events import Outcome
from tradehold.web.sheet import Sheet

B, S = Side.BUYER, Side.SUPPLIER


class Said(msgspec.Struct, frozen=True):
    """`acts` is the side whose move it is (None: the platform's or the clock's), `clock` the name of the
    deadline, `otherwise` what its passing does, `go` the action that the button leads to."""

    headline: str
    acts: Side | None
    what: str
    clock: str = ""
    otherwise: str = ""
    go: str = ""
    trouble: bool = False
    done: bool = False


def say(sheet: Sheet) -> Said:
    if sheet.trade.freezes:
        return _frozen(sheet)
    match sheet.trade.stage:
        case Stage.DRAFT:
            return _draft(sheet)
        case Stage.CONFIRMED:
            return _confirmed(sheet)
        case Stage.PRODUCING:
            return _producing(sheet)
        case Stage.PRODUCED:
            return _produced(sheet)
        case Stage.READY:
            return _ready(sheet)
        case Stage.SHIPPED:
            return _shipped(sheet)
        case Stage.OVERDUE:
            return _overdue(sheet)
        case Stage.LATE:
            return _late(sheet)
        case Stage.RETURNING:
            return _returning(sheet)
        case Stage.SETTLING | Stage.SETTLED:
            return _settled(sheet)
        case _:
            assert_never(sheet.trade.stage)


def _frozen(sheet: Sheet) -> Said:
    t, trade = sheet.t, sheet.trade
    assert trade.frozen is not None
    headline = t(
        "A legal freeze ({reference}) holds this trade since {day}: no clock runs, no money moves.",
        reference=t(", ").join(one.reference for one in trade.freezes),
        day=sheet.short_day(trade.frozen),
    )
    what = t("Only whoever ordered the freeze can end it")
    after = t("Every clock goes on with the time that was left to it.") if trade.stopped else ""
    return Said(headline, None, what, "", after, trouble=True)


def _draft(sheet: Sheet) -> Said:
    t, trade = sheet.t, sheet.trade
    lapses = t("The draft lapses. No money has moved.")
    number = trade.revision
    if not trade.confirmed_by:
        headline = t("Revision {number} is written. Both sides must confirm it.", number=number)
        what = t("Both sides confirm, or revise")
        acts = sheet.side if sheet.side in (B, S) else None
        return Said(headline, acts, what, "silence", lapses, "confirm")
    open_side = S if trade.confirmed_by == (B,) else B
    who = sheet.party(open_side)
    what = t("{who} confirms, or revises", who=who)
    if sheet.side is open_side:
        headline = t(
            "{other} confirmed revision {number}. Once you confirm it too, the contract stands.",
            other=sheet.other,
            number=number,
        )
    elif sheet.side in (B, S):
        headline = t("You confirmed revision {number}. {who} has not answered yet.", number=number, who=who)
    else:
        headline = t("One side confirmed revision {number}; {who} has not yet.", number=number, who=who)
    return Said(headline, open_side, what, "silence", lapses, "confirm")


def _waiting_for_check(sheet: Sheet) -> str:
    """A payment that waits for a check is said first: the reader would else wonder where the money is."""
    if not sheet.trade.waiting:
        return ""
    one = sheet.trade.waiting[0]
    return sheet.t(
        "{amount} came from {payer} and is being checked, because that is not the buyer's name.",
        amount=sheet.say(one.amount),
        payer=one.payer.name,
    )


def _pay(sheet: Sheet, headline: dict[Side, str], clock: str, otherwise: str) -> Said:
    t = sheet.t
    what = t("{who} pays {amount} by wire", who=sheet.buyer, amount=sheet.say(missing(sheet.trade)))
    said = _waiting_for_check(sheet) or headline.get(sheet.side, headline[Side.OPERATOR])
    return Said(said, B, what, clock, otherwise, "pay")


def _confirmed(sheet: Sheet) -> Said:
    t, due = sheet.t, sheet.say(missing(sheet.trade))
    part = sheet.trade.paid > 0
    headline = {
        B: t("The contract stands. Pay {amount} so that production can begin.", amount=due),
        S: t("The contract stands. Begin when {who} has paid {amount}.", who=sheet.buyer, amount=due),
        Side.OPERATOR: t("The contract stands. {amount} is awaited from {who}.", who=sheet.buyer, amount=due),
    }
    if part:
        headline = {
            B: t("Part of the payment is here. {amount} is still missing.", amount=due),
            S: t("Part of the payment is here. You may wait for {amount}, or accept less.", amount=due),
            Side.OPERATOR: t("Part of the payment is here. {amount} is still awaited.", amount=due),
        }
    return _pay(sheet, headline, "payment", t("The trade lapses, and what came in goes back to its payer."))


def _lacking(sheet: Sheet) -> Said:
    t, due = sheet.t, sheet.say(missing(sheet.trade))
    headline = {
        B: t("Your bank took a payment back. Pay {amount} again, or the trade closes.", amount=due),
        S: t("The buyer's bank took a payment back. Nothing ships until {amount} is here again.", amount=due),
        Side.OPERATOR: t("The bank took a payment back. {amount} is awaited anew.", amount=due),
    }
    otherwise = t("The trade closes, and what is held is settled by the rules.")
    return msgspec.structs.replace(_pay(sheet, headline, "payment", otherwise), trouble=True)


def _producing(sheet: Sheet) -> Said:
    t, trade = sheet.t, sheet.trade
    if trade.lacking and missing(trade):
        return _lacking(sheet)
    if "balance" in trade.clocks:
        due = sheet.say(missing(trade))
        headline = {
            B: t("Your payment is held. The next part, {amount}, is due.", amount=due),
            S: t(
                "{amount} is held for your goods. The next part is due from the buyer.",
                amount=sheet.say(trade.held),
            ),
            Side.OPERATOR: t("In production. {amount} is due from the buyer.", amount=due),
        }
        return _pay(
            sheet, headline, "balance", t("The trade closes, and what is held is settled by the rules.")
        )
    held = sheet.say(trade.held)
    headline = {
        B: t("{amount} is held for you while {who} makes the goods.", amount=held, who=sheet.supplier),
        S: t("{amount} is held for your goods. Make them, and report when they are done.", amount=held),
        Side.OPERATOR: t("{amount} is held while the goods are made.", amount=held),
    }
    said = _waiting_for_check(sheet) or headline.get(sheet.side, headline[Side.OPERATOR])
    if _booking(sheet):  # reported as made, and not yet paid as far as it is due
        return msgspec.structs.replace(_inspect(sheet, unpaid=bool(missing(trade))), headline=said)
    what = t("{who} makes the goods and reports it", who=sheet.supplier)
    return Said(said, S, what, "ship_by", _when_overdue(sheet), "report_production")


def _when_overdue(sheet: Sheet) -> str:
    t = sheet.t
    if sheet.side is B:
        return t("The trade is overdue, and soon after you can take everything back.")
    return t("The trade is overdue, and soon after the buyer can take everything back.")


def _booking(sheet: Sheet) -> bool:
    """The contract's inspection stands between the goods and their shipment, and the time to book it runs."""
    return inspection_open(sheet.trade) and "booking" in sheet.trade.clocks


def _inspect(sheet: Sheet, *, unpaid: bool) -> Said:
    """Goods are made: the buyer books the inspection, or it is waived and they ship unseen."""
    t, who = sheet.t, sheet.buyer
    due = sheet.say(missing(sheet.trade))
    headline = {
        B: t("The goods are made and paid. Have them inspected before they ship, or go without it."),
        S: t("Made and paid. They ship once {who} has had them inspected, or gone without it.", who=who),
        Side.OPERATOR: t("Made and paid; the inspection is not booked yet."),
    }
    if unpaid:
        headline = {
            B: t("The goods are made. Have them inspected and pay {amount}, so they can ship.", amount=due),
            S: t(
                "Made. They ship once {who} has had them inspected, or gone without it, and paid {amount}.",
                who=who,
                amount=due,
            ),
            Side.OPERATOR: t("Made; the inspection is not booked, and {amount} is awaited.", amount=due),
        }
    said = _waiting_for_check(sheet) or headline.get(sheet.side, headline[Side.OPERATOR])
    otherwise = t("The inspection is waived: the goods may ship unseen, and quality is not protected.")
    return Said(said, B, t("{who} books the inspection, or goes without it", who=who), "booking", otherwise)


def _produced(sheet: Sheet) -> Said:
    t, due, days = sheet.t, sheet.say(missing(sheet.trade)), sheet.policy.production_contest_days
    if sheet.trade.lacking and "payment" in sheet.trade.clocks:
        return _lacking(sheet)
    if _booking(sheet):
        return _inspect(sheet, unpaid=True)
    headline = {
        B: t("The goods are made. Pay {amount} so that they can ship.", amount=due),
        S: t("You reported the goods as made. They ship once the buyer has paid {amount}.", amount=due),
        Side.OPERATOR: t("The goods are made. {amount} is awaited from the buyer.", amount=due),
    }
    if sheet.trade.contested:
        otherwise = t("The trade closes, and what is held goes back to the buyer.")
    else:
        otherwise = t(
            "The trade closes. The supplier keeps what was paid, unless the production report was contested "
            "within {days} days.",
            days=days,
        )
    return _pay(sheet, headline, "balance", otherwise)


def _ready(sheet: Sheet) -> Said:
    t, held = sheet.t, sheet.say(sheet.trade.held)
    if sheet.trade.lacking and missing(sheet.trade):
        return _lacking(sheet)
    if _booking(sheet):
        return _inspect(sheet, unpaid=False)
    headline = {
        B: t("Everything is paid and made. {who} ships next.", who=sheet.supplier),
        S: t("{amount} is held for your goods. Ship them, and show the transport document.", amount=held),
        Side.OPERATOR: t("Paid and made; shipment is awaited."),
    }
    said = _waiting_for_check(sheet) or headline.get(sheet.side, headline[Side.OPERATOR])
    return Said(
        said, S, t("{who} ships the goods", who=sheet.supplier), "ship_by", _when_overdue(sheet), "ship"
    )


def _in_time(sheet: Sheet) -> bool:
    return not lines(sheet.trade).late


def _shipped(sheet: Sheet) -> Said:
    t, trade = sheet.t, sheet.trade
    contested = [one for one in trade.shipments if one.status == "contested"]
    if contested:
        number = contested[0].number
        text = t("Shipment {number} was contested. Two operators look at its evidence.", number=number)
        otherwise = t("Nobody confirmed it: it does not count as shipped.")
        return Said(text, None, t("Two operators decide"), f"decide:{number}", otherwise)
    clocks = sorted((until, name) for name, until in trade.clocks.items() if name.startswith("contest:"))
    clock = clocks[-1][1] if clocks else ""
    held = sheet.say(trade.held)
    if _in_time(sheet):
        headline = {
            B: t("All goods shipped in time. Unless you contest the evidence, the money is released."),
            S: t("All goods shipped in time. {amount} is released once the evidence stands.", amount=held),
            Side.OPERATOR: t("All goods shipped in time; the evidence can still be contested."),
        }
        otherwise = t("Nobody contested: {amount} is released to {who}.", amount=held, who=sheet.supplier)
    else:
        headline = {
            B: t("All goods shipped, some after {day}. Look at the evidence first.", day=_ship_by(sheet)),
            S: t(
                "All goods shipped, some after {day}. The buyer looks at the evidence.", day=_ship_by(sheet)
            ),
            Side.OPERATOR: t("All goods shipped, some late; the evidence can still be contested."),
        }
        otherwise = t("The evidence stands, and the buyer chooses whether to take the late goods.")
    said = headline.get(sheet.side, headline[Side.OPERATOR])
    what = t("{who} checks the evidence", who=sheet.buyer)
    return Said(said, B, what, clock, otherwise, "contest_evidence")


def _ship_by(sheet: Sheet) -> str:
    trade = sheet.trade
    return sheet.last_day(trade.ship_by) if trade.ship_by else str(ship_by_day(trade))


def _overdue(sheet: Sheet) -> Said:
    t, held = sheet.t, sheet.say(sheet.trade.held)
    refunded = t("{amount} goes back to {who}.", amount=held, who=sheet.buyer)
    if "prove" in sheet.trade.clocks:
        headline = {
            B: t(
                "The ship-by date has passed. {who} may still show that it shipped in time.",
                who=sheet.supplier,
            ),
            S: t("The ship-by date has passed. If you shipped in time, show the transport document now."),
            Side.OPERATOR: t("The ship-by date has passed; proof of a shipment in time may still come."),
        }
        said = headline.get(sheet.side, headline[Side.OPERATOR])
        what = t("{who} shows that it shipped in time", who=sheet.supplier)
        if _booking(sheet):
            headline[S] = t(
                "The ship-by date has passed, and the inspection is not booked: nothing ships before it is "
                "done or waived."
            )
        can = t("{who} can take {amount} back at once.", who=sheet.buyer, amount=held)
        return Said(said, S, what, "prove", can, "ship", trouble=True)
    headline = {
        B: t("The ship-by date has passed without shipment. You can take {amount} back.", amount=held),
        S: t(
            "The ship-by date has passed. Ship now, or agree a later date, before the buyer takes a refund."
        ),
        Side.OPERATOR: t("The ship-by date has passed without shipment. The buyer may take a refund."),
    }
    if _booking(sheet):
        headline[S] = t(
            "The ship-by date has passed, and the inspection is not booked. Agree a later date, before the "
            "buyer takes a refund."
        )
    said = headline.get(sheet.side, headline[Side.OPERATOR])
    what = t("{who} takes a refund, agrees a later date, or waits", who=sheet.buyer)
    go = "take_refund" if sheet.side is B else "ship"
    return Said(said, B, what, "silence", refunded, go, trouble=True)


def _late(sheet: Sheet) -> Said:
    t, held = sheet.t, sheet.say(sheet.trade.held)
    headline = {
        B: t("The goods shipped late. Take them, or claim {amount} back.", amount=held),
        S: t("The goods shipped late. {who} takes them, or claims a refund.", who=sheet.buyer),
        Side.OPERATOR: t("The goods shipped late; the buyer chooses."),
    }
    said = headline.get(sheet.side, headline[Side.OPERATOR])
    what = t("{who} accepts the goods, or claims a refund", who=sheet.buyer)
    otherwise = t(
        "The late shipment is accepted: {amount} is released to {who}.", amount=held, who=sheet.supplier
    )
    return Said(said, B, what, "choose", otherwise, "accept_late", trouble=True)


def _returning(sheet: Sheet) -> Said:
    t = sheet.t
    percent = f"{sheet.trade.deal.price_cut_bps / 100:g}"
    headline = {
        B: t("You claimed a refund. Send the goods or their documents back to {who}.", who=sheet.supplier),
        S: t("The buyer claimed a refund. Confirm as soon as the goods or their documents are back."),
        Side.OPERATOR: t("A refund was claimed; the goods or their documents must come back first."),
    }
    said = headline.get(sheet.side, headline[Side.OPERATOR])
    what = t("{who} confirms that they are back", who=sheet.supplier)
    otherwise = t("The goods stay: the buyer gets {percent} % back, the supplier the rest.", percent=percent)
    return Said(said, S, what, "return", otherwise, "confirm_return", trouble=True)


def _settled(sheet: Sheet) -> Said:
    t, trade = sheet.t, sheet.trade
    released = sheet.say(trade.released)
    refunded = sheet.say(trade.refunded)
    on_its_way = trade.stage is Stage.SETTLING
    unclaimed = any(owed.state == "unclaimed" for owed in trade.obligations)
    match trade.outcome:
        case Outcome.RELEASED:
            way = t("{amount} is released and on its way to {who}.", amount=released, who=sheet.supplier)
            end = t("{amount} was paid out to {who}.", amount=released, who=sheet.supplier)
        case Outcome.REFUNDED:
            way = t("{amount} is on its way back to {who}.", amount=refunded, who=sheet.buyer)
            end = t("{amount} went back to {who}.", amount=refunded, who=sheet.buyer)
        case Outcome.SPLIT:
            way = t(
                "{released} goes to the supplier, {refunded} back to the buyer.",
                released=released,
                refunded=refunded,
            )
            end = t(
                "{released} went to the supplier, {refunded} back to the buyer.",
                released=released,
                refunded=refunded,
            )
        case Outcome.LAPSED | None:
            way = t("The trade lapsed. What came in is on its way back.")
            end = t("The trade lapsed. Nothing is held.")
        case Outcome.WITHDRAWN:
            way = t("The draft was withdrawn. What came in is on its way back.")
            end = t("The draft was withdrawn. No money has moved.")
        case _:
            assert_never(trade.outcome)
    if unclaimed:
        end = t("There is no account that the money can be paid to: it stands unclaimed.")
    if on_its_way and trade.waiting:
        way = _waiting_for_check(sheet)
    if on_its_way:
        otherwise = t("What cannot be paid stands as unclaimed, visible to both sides.")
        return Said(way, None, t("The platform pays, the bank confirms"), "", otherwise)
    return Said(end, None, "", done=True)


def elapsed(sheet: Sheet, clock: str, until: datetime) -> int | None:
    """How much of the time to the deadline has gone, in whole percent."""
    begun = next(
        (one.at for one in reversed(sheet.history) if getattr(one.event, "clocks", {}).get(clock) == until),
        None,
    )
    if begun is None or until <= begun:
        return None
    gone = (sheet.f.now - begun) * 100 // (until - begun)
    return max(0, min(100, gone))


def panel(sheet: Sheet, can: dict[str, str]) -> dict[str, object]:
    """The now panel as the template lays it out; `can` names the offered actions by id."""
    t, said = sheet.t, say(sheet)
    until = sheet.trade.clocks.get(said.clock)
    facts = [{"label": t("Who acts"), "value": said.what, "note": ""}] if said.what else []
    if until:
        facts.append({"label": t("By"), "value": sheet.last_day(until), "note": sheet.until(until)})
    if said.otherwise:
        passed = until is not None and until <= sheet.f.now
        note = t("It is judged as soon as the bank's statement of that day was read.") if passed else ""
        label = t("Once lifted") if sheet.trade.freezes else t("Otherwise")
        facts.append({"label": label, "value": said.otherwise, "note": note})
    mine = said.acts is sheet.side and sheet.side in (B, S)
    tone = "settled" if said.done else "trouble" if said.trouble else "act" if mine else "waiting"
    if said.done:
        eyebrow = t("Settled")
    elif mine:
        eyebrow = t("Your move")
    elif said.acts in (B, S):
        eyebrow = t("Waiting for {who}", who=sheet.party(said.acts))
    else:
        eyebrow = t("Nothing to do for you")
    return {
        "tone": tone,
        "eyebrow": eyebrow,
        "headline": said.headline,
        "facts": facts,
        "elapsed": elapsed(sheet, said.clock, until) if until else None,
        "action": _button(sheet, said, can) if mine else None,
    }


def _button(sheet: Sheet, said: Said, can: dict[str, str]) -> dict[str, str] | None:
    if said.go == "pay":
        return {"href": "#pay", "label": sheet.t("See where to pay")}
    fitting = [one for one in sorted(can) if one.partition("-")[0] == said.go]
    if not fitting:
        return None
    return {"href": f"#action-{fitting[0]}", "label": can[fitting[0]]}
