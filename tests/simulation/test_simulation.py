"""The simulation's steps, in an order that hypothesis finds and makes short when something breaks."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.search import ACTS
from tests.simulation.simulation import Simulation


class People(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.simulation = Simulation(0)

    @rule(name=st.sampled_from(sorted(ACTS)), back=st.integers(1, 3))
    def act(self, name: str, back: int) -> None:
        world = self.simulation.world
        world.trade = self.simulation.trades[-min(back, len(self.simulation.trades))]
        ACTS[name](world)

    @rule(seed=st.integers(0, 1000))
    def anything(self, seed: int) -> None:
        self.simulation.chance.seed(seed)
        self.simulation.step()

    @invariant()
    def the_books_agree(self) -> None:
        self.simulation.world.auditor.compare(self.simulation.world)

    def teardown(self) -> None:
        self.simulation.end()


TestPeople = People.TestCase
TestPeople.settings = settings(max_examples=15, stateful_step_count=30, deadline=None)


@pytest.mark.parametrize("seed", range(4))
def test_random_people(seed: int) -> None:
    simulation = Simulation(seed)
    for _ in range(250):
        simulation.step()
    simulation.end()
