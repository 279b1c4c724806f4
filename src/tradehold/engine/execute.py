"""The loop: the only way that trade, supplier and money state changes.

    execute(commands)  ->  lanes by owner  ->  lists  ->  load, Plan, append  ->  answers

A caller's command waits in its lane's queue; the lane takes whatever is there as soon as the previous list
has committed, so lists form by themselves while the disk is busy and no timer is needed. One command is a
list of one.

A lane is the only writer of its owners within this process, so the state of what it touched last may stay
here, and a list over known machines is a single statement. Other processes may run lanes of their
own: the statement compares versions, and a list whose ground has moved is loaded and decided anew. A refusal
is only answered when it was decided on freshly loaded state.
"""

import asyncio
import gc
import logging
import random
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from types import TracebackType
from typing import Self

import msgspec

from tradehold.domain.given import Knowledge
from tradehold.domain.identity import Kind, Ref
from tradehold.domain.machines import Command, reads
from tradehold.domain.refusal import Code, Refusal, refuse
from tradehold.engine.plan import Answer, Plan, wanted
from tradehold.store.append import Moved, append
from tradehold.store.database import Connection, DatabaseError, Gone, cannot_serve, connect
from tradehold.store.load import Balances, Loaded, Stored, load

log = logging.getLogger("tradehold")

LIST = 128  # what a lane writes at once: longer lists leave the other lane and the database idle
LONGEST = 1000  # what a caller should bring along at once
LANES = 2
_REDOS = 12
_COLLECT_AFTER = 50_000  # new objects until the collector looks
_REMEMBERED = 15_000  # machines in each of the two generations whose state a lane keeps


Revive = Callable[[], Awaitable[None]]


class Unavailable(Exception):
    """The database cannot be reached or cannot write. What was asked may or may not have happened: the same
    key asked again tells."""


class _Job(msgspec.Struct, eq=False):
    commands: Sequence[Command]
    answer: "asyncio.Future[list[Answer]]"


class Known:
    """What a lane remembers of the machines it wrote last: bounded, and forgotten whenever in doubt.

    Two generations instead of a queue of the last used: what is looked up or written is young, and when there
    are too many young ones they become the old ones.
    """

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        # Machines with the bounded balances under their own id; and by owner the balances under none.
        self._young: dict[Ref, tuple[Stored, Balances]] = {}
        self._old: dict[Ref, tuple[Stored, Balances]] = {}
        self._shared: dict[int, Balances] = {}

    def recall(self, commands: Sequence[Command]) -> Loaded | None:
        """Everything the list needs, or None where something has to be read."""
        loaded = Loaded({}, {}, {})
        machines, balances = loaded.machines, loaded.balances
        for command in commands:
            ref = command.ref
            found = self._young.get(ref) or self._old.get(ref)
            shared = self._shared.get(ref.owner)
            if found is None or shared is None or reads(command):
                return None
            machines[ref], balances[ref.owner, ref.id] = found
            balances[ref.owner, 0] = shared
        return loaded

    def _drop(self, owner: int, subject: int) -> None:
        """Another machine moved a balance that belongs to this one."""
        for kind in Kind:
            self._young.pop(Ref(owner, kind, subject), None)
            self._old.pop(Ref(owner, kind, subject), None)

    def keep(self, loaded: Loaded, plan: Plan) -> None:
        balances = loaded.balances | plan.balances
        for ref, stored in plan.stored.items():
            self._young[ref] = stored, balances.get((ref.owner, ref.id), {})
            self._shared[ref.owner] = balances.get((ref.owner, 0), {})
        for owner, subject in plan.balances.keys() - {(ref.owner, ref.id) for ref in plan.stored}:
            if subject:
                self._drop(owner, subject)
        if len(self._young) > _REMEMBERED:
            self._old, self._young = self._young, {}
        if len(self._shared) > _REMEMBERED:
            self._shared = {}


class Lane:
    """One writer: a queue, a connection, and what it remembers."""

    def __init__(self, url: str, knowledge: Knowledge, patience: float, revive: Revive | None) -> None:
        self._url = url
        self.knowledge = knowledge
        self._patience = patience
        self._revive = revive
        self._queue: deque[_Job] = deque()
        self._wake = asyncio.Event()
        self._closing = False
        self._connection: Connection | None = None
        self._known = Known()

    def put(self, job: _Job) -> None:
        if self._closing:
            raise Unavailable("the engine is being closed")
        self._queue.append(job)
        self._wake.set()

    def _next(self) -> list[_Job]:
        jobs = [self._queue.popleft()]
        size = len(jobs[0].commands)
        while self._queue and size + len(self._queue[0].commands) <= LIST:
            jobs.append(self._queue.popleft())
            size += len(jobs[-1].commands)
        return jobs

    async def run(self, followed: "Followed") -> None:
        """Serves list after list, until `stop` was called and the queue is empty."""
        while True:
            while not self._queue:
                if self._closing:
                    return
                self._wake.clear()
                await self._wake.wait()
            await self._serve(self._next(), followed)

    async def _serve(self, jobs: list[_Job], followed: "Followed") -> None:
        try:
            answers = await self._list([command for job in jobs for command in job.commands], followed)
        except asyncio.CancelledError:
            _fail(jobs, Unavailable("the engine was closed"))
            raise
        except Unavailable as error:
            _fail(jobs, error)
        except Exception as error:
            log.exception("a list of %d jobs failed", len(jobs))
            _fail(jobs, Unavailable(str(error)))
        else:
            begin = 0
            for job in jobs:
                end = begin + len(job.commands)
                if not job.answer.done():
                    job.answer.set_result(answers[begin:end])
                begin = end

    async def _list(self, commands: list[Command], followed: "Followed") -> list[Answer]:
        until = asyncio.get_running_loop().time() + self._patience
        fresh, redone = False, 0
        while True:
            try:
                plan = await self._write(commands, fresh)
                if plan is not None:
                    followed.add(plan.follows)
                    return plan.answers
                fresh = True
            except Moved as moved:
                self._known.forget()
                fresh, redone = True, redone + 1
                if redone > _REDOS:
                    return await self._apart(commands, followed, moved)
                # Of two that meet again and again one has to come first.
                await asyncio.sleep(random.uniform(0, 0.002 * redone))
            except Gone as error:
                await self._lost(error, until)
                fresh = True
            except (DatabaseError, ValueError) as error:
                self._known.forget()
                if cannot_serve(error):
                    raise Unavailable(f"the database cannot write: {error}") from error
                return await self._apart(commands, followed, error)

    async def _write(self, commands: list[Command], fresh: bool) -> Plan | None:
        """One attempt. None where a command was refused on what was remembered, which may be out of date."""
        connection = await self._connected()
        loaded = None if fresh else self._known.recall(commands)
        remembered = loaded is not None
        if loaded is None:
            loaded = await load(connection, *wanted(commands))
        plan = Plan(commands, loaded, self.knowledge)
        if remembered and any(isinstance(answer, Refusal) for answer in plan.answers):
            return None
        if plan.batch:
            await append(connection, plan.batch)
        self._known.keep(loaded, plan)
        return plan

    async def _apart(self, commands: list[Command], followed: "Followed", error: Exception) -> list[Answer]:
        """A list that cannot be written for whatever reason is tried one by one, so that only the culprit
        fails."""
        if len(commands) == 1:
            log.error("command %s on %s cannot be written: %r", commands[0].key, commands[0].ref, error)
            return [refuse(Code.FAULT)]
        return [answer for command in commands for answer in await self._list([command], followed)]

    async def _connected(self) -> Connection:
        if self._connection is None or self._connection.is_closed():
            self._connection = await connect(self._url, writing=True)
        return self._connection

    async def _lost(self, error: BaseException, until: float) -> None:
        """The server went away in the middle: whether the list was written is unknown, and its keys will
        tell."""
        self._known.forget()
        await self.close()
        if self._revive is not None:
            try:
                await self._revive()
            except Exception as failed:
                error = failed  # says more: a full disk, for instance
        if asyncio.get_running_loop().time() >= until:
            raise Unavailable(f"the database cannot be reached: {error}") from error
        await asyncio.sleep(0.1)

    def stop(self) -> None:
        """What is queued is still served; nothing more is taken."""
        self._closing = True
        self._wake.set()

    async def close(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None
        if self._closing:
            _fail(self._queue, Unavailable("the engine was closed"))


def _fail(jobs: Iterable[_Job], reason: Unavailable) -> None:
    for job in jobs:
        if not job.answer.done():
            job.answer.set_exception(reason)


class Followed:
    """Commands that machines asked of each other. Their rows in the due table are the promise that they will
    be executed; handing them to the loop at once is only haste."""

    def __init__(self) -> None:
        self.waiting: deque[Command] = deque()
        self.wake = asyncio.Event()

    def add(self, commands: list[Command]) -> None:
        if commands:
            self.waiting.extend(commands)
            self.wake.set()


class Engine:
    """Runs lanes over one database. `patience` is how many seconds a list waits for a database that went
    away; `revive` brings back one that is ours to start."""

    def __init__(
        self,
        url: str,
        knowledge: Knowledge,
        lanes: int = LANES,
        patience: float = 10.0,
        revive: Revive | None = None,
    ) -> None:
        self.knowledge = knowledge
        self.followed = Followed()
        self._patience = patience
        self._lanes = [Lane(url, knowledge, patience, revive) for _ in range(lanes)]
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        # A list makes thousands of objects and drops them all at its end, none of them in cycles: collecting
        # in the middle of it finds nothing, and took a tenth of the time.
        gc.set_threshold(_COLLECT_AFTER, 20, 100)
        self._tasks = [asyncio.create_task(lane.run(self.followed)) for lane in self._lanes]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for lane in self._lanes:
            lane.stop()
        # A commit that was cancelled would be one of which nobody knows whether it happened.
        await asyncio.wait(self._tasks, timeout=self._patience)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for lane in self._lanes:
            await lane.close()

    def learn(self, knowledge: Knowledge) -> None:
        """From the next list on this is what is known."""
        self.knowledge = knowledge
        for lane in self._lanes:
            lane.knowledge = knowledge

    async def execute(self, commands: Sequence[Command]) -> list[Answer]:
        """Decides and writes the commands; the answers stand in their order. Each command is atomic, the list
        is not. Raises Unavailable where the database cannot be reached in time."""
        if len(commands) == 1:
            return await self._put(commands)
        laned: dict[int, list[int]] = {}
        for index, command in enumerate(commands):
            laned.setdefault(self._lane_of(command.ref.owner), []).append(index)
        chunks = [places[i : i + LIST] for places in laned.values() for i in range(0, len(places), LIST)]
        results = await asyncio.gather(*(self._put([commands[i] for i in chunk]) for chunk in chunks))
        answers: dict[int, Answer] = {}
        for chunk, given in zip(chunks, results, strict=True):
            answers.update(zip(chunk, given, strict=True))
        return [answers[index] for index in range(len(commands))]

    def _lane_of(self, owner: int) -> int:
        # Fibonacci hashing: neighbours spread over the lanes, and the same owner always meets the same one.
        return (owner * 11_400_714_819_323_198_485 % 2**64 >> 32) % len(self._lanes)

    async def _put(self, commands: Sequence[Command]) -> list[Answer]:
        job = _Job(commands, asyncio.get_running_loop().create_future())
        self._lanes[self._lane_of(commands[0].ref.owner)].put(job)
        return await job.answer
