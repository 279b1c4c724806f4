"""The platform's own affairs: the policies and holiday files that operators published beside those that ship
with the product, and whether payouts are paused."""

from datetime import UTC, date, datetime
from typing import assert_never

import msgspec
from msgspec.structs import replace

from tradehold.domain.calendar import Calendar
from tradehold.domain.given import Given, Knowledge
from tradehold.domain.policy import Policy
from tradehold.domain.refusal import Code, Refusal, refuse

STAGES = ("open",)


class Platform(msgspec.Struct, frozen=True, omit_defaults=True):
    """`paused` is why no payout is ordered now, for everybody to read; empty where they are."""

    stage: str = "open"
    paused: str = ""
    policies: tuple[Policy, ...] = ()
    calendars: tuple[Calendar, ...] = ()


class PausePayouts(msgspec.Struct, frozen=True, tag="pause_payouts"):
    reason: str


class ResumePayouts(msgspec.Struct, frozen=True, tag="resume_payouts"):
    reason: str


class PublishPolicy(msgspec.Struct, frozen=True, tag="publish_policy"):
    """A new version, for trades that are drafted from its first day on."""

    policy: Policy


class PublishCalendar(msgspec.Struct, frozen=True, tag="publish_calendar"):
    """A holiday file, new or instead of the one of its name. Deadlines that run already stay where they
    are."""

    calendar: Calendar


PlatformCommand = PausePayouts | ResumePayouts | PublishPolicy | PublishCalendar


class PayoutsPaused(msgspec.Struct, frozen=True, tag="payouts_paused"):
    reason: str


class PayoutsResumed(msgspec.Struct, frozen=True, tag="payouts_resumed"):
    reason: str


class PolicyPublished(msgspec.Struct, frozen=True, tag="policy_published"):
    policy: Policy


class CalendarPublished(msgspec.Struct, frozen=True, tag="calendar_published"):
    calendar: Calendar


PlatformEvent = PayoutsPaused | PayoutsResumed | PolicyPublished | CalendarPublished


def decide(platform: Platform | None, do: PlatformCommand, given: Given) -> list[PlatformEvent] | Refusal:
    now = platform or Platform()
    match do:
        case PausePayouts():
            if not do.reason.strip():
                return refuse(Code.INCOMPLETE, what="reason")
            return refuse(Code.EXISTS, what="pause") if now.paused else [PayoutsPaused(do.reason)]
        case ResumePayouts():
            return [PayoutsResumed(do.reason)] if now.paused else refuse(Code.UNKNOWN, what="pause")
        case PublishPolicy():
            today = given.at.astimezone(UTC).date()
            return unfit(do.policy, given.knowledge, today) or [PolicyPublished(do.policy)]
        case PublishCalendar():
            return [CalendarPublished(do.calendar)]
        case _:
            assert_never(do)


def unfit(policy: Policy, knowledge: Knowledge, today: date) -> Refusal | None:
    """Why this version cannot be published today. It begins tomorrow at the earliest: by then every process
    knows it."""
    if policy.key in knowledge.policies:
        return refuse(Code.EXISTS, what="version of this policy")
    if policy.valid_from <= today:
        return refuse(Code.TOO_SOON, after=today.isoformat())
    if policy.calendar not in knowledge.calendars:
        return refuse(Code.UNKNOWN, what=f"holiday file “{policy.calendar}”")
    return None


def evolve(platform: Platform | None, event: PlatformEvent, at: datetime) -> Platform:
    now = platform or Platform()
    match event:
        case PayoutsPaused():
            return replace(now, paused=event.reason)
        case PayoutsResumed():
            return replace(now, paused="")
        case PolicyPublished():
            return replace(now, policies=(*now.policies, event.policy))
        case CalendarPublished():
            others = tuple(one for one in now.calendars if one.name != event.calendar.name)
            return replace(now, calendars=(*others, event.calendar))
        case _:
            assert_never(event)
