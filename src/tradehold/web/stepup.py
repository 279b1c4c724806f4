"""Showing the second factor once more, before money moves or access changes.

A form that was refused for want of it is kept for ten minutes (web/forms.py); after the step-up one button
sends it on, under the key it was made with, so that it is still one command.
"""

from datetime import datetime

import msgspec
from litestar import get, post

from tradehold.engine import passkeys, signin
from tradehold.engine.access import COOKIE, wall
from tradehold.engine.tries import Wait
from tradehold.store import people
from tradehold.store.credentials import Account, Ticket
from tradehold.web.entry import (
    HOME,
    account_here,
    asked,
    browser_of,
    inside,
    pool_of,
    put_cookie,
    url_of,
    waiting,
)
from tradehold.web.forms import Kept, Typed, typed
from tradehold.web.render import Form
from tradehold.web.visit import Json, Page, Req, Visitor, see_other, show, visitor


async def _page(here: Visitor, account: Account, form: Typed, problem: str = "", status: int = 200) -> Page:
    return await show(
        here,
        "stepup.html",
        status,
        typed=bool(account.totp) or account.codes > 0,
        app=bool(account.totp),
        passkey=account.passkeys > 0,
        next=inside(form.get("next", ""), ""),
        kept=form.get("form", ""),
        form=Form({}, {"code": problem} if problem else {}),
    )


@get("/step-up", opt={"needs": "session"})
async def step_up_page(request: Req) -> Page:
    """Whoever has no second factor enrols one first."""
    here, query = visitor(request), dict(request.query_params)
    account = await account_here(here)
    if here.fresh:
        return await _go_on(here, query)
    if not account.secured:
        return see_other("/security?first=yes")
    return await _page(here, account, query)


@post("/step-up/options", opt={"needs": "session"}, status_code=200)
async def step_up_options(request: Req) -> Json:
    here = visitor(request)
    person, url = here.actor.member, url_of(request, here)
    return asked(await passkeys.ask_to_show(pool_of(here), url, person, wall()))


@post("/step-up", opt={"needs": "session"}, status_code=200)
async def step_up(request: Req) -> Page:
    here, form, now = visitor(request), await typed(request), wall()
    account, pool, browser = await account_here(here), pool_of(here), browser_of(request)
    which: str | Wait | None = None
    if form.get("answer"):
        url = url_of(request, here)
        one = await passkeys.shown(pool, url, form.get("asked", ""), form["answer"], account.id, now)
        which = "passkey" if one else None
    else:
        door, code = here.desk.services.door, form.get("code", "")
        which = await signin.by_code(pool, door, account, code, browser, now, here.token)
    if isinstance(which, Wait):
        return await _page(here, account, form, waiting(here, which, now), 429)
    if which is None:
        return await _page(here, account, form, here.t("This does not count. Try the next code."), 422)
    return await freshen(request, here, which, form, now)


async def freshen(request: Req, here: Visitor, which: str, form: Typed, now: datetime) -> Page:
    """A second factor was shown: the session goes on under a new token."""
    person, address = here.actor.member, browser_of(request).address
    token = await signin.step_up(pool_of(here), person, here.company, here.token, which, address, now)
    if token is None:
        return see_other("/sign-in")
    answer = await _go_on(here, form)
    put_cookie(request, answer, COOKIE, token, people.SESSION)
    return answer


async def _go_on(here: Visitor, form: Typed) -> Page:
    kept = await _kept(here, form.get("form", ""))
    if kept is None:
        return see_other(inside(form.get("next", ""), HOME))
    return await show(here, "goon.html", path=kept.path, fields=kept.fields, back=_page_of(kept.path))


async def _kept(here: Visitor, token: str) -> Kept | None:
    """The page that sends it on may be opened again: the form's own key makes it one command."""
    ticket: Ticket | None = await signin.peek_ticket(pool_of(here), "form", token, wall())
    if ticket is None or ticket.person != here.actor.member:
        return None
    return msgspec.json.decode(ticket.data, type=Kept)


def _page_of(path: str) -> str:
    """The page on which a form that is posted to `path` stands: of one trade or company, or a desk."""
    parts = path.partition("?")[0].strip("/").split("/")
    return "/" + "/".join(parts[: 2 if parts[0] in ("trades", "companies") else 1])


PAGES = [step_up_page, step_up_options, step_up]
