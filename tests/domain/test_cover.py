from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tradehold.domain.cover import CoverRule, Inputs, Term, Way, compute, percent
from tradehold.domain.money import Money

REQUIRED = ("registration", "bank_account", "on_site")
RULE = CoverRule(
    start={"USD": 1_000_000, "JPY": 1_500_000},
    most={"USD": 100_000_000, "JPY": 150_000_000},
    extra={"licence": 2500, "certificate": 1000},
)
NEW = Inputs(REQUIRED, "USD", 0, 0, 0, 0, 0, 0, 0, 0)


def terms(inputs: Inputs, rule: CoverRule = RULE) -> list[tuple[str, int]]:
    return [(step.code.value, step.minor) for step in compute(rule, inputs).steps]


def limit(rule: CoverRule, inputs: Inputs) -> int:
    return compute(rule, inputs).limit.minor


def test_a_verified_newcomer_has_the_start() -> None:
    computed = compute(RULE, NEW)
    assert computed.limit == Money(1_000_000, "USD")
    assert [(step.code, step.minor, step.message) for step in computed.steps] == [
        (Term.START, 1_000_000, "Start, with all required verifications")
    ]
    assert [(one.message, one.minor) for one in computed.raise_by] == [
        ("A valid verification: licence", 250_000),
        ("A valid verification: certificate", 100_000),
        ("A further USD 10000.00 of completed trades", 250_000),
    ]


def test_without_what_is_required_there_is_none_and_the_steps_say_why() -> None:
    computed = compute(RULE, replace(NEW, verified=("registration", "licence"), completed_minor=9_999_999))
    assert computed.limit == Money(0, "USD")
    assert [step.message for step in computed.steps] == [
        "There is no valid verification: bank_account. Without it there is no cover.",
        "There is no valid verification: on_site. Without it there is no cover.",
    ]
    (way,) = computed.raise_by
    assert (way.code, way.minor) == (Way.VERIFY, 1_000_000 + 250_000 + 2_499_999)
    assert way.message == "A valid verification: bank_account, on_site"


def test_a_currency_without_a_start_has_no_cover() -> None:
    computed = compute(RULE, replace(NEW, currency="EUR", verified=()))
    assert (computed.limit, computed.raise_by) == (Money(0, "EUR"), ())
    assert [step.message for step in computed.steps] == ["No cover is offered in EUR."]


def test_a_clean_record_grows_by_a_quarter_of_what_was_completed() -> None:
    inputs = Inputs((*REQUIRED, "licence"), "USD", 8_000_002, 6, 6, 6, 5, 5, 0, 2)
    assert terms(inputs) == [("start", 1_000_000), ("extra", 250_000), ("growth", 2_000_000), ("related", 0)]
    assert [step.message for step in compute(RULE, inputs).steps[1:]] == [
        "Verification beyond what is required: licence, 25 % of USD 10000.00",
        "25 % of USD 80000.02 in 6 completed trades",
        "Trades with related companies, which earn nothing: 2",
    ]


def test_a_share_below_full_tempers_growth_only() -> None:
    inputs = replace(NEW, completed_minor=8_000_000, trades=10, judged=10, on_time=9)
    assert terms(inputs) == [("start", 1_000_000), ("growth", 2_000_000), ("on_time_growth", -200_000)]
    assert compute(RULE, inputs).steps[2].message == (
        "Shipped on time: 9 of 10, below 95 %: growth counts in that share"
    )
    (way,) = [one for one in compute(RULE, inputs).raise_by if one.code is Way.ON_TIME]
    assert (way.message, way.minor) == ("Shipping on time in 95 % of trades again", 200_000)


def test_a_share_below_the_floor_halves_the_start_too() -> None:
    inputs = replace(NEW, completed_minor=8_000_000, trades=10, judged=10, on_time=6, inspected=4, passed=2)
    assert terms(inputs) == [
        ("start", 1_000_000),
        ("growth", 2_000_000),
        ("on_time_growth", -800_000),  # 60 % of it count: 1,200,000
        ("on_time_start", -500_000),
        ("passed_growth", -600_000),  # half of what is left counts
        ("passed_start", -250_000),
    ]
    assert limit(RULE, inputs) == 850_000


def test_the_borders_belong_to_the_better_side() -> None:
    at_full = replace(NEW, completed_minor=400, trades=20, judged=20, on_time=19)  # 95 %
    assert terms(at_full) == [("start", 1_000_000), ("growth", 100)]
    at_floor = replace(at_full, on_time=14)  # 70 %
    assert terms(at_floor) == [("start", 1_000_000), ("growth", 100), ("on_time_growth", -30)]


def test_few_trades_are_no_record_yet() -> None:
    inputs = replace(NEW, completed_minor=4_000_000, trades=2, judged=2, on_time=0, inspected=2, passed=0)
    assert terms(inputs) == [("start", 1_000_000), ("growth", 1_000_000)]
    assert not {Way.ON_TIME, Way.PASSED} & {one.code for one in compute(RULE, inputs).raise_by}


def test_each_lost_dispute_takes_a_tenth_of_the_sum() -> None:
    inputs = replace(NEW, completed_minor=4_000_000, trades=4, disputes_lost=3)
    assert terms(inputs)[-1] == ("disputes", -600_000)
    assert compute(RULE, inputs).steps[-1].message == "Disputes lost: 3, each takes 10 % of USD 20000.00"
    (way,) = [one for one in compute(RULE, inputs).raise_by if one.code is Way.DISPUTE]
    assert (way.message, way.minor) == ("One lost dispute fewer", 200_000)
    assert limit(RULE, replace(inputs, disputes_lost=99)) == 0


def test_the_cap_is_the_end() -> None:
    inputs = replace(NEW, completed_minor=10**16, trades=500)
    computed = compute(RULE, inputs)
    assert computed.limit == Money(100_000_000, "USD")
    assert (computed.steps[-1].code, computed.steps[-1].message) == (Term.CAP, "No more than USD 1000000.00")
    assert computed.raise_by == ()


def test_what_is_lost_by_rounding_is_the_suppliers_loss() -> None:
    inputs = replace(NEW, currency="JPY", completed_minor=7, trades=3, judged=3, on_time=2)
    assert terms(inputs) == [
        ("start", 1_500_000),
        ("growth", 1),
        ("on_time_growth", -1),
        ("on_time_start", -750_000),
    ]
    assert compute(RULE, inputs).steps[1].data["of"] == "JPY 7"


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"most": {"USD": 1}}, "cover.start and cover.most must name the same currencies"),
        ({"start": {"USD": 2}, "most": {"USD": 1}}, "cover.start.USD must be from 0 to cover.most.USD"),
        (
            {"start": {"XXX": 2}, "most": {"XXX": 2}},
            "cover.start names XXX, which is not an ISO 4217 currency",
        ),
        ({"extra": {"on_site": 1}}, "cover.extra.on_site is required already; it cannot be extra too"),
        ({"extra": {"licence": 10_001}}, "cover.extra.licence must be from 0 to 10000 basis points"),
        ({"growth_bps": -1}, "cover.growth_bps must be from 0 to 10000 basis points"),
        ({"judged_from": 0}, "cover.judged_from must be 1 or more"),
        ({"on_time_floor_bps": 9600}, "a floor of cover must not be above the share that is full"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(changed: dict[str, Any], problem: str) -> None:
    written = {**msgspec.to_builtins(RULE), **changed}
    with pytest.raises(msgspec.ValidationError) as refused:
        msgspec.convert(written, CoverRule)
    assert str(refused.value) == problem


def test_a_rule_knows_all_its_fields() -> None:
    with pytest.raises(msgspec.ValidationError, match="unknown field `growth`"):
        msgspec.convert({"growth": 1}, CoverRule)


def test_shares_are_written_without_needless_zeros() -> None:
    assert [percent(bps) for bps in (0, 5, 50, 1250, 2500, 10_000)] == [
        "0 %",
        "0.05 %",
        "0.5 %",
        "12.5 %",
        "25 %",
        "100 %",
    ]


# -- what holds for every rule and every record

BPS = st.integers(0, 10_000)
KINDS = ("registration", "bank_account", "on_site", "licence", "certificate")


@st.composite
def rules(draw: st.DrawFn) -> CoverRule:
    most = draw(st.integers(0, 10**9))
    full, floor = sorted((draw(BPS), draw(BPS)), reverse=True)
    return CoverRule(
        required=tuple(draw(st.lists(st.sampled_from(REQUIRED), unique=True))),
        start={"USD": draw(st.integers(0, most))},
        most={"USD": most},
        extra={"licence": draw(BPS), "certificate": draw(BPS)},
        growth_bps=draw(BPS),
        judged_from=draw(st.integers(1, 5)),
        on_time_full_bps=full,
        on_time_floor_bps=floor,
        passed_full_bps=full,
        passed_floor_bps=floor,
        floor_cut_bps=draw(BPS),
        dispute_lost_bps=draw(BPS),
    )


@st.composite
def records(draw: st.DrawFn) -> Inputs:
    judged, inspected = draw(st.integers(0, 40)), draw(st.integers(0, 40))
    return Inputs(
        verified=tuple(draw(st.lists(st.sampled_from(KINDS), unique=True))),
        currency="USD",
        completed_minor=draw(st.integers(0, 10**10)),
        trades=draw(st.integers(0, 50)),
        judged=judged,
        on_time=draw(st.integers(0, judged)),
        inspected=inspected,
        passed=draw(st.integers(0, inspected)),
        disputes_lost=draw(st.integers(0, 12)),
        related_excluded=draw(st.integers(0, 3)),
    )


@given(rules(), records())
def test_the_steps_add_up_to_a_limit_within_its_bounds(rule: CoverRule, record: Inputs) -> None:
    computed = compute(rule, record)
    assert sum(step.minor for step in computed.steps) == computed.limit.minor
    assert 0 <= computed.limit.minor <= rule.most["USD"]
    assert all(step.message for step in computed.steps)


@given(rules(), records())
def test_every_raise_comes_true(rule: CoverRule, record: Inputs) -> None:
    before = limit(rule, record)
    for one in compute(rule, record).raise_by:
        assert one.minor > 0
        assert limit(rule, one.inputs) == before + one.minor
        assert one.message


@given(rules(), records(), st.integers(0, 10**10))
def test_more_completed_never_lowers_it(rule: CoverRule, record: Inputs, more: int) -> None:
    assert limit(rule, replace(record, completed_minor=record.completed_minor + more)) >= limit(rule, record)


@given(rules(), records(), st.sampled_from(KINDS))
def test_a_verification_never_lowers_it(rule: CoverRule, record: Inputs, kind: str) -> None:
    assert limit(rule, replace(record, verified=(*record.verified, kind))) >= limit(rule, record)


@given(rules(), records(), st.integers(1, 5))
def test_a_lost_dispute_never_raises_it(rule: CoverRule, record: Inputs, more: int) -> None:
    assert limit(rule, replace(record, disputes_lost=record.disputes_lost + more)) <= limit(rule, record)


@given(rules(), records())
def test_a_better_share_never_lowers_it(rule: CoverRule, record: Inputs) -> None:
    if record.on_time < record.judged:
        assert limit(rule, replace(record, on_time=record.on_time + 1)) >= limit(rule, record)
    if record.passed < record.inspected:
        assert limit(rule, replace(record, passed=record.passed + 1)) >= limit(rule, record)


@given(rules(), records())
def test_what_is_unknown_is_like_the_best(rule: CoverRule, record: Inputs) -> None:
    unknown = replace(record, judged=0, on_time=0, inspected=0, passed=0)
    best = replace(record, on_time=record.judged, passed=record.inspected)
    assert limit(rule, unknown) == limit(rule, best)
