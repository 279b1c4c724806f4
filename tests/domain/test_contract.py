"""What makes a contract complete: each thing that is wrong is named, and nothing makes the check itself
fail."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.world import OURS, World, done, operator, refused, terms
from tradehold.domain import account, contract
from tradehold.domain import trade_commands as c
from tradehold.domain.contract import Attachment, Item, Line, ShipBy, line_amount, problems, total
from tradehold.domain.identity import account_ref
from tradehold.domain.inspection import Waiver

LINE = terms().lines[0]
BUYER = terms().buyer


def line(**changed: Any) -> dict[str, Any]:
    return {"lines": (replace(LINE, **changed), terms().lines[1])}


def test_a_whole_contract_has_no_problems() -> None:
    assert problems(terms()) == {}


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"buyer": replace(BUYER, name="")}, "buyer.name"),
        ({"buyer": replace(BUYER, country="Germany")}, "buyer.country"),
        ({"buyer": replace(BUYER, company=1001)}, "supplier.company"),
        ({"currency": "XAU"}, "currency"),
        ({"lines": ()}, "lines"),
        ({"lines": (LINE,) * 501}, "lines"),
        (line(description=""), "lines.0.description"),
        (line(unit="box"), "lines.0.unit"),
        (line(quantity=Decimal(0)), "lines.0.quantity"),
        (line(quantity=Decimal("1.0001")), "lines.0.quantity"),
        (line(quantity=Decimal("NaN")), "lines.0.quantity"),
        (line(quantity=Decimal("Infinity")), "lines.0.quantity"),
        (line(unit_price=Decimal("-1")), "lines.0.unit_price"),
        (line(unit_price=Decimal("0.0000001")), "lines.0.unit_price"),
        (line(quantity=Decimal("0.001"), unit_price=Decimal("0.001")), "lines.0"),
        (line(quantity=Decimal(10**15 - 1), unit_price=Decimal(10**15 - 1)), "lines.0"),
        ({"schedule": ()}, "schedule"),
        ({"schedule": (Item(1, "confirmation"),)}, "schedule"),
        ({"schedule": (Item(1_260_000, "production"),)}, "schedule.0.due"),
        ({"schedule": (Item(1_260_001, "confirmation"), Item(-1, "production"))}, "schedule.1.amount"),
        ({"schedule": (Item(1, "confirmation"), Item(1_259_999, "confirmation"))}, "schedule.1.due"),
        ({"schedule": (Item(1, "confirmation"), Item(1_259_999, "date"))}, "schedule.1.on"),
        ({"ship_by": ShipBy()}, "ship_by"),
        ({"ship_by": ShipBy(on=date(2026, 5, 1), days=3)}, "ship_by"),
        ({"ship_by": ShipBy(days=0)}, "ship_by.days"),
        ({"long_stop_days": 0}, "long_stop_days"),
        ({"incoterm": "FOOB"}, "incoterm"),
        ({"place": ""}, "place"),
        ({"zone": "../../etc/passwd"}, "zone"),
        ({"zone": "America"}, "zone"),
        ({"zone": ""}, "zone"),
        ({"market": "de"}, "market"),
        ({"inspection": Waiver(" ")}, "inspection.reason"),
        ({"cover": 1}, "cover"),
        ({"late_price_cut_bps": 10_001}, "late_price_cut_bps"),
        ({"attachments": (Attachment("a.pdf", "00", 1),)}, "attachments.0.sha256"),
        ({"remarks": "x" * 20_001}, "remarks"),
    ],
)
def test_what_is_wrong_is_named(changed: dict[str, Any], field: str) -> None:
    found = problems(terms(**changed))
    assert field in found
    assert all(text.endswith((".", "”.")) for text in found.values())


def test_a_payment_after_the_ship_by_date_is_refused_because_nothing_ships_unpaid() -> None:
    schedule = (Item(378_000, "confirmation"), Item(882_000, "date", date(2026, 6, 1)))
    assert problems(terms(schedule=schedule, ship_by=ShipBy(on=date(2026, 6, 1)))) == {}
    assert set(problems(terms(schedule=schedule, ship_by=ShipBy(on=date(2026, 5, 31))))) == {"schedule.1.on"}


@pytest.mark.parametrize(
    ("quantity", "price", "currency", "minor"),
    [
        ("3", "0.335", "USD", 101),  # 1.005 is rounded half up, once
        ("3", "0.334999", "USD", 100),
        ("1000", "8.00", "JPY", 8_000),
        ("1.5", "1.5", "JPY", 2),
        ("2", "1.0005", "BHD", 2_001),
        ("999999999999.999", "0.000001", "USD", 100_000_000),
    ],
)
def test_a_lines_amount(quantity: str, price: str, currency: str, minor: int) -> None:
    assert line_amount(Line("s", "d", Decimal(quantity), "C62", Decimal(price)), currency) == minor


@given(
    st.decimals(allow_nan=True, allow_infinity=True),
    st.decimals(allow_nan=True, allow_infinity=True),
    st.text(max_size=5),
    st.integers(),
)
def test_no_contract_makes_the_check_fail(
    quantity: Decimal, price: Decimal, currency: str, cover: int
) -> None:
    assert problems(terms(**line(quantity=quantity, unit_price=price), currency=currency, cover=cover))


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"ship_by": ShipBy(on=date(2026, 3, 1))}, "ship_by.on"),
        ({"ship_by": ShipBy(on=date(9999, 12, 31))}, "ship_by.on"),
        (
            {"schedule": (Item(1, "confirmation"), Item(1_259_999, "date", date(9999, 12, 31)))},
            "schedule.1.on",
        ),
        ({"currency": "EUR"}, "currency"),
        ({"supplier": replace(terms().supplier, company=1002)}, "supplier.company"),
    ],
)
def test_a_draft_that_could_not_be_confirmed_now_is_refused(changed: dict[str, Any], field: str) -> None:
    world = World()
    answer = world.supplier(c.Draft(terms(**changed)))
    assert refused(answer) == "invalid_terms"
    assert field in answer.fields  # type: ignore[union-attr]


def test_the_confirmed_currency_cannot_change_while_its_cover_is_reserved() -> None:
    world = World()
    done(world.do(account_ref("EUR"), operator, account.OpenAccount("EUR", OURS)))
    world.agree()
    answer = world.buyer(c.Revise(1, terms(currency="EUR")))
    assert refused(answer) == "invalid_terms"
    done(world.buyer(c.Revise(1, terms())))
    assert world.balance("cover_reserved") == 0
    done(world.buyer(c.Revise(2, terms(currency="EUR"))))


def test_a_revision_keeps_the_buyer_the_number_and_a_known_policy() -> None:
    world = World()
    world.agree()
    assert refused(world.buyer(c.Revise(1, terms(policy="x/1")))) == "unknown_policy"
    assert refused(world.buyer(c.Revise(2, terms()))) == "stale_revision"
    assert refused(world.buyer(c.Revise(1, terms(buyer=replace(BUYER, company=5))))) == "invalid_terms"
    assert total(terms()) == world.now.deal.total


def test_frozen_terms() -> None:
    before = contract.deal(terms())
    table: tuple[tuple[dict[str, Any], str | None], ...] = (
        ({"title": "new"}, None),
        ({"ship_by": ShipBy(days=50)}, None),
        ({"cover": 1}, "cover"),
        ({"long_stop_days": 1000}, "long_stop_days"),
        ({"late_price_cut_bps": 0}, "price_cut_bps"),
        ({"lines": terms().lines[:1]}, "lines"),
        ({"buyer": replace(BUYER, name="Another")}, "buyer_name"),
    )
    for changed, field in table:
        assert contract.frozen_field(before, contract.deal(terms(**changed))) == field
