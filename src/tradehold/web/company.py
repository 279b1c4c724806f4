"""A supplier's cover and payout accounts: its own view, and the operators' desk for the same."""

from datetime import datetime

from litestar import get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from tradehold.domain import company as s
from tradehold.domain.bank import Party
from tradehold.domain.identity import Kind, Ref, company_ref
from tradehold.domain.money import EXPONENT, Money
from tradehold.domain.refusal import Refusal
from tradehold.engine.access import readable
from tradehold.store import views
from tradehold.store.views import Row
from tradehold.web.forms import Typed, Wrong, amount, choice, give, new_key, refused, text, typed, whole
from tradehold.web.i18n import Formats
from tradehold.web.render import Form
from tradehold.web.trade import propose
from tradehold.web.visit import Page, Req, Visitor, see_other, show, visitor


async def _row(here: Visitor, number: int) -> Row:
    ref = company_ref(number)
    row = await readable(here.desk.services.pool, here.actor, ref, "company")
    if row is None:
        raise NotFoundException("no such supplier")
    return row


def _cover(row: Row, balances: dict[str, dict[str, int]]) -> list[dict[str, object]]:
    found = []
    for currency, limit in sorted(row.state.limits.items()):
        here = balances.get(currency, {})
        found.append(
            {
                "currency": currency,
                "granted": Money(limit.granted, currency),
                "available": Money(here.get("cover_available", 0), currency),
                "reserved": Money(here.get("cover_reserved", 0), currency),
                "cut": Money(limit.cut, currency) if limit.cut else None,
            }
        )
    return found


def _account(f: Formats, one: s.PayoutAccount, at: datetime) -> dict[str, object]:
    t = f.t
    if not one.approved:
        tag = {"text": t("waits for an operator"), "kind": "warn"}
    elif one.usable > at:
        tag = {"text": t("waiting time"), "kind": "warn"}
    else:
        tag = {"text": t("can be used"), "kind": "good"}
    return {
        "number": one.number,
        "name": one.party.name,
        "account": one.party.account,
        "agent": one.party.agent,
        "currency": one.currency,
        "usable": one.usable,
        "tag": tag,
        "approved": one.approved,
        "key": new_key(),
    }


async def _page(
    here: Visitor, row: Row, status: int = 200, form: Form | None = None, which: str = ""
) -> Page:
    pool, t, number = here.desk.services.pool, here.t, row.ref.owner
    accounts = [_account(here.f, one, here.f.now) for one in reversed(row.state.accounts)]
    hours = here.desk.services.knowledge.policy.payout_account_wait_hours
    currencies = [
        {"value": one.state.currency, "label": one.state.currency}
        for one in await views.machines(pool, Kind.ACCOUNT)
    ]
    currency = {
        "name": "currency",
        "label": t("Currency"),
        "type": "select",
        "options": currencies,
        "required": True,
    }
    add: dict[str, object] = {
        "id": "account",
        "label": t("Add a payout account"),
        "summary": t("It can be used {hours} hours after an operator has checked it.", hours=hours),
        "icon": "landmark",
        "button": t("Add the account"),
        "url": f"/companies/{number}/accounts",
        "fields": [
            currency,
            {"name": "holder", "label": t("Account holder"), "required": True, "start": row.state.name},
            {"name": "account", "label": t("IBAN or account number"), "required": True},
            {"name": "agent", "label": t("BIC of the bank")},
            {"name": "country", "label": t("Country of the bank, two letters")},
        ],
    }
    limit: dict[str, object] = {
        "id": "limit",
        "label": t("Propose a cover limit"),
        "summary": t("A second operator decides."),
        "icon": "shield-check",
        "button": t("Propose"),
        "url": f"/companies/{number}/limit",
        "fields": [
            currency,
            {"name": "limit", "label": t("Limit"), "required": True},
            {
                "name": "reason",
                "label": t("Reason, for the second person"),
                "type": "textarea",
                "required": True,
            },
        ],
    }
    offer = limit if here.operates else add
    offer |= {
        "kind": "quiet",
        "key": new_key(),
        "hidden": {},
        "open": which == offer["id"],
        "form": form or Form(),
    }
    return await show(
        here,
        "company.html",
        status,
        name=row.state.name,
        number=number,
        cover=_cover(row, await views.cover(pool, number)),
        accounts=accounts,
        offer=offer,
        operates=here.operates,
        problem="" if which else (form.errors.get("", "") if form else ""),
    )


@get("/companies/{number:int}", opt={"needs": "company"})
async def company_page(request: Req, number: FromPath[int]) -> Page:
    here = visitor(request)
    return await _page(here, await _row(here, number))


def _read_account(here: Visitor, form: Typed) -> s.AddPayoutAccount:
    t = here.t
    party = Party(
        text(t, form, "holder", 140),
        text(t, form, "account", 34).replace(" ", "").upper(),
        text(t, form, "agent", 11, required=False).upper(),
        text(t, form, "country", 2, required=False).upper(),
    )
    return s.AddPayoutAccount(choice(t, form, "currency", EXPONENT), party)


@post("/companies/{number:int}/accounts", opt={"needs": "company", "does": (s.AddPayoutAccount,)})
async def add_account(request: Req, number: FromPath[int]) -> Page:
    here, form = visitor(request), await typed(request)
    row = await _row(here, number)
    try:
        answer = await give(here, row.ref, _read_account(here, form), form)
    except Wrong as wrong:
        return await _page(here, row, 422, Form(form, wrong.fields), "account")
    return await _answered(here, row, answer, form, "account")


@post("/companies/{number:int}/limit", opt={"needs": "company", "does": (s.SetLimit,)})
async def set_limit(request: Req, number: FromPath[int]) -> Page:
    here, form = visitor(request), await typed(request)
    row = await _row(here, number)
    try:
        limit = amount(here.t, form, "limit", choice(here.t, form, "currency", EXPONENT))
        answer = await propose(here, row.ref, s.SetLimit(limit), form)
    except Wrong as wrong:
        return await _page(here, row, 422, Form(form, wrong.fields), "limit")
    if isinstance(answer, Refusal):
        return await _page(here, row, 422, refused(here.f, answer, form), "limit")
    return see_other("/approvals")


@post("/companies/{number:int}/approve", opt={"needs": "company", "does": (s.ApprovePayoutAccount,)})
async def approve_account(request: Req, number: FromPath[int]) -> Page:
    here, form = visitor(request), await typed(request)
    row = await _row(here, number)
    try:
        answer = await give(here, row.ref, s.ApprovePayoutAccount(whole(here.t, form, "number")), form)
    except Wrong as wrong:
        return await _page(here, row, 422, Form(form, {"": str(wrong.fields["number"])}))
    return await _answered(here, row, answer, form, "")


async def _answered(here: Visitor, row: Row, answer: object, form: Typed, which: str) -> Page:
    if isinstance(answer, Refusal):
        return await _page(here, row, 422, refused(here.f, answer, form), which)
    return see_other(_path(row.ref))


def _path(ref: Ref) -> str:
    return f"/companies/{ref.owner}"
