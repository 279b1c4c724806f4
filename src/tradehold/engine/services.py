"""What every face stands on: the one value that is handed to the API and to the pages."""

from collections.abc import Awaitable, Callable
from datetime import datetime

import msgspec

from tradehold.domain.command import Actor
from tradehold.domain.given import Knowledge
from tradehold.engine.deadlines import Sweeper
from tradehold.engine.door import Door
from tradehold.engine.execute import Engine
from tradehold.engine.files import Files
from tradehold.engine.paper import Paper
from tradehold.store.database import Pool
from tradehold.store.views import Row


class Access(msgspec.Struct):
    """Counts what was taken from people and keys in this process: whoever remembers what somebody may do asks
    anew once it has moved."""

    taken: int = 0


PrintContract = Callable[["Services", Row, int, str, str], Awaitable[Paper | None]]


class Services(msgspec.Struct, frozen=True):
    """`print_contract` puts a trade's contract on paper: a row of the trade, the place among its revisions
    from 1 (0 for the one that stands), a language ("en", "zh", "both"), and the tags that the caller knows.
    None where there is no such revision. It speaks in the words of the pages, so it is handed in from
    above."""

    engine: Engine
    pool: Pool
    sweeper: Sweeper
    clock: Callable[[], datetime]
    files: Files
    door: Door = msgspec.field(default_factory=Door)
    access: Access = msgspec.field(default_factory=Access)
    print_contract: PrintContract | None = None

    @property
    def knowledge(self) -> Knowledge:
        """As of the last look at what operators published."""
        return self.engine.knowledge


def key_of(actor: Actor, key: str) -> str:
    """The idempotency key of a person's command. Each member has a space of its own, apart from the keys
    that deadlines and bank files derive: nobody can take the key that another's command, or a deadline,
    will need."""
    return f"by:{actor.member}:{key}"
