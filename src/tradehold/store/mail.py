"""Letters: put here in the words they will have, sent from here by engine/mail.py."""

from datetime import datetime

import msgspec

from tradehold.store.database import Connection, Pool
from tradehold.store.sql import queries

_SQL = queries("mail")


class Letter(msgspec.Struct, frozen=True):
    """Plain text. `key`: the same letter asked for twice is one. `leave` is the address where its reader can
    unsubscribe, empty for what nobody can do without."""

    key: str
    address: str
    kind: str
    subject: str
    body: str
    person: int = 0
    leave: str = ""


class Outgoing(msgspec.Struct, frozen=True):
    """A letter that this process may send now. `attempts` counts this one."""

    id: int
    key: str
    address: str
    subject: str
    body: str
    leave: str
    attempts: int
    made_at: datetime


class Undelivered(msgspec.Struct, frozen=True):
    """A letter that was given up, and why."""

    address: str
    problem: str
    made_at: datetime


async def put_letters(pool: Pool | Connection, letters: list[Letter], now: datetime) -> None:
    rows = [
        (one.key, one.person, one.address, one.kind, one.subject, one.body, one.leave, now) for one in letters
    ]
    await pool.executemany(_SQL["put_letter"], rows)


async def claim(pool: Pool, now: datetime, lease_ends: datetime) -> Outgoing | None:
    """The next letter that is due, if any: nobody else gets it until `lease_ends`."""
    row = await pool.fetchrow(_SQL["claim"], now, lease_ends)
    return Outgoing(*row) if row else None


async def sent(pool: Pool, letter: int, now: datetime) -> None:
    await pool.execute(_SQL["sent"], letter, now)


async def put_off(pool: Pool, letter: int, until: datetime | None, problem: str) -> None:
    """Tried again at `until`; None: never again."""
    await pool.execute(_SQL["put_off"], letter, until or datetime.max, problem)


async def undelivered(pool: Pool, limit: int = 20) -> list[Undelivered]:
    """The last letters that were given up."""
    return [Undelivered(*row) for row in await pool.fetch(_SQL["undelivered"], limit)]
