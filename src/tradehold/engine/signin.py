"""Signing in: what was sent to somebody and works once, and the people it makes."""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from tradehold.store import credentials
from tradehold.store.credentials import Ticket
from tradehold.store.database import Pool

CHOOSE = timedelta(days=3)  # to choose a password after an invitation


async def begin_ticket(
    pool: Pool, purpose: str, person: int, data: Any, lasts: timedelta, now: datetime
) -> str:
    """A token that works once for `purpose`. `data` is anything that msgspec encodes; only the token's hash
    is stored."""
    return await credentials.put_ticket(pool, purpose, person, msgspec.json.encode(data).decode(), lasts, now)


async def take_ticket(pool: Pool, purpose: str, token: str, now: datetime) -> Ticket | None:
    """Ends the ticket. None for one that is unknown, used, too old or meant for something else."""
    return await credentials.take_ticket(pool, purpose, token, now)


async def peek_ticket(pool: Pool, purpose: str, token: str, now: datetime) -> Ticket | None:
    """The ticket as it stands, for a page that has yet to be confirmed: programs that look at mail open
    links, too."""
    return await credentials.peek_ticket(pool, purpose, token, now)


async def person_for_invitation(
    pool: Pool, email: str, name: str, language: str, zone: str, now: datetime
) -> tuple[int, str]:
    """The person with this verified e-mail, made where there is none; and, for whoever has no way to sign in
    yet, the token of /choose/{token}, where they choose one: empty for everybody else."""
    made = await credentials.new_person(pool, name, language, zone, email)
    found = await credentials.account_by_email(pool, email)
    if found is None:
        raise LookupError(f"the person {made} went away")
    if found.password or found.passkeys:
        return found.id, ""
    return found.id, await begin_ticket(pool, "choose", found.id, {}, CHOOSE, now)
