"""Companies, members and sessions: plain tables, no machines."""

import hashlib
import secrets
from datetime import datetime, timedelta

import msgspec

from tradehold.store.database import Pool
from tradehold.store.sql import queries
from tradehold.store.views import Company, Member

_SQL = queries("people")
SESSION = timedelta(hours=12)


class Session(msgspec.Struct, frozen=True):
    member: Member
    csrf: str
    ends_at: datetime


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


async def put_companies(pool: Pool, companies: list[Company]) -> None:
    await pool.executemany(_SQL["put_company"], [msgspec.structs.astuple(one) for one in companies])


async def put_members(pool: Pool, members: list[Member]) -> None:
    await pool.executemany(_SQL["put_member"], [msgspec.structs.astuple(one) for one in members])


async def begin_session(pool: Pool, member: int, now: datetime, lasts: timedelta = SESSION) -> str:
    """A new session's token, of 256 bits. Only its hash is stored."""
    token = secrets.token_urlsafe(32)
    await pool.execute(
        _SQL["begin_session"], _hash(token), member, secrets.token_urlsafe(32), now, now + lasts
    )
    return token


async def session(pool: Pool, token: str, now: datetime) -> Session | None:
    one = await pool.fetchrow(_SQL["session"], _hash(token), now)
    if one is None:
        return None
    member = Member(one["id"], one["company_id"], one["name"], one["language"], one["zone"])
    return Session(member, one["csrf"], one["ends_at"])


async def end_session(pool: Pool, token: str) -> None:
    await pool.execute(_SQL["end_session"], _hash(token))


async def setting(pool: Pool, key: str) -> str | None:
    value: str | None = await pool.fetchval(_SQL["setting"], key)
    return value


async def put_setting(pool: Pool, key: str, value: str) -> None:
    await pool.execute(_SQL["put_setting"], key, value)


async def keep_file(pool: Pool, name: str, direction: str, at: datetime, sha256: str, body: bytes) -> None:
    """Every file from and to a bank is kept as it was; the same file twice is one."""
    await pool.execute(_SQL["keep_file"], name, direction, at, sha256, body)


async def unsent(pool: Pool, batches: list[str]) -> set[str]:
    """Those of the batches whose payment file was never written."""
    sent = {one["name"] for one in await pool.fetch(_SQL["sent"], batches)}
    return set(batches) - sent
