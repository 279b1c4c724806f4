"""Playing the demo: a clock that can be stepped, a sandbox bank per currency, and people who act through
the same engine as everybody else. Nothing is written behind the platform's back."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from tradehold.demo import cast
from tradehold.domain import account as a
from tradehold.domain import approval as ap
from tradehold.domain import company as s
from tradehold.domain.bank import Party
from tradehold.domain.command import Actor
from tradehold.domain.contract import Attachment
from tradehold.domain.identity import Kind, Ref, account_ref, company_ref, token
from tradehold.domain.machines import Command
from tradehold.domain.money import Money
from tradehold.domain.payment import missing
from tradehold.domain.record import content_hash
from tradehold.domain.reference import rf_reference
from tradehold.domain.refusal import Refusal
from tradehold.engine.access import new_id
from tradehold.engine.deliver import ImportReport, import_file, pay_out
from tradehold.engine.plan import Done
from tradehold.main import Platform, now
from tradehold.rails.sandbox import SandboxBank
from tradehold.store import notices, people, views
from tradehold.web.demo import SignInLink

DAY = timedelta(days=1)
_UNREAD = 4


class DemoClock:
    """Stands still while a story is played; while served it runs with the world, as far ahead as it was
    stepped."""

    def __init__(self) -> None:
        self.at: datetime | None = None
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return self.at or now() + self.ahead


class DemoError(Exception):
    """The demo cannot be played here; the message says why."""


class Demo:
    """A platform and its banks. All methods that change something may be called while it is served."""

    def __init__(self, platform: Platform, clock: DemoClock) -> None:
        self.platform = platform
        self.clock = clock
        folder = platform.settings.home / "sandbox-bank"
        self.banks = {
            currency: SandboxBank(party, currency, folder=folder) for currency, party in cast.ACCOUNTS.items()
        }
        self._lock = asyncio.Lock()
        self._closed: date | None = None  # the last day whose statement was read

    async def do(self, actor: Actor, ref: Ref, body: Any) -> Done:
        """One command, and all that follows from it. Raises DemoError where it is refused."""
        platform, at = self.platform, self.clock()
        key = f"demo:{content_hash((ref, actor, body, at))}"
        [answer] = await platform.engine.execute([Command(key, ref, actor, at, body, fresh=True)])
        if isinstance(answer, Refusal):
            raise DemoError(f"{type(body).__name__}: {answer.message}")
        await platform.sweeper.sweep()
        return answer

    async def found(self) -> None:
        """Companies, people, designated accounts, suppliers with their limits and payout accounts."""
        pool = self.platform.pool
        await people.put_companies(pool, cast.COMPANIES)
        await people.put_members(pool, cast.MEMBERS, self.clock())
        for person, address in cast.ADDRESSES.items():
            await people.put_address(pool, person, address)
        mara = cast.actor(cast.MARA)
        for currency, party in cast.ACCOUNTS.items():
            await self.do(mara, account_ref(currency), a.OpenAccount(currency, party))
        for one in cast.MEMBERS:
            if one.company:
                it = cast.company(one.company)
                register = s.Register(it.name, it.country, it.registration)
                await self.do(cast.actor(one.id), company_ref(one.company), register)
        for number in cast.PAYOUT_ACCOUNTS:
            await self._assure(number)

    async def _assure(self, number: int) -> None:
        """Two operators make a supplier a verified gold member, with a limit and an account to be paid to."""
        mara, jon = cast.actor(cast.MARA), cast.actor(cast.JON)
        supplier, (currency, party) = company_ref(number), cast.PAYOUT_ACCOUNTS[number]
        member = next(one.id for one in cast.MEMBERS if one.company == number)
        await self.do(cast.actor(member), supplier, s.AddPayoutAccount(currency, party))
        await self.do(jon, supplier, s.ApprovePayoutAccount(1))
        for verify, report in cast.verifications(number, self.clock().date()):
            evidence = await self.keep(cast.MARA, supplier, f"{verify.what}.txt", report)
            await self.do(mara, supplier, replace(verify, evidence=(evidence,)))
        gold = s.SetMembership(currency, (self.clock() + 365 * DAY).date())
        limit = s.SetLimit(Money(cast.LIMITS[number][1], currency))
        for body, reason in ((gold, "Verified; the fee is paid."), (limit, "Known for years; first limit.")):
            proposal = await self.propose(mara, supplier, body, reason)
            await self.do(jon, proposal, ap.Approve())

    async def propose(self, actor: Actor, target: Ref, body: Any, reason: str) -> Ref:
        ref = Ref(target.owner, Kind.APPROVAL, new_id(self.clock()))
        await self.do(actor, ref, ap.Propose(target, body, reason))
        return ref

    async def keep(self, member: int, place: Ref | None, name: str, body: bytes) -> Attachment:
        """A member's file, uploaded as any other."""
        files, company, at = self.platform.files, cast.actor(member).company, self.clock()

        async def whole() -> AsyncIterator[bytes]:
            yield body

        upload = await files.begin(company, member, name, len(body), at, place)
        done = await files.append(upload.id, company, 0, whole(), at)
        return Attachment(name, done.sha256, len(body))

    # --- the bank

    async def read(self, name: str, body: bytes) -> ImportReport:
        """A file of the bank arrives."""
        platform = self.platform
        report = await import_file(platform.engine, platform.pool, name, body, self.clock())
        await platform.sweeper.sweep()
        if report.refused:
            raise DemoError(f"{name}: {report.refused[0].message}")
        return report

    async def transfer(self, currency: str, minor: int, payer: Party, words: str, charges: int = 0) -> None:
        """Somebody pays into the designated account, and the bank tells of it by a camt.054."""
        bank, at = self.banks[currency], self.clock()
        bank.pay_in(Money(minor, currency), words, payer, at.date(), charges=charges)
        notification = bank.notification(at)
        if notification:
            await self.read(f"camt.054 {currency} {at:%Y-%m-%d %H:%M}", notification)

    async def pay(self, trade: Ref, minor: int, charges: int = 0) -> None:
        """The trade's buyer pays by wire, naming the trade's reference."""
        async with self._lock:
            row = await views.row(self.platform.pool, trade)
            if row is None or minor <= 0:
                raise DemoError("There is no such trade, or nothing to pay.")
            payer = cast.PAYERS.get(row.state.deal.buyer) or Party(row.state.deal.buyer_name)
            await self._catch_up()
            await self.transfer(row.state.deal.currency, minor, payer, rf_reference(token(trade)), charges)

    async def pay_what_is_due(self, trade: Ref, charges: int = 0) -> None:
        row = await views.row(self.platform.pool, trade)
        assert row is not None
        await self.pay(trade, missing(row.state), charges)

    async def bank_day(self) -> None:
        """Payouts are ordered and the bank carries them out."""
        async with self._lock:
            await self._bank_day()

    async def _bank_day(self) -> None:
        platform, at = self.platform, self.clock()
        ordered = await pay_out(platform.engine, platform.pool, at)
        for file in ordered.files:
            bank = self.banks[file.currency]
            await self.read(f"pain.002 {file.name}", bank.accept(file.body, at))
        for currency, bank in self.banks.items():
            for number, report in enumerate(bank.settle(at)):
                await self.read(f"pain.002 {currency} {at:%Y-%m-%d} {number}", report)
            notification = bank.notification(at)
            if notification:
                await self.read(f"camt.054 {currency} {at:%Y-%m-%d %H:%M}", notification)

    async def close_day(self, day: date) -> None:
        """The night's statements: one camt.053 for each account."""
        for currency, bank in self.banks.items():
            await self.read(f"camt.053 {currency} {day}", bank.statement(day))
        self._closed = day
        await people.put_setting(self.platform.pool, "demo_closed", day.isoformat())

    # --- time

    async def to(self, at: datetime) -> None:
        """The clock moves on to `at`, and every day between runs its course: payouts, statements,
        deadlines."""
        start = self.clock()
        while self.clock().date() < at.date():
            here = self.clock()
            self.clock.at = max(here, datetime(here.year, here.month, here.day, 16, tzinfo=UTC))
            await self._bank_day()
            self.clock.at = max(here, datetime(here.year, here.month, here.day, 23, 59, tzinfo=UTC))
            if self._closed is None or self._closed < here.date():
                await self.close_day(here.date())
            self.clock.at = datetime(here.year, here.month, here.day, tzinfo=UTC) + DAY
            await self.platform.sweeper.sweep()
            await self._post()
        self.clock.at = max(start, at)
        await self.platform.sweeper.sweep()

    async def _post(self) -> None:
        """The day's news reach everybody, and the letters their folder."""
        await self.platform.notifier.tell()
        await self.platform.notifier.write()
        await self.platform.mailer.send()

    async def advance(self, days: int) -> None:
        """Steps the clock of a served demo."""
        async with self._lock:
            target = self.clock() + days * DAY
            begun = now()
            await self._catch_up()
            await self.to(target)
            await self._run_on(target - begun)

    async def _catch_up(self) -> None:
        """Days that passed since the last statement, while nobody served the demo, run their course first."""
        here = self.clock()
        if self._closed and self._closed < here.date() - DAY:
            self.clock.at = datetime.combine(self._closed + DAY, datetime.min.time(), UTC)
            await self.to(here)
            self.clock.at = None

    async def _run_on(self, ahead: timedelta) -> None:
        self.clock.at, self.clock.ahead = None, ahead
        await people.put_setting(self.platform.pool, "demo_ahead", str(int(ahead.total_seconds())))

    async def recall(self) -> None:
        """Takes the bank's calendar up where it was left."""
        closed = await people.setting(self.platform.pool, "demo_closed")
        self._closed = date.fromisoformat(closed) if closed else None

    async def resume(self) -> None:
        """Takes the clock up where the last serving left it; the days since then run their course."""
        await self.recall()
        ahead = await people.setting(self.platform.pool, "demo_ahead")
        self.clock.at, self.clock.ahead = None, timedelta(seconds=int(ahead or 0))
        async with self._lock:
            await self._catch_up()

    async def read_up(self) -> None:
        """People have read all but the last few of their notices."""
        pool = self.platform.pool
        for one in cast.MEMBERS:
            reader = (one.id, one.company)
            newest = await notices.page(pool, reader, limit=_UNREAD + 1)
            if len(newest) > _UNREAD:
                await notices.read_all(pool, reader, self.clock(), newest[-1].number)

    # --- who may come in

    async def sign_in_links(self) -> list[SignInLink]:
        """A fresh link for each of the demo's people."""
        links = []
        for member in cast.MEMBERS:
            role = (
                "operator" if not member.company else "supplier" if member.company in cast.LIMITS else "buyer"
            )
            company = cast.company(member.company).name if member.company else "Tradehold"
            token = await people.begin_session(self.platform.pool, member.id, now(), people.SESSION)
            links.append(SignInLink(role, member.name, company, f"/sign-in/{token}"))
        return links

    def today(self) -> date:
        return self.clock().date()
