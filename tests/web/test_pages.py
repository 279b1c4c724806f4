"""Every page for everybody: who gets in, what stands there, and what no form may do."""

import asyncio
import re
from datetime import timedelta

import httpx
import pytest
from msgspec.structs import replace

from tests.browser.serving import Bank
from tests.platform import ACTORS, SUPPLIER, running
from tests.web.pages import HOST, app_of, browsing, csrf, form, words
from tradehold.domain import trade_commands as c
from tradehold.domain.bank import Party
from tradehold.domain.command import RAIL
from tradehold.domain.identity import Kind, Ref, public_id, receipt_ref
from tradehold.domain.receipt import RecordLine
from tradehold.engine.access import COOKIE
from tradehold.engine.limits import Limits, Rate
from tradehold.store import views
from tradehold.web.live import PER_SESSION, Live
from tradehold.web.render import asset
from tradehold.web.signin import one_time_link

NAME = __name__


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
        more = await client.post("/trades/new", data=sent | {"title": "Caps", "act": "line"})
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
        assert "FOB removed: Ningbo added: Shanghai" in words((await client.get(path)).text)
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
        out = await client.post("/sign-out", data={"csrf": await csrf(client)})
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
        token = await csrf(client)
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
            token = await csrf(client)
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
