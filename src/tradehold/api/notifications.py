"""What the caller should hear of: their own notices, in the company they act for."""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import get, post
from msgspec import Meta

from tradehold.api.gate import Call
from tradehold.api.giving import name_of
from tradehold.api.operation import Caller, Operation, reads
from tradehold.api.page import Cursor, Page
from tradehold.api.problems import invalid
from tradehold.api.request import read_json, read_query
from tradehold.domain.identity import Kind
from tradehold.store import notices
from tradehold.store.notices import About, Notice, Reader
from tradehold.store.views import LAST

_NUMBER = Annotated[int, Meta(ge=1, le=LAST)]


class NotificationsQuery(Cursor, frozen=True, kw_only=True, forbid_unknown_fields=True):
    unread: Annotated[bool, Meta(description="Only what was not read.")] = False


class NotificationShown(msgspec.Struct, frozen=True):
    """`about` is the public id of the trade, the company or the proposal; `seq` the number of its event, and
    `event` that event's type. `title` is a trade's title or a company's name."""

    id: int
    at: datetime
    about: str
    seq: int
    event: str
    title: str
    read: bool


class Read(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`up_to` is the newest notification that was seen: all up to it are read from now on."""

    up_to: _NUMBER


class Unread(msgspec.Struct, frozen=True):
    """Counted to 100."""

    unread: int


def _reader(call: Call) -> Reader:
    return call.actor.member, call.actor.company


def _show(notice: Notice, about: About) -> NotificationShown:
    row, recorded = about.rows.get(notice.ref), about.events.get(notice.place)
    state = row.state if row else None
    title = ""
    if state:
        title = state.deal.title if notice.ref.kind is Kind.TRADE else getattr(state, "name", "")
    event = str(recorded.event.__struct_config__.tag) if recorded else ""
    return NotificationShown(
        notice.number, notice.at, name_of(notice.ref), notice.seq, event, title, notice.read
    )


@get(
    "/notifications",
    opt=reads("notifications", Operation(
        "List what is news for the caller, newest first", Page[NotificationShown], "listNotifications",
        "Notifications", query=NotificationsQuery,
    )),
)  # fmt: skip
async def list_notifications(request: Caller) -> Page[NotificationShown]:
    query, call = read_query(request.scope, NotificationsQuery), request.auth
    pool = call.services.pool
    found = await notices.page(pool, _reader(call), _before(query.after), query.limit + 1, query.unread)
    shown, more = found[: query.limit], len(found) > query.limit
    about = await notices.about(pool, shown)
    data = tuple(_show(one, about) for one in shown)
    return Page(data, more, str(shown[-1].number) if more else None)


def _before(after: str) -> int:
    if not after:
        return LAST
    if not (after.isascii() and after.isdigit() and len(after) < 19):
        raise invalid("after", f"“{after}” is not the `next` of a page.")
    return int(after)


_READ = msgspec.json.Decoder(Read)


@post(
    "/notifications/read",
    opt=reads("notifications", Operation(
        "Mark notifications as read", Unread, "readNotifications", "Notifications", body=Read,
        example={"up_to": 1024},
    )),
    status_code=200,
)  # fmt: skip
async def read_notifications(request: Caller) -> Unread:
    body, call = await read_json(request.scope, request.receive, _READ), request.auth
    reader = _reader(call)
    await notices.read_all(call.services.pool, reader, call.services.clock(), body.up_to)
    return Unread((await notices.unread(call.services.pool, [reader]))[reader])


ROUTES = [list_notifications, read_notifications]
