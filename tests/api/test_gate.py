import asyncio
from datetime import timedelta

import msgspec

from tests.api.client import Api, api, calling, ok, problem
from tradehold.domain.identity import public_id
from tradehold.engine.access import COOKIE, wall
from tradehold.engine.limits import Buckets, Limits, Rate
from tradehold.store import people

NOTE = {"type": "note_progress", "text": "x"}


async def test_without_a_running_session_nothing_opens() -> None:
    async with api(__name__) as called:
        good = called.platform.tokens["buyer"]
        for header in ("", "Bearer", "Bearer x", f"Basic {good}", f"Bearer {good}x", "Bearer ü\xff"):
            answer = await called.client.get(
                "/v1/trades", headers={"authorization": header.encode("latin-1")}
            )
            problem(answer, 401, "unauthenticated")
            assert answer.headers["www-authenticate"].startswith("Bearer")
        problem(await called.client.get("/v1/trades"), 401, "unauthenticated")


async def test_a_session_ends_at_its_time_even_where_it_is_remembered() -> None:
    async with api(__name__) as called:
        lasts = timedelta(seconds=1)
        token = await people.begin_session(called.platform.services.pool, 10, wall(), lasts)
        headers = {"authorization": f"bearer {token}"}
        ok(await called.client.get("/v1/trades", headers=headers))
        await asyncio.sleep(1.05)
        problem(await called.client.get("/v1/trades", headers=headers), 401, "unauthenticated")


async def test_a_cookie_changes_something_only_together_with_the_csrf_token() -> None:
    async with api(__name__) as called:
        path = f"/v1/trades/{public_id(await called.platform.ready())}/commands"
        token = called.platform.tokens["supplier"]
        session = await people.session(called.platform.services.pool, token, called.platform.clock.at)
        assert session
        cookie = {"cookie": f"theme=dark; {COOKIE}={token}; x=y", "idempotency-key": "csrf"}
        ok(await called.client.get("/v1/trades", headers=cookie))
        problem(await called.client.post(path, json=NOTE, headers=cookie), 403, "csrf")
        wrong = cookie | {"x-csrf-token": session.csrf[:-1]}
        problem(await called.client.post(path, json=NOTE, headers=wrong), 403, "csrf")
        ok(await called.client.post(path, json=NOTE, headers=cookie | {"x-csrf-token": session.csrf}))


def test_a_bucket_fills_again_with_time() -> None:
    buckets = Buckets(Rate(per_second=2, burst=3))
    assert [buckets.take("a", 0.0) for _ in range(4)] == [0.0, 0.0, 0.0, 0.5]
    assert buckets.take("b", 0.0) == 0.0
    assert buckets.take("a", 0.5) == 0.0
    assert buckets.take("a", 0.5) == 0.5
    assert [buckets.take("a", 100.0) for _ in range(4)] == [0.0, 0.0, 0.0, 0.5]


async def test_who_calls_too_often_is_told_how_long_to_wait() -> None:
    few = Limits(session=Rate(1, 3), address=Rate(1, 5))
    async with api(__name__, limits=few) as called:
        assert [await status(called, "buyer") for _ in range(5)] == [200] * 4 + [429]
        answer = await called.get("buyer", "/trades")
        assert answer.headers["retry-after"] == "1"
        problem(answer, 429, "rate_limited")
        assert [await status(called, "supplier") for _ in range(5)] == [200] * 4 + [429]
        assert [await status(called, "") for _ in range(4)] == [401] * 3 + [429]


async def status(called: Api, role: str) -> int:
    return (await called.get(role, "/trades")).status_code


async def test_a_database_that_is_gone_is_said_so_and_nothing_more() -> None:
    async with api(__name__) as called:
        trade = public_id(await called.platform.ready())
        ok(await called.get("buyer", f"/trades/{trade}"))
        await called.platform.services.pool.close()
        for path in ("/health", "/trades", f"/trades/{trade}"):
            answer = await called.get("buyer", path)
            body = problem(answer, 503, "unavailable")
            assert answer.headers["retry-after"] == "2"
            assert "pool" not in body["detail"]


class Broken(Exception):
    """Something no code expects."""


class NoPool:
    def __getattr__(self, name: str) -> None:
        raise Broken("secret")


async def test_what_breaks_inside_leaks_nothing() -> None:
    async with api(__name__) as called:
        services = msgspec.structs.replace(called.platform.services, pool=NoPool())
        broken = msgspec.structs.replace(called.platform, services=services)
        async with calling(broken) as half:
            answer = await half.get("buyer", "/trades")
            problem(answer, 500, "internal")
            assert "secret" not in answer.text


async def test_an_operator_without_a_second_factor_reads_nothing() -> None:
    async with api(__name__) as called:
        pool = called.platform.services.pool
        statuses = []
        for how in ("password", "link"):  # the demo's people, who come by a link, have none to enrol
            token = await people.begin_session(pool, 1, wall(), begun=people.Begun(how))
            answer = await called.client.get("/v1/trades", headers={"authorization": f"Bearer {token}"})
            statuses.append(answer.status_code)
    assert statuses == [403, 200]


async def test_payouts_are_ordered_only_with_a_second_factor_shown_just_now() -> None:
    async with api(__name__) as called:
        pool, answers = called.platform.services.pool, []
        for fresh in (timedelta(0), timedelta(minutes=10)):
            token = await people.begin_session(pool, 1, wall(), begun=people.Begun(fresh=fresh))
            answers.append(
                await called.client.post("/v1/payouts/run", headers={"authorization": f"Bearer {token}"})
            )
    problem(answers[0], 403, "step_up")
    ok(answers[1])
