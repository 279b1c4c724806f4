"""The gate: every request under /v1 passes here before any route sees it.

It finds out who calls, slows down who calls too often, and opens only for what the route declares and the
caller may have: `opt` of a route names what it reads, which commands it takes, or what is public. A route
that declares nothing stays closed. What a caller may do to one trade is decided where the trade is: by the
engine for commands, by engine.access for reading.

A caller is a session: its token in `Authorization: Bearer …`, or in the pages' cookie, which changes
something only together with the session's CSRF token. Or it is an API key, in the same header and never in a
cookie. What was found is remembered for `_REMEMBER` seconds, so for that long a process may still take what
another one has just ended; what is taken from somebody in this process is forgotten at once.

Limits are token buckets kept in the process: `Limits.session` for each session and each key,
`Limits.address` for each address without one, and `Limits.computing` besides for each network that has
something computed. Behind a proxy the server must be told to trust its forwarded
address."""

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
from tradehold.domain.authority import PUBLIC, SELF, could_change, could_read
from tradehold.domain.command import Actor, Role
from tradehold.engine import keys
from tradehold.engine.access import COOKIE, actor_of, session_of, wall
from tradehold.engine.limits import Buckets, Limits, cost_of
from tradehold.engine.services import Services
from tradehold.engine.tries import network

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_REMEMBER = 5.0  # seconds
_MOST = 10_000  # sessions and keys remembered


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


class _Found(msgspec.Struct, frozen=True):
    """Whom a token stands for. `csrf` is its session's; a key has none. `barred`: an operator without a
    second factor."""

    call: Call
    ends_at: datetime
    csrf: str
    until: float  # as long as this may be believed, on the monotonic clock
    barred: bool = False


class Gate:
    """Who has passed lately, and how often."""

    def __init__(self, services: Services, limits: Limits) -> None:
        self._services = services
        self._found: OrderedDict[str, _Found] = OrderedDict()
        self._taken = services.access.taken
        self._of_session = Buckets(limits.session)
        self._of_address = Buckets(limits.address)
        self._computing = Buckets(limits.computing)

    async def admit(self, scope: HTTPScope) -> Call:
        opt: dict[str, Any] = scope["route_handler"].opt
        token, from_cookie = _token(scope)
        now, client = time.monotonic(), scope.get("client")
        address = client[0] if client else ""
        found = self._remembered(token, now) if token else None
        if found:
            _slow_down(self._of_session.take(token, now))
        else:
            _slow_down(self._of_address.take(address, now))
            found = await self._find(token, now) if token else None
        if opt.get("public") == "check":
            cost = cost_of(header(scope, b"content-length").decode("latin-1"), scope["method"] == "POST")
            _slow_down(self._computing.take(network(address), now, cost))
        # Litestar itself answers OPTIONS, with the methods of the address and nothing else.
        if opt.get("public") in PUBLIC or scope["method"] == "OPTIONS":
            return found.call if found else Call(self._services, None)
        if found is None:
            raise http_problem("unauthenticated", www_authenticate='Bearer realm="tradehold"')
        if found.barred:
            raise http_problem("forbidden", "An operator enrols a second factor first.")
        if from_cookie and scope["method"] not in _SAFE:
            _check_csrf(scope, found.csrf)
        if not _open(opt, found.call.actor, scope["method"]):
            raise http_problem("forbidden")
        return found.call

    def _remembered(self, token: str, now: float) -> _Found | None:
        if self._taken != self._services.access.taken:
            self._taken = self._services.access.taken
            self._found.clear()
        kept = self._found.get(token)
        return kept if kept and kept.until > now and kept.ends_at > wall() else None

    async def _find(self, token: str, now: float) -> _Found | None:
        found = await self._look_up(token, now + _REMEMBER)
        if found is None:
            self._found.pop(token, None)
            return None
        self._found[token] = found
        self._found.move_to_end(token)
        if len(self._found) > _MOST:
            self._found.popitem(last=False)
        return found

    async def _look_up(self, token: str, until: float) -> _Found | None:
        if token.startswith(keys.MARK):
            holder = await keys.holder(self._services.pool, token)
            return _Found(Call(self._services, holder.actor), holder.ends_at, "", until) if holder else None
        session = await session_of(self._services.pool, token)
        if session is None:
            return None
        call = Call(self._services, actor_of(session.member), session.fresh_until)
        barred = not session.secured and call.actor.role is Role.OPERATOR
        return _Found(call, session.ends_at, session.csrf, until, barred)


def _open(opt: dict[str, Any], actor: Actor, method: str) -> bool:
    """Whether the route is one that the caller may have. What is a person's own, a key may only look at."""
    if "self" in opt:
        return opt["self"] in SELF and (not actor.key or method in _SAFE)
    if "change" in opt:
        return could_change(opt["change"], actor)
    return "command" in opt or could_read(opt.get("read", ""), actor)


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


def _check_csrf(scope: HTTPScope, csrf: str) -> None:
    if not hmac.compare_digest(header(scope, b"x-csrf-token"), csrf.encode()):
        raise http_problem("csrf")


def _token(scope: HTTPScope) -> tuple[str, bool]:
    """The token of a session or a key, and whether the cookie brought it: never a key's. An Authorization
    header goes first."""
    cookies = b""
    for name, value in scope["headers"]:
        if name == b"authorization":
            scheme, _, token = value.partition(b" ")
            return (token.strip().decode("latin-1") if scheme.lower() == b"bearer" else ""), False
        if name == b"cookie":
            cookies = value
    for pair in cookies.decode("latin-1").split(";"):
        name_, _, token_ = pair.strip().partition("=")
        if name_ == COOKIE and not token_.startswith(keys.MARK):
            return token_, True
    return "", False
