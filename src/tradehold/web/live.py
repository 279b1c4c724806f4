"""Live pages: one poller a process asks which of the watched trades has moved, or was read on, and tells
those who watch.

It asks only while somebody watches. A stream ends when its reader goes, when it has lived long enough (the
browser comes back by itself), or at once when the server closes.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

from tradehold.domain.identity import Ref
from tradehold.store import reading, views
from tradehold.store.database import DatabaseError, Gone, Pool

PAUSE = 0.5  # seconds between two looks at the versions
KEPT_ALIVE = 15.0  # seconds of silence before a comment, so that proxies keep the connection
LONGEST = 1800.0  # seconds a stream lives
PER_SESSION = 8


class Live:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._versions: dict[Ref, int] = {}
        self._read: dict[Ref, int] = {}
        self._watched: Counter[Ref] = Counter()
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
        while self._watched:
            try:
                watched = list(self._watched)
                found = await views.versions(self._pool, watched)
                read = await reading.read_in_all(self._pool, watched)
            except (DatabaseError, *Gone):
                found, read = {}, {}  # it comes back; the next look tells
            if not (found.items() <= self._versions.items() and read.items() <= self._read.items()):
                self._versions.update(found)
                self._read.update(read)
                self._tell()
            await asyncio.sleep(PAUSE)
        self._versions.clear()
        self._read.clear()

    async def stream(self, ref: Ref, seen: int, session: str) -> AsyncIterator[bytes]:
        """Server-sent events: `changed` with the version as its id, whenever it is above what was seen; and
        `read` where somebody has read on since the stream began."""
        self._watched[ref] += 1
        self._streams[session] += 1
        if self._poller is None or self._poller.done():
            self._poller = asyncio.create_task(self._poll())
        try:
            until = asyncio.get_running_loop().time() + LONGEST
            yield b": hello\n\n"
            read: int | None = None
            while not self._closed and asyncio.get_running_loop().time() < until:
                version = self._versions.get(ref, 0)
                if version > seen:
                    seen = version
                    yield f"event: changed\nid: {version}\ndata: {version}\n\n".encode()
                    continue
                before, read = read, self._read.get(ref, 0) if version else None
                if before is not None and read != before:
                    yield f"event: read\ndata: {read}\n\n".encode()
                    continue
                try:
                    await asyncio.wait_for(self._news.wait(), KEPT_ALIVE)
                except TimeoutError:
                    yield b": still here\n\n"
        finally:
            self._watched[ref] -= 1
            self._streams[session] -= 1
            self._watched, self._streams = +self._watched, +self._streams  # forgets what nobody holds
