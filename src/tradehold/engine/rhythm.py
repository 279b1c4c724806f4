"""How often somebody wants letters about news, and when the next one is due."""

from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from zoneinfo import ZoneInfo

GATHERED = timedelta(minutes=1)  # what happens within it is told in one letter
MORNING = 8  # o'clock, where the reader lives


class Rhythm(StrEnum):
    AT_ONCE = "at_once"
    DAILY = "daily"
    NEVER = "never"


def zone_of(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC


def is_due(rhythm: str, zone: str, oldest: datetime, now: datetime) -> bool:
    """Whether a letter should go now about news of which the oldest is of `oldest`."""
    match rhythm:
        case Rhythm.AT_ONCE:
            return oldest <= now - GATHERED
        case Rhythm.DAILY:
            return oldest < _last_morning(zone_of(zone), now)
        case _:
            return False


def _last_morning(zone: tzinfo, now: datetime) -> datetime:
    here = now.astimezone(zone)
    morning = here.replace(hour=MORNING, minute=0, second=0, microsecond=0)
    # Calendar days, not 24 hours: clocks change at night.
    return morning if morning <= here else morning - timedelta(days=1)
