"""The platform's own affairs: whether payouts are paused, the policies and the holiday files."""

from datetime import date

import msgspec
from litestar import get, post

from tradehold.api.commands import PlatformCommand, command_of
from tradehold.api.giving import Given, give, given
from tradehold.api.operation import Caller, Operation, commands, reads
from tradehold.api.request import idempotency_key, read_json
from tradehold.domain.identity import PLATFORM
from tradehold.domain.platform import Platform
from tradehold.domain.policy import Policy
from tradehold.store import views

_COMMAND = msgspec.json.Decoder(PlatformCommand)
_EXAMPLE = {"type": "pause_payouts", "reason": "The bank's channel is being changed until Friday."}


class Calendar(msgspec.Struct, frozen=True):
    """`weekend` holds ISO weekdays, 1 Monday to 7 Sunday."""

    name: str
    weekend: tuple[int, ...]
    holidays: tuple[date, ...]


class PlatformShown(msgspec.Struct, frozen=True):
    """`paused` is why no payout is ordered now, empty where they are; `current_policy` the one that new
    trades are drafted under."""

    paused: str
    current_policy: str
    policies: tuple[Policy, ...]
    calendars: tuple[Calendar, ...]


@get(
    "/platform",
    opt=reads("platform", Operation(
        "Read what the platform works by", PlatformShown, "readPlatform", "Operators",
    )),
)  # fmt: skip
async def read_platform(request: Caller) -> PlatformShown:
    services = request.auth.services
    row, known = await views.row(services.pool, PLATFORM), services.knowledge
    state: Platform = row.state if row else Platform()
    policies = dict(known.policies) | {one.key: one for one in state.policies}
    calendars = dict(known.calendars) | {one.name: one for one in state.calendars}
    return PlatformShown(
        state.paused, known.default, tuple(one for _, one in sorted(policies.items())),
        tuple(
            Calendar(one.name, tuple(sorted(one.weekend)), tuple(sorted(one.holidays)))
            for _, one in sorted(calendars.items())
        ),
    )  # fmt: skip


@post(
    "/platform/commands",
    opt=commands("platform", Operation(
        "Give the platform a command", Given, "commandPlatform", "Operators", body=PlatformCommand,
        example=_EXAMPLE, keyed=True,
        refused=("not_allowed", "not_your_duty", "needs_second_person", "key_reused", "exists", "incomplete"),
    )),
    status_code=200,
)  # fmt: skip
async def command_platform(request: Caller) -> Given:
    """Pausing takes one operator; everything else is proposed to a second (POST /v1/approvals)."""
    services, key = request.auth.services, idempotency_key(request.scope)
    body = await read_json(request.scope, request.receive, _COMMAND)
    done = given(await give(request.auth, PLATFORM, command_of(body, services.knowledge), key))
    await services.sweeper.look()
    return done


ROUTES = [read_platform, command_platform]
