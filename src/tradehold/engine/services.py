"""What every face stands on."""

import msgspec

from tradehold.domain.given import Knowledge
from tradehold.engine.deadlines import Clock, Sweeper
from tradehold.engine.execute import Engine
from tradehold.store.database import Pool


class Services(msgspec.Struct):
    """`clock` is the platform's: it may be stepped, and what ends by real time does not go by it."""

    engine: Engine
    pool: Pool
    sweeper: Sweeper
    knowledge: Knowledge
    clock: Clock
