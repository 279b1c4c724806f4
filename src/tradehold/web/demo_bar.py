"""The demo's calendar and bank on the pages: only there where a demo runs."""

from litestar import post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from tradehold.domain.payment import missing
from tradehold.web.forms import typed
from tradehold.web.signin import came_from
from tradehold.web.trade import row_of
from tradehold.web.visit import Page, Req, see_other, visitor

_STEPS = frozenset({"1", "7", "30"})


@post("/demo/advance", opt={"needs": "demo"})
async def advance(request: Req) -> Page:
    here, form = visitor(request), await typed(request)
    days = form.get("days", "")
    if here.desk.demo is None or days not in _STEPS:
        raise NotFoundException("no such step")
    await here.desk.demo.advance(int(days))
    return see_other(came_from(request))


@post("/demo/bank", opt={"needs": "demo"})
async def bank_day(request: Req) -> Page:
    here = visitor(request)
    if here.desk.demo is None:
        raise NotFoundException("no such step")
    await here.desk.demo.bank_day()
    return see_other(came_from(request))


@post("/trades/{trade:str}/demo/pay", opt={"needs": "trade"})
async def pay(request: Req, trade: FromPath[str]) -> Page:
    """The buyer's bank pays what is due."""
    here = visitor(request)
    row = await row_of(here, trade)
    due = missing(row.state)
    if here.desk.demo is None or not due:
        raise NotFoundException("nothing is due")
    await here.desk.demo.pay(row.ref, due)
    return see_other(f"/trades/{trade}")


PAGES = [advance, bank_day, pay]
