"""What happened, for the one who reads: the list, its counter, and how often letters come."""

from collections.abc import Mapping
from typing import Annotated, Any

from litestar import get, post
from litestar.exceptions import NotFoundException, TooManyRequestsException
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream

from tradehold.engine.access import COOKIE
from tradehold.engine.leaving import person_of, secret_of, token_of
from tradehold.engine.rhythm import Rhythm
from tradehold.store import mail, notices
from tradehold.store.notices import Addressee, Notice
from tradehold.store.views import LAST, PAGE
from tradehold.web.forms import typed
from tradehold.web.i18n import Translator, mark
from tradehold.web.news import said
from tradehold.web.render import page
from tradehold.web.visit import HEADERS, Page, Req, Visitor, reader_of, see_other, show, visitor

RHYTHMS: Mapping[Rhythm, tuple[str, str]] = {
    Rhythm.AT_ONCE: (mark("At once"), mark("Within a minute; what happens together comes in one letter.")),
    Rhythm.DAILY: (mark("Once a day"), mark("At eight in the morning where you are, if there is news.")),
    Rhythm.NEVER: (mark("Never"), mark("You see what is new only when you come here.")),
}


@get("/notifications", opt={"needs": "notifications"})
async def notifications_page(
    request: Req,
    before: Annotated[int, QueryParameter(ge=1, le=LAST)] = LAST,
    show_: Annotated[str, QueryParameter(name="show", max_length=10)] = "",
) -> Page:
    here, only_unread = visitor(request), show_ == "unread"
    pool, reader = here.desk.services.pool, reader_of(here)
    found = await notices.page(pool, reader, before, PAGE + 1, only_unread)
    shown, kept = found[:PAGE], "&show=unread" if only_unread else ""
    about = await notices.about(pool, shown)
    facts = [(one, said(here.f, one, about, here.desk.services.knowledge)) for one in shown]
    addressee = await notices.addressee(pool, reader[0])
    return await show(
        here,
        "notifications.html",
        days=_days(here, facts),
        newest=shown[0].number if shown and before == LAST else 0,
        tabs=[
            {"href": "/notifications", "label": here.t("All"), "current": not only_unread, "count": None},
            {
                "href": "/notifications?show=unread",
                "label": here.t("Unread"),
                "current": only_unread,
                "count": None,
            },
        ],
        newer=f"/notifications?{kept[1:]}" if before < LAST else None,
        older=f"/notifications?before={shown[-1].number}{kept}" if len(found) > PAGE else None,
        letters=await _letters(here, addressee) if addressee else None,
        undelivered=await mail.undelivered(pool) if here.operates else [],
    )


def _days(here: Visitor, facts: list[tuple[Notice, Any]]) -> list[dict[str, Any]]:
    """By day, newest first; within a day what is unread comes before what was read."""
    days: dict[Any, list[tuple[Notice, Any]]] = {}
    for notice, told in facts:
        days.setdefault(notice.at.astimezone(here.f.zone).date(), []).append((notice, told))
    return [
        {
            "day": day,
            "items": [
                {
                    "href": f"/notifications/{notice.number}",
                    "at": notice.at,
                    "unread": not notice.read,
                    "title": told.title,
                    "text": told.told.text,
                    "note": told.told.note,
                    "icon": told.told.icon,
                }
                for notice, told in sorted(items, key=lambda one: (one[0].read, -one[0].number))
            ],
        }
        for day, items in days.items()
    ]


async def _letters(here: Visitor, addressee: Addressee) -> dict[str, str]:
    """How letters come now, and where that can be changed."""
    secret = await secret_of(here.desk.services.pool)
    rhythm = here.t(RHYTHMS[Rhythm(addressee.rhythm)][0])
    path = f"/unsubscribe/{token_of(secret, addressee.person)}"
    return {"address": addressee.email, "rhythm": rhythm, "href": path}


@get("/notifications/{number:int}", opt={"needs": "notifications"})
async def follow(request: Req, number: FromPath[int]) -> Page:
    """To what the notice is about; it counts as read."""
    here = visitor(request)
    services = here.desk.services
    if not 0 < number <= LAST:
        raise NotFoundException("no such notice")
    notice = await notices.follow(services.pool, reader_of(here), number, services.clock())
    if notice is None:
        raise NotFoundException("no such notice")
    about = await notices.about(services.pool, [notice])
    return see_other(said(here.f, notice, about, services.knowledge).path)


@post("/notifications/read", opt={"needs": "notifications"})
async def read(request: Req) -> Page:
    """All that stood on the page when it was shown: what came since stays unread."""
    here, form = visitor(request), await typed(request)
    newest = form.get("newest", "")
    if newest.isascii() and newest.isdigit() and len(newest) < 19:
        services = here.desk.services
        await notices.read_all(services.pool, reader_of(here), services.clock(), int(newest))
    return see_other("/notifications")


@get("/notifications/events", opt={"needs": "notifications"})
async def counter(request: Req, seen: Annotated[int, QueryParameter(ge=0, le=100)] = 0) -> Stream:
    """The bell, drawn anew whenever its number has changed."""
    here = visitor(request)
    live, session, reader = here.desk.live, request.cookies.get(COOKIE, ""), reader_of(here)
    if live.full(session):
        raise TooManyRequestsException("too many pages are open")

    def drawn(unread: int) -> str:
        return " ".join(page("bell.html", t=here.t, unread=unread).split())

    headers = {**HEADERS, "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    stream = live.counter(reader, seen, session, drawn)
    return Stream(stream, media_type="text/event-stream", headers=headers)


# --- letters, also for whoever is not signed in


async def _leaver(request: Req, token: str) -> Addressee:
    pool = visitor(request).desk.services.pool
    person = person_of(await secret_of(pool), token)
    found = await notices.addressee(pool, person) if person else None
    if found is None:
        raise NotFoundException("no such link")
    return found


async def _rhythm_page(here: Visitor, token: str, who: Addressee, chosen: Rhythm, before: str = "") -> Page:
    return await show(
        here,
        "unsubscribe.html",
        address=masked(who.email),
        url=f"/unsubscribe/{token}",
        chosen=chosen.value,
        before=before if before != chosen else "",
        options=_options(here.t),
    )


def _options(t: Translator) -> list[dict[str, str]]:
    return [
        {"value": rhythm.value, "label": t(label), "hint": t(hint)}
        for rhythm, (label, hint) in RHYTHMS.items()
    ]


def masked(address: str) -> str:
    """Enough for its owner to know it: whoever was forwarded a letter learns no more."""
    name, at, domain = address.partition("@")
    return f"{name[:1]}…{at}{domain}"


@get("/unsubscribe/{token:str}", opt={"needs": "link"})
async def leave_page(request: Req, token: FromPath[str]) -> Page:
    """Changes nothing: programs that look for viruses open every link."""
    who = await _leaver(request, token)
    return await _rhythm_page(visitor(request), token, who, Rhythm(who.rhythm))


@post("/unsubscribe/{token:str}", opt={"needs": "link"}, status_code=200)
async def leave(request: Req, token: FromPath[str]) -> Page:
    """With no rhythm chosen, as mail programs send it by one click (RFC 8058): never. Answered without a
    redirection, which those do not follow."""
    here, who, form = visitor(request), await _leaver(request, token), await typed(request)
    asked = form.get("rhythm", "")
    chosen = Rhythm(asked) if asked in RHYTHMS else Rhythm.NEVER
    services = here.desk.services
    await notices.set_rhythm(services.pool, who.person, chosen, services.clock())
    return await _rhythm_page(here, token, who, chosen, who.rhythm)


PAGES = [notifications_page, follow, read, counter, leave_page, leave]
