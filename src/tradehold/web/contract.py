"""The contract as a form: drafting and revising, with as many lines and payments as one needs, and no script.

Fields are named by the domain's own paths, such as `lines.0.quantity`, so that what the domain finds wrong
stands beside the field. A payment is typed as its share in percent: the amounts then always add up.
"""

from decimal import Decimal
from typing import Any, Literal

from litestar import get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from tradehold.domain import trade_commands as c
from tradehold.domain.contract import (
    INCOTERMS_2020,
    MOST_ITEMS,
    UNITS,
    Item,
    Line,
    Party,
    ShipBy,
    Terms,
    known_zone,
    line_amount,
)  # fmt: skip
from tradehold.domain.identity import Kind, Ref, public_id
from tradehold.domain.inspection import Waiver
from tradehold.domain.money import EXPONENT
from tradehold.domain.refusal import Code, Refusal
from tradehold.domain.settlement import apportion
from tradehold.domain.thread import suspicions
from tradehold.domain.trade import Stage
from tradehold.engine import suppliers
from tradehold.engine.access import new_id, with_contact
from tradehold.store import views
from tradehold.store.views import Company
from tradehold.web import above, words
from tradehold.web import terms as said
from tradehold.web.above import Above
from tradehold.web.forms import Typed, Wrong, choice, day, give, new_key, number, refused, text, typed, whole
from tradehold.web.i18n import Translator
from tradehold.web.render import Form
from tradehold.web.thread_view import found
from tradehold.web.trade import row_of, sheet_of
from tradehold.web.visit import Page, Req, Visitor, see_other, show, visitor

_LINE = ("sku", "description", "quantity", "unit", "unit_price")
_ITEM = ("percent", "due", "on")
_MOST_LINES = 60  # what one can sensibly type; the API takes more
_BLANK_LINES, _BLANK_ITEMS = 2, 2
_MOST_SUPPLIERS = 200


def _rows(
    form: Typed, group: str, names: tuple[str, ...], telling: tuple[str, ...], most: int
) -> list[Typed]:
    """The rows in which something telling was typed, closed up."""
    found = [{name: form.get(f"{group}.{n}.{name}", "") for name in names} for n in range(most)]
    return [row for row in found if any(row[name] for name in telling)]


def closed_up(form: Typed) -> Typed:
    """The form without gaps between its rows, so that a row's number is its place in the contract."""
    rest = {name: value for name, value in form.items() if not name.startswith(("lines.", "schedule."))}
    for group, rows in (
        ("lines", _rows(form, "lines", _LINE, ("sku", "description", "quantity", "unit_price"), _MOST_LINES)),
        ("schedule", _rows(form, "schedule", _ITEM, ("percent", "on"), MOST_ITEMS)),
    ):
        for n, row in enumerate(rows):
            rest |= {f"{group}.{n}.{name}": value for name, value in row.items()}
        rest[f"{group}.count"] = str(len(rows))
    return rest


def _lines(t: Translator, form: Typed) -> tuple[Line, ...]:
    found = []
    for n in range(int(form["lines.count"])):
        path = f"lines.{n}"
        found.append(
            Line(
                text(t, form, f"{path}.sku", 100, required=False),
                text(t, form, f"{path}.description", 500),
                number(t, form, f"{path}.quantity"),
                choice(t, form, f"{path}.unit", dict.fromkeys(UNITS)),
                number(t, form, f"{path}.unit_price"),
            )
        )
    if not found:
        raise Wrong(lines=t("Give at least one product line."))
    return tuple(found)


def _schedule(t: Translator, form: Typed, total: int) -> tuple[Item, ...]:
    shares, dues = [], []
    for n in range(int(form["schedule.count"])):
        percent = number(t, form, f"schedule.{n}.percent").scaleb(2)
        if percent != int(percent) or not percent:
            raise Wrong(**{f"schedule.{n}.percent": t("Give a share above zero with at most two decimals.")})
        due: Any = choice(t, form, f"schedule.{n}.due", dict.fromkeys(("confirmation", "production", "date")))
        on = day(t, form, f"schedule.{n}.on") if form.get(f"schedule.{n}.on") or due == "date" else None
        shares.append(int(percent))
        dues.append((due, on))
    if sum(shares) != 10_000:
        raise Wrong(schedule=t("The payments must add up to 100 percent."))
    amounts = apportion(total, shares)
    return tuple(Item(amount, due, on) for amount, (due, on) in zip(amounts, dues, strict=True))


def _ship_by(t: Translator, form: Typed) -> ShipBy:
    if form.get("ship_by.on"):
        if form.get("ship_by.days"):
            raise Wrong(**{"ship_by.on": t("Give either a date, or days after a payment.")})
        return ShipBy(on=day(t, form, "ship_by.on"))
    if not form.get("ship_by.days"):
        raise Wrong(**{"ship_by.on": t("Give either a date, or days after a payment.")})
    after: Any = choice(t, form, "ship_by.after", dict.fromkeys(("initial_payment", "last_payment")))
    return ShipBy(days=whole(t, form, "ship_by.days"), after=after)


def read_terms(visitor: Visitor, form: Typed, buyer: Party, supplier: Party) -> Terms:
    """Raises Wrong for the first field that cannot be read."""
    t, policy = visitor.t, visitor.desk.services.knowledge.policy
    currency = choice(t, form, "currency", EXPONENT)
    lines = _lines(t, form)
    total = sum(line_amount(line, currency) for line in lines)
    surplus: Literal["return", "keep"] = "keep" if form.get("surplus") else "return"
    return Terms(
        title=text(t, form, "title", 200),
        buyer=buyer,
        supplier=supplier,
        currency=currency,
        lines=lines,
        schedule=_schedule(t, form, total),
        ship_by=_ship_by(t, form),
        incoterm=choice(t, form, "incoterm", dict.fromkeys(INCOTERMS_2020)),
        place=text(t, form, "place", 200),
        zone=_zone(t, form),
        market=text(t, form, "market", 2).upper(),
        policy=policy.key,
        inspection=Waiver(text(t, form, "inspection.reason")),
        cover=total,
        late_price_cut_bps=int(number(t, form, "late_price_cut").scaleb(2)),
        long_stop_days=whole(t, form, "long_stop_days"),
        surplus=surplus,
        remarks=text(t, form, "remarks", 20_000, required=False),
    )


def _zone(t: Translator, form: Typed) -> str:
    zone = text(t, form, "zone", 60)
    if not known_zone(zone):
        raise Wrong(zone=t("“{zone}” is not an IANA time zone such as Asia/Shanghai.", zone=zone))
    return zone


def written(terms: Terms) -> Typed:
    """The terms as one would have typed them."""
    total = sum(item.amount for item in terms.schedule)
    form = {
        "title": terms.title,
        "currency": terms.currency,
        "incoterm": terms.incoterm,
        "place": terms.place,
        "zone": terms.zone,
        "market": terms.market,
        "inspection.reason": terms.inspection.reason if isinstance(terms.inspection, Waiver) else "",
        "late_price_cut": said.percent(terms.late_price_cut_bps, 10_000),
        "long_stop_days": str(terms.long_stop_days),
        "remarks": terms.remarks,
        "ship_by.on": terms.ship_by.on.isoformat() if terms.ship_by.on else "",
        "ship_by.days": str(terms.ship_by.days or ""),
        "ship_by.after": terms.ship_by.after,
        "surplus": "yes" if terms.surplus == "keep" else "",
        "above": above.PASS if terms.pass_through else "",
        "above_minor": str(terms.pass_through),
    }
    for n, line in enumerate(terms.lines):
        values = (line.sku, line.description, str(line.quantity), line.unit, str(line.unit_price))
        form |= {f"lines.{n}.{name}": value for name, value in zip(_LINE, values, strict=True)}
    for n, item in enumerate(terms.schedule):
        shares = (said.percent(item.amount, total), item.due, item.on.isoformat() if item.on else "")
        form |= {f"schedule.{n}.{name}": value for name, value in zip(_ITEM, shares, strict=True)}
    return form


def _fresh(visitor: Visitor, company: Company | None, selling: bool) -> Typed:
    policy = visitor.desk.services.knowledge.policy
    return {
        "currency": "USD",
        "incoterm": "FOB",
        "zone": company.zone if company and selling else "Asia/Shanghai",
        "market": "" if selling or company is None else company.country,
        "late_price_cut": f"{Decimal(policy.late_price_cut_bps) / 100:f}",
        "long_stop_days": str(policy.long_stop_days),
        "schedule.0.percent": "30",
        "schedule.0.due": "confirmation",
        "schedule.1.percent": "70",
        "schedule.1.due": "production",
    }


async def _form_page(
    visitor: Visitor,
    form: Form,
    status: int,
    where: str,
    selling: bool,
    others: list[dict[str, str]],
    fixed: str,
    over: Above | None = None,
) -> Page:
    t, kept = visitor.t, closed_up(form.kept)
    more = form.kept.get("more", "")
    lines = max(int(kept["lines.count"]) + (2 if more == "line" else 0), _BLANK_LINES)
    items = max(int(kept["schedule.count"]) + (1 if more == "item" else 0), _BLANK_ITEMS)
    return await show(
        visitor,
        "contract.html",
        status,
        form=Form(kept, form.errors),
        key=new_key(),
        above=above.ask(visitor, over) if over else None,
        named=_named(visitor, kept),
        where=where,
        selling=selling,
        others=others,
        fixed=fixed,
        lines=min(lines, _MOST_LINES),
        items=min(items, MOST_ITEMS),
        units=[{"value": code, "label": t(name)} for code, name in words.UNITS.items()],
        currencies=await _currencies(visitor),
        incoterms=[{"value": code, "label": code} for code in INCOTERMS_2020],
        dues=[
            {"value": "confirmation", "label": t("when both have confirmed")},
            {"value": "production", "label": t("when the goods are reported as made")},
            {"value": "date", "label": t("on a date")},
        ],
        afters=[
            {"value": "initial_payment", "label": t("after the initial payment")},
            {"value": "last_payment", "label": t("after the last payment")},
        ],
    )


def _named(here: Visitor, kept: Typed) -> list[dict[str, str]]:
    """Bank details in what was typed: the one who writes them is told first that they warn every reader."""
    telling = (".sku", ".description", "title", "place", "inspection.reason", "remarks")
    texts = [text for name, text in kept.items() if name.endswith(telling)]
    return found(here.t, suspicions(texts, here.desk.services.knowledge))


async def _currencies(visitor: Visitor) -> list[dict[str, str]]:
    """Those the platform has a designated account for."""
    accounts = await views.machines(visitor.desk.services.pool, Kind.ACCOUNT)
    return [{"value": one.state.currency, "label": one.state.currency} for one in accounts]


async def _suppliers(visitor: Visitor, chosen: str) -> list[dict[str, str]]:
    """Gold members, each with the cover that is left; and whoever was chosen elsewhere."""
    t, f, own, pool = visitor.t, visitor.f, visitor.actor.company, visitor.desk.services.pool
    found = await suppliers.suppliers(pool, f.now.date(), limit=_MOST_SUPPLIERS)
    if chosen.isdecimal() and len(chosen) < 14 and int(chosen) not in {one.number for one in found}:
        asked = await suppliers.supplier(pool, visitor.actor, int(chosen))
        found += [asked] if asked else []
    options = []
    for one in found:
        left = t(", ").join(f.money(money.minor, money.currency) for money in one.cover) or t("no cover")
        label = t("{name} · cover left: {left}", name=one.state.name, left=left)
        options.append({"value": str(one.number), "label": label})
    return [one for one in options if one["value"] != str(own)]


async def _new_page(
    visitor: Visitor, form: Form, selling: bool, status: int = 200, over: Above | None = None
) -> Page:
    others = [] if selling else await _suppliers(visitor, form.kept.get("other", ""))
    return await _form_page(visitor, form, status, "/trades/new", selling, others, "", over)


@get("/trades/new", opt={"needs": "trades", "does": (c.Draft,)})
async def new_page(request: Req) -> Page:
    here, query = visitor(request), request.query_params
    selling = query.get("as") == "supplier"
    companies = await views.companies(here.desk.services.pool, [here.actor.company])
    fresh = _fresh(here, companies.get(here.actor.company), selling)
    return await _new_page(here, Form(fresh | {"other": query.get("supplier", "")}), selling)


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


@post("/trades/new", opt={"needs": "trades", "does": (c.Draft,)})
async def draft(request: Req) -> Page:
    here, form = visitor(request), await typed(request)
    selling = form.get("as") == "supplier"
    if form.get("more"):
        return await _new_page(here, Form(form), selling)
    kept = closed_up(form)
    try:
        buyer, supplier = await _parties(here, kept, selling)
        terms = await above.choose(here, read_terms(here, kept, buyer, supplier), kept)
    except Wrong as wrong:
        return await _new_page(here, Form(kept, wrong.fields), selling, 422)
    if isinstance(terms, Above):
        return await _new_page(here, Form(kept), selling, 422, terms)
    ref = Ref(supplier.company, Kind.TRADE, new_id(here.desk.services.clock()))
    terms = await with_contact(here.desk.services.pool, terms, here.actor, form.get("key", ""))
    answer = await give(here, ref, c.Draft(terms), form)
    if isinstance(answer, Refusal):
        if answer.code is Code.KEY_REUSED:
            return see_other("/trades")  # the same form was sent twice: its trade is there
        return await _new_page(here, refused(here.f, answer, kept, terms.currency), selling, 422)
    return see_other(f"/trades/{public_id(ref)}")


@get("/trades/{trade:str}/revise", opt={"needs": "trade", "does": (c.Revise,)})
async def revise_page(request: Req, trade: FromPath[str]) -> Page:
    here = visitor(request)
    sheet = await sheet_of(here, await row_of(here, trade))
    if here.operates:
        raise NotFoundException("only the two sides revise")
    form = Form(written(sheet.terms) | {"revision": str(sheet.trade.revision)})
    return await _form_page(here, form, 200, f"/trades/{trade}/revise", False, [], sheet.other)


@post("/trades/{trade:str}/revise", opt={"needs": "trade", "does": (c.Revise,)})
async def revise(request: Req, trade: FromPath[str]) -> Page:
    here, form = visitor(request), await typed(request)
    sheet = await sheet_of(here, await row_of(here, trade))
    where, kept = f"/trades/{trade}/revise", closed_up(form)
    if form.get("more"):
        return await _form_page(here, Form(form), 200, where, False, [], sheet.other)
    try:
        written = read_terms(here, kept, sheet.terms.buyer, sheet.terms.supplier)
        reserved = sheet.trade.deal.cover if sheet.trade.stage is Stage.CONFIRMED else 0
        terms = await above.choose(here, written, kept, reserved)
        revision = whole(here.t, kept, "revision")
    except Wrong as wrong:
        return await _form_page(here, Form(kept, wrong.fields), 422, where, False, [], sheet.other)
    if isinstance(terms, Above):
        return await _form_page(here, Form(kept), 422, where, False, [], sheet.other, terms)
    answer = await give(here, sheet.ref, c.Revise(revision, terms), form)
    if isinstance(answer, Refusal):
        again = refused(here.f, answer, kept, terms.currency)
        return await _form_page(here, again, 422, where, False, [], sheet.other)
    return see_other(f"/trades/{trade}")
