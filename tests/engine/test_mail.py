"""Letters on their way, against a real SMTP server, which is sometimes away, full, or asked by two."""

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from tests.platform import BEGIN, Running, running
from tradehold.engine.mail import Folder, Mailer, MailUrlError, Smtp, address_of, compose, wait
from tradehold.store import mail
from tradehold.store.mail import Letter, Outgoing

NAME = __name__
LETTER = Letter("news:1", "ana@example.com", "news", "Goods shipped", "Hello Ana,\n\nthey shipped.")


class Post:
    """What the server took, and what it says to the next letters."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, list[str], EmailMessage]] = []
        self.says: dict[str, str] = {}  # by the reader's address, or "" for what it says of any content

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if address in self.says:
            return self.says[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if "" in self.says:
            return self.says[""]
        await asyncio.sleep(0.02)  # long enough for another mailer to come by
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        self.taken.append((envelope.mail_from, envelope.rcpt_tos, message))
        return "250 taken"


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@contextmanager
def post_office(port: int | None = None, **options: Any) -> Iterator[tuple[Post, str]]:
    """A server on loopback, and its URL."""
    post, port = Post(), port or free_port()
    controller = Controller(post, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield post, f"smtp://127.0.0.1:{port}"
    finally:
        controller.stop()


def mailer(p: Running, url: str) -> Mailer:
    return Mailer(p.services.pool, p.clock, Smtp(url), "Tradehold <news@tradehold.test>")


async def put(p: Running, *letters: Letter) -> None:
    """These, and no others that wait."""
    await p.services.pool.execute("UPDATE letter SET sent_at = $1 WHERE sent_at IS NULL", p.clock.at)
    await mail.put_letters(p.services.pool, list(letters), p.clock.at)


async def row(p: Running, key: str) -> Any:
    return await p.services.pool.fetchrow("SELECT * FROM letter WHERE key = $1", key)


def outgoing(**changed: Any) -> Outgoing:
    values: dict[str, Any] = {
        "id": 1, "key": "k", "address": "ana@example.com", "subject": "s", "body": "b", "leave": "",
        "attempts": 1, "made_at": None,
    }  # fmt: skip
    return Outgoing(**(values | {"made_at": BEGIN} | changed))


async def test_a_letter_arrives_with_all_that_its_reader_needs() -> None:
    leave = "https://trade.test/unsubscribe/10-abc"
    letter = Letter("arrives", "ana@example.com", "news", "Goods shipped: 货物已发出", "Grüße\n", 10, leave)
    async with running(NAME) as p:
        with post_office() as (post, url):
            await put(p, letter)
            assert await mailer(p, url).send() == 1
            assert await mailer(p, url).send() == 0
        [(sender, readers, message)] = post.taken
        assert (sender, readers) == ("news@tradehold.test", ["ana@example.com"])
        assert message["Subject"] == "Goods shipped: 货物已发出"
        assert message["From"] == "Tradehold <news@tradehold.test>"
        assert message["Date"].datetime == p.clock.at
        assert message["Message-ID"].endswith("@tradehold.test>")
        assert message["Auto-Submitted"] == "auto-generated"
        assert message["List-Unsubscribe"] == f"<{leave}>"
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert (message.get_content_type(), message.get_content().strip()) == ("text/plain", "Grüße")
        assert (await row(p, "arrives"))["sent_at"] == p.clock.at


async def test_what_nobody_can_do_without_offers_no_way_out() -> None:
    message = compose(outgoing(), address_of("news@tradehold.test"))
    assert message["List-Unsubscribe"] is None
    assert message["List-Unsubscribe-Post"] is None


async def test_a_server_that_is_away_is_tried_again_with_growing_waits() -> None:
    async with running(NAME) as p:
        port = free_port()
        await put(p, Letter("away", "ana@example.com", "news", "s", "b"))
        sender = mailer(p, f"smtp://127.0.0.1:{port}")
        assert await sender.send() == 0
        first = await row(p, "away")
        assert first["due_at"] == p.clock.at + timedelta(minutes=1)
        assert first["problem"]
        p.clock.at = first["due_at"]
        assert await sender.send() == 0
        second = await row(p, "away")
        assert second["due_at"] == p.clock.at + timedelta(minutes=2)
        with post_office(port) as (post, _):
            p.clock.at = second["due_at"]
            assert await sender.send() == 1
        assert len(post.taken) == 1
        assert (await row(p, "away"))["problem"] == ""


def test_waits_grow_to_two_hours() -> None:
    minutes = [wait(attempt) // timedelta(minutes=1) for attempt in (1, 2, 3, 7, 8, 100)]
    assert minutes == [1, 2, 4, 64, 120, 120]


async def test_a_letter_is_given_up_after_a_day_and_its_problem_stays_to_be_seen() -> None:
    async with running(NAME) as p:
        await put(p, Letter("day", "full@example.com", "news", "s", "b"))
        with post_office() as (post, url):
            post.says[""] = "452 the disk is full"
            p.clock.at += timedelta(hours=23)
            assert await mailer(p, url).send() == 0
            assert not await mail.undelivered(p.services.pool, 1)
            p.clock.at += timedelta(hours=3)
            assert await mailer(p, url).send() == 0
            post.says.clear()
            p.clock.at += timedelta(days=9)
            assert await mailer(p, url).send() == 0
        [given_up] = await mail.undelivered(p.services.pool, 1)
        assert (given_up.address, given_up.problem) == ("full@example.com", "452 the disk is full")


async def test_an_address_that_the_server_refuses_for_ever_holds_up_nobody_else() -> None:
    async with running(NAME) as p:
        await put(
            p,
            Letter("gone", "gone@example.com", "news", "s", "b"),
            Letter("there", "there@example.com", "news", "s", "b"),
        )
        with post_office() as (post, url):
            post.says["gone@example.com"] = "550 no such mailbox"
            assert await mailer(p, url).send() == 1
        assert [readers for _, readers, _ in post.taken] == [["there@example.com"]]
        gone = await row(p, "gone")
        assert (gone["attempts"], gone["problem"], gone["sent_at"]) == (1, "550 no such mailbox", None)


async def test_two_mailers_at_once_send_no_letter_twice() -> None:
    async with running(NAME) as p:
        names = [f"reader{number}@example.com" for number in range(12)]
        await put(p, *(Letter(f"both:{name}", name, "news", "s", "b") for name in names))
        with post_office() as (post, url):
            sent = await asyncio.gather(*(mailer(p, url).send() for _ in range(3)))
        assert sum(sent) == 12
        assert sorted(reader for _, readers, _ in post.taken for reader in readers) == sorted(names)


async def test_a_letter_whose_mailer_died_is_sent_when_its_lease_is_over() -> None:
    async with running(NAME) as p:
        await put(p, Letter("died", "ana@example.com", "news", "s", "b"))
        claimed = await mail.claim(p.services.pool, p.clock.at, p.clock.at + timedelta(minutes=10))
        assert claimed is not None
        with post_office() as (post, url):
            assert await mailer(p, url).send() == 0
            p.clock.at += timedelta(minutes=10)
            assert await mailer(p, url).send() == 1
        [(_, _, message)] = post.taken
        again = compose(claimed, address_of("news@tradehold.test"))
        assert message["Message-ID"] == again["Message-ID"]  # whoever got both sees one


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\x00", "\u2028", "\x0b"])
def test_no_header_can_be_smuggled_in(break_: str) -> None:
    evil = f"Hello{break_}Bcc: all@example.com{break_}{break_}Body"
    sender = address_of("Tradehold <news@tradehold.test>")
    message = compose(outgoing(subject=evil, leave=f"https://x.test/{evil}"), sender)
    raw = message_from_bytes(bytes(message), policy=default)
    assert raw["Bcc"] is None
    assert raw["Subject"] == "Hello Bcc: all@example.com Body"
    assert raw.get_content().strip() == "b"
    assert address_of(f"Mara{break_}Bcc: x <news@tradehold.test>").display_name.count(break_) == 0


@pytest.mark.parametrize(
    "address",
    ["", "ana", "ana@", "@example.com", "ana@example.com\r\nBcc: x@example.com", "a b@example.com",
     "Ana <ana@example.com>", "ana@example.com, bob@example.com"],
)  # fmt: skip
async def test_what_is_no_address_is_given_up_at_once(address: str) -> None:
    async with running(NAME) as p:
        await put(p, Letter(f"bad:{address}", address, "news", "s", "b"))
        with post_office() as (post, url):
            assert await mailer(p, url).send() == 0
        assert post.taken == []
        assert "is not an e-mail address" in (await row(p, f"bad:{address}"))["problem"]


def test_lines_are_wrapped_where_their_language_may_be() -> None:
    link = "https://trade.test/trades/" + "x" * 90
    body = f"{'word ' * 40}\n{'货物已经发出，' * 20}\n{link}\n  {'indented ' * 20}"
    lines = compose(outgoing(body=body), address_of("a@b.test")).get_content().splitlines()
    wide = [line for line in lines if sum(2 if ord(letter) > 0x2E80 else 1 for letter in line) > 79]
    assert wide == [link]
    assert "".join(line for line in lines if "货" in line or "，" in line) == "货物已经发出，" * 20
    assert not any(line.startswith("，") for line in lines)
    assert [line[:2] for line in lines if "indented" in line] == ["  "] * 3


async def test_without_a_server_letters_are_files(tmp_path: Path) -> None:
    async with running(NAME) as p:
        await put(
            p, LETTER, Letter("path", "up/.evil/x@example.com", "news", "s", "b"),
        )  # fmt: skip
        sender = Mailer(p.services.pool, p.clock, Folder(tmp_path / "mail"))
        assert await sender.send() == 2
        files = [one for one in tmp_path.rglob("*") if one.is_file()]  # noqa: ASYNC240
        assert {one.parent for one in files} == {tmp_path / "mail"}
        assert all(file.suffix == ".eml" for file in files)
        readers = [message_from_bytes(file.read_bytes(), policy=default)["To"] for file in files]
        assert "ana@example.com" in readers
        assert any(f"{p.clock.at:%Y-%m-%d %H.%M} ana@example.com" in file.name for file in files)


async def test_a_password_goes_to_nobody_who_cannot_show_who_they_are() -> None:
    """The server offers STARTTLS, but cannot show who it is: nothing is sent to it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    async with running(NAME) as p:
        await put(p, Letter("tls", "ana@example.com", "news", "s", "b"))
        with post_office(tls_context=context) as (post, url):
            assert await mailer(p, url.replace("//", "//me:secret@")).send() == 0
        assert post.taken == []
        assert "secret" not in (await row(p, "tls"))["problem"]


@pytest.mark.parametrize(
    "url", ["http://example.com", "smtp://", "mail.example.com:25", "smtp://example.com:none"]
)
def test_a_url_that_cannot_be_meant_is_refused(url: str) -> None:
    with pytest.raises(MailUrlError):
        Smtp(url)


def test_a_url_names_its_sender() -> None:
    assert Smtp("smtps://u:p%40ss@mail.example.com?from=news@example.com").sender == "news@example.com"


@pytest.mark.parametrize("text", ["", "Tradehold", "Tradehold <>", "a@b@c", "x y@example.com"])
def test_a_sender_must_be_an_address(text: str) -> None:
    with pytest.raises(ValueError, match="is not an e-mail address"):
        address_of(text)
