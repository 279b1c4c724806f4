"""API keys: made by an owner, shown once, kept as a hash. A key acts for its company as its maker, within its
scope and for at most a year, and never shows a second factor."""

import hashlib
import hmac
import re
import secrets
import string
from datetime import datetime, timedelta
from typing import get_args

import msgspec

from tradehold.domain.command import DUTIES, Actor, Grade, Role
from tradehold.domain.refusal import Code, Refusal, refuse
from tradehold.engine.access import By, check_change, is_barred, wall
from tradehold.engine.membership import entry_of
from tradehold.engine.registration import EMPTY, plain
from tradehold.engine.services import Services
from tradehold.store import keys
from tradehold.store.database import Pool
from tradehold.store.keys import Key, Scope

MARK = "thk_"  # how every key begins, so that programs that look for leaked secrets know one
GRADES: dict[Scope, Grade] = {"read": Grade.VIEWER, "trade": Grade.TRADER, "finance": Grade.FINANCE}
MOST_DAYS, MOST_KEYS, _NAME = 365, 50, 80
_LETTERS = string.digits + string.ascii_letters
_PREFIX, _SECRET = 8, 32  # characters of 62 kinds: the secret has 190 bits
_KEY = re.compile(rf"{MARK}([0-9A-Za-z]{{{_PREFIX}}})_[0-9A-Za-z]{{{_SECRET}}}")


class Made(msgspec.Struct, frozen=True):
    """`secret` is the whole key, to be shown once; None where the same request had made it before."""

    key: Key
    secret: str | None


class Holder(msgspec.Struct, frozen=True):
    """Who calls with a key, and until when it works."""

    actor: Actor
    ends_at: datetime


async def make(
    services: Services, by: By, company: int, name: str, scope: str, days: int, request: str
) -> Made | Refusal:
    """A key that works for `days` days. The same `request` sent twice makes one key."""
    if refusal := check_change(by, company, "keys"):
        return refusal
    now, name = wall(), plain(name)
    fields = _problems(name, scope, days)
    if not fields and await keys.count(services.pool, company, now) >= MOST_KEYS:
        fields = {"name": f"There are {MOST_KEYS} keys that work: revoke some first."}
    if fields:
        return Refusal(Code.INVALID_DETAILS, {"first": next(iter(fields.values()))}, fields)
    known: Scope = msgspec.convert(scope, Scope)
    prefix, secret = (_random(length) for length in (_PREFIX, _SECRET))
    whole = f"{MARK}{prefix}_{secret}"
    entry = entry_of(by, company, "key_made", f"{name}: {GRADES[known]}")
    key, made = await keys.make(
        services.pool, name, known, prefix, _hash(whole), request, now + timedelta(days=days), entry
    )
    if not made and (key.company, key.name, key.scope) != (company, name, scope):
        return refuse(Code.KEY_REUSED)
    return Made(key, whole if made else None)


async def revoke(services: Services, by: By, company: int, number: int) -> Key | Refusal:
    if refusal := check_change(by, company, "keys"):
        return refusal
    key = await keys.revoke(services.pool, number, entry_of(by, company, "key_revoked"))
    if key is None:
        return refuse(Code.UNKNOWN, what="key")
    services.access.taken += 1
    return key


async def holder(pool: Pool, text: str) -> Holder | None:
    """Whom a key stands for; None where it works no more. Nobody does more through a key than as themselves:
    one that allows what its maker may not do now does not work either."""
    found = _KEY.fullmatch(text)
    now = wall()
    key = await keys.running(pool, found[1], now) if found else None
    if key is None or not hmac.compare_digest(key.hash, _hash(text)):
        return None
    grade: Grade | None = GRADES[key.scope]
    if not DUTIES[GRADES[key.scope]] <= DUTIES[key.grade]:
        return None
    if await is_barred(pool, key.company):
        grade = None
    await keys.use(pool, key.id, now)
    role = Role.MEMBER if key.company else Role.OPERATOR
    return Holder(Actor(role, key.company, key.person, grade=grade, key=key.id), key.ends_at)


def _problems(name: str, scope: str, days: int) -> dict[str, str]:
    found = {
        "name": EMPTY
        if not name
        else f"This is longer than {_NAME} characters."
        if len(name) > _NAME
        else "",
        "scope": "" if scope in get_args(Scope) else "Choose one of the list.",
        "days": "" if 1 <= days <= MOST_DAYS else f"Give 1 to {MOST_DAYS} days.",
    }
    return {field: text for field, text in found.items() if text}


def _random(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def _hash(text: str) -> bytes:
    """SHA-256 is enough for a secret that nobody can guess."""
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()
