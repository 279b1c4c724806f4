"""Blobs in a folder, and in an S3 that runs beside the test."""

import asyncio
import os
import re
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tradehold.store.blobs import PIECE, BlobError, Blobs, BlobUrlError


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The URL of a bucket in a server of its own, which the usual variables lead to."""
    command = [str(Path(sys.executable).with_name("moto_server")), "-H", "127.0.0.1", "-p", "0"]
    told = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen(command, text=True, **told) as server, pytest.MonkeyPatch.context() as patch:
        assert server.stdout
        found = next(
            match for line in server.stdout if (match := re.search(r"http://127\.0\.0\.1:\d+", line))
        )
        reading = threading.Thread(target=server.stdout.read)  # else its log would fill the pipe
        reading.start()
        for name, value in {
            "AWS_ENDPOINT_URL": found[0], "AWS_ALLOW_HTTP": "true", "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
        }.items():  # fmt: skip
            patch.setenv(name, value)
        urlopen(Request(f"{found[0]}/tradehold", method="PUT")).close()
        yield "s3://tradehold/files/of/a/platform"
        server.terminate()
        reading.join()


@pytest.fixture(params=["folder", "url of a folder", "s3"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    match request.param:
        case "folder":
            return Blobs.at(tmp_path / "a" / "files")
        case "url of a folder":
            return Blobs.at((tmp_path / "files").as_uri())
        case _:
            return Blobs.at(request.getfixturevalue("s3"))


async def of(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def read(blobs: Blobs, path: str, start: int, end: int) -> bytes:
    return b"".join([piece async for piece in blobs.read(path, start, end)])


async def test_what_is_put_is_read(blobs: Blobs) -> None:
    await blobs.put("parts/a/0-1", b"one")
    assert (await blobs.size("parts/a/0-1"), await read(blobs, "parts/a/0-1", 0, 3)) == (3, b"one")


async def test_a_large_stream_is_stored_and_read_by_ranges(blobs: Blobs) -> None:
    whole = os.urandom(3 * PIECE + 17)
    crumbs = (whole[at : at + 700_000] for at in range(0, len(whole), 700_000))
    await blobs.put("sha256/ab/cd", of(*crumbs), lasting=True)
    assert await blobs.size("sha256/ab/cd") == len(whole)
    assert await read(blobs, "sha256/ab/cd", 0, len(whole)) == whole
    assert await read(blobs, "sha256/ab/cd", PIECE - 5, 2 * PIECE + 5) == whole[PIECE - 5 : 2 * PIECE + 5]
    longest = max([len(piece) async for piece in blobs.read("sha256/ab/cd", 0, len(whole))])
    assert longest == PIECE


async def test_what_is_not_there_is_told(blobs: Blobs) -> None:
    assert await blobs.size("sha256/no/thing") is None
    with pytest.raises(FileNotFoundError):
        await read(blobs, "sha256/no/thing", 0, 10)
    await blobs.delete("sha256/no/thing")
    await blobs.clear("parts/nobody")


async def test_a_folder_is_cleared_and_its_neighbours_are_not(blobs: Blobs) -> None:
    for path in ("parts/one/0-1", "parts/one/5-1", "parts/one-more/0-1"):
        await blobs.put(path, b"a")
    await blobs.clear("parts/one")
    sizes = [await blobs.size(path) for path in ("parts/one/0-1", "parts/one/5-1", "parts/one-more/0-1")]
    assert sizes == [None, None, 1]


async def test_a_stream_that_breaks_off_leaves_nothing(blobs: Blobs) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield bytes(2 * PIECE)
        raise ConnectionError("the sender is gone")

    with pytest.raises(ConnectionError):
        await blobs.put("sha256/ef/gh", broken())
    assert await blobs.size("sha256/ef/gh") is None


async def test_who_reads_meanwhile_sees_the_old_blob_whole(blobs: Blobs) -> None:
    await blobs.put("sha256/ij/kl", b"old")
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield bytes(PIECE)
        begun.set()
        await go_on.wait()
        yield bytes(PIECE)

    writing = asyncio.create_task(blobs.put("sha256/ij/kl", slow()))
    await begun.wait()
    assert await read(blobs, "sha256/ij/kl", 0, 3) == b"old"
    go_on.set()
    await writing
    assert await blobs.size("sha256/ij/kl") == 2 * PIECE


def test_a_folder_is_closed_to_others(tmp_path: Path) -> None:
    Blobs.at(tmp_path / "files")
    assert (tmp_path / "files").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("url", ["files", "ftp://example.com/a", "s3://", ""])
def test_a_place_that_is_none_is_named(url: str) -> None:
    with pytest.raises(BlobUrlError, match=f"'{url}' is no place for files"):
        Blobs.at(url)


async def test_a_store_that_does_not_answer_is_an_error_of_its_own(
    s3: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(BlobError):
        await Blobs.at(s3).size("sha256/ab/cd")
