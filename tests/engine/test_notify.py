"""News: written with their events, told once whatever dies in between, and to nobody they do not concern."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from tests.notices import URL, letters, notifier, told
from tests.platform import ACTORS, BUYER, MEMBERS, SUPPLIER, Running, running
from tradehold.domain import company
from tradehold.domain.bank import Party
from tradehold.domain.command import RAIL, Grade
from tradehold.domain.identity import Ref, company_ref, receipt_ref
from tradehold.domain.receipt import RecordLine
from tradehold.engine.notify import Notifier
from tradehold.engine.rhythm import is_due
from tradehold.store import notices, people
from tradehold.store.views import Member

NAME = __name__


async def waiting(p: Running) -> int:
    count: int = await p.services.pool.fetchval("SELECT count(*) FROM outbox")
    return count


async def rhythm(p: Running, role: str, chosen: str) -> None:
    await notices.set_rhythm(p.services.pool, MEMBERS[role].id, chosen, p.clock.at)


async def test_news_stand_in_the_outbox_with_their_event_and_go_when_they_are_told() -> None:
    async with running(NAME) as p:
        await notifier(p)
        trade = await p.draft()
        rows = await p.services.pool.fetch("SELECT supplier_id, kind, id, seq FROM outbox")
        assert [tuple(row) for row in rows] == [(trade.owner, "trade", trade.id, 1)]
        await (await notifier(p)).tell()
        assert await waiting(p) == 0


async def test_each_side_hears_what_the_other_did_and_nobody_of_their_own_act() -> None:
    async with running(NAME) as p:
        made = await notifier(p)
        trade = await p.ready()
        await made.tell()
        assert await told(p, "buyer", trade) == [
            "drafted", "confirmed", "agreed", "payment_held", "production_reported", "payment_held",
        ]  # fmt: skip
        assert await told(p, "supplier", trade) == [
            "confirmed", "payment_held", "initial_paid", "payment_held", "fully_paid",
        ]  # fmt: skip
        for role in ("other_buyer", "other_supplier", "operator"):
            assert await told(p, role, trade) == []


async def test_a_notifier_that_dies_before_it_forgets_tells_nothing_twice() -> None:
    async with running(NAME) as p:
        made = await notifier(p)
        trade = await p.agreed()
        rows = await p.services.pool.fetch("SELECT * FROM outbox")
        await made.tell()
        before = await told(p, "buyer", trade)
        # The notices are there, and the outbox is as if its rows had never gone.
        await p.services.pool.executemany(
            "INSERT INTO outbox VALUES ($1, $2, $3, $4, $5)", [tuple(row) for row in rows]
        )
        assert await made.tell() == len(rows)
        assert await told(p, "buyer", trade) == before
        assert await waiting(p) == 0


async def test_two_notifiers_at_once_tell_everything_once() -> None:
    async with running(NAME) as p:
        one, other = await notifier(p), await notifier(p)
        trades = [await p.agreed() for _ in range(5)]
        await asyncio.gather(one.tell(), other.tell())
        for trade in trades:
            assert await told(p, "buyer", trade) == ["drafted", "confirmed", "agreed"]
        p.clock.at += timedelta(minutes=2)
        await asyncio.gather(one.write(), other.write())
        assert sorted(address for address, *_ in await letters(p)) == [
            "buyer@example.com", "supplier@example.com",
        ]  # fmt: skip


class Counting:
    """A pool that counts what is asked of it."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self.asked = 0

    def __getattr__(self, name: str) -> Any:
        if name in ("fetch", "execute", "fetchrow", "fetchval", "executemany"):
            self.asked += 1
        return getattr(self._pool, name)


async def asked_to_tell(p: Running, trades: int) -> int:
    for _ in range(trades):
        await p.agreed()
    counting = Counting(p.services.pool)
    await Notifier(counting, p.clock, lambda *_: None).tell()  # type: ignore[arg-type]
    return counting.asked


async def test_telling_a_long_list_takes_as_many_queries_as_a_short_one() -> None:
    async with running(NAME) as p:
        await notifier(p)
        assert await asked_to_tell(p, 1) == await asked_to_tell(p, 12) <= 8


@asynccontextmanager
async def joined(p: Running, person: int, grade: Grade) -> AsyncIterator[None]:
    await people.put_members(
        p.services.pool, [Member(person, BUYER, "Kim Day", "en", "UTC", grade)], p.clock.at
    )
    try:
        yield
    finally:
        await p.services.pool.execute("DELETE FROM membership WHERE person_id = $1", person)


@pytest.mark.parametrize(("grade", "hears"), [(Grade.FINANCE, True), (Grade.TRADER, False)])
async def test_money_that_waits_for_a_check_is_news_to_those_whose_duty_it_is(
    grade: Grade, hears: bool
) -> None:
    async with running(NAME) as p:
        made = await notifier(p)
        person = 900 + hears
        async with joined(p, person, grade):
            trade = await p.agreed()
            await pay_by_a_stranger(p, trade)
            await made.tell()
            found = await notices.page(p.services.pool, (person, BUYER))
            about = await notices.about(p.services.pool, found)
            tags = {about.events[one.place].event.__struct_config__.tag for one in found}
            assert ("payment_suspended" in tags, "agreed" in tags) == (hears, True)


async def pay_by_a_stranger(p: Running, trade: Ref) -> None:
    line = replace(p.line(trade, 378_000), party=Party("SOMEBODY ELSE LTD", "GB33BUKB20201555555555"))
    await p.do(receipt_ref(line.account, line.reference), RAIL, RecordLine(line))


# --- letters


async def test_what_happens_within_a_minute_comes_in_one_letter() -> None:
    async with running(NAME) as p:
        made = await notifier(p)
        trade = await p.ready()
        await made.tell()
        assert await made.write() == 0  # more may come
        p.clock.at += timedelta(minutes=1)
        assert await made.write() == 2
        assert await made.write() == 0
        [(address, kind, subject, body, leave), _] = await letters(p)
        assert (address, kind) == ("buyer@example.com", "news")
        assert subject == "T-shirts, organic cotton: 6 pieces of news"
        assert f"{URL}/trades/trd_" in body
        assert body.index("Ningbo Brightwear reported") < body.index("Ningbo Brightwear drafted")
        assert "Times are shown for Los Angeles" in body
        assert leave.startswith(f"{URL}/unsubscribe/10-")
        assert leave in body
        assert trade.owner == SUPPLIER


async def test_a_letter_is_in_its_readers_language_and_zone() -> None:
    async with running(NAME) as p:
        made = await notifier(p)
        await p.agreed()
        await made.tell()
        p.clock.at += timedelta(minutes=1)
        await made.write()
        body = next(body for address, _, _, body, _ in await letters(p) if address.startswith("supplier"))
        assert "Lin Wei，您好：" in body
        assert "2027年1月4日周一, 17:00" in body
        assert "上海, UTC+8" in body


async def test_what_was_read_meanwhile_needs_no_letter() -> None:
    async with running(NAME) as p:
        made = await notifier(p)
        trade = await p.agreed()
        await made.tell()
        await notices.read_about(p.services.pool, MEMBERS["buyer"].id, trade, p.clock.at)
        p.clock.at += timedelta(minutes=1)
        await made.write()
        assert [address for address, *_ in await letters(p)] == ["supplier@example.com"]


async def test_whoever_wants_no_letters_gets_none_also_not_later() -> None:
    async with running(NAME) as p:
        made = await notifier(p)
        await p.draft()
        await made.tell()
        await rhythm(p, "buyer", "never")
        await p.draft()
        await made.tell()
        await rhythm(p, "buyer", "at_once")
        p.clock.at += timedelta(minutes=1)
        assert await made.write() == 0


async def test_a_payout_account_is_told_at_once_and_also_to_whoever_wants_no_letters() -> None:
    async with running(NAME) as p:
        made = await notifier(p)
        await rhythm(p, "other_supplier", "never")
        add = company.AddPayoutAccount("USD", Party("Supplier 8", "CN80001239999"))
        person = Member(905, 8, "Wu Min", "zh", "Asia/Shanghai", Grade.FINANCE)
        await people.put_members(p.services.pool, [person], p.clock.at)
        await p.do(company_ref(8), ACTORS["other_supplier"], add)
        await made.tell()
        await made.write()
        found = await letters(p)
        # Whoever added it knows it; the colleague has no address; the operators approve it.
        assert {(address, kind, leave) for address, kind, _, _, leave in found} == {
            ("operator@example.com", "security", ""), ("second_operator@example.com", "security", ""),
        }  # fmt: skip
        assert "9999" in found[0][3]
        assert "CN8000123" not in found[0][3]
        await p.do(company_ref(8), ACTORS["operator"], company.ApprovePayoutAccount(2))
        await made.tell()
        await made.write()
        assert (await letters(p))[-1][:2] == ("other_supplier@example.com", "security")
        await rhythm(p, "other_supplier", "at_once")


async def test_whoever_left_the_company_is_told_nothing_more() -> None:
    async with running(NAME) as p:
        made = await notifier(p)
        async with joined(p, 910, Grade.OWNER):
            await people.put_address(p.services.pool, 910, "kim@example.com")
            await p.draft()
            await made.tell()
        p.clock.at += timedelta(minutes=1)
        await made.write()
        assert [address for address, *_ in await letters(p)] == ["buyer@example.com"]


async def test_a_letter_that_cannot_be_written_holds_up_nobody_elses() -> None:
    async with running(NAME) as p:
        made = await notifier(p)
        compose = made._compose

        def failing(reader: Any, *rest: Any) -> Any:
            if reader.name == "Ana Ortiz":
                raise LookupError("no words for this")
            return compose(reader, *rest)

        await p.agreed()
        await made.tell()
        p.clock.at += timedelta(minutes=1)
        assert await Notifier(p.services.pool, p.clock, failing).write() == 1


@pytest.mark.parametrize(
    ("now", "oldest", "due"),
    [
        # Eight in the morning in Shanghai is midnight in UTC.
        ("2027-01-04T23:59", "2027-01-04T12:00", False),
        ("2027-01-05T00:00", "2027-01-04T12:00", True),
        ("2027-01-05T00:30", "2027-01-05T00:10", False),
        ("2027-01-07T00:00", "2027-01-05T00:10", True),
    ],
)
def test_a_daily_letter_goes_at_eight_where_its_reader_is(now: str, oldest: str, due: bool) -> None:
    at, since = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (now, oldest))
    assert is_due("daily", "Asia/Shanghai", since, at) is due


def test_a_daily_letter_follows_the_clock_on_the_wall() -> None:
    # Berlin went to summer time in the night to 28 March 2027: eight o'clock is 6:00 UTC then, not 7:00.
    night, morning = datetime(2027, 3, 28, 1, tzinfo=UTC), datetime(2027, 3, 28, 6, tzinfo=UTC)
    assert is_due("daily", "Europe/Berlin", night, morning)
    assert not is_due("daily", "Europe/Berlin", night, morning - timedelta(seconds=1))


def test_an_unknown_zone_is_utc() -> None:
    at = datetime(2027, 1, 4, 8, tzinfo=UTC)
    assert is_due("daily", "Mars/Olympus", at - timedelta(hours=1), at)


async def test_a_daily_letter_tells_all_of_the_day() -> None:
    async with running(NAME) as p:
        made = await notifier(p)
        await rhythm(p, "buyer", "daily")
        await p.agreed()
        await made.tell()
        p.clock.at += timedelta(hours=1)
        await p.draft()
        await made.tell()
        await made.write()
        assert [address for address, *_ in await letters(p)] == ["supplier@example.com"]
        p.clock.at = datetime(2027, 1, 4, 16, tzinfo=UTC)  # eight in Los Angeles
        assert await made.write() == 1
        assert (await letters(p))[-1][2] == "Tradehold: 4 pieces of news"
        await rhythm(p, "buyer", "at_once")
