"""Signing in by a link that works once, signing out, and the choice of language.

A link's token is a short session of its own, good for nothing but being exchanged: opening the link ends it
and begins the real one under a new token.
"""

from datetime import timedelta

from litestar import get, post
from litestar.datastructures import Cookie
from litestar.params import FromPath

from tradehold.engine.access import COOKIE, wall
from tradehold.store import people
from tradehold.store.database import Pool
from tradehold.web import i18n
from tradehold.web.forms import typed
from tradehold.web.i18n import mark
from tradehold.web.visit import LANGUAGE_COOKIE, Page, Req, see_other, show, visitor

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
    """The path of a link that signs the member in once, within two hours."""
    return f"/sign-in/{await people.begin_session(pool, member, wall(), LINK)}"


@get("/sign-in", opt={"needs": "signin"})
async def sign_in_page(request: Req) -> Page:
    here = visitor(request)
    links = await here.desk.demo.sign_in_links() if here.desk.demo else []
    roles = [
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
    return await show(here, "signin.html", roles=roles)


async def _enter(request: Req, token: str) -> Page:
    here, pool = visitor(request), visitor(request).desk.services.pool
    session = await people.session(pool, token, wall())
    if session is None:
        t = here.t
        return await show(
            here,
            "error.html",
            403,
            status=403,
            title=t("This link has been used, or is too old"),
            sentence=t("Each sign-in link works once. Ask for a new one."),
            way_out={"href": "/sign-in", "label": t("To the sign-in page")},
        )
    old = request.cookies.get(COOKIE)
    for ended in (token, old):
        if ended:
            await people.end_session(pool, ended)
    # The demo's people have no second factor to show.
    lately = people.SESSION if here.desk.demo else timedelta()
    begun = people.Begun(fresh=lately)
    fresh = await people.begin_session(pool, session.member.id, wall(), begun=begun)
    answer = see_other("/trades")
    secure = request.url.scheme == "https"
    lasts = int(people.SESSION.total_seconds())
    answer.cookies.append(
        Cookie(COOKIE, "/", value=fresh, max_age=lasts, httponly=True, samesite="lax", secure=secure)
    )
    return answer


@get("/sign-in/{token:str}", opt={"needs": "signin"})
async def open_link(request: Req, token: FromPath[str]) -> Page:
    return await _enter(request, token)


@post("/sign-in/{token:str}", opt={"needs": "signin"})
async def press_link(request: Req, token: FromPath[str]) -> Page:
    return await _enter(request, token)


@post("/sign-out", opt={"needs": "session"})
async def sign_out(request: Req) -> Page:
    await typed(request)
    await people.end_session(visitor(request).desk.services.pool, request.cookies.get(COOKIE, ""))
    answer = see_other("/sign-in")
    answer.cookies.append(Cookie(COOKIE, "/", value="", max_age=0, httponly=True, samesite="lax"))
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
    inside = came.startswith(base + "/") and not path.startswith(("//", "/\\", "/language", "/sign-in/"))
    return path if inside else "/"
