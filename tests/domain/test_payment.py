"""Each bank line becomes exactly one outcome, with its postings; and whose name it carries."""

from typing import Any

import pytest

from tests.world import BUYERS, UNCLE, World, done, operator, terms
from tradehold.domain import account, contract
from tradehold.domain import trade_commands as c
from tradehold.domain.bank import Party
from tradehold.domain.identity import account_ref, token
from tradehold.domain.money import Money
from tradehold.domain.payment import same_name
from tradehold.domain.reference import rf_reference

INTO = ("bank_client", "in_transit")


@pytest.mark.parametrize(
    ("changed", "lines", "payer", "postings", "stage"),
    [
        # paid in full
        ({}, ["3780.00"], BUYERS, [(*INTO, 378_000), ("in_transit", "hold", 378_000)], "producing"),
        # short within the tolerance: complete, and the difference is a cost
        (
            {}, ["3750.00"], BUYERS,
            [(*INTO, 375_000), ("in_transit", "hold", 375_000), ("rail_cost", "bank_own", 3_000),
             ("bank_client", "hold", 3_000)],
            "producing",
        ),
        # short beyond it: held, and more is asked for
        ({}, ["3700.00"], BUYERS, [(*INTO, 370_000), ("in_transit", "hold", 370_000)], "confirmed"),
        # over: the surplus goes back
        (
            {}, ["3800.00"], BUYERS,
            [(*INTO, 380_000), ("in_transit", "hold", 378_000), ("in_transit", "buyer_refundable", 2_000)],
            "producing",
        ),
        # over, kept for the balance with consent
        ({"surplus": "keep"}, ["3800.00"], BUYERS, [(*INTO, 380_000), ("in_transit", "hold", 380_000)],
         "producing"),
        # split over two lines
        (
            {}, ["1000.00", "2780.00"], BUYERS,
            [(*INTO, 100_000), ("in_transit", "hold", 100_000), (*INTO, 278_000),
             ("in_transit", "hold", 278_000)],
            "producing",
        ),
        # third-party payer
        ({}, ["3780.00"], UNCLE, [(*INTO, 378_000), ("in_transit", "suspense", 378_000)], "confirmed"),
        # the bank told no name: the reference is enough
        ({}, ["3780.00"], Party(), [(*INTO, 378_000), ("in_transit", "hold", 378_000)], "producing"),
    ],
)  # fmt: skip
def test_outcomes_and_their_postings(
    changed: dict[str, Any], lines: list[str], payer: Party, postings: list[Any], stage: str
) -> None:
    world = World()
    world.agree(terms(**changed))
    before = len(world.postings)
    for amount in lines:
        world.pay(amount, payer)
    assert [(p.debit, p.credit, p.amount.minor) for _, p in world.postings[before:]] == postings
    assert world.now.stage == stage


def other_outcomes() -> dict[str, Any]:
    def unknown(world: World) -> None:
        world.pay("3780.00", remittance="shirts")

    def duplicate(world: World) -> None:
        line = world.pay("3780.00")
        with pytest.raises(AssertionError, match="counted before"):
            world.bank_books(line)

    def wrong_currency(world: World) -> None:
        party = world.machines[account_ref("USD")].party
        done(world.do(account_ref("JPY"), operator, account.OpenAccount("JPY", party)))
        text = rf_reference(token(world.trade))
        world.bank_books(world.line("0", amount=Money(5_000, "JPY"), remittance=text))

    def late(world: World) -> None:
        world.pass_time(days=16)
        world.pay("3780.00")

    def reversal(world: World) -> None:
        world.take_back(world.pay("3780.00"))

    def third_party_reversal(world: World) -> None:
        world.take_back(world.pay("3780.00", UNCLE))

    return {
        "unknown": (unknown, [("bank_client", "suspense")]),
        "duplicate": (duplicate, [INTO, ("in_transit", "hold")]),
        "wrong_currency": (wrong_currency, [INTO, ("in_transit", "buyer_refundable")]),
        "late": (late, [("cover_reserved", "cover_available"), INTO, ("in_transit", "buyer_refundable")]),
        "reversal": (
            reversal,
            [INTO, ("in_transit", "hold"), ("in_transit", "bank_client"), ("hold", "in_transit")],
        ),
        "third_party_reversal": (
            third_party_reversal,
            [INTO, ("in_transit", "suspense"), ("in_transit", "bank_client"), ("suspense", "in_transit")],
        ),
    }


@pytest.mark.parametrize("name", other_outcomes())
def test_outcomes_that_are_no_payment(name: str) -> None:
    act, postings = other_outcomes()[name]
    world = World()
    world.agree()
    before = len(world.postings)
    act(world)
    assert [(p.debit, p.credit) for _, p in world.postings[before:]] == postings


@pytest.mark.parametrize(
    ("due", "currency", "allowed"),
    [(378_000, "USD", 3_780), (10_000_000, "USD", 5_000), (10_000, "JPY", 100), (99, "USD", 0),
     (1_000_000, "CHF", 10_000)],
)  # fmt: skip
def test_the_tolerance_is_a_share_with_a_cap(due: int, currency: str, allowed: int) -> None:
    assert World().knowledge.policy.tolerance(due, currency) == allowed


@pytest.mark.parametrize(
    ("bank", "registered", "same"),
    [
        ("MUELLER", "Müller", False),  # transliteration is a person's judgement
        ("MULLER & SOHNE GMBH", "Müller & Söhne GmbH", True),
        ("Söhne Müller", "Müller & Söhne GmbH", True),
        ("NINGBO TEXTILE CO LTD", "Ningbo Textile Co., Ltd.", True),
        ("Ningbo Textiles Co Ltd", "Ningbo Textile Co., Ltd.", False),
        ("宁波纺织有限公司", "宁波纺织有限公司", True),
        ("宁波纺织有限公司", "宁波服装有限公司", False),
        ("شركة النسيج", "شركة النسيج", True),
        ("شَرِكَة النسيج", "شركة النسيج", True),  # vowel marks
        ("شركة القطن", "شركة النسيج", False),
        ("Ａｃｍｅ Inc", "ACME", True),  # full width
        ("Straße AG", "STRASSE", True),
        ("Ltd", "Limited Co", False),  # nothing is left to compare
    ],
)
def test_same_name(bank: str, registered: str, same: bool) -> None:
    assert same_name(bank, registered) is same


@pytest.mark.parametrize(
    ("ship_by", "paid_late", "days"),
    [
        (contract.ShipBy(days=40), 5, 45),  # the balance was five days late
        (contract.ShipBy(days=40), 0, 40),
        (contract.ShipBy(days=30, after="last_payment"), 5, 35),
        (contract.ShipBy(days=1000, after="last_payment"), 5, 125),  # the long stop
        (contract.ShipBy(days=1000), 0, 120),
    ],
)
def test_ship_by_dates_follow_the_payments(ship_by: contract.ShipBy, paid_late: int, days: int) -> None:
    world = World()
    world.agree(terms(ship_by=ship_by))
    start = world.at
    world.pay("3780.00")
    done(world.supplier(c.ReportProduction()))
    world.pass_time(days=paid_late)
    world.pay("8820.00")
    assert (world.now.ship_by - start).days == days
