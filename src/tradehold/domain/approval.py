"""The approval: whatever moves money by judgement waits until a second operator agrees, and lapses if none
does."""

from datetime import datetime
from enum import StrEnum
from typing import assert_never

import msgspec
from msgspec.structs import replace

from tradehold.domain.calendar import after_working_days
from tradehold.domain.command import Actor
from tradehold.domain.given import Given
from tradehold.domain.identity import Kind, Ref
from tradehold.domain.payout import Redirect
from tradehold.domain.receipt import ExplainLine, GiveBackLine, MatchLine
from tradehold.domain.refusal import Code, Refusal, refuse
from tradehold.domain.supplier import SetLimit
from tradehold.domain.trade_commands import (
    AcceptPayer,
    ConfirmEvidence,
    ConfirmReturn,
    PassDeadline,
    RejectEvidence,
    ReturnPayment,
)

# The commands that only a pair of operators may give.
Judged = (
    SetLimit | MatchLine | GiveBackLine | ExplainLine | Redirect | AcceptPayer | ReturnPayment
    | ConfirmEvidence | RejectEvidence | ConfirmReturn
)  # fmt: skip
_KIND: dict[type[Judged], Kind] = {
    SetLimit: Kind.SUPPLIER,
    MatchLine: Kind.RECEIPT,
    GiveBackLine: Kind.RECEIPT,
    ExplainLine: Kind.RECEIPT,
    Redirect: Kind.PAYOUT,
}  # all others are a trade's


class Stage(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"


class Approval(msgspec.Struct, frozen=True, omit_defaults=True):
    stage: Stage
    target: Ref
    do: Judged
    by: Actor
    reason: str
    clocks: dict[str, datetime] = {}


class Propose(msgspec.Struct, frozen=True, tag="propose"):
    target: Ref
    do: Judged
    reason: str


class Approve(msgspec.Struct, frozen=True, tag="approve"):
    pass


class Reject(msgspec.Struct, frozen=True, tag="reject"):
    reason: str


ApprovalCommand = Propose | Approve | Reject | PassDeadline


class Proposed(msgspec.Struct, frozen=True, tag="proposed"):
    target: Ref
    do: Judged
    by: Actor
    reason: str
    clocks: dict[str, datetime]


class Approved(msgspec.Struct, frozen=True, tag="approved"):
    by: Actor


class Turned(msgspec.Struct, frozen=True, tag="rejected"):
    by: Actor
    reason: str


class Expired(msgspec.Struct, frozen=True, tag="expired"):
    pass


ApprovalEvent = Proposed | Approved | Turned | Expired

TRANSITIONS: dict[tuple[Stage, type[ApprovalEvent]], Stage] = {
    (Stage.PENDING, Approved): Stage.APPROVED,
    (Stage.PENDING, Turned): Stage.REJECTED,
    (Stage.PENDING, Expired): Stage.EXPIRED,
}


def decide(approval: Approval | None, do: ApprovalCommand, given: Given) -> list[ApprovalEvent] | Refusal:
    if isinstance(do, Propose):
        if approval:
            return refuse(Code.EXISTS, what="proposal")
        kind = _KIND.get(type(do.do), Kind.TRADE)
        if do.target.kind is not kind or given.others.get(do.target) is None:
            return refuse(Code.UNKNOWN, what=kind.value)
        policy = given.knowledge.policy
        until = after_working_days(given.at, policy.approval_working_days, "UTC", given.calendar(policy))
        return [Proposed(do.target, do.do, given.actor, do.reason, {"answer": until})]
    if approval is None:
        return refuse(Code.UNKNOWN, what="proposal")
    if approval.stage is not Stage.PENDING:
        return refuse(Code.WRONG_STAGE, stage=approval.stage.value, allowed=Stage.PENDING.value)
    match do:
        case Approve():
            same = given.actor.member == approval.by.member
            return refuse(Code.SAME_PERSON) if same else [Approved(given.actor)]
        case Reject():
            return [Turned(given.actor, do.reason)]  # whoever proposed it may also take it back
        case PassDeadline():
            due = approval.clocks.get(do.name) == do.at and given.at >= do.at
            return [Expired()] if due else refuse(Code.NOT_DUE)
        case _:
            assert_never(do)


def evolve(approval: Approval | None, event: ApprovalEvent, at: datetime) -> Approval:
    if isinstance(event, Proposed):
        return Approval(Stage.PENDING, event.target, event.do, event.by, event.reason, event.clocks)
    if approval is None:
        raise KeyError((None, type(event)))
    return replace(approval, stage=TRANSITIONS[approval.stage, type(event)], clocks={})
