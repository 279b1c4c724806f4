"""The whole contract on a page of its own, its revisions, and its paper."""

import asyncio
from typing import Annotated

from litestar import get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, QueryParameter
from litestar.response import Response

from tradehold.store import reading
from tradehold.web import contract_view, files, revisions, terms, thread_view
from tradehold.web.contract_paper import of_trade
from tradehold.web.sheet import Sheet
from tradehold.web.trade import row_of, sheet_of
from tradehold.web.trade_view import head
from tradehold.web.visit import Page, Req, Visitor, show, visitor

_Place = Annotated[int, QueryParameter(ge=0, le=100_000)]


async def _frame(here: Visitor, sheet: Sheet, version: int) -> dict[str, object]:
    marks = await reading.marks(here.desk.services.pool, sheet.ref)
    news = thread_view.unread(sheet, marks, here.actor.member)
    return {"trade": head(sheet, version), "unread": news}


@get("/trades/{trade:str}/contract", opt={"needs": "trade"})
async def contract_page(request: Req, trade: FromPath[str], revision: _Place = 0) -> Page:
    """`revision` is the place among all that were written; 0 for the one that stands."""
    here = visitor(request)
    row = await row_of(here, trade)
    sheet = await sheet_of(here, row)
    one = revisions.named(sheet, revision)
    if one is None:
        raise NotFoundException("no such revision")
    held = await files.at_hand(here, row.ref, one.terms.attachments)
    view = await asyncio.to_thread(contract_view.view, sheet, one.terms, held)
    return await show(
        here,
        "contract_page.html",
        contract=view,
        terms=terms.facts(sheet.t, one.terms),
        parties=terms.parties(sheet.t, one.terms),
        lines=terms.lines(sheet.t, one.terms),
        schedule=terms.schedule(sheet.t, one.terms),
        revision=one,
        standing=one.hash == sheet.trade.hash,
        papers=revisions.papers(sheet, revision),
        **await _frame(here, sheet, row.version),
    )


@get("/trades/{trade:str}/revisions", opt={"needs": "trade"})
async def revisions_page(request: Req, trade: FromPath[str], before: _Place = 0) -> Page:
    here = visitor(request)
    row = await row_of(here, trade)
    sheet = await sheet_of(here, row)
    view = await asyncio.to_thread(revisions.page, sheet, before)
    return await show(here, "revisions.html", **view, **await _frame(here, sheet, row.version))


@get("/trades/{trade:str}/contract.pdf", opt={"needs": "trade"})
async def contract_paper(
    request: Req,
    trade: FromPath[str],
    language: Annotated[str, QueryParameter(pattern="^(en|zh|both)$")] = "en",
    revision: _Place = 0,
) -> Response[bytes]:
    here = visitor(request)
    row = await row_of(here, trade)
    known = request.headers.get("if-none-match", "")
    paper = await of_trade(here.desk.services, row, revision, language, known)
    if paper is None:
        raise NotFoundException("no such revision")
    return Response(paper.body, status_code=paper.status, media_type="application/pdf", headers=paper.headers)


PAGES = [contract_page, revisions_page, contract_paper]
