"""The loop on a real database: nothing twice, nothing lost, nobody below zero, whoever else writes at the
same time."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from tests.platform import ACTORS, OTHER_SUPPLIER, PAYER, SUPPLIER, Running, running, terms
from tradehold.domain import company as s
from tradehold.domain import contract as k
from tradehold.domain import trade_commands as c
from tradehold.domain.command import MACHINE, Actor, Grade, Role
from tradehold.domain.identity import Kind, Ref, company_ref
from tradehold.domain.machines import Command
from tradehold.domain.money import Money
from tradehold.domain.refusal import Code, Refusal
from tradehold.engine.access import new_id
from tradehold.engine.audit import audit
from tradehold.engine.execute import Engine
from tradehold.engine.plan import Answer, Done
from tradehold.store import views
from tradehold.store.database import as_owner

NAME = "loop"
PAIR = Actor(Role.PAIR, 0, 1, 2)


@asynccontextmanager
async def second(p: Running) -> AsyncIterator[Engine]:
    """Another engine on the same database, as another process would run it."""
    async with Engine(p.url, p.services.knowledge) as engine:
        yield engine


def payment(p: Running, trade: Ref, number: int, minor: int = 100) -> Command:
    do = c.ReceivePayment(number, Money(minor, "USD"), PAYER)
    return Command(f"payment:{trade.id}:{number}", trade, MACHINE, p.clock.at, do)


def outcomes(answers: list[Answer]) -> Counter[str]:
    return Counter("done" if isinstance(one, Done) else one.code.value for one in answers)


async def state(p: Running, ref: Ref) -> views.Row:
    row = await views.row(p.services.pool, ref)
    assert row is not None
    return row


async def seen(p: Running, key: str) -> int:
    times: int = await p.services.pool.fetchval("SELECT seen FROM idempotency WHERE key = $1", key)
    return times


async def test_the_same_key_replays_the_answer_by_a_real_write() -> None:
    async with running(NAME) as p:
        trade = await p.agreed()
        command = payment(p, trade, 1)
        [first] = await p.services.engine.execute([command])
        [again] = await p.services.engine.execute([command])
        assert isinstance(first, Done)
        assert again == msgspec.structs.replace(first, replayed=True)
        assert await seen(p, command.key) == 2
        assert (await state(p, trade)).state.held == 100


async def test_the_same_key_twice_in_one_list_happens_once() -> None:
    async with running(NAME) as p:
        trade = await p.agreed()
        answers = await p.services.engine.execute([payment(p, trade, 1), payment(p, trade, 1)])
        assert [isinstance(one, Done) and one.replayed for one in answers] == [False, True]
        assert (await state(p, trade)).state.held == 100


async def test_the_same_key_with_other_content_is_refused() -> None:
    async with running(NAME) as p:
        trade = await p.agreed()
        await p.services.engine.execute([payment(p, trade, 1)])
        [answer] = await p.services.engine.execute([payment(p, trade, 1, minor=200)])
        assert isinstance(answer, Refusal)
        assert answer.code is Code.KEY_REUSED


async def test_a_refusal_keeps_no_key_and_is_decided_again() -> None:
    async with running(NAME) as p:
        trade = await p.draft()
        confirm = Command("early", trade, ACTORS["buyer"], p.clock.at, c.ReportProduction())
        [refused] = await p.services.engine.execute([confirm])
        assert isinstance(refused, Refusal)
        assert await p.services.pool.fetchval("SELECT count(*) FROM idempotency WHERE key = 'early'") == 0


async def test_one_key_in_two_engines_at_once_has_one_effect() -> None:
    async with running(NAME) as p, second(p) as other:
        trade = await p.agreed()
        for number in range(1, 21):
            command = payment(p, trade, number)
            answers = await asyncio.gather(p.services.engine.execute([command]), other.execute([command]))
            assert outcomes([one for [one] in answers]) == {"done": 2}
        row = await state(p, trade)
        assert (row.state.held, len(row.state.payments)) == (2000, 20)


async def test_two_engines_on_one_trade_lose_nothing() -> None:
    async with running(NAME) as p, second(p) as other:
        trade = await p.agreed()
        version = (await state(p, trade)).version
        answers = await asyncio.gather(
            *(
                engine.execute([payment(p, trade, number)])
                for number in range(1, 101)
                for engine in [(p.services.engine, other)[number % 2]]
            )
        )
        assert outcomes([one for [one] in answers]) == {"done": 100}
        row = await state(p, trade)
        assert (row.version - version, row.state.held) == (100, 10_000)
        events = await views.events(p.services.pool, trade)
        assert [one.seq for one in events] == list(range(1, row.version + 1))


async def test_cover_is_never_exceeded_however_many_confirm_at_once() -> None:
    """200 trades want cover that suffices for 7 of them, through two engines."""
    async with running("loop_cover") as p, second(p) as other:
        owner, cover = OTHER_SUPPLIER, 1_260_000
        agreed = terms(supplier=k.Party(owner, "深圳市明灯照明有限公司", "CN"))
        limit = s.SetLimit(Money(7 * cover + cover // 2, "USD"))
        await p.do(company_ref(owner), PAIR, limit)
        seller = Actor(Role.MEMBER, owner, 13, grade=Grade.OWNER)
        first = new_id(p.clock.at)
        trades = [Ref(owner, Kind.TRADE, first + number) for number in range(200)]
        for actor, do in (
            (seller, c.Draft(agreed)),
            (ACTORS["buyer"], c.Confirm(1, k.revision_hash(agreed))),
        ):
            made = [Command(f"{type(do).__name__}:{one.id}", one, actor, p.clock.at, do) for one in trades]
            assert outcomes(await p.services.engine.execute(made)) == {"done": 200}
        confirm = c.Confirm(1, k.revision_hash(agreed))
        answers = await asyncio.gather(
            *(
                (p.services.engine, other)[number % 2].execute(
                    [Command(f"confirm:{one.id}", one, seller, p.clock.at, confirm)]
                )
                for number, one in enumerate(trades)
            )
        )
        assert outcomes([one for [one] in answers]) == {"done": 7, "cover_exceeded": 193}
        held = await views.cover(p.services.pool, owner)
        assert held["USD"] == {"cover_available": cover // 2, "cover_reserved": 7 * cover}


async def test_two_releases_at_once_are_one() -> None:
    async with running(NAME) as p, second(p) as other:
        trade = await _overdue(p)
        commands = [
            Command(
                f"refund:{trade.id}:{number}", trade, ACTORS["buyer"], p.clock.at, c.TakeRefund(), fresh=True
            )
            for number in range(2)
        ]
        answers = await asyncio.gather(p.services.engine.execute(commands[:1]), other.execute(commands[1:]))
        assert outcomes([one for [one] in answers]) == {"done": 1, "wrong_stage": 1}
        row = await state(p, trade)
        assert (row.state.held, row.state.refunded) == (0, 1_260_000)


async def _overdue(p: Running) -> Ref:
    """Paid, not shipped, and the supplier's time to prove a shipment is over."""
    trade = await p.ready()
    for clock in ("ship_by", "prove"):
        p.clock.at = (await state(p, trade)).state.clocks[clock]
        await p.services.sweeper.sweep()
    return trade


async def test_refund_against_release_pays_out_once() -> None:
    """The buyer takes the refund while the supplier shows that it shipped."""
    async with running("loop_race") as p, second(p) as other:
        trade = await _overdue(p)
        refund = Command(f"refund:{trade.id}", trade, ACTORS["buyer"], p.clock.at, c.TakeRefund(), fresh=True)
        silence = (await state(p, trade)).state.clocks["silence"]
        clock = Command(
            f"silence:{trade.id}", trade, Actor(Role.CLOCK), silence, c.PassDeadline("silence", silence)
        )
        answers = await asyncio.gather(p.services.engine.execute([refund]), other.execute([clock]))
        assert outcomes([one for [one] in answers])["done"] == 1
        row = await state(p, trade)
        assert (row.state.held, row.state.refunded + row.state.released) == (0, 1_260_000)


async def test_one_payment_reported_twice_in_parallel_counts_once() -> None:
    """Two bank lines' follow-ups under different keys, as when two files are imported at the same time."""
    async with running(NAME) as p, second(p) as other:
        trade = await p.agreed()
        twice = [msgspec.structs.replace(payment(p, trade, 1), key=f"{trade.id}:{n}") for n in "ab"]
        answers = await asyncio.gather(p.services.engine.execute(twice[:1]), other.execute(twice[1:]))
        assert outcomes([one for [one] in answers]) == {"done": 1, "duplicate": 1}
        assert (await state(p, trade)).state.held == 100


async def test_a_command_that_cannot_be_decided_harms_only_itself() -> None:
    async with running(NAME) as p:
        good, bad = await p.agreed(), await p.agreed()
        row = await state(p, bad)
        broken = msgspec.json.encode(msgspec.structs.replace(row.state, clocks={}, ship_by=None, revision=1))
        broken = broken.replace(b'"policy":"', b'"policy":"no-such-')
        await as_owner(
            p.url,
            lambda connection: connection.execute(
                "UPDATE machine SET state = $1 WHERE supplier_id = $2 AND kind = 'trade' AND id = $3",
                broken, bad.owner, bad.id,
            ),
        )  # fmt: skip
        async with second(p) as engine:
            answers = await engine.execute(
                [payment(p, good, 1), payment(p, bad, 1), payment(p, good, 2), payment(p, bad, 2)]
            )
        assert [one.code if isinstance(one, Refusal) else "done" for one in answers] == [
            "done", Code.FAULT, "done", Code.FAULT,
        ]  # fmt: skip
        assert (await state(p, good)).state.held == 200


async def test_a_command_that_cannot_be_written_harms_only_itself() -> None:
    """PostgreSQL has no zero character and no numbers beyond 64 bits: both pass decide and fail at the
    table."""
    async with running(NAME) as p:
        trade = await p.agreed()
        zero = msgspec.structs.replace(payment(p, trade, 7), key="zero\0")
        wide = msgspec.structs.replace(payment(p, trade, 8), ref=Ref(SUPPLIER, Kind.TRADE, 2**70))
        answers = await p.services.engine.execute(
            [payment(p, trade, 1), zero, wide, payment(p, trade, 2, minor=300)]
        )
        assert [one.code if isinstance(one, Refusal) else "done" for one in answers] == [
            "done", Code.FAULT, Code.FAULT, "done",
        ]  # fmt: skip
        assert (await state(p, trade)).state.held == 400


async def test_a_refusal_is_never_decided_on_what_is_only_remembered() -> None:
    """This engine remembers the trade as a draft; another one brought it further."""
    async with running(NAME) as p, second(p) as other:
        trade, confirm = await p.draft(), c.Confirm(1, k.revision_hash(terms()))
        for actor in ("buyer", "supplier"):
            [answer] = await other.execute(
                [Command(f"{actor}:{trade.id}", trade, ACTORS[actor], p.clock.at, confirm)]
            )
            assert isinstance(answer, Done)
        extend = Command(f"extend:{trade.id}", trade, ACTORS["buyer"], p.clock.at, c.ExtendPayment(20))
        [answer] = await p.services.engine.execute([extend])
        assert isinstance(answer, Done)


async def test_many_callers_and_lists_leave_books_that_balance() -> None:
    async with running("loop_books") as p, second(p) as other:
        trades = [await p.agreed() for _ in range(4)]
        alone = [payment(p, trade, number) for trade in trades for number in range(1, 31)]
        listed = [payment(p, trade, number) for trade in trades for number in range(31, 61)]
        answers = await asyncio.gather(
            other.execute(listed), *(p.services.engine.execute([command]) for command in alone)
        )
        assert outcomes([one for part in answers for one in part]) == {"done": 240}
        report = await audit(p.services.pool)
        assert report.ok, report


async def test_what_is_queued_when_the_engine_closes_is_answered() -> None:
    async with running(NAME) as p:
        trade = await p.agreed()
        async with second(p) as other:
            waiting = [asyncio.create_task(other.execute([payment(p, trade, n)])) for n in range(1, 601)]
            await asyncio.sleep(0)
        answers = await asyncio.gather(*waiting)
        assert outcomes([one for [one] in answers]) == {"done": 600}
