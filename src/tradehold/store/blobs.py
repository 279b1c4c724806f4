"""Blobs: bytes under a path, in a local folder or in any store that obstore reaches by URL.

A blob appears whole or not at all: the local folder writes beside and renames, an object store completes its
multipart upload. Reading goes by ranges, each a request of its own, so that a slow reader never meets the
time limit of a single long request, and nobody holds more than a few pieces in memory.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from obstore.exceptions import BaseError
from obstore.store import LocalStore, from_url

if TYPE_CHECKING:
    from obstore.store import ObjectStore, RetryConfig

PIECE = 4 * 2**20  # bytes read or taken at a time
# Object stores refuse parts of a multipart upload below 5 MiB.
_PART = 5 * 2**20
_AT_ONCE = 2  # parts on their way at a time
_RETRIES: "RetryConfig" = {"max_retries": 3, "retry_timeout": timedelta(seconds=20)}

# Named here so that no other package imports the library. A missing blob is a FileNotFoundError.
BlobError = BaseError


class BlobUrlError(Exception):
    """The place for files cannot be understood; the message names it."""


class Blobs:
    def __init__(self, store: "ObjectStore") -> None:
        self._store = store

    @classmethod
    def at(cls, where: str | Path) -> "Blobs":
        """The blobs in a folder, which is made if it is not there, or at a URL such as `s3://bucket/prefix`.

        What else an object store needs comes from its usual variables: AWS_ENDPOINT_URL,
        AWS_ACCESS_KEY_ID and their like. Raises BlobUrlError.
        """
        if isinstance(where, Path):
            where.mkdir(mode=0o700, parents=True, exist_ok=True)
            return cls(LocalStore(where, automatic_cleanup=True))
        try:
            if where.startswith("file:"):
                return cls(LocalStore.from_url(where, automatic_cleanup=True, mkdir=True))
            return cls(from_url(where, retry_config=_RETRIES))
        except (BaseError, ValueError):
            wanted = "give a URL such as s3://bucket/prefix"
            raise BlobUrlError(f"{where!r} is no place for files: {wanted}") from None

    async def put(self, path: str, body: bytes | AsyncIterator[bytes], *, lasting: bool = False) -> None:
        """Writes a blob. A lasting one outlives even a power cut once this returns."""
        await self._store.put_async(path, body, chunk_size=_PART, max_concurrency=_AT_ONCE)
        if lasting and isinstance(self._store, LocalStore) and self._store.prefix:
            await asyncio.to_thread(_make_last, self._store.prefix, path)

    async def size(self, path: str) -> int | None:
        """In bytes; None where there is no such blob."""
        try:
            return (await self._store.head_async(path))["size"]
        except FileNotFoundError:
            return None

    async def read(self, path: str, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from `start` to before `end`, in pieces. Raises FileNotFoundError."""
        while start < end:
            upto = min(start + PIECE, end)
            yield bytes(await self._store.get_range_async(path, start=start, end=upto))
            start = upto

    async def delete(self, path: str) -> None:
        with suppress(FileNotFoundError):
            await self._store.delete_async(path)

    async def clear(self, folder: str) -> None:
        """Deletes every blob below `folder`."""
        async for found in self._store.list_async(folder):
            for one in found:
                await self.delete(one["path"])


def _make_last(folder: Path, path: str) -> None:
    """Renaming is atomic, but only what is synchronised outlives a power cut."""
    whole = folder / path
    for each in (whole, whole.parent, whole.parent.parent):
        number = os.open(each, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
