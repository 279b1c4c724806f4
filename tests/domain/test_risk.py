"""What a contract leaves unprotected, and that nobody confirms without knowing it."""

from typing import Any

import pytest
from msgspec.structs import replace

from tests.specification import ANSWERS, REQUIREMENTS
from tests.world import KNOWLEDGE, World, done, terms
from tradehold.domain import trade_commands as c
from tradehold.domain import trade_events as e
from tradehold.domain.clarity import gaps
from tradehold.domain.contract import Answer, Terms
from tradehold.domain.refusal import Code, Refusal
from tradehold.domain.regulation import MARKETS, duties
from tradehold.domain.requirement import Requirement, Specification
from tradehold.domain.risk import risks

UNANSWERED = tuple(f"unanswered_{one.question}" for one in ANSWERS)
VAGUE = (*REQUIREMENTS, Requirement("Good quality"))


def _with_duties(category: str, market: str) -> tuple[Requirement, ...]:
    proposed = duties(category, [market], KNOWLEDGE.regulations)
    return tuple(Requirement(one.requirement, duty=one.regulation.id) for one in proposed if one.proposed)


@pytest.mark.parametrize(
    ("changed", "wanted"),
    [
        ({}, ()),
        ({"requirements": ()}, ("no_requirements",)),
        ({"answers": ()}, UNANSWERED),
        ({"answers": ANSWERS[1:]}, UNANSWERED[:1]),
        ({"answers": (replace(ANSWERS[0], evidence=()), *ANSWERS[1:])}, UNANSWERED[:1]),
        ({"answers": (replace(ANSWERS[0], text=" "), *ANSWERS[1:])}, UNANSWERED[:1]),
        ({"requirements": VAGUE}, ("vague_words",)),
        ({"requirements": (Requirement("Fabric weight 200 gsm"),)}, ("no_tolerance",)),
        ({"remarks": "Two years of warranty."}, ("not_products",)),
    ],
)
def test_each_kind_of_gap_is_a_risk(changed: dict[str, Any], wanted: tuple[str, ...]) -> None:
    assert risks(terms(**changed), KNOWLEDGE) == wanted


def test_what_every_contract_of_the_category_fixes_is_missed() -> None:
    """A contract for shirts that says nothing of fabric and sizes; without a category nothing is known."""
    shirts = terms(category="adult_apparel", market="DE")
    assert "missing_attributes" in risks(shirts, KNOWLEDGE)
    assert "missing_attributes" not in risks(terms(), KNOWLEDGE)
    template = KNOWLEDGE.categories.categories["adult_apparel"].template.en
    filled = tuple(Requirement(line.replace("⟨", "").replace("⟩", "")) for line in template)
    assert "missing_attributes" not in risks(replace(shirts, requirements=filled), KNOWLEDGE)


def test_rules_of_the_market_that_were_proposed_and_left_out_are_a_risk() -> None:
    toys = terms(category="toys", market="JP")
    assert "market_duties" in risks(toys, KNOWLEDGE)
    taken = replace(toys, requirements=(*REQUIREMENTS, *_with_duties("toys", "JP")))
    assert "market_duties" not in risks(taken, KNOWLEDGE)
    assert "market_duties" not in risks(replace(toys, category=""), KNOWLEDGE)


@pytest.mark.parametrize("market", sorted(MARKETS))
def test_a_rule_in_its_own_words_leaves_nothing_open_until_somebody_changes_them(market: str) -> None:
    taken = _with_duties("childrens_clothing", market)
    assert taken
    assert gaps(Specification(taken), KNOWLEDGE) == ()
    spoilt = tuple(replace(one, text=f"{one.text}, good quality") for one in taken)
    assert {gap.code for gap in gaps(Specification(spoilt), KNOWLEDGE)} >= {"vague_words"}


def _vague() -> Terms:
    written = terms(requirements=VAGUE, answers=ANSWERS[:3])
    return replace(written, risks=risks(written, KNOWLEDGE))


def test_terms_that_hide_a_risk_are_refused_with_what_they_must_say() -> None:
    hidden = replace(_vague(), risks=())
    refused = World().buyer(c.Draft(hidden))
    assert isinstance(refused, Refusal)
    assert refused.code is Code.INVALID_TERMS
    assert "vague_words, unanswered_compliance" in refused.fields["risks"]


def test_whoever_confirms_names_each_risk_and_the_record_keeps_it() -> None:
    world = World()
    done(world.buyer(c.Draft(_vague())))
    for acknowledged in ((), ("vague_words",), ("unanswered_compliance", "no_unit")):
        answer = world.buyer(c.Confirm(1, world.now.hash, acknowledged=acknowledged))
        assert isinstance(answer, Refusal)
        assert answer.code is Code.UNACKNOWLEDGED
    assert "vague_words" in answer.message
    every = world.now.deal.risks
    [confirmed] = done(world.buyer(c.Confirm(1, world.now.hash, acknowledged=every)))
    assert confirmed == e.Confirmed(
        1, confirmed.by, confirmed.clocks, ("vague_words", "unanswered_compliance")
    )
    assert isinstance(world.supplier(c.Confirm(1, world.now.hash)), Refusal)
    done(world.supplier(c.Confirm(1, world.now.hash, acknowledged=every)))
    assert world.now.stage == "confirmed"


def test_agreeing_to_an_amendment_acknowledges_its_risks() -> None:
    world = World()
    done(world.buyer(c.Draft(terms())))
    world.confirm()
    world.pay("3780.00")
    done(world.buyer(c.Amend(1, _vague(), "the label changed")))
    amendment = world.now.amendment
    assert amendment is not None
    answer = world.supplier(c.AgreeAmendment(2, amendment.hash))
    assert isinstance(answer, Refusal)
    assert answer.code is Code.UNACKNOWLEDGED
    done(world.supplier(c.AgreeAmendment(2, amendment.hash, amendment.deal.risks)))
    assert world.now.deal.risks == _vague().risks


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"requirements": (Requirement(" "),)}, "requirements.0.text"),
        ({"requirements": (Requirement("x" * 1001),)}, "requirements.0.text"),
        ({"requirements": (Requirement("blue", line=2),)}, "requirements.0.line"),
        (
            {"requirements": (Requirement("blue", operator="between", values=(2, 1)),)},
            "requirements.0.values",
        ),
        ({"requirements": (Requirement("blue", operator="at_least"),)}, "requirements.0.values"),
        ({"requirements": (Requirement("blue"),) * 2001}, "requirements"),
        ({"requirements": (Requirement("b" * 1000),) * 201}, "requirements"),
        ({"answers": (*ANSWERS, ANSWERS[0])}, "answers"),
        ({"answers": (Answer("ability", "seen", ("audit.pdf",)),)}, "answers.0.evidence"),
        ({"further_markets": ("California",)}, "further_markets.0"),
        ({"market": "us"}, "market"),
    ],
)
def test_a_wrong_specification_names_its_field(changed: dict[str, Any], field: str) -> None:
    refused = World().buyer(c.Draft(terms(**changed)))
    assert isinstance(refused, Refusal)
    assert field in refused.fields
