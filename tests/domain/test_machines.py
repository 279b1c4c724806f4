"""The small machines: payout, receipt, account, approval; each command in each stage that refuses it."""

from datetime import date

import pytest
from msgspec.structs import replace

from tests.world import (
    AT_ONCE,
    BUYERS,
    OURS,
    SUPPLIER,
    World,
    as_buyer,
    done,
    operator,
    pair,
    refused,
    second_operator,
    terms,
)  # fmt: skip
from tradehold.domain import account, approval, company, payout, receipt
from tradehold.domain import trade_commands as c
from tradehold.domain.bank import Party
from tradehold.domain.command import MACHINE, RAIL
from tradehold.domain.identity import Kind, Ref, account_ref, receipt_ref
from tradehold.domain.machines import MACHINES, Command, due_key, input_hash, takes
from tradehold.domain.money import Money

USD = account_ref("USD")


def with_payout() -> tuple[World, Ref]:
    world = World()
    world.agree(terms(schedule=AT_ONCE))
    world.pay("12600.00")
    world.ship()
    world.pass_time(days=7)
    return world, world.payouts()[0]


def test_a_payout_is_ordered_paid_and_seen() -> None:
    world, ref = with_payout()
    attempt = world.submit(ref)
    assert refused(world.do(ref, RAIL, payout.submit(world.machines[ref], "again"))) == "wrong_stage"
    assert refused(world.do(ref, pair, payout.Redirect(BUYERS))) == "wrong_stage"
    assert refused(world.do(ref, RAIL, payout.ConfirmPayout("other-1", ""))) == "unknown"
    done(world.do(ref, RAIL, payout.ConfirmPayout(attempt, "")))
    world.debit(ref)
    assert world.now.obligations[0].reference
    assert refused(world.do(ref, RAIL, payout.ConfirmPayout(attempt, "x"))) == "duplicate"
    assert refused(world.do(ref, RAIL, payout.RejectPayout(attempt, "AC04"))) == "wrong_stage"
    world.assert_closed()


def test_a_rejected_payout_is_due_again_but_not_to_the_same_account() -> None:
    world, ref = with_payout()
    done(world.do(ref, RAIL, payout.RejectPayout(world.submit(ref), "AC04")))
    assert refused(world.do(ref, RAIL, payout.submit(world.machines[ref], "b"))) == "no_destination"
    assert refused(world.do(ref, pair, payout.Redirect(Party("X")))) == "no_destination"
    done(world.do(ref, pair, payout.Redirect(Party("Ningbo Textile Co., Ltd.", "6222020200112233"))))
    world.pass_time(days=3)  # two people say that the old account is right
    world.bank_pays()
    world.assert_closed()


def test_a_payout_that_comes_back_before_anybody_said_it_left() -> None:
    world, ref = with_payout()
    attempt = world.submit(ref)
    world.bank_books(world.line("12600.00", end_to_end=attempt, reason="AC04"))
    assert world.machines[ref].stage == "due"
    assert world.now.stage == "settling"


def test_only_a_machine_can_owe_and_only_once() -> None:
    world, ref = with_payout()
    owe = payout.Owe(world.trade, 1, True, Money(1, "USD"), Party(), "x")
    assert refused(world.do(ref, pair, owe)) == "not_allowed"
    assert refused(world.do(ref, MACHINE, owe)) == "duplicate"


def test_bank_lines_that_are_nobodys() -> None:
    world = World()
    debit = world.line("12.50", credit=False)
    world.bank_books(debit)
    ref = receipt_ref(debit.account, debit.reference)
    assert world.machines[ref].stage == "unexplained"
    assert refused(world.do(ref, pair, receipt.GiveBackLine())) == "wrong_stage"
    assert world.judge(ref, receipt.ExplainLine("the bank's fee")) is None
    assert world.balance("rail_cost") == 1_250
    assert refused(world.do(ref, pair, receipt.ExplainLine("again"))) == "wrong_stage"


@pytest.mark.parametrize(
    ("changed", "code"),
    [({"account": "DE00"}, "unknown_account"), ({"amount": Money(1, "CHF")}, "unknown_account"),
     ({"amount": Money(0, "USD")}, "invalid_amount"), ({"amount": Money(-5, "USD")}, "invalid_amount")],
)  # fmt: skip
def test_lines_that_cannot_be(changed: dict[str, object], code: str) -> None:
    world = World()
    line = replace(world.line("1.00"), **changed)
    assert refused(world.do(receipt_ref("a", "b"), RAIL, receipt.RecordLine(line))) == code


def test_a_line_is_matched_only_to_a_trade_that_exists() -> None:
    world = World()
    world.agree()
    line = world.pay("1.00", remittance="?")
    ref = receipt_ref(line.account, line.reference)
    for target in (Ref(1001, Kind.TRADE, 77), SUPPLIER):
        assert refused(world.do(ref, pair, receipt.MatchLine(target))) == "unknown"
    done(world.do(ref, pair, receipt.GiveBackLine()))
    world.take_back(line)  # and now the bank takes it as well
    assert world.balance("guarantee_loss") == 100


def test_a_reversal_of_another_amount_is_looked_at_by_a_person() -> None:
    world = World()
    world.agree()
    line = world.pay("3780.00")
    part = replace(line, reference="part", amount=Money(100, "USD"), credit=False, reversal=True,
                   original=line.reference)  # fmt: skip
    world.bank_books(part)
    assert world.machines[receipt_ref(line.account, "part")].stage == "unexplained"
    assert world.now.held == 378_000


def test_statements_follow_on_each_other() -> None:
    world = World()

    def read(name: str, opening: int, entries: int, closing: int, **more: str) -> str:
        who = {"account": OURS.account, "currency": "USD"} | more
        do = account.ReadStatement(who["account"], who["currency"], name, opening, entries, closing,
                                   date(2026, 3, 2))  # fmt: skip
        answer = world.do(USD, RAIL, do)
        return "" if isinstance(answer, list) else refused(answer)

    assert read("s1", 0, 5, 6) == "statement_unbalanced"
    assert read("s1", 0, 5, 5, account="DE1") == "unknown_account"
    assert read("s1", 0, 5, 5) == ""
    assert refused(world.do(USD, RAIL, account.CompleteStatement("other"))) == "statement_known"
    done(world.do(USD, RAIL, account.CompleteStatement("s1")))
    assert read("s1", 0, 5, 5) == "statement_known"
    assert read("s3", 9, 1, 10) == "statement_gap"
    assert world.machines[USD].read_until == date(2026, 3, 2)


@pytest.mark.parametrize(("currency", "number"), [("USD", "x"), ("XAU", "x"), ("CHF", " ")])
def test_accounts_that_cannot_be_opened(currency: str, number: str) -> None:
    answer = World().do(account_ref(currency), operator, account.OpenAccount(currency, Party("", number)))
    assert refused(answer) in ("exists", "unknown_account")


def test_one_operator_alone_moves_no_money_by_judgement() -> None:
    world = World()
    raise_it = company.SetLimit(Money(1, "USD"))
    assert refused(world.do(SUPPLIER, operator, raise_it)) == "needs_second_person"
    ref = Ref(1001, Kind.APPROVAL, 5)
    done(world.do(ref, operator, approval.Propose(SUPPLIER, raise_it, "why")))
    assert refused(world.do(ref, operator, approval.Propose(SUPPLIER, raise_it, "why"))) == "exists"
    assert refused(world.do(ref, operator, approval.Approve())) == "same_person"
    assert refused(world.do(ref, as_buyer, approval.Approve())) == "not_allowed"
    done(world.do(ref, second_operator, approval.Reject("no")))
    assert refused(world.do(ref, second_operator, approval.Approve())) == "wrong_stage"
    assert world.balance("cover_granted") == 3_000_000


def test_a_proposal_lapses_and_names_a_machine_of_the_right_kind() -> None:
    world = World()
    ref = Ref(1001, Kind.APPROVAL, 5)
    for target, do in ((SUPPLIER, c.ConfirmReturn()), (Ref(1001, Kind.TRADE, 9), c.ConfirmReturn()),
                       (USD, company.SetLimit(Money(1, "USD")))):  # fmt: skip
        assert refused(world.do(ref, operator, approval.Propose(target, do, "why"))) == "unknown"
    done(world.do(ref, operator, approval.Propose(SUPPLIER, company.SetLimit(Money(1, "USD")), "why")))
    world.pass_time(days=16)
    assert world.machines[ref].stage == "expired"


def test_a_command_to_a_machine_that_is_not_there_or_of_another_kind() -> None:
    world = World()
    assert refused(world.do(Ref(1001, Kind.TRADE, 9), as_buyer, c.Withdraw())) == "not_allowed"
    assert (
        refused(world.do(Ref(1001, Kind.PAYOUT, 9), RAIL, payout.SubmitPayout("b", world.trade))) == "unknown"
    )
    assert refused(world.do(USD, RAIL, payout.SubmitPayout("b", world.trade))) == "unknown"
    assert not takes(Kind.ACCOUNT, c.Withdraw())
    assert set(MACHINES) == set(Kind)


def test_a_key_stands_for_machine_actor_and_content_but_not_for_the_hour() -> None:
    world = World()
    first = Command("k", SUPPLIER, operator, world.at, company.Register("x", "CN"))
    assert input_hash(first) == input_hash(replace(first, at=world.at.replace(year=2027)))
    assert input_hash(first) != input_hash(replace(first, actor=second_operator))
    assert due_key(SUPPLIER, "x") != due_key(Ref(1001, Kind.TRADE, 0), "x")
