"""What the faces read: lists in keyset pages, one query a page, never one a row."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from tradehold.domain.chart import CHART
from tradehold.domain.command import Grade
from tradehold.domain.contract import Terms
from tradehold.domain.identity import Kind, Ref
from tradehold.domain.machines import MACHINES
from tradehold.domain.record import Recorded
from tradehold.domain.trade import Trade
from tradehold.store.database import Pool
from tradehold.store.load import decode_event, decode_state
from tradehold.store.sql import queries

_SQL = queries("views")
LAST = 2**63 - 1  # above every id: where a list begins
PAGE = 25


class Row(msgspec.Struct, frozen=True):
    """One machine as it stands."""

    ref: Ref
    version: int
    moved_at: datetime
    state: Any


class EventRow(msgspec.Struct, frozen=True):
    seq: int
    recorded: Recorded[Any]
    body: bytes
    hash: bytes


class PostingRow(msgspec.Struct, frozen=True):
    ref: Ref  # the machine whose event booked it
    seq: int
    n: int
    trade: int
    at: datetime
    debit: str
    debit_subject: int
    credit: str
    credit_subject: int
    minor: int
    currency: str


class Company(msgspec.Struct, frozen=True):
    id: int
    name: str
    country: str
    address: str
    registration: str
    zone: str
    language: str


class Person(msgspec.Struct, frozen=True):
    id: int
    name: str
    language: str
    zone: str


class Member(msgspec.Struct, frozen=True):
    """A person in one company. `company` 0: an operator of the platform; -1: nobody's member now."""

    id: int
    company: int
    name: str
    language: str
    zone: str
    grade: Grade | None = None


def row_of(record: Any) -> Row:
    ref = Ref(record["supplier_id"], Kind(record["kind"]), record["id"])
    return Row(ref, record["version"], record["moved_at"], decode_state(ref.kind, record["state"]))


async def trades(
    pool: Pool, company: int, before: int = LAST, limit: int = PAGE, stage: str = "", title: str = ""
) -> list[Row]:
    """The company's trades on either side, newest first, with ids below `before`."""
    found = await pool.fetch(_SQL["trades_of_company"], company, before, limit, stage, like(title))
    return [row_of(record) for record in found]


def like(text: str) -> str:
    """What a person types is looked for as it is: its % and _ are not wildcards."""
    return text.strip().replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")


async def machines(
    pool: Pool,
    kind: Kind,
    stages: Collection[str] = (),
    before: int = LAST,
    limit: int = PAGE,
    title: str = "",
) -> list[Row]:
    """All machines of a kind in the given stages (none given: in any), newest first: for operators."""
    wanted = list(stages or MACHINES[kind].stages)
    found = await pool.fetch(_SQL["machines"], kind.value, before, limit, wanted, like(title))
    return [row_of(record) for record in found]


async def rows(pool: Pool, refs: Sequence[Ref]) -> dict[Ref, Row]:
    """The machines that exist among `refs`."""
    found = await pool.fetch(_SQL["by_ref"], *_columns(refs))
    return {row.ref: row for row in (row_of(record) for record in found)}


async def row(pool: Pool, ref: Ref) -> Row | None:
    return (await rows(pool, [ref])).get(ref)


async def versions(pool: Pool, refs: Sequence[Ref]) -> dict[Ref, int]:
    found = await pool.fetch(_SQL["versions"], *_columns(refs))
    return {Ref(one["supplier_id"], Kind(one["kind"]), one["id"]): one["version"] for one in found}


def _columns(refs: Sequence[Ref]) -> tuple[list[int], list[str], list[int]]:
    return [ref.owner for ref in refs], [ref.kind.value for ref in refs], [ref.id for ref in refs]


async def events(pool: Pool, ref: Ref, after: int = 0, limit: int = 1000) -> list[EventRow]:
    """The machine's events in order, from number `after` + 1."""
    found = await pool.fetch(_SQL["events"], ref.owner, ref.kind.value, ref.id, after, limit)
    return [_event(ref, one) for one in found]


async def thread(
    pool: Pool, trade: Ref, before: int = 2**31 - 1, limit: int = PAGE, messages: bool = False
) -> list[EventRow]:
    """The trade's events below number `before`, newest first: all that happened, or its `messages` alone."""
    values = (trade.owner, trade.kind.value, trade.id, before, limit, messages)
    return [_event(trade, one) for one in await pool.fetch(_SQL["newest_events"], *values)]


def _event(ref: Ref, one: Any) -> EventRow:
    return EventRow(one["seq"], decode_event(ref.kind, one["body"]), one["body"], one["hash"])


def current_terms(trade: Trade, history: Sequence[EventRow]) -> Terms:
    """The terms of the trade's revision, from the event that proposed them: it is named by its hash."""
    for one in reversed(history):
        if getattr(one.recorded.event, "hash", "") == trade.hash and hasattr(one.recorded.event, "terms"):
            terms: Terms = one.recorded.event.terms
            return terms
    raise LookupError(f"no event holds revision {trade.revision}")


async def postings(pool: Pool, trade: Ref) -> list[PostingRow]:
    """Every posting that concerns the trade, its payouts' included, in the order they were booked."""
    found = await pool.fetch(_SQL["postings_of_trade"], trade.owner, trade.id)
    return [PostingRow(Ref(owner, Kind(kind), number), *booked) for owner, kind, number, *booked in found]


async def balances(pool: Pool) -> list[tuple[str, str, int]]:
    """(account, currency, minor units on the account's normal side) over the whole ledger."""
    found = await pool.fetch(_SQL["balances"])
    return [
        (account, currency, debits if CHART[account].debit_normal else -debits)
        for account, currency, debits in found
    ]


async def bounded(
    pool: Pool, account: str, after: tuple[int, int] = (-1, 0), limit: int = 1000
) -> list[tuple[int, int, str, int]]:
    """What stands on a bounded account: (owner, subject, currency, minor units), where it is above zero."""
    found = await pool.fetch(_SQL["bounded"], account, *after, limit)
    return [(one["supplier_id"], one["subject"], one["currency"], one["minor"]) for one in found]


async def cover(pool: Pool, supplier: int) -> dict[str, dict[str, int]]:
    """A supplier's cover by currency: minor units `cover_available` and `cover_reserved`."""
    found: dict[str, dict[str, int]] = {}
    for one in await pool.fetch(_SQL["cover"], supplier):
        found.setdefault(one["currency"], {})[one["account"]] = one["minor"]
    return found


class Stuck(msgspec.Struct, frozen=True):
    """A due command that was refused and waits: it was due at `since`, and is tried again at `at`."""

    ref: Ref
    command: str
    since: datetime
    at: datetime
    attempts: int
    refusal: str


async def stuck(pool: Pool, limit: int = 100) -> list[Stuck]:
    found = await pool.fetch(_SQL["stuck"], limit)
    return [_stuck(msgspec.json.decode(one["command"]), one) for one in found]


def _stuck(raw: Mapping[str, Any], row: Any) -> Stuck:
    since = msgspec.convert(raw["at"], datetime)
    return Stuck(_raw_ref(raw), raw["do"]["type"], since, row["at"], row["attempts"], row["refusal"])


def _raw_ref(raw: Mapping[str, Any]) -> Ref:
    owner, kind, number = raw["ref"]
    return Ref(owner, Kind(kind), number)


async def companies(pool: Pool, ids: Collection[int]) -> dict[int, Company]:
    found = await pool.fetch(_SQL["companies"], list(ids))
    return {one["id"]: Company(*one) for one in found}


async def company_stages(pool: Pool, ids: Collection[int]) -> dict[int, str]:
    found = await pool.fetch(_SQL["company_stages"], list(ids))
    return {one["supplier_id"]: one["stage"] for one in found}


async def people(pool: Pool, ids: Collection[int]) -> dict[int, Person]:
    found = await pool.fetch(_SQL["people"], list(ids))
    return {one["id"]: Person(*one) for one in found}


async def is_empty(pool: Pool) -> bool:
    """Whether nothing was ever made in this database."""
    empty: bool = await pool.fetchval(_SQL["empty"])
    return empty


async def known(pool: Pool) -> tuple[tuple[str, int, int], ...]:
    """How far the platform's own machines have come that everything else is decided by."""
    return tuple((one["kind"], one["id"], one["version"]) for one in await pool.fetch(_SQL["known"]))


async def frozen_companies(pool: Pool) -> dict[int, tuple[int, Any]]:
    """Version and state of each company that is frozen now."""
    found = await pool.fetch(_SQL["frozen_companies"])
    return {one["supplier_id"]: (one["version"], decode_state(Kind.COMPANY, one["state"])) for one in found}


async def open_trades(pool: Pool, company: int) -> AsyncIterator[list[Ref]]:
    """The company's unsettled trades on either side, page by page."""
    after = (0, 0)
    while found := await pool.fetch(_SQL["open_trades"], company, *after):
        yield [Ref(one["supplier_id"], Kind.TRADE, one["id"]) for one in found]
        after = (found[-1]["supplier_id"], found[-1]["id"])


async def freeze_spread(pool: Pool) -> dict[int, str]:
    """By company, the reference of the freeze that has reached all its trades."""
    return {one["company_id"]: one["reference"] for one in await pool.fetch(_SQL["freeze_spread"])}


async def put_freeze_spread(pool: Pool, company: int, reference: str) -> None:
    await pool.execute(_SQL["put_freeze_spread"], company, reference)


async def drop_freeze_spread(pool: Pool, company: int) -> None:
    await pool.execute(_SQL["drop_freeze_spread"], company)
