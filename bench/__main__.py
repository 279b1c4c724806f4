"""`python -m bench [--json] [--quick]`: how many commands a second, beside PostgreSQL doing the same SQL work
alone.

The command measured is a part payment into a trade that awaits its initial payment (ReceivePayment, as a bank
line asks for it), each for another trade of another supplier than the last. It writes

    machine      the trade's row, from the version it had: about 650 bytes of state, the chain's head
    event        one: about 190 bytes of canonical JSON and its SHA-256
    posting      one: in_transit to hold
    balance      one bounded balance (hold of this trade), which a CHECK keeps from falling below zero
    idempotency  the key, the input's hash and the answer
    outbox       one, which says that the event is news

and no due rows: a part payment moves no deadline. `with_deadline` measures one that does (a payment by a
third party: the same rows, and one in due). pgbench writes the same rows of the same sizes into a second
database of the same server, with the same constraints and indexes: one command a transaction (best of 8, 16
and 32 clients, prepared statements), and 1,000 a transaction on one connection with set statements.

Rounds of everything alternate on the same server, with fsync on, and each figure is the median of its rounds;
the ratios are what survives another machine. Of 20,000 trades each lane remembers what it wrote last, as it
would in service; `grown` repeats the main figures with 300,000 trades and over a million events, where it
remembers next to none.
"""

import argparse
import json
import os
import platform
import sys
from collections.abc import Awaitable, Callable
from tempfile import TemporaryDirectory

import msgspec
import uvloop
from rich.console import Console
from rich.table import Table

from bench import clarity, http, pgbench
from bench import world as w
from bench.measure import Rate, execute, middle
from bench.pgbench import Pgbench
from tradehold.domain.bank import Party
from tradehold.knowledge import load_knowledge

CALLERS = (1, 16, 64, 512)
TRADES = 20
GROWN = 300
STRANGER = Party("SOMEBODY ELSE INC")

Work = dict[str, Callable[[], Awaitable[Rate]]]


class Length(msgspec.Struct, frozen=True):
    """Seconds a figure is measured for in each round."""

    rounds: int
    seconds: float


QUICK, FULL = Length(3, 0.8), Length(5, 3)


async def alternate(work: Work, length: Length) -> dict[str, Rate]:
    """Every figure once, then all of them again: what else the machine does falls on all alike."""
    rounds: dict[str, list[Rate]] = {name: [] for name in work}
    for _ in range(length.rounds):
        for name, measure in work.items():
            rounds[name].append(await measure())
    return {name: middle(found) for name, found in rounds.items()}


def ratios(rates: dict[str, Rate]) -> dict[str, float]:
    single, inside = rates["pgbench_single"].per_second, rates["execute_512"].per_second
    found = {
        "execute_512_to_pgbench_single": inside / single,
        "execute_512_to_pgbench_set": inside / rates["pgbench_set"].per_second,
        "execute_list_to_pgbench_set": rates["execute_list"].per_second / rates["pgbench_set"].per_second,
    }
    if "execute_1" in rates:
        found["latency_1_to_pgbench"] = rates["execute_1"].p50_ms / rates["pgbench_1"].p50_ms
    if "http" in rates:
        found["http_to_pgbench_single"] = rates["http"].per_second / single
    return {name: round(value, 3) for name, value in found.items()}


class Bench:
    """`world` is for `execute`, `web` for the API, and `raw` has one of its own."""

    def __init__(self, world: w.World, web: w.World, raw: Pgbench, length: Length) -> None:
        self.world = world
        self.web = web
        self.raw = raw
        self.length = length
        self.clients = 0

    async def run(self, quick: bool) -> dict[str, object]:
        seconds = self.length.seconds
        tried = {clients: await self.raw.single(clients, seconds) for clients in (8, 16, 32)}
        self.clients = max(tried, key=lambda clients: tried[clients].per_second)
        async with w.running(self.world) as engine, http.serving(self.web) as served:
            payments, strangers = self.world.payments(), self.world.payments(STRANGER)
            work: Work = {
                f"execute_{callers}": lambda n=callers: execute(engine, payments, n, seconds)
                for callers in CALLERS
            }
            work["execute_list"] = lambda: execute(engine, payments, 1, seconds, 1000)
            work["pgbench_1"] = lambda: self.raw.single(1, seconds)
            work["pgbench_single"] = lambda: self.raw.single(self.clients, seconds)
            work["pgbench_set"] = lambda: self.raw.set(seconds)
            work["http"] = lambda: served.measure(seconds)
            if not quick:
                work["with_deadline"] = lambda: execute(engine, strangers, 1, seconds, 1000)
            rates = await alternate(work, self.length)
        found: dict[str, object] = {"rates": rates, "ratios": ratios(rates), "pgbench_clients": self.clients}
        if not quick:
            found["grown"] = await self.grown()
        return found

    async def grown(self) -> dict[str, object]:
        for url in (self.world.url, self.raw.world.url):
            await w.fill(url, TRADES, GROWN - 1)
        self.world.trades = self.raw.world.trades = GROWN
        self.raw.write_scripts()
        seconds = self.length.seconds
        async with w.running(self.world) as engine:
            payments = self.world.payments()
            work: Work = {
                "execute_512": lambda: execute(engine, payments, 512, seconds),
                "execute_list": lambda: execute(engine, payments, 1, seconds, 1000),
                "pgbench_single": lambda: self.raw.single(self.clients, seconds),
                "pgbench_set": lambda: self.raw.set(seconds),
            }
            rates = await alternate(work, self.length)
        return {"events": await w.events(self.world.url), "rates": rates, "ratios": ratios(rates)}


def show(console: Console, title: str, found: dict[str, object], unit: str = "commands/s") -> None:
    table = Table("", unit, "p50 ms", "p99 ms", title=title)
    for column in table.columns[1:]:
        column.justify = "right"
    rates: dict[str, Rate] = found["rates"]  # type: ignore[assignment]
    for name, rate in rates.items():
        table.add_row(name, f"{rate.per_second:,.0f}", f"{rate.p50_ms:,.2f}", f"{rate.p99_ms:,.2f}")
    console.print(table)
    for name, value in found["ratios"].items():  # type: ignore[attr-defined]
        console.print(f"{name:32} {value:6.2f}")


async def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measures the write path.")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    parser.add_argument("--quick", action="store_true", help="within a minute, without the grown database")
    options = parser.parse_args()
    try:
        pgbench.program()
    except pgbench.PgbenchMissing as missing:
        raise SystemExit(str(missing)) from missing
    with w.server() as server, TemporaryDirectory() as folder:
        names = ("tradehold", "web", "pgbench")
        world, web, other = [await w.make(server, name, TRADES) for name in names]
        raw = Pgbench(other, folder, await pgbench.sizes(other))
        length = QUICK if options.quick else FULL
        found = await Bench(world, web, raw, length).run(options.quick)
    rates = clarity.measure(load_knowledge(), length.rounds)
    found["clarity"] = {"rates": rates, "ratios": clarity.ratio(rates)}
    found["machine"] = {"cpus": os.cpu_count(), "python": platform.python_version()}
    if options.json:
        sys.stdout.write(json.dumps(msgspec.to_builtins(found), indent=2) + "\n")
        return
    console = Console()
    show(console, "20,000 trades", found)
    show(console, "2,000 requirement lines", found["clarity"], "lines/s")  # type: ignore[arg-type]
    if "grown" in found:
        show(console, "300,000 trades", found["grown"])  # type: ignore[arg-type]


if __name__ == "__main__":
    uvloop.run(main())
