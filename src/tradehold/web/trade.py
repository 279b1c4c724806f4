"""The trade page: a trade as one side sees it, what that side can do, and the stream that keeps it fresh."""

import asyncio
from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.exceptions import NotFoundException, TooManyRequestsException
from litestar.params import FromPath, QueryParameter
from litestar.response import Response, Stream

from tradehold.domain.approval import Propose
from tradehold.domain.command import Actor
from tradehold.domain.identity import Kind, Ref, account_ref, from_public_id
from tradehold.domain.payment import missing
from tradehold.domain.refusal import Code, Refusal
from tradehold.engine.access import COOKIE, new_id, readable, stands
from tradehold.engine.plan import Done
from tradehold.store import notices, reading, views
from tradehold.store.database import Pool
from tradehold.store.views import Row
from tradehold.web import actions, files, thread_view
from tradehold.web.forms import Typed, Wrong, give, refused, text, typed
from tradehold.web.render import Form
from tradehold.web.sheet import Sheet, happened
from tradehold.web.trade_view import view
from tradehold.web.visit import HEADERS, Page, Req, Visitor, see_other, show, visitor

_MOST_EVENTS = 1000


async def row_of(visitor: Visitor, public: str) -> Row:
    """The trade, where the visitor may read it. Raises NotFoundException for all others alike."""
    ref = from_public_id(public, Kind.TRADE)
    row = await readable(visitor.desk.services.pool, visitor.actor, ref) if ref else None
    if row is None:
        raise NotFoundException("no such trade")
    return row


def _people(actors: list[Actor]) -> set[int]:
    return {number for actor in actors for number in (actor.member, actor.second) if number}


async def all_events(pool: Pool, ref: Ref) -> list[views.EventRow]:
    found: list[views.EventRow] = []
    while page := await views.events(pool, ref, len(found), _MOST_EVENTS):
        found += page
    return found


async def sheet_of(visitor: Visitor, row: Row) -> Sheet:
    pool = visitor.desk.services.pool
    history = await all_events(pool, row.ref)
    actors = [one.recorded.actor for one in history]
    members = await views.people(pool, _people(actors))
    companies = await views.companies(pool, {actor.company for actor in actors if actor.company})
    account = await views.row(pool, account_ref(row.state.deal.currency))
    return Sheet(
        row.ref,
        row.state,
        views.current_terms(row.state, history),
        happened(history),
        stands(visitor.actor, row),
        visitor.f,
        visitor.desk.services.knowledge,
        {number: one.name for number, one in members.items()},
        {number: one.name for number, one in companies.items()},
        account.state.party if account else None,
        visitor.actor.grade,
    )


async def _page(
    visitor: Visitor, row: Row, status: int = 200, form: Form | None = None, which: str = "", said: str = ""
) -> Page:
    sheet = await sheet_of(visitor, row)
    postings = await views.postings(visitor.desk.services.pool, row.ref)
    at_hand = await files.at_hand(visitor, row.ref, sheet.terms.attachments)
    # A contract may have thousands of requirements: other readers do not wait meanwhile.
    shown = await asyncio.to_thread(view, sheet, row.version, postings, form or Form(), which, at_hand)
    demo = None
    if visitor.desk.demo and shown["money"]["due"]:
        due = missing(sheet.trade)
        demo = {"url": f"{shown['url']}/demo/pay", "minor": due, "money": sheet.money(due)}
    marks = await reading.marks(visitor.desk.services.pool, row.ref)
    return await show(
        visitor,
        "trade.html",
        status,
        trade=shown,
        thread=thread_view.short(sheet, marks, visitor.actor.member),
        composer=thread_view.composer(sheet, Form()),
        guard=thread_view.guard(sheet),
        named=thread_view.of_contract(sheet.t, sheet.terms, sheet.knowledge),
        demo_pay=demo,
        said=said,
        problem=_unplaced(form, shown),
    )


def _unplaced(form: Form | None, shown: dict[str, Any]) -> str:
    """Why a form was refused whose offer is gone by now, so that it has no place beside it."""
    if form is None or any(one["open"] for one in shown["actions"]):
        return ""
    return " ".join(form.errors.values())


@get("/trades/{trade:str}", opt={"needs": "trade"})
async def trade_page(request: Req, trade: FromPath[str]) -> Page:
    here = visitor(request)
    said = (
        here.t("It waits for a second person now.") if request.query_params.get("said") == "proposed" else ""
    )
    row, services = await row_of(here, trade), here.desk.services
    await notices.read_about(services.pool, here.actor.member, row.ref, services.clock())
    return await _page(here, row, said=said)


def _name(do: type, form: Typed) -> str:
    marks = [form[name] for name in ("revision", "number") if form.get(name)]
    return "-".join([actions.tag(do), *marks])


@post("/trades/{trade:str}/{action:str}", opt={"needs": "trade", "does": tuple(actions.ACTIONS)})
async def act(request: Req, trade: FromPath[str], action: FromPath[str]) -> Page:
    """One form, one command. Refused, the page comes again with what was typed and why."""
    here, do = visitor(request), actions.BY_TAG.get(action)
    row = await row_of(here, trade)
    if do is None:
        raise NotFoundException("no such step")
    form, sheet = await typed(request), await sheet_of(here, row)
    which = _name(do, form)
    try:
        answer = await _give(here, sheet, do, form)
    except Wrong as wrong:
        beside = {
            name if name in form else _spot(sheet, do, name): text for name, text in wrong.fields.items()
        }
        return await _page(here, row, 422, Form(form, beside), which)
    if isinstance(answer, Refusal):
        fresh = await row_of(here, trade)
        return await _page(here, fresh, 422, refused(here.f, answer, form, row.state.deal.currency), which)
    return see_other(f"/trades/{trade}" + ("?said=proposed" if actions.proposes(sheet, do) else ""))


def _spot(sheet: Sheet, do: type, name: str) -> str:
    """Where the problem is shown: a browser leaves an unticked box out, but its field is there."""
    fields = {field["name"] for offer in actions.offered(sheet, do) for field in offer.fields}
    return name if name in fields else ""


async def _give(here: Visitor, sheet: Sheet, do: type, form: Typed) -> Done | Refusal | None:
    command = actions.ACTIONS[do].read(sheet, form)
    if not actions.proposes(sheet, do):
        return await give(here, sheet.ref, command, form)
    return await propose(here, sheet.ref, command, form)


async def propose(here: Visitor, target: Ref, do: Any, form: Typed) -> Done | Refusal | None:
    """Asks for a second person. The same form sent twice is one proposal: its key tells, None comes back."""
    ref = Ref(target.owner, Kind.APPROVAL, new_id(here.desk.services.clock()))
    answer = await give(here, ref, Propose(target, do, text(here.t, form, "reason")), form)
    return None if isinstance(answer, Refusal) and answer.code is Code.KEY_REUSED else answer


@get("/trades/{trade:str}/events", opt={"needs": "trade"})
async def stream(
    request: Req,
    trade: FromPath[str],
    seen: Annotated[int, QueryParameter(ge=0, le=2**31)] = 0,
) -> Stream:
    here = visitor(request)
    row = await row_of(here, trade)
    live, session = here.desk.live, request.cookies.get(COOKIE, "")
    last = request.headers.get("last-event-id", "")
    if live.full(session):
        raise TooManyRequestsException("too many pages are open")
    known = max(seen, int(last)) if last.isascii() and last.isdigit() and len(last) < 10 else seen
    headers = {**HEADERS, "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Stream(live.stream(row.ref, known, session), media_type="text/event-stream", headers=headers)


@get("/trades/{trade:str}/record.json", opt={"needs": "trade"})
async def record(request: Req, trade: FromPath[str]) -> Response[bytes]:
    """The record as it is stored and hashed, byte for byte, with the postings: to keep and to check."""
    here = visitor(request)
    row = await row_of(here, trade)
    pool = here.desk.services.pool
    events = await all_events(pool, row.ref)
    body = {
        "trade": trade,
        "revision": row.state.revision,
        "hash": row.state.hash,
        "events": [{"seq": one.seq, "hash": one.hash.hex(), "body": msgspec.Raw(one.body)} for one in events],
        "postings": [
            {
                "at": one.at, "debit": one.debit, "credit": one.credit, "minor": one.minor,
                "currency": one.currency,
            }
            for one in await views.postings(pool, row.ref)
        ],
    }  # fmt: skip
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{trade}.json"'}
    return Response(msgspec.json.encode(body), media_type="application/json", headers=headers)
