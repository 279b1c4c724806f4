"""How much cover a supplier's record earns, as a sum that anybody can do again by hand.

In whole minor units, every product rounded down:

1. Without every required verification there is no cover.
2. *Start*: an amount of the currency, and a share of it more for each further verification.
3. *Growth*: a share of the value of completed trades. Trades between related companies are no part of it.
4. *Punctuality and inspections* temper that. Each is a share that counts once enough trades were judged; an
   unknown one is neutral. From `full_bps` up nothing changes; below, growth is multiplied by the share; below
   `floor_bps`, so much of the start is taken as well.
5. *Disputes lost*: each takes a share of the sum so far.
6. The sum is never above the currency's cap.
"""

from collections.abc import Iterator
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from tradehold.domain.money import EXPONENT, LIMIT, Money

WHOLE = 10_000  # basis points


class CoverRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A policy's `[cover]`: amounts in minor units by currency, shares in basis points.

    A currency without a start has no cover. Raises ValueError where start and cap do not fit together or a
    number is out of its range.
    """

    required: tuple[str, ...] = ("registration", "bank_account", "on_site")
    start: dict[str, int] = {}
    most: dict[str, int] = {}  # the cap
    extra: dict[str, int] = {}  # by further verification, a share of the start
    growth_bps: int = 2500  # of completed value
    judged_from: int = 3  # trades (inspections) from which the share on time (passed) is known
    on_time_full_bps: int = 9500
    on_time_floor_bps: int = 7000
    passed_full_bps: int = 9500
    passed_floor_bps: int = 7000
    floor_cut_bps: int = 5000  # of the start, for each share below its floor
    dispute_lost_bps: int = 1000

    def __post_init__(self) -> None:
        if self.start.keys() != self.most.keys():
            raise ValueError("cover.start and cover.most must name the same currencies")
        if unknown := sorted(self.start.keys() - EXPONENT.keys()):
            raise ValueError(f"cover.start names {unknown[0]}, which is not an ISO 4217 currency")
        for currency, start in self.start.items():
            if not 0 <= start <= self.most[currency] < LIMIT:
                raise ValueError(f"cover.start.{currency} must be from 0 to cover.most.{currency}")
        if both := sorted(self.extra.keys() & set(self.required)):
            raise ValueError(f"cover.extra.{both[0]} is required already; it cannot be extra too")
        if self.judged_from < 1:
            raise ValueError("cover.judged_from must be 1 or more")
        shares = {f"extra.{kind}": share for kind, share in self.extra.items()}
        shares |= {name: getattr(self, name) for name in self.__struct_fields__ if name.endswith("_bps")}
        for name, share in shares.items():
            if not 0 <= share <= WHOLE:
                raise ValueError(f"cover.{name} must be from 0 to {WHOLE} basis points")
        if self.on_time_floor_bps > self.on_time_full_bps or self.passed_floor_bps > self.passed_full_bps:
            raise ValueError("a floor of cover must not be above the share that is full")


class Inputs(msgspec.Struct, frozen=True):
    """A supplier's record in one currency. `judged` are the trades of which it is known whether they shipped
    `on_time`, `inspected` those of which an inspection was `passed` or not."""

    verified: tuple[str, ...]  # kinds of verification that are valid now
    currency: str
    completed_minor: int
    trades: int
    judged: int
    on_time: int
    inspected: int
    passed: int
    disputes_lost: int
    related_excluded: int  # trades with related companies, left out of all other numbers


class Term(StrEnum):
    NO_CURRENCY = "no_currency"
    MISSING = "missing"
    START = "start"
    EXTRA = "extra"
    GROWTH = "growth"
    RELATED = "related"
    ON_TIME_GROWTH = "on_time_growth"
    ON_TIME_START = "on_time_start"
    PASSED_GROWTH = "passed_growth"
    PASSED_START = "passed_start"
    DISPUTES = "disputes"
    CAP = "cap"


TERMS: dict[Term, str] = {
    Term.NO_CURRENCY: "No cover is offered in {currency}.",
    Term.MISSING: "There is no valid verification: {kind}. Without it there is no cover.",
    Term.START: "Start, with all required verifications",
    Term.EXTRA: "Verification beyond what is required: {kind}, {share} of {of}",
    Term.GROWTH: "{share} of {of} in {trades} completed trades",
    Term.RELATED: "Trades with related companies, which earn nothing: {trades}",
    Term.ON_TIME_GROWTH: "Shipped on time: {count} of {judged}, below {full}: growth counts in that share",
    Term.ON_TIME_START: "Shipped on time: {count} of {judged}, below {floor}: {share} of the start is gone",
    Term.PASSED_GROWTH: "Inspections passed: {count} of {judged}, below {full}: growth counts in that share",
    Term.PASSED_START: "Inspections passed: {count} of {judged}, below {floor}: {share} of the start is gone",
    Term.DISPUTES: "Disputes lost: {count}, each takes {share} of {of}",
    Term.CAP: "No more than {of}",
}


class Step(msgspec.Struct, frozen=True, omit_defaults=True):
    """One term of the sum: the minor units it adds or takes, and the numbers it was made of."""

    code: Term
    minor: int
    data: dict[str, str | int] = {}

    @property
    def message(self) -> str:
        return TERMS[self.code].format_map(self.data)


class Way(StrEnum):
    VERIFY = "verify"
    ON_TIME = "on_time"
    PASSED = "passed"
    DISPUTE = "dispute"
    COMPLETE = "complete"


WAYS: dict[Way, str] = {
    Way.VERIFY: "A valid verification: {kinds}",
    Way.ON_TIME: "Shipping on time in {full} of trades again",
    Way.PASSED: "Passing {full} of inspections again",
    Way.DISPUTE: "One lost dispute fewer",
    Way.COMPLETE: "A further {value} of completed trades",
}


class Raise(msgspec.Struct, frozen=True, omit_defaults=True):
    """What would raise the limit, by how many minor units, everything else staying as it is. `inputs` are
    those for which this can be computed again."""

    code: Way
    minor: int
    inputs: Inputs
    data: dict[str, str | int] = {}

    @property
    def message(self) -> str:
        return WAYS[self.code].format_map(self.data)


class Computed(msgspec.Struct, frozen=True):
    """The `steps` add up to the limit."""

    limit: Money
    steps: tuple[Step, ...]
    raise_by: tuple[Raise, ...]


def compute(rule: CoverRule, inputs: Inputs) -> Computed:
    steps = _steps(rule, inputs)
    limit = _sum(steps)
    raises = tuple(
        Raise(code, more, changed, data)
        for code, changed, data in _ways(rule, inputs)
        if (more := _sum(_steps(rule, changed)) - limit) > 0
    )
    return Computed(Money(limit, inputs.currency), tuple(steps), raises)


def _sum(steps: list[Step]) -> int:
    return sum(step.minor for step in steps)


def _steps(rule: CoverRule, inputs: Inputs) -> list[Step]:
    currency = inputs.currency
    if currency not in rule.start:
        return [Step(Term.NO_CURRENCY, 0, {"currency": currency})]
    if missing := _missing(rule, inputs):
        return [Step(Term.MISSING, 0, {"kind": kind}) for kind in missing]
    start = rule.start[currency]
    steps = [Step(Term.START, start), *_extras(rule, inputs, start)]
    grown = inputs.completed_minor * rule.growth_bps // WHOLE
    if inputs.completed_minor:
        value = _amount(inputs.completed_minor, currency)
        share = percent(rule.growth_bps)
        steps.append(Step(Term.GROWTH, grown, {"share": share, "of": value, "trades": inputs.trades}))
    if inputs.related_excluded:
        steps.append(Step(Term.RELATED, 0, {"trades": inputs.related_excluded}))
    for judged in _shares(rule, inputs):
        tempered = judged.temper(rule, start, grown)
        for step in tempered:
            if step.code is judged.growth:
                grown += step.minor
            else:
                start += step.minor
        steps += tempered
    steps += _disputes(rule, inputs, _sum(steps))
    over = _sum(steps) - rule.most[currency]
    if over > 0:
        steps.append(Step(Term.CAP, -over, {"of": _amount(rule.most[currency], currency)}))
    return steps


def _missing(rule: CoverRule, inputs: Inputs) -> list[str]:
    return [kind for kind in rule.required if kind not in inputs.verified]


def _extras(rule: CoverRule, inputs: Inputs, start: int) -> Iterator[Step]:
    for kind, share in rule.extra.items():
        if kind in inputs.verified:
            of = _amount(start, inputs.currency)
            yield Step(Term.EXTRA, start * share // WHOLE, {"kind": kind, "share": percent(share), "of": of})


class _Share(msgspec.Struct, frozen=True):
    """`count` of `judged`, and the terms by which it tempers growth and start."""

    count: int
    judged: int
    full_bps: int
    floor_bps: int
    growth: Term
    start: Term

    def below(self, bps: int) -> bool:
        return self.count * WHOLE < bps * self.judged

    def temper(self, rule: CoverRule, start: int, grown: int) -> list[Step]:
        if self.judged < rule.judged_from or not self.below(self.full_bps):
            return []
        counted: dict[str, str | int] = {"count": self.count, "judged": self.judged}
        kept = grown * self.count // self.judged
        steps = [Step(self.growth, kept - grown, {**counted, "full": percent(self.full_bps)})]
        if self.below(self.floor_bps):
            kept = start * (WHOLE - rule.floor_cut_bps) // WHOLE
            data = {"floor": percent(self.floor_bps), "share": percent(rule.floor_cut_bps)}
            steps.append(Step(self.start, kept - start, {**counted, **data}))
        return steps


def _shares(rule: CoverRule, inputs: Inputs) -> tuple[_Share, _Share]:
    on_time = (inputs.on_time, inputs.judged, rule.on_time_full_bps, rule.on_time_floor_bps)
    passed = (inputs.passed, inputs.inspected, rule.passed_full_bps, rule.passed_floor_bps)
    return (
        _Share(*on_time, Term.ON_TIME_GROWTH, Term.ON_TIME_START),
        _Share(*passed, Term.PASSED_GROWTH, Term.PASSED_START),
    )


def _disputes(rule: CoverRule, inputs: Inputs, earned: int) -> Iterator[Step]:
    if inputs.disputes_lost:
        kept = earned * max(0, WHOLE - inputs.disputes_lost * rule.dispute_lost_bps) // WHOLE
        data = {"share": percent(rule.dispute_lost_bps), "of": _amount(earned, inputs.currency)}
        yield Step(Term.DISPUTES, kept - earned, {"count": inputs.disputes_lost, **data})


def _ways(rule: CoverRule, inputs: Inputs) -> Iterator[tuple[Way, Inputs, dict[str, str | int]]]:
    """Changes that may raise the limit. Where required verifications are missing only all of them together
    can, so nothing else is named until they are there."""
    if missing := _missing(rule, inputs):
        verified = replace(inputs, verified=(*inputs.verified, *missing))
        yield Way.VERIFY, verified, {"kinds": ", ".join(missing)}
        return
    for kind in rule.extra:
        if kind not in inputs.verified:
            yield Way.VERIFY, replace(inputs, verified=(*inputs.verified, kind)), {"kinds": kind}
    on_time = -(-rule.on_time_full_bps * inputs.judged // WHOLE)
    if inputs.on_time < on_time:
        yield Way.ON_TIME, replace(inputs, on_time=on_time), {"full": percent(rule.on_time_full_bps)}
    passed = -(-rule.passed_full_bps * inputs.inspected // WHOLE)
    if inputs.passed < passed:
        yield Way.PASSED, replace(inputs, passed=passed), {"full": percent(rule.passed_full_bps)}
    if inputs.disputes_lost:
        yield Way.DISPUTE, replace(inputs, disputes_lost=inputs.disputes_lost - 1), {}
    if more := rule.start.get(inputs.currency, 0):
        further = replace(inputs, completed_minor=inputs.completed_minor + more)
        yield Way.COMPLETE, further, {"value": _amount(more, inputs.currency)}


def percent(bps: int) -> str:
    """12.5 % for 1250, without needless zeros."""
    whole, rest = divmod(bps, 100)
    return f"{whole}.{rest:02}".rstrip("0").rstrip(".") + " %"


def _amount(minor: int, currency: str) -> str:
    """A plain decimal; a whole history's value may be beyond what Money holds."""
    digits = EXPONENT[currency]
    whole, rest = divmod(minor, 10**digits)
    return f"{currency} {whole}.{rest:0{digits}}" if digits else f"{currency} {whole}"
