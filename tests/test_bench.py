"""The bench's own arithmetic, and that pgbench can be found where the bench looks for it."""

import os

import pytest

from bench.__main__ import ratios
from bench.measure import Rate, middle, percentile
from bench.pgbench import program


@pytest.mark.parametrize(
    ("values", "percent", "wanted"),
    [
        ([7], 50, 7),
        ([7], 99, 7),
        ([1, 2], 50, 1),
        ([1, 2, 3], 50, 2),
        (list(range(1, 101)), 50, 50),
        (list(range(1, 101)), 99, 99),
        (list(range(1, 1001)), 99, 990),
        ([1, 2, 3], 0, 1),
        ([1, 2, 3], 100, 3),
    ],
)
def test_a_percentile_is_the_nearest_rank(values: list[int], percent: int, wanted: int) -> None:
    assert percentile(values, percent) == wanted


def test_a_rate_speaks_of_milliseconds() -> None:
    assert Rate.of([3_000_000, 1_000_000, 2_000_000], 500.0) == Rate(500.0, 2.0, 3.0)


def test_rounds_become_the_median_of_each_figure() -> None:
    rounds = [Rate(10, 1, 9), Rate(30, 3, 7), Rate(20, 2, 8)]
    assert middle(rounds) == Rate(20, 2, 8)


def test_ratios_have_the_names_that_are_promised() -> None:
    rates = {
        "execute_1": Rate(1000, 1.5, 3),
        "execute_512": Rate(12_000, 40, 60),
        "execute_list": Rate(14_000, 70, 90),
        "pgbench_1": Rate(900, 1, 2),
        "pgbench_single": Rate(2000, 8, 20),
        "pgbench_set": Rate(24_000, 40, 50),
        "http": Rate(3000, 20, 40),
    }
    assert ratios(rates) == {
        "execute_512_to_pgbench_single": 6.0,
        "execute_512_to_pgbench_set": 0.5,
        "execute_list_to_pgbench_set": 0.583,
        "latency_1_to_pgbench": 1.5,
        "http_to_pgbench_single": 1.5,
    }


def test_the_wheel_brings_pgbench() -> None:
    assert os.access(program(), os.X_OK)
