"""The contract editor: drafting and revising, with a script and without one.

The same form is sent to be saved, to have something done to it (`act`: one more line, a requirement moved, a
suggestion taken), or to be looked at (`/trades/new/check`): then the answer is what stands beside what was
typed, and never the fields themselves. Whatever is sent is kept as the sender's draft before anything else.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from litestar import get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from tradehold.domain import risk
from tradehold.domain import trade_commands as c
from tradehold.domain.contract import INCOTERMS_2020, MOST_ITEMS, Attachment, Party
from tradehold.domain.identity import Kind, Ref, public_id
from tradehold.domain.refusal import Code, Refusal
from tradehold.domain.trade import Stage
from tradehold.engine import suppliers
from tradehold.engine.access import list_trades, new_id, wall, with_contact
from tradehold.store import views
from tradehold.store.views import Company
from tradehold.web import above, attaching, drafts, editing, editor, editor_review, editor_view
from tradehold.web.above import Above
from tradehold.web.drafts import Kept
from tradehold.web.editor_view import Beside
from tradehold.web.files import LARGEST_FORM
from tradehold.web.forms import Typed, Wrong, described, give, new_key, refused, typed, whole
from tradehold.web.render import Form
from tradehold.web.sheet import Sheet
from tradehold.web.trade import row_of, sheet_of
from tradehold.web.visit import Page, Req, Visitor, see_other, show, visitor

_BLANK_LINES, _BLANK_ITEMS, _BLANK_ROWS = 2, 2, 3
_MOST_SUPPLIERS = 200
_MOST_EARLIER = 30
_LARGEST_CHECK = 16 * 2**20
_NEEDS: dict[str, Any] = {"needs": "trades", "does": (c.Draft,)}


class Place(msgspec.Struct, frozen=True):
    """Which contract the form is about: a new one, or a revision of a trade's."""

    where: str
    selling: bool = False
    sheet: Sheet | None = None

    @property
    def ref(self) -> Ref | None:
        return self.sheet.ref if self.sheet else None


async def _suppliers(here: Visitor, chosen: str) -> list[dict[str, str]]:
    """Gold members, each with the cover that is left; and whoever was chosen elsewhere."""
    t, f, own, pool = here.t, here.f, here.actor.company, here.desk.services.pool
    found = await suppliers.suppliers(pool, f.now.date(), limit=_MOST_SUPPLIERS)
    if chosen.isdecimal() and len(chosen) < 14 and int(chosen) not in {one.number for one in found}:
        asked = await suppliers.supplier(pool, here.actor, int(chosen))
        found += [asked] if asked else []
    options = []
    for one in found:
        left = t(", ").join(f.money(money.minor, money.currency) for money in one.cover) or t("no cover")
        label = t("{name} · cover left: {left}", name=one.state.name, left=left)
        options.append({"value": str(one.number), "label": label})
    return [one for one in options if one["value"] != str(own)]


async def _currencies(here: Visitor) -> list[dict[str, str]]:
    """Those the platform has a designated account for."""
    accounts = await views.machines(here.desk.services.pool, Kind.ACCOUNT)
    return [{"value": one.state.currency, "label": one.state.currency} for one in accounts]


async def _earlier(here: Visitor) -> list[dict[str, str]]:
    """Contracts of the visitor's company, whichever side it is on, to take requirements from."""
    trades = await list_trades(here.desk.services.pool, here.actor, limit=_MOST_EARLIER)
    return [{"value": public_id(one.ref), "label": one.state.deal.title} for one in trades]


async def _page(
    here: Visitor, place: Place, form: Typed, status: int = 200, errors: Mapping[str, str] = {},
    kept: Kept | None = None, over: Above | None = None,
) -> Page:  # fmt: skip
    files = await attaching.known(here, place.ref, form)
    form = editor.closed_up(form)
    beside = Beside(here, form, editor.rough(here, form, files))
    fixed = place.sheet.other if place.sheet else ""
    more = form.get("act", "")
    lines = max(int(form["lines.count"]) + (2 if more == "line" else 0), _BLANK_LINES)
    items = max(int(form["schedule.count"]) + (1 if more == "item" else 0), _BLANK_ITEMS)
    return await show(
        here,
        "contract.html",
        status,
        form=Form(form, dict(errors)),
        key=new_key(),
        draft={"key": kept.key if kept else drafts.key_of(form), "version": kept.version if kept else 0},
        kept=kept,
        others_drafts=[] if place.sheet else await drafts.others(here, drafts.key_of(form)),
        above=above.ask(here, over) if over else None,
        where=place.where,
        selling=place.selling,
        fixed=fixed,
        others=[] if fixed or place.selling else await _suppliers(here, form.get("other", "")),
        currencies=await _currencies(here),
        incoterms=[{"value": code, "label": code} for code in INCOTERMS_2020],
        lines=min(lines, editor.MOST_LINES),
        items=min(items, MOST_ITEMS),
        blanks=_blanks(beside, more),
        earlier=await _earlier(here),
        library=await attaching.library(here, form.get("library", ""), files),
        named=editor_view.named(beside),
        aqls=editor_view.aqls(here.desk.services.knowledge.aql),
        **editor_view.offers(here.t),
        **_beside(beside, errors, range(len(beside.rough.rows))),
    )


def _blanks(beside: Beside, act: str) -> list[dict[str, Any]]:
    first = max((row.key for row in beside.rough.rows), default=-1) + 1
    count = 10 if act == "rows" else 1 if beside.rough.rows else _BLANK_ROWS
    return [editor_view.blank(first + n) for n in range(count)]


def _beside(beside: Beside, errors: Mapping[str, str], shown: Iterable[int]) -> dict[str, Any]:
    """What stands beside what was typed: the fragment's part of the page."""
    review = editor_review.review(beside)
    return {
        "rows": [editor_view.row(beside, n, errors) for n in shown],
        "corrections": editor_view.corrections(beside),
        "attributes": sorted(beside.labels.attributes.values()),
        "gaps": beside.gaps,
        "count": len(beside.rough.rows),
        "outline": editor_review.outline(beside, errors, review["count"]),
        "totals": editor_view.totals(beside),
        "categories": editor_view.categories(beside),
        "markets": editor_view.markets(beside.t),
        "further": editor.further_markets(beside.form),
        "proposal": editor_view.proposal(beside),
        "missing": beside.missing,
        "templated": bool(editor_view.template(beside)),
        "duties": editor_view.duties(beside),
        "plan": beside.plan,
        "example": editor_review.example(beside),
        "review": review,
        "questions": editor_review.questions(beside),
        "files": [attaching.view(beside.here, one) for one in beside.rough.files.values()],
    }  # fmt: skip


@get("/trades/new", opt=_NEEDS)
async def new_page(request: Req) -> Page:
    here, query = visitor(request), request.query_params
    selling = query.get("as") == "supplier"
    if going_on := await drafts.one(here, query.get("draft", "")):
        form = going_on.form | {"draft": going_on.key}
        selling = form.get("as") == "supplier"
        kept = Kept(going_on.key, going_on.version)
        return await _page(here, Place("/trades/new", selling), form, kept=kept)
    companies = await views.companies(here.desk.services.pool, [here.actor.company])
    fresh = editor.fresh(here, companies.get(here.actor.company), selling)
    form = fresh | {"other": query.get("supplier", ""), "draft": drafts.new_key()}
    return await _page(here, Place("/trades/new", selling), form)


def _party(company: Company) -> Party:
    return Party(company.id, company.name, company.country, company.address, company.registration)


async def _parties(here: Visitor, form: Typed, selling: bool) -> tuple[Party, Party]:
    other = whole(here.t, form, "other")
    own = here.actor.company
    companies = await views.companies(here.desk.services.pool, [own, other])
    if other not in companies or other == own:
        raise Wrong(other=here.t("There is no such company."))
    buyer, supplier = (other, own) if selling else (own, other)
    return _party(companies[buyer]), _party(companies[supplier])


async def _agreed(here: Visitor, place: Place, form: Typed, files: Mapping[str, Attachment]) -> Any:
    """The terms as the form has them, with what they leave unprotected; or the question above the cover.
    Raises Wrong with everything that cannot be read, the other party included."""
    sheet, wrong = place.sheet, dict[str, str]()
    nobody = Party(0, "", "")
    buyer, supplier = nobody, nobody
    try:
        buyer, supplier = (
            (sheet.terms.buyer, sheet.terms.supplier) if sheet else await _parties(here, form, place.selling)
        )
    except Wrong as about:
        wrong |= about.fields
    try:
        terms = editor.read_terms(here, form, buyer, supplier, files)
    except Wrong as about:
        raise Wrong(**wrong, **about.fields) from None
    if wrong:
        raise Wrong(**wrong)
    reserved = sheet.trade.deal.cover if sheet and sheet.trade.stage is Stage.CONFIRMED else 0
    chosen = await above.choose(here, terms, form, reserved)
    if isinstance(chosen, Above):
        return chosen
    return msgspec.structs.replace(chosen, risks=risk.risks(chosen, here.desk.services.knowledge))


async def _sent(request: Req, here: Visitor, place: Place, form: Typed) -> Page:
    """The form of either page: done to, or saved."""
    try:
        form = await attaching.taken(here, place.ref, form, await request.form())
        form, acted = await editing.act(request, here, form)
    except Wrong as wrong:
        return await _page(here, place, form, 422, wrong.fields, await drafts.keep(here, form))
    kept = await drafts.keep(here, form)
    if acted:
        return await _page(here, place, form, kept=kept)
    form = editor.closed_up(form)
    files = await attaching.known(here, place.ref, form)
    try:
        terms = await _agreed(here, place, form, files)
        revision = whole(here.t, form, "revision") if place.sheet else 0
    except Wrong as wrong:
        return await _page(here, place, form, 422, wrong.fields, kept)
    if isinstance(terms, Above):
        return await _page(here, place, form, 422, kept=kept, over=terms)
    if place.sheet:
        ref, do = place.sheet.ref, c.Revise(revision, terms)
    else:
        ref = Ref(terms.supplier.company, Kind.TRADE, new_id(here.desk.services.clock()))
        terms = await with_contact(here.desk.services.pool, terms, here.actor, form.get("key", ""))
        do = c.Draft(terms)  # type: ignore[assignment]
    await attaching.grant(here, ref, files)
    answer = await give(here, ref, do, form)
    if isinstance(answer, Refusal):
        if answer.code is Code.KEY_REUSED and not place.sheet:
            return see_other("/trades")  # the same form was sent twice: its trade is there
        again = refused(here.f, answer, form, terms.currency, editor.answer_fields(terms))
        return await _page(here, place, form, 422, again.errors, kept)
    await drafts.discard(here, drafts.key_of(form))
    return see_other(f"/trades/{public_id(ref)}")


@post("/trades/new", opt=_NEEDS, request_max_body_size=LARGEST_FORM)
async def draft(request: Req) -> Page:
    here, form = visitor(request), await typed(request)
    return await _sent(request, here, Place("/trades/new", form.get("as") == "supplier"), form)


@post("/trades/new/check", status_code=200, opt=_NEEDS, request_max_body_size=_LARGEST_CHECK)
async def check(request: Req) -> Page:
    """What stands beside the fields, for the script: keeps the draft, and answers the rows named in `changed`
    (all where it is "all") and everything that is computed of the whole."""
    here, form = visitor(request), await described(request)
    kept = await drafts.keep(here, form)
    place = await _place_of(here, form)
    files = await attaching.known(here, place.ref, form)
    keys = form.get("changed", "")
    if form.get("correct", "").isdecimal():
        form |= {f"requirements.{form['correct']}.open": "yes"}
    rows_ = {name: value for name, value in form.items() if name.startswith("requirements.")}
    tidy = editor.closed_up(form)
    tidy = {name: value for name, value in tidy.items() if not name.startswith("requirements.")} | rows_
    beside = Beside(here, tidy, editor.rough(here, tidy, files))
    shown = [n for n, row in enumerate(beside.rough.rows) if keys == "all" or str(row.key) in keys.split(",")]
    crossed = {gap.other for found in beside.by_row.values() for gap in found if gap.other is not None}
    shown = sorted({*shown, *(n for n in crossed if n < len(beside.rough.rows))})
    context = _beside(beside, {}, shown)
    return await show(here, "contract_check.html", kept=kept, at=here.f.clock(wall()), where=place.where,
                      form=Form(tidy), **context)  # fmt: skip


async def _place_of(here: Visitor, form: Typed) -> Place:
    """Of a revision the draft's key is the trade's."""
    key = drafts.key_of(form)
    if key.startswith("trd_"):
        return Place(f"/trades/{key}/revise", sheet=await sheet_of(here, await row_of(here, key)))
    return Place("/trades/new", form.get("as") == "supplier")


@post("/drafts/discard", opt=_NEEDS)
async def discard(request: Req) -> Page:
    here, form = visitor(request), await typed(request)
    key = drafts.key_of(form)
    await drafts.discard(here, key)
    return see_other(f"/trades/{key}/revise" if key.startswith("trd_") else "/trades/new")


@get("/trades/{trade:str}/revise", opt={"needs": "trade", "does": (c.Revise,)})
async def revise_page(request: Req, trade: FromPath[str]) -> Page:
    here = visitor(request)
    place = await _revision(here, trade)
    assert place.sheet
    going_on = await drafts.one(here, trade)
    current = str(place.sheet.trade.revision)
    if going_on and request.query_params.get("draft"):
        kept = Kept(trade, going_on.version)
        return await _page(here, place, going_on.form | {"draft": trade}, kept=kept)
    form = editor.written(here, place.sheet.terms) | {"revision": current, "draft": trade}
    waits = Kept(trade, going_on.version, elsewhere=True) if going_on else None
    return await _page(here, place, form, kept=waits)


async def _revision(here: Visitor, trade: str) -> Place:
    sheet = await sheet_of(here, await row_of(here, trade))
    if here.operates:
        raise NotFoundException("only the two sides revise")
    return Place(f"/trades/{trade}/revise", sheet=sheet)


@post(
    "/trades/{trade:str}/revise",
    opt={"needs": "trade", "does": (c.Revise,)},
    request_max_body_size=LARGEST_FORM,
)
async def revise(request: Req, trade: FromPath[str]) -> Page:
    here, form = visitor(request), await typed(request)
    return await _sent(request, here, await _revision(here, trade), form)


PAGES = [new_page, draft, check, discard, revise_page, revise]
