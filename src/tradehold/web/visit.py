"""Who is looking, in which language and time zone, and what of the platform stands behind the page.

A session goes by real time, never by the platform's clock: the demo steps that one by days.
"""

import hmac
from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar.connection import ASGIConnection, Request
from litestar.enums import MediaType
from litestar.response import Response

from tradehold.domain.command import Actor, Grade, Role
from tradehold.domain.identity import Kind, company_ref
from tradehold.engine.access import COOKIE, actor_of, session_of, wall
from tradehold.engine.limits import Buckets
from tradehold.engine.rhythm import zone_of
from tradehold.engine.services import Services
from tradehold.store import membership, notices, people, views
from tradehold.store.notices import Reader
from tradehold.store.people import NOBODY, Session
from tradehold.web import i18n
from tradehold.web.demo import DemoControls
from tradehold.web.i18n import Formats
from tradehold.web.live import Live
from tradehold.web.render import page

Connection = ASGIConnection[Any, Any, Any, Any]
Req = Request[Any, Any, Any]
Page = Response[str]
Json = Response[Any]

LANGUAGE_COOKIE = "th_language"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class NoAddress(Exception):
    """The platform does not know under which address people reach it, and this request cannot tell."""


class Desk(msgspec.Struct):
    """What the pages stand on. `demo` is None on a platform where money is real."""

    services: Services
    demo: DemoControls | None
    live: Live
    of_session: Buckets
    of_address: Buckets
    computing: Buckets


class Visitor(msgspec.Struct):
    """The reader of one page. Without a session they see only what is public."""

    desk: Desk
    session: Session | None
    f: Formats
    path: str
    cookie: str = ""  # the session's token, as the browser sent it

    @property
    def t(self) -> i18n.Translator:
        return self.f.t

    @property
    def actor(self) -> Actor:
        """Raises LookupError where nobody is signed in: the guard lets no such visitor through."""
        if self.session is None:
            raise LookupError("nobody is signed in")
        return actor_of(self.session.member)

    @property
    def fresh(self) -> bool:
        """Whether a second factor was shown just now."""
        return self.session is not None and self.session.fresh_until > wall()

    @property
    def operates(self) -> bool:
        return self.session is not None and self.actor.role is Role.OPERATOR

    @property
    def company(self) -> int:
        """The one acted for: 0 for the platform's operators, -1 for none."""
        return self.session.member.company if self.session else people.NOBODY

    @property
    def token(self) -> str:
        """Of the session; empty where nobody is signed in."""
        return self.cookie if self.session else ""


def language_of(connection: Connection, session: Session | None) -> str:
    """What was chosen on the page, else the member's own, else the first that the browser asks for."""
    offered = i18n.languages()
    chosen = connection.cookies.get(LANGUAGE_COOKIE, "")
    own = session.member.language if session else ""
    asked = [
        part.partition(";")[0].strip()[:2].lower()
        for part in connection.headers.get("accept-language", "").split(",")
    ]
    return next((code for code in (chosen, own, *asked) if code in offered), i18n.DEFAULT)


def path_of(connection: Connection) -> str:
    query = connection.scope["query_string"].decode("ascii", "replace")
    return connection.scope["path"] + (f"?{query}" if query else "")


def _formats(connection: Connection, session: Session | None, now: datetime) -> Formats:
    zone = zone_of(session.member.zone) if session else UTC
    return Formats(i18n.translator(language_of(connection, session)), zone, now)


async def visitor_of(connection: Connection, desk: Desk) -> Visitor:
    token = connection.cookies.get(COOKIE, "")
    session = await session_of(desk.services.pool, token) if token else None
    formats = _formats(connection, session, desk.services.clock())
    return Visitor(desk, session, formats, path_of(connection), token)


def landing(here: Visitor) -> str:
    """Where somebody begins: at their trades; or, acting for no company or for one that waits for a check,
    where they are told so."""
    if here.session and here.session.member.grade is None:
        return "/companies/held" if here.session.member.company > 0 else "/companies"
    return "/trades"


def stranger(connection: Connection, desk: Desk) -> Visitor:
    """Somebody of whom nothing can be looked up, as when the database is away."""
    return Visitor(desk, None, _formats(connection, None, desk.services.clock()), path_of(connection))


def visitor(request: Connection) -> Visitor:
    """The visitor that the guard let in."""
    found: Visitor = request.state.visitor
    return found


def reader_of(visitor: Visitor) -> Reader:
    """Whose notices the visitor reads: their own, as a member of the company they act for."""
    return (visitor.session.member.id, visitor.session.member.company) if visitor.session else (0, NOBODY)


def signed(session: Session, form: dict[str, str]) -> bool:
    return hmac.compare_digest(session.csrf.encode(), form.get("csrf", "").encode("utf-8", "replace"))


async def show(visitor: Visitor, template: str, code: int = 200, /, **context: object) -> Page:
    """A private page: whole, in the visitor's language, under the strict policy."""
    return _answer(visitor, template, await shell(visitor), code, context)


def show_plain(visitor: Visitor, template: str, code: int, /, **context: object) -> Page:
    """A page that needs nothing from the database."""
    return _answer(visitor, template, _frame(visitor, []), code, context)


def _answer(
    visitor: Visitor, template: str, frame: dict[str, object], status: int, context: dict[str, object]
) -> Page:
    text = page(template, t=visitor.t, f=visitor.f, shell=frame, **context)
    return Response(text, status_code=status, media_type=MediaType.HTML, headers=HEADERS)


def see_other(to: str) -> Page:
    return Response("", status_code=303, headers={**HEADERS, "Location": to})


async def shell(visitor: Visitor) -> dict[str, object]:
    """The frame around every page: who one is, where one can go, and what waits there."""
    if visitor.session is None:
        return _frame(visitor, [])
    t, pool, here = visitor.t, visitor.desk.services.pool, visitor.path
    links = [("/trades", t("Trades"), 0)]
    if visitor.actor.grade is None:
        links = [("/companies", t("Your companies"), 0)]
    elif visitor.operates:
        pending = len(await views.machines(pool, Kind.APPROVAL, ["pending"], limit=100))
        links += [("/approvals", t("Approvals"), pending), ("/money", t("Money"), 0)]
        links += [("/desk/companies", t("Companies"), 0), ("/desk", t("Desk"), 0)]
    elif await views.row(pool, company_ref(visitor.actor.company)):
        links += [("/suppliers", t("Suppliers"), 0)]
        links += [(f"/companies/{visitor.actor.company}", t("Company"), 0)]
    links.append(("/files", t("Files"), 0))
    fitting = [href for href, _, _ in links if here.startswith(href)]
    current = max(fitting, key=len, default="")
    nav = [
        {"href": href, "label": label, "current": href == current, "count": count}
        for href, label, count in links
    ]
    frame = _frame(visitor, nav, await _companies(visitor, visitor.session))
    if visitor.actor.grade is None:  # whoever acts for no company hears no news of one
        return frame
    reader = reader_of(visitor)
    return {**frame, "unread": (await notices.unread(pool, [reader]))[reader]}


async def _companies(visitor: Visitor, session: Session) -> list[dict[str, object]]:
    """Those that the visitor may act for, by name."""
    return [
        {
            "number": one.company,
            "name": one.name or visitor.t("The platform"),
            "href": f"/act-for/{one.company}",
            "current": one.company == session.member.company,
        }
        for one in await membership.of_person(visitor.desk.services.pool, session.member.id)
    ]


def _frame(
    visitor: Visitor, nav: list[dict[str, object]], companies: list[dict[str, object]] | None = None
) -> dict[str, object]:
    t, session, demo = visitor.t, visitor.session, visitor.desk.demo
    return {
        "viewer": _viewer(visitor, session, companies or []) if session else None,
        "companies": companies or [],
        "nav": nav,
        "languages": [
            {
                "code": code,
                "name": each.name,
                "href": f"/language/{code}",
                "current": code == t.language,
            }
            for code, each in i18n.languages().items()
        ],
        "notices": [],
        "unread": None,
        "csrf": session.csrf if session else "",
        "demo": {"today": demo.today()} if demo and session else None,
        "paused": visitor.desk.services.knowledge.paused if session else "",
    }


def _viewer(visitor: Visitor, session: Session, companies: list[dict[str, object]]) -> dict[str, object]:
    """`pages`: where what the company shares is looked after."""
    t, number = visitor.t, session.member.company
    company = next((one["name"] for one in companies if one["current"]), t("No company"))
    role = t("Company no. {number}", number=number) if number > 0 else ""
    pages = []
    if session.member.grade:
        pages = [
            (f"/companies/{number}/profile", t("Company profile")),
            (f"/companies/{number}/members", t("Members")),
            (f"/companies/{number}/keys", t("API keys")),
        ]
        pages = pages[1 if visitor.operates else 0 : 3 if session.member.grade is Grade.OWNER else 2]
    links = [{"href": href, "label": label} for href, label in [*pages, ("/companies", t("Your companies"))]]
    return {
        "name": session.member.name,
        "company": company,
        "role": t("Operator") if visitor.operates else role,
        "pages": links,
    }
