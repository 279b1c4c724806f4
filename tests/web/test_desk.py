"""The operators' desk: payouts paused by one and resumed by two, policies and holiday files published by two,
and the list of companies."""

from datetime import date
from importlib.resources import files

import httpx
import msgspec
import pytest

from tests.platform import Running, running
from tests.web.pages import browsing, form, forms, words
from tradehold.domain.calendar import Calendar
from tradehold.domain.command import Actor, Grade, Role
from tradehold.domain.company import Register
from tradehold.domain.identity import company_ref
from tradehold.domain.platform import PublishPolicy
from tradehold.domain.policy import Policy
from tradehold.domain.record import canonical
from tradehold.domain.screening import Hit
from tradehold.engine.deliver import pay_out
from tradehold.store import company as store
from tradehold.store import people, views
from tradehold.store.views import Company

NAME = __name__
SHIPPED = files("tradehold").joinpath("data/policies/trade-assurance-2026-01.toml").read_text("utf-8")
NEXT = SHIPPED.replace('"2026-01"', '"2027-02"').replace("2026-01-01", "2027-02-01")
HOLIDAYS = 'name = "china"\nweekend = [6, 7]\nholidays = [2027-10-01, 2028-10-02]\n'


def said(page: httpx.Response) -> str:
    return " ".join(words(page.text).split())


def _answer(page: str) -> str:
    """Where the first proposal that waits is answered."""
    return next(address for address, _ in forms(page) if "/approvals/" in address)


async def agree(p: Running) -> None:
    """The second operator approves what waits."""
    async with browsing(p, "second_operator", "en") as client:
        page = (await client.get("/approvals")).text
        sent = form(page, "/approvals/") | {"answer": "approve"}
        assert (await client.post(_answer(page), data=sent)).status_code == 303
    await p.services.sweeper.sweep()
    await p.services.sweeper.look()


async def test_one_operator_pauses_payouts_everybody_reads_why_and_two_resume_them() -> None:
    why = "The bank's channel is being changed."
    async with running(f"{NAME}.pause") as p:
        async with browsing(p, "operator", "en") as client:
            sent = form((await client.get("/desk")).text, "/desk/pause")
            empty = await client.post("/desk/pause", data=sent)
            assert empty.status_code == 422
            assert "This must not be empty." in said(empty)
            assert (await client.post("/desk/pause", data=sent | {"reason": why})).status_code == 303
        assert p.services.knowledge.paused == why
        for role in ("buyer", "supplier", "operator"):
            async with browsing(p, role, "en") as client:
                assert f"Payouts are paused. {why}" in said(await client.get("/suppliers")).replace(
                    "&#39;", "'"
                )
        async with browsing(p, "", "en") as client:
            assert "Payouts are paused." not in said(await client.get("/sign-in"))
        async with browsing(p, "operator", "en") as client:
            sent = form((await client.get("/desk")).text, "/desk/resume") | {"reason": "It works again."}
            assert (await client.post("/desk/resume", data=sent)).headers["location"] == "/approvals"
        assert p.services.knowledge.paused == why
        await agree(p)
        assert p.services.knowledge.paused == ""


async def test_while_payouts_are_paused_nothing_is_ordered() -> None:
    async with running(f"{NAME}.orders") as p:
        trade = await p.agreed()
        await p.pay(trade, 400_000)  # 22,000 too much: owed back at once
        async with browsing(p, "operator", "en") as client:
            sent = form((await client.get("/desk")).text, "/desk/pause") | {"reason": "a check"}
            await client.post("/desk/pause", data=sent)
        report = await pay_out(p.services.engine, p.services.pool, p.clock.at)
        assert (report.files, report.waiting) == ([], {"payouts_paused": 1})


async def test_a_policy_is_checked_compared_and_published_by_two() -> None:
    async with running(f"{NAME}.policy") as p:
        changed = NEXT.replace("late_choice_days = 15", "late_choice_days = 10")
        async with browsing(p, "operator", "en") as client:
            sent = form((await client.get("/desk")).text, "/desk/policies") | {"toml": changed}
            checked = await client.post("/desk/policies", data=sent)
            assert "This is what it changes of trade-assurance/2026-01." in said(checked)
            assert "late_choice_days 15 10" in said(checked)
            again = form(checked.text, "/desk/policies") | {"reason": "Buyers choose faster."}
            assert again["toml"] == changed.strip()
            proposed = await client.post("/desk/policies", data=again)
            assert proposed.headers["location"] == "/approvals"
        await agree(p)
        assert "trade-assurance/2027-02" in p.services.knowledge.policies
        assert p.services.knowledge.default == "trade-assurance/2026-01"
        p.clock.at = p.clock.at.replace(month=2)
        await p.services.sweeper.sweep()
        assert p.services.knowledge.default == "trade-assurance/2027-02"


@pytest.mark.parametrize(("toml", "sentence"), [
    ("", "Paste the file, or choose it."),
    ("name = = 1", "This is no TOML: Invalid value (at line 1, column 8)"),
    ('name = "x"', "version: Object missing required field `version`"),
    (NEXT.replace("late_choice_days = 15", 'late_choice_days = "soon"'),
     "late_choice_days: Expected `int`, got `str`"),
    (NEXT.replace("growth_bps = 2500", "growth_bps = 20000"),
     "cover: cover.growth_bps must be from 0 to 10000 basis points"),
    (NEXT.replace("most_messages", "most_words"), "most_words: Object contains unknown field `most_words`"),
])  # fmt: skip
async def test_what_is_wrong_with_a_policy_is_named_by_line_or_field(toml: str, sentence: str) -> None:
    async with running(f"{NAME}.wrong") as p, browsing(p, "operator", "en") as client:
        sent = form((await client.get("/desk")).text, "/desk/policies") | {"toml": toml}
        answer = await client.post("/desk/policies", data=sent)
    assert answer.status_code == 422
    assert sentence in said(answer)


@pytest.mark.parametrize("begins", ["2027-01-04", "2020-01-01"])
async def test_a_policy_never_begins_today(begins: str) -> None:
    async with running(f"{NAME}.today") as p, browsing(p, "operator", "en") as client:
        toml = NEXT.replace("2027-02-01", begins)
        sent = form((await client.get("/desk")).text, "/desk/policies") | {"toml": toml}
        checked = await client.post("/desk/policies", data=sent)
        assert checked.status_code == 422
        assert "A new version begins after Mon, 4 Jan 2027 at the earliest" in said(checked)


async def test_a_holiday_file_is_published_by_two_and_stands_by_year() -> None:
    async with running(f"{NAME}.days") as p:
        async with browsing(p, "operator", "en") as client:
            sent = form((await client.get("/desk")).text, "/desk/calendars")
            upload = {"file": ("china.toml", HOLIDAYS.encode(), "application/toml")}
            checked = await client.post("/desk/calendars", data=sent, files=upload)
            again = form(checked.text, "/desk/calendars") | {"reason": "for trades from China"}
            assert (await client.post("/desk/calendars", data=again)).status_code == 303
        await agree(p)
        async with browsing(p, "operator", "en") as client:
            page = said(await client.get("/desk"))
    assert "china published here · weekend: Saturday, Sunday 2027 · 1 holiday Fri, 1 Oct 2027" in page


def test_what_was_read_from_toml_comes_back_from_the_record_as_it_was() -> None:
    policy = msgspec.toml.decode(SHIPPED, type=Policy)
    assert msgspec.json.decode(canonical(PublishPolicy(policy)), type=PublishPolicy).policy == policy
    calendar = msgspec.toml.decode(HOLIDAYS, type=Calendar)
    assert msgspec.json.decode(canonical(calendar), type=Calendar) == calendar
    assert calendar.holidays == {date(2027, 10, 1), date(2028, 10, 2)}


async def test_companies_that_are_held_come_first_and_pages_follow_each_other() -> None:
    async with running(f"{NAME}.list") as p:
        numbers = range(5001, 5041)
        made = [Company(n, f"Firm {n}", "CN", "", str(n), "Asia/Shanghai", "en") for n in numbers]
        await people.put_companies(p.services.pool, made)
        for one in made:
            hits = (Hit("Acme Arms", one.name, "Acme", 90, "embargo"),) if one.id % 13 == 0 else ()
            owner = Actor(Role.MEMBER, one.id, 99, grade=Grade.OWNER)
            await p.do(company_ref(one.id), owner, Register(one.name, "CN", "", (), hits))
        found, after = [], store.FIRST
        while rows := await store.by_standing(p.services.pool, after=after, limit=7):
            found += rows
            after = store.Place(rows[-1].state.stage == "held", rows[-1].ref.owner)
        held = [row.ref.owner for row in found if row.state.stage == "held"]
        assert held == [n for n in reversed(numbers) if n % 13 == 0]
        assert [row.ref.owner for row in found[: len(held)]] == held
        assert len({row.ref.owner for row in found}) == len(found) == len(numbers) + 4
        async with browsing(p, "operator", "en") as client:
            one = said(await client.get("/desk/companies", params={"query": "5007"}))
            only = await client.get("/desk/companies", params={"stage": "held"})
            first = await client.get("/desk/companies")
    assert "Firm 5007" in one
    assert "Firm 5008" not in one
    assert only.text.count("held for a check</span>") == len(held)
    assert 'rel="next"' in first.text


async def test_two_operators_raise_a_limit_and_one_alone_cannot() -> None:
    async with running(f"{NAME}.limit") as p:
        async with browsing(p, "operator", "en") as one, browsing(p, "second_operator", "en") as two:
            sent = form((await one.get("/companies/8")).text, "/propose/limit")
            sent |= {"limit": "31,000,000", "reason": "A good year"}
            limit = "/companies/8/propose/limit"
            for _ in range(2):  # pressed twice
                assert (await one.post(limit, data=sent)).headers["location"] == "/approvals"
            mine = (await one.get("/approvals")).text
            assert words(mine).count("A good year") == 1
            own = await one.post(_answer(mine), data=form(mine, "/approvals/") | {"answer": "approve"})
            assert own.status_code == 422
            page = (await two.get("/approvals")).text
            agreed = await two.post(_answer(page), data=form(page, "/approvals/") | {"answer": "approve"})
            assert agreed.status_code == 303
            await p.services.sweeper.sweep()
        row = await views.row(p.services.pool, company_ref(8))
    assert row is not None
    assert row.state.limit("USD").granted == 3_100_000_000
