"""python -m tests.simulation --seed 1 --steps 5000"""

import argparse
import sys

from tests.simulation.simulation import Simulation


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=3_000)
    asked = parser.parse_args()
    simulation = Simulation(asked.seed)
    for step in range(1, asked.steps + 1):
        simulation.step()
        if step % 100 == 0 or step == asked.steps:
            said = f"\rseed {asked.seed}: step {step} of {asked.steps}, {len(simulation.trades)} trades"
            print(said, end="", file=sys.stderr, flush=True)
    simulation.end()
    print(file=sys.stderr)
    told = ", ".join(f"{code} {times}" for code, times in sorted(simulation.refusals.items()))
    print(f"{len(simulation.world.events)} events, books balanced after each step; refused: {told}")


if __name__ == "__main__":
    main()
