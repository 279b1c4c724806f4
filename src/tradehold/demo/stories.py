"""The stories: what each person does on which day. First those that are over, then those that are still
open."""

from collections.abc import AsyncIterator, Callable
from datetime import date, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from tradehold.demo import cast, specifications
from tradehold.demo.play import DAY, Demo
from tradehold.domain import company as s
from tradehold.domain import trade_commands as c
from tradehold.domain.bank import Party
from tradehold.domain.contract import Attachment, Terms, revision_hash
from tradehold.domain.identity import FUNDING, Kind, Ref, company_ref, token
from tradehold.domain.money import Money
from tradehold.domain.reference import rf_reference
from tradehold.domain.risk import risks
from tradehold.domain.sampling import Tables
from tradehold.domain.trade_events import About, Shipped
from tradehold.engine.access import new_id
from tradehold.store import views

# A story yields the number of the day on which it wants to go on, counted from the demo's first day.
Story = AsyncIterator[int]
OVER = 64  # the day on which every story of the first part has ended
DAYS = 90


class Stage:
    """Where a story is played: the demo, its first day, and the few things people do again and again."""

    def __init__(self, demo: Demo, start: datetime) -> None:
        self.demo = demo
        self.start = start

    def day(self, number: int) -> date:
        return (self.start + number * DAY).date()

    @property
    def tables(self) -> Tables:
        return self.demo.platform.knowledge.aql

    def order(
        self, title: str, sku: str, pieces: int, price: str, ship_on: int, said: dict[str, Any] | None = None,
        **more: Any,
    ) -> Terms:  # fmt: skip
        """An order that ships on the day of that number; `said` is what its contract says of the goods."""
        knowledge = self.demo.platform.knowledge
        plain = cast.order(title, sku, pieces, price, self.day(ship_on), knowledge.default, **more)
        terms = replace(plain, **(said or specifications.PLAIN))
        return replace(terms, risks=risks(terms, knowledge))

    async def agree(self, terms: Terms, buyer: int, supplier: int) -> Ref:
        ref = await self.draft(terms, supplier)
        for member in (supplier, buyer):
            await self.confirm(terms, ref, member)
        return ref

    async def confirm(self, terms: Terms, ref: Ref, by: int, revision: int = 1) -> None:
        confirm = c.Confirm(revision, revision_hash(terms), acknowledged=terms.risks)
        await self.demo.do(cast.actor(by), ref, confirm)

    async def draft(self, terms: Terms, by: int) -> Ref:
        ref = Ref(terms.supplier.company, Kind.TRADE, new_id(self.demo.clock()))
        await self.demo.do(cast.actor(by), ref, c.Draft(terms))
        for one in terms.attachments:
            await self.demo.keep(by, ref, one.name, specifications.FILES[one.name])
        return ref

    async def pay(self, ref: Ref, charges: int = 0) -> None:
        await self.demo.pay_what_is_due(ref, charges)

    async def say(self, ref: Ref, by: int, text: str, *files: Attachment, about: About | None = None) -> None:
        await self.demo.do(cast.actor(by), ref, c.SendMessage(text, files, about))

    async def ship(self, ref: Ref, by: int, document: str, on: date) -> None:
        row = await views.row(self.demo.platform.pool, ref)
        assert row is not None
        goods = tuple(Shipped(n, line.quantity) for n, line in enumerate(row.state.deal.goods))
        await self.demo.do(cast.actor(by), ref, c.Ship(goods, "COSCO Shipping", "sea", document, on))


async def released(on: Stage) -> Story:
    """The usual way: deposit, production, balance, shipment in time, release, payout."""
    terms = on.order("3,000 children's T-shirts", "TS-104", 3000, "4.20", 48, specifications.TSHIRTS)
    ref = await on.agree(terms, cast.ANA, cast.LIN)
    yield 4
    await on.pay(ref, charges=1800)  # the banks on the way keep a little: within the tolerance
    yield 5
    own = Party("Tradehold Operations", "DE89370400440532013999", "SOGEDEFF", "DE")
    await on.demo.transfer("USD", 1800, own, rf_reference(token(FUNDING)))  # and the platform makes it good
    yield 12
    await on.say(ref, cast.ANA, "Could the care label be sewn into the side seam, not the neck?")
    yield 13
    await on.say(ref, cast.LIN, "Yes. It stays at the same price; the first sample will show it.")
    yield 20
    await on.demo.do(
        cast.actor(cast.LIN), ref, c.NoteProgress("Fabric dyed and cut; sewing begins on Monday.")
    )
    yield 35
    await on.demo.do(cast.actor(cast.LIN), ref, c.ReportProduction())
    yield 38
    await on.pay(ref)
    yield 44
    await on.ship(ref, cast.LIN, "COSU6298114430", on.day(43))


async def refunded(on: Stage) -> Story:
    """Paid in full and never shipped: the buyer takes the money back."""
    terms = on.order("800 denim jackets", "DJ-77", 800, "11.50", 30, deposit=100)
    yield 2
    ref = await on.agree(terms, cast.ANA, cast.LIN)
    yield 6
    await on.pay(ref)
    yield 39
    await on.demo.do(cast.actor(cast.ANA), ref, c.TakeRefund())


async def lapsed(on: Stage) -> Story:
    """Confirmed by both, and never paid."""
    yield 5
    terms = on.order("2,400 beanies", "BN-3", 2400, "1.85", 60)
    await on.agree(terms, cast.ANA, cast.LIN)


async def in_euro(on: Stage) -> Story:
    """Another currency; shipped late, and the buyer accepts it by saying nothing."""
    yield 1
    terms = on.order(
        "600 LED desk lamps", "LA-9", 600, "18.40", 30,
        buyer=cast.NORDLICHT, supplier=cast.LUMINA, deposit=100,
    )  # fmt: skip
    ref = await on.agree(terms, cast.JONAS, cast.CHEN)
    yield 3
    await on.pay(ref)
    yield 34
    await on.ship(ref, cast.CHEN, "CMAU4410093", on.day(34))


async def balance_due(on: Stage) -> Story:
    """Made; the balance is awaited."""
    yield 66
    terms = on.order("1,200 canvas bags", "CB-20", 1200, "6.75", 104, specifications.bags(on.tables))
    ref = await on.agree(terms, cast.ANA, cast.LIN)
    yield 69
    await on.pay(ref)
    yield 72
    await on.say(ref, cast.ANA, "Which of the two prints goes on the long side?", about=About("line", 0))
    yield 73
    print_on = await on.demo.keep(
        cast.LIN, ref, "print-positions.csv", b"side,print\nlong,anchor\nshort,name\n"
    )
    await on.say(
        ref,
        cast.LIN,
        "长边印船锚，短边印名称。见附件。\nThe anchor; the name is on the short side.",
        print_on,
    )
    yield 80
    await on.demo.do(cast.actor(cast.LIN), ref, c.NoteProgress("All panels printed, 600 bags sewn."))
    yield 87
    await on.demo.do(cast.actor(cast.LIN), ref, c.ReportProduction())
    await on.say(
        ref,
        cast.LIN,
        "To save time please pay the balance directly to our account: IBAN GB33BUKB20201555555555.",
    )


async def to_confirm(on: Stage) -> Story:
    """A draft that the supplier rewrote and confirmed, and the buyer has still to confirm."""
    yield 88
    what = "5,000 cotton socks, 5 sizes", "SK-5", 5000
    ref = await on.draft(on.order(*what, "0.90", 120, specifications.first_socks()), cast.ANA)
    terms = on.order(*what, "0.92", 125, specifications.socks(on.tables))
    await on.demo.do(cast.actor(cast.LIN), ref, c.Revise(1, terms))
    await on.confirm(terms, ref, cast.LIN, 2)


async def overdue(on: Stage) -> Story:
    """The ship-by date has passed: the buyer may choose."""
    yield 65
    terms = on.order("450 rain jackets", "RJ-12", 450, "14.80", 82, deposit=100)
    ref = await on.agree(terms, cast.ANA, cast.LIN)
    yield 68
    await on.pay(ref)


async def shipped(on: Stage) -> Story:
    """Shipped; the evidence can still be contested."""
    yield 67
    terms = on.order(
        "350 wall lights", "WL-2", 350, "21.00", 95,
        buyer=cast.NORDLICHT, supplier=cast.LUMINA, deposit=100,
    )  # fmt: skip
    ref = await on.agree(terms, cast.JONAS, cast.CHEN)
    yield 70
    await on.pay(ref)
    yield 89
    await on.demo.do(cast.actor(cast.CHEN), ref, c.ReportProduction())
    await on.ship(ref, cast.CHEN, "EGLV1430021", on.day(89))


async def puzzles(on: Stage) -> Story:
    """What an operator finds on the desk: a stranger's money, a friend's payment, a limit to be raised."""
    yield 86
    terms = on.order("900 school aprons", "AP-4", 900, "3.10", 120)
    ref = await on.agree(terms, cast.ANA, cast.LIN)
    yield 88
    friend = Party("Ortiz Family Trust", "GB33BUKB20201555555555", "BUKBGB22", "GB")
    await on.demo.transfer("USD", 83_700, friend, rf_reference(token(ref)))
    await on.demo.transfer("USD", 41_250, cast.PAYERS[cast.HARBOUR], "invoice 7 aprons second try")
    yield 89
    limit = s.SetLimit(Money(9_000_000, "USD"))
    words = "Four trades completed in time."
    await on.demo.propose(cast.actor(cast.MARA), company_ref(cast.BRIGHTWEAR), limit, words)


ENDED: tuple[Callable[[Stage], Story], ...] = (released, refunded, lapsed, in_euro)
OPEN: tuple[Callable[[Stage], Story], ...] = (balance_due, to_confirm, overdue, shipped, puzzles)


async def play(
    demo: Demo, start: datetime, stories: tuple[Callable[[Stage], Story], ...], days: range,
    progress: Callable[[int], None] = lambda day: None,
) -> None:  # fmt: skip
    """Plays the stories side by side, day by day. The clock stands at the end of `days` afterwards."""
    on = Stage(demo, start)
    waiting: list[tuple[int, int, Story]] = [(days.start, n, story(on)) for n, story in enumerate(stories)]
    for day in days:
        await demo.to(start + day * DAY)
        again: list[tuple[int, int, Story]] = []
        for wanted, n, story in waiting:
            goes_on: int | None = wanted
            while goes_on is not None and goes_on <= day:
                demo.clock.at = demo.clock() + timedelta(minutes=7)
                goes_on = await anext(story, None)
            if goes_on is not None:
                again.append((goes_on, n, story))
        waiting = again
        progress(day)
    await demo.to(start + days.stop * DAY)
