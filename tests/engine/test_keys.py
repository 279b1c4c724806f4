"""Keys for programs: how they are made, for how long and for whom they work."""

import re
from datetime import timedelta
from typing import Any

import pytest

from tests.engine.test_membership import OWNER, by, code_of, hire
from tests.platform import ACTORS, BUYER, Running, running
from tradehold.domain.command import Grade, Role
from tradehold.domain.identity import Kind
from tradehold.domain.refusal import Code, Refusal
from tradehold.engine import keys, membership
from tradehold.engine.access import By, wall
from tradehold.store import keys as kept


async def make(p: Running, who: By = OWNER, company: int = BUYER, **changed: Any) -> keys.Made:
    values = {"name": "Warehouse", "scope": "trade", "days": 30, "request": "one"} | changed
    made = await keys.make(p.services, who, company, **values)
    assert isinstance(made, keys.Made), made
    return made


def secret_of(made: keys.Made) -> str:
    assert made.secret
    return made.secret


async def works(p: Running, secret: str) -> bool:
    return await keys.holder(p.services.pool, secret) is not None


async def test_a_key_is_shown_once_and_kept_as_a_hash() -> None:
    async with running("keys_made") as p:
        made = await make(p)
        assert re.fullmatch(r"thk_[0-9A-Za-z]{8}_[0-9A-Za-z]{32}", secret_of(made))
        assert 62**32 > 2**190
        again = await make(p)
        assert (again.key, again.secret) == (made.key, None)
        tables = await p.services.pool.fetch("SELECT k::text FROM api_key k")
        assert secret_of(made).rpartition("_")[2] not in str(tables)
        other = await keys.make(p.services, OWNER, BUYER, "Warehouse", "finance", 30, "one")
        assert code_of(other) is Code.KEY_REUSED


@pytest.mark.parametrize(("scope", "grade"), [
    ("read", Grade.VIEWER), ("trade", Grade.TRADER), ("finance", Grade.FINANCE),
])  # fmt: skip
async def test_a_key_acts_for_its_company_as_its_maker_within_its_scope(scope: str, grade: Grade) -> None:
    async with running("keys_scope") as p:
        made = await make(p, scope=scope, request=scope)
        holder = await keys.holder(p.services.pool, secret_of(made))
        assert holder is not None
        actor = holder.actor
        assert (actor.role, actor.company, actor.member) == (Role.MEMBER, BUYER, 10)
        assert (actor.grade, actor.key) == (grade, made.key.id)


async def test_an_operators_key_is_an_operators() -> None:
    async with running("keys_operator") as p:
        made = await make(p, By(ACTORS["operator"], True), 0, scope="read")
        holder = await keys.holder(p.services.pool, secret_of(made))
        assert holder is not None
        assert (holder.actor.role, holder.actor.grade) == (Role.OPERATOR, Grade.VIEWER)


@pytest.mark.parametrize(("field", "changed"), [
    ("name", {"name": " "}), ("name", {"name": "x" * 10_000_000}), ("scope", {"scope": "manage"}),
    ("days", {"days": 0}), ("days", {"days": 366}), ("days", {"days": -1}),
])  # fmt: skip
async def test_what_is_wrong_with_a_key_is_named_by_its_field(field: str, changed: dict[str, Any]) -> None:
    async with running("keys_made") as p:
        values = {"name": "Warehouse", "scope": "trade", "days": 30, "request": "wrong"} | changed
        answer = await keys.make(p.services, OWNER, BUYER, **values)
        assert isinstance(answer, Refusal)
        assert set(answer.fields) == {field}


async def test_only_an_owner_who_has_just_shown_a_second_factor_makes_and_revokes_keys() -> None:
    async with running("keys_who") as p:
        made = await make(p)
        for who, code in (
            (by(10, BUYER, fresh=False), Code.STEP_UP),
            (by(10, BUYER, Grade.FINANCE), Code.NOT_YOUR_DUTY),
            (By(ACTORS["other_buyer"], True), Code.UNKNOWN),
            (By(ACTORS["operator"], True), Code.NOT_ALLOWED),
        ):
            answer = await keys.make(p.services, who, BUYER, "x", "read", 1, "k")
            assert code_of(answer) is code
            assert code_of(await keys.revoke(p.services, who, BUYER, made.key.id)) is code
        foreign = await keys.revoke(p.services, By(ACTORS["supplier"], True), 7, made.key.id)
        assert code_of(foreign) is Code.UNKNOWN
        assert await works(p, secret_of(made))


async def test_a_key_ends_at_its_time_and_when_it_is_revoked() -> None:
    async with running("keys_end") as p:
        ended, revoked = await make(p), await make(p, request="two")
        await p.services.pool.execute(
            "UPDATE api_key SET ends_at = $2 WHERE id = $1", ended.key.id, wall() - timedelta(seconds=1)
        )
        assert await works(p, secret_of(revoked))
        before = p.services.access.taken
        key = await keys.revoke(p.services, OWNER, BUYER, revoked.key.id)
        assert isinstance(key, kept.Key)
        assert key.revoked_at
        assert await keys.revoke(p.services, OWNER, BUYER, revoked.key.id) == key  # pressed twice
        assert p.services.access.taken > before
        for made in (ended, revoked):
            assert not await works(p, secret_of(made))


async def test_with_its_maker_goes_the_key() -> None:
    async with running("keys_maker") as p:
        await hire(p, 21, Grade.OWNER)
        made = await make(p, by(21, BUYER))
        await membership.set_grade(p.services, OWNER, BUYER, 21, Grade.FINANCE)
        assert not await works(p, secret_of(made))  # nobody trades through a key who may not trade
        await membership.set_grade(p.services, OWNER, BUYER, 21, Grade.TRADER)
        assert await works(p, secret_of(made))
        await membership.remove(p.services, OWNER, BUYER, 21)
        assert not await works(p, secret_of(made))
        await hire(p, 21, Grade.OWNER)
        assert not await works(p, secret_of(made))
        [listed] = await kept.listed(p.services.pool, BUYER)
        assert listed.revoked_at


async def test_the_key_of_a_held_company_may_do_nothing() -> None:
    async with running("keys_held") as p:
        made = await make(p)
        await p.services.pool.execute(
            "UPDATE machine SET stage = 'held' WHERE supplier_id = $1 AND kind = $2", BUYER, Kind.COMPANY
        )
        holder = await keys.holder(p.services.pool, secret_of(made))
        assert holder is not None
        assert holder.actor.grade is None


async def test_its_last_use_is_noted_once_a_minute() -> None:
    async with running("keys_used") as p:
        made = await make(p)

        async def used() -> Any:
            return (await kept.listed(p.services.pool, BUYER))[0].used_at

        assert await used() is None
        assert await works(p, secret_of(made))
        first = await used()
        assert first is not None
        assert await works(p, secret_of(made))
        assert await used() == first
        earlier = first - timedelta(minutes=2)
        await p.services.pool.execute("UPDATE api_key SET used_at = $1", earlier)
        assert await works(p, secret_of(made))
        assert await used() > earlier


async def test_what_is_no_key_opens_nothing() -> None:
    async with running("keys_wrong") as p:
        secret = secret_of(await make(p))
        for text in ("", "thk_", secret[:-1], secret + "x", secret[:-1] + "!", secret.swapcase(),
                     "thk_" + "x" * 10_000_000, f"{secret}\n", "thk_\udc80"):  # fmt: skip
            assert not await works(p, text)
        assert await works(p, secret)
