import asyncio

from tests.api.client import TERMS, api, ok, problem
from tradehold.domain.identity import public_id

NOTE = {"type": "note_progress", "text": "Cutting has begun."}


async def test_the_same_key_answers_what_it_answered_first() -> None:
    async with api(__name__) as called:
        path = f"/trades/{public_id(await called.platform.ready())}/commands"
        first = ok(await called.post("supplier", path, NOTE, key="a"))
        again = ok(await called.post("supplier", path, NOTE, key="a"))
        assert (first["replayed"], again) == (False, first | {"replayed": True})


async def test_a_key_stands_for_one_command_only() -> None:
    async with api(__name__) as called:
        path = f"/trades/{public_id(await called.platform.ready())}/commands"
        ok(await called.post("supplier", path, NOTE, key="b"))
        problem(await called.post("supplier", path, NOTE | {"text": "No."}, key="b"), 409, "key_reused")
        other = f"/trades/{public_id(await called.platform.ready())}/commands"
        problem(await called.post("supplier", other, NOTE, key="b"), 409, "key_reused")


async def test_a_key_sent_many_times_at_once_is_one_command() -> None:
    async with api(__name__) as called:
        trade = public_id(await called.platform.ready())
        before = ok(await called.get("supplier", f"/trades/{trade}"))["version"]
        sent = [called.post("supplier", f"/trades/{trade}/commands", NOTE, key="c") for _ in range(20)]
        answers = [ok(answer) for answer in await asyncio.gather(*sent)]
        assert sorted(answer["replayed"] for answer in answers) == [False] + [True] * 19
        assert ok(await called.get("supplier", f"/trades/{trade}"))["version"] == before + 1


async def test_a_draft_sent_again_is_one_trade() -> None:
    async with api(__name__) as called:
        sent = [called.post("buyer", "/trades", TERMS, key="d") for _ in range(5)]
        answers = [ok(answer, 201) for answer in await asyncio.gather(*sent)]
        assert len({answer["trade"] for answer in answers}) == 1
        assert sorted(answer["replayed"] for answer in answers) == [False] + [True] * 4
        problem(await called.post("buyer", "/trades", TERMS | {"title": "Other"}, key="d"), 409, "key_reused")


async def test_two_people_may_choose_the_same_key() -> None:
    async with api(__name__) as called:
        ok(await called.post("buyer", "/trades", TERMS, key="same"), 201)
        answer = ok(await called.post("supplier", "/trades", TERMS, key="same"), 201)
        assert answer["replayed"] is False


async def test_a_refusal_uses_no_key_up() -> None:
    async with api(__name__) as called:
        path = f"/trades/{public_id(await called.platform.ready())}/commands"
        ship = {"type": "ship", "goods": [{"line": 1, "quantity": "9999"}], "carrier": "MSC", "mode": "sea"}
        problem(await called.post("supplier", path, ship, key="e"), 422, "too_many")
        ship["goods"] = [{"line": 1, "quantity": "1"}]
        assert ok(await called.post("supplier", path, ship, key="e"))["replayed"] is False


async def test_nobody_can_take_the_key_of_a_deadline() -> None:
    """A clock's command has the clock's name and time as key; a person's key never meets it."""
    async with api(__name__) as called:
        trade = await called.platform.agreed()
        name = public_id(trade)
        key = f"trade:{name.removeprefix('trd_')}:payment@2027-01-19T16:00:00+00:00"
        [deadline] = ok(await called.get("buyer", f"/trades/{name}/deadlines"))["data"]
        assert deadline["at"] == "2027-01-19T16:00:00Z"
        body = {"type": "extend_payment", "days": 1}
        ok(await called.post("supplier", f"/trades/{name}/commands", body, key=key))
