"""The hot route: a command for a trade. Litestar finds the route and the gate lets the caller in; from
there on it is plain ASGI, because the framework would be the dearest part of the request."""

import msgspec
from litestar import post
from litestar.types import ASGIApp, Receive, Scope, Send

from tradehold.api.commands import TradeCommand, command_of
from tradehold.api.gate import Call
from tradehold.api.giving import GivenToTrade, give, given_to_trade
from tradehold.api.operation import Operation, commands
from tradehold.api.problems import refused
from tradehold.api.request import idempotency_key, json_of, read_json
from tradehold.api.thread import with_files
from tradehold.domain.identity import Kind, from_public_id
from tradehold.domain.refusal import Code, refuse
from tradehold.domain.trade_commands import SendMessage

_COMMAND = msgspec.json.Decoder(TradeCommand)
_EXAMPLE = {
    "type": "ship", "goods": [{"line": 1, "quantity": "3000"}], "carrier": "MSC", "mode": "sea",
    "document": "MEDUX1234567", "on": "2027-02-19",
}  # fmt: skip
_REFUSED = (
    "not_allowed", "not_your_duty", "step_up", "needs_second_person", "frozen", "key_reused", "unknown",
    "wrong_stage", "invalid_terms",
    "unknown_policy", "stale_revision", "already_confirmed", "frozen_terms", "no_amendment", "own_amendment",
    "extension_too_long", "unprotected", "supplier_not_assured", "cover_exceeded", "money_received",
    "not_paid",
    "unknown_line", "too_many", "ship_date_in_future", "ship_date_before_confirmation", "unknown_shipment",
    "evidence_settled", "evidence_pending", "proof_pending", "too_late", "no_shortfall",
    "empty_message", "too_long", "too_many_files", "thread_full",
)  # fmt: skip


async def _answer(scope: Scope, receive: Receive, send: Send) -> None:
    call: Call = scope["auth"]
    name = scope["path_params"]["trade"]
    ref = from_public_id(name, Kind.TRADE)
    if ref is None:
        raise refused(refuse(Code.UNKNOWN, what="trade"))
    key = idempotency_key(scope)
    body = await read_json(scope, receive, _COMMAND)
    do = command_of(body, call.services.knowledge)
    if isinstance(do, SendMessage) and do.files:
        do = await with_files(call, ref, do)
    done = await give(call, ref, do, key)
    answer = json_of(given_to_trade(name, done))
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(answer)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer, "more_body": False})


def _instead(app: ASGIApp) -> ASGIApp:
    return _answer


@post(
    "/trades/{trade:str}/commands",
    middleware=[_instead],
    opt=commands("trade", Operation(
        "Give a trade a command", GivenToTrade, "commandTrade", "Trades", body=TradeCommand, example=_EXAMPLE,
        keyed=True, refused=_REFUSED,
    )),
)  # fmt: skip
async def command_trade() -> None:
    """Only the route; `_answer` stands before it. Litestar's own plain ASGI routes take no path
    parameters."""


ROUTES = [command_trade]
