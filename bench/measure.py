"""Rates and latencies, and how rounds of them become one figure."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from itertools import islice
from statistics import median

import msgspec

from tradehold.domain.machines import Command
from tradehold.domain.refusal import Refusal
from tradehold.engine.execute import Engine


def percentile(ordered: Sequence[int], percent: int) -> int:
    """The smallest value that `percent` of 100 do not exceed (nearest rank)."""
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


class Rate(msgspec.Struct, frozen=True):
    """Latencies are a caller's, in milliseconds; where callers bring lists, those of a whole list."""

    per_second: float
    p50_ms: float
    p99_ms: float

    @classmethod
    def of(cls, nanoseconds: Sequence[int], per_second: float) -> "Rate":
        ordered = sorted(nanoseconds)
        return cls(per_second, percentile(ordered, 50) / 1e6, percentile(ordered, 99) / 1e6)


def middle(rounds: Sequence[Rate]) -> Rate:
    """Each figure's median over the rounds."""
    figures = zip(*map(msgspec.structs.astuple, rounds), strict=True)
    return Rate(*(round(median(figure), 3) for figure in figures))


async def repeat(callers: int, seconds: float, call: Callable[[], Awaitable[int]]) -> Rate:
    """`callers` that call again as soon as they are answered; `call` gives how many commands that was."""
    latencies: list[int] = []
    done = 0
    begun = time.perf_counter_ns()
    end = begun + int(seconds * 1e9)

    async def caller() -> None:
        nonlocal done
        while (before := time.perf_counter_ns()) < end:
            commands = await call()  # awaited first: others count meanwhile
            done += commands
            latencies.append(time.perf_counter_ns() - before)

    await asyncio.gather(*(caller() for _ in range(callers)))
    return Rate.of(latencies, done / (time.perf_counter_ns() - begun) * 1e9)


async def execute(
    engine: Engine, commands: Iterator[Command], callers: int, seconds: float, size: int = 1
) -> Rate:
    """`execute` with `size` commands at a time. A refusal would be cheaper than what is measured: it ends the
    run."""

    async def call() -> int:
        for answer in await engine.execute(list(islice(commands, size))):
            if isinstance(answer, Refusal):
                raise SystemExit(f"a measured command was refused: {answer.message}")
        return size

    return await repeat(callers, seconds, call)
