"""Files: taken in parts that may be resumed, judged whole, kept once by their SHA-256.

An upload is a row and some blobs, so that any process can go on with it. Each part is a blob of its own
under a name that nobody else writes to; the row decides which part comes next, and of two that arrive for
one offset only the first counts. When all bytes are there they are gathered once: hashed, checked, scanned,
and only then stored under their hash. A crash at any point leaves an upload that can be asked to finish
again, and what it left behind goes when the upload's time is over.

Nothing is ever stored unscanned where there is a scanner, and the sender's own bytes are only served as
an attachment: pages show a picture made anew.
"""

import asyncio
import hashlib
import logging
import re
import secrets
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Sequence
from contextlib import aclosing
from datetime import datetime, timedelta
from tempfile import TemporaryFile
from typing import BinaryIO

import msgspec

from tradehold.domain.identity import Ref
from tradehold.engine import filerefused
from tradehold.engine.access import wall
from tradehold.engine.clamd import Scanner
from tradehold.engine.filejudge import Judge, stream
from tradehold.engine.filelimits import FileLimits
from tradehold.engine.filenames import clean
from tradehold.engine.filerefused import FileCode, FileRefused
from tradehold.engine.filetypes import NEVER, type_of
from tradehold.store import files as store
from tradehold.store.blobs import PIECE, BlobError, Blobs
from tradehold.store.database import DatabaseError, Gone, Pool
from tradehold.store.files import File, Held, Part, Upload, Usage

log = logging.getLogger("tradehold")

UPLOAD_LASTS = timedelta(hours=24)
_CLAIM = 100  # characters kept
_MOST_AT_ONCE = 500  # uploads cleared away between two looks


class Opened(msgspec.Struct, frozen=True):
    """Bytes to serve: `size` in all, `chunks` as they are read."""

    size: int
    media_type: str
    chunks: AsyncIterator[bytes]


class Files:
    def __init__(
        self,
        blobs: Blobs,
        pool: Pool,
        limits: FileLimits = FileLimits(),  # noqa: B008  # frozen
        scanner: Scanner | None = None,
    ) -> None:
        self.limits = limits
        self._blobs = blobs
        self._pool = pool
        self._judge = Judge(scanner)

    async def begin(
        self,
        company: int,
        person: int,
        name: str,
        size: int,
        now: datetime,
        place: Ref | None = None,
        claimed: str = "",
    ) -> Upload:
        """Makes room for a file of `size` bytes. `place` is the machine through which it may be read; None:
        the company's library. Whether the person may add to it is the caller's to check. Raises
        FileRefused."""
        kept = clean(name)
        type_of(kept)
        if NEVER.fullmatch(claimed):
            raise FileRefused(FileCode.NOT_ALLOWED, f"Files of the type {_printable(claimed)} are not taken.")
        self.limits.check_size(size)
        upload = Upload(
            secrets.token_urlsafe(24), company, person, place, kept, _printable(claimed), size, now,
            now + UPLOAD_LASTS,
        )  # fmt: skip
        used = await store.begin(self._pool, upload, self.limits.company, self.limits.uploads)
        if used:
            raise self.limits.no_room(used)
        return upload

    async def upload(self, id: str, company: int, now: datetime) -> Upload:
        """The upload as it stands. Raises FileRefused: for one that is not there, is another company's or
        was given up, and again for one whose file was refused."""
        found = await store.upload(self._pool, id, company, now)
        if found is None:
            raise FileRefused(
                FileCode.UNKNOWN, "There is no such upload, or its time is over: begin it anew."
            )
        if found.refusal:
            raise filerefused.decode(found.refusal)
        return found

    async def append(
        self, id: str, company: int, offset: int, body: AsyncIterable[bytes], now: datetime
    ) -> Upload:
        """Takes what comes at `offset`, which must be what was received so far. What arrived before a body
        broke off is kept. With the last byte the upload is finished and names its file's `sha256`.

        A finished upload, or one whose end was not reached, is asked to finish by an empty body at its
        size. Raises FileRefused, and whatever the body raises.
        """
        upload = await self.upload(id, company, now)
        if offset != upload.received:
            raise _wrong_offset(upload.received)
        if not upload.sha256:
            async with aclosing(_gathered(body, upload.size - offset)) as pieces:
                async for piece in pieces:
                    upload = await self._keep(upload, piece, now)
            if upload.received == upload.size:
                upload = await self._finish(upload, now)
        return upload

    async def cancel(self, id: str, company: int, now: datetime) -> bool:
        """Gives an upload up; whether there was one. A file that it has become stays."""
        found = await store.end_upload(self._pool, id, company, now)
        if found:
            await self._blobs.clear(_folder(id))
        return found

    async def expire(self, now: datetime) -> int:
        """Clears away what uploads left whose time is over; how many they were."""
        ended = await store.ended(self._pool, now, _MOST_AT_ONCE)
        for id in ended:
            await self._blobs.clear(_folder(id))
            await store.forget(self._pool, id)
        return len(ended)

    async def clear_for_ever(self, pause: float = 60.0) -> None:
        """Clears away what uploads left, every `pause` seconds."""
        while True:
            try:
                await self.expire(wall())
            except (DatabaseError, BlobError, OSError, *Gone) as error:
                log.warning("old uploads cannot be cleared away for now: %s", error)
            await asyncio.sleep(pause)

    async def usage(self, company: int, now: datetime) -> Usage:
        return await store.usage(self._pool, company, now)

    async def held(self, sha256: str, company: int, place: Ref | None = None) -> Held | None:
        """The file, if it was brought to this machine, or to the company's library. Whether the caller may
        read the machine is the caller's to check."""
        return await store.held(self._pool, sha256, place, company)

    async def held_these(
        self, shas: Sequence[str], company: int, place: Ref | None = None
    ) -> dict[str, Held]:
        """The same for many at once, by SHA-256."""
        return await store.held_these(self._pool, shas, place, company)

    async def all_held(
        self,
        company: int,
        place: Ref | None = None,
        before: tuple[datetime, str] = store.NEWEST,
        limit: int = store.PAGE,
        words: str = "",
    ) -> list[Held]:
        """The files of a machine, or of the company's library, newest first; the next page is before the
        last one's (`at`, `sha256`). `words` are part of the name."""
        return await store.all_held(self._pool, place, company, before, limit, words)

    async def attach(self, sha256: str, company: int, person: int, place: Ref, now: datetime) -> Held | None:
        """Lets a file of the company's library be read at a machine as well; None where it has no such
        file."""
        await store.attach(self._pool, sha256, company, person, place, now)
        return await store.held(self._pool, sha256, place, company)

    async def open(self, sha256: str, start: int = 0, end: int | None = None) -> Opened | None:
        """The original as it was sent, to be served as an attachment and in no other way."""
        file = await store.file(self._pool, sha256)
        if file is None:
            return None
        chunks = self._blobs.read(_path(sha256), start, file.size if end is None else min(end, file.size))
        return Opened(file.size, file.media_type, chunks)

    async def display(self, sha256: str) -> Opened | None:
        """The picture made for pages; None where there is none."""
        file = await store.file(self._pool, sha256)
        if file is None or not file.display:
            return None
        size = await self._blobs.size(_path(file.display)) or 0
        return Opened(size, "image/webp", self._blobs.read(_path(file.display), 0, size))

    async def _keep(self, upload: Upload, piece: bytes, now: datetime) -> Upload:
        self.limits.check_parts(upload.parts)
        part = Part(f"{_folder(upload.id)}/{upload.received}-{secrets.token_hex(8)}", len(piece))
        await self._blobs.put(part.path, piece)
        ends_at = now + UPLOAD_LASTS
        received = await store.advance(self._pool, upload.id, upload.received, part, ends_at)
        if received is None:
            await self._blobs.delete(part.path)
            raise _wrong_offset((await self.upload(upload.id, upload.company, now)).received)
        return msgspec.structs.replace(upload, received=received, parts=upload.parts + 1, ends_at=ends_at)

    async def _finish(self, upload: Upload, now: datetime) -> Upload:
        """Gathers, judges and stores. Done by two at once, both do the same."""
        with TemporaryFile() as whole:
            try:
                sha256 = await self._whole(upload, whole)
            except FileNotFoundError:
                return await self._finished_elsewhere(upload, now)
            try:
                verdict = await self._judge(whole, upload.name)
            except FileRefused as refused:
                if refused.code in filerefused.OF_CONTENT:
                    await store.refuse(self._pool, upload.id, filerefused.encode(refused))
                    await self._blobs.clear(_folder(upload.id))
                raise
            if await self._blobs.size(_path(sha256)) != upload.size:
                await self._blobs.put(_path(sha256), stream(whole), lasting=True)
        display = await self._put_picture(verdict.picture) if verdict.picture else ""
        scanned_at = now if verdict.scanned else None
        file = File(sha256, upload.size, verdict.kind.media_type, display, scanned_at, now)
        await store.finish(self._pool, upload, file)
        await self._blobs.clear(_folder(upload.id))
        return msgspec.structs.replace(upload, sha256=sha256)

    async def _finished_elsewhere(self, upload: Upload, now: datetime) -> Upload:
        """Its parts are gone: another process was faster, or the place for files has lost them."""
        found = await self.upload(upload.id, upload.company, now)
        if not found.sha256:
            raise FileRefused(FileCode.UNKNOWN, "Parts of this upload were lost: begin it anew.")
        return found

    async def _whole(self, upload: Upload, whole: BinaryIO) -> str:
        """Writes the parts into one file, and returns its SHA-256. Raises FileNotFoundError for parts that
        are missing or not whole."""
        digest, written = hashlib.sha256(), 0
        for part in await store.parts(self._pool, upload.id):
            if await self._blobs.size(part.path) != part.size:
                raise FileNotFoundError(part.path)
            async for piece in self._blobs.read(part.path, 0, part.size):
                await asyncio.to_thread(_add, whole, digest, piece)
                written += len(piece)
        if written != upload.size:
            raise FileNotFoundError(upload.id)
        return digest.hexdigest()

    async def _put_picture(self, body: bytes) -> str:
        """Its SHA-256."""
        sha256 = hashlib.sha256(body).hexdigest()
        await self._blobs.put(_path(sha256), body, lasting=True)
        return sha256


def _folder(id: str) -> str:
    return f"parts/{id}"


def _path(sha256: str) -> str:
    return f"sha256/{sha256[:2]}/{sha256[2:]}"


def _printable(claimed: str) -> str:
    return re.sub(r"[^!-~]", "", claimed)[:_CLAIM]


def _wrong_offset(received: int) -> FileRefused:
    return FileRefused(
        FileCode.WRONG_OFFSET, f"{received:,} bytes are here already: go on from there.", received=received
    )


def _add(whole: BinaryIO, digest: "hashlib._Hash", piece: bytes) -> None:
    whole.write(piece)
    digest.update(piece)


async def _gathered(body: AsyncIterable[bytes], room: int) -> AsyncGenerator[bytes, None]:
    """What a network delivers in crumbs, in pieces of PIECE bytes; also the last one of a body that breaks
    off. Raises FileRefused for more bytes than there is room for."""
    held = bytearray()
    try:
        async for chunk in body:
            room -= len(chunk)
            if room < 0:
                raise FileRefused(
                    FileCode.TOO_LARGE, "More arrived than this upload was begun for: begin it anew."
                )
            held += chunk
            while len(held) >= PIECE:
                yield bytes(held[:PIECE])
                del held[:PIECE]
    except Exception as error:
        if held and not isinstance(error, FileRefused):
            yield bytes(held)
        raise
    if held:
        yield bytes(held)
