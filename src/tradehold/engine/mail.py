"""Sends letters: to an SMTP server, or, where none is set, into a folder where a new user finds them.

A letter is claimed for a while before it is sent, so that several processes never send one twice; only one
that dies between the server's yes and its note here leaves a second copy, under the same Message-ID.
"""

import asyncio
import logging
import os
import re
import smtplib
import ssl
from collections.abc import Callable
from datetime import datetime, timedelta
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from hashlib import sha256
from pathlib import Path
from typing import Protocol
from unicodedata import east_asian_width
from urllib.parse import parse_qs, unquote, urlsplit

from tradehold.store import mail
from tradehold.store.database import DatabaseError, Gone, Pool
from tradehold.store.mail import Outgoing

log = logging.getLogger("tradehold")

SENDER = "Tradehold <tradehold@localhost>"
LEASE = timedelta(minutes=10)  # far more than one letter can take: every step on the wire ends in _TIMEOUT
GIVEN_UP = timedelta(days=1)
_TIMEOUT = 20.0  # seconds
_LONGEST_WAIT = timedelta(hours=2)
_COLUMNS = 78
_ADDRESS = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+")  # one, alone
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Undeliverable(Exception):
    """No second try would help; the message says why."""


class Carrier(Protocol):
    """Takes letters away. `send` blocks; it raises Undeliverable, or OSError or SMTPException for what may
    be better later. `close` ends what was opened for a round of letters."""

    def send(self, message: EmailMessage, number: int, to: str) -> None: ...

    def close(self) -> None: ...


class Folder:
    """One .eml file for each letter, named by its time and its reader; any mail program opens it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def send(self, message: EmailMessage, number: int, to: str) -> None:
        self._path.mkdir(parents=True, exist_ok=True)
        made = message["Date"].datetime
        cleaned = re.sub(r"[^A-Za-z0-9@._-]", "_", to)[:60].lstrip(".")
        file = self._path / f"{made:%Y-%m-%d %H.%M} {cleaned} {number}.eml"
        part = file.with_suffix(".part")
        part.write_bytes(bytes(message))
        os.replace(part, file)

    def close(self) -> None:
        pass


class MailUrlError(ValueError):
    """TRADEHOLD_SMTP_URL cannot be meant; the message says why."""


class Smtp:
    """`smtp://user:password@host:port` with STARTTLS wherever it is offered, or `smtps://` with TLS from the
    start. `from` in the query is the sender."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError as error:
            raise MailUrlError(str(error)) from None
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise MailUrlError("it must begin with smtp:// or smtps:// and name a host")
        self._tls = parts.scheme == "smtps"
        self._host = parts.hostname
        self._port = port or (465 if self._tls else 587)
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self.sender = (parse_qs(parts.query).get("from") or [""])[0]
        self._open: smtplib.SMTP | None = None

    def send(self, message: EmailMessage, number: int, to: str) -> None:
        try:
            if self._open is None:
                self._open = self._connect()
            self._open.send_message(message, to_addrs=[to])
        except smtplib.SMTPRecipientsRefused as error:
            [(code, said)] = error.recipients.values()
            self._judge(code, said, error)
        except smtplib.SMTPDataError as error:
            self._judge(error.smtp_code, error.smtp_error, error)
        except (OSError, smtplib.SMTPException):
            self.close()
            raise

    def _judge(self, code: int, said: bytes | str, error: smtplib.SMTPException) -> None:
        """A refusal by the server: for ever (5xx), or for now."""
        text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
        self.close()
        if code >= 500:
            raise Undeliverable(f"{code} {text}") from error
        raise smtplib.SMTPException(f"{code} {text}") from error

    def _connect(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self._tls:
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(self._host, self._port, timeout=_TIMEOUT, context=context)
        else:
            smtp = smtplib.SMTP(self._host, self._port, timeout=_TIMEOUT)
        try:
            self._greet(smtp, context)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _greet(self, smtp: smtplib.SMTP, context: ssl.SSLContext) -> None:
        smtp.ehlo()
        safe = self._tls or self._host in _LOOPBACK
        if not self._tls and smtp.has_extn("starttls"):
            smtp.starttls(context=context)
            smtp.ehlo()
            safe = True
        if self._user:
            if not safe:
                raise smtplib.SMTPException("the server offers no TLS, so no password is sent to it")
            smtp.login(self._user, self._password)

    def close(self) -> None:
        if self._open is not None:
            try:
                self._open.quit()
            except (OSError, smtplib.SMTPException):
                self._open.close()
            self._open = None


class Mailer:
    """Sends what is due. `sender` is what stands in From."""

    def __init__(
        self, pool: Pool, clock: Callable[[], datetime], carrier: Carrier, sender: str = SENDER
    ) -> None:
        self._pool = pool
        self._clock = clock
        self._carrier = carrier
        self._sender = address_of(sender)

    async def run(self, pause: float = 2.0) -> None:
        """For ever. What goes wrong with the database is logged and tried again."""
        while True:
            try:
                await self.send()
            except (DatabaseError, *Gone) as error:
                log.warning("letters wait for the database: %s", error)
            except Exception:
                log.exception("letters could not be sent")
            await asyncio.sleep(pause)

    async def send(self) -> int:
        """Sends every letter that is due, one by one, until there is none. Returns how many went."""
        went = 0
        try:
            while letter := await mail.claim(self._pool, self._clock(), self._clock() + LEASE):
                went += await self._send(letter)
        finally:
            await asyncio.to_thread(self._carrier.close)
        return went

    async def _send(self, letter: Outgoing) -> bool:
        now = self._clock()
        try:
            message = compose(letter, self._sender)
            await asyncio.to_thread(self._carrier.send, message, letter.id, letter.address)
        except Undeliverable as error:
            await self._give_up(letter, str(error))
        except (OSError, smtplib.SMTPException) as error:
            problem = str(error) or type(error).__name__
            if now - letter.made_at > GIVEN_UP:
                await self._give_up(letter, problem)
            else:
                log.warning("letter %s waits: %s", letter.id, problem)
                await mail.put_off(self._pool, letter.id, now + wait(letter.attempts), problem)
        else:
            await mail.sent(self._pool, letter.id, now)
            return True
        return False

    async def _give_up(self, letter: Outgoing, problem: str) -> None:
        log.error("letter %s cannot be delivered: %s", letter.id, problem)
        await mail.put_off(self._pool, letter.id, None, problem)


def wait(attempts: int) -> timedelta:
    """Till the next try: a minute, two, four, and so on."""
    return min(timedelta(minutes=1 << min(attempts - 1, 10)), _LONGEST_WAIT)


def address_of(text: str) -> Address:
    """Somebody as a header names them, "Name <name@example.com>". Raises ValueError for anything else."""
    name, address = parseaddr(text)
    if not _ADDRESS.fullmatch(address):
        raise ValueError(f"“{text}” is not an e-mail address")
    try:
        return Address(_one_line(name), addr_spec=address)
    except (ValueError, HeaderParseError, IndexError) as error:
        raise ValueError(f"“{text}” is not an e-mail address") from error


def compose(letter: Outgoing, sender: Address) -> EmailMessage:
    """Raises Undeliverable where the address cannot be one."""
    message = EmailMessage(policy=SMTP)
    if not _ADDRESS.fullmatch(letter.address):
        raise Undeliverable(f"“{_one_line(letter.address)}” is not an e-mail address")
    try:
        message["To"] = address_of(letter.address)
    except ValueError as error:
        raise Undeliverable(str(error)) from error
    message["From"] = sender
    message["Subject"] = _one_line(letter.subject)
    message["Date"] = format_datetime(letter.made_at)
    # The same letter sent twice has the same id, so that mail programs show it once.
    message["Message-ID"] = f"<{sha256(letter.key.encode()).hexdigest()[:32]}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    if letter.leave:
        message["List-Unsubscribe"] = f"<{_one_line(letter.leave)}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content("\n".join(_wrapped(line) for line in letter.body.splitlines()) + "\n")
    return message


def _one_line(text: str) -> str:
    """A header is one line: what would end it is a blank."""
    return re.sub(r"[\x00-\x1f\x7f\u0085\u2028\u2029]+", " ", text).strip()


# Words stay whole; a wide character may stand at the end of any line.
_PIECES = re.compile(r"[^\s\u2e80-\uffef]+[\u3001\u3002\uff00-\uff1f]*|\S[\u3001\u3002\uff00-\uff1f]*|\s+")


def _wrapped(line: str) -> str:
    """At most 78 columns a line, as a terminal counts them, with the indent kept. Addresses stay whole."""
    indent = line[: len(line) - len(line.lstrip())]
    lines, here = [], indent
    for piece in _PIECES.findall(line.strip()):
        if _width(here + piece.rstrip()) > _COLUMNS and here.strip():
            lines.append(here.rstrip())
            here = indent
        if piece.strip() or here.strip():
            here += piece
    return "\n".join([*lines, here.rstrip()])


def _width(text: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)
