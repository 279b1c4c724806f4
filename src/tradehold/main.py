"""Settings and wiring: where the state lies, which database, and everything put together."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from socket import SO_REUSEADDR, SOL_SOCKET, socket
from types import FrameType
from typing import Any

import uvicorn
from litestar import Litestar

from tradehold.api.problems import exception_handlers
from tradehold.api.router import api_router
from tradehold.engine.clamd import Scanner
from tradehold.engine.deadlines import Sweeper
from tradehold.engine.door import Door, secret_of
from tradehold.engine.execute import Engine
from tradehold.engine.filelimits import FileLimits
from tradehold.engine.files import Files
from tradehold.engine.leaving import secret_of as leaving_secret
from tradehold.engine.mail import SENDER, Folder, Mailer, Smtp
from tradehold.engine.notify import Notifier
from tradehold.engine.services import Services
from tradehold.knowledge import load_knowledge
from tradehold.settings import Settings, reading
from tradehold.store.blobs import Blobs
from tradehold.store.database import Pool, pool_of
from tradehold.store.embedded import Embedded
from tradehold.store.migrate import migrate
from tradehold.web.app import desk_of, page_problems, web_router
from tradehold.web.contract_paper import of_trade
from tradehold.web.demo import DemoControls
from tradehold.web.forms import MOST_FIELDS
from tradehold.web.letters import composer
from tradehold.web.live import Live
from tradehold.web.visit import Desk

PORT = 8470
Clock = Callable[[], datetime]
Revive = Callable[[], Awaitable[None]]


def now() -> datetime:
    return datetime.now(UTC)


class Platform(Services, frozen=True, kw_only=True):
    """A running Tradehold without a face: what the command line, the API and the pages all stand on. `url` is
    the database's."""

    settings: Settings
    url: str
    notifier: Notifier
    mailer: Mailer


@asynccontextmanager
async def database(settings: Settings) -> AsyncIterator[tuple[str, list[str], Revive | None]]:
    """A migrated database: its URL, the migrations applied just now, and how to bring the embedded server
    back where there is one. It runs as long as somebody uses it."""
    if settings.database_url:
        yield settings.database_url, await migrate(settings.database_url), None
        return
    server = await asyncio.to_thread(Embedded.start, settings.home)

    async def revive() -> None:
        await asyncio.to_thread(server.ensure)

    try:
        await asyncio.to_thread(server.create_database, "tradehold")
        yield server.dsn(), await migrate(server.dsn()), revive
    finally:
        await asyncio.to_thread(server.stop)


@asynccontextmanager
async def platform(settings: Settings, clock: Clock = now, port: int = PORT) -> AsyncIterator[Platform]:
    """`port` is where the pages are served, for the links in letters. Raises SettingsError."""
    knowledge = load_knowledge(settings.screening)
    async with (
        database(settings) as (url, _, revive),
        pool_of(url) as pool,
        Engine(url, knowledge, revive=revive) as engine,
    ):
        sweeper = Sweeper(engine, pool, clock)
        with reading("TRADEHOLD_CLAMD"):
            scanner = Scanner(settings.clamd) if settings.clamd else None
        with reading("TRADEHOLD_FILES_URL"):
            files = Files(Blobs.at(settings.files), pool, FileLimits(), scanner)
        door = Door(secret_of(settings.secret, settings.home), settings.url, oidc=settings.oidc)
        base = settings.url or f"http://localhost:{port}"
        compose = composer(base, await leaving_secret(pool), lambda: engine.knowledge, clock)
        yield Platform(
            engine, pool, sweeper, clock, files, door, print_contract=of_trade, settings=settings, url=url,
            notifier=Notifier(pool, clock, compose), mailer=_mailer(settings, pool, clock),
        )  # fmt: skip


def _mailer(settings: Settings, pool: Pool, clock: Clock) -> Mailer:
    """Raises SettingsError."""
    with reading("TRADEHOLD_SMTP_URL"):
        carrier = Smtp(settings.smtp_url) if settings.smtp_url else Folder(settings.mail_folder)
    sender = settings.mail_from or (carrier.sender if isinstance(carrier, Smtp) else SENDER)
    with reading("TRADEHOLD_MAIL_FROM"):
        return Mailer(pool, clock, carrier, sender)


async def background(it: Platform) -> None:
    """What goes on beside the faces for ever, in any number of processes."""
    await asyncio.gather(it.sweeper.run(), it.files.clear_for_ever(), it.notifier.run(), it.mailer.run())


class Server(uvicorn.Server):
    """Open live streams would hold the server at shutdown: they are told to end before it waits for them."""

    def __init__(self, config: uvicorn.Config, live: Live, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._live = live
        self._ready = ready

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._live.close()
        super().handle_exit(sig, frame)


def make_app(services: Services, desk: Desk) -> Litestar:
    """The API under /v1 and the pages everywhere else, as one ASGI application."""
    pages = page_problems(desk)

    def page(request: Any, error: Exception) -> Any:
        kind = next((kind for kind in type(error).__mro__ if kind in pages), Exception)
        return pages[kind](request, error)

    return Litestar(
        route_handlers=[api_router(services), web_router(desk)],
        exception_handlers=exception_handlers(page),
        openapi_config=None,
        logging_config=None,
        multipart_form_part_limit=MOST_FIELDS,
    )


class PortTaken(Exception):
    """Another program listens where this one was told to."""


def _listen(port: int) -> socket:
    listening = socket()
    listening.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
    try:
        listening.bind(("127.0.0.1", port))
    except OSError as error:
        listening.close()
        raise PortTaken(
            f"port {port} cannot be served on ({error.strerror}): choose another by --port"
        ) from None
    return listening


async def serve(
    services: Services, port: int, ready: Callable[[], None], demo: DemoControls | None = None
) -> None:
    """Serves API and pages on the loopback interface until the process is told to end. Calls `ready` once it
    answers. Raises PortTaken."""
    desk = desk_of(services, demo)
    config = uvicorn.Config(make_app(services, desk), log_level="warning", access_log=False)
    with _listen(port) as listening:
        await Server(config, desk.live, ready).serve([listening])
