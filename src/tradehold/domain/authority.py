"""Who may do what: the one table. Whatever is not in it is not allowed.

A route, a page, the command line and the loop itself ask here; the loop asks for every command, so no face
can forget to. Rows name the side on which an actor stands towards the machine in question.
"""

from typing import Any

from tradehold.domain import account, approval, payout, receipt, supplier
from tradehold.domain import trade_commands as c
from tradehold.domain.command import Actor, Role, Side
from tradehold.domain.identity import Kind, Ref
from tradehold.domain.machines import Command

_BUYER, _SUPPLIER = frozenset({Side.BUYER}), frozenset({Side.SUPPLIER})
_PARTIES = _BUYER | _SUPPLIER
_OPERATOR, _PAIR = frozenset({Side.OPERATOR}), frozenset({Side.PAIR})
_MACHINE, _CLOCK = frozenset({Side.MACHINE}), frozenset({Side.CLOCK})
_RAIL = frozenset({Side.RAIL})

MAY: dict[type[Any], frozenset[Side]] = {
    c.Draft: _PARTIES,
    c.Revise: _PARTIES,
    c.Confirm: _PARTIES,
    c.Withdraw: _PARTIES,
    c.ExtendPayment: _PARTIES,
    c.Amend: _PARTIES,
    c.AgreeAmendment: _PARTIES,
    c.DeclineAmendment: _PARTIES,
    c.ReceivePayment: _MACHINE,
    c.ReversePayment: _MACHINE,
    c.AcceptShort: _SUPPLIER,
    c.AcceptPayer: _PAIR,
    c.ReturnPayment: _PAIR,
    c.NoteProgress: _SUPPLIER,
    c.ReportProduction: _SUPPLIER,
    c.ContestProduction: _BUYER,
    c.Ship: _SUPPLIER,
    c.ShowEvidence: _SUPPLIER,
    c.ContestEvidence: _BUYER,
    c.ConfirmEvidence: _PAIR,
    c.RejectEvidence: _PAIR,
    c.TakeRefund: _BUYER,
    c.Wait: _BUYER,
    c.AcceptLate: _BUYER,
    c.ClaimLate: _BUYER,
    c.ConfirmReturn: _SUPPLIER | _PAIR,
    c.PassDeadline: _CLOCK,
    c.CloseObligation: _MACHINE,
    c.ReopenObligation: _MACHINE,
    supplier.Enrol: _OPERATOR,
    supplier.SetLimit: _PAIR,
    supplier.AddPayoutAccount: _SUPPLIER,
    supplier.ApprovePayoutAccount: _OPERATOR,
    supplier.ReturnCover: _MACHINE,
    payout.Owe: _MACHINE,
    payout.SubmitPayout: _RAIL | _OPERATOR,
    payout.ConfirmPayout: _RAIL | _MACHINE,
    payout.RejectPayout: _RAIL,
    payout.TakeReturn: _MACHINE,
    payout.Redirect: _PAIR,
    receipt.RecordLine: _RAIL | _OPERATOR,
    receipt.MatchLine: _PAIR,
    receipt.GiveBackLine: _PAIR,
    receipt.ExplainLine: _PAIR,
    receipt.TakeBackLine: _MACHINE,
    account.OpenAccount: _OPERATOR,
    account.ReadStatement: _RAIL | _OPERATOR,
    account.CompleteStatement: _RAIL | _OPERATOR,
    approval.Propose: _OPERATOR,
    approval.Approve: _OPERATOR,
    approval.Reject: _OPERATOR,
}

# What may be read, by the name a route gives for it. `trade` covers the trade's contract, payments, postings
# and events.
READ: dict[str, frozenset[Side]] = {
    "trade": _PARTIES | _OPERATOR,
    "trades": _PARTIES | _OPERATOR,  # the list holds only what one's own company is a side of
    "supplier": _SUPPLIER | _OPERATOR,
    "money": _OPERATOR,
    "approvals": _OPERATOR,
    "audit": _OPERATOR,
}
PUBLIC = frozenset({"signin", "static", "language", "health", "openapi"})  # needs nobody

_BY_ROLE = {
    Role.OPERATOR: Side.OPERATOR,
    Role.PAIR: Side.PAIR,
    Role.RAIL: Side.RAIL,
    Role.CLOCK: Side.CLOCK,
    Role.MACHINE: Side.MACHINE,
}


def side(actor: Actor, ref: Ref, state: Any, do: Any = None) -> Side:
    """Where the actor stands towards the machine. A member of a foreign company is a stranger, also to a
    trade that does not exist yet: the terms it would begin with tell whose it will be."""
    if actor.role is not Role.MEMBER:
        return _BY_ROLE[actor.role]
    if ref.owner and actor.company == ref.owner:
        return Side.SUPPLIER
    if ref.kind is Kind.TRADE:
        buyer = state.deal.buyer if state else do.terms.buyer.company if isinstance(do, c.Draft) else None
        if buyer is not None and actor.company == buyer:
            return Side.BUYER
    return Side.STRANGER


def may(command: Command, state: Any) -> bool:
    do = command.do
    return side(command.actor, command.ref, state, do) in MAY.get(type(do), frozenset())


def needs_pair(do: Any) -> bool:
    """Moves money by judgement: an operator may only propose it."""
    return Side.PAIR in MAY.get(type(do), frozenset())


def may_read(what: str, where: Side) -> bool:
    return where in READ.get(what, frozenset())
