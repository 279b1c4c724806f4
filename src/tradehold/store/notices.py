"""The outbox and the notices people get from it: a notice is one event that one person should hear of."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from tradehold.domain.command import Grade
from tradehold.domain.contract import Terms
from tradehold.domain.identity import Kind, Ref
from tradehold.domain.record import Recorded
from tradehold.store import views
from tradehold.store.database import Connection, Pool
from tradehold.store.load import decode_event
from tradehold.store.sql import queries
from tradehold.store.views import LAST, EventRow, Row

_SQL = queries("notices")

Place = tuple[Ref, int]  # an event: its machine and its number there
Reader = tuple[int, int]  # a person, as a member of one company (0: as an operator)


class Member(msgspec.Struct, frozen=True):
    """`mailed`: gets letters at all."""

    company: int
    person: int
    grade: Grade
    mailed: bool


class Notice(msgspec.Struct, frozen=True):
    """`number` orders them as they came; `company` is the one as whose member the person hears of it."""

    number: int
    person: int
    company: int
    ref: Ref
    seq: int
    security: bool
    at: datetime
    read: bool = False

    @property
    def place(self) -> Place:
        return self.ref, self.seq


class Addressee(msgspec.Struct, frozen=True):
    """Who gets letters. `rhythm` is person.mail; `oldest` the time of the oldest news still to be told."""

    person: int
    name: str
    language: str
    zone: str
    email: str
    rhythm: str
    oldest: datetime


class About(msgspec.Struct, frozen=True):
    """What some notices are about, read at once: machines as they are now, the events themselves, and the
    terms of trades. An event that cannot be read is not there."""

    rows: Mapping[Ref, Row]
    events: Mapping[Place, Recorded[Any]]
    terms: Mapping[Ref, Terms]


def _columns(places: Collection[Place]) -> tuple[list[Any], ...]:
    refs = [ref for ref, _ in places]
    return (
        [ref.owner for ref in refs], [ref.kind.value for ref in refs], [ref.id for ref in refs],
        [seq for _, seq in places],
    )  # fmt: skip


def _ref(row: Any) -> Ref:
    return Ref(row["supplier_id"], Kind(row["kind"]), row["id"])


def _notice(row: Any) -> Notice:
    return Notice(
        row["number"], row["person_id"], row["company_id"], _ref(row), row["seq"], row["security"],
        row["at"], row["read"],
    )  # fmt: skip


# --- the outbox


async def outbox(pool: Pool, limit: int) -> list[Place]:
    return [(_ref(row), row["seq"]) for row in await pool.fetch(_SQL["outbox"], limit)]


async def forget(pool: Pool, places: Collection[Place]) -> None:
    await pool.execute(_SQL["forget"], *_columns(sorted(places)))


async def events(pool: Pool, places: Collection[Place]) -> dict[Place, Recorded[Any]]:
    """Those of the events that can be read."""
    found: dict[Place, Recorded[Any]] = {}
    for row in await pool.fetch(_SQL["events"], *_columns(places)):
        ref = _ref(row)
        try:
            found[ref, row["seq"]] = decode_event(ref.kind, row["body"])
        except msgspec.DecodeError:
            continue
    return found


async def members(pool: Pool, companies: Collection[int]) -> list[Member]:
    found = await pool.fetch(_SQL["members"], list(companies))
    return [Member(one["company_id"], one["person_id"], Grade(one["grade"]), one["mailed"]) for one in found]


async def put(pool: Pool, told: Sequence[tuple[Member, Place, datetime, bool]]) -> None:
    """Notices for (who, event, its time, whether it is about security); who has one already keeps that one.
    In one order everywhere, so that two processes wait for each other and not in a ring."""
    rows = sorted(told, key=lambda one: (one[0].person, one[1]))
    await pool.execute(
        _SQL["put"],
        [member.person for member, *_ in rows],
        [member.company for member, *_ in rows],
        *_columns([place for _, place, *_ in rows]),
        [security for *_, security in rows],
        [at for *_, at, _ in rows],
        [None if security or member.mailed else at for member, _, at, security in rows],
    )


# --- in the application


async def unread(pool: Pool, readers: Collection[Reader]) -> dict[Reader, int]:
    """How many notices each has not read, counted to 100."""
    found = await pool.fetch(_SQL["unread"], [who for who, _ in readers], [where for _, where in readers])
    return {(one["person_id"], one["company_id"]): one["count"] for one in found}


async def page(
    pool: Pool, reader: Reader, before: int = LAST, limit: int = views.PAGE, only_unread: bool = False
) -> list[Notice]:
    """Newest first, with numbers below `before`."""
    return [_notice(row) for row in await pool.fetch(_SQL["page"], *reader, before, limit, only_unread)]


async def follow(pool: Pool, reader: Reader, number: int, now: datetime) -> Notice | None:
    """The notice, read from now on."""
    row = await pool.fetchrow(_SQL["open"], *reader, number, now)
    return _notice(row) if row else None


async def read_all(pool: Pool, reader: Reader, now: datetime, newest: int = LAST) -> None:
    """All that the reader has seen: numbers up to `newest`."""
    await pool.execute(_SQL["read_all"], *reader, now, newest)


async def read_about(pool: Pool, person: int, ref: Ref, now: datetime) -> None:
    """Whoever looks at a thing has seen what happened to it."""
    await pool.execute(_SQL["read_about"], person, ref.owner, ref.kind.value, ref.id, now)


async def about(pool: Pool, notices: Collection[Notice]) -> About:
    """What they are about, in three queries however many they are."""
    refs = sorted({one.ref for one in notices})
    trades = [ref for ref in refs if ref.kind is Kind.TRADE]
    rows = await views.rows(pool, refs)
    drafts: dict[Ref, list[EventRow]] = {}
    found = await pool.fetch(_SQL["drafts"], [ref.owner for ref in trades], [ref.id for ref in trades])
    for one in found:
        ref, recorded = Ref(one["supplier_id"], Kind.TRADE, one["id"]), decode_event(Kind.TRADE, one["body"])
        drafts.setdefault(ref, []).append(EventRow(one["seq"], recorded, one["body"], one["hash"]))
    terms = {ref: views.current_terms(rows[ref].state, history) for ref, history in drafts.items()}
    return About(rows, await events(pool, {one.place for one in notices}), terms)


# --- by letter


def _addressee(row: Any) -> Addressee:
    return Addressee(
        row["person_id"], row["name"], row["language"], row["zone"], row["email"], row["mail"], row["oldest"]
    )


async def unmailed(pool: Pool, security: bool) -> list[Addressee]:
    """Everybody with news that no letter told them of."""
    return [_addressee(row) for row in await pool.fetch(_SQL["unmailed"], security)]


async def claim(connection: Connection, people: list[int], now: datetime, security: bool) -> list[Notice]:
    """What letters have to tell these people: it counts as told when the transaction commits."""
    rows = await connection.fetch(_SQL["claim"], people, now, security)
    return [_notice(row) for row in rows if row["member"]]


async def addressee(pool: Pool, person: int) -> Addressee | None:
    row = await pool.fetchrow(_SQL["reader"], person)
    return _addressee(row) if row else None


async def set_rhythm(pool: Pool, person: int, rhythm: str, now: datetime) -> None:
    await pool.execute(_SQL["set_rhythm"], person, rhythm, now)
