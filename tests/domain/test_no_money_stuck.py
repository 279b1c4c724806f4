"""No money is ever stuck: from everywhere a trade can come to, everybody's silence ends with all paid or
unclaimed.

The proof drives the real decisions: see tests/search.py. `pytest -s` prints the longest path of each policy.
"""

import pytest

from tests.search import longest_hold_days, prove
from tests.world import KNOWLEDGE
from tradehold.domain.trade import TRANSITIONS

# What the documentation says: days from the moment when everybody falls silent until nothing is held or owed.
# An amendment to the very end of the 90 days, the silence of an overdue trade, and money that nobody can be
# paid.
LONGEST = {"trade-assurance/2026-01": 269}


@pytest.mark.parametrize("key", KNOWLEDGE.policies)
def test_silence_ends_every_trade(key: str) -> None:
    days, story = longest_hold_days(KNOWLEDGE.policies[key])
    print(f"\n{key}: {days} days, over {prove(key).worlds} worlds")
    print("\n".join(f"  {line}" for line in story))
    assert days == LONGEST[key]


def test_every_step_of_the_table_can_be_taken() -> None:
    taken = prove(KNOWLEDGE.default).edges
    assert sorted((stage.value, event.__name__) for stage, event in set(TRANSITIONS) - taken) == []
