"""Writing what a list of commands decided: columns in, one statement, one transaction."""

import asyncpg
import msgspec

from tradehold.store.database import Connection
from tradehold.store.sql import queries

APPEND = queries("write")["append"]


class Table(msgspec.Struct):
    """Rows, which `columns` turns on their side, as unnest wants them."""

    width: int
    rows: list[tuple[object, ...]] = []

    def add(self, *row: object) -> None:
        self.rows.append(row)

    def columns(self) -> list[tuple[object, ...]]:
        return list(zip(*self.rows, strict=True)) if self.rows else [()] * self.width

    def __len__(self) -> int:
        return len(self.rows)


def _table(width: int) -> Table:
    return Table(width)


class Batch(msgspec.Struct):
    """All that one list writes, in the order of the statement's parameters."""

    # supplier_id, kind, id, expected version (0: new), version, stage, buyer_id, title, moved_at, state, head
    machines: Table = msgspec.field(default_factory=lambda: _table(11))
    # supplier_id, kind, id, seq, at, body, hash
    events: Table = msgspec.field(default_factory=lambda: _table(7))
    # supplier_id, kind, id, seq, n, trade_id, at, debit, debit_subject, credit, credit_subject, minor, currency
    postings: Table = msgspec.field(default_factory=lambda: _table(13))
    # supplier_id, account, subject, currency, change, known
    balances: Table = msgspec.field(default_factory=lambda: _table(6))
    # supplier_id, key
    dropped: Table = msgspec.field(default_factory=lambda: _table(2))
    # supplier_id, key, at, command
    due: Table = msgspec.field(default_factory=lambda: _table(4))
    # supplier_id, key, input, answer, at
    keys: Table = msgspec.field(default_factory=lambda: _table(5))
    # supplier_id, key
    replayed: Table = msgspec.field(default_factory=lambda: _table(2))

    def columns(self) -> list[tuple[object, ...]]:
        tables = (
            self.machines, self.events, self.postings, self.balances,
            self.dropped, self.due, self.keys, self.replayed,
        )  # fmt: skip
        return [column for table in tables for column in table.columns()]

    def __bool__(self) -> bool:
        return bool(self.machines or self.replayed or self.dropped)


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
