"""Approvals: whatever moves money by judgement is proposed by one operator and decided by another."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.params import FromPath
from msgspec import Meta

from tradehold.api.commands import ApprovalCommand, Proposal, command_of
from tradehold.api.giving import Given, begin, give, given, name_of, ref_named
from tradehold.api.operation import Caller, Operation, commands, reads
from tradehold.api.page import Cursor, Page, before, page
from tradehold.api.problems import invalid, refused
from tradehold.api.request import idempotency_key, read_json, read_query
from tradehold.domain.approval import Approval, Propose, Stage
from tradehold.domain.identity import Kind, Ref, from_public_id, public_id
from tradehold.domain.refusal import Code, refuse
from tradehold.store import views
from tradehold.store.views import Row

_PROPOSAL = msgspec.json.Decoder(Proposal)
_COMMAND = msgspec.json.Decoder(ApprovalCommand)
_EXAMPLE = {
    "target": "company:7",
    "do": {"type": "set_limit", "limit": {"minor": 6000000, "currency": "USD"}},
    "reason": "Three years of deliveries in time.",
}


class ApprovalsQuery(Cursor, frozen=True, kw_only=True, forbid_unknown_fields=True):
    stage: Annotated[Stage | None, Meta(description="Only approvals at this stage.")] = Stage.PENDING


class ApprovalShown(msgspec.Struct, frozen=True):
    """`do` is the proposed command as recorded; `proposed_by` a member's number; `answer_by` when it
    expires."""

    id: str
    stage: str
    target: str
    do: dict[str, Any]
    proposed_by: int
    reason: str
    answer_by: datetime | None
    moved_at: datetime


def _show(row: Row) -> ApprovalShown:
    state: Approval = row.state
    return ApprovalShown(
        public_id(row.ref), state.stage.value, name_of(state.target), _do(state.do), state.by.member,
        state.reason, state.clocks.get("answer"), row.moved_at,
    )  # fmt: skip


def _do(do: Any) -> dict[str, Any]:
    """As it was sent, with ids as people write them."""
    shown: dict[str, Any] = msgspec.to_builtins(do)
    if "receipt" in shown:
        shown["receipt"] = public_id(Ref(0, Kind.RECEIPT, shown["receipt"]))
    if "trade" in shown:
        shown["trade"] = public_id(do.trade)
    return shown


@get(
    "/approvals",
    opt=reads("approvals", Operation(
        "List what waits for a second person", Page[ApprovalShown], "listApprovals", "Operators",
        query=ApprovalsQuery,
    )),
)  # fmt: skip
async def list_approvals(request: Caller) -> Page[ApprovalShown]:
    query = read_query(request.scope, ApprovalsQuery)
    stages = (query.stage,) if query.stage else ()
    rows = await views.machines(
        request.auth.services.pool, Kind.APPROVAL, stages, before(query.after, Kind.APPROVAL), query.limit + 1
    )
    return page(rows, query.limit, _show, lambda row: public_id(row.ref))


@post(
    "/approvals",
    opt=commands("approval", Operation(
        "Propose what moves money by judgement", Given, "propose", "Operators", body=Proposal,
        example=_EXAMPLE, status=201, keyed=True, refused=("not_allowed", "key_reused", "unknown"),
    )),
)  # fmt: skip
async def propose(request: Caller) -> Given:
    key = idempotency_key(request.scope)
    body = await read_json(request.scope, request.receive, _PROPOSAL)
    target = ref_named(body.target)
    if target is None:
        raise invalid(
            "target",
            f"“{body.target}” is not the id of a trade, a payout, a bank line or a company, nor “platform”.",
        )
    do = command_of(body.do, request.auth.services.knowledge)
    proposal = Propose(target, do, body.reason)
    return given(await begin(request.auth, target.owner, Kind.APPROVAL, proposal, key))


@post(
    "/approvals/{approval:str}/commands",
    opt=commands("approval", Operation(
        "Approve or reject", Given, "commandApproval", "Operators", body=ApprovalCommand,
        example={"type": "approve"}, keyed=True,
        refused=("not_allowed", "same_person", "key_reused", "unknown", "wrong_stage"),
    )),
    status_code=200,
)  # fmt: skip
async def command_approval(request: Caller, approval: FromPath[str]) -> Given:
    ref, key = from_public_id(approval, Kind.APPROVAL), idempotency_key(request.scope)
    if ref is None:
        raise refused(refuse(Code.UNKNOWN, what="approval"))
    body = await read_json(request.scope, request.receive, _COMMAND)
    return given(await give(request.auth, ref, command_of(body, request.auth.services.knowledge), key))


ROUTES = [list_approvals, propose, command_approval]
