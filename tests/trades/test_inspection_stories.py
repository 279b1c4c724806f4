"""Contracts that plan an inspection: nothing ships past it, and nothing waits for it for ever."""

from datetime import date, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from tests.world import AT_ONCE, KNOWLEDGE, PRE_SHIPMENT, SHIRTS, World, done, terms
from tradehold.domain import contract, inspection
from tradehold.domain import trade_commands as c
from tradehold.domain import trade_events as e
from tradehold.domain.command import Side
from tradehold.domain.refusal import Code, Refusal


def _paid(**changed: Any) -> World:
    world = World()
    world.draft(terms(inspection=PRE_SHIPMENT, schedule=AT_ONCE, **changed))
    world.confirm()
    world.pay("12600.00")
    return world


def _ships(world: World) -> Any:
    return world.supplier(c.Ship(SHIRTS, "COSCO", "sea", "B/L 1", world.at.date()))


def test_nobody_books_so_after_five_working_days_the_goods_may_ship_and_are_paid_for() -> None:
    world = _paid()
    done(world.supplier(c.ReportProduction()))
    refused = _ships(world)
    assert isinstance(refused, Refusal)
    assert refused.code is Code.INSPECTION_OPEN
    assert refused.data["until"] == world.now.clocks["booking"].isoformat()
    # Friday 27 February: the fifth working day after it is Friday 6 March.
    world.pass_time(days=8)
    assert world.now.uninspected
    assert "booking" not in world.now.clocks
    world.ship()
    world.pass_time(days=5)
    world.bank_pays()
    assert world.now.stage == "settled"
    assert world.now.released == 1_260_000
    assert world.balance("hold") == 0


def test_the_buyer_goes_without_it_and_the_goods_ship_at_once() -> None:
    world = _paid()
    [waived] = done(world.buyer(c.WaiveInspection()))
    assert waived == e.InspectionWaived(Side.BUYER)
    done(_ships(world))
    again = world.buyer(c.WaiveInspection())
    assert isinstance(again, Refusal)
    assert again.code is Code.NO_INSPECTION_OPEN


def test_before_production_is_reported_nothing_ships_and_overdue_goods_are_refunded() -> None:
    world = _paid()
    refused = _ships(world)
    assert isinstance(refused, Refusal)
    assert refused.code is Code.INSPECTION_OPEN
    world.pass_time(days=41)
    world.pass_time(days=7)
    done(world.buyer(c.TakeRefund()))
    world.bank_pays()
    assert world.now.stage == "settled"
    assert world.now.refunded == 1_260_000


def test_an_unpaid_balance_is_the_buyers_while_the_inspection_is_open() -> None:
    """Waived in time by silence, it is the supplier's as without one."""
    world = World()
    world.draft(terms(inspection=PRE_SHIPMENT))
    world.confirm()
    world.pay("3780.00")
    done(world.supplier(c.ReportProduction()))
    assert timedelta(days=5) < world.now.clocks["booking"] - world.at < timedelta(days=9)
    for _ in range(8):
        world.pass_time(days=9)
    assert world.now.uninspected
    assert world.now.released == 378_000


def test_an_inspection_agreed_after_the_goods_were_made_can_still_be_booked() -> None:
    world = World()
    world.draft(terms())
    world.confirm()
    world.pay("3780.00")
    done(world.supplier(c.ReportProduction()))
    done(world.supplier(c.Amend(1, terms(inspection=PRE_SHIPMENT), "the buyer asks for one")))
    amendment = world.now.amendment
    assert amendment is not None
    done(world.buyer(c.AgreeAmendment(2, amendment.hash)))
    assert "booking" in world.now.clocks


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"company": " "}, "inspection.company"),
        ({"fee": -1}, "inspection.fee"),
        ({"first": date(2026, 3, 9)}, "inspection.last"),
        ({"lot": 0}, "inspection.samples"),
        ({"level": "IV"}, "inspection.samples"),
        ({"samples": ()}, "inspection.samples"),
        ({"samples": (PRE_SHIPMENT.samples[0], replace(PRE_SHIPMENT.samples[1], pieces=80),
                      PRE_SHIPMENT.samples[2])}, "inspection.samples.1"),
    ],
)  # fmt: skip
def test_a_wrong_plan_names_its_field(changed: dict[str, Any], field: str) -> None:
    refused = World().buyer(c.Draft(terms(inspection=replace(PRE_SHIPMENT, **changed))))
    assert isinstance(refused, Refusal)
    assert field in refused.fields


def test_samples_follow_the_tables() -> None:
    """MIL-STD-105E: 1,460 pieces at level II are letter K, 125 pieces, 7/8 for major and 10/11 for minor."""
    found = [(one.code_letter, one.pieces, one.accept, one.reject) for one in PRE_SHIPMENT.samples]
    assert found == [("K", 125, 0, 1), ("K", 125, 7, 8), ("K", 125, 10, 11)]
    assert inspection.problems(PRE_SHIPMENT, KNOWLEDGE.aql) == {}
    assert contract.deal(terms(inspection=PRE_SHIPMENT)).inspected
