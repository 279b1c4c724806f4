"""The thread's pages: what each side sees, what a form may bring, and that nothing written breaks a page."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from tests.platform import ACTORS, MEMBERS, OURS, Running, running
from tests.web.pages import browsing, form, words
from tradehold.domain import thread
from tradehold.domain import trade_commands as c
from tradehold.domain import trade_events as e
from tradehold.domain.command import Actor, Grade, Role
from tradehold.domain.identity import Ref, public_id
from tradehold.engine.access import wall
from tradehold.store import people, reading, views
from tradehold.web import thread_view

NAME = __name__
ELSEWHERE = "Please pay to IBAN GB29 NWBK 6016 1331 9268 19 instead of the platform's account."
SAFE = "Money that goes anywhere else than the designated account is not protected"


def path(trade: Ref, page: str = "/thread") -> str:
    return f"/trades/{public_id(trade)}{page}"


async def say(p: Running, role: str, trade: Ref, text: str, about: e.About | None = None) -> None:
    await p.do(trade, ACTORS[role], c.SendMessage(text, about=about))


async def send(client: httpx.AsyncClient, trade: Ref, files: Any = None, **typed: str) -> httpx.Response:
    """Fills in the form as it stands on the page, and sends it."""
    fields = form((await client.get(path(trade))).text, path(trade))
    return await client.post(path(trade), data=fields | typed, files=files)


async def messages(p: Running, trade: Ref) -> list[e.MessageSent]:
    found = await views.thread(p.services.pool, trade, limit=100, messages=True)
    return [one.recorded.event for one in reversed(found)]


def bubbles(page: str) -> list[str]:
    """The messages of a page, as their readers see them."""
    return [words(one) for one in re.findall(r'<li class="said.*?</li>\s*(?=<li|</ol>)', page, re.DOTALL)]


async def test_the_thread_is_the_trades_diary() -> None:
    async with running(NAME) as p:
        trade = await p.draft()
        await say(p, "buyer", trade, "Which red is it?", e.About("line", 0))
        await p.do(trade, ACTORS["supplier"], c.Withdraw())
        await say(p, "supplier", trade, "I am sorry.", e.About("message", 1))
        async with browsing(p, "buyer", "en") as client:
            page = (await client.get(path(trade))).text
    said = words(page)
    order = ["drafted the contract", "Which red is it?", "withdrew", "I am sorry."]
    assert [said.index(one) for one in order] == sorted(said.index(one) for one in order)
    question, answer = bubbles(page)
    assert "Ana Ortiz Harbour Kids Ltd · buyer" in question
    assert "Line 1 · 3,000 pieces children's T-shirt" in question.replace("&#39;", "'")
    assert "Lin Wei Ningbo Brightwear · supplier" in answer
    assert "Which red is it?" in answer
    assert page.count('class="said mine"') == 1


async def test_times_are_the_readers_own() -> None:
    async with running(NAME) as p:
        trade = await p.draft()
        p.clock.at += timedelta(hours=14)
        await say(p, "operator", trade, "Good day.")
        shown = {}
        for role in ("buyer", "supplier", "operator"):
            async with browsing(p, role, "en") as client:
                [shown[role]] = bubbles((await client.get(path(trade))).text)
    assert "15:00" in shown["buyer"]
    assert "07:00" in shown["supplier"]
    assert "00:00" in shown["operator"]


async def test_a_message_is_sent_once_with_what_it_quotes_and_its_files() -> None:
    async with running(NAME) as p:
        trade = await p.draft()
        async with browsing(p, "buyer", "en") as client:
            fields = form((await client.get(path(trade))).text, path(trade))
            fields |= {"text": "As agreed.\r\nSee the file.", "about": "line-1"}
            file = [("file", ("label_b.txt", b"the care label", "text/plain"))]
            answers = [await client.post(path(trade), data=fields, files=file) for _ in range(2)]
            page = (await client.get(path(trade))).text
            [link] = re.findall(r'href="(/files/[^"]+)" download', page)
            fetched = await client.get(unescape(link))
        async with browsing(p, "supplier", "en") as other:
            theirs = await other.get(unescape(link))
        [sent] = await messages(p, trade)
    assert [(one.status_code, one.headers["location"]) for one in answers] == [
        (303, f"{path(trade)}?said=sent#composer")
    ] * 2
    assert (sent.text, sent.about) == ("As agreed.\nSee the file.", e.About("line", 0))
    assert [(one.name, one.size) for one in sent.files] == [("label_b.txt", 14)]
    assert fetched.content == theirs.content == b"the care label"
    assert "attachment" in fetched.headers["content-disposition"]


async def test_a_refused_form_keeps_what_was_typed_chosen_and_sent() -> None:
    async with running(NAME) as p:
        trade = await p.draft()
        long = "x" * (thread.LONGEST + 1)
        async with browsing(p, "buyer", "en") as client:
            file = [("file", ("label_b.txt", b"kept with the form", "text/plain"))]
            refused = await send(client, trade, file, text=long, about="line-1")
            again = form(refused.text, path(trade))
            [sha256] = re.findall(r'name="file" value="([0-9a-f]{64})" checked', refused.text)
            sent = await client.post(path(trade), data=again | {"text": "Shorter.", "file": sha256})
        [message] = await messages(p, trade)
    assert refused.status_code == 422
    assert "This is longer than 5000 characters." in refused.text
    assert (again["text"], again["about"]) == (long, "line-1")
    assert sent.status_code == 303
    assert [one.sha256 for one in message.files] == [sha256]


@pytest.mark.parametrize(("typed", "said"), [
    ({"text": ""}, "Write something, or attach a file."),
    ({"text": "?", "about": "line-2"}, "There is no such line."),
    ({"text": "?", "about": "message-9"}, "There is no such message."),
    ({"text": "?", "about": "shipment-1"}, "There is no such shipment."),
    ({"text": "?", "about": "house-1"}, "Choose one of the list."),
    ({"text": "?", "about": "line-٣"}, "Choose one of the list."),
    ({"text": "?", "about": "line-" + "9" * 400}, "Choose one of the list."),
    ({"text": "?", "file": "ab" * 32}, "A file that you chose is not here any more"),
    ({"text": "?", "file": "../../etc/passwd"}, "A file that you chose is not here any more"),
])  # fmt: skip
async def test_what_cannot_be_sent_is_said_and_nothing_is_written(typed: dict[str, str], said: str) -> None:
    async with running(NAME) as p:
        trade = await p.draft()
        async with browsing(p, "buyer", "en") as client:
            answer = await send(client, trade, **typed)
        assert answer.status_code == 422
        assert said in words(answer.text)
        assert await messages(p, trade) == []


HOSTILE = {
    "script": "<script>alert(1)</script><img src=x onerror=alert(2)> \" onmouseover='alert(3)' {{ 7 * 7 }}",
    "right to left": "\u202egnp.exe\u202c \u2067 שלום עולם \u2066 مرحبا \u200f\u200e\u2069 and on",
    "combining": "Z" + "\u0300\u0489\u20dd" * 1500,
    "no room": "W" * thread.LONGEST,
    "odd": "\ufffe\ufeff \u0000 \x08 \x1b[31m \U000e0041 \u2028 𐍈 👩‍👩‍👧‍👦 \ud7ff",
    "links": "https://evil.example/pay javascript:alert(1) www.evil.example [x](http://evil.example)",
    "template": "{% include 'base.html' %} ${7*7} <%= 7*7 %> {{ shell.csrf }}",
    "markup": "</li></ol></article><article id='trade'><form action='https://evil.example'>",
}


@pytest.mark.parametrize("kind", HOSTILE)
async def test_hostile_text_is_only_text_on_every_page(kind: str) -> None:
    async with running(NAME) as p:
        trade = await p.draft()
        async with browsing(p, "supplier", "en") as client:
            answer = await send(client, trade, text=HOSTILE[kind])
            assert answer.status_code == 303, words(answer.text)
        async with browsing(p, "buyer", "en") as other:
            await send(other, trade, text="Pardon?", about="message-1")
            pages = [await other.get(one) for one in (path(trade), path(trade, ""), "/trades")]
        [first, _] = await messages(p, trade)
    for page in pages:
        assert page.status_code == 200
        assert page.text.count("<article") <= 1
        assert page.text.count("</html>") == 1
        assert not re.search(r"<script>|<img[^>]+onerror|<[^>]+onmouseover=|49", words_of_said(page.text))
        assert "evil.example" not in "".join(re.findall(r'(?:href|src|action)="([^"]*)"', page.text))
        assert "\x00" not in page.text
    shown = re.findall(r'<p class="said-text" dir="auto">(.*?)</p>', pages[0].text, re.DOTALL)
    assert unescape(shown[0]) == first.text


def words_of_said(page: str) -> str:
    return "".join(re.findall(r'<p class="said-text" dir="auto">.*?</p>', page, re.DOTALL))


async def test_ten_megabytes_of_text_leave_the_page_as_it_was() -> None:
    async with running(NAME) as p:
        trade = await p.draft()
        async with browsing(p, "buyer", "en") as client:
            for files in (None, [("file", ("a.txt", b"a", "text/plain"))]):
                answer = await send(client, trade, files, text="x" * 10_000_000)
                assert answer.status_code == 422
                assert "This is longer than 5000 characters." in answer.text
                assert len(answer.text) < 200_000
            again = await client.get(path(trade))
        assert again.status_code == 200
        assert await messages(p, trade) == []


async def test_a_body_of_the_wrong_kind_does_nothing() -> None:
    async with running(NAME) as p:
        trade = await p.draft()
        async with browsing(p, "buyer", "en") as client:
            token = form((await client.get(path(trade))).text, path(trade))["csrf"]
            bodies = [
                (b'{"text": "hello"}', "application/json"),
                (b"<text>hello</text>", "text/xml"),
                (b"text=hello", "multipart/form-data"),
                (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
                (b"\xff\xfe\x00", "application/x-www-form-urlencoded"),
                (b"", ""),
            ]
            for body, kind in bodies:
                answer = await client.post(path(trade), content=body, headers={"content-type": kind})
                assert 400 <= answer.status_code < 500, (kind, answer.status_code)
            keyless = await client.post(path(trade), data={"csrf": token, "text": "hello", "key": "?"})
            assert keyless.status_code == 400
            assert (await client.get(path(trade))).status_code == 200
        assert await messages(p, trade) == []


async def test_other_bank_details_warn_the_reader_before_they_pay_and_the_writer_at_once() -> None:
    async with running(NAME) as p:
        trade = await p.agreed()
        async with browsing(p, "supplier", "en") as client:
            sent = await send(client, trade, text=ELSEWHERE)
            assert sent.headers["location"].endswith("?said=warned#composer")
            told = words((await client.get(sent.headers["location"])).text)
            own = words((await client.get(path(trade, ""))).text)
        async with browsing(p, "buyer", "en") as other:
            read = words((await other.get(path(trade))).text)
            pay = (await other.get(path(trade, ""))).text
    assert "Your message was sent. It names bank details" in told
    for page in (told, read, words(pay)):
        assert "bank account (IBAN) GB29 NWBK 6016 1331 9268 19" in page
        assert SAFE in page
    before_paying = words(pay[pay.index('id="pay"') : pay.index('class="slip"')])
    assert "Other bank details were named in this trade" in before_paying
    assert "Lin Wei, Ningbo Brightwear" in before_paying
    assert "Pay only to this account: DE75 5121 0800 1245 1261 99" in before_paying
    assert "Why only there?" in before_paying
    assert re.search(rf'href="{path(trade)}\?before=\d+#message-1"', pay)
    assert OURS.account not in own.replace(" ", ""), "the account is shown to whoever pays, and nobody else"


async def test_the_one_true_account_stands_there_also_when_nothing_was_named() -> None:
    async with running(NAME) as p:
        trade = await p.draft()
        await say(p, "supplier", trade, f"It is {OURS.account}, as the platform says.")
        async with browsing(p, "buyer", "en") as client:
            for page in (path(trade), path(trade, "")):
                said = words((await client.get(page)).text)
                assert "Pay only to this account: DE75 5121 0800 1245 1261 99" in said
                assert "Other bank details" not in said
                assert "Careful" not in said


async def test_a_contract_that_names_an_account_warns_both_sides_and_whoever_revises_it() -> None:
    async with running(NAME) as p:
        trade = await p.draft(remarks=ELSEWHERE)
        for role in ("buyer", "supplier"):
            async with browsing(p, role, "en") as client:
                page = words((await client.get(path(trade, ""))).text)
                revising = words((await client.get(path(trade, "/revise"))).text)
            for said in (page, revising):
                assert "The contract names other bank details" in said
                assert "GB29 NWBK 6016 1331 9268 19" in said
            assert ("In the contract&#39;s own words:" in page) == (role == "buyer")


async def test_what_is_unread_is_counted_until_it_was_read() -> None:
    async with running(NAME) as p:
        trade = await p.draft(title="Unread caps")
        await say(p, "buyer", trade, "One.")
        await say(p, "buyer", trade, "Two.")

        async def counts(client: httpx.AsyncClient) -> list[int]:
            pages = [(await client.get(one)).text for one in (path(trade, ""), path(trade))]
            listed = (await client.get("/trades", params={"query": "Unread caps"})).text
            found = [re.findall(r'class="count" data-unread>(\d+)', one) for one in pages]
            found.append(re.findall(r'class="count" href="[^"]+" aria-label="[^"]+">(\d+)', listed))
            return [int(one[0]) if one else 0 for one in found]

        async with browsing(p, "supplier", "en") as client:
            assert await counts(client) == [2, 2, 2]
            assert await counts(client) == [2, 2, 2], "looking changes nothing"
            fields = form((await client.get(path(trade))).text, "/read")
            marked = await client.post(path(trade, "/read"), data=fields)
            assert marked.headers["location"] == f"{path(trade)}#latest"
            assert await counts(client) == [0, 0, 0]
            await say(p, "buyer", trade, "Three.")
            page = (await client.get(path(trade))).text
            assert await counts(client) == [1, 1, 1]
            assert words(page).index("Two.") < words(page).index("New since you last read")
            assert words(page).index("New since you last read") < words(page).index("Three.")
            scripted = {name: value for name, value in form(page, "/read").items() if name != "back"}
            assert (await client.post(path(trade, "/read"), data=scripted)).status_code == 204
            stays = await client.get(path(trade), params={"since": "2"})
            assert "New since you last read" in stays.text, "not gone because it was marked meanwhile"
        async with browsing(p, "operator", "en") as client:
            assert (await counts(client))[2] == 0, "operators are told of what they have looked into"


async def test_the_other_side_sees_who_has_read_and_a_sent_message_counts_as_read() -> None:
    async with running(NAME) as p:
        trade = await p.draft()
        async with browsing(p, "buyer", "en") as buyer, browsing(p, "supplier", "en") as supplier:
            await send(buyer, trade, text="One.")
            await send(buyer, trade, text="Two.")
            await send(supplier, trade, text="Answer.")
            await send(buyer, trade, text="Three.")
            one, two, answer, three = bubbles((await buyer.get(path(trade))).text)
            theirs = bubbles((await supplier.get(path(trade))).text)
        marks = await reading.marks(p.services.pool, trade)
    assert {one.name: one.messages for one in marks} == {"Ana Ortiz": 4, "Lin Wei": 3}
    assert not any("Read by" in each for each in (one, two, answer, three))
    assert "Read by" not in "".join(theirs[:2])
    async with running(NAME) as p:
        async with browsing(p, "supplier", "en") as supplier:
            fields = form((await supplier.get(path(trade))).text, "/read")
            await supplier.post(path(trade, "/read"), data=fields)
        async with browsing(p, "buyer", "en") as buyer:
            last = bubbles((await buyer.get(path(trade))).text)[-1]
    assert "Read by Lin Wei, 01:00" in last


async def test_marks_that_cannot_be_are_refused_or_bounded() -> None:
    async with running(NAME) as p:
        trade = await p.draft()
        await say(p, "buyer", trade, "One.")
        async with browsing(p, "supplier", "en") as client:
            fields = form((await client.get(path(trade))).text, "/read")
            for wrong in ("", "0", "-1", "x", "9" * 30):
                answer = await client.post(path(trade, "/read"), data=fields | {"seq": wrong})
                assert answer.status_code == 400
            await client.post(path(trade, "/read"), data=fields | {"seq": "999999", "messages": "999999"})
        [mark] = await reading.marks(p.services.pool, trade)
        row = await views.row(p.services.pool, trade)
    assert row is not None
    assert (mark.seq, mark.messages) == (row.version, 1)


async def test_a_long_thread_is_read_page_by_page() -> None:
    async with running(NAME) as p:
        trade = await p.draft()
        many = thread_view.PAGE + 10
        for number in range(1, many + 1):
            await say(p, "buyer", trade, f"This is no. {number}.")
        async with browsing(p, "supplier", "en") as client:
            newest = (await client.get(path(trade))).text
            [earlier] = re.findall(r'href="([^"]+\?before=\d+)#latest"', newest)
            oldest = (await client.get(earlier)).text
            short = (await client.get(path(trade, ""))).text
    assert [len(bubbles(one)) for one in (newest, oldest, short)] == [thread_view.PAGE, 10, thread_view.SHORT]
    assert f"no. {many}." in newest
    assert "no. 1." in oldest
    assert "drafted the contract" in words(oldest)
    assert "To the newest" in words(oldest)
    assert 'id="live"' not in oldest, "what is over does not change"
    assert "data-read" not in short, "only what was shown is marked as read"


async def test_whoever_only_reads_along_has_no_form() -> None:
    async with running(NAME) as p:
        trade = await p.draft()
        viewer = replace(MEMBERS["buyer"], id=77, name="Ole Leser", grade=Grade.VIEWER)
        await people.put_members(p.services.pool, [viewer], p.clock.at)
        begun = people.Begun(fresh=timedelta(days=3650))
        p.tokens["viewer"] = await people.begin_session(p.services.pool, 77, wall(), timedelta(days=1), begun)
        async with browsing(p, "buyer", "en") as client:
            fields = form((await client.get(path(trade))).text, path(trade))
        async with browsing(p, "viewer", "en") as reader:
            page = (await reader.get(path(trade))).text
            own = form((await reader.get(path(trade))).text, "/sign-out")
            answer = await reader.post(path(trade), data=fields | {"csrf": own["csrf"], "text": "Hello."})
        assert "Your role reads along" in words(page)
        assert 'id="composer"' not in page
        assert answer.status_code == 403
        assert await messages(p, trade) == []


async def test_people_go_on_talking_while_a_freeze_stops_everything_else() -> None:
    async with running(NAME) as p:
        trade = await p.agreed()
        await p.do(trade, Actor(Role.PAIR, 0, 1, 2), c.Freeze("5 C 12/27", "seizure"))
        async with browsing(p, "buyer", "en") as client:
            assert (await send(client, trade, text="Why does nothing move?")).status_code == 303
            said = words((await client.get(path(trade))).text)
            assert (await client.get(path(trade, ""))).status_code == 200
    stopped = said.index("A legal freeze (5 C 12/27) stopped every clock.")
    assert stopped < said.index("Why does nothing move?")
    assert "Pay only to this account:" in said


async def test_the_whole_page_speaks_the_readers_language() -> None:
    async with running(NAME) as p:
        trade = await p.agreed()
        await say(p, "supplier", trade, ELSEWHERE)
        async with browsing(p, "buyer", "zh") as client:
            page = words((await client.get(path(trade))).text)
    assert "请注意：此处出现其他银行信息" in page
    assert "只付往此账户：" in page
    assert "银行账户（IBAN） GB29 NWBK 6016 1331 9268 19" in page
