"""Trades: to begin one, to find one's own, and everything that can be read of one."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, Literal

import msgspec
from litestar import get, post
from litestar.params import FromPath
from litestar.response import Response
from msgspec import Meta

from tradehold.api import show
from tradehold.api.giving import GivenToTrade, begin, given_to_trade
from tradehold.api.operation import Caller, Operation, commands, reads
from tradehold.api.page import Cursor, Limit, Page, before, page
from tradehold.api.problems import http_problem, invalid, refused
from tradehold.api.request import idempotency_key, read_json, read_query
from tradehold.api.terms import Terms, to_domain
from tradehold.domain.identity import Kind, from_public_id, public_id
from tradehold.domain.refusal import Code, Refusal, refuse
from tradehold.domain.trade import Stage
from tradehold.domain.trade_commands import Draft
from tradehold.engine.access import list_trades, readable, with_contact
from tradehold.store import views
from tradehold.store.database import Pool
from tradehold.store.views import EventRow, Row

_TERMS = msgspec.json.Decoder(Terms)
_MOST_EVENTS = 1000
TERMS_EXAMPLE: dict[str, Any] = {
    "title": "T-shirts, organic cotton, 200 gsm",
    "buyer": {"company": 2, "name": "Harbour Kids Ltd", "country": "US"},
    "supplier": {"company": 7, "name": "Ningbo Brightwear Co., Ltd.", "country": "CN"},
    "currency": "USD",
    "lines": [
        {"sku": "TS-200", "description": "children's T-shirt", "quantity": "3000", "unit": "C62",
         "unit_price": "4.20"}
    ],
    "schedule": [
        {"amount": {"minor": 378000, "currency": "USD"}, "due": "confirmation"},
        {"amount": {"minor": 882000, "currency": "USD"}, "due": "production"},
    ],
    "ship_by": {"days": 45, "after": "initial_payment"},
    "incoterm": "FOB",
    "place": "Ningbo",
    "zone": "Asia/Shanghai",
    "market": "US",
    "category": "childrens_clothing",
    "requirements": [
        {"text": "Fabric weight 200 g/m² ± 5 %", "attribute": "fabric_weight", "operator": "equal",
         "values": ["200"], "unit": "GM", "tolerance": {"minus": "5", "plus": "5", "percent": True},
         "method": "measurement", "defect": "major"},
        {"text": "Colour: Pantone 1935 D", "attribute": "colour", "operator": "is",
         "words": "Pantone 1935 D", "method": "visual"},
        {"text": "Total lead at most 100 mg/kg (CPSIA section 101)", "operator": "at_most",
         "values": ["100"], "unit": "NA", "standards": ["CPSIA section 101"], "method": "lab_test",
         "defect": "critical"},
    ],
    "answers": [
        {"question": "specification", "text": "By the requirements.", "evidence": ["requirements"]},
        {"question": "ability", "text": "Verified on site.", "evidence": ["verifications"]},
        {"question": "standards", "text": "CPSIA.", "evidence": ["requirements"]},
        {"question": "compliance", "text": "The inspection asks for the report.", "evidence": ["inspection"]},
    ],
    "inspection": {
        "type": "inspection", "company": "Eastgate Inspection Ltd", "kind": "PSI", "lot": 3000, "level": "II",
        "severity": "normal", "fee": 29800,
        "samples": [
            {"defect": "critical", "aql": "0", "code_letter": "K", "pieces": 125, "accept": 0, "reject": 1},
            {"defect": "major", "aql": "2.5", "code_letter": "K", "pieces": 125, "accept": 7, "reject": 8},
            {"defect": "minor", "aql": "4.0", "code_letter": "K", "pieces": 125, "accept": 10, "reject": 11},
        ],
    },
}  # fmt: skip


class TradesQuery(Cursor, frozen=True, kw_only=True, forbid_unknown_fields=True):
    stage: Annotated[Stage | None, Meta(description="Only trades at this stage.")] = None
    title: Annotated[str, Meta(max_length=200, description="Only trades whose title contains this.")] = ""


class EventsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    after: Annotated[int, Meta(ge=0, lt=2**31, description="Only events after this number.")] = 0
    limit: Limit = 100


class TradeQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    expand: Annotated[
        str, Meta(description="What to send along, by comma: contract, payments, postings, events.")
    ] = ""


class PaperQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    language: Annotated[
        Literal["en", "zh", "both"], Meta(description="The paper's language; both stand side by side.")
    ] = "en"
    revision: Annotated[
        int,
        Meta(
            ge=0, le=100_000,
            description="Its place among all revisions and amendments that were written, from 1; 0 for the "
            "one that stands.",
        ),
    ] = 0  # fmt: skip


class Expanded(show.TradeShown, frozen=True, kw_only=True, omit_defaults=True):
    """A trade, with what `expand` asked for. Of its events the first hundred come along."""

    contract: show.Contract | None = None
    payments: show.Payments | None = None
    postings: tuple[show.Posting, ...] | None = None
    events: tuple[show.Event, ...] | None = None


async def trade_row(request: Caller, trade: str) -> Row:
    """The trade, if the caller may read it. Raises ProblemError: a foreign trade does not exist."""
    ref = from_public_id(trade, Kind.TRADE)
    row = await readable(request.auth.services.pool, request.auth.actor, ref) if ref else None
    if row is None:
        raise refused(refuse(Code.UNKNOWN, what="trade"))
    return row


async def _names(pool: Pool, rows: Sequence[Row]) -> dict[int, str]:
    companies = await views.companies(pool, {row.ref.owner for row in rows})
    return {number: company.name for number, company in companies.items()}


@post(
    "/trades",
    opt=commands("trade", Operation(
        "Draft a trade", GivenToTrade, "draftTrade", "Trades", body=Terms, example=TERMS_EXAMPLE, status=201,
        keyed=True, refused=("not_allowed", "key_reused", "invalid_terms", "unknown_policy"),
    )),
)  # fmt: skip
async def draft_trade(request: Caller) -> GivenToTrade:
    key = idempotency_key(request.scope)
    body = await read_json(request.scope, request.receive, _TERMS)
    terms = to_domain(body, request.auth.services.knowledge)
    if isinstance(terms, Refusal):
        raise refused(terms)
    terms = await with_contact(request.auth.services.pool, terms, request.auth.actor, key)
    done = await begin(request.auth, terms.supplier.company, Kind.TRADE, Draft(terms), key)
    return given_to_trade(public_id(done.ref), done)


@get(
    "/trades",
    opt=reads("trades", Operation(
        "List your own trades, newest first", Page[show.TradeShown], "listTrades", "Trades",
        query=TradesQuery,
    )),
)  # fmt: skip
async def list_own_trades(request: Caller) -> Page[show.TradeShown]:
    query, pool = read_query(request.scope, TradesQuery), request.auth.services.pool
    rows = await list_trades(
        pool,
        request.auth.actor,
        before(query.after, Kind.TRADE),
        query.limit + 1,
        query.stage or "",
        query.title,
    )
    names = await _names(pool, rows)
    return page(rows, query.limit, lambda row: show.trade(row, names), lambda row: public_id(row.ref))


@get(
    "/trades/{trade:str}",
    opt=reads("trade", Operation(
        "Read a trade", Expanded, "readTrade", "Trades", query=TradeQuery, refused=("unknown",)
    )),
)  # fmt: skip
async def read_trade(request: Caller, trade: FromPath[str]) -> Expanded:
    query = read_query(request.scope, TradeQuery)
    wanted = set(query.expand.split(",")) - {""}
    unknown = wanted - _EXPANDS.keys()
    if unknown:
        raise invalid("expand", f"“{min(unknown)}” cannot be expanded; {', '.join(_EXPANDS)} can.")
    row, pool = await trade_row(request, trade), request.auth.services.pool
    shown = msgspec.structs.asdict(show.trade(row, await _names(pool, [row])))
    for name in sorted(wanted):
        shown[name] = await _EXPANDS[name](pool, row)
    return Expanded(**shown)


@get(
    "/trades/{trade:str}/contract",
    opt=reads("trade", Operation(
        "Read a trade's contract", show.Contract, "readContract", "Trades", refused=("unknown",)
    )),
)  # fmt: skip
async def read_contract(request: Caller, trade: FromPath[str]) -> show.Contract:
    return await _contract(request.auth.services.pool, await trade_row(request, trade))


@get(
    "/trades/{trade:str}/contract.pdf",
    opt=reads("trade", Operation(
        "Read a trade's contract on paper (PDF/A-3b)", None, "printContract", "Trades", query=PaperQuery,
        gives="application/pdf",
        asks={"If-None-Match?": "An ETag: 304 for it."},
        tells={"ETag": "Of this very paper.", "Content-Disposition": "Always an attachment, with its name."},
        refused=("unknown", "not_found"),
    )),
)  # fmt: skip
async def print_contract(request: Caller, trade: FromPath[str]) -> Response[bytes]:
    """It holds the structured contract, whose SHA-256 is the revision's hash, as contract.json."""
    query, row = read_query(request.scope, PaperQuery), await trade_row(request, trade)
    services, known = request.auth.services, request.headers.get("if-none-match", "")
    assert services.print_contract, "whoever serves the API hands it in"
    paper = await services.print_contract(services, row, query.revision, query.language, known)
    if paper is None:
        raise http_problem("not_found", "There is no such revision of this trade.")
    return Response(paper.body, status_code=paper.status, media_type="application/pdf", headers=paper.headers)


@get(
    "/trades/{trade:str}/payments",
    opt=reads("trade", Operation(
        "Read what was paid and what is owed", show.Payments, "readPayments", "Trades", refused=("unknown",)
    )),
)  # fmt: skip
async def read_payments(request: Caller, trade: FromPath[str]) -> show.Payments:
    return show.payments((await trade_row(request, trade)).state)


@get(
    "/trades/{trade:str}/postings",
    opt=reads("trade", Operation(
        "Read every posting of a trade", Page[show.Posting], "listPostings", "Trades", refused=("unknown",)
    )),
)  # fmt: skip
async def list_postings(request: Caller, trade: FromPath[str]) -> Page[show.Posting]:
    return Page(await _postings(request.auth.services.pool, await trade_row(request, trade)))


@get(
    "/trades/{trade:str}/events",
    opt=reads("trade", Operation(
        "Read a trade's record, oldest first", Page[show.Event], "listEvents", "Trades", query=EventsQuery,
        refused=("unknown",),
    )),
)  # fmt: skip
async def list_events(request: Caller, trade: FromPath[str]) -> Page[show.Event]:
    query, row = read_query(request.scope, EventsQuery), await trade_row(request, trade)
    found = await views.events(request.auth.services.pool, row.ref, query.after, query.limit + 1)
    return page(found, query.limit, show.event, lambda one: str(one.seq))


@get(
    "/trades/{trade:str}/deadlines",
    opt=reads("trade", Operation(
        "Read which deadlines run", Page[show.Deadline], "listDeadlines", "Trades", refused=("unknown",)
    )),
)  # fmt: skip
async def list_deadlines(request: Caller, trade: FromPath[str]) -> Page[show.Deadline]:
    return Page(show.deadlines((await trade_row(request, trade)).state))


async def _contract(pool: Pool, row: Row) -> show.Contract:
    """The terms stand in the events that proposed them, wherever in the record these are."""
    terms: dict[str, Any] = {}
    after, found = 0, list[EventRow]()
    while after == 0 or len(found) == _MOST_EVENTS:
        found = await views.events(pool, row.ref, after, _MOST_EVENTS)
        after = found[-1].seq if found else 1
        events = [one.recorded.event for one in found]
        terms |= {event.hash: event.terms for event in events if hasattr(event, "terms")}
    return show.contract(row.state, terms)


async def _payments(pool: Pool, row: Row) -> show.Payments:
    return show.payments(row.state)


async def _postings(pool: Pool, row: Row) -> tuple[show.Posting, ...]:
    return tuple(show.posting(one) for one in await views.postings(pool, row.ref))


async def _events(pool: Pool, row: Row) -> tuple[show.Event, ...]:
    return tuple(show.event(one) for one in await views.events(pool, row.ref, 0, 100))


_EXPANDS: dict[str, Callable[[Pool, Row], Awaitable[Any]]] = {
    "contract": _contract,
    "payments": _payments,
    "postings": _postings,
    "events": _events,
}
ROUTES = [
    draft_trade, list_own_trades, read_trade, read_contract, print_contract, read_payments, list_postings,
    list_events, list_deadlines,
]  # fmt: skip
