"""Signing in by password or passkey, the second factor, signing out, and the choice of language.

In the demo its people come in by links that work once. Such a link's token is a short session of its own,
good for nothing but being exchanged: opening the link ends it and begins the real one under a new token.
"""

from datetime import timedelta

from litestar import get, post
from litestar.datastructures import Cookie
from litestar.params import FromPath

from tradehold.engine import passkeys, signin
from tradehold.engine.access import COOKIE, wall
from tradehold.engine.tries import Wait
from tradehold.store import credentials, people
from tradehold.store.database import Pool
from tradehold.web import i18n
from tradehold.web.entry import (
    HALF_COOKIE,
    admit,
    asked,
    browser_of,
    inside,
    passed,
    pool_of,
    put_cookie,
    url_of,
    waiting,
)
from tradehold.web.forms import Typed, typed
from tradehold.web.i18n import mark
from tradehold.web.render import Form
from tradehold.web.visit import LANGUAGE_COOKIE, Json, Page, Req, Visitor, see_other, show, visitor

LINK = timedelta(hours=2)
_YEAR = 365 * 24 * 3600
_ICONS = {"buyer": "package", "supplier": "factory", "operator": "landmark"}
_ROLES = {"buyer": mark("Buyer"), "supplier": mark("Supplier"), "operator": mark("Operator")}
_CAN = {
    "buyer": (
        mark("Draft and confirm a contract"),
        mark("Pay, and see where the money is"),
        mark("Take a refund when it is late"),
    ),
    "supplier": (
        mark("Draft and confirm a contract"),
        mark("Report production, ship with evidence"),
        mark("Be paid, and see every step"),
    ),
    "operator": (
        mark("Match payments by hand"),
        mark("Set cover limits, two of you"),
        mark("See where every cent is"),
    ),
}


async def one_time_link(pool: Pool, member: int) -> str:
    """The path of a link that signs one of the demo's people in once, within two hours."""
    return f"/sign-in/{await people.begin_session(pool, member, wall(), LINK)}"


async def _roles(here: Visitor) -> list[dict[str, object]]:
    links = await here.desk.demo.sign_in_links() if here.desk.demo else []
    return [
        {
            "icon": _ICONS.get(one.role, "user"),
            "name": one.name,
            "company": one.company,
            "role": here.t(_ROLES.get(one.role, one.role)),
            "can": [here.t(each) for each in _CAN.get(one.role, ())],
            "url": one.path,
        }
        for one in links
    ]


async def _door(here: Visitor, to: str, form: Form | None = None, status: int = 200) -> Page:
    oidc = here.desk.services.door.oidc
    return await show(
        here,
        "signin.html",
        status,
        roles=await _roles(here),
        form=form or Form(),
        next=inside(to, ""),
        oidc=oidc.name if oidc else "",
    )


def _refused(here: Visitor, form: Typed, problem: str) -> Form:
    return Form({name: value for name, value in form.items() if name != "password"}, {"": problem})


@get("/sign-in", opt={"needs": "signin"})
async def sign_in_page(request: Req) -> Page:
    return await _door(visitor(request), request.query_params.get("next", ""))


@post("/sign-in", opt={"needs": "signin"}, status_code=200)
async def by_password(request: Req) -> Page:
    here, form, now = visitor(request), await typed(request), wall()
    to, door = form.get("next", ""), here.desk.services.door
    found = await signin.by_password(
        pool_of(here), door, form.get("email", ""), form.get("password", ""), browser_of(request), now
    )
    if isinstance(found, Wait):
        return await _door(here, to, _refused(here, form, waiting(here, found, now)), 429)
    if found is None:
        problem = here.t("E-mail and password do not go together.")
        return await _door(here, to, _refused(here, form, problem), 422)
    return await passed(request, here, found, "password", to)


@post("/passkey/options", opt={"needs": "signin"}, status_code=200)
async def passkey_options(request: Req) -> Json:
    here = visitor(request)
    return asked(await passkeys.ask_to_show(pool_of(here), url_of(request, here), 0, wall()))


@post("/passkey", opt={"needs": "signin"}, status_code=200)
async def by_passkey(request: Req) -> Page:
    """Both factors at once: something one has, opened by what one knows or is."""
    here, form, pool = visitor(request), await typed(request), visitor(request).desk.services.pool
    answer, url = form.get("answer", ""), url_of(request, here)
    one = await passkeys.shown(pool, url, form.get("asked", ""), answer, 0, wall())
    account = await credentials.account(pool, one.person) if one else None
    if account is None:
        problem = here.t("This passkey is not known here.")
        return await _door(here, form.get("next", ""), _refused(here, form, problem), 422)
    return await admit(request, here, account, "passkey", True, form.get("next", ""))


# --- the second factor


async def _second(
    here: Visitor, account: credentials.Account, to: str, problem: str = "", status: int = 200
) -> Page:
    return await show(
        here,
        "second.html",
        status,
        typed=bool(account.totp) or account.codes > 0,
        app=bool(account.totp),
        passkey=account.passkeys > 0,
        next=inside(to, ""),
        form=Form({}, {"code": problem} if problem else {}),
    )


@get("/second", opt={"needs": "signin"})
async def second_page(request: Req) -> Page:
    here = visitor(request)
    found = await signin.half(pool_of(here), request.cookies.get(HALF_COOKIE, ""), wall())
    to = request.query_params.get("next", "")
    return await _second(here, found[0], to) if found else see_other("/sign-in")


@post("/second/options", opt={"needs": "signin"}, status_code=200)
async def second_options(request: Req) -> Json:
    here = visitor(request)
    found = await signin.half(pool_of(here), request.cookies.get(HALF_COOKIE, ""), wall())
    person = found[0].id if found else 0
    return asked(await passkeys.ask_to_show(pool_of(here), url_of(request, here), person, wall()))


@post("/second", opt={"needs": "signin"}, status_code=200)
async def second(request: Req) -> Page:
    here, form, now = visitor(request), await typed(request), wall()
    token, pool, to = request.cookies.get(HALF_COOKIE, ""), pool_of(here), form.get("next", "")
    found = await signin.half(pool, token, now)
    if found is None:
        problem = here.t("That took too long. Sign in once more.")
        return await _door(here, to, Form({}, {"": problem}), 422)
    account, how = found
    which: str | Wait | None = None
    if form.get("answer"):
        url = url_of(request, here)
        shown = await passkeys.shown(pool, url, form.get("asked", ""), form["answer"], account.id, now)
        which = "passkey" if shown else None
    else:
        door, browser = here.desk.services.door, browser_of(request)
        which = await signin.by_code(pool, door, account, form.get("code", ""), browser, now)
    if isinstance(which, Wait):
        return await _second(here, account, to, waiting(here, which, now), 429)
    if which is None or await signin.take_ticket(pool, "second", token, now) is None:
        return await _second(here, account, to, here.t("This does not count. Try the next code."), 422)
    return await admit(request, here, account, how, True, to)


# --- the demo's links


async def _enter(request: Req, token: str) -> Page:
    """Without a demo no link signs anybody in."""
    here, pool = visitor(request), visitor(request).desk.services.pool
    session = await people.session(pool, token, wall()) if here.desk.demo else None
    if session is None:
        t = here.t
        return await show(
            here,
            "error.html",
            403,
            status=403,
            title=t("This link has been used, or is too old"),
            sentence=t("Each link works once. Ask for a new one."),
            way_out={"href": "/sign-in", "label": t("To the sign-in page")},
        )
    old = request.cookies.get(COOKIE)
    for ended in (token, old):
        if ended:
            await people.end_session(pool, ended)
    # The demo's people have no second factor to show.
    begun = people.Begun(fresh=people.SESSION)
    fresh = await people.begin_session(pool, session.member.id, wall(), begun=begun)
    answer = see_other("/trades")
    put_cookie(request, answer, COOKIE, fresh, people.SESSION)
    return answer


@get("/sign-in/{token:str}", opt={"needs": "signin"})
async def open_link(request: Req, token: FromPath[str]) -> Page:
    return await _enter(request, token)


@post("/sign-in/{token:str}", opt={"needs": "signin"})
async def press_link(request: Req, token: FromPath[str]) -> Page:
    return await _enter(request, token)


@post("/sign-out", opt={"needs": "session"})
async def sign_out(request: Req) -> Page:
    here = visitor(request)
    await people.end_session(pool_of(here), here.token)
    address = browser_of(request).address
    await credentials.log(
        pool_of(here), here.actor.member, here.company, wall(), "signed_out", address=address
    )
    answer = see_other("/sign-in")
    put_cookie(request, answer, COOKIE, "", timedelta())
    return answer


@get("/language/{code:str}", opt={"needs": "language"})
async def language(request: Req, code: FromPath[str]) -> Page:
    """Back to where one came from, in the other language."""
    answer = see_other(came_from(request))
    if code in i18n.languages():
        answer.cookies.append(Cookie(LANGUAGE_COOKIE, "/", value=code, max_age=_YEAR, samesite="lax"))
    return answer


def came_from(request: Req) -> str:
    """Only a path of this very site: a link elsewhere could name any other."""
    came = request.headers.get("referer", "")
    base = str(request.base_url).rstrip("/")
    path = came.removeprefix(base)
    here = came.startswith(base + "/") and not path.startswith(("//", "/\\", "/language", "/sign-in/"))
    return path if here else "/"


PAGES = [
    sign_in_page, by_password, passkey_options, by_passkey, second_page, second_options, second, open_link,
    press_link, sign_out, language,
]  # fmt: skip
