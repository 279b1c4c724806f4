"""What is news, for programs."""

from typing import Any

import pytest

from tests.api.client import Api, api, ok, problem
from tests.notices import notifier
from tradehold.domain.identity import Ref, public_id

NAME = __name__


async def agreed(called: Api) -> Ref:
    made = await notifier(called.platform)
    trade = await called.platform.agreed()
    await made.tell()
    return trade


async def test_the_newest_comes_first_with_what_it_is_about() -> None:
    async with api(NAME) as called:
        trade = await agreed(called)
        found = ok(await called.get("buyer", "/notifications", limit=3))["data"]
        assert [(one["event"], one["seq"], one["read"]) for one in found] == [
            ("agreed", 4, False), ("confirmed", 3, False), ("drafted", 1, False),
        ]  # fmt: skip
        assert {one["about"] for one in found} == {public_id(trade)}
        assert {one["title"] for one in found} == {"T-shirts, organic cotton"}
        assert ok(await called.get("other_buyer", "/notifications"))["data"] == []


async def test_pages_go_on_below_the_last_one() -> None:
    async with api(NAME) as called:
        await agreed(called)
        first = ok(await called.get("buyer", "/notifications", unread=True, limit=2))
        rest = ok(await called.get("buyer", "/notifications", unread=True, limit=2, after=first["next"]))
        assert (len(first["data"]), first["has_more"]) == (2, True)
        assert (len(rest["data"]), rest["has_more"], rest["next"]) == (1, False, None)


async def test_what_was_seen_is_read_and_what_came_since_is_not() -> None:
    async with api(NAME) as called:
        await agreed(called)
        newest, before, *_ = ok(await called.get("buyer", "/notifications"))["data"]
        answer = await called.post("buyer", "/notifications/read", {"up_to": before["id"]})
        assert ok(answer) == {"unread": 1}
        unread = ok(await called.get("buyer", "/notifications", unread=True))["data"]
        assert [one["id"] for one in unread] == [newest["id"]]
        # Somebody else's number reads nothing of theirs.
        await called.post("supplier", "/notifications/read", {"up_to": newest["id"]})
        assert len(ok(await called.get("buyer", "/notifications", unread=True))["data"]) == 1


@pytest.mark.parametrize("body", [{}, {"up_to": 0}, {"up_to": "all"}, {"up_to": 2**63}, {"up_to": 1, "x": 1}])
async def test_a_body_that_cannot_be_meant_is_refused(body: Any) -> None:
    async with api(NAME) as called:
        problem(await called.post("buyer", "/notifications/read", body), 422, "invalid_request")


async def test_a_page_that_cannot_be_meant_is_refused() -> None:
    async with api(NAME) as called:
        for query in ({"after": "trd_1"}, {"after": "-1"}, {"after": "9" * 30}, {"unread": "maybe"}):
            problem(await called.get("buyer", "/notifications", **query), 422, "invalid_request")


async def test_nobody_reads_without_signing_in() -> None:
    async with api(NAME) as called:
        problem(await called.get("", "/notifications"), 401, "unauthenticated")
        problem(await called.post("", "/notifications/read", {"up_to": 1}), 401, "unauthenticated")
