"""Every page for everybody: see tests/seats.py. A route without a row here fails, and so does one that lets
in somebody else than its row says."""

import asyncio
import re
from collections.abc import Callable

import httpx
import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute

from tests.platform import running, terms
from tests.seats import SESSIONS, Seat, row, seated
from tests.web.pages import app_of, browsing, csrf
from tradehold.domain.contract import revision_hash
from tradehold.domain.identity import public_id

# Who may, and the duty that it takes. T is a trade of the buyer and the supplier, 7 the supplier; `nothing`,
# 99 and 0 are not there: whoever may have them is told that they are not.
TABLE: dict[str, str] = {
    "GET /": "person", "GET /trades": "member operator / read",
    "GET /trades/T": "buyer supplier operator / read",
    "GET /trades/T/contract": "buyer supplier operator / read",
    "GET /trades/T/contract.pdf": "buyer supplier operator / read",
    "GET /trades/T/revisions": "buyer supplier operator / read",
    "GET /trades/T/record.json": "buyer supplier operator / read",
    "GET /trades/T/events": "buyer supplier operator / read",
    "GET /trades/T/thread": "buyer supplier operator / read",
    "POST /trades/T/thread": "buyer supplier operator / talk",
    "POST /trades/T/read": "buyer supplier operator / read",
    "POST /trades/T/confirm": "buyer supplier / trade",
    "GET /trades/T/revise": "buyer supplier / trade", "POST /trades/T/revise": "buyer supplier / trade",
    "GET /trades/new": "member / trade", "POST /trades/new": "member / trade",
    "POST /trades/new/check": "member / trade", "POST /drafts/discard": "member / trade",
    "GET /approvals": "operator / read", "POST /approvals/nothing": "operator / trade finance",
    "GET /money": "operator / read", "GET /money/files/nothing": "operator / read",
    "POST /money/file": "operator / finance", "POST /money/payouts": "operator / finance",
    "POST /money/lines/nothing": "operator / finance",
    "GET /companies/7": "supplier operator / read",
    "POST /companies/7/accounts": "supplier / finance",
    "POST /companies/7/approve": "operator / finance",
    "POST /companies/7/verifications": "operator / trade",
    "POST /companies/7/verifications/withdraw": "operator / trade",
    "POST /companies/7/propose/suspend": "operator / trade finance",
    "GET /suppliers": "member operator / read", "GET /suppliers/7": "member operator / read",
    "GET /desk": "operator / read", "POST /desk/pause": "operator / finance",
    "POST /desk/resume": "operator / finance", "POST /desk/policies": "operator / manage",
    "POST /desk/calendars": "operator / manage", "GET /desk/companies": "operator / read",
    "GET /files": "member operator / read", "POST /files": "member operator / talk",
    "POST /files/uploads": "member operator / talk",
    "GET /files/uploads/nothing": "member operator / read",
    "PATCH /files/uploads/nothing": "member operator / talk",
    "DELETE /files/uploads/nothing": "member operator / talk",
    "GET /files/nothing": "member operator / read", "GET /files/nothing/picture": "member operator / read",
    "GET /companies": "person", "GET /companies/held": "person", "GET /companies/new": "person",
    "GET /companies/new/number": "person", "POST /companies/new": "person", "POST /act-for/99": "person",
    "POST /companies/99/leave": "person",
    "GET /companies/7/profile": "supplier operator / read",
    "POST /companies/7/profile": "supplier / manage",
    "GET /companies/7/members": "supplier operator / read",
    "POST /companies/7/members/99": "supplier / manage",
    "POST /companies/7/invitations": "supplier / manage",
    "POST /companies/7/invitations/99": "supplier / manage",
    "GET /companies/7/keys": "supplier operator / manage", "POST /companies/7/keys": "supplier / manage",
    "POST /companies/7/keys/99": "supplier / manage",
    "GET /invitations": "all", "GET /invitations/nothing": "all", "POST /invitations/nothing": "person",
    "GET /check": "all", "POST /check": "all", "GET /plan": "all",
    "GET /sign-in": "all", "POST /sign-in": "all", "GET /sign-in/nothing": "all",
    "POST /sign-in/nothing": "all", "POST /passkey/options": "all", "POST /passkey": "all",
    "GET /second": "all", "POST /second/options": "all", "POST /second": "all",
    "GET /language/zh": "all", "GET /sign-up": "all", "POST /sign-up": "all", "GET /forgot": "all",
    "POST /forgot": "all", "GET /choose/nothing": "all", "POST /choose/nothing": "all",
    "POST /choose/nothing/options": "all", "GET /confirm-email/nothing": "all",
    "POST /confirm-email/nothing": "all", "GET /oidc": "all", "GET /oidc/callback": "all",
    "GET /static/tradehold.css": "all", "GET /unsubscribe/nothing": "all",
    "POST /unsubscribe/nothing": "all",
    "GET /step-up": "person", "POST /step-up/options": "person", "POST /step-up": "person",
    "GET /security": "person", "POST /security/passkey/options": "person",
    "POST /security/nothing": "person", "GET /settings": "person", "POST /settings": "person",
    "GET /notifications": "member operator / read", "GET /notifications/0": "member operator / read",
    "POST /notifications/read": "member operator / read",
    "GET /notifications/events": "member operator / read",
    "POST /sign-out": "person",  # has a test of its own: it would end the session here
}  # fmt: skip
ONLY_IN_A_DEMO = ("POST /demo/advance", "POST /demo/bank", "POST /trades/T/demo/pay")
# What the loop refuses is said on the page, beside the form.
REFUSED = ("which your role", "may not do this", "a second operator decides")
# Public, and yet what has the wrong token is turned away by these.
BY_TOKEN = ("/sign-in/", "/choose/", "/confirm-email/", "/second", "/passkey", "/oidc", "/invitations/")


def pattern(name: str) -> str:
    method, path = name.split()
    named = {"T", "7", "99", "0", "nothing", "zh", "confirm", "suspend", "tradehold.css"}
    return f"{method} " + "/".join("*" if part in named else part for part in path.split("/"))


def routes(app: Litestar) -> set[str]:
    found = set()
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            path = re.sub(r"\{[^}]+\}", "*", route.path_format)
            found |= {f"{method} {path}" for method in route.methods - {"OPTIONS", "HEAD"}}
    return found


async def test_every_route_has_a_row() -> None:
    async with running(__name__) as p:
        assert routes(app_of(p)) == {pattern(name) for name in TABLE}


async def first_status(client: httpx.AsyncClient, path: str) -> httpx.Response:
    """A stream's answer, without waiting for its end: in memory there is nobody to hang up."""
    answer = asyncio.create_task(client.get(path))
    done, _ = await asyncio.wait([answer], timeout=0.3)
    if not done:
        answer.cancel()
        await asyncio.wait([answer])
        return httpx.Response(200)
    return answer.result()


def turned_away(name: str, seat: Seat, answer: httpx.Response) -> bool:
    """To where one signs in, registers a company or enrols a factor; or told so."""
    where = answer.headers.get("location", "")
    if any(part in name for part in BY_TOKEN) and row(TABLE[name]).admits(seat):
        return False
    if answer.status_code == 404:
        return not row(TABLE[name], name.split()[0]).admits(seat)
    if answer.status_code in (401, 403) or any(said in answer.text for said in REFUSED):
        return True
    doors = ("/sign-in", "/companies/held", "/security?first")
    homeless = (
        name not in ("GET /", "GET /companies/held", "GET /invitations")
        and seat.side == "homeless"
        and where == "/companies"
    )
    return answer.status_code == 303 and (where.startswith(doors) or homeless)


async def ask(client: httpx.AsyncClient, name: str, trade: str, token: str) -> httpx.Response:
    method, path = name.split()
    path = path.replace("/T", f"/{trade}")
    if path.endswith("/events"):
        return await first_status(client, path)
    data = {"csrf": token, "key": "k" * 12, "revision": "1", "known": "yes", "hash": revision_hash(terms())}
    headers = {"x-csrf-token": token}
    if method in ("PATCH", "DELETE") or path == "/files/uploads":
        return await client.request(method, path, content=b"[]", headers=headers)
    return await client.request(method, path, **({"data": data} if method == "POST" else {}))


@pytest.mark.parametrize("seat", SESSIONS, ids=lambda seat: seat.name or "nobody")
async def test_each_is_let_in_where_the_rows_say(
    seat: Seat, record_property: Callable[[str, object], None]
) -> None:
    async with running(__name__) as p:
        await seated(p)
        trade, wrong = public_id(await p.draft()), {}
        async with browsing(p, seat.name) as client:
            token = await csrf(client)
            for name, text in TABLE.items():
                if name == "POST /sign-out":
                    continue
                answer = await ask(client, name, trade, token)
                method = name.split()[0]
                away = turned_away(name, seat, answer)
                if away is row(text, method).admits(seat) or answer.status_code in (500, 502):
                    wrong[name] = (answer.status_code, answer.headers.get("location", ""))
    assert wrong == {}
    record_property("authorisation", len(TABLE) - 1)


async def test_what_only_a_demo_has_is_not_there() -> None:
    async with running(__name__) as p:
        trade = public_id(await p.draft())
        for role in ("", "buyer", "operator"):
            async with browsing(p, role) as client:
                for name in ONLY_IN_A_DEMO:
                    path = name.split()[1].replace("/T", f"/{trade}")
                    assert (await client.post(path, data={})).status_code == 404, name
