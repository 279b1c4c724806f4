"""The same commands through the API's hot route."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

from bench.measure import Rate
from bench.world import World
from tradehold.domain.machines import Command


class Served:
    async def measure(self, commands: Iterator[Command], seconds: float) -> Rate:
        raise NotImplementedError


@asynccontextmanager
async def serving(world: World) -> AsyncIterator[Served | None]:
    yield None
