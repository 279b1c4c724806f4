"""The virus scanner's protocol against a server that speaks it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from tradehold.engine.clamd import Scanner, ScannerUnavailable

# The harmless file by which every scanner can be tried, in two parts so that none takes this one for it.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
LARGEST = 6 * 2**20
Answer = Callable[[asyncio.StreamReader], Awaitable[bytes]]


async def _answer(reader: asyncio.StreamReader) -> bytes:
    """As clamd does it: chunks behind their length, until one of none; too much ends it at once."""
    assert await reader.readuntil(b"\0") == b"zINSTREAM\0"
    body = b""
    while size := int.from_bytes(await reader.readexactly(4)):
        body += await reader.readexactly(size)
        if len(body) > LARGEST:
            return b"INSTREAM size limit exceeded. ERROR\0"
    return b"stream: Eicar-Test-Signature FOUND\0" if EICAR in body else b"stream: OK\0"


async def _silence(reader: asyncio.StreamReader) -> bytes:
    return await reader.read()


@asynccontextmanager
async def clamd(path: str = "", answer: Answer = _answer) -> AsyncIterator[str]:
    """The address of a scanner that listens at a free port, or at a path."""
    visits: list[asyncio.Task[None] | None] = []

    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visits.append(asyncio.current_task())
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            writer.write(await answer(reader))
            writer.close()
            await writer.wait_closed()

    if path:
        server = await asyncio.start_unix_server(visit, path)
    else:
        server = await asyncio.start_server(visit, "127.0.0.1", 0)
    async with server:
        yield path or "{}:{}".format(*server.sockets[0].getsockname())
    await asyncio.gather(*(each for each in visits if each))


async def of(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def test_a_clean_file_and_an_infected_one_are_told_apart() -> None:
    async with clamd() as address:
        scanner = Scanner(address)
        assert await scanner.scan(of(b"a" * 100_000, b"b" * 100_000)) == ""
        assert await scanner.scan(of(b"a", EICAR[:20], EICAR[20:])) == "Eicar-Test-Signature"


async def test_a_unix_socket_serves_as_well(tmp_path: Path) -> None:
    async with clamd(str(tmp_path / "clamd")) as path:
        assert await Scanner(path).scan(of(EICAR)) == "Eicar-Test-Signature"


async def test_what_is_too_large_for_the_scanner_is_not_clean() -> None:
    async with clamd() as address:
        with pytest.raises(ScannerUnavailable):
            await Scanner(address).scan(of(*[bytes(2**20)] * 40))


async def test_nobody_listening_is_no_verdict() -> None:
    async with clamd() as address:
        pass
    with pytest.raises(ScannerUnavailable, match=address):
        await Scanner(address).scan(of(b"a"))


async def test_silence_is_no_verdict() -> None:
    async with clamd(answer=_silence) as address:
        with pytest.raises(ScannerUnavailable, match="no answer in time"):
            await Scanner(address, seconds=0.2).scan(of(b"a"))


@pytest.mark.parametrize("address", ["", "clamd", "clamd:", ":3310", "relative/path"])
def test_an_address_must_be_one(address: str) -> None:
    with pytest.raises(ValueError, match="host:port or /a/path"):
        Scanner(address)
