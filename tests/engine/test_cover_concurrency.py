"""One supplier's cover under two hundred confirmations at once, in two engines on one database: never a cent
more is reserved than was granted, and nobody waits for ever."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack

from tests.platform import ACTORS, BEGIN, SUPPLIER, Running, member_of, running, terms
from tradehold.domain import approval, company
from tradehold.domain import contract as k
from tradehold.domain import trade_commands as c
from tradehold.domain.identity import Kind, Ref, company_ref
from tradehold.domain.machines import Command
from tradehold.domain.money import Money
from tradehold.domain.refusal import Code, Refusal
from tradehold.engine.access import new_id
from tradehold.engine.execute import Engine
from tradehold.engine.plan import Answer
from tradehold.store import views

AT_ONCE = 200
EACH = 1_260_000  # minor units of one contract
OWN = company_ref(SUPPLIER)
HASH = k.revision_hash(terms())


async def _set_limit(p: Running, minor: int) -> None:
    proposal = Ref(SUPPLIER, Kind.APPROVAL, new_id(p.clock.at))
    judged = company.SetLimit(Money(minor, "USD"))
    await p.do(proposal, ACTORS["operator"], approval.Propose(OWN, judged, "a test"))
    await p.do(proposal, ACTORS["second_operator"], approval.Approve())


async def _waiting(p: Running, count: int) -> list[Ref]:
    """Contracts that the buyer has confirmed; only the supplier's word is missing."""
    first = new_id(p.clock.at)
    trades = [Ref(SUPPLIER, Kind.TRADE, first + n) for n in range(count)]
    drafts = [
        Command(f"draft:{one.id}", one, member_of(SUPPLIER), p.clock.at, c.Draft(terms())) for one in trades
    ]
    confirms = [_confirm(one, "buyer") for one in trades]
    for answer in await p.services.engine.execute([*drafts, *confirms]):
        assert not isinstance(answer, Refusal), answer.message
    return trades


def _confirm(trade: Ref, side: str) -> Command:
    return Command(f"{side}:{trade.id}", trade, ACTORS[side], BEGIN, c.Confirm(1, HASH))


async def _race(engines: list[Engine], trades: list[Ref], between: asyncio.Task[None] | None) -> list[Answer]:
    """Every trade is confirmed by a call of its own, by turns in one engine and the other."""
    async with asyncio.timeout(60):
        found = await asyncio.gather(
            *(engines[n % 2].execute([_confirm(one, "supplier")]) for n, one in enumerate(trades))
        )
        if between:
            await between
    return [answer for [answer] in found]


def _tell(answers: list[Answer]) -> tuple[int, list[Refusal]]:
    refusals = [one for one in answers if isinstance(one, Refusal)]
    return len(answers) - len(refusals), refusals


async def _cover(p: Running) -> tuple[int, int, int]:
    row = await views.row(p.services.pool, OWN)
    assert row is not None
    booked = (await views.cover(p.services.pool, SUPPLIER))["USD"]
    limit: company.Limit = row.state.limit("USD")
    return limit.granted, booked.get("cover_available", 0), booked.get("cover_reserved", 0)


async def test_two_hundred_at_once_reserve_the_limit_to_the_cent() -> None:
    fit = 60
    async with AsyncExitStack() as stack:
        p = await stack.enter_async_context(running(f"{__name__}.whole"))
        other = await stack.enter_async_context(Engine(p.url, p.services.knowledge))
        await _set_limit(p, fit * EACH)
        trades = await _waiting(p, AT_ONCE)
        confirmed, refusals = _tell(await _race([p.services.engine, other], trades, None))
        assert confirmed == fit
        assert Counter(one.code for one in refusals) == {Code.COVER_EXCEEDED: AT_ONCE - fit}
        assert all(one.data == {"needed": EACH, "available": 0} for one in refusals)
        assert await _cover(p) == (fit * EACH, 0, fit * EACH)
        assert await _stages(p, trades) == {"confirmed": fit, "draft": AT_ONCE - fit}


async def test_a_limit_that_is_cut_in_the_middle_is_never_exceeded_by_what_comes_after() -> None:
    before, after = 120, 40
    async with AsyncExitStack() as stack:
        p = await stack.enter_async_context(running(f"{__name__}.cut"))
        other = await stack.enter_async_context(Engine(p.url, p.services.knowledge))
        await _set_limit(p, before * EACH + 1)
        trades = await _waiting(p, AT_ONCE)
        cut = asyncio.create_task(_set_limit(p, after * EACH))
        confirmed, refusals = _tell(await _race([p.services.engine, other], trades, cut))
        assert after <= confirmed <= before
        assert {one.code for one in refusals} == {Code.COVER_EXCEEDED}
        granted, available, reserved = await _cover(p)
        assert reserved == confirmed * EACH
        assert granted == available + reserved
        row = await views.row(p.services.pool, OWN)
        assert row is not None
        assert row.state.limit("USD").granted - row.state.limit("USD").cut == after * EACH
        late = await _waiting(p, 1)
        [answer] = await p.services.engine.execute([_confirm(late[0], "supplier")])
        assert isinstance(answer, Refusal) == (confirmed >= after)


async def _stages(p: Running, trades: list[Ref]) -> Counter[str]:
    rows = await views.rows(p.services.pool, trades)
    return Counter(row.state.stage.value for row in rows.values())
