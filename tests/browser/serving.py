"""A real server on loopback, with the platform and a sandbox bank behind it, for a real browser to visit.

It runs on a thread with an event loop of its own; the tests are synchronous and ask it through `do`.
"""

import asyncio
import socket
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any, TypeVar

import uvicorn
from litestar import Litestar
from msgspec.structs import replace

from tests.platform import BEGIN, MEMBERS, OURS, PAYER, Running, running
from tests.web.door import CHEAP
from tradehold.domain.bank import Line
from tradehold.domain.identity import Ref, token
from tradehold.domain.money import Money
from tradehold.domain.reference import rf_reference
from tradehold.engine.deliver import import_file, pay_out
from tradehold.engine.door import Door
from tradehold.engine.passwords import Passwords
from tradehold.rails.sandbox import SandboxBank
from tradehold.web.app import desk_of, page_problems, web_router
from tradehold.web.demo import SignInLink
from tradehold.web.forms import MOST_FIELDS
from tradehold.web.signin import one_time_link

T = TypeVar("T")
_SEEN = ("buyer", "supplier", "operator", "second_operator")


class Bank:
    """The demo's controls over the test's own clock: every step goes through the bank's own files."""

    def __init__(self, platform: Running) -> None:
        self._platform = platform
        self._bank = SandboxBank(OURS, "USD", 0)

    async def sign_in_links(self) -> list[SignInLink]:
        pool = self._platform.services.pool
        return [
            SignInLink(role.removeprefix("second_"), member.name, "", await one_time_link(pool, member.id))
            for role, member in MEMBERS.items()
            if role in _SEEN
        ]

    async def _read(self, body: bytes | None) -> None:
        it = self._platform
        if body:
            await import_file(it.services.engine, it.services.pool, "bank", body, it.clock.at)
        await it.services.sweeper.sweep()

    async def pay(self, trade: Ref, minor: int) -> None:
        at = self._platform.clock.at
        self._bank.pay_in(Money(minor, "USD"), rf_reference(token(trade)), PAYER, at.date())
        await self._read(self._bank.notification(at))

    async def bank_day(self) -> None:
        it = self._platform
        for file in (await pay_out(it.services.engine, it.services.pool, it.clock.at)).files:
            await self._read(self._bank.accept(file.body, it.clock.at))
        for report in self._bank.settle(it.clock.at):
            await self._read(report)

    async def advance(self, days: int) -> None:
        for _ in range(days):
            await self._read(self._bank.statement(self._platform.clock.at.date()))
            self._platform.clock.at += timedelta(days=1)
            await self._platform.services.sweeper.sweep()

    def today(self) -> date:
        return self._platform.clock.at.date()

    def stray(self, minor: int) -> Line:
        """A line of the bank that names nobody's trade."""
        at = self._platform.clock.at.date()
        return Line(
            OURS.account, f"stray-{minor}", Money(minor, "USD"), True, at, party=PAYER, remittance="thank you"
        )


class Server:
    """`platform` and `bank` belong to the server's loop: everything asked of them goes through `do`."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        self._stop: asyncio.Event
        self._loop: asyncio.AbstractEventLoop
        self.platform: Running
        self.bank: Bank
        self.url = ""

    async def _run(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        async with running(self._name, BEGIN) as self.platform:
            # Its address is the one it is visited at, which passkeys are bound to.
            self.platform.services = replace(self.platform.services, door=Door(passwords=Passwords(CHEAP)))
            self.bank = Bank(self.platform)
            desk = desk_of(self.platform.services, self.bank)
            app = Litestar(
                [web_router(desk)],
                exception_handlers=page_problems(desk),
                openapi_config=None,
                multipart_form_part_limit=MOST_FIELDS,
            )
            with socket.socket() as listening:
                listening.bind(("127.0.0.1", 0))
                self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
                server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
                serving = asyncio.create_task(server.serve([listening]))
                self._ready.set()
                await self._stop.wait()
                desk.live.close()
                server.should_exit = True
                await serving

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def __enter__(self) -> "Server":
        self._thread.start()
        assert self._ready.wait(60), "the server did not start"
        return self

    def __exit__(self, *error: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(30)


@contextmanager
def served(name: str) -> Iterator[Server]:
    with Server(name) as server:
        yield server
