"""How many requirement lines a second the clarity check takes in that nobody has written before, beside
folding the same text: the least that any check must do.

Lines are made of the words and figures of real ones, none twice, in four languages; nothing is remembered of
earlier rounds.
"""

import time
from collections.abc import Callable
from itertools import count
from statistics import median

from bench.measure import Rate
from tradehold.domain.clarity import gaps
from tradehold.domain.folding import fold
from tradehold.domain.given import Knowledge
from tradehold.domain.requirement import Requirement, Specification

LINES = 2000
_PATTERNS = (
    "Fabric: organic cotton, {n} gsm ±5 %",
    "Carton size {n} x 40 x 40 cm, 20 pcs per carton",
    "Colour fastness to washing grade 4 or better, ISO 105-C06, lot {n}",
    "Care label as in label_{n}.pdf, sewn into the left side seam",
    "面料克重{n}克/平方米，误差±5%",
    "外箱尺寸{n}×40×40厘米，每箱20件",
    "Espesor mínimo {n} mm, acero inoxidable AISI 304",
    "Gramatura {n} g/m² ± 5 %, 100 % algodão",
    "Battery capacity at least {n} mAh (IEC 61960)",
    "Same good quality as order {n}",
)  # fmt: skip
_numbers = count(1)


def lines() -> tuple[str, ...]:
    return tuple(_PATTERNS[n % len(_PATTERNS)].format(n=next(_numbers)) for n in range(LINES))


def measure(knowledge: Knowledge, rounds: int) -> dict[str, Rate]:
    """Of whole specifications of 2,000 lines: lines a second, and the milliseconds of one specification."""

    def clarity(texts: tuple[str, ...]) -> None:
        gaps(Specification(tuple(Requirement(text) for text in texts)), knowledge)

    def folding(texts: tuple[str, ...]) -> None:
        for text in texts:
            fold(text)

    found: dict[str, list[int]] = {"clarity": [], "folding": []}
    for _ in range(rounds):
        found["clarity"].append(_timed(clarity))
        found["folding"].append(_timed(folding))
    return {name: _rate(times) for name, times in found.items()}


def _timed(work: Callable[[tuple[str, ...]], None]) -> int:
    texts = lines()
    begun = time.perf_counter_ns()
    work(texts)
    return time.perf_counter_ns() - begun


def _rate(nanoseconds: list[int]) -> Rate:
    return Rate.of(nanoseconds, round(LINES * 1e9 / median(nanoseconds)))


def ratio(rates: dict[str, Rate]) -> dict[str, float]:
    return {"clarity_to_folding": rates["clarity"].per_second / rates["folding"].per_second}
