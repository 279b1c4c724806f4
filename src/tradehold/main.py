"""Settings and wiring: where the state lies, which database, and everything put together."""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path
from socket import SO_REUSEADDR, SOL_SOCKET, socket
from types import FrameType
from typing import Any

import msgspec
import uvicorn
from litestar import Litestar

from tradehold.api.problems import exception_handlers
from tradehold.api.router import api_router
from tradehold.domain.bankdetails import Language, PaymentWords
from tradehold.domain.calendar import Calendar
from tradehold.domain.given import Knowledge
from tradehold.domain.policy import Policy
from tradehold.domain.screening import ScreeningList, parse
from tradehold.engine.clamd import Scanner
from tradehold.engine.deadlines import Sweeper
from tradehold.engine.door import Door, Oidc, SettingsError, secret_of
from tradehold.engine.execute import Engine
from tradehold.engine.filelimits import FileLimits
from tradehold.engine.files import Files
from tradehold.engine.services import Services
from tradehold.store.blobs import Blobs, BlobUrlError
from tradehold.store.database import pool_of
from tradehold.store.embedded import Embedded, state_home
from tradehold.store.migrate import migrate
from tradehold.web.app import desk_of, page_problems, web_router
from tradehold.web.demo import DemoControls
from tradehold.web.live import Live
from tradehold.web.visit import Desk

Clock = Callable[[], datetime]
Revive = Callable[[], Awaitable[None]]


class Settings(msgspec.Struct, frozen=True):
    """`database_url` None: the embedded PostgreSQL under `home`. `files` is where files are kept, a folder or
    an object store's URL; `screening` None: the list that ships; `clamd` the virus scanner's address, "" for
    none. `secret` empty: the one kept in `home`. `url` is the address under which people reach the platform,
    `oidc` an identity provider of its own."""

    home: Path
    database_url: str | None
    files: Path | str
    screening: Path | None = None
    clamd: str = ""
    secret: str = ""
    url: str = ""
    oidc: Oidc | None = None


@contextmanager
def _reading(setting: str) -> Iterator[None]:
    try:
        yield
    except (ValueError, BlobUrlError, OSError) as error:
        raise SettingsError(f"{setting}: {error}") from error


def settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Raises SettingsError, naming the variable, for one that cannot be meant."""
    url = environ.get("TRADEHOLD_URL", "").rstrip("/")
    if url and not re.fullmatch(r"https://[^/?#@\s]+|http://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?", url):
        raise SettingsError("TRADEHOLD_URL must be https:// and a host, such as https://trade.example.com")
    home, screening = state_home(environ), environ.get("TRADEHOLD_SCREENING")
    return Settings(
        home,
        environ.get("TRADEHOLD_DATABASE_URL") or None,
        environ.get("TRADEHOLD_FILES_URL") or home / "files",
        Path(screening) if screening else None,
        environ.get("TRADEHOLD_CLAMD", ""),
        environ.get("TRADEHOLD_SECRET", ""),
        url,
        _oidc(environ),
    )


def _oidc(environ: Mapping[str, str]) -> Oidc | None:
    issuer, client, secret = (
        environ.get(f"TRADEHOLD_OIDC_{name}", "") for name in ("ISSUER", "CLIENT_ID", "CLIENT_SECRET")
    )
    if not issuer:
        return None
    if not client or not secret:
        raise SettingsError(
            "TRADEHOLD_OIDC_ISSUER needs TRADEHOLD_OIDC_CLIENT_ID and _CLIENT_SECRET beside it"
        )
    return Oidc(issuer.rstrip("/"), client, secret, environ.get("TRADEHOLD_OIDC_NAME") or "OpenID")


def load_knowledge(screening: Path | None = None) -> Knowledge:
    """Policies, holiday files and word lists that ship with the package, and the screening list. Raises
    msgspec.ValidationError for a wrong one."""
    data = files("tradehold").joinpath("data")
    policies = [
        msgspec.toml.decode(one.read_bytes(), type=Policy) for one in data.joinpath("policies").iterdir()
    ]
    calendars = [
        msgspec.toml.decode(one.read_bytes(), type=Calendar) for one in data.joinpath("holidays").iterdir()
    ]
    offered = [policy for policy in policies if policy.name == "trade-assurance"]
    newest = max(offered, key=lambda policy: policy.valid_from)
    return Knowledge(
        {policy.key: policy for policy in policies},
        {one.name: one for one in calendars},
        newest.key,
        _screening_list(screening),
        _payment_words(),
    )


def _screening_list(path: Path | None) -> ScreeningList:
    """The operator's own list, of the day its file was written; else the one that ships as an example of the
    format. Raises SettingsError where a line is wrong."""
    if path is None:
        text = files("tradehold").joinpath("data/screening/reference.csv").read_text("utf-8")
        return parse(text, "reference", date(2026, 11, 1))
    with _reading("TRADEHOLD_SCREENING"):
        dated = datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
        return parse(path.read_text("utf-8"), path.name, dated)


def _payment_words() -> PaymentWords:
    folder = files("tradehold").joinpath("data/payment_words")
    return PaymentWords(
        {
            one.name.removesuffix(".toml"): msgspec.toml.decode(one.read_bytes(), type=Language)
            for one in folder.iterdir()
        }
    )


def now() -> datetime:
    return datetime.now(UTC)


class Platform(Services, frozen=True, kw_only=True):
    """A running Tradehold without a face: what the command line, the API and the pages all stand on."""

    settings: Settings
    url: str


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
async def platform(settings: Settings, clock: Clock = now) -> AsyncIterator[Platform]:
    knowledge = load_knowledge(settings.screening)
    async with (
        database(settings) as (url, _, revive),
        pool_of(url) as pool,
        Engine(url, knowledge, revive=revive) as engine,
    ):
        sweeper = Sweeper(engine, pool, clock)
        with _reading("TRADEHOLD_CLAMD"):
            scanner = Scanner(settings.clamd) if settings.clamd else None
        with _reading("TRADEHOLD_FILES_URL"):
            files = Files(Blobs.at(settings.files), pool, FileLimits(), scanner)
        door = Door(secret_of(settings.secret, settings.home), settings.url, oidc=settings.oidc)
        yield Platform(engine, pool, sweeper, clock, files, door, settings=settings, url=url)


async def background(it: Services) -> None:
    """What goes on beside the faces for ever, in any number of processes."""
    await asyncio.gather(it.sweeper.run(), it.files.clear_for_ever())


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
