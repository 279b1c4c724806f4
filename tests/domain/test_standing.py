"""A company's standing: what each one allows, what is verified of it and until when, and the record that its
cover grows and shrinks with."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from tests.assured import EVIDENCE, gold, verifications
from tests.world import (
    AT_ONCE,
    BUYER,
    KNOWLEDGE,
    RAIL,
    SELLER,
    SUPPLIER,
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
from tradehold.domain.command import MACHINE, Actor, Grade, Role
from tradehold.domain.company import Checked, Company, Limit, Stage, Tally
from tradehold.domain.cover import compute
from tradehold.domain.identity import company_ref
from tradehold.domain.money import Money
from tradehold.domain.refusal import Refusal
from tradehold.domain.screening import Hit
from tradehold.domain.standing import assurance_gaps, computed

NEW = company_ref(4001)
as_new = Actor(Role.MEMBER, 4001, 41, grade=Grade.OWNER)
HIT = Hit("Acme Arms", "Acme", "Acme Arms", 90, "Arms embargo")
RULE = KNOWLEDGE.policy.cover
DAY = date(2026, 2, 27)
VERIFY = company.Verify(Checked.LICENCE, "Customs", "L-1", DAY, None, (EVIDENCE,))
ORDER = c.Freeze("AG Köln 71 K 12/26", "attachment")
PAYEE = Party("Acme", "CN001")


def at(standing: Stage) -> World:
    """A new company, brought to this standing."""
    world = World()
    hits = (HIT,) if standing in (Stage.HELD, Stage.EXCLUDED) else ()
    done(world.do(NEW, as_new, company.Register("Acme", "CN", "91330200MA2AF8YX0T", ("owner-1",), hits)))
    steps: dict[Stage, Any] = {
        Stage.EXCLUDED: company.Exclude("It is the one that is listed."),
        Stage.SUSPENDED: company.Suspend("complaints"),
        Stage.INSOLVENT: company.DeclareInsolvent("HRB 7 IN 12/26"),
        Stage.FROZEN: ORDER,
    }
    if standing in steps:
        done(world.do(NEW, pair, steps[standing]))
    assert world.machines[NEW].stage is standing
    return world


# Every command that can change how a company stands, and its answer in each standing: where it leads, or the
# refusal; "-" where it is accepted and the standing stays.
MOVES: dict[str, tuple[Any, dict[str, str]]] = {
    "clear": (company.Clear("somebody else"), {"held": "active"}),
    "exclude": (company.Exclude("it is listed"), {"held": "excluded"}),
    "suspend": (company.Suspend("complaints"), {"active": "suspended", "frozen": "frozen"}),
    "reinstate": (company.Reinstate("cleared up"), {"suspended": "active", "insolvent": "active"}),
    "insolvent": (
        company.DeclareInsolvent("IN 1/26"),
        {"active": "insolvent", "suspended": "insolvent", "frozen": "frozen"},
    ),
    "freeze": (ORDER, dict.fromkeys(("held", "active", "suspended", "insolvent", "excluded"), "frozen")),
    "lift": (c.Lift(ORDER.reference, "paid"), {"frozen": "active"}),
    "verify": (VERIFY, dict.fromkeys(Stage, "-")),
    "gold": (gold(DAY), dict.fromkeys(Stage, "-")),
    "limit": (company.SetLimit(Money(5, "USD")), dict.fromkeys(Stage, "-")),
    "account": (company.AddPayoutAccount("USD", PAYEE), dict.fromkeys(Stage, "-")),
}  # fmt: skip
GIVER = {"verify": operator, "account": as_new}
REFUSED = {"freeze": "exists", "lift": "unknown"}


@pytest.mark.parametrize("standing", Stage)
@pytest.mark.parametrize("name", MOVES)
def test_every_command_in_every_standing(standing: Stage, name: str) -> None:
    world = at(standing)
    do, led = MOVES[name]
    answer = world.do(NEW, GIVER.get(name, pair), do)
    if standing not in led:
        assert refused(answer) == REFUSED.get(name, "wrong_stage")
        assert world.machines[NEW].stage is standing
    else:
        done(answer)
        assert world.machines[NEW].stage == (standing if led[standing] == "-" else led[standing])


@pytest.mark.parametrize("standing", [one for one in Stage if one is not Stage.ACTIVE])
def test_only_an_active_supplier_confirms(standing: Stage) -> None:
    world = at(standing)
    for verify in verifications(world.at.date()):
        done(world.do(NEW, operator, verify))
    done(world.do(NEW, pair, gold(world.at.date())))
    gaps = assurance_gaps(world.machines[NEW], RULE, world.at.date())
    assert gaps == (standing.value,)


def test_a_held_company_may_be_in_no_contract() -> None:
    world = at(Stage.HELD)
    agreed = terms()
    held = replace(agreed, supplier=replace(agreed.supplier, company=4001, name="Acme"))
    answer = world.do(replace(world.trade, owner=4001), as_new, c.Draft(held))
    assert isinstance(answer, Refusal)
    assert answer.fields == {"supplier.company": "This company may not trade now: it is held."}


def test_a_freeze_outlives_what_happens_beside_it() -> None:
    world = at(Stage.FROZEN)
    done(world.do(NEW, pair, company.Suspend("complaints")))
    done(world.do(NEW, pair, c.Lift(ORDER.reference, "paid")))
    assert world.machines[NEW].stage is Stage.SUSPENDED
    assert refused(world.do(NEW, pair, c.Lift("another", "paid"))) == "unknown"


@pytest.mark.parametrize("do", [
    company.Suspend(" "), company.Exclude(""), company.Clear(""), company.Reinstate(""),
    company.DeclareInsolvent(""), c.Freeze("", "attachment"), c.Freeze("AG 1", ""), c.Lift("AG 1", ""),
    replace(VERIFY, issuer=""), replace(VERIFY, reference=" "), company.WithdrawVerification(1, ""),
])  # fmt: skip
def test_nothing_of_weight_is_done_without_its_words(do: Any) -> None:
    giver = operator if isinstance(do, company.Verify | company.WithdrawVerification) else pair
    assert refused(World().do(SUPPLIER, giver, do)) == "incomplete"


# --- verification and membership


@pytest.mark.parametrize(("changed", "code"), [
    ({"evidence": ()}, "no_evidence"),
    ({"issued": DAY + timedelta(days=9)}, "not_yet"),
    ({"expires": DAY - timedelta(days=1)}, "expired"),
    ({"issued": DAY - timedelta(days=30), "expires": DAY}, "expired"),  # the world is three days on
])  # fmt: skip
def test_a_verification_is_dated_and_shown(changed: dict[str, Any], code: str) -> None:
    assert refused(World().do(SUPPLIER, operator, replace(VERIFY, **changed))) == code


def by_formula(world: World) -> int:
    limit: Limit = world.machines[SUPPLIER].limit("USD")
    return limit.granted - limit.cut


def following(expires: dict[Checked, date] | None = None) -> World:
    """A gold supplier whose limit is the formula's."""
    world = World()
    done(world.do(SUPPLIER, pair, company.FollowFormula("USD")))
    for kind, last in (expires or {}).items():
        number = next(
            one.number for one in world.machines[SUPPLIER].verifications
            if one.what is kind and not one.withdrawn
        )  # fmt: skip
        done(world.do(SUPPLIER, operator, company.WithdrawVerification(number, "renewed")))
        done(world.do(SUPPLIER, operator, replace(VERIFY, what=kind, expires=last)))
    return world


def test_the_formula_stands_where_no_limit_was_set_by_hand() -> None:
    world = following()
    assert by_formula(world) == RULE.start["USD"]
    assert not world.machines[SUPPLIER].limit("USD").fixed
    assert refused(world.do(SUPPLIER, pair, company.FollowFormula("USD"))) == "unknown"


def test_a_limit_by_hand_stays_whatever_the_formula_says_until_it_is_freed() -> None:
    world = following()
    done(world.do(SUPPLIER, pair, company.SetLimit(Money(7, "USD"))))
    done(world.do(SUPPLIER, operator, VERIFY))
    assert by_formula(world) == 7
    done(world.do(SUPPLIER, pair, company.FollowFormula("USD")))
    assert by_formula(world) == RULE.start["USD"] * (10_000 + RULE.extra["licence"]) // 10_000


def test_an_expired_verification_takes_its_cover_the_morning_after() -> None:
    last = date(2026, 3, 20)
    world = following({Checked.ON_SITE: last})
    assert world.machines[SUPPLIER].clocks == {"review": datetime(2026, 3, 21, tzinfo=UTC)}
    world.pass_time(days=(last - world.at.date()).days)
    assert by_formula(world) == RULE.start["USD"]
    world.pass_time(days=1)
    assert by_formula(world) == 0
    assert assurance_gaps(world.machines[SUPPLIER], RULE, world.at.date()) == ("on_site",)
    done(world.do(SUPPLIER, operator, replace(VERIFY, what=Checked.ON_SITE)))
    assert by_formula(world) == RULE.start["USD"]


def test_the_review_comes_for_each_end_in_its_turn() -> None:
    first, second = date(2026, 3, 20), date(2026, 4, 2)
    world = following({Checked.ON_SITE: second, Checked.BANK_ACCOUNT: first})
    assert world.machines[SUPPLIER].clocks == {"review": datetime(2026, 3, 21, tzinfo=UTC)}
    world.pass_time(days=30)
    assert world.machines[SUPPLIER].clocks == {"review": datetime(2026, 4, 3, tzinfo=UTC)}


def test_gold_lapses_and_with_it_the_cover_by_formula() -> None:
    world = following()
    until = world.at.date() + timedelta(days=10)
    done(world.do(SUPPLIER, pair, company.SetMembership("USD", until)))
    world.pass_time(days=10)
    assert by_formula(world) == RULE.start["USD"]
    world.pass_time(days=1)
    assert by_formula(world) == 0
    world.draft()
    answer = world.supplier(c.Confirm(1, world.now.hash))
    assert isinstance(answer, Refusal)
    assert (answer.code, answer.data) == ("supplier_not_assured", {"missing": "gold"})


def test_gold_is_counted_from_its_last_gap() -> None:
    world = World()
    first = world.machines[SUPPLIER].gold_since
    assert first == DAY
    world.at += timedelta(days=30)
    done(world.do(SUPPLIER, pair, gold(world.at.date())))
    assert world.machines[SUPPLIER].gold_since == first
    done(world.do(SUPPLIER, pair, company.SetMembership("USD")))
    assert world.machines[SUPPLIER].gold_since is None
    done(world.do(SUPPLIER, pair, gold(world.at.date())))
    assert world.machines[SUPPLIER].gold_since == world.at.date()


def test_membership_in_another_currency_moves_the_cover_there() -> None:
    world = following()
    done(world.do(SUPPLIER, pair, gold(world.at.date(), "EUR")))
    assert by_formula(world) == 0
    assert world.machines[SUPPLIER].limit("EUR") == Limit(RULE.start["EUR"])
    assert world.balance("cover_granted", currency="EUR") == RULE.start["EUR"]
    assert world.balance("cover_granted") == 0


def test_a_withdrawn_verification_counts_no_more() -> None:
    world = following()
    done(world.do(SUPPLIER, operator, company.WithdrawVerification(1, "The register knows no such number.")))
    one = world.machines[SUPPLIER].verifications[0]
    assert one.withdrawn == "The register knows no such number."
    assert by_formula(world) == 0
    again = world.do(SUPPLIER, operator, company.WithdrawVerification(1, "twice"))
    assert refused(again) == "unknown"


def test_a_supplier_is_told_all_that_it_lacks_whoever_confirms_first() -> None:
    world = World()
    done(world.do(SUPPLIER, pair, company.SetMembership("USD")))
    done(world.do(SUPPLIER, operator, company.WithdrawVerification(2, "closed")))
    world.draft()
    for confirms_first in (False, True):
        fork = world.fork()
        if confirms_first:
            done(fork.buyer(c.Confirm(1, fork.now.hash)))
        answer = fork.supplier(c.Confirm(1, fork.now.hash))
        assert isinstance(answer, Refusal)
        assert (answer.code, answer.data) == ("supplier_not_assured", {"missing": "gold, bank_account"})


# --- payouts, and what is stopped


@pytest.mark.parametrize("stop", [company.Suspend("complaints"), company.DeclareInsolvent("IN 12/26")])
def test_open_trades_go_on_and_payouts_wait_until_the_supplier_is_reinstated(stop: Any) -> None:
    world = World()
    world.agree(terms(schedule=AT_ONCE))
    world.pay("12600.00")
    done(world.do(SUPPLIER, pair, stop))
    world.ship()
    world.pass_time(days=8)
    assert world.now.stage == "settling"
    [ref] = world.payouts()
    assert refused(world.do(ref, RAIL, payout.submit(world.machines[ref], "b"))) == "supplier_stopped"
    trade = world.trade
    world.draft(trade=2)
    assert refused(world.supplier(c.Confirm(1, world.now.hash))) == "supplier_not_assured"
    done(world.do(SUPPLIER, pair, company.Reinstate("resolved")))
    done(world.supplier(c.Confirm(1, world.now.hash)))
    world.trade = trade
    world.bank_pays()
    assert world.now.stage == "settled"


def test_a_refund_flows_although_the_supplier_is_suspended() -> None:
    world = World()
    world.agree(terms(schedule=AT_ONCE))
    world.pay("12600.00")
    done(world.do(SUPPLIER, pair, company.Suspend("complaints")))
    world.pass_time(days=90)
    world.bank_pays()
    world.assert_closed()
    assert world.now.outcome == "refunded"


# --- the record


def record(world: World) -> Tally:
    supplier: Company = world.machines[SUPPLIER]
    return supplier.tally()


def test_a_trade_that_shipped_in_time_counts_for_the_supplier() -> None:
    world = following()
    done(world.do(SUPPLIER, pair, company.SetLimit(Money(2_000_000, "USD"))))
    done(world.do(SUPPLIER, pair, company.FollowFormula("USD")))
    small = terms(lines=terms().lines[:1], schedule=(replace(AT_ONCE[0], amount=800_000),), cover=800_000)
    world.agree(small)
    world.pay("8000.00")
    world.ship(goods=((c.Shipped(0, 1_000_000)),))
    world.pass_time(days=8)
    assert record(world) == Tally(trades=1, judged=1, on_time=1, completed={"USD": 800_000})
    assert by_formula(world) == RULE.start["USD"] + 800_000 * RULE.growth_bps // 10_000
    supplier: Company = world.machines[SUPPLIER]
    result = computed(supplier, "USD", RULE, world.at.date())
    assert sum(step.minor for step in result.steps) == result.limit.minor == by_formula(world)
    for way in result.raise_by:
        assert compute(RULE, way.inputs).limit.minor == result.limit.minor + way.minor


def test_a_trade_that_never_shipped_counts_against_it_and_completes_nothing() -> None:
    world = World()
    world.agree(terms(schedule=AT_ONCE))
    world.pay("12600.00")
    world.pass_time(days=90)
    assert record(world) == Tally(judged=1)


def test_a_deposit_kept_because_the_balance_never_came_is_no_completed_trade() -> None:
    world = World()
    world.agree()
    world.pay("3780.00")
    done(world.supplier(c.ReportProduction()))
    world.pass_time(days=90)
    assert world.now.released == 378_000
    assert record(world) == Tally()


def test_a_claim_that_is_settled_by_a_price_cut_is_a_dispute_lost() -> None:
    world = World()
    world.agree(terms(schedule=AT_ONCE))
    world.pay("12600.00")
    world.pass_time(days=42)
    world.ship()
    world.pass_time(days=7)
    done(world.buyer(c.ClaimLate()))
    world.pass_time(days=40)
    assert record(world) == Tally(1, judged=1, disputes=1, lost=1, completed={"USD": 1_197_000})


def test_a_trade_that_lapses_leaves_nothing_on_the_record() -> None:
    world = World()
    world.agree()
    world.pass_time(days=20)
    assert record(world) == Tally()


@pytest.mark.parametrize("related", [
    {"owners": ("owner-9",)},
    {"registration": "91330200MA2AF8YX0T", "country": "CN"},
])  # fmt: skip
def test_trades_between_related_companies_earn_nothing(related: dict[str, Any]) -> None:
    world = World()
    for number in (SELLER, BUYER):
        ref = company_ref(number)
        world.machines[ref] = replace(world.machines[ref], **related)
    trade = company.RecordTrade(BUYER, Money(1_260_000, "USD"), on_time=True)
    done(world.do(SUPPLIER, MACHINE, trade))
    assert record(world) == Tally(related=1)


def test_companies_without_owners_or_registration_are_not_related_by_that() -> None:
    world = World()
    trade = company.RecordTrade(BUYER, Money(1_260_000, "USD"), on_time=False, passed=True, disputed=True)
    done(world.do(SUPPLIER, MACHINE, trade))
    assert record(world) == Tally(1, 1, 0, 1, 1, 1, 0, 0, {"USD": 1_260_000})
    assert list(world.machines[SUPPLIER].months) == ["2026-03"]


def test_nobody_may_write_a_record_by_hand() -> None:
    trade = company.RecordTrade(BUYER, Money(1, "USD"))
    for actor in (as_supplier, operator, pair):
        assert refused(World().do(SUPPLIER, actor, trade)) == "not_allowed"
