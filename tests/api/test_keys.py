"""Keys, members and companies as programs meet them."""

import asyncio
import re
import secrets
from datetime import timedelta
from typing import Any

import httpx

from tests.api.client import TERMS, Api, api, fields, ok, problem
from tests.platform import BUYER, MEMBERS
from tradehold.domain.command import Grade
from tradehold.domain.identity import public_id
from tradehold.engine.access import COOKIE, wall
from tradehold.engine.limits import Limits, Rate
from tradehold.store import people, views
from tradehold.store.views import Member

KEY = {"name": "Warehouse", "scope": "trade", "days": 30}
COMPANY: dict[str, Any] = {
    "name": "Weber Werkzeuge GmbH", "country": "DE", "registration": "Hamburg HRB 1482", "language": "en",
    "address": "Speicherstraße 12, Hamburg", "zone": "Europe/Berlin",
    "owners": [{"name": "Anna Weber", "born": "1971-03-02", "nationality": "DE", "share": "60"}],
}  # fmt: skip


async def make(called: Api, scope: str, role: str = "supplier", company: int = 7) -> tuple[int, str]:
    """The key's number, and the key."""
    made = ok(await called.post(role, f"/companies/{company}/keys", KEY | {"scope": scope}), 201)
    return made["id"], made["secret"]


async def ask(called: Api, secret: str, method: str, path: str, body: Any = None) -> httpx.Response:
    headers = {"authorization": f"Bearer {secret}", "idempotency-key": secrets.token_hex(8)}
    return await called.client.request(method, f"/v1{path}", json=body, headers=headers)


async def stale(called: Api, role: str) -> dict[str, str]:
    """The header of a session in which no second factor was shown."""
    token = await people.begin_session(called.platform.services.pool, MEMBERS[role].id, wall())
    return {"authorization": f"Bearer {token}", "idempotency-key": secrets.token_hex(8)}


async def test_each_scope_does_what_it_says_and_nothing_else() -> None:
    async with api(__name__) as called:
        trade = public_id(await called.platform.ready())
        note = {"type": "note_progress", "text": "Cutting has begun."}
        account = {
            "type": "add_payout_account",
            "currency": "USD",
            "party": {"name": "N", "account": "CN900"},
        }
        no_key = dict.fromkeys(("read", "trade", "finance"), (403, "forbidden"))
        tries: list[tuple[str, str, Any, dict[str, tuple[int, str]]]] = [
            ("GET", f"/trades/{trade}", None, {}),
            ("GET", "/companies/7/members", None, {}),
            ("POST", f"/trades/{trade}/commands", note,
             {"read": (403, "not_your_duty"), "finance": (403, "not_your_duty")}),
            # Where money goes takes a second factor, which no key can show.
            ("POST", "/companies/7/commands", account,
             {"read": (403, "not_your_duty"), "trade": (403, "not_your_duty"), "finance": (403, "step_up")}),
            ("POST", "/companies/7/members/11", {"type": "remove"}, no_key),
            ("POST", "/companies/7/keys", KEY, no_key),
            ("GET", "/companies/7/keys", None, no_key),
            ("POST", "/companies", COMPANY, no_key),
            ("POST", "/companies/7/leave", None, no_key),
        ]  # fmt: skip
        for scope in ("read", "trade", "finance"):
            _, secret = await make(called, scope)
            for method, path, body, refused in tries:
                answer = await ask(called, secret, method, path, body)
                if scope in refused:
                    problem(answer, *refused[scope])
                else:
                    ok(answer)


async def test_what_is_done_with_a_key_names_the_key() -> None:
    async with api(__name__) as called:
        trade = await called.platform.ready()
        number, secret = await make(called, "trade")
        me = ok(await ask(called, secret, "GET", "/me"))
        assert (me["person"], me["company"], me["grade"], me["key"]) == (11, 7, "trader", number)
        assert me["duties"] == ["read", "talk", "trade"]
        note = {"type": "note_progress", "text": "By a program."}
        ok(await ask(called, secret, "POST", f"/trades/{public_id(trade)}/commands", note))
        events = await views.events(called.platform.services.pool, trade)
        assert events[-1].recorded.actor.key == number


async def test_a_key_is_for_its_own_company_only() -> None:
    async with api(__name__) as called:
        trade = public_id(await called.platform.ready())
        _, secret = await make(called, "read", "other_buyer", 3)
        problem(await ask(called, secret, "GET", f"/trades/{trade}"), 404, "unknown")
        problem(await ask(called, secret, "GET", "/companies/7/members"), 404, "unknown")


async def test_a_key_is_shown_once_and_listed_by_its_beginning() -> None:
    async with api("api_keys_listed") as called:
        answer = await called.post("buyer", "/companies/2/keys", KEY, key="once")
        made = ok(answer, 201)
        again = ok(await called.post("buyer", "/companies/2/keys", KEY, key="once"), 201)
        assert again == made | {"secret": None}
        [listed] = ok(await called.get("buyer", "/companies/2/keys"))["data"]
        assert made["secret"].startswith(listed["prefix"] + "_")
        assert len(listed["prefix"]) == 12
        assert "secret" not in listed
        other = KEY | {"name": "Other"}
        problem(await called.post("buyer", "/companies/2/keys", other, key="once"), 409, "key_reused")


async def test_a_revoked_key_is_refused_at_once_although_it_was_remembered() -> None:
    async with api(__name__) as called:
        number, secret = await make(called, "read")
        ok(await ask(called, secret, "GET", "/trades"))
        for _ in range(2):
            revoked = ok(await called.client.delete(
                f"/v1/companies/7/keys/{number}", headers=called.headers("supplier")
            ))  # fmt: skip
            assert revoked["revoked_at"]
            problem(await ask(called, secret, "GET", "/trades"), 401, "unauthenticated")


async def test_a_key_is_refused_after_its_time() -> None:
    async with api(__name__) as called:
        number, secret = await make(called, "read")
        soon = wall() + timedelta(seconds=1)
        await called.platform.services.pool.execute(
            "UPDATE api_key SET ends_at = $2 WHERE id = $1", number, soon
        )
        ok(await ask(called, secret, "GET", "/trades"))
        await asyncio.sleep(1.05)
        problem(await ask(called, secret, "GET", "/trades"), 401, "unauthenticated")


async def test_a_key_in_a_cookie_is_none() -> None:
    async with api(__name__) as called:
        _, secret = await make(called, "trade")
        ok(await ask(called, secret, "GET", "/trades"))
        cookie = {"cookie": f"{COOKIE}={secret}", "x-csrf-token": "", "idempotency-key": "k"}
        problem(await called.client.get("/v1/trades", headers=cookie), 401, "unauthenticated")
        problem(await called.client.post("/v1/trades", json=TERMS, headers=cookie), 401, "unauthenticated")


async def test_each_key_has_a_bucket_of_its_own() -> None:
    limits = Limits(Rate(1, 3), Rate(10**6, 10**6))
    async with api(__name__, limits=limits) as called:
        (_, one), (_, other) = await make(called, "read"), await make(called, "read", "other_buyer", 3)
        statuses = [(await ask(called, one, "GET", "/trades")).status_code for _ in range(6)]
        assert statuses[:2] == [200, 200]
        assert statuses[-1] == 429
        ok(await ask(called, other, "GET", "/trades"))


async def test_keys_and_members_take_a_second_factor_shown_just_now() -> None:
    async with api(__name__) as called:
        headers = await stale(called, "buyer")
        for method, path, body in (
            ("POST", "/companies/2/keys", KEY),
            ("DELETE", "/companies/2/keys/1", None),
            ("POST", "/companies/2/members/10", {"type": "set_grade", "grade": "viewer"}),
            ("POST", "/companies/2/invitations", {"email": "a@example.com", "grade": "viewer"}),
            ("DELETE", "/companies/2/invitations/1", None),
        ):
            answer = await called.client.request(method, f"/v1{path}", json=body, headers=headers)
            problem(answer, 403, "step_up")


async def test_a_company_is_registered_by_api() -> None:
    async with api("api_registered") as called:
        made = ok(await called.post("buyer", "/companies", COMPANY, key="form"), 201)
        assert made == ok(await called.post("buyer", "/companies", COMPANY, key="form"), 201)
        assert made["stage"] == "active"
        listed = ok(await called.get("buyer", "/companies"))["data"]
        assert {one["company"]: one["acting"] for one in listed} == {BUYER: True, made["company"]: False}
        switch = {"company": made["company"]}
        switched = ok(await called.post("buyer", "/me/company", switch))
        problem(await called.get("buyer", "/me"), 401, "unauthenticated")
        called.platform.tokens["buyer"] = switched["token"]
        me = ok(await called.get("buyer", "/me"))
        assert (me["company"], me["grade"]) == (made["company"], "owner")
        path = f"/companies/{made['company']}/profile"
        profile = ok(await called.get("buyer", path))
        assert profile["registration"]
        moved = {"address": "Neue Straße 1", "language": "zh", "zone": "Asia/Shanghai"}
        assert ok(await called.post("buyer", path, moved)) == profile | moved
        wrong = problem(await called.post("buyer", path, moved | {"zone": "Moon"}), 422, "invalid_details")
        assert fields(wrong) == {"zone"}
        problem(await called.post("buyer", "/companies/7/profile", moved), 404, "unknown")
        problem(await called.post("buyer", "/me/company", {"company": 7}), 404, "unknown")
        back = ok(await called.post("buyer", "/me/company", {"company": BUYER}))
        called.platform.tokens["buyer"] = back["token"]


async def test_what_is_wrong_with_a_registration_is_named() -> None:
    async with api("api_registered") as called:
        hostile = COMPANY | {"name": "", "zone": "<script>", "owners": []}
        body = problem(await called.post("buyer", "/companies", hostile), 422, "invalid_details")
        assert fields(body) == {"name", "zone", "unowned"}
        for wrong in (b"{", b'{"name": "\\u0000"}', b"[]"):
            answer = await called.post("buyer", "/companies", wrong, content_type="application/json")
            assert answer.status_code in (400, 422)
        large = COMPANY | {"name": "x" * 10_000_000}
        problem(await called.post("buyer", "/companies", large), 413, "too_large")


async def test_somebody_is_invited_accepts_is_promoted_and_leaves() -> None:
    async with api("api_invited") as called:
        pool = called.platform.services.pool
        invite = {"email": "jonas@example.com", "grade": "trader"}
        made = ok(await called.post("buyer", "/companies/2/invitations", invite), 201)
        assert (made["email"], made["grade"], made["ended"]) == ("jonas@example.com", "trader", False)
        body = await pool.fetchval("SELECT body FROM letter")
        found = re.search(r"http://tradehold\.test/invitations/(\S+)", body)
        assert found
        token = {"token": found[1]}
        assert ok(await called.post("other_buyer", "/invitations/accept", token)) == {"company": BUYER}
        problem(await called.post("supplier", "/invitations/accept", token), 404, "unknown")
        listed = ok(await called.get("buyer", "/companies/2/members"))["data"]
        grades = {one["person"]: one["grade"] for one in listed}
        assert (grades[10], grades[12]) == ("owner", "trader")
        path = "/companies/2/members/12"
        listed = ok(await called.post("buyer", path, {"type": "set_grade", "grade": "finance"}))["data"]
        assert {one["person"]: one["grade"] for one in listed}[12] == "finance"
        problem(await called.post("buyer", "/companies/2/leave"), 409, "last_owner")
        assert ok(await called.post("other_buyer", "/companies/2/leave")) == {"company": BUYER}
        problem(await called.post("buyer", path, {"type": "remove"}), 404, "unknown")


async def test_invitations_are_renewed_and_withdrawn() -> None:
    async with api("api_invitations") as called:
        invite = {"email": "a@example.com", "grade": "viewer"}
        made = ok(await called.post("buyer", "/companies/2/invitations", invite), 201)
        path = f"/companies/2/invitations/{made['id']}"
        assert ok(await called.post("buyer", f"{path}/renew"))["id"] == made["id"]
        assert ok(await called.get("buyer", "/companies/2/invitations"))["data"] == [made]
        headers = called.headers("buyer")
        assert ok(await called.client.delete(f"/v1{path}", headers=headers)) == made
        problem(await called.client.delete(f"/v1{path}", headers=headers), 404, "unknown")
        problem(await called.post("buyer", f"{path}/renew"), 404, "unknown")
        for number in ("x", "-1", "01", "9" * 30):
            problem(await called.post("buyer", f"/companies/2/invitations/{number}/renew"), 404, "unknown")


async def test_somebody_removed_is_out_at_once_although_they_were_remembered() -> None:
    async with api("api_removed") as called:
        pool = called.platform.services.pool
        await people.put_members(pool, [Member(340, BUYER, "Kim", "en", "UTC", Grade.VIEWER)], wall())
        called.platform.tokens["kim"] = await people.begin_session(pool, 340, wall())
        ok(await called.get("kim", "/trades"))
        ok(await called.post("buyer", "/companies/2/members/340", {"type": "remove"}))
        problem(await called.get("kim", "/trades"), 403, "forbidden")
        assert ok(await called.get("kim", "/me"))["company"] is None
