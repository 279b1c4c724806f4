"""API keys: what is kept of each. The secret itself is never here, only its hash."""

from datetime import datetime
from typing import Literal

import msgspec

from tradehold.domain.command import Grade
from tradehold.store.database import Pool
from tradehold.store.membership import Entry
from tradehold.store.sql import queries

_SQL = queries("keys")
_LOG = queries("membership")["log"]
Scope = Literal["read", "trade", "finance"]


class Key(msgspec.Struct, frozen=True):
    """`company` 0: the platform's operators. `person` made it, and is called `maker`."""

    id: int
    company: int
    person: int
    maker: str
    name: str
    prefix: str
    scope: Scope
    made_at: datetime
    ends_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


class Running(msgspec.Struct, frozen=True):
    """A key that works. `grade` is what its maker is in the company now."""

    id: int
    company: int
    person: int
    hash: bytes
    scope: Scope
    ends_at: datetime
    grade: Grade


async def make(
    pool: Pool,
    name: str,
    scope: Scope,
    prefix: str,
    hashed: bytes,
    request: str,
    ends_at: datetime,
    entry: Entry,
) -> tuple[Key, bool]:
    """The key, and whether it was made just now: the same `request` makes one."""
    values = (entry.company, entry.person, name, prefix, hashed, request, scope, entry.at, ends_at)
    async with pool.acquire() as connection, connection.transaction():
        made = await connection.fetchval(_SQL["make"], *values) is not None
        if made:
            await connection.execute(_LOG, *msgspec.structs.astuple(entry))
        row = await connection.fetchrow(_SQL["of_request"], entry.person, request)
    if row is None:
        raise LookupError(f"the key of {request} went away")
    return Key(*row), made


async def listed(pool: Pool, company: int) -> list[Key]:
    """The company's keys, newest first, those that ended or were revoked too."""
    return [Key(*row) for row in await pool.fetch(_SQL["listed"], company)]


async def count(pool: Pool, company: int, now: datetime) -> int:
    """How many of them work."""
    return int(await pool.fetchval(_SQL["count"], company, now))


async def running(pool: Pool, prefix: str, now: datetime) -> Running | None:
    row = await pool.fetchrow(_SQL["running"], prefix, now)
    return msgspec.convert(dict(row), Running) if row else None


async def use(pool: Pool, number: int, now: datetime) -> None:
    """Notes that the key was used, at most once a minute."""
    await pool.execute(_SQL["use"], number, now)


async def revoke(pool: Pool, number: int, entry: Entry) -> Key | None:
    """The key as it is now, revoked this time or before; None where the company has no such key."""
    async with pool.acquire() as connection, connection.transaction():
        done = await connection.fetchval(_SQL["revoke"], number, entry.company, entry.at) is not None
        row = await connection.fetchrow(_SQL["one"], number, entry.company)
        key = Key(*row) if row else None
        if done and key:
            named = msgspec.structs.replace(entry, detail=key.name)
            await connection.execute(_LOG, *msgspec.structs.astuple(named))
    return key
