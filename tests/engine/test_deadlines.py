"""Deadlines as rows: nothing twice with many sweepers, nothing lost when one dies, nothing dropped that has
moved."""

import asyncio
from datetime import timedelta

import pytest

from tests.platform import ACTORS, Running, running
from tradehold.domain import trade_commands as c
from tradehold.domain.command import RAIL
from tradehold.domain.identity import Ref, receipt_ref
from tradehold.domain.machines import Command
from tradehold.domain.receipt import RecordLine
from tradehold.engine.deadlines import Sweeper
from tradehold.engine.execute import Engine
from tradehold.engine.plan import Done
from tradehold.store import views

NAME = "deadlines"


async def state(p: Running, ref: Ref) -> views.Row:
    row = await views.row(p.services.pool, ref)
    assert row is not None
    return row


async def rows(p: Running, trade: Ref) -> list[tuple[str, object]]:
    """The trade's rows of the due table: the clock's name and its time."""
    found = await p.services.pool.fetch(
        "SELECT split_part(key, ':', 3) AS name, at FROM due WHERE supplier_id = $1 AND at > $2 "
        "AND convert_from(command, 'UTF8')::json -> 'ref' ->> 2 = $3 ORDER BY 1",
        trade.owner, p.clock.at - timedelta(days=9999), str(trade.id),
    )  # fmt: skip
    return [(row["name"], row["at"]) for row in found]


async def test_every_clock_of_a_trade_is_a_row() -> None:
    async with running(NAME) as p:
        trade = await p.agreed()
        assert await rows(p, trade) == sorted((await state(p, trade)).state.clocks.items())
        await p.pay(trade, 378_000)
        assert "payment" not in dict(await rows(p, trade))
        assert await rows(p, trade) == sorted((await state(p, trade)).state.clocks.items())


async def test_several_sweepers_at_once_do_nothing_twice() -> None:
    async with running("deadlines_many") as p:
        trades = [await p.draft() for _ in range(10)]
        before = {trade: await state(p, trade) for trade in trades}
        p.clock.at = max(row.state.clocks["silence"] for row in before.values())
        async with Engine(p.url, p.services.knowledge) as other:
            sweepers = [
                Sweeper(engine, p.services.pool, p.clock) for engine in (p.services.engine, other) * 2
            ]
            await asyncio.gather(*(one.sweep() for one in sweepers))
        for trade, row in before.items():
            events = await views.events(p.services.pool, trade, row.version)
            assert [type(one.recorded.event).__name__ for one in events] == ["Lapsed", "Settled"]
            assert await rows(p, trade) == []


async def test_what_follows_is_found_again_after_a_crash_in_between() -> None:
    """The bank line is written, and the process dies before the payment that follows from it is executed."""
    async with running(NAME) as p:
        trade = await p.agreed()
        async with Engine(p.url, p.services.knowledge) as dying:
            line = p.line(trade, 378_000)
            ref = receipt_ref(line.account, line.reference)
            [answer] = await dying.execute(
                [Command(f"line:{ref.id}", ref, RAIL, p.clock.at, RecordLine(line))]
            )
            assert isinstance(answer, Done)
            assert len(dying.followed.waiting) == 1
        assert (await state(p, trade)).state.held == 0
        await p.services.sweeper.sweep()
        assert (await state(p, trade)).state.held == 378_000


async def test_a_clock_that_moved_is_not_dropped_by_a_sweeper_that_saw_it_before() -> None:
    async with running(NAME) as p:
        trade = await p.agreed()
        old = (await state(p, trade)).state.clocks["payment"]
        extend = Command(f"extend:{trade.id}", trade, ACTORS["buyer"], p.clock.at, c.ExtendPayment(20))

        class Stale(Sweeper):
            """Between reading the rows and executing them the buyer is given more time."""

            async def _execute(self, commands):  # type: ignore[no-untyped-def]
                await p.services.engine.execute([extend])
                return await super()._execute(commands)

        begun, p.clock.at = p.clock.at, old
        await Stale(p.services.engine, p.services.pool, p.clock).sweep()
        p.clock.at = begun
        row = await state(p, trade)
        assert row.state.stage == "confirmed"
        assert row.state.clocks["payment"] > old
        assert ("payment", row.state.clocks["payment"]) in await rows(p, trade)


async def test_what_is_refused_waits_and_shows_why() -> None:
    """A payment deadline is not judged before the bank's statement for its last day was read."""
    async with running(NAME) as p:
        trade, begun = await p.agreed(), p.clock.at
        p.clock.at = (await state(p, trade)).state.clocks["payment"]
        await p.services.sweeper.sweep()
        found = [one for one in await views.stuck(p.services.pool) if one.ref == trade]
        assert [(one.command, one.attempts) for one in found] == [("pass_deadline", 1)]
        assert found[0].refusal
        assert found[0].at == p.clock.at + timedelta(hours=1)
        assert await p.services.sweeper.sweep() == 0
        p.clock.at = begun


async def test_a_row_whose_command_happened_already_goes() -> None:
    """Otherwise a sweep would never end."""
    async with running("deadlines_again") as p:
        trade = await p.draft()
        row = await p.services.pool.fetchrow(
            "SELECT supplier_id, key, at, command FROM due WHERE key LIKE 'trade:%'"
        )
        assert row is not None
        p.clock.at = row["at"]
        assert await p.services.sweeper.sweep() == 1
        version = (await state(p, trade)).version
        await p.services.pool.execute(
            "INSERT INTO due (supplier_id, key, at, command) VALUES ($1, $2, $3, $4)", *row
        )
        await asyncio.wait_for(p.services.sweeper.sweep(), 5)
        assert await p.services.pool.fetchval("SELECT count(*) FROM due WHERE key LIKE 'trade:%'") == 0
        assert (await state(p, trade)).version == version


async def test_running_sweepers_follow_at_once() -> None:
    async with running(NAME) as p:
        trade = await p.agreed()
        task = asyncio.create_task(p.services.sweeper.run(pause=60))
        line = p.line(trade, 378_000)
        ref = receipt_ref(line.account, line.reference)
        await p.services.engine.execute([Command(f"line:{ref.id}", ref, RAIL, p.clock.at, RecordLine(line))])
        for _ in range(500):
            if (await state(p, trade)).state.held:
                break
            await asyncio.sleep(0.01)
        assert (await state(p, trade)).state.held == 378_000
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_a_row_that_cannot_be_read_is_put_off_and_holds_nobody_up() -> None:
    async with running("deadlines_unreadable") as p:
        trade = await p.draft()
        broken = b'{"ref": [7, "trade", 1], "at": "2027-01-04T09:00:00Z", "do": {"type": "no_such_thing"}}'
        sql = "INSERT INTO due (supplier_id, key, at, command) VALUES (7, 'broken', $1, $2)"
        await p.services.pool.execute(sql, p.clock.at, broken)
        p.clock.at = (await state(p, trade)).state.clocks["silence"]
        await p.services.sweeper.sweep()
        assert (await state(p, trade)).state.outcome == "lapsed"
        [stuck] = await views.stuck(p.services.pool)
        assert (stuck.command, stuck.refusal, stuck.attempts) == ("no_such_thing", "fault", 1)
