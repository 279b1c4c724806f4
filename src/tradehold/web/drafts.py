"""What somebody has typed into the editor is kept as they type, and again with every form that fails: for
themselves alone, until the contract is saved or they discard it."""

import re
import secrets
from collections.abc import Sequence

import msgspec

from tradehold.engine.access import wall
from tradehold.store import drafts as store
from tradehold.store.drafts import Draft, Writer
from tradehold.web.forms import Typed
from tradehold.web.visit import Visitor

_KEY = re.compile(r"[\w-]{8,64}", re.ASCII)
_LARGEST = 4_000_000  # characters of all fields together
_PASSING = frozenset(
    {"csrf", "key", "act", "draft", "draft_version", "changed", "keep"}
)  # no part of what is kept


class Kept(msgspec.Struct, frozen=True):
    """How it went: the version that is stored now; `elsewhere` where another window, or another device, has
    changed the draft and this one was not written over it; `full` where it is too large to keep."""

    key: str
    version: int
    elsewhere: bool = False
    full: bool = False


def new_key() -> str:
    return secrets.token_urlsafe(9)


def writer(here: Visitor, page: str = "") -> Writer:
    return Writer(here.actor.member, here.actor.company, page[:64])


def key_of(form: Typed) -> str:
    key = form.get("draft", "")
    return key if _KEY.fullmatch(key) else ""


def version_of(form: Typed) -> int:
    text = form.get("draft_version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


async def keep(here: Visitor, form: Typed) -> Kept | None:
    """None for a form that belongs to no draft. `keep` in it writes over what was changed elsewhere."""
    key, version, pool = key_of(form), version_of(form), here.desk.services.pool
    if not key:
        return None
    fields = {name: value for name, value in form.items() if name not in _PASSING and value}
    if sum(len(value) for value in fields.values()) > _LARGEST:
        return Kept(key, version, full=True)
    by = writer(here, form.get("key", ""))
    if form.get("keep"):
        there = await store.one(pool, by, key)
        version = there.version if there else 0
    saved = await store.save(pool, by, key, version, form.get("title", "")[:200], fields, wall())
    return Kept(key, version, elsewhere=True) if saved is None else Kept(key, saved)


async def one(here: Visitor, key: str) -> Draft | None:
    return await store.one(here.desk.services.pool, writer(here), key) if _KEY.fullmatch(key) else None


async def others(here: Visitor, but: str = "") -> Sequence[Draft]:
    """The visitor's drafts of new contracts, the newest first."""
    found = await store.all_of(here.desk.services.pool, writer(here))
    return [draft for draft in found if draft.key != but and not draft.key.startswith("trd_")]


async def discard(here: Visitor, key: str) -> None:
    if _KEY.fullmatch(key):
        await store.discard(here.desk.services.pool, writer(here), key)
