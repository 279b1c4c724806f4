"""The thread as a page shows it: what was said, and between it, in one quiet line each, what happened.

Nothing that anybody wrote becomes more than text: no link is made of what looks like one, and every piece
stands in an element of its own direction.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from tradehold.domain import thread
from tradehold.domain import trade_events as e
from tradehold.domain.bankdetails import Suspicion
from tradehold.domain.command import Duty, Side
from tradehold.domain.contract import Terms
from tradehold.domain.given import Knowledge
from tradehold.domain.identity import public_id
from tradehold.domain.trade import Stage
from tradehold.store.reading import Mark
from tradehold.web import files, story, terms, words
from tradehold.web.forms import new_key
from tradehold.web.i18n import Formats, Translator, mark
from tradehold.web.render import Form
from tradehold.web.sheet import Happened, Sheet

View = dict[str, Any]
PAGE = 50  # entries
SHORT = 5  # messages on the trade's own page, where the record stands beside them
_EXCERPT = 140  # characters of a message that is quoted
_MOST_SHOWN = 3  # messages that are named beside the account to pay to
_SIDES = {Side.BUYER: mark("buyer"), Side.SUPPLIER: mark("supplier"), Side.OPERATOR: mark("operator")}


def found(t: Translator, suspicions: Iterable[Suspicion]) -> list[View]:
    """What was found, by kind, each excerpt once."""
    once = dict.fromkeys((one.kind, one.words) for one in suspicions)
    return [{"kind": t(words.SUSPICIONS[kind]), "words": said} for kind, said in once]


def of_contract(t: Translator, contract: Terms, knowledge: Knowledge) -> list[View]:
    """What is suspicious in the contract's own words."""
    return found(t, thread.suspicions(thread.of_terms(contract), knowledge))


def _said(sheet: Sheet) -> dict[int, tuple[int, Happened]]:
    """All messages by number, each with the number of its event."""
    return {
        one.event.number: (seq, one)
        for seq, one in enumerate(sheet.history, 1)
        if isinstance(one.event, e.MessageSent)
    }


def unread(sheet: Sheet, marks: Sequence[Mark], person: int) -> int:
    """How many messages came since the person's mark."""
    read = next((one.messages for one in marks if one.person == person), 0)
    return max(0, sheet.trade.messages - read)


def view(sheet: Sheet, marks: Sequence[Mark], person: int, before: int = 0, since: int = -1) -> View:
    """The entries up to the newest, or to the one before event number `before`; oldest first. `since` is the
    last message that was no news when the page was opened; -1 for what the reader's mark says."""
    last = min(before - 1, len(sheet.history)) if before > 0 else len(sheet.history)
    first = max(0, last - PAGE)
    url = f"/trades/{public_id(sheet.ref)}/thread"
    since = sheet.trade.messages - unread(sheet, marks, person) if since < 0 else since
    entries = _entries(sheet, range(first + 1, last + 1), since, _read_by(sheet, marks, person, first, last))
    return {
        **_summary(sheet, marks, person, entries),
        "earlier": f"{url}?before={first + 1}#latest" if first else None,
        "newer": url if last < len(sheet.history) else None,
        "fresh": f"{url}?since={since}",
    }


def short(sheet: Sheet, marks: Sequence[Mark], person: int) -> View:
    """The last few messages, for the trade's own page."""
    seqs = [seq for seq, _ in list(_said(sheet).values())[-SHORT:]]
    read_by = _read_by(sheet, marks, person, seqs[0] - 1 if seqs else 0, len(sheet.history))
    since = sheet.trade.messages - unread(sheet, marks, person)
    return _summary(sheet, marks, person, _entries(sheet, seqs, since, read_by))


def _summary(sheet: Sheet, marks: Sequence[Mark], person: int, entries: list[View]) -> View:
    """`whole`: whether these entries hold all that the person has not read."""
    url, news = f"/trades/{public_id(sheet.ref)}", unread(sheet, marks, person)
    return {
        "url": f"{url}/thread",
        "read": f"{url}/read",
        "entries": entries,
        "seq": len(sheet.history),
        "messages": sheet.trade.messages,
        "unread": news,
        "whole": news <= sum(one["kind"] == "message" for one in entries),
    }


def _entries(sheet: Sheet, seqs: Sequence[int], since: int, read_by: dict[int, list[View]]) -> list[View]:
    said, entries, day = _said(sheet), list[View](), None
    for seq in seqs:
        one = sheet.history[seq - 1]
        if _day(sheet.f, one.at) != day:
            day = _day(sheet.f, one.at)
            entries.append({"kind": "day", "at": one.at})
        if not isinstance(one.event, e.MessageSent):
            entries.append(_happened(sheet, one))
            continue
        if since and one.event.number == since + 1:
            entries.append({"kind": "new"})
        entries.append(_message(sheet, one, said, read_by.get(seq, [])))
    return entries


def _day(f: Formats, at: datetime) -> object:
    return at.astimezone(f.zone).date()


def _read_by(
    sheet: Sheet, marks: Sequence[Mark], person: int, first: int, last: int
) -> dict[int, list[View]]:
    """Under which message of the page each other reader's mark stands: the last one they have read."""
    found: dict[int, list[View]] = {}
    for one in marks if last == len(sheet.history) else [one for one in marks if one.seq <= last]:
        for seq in range(min(one.seq, last), first, -1):
            if isinstance(sheet.history[seq - 1].event, e.MessageSent):
                if one.person not in (person, sheet.history[seq - 1].actor.member):
                    today = _day(sheet.f, one.at) == _day(sheet.f, sheet.f.now)
                    found.setdefault(seq, []).append({"name": one.name, "at": one.at, "today": today})
                break
    return found


def _happened(sheet: Sheet, one: Happened) -> View:
    told = story.tell(sheet, one.event)
    return {"kind": "event", "at": one.at, "text": told.text, "note": told.note, "icon": told.icon}


def _message(sheet: Sheet, one: Happened, said: dict[int, tuple[int, Happened]], read: list[View]) -> View:
    event: e.MessageSent = one.event
    url = f"/trades/{public_id(sheet.ref)}/thread"
    operator = event.by is Side.OPERATOR
    return {
        "kind": "message",
        "id": f"message-{event.number}",
        "number": event.number,
        "at": one.at,
        "mine": event.by is sheet.side,
        "author": sheet.members.get(one.actor.member, ""),
        "company": sheet.t("The platform") if operator else sheet.party(event.by),
        "side": sheet.t(_SIDES[event.by]),
        "text": event.text,
        "about": quoted(sheet, event.about, said, url) if event.about else None,
        "files": [files.card(sheet.ref, file) for file in event.files],
        "found": found(sheet.t, event.suspicions),
        "read": read,
        "quote": f"{url}?about=message-{event.number}#composer",
    }


def _excerpt(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _EXCERPT else line[: _EXCERPT - 1] + "…"


def quoted(sheet: Sheet, about: e.About, said: dict[int, tuple[int, Happened]], url: str) -> View | None:
    """What a message is about, as a card: of the contract as it stands now."""
    t, trade, page = sheet.t, sheet.trade, url.removesuffix("/thread")
    match about.what:
        case "line" if about.number < len(sheet.terms.lines):
            line = sheet.terms.lines[about.number]
            note = terms.quantity(t, sheet.terms, about.number)
            label = t("Line {number}", number=about.number + 1)
            return _card("package", label, line.description, note, f"{page}#lines-title")
        case "shipment":
            one = next(one for one in trade.shipments if one.number == about.number)
            document = next(
                event.event.document
                for event in sheet.history
                if isinstance(event.event, e.GoodsShipped) and event.event.shipment.number == about.number
            )
            label = t("Shipment {number}", number=about.number)
            text = document or t("no document yet")
            return _card("ship", label, text, sheet.f.short_day(one.on), f"{page}#shipments-title")
        case "payment":
            payment = next(one for one in trade.payments if one.receipt == about.number)
            text = sheet.say(payment.amount)
            return _card("banknote", t("Payment"), text, payment.payer.name, f"{page}#schedule-title")
        case "message" if about.number in said:
            seq, one_said = said[about.number]
            message: e.MessageSent = one_said.event
            text = _excerpt(message.text or ", ".join(file.name for file in message.files))
            href, day = f"{url}?before={seq + 1}#message-{about.number}", sheet.f.short_day(one_said.at)
            return _card("message-square", sheet.party(message.by), text, day, href)
        case _:
            return None


def _card(icon: str, label: str, text: str, note: str, href: str) -> View:
    return {"icon": icon, "label": label, "text": text, "note": note, "href": href}


def to_quote(text: str) -> e.About | None:
    """What `line-1`, `shipment-1`, `payment-123` or `message-7` names; lines are counted from one."""
    what, _, number = text.partition("-")
    if not (number.isascii() and number.isdigit() and len(number) < 20):
        return None
    match what:
        case "line":
            return e.About("line", int(number) - 1)
        case "shipment" | "payment" | "message":
            return e.About(what, int(number))
        case _:
            return None


def _choices(sheet: Sheet, chosen: str, url: str) -> list[View]:
    """What a message may be about, and the earlier message that was chosen to be quoted."""
    said = _said(sheet)
    names = [
        *(f"line-{n}" for n in range(1, len(sheet.terms.lines) + 1)),
        *(f"shipment-{one.number}" for one in sheet.trade.shipments),
        *(f"payment-{one.receipt}" for one in sheet.trade.payments),
    ]
    if chosen.startswith("message-"):
        names.append(chosen)
    options = [{"value": "", "label": sheet.t("The trade as a whole")}]
    for name in names:
        about = to_quote(name)
        card = quoted(sheet, about, said, url) if about else None
        if card:
            options.append({"value": name, "label": f"{card['label']}: {_excerpt(card['text'])[:70]}"})
    return options


def composer(sheet: Sheet, form: Form, about: str = "", attached: Sequence[View] = ()) -> View | None:
    """The form to write with; None for whoever only reads along. `form` and `attached` are what a refused one
    held."""
    if not sheet.has(Duty.TALK):
        return None
    url = f"/trades/{public_id(sheet.ref)}/thread"
    chosen = form.kept.get("about", about)
    return {
        "url": url,
        "key": new_key(),
        "form": form,
        "about": chosen,
        "options": _choices(sheet, chosen, url),
        "place": f"trade={public_id(sheet.ref)}",
        "files": attached,
        "longest": thread.LONGEST,
    }


def guard(sheet: Sheet) -> View | None:
    """What the buyer must know before paying: the one true account, and whatever names another. Nobody else
    is shown the account, and once all is settled there is nothing to pay."""
    trade = sheet.trade
    over = trade.stage in (Stage.SETTLING, Stage.SETTLED)
    if sheet.side is not Side.BUYER or sheet.account is None or over:
        return None
    number, said = sheet.account.account, _said(sheet)
    url = f"/trades/{public_id(sheet.ref)}/thread"
    named = [said[one] for one in trade.suspicious if one in said]
    return {
        "account": " ".join(number[i : i + 4] for i in range(0, len(number), 4)),
        "to_copy": number,
        "contract": of_contract(sheet.t, sheet.terms, sheet.knowledge),
        "messages": [
            {
                "href": f"{url}?before={seq + 1}#message-{one.event.number}",
                "who": sheet.name_of(one.actor),
                "at": one.at,
                "found": found(sheet.t, one.event.suspicions),
            }
            for seq, one in reversed(named[-_MOST_SHOWN:])
        ],
        "more": max(0, len(named) - _MOST_SHOWN),
    }
