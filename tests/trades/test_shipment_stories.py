"""Trades that ship, late or in time, in one piece or several; each ends with nothing held and nothing
owed."""

from datetime import date, timedelta

from tests.world import (
    ALL,
    AT_ONCE,
    SHIRTS,
    TROUSERS,
    World,
    done,
    refused,
    terms,
)  # fmt: skip
from tradehold.domain import contract
from tradehold.domain import trade_commands as c
from tradehold.domain import trade_events as e


def paid_out(world: World) -> dict[str, int]:
    """What each side was paid in all, in cents."""
    paid = {"supplier": 0, "buyer": 0}
    for owed in world.now.obligations:
        if owed.state == "paid":
            paid["supplier" if owed.receipt is None else "buyer"] += owed.amount.minor
    return paid


def overdue() -> World:
    """Paid at once; the ship-by date has just passed."""
    world = World()
    world.agree(terms(schedule=AT_ONCE))
    world.pay("12600.00")
    world.pass_time(days=41)
    assert world.now.stage == "overdue"
    return world


def test_shipped_on_time_and_released() -> None:
    world = World()
    world.make()
    world.pass_time(days=5)
    world.ship()
    world.pass_time(days=6)  # nobody contests the bill of lading
    world.bank_pays()
    world.assert_closed()
    assert world.now.outcome == "released"
    assert paid_out(world) == {"supplier": 1_260_000, "buyer": 0}


def test_never_shipped_and_refunded_after_thirty_days() -> None:
    world = overdue()
    world.pass_time(days=32)
    world.bank_pays()
    world.assert_closed()
    assert world.now.outcome == "refunded"
    assert paid_out(world) == {"supplier": 0, "buyer": 1_260_000}


def test_buyer_takes_the_refund_right_after_the_proof_window() -> None:
    world = overdue()
    assert refused(world.buyer(c.TakeRefund())) == "proof_pending"
    world.pass_time(days=5)
    done(world.buyer(c.TakeRefund()))
    world.bank_pays()
    world.assert_closed()
    assert world.now.outcome == "refunded"


def test_documents_shown_within_the_proof_window_make_it_in_time() -> None:
    world = overdue()
    world.ship(on=world.at.date() - timedelta(days=3))
    assert world.now.stage == "shipped"
    world.pass_time(days=7)
    world.bank_pays()
    world.assert_closed()
    assert world.now.outcome == "released"


def test_a_backdated_document_after_the_proof_window_does_not_help() -> None:
    world = overdue()
    in_time = world.at.date() - timedelta(days=3)
    world.pass_time(days=5)
    world.ship(on=in_time)
    late = c.ShowEvidence(1, "COSU6002", in_time)
    assert refused(world.supplier(late)) == "too_late"
    world.pass_time(days=7)
    assert world.now.stage == "late"
    world.pass_time(days=16)
    world.bank_pays()
    world.assert_closed()


def test_partial_shipments_with_one_line_late_are_split() -> None:
    world = World()
    world.agree(terms(schedule=AT_ONCE))
    world.pay("12600.00")
    world.ship(SHIRTS)
    world.pass_time(days=45)  # the trousers are overdue, their proof window is over
    world.ship(TROUSERS)
    world.pass_time(days=7)
    assert world.now.stage == "late"
    done(world.buyer(c.ClaimLate()))
    assert world.judge(world.trade, c.ConfirmReturn()) is None
    world.bank_pays()
    world.assert_closed()
    assert world.now.outcome == "split"
    assert paid_out(world) == {"supplier": 800_000, "buyer": 460_000}


def test_one_line_never_shipped_is_refunded_and_the_other_paid() -> None:
    world = World()
    world.agree(terms(schedule=AT_ONCE))
    world.pay("12600.00")
    world.ship(SHIRTS)
    world.pass_time(days=80)
    world.bank_pays()
    world.assert_closed()
    assert paid_out(world) == {"supplier": 800_000, "buyer": 460_000}


def test_late_part_and_missing_part_are_decided_one_after_the_other() -> None:
    world = overdue()
    world.pass_time(days=5)
    world.ship(SHIRTS)
    done(world.buyer(c.TakeRefund()))
    assert world.now.stage == "late"
    assert world.now.held == 800_000
    done(world.buyer(c.AcceptLate()))
    world.bank_pays()
    world.assert_closed()
    assert paid_out(world) == {"supplier": 800_000, "buyer": 460_000}


def test_evidence_contested_in_lateness_is_decided_before_the_buyer_loses_the_choice() -> None:
    world = overdue()
    world.pass_time(days=5)
    world.ship(SHIRTS)
    done(world.buyer(c.TakeRefund()))
    done(world.buyer(c.ContestEvidence(1, "There is no such vessel.")))
    assert refused(world.buyer(c.ClaimLate())) == "evidence_pending"
    assert world.now.clocks["choose"] >= world.now.clocks["decide:1"]
    world.pass_time(days=20)  # nobody confirms it
    world.bank_pays()
    world.assert_closed()
    assert paid_out(world) == {"supplier": 0, "buyer": 1_260_000}


def test_a_contested_late_shipment_is_decided_before_anything_is_refunded() -> None:
    world = overdue()
    world.pass_time(days=5)
    world.ship(SHIRTS)
    done(world.buyer(c.ContestEvidence(1, "There is no such vessel.")))
    assert refused(world.buyer(c.TakeRefund())) == "evidence_pending"
    assert world.judge(world.trade, c.ConfirmEvidence(1)) is None
    done(world.buyer(c.TakeRefund()))
    world.bank_pays()
    world.pass_time(days=16)
    world.bank_pays()
    world.assert_closed()
    assert paid_out(world) == {"supplier": 800_000, "buyer": 460_000}


def test_evidence_contested_and_rejected_leads_to_overdue() -> None:
    world = World()
    world.make()
    world.pass_time(days=39)
    world.ship()
    done(world.buyer(c.ContestEvidence(1, "The container number does not exist.")))
    assert world.judge(world.trade, c.RejectEvidence(1)) is None
    assert world.now.stage == "ready"
    world.pass_time(days=3)
    assert world.now.stage == "overdue"
    world.pass_time(days=35)
    world.bank_pays()
    world.assert_closed()
    assert world.now.outcome == "refunded"


def test_rejected_evidence_does_not_open_the_proof_window_anew() -> None:
    world = World()
    world.make()
    world.pass_time(days=39)
    world.ship()
    done(world.buyer(c.ContestEvidence(1, "It never sailed.")))
    world.pass_time(days=25)  # nobody decides within ten working days: it does not count
    assert world.now.stage == "overdue"
    assert "prove" not in world.now.clocks
    done(world.buyer(c.TakeRefund()))
    world.bank_pays()
    world.assert_closed()


def test_extension_by_amendment() -> None:
    world = overdue()
    later = terms(schedule=AT_ONCE, ship_by=contract.ShipBy(on=world.at.date() + timedelta(days=30)))
    done(world.supplier(c.Amend(1, later, "the mill was late")))
    assert refused(world.supplier(c.AgreeAmendment(2, world.now.amendment.hash))) == "own_amendment"
    done(world.buyer(c.AgreeAmendment(2, world.now.amendment.hash)))
    assert world.now.stage == "producing"
    world.pass_time(days=25)
    world.ship()
    world.pass_time(days=7)
    world.bank_pays()
    world.assert_closed()
    assert world.now.outcome == "released"


def test_late_is_accepted_by_silence() -> None:
    world = overdue()
    world.ship(on=world.at.date())
    world.pass_time(days=7)
    assert world.now.stage == "late"
    world.pass_time(days=16)
    world.bank_pays()
    world.assert_closed()
    assert world.now.outcome == "released"


def test_late_is_claimed_and_the_documents_are_surrendered() -> None:
    world = overdue()
    world.ship(on=world.at.date())
    world.pass_time(days=7)
    done(world.buyer(c.ClaimLate()))
    done(world.supplier(c.ConfirmReturn()))
    world.bank_pays()
    world.assert_closed()
    assert world.now.outcome == "refunded"


def test_late_is_claimed_but_nothing_returned_so_the_price_is_cut() -> None:
    world = overdue()
    world.ship(on=world.at.date())
    world.pass_time(days=7)
    done(world.buyer(c.ClaimLate()))
    world.pass_time(days=31)
    world.bank_pays()
    world.assert_closed()
    assert world.now.outcome == "split"
    assert paid_out(world) == {"supplier": 1_197_000, "buyer": 63_000}  # 5 % of 12,600.00


def test_the_buyer_waits_and_is_refunded_later() -> None:
    world = overdue()
    world.pass_time(days=20)
    done(world.buyer(c.Wait()))
    world.pass_time(days=20)
    assert world.now.stage == "overdue"
    world.pass_time(days=12)
    world.bank_pays()
    world.assert_closed()


def test_without_a_document_the_day_of_the_upload_counts() -> None:
    world = overdue()
    world.ship(document="")
    assert world.now.shipments[0].on == date(2026, 4, 12)
    done(world.supplier(c.ShowEvidence(1, "COSU6001", date(2026, 4, 9))))
    world.pass_time(days=9)
    world.bank_pays()
    world.assert_closed()
    assert world.now.outcome == "released"


def test_a_long_line_of_small_shipments_adds_up() -> None:
    world = World()
    world.make()
    for _ in range(10):
        world.ship((e.Shipped(0, 100_000), e.Shipped(1, 46_000)))
    assert refused(world.supplier(c.Ship(ALL, "COSCO", "sea"))) == "wrong_stage"
    world.pass_time(days=6)
    world.bank_pays()
    world.assert_closed()
    assert world.now.outcome == "released"
