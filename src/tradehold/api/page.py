"""Lists in pages: newest first, continued after the last id of the page before."""

from collections.abc import Callable, Sequence
from typing import Annotated, Generic, TypeVar

import msgspec
from msgspec import Meta

from tradehold.api.problems import invalid
from tradehold.domain.identity import Kind, from_public_id
from tradehold.store import views

T = TypeVar("T")
R = TypeVar("R")
Limit = Annotated[int, Meta(ge=1, le=100, description="How many to a page.")]


class Page(msgspec.Struct, Generic[T], frozen=True):
    """`next` is what to send as `after` for the page that follows; null on the last."""

    data: tuple[T, ...]
    has_more: bool = False
    next: str | None = None


class Cursor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    after: Annotated[str, Meta(description="The `next` of the page before.")] = ""
    limit: Limit = views.PAGE


def before(after: str, kind: Kind) -> int:
    """Where the page begins: below this id."""
    if not after:
        return views.LAST
    ref = from_public_id(after, kind)
    if ref is None:
        raise invalid("after", f"“{after}” is not the `next` of a page.")
    return ref.id


def page(rows: Sequence[R], limit: int, show: Callable[[R], T], name: Callable[[R], str]) -> Page[T]:
    """A page of `limit`, of rows that were read with one more to tell whether there are."""
    shown, more = rows[:limit], len(rows) > limit
    return Page(tuple(show(row) for row in shown), more, name(shown[-1]) if more else None)
