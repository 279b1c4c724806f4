"""The whole look at a specification, the one that the command line, the pages and the API share: its gaps,
what a contract for such goods usually fixes besides, and the rules of the markets.
"""

from collections import Counter
from collections.abc import Iterable

import msgspec

from tradehold.domain.category import Missing, detect, missing
from tradehold.domain.clarity import gaps
from tradehold.domain.given import Knowledge
from tradehold.domain.line import take_apart
from tradehold.domain.reading import read
from tradehold.domain.regulation import Duty, duties
from tradehold.domain.requirement import Gap, Specification


class Assessed(msgspec.Struct, frozen=True):
    """`category` is the one given, else the one `detected`, else "": what is missing and which rules apply
    is known of a category only."""

    gaps: tuple[Gap, ...]
    missing: tuple[Missing, ...]
    duties: tuple[Duty, ...]
    category: str
    detected: bool


def assess(spec: Specification, knowledge: Knowledge, title: str = "") -> Assessed:
    """Takes time linear in what is written, as far as `gaps` does."""
    lines = [one.text for one in spec.requirements]
    text = "\n".join([title, *lines])
    category = spec.category or detect(text, knowledge.categories)
    return Assessed(
        gaps(spec, knowledge),
        missing(category, _mentioned(spec, knowledge), text, knowledge.categories),
        duties(category, spec.markets, knowledge.regulations, spec.language) if category else (),
        category,
        detected=bool(category) and not spec.category,
    )


def _mentioned(spec: Specification, knowledge: Knowledge) -> set[str]:
    given = {one.attribute for one in spec.requirements}
    return (given | {read(one.text, knowledge).attribute for one in spec.requirements}) - {""}


def language_of(lines: Iterable[str], knowledge: Knowledge) -> str:
    """The one that most lines are in, "" where nothing tells."""
    spoken = Counter(take_apart(line, knowledge.clarity, "").language for line in lines)
    del spoken[""]
    return spoken.most_common(1)[0][0] if spoken else ""
