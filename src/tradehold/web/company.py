"""A company's own page: how it stands, what was verified, its cover with the formula laid open, and the
accounts it is paid to; for operators the same page with the acts."""

from datetime import datetime

from litestar import get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from tradehold.domain import company as s
from tradehold.domain.bank import Party
from tradehold.domain.identity import Kind, Ref, company_ref
from tradehold.domain.money import EXPONENT
from tradehold.domain.refusal import Code, Refusal
from tradehold.engine.access import readable
from tradehold.engine.registration import named, owners_of
from tradehold.store import views
from tradehold.store.views import Row
from tradehold.web import company_acts, company_view
from tradehold.web.forms import Typed, Wrong, choice, give, new_key, refused, text, typed, whole
from tradehold.web.i18n import Formats
from tradehold.web.places import country
from tradehold.web.render import Form
from tradehold.web.trade import propose
from tradehold.web.visit import Page, Req, Visitor, see_other, show, visitor

_LARGEST = 64 * 1024 * 1024  # of a form with the files that show a verification


async def _row(here: Visitor, number: int) -> Row:
    ref = company_ref(number)
    row = await readable(here.desk.services.pool, here.actor, ref, "company")
    if row is None:
        raise NotFoundException("no such company")
    return row


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


def _add_account(here: Visitor, row: Row, currencies: list[str], form: Form, which: str) -> dict[str, object]:
    t, hours = here.t, here.desk.services.knowledge.policy.payout_account_wait_hours
    options = [{"value": one, "label": one} for one in currencies]
    return {
        "id": "account",
        "label": t("Add a payout account"),
        "summary": t("It can be used {hours} hours after an operator has checked it.", hours=hours),
        "icon": "landmark",
        "kind": "quiet",
        "key": new_key(),
        "hidden": {},
        "open": which == "account",
        "form": form if which == "account" else Form(),
        "button": t("Add the account"),
        "url": f"/companies/{row.ref.owner}/accounts#action-account",
        "fields": [
            {
                "name": "currency",
                "label": t("Currency"),
                "type": "select",
                "options": options,
                "required": True,
            },
            {"name": "holder", "label": t("Account holder"), "required": True, "start": row.state.name},
            {"name": "account", "label": t("IBAN or account number"), "required": True},
            {"name": "agent", "label": t("BIC of the bank")},
            {"name": "country", "label": t("Country of the bank, two letters")},
        ],
    }


async def _page(
    here: Visitor, row: Row, status: int = 200, form: Form | None = None, which: str = ""
) -> Page:
    """`form` is the refused form of what `which` names; of no known place, its problem stands above."""
    pool, f, state, number, kept = here.desk.services.pool, here.f, row.state, row.ref.owner, form or Form()
    rule = here.desk.services.knowledge.policy.cover
    currencies = [one.state.currency for one in await views.machines(pool, Kind.ACCOUNT)]
    if here.operates:
        offers = company_acts.offers(here, row.ref, state, currencies, kept, which)
    else:
        offers = [_add_account(here, row, currencies, kept, which)]
    owners = await owners_of(pool, number) if here.operates else {}
    verifications = [company_view.verification(f, one) for one in reversed(state.verifications)]
    return await show(
        here,
        "company.html",
        status,
        name=state.name,
        number=number,
        since=state.since,
        standing=company_view.standing(f, state, rule),
        hits=named(state.hits, owners) if here.operates and state.standing == s.Stage.HELD else (),
        owners=[(one, country(here.t.locale, one.nationality)) for one in owners.values()],
        verifications=verifications,
        membership=company_view.membership(f, state),
        cover=company_view.cover(f, state, await views.cover(pool, number), rule),
        accounts=[_account(f, one, f.now) for one in reversed(state.accounts)],
        offers=offers,
        verify={
            "form": kept if which == "verify" else Form(),
            "open": which == "verify",
            "key": new_key(),
            "kinds": company_acts.kinds(here.t),
        },
        supplies=bool(state.verifications or state.limits or state.gold_until),
        operates=here.operates,
        problem="" if which else kept.errors.get("", ""),
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


@post("/companies/{number:int}/approve", opt={"needs": "company", "does": (s.ApprovePayoutAccount,)})
async def approve_account(request: Req, number: FromPath[int]) -> Page:
    here, form = visitor(request), await typed(request)
    row = await _row(here, number)
    try:
        answer = await give(here, row.ref, s.ApprovePayoutAccount(whole(here.t, form, "number")), form)
    except Wrong as wrong:
        return await _page(here, row, 422, Form(form, {"": str(wrong.fields["number"])}))
    return await _answered(here, row, answer, form, "")


@post(
    "/companies/{number:int}/verifications",
    opt={"needs": "company", "does": (s.Verify,)},
    request_max_body_size=_LARGEST,
)
async def verify(request: Req, number: FromPath[int]) -> Page:
    here, form = visitor(request), await typed(request)
    row = await _row(here, number)
    try:
        do = await company_acts.read_verification(here, request, form, row.ref)
        answer = await give(here, row.ref, do, form)
    except Wrong as wrong:
        return await _page(here, row, 422, Form(form, wrong.fields), "verify")
    return await _answered(here, row, answer, form, "verify")


@post(
    "/companies/{number:int}/verifications/withdraw",
    opt={"needs": "company", "does": (s.WithdrawVerification,)},
)
async def withdraw(request: Req, number: FromPath[int]) -> Page:
    here, form = visitor(request), await typed(request)
    row = await _row(here, number)
    try:
        do = s.WithdrawVerification(whole(here.t, form, "number"), text(here.t, form, "reason"))
        answer = await give(here, row.ref, do, form)
    except Wrong as wrong:
        return await _page(here, row, 422, Form(form, {"": next(iter(wrong.fields.values()))}))
    return await _answered(here, row, answer, form, "")


@post(
    "/companies/{number:int}/propose/{act:str}",
    opt={"needs": "company", "does": tuple(one.do for one in company_acts.ACTS.values())},
)
async def propose_act(request: Req, number: FromPath[int], act: FromPath[str]) -> Page:
    here, form = visitor(request), await typed(request)
    row, chosen = await _row(here, number), company_acts.ACTS.get(act)
    if chosen is None or not here.operates:
        raise NotFoundException("no such act")
    try:
        answer = await propose(here, row.ref, chosen.read(here, form), form)
    except Wrong as wrong:
        return await _page(here, row, 422, Form(form, wrong.fields), act)
    if isinstance(answer, Refusal):
        return await _page(here, row, 422, refused(here.f, answer, form), act)
    return see_other("/approvals")


async def _answered(here: Visitor, row: Row, answer: object, form: Typed, which: str) -> Page:
    """A form that was sent twice has done once what it asks."""
    if isinstance(answer, Refusal) and answer.code is not Code.KEY_REUSED:
        return await _page(here, row, 422, refused(here.f, answer, form), which)
    return see_other(_path(row.ref))


def _path(ref: Ref) -> str:
    return f"/companies/{ref.owner}"


PAGES = [company_page, add_account, approve_account, verify, withdraw, propose_act]
