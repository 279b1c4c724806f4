"""Days: a deadline counted in days ends at 24:00 of its last day, where the trade's goods are shipped."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import msgspec


class Calendar(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Working days: `weekend` holds ISO weekdays (6 Saturday, 7 Sunday); `holidays` come from a named
    file."""

    name: str
    weekend: frozenset[int]
    holidays: frozenset[date]

    def is_working(self, day: date) -> bool:
        return day.isoweekday() not in self.weekend and day not in self.holidays


Calendars = Mapping[str, Calendar]


@lru_cache(maxsize=4096)
def end_of_day(day: date, zone: str) -> datetime:
    """24:00 of `day` in `zone`, in UTC: the first instant that no longer belongs to the day."""
    after = day + timedelta(days=1)
    return datetime(after.year, after.month, after.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def local_day(at: datetime, zone: str) -> date:
    return at.astimezone(ZoneInfo(zone)).date()


def after_days(at: datetime, days: int, zone: str) -> datetime:
    """The end of the `days`th calendar day after the day of `at`."""
    return end_of_day(local_day(at, zone) + timedelta(days=days), zone)


def after_working_days(at: datetime, days: int, zone: str, calendar: Calendar) -> datetime:
    """The end of the `days`th working day after the day of `at`."""
    day = local_day(at, zone)
    while days:
        day += timedelta(days=1)
        days -= calendar.is_working(day)
    return end_of_day(day, zone)
