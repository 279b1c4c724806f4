"""Who may do what: the one table. Whatever is not in it is not allowed.

A route, a page, the command line and the loop itself ask here; the loop asks for every command, so no face
can forget to. A right names the sides on which an actor may stand towards the machine in question, and the
duty that a person's role there must have; what moves money or changes where it goes besides takes a second
factor shown just now, which an API key cannot show.
"""

from typing import Any

import msgspec

from tradehold.domain import account, approval, company, payout, platform, receipt
from tradehold.domain import trade_commands as c
from tradehold.domain.command import DUTIES, Actor, Duty, Role, Side
from tradehold.domain.identity import Kind, Ref
from tradehold.domain.machines import Command
from tradehold.domain.refusal import Code, Refusal, refuse

_BUYER, _SUPPLIER = frozenset({Side.BUYER}), frozenset({Side.SUPPLIER})
_PARTIES = _BUYER | _SUPPLIER
_COMPANY = frozenset({Side.COMPANY})
_OPERATOR, _PAIR = frozenset({Side.OPERATOR}), frozenset({Side.PAIR})
_MACHINE, _CLOCK = frozenset({Side.MACHINE}), frozenset({Side.CLOCK})
_RAIL = frozenset({Side.RAIL})


class Right(msgspec.Struct, frozen=True):
    """`fresh`: takes a second factor shown just now. `duty` binds people only: banks, clocks and machines
    have none."""

    sides: frozenset[Side]
    duty: Duty = Duty.TRADE
    fresh: bool = False


_F = Duty.FINANCE
MAY: dict[type[Any], Right] = {
    c.Draft: Right(_PARTIES),
    c.Revise: Right(_PARTIES),
    c.Confirm: Right(_PARTIES),
    c.Withdraw: Right(_PARTIES),
    c.ExtendPayment: Right(_PARTIES),
    c.Amend: Right(_PARTIES),
    c.AgreeAmendment: Right(_PARTIES),
    c.DeclineAmendment: Right(_PARTIES),
    c.ReceivePayment: Right(_MACHINE),
    c.ReversePayment: Right(_MACHINE),
    c.AcceptShort: Right(_SUPPLIER, _F, fresh=True),
    c.AcceptPayer: Right(_PAIR, _F),
    c.ReturnPayment: Right(_PAIR, _F),
    c.NoteProgress: Right(_SUPPLIER),
    c.ReportProduction: Right(_SUPPLIER),
    c.ContestProduction: Right(_BUYER),
    c.Ship: Right(_SUPPLIER),
    c.ShowEvidence: Right(_SUPPLIER),
    c.ContestEvidence: Right(_BUYER),
    c.ConfirmEvidence: Right(_PAIR),
    c.RejectEvidence: Right(_PAIR),
    c.WaiveInspection: Right(_BUYER, fresh=True),
    c.TakeRefund: Right(_BUYER, fresh=True),
    c.Wait: Right(_BUYER),
    c.AcceptLate: Right(_BUYER, fresh=True),
    c.ClaimLate: Right(_BUYER),
    c.ConfirmReturn: Right(_SUPPLIER | _PAIR, fresh=True),
    c.SendMessage: Right(_PARTIES | _OPERATOR, Duty.TALK),
    c.Freeze: Right(_PAIR | _MACHINE),
    c.Lift: Right(_PAIR | _MACHINE),
    c.PassDeadline: Right(_CLOCK),
    c.CloseObligation: Right(_MACHINE),
    c.ReopenObligation: Right(_MACHINE),
    company.Register: Right(_COMPANY | _OPERATOR, Duty.MANAGE),
    company.Clear: Right(_PAIR),
    company.Exclude: Right(_PAIR),
    company.Suspend: Right(_PAIR),
    company.Reinstate: Right(_PAIR),
    company.DeclareInsolvent: Right(_PAIR),
    company.Verify: Right(_OPERATOR),
    company.WithdrawVerification: Right(_OPERATOR),
    company.SetMembership: Right(_PAIR),
    company.SetLimit: Right(_PAIR, _F),
    company.FollowFormula: Right(_PAIR, _F),
    company.AddPayoutAccount: Right(_COMPANY, _F, fresh=True),
    company.ApprovePayoutAccount: Right(_OPERATOR, _F, fresh=True),
    company.ReturnCover: Right(_MACHINE),
    company.RecordTrade: Right(_MACHINE),
    payout.Owe: Right(_MACHINE),
    payout.SubmitPayout: Right(_RAIL | _OPERATOR, _F, fresh=True),
    payout.ConfirmPayout: Right(_RAIL | _MACHINE),
    payout.RejectPayout: Right(_RAIL),
    payout.TakeReturn: Right(_MACHINE),
    payout.Redirect: Right(_PAIR, _F),
    receipt.RecordLine: Right(_RAIL | _OPERATOR, _F),
    receipt.MatchLine: Right(_PAIR, _F),
    receipt.GiveBackLine: Right(_PAIR, _F),
    receipt.ExplainLine: Right(_PAIR, _F),
    receipt.TakeBackLine: Right(_MACHINE),
    account.OpenAccount: Right(_OPERATOR, Duty.MANAGE, fresh=True),
    account.ReadStatement: Right(_RAIL | _OPERATOR, _F),
    account.CompleteStatement: Right(_RAIL | _OPERATOR, _F),
    # Whoever proposes or answers needs the duty of what is proposed.
    approval.Propose: Right(_OPERATOR, fresh=True),
    approval.Approve: Right(_OPERATOR, fresh=True),
    approval.Reject: Right(_OPERATOR),
    platform.PausePayouts: Right(_OPERATOR, _F),
    platform.ResumePayouts: Right(_PAIR, _F),
    platform.PublishPolicy: Right(_PAIR, Duty.MANAGE),
    platform.PublishCalendar: Right(_PAIR, Duty.MANAGE),
}

_BY_ROLE = {
    Role.OPERATOR: Side.OPERATOR,
    Role.PAIR: Side.PAIR,
    Role.RAIL: Side.RAIL,
    Role.CLOCK: Side.CLOCK,
    Role.MACHINE: Side.MACHINE,
}
_PEOPLE = frozenset({Role.MEMBER, Role.OPERATOR})


def side(actor: Actor, ref: Ref, state: Any, do: Any = None) -> Side:
    """Where the actor stands towards the machine. A member of a foreign company is a stranger, also to a
    trade that does not exist yet: the terms it would begin with tell whose it will be."""
    if actor.role is not Role.MEMBER:
        return _BY_ROLE[actor.role]
    if ref.owner and actor.company == ref.owner:
        return Side.COMPANY if ref.kind is Kind.COMPANY else Side.SUPPLIER
    if ref.kind is Kind.TRADE:
        buyer = state.deal.buyer if state else do.terms.buyer.company if isinstance(do, c.Draft) else None
        if buyer is not None and actor.company == buyer:
            return Side.BUYER
    return Side.STRANGER


def check(command: Command, state: Any) -> Refusal | None:
    """Why the command may not be given by its actor; None where it may."""
    do, actor = command.do, command.actor
    right = MAY.get(type(do))
    where = side(actor, command.ref, state, do)
    if right is None or where not in right.sides:
        if right and where is Side.OPERATOR and Side.PAIR in right.sides:
            return refuse(Code.NEEDS_SECOND_PERSON)
        return refuse(Code.NOT_ALLOWED, command=str(do.__struct_config__.tag))
    if actor.role not in _PEOPLE:
        return None
    duty = duty_of(do, state)
    if actor.grade is None or duty not in DUTIES[actor.grade]:
        return refuse(Code.NOT_YOUR_DUTY, duty=duty.value, grade=actor.grade.value if actor.grade else "none")
    if right.fresh and not command.fresh:
        return refuse(Code.STEP_UP)
    return None


def duty_of(do: Any, state: Any = None) -> Duty:
    if isinstance(do, approval.Propose):
        return MAY[type(do.do)].duty
    if isinstance(do, approval.Approve | approval.Reject) and state is not None:
        return MAY[type(state.do)].duty
    return MAY[type(do)].duty


# What may be read, by the name a route gives for it. `trade` covers the trade's contract, payments, postings,
# thread and events; `record` is what a supplier shows to whoever may trade with it.
READ: dict[str, Right] = {
    "trade": Right(_PARTIES | _OPERATOR, Duty.READ),
    "trades": Right(_PARTIES | _COMPANY | _OPERATOR, Duty.READ),  # only what one's own company is a side of
    "company": Right(_COMPANY | _OPERATOR, Duty.READ),
    "record": Right(_COMPANY | _OPERATOR, Duty.READ),
    "members": Right(_COMPANY | _OPERATOR, Duty.READ),
    "invitations": Right(_COMPANY | _OPERATOR, Duty.MANAGE),
    "keys": Right(_COMPANY | _OPERATOR, Duty.MANAGE),
    "files": Right(_COMPANY | _OPERATOR, Duty.READ),
    "notifications": Right(_PARTIES | _COMPANY | _OPERATOR, Duty.READ),  # one's own
    "money": Right(_OPERATOR, Duty.READ),
    "approvals": Right(_OPERATOR, Duty.READ),
    "platform": Right(_OPERATOR, Duty.READ),
    "audit": Right(_OPERATOR, Duty.READ),
}
# Plain tables that people change outside the machines, by the name a route gives for it.
CHANGE: dict[str, Right] = {
    "members": Right(_COMPANY | _OPERATOR, Duty.MANAGE, fresh=True),
    "keys": Right(_COMPANY | _OPERATOR, Duty.MANAGE, fresh=True),
    "profile": Right(_COMPANY, Duty.MANAGE),
    "files": Right(_COMPANY | _OPERATOR, Duty.TALK),
}
# Needs nobody. `check` takes some computing, and so is limited more.
PUBLIC = frozenset({"signin", "static", "language", "health", "openapi", "link", "check"})
SELF = frozenset(
    {"session", "demo"}
)  # needs nothing but to be signed in: one's own sessions, factors and settings


def may_read(what: str, where: Side, actor: Actor) -> bool:
    return _may(READ.get(what), frozenset({where}), actor)


def _may(right: Right | None, sides: frozenset[Side], actor: Actor) -> bool:
    if right is None or not sides & right.sides or actor.grade is None:
        return False
    return right.duty in DUTIES[actor.grade]


# Where somebody may turn out to stand, before the machine is known: what a face may let through at its door.
_ANYWHERE = {
    Role.MEMBER: frozenset({Side.BUYER, Side.SUPPLIER, Side.COMPANY}),
    Role.OPERATOR: frozenset({Side.OPERATOR, Side.PAIR}),
}
_JUDGING = frozenset({approval.Propose, approval.Approve, approval.Reject})


def could_read(what: str, actor: Actor) -> bool:
    return _may(READ.get(what), _ANYWHERE[actor.role], actor)


def could_change(what: str, actor: Actor) -> bool:
    return _may(CHANGE.get(what), _ANYWHERE[actor.role], actor)


def could_give(do: type[Any], actor: Actor) -> bool:
    """A proposal's duty is that of what it proposes, so any will do at the door."""
    if actor.grade is None or not _ANYWHERE[actor.role] & MAY[do].sides:
        return False
    duties = DUTIES[actor.grade]
    return bool(duties - {Duty.READ, Duty.TALK}) if do in _JUDGING else MAY[do].duty in duties
