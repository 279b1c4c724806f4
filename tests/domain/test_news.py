"""Who hears of what: a second table, written by hand, against the one of the domain."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from tests.world import BUYER, World
from tradehold.domain import approval as ap
from tradehold.domain import company as s
from tradehold.domain import trade_events as e
from tradehold.domain.authority import MAY
from tradehold.domain.bank import Party
from tradehold.domain.command import Actor, Duty, Role, Side
from tradehold.domain.company import PayoutAccount, SetLimit
from tradehold.domain.identity import Kind, Ref, company_ref
from tradehold.domain.machines import MACHINES
from tradehold.domain.money import Money
from tradehold.domain.news import HEARS, company_on, did, news
from tradehold.domain.screening import Hit

EVENTS = {event for machine in MACHINES.values() for event in machine.events.__args__}
AT = datetime(2027, 1, 4, tzinfo=UTC)
MANY = {Side.BUYER, Side.SUPPLIER}


def agreed() -> World:
    world = World()
    world.agree()
    return world


def test_every_event_says_who_hears_of_it() -> None:
    assert HEARS.keys() == EVENTS


def test_only_sides_with_people_hear_anything() -> None:
    assert {side for heard in HEARS.values() for side in heard.sides} == {
        Side.BUYER, Side.SUPPLIER, Side.COMPANY, Side.OPERATOR,
    }  # fmt: skip


@pytest.mark.parametrize("event", sorted(MACHINES[Kind.TRADE].events.__args__, key=lambda one: one.__name__))
def test_what_happens_to_a_trade_is_no_news_to_strangers_of_it(event: type) -> None:
    assert HEARS[event].sides <= {Side.BUYER, Side.SUPPLIER, Side.OPERATOR}


@pytest.mark.parametrize(
    ("event", "hear"),
    [
        (e.Confirmed(1, Side.BUYER, {}), {Side.SUPPLIER}),
        (e.Confirmed(1, Side.SUPPLIER, {}), {Side.BUYER}),
        (e.Agreed(1, "", 0, {}), MANY),
        (e.AmendmentDeclined(2, Side.BUYER), {Side.SUPPLIER}),
        (e.ProductionReported({}), {Side.BUYER}),
        (e.EvidenceContested(1, "x", {}), {Side.SUPPLIER, Side.OPERATOR}),
        (e.WentOverdue({}), MANY),
        (e.PaymentSuspended(1, 1, Party("Somebody"), {}), {Side.BUYER, Side.OPERATOR}),
        (e.MessageSent(1, Side.SUPPLIER, "hello"), {Side.BUYER}),
        (e.MessageSent(1, Side.OPERATOR, "hello"), MANY),
        (e.TradeFrozen(e.Order("HG 1/27", "x")), MANY),
        # The silence that confirmed it is nobody's side.
        (e.EvidenceConfirmed(1, "silence"), MANY),
    ],
)
def test_the_side_that_did_it_knows_already(event: e.TradeEvent, hear: set[Side]) -> None:
    heard = news(agreed().now, event)
    assert heard is not None
    assert set(heard.sides) == hear


@pytest.mark.parametrize("event", [e.AllShipped(), e.Settled(), e.ReadyToShip({}), e.Resumed({})])
def test_what_only_accompanies_another_event_is_no_news(event: e.TradeEvent) -> None:
    assert news(agreed().now, event) is None


@pytest.mark.parametrize(("receipt", "hears"), [(None, Side.SUPPLIER), (5, Side.BUYER)])
def test_a_transfer_is_news_to_the_side_that_is_paid(receipt: int | None, hears: Side) -> None:
    owed = e.Obligation(1, Money(100, "USD"), receipt)
    heard = news(replace(agreed().now, obligations=(owed,)), e.ObligationClosed(1, True, "X"))
    assert heard is not None
    assert (heard.sides, heard.duty) == ({hears}, Duty.FINANCE)


def test_a_company_that_registers_is_news_where_its_name_is_on_the_list() -> None:
    names = dict.fromkeys(Hit.__struct_fields__, "x")
    assert news(None, s.Registered("Ningbo", "CN")) is None
    heard = news(None, s.Registered("Ningbo", "CN", hits=(Hit(**names),)))
    assert heard is not None
    assert heard.sides == {Side.OPERATOR}


def test_a_payout_account_is_a_matter_of_security() -> None:
    account = PayoutAccount(1, Party("Ningbo", "CN1"), "USD", AT)
    for event in (s.PayoutAccountAdded(account), s.PayoutAccountApproved(1)):
        heard = news(None, event)
        assert heard is not None
        assert heard.security
        assert Side.COMPANY in heard.sides
    assert not any(heard.security for event, heard in HEARS.items() if "PayoutAccount" not in event.__name__)


def test_whoever_could_answer_hears_of_a_proposal() -> None:
    limit = SetLimit(Money(1, "USD"))
    event = ap.Proposed(company_ref(7), limit, Actor(Role.OPERATOR, 0, 1), "why", {})
    heard = news(None, event)
    assert heard is not None
    assert (heard.sides, heard.duty) == ({Side.OPERATOR}, MAY[SetLimit].duty)


def test_whose_members_stand_on_a_side() -> None:
    world = agreed()
    assert company_on(Side.BUYER, world.trade, world.now) == BUYER
    assert company_on(Side.SUPPLIER, world.trade, world.now) == world.trade.owner
    assert company_on(Side.OPERATOR, world.trade, world.now) == 0
    assert company_on(Side.COMPANY, company_ref(9), None) == 9
    assert company_on(Side.OPERATOR, Ref(7, Kind.APPROVAL, 1), None) == 0


def test_both_of_a_pair_did_it() -> None:
    assert did(Actor(Role.PAIR, 0, 1, 2)) == {1, 2}
    assert did(Actor(Role.CLOCK)) == set()
