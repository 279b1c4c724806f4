"""Every page for everybody: who gets in, what stands there, and what no form may do."""

import asyncio
import re
from datetime import timedelta

import httpx
import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute
from msgspec.structs import replace

from tests.browser.serving import Bank
from tests.platform import ACTORS, SUPPLIER, Running, running
from tests.web.pages import HOST, app_of, browsing, form, forms, words
from tradehold.domain import trade_commands as c
from tradehold.domain.bank import Party
from tradehold.domain.command import RAIL
from tradehold.domain.identity import Kind, Ref, public_id, receipt_ref
from tradehold.domain.receipt import RecordLine
from tradehold.engine.access import COOKIE
from tradehold.engine.door import Door
from tradehold.engine.limits import Limits, Rate
from tradehold.store import views
from tradehold.web.live import PER_SESSION, Live
from tradehold.web.render import asset
from tradehold.web.signin import one_time_link

NAME = __name__
ROLES = ("", "buyer", "supplier", "other_buyer", "other_supplier", "operator")
# What each role gets for each address: 200 a page, 303 somewhere else, 403 not for this role, 404 not for
# this company, 422 an answer to a form with nothing in it. `T` is a trade of the buyer and the supplier. A
# POST here is properly signed: what it is refused for is not its token. The demo's are only where one runs.
TABLE: dict[str, tuple[int, ...]] = {
    #                               nobody buyer suppl other other operator
    "GET /": (303, 303, 303, 303, 303, 303),
    "GET /trades": (303, 200, 200, 200, 200, 200),
    "GET /trades/T": (303, 200, 200, 404, 404, 200),
    "GET /trades/T/thread": (303, 200, 200, 404, 404, 200),
    "POST /trades/T/thread": (303, 422, 422, 404, 404, 422),
    "POST /trades/T/read": (303, 400, 400, 404, 404, 400),
    "GET /trades/T/record.json": (303, 200, 200, 404, 404, 200),
    "GET /trades/T/events": (303, 200, 200, 404, 404, 200),
    "GET /trades/T/revise": (303, 200, 200, 404, 404, 403),
    "POST /trades/T/revise": (303, 422, 422, 404, 404, 403),
    "POST /trades/T/confirm": (303, 422, 422, 404, 404, 422),
    "GET /trades/new": (303, 200, 200, 200, 200, 403),
    "POST /trades/new": (303, 422, 422, 422, 422, 403),
    "GET /approvals": (303, 403, 403, 403, 403, 200),
    "POST /approvals/A": (303, 403, 403, 403, 403, 404),
    "GET /money": (303, 403, 403, 403, 403, 200),
    "POST /money/file": (303, 403, 403, 403, 403, 422),
    "POST /money/payouts": (303, 403, 403, 403, 403, 200),
    "POST /money/lines/L": (303, 403, 403, 403, 403, 404),
    "GET /money/files/L": (303, 403, 403, 403, 403, 404),
    "GET /files": (303, 200, 200, 200, 200, 200),
    "POST /files": (303, 422, 422, 422, 422, 422),
    "GET /files/X": (303, 404, 404, 404, 404, 404),
    "GET /files/X/picture": (303, 404, 404, 404, 404, 404),
    "POST /files/uploads": (303, 400, 400, 400, 400, 400),
    "GET /files/uploads/X": (303, 404, 404, 404, 404, 404),
    "PATCH /files/uploads/X": (303, 400, 400, 400, 400, 400),
    "DELETE /files/uploads/X": (303, 404, 404, 404, 404, 404),
    "GET /companies": (303, 200, 200, 200, 200, 200),
    "GET /companies/held": (303, 303, 303, 303, 303, 303),
    "GET /companies/new": (303, 200, 200, 200, 200, 200),
    "GET /companies/new/number": (303, 200, 200, 200, 200, 200),
    "POST /companies/new": (303, 422, 422, 422, 422, 422),
    "POST /act-for/99": (303, 404, 404, 404, 404, 404),
    "POST /companies/7/leave": (303, 422, 422, 422, 422, 422),
    "GET /companies/7/profile": (303, 404, 200, 404, 404, 200),
    "POST /companies/7/profile": (303, 404, 422, 404, 404, 403),
    "GET /companies/7/members": (303, 404, 200, 404, 404, 200),
    "POST /companies/7/members/99": (303, 404, 422, 404, 404, 422),
    "POST /companies/7/invitations": (303, 404, 422, 404, 404, 422),
    "POST /companies/7/invitations/99": (303, 404, 422, 404, 404, 422),
    "GET /companies/7/keys": (303, 404, 200, 404, 404, 200),
    "POST /companies/7/keys": (303, 404, 422, 404, 404, 422),
    "POST /companies/7/keys/99": (303, 404, 422, 404, 404, 422),
    "GET /invitations": (303, 303, 303, 303, 303, 303),
    "GET /invitations/X": (404, 404, 404, 404, 404, 404),
    "POST /invitations/X": (303, 404, 404, 404, 404, 404),
    "GET /notifications": (303, 200, 200, 200, 200, 200),
    "GET /notifications/7": (303, 404, 404, 404, 404, 404),
    "GET /notifications/events": (303, 200, 200, 200, 200, 200),
    "POST /notifications/read": (303, 303, 303, 303, 303, 303),
    "GET /unsubscribe/X": (404, 404, 404, 404, 404, 404),
    "POST /unsubscribe/X": (404, 404, 404, 404, 404, 404),
    "GET /suppliers": (303, 200, 200, 200, 200, 200),
    "GET /suppliers/7": (303, 200, 200, 200, 200, 200),
    "GET /companies/7": (303, 404, 200, 404, 404, 200),
    "POST /companies/7/accounts": (303, 404, 422, 404, 404, 403),
    "POST /companies/7/approve": (303, 403, 403, 403, 403, 422),
    "POST /companies/7/verifications": (303, 403, 403, 403, 403, 422),
    "POST /companies/7/verifications/withdraw": (303, 403, 403, 403, 403, 422),
    "POST /companies/7/propose/suspend": (303, 403, 403, 403, 403, 422),
    "GET /desk": (303, 403, 403, 403, 403, 200),
    "GET /desk/companies": (303, 403, 403, 403, 403, 200),
    "POST /desk/pause": (303, 403, 403, 403, 403, 422),
    "POST /desk/resume": (303, 403, 403, 403, 403, 422),
    "POST /desk/policies": (303, 403, 403, 403, 403, 422),
    "POST /desk/calendars": (303, 403, 403, 403, 403, 422),
    "GET /sign-in": (200, 200, 200, 200, 200, 200),
    "GET /sign-in/X": (403, 403, 403, 403, 403, 403),
    "POST /sign-in/X": (403, 403, 403, 403, 403, 403),
    "POST /sign-in": (422, 422, 422, 422, 422, 422),
    "POST /passkey": (422, 422, 422, 422, 422, 422),
    "POST /passkey/options": (200, 200, 200, 200, 200, 200),
    "GET /second": (303, 303, 303, 303, 303, 303),
    "POST /second": (422, 422, 422, 422, 422, 422),
    "POST /second/options": (200, 200, 200, 200, 200, 200),
    "GET /sign-up": (200, 200, 200, 200, 200, 200),
    "POST /sign-up": (422, 422, 422, 422, 422, 422),
    "GET /forgot": (200, 200, 200, 200, 200, 200),
    "POST /forgot": (422, 422, 422, 422, 422, 422),
    "GET /choose/X": (403, 403, 403, 403, 403, 403),
    "POST /choose/X": (403, 403, 403, 403, 403, 403),
    "POST /choose/X/options": (404, 404, 404, 404, 404, 404),
    "GET /confirm-email/X": (403, 403, 403, 403, 403, 403),
    "POST /confirm-email/X": (403, 403, 403, 403, 403, 403),
    "GET /oidc": (404, 404, 404, 404, 404, 404),
    "GET /oidc/callback": (404, 404, 404, 404, 404, 404),
    "GET /step-up": (303, 303, 303, 303, 303, 303),
    "POST /step-up": (303, 422, 422, 422, 422, 422),
    "POST /step-up/options": (303, 200, 200, 200, 200, 200),
    "GET /security": (303, 200, 200, 200, 200, 200),
    "POST /security/X": (303, 404, 404, 404, 404, 404),
    "POST /security/passkey/options": (303, 200, 200, 200, 200, 200),
    "GET /settings": (303, 200, 200, 200, 200, 200),
    "POST /settings": (303, 422, 422, 422, 422, 422),
    "GET /language/zh": (303, 303, 303, 303, 303, 303),
    "GET /static/tradehold.css": (200, 200, 200, 200, 200, 200),
    "GET /nowhere": (404, 404, 404, 404, 404, 404),
    "POST /demo/advance": (404, 404, 404, 404, 404, 404),
    "POST /demo/bank": (404, 404, 404, 404, 404, 404),
    "POST /trades/T/demo/pay": (404, 404, 404, 404, 404, 404),
    "POST /sign-out": (303, 303, 303, 303, 303, 303),
}


async def _csrf(client: httpx.AsyncClient) -> str:
    page = (await client.get("/sign-in")).text
    found = [fields["csrf"] for address, fields in forms(page) if address == "/sign-out"]
    return found[0] if found else ""


def _routes(app: Litestar) -> set[str]:
    found = set()
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            found |= {f"{method} {route.path_format}" for method in route.methods - {"OPTIONS", "HEAD"}}
    return found


async def test_every_route_stands_in_the_table() -> None:
    async with running(NAME) as p:
        plain = {re.sub(r"\{[^}]+\}", "*", one) for one in _routes(app_of(p))}
    known = set()
    for row in TABLE:
        method, path = row.split(" ")
        if path.startswith("/demo") or path.endswith(("/demo/pay", "/nowhere")):
            continue
        path = re.sub(r"/(T|A|L|X|7|99|zh)(?=/|$)", "/*", path)
        path = path.replace("/propose/suspend", "/propose/*").replace("/*/confirm", "/*/*")
        path = path.replace("/static/tradehold.css", "/static*")
        known.add(f"{method} {path}")
    assert {one.replace("/static/*", "/static*") for one in plain} == known


async def _answers(p: Running, role: str, trade: str) -> dict[str, int]:
    found = {}
    p.services = replace(p.services, door=Door(url=HOST))
    async with browsing(p, role) as client:
        token = await _csrf(client)
        for row in TABLE:
            method, path = row.split(" ")
            path = path.replace("/T", f"/{trade}")
            if path.endswith("/events"):
                found[row] = await _first_status(client, path)
            elif path == "/sign-out":
                found[row] = 303  # has a test of its own: it would end the session here
            elif method == "GET":
                found[row] = (await client.get(path)).status_code
            else:
                data = {"csrf": token, "key": "k" * 12, "revision": "1"}
                found[row] = (await client.request(method, path, data=data)).status_code
    return found


async def _first_status(client: httpx.AsyncClient, path: str) -> int:
    """The status of a stream, without waiting for its end: in memory there is nobody to hang up."""
    answer = asyncio.create_task(client.get(path))
    done, _ = await asyncio.wait([answer], timeout=0.3)
    if not done:
        answer.cancel()
        await asyncio.wait([answer])
        return 200
    return answer.result().status_code


@pytest.mark.parametrize("role", ROLES)
async def test_each_role_gets_what_the_table_says(role: str) -> None:
    async with running(NAME) as p:
        trade = public_id(await p.draft())
        found = await _answers(p, role, trade)
    column = ROLES.index(role)
    assert found == {row: wanted[column] for row, wanted in TABLE.items()}


@pytest.mark.parametrize(("role", "sentence"), [
    ("buyer", "The contract stands. Pay USD 3,780.00 so that production can begin."),
    ("supplier", "The contract stands. Begin when Harbour Kids Ltd has paid USD 3,780.00."),
    ("operator", "The contract stands. USD 3,780.00 is awaited from Harbour Kids Ltd."),
])  # fmt: skip
async def test_the_trade_page_says_where_it_stands_to_each_side(role: str, sentence: str) -> None:
    async with running(NAME) as p:
        trade = public_id(await p.agreed())
        async with browsing(p, role, "en") as client:
            page = await client.get(f"/trades/{trade}")
    said = words(page.text).replace("\N{NO-BREAK SPACE}", " ")
    assert sentence in said
    assert ("DE75512108001245126199" in said) == (role == "buyer")
    assert "Both sides confirmed revision 1: the contract stands." in said


async def test_private_pages_are_under_the_strict_policy_and_kept_by_nobody() -> None:
    async with running(NAME) as p, browsing(p, "buyer") as client:
        headers = (await client.get("/trades")).headers
    assert headers["cache-control"] == "no-store"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


async def test_static_files_are_kept_for_ever_and_nothing_else_is_served() -> None:
    async with running(NAME) as p, browsing(p) as client:
        style = await client.get(asset("tradehold.css"))
        outside = [
            (await client.get(path)).status_code
            for path in (
                "/static/../app.py",
                "/static/%2e%2e/app.py",
                "/static//etc/passwd",
                "/static/vendor",
            )
        ]
    assert "immutable" in style.headers["cache-control"]
    assert style.headers["content-type"].startswith("text/css")
    assert outside == [404, 404, 404, 404]


@pytest.mark.parametrize("token", ["", "wrong", "é" * 20])
async def test_a_form_without_the_sessions_token_does_nothing(token: str) -> None:
    async with running(NAME) as p:
        ref = await p.draft()
        async with browsing(p, "buyer", "en") as client:
            path = f"/trades/{public_id(ref)}"
            sent = form((await client.get(path)).text, "/withdraw") | {"csrf": token}
            answer = await client.post(f"{path}/withdraw", data=sent)
        row = await views.row(p.services.pool, ref)
    assert answer.status_code == 403
    assert "This form is not from your session" in answer.text
    assert row is not None
    assert row.state.stage == "draft"


async def test_a_form_from_another_site_does_nothing_even_with_the_token() -> None:
    async with running(NAME) as p:
        path = f"/trades/{public_id(await p.draft())}"
        async with browsing(p, "buyer") as client:
            sent = form((await client.get(path)).text, "/withdraw")
            away = {"sec-fetch-site": "cross-site"}
            assert (await client.post(f"{path}/withdraw", data=sent, headers=away)).status_code == 403


async def test_a_form_sent_twice_is_one_command() -> None:
    async with running(NAME) as p:
        ref = await p.agreed()
        await p.pay(ref, 378_000)
        path = f"/trades/{public_id(ref)}"
        async with browsing(p, "supplier") as client:
            sent = form((await client.get(path)).text, "/note_progress") | {"text": "Cut."}
            answers = [await client.post(f"{path}/note_progress", data=sent) for _ in range(2)]
            page = await client.get(path)
    assert [(one.status_code, one.headers["location"]) for one in answers] == [(303, path)] * 2
    assert words(page.text).count("Cut.") == 1


async def test_a_refused_form_comes_back_with_what_was_typed_and_why() -> None:
    async with running(NAME) as p:
        ref = await p.ready()
        path = f"/trades/{public_id(ref)}"
        async with browsing(p, "supplier", "zh") as client:
            sent = form((await client.get(path)).text, "/ship")
            sent |= {"carrier": "MSC Aurora", "document": "BL1", "on": "2027-02-01"}
            answer = await client.post(f"{path}/ship", data=sent)
    assert answer.status_code == 422
    assert "MSC Aurora" in answer.text
    assert "发货日期 2027年2月1日周一 在未来。" in answer.text


async def test_a_whole_contract_is_drafted_and_revised_without_a_script() -> None:
    async with running(NAME) as p, browsing(p, "buyer", "en") as client:
        sent = form((await client.get("/trades/new")).text, "/trades/new")
        more = await client.post("/trades/new", data=sent | {"title": "Caps", "more": "line"})
        assert more.status_code == 200
        sent = form(more.text, "/trades/new")
        assert sent["title"] == "Caps"
        for n, (what, price) in enumerate([("Cap, red", "1.10"), ("Cap, blue", "1.20")]):
            sent |= {
                f"lines.{n}.description": what,
                f"lines.{n}.quantity": "1,000",
                f"lines.{n}.unit_price": price,
            }
        sent |= {"other": str(SUPPLIER), "ship_by.on": "2027-03-01", "place": "Ningbo"}
        missing = await client.post("/trades/new", data=sent)
        assert missing.status_code == 422
        assert 'id="inspection.reason-error"' in missing.text
        drafted = await client.post("/trades/new", data=sent | {"inspection.reason": "We know them."})
        assert drafted.status_code == 303
        path = drafted.headers["location"]
        page = words((await client.get(path)).text)
        assert "2,300.00" in page
        again = form((await client.get(f"{path}/revise")).text, "/revise")
        assert again["lines.1.description"] == "Cap, blue"
        revised = await client.post(f"{path}/revise", data=again | {"place": "Shanghai"})
        assert revised.status_code == 303, words(revised.text)
        assert revised.headers["location"] == path
        assert "FOB Ningbo, Incoterms 2020 FOB Shanghai, Incoterms 2020" in words(
            (await client.get(path)).text
        )
        stale = await client.post(f"{path}/revise", data=again | {"key": "another-key"})
        assert "Revision 1 is not the current one (2)" in stale.text


HOSTILE = "<script>alert(1)</script>\u202egnitnuoc\u202c ' \" & {{ 7 * 7 }} \x00 \ud83d\udc69 𐍈"


async def test_hostile_text_is_only_text() -> None:
    async with running(NAME) as p:
        ref = await p.agreed()
        await p.pay(ref, 378_000)
        path = f"/trades/{public_id(ref)}"
        async with browsing(p, "supplier", "en") as client:
            sent = form((await client.get(path)).text, "/note_progress")
            text = HOSTILE.encode("utf-8", "replace").decode()
            answer = await client.post(f"{path}/note_progress", data=sent | {"text": text})
            assert answer.status_code == 303
            page = (await client.get(path)).text
            searched = await client.get("/trades", params={"query": text, "before": "9" * 40, "stage": "x"})
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "{{ 7 * 7 }}" in page
    assert searched.status_code == 200


async def test_too_much_text_is_refused_before_it_is_read() -> None:
    async with running(NAME) as p:
        path = f"/trades/{public_id(await p.draft())}"
        async with browsing(p, "buyer", "en") as client:
            sent = form((await client.get(path)).text, "/withdraw") | {"text": "x" * 10_000_000}
            answer = await client.post(f"{path}/withdraw", data=sent)
    assert answer.status_code == 413


async def test_a_link_signs_in_once_and_signing_out_ends_it() -> None:
    async with running(NAME) as p, browsing(p, demo=Bank(p)) as client:
        link = await one_time_link(p.services.pool, 10)
        entered = await client.get(link)
        assert (entered.status_code, entered.headers["location"]) == (303, "/trades")
        cookie = entered.headers["set-cookie"]
        assert COOKIE in cookie
        assert "HttpOnly" in cookie
        assert "samesite=lax" in cookie.lower()
        assert (await client.get("/trades")).status_code == 200
        assert (await client.get(link)).status_code == 403
        out = await client.post("/sign-out", data={"csrf": await _csrf(client)})
        assert out.headers["location"] == "/sign-in"
        client.cookies.set(COOKIE, cookie.partition("=")[2].partition(";")[0])
        assert (await client.get("/trades")).headers["location"] == "/sign-in"


async def test_the_language_is_ones_own_until_another_is_chosen() -> None:
    async with running(NAME) as p, browsing(p, "supplier") as client:
        assert 'lang="zh"' in (await client.get("/trades")).text
        away = {"referer": f"{HOST}/money?x=1"}
        chosen = await client.get("/language/en", headers=away)
        assert chosen.headers["location"] == "/money?x=1"
        assert '<html lang="en">' in (await client.get("/trades")).text
        for referer in ("https://elsewhere.test/", f"{HOST}//elsewhere.test", ""):
            answer = await client.get("/language/zh", headers={"referer": referer})
            assert answer.headers["location"] == "/"


async def test_a_broken_bank_file_changes_nothing_and_says_so() -> None:
    async with running(NAME) as p, browsing(p, "operator", "en") as client:
        token = await _csrf(client)
        files = {"file": ("x.xml", b"<Document>", "text/xml")}
        answer = await client.post("/money/file", data={"csrf": token}, files=files)
    assert answer.status_code == 422
    assert "The file was not read" in answer.text


async def test_a_stream_tells_of_news_and_ends_when_the_server_does() -> None:
    async with running(NAME) as p:
        live, ref = Live(p.services.pool), await p.agreed()
        row = await views.row(p.services.pool, ref)
        assert row is not None
        stream = live.stream(ref, row.version, "session")
        assert (await anext(stream)).startswith(b":")
        await p.do(ref, ACTORS["supplier"], c.ExtendPayment(1))
        told = await asyncio.wait_for(anext(stream), 5)
        assert told == f"event: changed\nid: {row.version + 1}\ndata: {row.version + 1}\n\n".encode()
        waiting = asyncio.create_task(anext(stream, None))
        await asyncio.sleep(0.05)
        live.close()
        assert await asyncio.wait_for(waiting, 1) is None


async def test_one_session_cannot_open_streams_without_end() -> None:
    async with running(NAME) as p:
        live = Live(p.services.pool)
        streams = [live.stream(Ref(7, Kind.TRADE, 1), 0, "one") for _ in range(PER_SESSION)]
        for stream in streams:
            await anext(stream)
        assert live.full("one")
        assert not live.full("other")
        for stream in streams:
            await stream.aclose()
        assert not live.full("one")
        live.close()


async def test_a_database_that_is_away_is_a_page_and_not_a_trace() -> None:
    async with running(NAME) as p:
        application = app_of(p)
        cookies = {COOKIE: p.tokens["buyer"]}
    transport = httpx.ASGITransport(application, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=HOST, cookies=cookies) as client:
        answer = await client.get("/trades")
    assert answer.status_code == 503
    assert "Traceback" not in answer.text


async def test_the_desk_shows_payments_of_others_and_keeps_every_payment_file() -> None:
    async with running("desk") as p:
        trade = await p.agreed(title="Gloves")
        line = replace(p.line(trade, 378_000), party=Party("Ortiz Family Trust", "GB33BUKB20201555555555"))
        await p.do(receipt_ref(line.account, line.reference), RAIL, RecordLine(line))
        async with browsing(p, "operator", "en") as client:
            page = words((await client.get("/money")).text)
            assert "Ortiz Family Trust" in page
            assert "Gloves" in page
            p.clock.at += timedelta(days=20)  # nobody accepts the payer: the money goes back
            await p.services.sweeper.sweep()
            token = await _csrf(client)
            ordered = (await client.post("/money/payouts", data={"csrf": token})).text
            [address] = set(re.findall(r"/money/files/[0-9a-f]{64}", ordered))
            file = await client.get(address)
            assert address in (await client.get("/money")).text
    assert file.headers["content-type"].startswith("application/xml")
    assert file.headers["content-disposition"].startswith("attachment")
    assert "GB33BUKB20201555555555" in file.text


async def test_who_asks_too_often_is_told_to_wait() -> None:
    async with running(NAME) as p:
        app = app_of(p, limits=Limits(session=Rate(1, 3), address=Rate(1, 2)))
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=HOST) as client:
            plain = [(await client.get("/sign-in")).status_code for _ in range(3)]
            client.cookies.set(COOKIE, p.tokens["buyer"])
            signed = [await client.get("/trades") for _ in range(4)]
            asset_ = await client.get(asset("tradehold.css"))
    assert plain == [200, 200, 429]
    assert [page.status_code for page in signed] == [200, 200, 200, 429]
    assert signed[-1].headers["retry-after"] == "1"
    assert asset_.status_code == 200


async def test_operators_are_alarmed_when_no_statement_comes_for_ten_days() -> None:
    async with running("alarm") as p:
        trade = await p.agreed()
        row = await views.row(p.services.pool, trade)
        assert row is not None
        p.clock.at = row.state.clocks["payment"]
        seen = []
        for _ in range(2):
            await p.services.sweeper.sweep()
            async with browsing(p, "operator", "en") as client:
                seen.append("Payment deadlines have waited" in words((await client.get("/money")).text))
            p.clock.at += timedelta(days=10)
        unchanged = await views.row(p.services.pool, trade)
    assert seen == [False, True]
    assert unchanged is not None
    assert unchanged.state.stage == "confirmed"  # nothing is decided against the payer meanwhile
