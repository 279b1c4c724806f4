"""The supplier's limit: raised, cut, cut below what is reserved; and the accounts it is paid to."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.world import (
    AT_ONCE,
    RAIL,
    SUPPLIER,
    SUPPLIERS,
    World,
    as_supplier,
    done,
    operator,
    pair,
    refused,
    terms,
)
from tradehold.domain import company, payout
from tradehold.domain import trade_commands as c
from tradehold.domain.bank import Party
from tradehold.domain.money import Money


def set_limit(world: World, minor: int) -> None:
    done(world.do(SUPPLIER, pair, company.SetLimit(Money(minor, "USD"))))


def reserved(world: World) -> tuple[int, int, int]:
    granted, available, held = (f"cover_{name}" for name in ("granted", "available", "reserved"))
    return world.balance(granted), world.balance(available), world.balance(held)


def test_a_limit_is_raised_and_cut_while_nothing_is_reserved() -> None:
    world = World("300.00")
    set_limit(world, 50_000)
    assert reserved(world) == (50_000, 50_000, 0)
    set_limit(world, 10_000)
    assert reserved(world) == (10_000, 10_000, 0)
    set_limit(world, 0)
    assert reserved(world) == (0, 0, 0)


def test_a_contract_above_the_limit_is_refused_and_says_what_is_left() -> None:
    world = World("12599.99")
    world.draft()
    done(world.buyer(c.Confirm(1, world.now.hash)))
    answer = world.supplier(c.Confirm(1, world.now.hash))
    assert refused(answer) == "cover_exceeded"
    assert answer.data == {"needed": 1_260_000, "available": 1_259_999}  # type: ignore[union-attr]


def test_a_cut_below_what_is_reserved_bites_when_it_returns() -> None:
    world = World("20000.00")
    world.agree()
    set_limit(world, 500_000)
    assert reserved(world) == (1_260_000, 0, 1_260_000)
    assert world.machines[SUPPLIER].limit("USD").cut == 760_000
    world.pass_time(days=16)  # the trade lapses
    assert reserved(world) == (500_000, 500_000, 0)
    assert world.machines[SUPPLIER].limit("USD") == company.Limit(500_000, 0, fixed=True)


def test_a_raise_first_takes_back_what_is_outstanding_of_a_cut() -> None:
    world = World("20000.00")
    world.agree()
    set_limit(world, 500_000)
    set_limit(world, 600_000)
    assert world.machines[SUPPLIER].limit("USD") == company.Limit(1_260_000, 660_000, fixed=True)
    set_limit(world, 400_000)
    assert world.machines[SUPPLIER].limit("USD") == company.Limit(1_260_000, 860_000, fixed=True)
    set_limit(world, 2_000_000)
    assert reserved(world) == (2_000_000, 740_000, 1_260_000)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.one_of(st.integers(0, 3_000_000), st.sampled_from(["agree", "lapse"])), max_size=8))
def test_whatever_happens_the_limit_is_in_the_end_what_was_set(steps: list[int | str]) -> None:
    world, limit = World("20000.00"), 2_000_000
    for number, step in enumerate(steps, 2):
        if isinstance(step, int):
            set_limit(world, step)
            limit = step
        elif step == "agree":
            world.draft(trade=number)
            for actor in (world.buyer, world.supplier):
                actor(c.Confirm(1, world.now.hash))
        else:
            world.pass_time(days=31)
        granted, available, held = reserved(world)
        assert granted == available + held
        assert world.machines[SUPPLIER].limit("USD").granted == granted
    world.pass_time(days=62)
    assert reserved(world) == (limit, limit, 0)


def test_a_new_account_waits_and_needs_a_second_pair_of_eyes() -> None:
    world = World()
    world.agree(terms(schedule=AT_ONCE))
    world.pay("12600.00")
    world.ship()
    new = Party("Ningbo Textile Co., Ltd.", "999", "ICBKCNBJ", "CN")
    assert (
        refused(world.do(SUPPLIER, as_supplier, company.AddPayoutAccount("USD", Party()))) == "no_destination"
    )
    world.pass_time(days=7)
    (ref,) = world.payouts()
    done(world.do(SUPPLIER, as_supplier, company.AddPayoutAccount("USD", new)))
    fork = world.fork()
    done(fork.do(ref, RAIL, payout.submit(fork.machines[ref], "b")))
    assert fork.machines[ref].party == SUPPLIERS  # nobody approved the new one
    done(world.do(SUPPLIER, operator, company.ApprovePayoutAccount(2)))
    assert refused(world.do(ref, RAIL, payout.submit(world.machines[ref], "b"))) == "account_too_new"
    world.at += timedelta(hours=48)
    done(world.do(ref, RAIL, payout.submit(world.machines[ref], "b")))
    assert world.machines[ref].party == new


@pytest.mark.parametrize(
    ("do", "code"),
    [
        (company.Register("again", "CN"), "exists"),
        (company.ApprovePayoutAccount(1), "exists"),
        (company.ApprovePayoutAccount(9), "unknown"),
    ],
)
def test_refusals(do: company.CompanyCommand, code: str) -> None:
    assert refused(World().do(SUPPLIER, operator, do)) == code
