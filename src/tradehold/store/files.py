"""Uploads on their way, files that are there, and through which machine each may be read.

A place is a machine, or None: the library of the company that asks.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from tradehold.domain.identity import Kind, Ref
from tradehold.store.database import Pool
from tradehold.store.sql import queries

_SQL = queries("files")
PAGE = 50
NEWEST = (datetime(9999, 1, 1, tzinfo=UTC), "")  # where a list begins


class Upload(msgspec.Struct, frozen=True):
    """`sha256` names the file it became; `refusal` is JSON that says why it became none. Both are empty
    while it is under way."""

    id: str
    company: int
    person: int
    place: Ref | None
    name: str
    claimed: str
    size: int
    made_at: datetime
    ends_at: datetime
    received: int = 0
    parts: int = 0
    sha256: str = ""
    refusal: str = ""


class Part(msgspec.Struct, frozen=True):
    path: str
    size: int


class File(msgspec.Struct, frozen=True):
    sha256: str
    size: int
    media_type: str
    display: str  # the SHA-256 of the picture made for pages; '' for none
    scanned_at: datetime | None
    made_at: datetime


class Held(msgspec.Struct, frozen=True):
    """A file at a place: under which name, brought by whom."""

    sha256: str
    name: str
    company: int
    person: int
    at: datetime
    size: int
    media_type: str
    display: str


class Usage(msgspec.Struct, frozen=True):
    """Bytes that a company stored, bytes that its open uploads will need, and how many those are."""

    stored: int
    coming: int
    uploads: int

    @property
    def bytes(self) -> int:
        return self.stored + self.coming


def _columns(place: Ref | None) -> tuple[int, str, int]:
    return (place.owner, place.kind.value, place.id) if place else (0, "", 0)


async def usage(pool: Pool, company: int, now: datetime) -> Usage:
    return Usage(*await pool.fetchrow(_SQL["usage"], company, now) or (0, 0, 0))


async def begin(pool: Pool, upload: Upload, most_bytes: int, most_uploads: int) -> Usage | None:
    """Keeps the upload if the company's limits leave room for it. Else: what the company uses already.

    Two that begin at once wait for each other, so that both cannot take the last room.
    """
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(_SQL["lock_company"], upload.company)
        used = Usage(*await connection.fetchrow(_SQL["usage"], upload.company, upload.made_at) or (0, 0, 0))
        if used.bytes + upload.size > most_bytes or used.uploads >= most_uploads:
            return used
        await connection.execute(
            _SQL["put_upload"], upload.id, upload.company, upload.person, *_columns(upload.place),
            upload.name, upload.claimed, upload.size, upload.made_at, upload.ends_at,
        )  # fmt: skip
    return None


async def upload(pool: Pool, id: str, company: int, now: datetime) -> Upload | None:
    one = await pool.fetchrow(_SQL["upload"], id, company, now)
    if one is None:
        return None
    place = Ref(one["supplier_id"], Kind(one["kind"]), one["machine_id"]) if one["kind"] else None
    return Upload(
        one["id"], one["company_id"], one["person_id"], place, one["name"], one["claimed"], one["size"],
        one["made_at"], one["ends_at"], one["received"], one["parts"], one["sha256"], one["refusal"],
    )  # fmt: skip


async def advance(pool: Pool, id: str, start: int, part: Part, ends_at: datetime) -> int | None:
    """Counts a part that begins at `start`. How many bytes there are now; None where it is not the next."""
    received: int | None = await pool.fetchval(_SQL["advance"], id, start, part.size, part.path, ends_at)
    return received


async def parts(pool: Pool, id: str) -> list[Part]:
    """In the order of their bytes."""
    return [Part(*one) for one in await pool.fetch(_SQL["parts"], id)]


async def refuse(pool: Pool, id: str, refusal: str) -> None:
    await pool.execute(_SQL["refuse"], id, refusal)


async def finish(pool: Pool, upload: Upload, file: File) -> None:
    """The file is there and may be read at the upload's place. Doing it twice is doing it once."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(_SQL["put_file"], *msgspec.structs.astuple(file))
        await connection.execute(
            _SQL["put_right"], *_columns(upload.place), upload.company, file.sha256, upload.name,
            upload.person, file.made_at,
        )  # fmt: skip
        await connection.execute(_SQL["finish"], upload.id, file.sha256)


async def attach(pool: Pool, sha256: str, company: int, person: int, place: Ref, at: datetime) -> None:
    """What the company has in its library may be read at the machine as well."""
    await pool.execute(_SQL["attach"], *_columns(place), company, sha256, person, at)


async def file(pool: Pool, sha256: str) -> File | None:
    one = await pool.fetchrow(_SQL["file"], sha256)
    return File(*one) if one else None


async def held(pool: Pool, sha256: str, place: Ref | None, company: int) -> Held | None:
    """The file, if it was brought to this place: as the company itself brought it, else as whoever did so
    first."""
    one = await pool.fetchrow(_SQL["held_one"], *_columns(place), company, sha256)
    return Held(*one) if one else None


async def held_these(pool: Pool, shas: Sequence[str], place: Ref | None, company: int) -> dict[str, Held]:
    """The same for many at once, by SHA-256."""
    found = await pool.fetch(_SQL["held_these"], *_columns(place), company, list(shas))
    return {one["sha256"]: Held(*one) for one in found}


async def all_held(
    pool: Pool,
    place: Ref | None,
    company: int,
    before: tuple[datetime, str] = NEWEST,
    limit: int = PAGE,
    words: str = "",
) -> list[Held]:
    """The files of a place, newest first; the next page is before the last one's (`at`, `sha256`). `words`
    are part of the name."""
    where = _columns(place)
    return [Held(*one) for one in await pool.fetch(_SQL["held"], *where, company, *before, limit, words)]


async def ended(pool: Pool, now: datetime, limit: int) -> Sequence[str]:
    """Ids of uploads whose time is over."""
    return [one["id"] for one in await pool.fetch(_SQL["ended"], now, limit)]


async def end_upload(pool: Pool, id: str, company: int, now: datetime) -> bool:
    """Whether there was such an upload of this company."""
    return await pool.fetchval(_SQL["end_upload"], id, company, now) is not None


async def forget(pool: Pool, id: str) -> None:
    await pool.execute(_SQL["forget"], id)
