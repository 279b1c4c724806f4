"""Writing what a list of commands decided: columns in, one statement, one transaction."""

from operator import itemgetter
from typing import Any

import asyncpg
import msgspec

from tradehold.store.columns import Column, numbers, raw, times, words
from tradehold.store.database import Connection
from tradehold.store.sql import queries

APPEND = queries("write")["append"]


class Table(msgspec.Struct):
    """Rows, which `columns` turns on their side, as unnest wants them."""

    kinds: tuple[Column, ...]
    rows: list[tuple[Any, ...]] = []

    def add(self, *row: object) -> None:
        self.rows.append(row)

    def columns(self) -> list[object]:
        columns = zip(*self.rows, strict=True) if self.rows else [()] * len(self.kinds)
        return [encode(column) for encode, column in zip(self.kinds, columns, strict=True)]

    def __len__(self) -> int:
        return len(self.rows)


def _table(*kinds: Column) -> Any:
    return msgspec.field(default_factory=lambda: Table(kinds))


class Batch(msgspec.Struct):
    """All that one list writes, in the order of the statement's parameters."""

    # supplier_id, kind, id, expected version (0: new), version, stage, buyer_id, title, moved_at, state, head
    machines: Table = _table(
        numbers, words, numbers, numbers, numbers, words, numbers, words, times, raw, raw
    )
    # supplier_id, kind, id, seq, at, body, hash
    events: Table = _table(numbers, words, numbers, numbers, times, raw, raw)
    # supplier_id, kind, id, seq, n, trade_id, at, debit, debit_subject, credit, credit_subject, minor,
    # currency
    postings: Table = _table(
        numbers,
        words,
        numbers,
        numbers,
        numbers,
        numbers,
        times,
        words,
        numbers,
        words,
        numbers,
        numbers,
        words,
    )
    # supplier_id, account, subject, currency, change, known
    balances: Table = _table(numbers, words, numbers, words, numbers, numbers)
    # supplier_id, key
    dropped: Table = _table(numbers, words)
    # supplier_id, key, at, command
    due: Table = _table(numbers, words, times, raw)
    # supplier_id, key, input, answer, at
    keys: Table = _table(numbers, words, raw, raw, times)
    # supplier_id, key
    replayed: Table = _table(numbers, words)
    # supplier_id, kind, id, seq, at
    outbox: Table = _table(numbers, words, numbers, numbers, times)

    def columns(self) -> list[object]:
        # In one order everywhere: two processes that bring the same keys then wait for each other, and not in
        # a ring.
        self.keys.rows.sort(key=_by_key)
        self.due.rows.sort(key=_by_key)
        tables = (
            self.machines, self.events, self.postings, self.balances,
            self.dropped, self.due, self.keys, self.replayed, self.outbox,
        )  # fmt: skip
        return [column for table in tables for column in table.columns()]

    def __bool__(self) -> bool:
        return bool(self.machines or self.replayed or self.dropped)


_by_key = itemgetter(0, 1)


class Moved(Exception):
    """Something the list was decided on has changed since: read anew and redo. Nothing was written."""


# division_by_zero (a version moved), unique, check, serialization failure, deadlock
_REDO = {"22012", "23505", "23514", "40001", "40P01"}


async def append(connection: Connection, batch: Batch) -> None:
    """Writes all of `batch` or nothing. Raises Moved where it has to be redone."""
    try:
        await connection.fetchval(APPEND, *batch.columns())
    except asyncpg.PostgresError as error:
        if error.sqlstate in _REDO:
            raise Moved(error.sqlstate) from error
        raise
