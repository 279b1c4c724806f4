"""The one table of who may do what, against a second one written by hand for all machines but the trade."""

import pytest

from tests.world import BUYER, SUPPLIER, World, as_buyer, as_stranger, as_supplier, operator, pair, terms
from tradehold.domain import authority
from tradehold.domain import trade_commands as c
from tradehold.domain.approval import Judged
from tradehold.domain.authority import MAY, PUBLIC, READ, may_read, needs_pair, side
from tradehold.domain.command import CLOCK, MACHINE, RAIL, Actor, Role, Side
from tradehold.domain.identity import Kind, Ref
from tradehold.domain.machines import MACHINES

COMMANDS = {kind: machine.commands.__args__ for kind, machine in MACHINES.items()}
# The trade's own table stands in test_matrix.py.
WHO = {
    "Enrol": "operator", "SetLimit": "pair", "AddPayoutAccount": "supplier",
    "ApprovePayoutAccount": "operator", "ReturnCover": "machine",
    "Owe": "machine", "SubmitPayout": "rail operator", "ConfirmPayout": "rail machine",
    "RejectPayout": "rail", "TakeReturn": "machine", "Redirect": "pair",
    "RecordLine": "rail operator", "MatchLine": "pair", "GiveBackLine": "pair", "ExplainLine": "pair",
    "TakeBackLine": "machine",
    "OpenAccount": "operator", "ReadStatement": "rail operator", "CompleteStatement": "rail operator",
    "Propose": "operator", "Approve": "operator", "Reject": "operator", "PassDeadline": "clock",
}  # fmt: skip


def test_every_command_has_a_row_and_every_row_a_command() -> None:
    assert {command for commands in COMMANDS.values() for command in commands} == set(MAY)


@pytest.mark.parametrize(("kind", "where"), [(kind, where) for kind in Kind for where in Side])
def test_the_two_tables_agree(kind: Kind, where: Side) -> None:
    if kind is Kind.TRADE:
        return
    for command in COMMANDS[kind]:
        assert (where in MAY[command]) == (where in WHO[command.__name__].split()), command.__name__


def test_what_a_pair_may_do_can_be_proposed_and_nothing_else() -> None:
    assert {command for command in MAY if Side.PAIR in MAY[command]} == set(Judged.__args__)
    assert needs_pair(c.AcceptPayer(1))
    assert not needs_pair(c.Withdraw())


def test_a_stranger_may_nothing_at_all() -> None:
    assert not any(Side.STRANGER in sides for sides in MAY.values())
    assert not any(may_read(what, Side.STRANGER) for what in (*READ, *PUBLIC, "anything"))


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
    assert authority.side(as_supplier, SUPPLIER, None) is Side.SUPPLIER
