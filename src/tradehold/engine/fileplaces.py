"""Where files are: named by people, allowed or not, and read page by page. Both faces ask here.

A place is a machine, or None: the library of the caller's own company.
"""

import re
from datetime import UTC, datetime
from urllib.parse import urlencode

from tradehold.domain.authority import could_change
from tradehold.domain.command import Actor
from tradehold.domain.identity import MAX_OWNER, Kind, Ref, company_ref, from_public_id, public_id
from tradehold.engine.access import readable
from tradehold.store.database import Pool
from tradehold.store.files import NEWEST, Held

_NUMBER = re.compile(r"[1-9][0-9]{0,12}", re.ASCII)
_CURSOR = re.compile(r"(?P<sha256>[0-9a-f]{64})-(?P<at>[0-9]{1,17})", re.ASCII)
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


async def place_named(pool: Pool, actor: Actor, trade: str, company: str) -> Ref | None:
    """The machine that a trade's id, or a company's number, names; with neither the caller's library. Raises
    LookupError where it does not exist, or not for this caller."""
    if not trade and not company:
        return None
    ref = _company(company) if company else from_public_id(trade, Kind.TRADE)
    if (trade and company) or ref is None or await readable(pool, actor, ref, ref.kind.value) is None:
        raise LookupError(trade or company)
    return ref


def _company(text: str) -> Ref | None:
    return company_ref(int(text)) if _NUMBER.fullmatch(text) and int(text) <= MAX_OWNER else None


def may_bring(actor: Actor) -> bool:
    """Whether the caller may bring files to a place that it reads."""
    return could_change("files", actor)


def query_of(place: Ref | None) -> str:
    """What names the place in an address: `trade=trd_…`, `company=7`, or nothing for a library."""
    match place:
        case None:
            return ""
        case Ref(kind=Kind.TRADE):
            return urlencode({"trade": public_id(place)})
        case _:
            return urlencode({"company": place.owner})


def cursor_of(last: Held) -> str:
    """Where the page after this file begins."""
    return f"{last.sha256}-{(last.at - _EPOCH) // _EPOCH.resolution}"


def from_cursor(text: str) -> tuple[datetime, str]:
    """What `cursor_of` has written, empty for the newest. Raises ValueError for anything else."""
    if not text:
        return NEWEST
    found = _CURSOR.fullmatch(text)
    if not found:
        raise ValueError(text)
    return _EPOCH + int(found["at"]) * _EPOCH.resolution, found["sha256"]
