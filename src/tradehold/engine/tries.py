"""How often somebody may guess: waits that grow, and that nobody can impose on another.

Tries are counted by what is tried and from where (docs/decisions/0009-guesses-slow-only-the-guesser.md). A
browser on which the person has signed in before is counted by itself alone, so that whatever strangers do
elsewhere, it gets in.
"""

from datetime import datetime
from ipaddress import IPv6Address, ip_address

import msgspec

from tradehold.engine.door import Devices, Door
from tradehold.store import credentials
from tradehold.store.credentials import Bucket
from tradehold.store.database import Pool

_OWN = (5, 900)  # free tries, then seconds to wait at most
_NETWORK = (50, 300)
_ACCOUNT = (20, 60)  # counts for strangers' browsers only, and is a wait at most, never a lock
_LETTERS = (10, 900)


class Browser(msgspec.Struct, frozen=True):
    """Where somebody is: their address, what their browser says it is, and the cookie of its devices."""

    address: str = ""
    agent: str = ""
    devices: str = ""


class Wait(msgspec.Struct, frozen=True):
    until: datetime


class Try(msgspec.Struct, frozen=True):
    """A try that was counted. `own` is forgotten once it succeeds; of `shared` only this one is."""

    own: tuple[Bucket, ...]
    shared: tuple[Bucket, ...] = ()


def network(address: str) -> str:
    """The /24 or /64 that an address stands for: whoever has one address has all of those."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    whole, bits = int(found), (64 if isinstance(found, IPv6Address) else 8)
    return f"{found.version}:{whole >> bits:x}"


def of_password(door: Door, email: str, person: int, browser: Browser) -> Try:
    """`person` 0 where nobody has the e-mail: it makes no difference that could be seen."""
    return _of(door, "password", email.strip().casefold(), person, browser)


def of_code(door: Door, person: int, browser: Browser) -> Try:
    return _of(door, "code", str(person), person, browser)


def of_step_up(door: Door, session: str) -> Try:
    """Whoever is signed in already is counted by their session."""
    return Try((Bucket(f"step-up:{door.mark(session)}", *_OWN),))


def of_letter(browser: Browser) -> Try:
    """Asking for a letter, which goes to an address that anybody may type."""
    return Try((), (Bucket(f"letter:{network(browser.address)}", *_LETTERS),))


def _of(door: Door, what: str, whom: str, person: int, browser: Browser) -> Try:
    device = Devices(door, browser.devices).known(person) if person else ""
    if device:
        return Try((Bucket(f"{what}:device:{person}:{device}", *_OWN),))
    who, where = door.mark(whom), network(browser.address)
    return Try(
        (Bucket(f"{what}:pair:{who}:{where}", *_OWN),),
        (Bucket(f"{what}:from:{where}", *_NETWORK), Bucket(f"{what}:at:{who}", *_ACCOUNT)),
    )


async def begin(pool: Pool, one: Try, now: datetime) -> Wait | None:
    """Counts the try, before it is looked at. What comes back is how long to wait, and nothing was tried."""
    until = await credentials.try_once(pool, [*one.own, *one.shared], now)
    return Wait(until) if until else None


async def succeeded(pool: Pool, one: Try, now: datetime) -> None:
    keys = [bucket.key for bucket in one.own], [bucket.key for bucket in one.shared]
    await credentials.succeeded(pool, *keys, now)
