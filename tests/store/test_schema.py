"""The schema keeps what the architecture promises: spread by supplier, append-only, backed by constraints."""

import asyncio
import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import asyncpg
import pglast
import pytest
from pglast import ast, visitors

from tests.platform import ACTORS, Running, running
from tradehold.domain import trade_commands as c
from tradehold.domain.machines import MACHINES
from tradehold.store import migrate as module
from tradehold.store.database import Connection, as_owner
from tradehold.store.migrate import MigrationError, migrate
from tradehold.store.sql import queries

NAME = "schema"
DISTRIBUTED = {"machine", "event", "posting", "balance", "due", "idempotency", "personal", "outbox"}
REFERENCE = {"company"}
LOCAL = {
    "person", "membership", "session", "passkey", "recovery_code", "ticket", "invitation", "attempt",
    "api_key", "access_log", "registration", "read_mark", "freeze_spread",
    "letter", "notification",
    "upload", "upload_part", "file", "file_right", "contract_draft",
    "bank_file", "setting", "migration",
}  # fmt: skip
APPEND_ONLY = {"event", "posting"}
BY = "supplier_id"


async def ask(p: Running, sql: str, *values: object) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await p.services.pool.fetch(sql, *values)]


async def test_every_table_says_how_it_is_spread() -> None:
    async with running(NAME) as p:
        tables = await ask(
            p,
            "SELECT relname FROM pg_class "
            "WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')",
        )
        assert {name for (name,) in tables} == DISTRIBUTED | REFERENCE | LOCAL


async def test_a_distributed_table_begins_with_its_supplier() -> None:
    async with running(NAME) as p:
        first = await ask(
            p,
            """SELECT c.relname, a.attname, a.atttypid::regtype::text, a.attnotnull
                 FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
                WHERE a.attnum = 1 AND c.relname = ANY($1)""",
            sorted(DISTRIBUTED),
        )
        assert sorted(first) == [(table, BY, "bigint", True) for table in sorted(DISTRIBUTED)]


async def test_every_key_of_a_distributed_table_holds_its_supplier() -> None:
    async with running(NAME) as p:
        keys = await ask(
            p,
            """SELECT t.relname, k.relname, i.indisprimary,
                      array(SELECT a.attname::text FROM unnest(i.indkey[0:i.indnkeyatts - 1]) n
                              JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = n)
                 FROM pg_index i
                 JOIN pg_class t ON t.oid = i.indrelid
                 JOIN pg_class k ON k.oid = i.indexrelid
                WHERE t.relname = ANY($1) AND (i.indisunique OR i.indisexclusion)""",
            sorted(DISTRIBUTED | REFERENCE),
        )
        assert {table for table, _, primary, _ in keys if primary} == DISTRIBUTED | REFERENCE
        assert [key for table, key, _, columns in keys if table in DISTRIBUTED and BY not in columns] == []


async def test_no_foreign_key_crosses_from_one_supplier_to_another() -> None:
    async with running(NAME) as p:
        keys = await ask(
            p,
            """SELECT conname, conrelid::regclass::text, confrelid::regclass::text, conkey, confkey,
                      confupdtype::text, confdeltype::text
                 FROM pg_constraint WHERE contype = 'f'""",
        )
        for name, table, target, columns, targets, on_update, on_delete in keys:
            assert (on_update, on_delete) == ("a", "a"), name
            if target in DISTRIBUTED:  # supplier_id is the first column of both
                assert table in DISTRIBUTED, name
                assert columns.index(1) == targets.index(1), name
            elif table in DISTRIBUTED:
                assert target in REFERENCE, name


async def test_the_only_triggers_guard_the_record() -> None:
    async with running(NAME) as p:
        triggers = await ask(
            p,
            "SELECT tgrelid::regclass::text, tgfoid::regproc::text FROM pg_trigger WHERE NOT tgisinternal",
        )
        assert sorted(triggers) == [(table, "forbid_change") for table in sorted(APPEND_ONLY)]


async def test_every_constraint_has_a_name_of_ours() -> None:
    async with running(NAME) as p:
        names = await ask(
            p,
            """SELECT conname, conrelid::regclass::text FROM pg_constraint
                WHERE contype <> 'n' AND conrelid <> 0 AND connamespace = 'public'::regnamespace""",
        )
        assert [name for name, table in names if not name.startswith(f"{table}_")] == []


@pytest.mark.parametrize("table", sorted(APPEND_ONLY))
@pytest.mark.parametrize("statement", ["UPDATE {} SET at = at", "DELETE FROM {}", "TRUNCATE {}"])
async def test_the_role_that_runs_may_not_change_the_record(table: str, statement: str) -> None:
    async with running(NAME) as p:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
            await p.services.pool.execute(statement.format(table))


@pytest.mark.parametrize("table", sorted(APPEND_ONLY))
@pytest.mark.parametrize("statement", ["UPDATE {} SET at = at", "DELETE FROM {}"])
async def test_even_the_owner_meets_a_trigger(table: str, statement: str) -> None:
    async with running(NAME) as p:
        await p.pay(await p.agreed(), 100)
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
            await as_owner(p.url, lambda connection: connection.execute(statement.format(table)))


async def test_a_stage_that_no_machine_knows_is_refused() -> None:
    async with running(NAME) as p:
        trade = await p.draft()
        for stage, fits in (("settled", True), ("enrolled", False), ("no-such-stage", False)):
            change = p.services.pool.execute(
                "UPDATE machine SET stage = $1 WHERE supplier_id = $2 AND kind = 'trade' AND id = $3",
                stage, trade.owner, trade.id,
            )  # fmt: skip
            if fits:
                await change
            else:
                with pytest.raises(asyncpg.CheckViolationError):
                    await change


async def test_no_bounded_balance_falls_below_zero_and_no_posting_is_out_of_bounds() -> None:
    async with running(NAME) as p:
        await p.pay(await p.agreed(), 100)
        for statement in (
            "UPDATE balance SET minor = -1",
            """INSERT INTO posting
               SELECT supplier_id, kind, id, seq, 99, trade_id, at, debit, debit_subject, credit,
                      credit_subject, 0, currency FROM posting LIMIT 1""",
            """INSERT INTO posting
               SELECT supplier_id, kind, id, seq, 99, trade_id, at, debit, debit_subject, debit,
                      debit_subject, minor, currency FROM posting LIMIT 1""",
        ):
            with pytest.raises(asyncpg.CheckViolationError):
                await p.services.pool.execute(statement)


async def test_migrations_are_applied_once_also_by_many_at_once() -> None:
    async with running("schema_twice") as p:
        await as_owner(p.url, _emptied)
        applied = await asyncio.gather(*(migrate(p.url) for _ in range(4)))
        names = sorted(one.name for one in files(module.__package__).joinpath("migrations").iterdir())
        assert sorted(name for part in applied for name in part) == [
            one for one in names if one.endswith(".sql")
        ]
        assert await migrate(p.url) == []


async def _emptied(connection: Connection) -> None:
    await connection.execute("DROP SCHEMA public CASCADE")
    await connection.execute("CREATE SCHEMA public")


async def test_a_migration_that_changed_since_is_refused() -> None:
    async with running("schema_changed") as p:
        await as_owner(p.url, lambda connection: connection.execute("UPDATE migration SET sha256 = 'other'"))
        with pytest.raises(MigrationError, match=r"0001_core\.sql"):
            await migrate(p.url)


async def test_a_new_stage_renews_the_check_without_a_migration() -> None:
    async with running("schema_stages") as p:
        await as_owner(p.url, _older_stages)
        await migrate(p.url)
        trade = await p.draft()
        await p.do(trade, ACTORS["supplier"], c.Withdraw())


async def _older_stages(connection: Connection) -> None:
    """As a database would be that was made when there was no trade yet to be withdrawn."""
    await connection.execute("ALTER TABLE machine DROP CONSTRAINT machine_stage_known")
    await connection.execute(
        "ALTER TABLE machine ADD CONSTRAINT machine_stage_known CHECK (stage <> 'settled')"
    )


def test_every_machine_names_its_stages() -> None:
    assert all(machine.stages for machine in MACHINES.values())


# What a distributed table cannot be asked, statement by statement.


class Found(visitors.Visitor):  # type: ignore[misc]  # pglast has no types
    """What one statement does that matters once tables are spread out."""

    def __init__(self) -> None:
        self.tables: list[str] = []
        self.forbidden: list[str] = []
        self.locks = False
        self.one_supplier = False
        self.ties = 0

    def visit_RangeVar(self, above: object, node: Any) -> None:
        if node.relname in DISTRIBUTED:
            self.tables.append(node.relname)

    def visit_A_Expr(self, above: object, node: Any) -> None:
        if not node.name or node.name[-1].sval != "=":
            return
        sides = [_column(side) for side in (node.lexpr, node.rexpr)]
        if sides.count(BY) == 2:
            self.ties += 1
        elif BY in sides:
            self.one_supplier = True

    def visit_LockingClause(self, above: object, node: Any) -> None:
        self.locks = True

    def visit_GroupingSet(self, above: object, node: Any) -> None:
        self.forbidden.append("grouping sets")

    def visit_MergeStmt(self, above: object, node: Any) -> None:
        self.forbidden.append("merge")

    def visit_WithClause(self, above: object, node: Any) -> None:
        if node.recursive:
            self.forbidden.append("recursion")

    def visit_UpdateStmt(self, above: object, node: Any) -> None:
        if any(target.name == BY for target in node.targetList):
            self.forbidden.append("moves a row to another shard")


def _column(node: object) -> str:
    if isinstance(node, ast.ColumnRef) and isinstance(node.fields[-1], ast.String):
        return str(node.fields[-1].sval)
    return ""


def lint(sql: str) -> list[str]:
    found = Found()
    found(pglast.parse_sql(sql))
    if found.locks and found.tables and not found.one_supplier:
        found.forbidden.append("locks rows of many suppliers")
    joins = re.search(r"\bJOIN\b|\bUSING\b", sql)
    if joins and found.tables and not (found.ties or found.one_supplier):
        found.forbidden.append("joins without the supplier")
    return found.forbidden if found.tables else []


def statements() -> Iterator[tuple[str, str]]:
    folder = files("tradehold.store").joinpath("sql")
    for file in sorted(one.name for one in folder.iterdir() if one.name.endswith(".sql")):
        stem = file.removesuffix(".sql")
        yield from ((f"{stem}.{name}", sql) for name, sql in queries(stem).items())


@pytest.mark.parametrize(("name", "sql"), [pytest.param(*each, id=each[0]) for each in statements()])
def test_a_statement_asks_only_what_spread_tables_answer(name: str, sql: str) -> None:
    assert lint(sql) == []


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("SELECT 1 FROM machine FOR UPDATE", "locks rows of many suppliers"),
        ("SELECT 1 FROM machine m JOIN event e ON e.id = m.id", "joins without the supplier"),
        ("UPDATE machine SET supplier_id = 2", "moves a row to another shard"),
        ("SELECT count(*) FROM event GROUP BY GROUPING SETS ((kind), ())", "grouping sets"),
        ("WITH RECURSIVE a AS (SELECT id FROM event UNION SELECT id FROM a) SELECT 1 FROM a", "recursion"),
        ("MERGE INTO due d USING event e ON d.supplier_id = e.supplier_id WHEN MATCHED THEN DELETE", "merge"),
    ],
)
def test_the_linter_knows_what_is_not_answered(sql: str, why: str) -> None:
    assert set(lint(sql)) == {why}
