"""Every route and every command, by everybody. The expectations are written by hand: a route or a command
without an entry here fails, and so does one that lets in somebody else than the table says."""

from typing import Any, get_args

from tests.api.client import TERMS, Api, api, ok, problem
from tradehold.api.commands import ApprovalCommand, CompanyCommand, Judged, TradeCommand
from tradehold.api.router import api_router
from tradehold.domain.authority import PUBLIC, READ
from tradehold.domain.identity import public_id

ROLES = ("", "buyer", "supplier", "other_buyer", "other_supplier", "operator")
NOTE = {"type": "note_progress", "text": "Cutting has begun."}
ENROL = {"type": "enrol", "name": "Ningbo"}
LIMIT = {
    "target": "supplier:7", "reason": "why not",
    "do": {"type": "set_limit", "limit": {"minor": 3_000_000_000, "currency": "USD"}},
}  # fmt: skip
# Method and path, what is sent, and the status for each of ROLES.
EVERYBODY, SIGNED_IN = (200,) * 6, (401, *(200,) * 5)
OPERATORS, PARTIES = (401, 403, 403, 403, 403, 200), (401, 200, 200, 404, 404, 200)
ROUTES: dict[tuple[str, str], tuple[Any, tuple[int, ...]]] = {
    ("GET", "/health"): (None, EVERYBODY),
    ("GET", "/openapi.json"): (None, EVERYBODY),
    ("GET", "/problems/{code}"): (None, EVERYBODY),
    ("GET", "/trades"): (None, SIGNED_IN),
    ("POST", "/trades"): (TERMS, (401, 201, 201, 403, 403, 403)),
    ("GET", "/trades/{trade}"): (None, PARTIES),
    ("GET", "/trades/{trade}/contract"): (None, PARTIES),
    ("GET", "/trades/{trade}/payments"): (None, PARTIES),
    ("GET", "/trades/{trade}/postings"): (None, PARTIES),
    ("GET", "/trades/{trade}/events"): (None, PARTIES),
    ("GET", "/trades/{trade}/deadlines"): (None, PARTIES),
    ("GET", "/trades/{trade}/messages"): (None, PARTIES),
    ("POST", "/trades/{trade}/read"): ({}, PARTIES),
    ("POST", "/trades/{trade}/commands"): (NOTE, (401, 403, 200, 404, 404, 403)),
    ("GET", "/suppliers/{company}"): (None, (401, 404, 200, 404, 404, 200)),
    ("POST", "/suppliers/{company}/commands"): (ENROL, (401, 404, 403, 404, 404, 409)),
    ("GET", "/approvals"): (None, OPERATORS),
    ("POST", "/approvals"): (LIMIT, (401, 403, 403, 403, 403, 201)),
    ("POST", "/approvals/{approval}/commands"): ({"type": "approve"}, (401, 404, 404, 404, 404, 403)),
    ("GET", "/receipts"): (None, OPERATORS),
    ("GET", "/payouts"): (None, OPERATORS),
    ("POST", "/payouts/run"): (None, OPERATORS),
    ("POST", "/bank-files"): (b"<x/>", (401, 403, 403, 403, 403, 422)),
    ("GET", "/balances"): (None, OPERATORS),
    ("GET", "/files"): (None, SIGNED_IN),
    ("POST", "/files"): (None, (401, *(412,) * 5)),
    ("GET", "/files/{sha256}"): (None, (401, *(404,) * 5)),
    ("HEAD", "/files/uploads/{upload}"): (None, (401, *(412,) * 5)),
    ("PATCH", "/files/uploads/{upload}"): (b"a", (401, *(412,) * 5)),
    ("DELETE", "/files/uploads/{upload}"): (None, (401, *(412,) * 5)),
}


async def test_every_route_lets_in_whom_the_table_says() -> None:
    async with api(__name__) as called:
        trade = public_id(await called.platform.ready())
        approval = ok(await called.post("operator", "/approvals", LIMIT), 201)["id"]
        routes = api_router(called.platform.services).routes
        there = {
            (method, route.path_format.removeprefix("/v1"))
            for route in routes
            for method in route.methods - {"OPTIONS"}
        }
        assert there == ROUTES.keys()
        for (method, path), (body, expected) in ROUTES.items():
            where = path.format(
                code="unknown", trade=trade, company=7, approval=approval, sha256="0" * 64, upload="u"
            )
            for role, status in zip(ROLES, expected, strict=True):
                answer = await _ask(called, role, method, where, body)
                assert answer.status_code == status, (method, path, role, answer.text)


async def _ask(called: Api, role: str, method: str, path: str, body: Any) -> Any:
    if method == "GET":
        return await called.get(role, path)
    if method in ("HEAD", "PATCH", "DELETE"):
        return await called.client.request(method, f"/v1{path}", headers=called.headers(role), content=body)
    if isinstance(body, bytes):
        return await called.post(role, path, body, content_type="application/xml")
    return await called.post(role, path, body)


async def test_every_route_declares_what_it_is_for() -> None:
    async with api(__name__) as called:
        handlers = [one for route in api_router(called.platform.services).routes for one in _handlers(route)]
        assert handlers
        for handler in handlers:
            opt = handler.opt
            declared = [name for name in ("read", "command", "public") if name in opt]
            assert len(declared) == 1, handler
            assert opt.get("read", "trade") in READ
            assert opt.get("public", "health") in PUBLIC


def _handlers(route: Any) -> list[Any]:
    return [one for one in route.route_handlers if "OPTIONS" not in one.http_methods]


RCP = "rcp_00000000000001"
COMMANDS: dict[str, tuple[dict[str, Any], str]] = {
    "revise": ({"revision": 1, "terms": TERMS}, "buyer supplier"),
    "confirm": ({"revision": 1, "hash": ""}, "buyer supplier"),
    "withdraw": ({}, "buyer supplier"),
    "extend_payment": ({"days": 1}, "buyer supplier"),
    "amend": ({"revision": 1, "terms": TERMS, "reason": "later"}, "buyer supplier"),
    "agree_amendment": ({"revision": 2, "hash": ""}, "buyer supplier"),
    "decline_amendment": ({"revision": 2}, "buyer supplier"),
    "accept_short": ({}, "supplier"),
    "accept_payer": ({"receipt": RCP}, "pair"),
    "return_payment": ({"receipt": RCP}, "pair"),
    "note_progress": ({"text": "x"}, "supplier"),
    "report_production": ({}, "supplier"),
    "contest_production": ({"reason": "x"}, "buyer"),
    "ship": ({"goods": [], "carrier": "MSC", "mode": "sea"}, "supplier"),
    "show_evidence": ({"shipment": 1, "document": "x", "on": "2027-01-01"}, "supplier"),
    "contest_evidence": ({"shipment": 1, "reason": "x"}, "buyer"),
    "confirm_evidence": ({"shipment": 1}, "pair"),
    "reject_evidence": ({"shipment": 1}, "pair"),
    "take_refund": ({}, "buyer"),
    "wait": ({}, "buyer"),
    "accept_late": ({}, "buyer"),
    "claim_late": ({}, "buyer"),
    "confirm_return": ({}, "supplier pair"),
}
NEVER = (
    "receive_payment",
    "reverse_payment",
    "pass_deadline",
    "close_obligation",
    "reopen_obligation",
    "draft",
)


def tags(union: Any) -> set[str]:
    return {one.__struct_config__.tag for one in get_args(union)}


def expected(who: str, role: str) -> tuple[int, str] | None:
    """The refusal a role must meet; None where the command is its own to give."""
    if role in who.split():
        return None
    if role == "operator":
        return (403, "needs_second_person") if "pair" in who else (403, "not_allowed")
    return (403, "not_allowed") if role in ("buyer", "supplier") else (404, "unknown")


async def test_every_command_of_a_trade_by_every_role() -> None:
    assert tags(TradeCommand) == COMMANDS.keys()
    async with api(__name__) as called:
        trade = public_id(await called.platform.draft())
        for tag, (rest, who) in COMMANDS.items():
            for role in ROLES[1:]:
                answer = await called.do(role, trade, type=tag, **rest)
                refused = expected(who, role)
                if refused:
                    problem(answer, *refused)
                else:
                    assert answer.status_code in (200, 409, 422), (tag, role, answer.text)


async def test_what_only_machines_may_ask_cannot_be_asked() -> None:
    async with api(__name__) as called:
        trade = public_id(await called.platform.draft())
        for tag in NEVER:
            for role in ROLES[1:]:
                problem(await called.do(role, trade, type=tag), 422, "invalid_request")


async def test_every_command_of_a_supplier_by_every_role() -> None:
    account = {"currency": "USD", "party": {"name": "Ningbo", "account": "CN90001234567"}}
    table: dict[str, tuple[dict[str, Any], str]] = {
        "enrol": ({"name": "Ningbo"}, "operator"),
        "set_limit": ({"limit": {"minor": 1, "currency": "USD"}}, "pair"),
        "add_payout_account": (account, "supplier"),
        "approve_payout_account": ({"number": 1}, "operator"),
    }
    assert tags(CompanyCommand) == table.keys()
    async with api(__name__) as called:
        for tag, (rest, who) in table.items():
            for role in ROLES[1:]:
                answer = await called.post(role, "/suppliers/7/commands", {"type": tag, **rest})
                if role in who:
                    assert answer.status_code in (200, 409), (tag, role, answer.text)
                elif role in ("supplier", "operator"):
                    pair = role == "operator" and who == "pair"
                    problem(answer, 403, "needs_second_person" if pair else "not_allowed")
                else:
                    problem(answer, 404, "unknown")


async def test_only_operators_approve_and_never_their_own() -> None:
    assert tags(ApprovalCommand) == {"approve", "reject"}
    assert tags(Judged) == {
        "set_limit", "match_line", "give_back_line", "explain_line", "redirect", "accept_payer",
        "return_payment", "confirm_evidence", "reject_evidence", "confirm_return",
    }  # fmt: skip
    async with api(__name__) as called:
        path = f"/approvals/{ok(await called.post('operator', '/approvals', LIMIT), 201)['id']}/commands"
        for role in ROLES[1:-1]:
            problem(await called.post(role, path, {"type": "approve"}), 404, "unknown")
            problem(await called.post(role, path, {"type": "reject", "reason": "x"}), 404, "unknown")
        problem(await called.post("operator", path, {"type": "approve"}), 403, "same_person")
        assert ok(await called.post("second_operator", path, {"type": "approve"}))["stage"] == "approved"
        problem(await called.post("second_operator", path, {"type": "approve"}), 409, "wrong_stage")


async def test_a_supplier_sees_the_end_of_its_account_and_an_operator_all_of_it() -> None:
    async with api(__name__) as called:
        own = ok(await called.get("supplier", "/suppliers/7"))
        seen = ok(await called.get("operator", "/suppliers/7"))
        assert own["accounts"][0]["account"] == "…4567"
        assert seen["accounts"][0]["account"] == "CN70001234567"
        assert own["cover"][0]["granted"] == {"minor": 3_000_000_000, "currency": "USD"}
