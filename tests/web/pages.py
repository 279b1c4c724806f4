"""The pages served in memory: a client for each role, with what a browser does about cookies and forms."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html.parser import HTMLParser

import httpx
from litestar import Litestar

from tests.platform import Running
from tradehold.engine.access import COOKIE
from tradehold.engine.limits import Limits, Rate
from tradehold.web.app import desk_of, page_problems, web_router
from tradehold.web.demo import DemoControls
from tradehold.web.forms import MOST_FIELDS

HOST = "http://tradehold.test"
NO_LIMITS = Limits(Rate(10**6, 10**6), Rate(10**6, 10**6))


def app_of(platform: Running, demo: DemoControls | None = None, limits: Limits = NO_LIMITS) -> Litestar:
    desk = desk_of(platform.services, demo, limits)
    return Litestar(
        [web_router(desk)],
        exception_handlers=page_problems(desk),
        openapi_config=None,
        multipart_form_part_limit=MOST_FIELDS,
    )


@asynccontextmanager
async def browsing(
    platform: Running, role: str = "", language: str = "", demo: DemoControls | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    """A client that is signed in as `role` (not at all: "")."""
    cookies = {COOKIE: platform.tokens[role]} if role else {}
    if language:
        cookies["th_language"] = language
    transport = httpx.ASGITransport(app_of(platform, demo), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=HOST, cookies=cookies) as client:
        yield client


class _Forms(HTMLParser):
    """What a browser would send for each form: by the form's address, its fields with their values."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self._select = ""
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append((given.get("action", ""), {}))
        elif not self.found:
            return
        elif tag == "input" and given.get("name") and given.get("type") not in ("checkbox", "radio", "file"):
            self.found[-1][1][given["name"]] = given.get("value", "")
        elif tag == "select":
            self._select = given.get("name", "")
            self.found[-1][1][self._select] = ""
        elif tag == "textarea":
            self._text = given.get("name", "")
            self.found[-1][1][self._text] = ""
        elif tag == "option" and (not self.found[-1][1].get(self._select) or "selected" in given):
            self.found[-1][1][self._select] = given.get("value", "")

    def handle_data(self, data: str) -> None:
        if self._text:
            self.found[-1][1][self._text] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._text = ""


def forms(page: str) -> list[tuple[str, dict[str, str]]]:
    parser = _Forms()
    parser.feed(page)
    return parser.found


def form(page: str, address: str) -> dict[str, str]:
    """The fields of the first form whose address contains `address`."""
    return next(fields for action, fields in forms(page) if address in action)


def words(page: str) -> str:
    """What a reader sees: without tags, scripts and runs of blanks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


async def csrf(client: httpx.AsyncClient) -> str:
    """The token of the client's session; "" where nobody is signed in."""
    page = (await client.get("/security")).text
    return next((fields["csrf"] for address, fields in forms(page) if address == "/sign-out"), "")
