"""A real Tradehold to test against: PostgreSQL, engine, people with sessions, money accounts and a
supplier's cover.

    async with running(__name__) as p:
        p.services, p.tokens["buyer"], p.clock.at

One server a test process: the embedded one, or that of TRADEHOLD_DATABASE_URL. Each `name` is a database of
its own, made and peopled by whoever asks first; tests of one file share it and make their own trades in it.
The pool and the engine belong to the event loop of the test and end with it."""

import asyncio
import atexit
import os
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from tests.assured import gold, verifications
from tests.folders import folder_for_all
from tests.specification import ANSWERS, REQUIREMENTS
from tradehold.domain import account, approval, company
from tradehold.domain import contract as k
from tradehold.domain import trade_commands as c
from tradehold.domain.bank import Line, Party
from tradehold.domain.command import RAIL, Actor, Grade, Role
from tradehold.domain.identity import Kind, Ref, account_ref, company_ref, receipt_ref, token
from tradehold.domain.inspection import Waiver
from tradehold.domain.machines import Command
from tradehold.domain.money import Money
from tradehold.domain.receipt import RecordLine
from tradehold.domain.reference import rf_reference
from tradehold.domain.refusal import Refusal
from tradehold.domain.risk import risks
from tradehold.engine.access import actor_of, new_id, wall
from tradehold.engine.deadlines import Sweeper
from tradehold.engine.door import Door
from tradehold.engine.execute import Engine
from tradehold.engine.files import Files
from tradehold.engine.plan import Done
from tradehold.engine.services import Services
from tradehold.knowledge import load_knowledge
from tradehold.store import people
from tradehold.store.blobs import Blobs
from tradehold.store.database import Connection, Pool, as_owner, pool_of
from tradehold.store.embedded import Embedded
from tradehold.store.migrate import migrate
from tradehold.store.views import Company, Member
from tradehold.web.contract_paper import of_trade

BEGIN = datetime(2027, 1, 4, 9, tzinfo=UTC)  # a Monday
BUYER, OTHER_BUYER, SUPPLIER, OTHER_SUPPLIER = 2, 3, 7, 8
OURS = Party("Tradehold client money", "DE75512108001245126199", "SOGEDEFF", "DE")
PAYER = Party("HARBOUR KIDS LTD", "GB29NWBK60161331926819", "NWBKGB2L", "US")
LIMIT = 3_000_000_000  # enough cover for all the trades of a file of tests
COMPANIES = [
    Company(
        BUYER, "Harbour Kids Ltd", "US", "410 Pier Avenue, Oakland", "C4410982", "America/Los_Angeles", "en"
    ),
    Company(
        OTHER_BUYER, "Nordlicht GmbH", "DE", "Speicherstraße 12, Hamburg", "HRB 1482", "Europe/Berlin", "en"
    ),
    Company(
        SUPPLIER, "Ningbo Brightwear", "CN", "88 Jiangnan Road, Ningbo", "91330200", "Asia/Shanghai", "zh"
    ),
    Company(
        OTHER_SUPPLIER,
        "深圳市明灯照明有限公司",
        "CN",
        "宝安区西乡街道 21 号",
        "91440300",
        "Asia/Shanghai",
        "zh",
    ),
]
MEMBERS = {
    "buyer": Member(10, BUYER, "Ana Ortiz", "en", "America/Los_Angeles", Grade.OWNER),
    "supplier": Member(11, SUPPLIER, "Lin Wei", "zh", "Asia/Shanghai", Grade.OWNER),
    "other_buyer": Member(12, OTHER_BUYER, "Jonas Petersen", "en", "Europe/Berlin", Grade.OWNER),
    "other_supplier": Member(13, OTHER_SUPPLIER, "陈晓明", "zh", "Asia/Shanghai", Grade.OWNER),
    "operator": Member(1, 0, "Mara Keller", "en", "Europe/Zurich", Grade.OWNER),
    "second_operator": Member(2, 0, "Jon Bell", "en", "Europe/Zurich", Grade.OWNER),
}
KNOWLEDGE = load_knowledge()
ACTORS = {role: actor_of(member) for role, member in MEMBERS.items()}
_numbers = count(1)
_closing = ExitStack()
_tokens: dict[str, dict[str, str]] = {}  # by the database's name


def terms(**changed: Any) -> k.Terms:
    """12,600.00 US dollars for 3,000 shirts, 30 % at confirmation and the rest when the goods are made."""
    values: dict[str, Any] = {
        "title": "T-shirts, organic cotton",
        "buyer": k.Party(BUYER, "Harbour Kids Ltd", "US"),
        "supplier": k.Party(SUPPLIER, "Ningbo Brightwear", "CN"),
        "currency": "USD",
        "lines": (k.Line("TS-200", "children's T-shirt", Decimal(3000), "C62", Decimal("4.2")),),
        "schedule": (k.Item(378_000, "confirmation"), k.Item(882_000, "production")),
        "ship_by": k.ShipBy(on=date(2027, 3, 1)),
        "incoterm": "FOB",
        "place": "Ningbo",
        "zone": "Asia/Shanghai",
        "market": "US",
        "policy": KNOWLEDGE.default,
        "inspection": Waiver("We know this factory."),
        "requirements": REQUIREMENTS,
        "answers": ANSWERS,
        "cover": 1_260_000,
        "late_price_cut_bps": 500,
    }
    written = k.Terms(**(values | changed))
    return replace(written, risks=risks(written, KNOWLEDGE))


class Clock:
    """Tells `at`; a test moves it."""

    def __init__(self, at: datetime = BEGIN) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


class Running(Struct):
    """A platform at work, and the words to bring a trade to where a test begins."""

    url: str
    services: Services
    clock: Clock
    tokens: dict[str, str]  # of a session, by role

    async def do(self, ref: Ref, actor: Actor, body: Any) -> Done:
        key = f"test:{next(_numbers)}:{secrets.token_hex(4)}"
        [answer] = await self.services.engine.execute(
            [Command(key, ref, actor, self.clock.at, body, fresh=True)]
        )
        assert not isinstance(answer, Refusal), answer.message
        await self.services.sweeper.sweep()
        return answer

    async def draft(self, **changed: Any) -> Ref:
        agreed = terms(**changed)
        # The clock stands still, and ids of one instant may meet.
        moment = self.clock.at + timedelta(milliseconds=next(_numbers))
        trade = Ref(agreed.supplier.company, Kind.TRADE, new_id(moment))
        await self.do(trade, member_of(agreed.supplier.company), c.Draft(agreed))
        return trade

    async def agreed(self, **changed: Any) -> Ref:
        """Both sides have confirmed; the initial payment is awaited."""
        agreed = terms(**changed)
        trade = await self.draft(**changed)
        confirm = c.Confirm(1, k.revision_hash(agreed), acknowledged=agreed.risks)
        await self.do(trade, ACTORS["buyer"], confirm)
        await self.do(trade, ACTORS["supplier"], confirm)
        return trade

    def line(self, trade: Ref, minor: int) -> Line:
        return Line(
            OURS.account, f"bank-{next(_numbers)}-{secrets.token_hex(4)}", Money(minor, "USD"), True,
            self.clock.at.date(), party=PAYER, remittance=rf_reference(token(trade)),
        )  # fmt: skip

    async def pay(self, trade: Ref, minor: int) -> None:
        """The buyer's wire stands on the bank's statement."""
        line = self.line(trade, minor)
        await self.do(receipt_ref(line.account, line.reference), RAIL, RecordLine(line))

    async def ready(self, **changed: Any) -> Ref:
        """Made and paid in full; shipment is awaited."""
        trade = await self.agreed(**changed)
        await self.pay(trade, 378_000)
        await self.do(trade, ACTORS["supplier"], c.ReportProduction())
        await self.pay(trade, 882_000)
        return trade


@cache
def _url_of() -> Callable[[str], str]:
    """What tells the URL of a new, empty database by its name. The server runs until the test process
    ends."""
    atexit.register(_closing.close)
    external = os.environ.get("TRADEHOLD_DATABASE_URL")
    if external:
        return lambda name: _on(external, name)
    server = Embedded.start(_closing.enter_context(folder_for_all()))
    _closing.callback(server.stop)

    def make(name: str) -> str:
        server.create_database(name)
        return server.dsn(name)

    return make


def _on(server: str, name: str) -> str:
    """A database on a server that is not ours goes when the test process ends."""
    asyncio.run(as_owner(server, lambda connection: connection.execute(f'CREATE DATABASE "{name}"')))

    async def drop(connection: Connection) -> None:
        await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    _closing.callback(lambda: asyncio.run(as_owner(server, drop)))
    return urlsplit(server)._replace(path=f"/{name}").geturl()


@cache
def _files() -> Path:
    return Path(_closing.enter_context(TemporaryDirectory()))


@cache
def _database(name: str) -> str:
    unique = f"test_{name.rpartition('.')[2]}_{os.getpid()}_{secrets.token_hex(4)}"[:60]
    url = _url_of()(unique)
    asyncio.run(migrate(url))
    return url


@asynccontextmanager
async def running(name: str, begin: datetime = BEGIN) -> AsyncIterator[Running]:
    """The platform on the database of `name`, at the time `begin`."""
    url = await asyncio.to_thread(_database, name)
    knowledge, clock = load_knowledge(), Clock(begin)
    async with pool_of(url) as pool, Engine(url, knowledge) as engine:
        files = Files(Blobs.at(_files()), pool)
        services = Services(
            engine,
            pool,
            Sweeper(engine, pool, clock),
            clock,
            files,
            Door(url="http://tradehold.test"),
            print_contract=of_trade,
        )
        platform = Running(url, services, clock, _tokens.get(name, {}))
        if name not in _tokens:
            await _people(platform, pool)
            _tokens[name] = platform.tokens
        yield platform


def member_of(company: int) -> Actor:
    return Actor(Role.MEMBER, company, 11, grade=Grade.OWNER)


async def _people(platform: Running, pool: Pool) -> None:
    begun, platform.clock.at = platform.clock.at, BEGIN - timedelta(days=7)
    ages = timedelta(days=3650)
    await people.put_companies(pool, COMPANIES)
    await people.put_members(pool, list(MEMBERS.values()), platform.clock.at)
    for role, member in MEMBERS.items():
        begun_by = people.Begun(fresh=ages)
        platform.tokens[role] = await people.begin_session(pool, member.id, wall(), ages, begun_by)
    one, two = ACTORS["operator"], ACTORS["second_operator"]
    await platform.do(account_ref("USD"), one, account.OpenAccount("USD", OURS))
    for registered in COMPANIES:
        register = company.Register(registered.name, registered.country, registered.registration)
        await platform.do(company_ref(registered.id), member_of(registered.id), register)
    for owner in (SUPPLIER, OTHER_SUPPLIER):
        ref, today = company_ref(owner), platform.clock.at.date()
        for verify in verifications(today):
            await platform.do(ref, one, verify)
        for number, judged in enumerate((gold(today), company.SetLimit(Money(LIMIT, "USD"))), 1):
            proposal = Ref(owner, Kind.APPROVAL, number)
            await platform.do(proposal, one, approval.Propose(ref, judged, "to begin with"))
            await platform.do(proposal, two, approval.Approve())
        payee = Party(f"Supplier {owner}", f"CN{owner}0001234567")
        await platform.do(ref, member_of(owner), company.AddPayoutAccount("USD", payee))
        await platform.do(ref, two, company.ApprovePayoutAccount(1))
    platform.clock.at = begun
