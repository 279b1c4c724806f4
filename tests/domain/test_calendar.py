"""Days end at midnight where the goods are shipped, through summer time, holidays and weekends."""

from datetime import UTC, date, datetime

import pytest

from tests.world import KNOWLEDGE
from tradehold.domain.calendar import Calendar, after_days, after_working_days, end_of_day, local_day


@pytest.mark.parametrize(
    ("day", "zone", "end"),
    [
        (date(2026, 3, 10), "UTC", datetime(2026, 3, 11, tzinfo=UTC)),
        (date(2026, 3, 10), "Asia/Shanghai", datetime(2026, 3, 10, 16, tzinfo=UTC)),
        (date(2026, 3, 10), "America/Los_Angeles", datetime(2026, 3, 11, 7, tzinfo=UTC)),
        (date(2026, 3, 28), "Europe/Berlin", datetime(2026, 3, 28, 23, tzinfo=UTC)),
        (date(2026, 3, 29), "Europe/Berlin", datetime(2026, 3, 29, 22, tzinfo=UTC)),  # a day of 23 hours
        (date(2026, 10, 25), "Europe/Berlin", datetime(2026, 10, 25, 23, tzinfo=UTC)),  # of 25 hours
        (date(2026, 4, 23), "Africa/Cairo", datetime(2026, 4, 23, 22, tzinfo=UTC)),  # midnight is left out
        (date(2026, 12, 31), "Pacific/Kiritimati", datetime(2026, 12, 31, 10, tzinfo=UTC)),
    ],
)
def test_a_day_ends_at_its_own_midnight(day: date, zone: str, end: datetime) -> None:
    assert end_of_day(day, zone) == end
    assert local_day(end, zone) > day


def test_days_are_counted_from_the_local_day() -> None:
    evening = datetime(2026, 3, 10, 20, tzinfo=UTC)  # the 11th in Shanghai
    assert after_days(evening, 1, "Asia/Shanghai") == end_of_day(date(2026, 3, 12), "Asia/Shanghai")
    assert after_days(evening, 0, "UTC") == end_of_day(date(2026, 3, 10), "UTC")


CHINESE = Calendar("china", frozenset({6, 7}), frozenset({date(2026, 10, d) for d in range(1, 9)}))


@pytest.mark.parametrize(
    ("start", "days", "last"),
    [
        (date(2026, 3, 2), 3, date(2026, 3, 5)),
        (date(2026, 3, 6), 1, date(2026, 3, 9)),  # Friday to Monday
        (date(2026, 3, 7), 3, date(2026, 3, 11)),  # from a Saturday
        (date(2026, 9, 30), 1, date(2026, 10, 9)),  # over the golden week
        (date(2026, 9, 29), 2, date(2026, 10, 9)),
    ],
)
def test_working_days_leave_out_weekends_and_holidays(start: date, days: int, last: date) -> None:
    noon = datetime(start.year, start.month, start.day, 4, tzinfo=UTC)
    assert after_working_days(noon, days, "Asia/Shanghai", CHINESE) == end_of_day(last, "Asia/Shanghai")


def test_the_calendar_of_every_policy_is_there() -> None:
    for policy in KNOWLEDGE.policies.values():
        assert not KNOWLEDGE.calendars[policy.calendar].is_working(date(2026, 12, 25))
