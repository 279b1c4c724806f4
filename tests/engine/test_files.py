"""Uploads from their first byte to a file that is read, and everything that goes wrong on the way."""

import asyncio
import hashlib
import os
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests import filesamples as s
from tests.engine.test_clamd import EICAR, clamd
from tests.platform import BUYER, OTHER_BUYER, SUPPLIER, Running, running
from tradehold.domain.identity import Kind, Ref
from tradehold.engine.clamd import Scanner
from tradehold.engine.filelimits import FileLimits
from tradehold.engine.filerefused import FileCode, FileRefused
from tradehold.engine.files import UPLOAD_LASTS, Files, Opened
from tradehold.store import files as store
from tradehold.store.blobs import PIECE, Blobs
from tradehold.store.files import Upload

NAME = "files"
NOW = datetime(2027, 1, 4, 9, tzinfo=UTC)
TRADE = Ref(SUPPLIER, Kind.TRADE, 77)
STATUS = Path("/proc/self/statm")


@asynccontextmanager
async def files(folder: Path, **more: Any) -> AsyncIterator[Files]:
    async with running(NAME) as p:
        yield made(p, folder, **more)


def made(p: Running, folder: Path, **more: Any) -> Files:
    return Files(Blobs.at(folder), p.services.pool, **more)


async def of(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def send(
    files: Files, name: str, body: bytes, place: Ref | None = None, company: int = BUYER, now: datetime = NOW
) -> Upload:
    upload = await files.begin(company, 10, name, len(body), now, place)
    return await files.append(upload.id, company, 0, of(body), now)


async def content(opened: Opened | None) -> bytes:
    assert opened
    return b"".join([chunk async for chunk in opened.chunks])


def text(length: int) -> bytes:
    """Unlike any other, so that tests do not meet each other's files."""
    return os.urandom(8).hex().encode() + b"." * (length - 16)


def stored(folder: Path) -> list[str]:
    """The paths of all blobs."""
    return sorted(str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file())


async def refusal(doing: Any, code: FileCode) -> FileRefused:
    with pytest.raises(FileRefused) as refused:
        await doing
    assert refused.value.code is code, refused.value.message
    return refused.value


async def test_a_file_is_kept_by_its_hash_and_read_at_its_machine_alone(tmp_path: Path) -> None:
    async with files(tmp_path) as f:
        body = text(100)
        upload = await send(f, "../spec\u202e.txt", body, TRADE)
        assert upload.sha256 == hashlib.sha256(body).hexdigest()
        assert stored(tmp_path) == [f"sha256/{upload.sha256[:2]}/{upload.sha256[2:]}"]
        held = await f.held(upload.sha256, OTHER_BUYER, TRADE)
        assert held
        assert (held.name, held.company, held.person, held.size) == ("spec.txt", BUYER, 10, 100)
        for company, place in ((BUYER, None), (BUYER, Ref(SUPPLIER, Kind.TRADE, 78)), (SUPPLIER, None)):
            assert await f.held(upload.sha256, company, place) is None
        opened = await f.open(upload.sha256)
        assert opened
        assert (opened.media_type, opened.size, await content(opened)) == ("text/plain", 100, body)
        assert await content(await f.open(upload.sha256, 10, 20)) == body[10:20]
        assert await f.display(upload.sha256) is None


async def test_a_library_is_its_companys_own_and_lends_to_a_machine(tmp_path: Path) -> None:
    async with files(tmp_path) as f:
        upload = await send(f, "label.txt", text(50))
        assert await f.held(upload.sha256, BUYER)
        assert await f.held(upload.sha256, OTHER_BUYER) is None
        place = Ref(SUPPLIER, Kind.TRADE, 501)
        assert await f.attach(upload.sha256, OTHER_BUYER, 12, place, NOW) is None
        lent = await f.attach(upload.sha256, BUYER, 10, place, NOW)
        assert lent
        assert (lent.name, await f.held(upload.sha256, SUPPLIER, place)) == ("label.txt", lent)


async def test_two_who_bring_the_same_file_share_one_blob(tmp_path: Path) -> None:
    async with files(tmp_path) as f:
        body = text(60)
        one, two = await asyncio.gather(
            send(f, "mine.txt", body, TRADE), send(f, "ours.csv", body, TRADE, SUPPLIER)
        )
        assert one.sha256 == two.sha256
        assert len(stored(tmp_path)) == 1
        again = await send(f, "renamed.txt", body, TRADE)
        assert again.sha256 == one.sha256
        here = await f.all_held(BUYER, TRADE)
        names = {each.company: each.name for each in here if each.sha256 == one.sha256}
        assert names == {BUYER: "mine.txt", SUPPLIER: "ours.csv"}


async def test_the_files_of_a_place_come_in_pages_newest_first(tmp_path: Path) -> None:
    async with files(tmp_path) as f:
        place = Ref(SUPPLIER, Kind.TRADE, 502)
        for n in range(5):
            await send(f, f"{n}.txt", text(20 + n), place, now=NOW + timedelta(minutes=n))
        first = await f.all_held(BUYER, place, limit=3)
        rest = await f.all_held(BUYER, place, (first[-1].at, first[-1].sha256), 3)
        assert [each.name for each in first + rest] == ["4.txt", "3.txt", "2.txt", "1.txt", "0.txt"]


async def test_a_picture_is_shown_anew_and_kept_as_it_was(tmp_path: Path) -> None:
    async with files(tmp_path) as f:
        body = s.image("JPEG", (300, 200), comment=text(30))
        upload = await send(f, "photo.jpg", body)
        shown = await f.display(upload.sha256)
        assert shown
        made_anew = await content(shown)
        assert (shown.media_type, shown.size) == ("image/webp", len(made_anew))
        assert made_anew[8:12] == b"WEBP"
        assert await content(await f.open(upload.sha256)) == body


async def test_an_upload_goes_on_where_it_broke_off_in_another_process_too(tmp_path: Path) -> None:
    body = text(3 * PIECE + 500)

    async def breaking() -> AsyncIterator[bytes]:
        for at in range(0, PIECE + 1000, 100_000):
            yield body[at : at + 100_000]
        raise ConnectionError("the network is gone")

    async with running(NAME) as p:
        one, two = made(p, tmp_path), made(p, tmp_path)
        upload = await one.begin(BUYER, 10, "large.txt", len(body), NOW)
        with pytest.raises(ConnectionError):
            await one.append(upload.id, BUYER, 0, breaking(), NOW)
        received = (await two.upload(upload.id, BUYER, NOW)).received
        assert received == 4_200_000  # up to where it broke off, not to a whole part
        later = NOW + timedelta(hours=23)
        upload = await two.append(upload.id, BUYER, received, of(body[received:-1]), later)
        assert (upload.received, upload.sha256) == (len(body) - 1, "")
        done = await one.append(upload.id, BUYER, len(body) - 1, of(body[-1:]), later + timedelta(hours=23))
        assert await content(await one.open(done.sha256)) == body


async def test_a_wrong_offset_is_told_the_right_one(tmp_path: Path) -> None:
    async with files(tmp_path) as f:
        body = text(100)
        upload = await f.begin(BUYER, 10, "a.txt", 100, NOW)
        await f.append(upload.id, BUYER, 0, of(body[:40]), NOW)
        for offset in (0, 39, 41, 100, -1):
            refused = await refusal(f.append(upload.id, BUYER, offset, of(b"x"), NOW), FileCode.WRONG_OFFSET)
            assert refused.data == {"received": 40}
        done = await f.append(upload.id, BUYER, 40, of(body[40:]), NOW)
        assert done.sha256 == hashlib.sha256(body).hexdigest()


@pytest.mark.parametrize("lengths", [(100, 100), (100, 60), (60, 100), (50, 50)])
async def test_of_two_that_arrive_at_one_offset_one_counts(tmp_path: Path, lengths: tuple[int, int]) -> None:
    """Each tells the other's bytes apart; what is left is one of them, whole, and the other's is gone."""
    async with files(tmp_path) as f:
        mine, other = (bytes([letter]) * 100 for letter in b"ab")
        upload = await f.begin(BUYER, 10, "a.txt", 100, NOW)
        both_wait = asyncio.Barrier(2)

        async def body(letters: bytes, length: int) -> AsyncIterator[bytes]:
            yield letters[: length // 2]
            await both_wait.wait()
            yield letters[length // 2 : length]

        answers = await asyncio.gather(
            *(
                f.append(upload.id, BUYER, 0, body(letters, length), NOW)
                for letters, length in zip((mine, other), lengths, strict=True)
            ),
            return_exceptions=True,
        )
        [won] = [each for each in answers if isinstance(each, Upload)]
        [lost] = [each for each in answers if isinstance(each, FileRefused)]
        assert (lost.code, lost.data) == (FileCode.WRONG_OFFSET, {"received": won.received})
        letters = (mine, other)[answers.index(won)]
        if not won.sha256:
            assert len(stored(tmp_path)) == 1
            won = await f.append(upload.id, BUYER, won.received, of(letters[won.received :]), NOW)
        assert won.sha256 == hashlib.sha256(letters).hexdigest()


async def test_a_crash_before_the_end_is_made_good_by_asking_again(tmp_path: Path) -> None:
    """All bytes are there, but the process died before it finished: as with a scanner that died."""
    async with running(NAME) as p:
        async with clamd() as address:
            pass
        body = text(80)
        scanned = made(p, tmp_path, scanner=Scanner(address))
        await refusal(send(scanned, "a.txt", body), FileCode.NO_SCANNER)
        [path] = stored(tmp_path)
        id = path.split("/")[1]
        assert path.startswith("parts/")
        finishing = [made(p, tmp_path).append(id, BUYER, 80, of(), NOW) for _ in range(4)]
        done = await asyncio.gather(*finishing)
        assert {each.sha256 for each in done} == {hashlib.sha256(body).hexdigest()}
        again = await scanned.append(id, BUYER, 80, of(), NOW)
        assert again.sha256 == done[0].sha256
        assert stored(tmp_path) == [f"sha256/{again.sha256[:2]}/{again.sha256[2:]}"]


async def test_parts_that_were_lost_are_told(tmp_path: Path) -> None:
    async with files(tmp_path) as f:
        upload = await f.begin(BUYER, 10, "a.txt", 100, NOW)
        await f.append(upload.id, BUYER, 0, of(b"a" * 50), NOW)
        [part] = stored(tmp_path)
        (tmp_path / part).write_bytes(b"a")
        await refusal(f.append(upload.id, BUYER, 50, of(b"a" * 50), NOW), FileCode.UNKNOWN)


async def test_more_than_was_told_is_refused_and_nothing_of_it_is_kept(tmp_path: Path) -> None:
    async with files(tmp_path) as f:
        upload = await f.begin(BUYER, 10, "a.txt", 100, NOW)
        await refusal(f.append(upload.id, BUYER, 0, of(bytes(60), bytes(41)), NOW), FileCode.TOO_LARGE)
        assert (await f.upload(upload.id, BUYER, NOW)).received == 0
        assert stored(tmp_path) == []


async def test_an_upload_is_its_companys_alone(tmp_path: Path) -> None:
    async with files(tmp_path) as f:
        upload = await f.begin(BUYER, 10, "a.txt", 100, NOW)
        for id, company in ((upload.id, OTHER_BUYER), ("nobody's", BUYER), ("../" + upload.id, BUYER)):
            await refusal(f.upload(id, company, NOW), FileCode.UNKNOWN)
            await refusal(f.append(id, company, 0, of(b"a"), NOW), FileCode.UNKNOWN)
            await f.cancel(id, company, NOW)
        assert (await f.append(upload.id, BUYER, 0, of(b"a"), NOW)).received == 1
        await f.cancel(upload.id, BUYER, NOW)
        assert stored(tmp_path) == []
        await refusal(f.upload(upload.id, BUYER, NOW), FileCode.UNKNOWN)


@pytest.mark.parametrize(
    ("name", "size", "claimed", "code"),
    [
        ("a.svg", 10, "", FileCode.NOT_ALLOWED),
        ("invoice\u202efdp.exe", 10, "application/pdf", FileCode.NOT_ALLOWED),
        ("a.png", 10, "text/html", FileCode.NOT_ALLOWED),
        ("a.png", 10, "image/svg+xml; charset=utf-8", FileCode.NOT_ALLOWED),
        ("a.png", 0, "image/png", FileCode.EMPTY),
        ("a.png", -1, "image/png", FileCode.EMPTY),
        ("a.png", 100 * 2**20 + 1, "image/png", FileCode.TOO_LARGE),
    ],
)
async def test_what_cannot_become_a_file_is_refused_before_a_byte_is_sent(
    tmp_path: Path, name: str, size: int, claimed: str, code: FileCode
) -> None:
    async with files(tmp_path) as f:
        await refusal(f.begin(BUYER, 10, name, size, NOW, claimed=claimed), code)


async def test_a_false_claim_counts_for_nothing(tmp_path: Path) -> None:
    async with files(tmp_path) as f:
        body = s.image("PNG", (31, 7))
        upload = await f.begin(BUYER, 10, "a.png", len(body), NOW, claimed="video/mp4\0\u202e")
        assert upload.claimed == "video/mp4"
        done = await f.append(upload.id, BUYER, 0, of(body), NOW)
        opened = await f.open(done.sha256)
        assert opened
        assert opened.media_type == "image/png"


@pytest.mark.parametrize(
    ("name", "body", "code"),
    [
        ("a.jpg", lambda: s.image("JPEG") + s.good("zip"), FileCode.UNSAFE),
        ("a.png", lambda: b"<html><script>", FileCode.MISMATCH),
        ("a.zip", lambda: s.archive({"../a": b"a"}), FileCode.UNSAFE),
        ("a.png", lambda: s.image("PNG", (200, 200))[:200], FileCode.BROKEN),
    ],
)
async def test_a_refused_file_leaves_its_reason_and_nothing_else(
    tmp_path: Path, name: str, body: Callable[[], bytes], code: FileCode
) -> None:
    async with files(tmp_path) as f:
        sent = body()
        upload = await f.begin(SUPPLIER, 11, name, len(sent), NOW, TRADE)
        before = await f.usage(SUPPLIER, NOW)
        first = await refusal(f.append(upload.id, SUPPLIER, 0, of(sent), NOW), code)
        # Whoever missed the answer, and asks again, hears the same.
        again = await refusal(f.append(upload.id, SUPPLIER, len(sent), of(), NOW), code)
        assert (again.message, again.data) == (first.message, first.data)
        assert stored(tmp_path) == []
        assert (await f.usage(SUPPLIER, NOW)).uploads == before.uploads - 1
        assert await f.open(hashlib.sha256(sent).hexdigest()) is None


async def test_a_scanner_keeps_the_infected_out_and_dates_the_clean(tmp_path: Path) -> None:
    async with running(NAME) as p, clamd() as address:
        f = made(p, tmp_path, scanner=Scanner(address))
        infected = await refusal(send(f, "a.txt", EICAR), FileCode.INFECTED)
        assert infected.data == {"found": "Eicar-Test-Signature"}
        assert stored(tmp_path) == []
        body = text(40)
        unscanned = await send(made(p, tmp_path), "a.txt", body)
        for scanned_at, sender in ((None, None), (NOW, f), (NOW, made(p, tmp_path))):
            if sender:
                await send(sender, "a.txt", body)
            file = await store.file(p.services.pool, unscanned.sha256)
            assert file
            assert file.scanned_at == scanned_at


async def test_a_company_has_a_quota_in_which_a_file_counts_once(tmp_path: Path) -> None:
    company = 901
    async with files(tmp_path, limits=FileLimits(company=1000, uploads=3)) as f:
        body = text(400)
        for place in (None, TRADE, None):
            await send(f, "a.txt", body, place, company)
        assert (await f.usage(company, NOW)).bytes == 400
        begun = await asyncio.gather(
            *(f.begin(company, 10, "a.txt", 400, NOW) for _ in range(4)), return_exceptions=True
        )
        [upload] = [each for each in begun if isinstance(each, Upload)]
        refused = await refusal(f.begin(company, 10, "a.txt", 201, NOW), FileCode.QUOTA)
        assert refused.data == {"used": 800, "most": 1000}
        for _ in range(2):
            await f.begin(company, 10, "a.txt", 1, NOW)
        refused = await refusal(f.begin(company, 10, "a.txt", 1, NOW), FileCode.QUOTA)
        assert refused.data == {"uploads": 3}
        await f.cancel(upload.id, company, NOW)
        await f.begin(company, 10, "a.txt", 400, NOW)
        await f.begin(902, 10, "a.txt", 1000, NOW)


async def test_an_upload_in_too_many_parts_is_refused(tmp_path: Path) -> None:
    async with files(tmp_path, limits=FileLimits(parts=2)) as f:
        upload = await f.begin(BUYER, 10, "a.txt", 100, NOW)
        for offset in (0, 1):
            await f.append(upload.id, BUYER, offset, of(b"a"), NOW)
        await refusal(f.append(upload.id, BUYER, 2, of(b"a"), NOW), FileCode.QUOTA)


async def test_what_was_abandoned_is_cleared_away_and_what_is_under_way_is_not(tmp_path: Path) -> None:
    async with files(tmp_path) as f:
        await f.expire(NOW + 9 * UPLOAD_LASTS)  # what other tests left
        done = await send(f, "done.txt", text(30))
        old = await f.begin(BUYER, 10, "old.txt", 100, NOW)
        await f.append(old.id, BUYER, 0, of(b"a" * 10), NOW)
        later = NOW + timedelta(hours=5)
        going = await f.begin(BUYER, 10, "going.txt", 100, NOW)
        await f.append(going.id, BUYER, 0, of(b"a" * 10), later)
        assert await f.expire(NOW + UPLOAD_LASTS - timedelta(seconds=1)) == 0
        assert await f.expire(NOW + UPLOAD_LASTS) == 2
        left = stored(tmp_path)
        assert [path for path in left if path.startswith("parts/")] == [
            path for path in left if going.id in path
        ]
        assert len(left) == 2
        assert await content(await f.open(done.sha256))
        await refusal(f.append(old.id, BUYER, 10, of(b"a"), NOW + UPLOAD_LASTS), FileCode.UNKNOWN)
        assert (await f.append(going.id, BUYER, 10, of(b"a"), NOW + UPLOAD_LASTS)).received == 11


class Memory:
    """The most memory this process held resident while inside, above what it held before, in bytes."""

    def __enter__(self) -> "Memory":
        self._before = self.most = self._now()
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._look)
        self._watch.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._watch.join()

    @property
    def grown(self) -> int:
        return self.most - self._before

    def _look(self) -> None:
        while not self._over.wait(0.005):
            self.most = max(self.most, self._now())

    @staticmethod
    def _now() -> int:
        return int(STATUS.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not STATUS.exists(), reason="only Linux tells what memory is held at a moment")
@pytest.mark.parametrize(("name", "head"), [("film.mp4", s.good("mp4")), ("table.csv", b"a,b\n")])
async def test_a_file_of_a_hundred_megabytes_takes_little_memory(
    tmp_path: Path, name: str, head: bytes
) -> None:
    size, step = 100 * 2**20, 4 * 2**20
    async with files(tmp_path) as f:
        await send(f, name, head + b"warm")  # what is loaded once is not the upload's
        filling = os.urandom(step // 2).hex().encode()
        digest, read = hashlib.sha256(), 0

        async def part(offset: int) -> AsyncIterator[bytes]:
            for at in range(0, step, 2**16):
                chunk = filling[at : at + 2**16]
                yield head + chunk[len(head) :] if offset == at == 0 else chunk

        upload = await f.begin(BUYER, 10, name, size, NOW)
        began = time.monotonic()
        with Memory() as memory:
            for offset in range(0, size, step):
                upload = await f.append(upload.id, BUYER, offset, part(offset), NOW)
            opened = await f.open(upload.sha256)
            assert opened
            async for chunk in opened.chunks:
                digest.update(chunk)
                read += len(chunk)
        assert (read, digest.hexdigest()) == (size, upload.sha256)
        assert memory.grown < 60 * 2**20, f"{memory.grown:,} bytes in {time.monotonic() - began:.1f} s"
