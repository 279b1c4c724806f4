"""Giving the engine a person's command, and saying what came of it."""

from typing import Any, cast

import msgspec

from tradehold.api.gate import Call
from tradehold.api.problems import refused
from tradehold.domain.authority import could_read
from tradehold.domain.identity import PLATFORM, PREFIX, Kind, Ref, company_ref, from_public_id, public_id
from tradehold.domain.machines import Command
from tradehold.domain.refusal import Code, Refusal, refuse
from tradehold.engine.access import new_id, readable
from tradehold.engine.plan import Done
from tradehold.engine.services import key_of
from tradehold.store.database import Connection
from tradehold.store.load import load

_COMPANY = "company:"
_DONE = msgspec.json.Decoder(Done)


class Given(msgspec.Struct, frozen=True):
    """The command happened. `stage` and `version` are where it led; `events` what it caused. `replayed`: the
    key had been used for the same command before, and this is its first answer."""

    id: str
    stage: str
    version: int
    events: tuple[str, ...]
    replayed: bool


class GivenToTrade(msgspec.Struct, frozen=True):
    """As for any other machine, with the trade's id as `trade`."""

    trade: str
    stage: str
    version: int
    events: tuple[str, ...]
    replayed: bool


def name_of(ref: Ref) -> str:
    """The public id of any machine."""
    if ref.kind is Kind.COMPANY:
        return f"{_COMPANY}{ref.owner}"
    return public_id(ref) if ref.kind in PREFIX else ref.kind.value  # "platform", "account"


def ref_named(text: str) -> Ref | None:
    """What `name_of` has named, where a person may mean it."""
    if text == Kind.PLATFORM:
        return PLATFORM
    if text.startswith(_COMPANY):
        number = text.removeprefix(_COMPANY)
        fits = number.isascii() and number.isdigit() and len(number) < 14 and number[0] != "0"
        return company_ref(int(number)) if fits else None
    kind = next((kind for kind, prefix in PREFIX.items() if text.startswith(f"{prefix}_")), None)
    return from_public_id(text, kind) if kind else None


def given(done: Done) -> Given:
    return Given(name_of(done.ref), done.stage, done.version, done.events, done.replayed)


def given_to_trade(name: str, done: Done) -> GivenToTrade:
    return GivenToTrade(name, done.stage, done.version, done.events, done.replayed)


async def give(call: Call, ref: Ref, do: Any, key: str) -> Done:
    """Raises ProblemError where it is refused. What the caller may not even read does not exist for it."""
    answer = await _execute(call, ref, do, key)
    if isinstance(answer, Done):
        return answer
    if answer.code in (Code.NOT_ALLOWED, Code.NEEDS_SECOND_PERSON) and not await _sees(call, ref):
        raise refused(refuse(Code.UNKNOWN, what=ref.kind.value))
    raise refused(answer)


async def _sees(call: Call, ref: Ref) -> bool:
    """The platform is there from the beginning, and its record only with its first event."""
    if ref == PLATFORM:
        return could_read("platform", call.actor)
    return await readable(call.services.pool, call.actor, ref, _READ_AS[ref.kind]) is not None


_READ_AS = {
    Kind.TRADE: "trade",
    Kind.COMPANY: "company",
    Kind.APPROVAL: "approvals",
}


async def begin(call: Call, owner: int, kind: Kind, do: Any, key: str) -> Done:
    """Gives a command that makes a new machine. A key that made one before finds that one again, so that
    the same request sent twice is one machine."""
    answer = await _execute(call, Ref(owner, kind, new_id(call.services.clock())), do, key)
    if isinstance(answer, Refusal) and answer.code is Code.KEY_REUSED:
        used = (owner, key_of(call.actor, key))
        async with call.services.pool.acquire() as connection:
            loaded = await load(cast(Connection, connection), [], [], [used])
        made = _DONE.decode(loaded.keys[used].answer).ref
        if made.kind is kind:
            answer = await _execute(call, made, do, key)
    if isinstance(answer, Refusal):
        raise refused(answer)
    return answer


async def _execute(call: Call, ref: Ref, do: Any, key: str) -> Done | Refusal:
    services, actor = call.services, call.actor
    command = Command(key_of(actor, key), ref, actor, services.clock(), do, fresh=call.fresh)
    [answer] = await services.engine.execute([command])
    return answer
