"""Companies, members and sessions: plain tables, no machines."""

import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta

import msgspec

from tradehold.domain.command import Grade
from tradehold.domain.record import commitment
from tradehold.store.database import Pool
from tradehold.store.sql import queries
from tradehold.store.views import Company, Member

_SQL = queries("people")
SESSION = timedelta(hours=12)  # an operator's ends after 8, and after one in which nothing was asked
_SEEN = timedelta(minutes=1)  # how exactly it is known when a session was last used
NOBODY = -1  # the company of somebody who acts for none


class Session(msgspec.Struct, frozen=True):
    """`member` is who the person is in the company they act for now. `fresh_until`: till when a second factor
    that was shown counts as shown just now. `how`: link, password, passkey or oidc. `secured`: a second
    factor is enrolled, or, for the demo's people, who come by a link, none is needed."""

    member: Member
    csrf: str
    ends_at: datetime
    fresh_until: datetime
    how: str
    email: str
    secured: bool = True
    made_at: datetime = datetime(1970, 1, 1, tzinfo=UTC)


class Begun(msgspec.Struct, frozen=True):
    """How a session begins. `company` -1: the one that the person joined first."""

    how: str = "link"
    fresh: timedelta = timedelta()
    company: int = -1
    agent: str = ""
    address: str = ""


BY_LINK = Begun()


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


async def put_companies(pool: Pool, companies: list[Company]) -> None:
    await pool.executemany(_SQL["put_company"], [msgspec.structs.astuple(one) for one in companies])


async def put_members(pool: Pool, members: list[Member], since: datetime) -> None:
    """People with what each is in one company."""
    people = [(one.id, one.name, one.language, one.zone, "") for one in members]
    await pool.executemany(_SQL["put_person"], people)
    await pool.executemany(
        _SQL["put_membership"], [(one.id, one.company, one.grade, since) for one in members if one.grade]
    )


async def begin_session(
    pool: Pool, person: int, now: datetime, lasts: timedelta = SESSION, begun: Begun = BY_LINK
) -> str:
    """A new session's token, of 256 bits. Only its hash is stored."""
    token = secrets.token_urlsafe(32)
    await pool.execute(
        _SQL["begin_session"], _hash(token), person, secrets.token_urlsafe(32), now, now + lasts, begun.how,
        now + begun.fresh, begun.company, begun.agent[:200], begun.address,
    )  # fmt: skip
    return token


async def session(pool: Pool, token: str, now: datetime) -> Session | None:
    one = await pool.fetchrow(_SQL["session"], _hash(token), now)
    if one is None:
        return None
    if one["seen_at"] < now - _SEEN:
        await pool.execute(_SQL["see_session"], _hash(token), now)
    company = NOBODY if one["company_id"] is None else one["company_id"]
    grade = Grade(one["grade"]) if one["grade"] else None
    member = Member(one["id"], company, one["name"], one["language"], one["zone"], grade)
    return Session(
        member, one["csrf"], one["ends_at"], one["fresh_until"], one["how"], one["email"], one["secured"],
        one["made_at"],
    )  # fmt: skip


async def end_session(pool: Pool, token: str) -> None:
    await pool.execute(_SQL["end_session"], _hash(token))


async def put_commitment(pool: Pool, owner: int, words: str, seed: str) -> str:
    """Keeps a person's data beside the record and returns the commitment that stands for it there.

    The salt follows from `seed` and a secret of this platform, so that asking twice for one thing gives one
    commitment, and nobody else can tell the salt.
    """
    secret = await secret_of(pool, "commitment_secret")
    salt = hmac.digest(secret, f"{owner}\n{seed}\n{words}".encode(), "sha256").hex()
    stands_for = commitment(salt, words)
    await pool.execute(_SQL["put_commitment"], owner, stands_for, salt, words)
    return stands_for


async def secret_of(pool: Pool, name: str) -> bytes:
    """A secret of this platform, made by whoever asks first and the same ever after."""
    await pool.execute(_SQL["make_setting"], name, secrets.token_hex(32))
    return (await setting(pool, name) or "").encode()


async def commitment_of(pool: Pool, owner: int, stands_for: str) -> str | None:
    """What the commitment stands for; None once it was erased."""
    words: str | None = await pool.fetchval(_SQL["commitment"], owner, stands_for)
    return words


async def erase_commitment(pool: Pool, owner: int, stands_for: str) -> None:
    """The person is gone, the record stays whole: nothing in it was ever derived from more than the
    commitment."""
    await pool.execute(_SQL["erase_commitment"], owner, stands_for)


async def setting(pool: Pool, key: str) -> str | None:
    value: str | None = await pool.fetchval(_SQL["setting"], key)
    return value


async def put_address(pool: Pool, person: int, email: str) -> None:
    """Where the person's letters go."""
    await pool.execute(_SQL["put_address"], person, email)


async def put_setting(pool: Pool, key: str, value: str) -> None:
    await pool.execute(_SQL["put_setting"], key, value)


async def keep_file(pool: Pool, name: str, direction: str, at: datetime, sha256: str, body: bytes) -> None:
    """Every file from and to a bank is kept as it was; the same file twice is one."""
    await pool.execute(_SQL["keep_file"], name, direction, at, sha256, body)


async def unsent(pool: Pool, batches: list[str]) -> set[str]:
    """Those of the batches whose payment file was never written."""
    sent = {one["name"] for one in await pool.fetch(_SQL["sent"], batches)}
    return set(batches) - sent


class BankFile(msgspec.Struct, frozen=True):
    name: str
    at: datetime
    sha256: str


async def recent_files(pool: Pool, direction: str, limit: int = 10) -> list[BankFile]:
    """Files from (`in`) or for (`out`) the bank, newest first."""
    return [BankFile(*one) for one in await pool.fetch(_SQL["recent_files"], direction, limit)]


async def read_file(pool: Pool, direction: str, sha256: str) -> bytes | None:
    body: bytes | None = await pool.fetchval(_SQL["read_file"], direction, sha256)
    return body
