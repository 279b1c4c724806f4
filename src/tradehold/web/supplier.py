"""Suppliers as buyers look for them, and each one's record."""

from urllib.parse import urlencode

from litestar import get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from tradehold.engine import suppliers
from tradehold.engine.suppliers import Supplier
from tradehold.store import views
from tradehold.store.views import PAGE
from tradehold.web import supplier_view, terms
from tradehold.web.visit import Page, Req, Visitor, show, visitor

_MOST_TYPED = 200


def _listed(here: Visitor, one: Supplier, name: str) -> dict[str, object]:
    tally, rule = one.state.tally(), here.desk.services.knowledge.policy.cover
    return {
        "href": f"/suppliers/{one.number}",
        "name": name,
        "country": terms.country(here.t, one.state.country),
        "here": supplier_view.years(here.f, one.state.since.date()),
        "trades": here.f.count(tally.trades),
        "on_time": supplier_view.share(here.f, tally.on_time, tally.judged, rule.judged_from),
        "cover": one.cover,
    }


@get("/suppliers", opt={"needs": "record"})
async def suppliers_page(request: Req) -> Page:
    here, query = visitor(request), request.query_params
    asked = query.get("query", "").replace("\x00", "").strip()[:_MOST_TYPED]
    number = query.get("after", "")
    after = (query.get("name", "").replace("\x00", ""), int(number)) if _is_number(number) else ("", 0)
    pool = here.desk.services.pool
    rows = await suppliers.suppliers(pool, here.f.now.date(), asked, after, PAGE + 1)
    names = await views.companies(pool, [one.number for one in rows[:PAGE]])
    listed = [_listed(here, one, names[one.number].name) for one in rows[:PAGE]]
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    older = {"query": asked, "name": names[last.number].name, "after": str(last.number)} if last else None
    return await show(
        here,
        "suppliers.html",
        suppliers=listed,
        query=asked,
        newer="/suppliers?" + urlencode({"query": asked}) if after[1] else None,
        older="/suppliers?" + urlencode(older) if older else None,
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 14


@get("/suppliers/{number:int}", opt={"needs": "record"})
async def supplier_page(request: Req, number: FromPath[int]) -> Page:
    here = visitor(request)
    found = await suppliers.supplier(here.desk.services.pool, here.actor, number)
    if found is None:
        raise NotFoundException("no such supplier")
    own = here.operates or here.actor.company == number
    rule = here.desk.services.knowledge.policy.cover
    return await show(
        here,
        "supplier.html",
        it=supplier_view.view(here.f, found, rule, own),
        desk=f"/companies/{number}" if own else None,
        draft=None if own else f"/trades/new?supplier={number}",
    )


PAGES = [suppliers_page, supplier_page]
