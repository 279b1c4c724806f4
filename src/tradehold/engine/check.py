"""What a look at a specification says, in words: one shape for the command line and the API, which the pages
lay out."""

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import msgspec

from tradehold.domain import clarity
from tradehold.domain.given import Knowledge
from tradehold.domain.regulation import Duty
from tradehold.domain.requirement import Gap, GapCode, Specification
from tradehold.domain.specification import Assessed, assess, language_of
from tradehold.engine.specfields import Spec, SpecFileError

MOST_FOR_ANYBODY = 200_000  # characters
# One at a time, so that whoever has an account never waits for those who have none.
_BESIDE = ThreadPoolExecutor(1, "check")


class GapSaid(msgspec.Struct, frozen=True):
    """`requirement` is the text as written, `line` its number from 1 (null for a remark), `words` those that
    cause the gap. `suggestion` is a whole line to put in its place, "" where only its author can know."""

    requirement: str
    line: int | None
    code: GapCode
    words: str
    message: str
    suggestion: str


class MissingSaid(msgspec.Struct, frozen=True):
    """`importance` is 1 where every contract for such goods fixes it, 2 where most do. The blanks of the
    suggested line are marked ⟨…⟩."""

    attribute: str
    name: str
    importance: int
    suggestion: str


class DutySaid(msgspec.Struct, frozen=True):
    """A rule of a market. `relation` (<=, <, >=), `limit` and `unit` are empty where no single number says
    it. `requirement` is a proposed line; a rule that is not `proposed` is only something to check, as nobody
    has confirmed it."""

    id: str
    market: str
    regulation: str
    citation: str
    kind: str
    parameter: str
    scope: str
    relation: str
    limit: Decimal | None
    unit: str
    evidence: tuple[str, ...]
    mark: str
    source: str
    confidence: str
    proposed: bool
    requirement: str


class Said(msgspec.Struct, frozen=True):
    gaps: tuple[GapSaid, ...]
    missing_attributes: tuple[MissingSaid, ...]
    duties: tuple[DutySaid, ...]


class Looked(msgspec.Struct, frozen=True):
    """A specification as it was looked at, what was found, and the same in words."""

    spec: Specification
    found: Assessed
    said: Said


def look(spec: Spec, knowledge: Knowledge, language: str = "", there: Iterable[str] = ()) -> Looked:
    """`language` is that of the messages: else the file's own, else the one most lines are in, which lines to
    add are in anyway. `there` are names of documents that are at hand besides those that the file lists."""
    written = language_of([one.text for one in spec.requirements], knowledge)
    spoken = language or spec.language or written or "en"
    whole = Specification(
        spec.requirements, spec.category, spec.markets, (*spec.attachments, *there), spec.remarks,
        written or spoken,
    )  # fmt: skip
    found = assess(whole, knowledge, spec.title)
    return Looked(whole, found, say(whole, found, spoken, knowledge))


async def look_for_anybody(
    read: Callable[[], Spec], knowledge: Knowledge, language: str = ""
) -> tuple[Spec, Looked]:
    """Reads and looks beside everything else, at MOST_FOR_ANYBODY characters. Raises SpecFileError."""

    def work() -> tuple[Spec, Looked]:
        spec = read()
        size = sum(len(one.text) for one in spec.requirements)
        if size > MOST_FOR_ANYBODY:
            raise SpecFileError(
                f"the lines have {size:,} characters, of {MOST_FOR_ANYBODY:,} at most here; divide them, or "
                "use “tradehold check” on a machine of your own"
            )
        return spec, look(spec, knowledge, language)

    return await asyncio.get_running_loop().run_in_executor(_BESIDE, work)


def say(spec: Specification, found: Assessed, language: str, knowledge: Knowledge) -> Said:
    return Said(
        tuple(_gap(gap, spec, language, knowledge) for gap in found.gaps),
        tuple(
            MissingSaid(
                one.attribute,
                knowledge.categories.attributes[one.attribute].label(language),
                one.importance,
                one.suggestion.of(spec.language),
            )
            for one in found.missing
        ),
        tuple(_duty(one, language == "zh") for one in found.duties),
    )


def _gap(gap: Gap, spec: Specification, language: str, knowledge: Knowledge) -> GapSaid:
    if gap.requirement is None:
        text = _remark(spec.remarks, gap.start)
    else:
        text = spec.requirements[gap.requirement].text
    said = clarity.message(gap, language, knowledge)
    line = None if gap.requirement is None else gap.requirement + 1
    return GapSaid(text, line, gap.code, gap.words, said, gap.suggestion)


def _remark(remarks: str, place: int) -> str:
    """The line of the remarks in which it stands."""
    start = 0
    for line in remarks.splitlines(keepends=True):
        start += len(line)
        if place < start:
            return line.strip()
    return remarks


def _duty(duty: Duty, chinese: bool) -> DutySaid:
    one = duty.regulation
    return DutySaid(
        one.id, one.market, one.regulation, one.citation, one.kind,
        one.parameter_zh if chinese else one.parameter, one.scope_zh if chinese else one.scope,
        one.relation, one.limit, one.unit, one.evidence, one.mark, one.source, one.confidence,
        duty.proposed, duty.requirement,
    )  # fmt: skip
