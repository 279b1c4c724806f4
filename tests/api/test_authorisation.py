"""Every route of the API and every command, by everybody: see tests/seats.py. A route or a command without a
row here fails, and so does one that lets in somebody else than its row says."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, get_args

import httpx
import pytest

from tests.api.client import TERMS, Api, api, ok
from tests.assured import EVIDENCE
from tests.domain.test_authority import WHO
from tests.platform import MEMBERS
from tests.seats import KEYS, SESSIONS, STAFF, Seat, row, with_keys
from tradehold.api.commands import ApprovalCommand, CompanyCommand, Judged, TradeCommand
from tradehold.api.router import ROUTES
from tradehold.domain.authority import CHANGE, PUBLIC, READ, SELF
from tradehold.domain.identity import public_id
from tradehold.engine.access import wall
from tradehold.store import people

SEATS = (*SESSIONS, *KEYS)
NOTE = {"type": "note_progress", "text": "Cutting has begun."}
MONEY = {"minor": 3_000_000_000, "currency": "USD"}
LIMIT = {"target": "company:7", "reason": "why not", "do": {"type": "set_limit", "limit": MONEY}}
ACCOUNT = {"type": "add_payout_account", "currency": "USD", "party": {"name": "Ningbo", "account": "CN9"}}
# method and path: who may / duty / fresh. T a trade of the buyer and the supplier, A a proposal to set a
# limit, and things that are not there: what the caller may have is then 404 and nothing else.
TABLE: dict[str, str] = {
    "GET /health": "all", "GET /openapi.json": "all", "GET /problems/unknown": "all",
    "OPTIONS /files": "all", "POST /check": "all", "GET /plan": "all",
    "GET /trades": "member operator / read",
    "POST /trades": "buyer supplier / trade",
    "GET /trades/T": "buyer supplier operator / read",
    "GET /trades/T/contract": "buyer supplier operator / read",
    "GET /trades/T/contract.pdf": "buyer supplier operator / read",
    "GET /trades/T/payments": "buyer supplier operator / read",
    "GET /trades/T/postings": "buyer supplier operator / read",
    "GET /trades/T/events": "buyer supplier operator / read",
    "GET /trades/T/deadlines": "buyer supplier operator / read",
    "GET /trades/T/messages": "buyer supplier operator / read",
    "POST /trades/T/read": "buyer supplier operator / read",
    "POST /trades/T/commands": "supplier / trade",
    "GET /notifications": "member operator / read", "POST /notifications/read": "member operator / read",
    "GET /suppliers": "member operator / read",
    "GET /suppliers/7": "member operator / read",
    "GET /platform": "operator / read",
    "POST /platform/commands": "operator / finance",
    "GET /companies/7": "supplier operator / read",
    "POST /companies/7/commands": "supplier / finance / fresh",
    "GET /approvals": "operator / read",
    "POST /approvals": "operator / finance / fresh",
    "POST /approvals/A/commands": "operator / finance",
    "GET /receipts": "operator / read", "GET /payouts": "operator / read", "GET /balances": "operator / read",
    "POST /payouts/run": "operator / finance / fresh",
    "POST /bank-files": "operator / finance",
    "POST /files": "member operator / talk",
    "HEAD /files/uploads/nothing": "member operator / read",
    "PATCH /files/uploads/nothing": "member operator / talk",
    "DELETE /files/uploads/nothing": "member operator / talk",
    "GET /files": "member operator / read",
    "GET /files/0000": "member operator / read",
    "GET /me": "person", "POST /me/company": "person",
    "GET /companies": "person", "POST /companies": "person",
    "GET /companies/7/profile": "supplier operator / read",
    "POST /companies/7/profile": "supplier / manage",
    "GET /companies/7/members": "supplier operator / read",
    "POST /companies/7/members/99": "supplier / manage / fresh",
    "POST /companies/99/leave": "person",
    "GET /companies/7/invitations": "supplier operator / manage",
    "POST /companies/7/invitations": "supplier / manage / fresh",
    "POST /companies/7/invitations/99/renew": "supplier / manage / fresh",
    "DELETE /companies/7/invitations/99": "supplier / manage / fresh",
    "POST /invitations/accept": "person",
    "GET /companies/7/keys": "supplier operator / manage",
    "POST /companies/7/keys": "supplier / manage / fresh",
    "DELETE /companies/7/keys/99": "supplier / manage / fresh",
}  # fmt: skip
BODIES: dict[str, Any] = {
    "POST /trades": TERMS, "POST /trades/T/commands": NOTE, "POST /trades/T/read": {},
    "POST /companies/7/commands": ACCOUNT,
    "POST /approvals": LIMIT, "POST /approvals/A/commands": {"type": "reject", "reason": "no"},
    "POST /companies/7/members/99": {"type": "remove"},
    "POST /platform/commands": {"type": "pause_payouts", "reason": "a check"},
}  # fmt: skip


def pattern(row: str) -> str:
    """The row as a route's own path: whatever names one thing is a place for any."""
    method, path = row.split()
    named = {"T", "A", "7", "99", "0000", "nothing", "unknown"}
    return f"{method} " + "/".join("*" if part in named else part for part in path.split("/"))


def routes() -> set[str]:
    found = set()
    for route in ROUTES:
        for path in route.paths:
            plain = "/".join("*" if part.startswith("{") else part for part in path.split("/"))
            methods = [one for one in route.http_methods if one != "OPTIONS"] or ["OPTIONS"]
            found |= {f"{method} {plain}" for method in methods}
    return found


def test_every_route_has_a_row_and_declares_one_right() -> None:
    assert {pattern(one) for one in TABLE} == routes() | {"GET /openapi.json"}
    known = {"read": READ, "change": CHANGE, "public": PUBLIC, "self": SELF}
    for route in ROUTES:
        declared = [name for name in (*known, "command") if name in route.opt]
        assert len(declared) == 1, route
        [name] = declared
        assert name == "command" or route.opt[name] in known[name], route


async def ask(called: Api, seat: Seat, method: str, path: str, body: Any) -> httpx.Response:
    key = f"{seat.name}-{method}-{path}"[:200]
    headers = called.headers(seat.name) | {"idempotency-key": key, "tus-resumable": "1.0.0"}
    sent = {"json": body} if method == "POST" and body is not None else {}
    return await called.client.request(method, f"/v1{path}", headers=headers, **sent)


async def proposal(called: Api) -> str:
    called.platform.clock.at += timedelta(milliseconds=1)
    made: str = ok(await called.post("operator", "/approvals", LIMIT), 201)["id"]
    return made


async def test_every_route_lets_in_whom_its_row_says(record_property: Callable[[str, object], None]) -> None:
    async with api(__name__) as called:
        await with_keys(called)
        trade = public_id(await called.platform.ready())
        wrong, checks = {}, 0
        for name, text in TABLE.items():
            method, path = name.split()
            for seat in SEATS:
                where = path.replace("/T", f"/{trade}")
                if "/A/" in path:  # whoever may answer it ends it
                    where = path.replace("/A/", f"/{await proposal(called)}/")
                answer = await ask(called, seat, method, where, BODIES.get(name, {}))
                checks += 1
                denied = answer.status_code in (401, 403) or (
                    answer.status_code == 404 and not row(text, method).admits(seat)
                )
                if denied is row(text, method).admits(seat) or answer.status_code >= 500:
                    wrong[name, seat.name] = (answer.status_code, answer.text[:200])
        assert wrong == {}
        record_property("authorisation", checks)


RCP = "rcp_00000000000001"
PARTY = {"name": "N", "account": "CN90001234567"}
DAY = "2026-12-01"
# What is sent for each command; who may give it stands in tests/domain/test_authority.py.
SENT: dict[str, dict[str, Any]] = {
    "revise": {"revision": 1, "terms": TERMS}, "confirm": {"revision": 1, "hash": ""}, "withdraw": {},
    "extend_payment": {"days": 1}, "amend": {"revision": 1, "terms": TERMS, "reason": "later"},
    "agree_amendment": {"revision": 2, "hash": ""}, "decline_amendment": {"revision": 2}, "accept_short": {},
    "accept_payer": {"receipt": RCP}, "return_payment": {"receipt": RCP}, "note_progress": {"text": "x"},
    "report_production": {}, "contest_production": {"reason": "x"}, "waive_inspection": {},
    "ship": {"goods": [], "carrier": "MSC", "mode": "sea"},
    "show_evidence": {"shipment": 1, "document": "x", "on": "2027-01-01"},
    "contest_evidence": {"shipment": 1, "reason": "x"}, "confirm_evidence": {"shipment": 1},
    "reject_evidence": {"shipment": 1}, "take_refund": {}, "wait": {}, "accept_late": {}, "claim_late": {},
    "confirm_return": {}, "send_message": {"text": "Good morning."},
    "freeze": {"reference": "5 C 12/27", "reason": "x"}, "lift": {"reference": "5 C 12/27", "reason": "x"},
    "clear": {"reason": "x"}, "exclude": {"reason": "x"}, "suspend": {"reason": "x"},
    "reinstate": {"reason": "x"}, "declare_insolvent": {"reference": "x"},
    "verify": {"what": "licence", "issuer": "x", "reference": "1", "issued": DAY, "evidence": [
        {"name": EVIDENCE.name, "sha256": EVIDENCE.sha256, "size": EVIDENCE.size}]},
    "withdraw_verification": {"number": 99, "reason": "x"},
    "set_membership": {"currency": "USD"}, "set_limit": {"limit": MONEY},
    "follow_formula": {"currency": "USD"},
    "add_payout_account": {"currency": "USD", "party": PARTY}, "approve_payout_account": {"number": 1},
    "approve": {}, "reject": {"reason": "x"},
}  # fmt: skip
NEVER = (
    "receive_payment", "reverse_payment", "pass_deadline", "close_obligation", "reopen_obligation", "draft",
    "register", "return_cover", "record_trade",
)  # fmt: skip


def tags(union: Any) -> dict[str, str]:
    """The commands by tag, with the name of each."""
    return {one.__struct_config__.tag: one.__name__ for one in get_args(union)}


def expected(name: str, address: str, seat: Seat, fresh: bool) -> tuple[int, str] | None:
    """The refusal that a seat must meet; None where the command is its own to give."""
    sides, duty, *rest = (part.strip() for part in WHO[name].split("|"))
    where = "company" if seat.side == "supplier" and address == "companies" else seat.side
    if seat.side in ("stranger", "homeless") or (seat.side == "buyer" and address == "companies"):
        return 404, "unknown"
    if where not in sides.split():
        pair = seat.side == "operator" and "pair" in sides
        return 403, "needs_second_person" if pair else "not_allowed"
    if not row(f"all / {duty}").admits(seat):
        return 403, "not_your_duty"
    return (403, "step_up") if rest and not (fresh and not seat.key) else None


BY_ADDRESS = {"trades": TradeCommand, "companies": CompanyCommand, "approvals": ApprovalCommand}


async def stale(called: Api) -> None:
    """Everybody's sessions are ones in which no second factor was shown."""
    for role, member in (MEMBERS | STAFF).items():
        token = await people.begin_session(called.platform.services.pool, member.id, wall())
        called.platform.tokens[role] = token


@pytest.mark.parametrize("fresh", [True, False], ids=["fresh", "stale"])
async def test_every_command_by_everybody(
    fresh: bool, record_property: Callable[[str, object], None]
) -> None:
    every = {tag: name for union in BY_ADDRESS.values() for tag, name in tags(union).items()}
    assert every.keys() - {"propose"} == SENT.keys()
    wrong, checks = {}, 0
    async with api(f"{__name__}.{'fresh' if fresh else 'stale'}") as called:
        await with_keys(called)
        trade = public_id(await called.platform.draft())
        if not fresh:
            await stale(called)
        for address, union in (("trades", TradeCommand), ("companies", CompanyCommand)):
            path = f"/{address}/{trade if address == 'trades' else 7}/commands"
            for tag, name in tags(union).items():
                for seat in SEATS:
                    if seat.side == "nobody":
                        continue
                    answer = await called.post(seat.name, path, {"type": tag, **SENT[tag]})
                    checks += 1
                    refused = expected(name, address, seat, fresh)
                    got = (answer.status_code, answer.json().get("type", "").rpartition("/")[2])
                    if got != refused if refused else got[0] not in (200, 404, 409, 422):
                        wrong[tag, seat.name] = (got, refused)
    assert wrong == {}
    record_property("authorisation", checks)


async def test_what_only_machines_may_ask_cannot_be_asked(
    record_property: Callable[[str, object], None],
) -> None:
    async with api(__name__) as called:
        await with_keys(called)
        trade = public_id(await called.platform.draft())
        for tag in NEVER:
            for seat in (one for one in SEATS if one.side != "nobody"):
                for path in (f"/trades/{trade}/commands", "/companies/7/commands"):
                    answer = await called.post(seat.name, path, {"type": tag})
                    assert answer.status_code == 422, (tag, seat, answer.text)
    record_property("authorisation", len(NEVER) * (len(SEATS) - 1) * 2)


async def test_only_operators_approve_and_never_their_own() -> None:
    judged = {name for name, text in WHO.items() if "pair" in text.partition("|")[0].split()}
    assert set(tags(Judged).values()) == judged
    async with api(__name__) as called:
        await with_keys(called)
        path = f"/approvals/{await proposal(called)}/commands"
        for role in ("buyer", "supplier", "other_buyer", "homeless"):
            for body in ({"type": "approve"}, {"type": "reject", "reason": "x"}):
                answer = await called.post(role, path, body)
                assert answer.json()["type"] == "/v1/problems/unknown"
        alone = await called.post("operator", path, {"type": "approve"})
        assert (alone.status_code, alone.json()["type"]) == (403, "/v1/problems/same_person")
        assert ok(await called.post("second_operator", path, {"type": "approve"}))["stage"] == "approved"
        again = await called.post("second_operator", path, {"type": "approve"})
        assert (again.status_code, again.json()["type"]) == (409, "/v1/problems/wrong_stage")


async def test_a_supplier_sees_the_end_of_its_account_and_an_operator_all_of_it() -> None:
    async with api(__name__) as called:
        own = ok(await called.get("supplier", "/companies/7"))
        seen = ok(await called.get("operator", "/companies/7"))
        assert own["accounts"][0]["account"] == "…4567"
        assert seen["accounts"][0]["account"] == "CN70001234567"
        assert own["cover"][0]["granted"] == {"minor": 3_000_000_000, "currency": "USD"}
