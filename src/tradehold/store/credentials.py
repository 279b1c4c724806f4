"""What people sign in with, what was tried, and what happened to their access: plain tables of the
coordinator."""

import hashlib
import secrets
from datetime import datetime, timedelta

import msgspec

from tradehold.store.database import Pool
from tradehold.store.sql import queries

_SQL = queries("credentials")


class Account(msgspec.Struct, frozen=True):
    """A person as far as signing in goes. `password` is an argon2id hash, `totp` sealed; both may be empty.
    `codes`: how many recovery codes are left. `operates`: is one of the platform's operators."""

    id: int
    name: str
    language: str
    zone: str
    email: str
    password: str
    totp: str
    totp_step: int
    mail: str
    passkeys: int
    codes: int
    operates: bool

    @property
    def secured(self) -> bool:
        """Whether a second factor is enrolled. Recovery codes stand in for one; they are none."""
        return bool(self.totp) or self.passkeys > 0


class Passkey(msgspec.Struct, frozen=True):
    id: bytes
    person: int
    public_key: bytes
    uses: int
    name: str
    made_at: datetime
    used_at: datetime | None


class Device(msgspec.Struct, frozen=True):
    """A session as its person sees it. `hash` names it, and cannot be used to act in it."""

    hash: bytes
    made_at: datetime
    seen_at: datetime
    how: str
    agent: str
    address: str


class Happening(msgspec.Struct, frozen=True):
    at: datetime
    what: str
    detail: str
    address: str


class Ticket(msgspec.Struct, frozen=True):
    """`person` 0: for somebody who is nobody here yet. `data` is JSON."""

    person: int
    data: str


def hash_of(token: str) -> bytes:
    """What is stored of a token of 256 random bits."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


async def put_ticket(
    pool: Pool, purpose: str, person: int, data: str, lasts: timedelta, now: datetime
) -> str:
    token = secrets.token_urlsafe(32)
    await pool.execute(_SQL["put_ticket"], hash_of(token), purpose, person, data, now, now + lasts)
    return token


async def take_ticket(pool: Pool, purpose: str, token: str, now: datetime) -> Ticket | None:
    """Works once."""
    return _ticket(await pool.fetchrow(_SQL["take_ticket"], hash_of(token), purpose, now))


async def peek_ticket(pool: Pool, purpose: str, token: str, now: datetime) -> Ticket | None:
    return _ticket(await pool.fetchrow(_SQL["peek_ticket"], hash_of(token), purpose, now))


def _ticket(row: object) -> Ticket | None:
    return None if row is None else Ticket(row["person_id"], row["data"])  # type: ignore[index]


async def end_tickets(pool: Pool, person: int, purposes: list[str]) -> None:
    await pool.execute(_SQL["end_tickets"], person, purposes)


class Bucket(msgspec.Struct, frozen=True):
    """Tries counted together: `free` of them at once, then the wait doubles up to `most` seconds."""

    key: str
    free: int
    most: int


async def try_once(pool: Pool, buckets: list[Bucket], now: datetime) -> datetime | None:
    """Counts one try in every bucket, or in none: then, until when to wait. Whoever turns out to be right
    takes the try back, so that tries made at the same moment are all counted before the first is judged."""
    await pool.execute(_SQL["drop_old_tries"], now)
    async with pool.acquire() as connection:
        turn = connection.transaction()
        await turn.start()
        for one in sorted(buckets, key=lambda bucket: bucket.key):  # one order, so that no two wait in a ring
            if await connection.fetchval(_SQL["try"], one.key, now, one.free, one.most) is None:
                await turn.rollback()
                until: datetime | None = await connection.fetchval(_SQL["wait"], one.key)
                return until or now
        await turn.commit()
    return None


async def succeeded(pool: Pool, forget: list[str], take_back: list[str], now: datetime) -> None:
    await pool.execute(_SQL["forget_tries"], forget)
    await pool.execute(_SQL["take_back_try"], take_back, now)


async def account(pool: Pool, person: int) -> Account | None:
    row = await pool.fetchrow(_SQL["account"], person)
    return Account(*row) if row else None


async def account_by_email(pool: Pool, email: str) -> Account | None:
    row = await pool.fetchrow(_SQL["account_by_email"], email)
    return Account(*row) if row else None


async def new_person(pool: Pool, name: str, language: str, zone: str, email: str) -> int | None:
    """None where somebody has this e-mail."""
    made: int | None = await pool.fetchval(_SQL["new_person"], name, language, zone, email)
    return made


async def set_password(pool: Pool, person: int, hashed: str) -> None:
    await pool.execute(_SQL["set_password"], person, hashed)


async def set_email(pool: Pool, person: int, email: str) -> bool:
    """False where somebody else has it."""
    taken = await account_by_email(pool, email)
    if taken and taken.id != person:
        return False
    await pool.execute(_SQL["set_email"], person, email)
    return True


async def set_personal(pool: Pool, person: int, name: str, language: str, zone: str, mail: str) -> None:
    await pool.execute(_SQL["set_personal"], person, name, language, zone, mail)


async def set_totp(pool: Pool, person: int, sealed: str, step: int) -> None:
    """`step`: the last one used. An empty `sealed` turns it off."""
    await pool.execute(_SQL["set_totp"], person, sealed, step)


async def use_totp_step(pool: Pool, person: int, step: int) -> bool:
    """False where this step, or a later one, was used before."""
    return await pool.fetchval(_SQL["use_totp_step"], person, step) is not None


async def put_codes(pool: Pool, person: int, hashes: list[bytes]) -> None:
    """In place of all that were left."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(_SQL["drop_codes"], person)
        await connection.executemany(_SQL["put_code"], [(person, one) for one in hashes])


async def use_code(pool: Pool, person: int, hashed: bytes) -> bool:
    return await pool.fetchval(_SQL["use_code"], person, hashed) is not None


async def passkeys(pool: Pool, person: int) -> list[Passkey]:
    return [Passkey(*row) for row in await pool.fetch(_SQL["passkeys"], person)]


async def passkey(pool: Pool, number: bytes) -> Passkey | None:
    row = await pool.fetchrow(_SQL["passkey"], number)
    return Passkey(*row) if row else None


async def put_passkey(pool: Pool, one: Passkey) -> bool:
    row = (one.id, one.person, one.public_key, one.uses, one.name, one.made_at)
    return await pool.fetchval(_SQL["put_passkey"], *row) is not None


async def use_passkey(pool: Pool, one: Passkey, uses: int, now: datetime) -> bool:
    return await pool.fetchval(_SQL["use_passkey"], one.id, one.uses, uses, now) is not None


async def drop_passkey(pool: Pool, person: int, number: bytes) -> str | None:
    """The name of the one that is gone."""
    name: str | None = await pool.fetchval(_SQL["drop_passkey"], person, number)
    return name


async def devices(pool: Pool, person: int, now: datetime) -> list[Device]:
    return [Device(*row) for row in await pool.fetch(_SQL["sessions"], person, now)]


async def end_other_sessions(pool: Pool, person: int, token: str) -> None:
    """All but that of `token`; all where it is empty."""
    await pool.execute(_SQL["end_other_sessions"], person, hash_of(token))


async def end_one_session(pool: Pool, person: int, hashed: bytes) -> bool:
    return await pool.fetchval(_SQL["end_one_session"], person, hashed) is not None


async def rotate_session(pool: Pool, token: str, fresh_until: datetime) -> str | None:
    """The same session under a new token; None where it has ended."""
    fresh = secrets.token_urlsafe(32)
    done = await pool.fetchval(_SQL["rotate_session"], hash_of(token), hash_of(fresh), fresh_until)
    return fresh if done is not None else None


async def log(
    pool: Pool, person: int, company: int, at: datetime, what: str, detail: str = "", address: str = ""
) -> None:
    """`company` is the one acted for; -1 for none."""
    await pool.execute(_SQL["log"], person, company, at, what, detail[:200], address)


async def logged(pool: Pool, person: int, limit: int = 30) -> list[Happening]:
    """Newest first."""
    return [Happening(*row) for row in await pool.fetch(_SQL["logged"], person, limit)]


async def known_before(pool: Pool, person: int) -> bool:
    """Whether the person has ever signed in."""
    return bool(await pool.fetchval(_SQL["known_before"], person))
