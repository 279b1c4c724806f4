"""Tells people what happened: from the outbox to notices, and from notices to letters.

The outbox is written in the events' own transaction. Any number of notifiers may run: its rows are read
without locks, a notice's key makes telling it twice the same as once, and a row goes only after its notices
are there. Letters are claimed in the transaction that writes them.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, cast

from tradehold.domain.command import DUTIES
from tradehold.domain.news import company_on, did, news
from tradehold.engine.rhythm import is_due
from tradehold.store import notices, views
from tradehold.store.database import Connection, DatabaseError, Gone, Pool
from tradehold.store.mail import Letter, put_letters
from tradehold.store.notices import About, Addressee, Member, Notice, Place

log = logging.getLogger("tradehold")

LIST = 500  # what is told at once
_PEOPLE = 100  # whose letters are written in one transaction

# The words of a letter: whoever reads it, their news (oldest first), and what it is about. None where
# there is nothing that could be said.
Compose = Callable[[Addressee, Sequence[Notice], About], Letter | None]
Clock = Callable[[], datetime]


class Notifier:
    """`compose` finds the words: they are the pages', which stand above the engine."""

    def __init__(self, pool: Pool, clock: Clock, compose: Compose) -> None:
        self._pool = pool
        self._clock = clock
        self._compose = compose

    async def run(self, pause: float = 1.0) -> None:
        """For ever. What goes wrong is logged and tried again: the rows are still there."""
        while True:
            try:
                await self.tell()
                await self.write()
            except (DatabaseError, *Gone) as error:
                log.warning("news wait for the database: %s", error)
            except Exception:
                log.exception("news could not be told")
            await asyncio.sleep(pause)

    async def tell(self) -> int:
        """Makes notices of all that stands in the outbox. Returns how many events were told of."""
        told = 0
        while places := await notices.outbox(self._pool, LIST):
            await self._tell(places)
            told += len(places)
        return told

    async def _tell(self, places: list[Place]) -> None:
        """One list, in a number of queries that does not grow with it."""
        rows = await views.rows(self._pool, sorted({ref for ref, _ in places}))
        events = await notices.events(self._pool, places)
        for place in places:
            if place not in events:
                log.error("nobody is told of event %s of %s: it cannot be read", place[1], place[0])
        heard = [one for place in events for one in _heard(place, rows[place[0]].state, events[place])]
        members = await notices.members(self._pool, {company for company, *_ in heard})
        by_company: dict[int, list[Member]] = {}
        for member in members:
            by_company.setdefault(member.company, []).append(member)
        await notices.put(
            self._pool,
            [
                (member, place, recorded.at, what.security)
                for company, place, recorded, what in heard
                for member in by_company.get(company, ())
                if what.duty in DUTIES[member.grade] and member.person not in did(recorded.actor)
            ],
        )
        await notices.forget(self._pool, places)

    async def write(self) -> int:
        """Writes the letters that are due: about security at once, all else in each person's own rhythm.
        Returns how many."""
        written, now = 0, self._clock()
        for security in (True, False):
            due = {
                one.person: one
                for one in await notices.unmailed(self._pool, security)
                if security or is_due(one.rhythm, one.zone, one.oldest, now)
            }
            for start in range(0, len(due), _PEOPLE):
                people = list(due)[start : start + _PEOPLE]
                written += await self._write([due[person] for person in people], now, security)
        return written

    async def _write(self, people: list[Addressee], now: datetime, security: bool) -> int:
        async with self._pool.acquire() as acquired, acquired.transaction():
            connection = cast(Connection, acquired)
            claimed = await notices.claim(connection, [one.person for one in people], now, security)
            about = await notices.about(self._pool, claimed)
            letters = list(self._letters(people, claimed, about))
            await put_letters(connection, letters, now)
        return len(letters)

    def _letters(self, people: list[Addressee], claimed: list[Notice], about: About) -> Iterator[Letter]:
        for one in people:
            theirs = sorted((each for each in claimed if each.person == one.person), key=_number)
            if not theirs or not one.email:
                continue
            try:
                letter = self._compose(one, theirs, about)
            except Exception:
                log.exception("a letter to person %s could not be written", one.person)
                continue  # the notices themselves stand in the application
            if letter:
                yield letter


def _number(notice: Notice) -> int:
    return notice.number


def _heard(place: Place, state: Any, recorded: Any) -> Iterator[tuple[int, Place, Any, Any]]:
    """The companies that should hear of an event."""
    what = news(state, recorded.event)
    for side in sorted(what.sides) if what else ():
        yield company_on(side, place[0], state), place, recorded, what
