"""Lines of one specification that cannot both be met."""

from collections.abc import Iterator

from tradehold.domain.given import Knowledge
from tradehold.domain.requirement import Gap, Specification


def contradictions(spec: Specification, knowledge: Knowledge) -> Iterator[Gap]:
    yield from ()
