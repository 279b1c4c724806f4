"""Who is what in which company, who is invited, and what happened to that: plain tables, no machines."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from tradehold.domain.command import Grade
from tradehold.store.database import Pool
from tradehold.store.sql import queries
from tradehold.store.views import Company

_SQL = queries("membership")


class Entry(msgspec.Struct, frozen=True):
    """A line of the access log. `person` did it; `address` is where the request came from."""

    person: int
    company: int
    at: datetime
    what: str
    detail: str = ""
    address: str = ""


class Happened(msgspec.Struct, frozen=True):
    at: datetime
    who: str
    what: str
    detail: str


class Membership(msgspec.Struct, frozen=True):
    """What one person is in one of their companies. `company` 0: the platform, whose name is empty here."""

    company: int
    name: str
    country: str
    grade: Grade
    since: datetime


class MemberRow(msgspec.Struct, frozen=True):
    person: int
    name: str
    email: str
    grade: Grade
    since: datetime


class Invitation(msgspec.Struct, frozen=True):
    """`by` made it; `used_by` accepted it, 0 while nobody has."""

    id: int
    company: int
    email: str
    grade: Grade
    by: int
    by_name: str
    made_at: datetime
    ends_at: datetime
    used_by: int


def hashed(token: str) -> bytes:
    """What is stored of a token that nobody can guess."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


async def number_for(pool: Pool, person: int, key: str) -> int:
    """The number of the company that this form registers: a new one, or the one it took before."""
    made: int | None = await pool.fetchval(_SQL["new_number"], person, key)
    return made if made is not None else int(await pool.fetchval(_SQL["number"], person, key))


async def begin(pool: Pool, company: Company, entry: Entry) -> None:
    """The company's row, and the entry's person as its first owner; nothing where that was done before."""
    async with pool.acquire() as connection, connection.transaction():
        row = msgspec.structs.astuple(company)
        if await connection.fetchval(_SQL["begin"], *row, entry.person, entry.at):
            await connection.execute(_SQL["log"], *msgspec.structs.astuple(entry))


async def set_profile(pool: Pool, address: str, language: str, zone: str, entry: Entry) -> None:
    await _logged(pool, entry, "set_profile", entry.company, address, language, zone)


async def owners(pool: Pool, company: int) -> list[str]:
    """The beneficial owners, each as the JSON it was kept in."""
    return [one["value"] for one in await pool.fetch(_SQL["owners"], company)]


async def of_person(pool: Pool, person: int) -> list[Membership]:
    """The companies that somebody belongs to, the one joined first in front."""
    found = await pool.fetch(_SQL["of_person"], person)
    return [Membership(number, name, land, Grade(grade), at) for number, name, land, grade, at in found]


async def members(pool: Pool, company: int) -> list[MemberRow]:
    found = await pool.fetch(_SQL["members"], company)
    return [MemberRow(person, name, email, Grade(grade), at) for person, name, email, grade, at in found]


async def set_grade(pool: Pool, person: int, grade: Grade, entry: Entry) -> bool:
    """False where the entry's person is no owner, `person` no member, or nobody else would be an owner."""
    return await _logged(pool, entry, "set_grade", person, entry.company, grade, entry.person)


async def remove(pool: Pool, person: int, entry: Entry) -> bool:
    """The member is gone, and the keys they made are revoked. False as for `set_grade`, except that
    everybody may remove themselves."""
    return await _logged(pool, entry, "remove", person, entry.company, entry.person, entry.at)


async def switch(pool: Pool, token: str, fresh: str, csrf: str, company: int, now: datetime) -> bool:
    """The session of `token` goes on as `fresh`; False where it has ended or its person is not a member."""
    values = (hashed(token), hashed(fresh), csrf, company, now)
    return await pool.fetchval(_SQL["switch"], *values) is not None


async def invite(
    pool: Pool, email: str, grade: Grade, token: str, request: str, ends_at: datetime, entry: Entry
) -> tuple[Invitation, bool]:
    """The invitation, and whether it was made just now: the same `request` makes one."""
    values = (entry.company, email, grade, entry.person, entry.at, ends_at, hashed(token), request)
    made = await _logged(pool, entry, "invite", *values)
    row = await pool.fetchrow(_SQL["invitation_of_request"], entry.person, request)
    if row is None:
        raise LookupError(f"the invitation of {request} went away")
    return _invitation(row), made


async def invitations(pool: Pool, company: int) -> list[Invitation]:
    return [_invitation(row) for row in await pool.fetch(_SQL["invitations"], company)]


async def invitation(pool: Pool, token: str, now: datetime) -> Invitation | None:
    """None where it has ended, was withdrawn, or whoever made it is an owner no more."""
    row = await pool.fetchrow(_SQL["invitation"], hashed(token), now)
    return _invitation(row) if row else None


async def renew(
    pool: Pool, number: int, token: str, ends_at: datetime, before: datetime, entry: Entry
) -> bool:
    """A new token takes the place of the old one; not if that was made after `before`."""
    values = (number, entry.company, hashed(token), entry.at, ends_at, before)
    return await _logged(pool, entry, "renew_invitation", *values)


async def withdraw(pool: Pool, number: int, entry: Entry) -> bool:
    return await _logged(pool, entry, "drop_invitation", number, entry.company)


async def accept(pool: Pool, token: str, entry: Entry) -> bool:
    """The entry's person is a member now; False where the invitation cannot be used, or not by them."""
    return await _logged(pool, entry, "accept", hashed(token), entry.person, entry.at)


async def log(pool: Pool, entry: Entry) -> None:
    await pool.execute(_SQL["log"], *msgspec.structs.astuple(entry))


async def history(pool: Pool, company: int, kinds: Sequence[str], limit: int = 30) -> list[Happened]:
    """What happened to the company's access, newest first."""
    return [Happened(*row) for row in await pool.fetch(_SQL["history"], company, list(kinds), limit)]


async def _logged(pool: Pool, entry: Entry, name: str, *values: object) -> bool:
    """Does what the query says and writes it down, both or neither. False where nothing was to be done."""
    async with pool.acquire() as connection, connection.transaction():
        if await connection.fetchval(_SQL[name], *values) is None:
            return False
        await connection.execute(_SQL["log"], *msgspec.structs.astuple(entry))
        return True


def _invitation(row: Any) -> Invitation:
    number, company, email, grade, *rest = row
    return Invitation(number, company, email, Grade(grade), *rest)
