"""Lists of companies: all of them for operators, and those that a buyer may choose from."""

from collections.abc import Collection
from datetime import date

import msgspec

from tradehold.domain.company import STAGES
from tradehold.store.database import Pool
from tradehold.store.sql import queries
from tradehold.store.views import PAGE, Row, like, row_of

_SQL = queries("company")
Covers = dict[str, dict[str, int]]  # by currency: minor units `cover_available` and `cover_reserved`


class Place(msgspec.Struct, frozen=True):
    """Where a page of the operators' list begins: after the company `number`, which was `held` or not."""

    held: bool = True
    number: int = 2**62


FIRST = Place()


async def by_standing(
    pool: Pool, stage: str = "", words: str = "", after: Place = FIRST, limit: int = PAGE
) -> list[Row]:  # fmt: skip
    """Companies in one standing, or in any; `words` are part of a name, or a number."""
    stages = [stage] if stage else [str(one) for one in STAGES]
    found = await pool.fetch(
        _SQL["companies_by_standing"], stages, int(not after.held), -after.number, like(words), words.strip(),
        limit,
    )  # fmt: skip
    return [row_of(one) for one in found]


async def suppliers(
    pool: Pool, day: date, words: str = "", after: tuple[str, int] = ("", 0), limit: int = PAGE
) -> list[Row]:
    """Active companies that are gold members on that day, by name; the next page is after the last one's
    registered name and number."""
    found = await pool.fetch(
        _SQL["suppliers_by_name"], day.isoformat(), *after, like(words), limit
    )  # fmt: skip
    return [row_of(one) for one in found]


async def covers(pool: Pool, numbers: Collection[int]) -> dict[int, Covers]:
    """Of several suppliers at once; one without any has none."""
    found: dict[int, Covers] = {number: {} for number in numbers}
    for one in await pool.fetch(_SQL["covers"], list(numbers)):
        found[one["supplier_id"]].setdefault(one["currency"], {})[one["account"]] = one["minor"]
    return found
