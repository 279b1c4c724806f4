"""Letters: put here in the words they will have, sent from here by engine/mail.py."""

from datetime import datetime

import msgspec

from tradehold.store.database import Pool
from tradehold.store.sql import queries

_SQL = queries("mail")


class Letter(msgspec.Struct, frozen=True):
    """Plain text. `key`: the same letter asked for twice is one. `leave` is the address where its reader can
    unsubscribe, empty for what nobody can do without."""

    key: str
    address: str
    kind: str
    subject: str
    body: str
    person: int = 0
    leave: str = ""


async def put_letters(pool: Pool, letters: list[Letter], now: datetime) -> None:
    rows = [
        (one.key, one.person, one.address, one.kind, one.subject, one.body, one.leave, now) for one in letters
    ]
    await pool.executemany(_SQL["put_letter"], rows)
