"""A court or an authority stops a trade: what stands still, what goes on, and what is left when it is lifted.

The books are balanced after every command; see World.check_books.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.stages import REACHED
from tests.world import (
    ALL,
    AT_ONCE,
    BUYER,
    KNOWLEDGE,
    SELLER,
    SHIRTS,
    SUPPLIER,
    TROUSERS,
    UNCLE,
    World,
    as_buyer,
    as_supplier,
    done,
    operator,
    pair,
    refused,
    terms,
)  # fmt: skip
from tradehold.domain import company, contract, payout
from tradehold.domain import trade_commands as c
from tradehold.domain import trade_events as e
from tradehold.domain.calendar import end_of_day, local_day
from tradehold.domain.command import MACHINE, RAIL, Actor
from tradehold.domain.identity import PLATFORM, company_ref
from tradehold.domain.platform import PausePayouts, ResumePayouts
from tradehold.domain.trade import Stage

POLICY = KNOWLEDGE.policy
ORDER = c.Freeze("5 C 12/27", "seizure")
LIFT = c.Lift("5 C 12/27", "the claim was withdrawn")
HELD = sorted(name for name, reach in REACHED.items() if reach(POLICY).now.held)


def freeze(world: World, order: c.Freeze = ORDER, actor: Actor = pair) -> None:
    done(world.do(world.trade, actor, order))


def lift(world: World, order: c.Lift = LIFT, actor: Actor = pair) -> None:
    done(world.do(world.trade, actor, order))


def whole_day(until: datetime, world: World) -> datetime:
    """24:00 of the last day that `until` still reaches into, at the place of shipment."""
    zone = world.now.deal.zone
    return end_of_day(local_day(until - timedelta(microseconds=1), zone), zone)


def finish(world: World) -> None:
    """Everybody falls silent: the clocks decide, and the bank pays."""
    for _ in range(14):
        world.bank_pays()
        world.pass_time(days=20)
    world.assert_closed()


def test_money_is_held_in_every_stage_that_can_be_frozen_for_it() -> None:
    stages = {REACHED[name](POLICY).now.stage for name in HELD}
    assert stages == {
        Stage.PRODUCING, Stage.PRODUCED, Stage.READY, Stage.SHIPPED, Stage.OVERDUE, Stage.LATE,
        Stage.RETURNING,
    }  # fmt: skip


@pytest.mark.parametrize("name", HELD)
def test_nothing_moves_while_it_is_frozen_and_each_clock_has_what_was_left(name: str) -> None:
    world = REACHED[name](POLICY)
    world.at += timedelta(hours=5)
    before, since = world.now, world.at
    freeze(world)
    assert (world.now.clocks, world.now.frozen) == ({}, since)
    assert world.now.stopped == {clock: until - since for clock, until in before.clocks.items()}
    world.pass_time(days=200, hours=3)
    assert (world.now.stage, world.now.held, world.now.payments) == (
        before.stage, before.held, before.payments,
    )  # fmt: skip
    lift(world)
    rested = world.at - since
    assert world.now.clocks == {
        clock: whole_day(until + rested, world) for clock, until in before.clocks.items()
    }
    assert (world.now.freezes, world.now.frozen, world.now.stopped, world.now.resting) == ((), None, {}, None)
    finish(world)


@pytest.mark.parametrize("name", HELD)
def test_a_freeze_of_whole_days_gives_exactly_these_days_back(name: str) -> None:
    world = REACHED[name](POLICY)
    before = world.now.clocks
    freeze(world)
    world.pass_time(days=30)
    lift(world)
    assert world.now.clocks == {clock: until + timedelta(days=30) for clock, until in before.items()}


@pytest.mark.parametrize("name", sorted(REACHED))
def test_a_freeze_that_is_lifted_at_once_leaves_the_trade_as_it_was(name: str) -> None:
    world = REACHED[name](POLICY)
    before = world.now
    if before.stage is Stage.SETTLED:
        assert refused(world.do(world.trade, pair, ORDER)) == "wrong_stage"
        return
    freeze(world)
    lift(world)
    assert world.now == before


# What would move money or bind somebody, by a stage in which it could.
MOVES: list[tuple[str, Actor, Callable[[World], Any]]] = [
    ("draft", as_buyer, lambda world: c.Confirm(1, world.now.hash)),
    ("draft", as_supplier, lambda world: c.Revise(1, terms(title="Others"))),
    ("draft", as_supplier, lambda world: c.Withdraw()),
    ("confirmed", as_buyer, lambda world: c.ExtendPayment(5)),
    ("producing", as_supplier, lambda world: c.Amend(1, terms(), "later")),
    ("proof_ended", as_buyer, lambda world: c.TakeRefund()),
    ("proof_ended", as_buyer, lambda world: c.Wait()),
    ("late", as_buyer, lambda world: c.AcceptLate()),
    ("late", as_buyer, lambda world: c.ClaimLate()),
    ("shipped", as_buyer, lambda world: c.ContestEvidence(1, "no such vessel")),
    ("shipped", pair, lambda world: c.ConfirmEvidence(1)),
    ("shipped", pair, lambda world: c.RejectEvidence(1)),
    ("returning", as_supplier, lambda world: c.ConfirmReturn()),
]  # fmt: skip


@pytest.mark.parametrize(("name", "actor", "do"), MOVES)
def test_no_decision_is_taken_while_it_is_frozen(name: str, actor: Actor, do: Callable[[World], Any]) -> None:
    world = REACHED[name](POLICY)
    freeze(world)
    before = world.now
    assert refused(world.do(world.trade, actor, do(world))) == "frozen"
    assert world.now == before
    lift(world)
    done(world.do(world.trade, actor, do(world)))


def test_what_a_pair_judges_of_a_third_partys_money_waits_too() -> None:
    world = World()
    world.agree()
    world.pay("3780.00", payer=UNCLE)
    (waiting,) = world.now.waiting
    freeze(world)
    for judged in (c.AcceptPayer(waiting.receipt), c.ReturnPayment(waiting.receipt)):
        assert refused(world.do(world.trade, pair, judged)) == "frozen"
    world.pass_time(days=40)
    assert world.balance("suspense") == 378_000
    lift(world)
    finish(world)


def test_what_happens_in_the_world_is_taken_down_all_the_same() -> None:
    world = World()
    world.agree()
    freeze(world)
    world.pay("3780.00")
    done(world.supplier(c.NoteProgress("The cloth is cut.")))
    done(world.supplier(c.ReportProduction()))
    done(world.buyer(c.ContestProduction("I saw an empty hall.")))
    done(world.buyer(c.SendMessage("Why does nothing move?")))
    world.pay("8820.00")
    world.ship(SHIRTS)
    world.ship(TROUSERS, document="")
    done(world.supplier(c.ShowEvidence(2, "COSU6002", world.at.date())))
    assert (world.now.stage, world.now.held, world.now.clocks) == (Stage.SHIPPED, 1_260_000, {})
    world.pass_time(days=90)
    assert world.now.stage is Stage.SHIPPED
    lift(world)
    world.pass_time(days=7)
    world.bank_pays()
    world.assert_closed()
    assert world.now.released == 1_260_000


def test_goods_that_sail_while_the_date_rests_are_in_time() -> None:
    world = REACHED["ready"](POLICY)
    before = world.now.ship_by
    freeze(world)
    world.pass_time(days=300)
    assert world.at > before
    world.ship(ALL)
    lift(world)
    world.pass_time(days=7)
    assert (world.now.outcome, world.now.released) == ("released", 1_260_000)


def test_production_reported_while_frozen_does_not_bring_the_old_date_back() -> None:
    world = World()
    world.agree(terms(schedule=AT_ONCE))
    world.pay("12600.00")
    left = world.now.ship_by - world.at
    freeze(world)
    world.pass_time(days=60)
    done(world.supplier(c.ReportProduction()))
    assert world.now.stage is Stage.READY
    world.pass_time(days=60)
    lift(world)
    assert world.now.ship_by == world.now.clocks["ship_by"] == whole_day(world.at + left, world)


def test_a_supplier_who_shipped_early_keeps_the_days_until_the_date() -> None:
    """Its evidence is rejected after the freeze: what had been left of the time to ship is there again."""
    world = REACHED["shipped"](POLICY)
    before = world.now.ship_by
    freeze(world)
    world.pass_time(days=100)
    lift(world)
    assert world.now.ship_by == before + timedelta(days=100)
    assert world.judge(world.trade, c.RejectEvidence(1)) is None
    assert world.now.clocks["ship_by"] == before + timedelta(days=100)
    world.ship(ALL)
    world.pass_time(days=7)
    assert world.now.outcome == "released"


def test_a_date_that_had_passed_before_the_freeze_stays_passed() -> None:
    world = REACHED["proof_ended"](POLICY)
    before = world.now.ship_by
    freeze(world)
    world.pass_time(days=10)
    world.ship(ALL)
    lift(world)
    assert world.now.ship_by == before
    world.pass_time(days=7)
    assert world.now.stage is Stage.LATE


def test_the_time_to_show_a_shipment_in_time_stops_as_well() -> None:
    world = REACHED["overdue"](POLICY)
    sailed = local_day(world.now.ship_by - timedelta(days=2), world.now.deal.zone)
    freeze(world)
    world.pass_time(days=50)
    lift(world)
    assert "prove" in world.now.clocks
    world.ship(ALL, on=sailed)
    assert world.now.shipments[-1].on == sailed
    world.pass_time(days=7)
    assert world.now.outcome == "released"


def test_the_time_to_pay_begins_with_a_payment_that_came_while_frozen() -> None:
    world = World()
    world.agree()
    freeze(world)
    world.pass_time(days=10)
    world.pay("3780.00")
    assert (world.now.stage, world.now.held) == (Stage.PRODUCING, 378_000)
    whole = world.now.ship_by
    world.pass_time(days=25)
    lift(world)
    assert world.now.clocks == {"ship_by": whole + timedelta(days=25)}
    finish(world)


def test_money_that_is_too_much_or_comes_too_late_is_owed_back_but_not_paid_before_the_lifting() -> None:
    world = World()
    world.agree()
    freeze(world)
    world.pay("4000.00")
    assert [(one.amount.minor, one.reason) for one in world.now.obligations] == [(22_000, "over")]
    (ref,) = world.payouts()
    assert refused(world.do(ref, RAIL, payout.submit(world.machines[ref], "batch"))) == "frozen"
    lift(world)
    world.submit(ref)
    world.debit(ref)
    assert world.now.obligations[0].state == "paid"
    finish(world)


def test_a_payment_taken_back_while_frozen_moves_the_date_once_and_not_twice() -> None:
    world = World()
    world.agree(terms(schedule=AT_ONCE))
    line = world.pay("12600.00")
    whole = world.now.ship_by
    world.pass_time(days=2)
    freeze(world)
    world.pass_time(days=10)
    world.take_back(line)
    assert (world.now.held, world.now.clocks) == (0, {})
    world.pass_time(days=10)
    lift(world)
    world.pass_time(days=5)
    world.pay("12600.00")
    # Ten days frozen while the money was there, and fifteen while it was not.
    assert world.now.ship_by == whole + timedelta(days=25)
    finish(world)


def test_a_balance_that_is_late_because_of_a_freeze_moves_a_fixed_date_by_its_days() -> None:
    world = World()
    day = local_day(world.at, "Asia/Shanghai") + timedelta(days=60)
    world.agree(terms(ship_by=contract.ShipBy(on=day)))
    world.pay("3780.00")
    done(world.supplier(c.ReportProduction()))
    freeze(world)
    world.pass_time(days=20)
    lift(world)
    world.pass_time(days=3)
    world.pay("8820.00")
    assert local_day(world.now.ship_by, "Asia/Shanghai") == day + timedelta(days=24)  # its first instant
    finish(world)


def test_two_freezes_are_both_lifted_before_anything_moves() -> None:
    world = REACHED["producing"](POLICY)
    left = world.now.clocks["ship_by"] - world.at
    spread = c.Freeze("1 A 7", "sanctions", SELLER)
    freeze(world)
    world.pass_time(days=4)
    freeze(world, spread, MACHINE)
    assert refused(world.do(world.trade, MACHINE, spread)) == "exists"
    assert refused(world.do(world.trade, pair, ORDER)) == "exists"
    world.pass_time(days=4)
    lift(world)
    assert (world.now.clocks, len(world.now.freezes)) == ({}, 1)
    assert refused(world.do(world.trade, pair, LIFT)) == "unknown"
    world.pass_time(days=4)
    lift(world, c.Lift("1 A 7", "", SELLER), MACHINE)
    assert world.now.clocks == {"ship_by": whole_day(world.at + left, world)}
    finish(world)


def test_one_reference_may_freeze_both_companies_and_each_is_lifted_by_itself() -> None:
    world = REACHED["producing"](POLICY)
    for number in (SELLER, BUYER):
        freeze(world, c.Freeze("1 A 7", "sanctions", number), MACHINE)
    lift(world, c.Lift("1 A 7", "", SELLER), MACHINE)
    assert [one.company for one in world.now.freezes] == [BUYER]
    assert refused(world.do(world.trade, pair, c.Lift("1 A 7", "not the companies' own"))) == "unknown"
    lift(world, c.Lift("1 A 7", "", BUYER), MACHINE)
    assert world.now.freezes == ()


@pytest.mark.parametrize("actor", [as_buyer, as_supplier, operator, RAIL])
def test_only_a_pair_or_a_machine_freezes_and_lifts(actor: Actor) -> None:
    world = REACHED["producing"](POLICY)
    for do in (ORDER, LIFT):
        assert refused(world.do(world.trade, actor, do)) in ("not_allowed", "needs_second_person")


def owed(world: World) -> Any:
    (ref,) = world.payouts()
    return ref


def submit(world: World, ref: Any) -> Any:
    return world.do(ref, RAIL, payout.submit(world.machines[ref], f"batch-{world.number}"))


def test_what_is_owed_out_of_a_frozen_trade_waits_for_the_lifting() -> None:
    world = REACHED["settling"](POLICY)
    freeze(world)
    ref = owed(world)
    assert refused(submit(world, ref)) == "frozen"
    world.pass_time(days=5)
    assert refused(submit(world, ref)) == "frozen"
    assert world.balance("supplier_payable") == 1_260_000
    lift(world)
    world.bank_pays()
    world.assert_closed()


@pytest.mark.parametrize(("name", "number"), [("settling", SELLER), ("proof_ended", BUYER)])
def test_nothing_is_paid_to_a_frozen_company(name: str, number: int) -> None:
    world = REACHED[name](POLICY)
    if number == BUYER:
        done(world.buyer(c.TakeRefund()))
    done(world.do(company_ref(number), pair, ORDER))
    ref = owed(world)
    assert refused(submit(world, ref)) == "frozen"
    done(world.do(company_ref(number), pair, LIFT))
    world.bank_pays()
    world.assert_closed()


def test_a_pause_of_all_payouts_stops_what_leaves_and_nothing_else() -> None:
    world = REACHED["shipped"](POLICY)
    done(world.do(PLATFORM, operator, PausePayouts("the bank's line is down")))
    world.pass_time(days=7)
    assert (world.now.stage, world.now.outcome) == (Stage.SETTLING, "released")
    ref = owed(world)
    assert refused(submit(world, ref)) == "payouts_paused"
    assert world.judge(PLATFORM, ResumePayouts("it is up again")) is None
    world.bank_pays()
    world.assert_closed()


def test_a_frozen_company_begins_nothing_new() -> None:
    world = World()
    done(world.do(SUPPLIER, pair, ORDER))
    assert world.machines[SUPPLIER].stage == company.Stage.FROZEN
    assert refused(world.supplier(c.Draft(terms()))) == "invalid_terms"


def test_the_order_and_its_end_stand_in_the_record() -> None:
    world = REACHED["producing"](POLICY)
    freeze(world)
    lift(world)
    (frozen,), (lifted,) = world.happened(e.TradeFrozen), world.happened(e.TradeLifted)
    assert frozen.order == e.Order("5 C 12/27", "seizure")
    assert (lifted.reference, lifted.reason) == ("5 C 12/27", "the claim was withdrawn")
