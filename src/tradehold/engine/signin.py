"""Signing in: a password or a passkey, then a second factor where one is enrolled, then a session.

What was right so far is kept in a ticket of its own until the second factor is shown, and never in a
session. Nothing here tells whether an e-mail is known: neither by what it answers nor by how long it takes.
"""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from tradehold.engine import factors, tries
from tradehold.engine.door import Devices, Door
from tradehold.engine.tries import Browser, Wait
from tradehold.store import credentials, people
from tradehold.store.credentials import Account, Ticket
from tradehold.store.database import Pool

CHOOSE = timedelta(days=3)  # to choose a password after an invitation or a registration
RESET = timedelta(hours=2)
HALF = timedelta(minutes=10)  # to show the second factor after the password
FRESH = timedelta(minutes=10)  # that a second factor counts as shown just now


class Entered(msgspec.Struct, frozen=True):
    """A session that has begun. `devices` is the browser's cookie from now on. `new_device`: the person has
    signed in before, and never on this browser."""

    account: Account
    token: str
    devices: str
    new_device: bool


class _Half(msgspec.Struct, frozen=True):
    how: str


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


async def by_password(
    pool: Pool, door: Door, email: str, password: str, browser: Browser, now: datetime
) -> Account | Wait | None:
    """Whose password it is; None where it is nobody's."""
    account = await credentials.account_by_email(pool, email)
    one = tries.of_password(door, email, account.id if account else 0, browser)
    if wait := await tries.begin(pool, one, now):
        return wait
    hashed = account.password if account else ""
    if not await door.passwords.fits(hashed, password) or account is None:
        if account:
            await credentials.log(pool, account.id, -1, now, "sign_in_failed", "password", browser.address)
        return None
    await tries.succeeded(pool, one, now)
    if door.passwords.outdated(hashed):
        await credentials.set_password(pool, account.id, await door.passwords.hash(password))
    return account


async def begin_half(pool: Pool, account: Account, how: str, now: datetime) -> str:
    """The token of a sign-in that waits for its second factor."""
    return await begin_ticket(pool, "second", account.id, _Half(how), HALF, now)


async def half(pool: Pool, token: str, now: datetime) -> tuple[Account, str] | None:
    """Who waits for a second factor, and how they began; None where nobody does."""
    ticket = await peek_ticket(pool, "second", token, now)
    account = await credentials.account(pool, ticket.person) if ticket else None
    if ticket is None or account is None:
        return None
    return account, msgspec.json.decode(ticket.data, type=_Half).how


async def by_code(
    pool: Pool, door: Door, account: Account, code: str, browser: Browser, now: datetime, session: str = ""
) -> str | Wait | None:
    """Which factor the code was, `totp` or `recovery`. `session`: the token of whoever steps up."""
    one = tries.of_step_up(door, session) if session else tries.of_code(door, account.id, browser)
    if wait := await tries.begin(pool, one, now):
        return wait
    which = await factors.use_code(pool, door, account, code, now)
    if which is None:
        what = "step_up_failed" if session else "sign_in_failed"
        await credentials.log(pool, account.id, -1, now, what, "code", browser.address)
        return None
    await tries.succeeded(pool, one, now)
    return which


async def enter(
    pool: Pool, door: Door, account: Account, how: str, fresh: bool, browser: Browser, now: datetime, old: str
) -> Entered:
    """Begins a session. `fresh`: a second factor was shown just now. `old` is the token that the browser
    came with: it ends, so that nobody who had planted it is signed in, too."""
    devices = Devices(door, browser.devices)
    known, before = devices.known(account.id), await credentials.known_before(pool, account.id)
    if old:
        await people.end_session(pool, old)
    begun = people.Begun(how, FRESH if fresh else timedelta(), agent=browser.agent, address=browser.address)
    token = await people.begin_session(pool, account.id, now, begun=begun)
    await credentials.log(pool, account.id, -1, now, "signed_in", how, browser.address)
    return Entered(account, token, devices.with_person(account.id), before and not known)


async def step_up(
    pool: Pool, person: int, company: int, token: str, which: str, address: str, now: datetime
) -> str | None:
    """The session's new token, under which the second factor counts as shown; None where it has ended."""
    fresh = await credentials.rotate_session(pool, token, now + FRESH)
    if fresh:
        await credentials.log(pool, person, company, now, "step_up", which, address)
    return fresh


async def change_password(pool: Pool, door: Door, person: int, password: str, token: str) -> None:
    """Ends every other session, and every link and half sign-in that the old password had begun."""
    await credentials.set_password(pool, person, await door.passwords.hash(password))
    await credentials.end_tickets(pool, person, ["choose", "reset", "second", "email"])
    await credentials.end_other_sessions(pool, person, token)
