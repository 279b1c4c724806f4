"""The same people on the real engine and PostgreSQL: what they did in memory is done again in lists of chance
sizes, with lost answers and with engines that are dropped in the middle; both must end alike."""

import asyncio
from random import Random
from typing import Any

import pytest

from tests.platform import _database
from tests.simulation.simulation import Simulation, Watched
from tests.world import KNOWLEDGE
from tradehold.domain.chart import BOUNDED
from tradehold.domain.machines import Command
from tradehold.domain.refusal import Refusal
from tradehold.engine.audit import audit
from tradehold.engine.execute import Engine
from tradehold.engine.plan import Answer, Done
from tradehold.store import views
from tradehold.store.database import pool_of


class Taped(Watched):
    """Keeps every decision, those that followed from others included, in their order."""

    def __init__(self, limit: str) -> None:
        self.tape: list[tuple[Command, list[Any] | Refusal]] = []
        super().__init__(limit)

    def _decide(self, command: Command) -> list[Any] | Refusal:
        answer = super()._decide(command)
        self.tape.append((command, answer))
        return answer


def lists(tape: list[tuple[Command, Any]], chance: Random) -> list[list[tuple[Command, Any]]]:
    """Consecutive commands of one owner, a few at a time: owners have lanes, and lanes run side by side."""
    found: list[list[tuple[Command, Any]]] = []
    for one in tape:
        same = found and found[-1][-1][0].ref.owner == one[0].ref.owner
        if same and len(found[-1]) < chance.randint(1, 12):
            found[-1].append(one)
        else:
            found.append([one])
    return found


def told(answer: Answer | list[Any] | Refusal) -> object:
    """What both sides must say alike: the events' tags, or the refusal's code."""
    if isinstance(answer, Refusal):
        return answer.code
    if isinstance(answer, Done):
        return answer.events
    return tuple(str(type(event).__struct_config__.tag) for event in answer)


async def replay(url: str, parts: list[list[tuple[Command, Any]]], chance: Random) -> None:
    engine = await Engine(url, KNOWLEDGE).__aenter__()
    try:
        for part in parts:
            commands = [command for command, _ in part]
            answers = await engine.execute(commands)
            for (command, wanted), answer in zip(part, answers, strict=True):
                assert told(answer) == told(wanted), command
            if chance.random() < 0.05:  # the process ends; what it remembered is gone
                await engine.__aexit__(None, None, None)
                engine = await Engine(url, KNOWLEDGE).__aenter__()
            if chance.random() < 0.1:  # the answers were lost: asked again, they are the same
                done = [(c, a) for c, a in zip(commands, answers, strict=True) if isinstance(a, Done)]
                again = await asyncio.gather(*(engine.execute([command]) for command, _ in done))
                assert all(isinstance(one, Done) and one.replayed for [one] in again)
                assert [one.events for [one] in again if isinstance(one, Done)] == [a.events for _, a in done]
    finally:
        await engine.__aexit__(None, None, None)


@pytest.mark.parametrize("seed", [11, 12])
async def test_the_engine_ends_where_the_rules_in_memory_end(seed: int) -> None:
    world = Taped("60000.00")
    simulation, chance = Simulation(seed, world), Random(seed)
    for _ in range(150):
        simulation.step()
    simulation.end()
    url = await asyncio.to_thread(_database, f"simulation_{seed}")
    await replay(url, lists(world.tape, chance), chance)
    async with pool_of(url) as pool:
        rows = await views.rows(pool, list(world.machines))
        assert {ref: row.state for ref, row in rows.items()} == world.machines
        found = await pool.fetch(
            "SELECT supplier_id, account, subject, currency, minor FROM balance WHERE minor > 0"
        )
        kept = {(row[0], (row[1], row[2], row[3])): row[4] for row in found}
        wanted = {key: minor for key, minor in world.balances.items() if key[1][0] in BOUNDED and minor}
        assert kept == wanted
        report = await audit(pool)
    assert report.findings == []
    assert report.events == len(world.events)
