"""The gate: every request under /v1 passes here before any route sees it.

It finds out who calls, slows down who calls too often, and opens only for what the route declares and the
caller may have: `opt` of a route names what it reads, which commands it takes, or what is public. A route
that declares nothing stays closed. What a caller may do to one trade is decided where the trade is: by the
engine for commands, by engine.access for reading.

A caller is a session: its token in `Authorization: Bearer …`, or in the pages' cookie, which changes
something only together with the session's CSRF token. A session found is remembered for `_REMEMBER`
seconds, so for that long a process may still take one that has just ended.

Limits are token buckets kept in the process: `Limits.session` for each session, `Limits.address` for each
address without one. Behind a proxy the server must be told to trust its forwarded address."""

import hmac
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from tradehold.api.problems import http_problem
from tradehold.api.request import header
from tradehold.domain.authority import PUBLIC, could_read
from tradehold.domain.command import Actor, Role
from tradehold.engine.access import COOKIE, actor_of, wall
from tradehold.engine.limits import Buckets, Limits
from tradehold.engine.services import Services
from tradehold.store import people
from tradehold.store.people import Session

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_REMEMBER = 5.0  # seconds
_MOST = 10_000  # sessions remembered


class Call(msgspec.Struct, frozen=True):
    """What a route is told: who calls, and what it stands on."""

    services: Services
    caller: Actor | None
    fresh_until: datetime | None = None  # a second factor was shown lately

    @property
    def fresh(self) -> bool:
        return self.fresh_until is not None and self.fresh_until > wall()

    @property
    def actor(self) -> Actor:
        assert self.caller, "only a public route is called by nobody"
        return self.caller


class Gate:
    """Who has passed lately, and how often."""

    def __init__(self, services: Services, limits: Limits) -> None:
        self._services = services
        self._sessions: OrderedDict[str, tuple[Session, Call, float]] = OrderedDict()
        self._of_session = Buckets(limits.session)
        self._of_address = Buckets(limits.address)

    async def admit(self, scope: HTTPScope) -> Call:
        opt: dict[str, Any] = scope["route_handler"].opt
        token, from_cookie = _token(scope)
        now = time.monotonic()
        found = self._remembered(token, now) if token else None
        if found:
            _slow_down(self._of_session.take(token, now))
        else:
            client = scope.get("client")
            _slow_down(self._of_address.take(client[0] if client else "", now))
            found = await self._find(token, now) if token else None
        # Litestar itself answers OPTIONS, with the methods of the address and nothing else.
        if opt.get("public") in PUBLIC or scope["method"] == "OPTIONS":
            return found[1] if found else Call(self._services, None)
        if found is None:
            raise http_problem("unauthenticated", www_authenticate='Bearer realm="tradehold"')
        session, call = found
        if not session.secured and call.actor.role is Role.OPERATOR:
            raise http_problem("forbidden", "An operator enrols a second factor first.")
        if from_cookie and scope["method"] not in _SAFE:
            _check_csrf(scope, session)
        if "command" not in opt and not could_read(opt.get("read", ""), call.actor):
            raise http_problem("forbidden")
        return call

    def _remembered(self, token: str, now: float) -> tuple[Session, Call] | None:
        kept = self._sessions.get(token)
        if kept and kept[2] > now and kept[0].ends_at > wall():
            return kept[:2]
        return None

    async def _find(self, token: str, now: float) -> tuple[Session, Call] | None:
        session = await people.session(self._services.pool, token, wall())
        if session is None:
            self._sessions.pop(token, None)
            return None
        call = Call(self._services, actor_of(session.member), session.fresh_until)
        self._sessions[token] = (session, call, now + _REMEMBER)
        self._sessions.move_to_end(token)
        if len(self._sessions) > _MOST:
            self._sessions.popitem(last=False)
        return session, call


def middleware(gate: Gate) -> Callable[[ASGIApp], ASGIApp]:
    """For the router of /v1. The `Call` of an admitted request stands in scope["auth"]. A function, because
    a router copies whatever it is given, and a database cannot be copied."""

    def guarded(app: ASGIApp) -> ASGIApp:
        async def admitted(scope: Scope, receive: Receive, send: Send) -> None:
            assert scope["type"] == ScopeType.HTTP
            scope["auth"] = await gate.admit(scope)
            await app(scope, receive, send)

        return admitted

    return guarded


def _slow_down(wait: float) -> None:
    if wait:
        raise http_problem("rate_limited", retry_after=str(int(wait) + 1))


def _check_csrf(scope: HTTPScope, session: Session) -> None:
    if not hmac.compare_digest(header(scope, b"x-csrf-token"), session.csrf.encode()):
        raise http_problem("csrf")


def _token(scope: HTTPScope) -> tuple[str, bool]:
    """The session's token, and whether the cookie brought it. An Authorization header goes first."""
    cookies = b""
    for name, value in scope["headers"]:
        if name == b"authorization":
            scheme, _, token = value.partition(b" ")
            return (token.strip().decode("latin-1") if scheme.lower() == b"bearer" else ""), False
        if name == b"cookie":
            cookies = value
    for pair in cookies.decode("latin-1").split(";"):
        name_, _, token_ = pair.strip().partition("=")
        if name_ == COOKIE:
            return token_, True
    return "", False
