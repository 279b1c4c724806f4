"""The approval: whatever moves money by judgement waits until a second operator agrees, and lapses if none
does."""

from datetime import datetime
from enum import StrEnum
from typing import Any, assert_never

import msgspec
from msgspec.structs import replace

from tradehold.domain.calendar import after_working_days
from tradehold.domain.command import Actor
from tradehold.domain.company import (
    Clear,
    DeclareInsolvent,
    Exclude,
    FollowFormula,
    Reinstate,
    SetLimit,
    SetMembership,
    Suspend,
)
from tradehold.domain.given import Given
from tradehold.domain.identity import PLATFORM, Kind, Ref
from tradehold.domain.payout import Redirect
from tradehold.domain.platform import PublishCalendar, PublishPolicy, ResumePayouts
from tradehold.domain.receipt import ExplainLine, GiveBackLine, MatchLine
from tradehold.domain.refusal import Code, Refusal, refuse
from tradehold.domain.trade_commands import (
    AcceptPayer,
    ConfirmEvidence,
    ConfirmReturn,
    Freeze,
    Lift,
    PassDeadline,
    RejectEvidence,
    ReturnPayment,
)

# The commands that only a pair of operators may give.
Judged = (
    SetLimit | MatchLine | GiveBackLine | ExplainLine | Redirect | AcceptPayer | ReturnPayment
    | ConfirmEvidence | RejectEvidence | ConfirmReturn | Freeze | Lift
    | Clear | Exclude | Suspend | Reinstate | DeclareInsolvent | SetMembership | FollowFormula
    | ResumePayouts | PublishPolicy | PublishCalendar
)  # fmt: skip
_TRADE_OR_COMPANY = frozenset({Kind.TRADE, Kind.COMPANY})
_OF_COMPANY = (SetLimit, Clear, Exclude, Suspend, Reinstate, DeclareInsolvent, SetMembership, FollowFormula)
_KINDS: dict[type[Any], frozenset[Kind]] = {
    MatchLine: frozenset({Kind.RECEIPT}),
    GiveBackLine: frozenset({Kind.RECEIPT}),
    ExplainLine: frozenset({Kind.RECEIPT}),
    Redirect: frozenset({Kind.PAYOUT}),
    Freeze: frozenset({Kind.TRADE, Kind.COMPANY}),
    Lift: frozenset({Kind.TRADE, Kind.COMPANY}),
    **dict.fromkeys(_OF_COMPANY, frozenset({Kind.COMPANY})),
    **dict.fromkeys((ResumePayouts, PublishPolicy, PublishCalendar), frozenset({Kind.PLATFORM})),
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
        kinds = _KINDS.get(type(do.do), frozenset({Kind.TRADE}))
        there = (
            given.others.get(do.target) is not None or do.target == PLATFORM
        )  # it begins with its first event
        if do.target.kind not in kinds or not there:
            return refuse(Code.UNKNOWN, what=" or ".join(sorted(kinds)))
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
