"""Live pages: one poller a process asks which of the watched trades has moved or was read on, and how much
those who watch have not read, and tells them.

It asks only while somebody watches. A stream ends when its reader goes, when it has lived long enough (the
browser comes back by itself), or at once when the server closes.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable

from tradehold.domain.identity import Ref
from tradehold.store import notices, reading, views
from tradehold.store.database import DatabaseError, Gone, Pool
from tradehold.store.notices import Reader

PAUSE = 0.5  # seconds between two looks at the versions
KEPT_ALIVE = 15.0  # seconds of silence before a comment, so that proxies keep the connection
LONGEST = 1800.0  # seconds a stream lives
PER_SESSION = 16  # a page has two; a browser lets go of those in the background


class Live:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._versions: dict[Ref, int] = {}
        self._unread: dict[Reader, int] = {}
        self._read: dict[Ref, int] = {}
        self._watched: Counter[Ref] = Counter()
        self._readers: Counter[Reader] = Counter()
        self._streams: Counter[str] = Counter()
        self._news = asyncio.Event()
        self._poller: asyncio.Task[None] | None = None
        self._closed = False

    def full(self, session: str) -> bool:
        return self._streams[session] >= PER_SESSION

    def close(self) -> None:
        """Ends every stream and the poller; no stream begins afterwards."""
        self._closed = True
        self._tell()
        if self._poller:
            self._poller.cancel()

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    async def _poll(self) -> None:
        while self._watched or self._readers:
            try:
                watched = list(self._watched)
                found = await views.versions(self._pool, watched) if watched else {}
                read = await reading.read_in_all(self._pool, watched) if watched else {}
                unread = await notices.unread(self._pool, list(self._readers)) if self._readers else {}
            except (DatabaseError, *Gone):
                found, read, unread = {}, {}, {}  # it comes back; the next look tells
            if not (
                found.items() <= self._versions.items()
                and read.items() <= self._read.items()
                and unread.items() <= self._unread.items()
            ):
                self._versions.update(found)
                self._read.update(read)
                self._unread.update(unread)
                self._tell()
            await asyncio.sleep(PAUSE)
        self._versions.clear()
        self._read.clear()
        self._unread.clear()

    def _begin(self, session: str) -> float:
        """Counts a stream and sees that somebody polls for it. Returns when it has lived long enough."""
        self._streams[session] += 1
        if self._poller is None or self._poller.done():
            self._poller = asyncio.create_task(self._poll())
        return asyncio.get_running_loop().time() + LONGEST

    def _lives(self, until: float) -> bool:
        return not self._closed and asyncio.get_running_loop().time() < until

    def _end(self, session: str) -> None:
        """Forgets what nobody holds."""
        self._streams[session] -= 1
        self._watched, self._readers, self._streams = +self._watched, +self._readers, +self._streams

    async def _more(self) -> bytes:
        """Waits for news; in between, something to say."""
        try:
            await asyncio.wait_for(self._news.wait(), KEPT_ALIVE)
        except TimeoutError:
            return b": still here\n\n"
        return b""

    async def stream(self, ref: Ref, seen: int, session: str) -> AsyncIterator[bytes]:
        """Server-sent events: `changed` with the version as its id, whenever it is above what was seen; and
        `read` where somebody has read on since the stream began."""
        self._watched[ref] += 1
        until = self._begin(session)
        try:
            yield b": hello\n\n"
            read: int | None = None
            while self._lives(until):
                version = self._versions.get(ref, 0)
                if version > seen:
                    seen = version
                    yield f"event: changed\nid: {version}\ndata: {version}\n\n".encode()
                    continue
                before, read = read, self._read.get(ref, 0) if version else None
                if before is not None and read != before:
                    yield f"event: read\ndata: {read}\n\n".encode()
                    continue
                if word := await self._more():
                    yield word
        finally:
            self._watched[ref] -= 1
            self._end(session)

    async def counter(
        self, reader: Reader, seen: int, session: str, drawn: Callable[[int], str]
    ) -> AsyncIterator[bytes]:
        """Server-sent events: the counter as it is `drawn` in one line, whenever its number is another."""
        self._readers[reader] += 1
        until = self._begin(session)
        try:
            yield b": hello\n\n"
            while self._lives(until):
                unread = self._unread.get(reader, seen)
                if unread != seen:
                    seen = unread
                    yield f"data: {drawn(unread)}\n\n".encode()
                    continue
                if word := await self._more():
                    yield word
        finally:
            self._readers[reader] -= 1
            self._end(session)
