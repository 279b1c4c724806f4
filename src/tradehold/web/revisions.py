"""The revisions of a contract, told from the record: who wrote each, when, its hash, and what it changed."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from tradehold.domain import trade_events as e
from tradehold.domain.command import Actor, Side
from tradehold.domain.contract import Terms
from tradehold.domain.identity import public_id
from tradehold.domain.trade import Stage
from tradehold.web.difference import difference
from tradehold.web.sheet import Sheet

View = dict[str, Any]
PAGE = 10  # revisions drawn on one page
_SHORT = 12  # changed requirements on the trade's own page


class Revision(msgspec.Struct, frozen=True, kw_only=True):
    """`before` are the terms that it changes, None for the first. `place` is its place among all that were
    written, from 1: an amendment that was declined leaves its number to the next."""

    place: int
    number: int
    terms: Terms
    hash: str
    by: Side
    actor: Actor
    at: datetime
    before: Terms | None = None
    amends: bool = False
    reason: str = ""
    answered: datetime | None = None  # an amendment's
    agreed: bool = False


def written(sheet: Sheet) -> list[Revision]:
    """All that were written, the first one first."""
    found: list[Revision] = []
    standing: Terms | None = None
    for one in sheet.history:
        event = one.event
        if isinstance(event, e.Drafted | e.Revised | e.AmendmentProposed):
            amends, reason = isinstance(event, e.AmendmentProposed), getattr(event, "reason", "")
            found.append(
                Revision(
                    place=len(found) + 1, number=1 if isinstance(event, e.Drafted) else event.revision,
                    terms=event.terms, hash=event.hash, by=event.by, actor=one.actor, at=one.at,
                    before=standing, amends=amends, reason=reason,
                )
            )  # fmt: skip
            standing = standing if amends else event.terms
        elif isinstance(event, e.Amended | e.AmendmentDeclined):
            # Only the newest can wait for an answer.
            found[-1] = replace(found[-1], answered=one.at, agreed=isinstance(event, e.Amended))
            standing = found[-1].terms if found[-1].agreed else standing
    return found


def named(sheet: Sheet, place: int) -> Revision | None:
    """The revision at a place of all that were written; 0 for the one that stands."""
    if place:
        return next((one for one in written(sheet) if one.place == place), None)
    return of_hash(sheet, sheet.trade.hash)


def of_hash(sheet: Sheet, digest: str) -> Revision | None:
    return next((one for one in reversed(written(sheet)) if one.hash == digest), None)


def page(sheet: Sheet, before: int) -> View:
    """The newest of them, or those written before the one at that place; each with its difference."""
    every = [one for one in written(sheet) if not before or one.place < before]
    shown = every[-PAGE:]
    return {
        "revisions": [_view(sheet, one, 200) for one in reversed(shown)],
        "older": f"{_url(sheet)}/revisions?before={shown[0].place}" if len(every) > PAGE else None,
        "newer": f"{_url(sheet)}/revisions" if before else None,
    }


def newest(sheet: Sheet) -> View | None:
    """The amendment that waits for an answer, or what the newest revision changed as long as nothing is
    paid."""
    t, trade, every = sheet.t, sheet.trade, written(sheet)
    if trade.amendment:
        waiting = of_hash(sheet, trade.amendment.hash)
        if waiting:
            title = t("{who} proposes an amendment", who=sheet.party(waiting.by))
            return _view(sheet, waiting, _SHORT) | {"title": title}
    if trade.stage in (Stage.DRAFT, Stage.CONFIRMED) and trade.revision > 1:
        last = next(one for one in reversed(every) if not one.amends)
        return _view(sheet, last, _SHORT) | {"title": t("What revision {number} changes", number=last.number)}
    return None


def _url(sheet: Sheet) -> str:
    return f"/trades/{public_id(sheet.ref)}"


def _view(sheet: Sheet, one: Revision, most: int) -> View:
    t, url = sheet.t, _url(sheet)
    return {
        "id": f"revision-{one.place}",
        "title": t("Revision {number}", number=one.number),
        "who": sheet.name_of(one.actor),
        "at": one.at,
        "hash": one.hash,
        "reason": one.reason,
        "tags": _tags(sheet, one),
        "difference": difference(t, one.before, one.terms, sheet.knowledge, most) if one.before else None,
        "all_url": f"{url}/revisions#revision-{one.place}",
        "url": f"{url}/contract?revision={one.place}",
        "paper": papers(sheet, one.place),
    }


def papers(sheet: Sheet, place: int = 0) -> list[View]:
    """The contract's paper in each language it comes in; `place` as in `named`."""
    t, url = sheet.t, f"{_url(sheet)}/contract.pdf"
    which = f"&revision={place}" if place else ""
    names = {"en": "English", "zh": "中文", "both": t("English and Chinese side by side")}
    return [{"href": f"{url}?language={code}{which}", "label": name} for code, name in names.items()]


def _tags(sheet: Sheet, one: Revision) -> list[View]:
    t = sheet.t
    if one.amends:
        if one.answered:
            text = t("amendment, agreed by both") if one.agreed else t("amendment, declined")
            return [{"text": text, "kind": "good" if one.agreed else "plain"}]
        waits = sheet.trade.amendment is not None
        text = t("amendment, waits for an answer") if waits else t("amendment, not answered")
        return [{"text": text, "kind": "warn" if waits else "plain"}]
    confirmed = {each.event.by for each in sheet.history
                 if isinstance(each.event, e.Confirmed) and each.event.revision == one.number}  # fmt: skip
    if len(confirmed) == 2:
        return [{"text": t("confirmed by both"), "kind": "good"}]
    if confirmed:
        [side] = confirmed
        return [{"text": t("confirmed by {who}", who=sheet.party(side)), "kind": "held"}]
    return []
