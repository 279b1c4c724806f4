"""A contract above the supplier's cover: the part that the buyer chose is passed through, unheld and
unprotected; what is held never exceeds the cover."""

from tests.world import AT_ONCE, SUPPLIER, World, as_supplier, done, pair, refused, terms
from tradehold.domain import company, payout
from tradehold.domain import trade_commands as c
from tradehold.domain import trade_events as e
from tradehold.domain.command import RAIL
from tradehold.domain.contract import Item, Terms
from tradehold.domain.refusal import Refusal

LIMIT, PASSED = 1_000_000, 260_000
THREE = (
    Item(378_000, "confirmation"),
    Item(622_000, "production"),
    Item(260_000, "production"),
)


def above(**changed: object) -> Terms:
    """12,600.00 dollars of which the supplier's cover holds 10,000.00."""
    values = {"cover": LIMIT, "pass_through": PASSED} | changed
    return terms(**values)


def agreed(**changed: object) -> World:
    world = World("10000.00")
    world.draft(above(**changed))
    done(world.buyer(c.Confirm(1, world.now.hash, accept_unprotected=True)))
    done(world.supplier(c.Confirm(1, world.now.hash)))
    return world


def unprotected(world: World) -> list[int]:
    return [one.amount.minor for one in world.now.obligations if one.reason == "unprotected"]


def finish(world: World) -> None:
    """The books close once everything that is owed was paid."""
    world.pass_time(days=8)
    world.bank_pays()
    world.assert_closed()


def test_paid_in_parts_the_cover_fills_first_and_the_rest_goes_on_at_once() -> None:
    world = agreed()
    world.pay("3780.00")
    assert (world.now.held, unprotected(world)) == (378_000, [])
    done(world.supplier(c.ReportProduction()))
    world.pay("8820.00")
    assert (world.now.stage, world.now.held, world.now.passed) == ("ready", LIMIT, PASSED)
    assert unprotected(world) == [PASSED]
    assert world.balance("hold") == LIMIT
    assert world.balance("supplier_payable") == PASSED
    world.ship()
    finish(world)
    assert world.now.released == LIMIT


def test_a_payment_in_one_is_held_up_to_the_cover() -> None:
    """The initial payment may not be the whole, but a buyer may send everything with it."""
    world = agreed(surplus="keep")
    world.pay("12600.00")
    assert (world.now.stage, world.now.held, unprotected(world)) == ("producing", LIMIT, [PASSED])
    done(world.supplier(c.ReportProduction()))
    world.ship()
    finish(world)


def test_what_is_passed_on_is_paid_out_long_before_the_goods_ship() -> None:
    world = agreed()
    world.pay("3780.00")
    done(world.supplier(c.ReportProduction()))
    world.pay("8820.00")
    world.bank_pays()
    assert world.bank == LIMIT
    assert [one.state for one in world.now.obligations] == ["paid"]
    assert world.now.stage == "ready"


def test_a_late_trade_gives_back_what_is_held_and_no_more() -> None:
    world = agreed()
    world.pay("3780.00")
    done(world.supplier(c.ReportProduction()))
    world.pay("8820.00")
    world.pass_time(days=120)
    assert world.now.outcome == "refunded"
    assert world.now.refunded == LIMIT
    assert world.now.passed == PASSED
    world.bank_pays()
    world.assert_closed()


def test_the_initial_payment_is_covered_whole_so_that_a_lapse_gives_back_everything() -> None:
    world = World("10000.00")
    answer = world.do(world.trade, as_supplier, c.Draft(above(schedule=AT_ONCE)))
    assert refused(answer) == "invalid_terms"
    assert isinstance(answer, Refusal)
    assert answer.fields == {"pass_through": "The initial payment must be covered whole: pass less through."}
    world = agreed()
    world.pay("3000.00")
    world.pass_time(days=17)
    assert (world.now.outcome, world.now.refunded, world.now.passed) == ("lapsed", 300_000, 0)
    world.bank_pays()
    world.assert_closed()


def test_a_banks_charge_on_the_part_that_is_held_is_made_up_for_there() -> None:
    world = agreed()
    world.pay("3760.00")
    assert (world.now.held, world.now.contributed) == (378_000, 2_000)
    done(world.supplier(c.ReportProduction()))
    world.pay("8790.00")
    assert (world.now.held, world.now.contributed, world.now.passed) == (LIMIT, 2_000, PASSED)
    assert world.balance("rail_cost") == 5_000
    world.ship()
    finish(world)


def test_a_banks_charge_on_the_part_that_goes_on_never_lifts_the_hold_above_the_cover() -> None:
    world = agreed(schedule=THREE)
    world.pay("3780.00")
    done(world.supplier(c.ReportProduction()))
    world.pay("6220.00")
    world.pay("2580.00")
    [held] = [one for one in world.happened(e.PaymentHeld) if one.passed]
    assert (held.amount, held.contributed, held.passed, held.topped) == (0, 0, 258_000, 2_000)
    assert (world.now.stage, world.now.held, unprotected(world)) == ("ready", LIMIT, [PASSED])
    world.ship()
    finish(world)
    assert world.balance("rail_cost") == 2_000


def test_a_refund_returns_the_platforms_part_of_the_hold_and_not_what_it_added_to_the_rest() -> None:
    world = agreed(schedule=THREE)
    world.pay("3760.00")
    done(world.supplier(c.ReportProduction()))
    world.pay("6220.00")
    world.pay("2580.00")
    assert world.balance("rail_cost") == 4_000
    world.pass_time(days=120)
    assert (world.now.outcome, world.now.refunded) == ("refunded", LIMIT - 2_000)
    assert world.balance("rail_cost") == 2_000
    world.bank_pays()
    world.assert_closed()


def test_a_payment_taken_back_after_it_was_passed_on_is_the_suppliers_debt_for_that_part() -> None:
    world = agreed()
    world.pay("3780.00")
    done(world.supplier(c.ReportProduction()))
    line = world.pay("8820.00")
    world.bank_pays()
    world.take_back(line)
    assert (world.now.held, world.now.passed) == (378_000, PASSED)
    assert world.balance("supplier_receivable") == PASSED
    world.pay("6220.00")  # made good: what is held, for the rest has reached the supplier
    assert (world.now.held, unprotected(world)) == (LIMIT, [PASSED])
    world.ship()
    finish(world)


def test_trades_at_once_share_one_cover_and_the_last_passes_more_through() -> None:
    world = World("15000.00")
    world.agree()  # reserves 12,600.00
    world.draft(trade=2)
    done(world.buyer(c.Confirm(1, world.now.hash)))
    answer = world.supplier(c.Confirm(1, world.now.hash))
    assert refused(answer) == "cover_exceeded"
    assert isinstance(answer, Refusal)
    assert answer.data == {"needed": 1_260_000, "available": 240_000}
    small = (Item(200_000, "confirmation"), Item(1_060_000, "production"))
    done(world.buyer(c.Revise(1, terms(schedule=small, cover=240_000, pass_through=1_020_000))))
    done(world.buyer(c.Confirm(2, world.now.hash, accept_unprotected=True)))
    done(world.supplier(c.Confirm(2, world.now.hash)))
    assert world.balance("cover_available") == 0
    assert world.balance("cover_reserved") == 1_500_000


def test_the_buyer_and_only_the_buyer_accepts_what_is_unprotected() -> None:
    world = World("10000.00")
    world.draft(above())
    done(world.supplier(c.Confirm(1, world.now.hash)))
    answer = world.buyer(c.Confirm(1, world.now.hash))
    assert refused(answer) == "unprotected"
    assert isinstance(answer, Refusal)
    assert answer.data == {"amount": PASSED}
    done(world.buyer(c.Confirm(1, world.now.hash, accept_unprotected=True)))


def test_payouts_of_the_part_passed_on_wait_while_the_supplier_is_suspended() -> None:
    world = agreed()
    world.pay("3780.00")
    done(world.supplier(c.ReportProduction()))
    done(world.do(SUPPLIER, pair, company.Suspend("Its certificate was forged.")))
    world.pay("8820.00")
    [ref] = world.payouts()
    assert refused(world.do(ref, RAIL, payout.submit(world.machines[ref], "b"))) == "supplier_stopped"
    done(world.do(SUPPLIER, pair, company.Reinstate("It was genuine.")))
    world.ship()
    finish(world)


def test_what_is_passed_through_earns_the_supplier_no_cover() -> None:
    world = agreed()
    world.pay("3780.00")
    done(world.supplier(c.ReportProduction()))
    world.pay("8820.00")
    world.ship()
    finish(world)
    assert world.machines[SUPPLIER].tally().completed == {"USD": LIMIT}


def test_the_part_can_be_neither_negative_nor_more_than_the_total_leaves() -> None:
    for changed, field in (
        ({"pass_through": -1, "cover": 1_260_001}, "pass_through"),
        ({"pass_through": 260_001}, "cover"),
        ({"cover": 0, "pass_through": 1_260_000}, "pass_through"),
    ):
        answer = World().do(World().trade, as_supplier, c.Draft(terms(**changed)))
        assert refused(answer) == "invalid_terms"
        assert isinstance(answer, Refusal)
        assert set(answer.fields) == {field}
