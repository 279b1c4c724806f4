"""No money is ever stuck: from everywhere a trade can come to, everybody's silence ends with all paid or
unclaimed.

The proof drives the real decisions: see tests/search.py. `pytest -s` prints the longest path of each policy.
"""

import pytest

from tests.search import longest_hold_days, prove
from tests.stages import REACHED
from tests.world import KNOWLEDGE, as_buyer, done, pair
from tradehold.domain import payout
from tradehold.domain import trade_commands as c
from tradehold.domain.command import RAIL
from tradehold.domain.refusal import Refusal
from tradehold.domain.trade import TRANSITIONS, Stage

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


def settled_while_frozen() -> set[tuple[Stage, type]]:
    """A payout that the bank has already is not called back: the trade is settled, then the freeze lifted."""
    world = REACHED["settling"](KNOWLEDGE.policy)
    (ref,) = world.payouts()
    done(world.do(ref, RAIL, payout.submit(world.machines[ref], "batch")))
    done(world.do(world.trade, pair, c.Freeze("5 C 12/27", "seizure")))
    done(world.do(ref, RAIL, payout.ConfirmPayout(payout.end_to_end(ref, 1), "")))
    assert world.now.stage is Stage.SETTLED
    return {
        (Stage.SETTLED, type(event)) for event in done(world.do(world.trade, pair, c.Lift("5 C 12/27", "")))
    }


def asides() -> set[tuple[Stage, type]]:
    """What can be said, frozen and lifted in every stage, and changes none of them."""
    found = settled_while_frozen()
    for reach in REACHED.values():
        world = reach(KNOWLEDGE.policy)
        stage = world.now.stage
        for actor, do in (
            (as_buyer, c.SendMessage("Is all well?")),
            (pair, c.Freeze("5 C 12/27", "seizure")),
            (pair, c.Lift("5 C 12/27", "over")),
        ):
            answer = world.do(world.trade, actor, do)
            assert world.now.stage is stage
            if not isinstance(answer, Refusal):
                found |= {(stage, type(event)) for event in answer}
    return found


def test_every_step_of_the_table_can_be_taken() -> None:
    taken = prove(KNOWLEDGE.default).edges | asides()
    assert sorted((stage.value, event.__name__) for stage, event in set(TRANSITIONS) - taken) == []
