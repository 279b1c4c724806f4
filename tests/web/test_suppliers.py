"""The company desk, the record that buyers see, and the contract above the cover: as pages, without a
script."""

import re
from datetime import UTC, timedelta
from typing import Any

import httpx
import pytest

from tests.api.client import calling, ok
from tests.filesamples import PDF
from tests.platform import ACTORS, BEGIN, BUYER, OTHER_SUPPLIER, SUPPLIER, Running, running
from tests.web.pages import browsing, form, forms, words
from tradehold.domain import company
from tradehold.domain.approval import Approve, Propose
from tradehold.domain.command import MACHINE, Actor, Grade, Role
from tradehold.domain.identity import Kind, Ref, company_ref, public_id
from tradehold.domain.money import Money
from tradehold.engine.access import By, new_id
from tradehold.engine.registration import Details, Owner, register_company
from tradehold.store import views
from tradehold.web import i18n
from tradehold.web.i18n import Formats
from tradehold.web.supplier_view import share

NAME = __name__


def said(page: httpx.Response) -> str:
    return " ".join(words(page.text).replace("&nbsp;", " ").split())


async def judge(p: Running, target: Ref, do: Any) -> None:
    proposal = Ref(target.owner, Kind.APPROVAL, new_id(p.clock.at))
    await p.do(proposal, ACTORS["operator"], Propose(target, do, "a test"))
    await p.do(proposal, ACTORS["second_operator"], Approve())


async def test_a_buyer_sees_the_record_with_counts_and_what_is_unknown() -> None:
    async with running(f"{NAME}.record") as p:
        ref = company_ref(OTHER_SUPPLIER)
        async with browsing(p, "buyer", "en") as client:
            before = said(await client.get(f"/suppliers/{OTHER_SUPPLIER}"))
        for on_time in (True, True, False):
            await p.do(ref, MACHINE, company.RecordTrade(BUYER, Money(700_000, "USD"), on_time=on_time))
        async with browsing(p, "buyer", "en") as client:
            page = await client.get(f"/suppliers/{OTHER_SUPPLIER}")
        async with browsing(p, "other_supplier", "en") as client:
            own = said(await client.get(f"/suppliers/{OTHER_SUPPLIER}"))
    assert "No trade has shown yet whether it ships on time." in before
    assert "No inspection has been recorded yet." in before
    assert "66 %" in said(page)
    assert "2 of 3 trades" in said(page)
    assert page.text.count('class="fine"') == 2 + 1  # two trades and the key
    assert "evidence.pdf" not in page.text
    assert "21,000.00" not in said(page)  # the value is its own to know
    assert "USD 21,000.00" in own


@pytest.mark.parametrize(("count", "of", "text", "note"), [
    (0, 0, "", ""),
    (1, 1, "1 of 1", "too few for a share"),
    (2, 2, "2 of 2", "too few for a share"),
    (3, 3, "100 %", "3 of 3 trades"),
    (20, 21, "95 %", "20 of 21 trades"),
    (199, 200, "99 %", "199 of 200 trades"),
])  # fmt: skip
def test_no_share_is_said_without_its_count(count: int, of: int, text: str, note: str) -> None:
    f = Formats(i18n.translator("en"), UTC, BEGIN)
    assert share(f, count, of, enough=3) == {"text": text, "note": note}


async def test_suppliers_are_found_by_name_and_only_gold_ones() -> None:
    async with running(NAME) as p, browsing(p, "buyer", "en") as client:
        everybody = said(await client.get("/suppliers"))
        found = said(await client.get("/suppliers", params={"query": "brightw"}))
        nobody = said(await client.get("/suppliers", params={"query": "100%_"}))
    assert "Ningbo Brightwear" in everybody
    assert "Nordlicht" not in everybody
    assert "Ningbo Brightwear" in found
    assert "No supplier matches" in nobody


async def test_an_operator_records_a_verification_with_its_file_and_withdraws_it() -> None:
    async with running(f"{NAME}.verify") as p:
        path = f"/companies/{SUPPLIER}"
        async with browsing(p, "operator", "en") as client:
            sent = form((await client.get(path)).text, "/verifications#")
            sent |= {"what": "licence", "issuer": "Customs", "number": "L-7", "issued": "2026-12-01"}
            without = await client.post(f"{path}/verifications", data=sent)
            assert without.status_code == 422
            assert "Add the file that shows it" in said(without)
            assert 'value="Customs"' in without.text
            files = {"upload": ("licence.pdf", PDF, "application/pdf")}
            done = await client.post(f"{path}/verifications", data=sent, files=files)
            assert done.status_code == 303, said(done)
            page = (await client.get(path)).text
            assert "licence.pdf" in page
            link = re.search(rf"/files/[0-9a-f]{{64}}\?company={SUPPLIER}", page)
            assert link
            assert (await client.get(link[0])).content == PDF
            async with browsing(p, "supplier", "en") as owner, browsing(p, "buyer", "en") as stranger:
                assert link[0] in (await owner.get(path)).text
                assert (await owner.get(link[0])).content == PDF
                assert (await stranger.get(link[0])).status_code == 404
            withdraw = form(page, "/verifications/withdraw") | {"reason": "It was revoked."}
            assert (await client.post(f"{path}/verifications/withdraw", data=withdraw)).status_code == 303
        row = await views.row(p.services.pool, company_ref(SUPPLIER))
    assert row is not None
    newest = row.state.verifications[-1]
    assert (newest.what, newest.withdrawn) == (company.Checked.LICENCE, "It was revoked.")
    assert newest.evidence[0].name == "licence.pdf"


async def test_a_company_reads_its_standing_and_the_sum_behind_its_cover() -> None:
    async with running(f"{NAME}.desk") as p:
        ref = company_ref(SUPPLIER)
        await judge(p, ref, company.FollowFormula("USD"))
        async with browsing(p, "supplier", "en") as client:
            page = said(await client.get(f"/companies/{SUPPLIER}"))
            assert "May buy and sell, and offer assured trades" in page
            assert "Start, with all required verifications + USD 10,000.00" in page
            assert "A valid verification: Licence + USD 2,500.00" in page
        await judge(p, ref, company.Suspend("Two buyers complained."))
        async with browsing(p, "supplier", "en") as client:
            page = said(await client.get(f"/companies/{SUPPLIER}"))
        async with browsing(p, "buyer", "en") as client:
            seen = said(await client.get(f"/suppliers/{SUPPLIER}"))
            listed = said(await client.get("/suppliers"))
    assert "Suspended: open trades go on" in page
    assert "Two buyers complained." in page
    assert "it confirms no new trade" in seen
    assert "Two buyers complained." not in seen
    assert "Ningbo Brightwear" not in listed


async def _draft(client: httpx.AsyncClient, **typed: str) -> httpx.Response:
    page = (await client.get("/trades/new")).text
    sent = form(page, "/trades/new") | {
        "title": "3,000 shirts", "other": str(SUPPLIER), "lines.0.description": "shirt",
        "lines.0.quantity": "3000", "lines.0.unit_price": "4.20", "ship_by.on": "2027-03-01",
        "place": "Ningbo", "inspection.reason": "We know this factory.",
    }  # fmt: skip
    return await client.post("/trades/new", data=sent | typed)


async def test_a_contract_above_the_cover_says_so_at_once_and_asks() -> None:
    async with running(f"{NAME}.above") as p:
        await judge(p, company_ref(SUPPLIER), company.SetLimit(Money(1_000_000, "USD")))
        async with browsing(p, "buyer", "en") as client:
            asked = await _draft(client)
            assert asked.status_code == 422
            assert "USD 2,600.00 above the remaining cover" in said(asked)
            assert form(asked.text, "/trades/new")["above_minor"] == "260000"
            other = await _draft(client, above="pass", above_minor="999")  # a choice of another amount
            assert other.status_code == 422
            made = await _draft(client, above="pass", above_minor="260000")
            assert made.status_code == 303
            page = await client.get(made.headers["location"])
            assert said(page).count("USD 2,600.00 unprotected") >= 2
            risks = dict.fromkeys(re.findall(r'name="(risk\.\w+)"', page.text), "yes")
            confirm = form(page.text, "/confirm") | risks | {"known": "yes"}
            path = next(address for address, _ in forms(page.text) if "/confirm" in address)
            refused = await client.post(path, data=confirm)
            assert refused.status_code == 422
            assert "Please tick this first." in said(refused)
            assert (await client.post(path, data=confirm | {"unprotected": "yes"})).status_code == 303
            waits = await _draft(client, above="wait", above_minor="260000")
            assert waits.status_code == 303
            assert "unprotected" not in said(await client.get(waits.headers["location"]))
            assert "USD 2,600.00 unprotected" in said(await client.get("/trades"))


async def test_what_the_initial_payment_needs_cannot_be_passed_through() -> None:
    async with running(f"{NAME}.initial") as p:
        await judge(p, company_ref(SUPPLIER), company.SetLimit(Money(100_000, "USD")))
        async with browsing(p, "buyer", "en") as client:
            asked = await _draft(client)
            forced = await _draft(client, above="pass", above_minor="1160000")
    assert 'value="wait"' in asked.text
    assert 'value="pass"' not in asked.text
    assert forced.status_code == 422


async def test_a_frozen_trade_says_so_to_everybody_and_shows_its_clocks_stopped() -> None:
    async with running(f"{NAME}.freeze") as p:
        ref = await p.ready()
        path = f"/trades/{public_id(ref)}"
        async with browsing(p, "operator", "en") as client:
            sent = form((await client.get(path)).text, "/freeze")
            sent |= {"reference": "AG 71 K 12/26", "reason": "attachment"}
            assert (await client.post(f"{path}/freeze", data=sent)).status_code == 303
        async with browsing(p, "second_operator", "en") as client:
            page = (await client.get("/approvals")).text
            address = next(one for one, _ in forms(page) if "/approvals/" in one)
            await client.post(address, data=form(page, "/approvals/") | {"answer": "approve"})
        await p.services.sweeper.sweep()
        p.clock.at += timedelta(days=3)
        for role in ("buyer", "supplier", "operator"):
            async with browsing(p, role, "en") as client:
                seen = said(await client.get(path))
            assert "A legal freeze (AG 71 K 12/26) holds this trade since 4 Jan 2027" in seen
            assert "Stopped, with 56 days left" in seen
        async with browsing(p, "operator", "en") as client:
            assert "Lift the legal freeze AG 71 K 12/26" in said(await client.get(path))


async def test_operators_and_nobody_else_see_whose_name_the_screening_met() -> None:
    owner = Owner("Nonexistia Imaginova", "1971-03-02", "DE", "60")
    details = Details(
        "Weber Werkzeuge GmbH", "DE", "Hamburg HRB 1482", "Speicherstraße 12", "en", "Europe/Berlin",
        (owner,),
    )  # fmt: skip
    async with running(f"{NAME}.owners") as p:
        person = ACTORS["buyer"].member
        by = By(Actor(Role.MEMBER, -1, person, grade=Grade.OWNER), True, "192.0.2.1")
        number = await register_company(p.services, by, "form", details)
        assert isinstance(number, int)
        path = f"/companies/{number}"
        async with browsing(p, "operator", "en") as client:
            page = said(await client.get(path))
        async with calling(p) as called:
            seen = ok(await called.get("operator", path))
        assert "Nonexistia Testperson Imaginova Nonexistia Imaginova Nonexistia Imaginova" in page
        assert "Nonexistia Imaginova 1971-03-02 Germany 60 %" in page
        assert [(hit["entry"], hit["name"]) for hit in seen["hits"]] == [
            ("Nonexistia Testperson Imaginova", "Nonexistia Imaginova")
        ]
        assert [one["name"] for one in seen["owners"]] == ["Nonexistia Imaginova"]
        async with browsing(p, "supplier", "en") as client:
            own = await client.get(f"/companies/{SUPPLIER}")
        async with calling(p) as called:
            mine = ok(await called.get("supplier", f"/companies/{SUPPLIER}"))
    assert "Who owns it in the end" not in own.text
    assert (mine["hits"], mine["owners"]) == (None, None)
