"""For each stage a real story that leads to it, under a given policy."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from tests.world import AT_ONCE, BUYERS, KNOWLEDGE, PRE_SHIPMENT, SHIRTS, TROUSERS, World, done, terms
from tradehold.domain import contract
from tradehold.domain import trade_commands as c
from tradehold.domain.bank import Party
from tradehold.domain.policy import Policy


def begin(policy: Policy, **changed: Any) -> World:
    world = World(knowledge=replace(KNOWLEDGE, default=policy.key))
    world.draft(terms(policy=policy.key, **changed))
    return world


def draft(policy: Policy) -> World:
    return begin(policy)


def confirmed(policy: Policy) -> World:
    world = begin(policy)
    world.confirm()
    return world


def producing(policy: Policy) -> World:
    """The ship-by date waits for the last payment, so only the long stop bounds it."""
    world = begin(policy, ship_by=contract.ShipBy(days=1000, after="last_payment"))
    world.confirm()
    world.pay("3780.00")
    return world


def planned(policy: Policy) -> World:
    """The contract plans an inspection, and the shirts are being made."""
    world = begin(policy, inspection=PRE_SHIPMENT)
    world.confirm()
    world.pay("3780.00")
    return world


def planned_and_made(policy: Policy) -> World:
    """Nothing may ship yet: the buyer may still book the inspection."""
    world = begin(policy, inspection=PRE_SHIPMENT, schedule=AT_ONCE)
    world.confirm()
    world.pay("12600.00")
    done(world.supplier(c.ReportProduction()))
    world.pass_time(days=2)
    return world


def produced(policy: Policy) -> World:
    world = confirmed(policy)
    world.pay("3780.00")
    done(world.supplier(c.ReportProduction()))
    return world


def produced_and_taken_back(policy: Policy) -> World:
    """The shirts are gone already when the payment is reversed and the rest is reported made."""
    world = begin(policy, schedule=AT_ONCE)
    world.confirm()
    line = world.pay("12600.00")
    world.ship(SHIRTS)
    world.take_back(line)
    done(world.supplier(c.ReportProduction()))
    return world


def ready(policy: Policy) -> World:
    world = produced(policy)
    world.pay("8820.00")
    return world


def shipped(policy: Policy) -> World:
    world = ready(policy)
    world.ship()
    return world


def part_late(policy: Policy) -> World:
    """The shirts went in time; the trousers are on their way after the time to prove it is over."""
    world = begin(policy, schedule=AT_ONCE)
    world.confirm()
    world.pay("12600.00")
    world.ship(SHIRTS)
    world.pass_time(days=46)
    world.ship(TROUSERS)
    return world


def overdue(policy: Policy) -> World:
    world = begin(policy, schedule=AT_ONCE)
    world.confirm()
    world.pay("12600.00")
    world.pass_time(days=41)
    return world


def proof_ended(policy: Policy) -> World:
    world = overdue(policy)
    world.pass_time(days=5)
    return world


def late(policy: Policy) -> World:
    world = overdue(policy)
    world.ship(on=world.at.date())
    world.pass_time(days=7)
    return world


def two_of_three_late(policy: Policy) -> World:
    """Two lines sailed late and may still be contested; the third never did and was refunded."""
    three = (*terms().lines, contract.Line("B-1", "Belt", Decimal(100), "C62", Decimal("4.00")))
    schedule = (contract.Item(1_300_000, "confirmation"),)
    world = begin(policy, lines=three, schedule=schedule, cover=1_300_000)
    world.confirm()
    world.pay("13000.00")
    world.pass_time(days=46)
    world.ship(SHIRTS)
    world.ship(TROUSERS)
    done(world.buyer(c.TakeRefund()))
    return world


def returning(policy: Policy) -> World:
    world = late(policy)
    done(world.buyer(c.ClaimLate()))
    return world


def settling(policy: Policy) -> World:
    world = shipped(policy)
    world.pass_time(days=7)
    return world


def settled(policy: Policy) -> World:
    world = settling(policy)
    world.bank_pays()
    return world


def unpayable(policy: Policy) -> World:
    """Settled, with a refund that nobody can be paid."""
    world = confirmed(policy)
    world.pay("3000.00", Party(BUYERS.name))
    world.pass_time(days=60)
    return world


def amended(policy: Policy) -> World:
    """The ship-by date stands as far out as both sides can put it."""
    world = producing(policy)
    world.pass_time(days=1)
    until = world.now.ship_by + timedelta(days=policy.extension_days - 1)
    deal = terms(policy=policy.key, ship_by=contract.ShipBy(on=until.date()))
    done(world.supplier(c.Amend(1, deal, "a flood")))
    done(world.buyer(c.AgreeAmendment(2, world.now.amendment.hash)))
    return world


REACHED: dict[str, Callable[[Policy], World]] = {
    story.__name__: story
    for story in (
        draft, confirmed, producing, planned, planned_and_made, produced, produced_and_taken_back,
        ready, shipped, part_late, overdue, proof_ended, late,
        two_of_three_late, returning, settling, settled, unpayable, amended,
    )
}  # fmt: skip
