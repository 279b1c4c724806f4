"""Contracts that somebody is still writing: the form as it was typed, for its writer alone."""

from datetime import datetime, timedelta

import msgspec

from tradehold.store.database import Pool
from tradehold.store.sql import queries

_SQL = queries("drafts")
MOST = 20  # of one person in one company; the oldest goes
LASTS = timedelta(days=90)


class Draft(msgspec.Struct, frozen=True):
    """`form` is empty in lists."""

    key: str
    version: int
    title: str
    updated_at: datetime
    form: dict[str, str] = {}


class Writer(msgspec.Struct, frozen=True):
    """Whose drafts: one person's, as a member of one company. `page` tells two of their windows apart."""

    person: int
    company: int
    page: str = ""


async def save(
    pool: Pool, writer: Writer, key: str, version: int, title: str, form: dict[str, str], now: datetime
) -> int | None:
    """The draft's new version; `version` is the one that the writer's page knows, 0 for none. None where it
    was changed, sent or discarded elsewhere since then: nothing is written over."""
    who, text = (writer.person, writer.company, key), msgspec.json.encode(form).decode()
    found: int | None = await pool.fetchval(
        _SQL["save"], *who, version, writer.page, title, text, now
    )  # fmt: skip
    if found is None and version == 0:
        found = await pool.fetchval(_SQL["begin"], *who, writer.page, title, text, now)
        await pool.execute(_SQL["clear"], writer.person, writer.company, now - LASTS, MOST)
    return found


async def one(pool: Pool, writer: Writer, key: str) -> Draft | None:
    found = await pool.fetchrow(_SQL["one"], writer.person, writer.company, key)
    return _draft(*found) if found else None


async def all_of(pool: Pool, writer: Writer) -> list[Draft]:
    """The newest first."""
    return [_draft(*found) for found in await pool.fetch(_SQL["all"], writer.person, writer.company)]


async def discard(pool: Pool, writer: Writer, key: str) -> None:
    await pool.execute(_SQL["discard"], writer.person, writer.company, key)


def _draft(key: str, version: int, title: str, at: datetime, form: str) -> Draft:
    fields = msgspec.json.decode(form, type=dict[str, str]) if form else {}
    return Draft(key, version, title, at, fields)
