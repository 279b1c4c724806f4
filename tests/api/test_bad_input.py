"""What cannot be is refused by name, in one shape, and leaves everything as it was."""

import copy
from datetime import timedelta
from typing import Any

from tests.api.client import TERMS, Api, api, fields, ok, problem
from tradehold.api.trade import TERMS_EXAMPLE
from tradehold.domain.identity import Kind, Ref, public_id

NOTHING = public_id(Ref(7, Kind.TRADE, 5))


def changed(path: str, value: Any) -> dict[str, Any]:
    """The terms with one place changed, such as `lines.0.quantity`."""
    terms = copy.deepcopy(TERMS)
    *way, last = path.split(".")
    place: Any = terms
    for step in way:
        place = place[int(step)] if step.isdigit() else place[step]
    place[last] = value
    return terms


def money(minor: int, currency: str = "USD") -> dict[str, Any]:
    return {"minor": minor, "currency": currency}


# A place in the terms, what stands there, the problem and the fields it must name.
TERMS_TABLE: list[tuple[str, Any, str, set[str]]] = [
    ("title", "", "invalid_terms", {"title"}),
    ("title", "x" * 201, "invalid_terms", {"title"}),
    ("title", 5, "invalid_request", {"title"}),
    ("colour", "red", "invalid_request", {"colour"}),
    ("buyer.phone", "1", "invalid_request", {"buyer.phone"}),
    ("buyer.company", 0, "invalid_request", {"buyer.company"}),
    ("buyer.company", 10**30, "invalid_request", {"buyer.company"}),
    ("buyer.company", "2", "invalid_request", {"buyer.company"}),
    ("buyer.country", "usa", "invalid_terms", {"buyer.country"}),
    ("currency", "XXX", "invalid_terms", {"schedule.0.amount.currency", "schedule.1.amount.currency"}),
    ("currency", "EUR", "invalid_terms", {"schedule.0.amount.currency", "schedule.1.amount.currency"}),
    ("lines", [], "invalid_terms", {"lines"}),
    ("lines.0.quantity", "0", "invalid_terms", {"lines.0.quantity", "lines"}),
    ("lines.0.quantity", "-3", "invalid_terms", {"lines.0.quantity", "lines"}),
    ("lines.0.quantity", "0.0001", "invalid_terms", {"lines.0.quantity", "lines"}),
    ("lines.0.quantity", "1e999999", "invalid_terms", {"lines.0.quantity", "lines"}),
    ("lines.0.quantity", "NaN", "invalid_terms", {"lines.0.quantity", "lines"}),
    ("lines.0.quantity", "many", "invalid_request", {"lines.0.quantity"}),
    ("lines.0.unit_price", "0", "invalid_terms", {"lines.0.unit_price", "lines"}),
    ("lines.0.unit_price", "1e14", "invalid_terms", {"lines.0", "lines"}),
    ("schedule.0.amount", money(0), "invalid_terms", {"schedule.0.amount", "schedule"}),
    ("schedule.0.amount", money(-1), "invalid_terms", {"schedule.0.amount", "schedule"}),
    ("schedule.0.amount", money(10**15), "invalid_request", {"schedule.0.amount"}),
    ("schedule.0.amount", money(10**40), "invalid_request", {"schedule.0.amount"}),
    ("schedule.0.amount", {"minor": 1.5, "currency": "USD"}, "invalid_request", {"schedule.0.amount.minor"}),
    ("schedule.0.amount", money(1, "DOGE"), "invalid_request", {"schedule.0.amount"}),
    ("cover", money(5), "invalid_terms", {"cover"}),
    ("cover", money(1_260_000, "EUR"), "invalid_terms", {"cover.currency"}),
    ("ship_by", {"on": "2027-02-30"}, "invalid_request", {"ship_by.on"}),
    ("ship_by", {"on": "2026-01-01"}, "invalid_terms", {"ship_by.on"}),
    ("ship_by", {"on": "9999-12-31"}, "invalid_terms", {"ship_by.on"}),
    ("zone", "Mars/Base", "invalid_terms", {"zone"}),
    ("zone", "../../etc/passwd", "invalid_terms", {"zone"}),
    ("incoterm", "FOX", "invalid_terms", {"incoterm"}),
    ("inspection", {"type": "magic"}, "invalid_request", {"inspection.type"}),
    ("late_price_cut_bps", 10_001, "invalid_terms", {"late_price_cut_bps"}),
    ("title", "a\0b", "invalid_request", set()),
]


async def test_terms_that_cannot_be() -> None:
    async with api(__name__) as called:
        before = await drafted(called)
        for path, value, code, expected in TERMS_TABLE:
            body = problem(await called.post("buyer", "/trades", changed(path, value)), 422, code)
            assert expected <= fields(body), (path, value, body)
        unknown = changed("policy", "none/1")
        problem(await called.post("buyer", "/trades", unknown), 422, "unknown_policy")
        assert await drafted(called) == before


async def drafted(called: Api) -> int:
    return len(ok(await called.get("buyer", "/trades", limit=100))["data"])


async def test_names_in_any_script_and_currencies_without_or_with_three_decimals() -> None:
    async with api(__name__) as called:
        names = ("宁波市亮衣有限公司", "شركة النسيج", "ООО «Текстиль»", "นิงโบ", "निंगबो", "Åse & Søn ⚓")
        for name in names:
            terms = changed("supplier.address", name) | {"title": name, "remarks": name * 100}
            trade = ok(await called.post("buyer", "/trades", terms), 201)["trade"]
            shown = ok(await called.get("supplier", f"/trades/{trade}/contract"))["terms"]
            assert (shown["title"], shown["supplier"]["address"]) == (name, name)
        for currency in ("JPY", "KWD"):
            terms = copy.deepcopy(TERMS) | {"currency": currency}
            for item in terms["schedule"]:
                item["amount"]["currency"] = currency
            body = problem(await called.post("buyer", "/trades", terms), 422, "invalid_terms")
            assert {"currency"} <= fields(body)  # this platform has no account for it


async def test_what_is_read_can_be_sent_back() -> None:
    async with api(__name__) as called:
        parties = {"buyer": TERMS["buyer"], "supplier": TERMS["supplier"]}  # as they are registered here
        trade = ok(await called.post("buyer", "/trades", TERMS_EXAMPLE | parties), 201)["trade"]
        contract = ok(await called.get("buyer", f"/trades/{trade}/contract"))
        again = ok(await called.post("buyer", "/trades", contract["terms"]), 201)["trade"]
        copied = ok(await called.get("buyer", f"/trades/{again}/contract"))
        assert copied["hash"] == contract["hash"]
        assert contract["terms"]["cover"] == money(1_260_000)


async def test_trades_that_do_not_exist() -> None:
    async with api(__name__) as called:
        for name in (NOTHING, "trd_", "trd_x", "pay_1", "trd_" + "z" * 40, "trd_70000000000ü", "7"):
            for path in ("", "/contract", "/payments", "/postings", "/events", "/deadlines"):
                problem(await called.get("supplier", f"/trades/{name}{path}"), 404, "unknown")
            command = {"type": "withdraw"}
            for role in ("supplier", "buyer", "operator"):
                answer = await called.post(role, f"/trades/{name}/commands", command)
                problem(answer, 404, "unknown")
        problem(await called.get("operator", "/companies/99"), 404, "unknown")
        problem(await called.get("operator", "/companies/-7"), 404, "unknown")
        problem(await called.get("operator", f"/companies/{10**30}"), 404, "unknown")


async def test_confirming() -> None:
    async with api(__name__) as called:
        trade = await called.platform.draft()
        digest = ok(await called.get("buyer", f"/trades/{public_id(trade)}/contract"))["hash"]
        stale = problem(
            await called.do("buyer", trade, type="confirm", revision=2, hash=digest), 409, "stale_revision"
        )
        assert stale["data"] == {"given": 2, "current": 1}
        ok(await called.do("buyer", trade, type="confirm", revision=1, hash=digest))
        twice = await called.do("buyer", trade, type="confirm", revision=1, hash=digest)
        problem(twice, 409, "already_confirmed")


async def test_shipping() -> None:
    async with api(__name__) as called:
        trade = await called.platform.ready()
        called.platform.clock.at += timedelta(days=5)
        good = {"type": "ship", "goods": [{"line": 1, "quantity": "1"}], "carrier": "MSC", "mode": "sea",
                "document": "M1", "on": "2027-01-05"}  # fmt: skip
        table: list[tuple[dict[str, Any], str, set[str]]] = [
            ({"on": "2027-01-20"}, "ship_date_in_future", set()),
            ({"on": "2027-01-01"}, "ship_date_before_confirmation", set()),
            ({"on": "yesterday"}, "invalid_request", {"on"}),
            ({"mode": "camel"}, "invalid_request", {"mode"}),
            ({"colour": "red"}, "invalid_request", {"colour"}),
            ({"goods": []}, "unknown_line", set()),
            ({"goods": [{"line": 2, "quantity": "1"}]}, "unknown_line", set()),
            ({"goods": [{"line": 0, "quantity": "1"}]}, "invalid_request", {"goods.0.line"}),
            ({"goods": [{"line": 1, "quantity": "3001"}]}, "too_many", set()),
            ({"goods": [{"line": 1, "quantity": "0"}]}, "invalid_request", {"goods.0"}),
            ({"goods": [{"line": 1, "quantity": "0.0001"}]}, "invalid_request", {"goods.0"}),
            ({"goods": [{"line": 1, "quantity": "1e999999"}]}, "invalid_request", {"goods.0"}),
        ]
        for change, code, expected in table:
            body = problem(await called.do("supplier", trade, **(good | change)), 422, code)
            assert fields(body) == expected
        assert ok(await called.get("buyer", f"/trades/{public_id(trade)}"))["shipments"] == []


async def test_proposals_that_cannot_be() -> None:
    async with api(__name__) as called:
        limit = {"type": "set_limit", "limit": money(1)}
        table: list[tuple[dict[str, Any], int, str]] = [
            ({"target": "company:99", "do": limit}, 404, "unknown"),
            ({"target": "supplier:", "do": limit}, 422, "invalid_request"),
            ({"target": "supplier:07", "do": limit}, 422, "invalid_request"),
            ({"target": "house", "do": limit}, 422, "invalid_request"),
            ({"target": NOTHING, "do": {"type": "confirm_return"}}, 404, "unknown"),
            ({"target": NOTHING, "do": {"type": "withdraw"}}, 422, "invalid_request"),
            ({"target": NOTHING, "do": {"type": "match_line", "trade": "trd_x"}}, 422, "invalid_request"),
            ({"target": "company:7", "do": limit, "reason": ""}, 422, "invalid_request"),
        ]
        for body, status, code in table:
            problem(await called.post("operator", "/approvals", {"reason": "why not"} | body), status, code)


async def test_bodies_that_cannot_be_read() -> None:
    async with api(__name__) as called:
        trade = public_id(await called.platform.ready())
        path = f"/trades/{trade}/commands"
        json = "application/json"
        table: list[tuple[bytes, str, int, str]] = [
            (b"{", json, 400, "malformed"),
            (b"", json, 400, "malformed"),
            (b'{"type": "\xff"}', json, 400, "malformed"),
            (b'{"type":"note_progress","text":' + b"[" * 100_000, json, 422, "invalid_request"),
            (b"[" * 500_000, json, 422, "invalid_request"),
            (b"[]", json, 422, "invalid_request"),
            (b"{}", json, 422, "invalid_request"),
            (b'{"type":"note_progress"}', json, 422, "invalid_request"),
            (b'{"type":"note_progress","text":"\\u0000"}', json, 422, "invalid_request"),
            (b'{"type":"withdraw"}', "text/plain", 415, "unsupported_media_type"),
            (b'{"type":"withdraw"}', "", 415, "unsupported_media_type"),
            (b" " * ((1 << 20) + 1), json, 413, "too_large"),
        ]
        for body, kind, status, code in table:
            problem(await called.post("supplier", path, body, content_type=kind), status, code)
        escaped = b'{"type":"note_progress","text":"C:\\\\u0000"}'
        ok(await called.post("supplier", path, escaped, content_type=f"{json}; charset=utf-8"))


async def test_keys_that_cannot_be() -> None:
    async with api(__name__) as called:
        path = f"/trades/{public_id(await called.platform.ready())}/commands"
        for key in (" ", "a b", "ü", "x" * 256):
            headers = called.headers("supplier") | {"idempotency-key": key.encode()}
            answer = await called.client.post(f"/v1{path}", json={"type": "withdraw"}, headers=headers)
            problem(answer, 400, "idempotency_key_required")
        answer = await called.client.post(
            f"/v1{path}", json={"type": "withdraw"}, headers=called.headers("supplier")
        )
        problem(answer, 400, "idempotency_key_required")


async def test_bank_files_that_cannot_be_used() -> None:
    async with api(__name__) as called:
        bomb = b'<!DOCTYPE x [<!ENTITY a "b">]><Document>&a;</Document>'
        for body in (b"", b"<Document>", b"<html/>", bomb, b"GIF89a"):
            answer = await called.post("operator", "/bank-files", body, content_type="application/xml")
            assert fields(problem(answer, 422, "bank_file")) == {"file"}
        wrong = await called.post("operator", "/bank-files", b"{}", content_type="application/json")
        problem(wrong, 415, "unsupported_media_type")
        formless = await called.client.post(
            "/v1/bank-files", files={"other": b"x"}, headers=called.headers("operator")
        )
        problem(formless, 422, "invalid_request")


async def test_addresses_and_methods_that_are_not() -> None:
    async with api(__name__) as called:
        for path in ("/nowhere", "/trades/x/y/z", "/", "/problems/none", "/TRADES"):
            problem(await called.get("buyer", path), 404, "not_found")
        answer = await called.client.delete("/v1/trades", headers=called.headers("buyer"))
        assert "POST" in answer.headers["allow"]
        problem(answer, 405, "method_not_allowed")
