"""The trade's thread: reading it, writing in it, and marking it as read."""

from typing import Any

from litestar import get, post
from litestar.exceptions import ClientException
from litestar.params import FromPath
from litestar.response import Response

from tradehold.domain import thread as domain
from tradehold.domain import trade_commands as c
from tradehold.domain.contract import Attachment
from tradehold.domain.refusal import Refusal
from tradehold.store import reading, views
from tradehold.store.views import Row
from tradehold.web import thread_view, trade_view
from tradehold.web.files import LARGEST_FORM, attached, card
from tradehold.web.forms import Typed, Wrong, give, refused, typed
from tradehold.web.render import Form
from tradehold.web.trade import row_of, sheet_of
from tradehold.web.visit import HEADERS, Page, Req, Visitor, see_other, show, visitor

_KEPT = 4 * domain.LONGEST  # characters of a refused message that its writer is shown again


async def _page(
    here: Visitor,
    row: Row,
    status: int = 200,
    *,
    before: int = 0,
    since: int = -1,
    about: str = "",
    form: Form | None = None,
    files: tuple[Attachment, ...] = (),
    said: str = "",
) -> Page:
    sheet = await sheet_of(here, row)
    marks = await reading.marks(here.desk.services.pool, row.ref)
    chosen = [card(row.ref, one) for one in files]
    return await show(
        here,
        "thread.html",
        status,
        trade=trade_view.head(sheet, row.version),
        thread=thread_view.view(sheet, marks, here.actor.member, before, since=since),
        composer=thread_view.composer(sheet, form or Form(), about, chosen),
        guard=thread_view.guard(sheet),
        said=said,
    )


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else otherwise


@get("/trades/{trade:str}/thread", opt={"needs": "trade"})
async def thread_page(request: Req, trade: FromPath[str]) -> Page:
    here, query = visitor(request), request.query_params
    before, since = _number(query.get("before", ""), 0), _number(query.get("since", ""), -1)
    about, said = query.get("about", ""), query.get("said", "")
    row = await row_of(here, trade)
    return await _page(here, row, before=before, since=since, about=about, said=said)


@post(
    "/trades/{trade:str}/thread",
    opt={"needs": "trade", "does": (c.SendMessage,)},
    request_max_body_size=LARGEST_FORM,
)
async def send(request: Req, trade: FromPath[str]) -> Page:
    """One form, one message. What was typed and what has arrived stays in the form when it is refused."""
    here, form = visitor(request), await typed(request)
    row, files = await row_of(here, trade), tuple[Attachment, ...]()
    kept = form | {"text": form.get("text", "")[:_KEPT]}
    try:
        about = _about(here, form)
        files = await attached(here, row, await request.form())
    except Wrong as wrong:
        return await _page(here, row, 422, form=Form(kept, wrong.fields))
    do = c.SendMessage(form.get("text", ""), files, about)
    answer = await give(here, row.ref, do, form)
    if isinstance(answer, Refusal):
        again = refused(here.f, answer, kept)
        return await _page(here, await row_of(here, trade), 422, form=again, files=files)
    [written] = await views.thread(here.desk.services.pool, row.ref, answer.version + 1, 1, messages=True)
    await _mark(here, await row_of(here, trade), written.seq, written.recorded.event.number)
    texts = (do.text, *(one.name for one in files))
    warned = domain.suspicions(texts, here.desk.services.knowledge)
    return see_other(f"/trades/{trade}/thread?said={'warned' if warned else 'sent'}#composer")


def _about(here: Visitor, form: Typed) -> Any:
    text = form.get("about", "")
    about = thread_view.to_quote(text) if text else None
    if text and about is None:
        raise Wrong(about=here.t("Choose one of the list."))
    return about


async def _mark(here: Visitor, row: Row, seq: int, messages: int) -> None:
    services = here.desk.services
    await reading.mark(
        services.pool, here.actor.member, row.ref, min(seq, row.version), min(messages, row.state.messages),
        services.clock(),
    )  # fmt: skip


@post("/trades/{trade:str}/read", opt={"needs": "trade"})
async def read(request: Req, trade: FromPath[str]) -> Page:
    """Marks the trade as read, as far as the page had shown it. A script wants no page for it."""
    here, form = visitor(request), await typed(request)
    row = await row_of(here, trade)
    seq = _number(form.get("seq", ""), 0)
    if not seq:
        raise ClientException("how far was it read?")
    await _mark(here, row, seq, _number(form.get("messages", ""), 0))
    if form.get("back"):
        return see_other(f"/trades/{trade}/thread#latest")
    return Response("", status_code=204, headers=HEADERS)


PAGES = [thread_page, send, read]
