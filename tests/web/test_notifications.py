"""What is news on the pages: the list, its counter, and the way out of letters that works signed out."""

import asyncio
import re
from datetime import timedelta

import pytest

from tests.notices import letters, notifier
from tests.platform import ACTORS, BUYER, MEMBERS, Running, running
from tests.web.pages import browsing, form, forms, words
from tradehold.domain import approval as ap
from tradehold.domain import trade_commands as c
from tradehold.domain.company import SetLimit
from tradehold.domain.identity import Kind, Ref, company_ref, public_id
from tradehold.domain.money import Money
from tradehold.engine.access import new_id
from tradehold.engine.leaving import person_of, secret_of, token_of
from tradehold.engine.notify import Notifier
from tradehold.store import mail, notices
from tradehold.store.mail import Letter
from tradehold.web.live import Live

NAME = __name__
ANA = MEMBERS["buyer"].id


def counted(page: str) -> str:
    """What the bell says."""
    found = re.search(r'<a class="bell".*?</a>', page, re.S)
    assert found
    return words(found[0]).strip()


async def agreed(p: Running) -> Ref:
    made = await notifier(p)
    trade = await p.agreed()
    await made.tell()
    return trade


async def leave_path(p: Running) -> str:
    return f"/unsubscribe/{token_of(await secret_of(p.services.pool), ANA)}"


async def rhythm(p: Running) -> str:
    chosen: str = await p.services.pool.fetchval("SELECT mail FROM person WHERE id = $1", ANA)
    return chosen


async def test_what_the_other_side_did_stands_in_the_list_and_on_the_bell() -> None:
    async with running(NAME) as p:
        await agreed(p)
        async with browsing(p, "buyer") as client:
            assert counted((await client.get("/trades")).text) == "Notifications: 3 3 unread"
            page = (await client.get("/notifications")).text
        assert "Ningbo Brightwear drafted the contract." in words(page)
        assert page.count('class="unread"') == 3
        async with browsing(p, "supplier") as client:
            page = (await client.get("/notifications")).text
        assert "Harbour Kids Ltd 确认了第 1 版。" in words(page)
        async with browsing(p, "other_buyer") as client:
            page = (await client.get("/notifications")).text
        assert counted(page) == "Notifications: nothing unread"
        assert "Nothing happened yet" in page


async def test_looking_at_a_trade_reads_its_notices_and_no_others() -> None:
    async with running(NAME) as p:
        first = await agreed(p)
        await p.draft()
        await Notifier(p.services.pool, p.clock, lambda *_: None).tell()
        async with browsing(p, "buyer") as client:
            page = (await client.get(f"/trades/{public_id(first)}")).text
            assert counted(page) == "Notifications: 1 1 unread"
            listed = (await client.get("/notifications")).text
        assert listed.count('class="unread"') == 1


async def test_a_notice_leads_to_what_it_is_about_and_is_read_then() -> None:
    async with running(NAME) as p:
        trade = await agreed(p)
        async with browsing(p, "buyer") as client:
            page = (await client.get("/notifications")).text
            links = re.findall(r'href="(/notifications/\d+)"', page)
            answer = await client.get(links[0])
            assert (answer.status_code, answer.headers["location"]) == (303, f"/trades/{public_id(trade)}")
            assert counted((await client.get("/trades")).text) == "Notifications: 2 2 unread"
        async with browsing(p, "other_buyer") as client:
            assert (await client.get(links[1])).status_code == 404


async def test_a_proposal_leads_the_second_operator_to_the_approvals() -> None:
    async with running(NAME) as p:
        made = await notifier(p)
        proposal = Ref(7, Kind.APPROVAL, new_id(p.clock.at))
        limit = SetLimit(Money(4_000_000_000, "USD"))
        await p.do(proposal, ACTORS["operator"], ap.Propose(company_ref(7), limit, "Three good years."))
        await made.tell()
        async with browsing(p, "second_operator") as client:
            page = (await client.get("/notifications")).text
            assert "A proposal waits for a second person." in page
            assert "Three good years." in page
            [link] = re.findall(r'class="unread".*?href="(/notifications/\d+)"', page, re.S)
            assert (await client.get(link)).headers["location"] == "/approvals"
        async with browsing(p, "operator") as client:
            assert counted((await client.get("/approvals")).text) == "Notifications: nothing unread"


async def test_marking_all_read_leaves_what_came_since_the_page_was_shown() -> None:
    async with running(NAME) as p:
        await agreed(p)
        async with browsing(p, "buyer") as client:
            fields = form((await client.get("/notifications")).text, "/notifications/read")
            await p.draft()
            await Notifier(p.services.pool, p.clock, lambda *_: None).tell()
            answer = await client.post("/notifications/read", data=fields)
            assert answer.status_code == 303
            assert counted((await client.get("/notifications")).text) == "Notifications: 1 1 unread"
            await client.post("/notifications/read", data={**fields, "newest": "all"})
            assert counted((await client.get("/notifications")).text) == "Notifications: 1 1 unread"


async def test_long_lists_go_on_below_the_last_one() -> None:
    async with running(NAME) as p:
        made = await notifier(p)
        for _ in range(10):
            await p.agreed()
        await made.tell()
        async with browsing(p, "buyer") as client:
            seen: list[str] = []
            path: str | None = "/notifications?show=unread"
            while path:
                page = (await client.get(path)).text
                seen += re.findall(r'href="(/notifications/\d+)"', page)
                older = re.search(r'href="(/notifications\?before=[^"]+)" rel="next"', page)
                path = older[1].replace("&amp;", "&") if older else None
        assert len(seen) == len(set(seen)) == 30


async def test_within_a_day_what_is_unread_comes_first() -> None:
    async with running(NAME) as p:
        trade = await agreed(p)
        await p.draft()
        await Notifier(p.services.pool, p.clock, lambda *_: None).tell()
        await notices.read_about(p.services.pool, ANA, trade, p.clock.at)
        await p.do(trade, ACTORS["supplier"], c.SendMessage("The cotton has come."))
        await Notifier(p.services.pool, p.clock, lambda *_: None).tell()
        await notices.read_about(p.services.pool, ANA, trade, p.clock.at)
        async with browsing(p, "buyer") as client:
            page = (await client.get("/notifications")).text
        today = page[page.index('class="notices"') : page.index("</ol>")]
        classes = re.findall(r"<li( class=\"unread\")?>", today)
        assert classes == sorted(classes, reverse=True)
        assert classes[0]
        assert "wrote in the trade" in words(today)
        assert "cotton" not in page.replace("organic cotton", "")


async def test_the_counter_is_told_of_what_is_new_and_of_what_was_read_elsewhere() -> None:
    async with running(NAME) as p:
        made = await notifier(p)
        live = Live(p.services.pool)
        stream = live.counter((ANA, BUYER), 0, "session", lambda unread: f"<b>{unread}</b>")
        assert await anext(stream) == b": hello\n\n"
        trade = await p.draft()
        await made.tell()
        assert await asyncio.wait_for(anext(stream), 5) == b"data: <b>1</b>\n\n"
        await notices.read_about(p.services.pool, ANA, trade, p.clock.at)
        assert await asyncio.wait_for(anext(stream), 5) == b"data: <b>0</b>\n\n"
        live.close()
        assert [one async for one in stream] == []


async def test_operators_see_the_letters_that_cannot_be_delivered() -> None:
    async with running(NAME) as p:
        pool = p.services.pool
        await mail.put_letters(pool, [Letter("x", "gone@example.com", "news", "s", "b")], p.clock.at)
        letter = await pool.fetchval("SELECT id FROM letter WHERE key = 'x'")
        await mail.put_off(pool, letter, None, "550 no such mailbox")
        for role, sees in (("operator", True), ("buyer", False)):
            async with browsing(p, role) as client:
                assert ("550 no such mailbox" in (await client.get("/notifications")).text) is sees


# --- letters


async def test_the_way_out_of_a_letter_works_signed_out_and_can_be_undone() -> None:
    async with running(NAME) as p:
        made = await notifier(p)
        await p.draft()
        await made.tell()
        p.clock.at += timedelta(minutes=1)
        await made.write()
        path = (await letters(p))[0][4].removeprefix("https://trade.test")
        async with browsing(p) as client:
            page = await client.get(path)
            assert page.status_code == 200
            assert "b…@example.com" in page.text
            assert "buyer@example.com" not in page.text
            assert await rhythm(p) == "at_once"  # programs open links, too
            button = next(fields for address, fields in forms(page.text) if address == path)
            done = await client.post(path, data=button)
            assert "no more letters" in done.text
            assert await rhythm(p) == "never"
            undo = form(done.text, path)
            assert "this is how letters come" in (await client.post(path, data=undo)).text
            assert await rhythm(p) == "at_once"


async def test_a_mail_program_unsubscribes_by_one_click() -> None:
    async with running(NAME) as p:
        await notifier(p)
        path = await leave_path(p)
        async with browsing(p) as client:
            answer = await client.post(path, data={"List-Unsubscribe": "One-Click"})
            assert answer.status_code == 200  # RFC 8058: no redirection
            assert await rhythm(p) == "never"
            # Twice, or with nothing at all, it is the same.
            assert (await client.post(path)).status_code == 200
            assert await rhythm(p) == "never"
            await client.post(path, data={"rhythm": "at_once"})


@pytest.mark.parametrize("chosen", ["at_once", "daily", "never"])
async def test_a_rhythm_is_chosen_on_the_same_page(chosen: str) -> None:
    async with running(NAME) as p:
        await notifier(p)
        path = await leave_path(p)
        async with browsing(p) as client:
            await client.post(path, data={"rhythm": chosen})
            assert await rhythm(p) == chosen
            page = (await client.get(path)).text
            assert f'value="{chosen}" checked' in page
            await client.post(path, data={"rhythm": "at_once"})


async def test_a_link_that_this_platform_never_made_opens_nothing() -> None:
    async with running(NAME) as p:
        await notifier(p)
        secret = await secret_of(p.services.pool)
        good = token_of(secret, ANA)
        hostile = [
            good.replace("10-", "11-"), good.replace("10-", "010-"), good[:-1], good + "0", good.upper(),
            f"{good}\n", f"{good}%00", "10-", "-", "10", "x" * 5000, "10-" + "0" * 40,
            "９" + good, token_of(b"another secret", ANA), token_of(secret, 999_999_999),
        ]  # fmt: skip
        async with browsing(p) as client:
            for token in hostile:
                for answer in (
                    await client.get(f"/unsubscribe/{token.replace(chr(10), '%0A')}"),
                    await client.post(f"/unsubscribe/{token.replace(chr(10), '%0A')}"),
                ):
                    assert answer.status_code == 404, token
        assert await rhythm(p) == "at_once"


def test_a_token_is_its_persons_only() -> None:
    assert person_of(b"s", token_of(b"s", 10)) == 10
    assert person_of(b"t", token_of(b"s", 10)) is None
    assert token_of(b"s", 10).split("-")[1] != token_of(b"s", 11).split("-")[1]


async def test_a_form_of_another_site_changes_nothing() -> None:
    async with running(NAME) as p:
        await notifier(p)
        path = await leave_path(p)
        async with browsing(p) as client:
            answer = await client.post(path, headers={"sec-fetch-site": "cross-site"})
        assert answer.status_code == 403
        assert await rhythm(p) == "at_once"


async def test_the_list_says_how_letters_come() -> None:
    async with running(NAME) as p:
        await notifier(p)
        async with browsing(p, "buyer") as client:
            page = (await client.get("/notifications")).text
        assert "By e-mail to buyer@example.com: At once" in words(page)
        assert await leave_path(p) in page
