"""What all doors have in common: where the visitor comes from, which cookies they leave with, and where they
go from there."""

import math
from datetime import datetime, timedelta
from urllib.parse import urlencode

from litestar.datastructures import Cookie

from tradehold.engine import signin
from tradehold.engine.access import COOKIE, wall
from tradehold.engine.passkeys import Asked
from tradehold.engine.tries import Browser, Wait
from tradehold.store import credentials, people
from tradehold.store.credentials import Account
from tradehold.store.database import Pool
from tradehold.web import security_letters
from tradehold.web.visit import HEADERS, Json, NoAddress, Page, Req, Visitor, see_other, visitor

HALF_COOKIE = "th_half"  # a sign-in that waits for its second factor
DEVICE_COOKIE = "th_devices"
_YEAR = timedelta(days=365)
HOME = "/"


def pool_of(here: Visitor) -> Pool:
    return here.desk.services.pool


def browser_of(request: Req) -> Browser:
    agent = request.headers.get("user-agent", "").replace("\x00", "")
    address = request.client.host if request.client else ""
    return Browser(address, agent[:200], request.cookies.get(DEVICE_COOKIE, ""))


def url_of(request: Req, here: Visitor) -> str:
    """The platform's own address, for letters and passkeys. Raises NoAddress."""
    address = here.desk.services.door.address(str(request.base_url), trusted=here.desk.demo is not None)
    if address is None:
        raise NoAddress
    return address


def inside(path: str, otherwise: str = HOME) -> str:
    """Only a path of this very site: a form could name any other."""
    fits = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if fits and len(path) < 500 and "\\" not in path else otherwise


def with_next(path: str, to: str) -> str:
    return path if to in ("", HOME, "/trades") else f"{path}?{urlencode({'next': to})}"


def put_cookie(request: Req, answer: Page, name: str, value: str, lasts: timedelta) -> None:
    """For the whole host and no other, out of every script's reach, and encrypted wherever the page is."""
    door = visitor(request).desk.services.door
    secure = request.url.scheme == "https" or door.url.startswith("https://")
    seconds = int(lasts.total_seconds())
    answer.cookies.append(
        Cookie(name, "/", value=value, max_age=seconds, httponly=True, samesite="lax", secure=secure)
    )


async def passed(request: Req, here: Visitor, account: Account, how: str, to: str) -> Page:
    """The first factor was right: the second is asked for where there is one."""
    if not account.secured:
        return await admit(request, here, account, how, False, to)
    answer = see_other(with_next("/second", to))
    token = await signin.begin_half(pool_of(here), account, how, wall())
    put_cookie(request, answer, HALF_COOKIE, token, signin.HALF)
    return answer


async def admit(request: Req, here: Visitor, account: Account, how: str, fresh: bool, to: str) -> Page:
    """Begins the session. `fresh`: a second factor was shown just now."""
    door, now, browser = here.desk.services.door, wall(), browser_of(request)
    old = request.cookies.get(COOKIE, "")
    entered = await signin.enter(pool_of(here), door, account, how, fresh, browser, now, old)
    if entered.new_device:
        facts = {"agent": browser.agent or "?", "address": browser.address}
        await security_letters.tell(pool_of(here), account, security_letters.NEW_DEVICE, now, **facts)
    answer = see_other(inside(to))
    put_cookie(request, answer, COOKIE, entered.token, people.SESSION)
    put_cookie(request, answer, DEVICE_COOKIE, entered.devices, _YEAR)
    if HALF_COOKIE in request.cookies:
        put_cookie(request, answer, HALF_COOKIE, "", timedelta())
    return answer


async def account_here(here: Visitor) -> Account:
    """The visitor's own. Raises LookupError where nobody is signed in."""
    found = await credentials.account(pool_of(here), here.actor.member)
    if found is None:
        raise LookupError("the visitor went away")
    return found


def waiting(here: Visitor, wait: Wait, now: datetime) -> str:
    seconds = max(1, math.ceil((wait.until - now).total_seconds()))
    return here.t("Too many tries: wait {count} second.|Too many tries: wait {count} seconds.", count=seconds)


def asked(one: Asked) -> Json:
    return Json(one, media_type="application/json", headers=HEADERS)
