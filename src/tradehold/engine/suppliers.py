"""What a supplier shows to whoever may trade with it, gathered once for the pages and the API alike."""

from datetime import date

import msgspec

from tradehold.domain.authority import may_read
from tradehold.domain.command import Actor, Role
from tradehold.domain.company import Company, Stage
from tradehold.domain.identity import company_ref
from tradehold.domain.money import Money
from tradehold.domain.standing import remaining
from tradehold.engine.access import general
from tradehold.store import company as store
from tradehold.store import views
from tradehold.store.database import Pool

_UNSEEN = frozenset({Stage.HELD, Stage.EXCLUDED})


class Supplier(msgspec.Struct, frozen=True):
    """`cover` is what a new trade may reserve, by currency."""

    number: int
    state: Company
    cover: tuple[Money, ...]


def _supplier(row: views.Row, covers: store.Covers) -> Supplier:
    state: Company = row.state
    left = tuple(
        Money(remaining(state, covers.get(currency, {}).get("cover_available", 0), currency), currency)
        for currency in sorted(state.limits)
    )
    return Supplier(row.ref.owner, state, left)


async def supplier(pool: Pool, actor: Actor, number: int) -> Supplier | None:
    """The supplier's record; None where there is none, or none that this caller may see."""
    if not may_read("record", general(actor), actor):
        return None
    row = await views.row(pool, company_ref(number))
    if row is None:
        return None
    own = actor.role is Role.OPERATOR or actor.company == number
    if row.state.stage in _UNSEEN and not own:
        return None
    return _supplier(row, await views.cover(pool, number))


async def suppliers(
    pool: Pool, day: date, words: str = "", after: tuple[str, int] = ("", 0), limit: int = views.PAGE
) -> list[Supplier]:
    """Gold members on that day, by name."""
    rows = await store.suppliers(pool, day, words, after, limit)
    covers = await store.covers(pool, [row.ref.owner for row in rows])
    return [_supplier(row, covers[row.ref.owner]) for row in rows]


async def cover_left(pool: Pool, number: int, currency: str) -> int:
    """Minor units that a new trade with this supplier may reserve now."""
    row = await views.row(pool, company_ref(number))
    if row is None:
        return 0
    booked = (await views.cover(pool, number)).get(currency, {})
    return remaining(row.state, booked.get("cover_available", 0), currency)
