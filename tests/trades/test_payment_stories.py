"""Money that comes in as banks deliver it: short, too much, twice, for nobody, from somebody else, and
taken back."""

import pytest
from msgspec.structs import replace

from tests.world import AT_ONCE, BUYERS, OURS, SHIRTS, TROUSERS, UNCLE, World, done, operator, refused, terms
from tradehold.domain import account, contract, payout, receipt
from tradehold.domain import trade_commands as c
from tradehold.domain import trade_events as e
from tradehold.domain.bank import Line, Party
from tradehold.domain.command import RAIL
from tradehold.domain.identity import FUNDING, account_ref, receipt_ref, token
from tradehold.domain.money import Money
from tradehold.domain.reference import rf_reference


def finish(world: World) -> None:
    """Whatever is still undecided is decided by the clocks, and paid."""
    for _ in range(12):
        world.bank_pays()
        world.pass_time(days=20)
    world.assert_closed()


def paid_back(world: World) -> list[tuple[int, str]]:
    return [(one.amount.minor, one.reason) for one in world.now.obligations if one.receipt is not None]


def first_line(world: World) -> Line:
    return world.happened(receipt.LineAllocated)[0].line


def test_unpaid_trade_lapses_and_its_cover_is_free_again() -> None:
    world = World()
    world.agree()
    assert world.balance("cover_reserved") == 1_260_000
    world.pass_time(days=16)
    world.assert_closed()
    assert world.now.outcome == "lapsed"


def test_each_side_may_extend_the_payment_time_up_to_sixty_days() -> None:
    world = World()
    world.agree()
    done(world.buyer(c.ExtendPayment(30)))
    done(world.supplier(c.ExtendPayment(15)))
    assert refused(world.buyer(c.ExtendPayment(1))) == "extension_too_long"
    world.pass_time(days=59)
    assert world.now.stage == "confirmed"
    world.pass_time(days=2)
    world.assert_closed()


def test_no_deadline_is_judged_before_the_statement_of_its_last_day() -> None:
    world = World()
    world.agree()
    world.pass_time(days=20, statements=False)
    assert world.now.stage == "confirmed"
    world.pay("3780.00")  # it had come in time; the file was late
    assert world.now.stage == "producing"
    finish(world)


def test_a_trade_that_lapsed_returns_what_came_in_and_what_comes_after() -> None:
    world = World()
    world.agree()
    world.pay("1000.00")
    world.pass_time(days=16)
    world.pay("2780.00")
    assert paid_back(world) == [(100_000, "lapsed"), (278_000, "late")]
    assert world.now.stage == "settling"
    world.bank_pays()
    world.assert_closed()


def test_a_bank_charge_within_the_tolerance_is_the_platforms_and_returns_on_a_refund() -> None:
    world = World()
    world.agree(terms(schedule=AT_ONCE))
    world.pay("12555.00")
    assert world.now.stage == "producing"
    assert world.balance("rail_cost") == 4_500
    world.pass_time(days=80)
    world.bank_pays()
    world.assert_closed()
    assert world.balance("rail_cost") == 0
    assert paid_back(world) == [(1_255_500, "late_shipment")]


def test_a_bank_charge_within_the_tolerance_is_a_cost_when_the_supplier_is_paid() -> None:
    world = World()
    world.agree(terms(schedule=AT_ONCE))
    world.pay("12555.00")
    world.ship()
    world.pass_time(days=7)
    world.bank_pays()
    world.assert_closed()
    assert world.balance("rail_cost") == 4_500
    own = world.line("45.00", remittance=rf_reference(token(FUNDING)))
    assert world.machines[world.bank_books(own)].stage == "noted"
    assert world.bank == world.balance("bank_client")  # the platform paid its part


def test_a_payment_short_beyond_the_tolerance_is_topped_up() -> None:
    world = World()
    world.agree()
    world.pay("3000.00")
    assert world.now.stage == "confirmed"
    world.pay("780.00")
    assert world.now.stage == "producing"
    assert [event.outcome for event in world.happened(e.PaymentHeld)] == ["short", "split"]
    finish(world)


def test_the_supplier_accepts_a_short_payment_and_production_is_not_cut_off_by_the_old_clock() -> None:
    world = World()
    world.agree()
    world.pay("3000.00")
    done(world.supplier(c.AcceptShort()))
    assert world.now.stage == "producing"
    assert set(world.now.clocks) == {"ship_by"}
    assert refused(world.supplier(c.AcceptShort())) == "no_shortfall"
    world.pass_time(days=20)
    done(world.supplier(c.ReportProduction()))
    world.pay("8820.00")
    world.ship()
    world.pass_time(days=7)
    world.bank_pays()
    world.assert_closed()
    assert world.now.released == 1_182_000


def test_too_much_is_returned() -> None:
    world = World()
    world.agree()
    world.pay("4000.00")
    assert paid_back(world) == [(22_000, "over")]
    finish(world)


def test_too_much_is_kept_for_the_balance_where_that_was_agreed() -> None:
    world = World()
    world.agree(terms(surplus="keep"))
    world.pay("13000.00")
    assert world.now.held == 1_260_000
    assert paid_back(world) == [(40_000, "over")]
    finish(world)


def test_the_same_bank_line_from_two_files_counts_once() -> None:
    world = World()
    world.agree()
    line = world.pay("3780.00")
    ref = receipt_ref(line.account, line.reference)
    assert refused(world.do(ref, RAIL, receipt.RecordLine(line))) == "duplicate"
    assert world.now.held == 378_000
    finish(world)


def test_a_line_that_gets_its_reference_only_on_the_statement_finds_its_trade_then() -> None:
    world = World()
    world.agree()
    line = world.pay("3780.00", remittance="invoice 17")
    assert world.now.stage == "confirmed"
    told = replace(line, remittance=rf_reference(token(world.trade)))
    done(world.do(receipt_ref(line.account, line.reference), RAIL, receipt.RecordLine(told)))
    assert world.now.stage == "producing"
    finish(world)


def test_an_unknown_reference_is_matched_by_two_operators() -> None:
    world = World()
    world.agree()
    line = world.pay("3780.00", remittance="for the shirts")
    assert world.balance("suspense") == 378_000
    assert world.judge(receipt_ref(line.account, line.reference), receipt.MatchLine(world.trade)) is None
    assert world.now.stage == "producing"
    finish(world)


def test_an_unknown_reference_goes_back_after_ten_working_days() -> None:
    world = World()
    world.agree()
    world.pay("3780.00", remittance="")
    world.pass_time(days=16)
    assert world.balance("suspense") == 0
    assert world.balance("buyer_refundable") == 378_000
    world.bank_pays()
    world.assert_closed()


def test_a_wrong_currency_goes_back_and_its_reversal_is_a_loss_not_the_suppliers_debt() -> None:
    world = World()
    done(world.do(account_ref("EUR"), operator, account.OpenAccount("EUR", OURS)))
    world.agree()
    line = world.line("0", amount=Money(350_000, "EUR"), remittance=rf_reference(token(world.trade)))
    world.bank_books(line)
    assert world.balance("buyer_refundable", currency="EUR") == 350_000
    world.bank_pays()
    world.take_back(line)
    assert world.balance("guarantee_loss", currency="EUR") == 350_000
    assert world.balance("in_transit", currency="EUR") == 0
    finish(world)


def test_a_third_partys_payment_is_accepted_by_two_operators() -> None:
    world = World()
    world.agree()
    line = world.pay("3780.00", payer=UNCLE)
    assert world.balance("suspense") == 378_000
    paid = receipt_ref(line.account, line.reference).id
    assert world.judge(world.trade, c.AcceptPayer(paid)) is None
    assert world.now.stage == "producing"
    finish(world)


@pytest.mark.parametrize("by", ["operators", "silence"])
def test_a_third_partys_payment_is_returned(by: str) -> None:
    world = World()
    world.agree()
    line = world.pay("3780.00", payer=UNCLE)
    paid = receipt_ref(line.account, line.reference).id
    if by == "operators":
        assert world.judge(world.trade, c.ReturnPayment(paid)) is None
    else:
        world.pass_time(days=15)
    assert paid_back(world) == [(378_000, "third_party")]
    finish(world)


def test_a_payment_reversed_before_release_is_asked_for_again() -> None:
    world = World()
    world.make()
    world.pass_time(days=2)
    world.take_back(first_line(world))
    assert world.now.held == 882_000
    before = world.now.ship_by
    assert "ship_by" not in world.now.clocks
    world.pass_time(days=6)
    world.pay("3780.00")
    assert (world.now.ship_by - before).days == 6
    world.ship()
    world.pass_time(days=7)
    world.bank_pays()
    world.assert_closed()
    assert world.now.released == 1_260_000


def test_a_payment_reversed_and_never_made_good_ends_the_trade() -> None:
    world = World()
    world.make()
    world.take_back(first_line(world))
    world.pass_time(days=16)
    world.bank_pays()
    world.assert_closed()
    assert world.now.released + world.now.refunded == 882_000


def test_a_payment_reversed_after_shipment_can_be_made_good() -> None:
    world = World()
    world.agree(terms(schedule=AT_ONCE))
    line = world.pay("12600.00")
    world.ship()
    world.take_back(line)
    assert world.now.held == 0
    world.pay("12600.00")
    world.pass_time(days=7)
    world.bank_pays()
    world.assert_closed()
    assert world.now.released == 1_260_000


def test_a_payment_reversed_after_release_is_the_suppliers_debt() -> None:
    world = World()
    world.agree(terms(schedule=AT_ONCE))
    line = world.pay("12600.00")
    world.ship()
    world.pass_time(days=7)
    world.bank_pays()
    world.take_back(line)
    assert world.balance("supplier_receivable") == 1_260_000
    world.assert_closed()
    again = replace(line, reference="R2", credit=False, reversal=True, original=line.reference)
    world.bank_books(again)  # the bank takes it a second time: a person looks at it
    assert world.machines[receipt_ref(line.account, "R2")].stage == "unexplained"


def test_a_payment_reversed_after_its_refund_is_a_loss() -> None:
    world = World()
    world.agree(terms(schedule=AT_ONCE))
    line = world.pay("12600.00")
    world.pass_time(days=80)
    world.bank_pays()
    world.take_back(line)
    assert world.balance("guarantee_loss") == 1_260_000
    assert world.balance("supplier_receivable") == 0
    world.assert_closed()


@pytest.mark.parametrize(("contested", "outcome"), [(False, "released"), (True, "refunded")])
def test_the_balance_never_comes(contested: bool, outcome: str) -> None:
    world = World()
    world.agree()
    world.pay("3780.00")
    done(world.supplier(c.ReportProduction()))
    if contested:
        done(world.buyer(c.ContestProduction("I saw an empty hall.")))
    world.pass_time(days=61)
    world.bank_pays()
    world.assert_closed()
    assert world.now.outcome == outcome


def test_a_part_that_was_paid_does_not_close_the_trade_on_its_old_date() -> None:
    world = World()
    schedule = (
        contract.Item(378_000, "confirmation"),
        contract.Item(222_000, "date", world.at.date()),
        contract.Item(660_000, "production"),
    )
    world.agree(terms(schedule=schedule, ship_by=contract.ShipBy(days=110)))
    world.pay("3780.00")
    world.pay("2220.00")
    world.pass_time(days=65)
    assert world.now.stage == "producing"
    done(world.supplier(c.ReportProduction()))
    world.pay("6600.00")
    world.ship()
    world.pass_time(days=7)
    world.bank_pays()
    world.assert_closed()
    assert world.now.outcome == "released"


def test_a_payout_that_comes_back_is_redirected_by_two_operators() -> None:
    world = World()
    world.make()
    world.ship()
    world.pass_time(days=6)
    (ref,) = world.payouts()
    attempt = world.submit(ref)
    world.debit(ref)
    assert world.now.stage == "settled"
    world.bank_books(world.line("12590.00", end_to_end=attempt, reason="AC04"))  # a bank kept 10.00
    assert world.now.stage == "settling"
    assert world.balance("rail_cost") == 1_000
    assert refused(world.do(ref, RAIL, payout.submit(world.machines[ref], "b"))) == "no_destination"
    new = Party("Ningbo Textile Co., Ltd.", "6222020200998877", "ICBKCNBJ", "CN")
    assert world.judge(ref, payout.Redirect(new)) is None
    assert refused(world.do(ref, RAIL, payout.submit(world.machines[ref], "b"))) == "account_too_new"
    world.pass_time(days=3)
    world.bank_pays()
    world.assert_closed()


def test_a_stranger_who_writes_our_id_on_a_small_transfer_gets_no_second_payout() -> None:
    world = World()
    world.make()
    world.ship()
    world.pass_time(days=6)
    (ref,) = world.payouts()
    attempt = world.submit(ref)
    world.debit(ref)
    world.bank_books(world.line("1.00", end_to_end=attempt))
    assert world.machines[ref].stage == "paid"
    assert world.balance("suspense") == 100
    world.pass_time(days=20)
    world.bank_pays()
    world.assert_closed()


def test_what_cannot_be_paid_stands_unclaimed_and_is_paid_when_it_can_be() -> None:
    world = World()
    world.agree()
    world.pay("3780.00", payer=Party(BUYERS.name))  # the bank named no account
    world.pass_time(days=110)
    assert world.now.stage == "settled"
    assert world.balance("unclaimed") == 378_000
    (ref,) = world.payouts(payout.Stage.UNCLAIMED)
    assert world.judge(ref, payout.Redirect(BUYERS)) is None
    world.pass_time(days=3)
    world.submit(ref)
    world.debit(ref)
    world.assert_closed()
    assert world.balance("unclaimed") == 0


def test_money_for_a_draft_goes_back_and_the_withdrawn_draft_waits_for_it() -> None:
    world = World()
    world.draft()
    line = world.pay("3780.00")
    assert paid_back(world) == [(378_000, "not_agreed")]
    done(world.supplier(c.Withdraw()))
    assert world.now.stage == "settling"
    world.bank_pays()
    world.assert_closed()
    world.take_back(line)
    assert world.balance("guarantee_loss") == 378_000


def test_the_last_suspended_payment_of_a_settled_trade_is_reversed() -> None:
    world = World()
    world.agree()
    line = world.pay("3780.00", payer=UNCLE)
    done(world.buyer(c.ExtendPayment(1)))
    world.pass_time(days=2)
    world.take_back(line)
    world.pass_time(days=20)
    world.assert_closed()


def test_a_reversal_takes_nothing_of_the_platforms_part_and_no_refund_goes_to_who_took_it_back() -> None:
    world = World()
    world.agree(terms(schedule=AT_ONCE))
    first = world.pay("12555.00")  # and 45.00 of the platform's
    world.ship(SHIRTS)
    world.pass_time(days=46)
    world.ship(TROUSERS)
    world.pass_time(days=7)
    assert (world.now.stage, world.now.held, world.now.contributed) == ("late", 460_000, 1_643)
    world.take_back(first)
    assert world.now.held == world.now.contributed == 1_643
    world.pay("4583.57")  # what is missing again
    done(world.buyer(c.ClaimLate()))
    done(world.supplier(c.ConfirmReturn()))
    again = world.now.payments[-1].receipt
    assert [(one.receipt, one.amount.minor) for one in world.now.obligations[1:]] == [(again, 458_357)]
    world.bank_pays()
    world.assert_closed()
