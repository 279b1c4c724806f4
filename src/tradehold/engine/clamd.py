"""The virus scanner, where the operator runs one: clamd, spoken to by its INSTREAM command over TCP or a Unix
socket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

_SECONDS = 120.0
_LONGEST_ANSWER = 4096


class ScannerUnavailable(Exception):
    """The scanner gave no verdict; the message says why."""


class Scanner:
    """`address`: `host:port`, or the path of a Unix socket. Raises ValueError for anything else."""

    def __init__(self, address: str, seconds: float = _SECONDS) -> None:
        host, _, port = address.rpartition(":")
        if not address.startswith("/") and not (host and port.isdigit()):
            raise ValueError(f"the virus scanner is at host:port or /a/path, not at {address!r}")
        self._address = address
        self._seconds = seconds

    async def scan(self, pieces: AsyncIterator[bytes]) -> str:
        """The name of what was found; empty for nothing. Raises ScannerUnavailable."""
        try:
            async with asyncio.timeout(self._seconds):
                answer = await self._ask(pieces)
        except TimeoutError:
            raise ScannerUnavailable(f"{self._address} gave no answer in time") from None
        except OSError as error:
            raise ScannerUnavailable(f"{self._address}: {error}") from None
        if answer == "stream: OK":
            return ""
        if answer.startswith("stream: ") and answer.endswith(" FOUND"):
            return answer.removeprefix("stream: ").removesuffix(" FOUND")
        raise ScannerUnavailable(f"{self._address} answered {answer!r}")

    async def _ask(self, pieces: AsyncIterator[bytes]) -> str:
        if self._address.startswith("/"):
            reader, writer = await asyncio.open_unix_connection(self._address)
        else:
            host, _, port = self._address.rpartition(":")
            reader, writer = await asyncio.open_connection(host.strip("[]"), int(port))
        try:
            # A scanner that has had enough answers and hangs up; its answer says why.
            with suppress(ConnectionError):
                writer.write(b"zINSTREAM\0")
                async for piece in pieces:
                    writer.write(len(piece).to_bytes(4) + piece)
                    await writer.drain()
                writer.write((0).to_bytes(4))
                await writer.drain()
            return (await reader.read(_LONGEST_ANSWER)).rstrip(b"\0\n").decode("utf-8", "replace")
        finally:
            # What a scanner did not read by now it is not owed: closing would wait for it.
            writer.transport.abort()
