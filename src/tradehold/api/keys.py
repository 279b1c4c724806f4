"""API keys: for programs, which cannot sign in."""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import delete, get, post
from litestar.params import FromPath
from msgspec import Meta

from tradehold.api.asking import accepted, by_of, changeable, number_of, own_company
from tradehold.api.operation import Caller, Operation, changes, reads
from tradehold.api.page import Page
from tradehold.api.request import idempotency_key, read_json
from tradehold.engine import keys as engine
from tradehold.store import keys
from tradehold.store.keys import Key, Scope

_MANAGING = ("unknown", "not_allowed", "not_your_duty", "step_up")


class KeyShown(msgspec.Struct, frozen=True):
    """`prefix` is how the key begins. `used_at` is exact to a minute. `by` made it."""

    id: int
    name: str
    prefix: str
    scope: Scope
    by: int
    made_at: datetime
    ends_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


class KeyMade(KeyShown, frozen=True, kw_only=True):
    """`secret` is the key itself, which cannot be shown again: null where the same request made it before."""

    secret: str | None


class Make(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`scope`: `read` reads, `trade` trades too, `finance` deals with money too. `days`: how long it
    works."""

    name: str
    scope: Scope
    days: Annotated[int, Meta(ge=1, le=engine.MOST_DAYS)]


_MAKE = msgspec.json.Decoder(Make)


def _shown(key: Key) -> KeyShown:
    return KeyShown(
        key.id, key.name, f"{engine.MARK}{key.prefix}", key.scope, key.person, key.made_at, key.ends_at,
        key.used_at, key.revoked_at,
    )  # fmt: skip


@get("/companies/{company:str}/keys", opt=reads("keys", Operation(
    "List a company's API keys", Page[KeyShown], "listKeys", "Keys", refused=("unknown",)
)))  # fmt: skip
async def list_keys(request: Caller, company: FromPath[str]) -> Page[KeyShown]:
    found = await keys.listed(request.auth.services.pool, own_company(request, company, "keys"))
    return Page(tuple(_shown(one) for one in found))


@post(
    "/companies/{company:str}/keys",
    opt=changes("keys", Operation(
        "Make an API key", KeyMade, "makeKey", "Keys", body=Make, status=201, keyed=True,
        example={"name": "Warehouse", "scope": "trade", "days": 90},
        refused=(*_MANAGING, "invalid_details", "key_reused"),
    )),
)  # fmt: skip
async def make_key(request: Caller, company: FromPath[str]) -> KeyMade:
    number, key = changeable(request, company, "keys"), idempotency_key(request.scope)
    body = await read_json(request.scope, request.receive, _MAKE)
    services, by = request.auth.services, by_of(request)
    made = accepted(await engine.make(services, by, number, body.name, body.scope, body.days, key))
    return KeyMade(*msgspec.structs.astuple(_shown(made.key)), secret=made.secret)


@delete(
    "/companies/{company:str}/keys/{key:str}",
    opt=changes("keys", Operation(
        "Revoke an API key", KeyShown, "revokeKey", "Keys", refused=_MANAGING
    )),
    status_code=200,
)  # fmt: skip
async def revoke_key(request: Caller, company: FromPath[str], key: FromPath[str]) -> KeyShown:
    number, which = changeable(request, company, "keys"), number_of(key, "key")
    return _shown(accepted(await engine.revoke(request.auth.services, by_of(request), number, which)))


ROUTES = [list_keys, make_key, revoke_key]
