"""A server of its own and a database full of trades that wait for more of their buyers' money.

One trade is brought to the point where a first part of its initial payment is held, by real commands; its
rows are then copied under many suppliers, which takes seconds where a million commands would take minutes.
The copies differ from real trades in one thing: their hash chains are the first one's. Nothing that is
measured looks at that.
"""

import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from shutil import rmtree

import msgspec

from tests.assured import founding
from tests.specification import ANSWERS, REQUIREMENTS
from tradehold.domain import contract as k
from tradehold.domain import trade_commands as c
from tradehold.domain.account import OpenAccount
from tradehold.domain.bank import Party
from tradehold.domain.command import MACHINE, Actor, Grade, Role
from tradehold.domain.identity import Kind, Ref, account_ref
from tradehold.domain.inspection import Waiver
from tradehold.domain.machines import Command
from tradehold.domain.money import Money
from tradehold.domain.refusal import Refusal
from tradehold.engine.execute import Engine
from tradehold.knowledge import load_knowledge
from tradehold.store.database import Connection, as_owner
from tradehold.store.embedded import Embedded
from tradehold.store.migrate import migrate

AT = datetime(2027, 1, 4, 9, tzinfo=UTC)
BUYER = 1_000_000
TEMPLATE = 70_000_000_000_000  # the trade that all others are copies of; nobody moves it
FIRST = TEMPLATE + 1  # the first copy's id under each supplier; the others count on from it
PAYER = Party("HARBOUR KIDS LTD")
PART = 100  # minor units of each part payment: never enough to complete the initial payment
SUPPLIERS = 1000

_COPY = """
CREATE TEMPORARY TABLE places AS
    SELECT s, t FROM generate_series(1, {suppliers}) s, generate_series({first}, {last}) t;
INSERT INTO machine SELECT s, kind, CASE kind WHEN 'trade' THEN {begin} + t ELSE id END, version, stage,
       buyer_id, title, moved_at, state, head
  FROM machine CROSS JOIN places
 WHERE supplier_id = 1 AND (kind = 'trade' AND id = {template} OR t = 0) ON CONFLICT DO NOTHING;
INSERT INTO event SELECT s, kind, {begin} + t, seq, at, body, hash
  FROM event CROSS JOIN places
 WHERE supplier_id = 1 AND kind = 'trade' AND id = {template} ON CONFLICT DO NOTHING;
INSERT INTO posting SELECT s, kind, {begin} + t, seq, n, {begin} + t, at,
       debit, CASE debit_subject WHEN 0 THEN 0 ELSE {begin} + t END,
       credit, CASE credit_subject WHEN 0 THEN 0 ELSE {begin} + t END, minor, currency
  FROM posting CROSS JOIN places
 WHERE supplier_id = 1 AND kind = 'trade' AND id = {template} ON CONFLICT DO NOTHING;
INSERT INTO balance SELECT s, account, CASE subject WHEN 0 THEN 0 ELSE {begin} + t END, currency, minor
  FROM balance CROSS JOIN places
 WHERE supplier_id = 1 AND (subject = {template} OR subject = 0 AND t = 0) ON CONFLICT DO NOTHING;
INSERT INTO due SELECT s, key || ':' || t, at, command
  FROM due CROSS JOIN places
 WHERE supplier_id = 1 AND key LIKE 'trade:%:payment' ON CONFLICT DO NOTHING;
INSERT INTO idempotency SELECT s, key || ':' || t, input, answer, seen, at
  FROM idempotency CROSS JOIN places
 WHERE supplier_id = 1 AND key ~ '^seed:trade:[0-9]+$' ON CONFLICT DO NOTHING;
"""


def terms() -> k.Terms:
    return k.Terms(
        title="T-shirts, organic cotton, 200 gsm",
        buyer=k.Party(BUYER, "Harbour Kids Ltd", "US", "12 Pier Road, Baltimore"),
        supplier=k.Party(1, "Ningbo Hong Garment", "CN", "8 Beilun Avenue, Ningbo"),
        currency="USD",
        lines=(k.Line("TS-200", "children's T-shirt", Decimal(3000), "C62", Decimal("4.2")),),
        schedule=(k.Item(378_000, "confirmation"), k.Item(882_000, "production")),
        ship_by=k.ShipBy(on=date(2027, 3, 1)),
        incoterm="FOB",
        place="Ningbo",
        zone="Asia/Shanghai",
        market="US",
        policy="trade-assurance/2026-01",
        inspection=Waiver("trusted for years"),
        requirements=REQUIREMENTS,
        answers=ANSWERS,
        cover=1_260_000,
        late_price_cut_bps=500,
    )


def payment(supplier: int, trade: int, number: int, payer: Party = PAYER) -> Command:
    """The command that is measured; see __main__.py for what it writes."""
    ref = Ref(supplier, Kind.TRADE, FIRST + trade)
    do = c.ReceivePayment(number, Money(PART, "USD"), payer)
    return Command(f"receipt:{number:013}:1:0", ref, MACHINE, AT, do)


class World(msgspec.Struct):
    """`trades` under each of SUPPLIERS suppliers. The numbers of payments never repeat."""

    url: str
    trades: int
    numbers: "count[int]"

    def payments(self, payer: Party = PAYER) -> Iterator[Command]:
        """Part payments for ever, each for another trade of another supplier than the last."""
        for number in self.numbers:
            yield payment(number % SUPPLIERS + 1, number // SUPPLIERS % self.trades, number, payer)


async def _seed(engine: Engine) -> None:
    operator = Actor(Role.OPERATOR, 0, 1, grade=Grade.OWNER)
    seller, buyer = (
        Actor(Role.MEMBER, 1, 1, grade=Grade.OWNER),
        Actor(Role.MEMBER, BUYER, 2, grade=Grade.OWNER),
    )
    trade = Ref(1, Kind.TRADE, TEMPLATE)
    hashed = k.revision_hash(terms())
    steps = [
        (
            account_ref("USD"),
            operator,
            OpenAccount("USD", Party("Tradehold client", "DE75512108001245126199")),
        ),
        *founding(
            seller, terms().supplier.name, buyer, terms().buyer.name, Money(2_000_000, "USD"), AT.date()
        ),
        (trade, seller, c.Draft(terms())),
        (trade, buyer, c.Confirm(1, hashed)),
        (trade, seller, c.Confirm(1, hashed)),
        (trade, MACHINE, c.ReceivePayment(1, Money(PART, "USD"), PAYER)),
    ]
    for number, (ref, actor, do) in enumerate(steps):
        [answer] = await engine.execute(
            [Command(f"seed:{ref.kind.value}:{number}", ref, actor, AT, do, fresh=True)]
        )
        if isinstance(answer, Refusal):
            raise SystemExit(f"the bench's own trade was refused: {answer.message}")


async def fill(url: str, first: int, last: int) -> None:
    """Copies of the first trade under every supplier, numbered `first` to `last`."""

    async def copy(connection: Connection) -> None:
        text = _COPY.format(template=TEMPLATE, begin=FIRST, first=first, last=last, suppliers=SUPPLIERS)
        await connection.execute(text, timeout=None)
        await connection.execute("VACUUM ANALYZE")
        await connection.execute("CHECKPOINT")

    await as_owner(url, copy)


async def events(url: str) -> int:
    """How many there are."""

    async def number(connection: Connection) -> object:
        return await connection.fetchval("SELECT count(*) FROM event")

    counted: int = await as_owner(url, number)
    return counted


async def make(server: Embedded, database: str, trades: int) -> World:
    server.create_database(database)
    url = server.dsn(database)
    await migrate(url)
    async with Engine(url, load_knowledge()) as engine:
        await _seed(engine)
    await fill(url, 0, trades - 1)
    return World(url, trades, count(1_000_000))


@contextmanager
def server() -> Iterator[Embedded]:
    """A server in a folder that goes with it; any user may enter it, as root's server runs as another one."""
    folder = Path(tempfile.mkdtemp(prefix="tradehold-bench-")).resolve()
    os.chmod(folder, 0o711)
    try:
        with Embedded.start(folder) as embedded:
            yield embedded
    finally:
        rmtree(folder)


@asynccontextmanager
async def running(world: World) -> AsyncIterator[Engine]:
    async with Engine(world.url, load_knowledge()) as engine:
        yield engine
