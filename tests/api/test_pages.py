from tests.api.client import Api, api, ok, problem
from tradehold.domain.identity import public_id


async def walk(called: Api, role: str, path: str, limit: int, **query: str) -> list[str]:
    """All ids or numbers, page after page."""
    found: list[str] = []
    after: dict[str, str] = {}
    while True:
        page = ok(await called.get(role, path, limit=limit, **after, **query))
        found += [str(one.get("id") or one.get("seq")) for one in page["data"]]
        assert page["has_more"] == (page["next"] is not None)
        assert len(page["data"]) == limit or not page["has_more"]
        if not page["has_more"]:
            return found
        after = {"after": page["next"]}


async def test_sixty_trades_come_in_pages_newest_first_each_once() -> None:
    async with api(__name__) as called:
        made = []
        for number in range(60):
            called.platform.clock.at = called.platform.clock.at.replace(microsecond=number * 1000)
            made.append(public_id(await called.platform.draft(title=f"Order {number} 100%")))
        assert await walk(called, "buyer", "/trades", 25) == made[::-1]
        assert await walk(called, "supplier", "/trades", 7) == made[::-1]
        assert await walk(called, "operator", "/trades", 100) == made[::-1]
        assert await walk(called, "buyer", "/trades", 60) == made[::-1]
        assert await walk(called, "other_buyer", "/trades", 25) == []
        assert await walk(called, "buyer", "/trades", 2, title="order 5") == [
            *made[59:49:-1], made[5],
        ]  # fmt: skip
        assert len(await walk(called, "buyer", "/trades", 50, title="100%")) == 60
        assert await walk(called, "buyer", "/trades", 50, title="100_") == []
        assert await walk(called, "buyer", "/trades", 50, stage="shipped") == []


async def test_events_come_in_pages_oldest_first() -> None:
    async with api(__name__) as called:
        path = f"/trades/{public_id(await called.platform.ready())}/events"
        assert await walk(called, "buyer", path, 3) == [str(number) for number in range(1, 11)]


async def test_a_page_that_cannot_be_is_refused_by_name() -> None:
    async with api(__name__) as called:
        for query, field in (
            ({"limit": 0}, "limit"),
            ({"limit": 101}, "limit"),
            ({"limit": "many"}, "limit"),
            ({"after": "trd_x"}, "after"),
            ({"stage": "nowhere"}, "stage"),
            ({"colour": "red"}, "colour"),
            ({"title": "\0"}, "title"),
            ({"title": ["a", "b"]}, "title"),
        ):
            body = problem(await called.get("buyer", "/trades", **query), 422, "invalid_request")
            assert [error["field"] for error in body["errors"]] == [field]
