"""What was answered is there: after kill -9 of the database, of the process that serves, and on a full
disk."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest

from tests.assured import founding
from tests.folders import folder_for_all
from tests.platform import ACTORS, BUYER, OURS, PAYER, SUPPLIER, member_of, terms
from tradehold.domain import contract as k
from tradehold.domain import trade_commands as c
from tradehold.domain.account import OpenAccount
from tradehold.domain.command import MACHINE
from tradehold.domain.identity import Kind, Ref, account_ref
from tradehold.domain.machines import Command
from tradehold.domain.money import Money
from tradehold.engine.audit import audit
from tradehold.engine.execute import Engine, Revive, Unavailable
from tradehold.engine.plan import Done
from tradehold.knowledge import load_knowledge
from tradehold.store import postmaster
from tradehold.store.database import pool_of
from tradehold.store.embedded import Embedded
from tradehold.store.migrate import migrate

AT = datetime(2027, 1, 4, 9, tzinfo=UTC)
TRADES = [Ref(SUPPLIER, Kind.TRADE, 1000 + number) for number in range(8)]
ROOT = Path(__file__).parents[2]

# Another process at work: says the key of each payment once it was answered.
WORKER = """
import asyncio, sys
from tests.engine.test_survival import payment
from tradehold.engine.execute import Engine
from tradehold.knowledge import load_knowledge

async def main():
    async with Engine(sys.argv[1], load_knowledge()) as engine:
        async def caller(first):
            for number in range(first, 10**6, 16):
                await engine.execute([payment(number)])
                print(payment(number).key, flush=True)
        await asyncio.gather(*(caller(first) for first in range(16)))
asyncio.run(main())
"""


def payment(number: int) -> Command:
    do = c.ReceivePayment(number, Money(1, "USD"), PAYER)
    return Command(f"payment:{number}", TRADES[number % len(TRADES)], MACHINE, AT, do)


async def begin(url: str) -> None:
    """Trades that await their initial payment."""
    await migrate(url)
    seller, buyer = member_of(SUPPLIER), member_of(BUYER)
    limit = Money(100_000_000, "USD")
    confirm = c.Confirm(1, k.revision_hash(terms()))
    steps = [
        (account_ref("USD"), ACTORS["operator"], OpenAccount("USD", OURS)),
        *founding(seller, "Ningbo Brightwear", buyer, "Harbour Kids Ltd", limit, AT.date()),
    ]
    for trade in TRADES:
        steps += [(trade, seller, c.Draft(terms())), (trade, seller, confirm), (trade, buyer, confirm)]
    async with Engine(url, load_knowledge()) as engine:
        for number, (ref, actor, do) in enumerate(steps):
            [answer] = await engine.execute([Command(f"begin:{number}", ref, actor, AT, do, fresh=True)])
            assert isinstance(answer, Done), answer.message


async def counted(url: str, answered: set[str]) -> int:
    """How many payments are in the books, every answered one among them; the books are right."""
    async with pool_of(url) as pool:
        keys = {
            row["key"] for row in await pool.fetch("SELECT key FROM idempotency WHERE key LIKE 'payment:%'")
        }
        assert answered <= keys
        held: int = await pool.fetchval("SELECT sum(minor)::bigint FROM balance WHERE account = 'hold'")
        assert held == len(keys)
        report = await audit(pool)
        assert report.ok, report.findings
        return len(keys)


def reviving(server: Embedded) -> Revive:
    async def revive() -> None:
        await asyncio.to_thread(server.ensure)

    return revive


@pytest.fixture
def server() -> Iterator[Embedded]:
    with folder_for_all() as folder, Embedded.start(folder) as embedded:
        embedded.create_database()
        yield embedded


def cluster(server: Embedded) -> Path:
    return Path(server.dsn().rpartition("host=")[2].replace("%2F", "/")).parent


def test_kill_of_the_database_under_load_loses_nothing(server: Embedded) -> None:
    asyncio.run(_killed_database(server))


async def _killed_database(server: Embedded) -> None:
    url, answered, numbers = server.dsn(), set[str](), count()
    await begin(url)
    async with Engine(url, load_knowledge(), patience=60, revive=reviving(server)) as engine:
        end = time.monotonic() + 4

        async def caller() -> None:
            while time.monotonic() < end:
                command = payment(next(numbers))
                [answer] = await engine.execute([command])
                assert isinstance(answer, Done)
                answered.add(command.key)

        callers = asyncio.gather(*(caller() for _ in range(32)))
        for _ in range(2):
            await asyncio.sleep(0.8)
            pid = postmaster.postmaster_pid(cluster(server) / postmaster.DATA)
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            before = len(answered)
        await callers
        assert len(answered) > before
    assert await counted(url, answered) == len(answered)


def test_kill_of_the_serving_process_under_load_loses_nothing(server: Embedded) -> None:
    url = server.dsn()
    asyncio.run(begin(url))
    answered: set[str] = set()
    for _ in range(2):
        with subprocess.Popen(
            [sys.executable, "-c", WORKER, url], stdout=subprocess.PIPE, text=True, cwd=ROOT
        ) as worker:
            assert worker.stdout is not None
            for line in worker.stdout:
                answered.add(line.strip())
                if len(answered) % 300 == 0:
                    worker.kill()
                    break
            # What it had said but nobody had read yet was answered as well.
            answered |= {line.strip() for line in worker.stdout if line.endswith("\n")}
    assert asyncio.run(counted(url, answered)) >= len(answered) >= 300


def test_a_database_that_went_away_is_told_plainly_and_waited_for(server: Embedded) -> None:
    asyncio.run(_gone_and_back(server))


async def _gone_and_back(server: Embedded) -> None:
    url = server.dsn()
    await begin(url)
    async with (
        Engine(url, load_knowledge(), patience=0.3) as hasty,
        Engine(url, load_knowledge(), patience=30) as patient,
    ):
        assert isinstance((await hasty.execute([payment(0)]))[0], Done)
        assert isinstance((await patient.execute([payment(1)]))[0], Done)
        assert await asyncio.to_thread(postmaster.shut_down, cluster(server))
        with pytest.raises(Unavailable, match="cannot be reached"):
            await hasty.execute([payment(2)])
        waiting = asyncio.create_task(patient.execute([payment(3)]))
        await asyncio.sleep(0.3)
        assert not waiting.done()
        await asyncio.to_thread(server.ensure)
        [answer] = await waiting
        assert isinstance(answer, Done)
        assert isinstance((await hasty.execute([payment(2)]))[0], Done)
    assert await counted(url, {payment(number).key for number in range(4)}) == 4


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A disk of its own that is soon full; only root may mount one."""
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=160m,mode=0711", "tmpfs", str(folder)],
        check=False,
        capture_output=True,
    )
    if mounted.returncode:
        pytest.skip(f"no disk can be mounted here: {mounted.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a disk")
def test_a_full_disk_is_told_plainly_and_leaves_the_books_right(open_folder: Path) -> None:
    with small_disk(open_folder) as disk, Embedded.start(disk / "home") as server:
        server.create_database()
        asyncio.run(_full_disk(server, disk))


async def _full_disk(server: Embedded, disk: Path) -> None:
    url, answered = server.dsn(), set[str]()
    await begin(url)
    async with Engine(url, load_knowledge(), patience=1, revive=reviving(server)) as engine:
        filler = disk / "filler"
        with pytest.raises(OSError, match="No space"):
            filler.write_bytes(bytes(200 << 20))
        refused: Unavailable | None = None
        for begin_at in range(0, 100_000, 500):
            commands = [payment(number) for number in range(begin_at, begin_at + 500)]
            try:
                answers = await engine.execute(commands)
            except Unavailable as error:
                refused = error
                break
            answered |= {
                one.key for one, said in zip(commands, answers, strict=True) if isinstance(said, Done)
            }
        assert refused is not None
        assert "full" in str(refused) or "No space" in str(refused), refused
        filler.unlink()
        answers = await engine.execute(commands)
        assert all(isinstance(one, Done) for one in answers)
        answered |= {one.key for one in commands}
    assert await counted(url, answered) == len(answered)
