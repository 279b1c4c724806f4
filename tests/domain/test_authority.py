"""The one table of who may do what, against a second one written by hand: sides, duties, and what takes a
second factor. The trade's sides stand once more in test_matrix.py, over every stage."""

from typing import Any

import pytest

from tests.assured import gold
from tests.world import BUYER, SUPPLIER, World, as_buyer, as_stranger, as_supplier, operator, pair, terms
from tradehold.domain import approval
from tradehold.domain import trade_commands as c
from tradehold.domain.approval import Judged
from tradehold.domain.authority import (
    CHANGE,
    MAY,
    PUBLIC,
    READ,
    SELF,
    check,
    duty_of,
    may_read,
    side,
)
from tradehold.domain.command import CLOCK, DUTIES, MACHINE, RAIL, Actor, Duty, Grade, Role, Side
from tradehold.domain.company import SetLimit
from tradehold.domain.identity import Kind, Ref
from tradehold.domain.machines import MACHINES, Command
from tradehold.domain.money import Money

# sides | duty (of the people among them) | "fresh" where a second factor must have been shown just now
WHO = {
    "Draft": "buyer supplier | trade", "Revise": "buyer supplier | trade",
    "Confirm": "buyer supplier | trade",
    "Withdraw": "buyer supplier | trade", "ExtendPayment": "buyer supplier | trade",
    "Amend": "buyer supplier | trade", "AgreeAmendment": "buyer supplier | trade",
    "DeclineAmendment": "buyer supplier | trade",
    "ReceivePayment": "machine", "ReversePayment": "machine",
    "AcceptShort": "supplier | finance | fresh", "AcceptPayer": "pair | finance",
    "ReturnPayment": "pair | finance",
    "NoteProgress": "supplier | trade", "ReportProduction": "supplier | trade",
    "ContestProduction": "buyer | trade", "WaiveInspection": "buyer | trade | fresh",
    "Ship": "supplier | trade", "ShowEvidence": "supplier | trade",
    "ContestEvidence": "buyer | trade", "ConfirmEvidence": "pair | trade", "RejectEvidence": "pair | trade",
    "TakeRefund": "buyer | trade | fresh", "Wait": "buyer | trade", "AcceptLate": "buyer | trade | fresh",
    "ClaimLate": "buyer | trade", "ConfirmReturn": "supplier pair | trade | fresh",
    "SendMessage": "buyer supplier operator | talk", "Freeze": "pair machine | trade",
    "Lift": "pair machine | trade",
    "PassDeadline": "clock", "CloseObligation": "machine", "ReopenObligation": "machine",
    "Register": "company operator | manage", "Clear": "pair | trade", "Exclude": "pair | trade",
    "Suspend": "pair | trade", "Reinstate": "pair | trade", "DeclareInsolvent": "pair | trade",
    "Verify": "operator | trade", "WithdrawVerification": "operator | trade", "SetMembership": "pair | trade",
    "SetLimit": "pair | finance", "FollowFormula": "pair | finance",
    "AddPayoutAccount": "company | finance | fresh", "ApprovePayoutAccount": "operator | finance | fresh",
    "ReturnCover": "machine", "RecordTrade": "machine",
    "Owe": "machine", "SubmitPayout": "rail operator | finance | fresh", "ConfirmPayout": "rail machine",
    "RejectPayout": "rail", "TakeReturn": "machine", "Redirect": "pair | finance",
    "RecordLine": "rail operator | finance", "MatchLine": "pair | finance", "GiveBackLine": "pair | finance",
    "ExplainLine": "pair | finance", "TakeBackLine": "machine",
    "OpenAccount": "operator | manage | fresh", "ReadStatement": "rail operator | finance",
    "CompleteStatement": "rail operator | finance",
    "Propose": "operator | trade | fresh", "Approve": "operator | trade | fresh",
    "Reject": "operator | trade",
    "PausePayouts": "operator | finance", "ResumePayouts": "pair | finance",
    "PublishPolicy": "pair | manage", "PublishCalendar": "pair | manage",
}  # fmt: skip
# What each role in a company may do, once more.
GRADES = {
    "owner": "read talk trade finance manage", "trader": "read talk trade", "finance": "read talk finance",
    "viewer": "read",
}  # fmt: skip
COMMANDS = {command for machine in MACHINES.values() for command in machine.commands.__args__}
PEOPLE = {"buyer", "supplier", "company", "operator", "pair"}


def row(command: type[Any]) -> tuple[set[str], str, bool]:
    sides, *rest = (part.strip() for part in WHO[command.__name__].split("|"))
    return set(sides.split()), rest[0] if rest else "", "fresh" in rest[1:]


def test_every_command_has_a_row_and_every_row_a_command() -> None:
    assert set(MAY) == COMMANDS
    assert {command.__name__ for command in COMMANDS} == WHO.keys()


@pytest.mark.parametrize("command", sorted(COMMANDS, key=lambda one: one.__name__))
def test_the_two_tables_agree(command: type[Any]) -> None:
    sides, duty, fresh = row(command)
    right = MAY[command]
    assert {side.value for side in right.sides} == sides
    assert right.fresh is fresh
    if sides & PEOPLE:
        assert right.duty.value == duty


def test_each_grade_has_the_duties_written_down_here() -> None:
    written = {Grade(grade): {Duty(duty) for duty in duties.split()} for grade, duties in GRADES.items()}
    assert written == DUTIES


def test_what_a_pair_may_do_can_be_proposed_and_nothing_else() -> None:
    assert {command for command in MAY if Side.PAIR in MAY[command].sides} == set(Judged.__args__)


def test_a_stranger_may_nothing_at_all() -> None:
    assert not any(
        Side.STRANGER in right.sides for right in (*MAY.values(), *READ.values(), *CHANGE.values())
    )
    for what in (*READ, *PUBLIC, *SELF, "anything"):
        assert not may_read(what, Side.STRANGER, as_stranger)


@pytest.mark.parametrize("grade", [*Grade, None])
def test_a_person_needs_the_duty_and_what_moves_money_a_second_factor(grade: Grade | None) -> None:
    world = World()
    world.agree()
    actor = Actor(Role.MEMBER, as_buyer.company, 21, grade=grade)
    duties = GRADES[grade.value].split() if grade else []

    def code(do: Any, fresh: bool) -> str:
        found = check(Command("k", world.trade, actor, world.at, do, fresh=fresh), world.now)
        return found.code.value if found else ""

    trades = "" if "trade" in duties else "not_your_duty"
    assert code(c.Wait(), False) == trades
    assert code(c.TakeRefund(), True) == trades
    assert code(c.TakeRefund(), False) == (trades or "step_up")
    assert code(c.SendMessage("Hello"), False) == ("" if "talk" in duties else "not_your_duty")


def test_a_proposal_takes_the_duty_of_what_it_proposes() -> None:
    limit = SetLimit(Money(1, "USD"))
    propose = approval.Propose(SUPPLIER, limit, "why")
    assert duty_of(propose) is Duty.FINANCE
    assert duty_of(approval.Propose(SUPPLIER, gold(World().at.date()), "why")) is Duty.TRADE
    pending = approval.Approval(approval.Stage.PENDING, SUPPLIER, limit, operator, "why")
    assert duty_of(approval.Approve(), pending) is Duty.FINANCE
    trader = Actor(Role.OPERATOR, 0, 3, grade=Grade.TRADER)
    ref = Ref(SUPPLIER.owner, Kind.APPROVAL, 5)
    found = check(Command("k", ref, trader, World().at, approval.Approve(), fresh=True), pending)
    assert found is not None
    assert found.data == {"duty": "finance", "grade": "trader"}


@pytest.mark.parametrize(
    ("actor", "where"),
    [
        (as_buyer, Side.BUYER), (as_supplier, Side.SUPPLIER), (as_stranger, Side.STRANGER),
        (operator, Side.OPERATOR), (pair, Side.PAIR), (RAIL, Side.RAIL), (CLOCK, Side.CLOCK),
        (MACHINE, Side.MACHINE), (Actor(Role.MEMBER, 0, 1), Side.STRANGER),
    ],
)  # fmt: skip
def test_where_an_actor_stands(actor: Actor, where: Side) -> None:
    world = World()
    world.agree()
    assert side(actor, world.trade, world.now) is where
    assert side(actor, world.trade, None, c.Draft(terms())) is where


def test_a_buyer_is_nobody_to_the_suppliers_own_books() -> None:
    world = World()
    assert side(as_buyer, SUPPLIER, world.machines[SUPPLIER]) is Side.STRANGER
    assert side(Actor(Role.MEMBER, BUYER, 1), Ref(0, Kind.RECEIPT, 1), None) is Side.STRANGER
    assert side(as_supplier, SUPPLIER, None) is Side.COMPANY
