"""What a whole file must pass before it is kept: its type's checks, the virus scanner, and its picture."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import BinaryIO

import msgspec

from tradehold.engine.clamd import Scanner, ScannerUnavailable
from tradehold.engine.filerefused import FileCode, FileRefused
from tradehold.engine.filetypes import FileType, check_content, pieces
from tradehold.engine.pictures import picture

log = logging.getLogger("tradehold")

_SECONDS_FOR_PICTURE = 60.0


class Verdict(msgspec.Struct, frozen=True):
    """`picture` is the image to show on pages, empty for what is none."""

    kind: FileType
    scanned: bool
    picture: bytes = b""


class Judge:
    def __init__(self, scanner: Scanner | None) -> None:
        self._scanner = scanner
        # A decoded picture may take hundreds of megabytes: one at a time in a process.
        self._drawing = asyncio.Semaphore(1)

    async def __call__(self, whole: BinaryIO, name: str) -> Verdict:
        """Raises FileRefused."""
        kind = await asyncio.to_thread(check_content, whole, name)
        if self._scanner:
            await _scan(self._scanner, whole)
        drawn = await self._draw(whole, kind.shown) if kind.shown else b""
        return Verdict(kind, self._scanner is not None, drawn)

    async def _draw(self, whole: BinaryIO, form: str) -> bytes:
        async with self._drawing:
            try:
                return await asyncio.wait_for(asyncio.to_thread(picture, whole, form), _SECONDS_FOR_PICTURE)
            except TimeoutError:
                raise FileRefused(
                    FileCode.UNSAFE, "This image takes too long to read: save it smaller and send it again."
                ) from None


async def _scan(scanner: Scanner, whole: BinaryIO) -> None:
    try:
        found = await scanner.scan(stream(whole))
    except ScannerUnavailable as error:
        log.error("no verdict of the virus scanner: %s", error)
        raise FileRefused(
            FileCode.NO_SCANNER,
            "The virus scanner does not answer, and nothing is kept unscanned. What you sent is not lost: "
            "try again in a few minutes.",
        ) from None
    if found:
        raise FileRefused(
            FileCode.INFECTED,
            f"The virus scanner found {found[:100]} in this file, which was deleted. Check your system.",
            found=found[:100],
        )


async def stream(whole: BinaryIO) -> AsyncIterator[bytes]:
    """The file from its beginning; reading blocks, so it happens in a thread."""
    reading = pieces(whole)
    while piece := await asyncio.to_thread(next, reading, b""):
        yield piece
