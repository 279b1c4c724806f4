"""A whole line to put in the place of one with gaps: what is missing as ⟨…⟩, what is vague replaced.

What stands in the brackets is an example; the line is clear once each is replaced or confirmed.
"""

from tradehold.domain.gapfinding import Finding
from tradehold.domain.line import Line
from tradehold.domain.vocabulary import Clarity


def suggestion(line: Line, found: tuple[Finding, ...], clarity: Clarity) -> str:
    return ""
