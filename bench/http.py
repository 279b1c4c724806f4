"""Commands through the API: the route POST /v1/trades/{id}/commands, uvicorn in a process of its own.

People cannot report payments, so the command here is another one: the buyer takes a day more for the initial
payment (ExtendPayment). It writes machine, event and key like the measured payment, and a row of due instead
of posting and balance. One session calls over CONNECTIONS connections that are kept alive; the route, the
gate and the engine are the product's own, only its limit of requests per session is lifted. The client shares
the machine's cores with what it measures.
"""

import asyncio
import re
import socket
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import uvicorn
import uvloop
from litestar import Litestar

from bench.measure import Rate, repeat
from bench.world import BUYER, FIRST, SUPPLIERS, World
from tradehold.api.problems import exception_handlers
from tradehold.api.router import api_router
from tradehold.domain.command import Grade
from tradehold.domain.identity import Kind, Ref, public_id
from tradehold.engine.deadlines import Sweeper
from tradehold.engine.execute import Engine
from tradehold.engine.files import Files
from tradehold.engine.limits import Limits
from tradehold.engine.limits import Rate as Allowed
from tradehold.engine.services import Services
from tradehold.knowledge import load_knowledge
from tradehold.main import now
from tradehold.store import people
from tradehold.store.blobs import Blobs
from tradehold.store.database import pool_of
from tradehold.store.views import Company, Member

CONNECTIONS = 128
_BODY = b'{"type":"extend_payment","days":1}'
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


class Connection(asyncio.Protocol):
    """One request after the other; all it understands of HTTP is the status and the content's length."""

    def __init__(self) -> None:
        self._got = b""
        self._answer: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]

    async def ask(self, request: bytes) -> None:
        self._answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        await self._answer

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, ended, body = self._got.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not ended or not length or len(body) < int(length[1]) or self._answer is None:
            return
        self._got = b""
        if b" 200 " in head[:16]:
            self._answer.set_result(None)
        else:
            self._answer.set_exception(SystemExit(f"a measured request was refused: {body.decode()}"))


class Served:
    """A running API and connections to it."""

    def __init__(self, world: World, token: str, connections: list[Connection]) -> None:
        self._world = world
        self._token = token
        self._idle = connections
        self._numbers = count()

    def _request(self) -> bytes:
        number = next(self._numbers)
        trade = Ref(number % SUPPLIERS + 1, Kind.TRADE, FIRST + number // SUPPLIERS % self._world.trades)
        return (
            f"POST /v1/trades/{public_id(trade)}/commands HTTP/1.1\r\nHost: bench\r\n"
            f"Authorization: Bearer {self._token}\r\nIdempotency-Key: bench-{number}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(_BODY)}\r\n\r\n"
        ).encode() + _BODY

    async def measure(self, seconds: float) -> Rate:
        async def call() -> int:
            connection = self._idle.pop()
            await connection.ask(self._request())
            self._idle.append(connection)
            return 1

        return await repeat(len(self._idle), seconds, call)


async def _session(world: World) -> str:
    today = datetime.now(UTC)
    async with pool_of(world.url, 1) as pool:
        await people.put_companies(pool, [Company(BUYER, "Harbour Kids Ltd", "US", "", "", "UTC", "en")])
        await people.put_members(pool, [Member(1, BUYER, "A buyer", "en", "UTC", Grade.OWNER)], today)
        return await people.begin_session(pool, 1, today, timedelta(days=1))


@asynccontextmanager
async def serving(world: World) -> AsyncIterator[Served]:
    token = await _session(world)
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.http", world.url, stdout=asyncio.subprocess.PIPE
    )
    assert server.stdout is not None
    try:
        port = int(await server.stdout.readline())
        loop = asyncio.get_running_loop()
        made = [await loop.create_connection(Connection, "127.0.0.1", port) for _ in range(CONNECTIONS)]
        yield Served(world, token, [connection for _, connection in made])
        for transport, _ in made:
            transport.close()
    finally:
        server.terminate()
        await server.wait()


async def _serve(url: str) -> None:
    knowledge, without = load_knowledge(), Allowed(10**9, 10**9)
    async with pool_of(url) as pool, Engine(url, knowledge) as engine:
        services = Services(
            engine, pool, Sweeper(engine, pool, now), now, Files(Blobs.at(Path(tempfile.mkdtemp())), pool)
        )
        app = Litestar(
            route_handlers=[api_router(services, Limits(without, without))],
            exception_handlers=exception_handlers(),
            openapi_config=None,
            logging_config=None,
        )
        with socket.create_server(("127.0.0.1", 0), backlog=1024) as listening:
            config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_keep_alive=3600)
            sys.stdout.write(f"{listening.getsockname()[1]}\n")
            sys.stdout.flush()
            await uvicorn.Server(config).serve([listening])


if __name__ == "__main__":
    uvloop.run(_serve(sys.argv[1]))
