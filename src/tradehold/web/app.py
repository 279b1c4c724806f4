"""The pages as one router: what each route needs, the guard that checks it, the pages for what goes wrong.

A route without `needs` is closed. `needs` names what is read, as the authorisation table knows it; `does`
names the commands that the route may give, `changes` the plain table. The loop checks every command again,
with the machine at hand.
"""

import logging
import math
import time
from collections.abc import Callable
from typing import Any

from litestar import Request, Router, get
from litestar.datastructures import CacheControlHeader
from litestar.exceptions import (
    HTTPException,
    NotFoundException,
    PermissionDeniedException,
    TooManyRequestsException,
)
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath
from litestar.response import Response

from tradehold.domain.authority import PUBLIC, SELF, could_change, could_give, could_read
from tradehold.engine.access import COOKIE
from tradehold.engine.execute import Unavailable
from tradehold.engine.limits import Buckets, Limits, cost_of
from tradehold.engine.services import Services
from tradehold.engine.tries import network
from tradehold.store.blobs import BlobError
from tradehold.store.database import DatabaseError, Gone
from tradehold.web import (
    approvals,
    check,
    companies,
    company,
    contract,
    contract_page,
    demo_bar,
    desk,
    files,
    invitations,
    keys,
    members,
    money,
    notifications,
    oidc,
    plan,
    register,
    security,
    signin,
    signup,
    stepup,
    supplier,
    thread,
    trade,
    trades,
)
from tradehold.web.demo import DemoControls
from tradehold.web.entry import with_next
from tradehold.web.forms import Wrong, typed
from tradehold.web.live import Live
from tradehold.web.render import STATIC, asset
from tradehold.web.visit import (
    HEADERS,
    Connection,
    Desk,
    NoAddress,
    Page,
    Req,
    Visitor,
    landing,
    path_of,
    see_other,
    show_plain,
    signed,
    stranger,
    visitor_of,
)

log = logging.getLogger("tradehold")

_SAFE = frozenset({"GET", "HEAD"})
_LARGEST_FORM = 1024 * 1024
_KINDS = {
    ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2",
}  # fmt: skip


class SignInNeeded(Exception):
    """Nobody is signed in: the page to do so comes first."""


class FactorNeeded(Exception):
    """An operator without a second factor reaches nothing but the page where one is enrolled."""


class NoCompany(Exception):
    """The visitor acts for no company, or for one that waits for a check: a page tells them so."""


class Forged(PermissionDeniedException):
    """The form does not carry the session's own token."""


def _guard(desk: Desk) -> Callable[[Connection, BaseRouteHandler], Any]:
    async def admit(connection: Connection, handler: BaseRouteHandler) -> None:
        needs = str(handler.opt.get("needs", ""))
        if needs == "static":
            return
        here = await visitor_of(connection, desk)
        connection.state.visitor = here
        _slow_down(connection, here, needs)
        if needs not in PUBLIC:
            _check(here, needs, handler.opt.get("does", ()), handler.opt.get("changes", ""))
        if isinstance(connection, Request) and connection.method not in _SAFE:
            await _check_origin(connection, here, needs)

    return admit


def _slow_down(connection: Connection, here: Visitor, needs: str) -> None:
    """Who asks too often waits. Without a session, made-up tokens included, it is the address that counts."""
    address, now = connection.client.host if connection.client else "", time.monotonic()
    if here.session:
        wait = here.desk.of_session.take(connection.cookies[COOKIE], now)
    else:
        wait = here.desk.of_address.take(address, now)
    if not wait and needs == "check":
        sends = isinstance(connection, Request) and connection.method == "POST"
        cost = cost_of(connection.headers.get("content-length", ""), sends)
        wait = here.desk.computing.take(network(address), now, cost)
    if wait:
        raise TooManyRequestsException("too often", headers={"Retry-After": str(math.ceil(wait))})


def _check(here: Visitor, needs: str, does: tuple[type[Any], ...], changes: str) -> None:
    if here.session is None:
        raise SignInNeeded
    if needs in SELF:
        return
    if here.operates and not here.session.secured:
        raise FactorNeeded
    if here.session.member.grade is None:
        raise NoCompany
    if not could_read(needs, here.actor):
        raise PermissionDeniedException("not for this role")
    if does and not any(could_give(do, here.actor) for do in does):
        raise PermissionDeniedException("not for this role")
    if changes and not could_change(changes, here.actor):
        raise PermissionDeniedException("not for this role")


async def _check_origin(connection: Req, here: Visitor, needs: str) -> None:
    """A form counts only from our own pages: it carries the session's token, and the browser agrees."""
    if connection.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Forged("the form came from elsewhere")
    if needs in PUBLIC:
        return  # signing in: there is no session whose token it could carry
    # A script that sends bytes has no form: its header holds the token.
    said = connection.headers.get("x-csrf-token")
    if here.session is None or not signed(here.session, {"csrf": said} if said else await typed(connection)):
        raise Forged("the form's token is not the session's")


@get(
    "/static/{path:path}",
    opt={"needs": "static"},
    cache_control=CacheControlHeader(max_age=31536000, immutable=True),
)
async def static_file(path: FromPath[str]) -> Response[bytes]:
    """Kept for ever: the address changes with the content."""
    file = (STATIC / path.lstrip("/")).resolve()
    if not file.is_relative_to(STATIC) or not file.is_file() or file.suffix not in _KINDS:
        raise NotFoundException("no such file")
    headers = {name: HEADERS[name] for name in ("X-Content-Type-Options",)}
    return Response(file.read_bytes(), media_type=_KINDS[file.suffix], headers=headers)


def page_problems(desk: Desk) -> dict[int | type[Exception], Callable[[Req, Exception], Page]]:
    """How the pages answer what goes wrong; also for addresses that no route knows."""

    def visitor_in(request: Req) -> Visitor:
        return request.state.get("visitor") or stranger(request, desk)

    def sign_in(request: Req, error: Exception) -> Page:
        return see_other(with_next("/sign-in", path_of(request)) if request.method == "GET" else "/sign-in")

    def enrol(request: Req, error: Exception) -> Page:
        return see_other("/security?first=yes")

    def unaddressed(request: Req, error: Exception) -> Page:
        log.error("set TRADEHOLD_URL to the address under which people reach this platform")
        here = visitor_in(request)
        title = here.t("This platform does not know its own address")
        return _error(here, 503, title, here.t("Its operator has to set it before this works."))

    def no_company(request: Req, error: Exception) -> Page:
        return see_other(landing(visitor_in(request)))

    def forged(request: Req, error: Exception) -> Page:
        here = visitor_in(request)
        title = here.t("This form is not from your session")
        sentence = here.t("Nothing was done. Open the page again, and send the form from there.")
        return _error(here, 403, title, sentence)

    def wrong(request: Req, error: Exception) -> Page:
        here = visitor_in(request)
        return _error(
            here, 422, here.t("That was not understood"), " ".join(getattr(error, "fields", {}).values())
        )

    def away(request: Req, error: Exception) -> Page:
        log.warning("a page could not be served: %s", error)
        here = stranger(request, desk)
        return _error(here, 503, here.t("The platform cannot be reached for a moment"), None)

    def other(request: Req, error: Exception) -> Page:
        status = error.status_code if isinstance(error, HTTPException) else 500
        if status >= 500:
            log.error("a page failed", exc_info=error)
        answer = _error(visitor_in(request), status, None, None)
        answer.headers.update(getattr(error, "headers", None) or {})
        return answer

    found: dict[int | type[Exception], Callable[[Req, Exception], Page]] = {
        SignInNeeded: sign_in,
        FactorNeeded: enrol,
        NoAddress: unaddressed,
        NoCompany: no_company,
        Forged: forged,
        Wrong: wrong,
        HTTPException: other,
        Exception: other,
    }
    return found | dict.fromkeys((Unavailable, DatabaseError, BlobError, *Gone), away)


def _error(here: Visitor, status: int, title: str | None, sentence: str | None) -> Page:
    return show_plain(here, "error.html", status, status=status, title=title, sentence=sentence, way_out=None)


PAGES = [
    trades.home, trades.trades_page,
    trade.trade_page, trade.act, trade.stream, trade.record,
    *thread.PAGES,
    *contract.PAGES, *contract_page.PAGES,
    approvals.approvals_page, approvals.answer,
    money.money_page, money.payment_file, money.upload, money.order_payouts, money.judge_line,
    *company.PAGES, *supplier.PAGES, *desk.PAGES,
    files.library, files.add, files.begin, files.upload, files.send, files.cancel, files.original,
    files.picture,
    *companies.PAGES, *register.PAGES, *members.PAGES, *invitations.PAGES, *keys.PAGES,
    *check.PAGES, *plan.PAGES,
    *signin.PAGES, *signup.PAGES, *stepup.PAGES, *security.PAGES, *oidc.PAGES, *notifications.PAGES,
    static_file,
]  # fmt: skip


def desk_of(services: Services, demo: DemoControls | None, limits: Limits | None = None) -> Desk:
    limits = limits or Limits()
    buckets = Buckets(limits.session), Buckets(limits.address), Buckets(limits.computing)
    return Desk(services, demo, Live(services.pool), *buckets)


def web_router(desk: Desk) -> Router:
    """All pages. Whoever serves it closes `desk.live` when the server is told to stop, and installs
    `page_problems(desk)` for addresses that no route knows."""
    asset("tradehold.css")  # fails at start where the package is not whole, not at the first page
    return Router(
        path="/",
        route_handlers=[*PAGES, *(demo_bar.PAGES if desk.demo else [])],
        guards=[_guard(desk)],
        exception_handlers=page_problems(desk),
        include_in_schema=False,
        request_max_body_size=_LARGEST_FORM,
    )
