"""A trade's thread: what was said, newest first, and how far the caller has read it. To say something is a
command of the trade, `send_message`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import get, post
from litestar.params import FromPath
from msgspec import Meta
from msgspec.structs import replace

from tradehold.api.gate import Call
from tradehold.api.operation import Caller, Operation, reads
from tradehold.api.page import Cursor, Page, page
from tradehold.api.problems import invalid
from tradehold.api.request import read_json, read_query
from tradehold.api.trade import trade_row
from tradehold.domain import trade_events as e
from tradehold.domain.command import Side
from tradehold.domain.contract import Attachment
from tradehold.domain.identity import Kind, Ref, from_public_id, public_id
from tradehold.domain.trade import Trade
from tradehold.domain.trade_commands import SendMessage
from tradehold.engine.access import readable, wall
from tradehold.engine.fileplaces import may_bring
from tradehold.store import reading, views
from tradehold.store.views import EventRow, Row

_NEWEST = 2**31 - 1


class About(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a message quotes. `number` is a line's place in the contract, from 1; a shipment's or an earlier
    message's number; or of a payment its bank line, rcp_…"""

    what: Literal["line", "shipment", "payment", "message"]
    number: int | str


def about_to_domain(about: About | None) -> e.About | None:
    """Raises ProblemError for a number that is none of its kind."""
    if about is None:
        return None
    if about.what == "payment":
        ref = from_public_id(str(about.number), Kind.RECEIPT)
        if ref is None:
            raise invalid("about.number", f"“{about.number}” is not the id of a bank line, rcp_…")
        return e.About(about.what, ref.id)
    if not isinstance(about.number, int):
        raise invalid("about.number", f"The number of a {about.what} is an integer.")
    return e.About(about.what, about.number - (about.what == "line"))


def _about(about: e.About | None) -> About | None:
    if about is None:
        return None
    if about.what == "payment":
        return About(about.what, public_id(Ref(0, Kind.RECEIPT, about.number)))
    return About(about.what, about.number + (about.what == "line"))


class BankDetails(msgspec.Struct, frozen=True):
    """Looks like other bank details than the designated account's: `words` as they were written. Money that
    goes there is not protected."""

    kind: str
    words: str


class Message(msgspec.Struct, frozen=True):
    """`author` is the writer's name, which both sides see; `company` the side's registered name, empty for
    the platform's operators. Download a file with the trade's id as `trade`."""

    number: int
    event: int
    at: datetime
    side: str
    company: str
    author: str
    text: str
    about: About | None
    files: tuple[Attachment, ...]
    warnings: tuple[BankDetails, ...]


class MessagesQuery(Cursor, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


def _message(row: EventRow, companies: Mapping[Side, str], people: Mapping[int, views.Person]) -> Message:
    event: e.MessageSent = row.recorded.event
    author = people.get(row.recorded.actor.member)
    return Message(
        event.number, row.seq, row.recorded.at, event.by.value, companies.get(event.by, ""),
        author.name if author else "", event.text, _about(event.about), event.files,
        tuple(BankDetails(one.kind, one.words) for one in event.suspicions),
    )  # fmt: skip


@get(
    "/trades/{trade:str}/messages",
    opt=reads("trade", Operation(
        "List a trade's messages, newest first", Page[Message], "listMessages", "Trades", query=MessagesQuery,
        refused=("unknown",),
    )),
)  # fmt: skip
async def list_messages(request: Caller, trade: FromPath[str]) -> Page[Message]:
    query = read_query(request.scope, MessagesQuery)
    row, pool = await trade_row(request, trade), request.auth.services.pool
    if query.after and not (query.after.isascii() and query.after.isdigit() and len(query.after) < 10):
        raise invalid("after", f"“{query.after}” is not the `next` of a page.")
    before = int(query.after) if query.after else _NEWEST
    found = await views.thread(pool, row.ref, before, query.limit + 1, messages=True)
    people = await views.people(pool, {one.recorded.actor.member for one in found})
    companies = await _companies(request, row)
    return page(found, query.limit, lambda one: _message(one, companies, people), lambda one: str(one.seq))


async def _companies(request: Caller, row: Row) -> dict[Side, str]:
    found = await views.companies(request.auth.services.pool, [row.ref.owner])
    supplier = found[row.ref.owner].name if row.ref.owner in found else ""
    return {Side.BUYER: row.state.deal.buyer_name, Side.SUPPLIER: supplier}


class ReadUpTo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`message` null: everything there is."""

    message: Annotated[int, Meta(ge=0, lt=2**31)] | None = None


class Unread(msgspec.Struct, frozen=True):
    """How many messages came after those that the caller has read."""

    unread: int


_READ = msgspec.json.Decoder(ReadUpTo)


@post(
    "/trades/{trade:str}/read",
    status_code=200,
    opt=reads("trade", Operation(
        "Mark a trade's messages as read", Unread, "readMessages", "Trades", body=ReadUpTo,
        example={"message": 3}, refused=("unknown",),
    )),
)  # fmt: skip
async def mark_read(request: Caller, trade: FromPath[str]) -> Unread:
    """The mark is the person's own, and never moves back."""
    row, services = await trade_row(request, trade), request.auth.services
    upto = (await read_json(request.scope, request.receive, _READ)).message
    state: Trade = row.state
    number, seq = state.messages, row.version
    if upto is not None and upto < number:
        number, seq = upto, await _event_of(request, row, upto)
    person = request.auth.actor.member
    await reading.mark(services.pool, person, row.ref, seq, number, services.clock())
    read = await reading.read_by(services.pool, person, [row.ref])
    return Unread(max(0, state.messages - read.get(row.ref, 0)))


async def _event_of(request: Caller, row: Row, message: int) -> int:
    """The number of the event that a message is; 0 for none. Below the newest come all the others in
    order, so few are read where few are unread."""
    limit = row.state.messages - message + 1
    found = await views.thread(request.auth.services.pool, row.ref, _NEWEST, limit, messages=True)
    return next((one.seq for one in found if one.recorded.event.number == message), 0)


async def with_files(call: Call, trade: Ref, do: SendMessage) -> SendMessage:
    """The message with its files as they are stored. Each was brought to the trade by the caller's company,
    or lies in its library and is lent to the trade. Raises ProblemError for one that is not there."""
    actor, services = call.actor, call.services
    if not may_bring(actor) or await readable(services.pool, actor, trade) is None:
        return do  # the engine says why not
    kept: list[Any] = []
    for number, file in enumerate(do.files):
        held = await services.files.attach(file.sha256, actor.company, actor.member, trade, wall())
        if held is None or held.company != actor.company:
            raise invalid(f"files.{number}.sha256", "This file is not here: upload it to this trade first.")
        kept.append(Attachment(held.name, held.sha256, held.size))
    return replace(do, files=tuple(kept))


ROUTES = [list_messages, mark_read]
