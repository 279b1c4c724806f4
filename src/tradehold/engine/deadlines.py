"""The due table at work: deadlines that passed, and what one machine asked of another.

Any number of sweepers may run: rows are read without locks, and each row's command has a key of its own, so
what two sweepers do at once happens once. A row is dropped in the transaction that executes it; one that is
refused stays, is tried again later, and shows its reason to the operator.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from msgspec import DecodeError
from msgspec.structs import replace

from tradehold.domain.machines import Command
from tradehold.domain.refusal import Code
from tradehold.engine.execute import LONGEST, Engine, Unavailable
from tradehold.engine.knowing import Knowing
from tradehold.engine.plan import Done, decode_command
from tradehold.store.database import DatabaseError, Gone, Pool
from tradehold.store.sql import queries

log = logging.getLogger("tradehold")

_SQL = queries("due")
_AGAIN = timedelta(hours=1)
# Refused because it has happened already, or because its clock has moved: there is nothing left to do.
_OVER = frozenset({Code.DUPLICATE, Code.NOT_DUE, Code.NO_SHORTFALL, Code.EXISTS, Code.KEY_REUSED})

Clock = Callable[[], datetime]


class Sweeper:
    """`clock` tells the time; the demo steps it. What the engine knows when this is made is what it shipped
    with."""

    def __init__(self, engine: Engine, pool: Pool, clock: Clock) -> None:
        self._engine = engine
        self._pool = pool
        self._clock = clock
        self._knowing = Knowing(engine, pool, engine.knowledge)

    async def sweep(self) -> int:
        """Executes everything that is due now, and what follows from it, until nothing is. Returns how
        many."""
        done = 0
        await self.look()
        await self._knowing.spread_freezes(self._clock())
        while True:
            self._engine.followed.waiting.clear()  # their rows are due as well
            rows = await self._pool.fetch(_SQL["due"], self._clock(), LONGEST)
            if not rows:
                return done
            done += await self._execute(await self._read(rows))

    async def look(self) -> None:
        """At what operators published, so that this process knows it at once."""
        await self._knowing.look(self._clock())

    async def _read(self, rows: list[Any]) -> list[tuple[Command, datetime]]:
        """The rows' commands, to be executed now. One that cannot be read is put off, so that it holds nobody
        up, and stands as a fault on the operators' desk."""
        now, commands = self._clock(), []
        unreadable: list[tuple[int, str, datetime, str]] = []
        for row in rows:
            try:
                command = decode_command(row["command"])
            except DecodeError as error:
                log.error("the due row %s cannot be read: %s", row["key"], error)
                unreadable.append((row["supplier_id"], row["key"], row["at"], Code.FAULT))
            else:
                commands.append((replace(command, at=now, due=row["key"]), row["at"]))
        if unreadable:
            await self._pool.execute(_SQL["postpone"], now + _AGAIN, *_columns(unreadable))
        return commands

    async def _execute(self, commands: list[tuple[Command, datetime]]) -> int:
        """Commands with the time at which their rows stood. An executed command dropped its row itself; a
        refused one's row is forgotten or postponed here, unless it has moved in the meantime."""
        answers = await self._engine.execute([command for command, _ in commands])
        over: list[tuple[int, str, datetime, str]] = []
        stuck: list[tuple[int, str, datetime, str]] = []
        for (command, at), answer in zip(commands, answers, strict=True):
            if isinstance(answer, Done):
                if answer.replayed:  # executed before, and yet the row was there again
                    over.append((command.ref.owner, command.due, at, ""))
            else:
                (over if answer.code in _OVER else stuck).append(
                    (command.ref.owner, command.due, at, answer.code)
                )
        if over:
            await self._pool.execute(_SQL["forget"], *_columns(row[:3] for row in over))
        if stuck:
            await self._pool.execute(_SQL["postpone"], self._clock() + _AGAIN, *_columns(stuck))
        return len(commands) - len(stuck)

    async def run(self, pause: float = 1.0) -> None:
        """Sweeps for ever: at once when something followed, else every `pause` seconds."""
        while True:
            try:
                await self._follow()
                await self.sweep()
            except (Unavailable, DatabaseError, *Gone) as error:
                log.warning("the sweep waits for the database: %s", error)
                await asyncio.sleep(pause)  # it comes back; the rows are still there
            try:
                await asyncio.wait_for(self._engine.followed.wake.wait(), pause)
            except TimeoutError:
                continue

    async def _follow(self) -> None:
        """What the loop has just written asks for more: executed from memory, without reading the rows
        back."""
        followed = self._engine.followed
        while followed.waiting:
            commands = [followed.waiting.popleft() for _ in range(min(LONGEST, len(followed.waiting)))]
            await self._execute([(command, command.at) for command in commands])
        followed.wake.clear()


def _columns(rows: Iterable[tuple[object, ...]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]
