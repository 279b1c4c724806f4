"""Migrations: numbered .sql files, each applied once in a transaction of its own and remembered with its
SHA-256."""

from hashlib import sha256
from importlib.resources import files

from tradehold.domain.machines import MACHINES
from tradehold.store.database import Connection, as_owner

_LOCK = 7_236_401_158  # only this program's migrations use it


class MigrationError(Exception):
    """The database was made by files other than these. Nothing was changed."""


def _stages_check() -> str:
    """The CHECK on stage derives from the machines' own tables."""
    known = (
        f"(kind = '{kind.value}' AND stage IN ({', '.join(repr(str(stage)) for stage in machine.stages)}))"
        for kind, machine in MACHINES.items()
    )
    return " OR ".join(known)


def _files() -> list[tuple[str, str]]:
    folder = files("tradehold.store").joinpath("migrations")
    return sorted((one.name, one.read_text("utf-8")) for one in folder.iterdir() if one.name.endswith(".sql"))


async def migrate(url: str) -> list[str]:
    """Applies what is missing, also when several processes start at once. Returns the names applied.

    Raises MigrationError where a file that was applied has another content now.
    """

    async def work(connection: Connection) -> list[str]:
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        try:
            return await _apply(connection)
        finally:
            await connection.execute("SELECT pg_advisory_unlock($1)", _LOCK)

    applied: list[str] = await as_owner(url, work)
    return applied


async def reset(url: str) -> None:
    """Empties the database and migrates it again. Only the demo asks for this, of a database that is all its
    own."""

    async def work(connection: Connection) -> None:
        await connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")

    await as_owner(url, work)
    await migrate(url)


async def _apply(connection: Connection) -> list[str]:
    await connection.execute(
        "CREATE TABLE IF NOT EXISTS migration (name text NOT NULL, sha256 text NOT NULL, "
        "at timestamptz NOT NULL DEFAULT now(), CONSTRAINT migration_pkey PRIMARY KEY (name))"
    )
    known = {
        row["name"]: row["sha256"] for row in await connection.fetch("SELECT name, sha256 FROM migration")
    }
    applied = []
    for name, text in _files():
        digest = sha256(text.encode()).hexdigest()
        if name in known:
            if known[name] != digest:
                raise MigrationError(f"{name} has changed since it was applied to this database")
            continue
        async with connection.transaction():
            await connection.execute(text.replace("/*stages*/ true", _stages_check()))
            await connection.execute("INSERT INTO migration (name, sha256) VALUES ($1, $2)", name, digest)
        applied.append(name)
    await _renew_stages(connection)
    await connection.execute("GRANT SELECT ON migration TO tradehold_run")
    return applied


async def _renew_stages(connection: Connection) -> None:
    """A machine that got a new stage needs no migration: the CHECK is made anew where it is not today's."""
    wanted = f"tradehold:{sha256(_stages_check().encode()).hexdigest()[:16]}"
    found = await connection.fetchval(
        "SELECT obj_description(oid, 'pg_constraint') FROM pg_constraint "
        "WHERE conname = 'machine_stage_known'"
    )
    if found == wanted:
        return
    async with connection.transaction():
        await connection.execute("ALTER TABLE machine DROP CONSTRAINT machine_stage_known")
        await connection.execute(
            f"ALTER TABLE machine ADD CONSTRAINT machine_stage_known CHECK ({_stages_check()})"
        )
        await connection.execute(f"COMMENT ON CONSTRAINT machine_stage_known ON machine IS '{wanted}'")
