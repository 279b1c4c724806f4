"""Every command in every stage by every side: accepted, or refused for the reason that the rules give."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from tests.search import SCHEDULES
from tests.stages import REACHED
from tests.world import (
    BUYERS,
    KNOWLEDGE,
    SHIRTS,
    World,
    as_buyer,
    as_stranger,
    as_supplier,
    operator,
    pair,
    terms,
)  # fmt: skip
from tradehold.domain import trade_commands as c
from tradehold.domain.command import CLOCK, MACHINE, RAIL
from tradehold.domain.contract import ShipBy
from tradehold.domain.money import Money
from tradehold.domain.refusal import Refusal
from tradehold.domain.trade import CLOCKS_OF, STAGES_OF, TRANSITIONS, Stage

SIDES = {
    "buyer": as_buyer, "supplier": as_supplier, "operator": operator, "pair": pair, "rail": RAIL,
    "clock": CLOCK, "machine": MACHINE, "stranger": as_stranger,
}  # fmt: skip
# Who may give each command, written down a second time.
WHO = {
    "buyer": "ContestProduction WaiveInspection ContestEvidence TakeRefund Wait AcceptLate ClaimLate",
    "supplier": "AcceptShort NoteProgress ReportProduction Ship ShowEvidence ConfirmReturn",
    "buyer supplier": ("Draft Revise Confirm Withdraw ExtendPayment Amend AgreeAmendment DeclineAmendment"),
    "pair": "AcceptPayer ReturnPayment ConfirmEvidence RejectEvidence ConfirmReturn",
    "machine": "ReceivePayment ReversePayment CloseObligation ReopenObligation",
    "clock": "PassDeadline",
    "buyer supplier operator": "SendMessage",
    "pair machine": "Freeze Lift",
}
MAY = {(side, name) for sides, names in WHO.items() for side in sides.split() for name in names.split()}
BY_PAIR = {*WHO["pair"].split(), "Freeze", "Lift"}

# What a trade of this stage answers to a command that the stage allows; nothing said means: accepted.
ANSWERS: dict[str, dict[str, str]] = {
    "confirmed": {"AcceptShort": "no_shortfall", "AcceptPayer": "unknown_payment"},
    "producing": {"AcceptShort": "no_shortfall", "Ship": "not_paid"},
    "produced": {"AcceptShort": "no_shortfall"},
    "overdue": {"TakeRefund": "proof_pending", "Wait": "extension_too_long"},
}
EVERYWHERE = {
    "AgreeAmendment": "no_amendment",
    "DeclineAmendment": "no_amendment",
    "WaiveInspection": "no_inspection_open",
    "AcceptPayer": "unknown_payment",
    "ReturnPayment": "unknown_payment",
    "ReversePayment": "unknown_payment",
    "ReopenObligation": "unknown",
    "CloseObligation": "unknown",
    "ShowEvidence": "unknown_shipment",
    "ContestEvidence": "unknown_shipment",
    "ConfirmEvidence": "unknown_shipment",
    "RejectEvidence": "unknown_shipment",
    "PassDeadline": "not_due",
    "Lift": "unknown",
}
# With a shipment of everything these are no longer unknown.
SHIPPED = {
    "shipped": {"ShowEvidence", "ContestEvidence", "ConfirmEvidence", "RejectEvidence"},
    "late": {"ContestEvidence", "ConfirmEvidence", "RejectEvidence"},
}


def offer(world: World, name: str) -> Any:
    """A command as it would be given now."""
    trade = world.now
    day = world.at.date()
    more = terms(schedule=SCHEDULES[len(trade.deal.schedule)], title="Shirts, trousers, and a ribbon")
    offers: dict[str, Any] = {
        "Draft": lambda: c.Draft(terms()),
        "Revise": lambda: c.Revise(trade.revision, more),
        "Confirm": lambda: c.Confirm(trade.revision, trade.hash),
        "Withdraw": c.Withdraw,
        "ExtendPayment": lambda: c.ExtendPayment(5),
        "Amend": lambda: c.Amend(trade.revision, msgspec.structs.replace(more, ship_by=later(world)), "why"),
        "AgreeAmendment": lambda: c.AgreeAmendment(2, "hash"),
        "DeclineAmendment": lambda: c.DeclineAmendment(2),
        "ReceivePayment": lambda: c.ReceivePayment(987, Money(100, "USD"), BUYERS),
        "ReversePayment": lambda: c.ReversePayment(986, Money(100, "USD")),
        "AcceptShort": c.AcceptShort,
        "AcceptPayer": lambda: c.AcceptPayer(986),
        "ReturnPayment": lambda: c.ReturnPayment(986),
        "NoteProgress": lambda: c.NoteProgress("half done"),
        "ReportProduction": c.ReportProduction,
        "WaiveInspection": c.WaiveInspection,
        "ContestProduction": lambda: c.ContestProduction("an empty hall"),
        "Ship": lambda: c.Ship(SHIRTS, "COSCO", "sea", "B/L", day),
        "ShowEvidence": lambda: c.ShowEvidence(1, "B/L", day),
        "ContestEvidence": lambda: c.ContestEvidence(1, "no such vessel"),
        "ConfirmEvidence": lambda: c.ConfirmEvidence(1),
        "RejectEvidence": lambda: c.RejectEvidence(1),
        "TakeRefund": c.TakeRefund,
        "Wait": c.Wait,
        "AcceptLate": c.AcceptLate,
        "ClaimLate": c.ClaimLate,
        "ConfirmReturn": c.ConfirmReturn,
        "PassDeadline": lambda: c.PassDeadline("silence", world.at),
        "CloseObligation": lambda: c.CloseObligation(99, True, "ref"),
        "ReopenObligation": lambda: c.ReopenObligation(99, "AC04"),
        "SendMessage": lambda: c.SendMessage("The labels have come."),
        "Freeze": lambda: c.Freeze("5 C 12/27", "seizure"),
        "Lift": lambda: c.Lift("5 C 12/27", "over"),
    }
    return offers[name]()


def later(world: World) -> ShipBy:
    """Ten days after the ship-by date."""
    return ShipBy(on=((world.now.ship_by or world.at) + timedelta(days=10)).date())


def expected(stage: Stage, name: str, side: str) -> str:
    if (side, name) not in MAY:
        return "needs_second_person" if side == "operator" and name in BY_PAIR else "not_allowed"
    if name == "Draft":
        return "exists"
    command = getattr(c, name)
    if stage not in STAGES_OF[command]:
        return "wrong_stage"
    if name == "Confirm" and side == "supplier":
        return ""
    if name in SHIPPED.get(stage, ()):
        return "evidence_settled" if stage == "late" else ""
    return ANSWERS.get(stage, {}).get(name, EVERYWHERE.get(name, ""))


@pytest.mark.parametrize("stage", Stage)
def test_every_command_by_every_side(stage: Stage) -> None:
    world = REACHED[stage.value](KNOWLEDGE.policy)
    assert world.now.stage is stage
    got, wanted = {}, {}
    for command in STAGES_OF:
        for side, actor in SIDES.items():
            fork = world.fork()
            answer = fork.do(fork.trade, actor, offer(fork, command.__name__))
            got[command.__name__, side] = answer.code.value if isinstance(answer, Refusal) else ""
            wanted[command.__name__, side] = expected(stage, command.__name__, side)
            assert not isinstance(answer, Refusal) or answer.message
    assert got == wanted


def test_every_command_of_a_trade_says_in_which_stages_it_can_be_given() -> None:
    assert set(STAGES_OF) == set(c.TradeCommand.__args__)


def test_every_stage_can_be_reached_and_every_one_that_holds_money_has_a_clock() -> None:
    assert {stage for stage, _ in TRANSITIONS} == set(Stage) == set(CLOCKS_OF)
    for story, reach in REACHED.items():
        trade = reach(KNOWLEDGE.policy).now
        assert not trade.held or trade.clocks, story
        assert {name.partition(":")[0] for name in trade.clocks} <= set(CLOCKS_OF[trade.stage])
