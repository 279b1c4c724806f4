"""The operators' desk for money: what the books say, what the bank says, and every line between the two."""

from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any

from litestar import get, post
from litestar.datastructures import UploadFile
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Response

from tradehold.domain import account as a
from tradehold.domain import payout as p
from tradehold.domain import receipt as r
from tradehold.domain.identity import Kind, Ref, from_public_id, from_token, public_id
from tradehold.domain.ledger import trial_balance
from tradehold.domain.money import Money
from tradehold.domain.reference import rf_token
from tradehold.domain.refusal import Code, Refusal
from tradehold.engine.deliver import ImportReport, PayoutReport, import_file, pay_out
from tradehold.rails.iso20022 import BankFileError
from tradehold.store import people, views
from tradehold.store.views import Row
from tradehold.web import words
from tradehold.web.forms import Wrong, keep, new_key, refused, text, typed
from tradehold.web.refusals import say
from tradehold.web.render import Form
from tradehold.web.trade import propose
from tradehold.web.visit import HEADERS, Page, Req, Visitor, see_other, show, visitor

_LARGEST_FILE = 64 * 1024 * 1024


def _balances(here: Visitor, rows: Sequence[tuple[str, str, int]]) -> list[dict[str, Any]]:
    """By currency: every account on its normal side, and the sum over all, which must be zero."""
    sums = trial_balance(rows)
    return [
        {
            "currency": currency,
            "sum": Money(sums[currency], currency),
            "rows": [
                {"name": here.t(words.ACCOUNTS[name]), "money": Money(minor, currency)}
                for name, code, minor in rows
                if code == currency and minor
            ],
        }
        for currency in sorted(sums)
    ]


def _accounts(
    here: Visitor, rows: Sequence[Row], books: Sequence[tuple[str, str, int]]
) -> list[dict[str, Any]]:
    """The bank's last closing balance beside the books; the difference must be explained line by line."""
    booked = {currency: minor for name, currency, minor in books if name == "bank_client"}
    found = []
    for row in rows:
        one = row.state
        own = booked.get(one.currency, 0)
        bank = Money(one.closing, one.currency) if one.closing is not None else None
        found.append(
            {
                "name": one.party.name,
                "account": one.party.account,
                "bank": bank,
                "until": one.read_until,
                "books": Money(own, one.currency),
                "difference": Money(own - bank.minor, one.currency) if bank else None,
            }
        )
    return found


def _lines(here: Visitor, rows: Sequence[Row], form: Form, which: str) -> list[dict[str, Any]]:
    found = []
    for row in rows:
        line, ref = row.state.line, public_id(row.ref)
        found.append(
            {
                "id": ref,
                "money": line.amount,
                "credit": line.credit,
                "booked": line.booked,
                "payer": line.party.name,
                "remittance": line.remittance or line.reference,
                "until": row.state.clocks.get("return"),
                "url": f"/money/lines/{ref}",
                "key": new_key(),
                "form": form if which == ref else Form(),
                "open": which == ref,
            }
        )
    return found


def _payouts(here: Visitor, rows: Sequence[Row]) -> list[dict[str, Any]]:
    t = here.t
    return [
        {
            "to": row.state.party.name or t("the supplier's account"),
            "account": row.state.party.account,
            "money": row.state.amount,
            "stage": t(words.PAYOUT_STAGES[row.state.stage]),
            "kind": {"submitted": "held", "unclaimed": "bad"}.get(row.state.stage, "warn"),
            "reason": row.state.reason,
            "batch": row.state.batch,
            "href": f"/trades/{public_id(row.state.source)}" if row.state.source.kind is Kind.TRADE else "",
        }
        for row in rows
    ]


async def _strangers(here: Visitor) -> list[dict[str, Any]]:
    """Payments of third parties: each waits in its trade until two operators accept or return it."""
    pool = here.desk.services.pool
    held = [one for one in await views.bounded(pool, "suspense", (0, views.LAST), limit=100) if one[0]]
    rows = await views.rows(pool, [Ref(owner, Kind.TRADE, subject) for owner, subject, _, _ in held])
    return [
        {
            "payer": one.payer.name,
            "money": Money(one.amount, row.state.deal.currency),
            "title": row.state.deal.title,
            "until": row.state.clocks.get(f"suspense:{one.receipt}"),
            "href": f"/trades/{public_id(row.ref)}",
        }
        for row in rows.values()
        for one in row.state.waiting
    ]


def _stuck(here: Visitor, found: Sequence[views.Stuck]) -> list[dict[str, Any]]:
    return [
        {
            "command": one.command,
            "at": one.at,
            "attempts": one.attempts,
            "why": one.refusal,
            "href": f"/trades/{public_id(one.ref)}" if one.ref.kind is Kind.TRADE else "",
        }
        for one in found
    ]


def _alarm(here: Visitor, found: Sequence[views.Stuck]) -> str:
    """Payment deadlines are not judged without the bank's statement; when it is missing for long, say so."""
    services = here.desk.services
    days = services.knowledge.policy.statement_alarm_days
    waiting = [one.since for one in found if one.refusal == Code.STATEMENT_MISSING.value]
    if not waiting or services.clock() - min(waiting) < timedelta(days=days):
        return ""
    return here.t(
        "Payment deadlines have waited more than {days} days for a bank statement. Read it, or ask the bank.",
        days=days,
    )


async def _page(
    here: Visitor,
    status: int = 200,
    *,
    form: Form | None = None,
    which: str = "",
    problem: str = "",
    imported: ImportReport | None = None,
    paid: PayoutReport | None = None,
) -> Page:
    pool = here.desk.services.pool
    books, stuck = await views.balances(pool), await views.stuck(pool)
    waiting = await views.machines(pool, Kind.RECEIPT, [r.Stage.SUSPENSE.value], limit=100)
    unexplained = await views.machines(pool, Kind.RECEIPT, [r.Stage.UNEXPLAINED.value], limit=100)
    open_stages = [p.Stage.DUE.value, p.Stage.SUBMITTED.value, p.Stage.UNCLAIMED.value]
    payouts = await views.machines(pool, Kind.PAYOUT, open_stages, limit=100)
    return await show(
        here,
        "money.html",
        status,
        balances=_balances(here, books),
        accounts=_accounts(here, await views.machines(pool, Kind.ACCOUNT), books),
        suspense=_lines(here, waiting, form or Form(), which),
        unexplained=_lines(here, unexplained, form or Form(), which),
        payouts=_payouts(here, payouts),
        strangers=await _strangers(here),
        files=await people.recent_files(pool, "out"),
        stuck=_stuck(here, stuck),
        alarm=_alarm(here, stuck),
        key=new_key(),
        problem=problem,
        imported=_imported(here, imported) if imported else None,
        paid=_paid(here, paid) if paid else None,
    )


def _imported(here: Visitor, report: ImportReport) -> dict[str, Any]:
    t = here.t
    codes = {code.value for code in Code}
    lines = [
        {
            "reference": one.reference,
            "money": Money(one.minor, one.currency),
            "credit": one.credit,
            "outcome": t(words.LINES[one.outcome]) if one.outcome in words.LINES else one.outcome,
            "kind": "warn" if one.outcome in codes - {"duplicate"} else "good",
        }
        for one in report.lines
    ]
    return {
        "files": report.files,
        "lines": lines,
        "statuses": sorted(report.statuses.items()),
        "refused": [say(here.f, one) for one in report.refused],
    }


def _paid(here: Visitor, report: PayoutReport) -> dict[str, Any]:
    return {
        "files": [
            {
                "name": one.name,
                "orders": one.orders,
                "money": Money(one.minor, one.currency),
                "href": f"/money/files/{sha256(one.body).hexdigest()}",
            }
            for one in report.files
        ],
        "waiting": sum(report.waiting.values()),
    }


@get("/money/files/{digest:str}", opt={"needs": "money"})
async def payment_file(request: Req, digest: FromPath[str]) -> Page:
    """A payment file as it was written, as often as it is asked for: the bank pays a message id only once."""
    body = await people.read_file(visitor(request).desk.services.pool, "out", digest)
    if body is None:
        raise NotFoundException("no such file")
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{digest[:16]}.pain.001.xml"'}
    return Response(body.decode(), media_type="application/xml", headers=headers)


@get("/money", opt={"needs": "money"})
async def money_page(request: Req) -> Page:
    return await _page(visitor(request))


@post(
    "/money/file",
    opt={"needs": "money", "does": (a.ReadStatement, a.CompleteStatement, r.RecordLine)},
    request_max_body_size=_LARGEST_FILE,
)
async def upload(request: Req) -> Page:
    """Reads a bank file. What it does is keyed by its content, so sending it twice counts once."""
    here = visitor(request)
    form = await request.form()
    file = form.get("file")
    if not isinstance(file, UploadFile) or not (body := await file.read()):
        return await _page(here, 422, problem=here.t("Choose a file first."))
    services = here.desk.services
    try:
        name = file.filename.replace("\x00", "")[:200]
        report = await import_file(services.engine, services.pool, name, body, services.clock(), here.actor)
    except BankFileError as error:
        return await _page(here, 422, problem=here.t("The file was not read: {reason}", reason=str(error)))
    await services.sweeper.sweep()
    return await _page(here, imported=report)


@post("/money/payouts", opt={"needs": "money", "does": (p.SubmitPayout,)})
async def order_payouts(request: Req) -> Page:
    here, form = visitor(request), await typed(request)
    if not here.fresh:
        return await _page(here, 422, problem=say(here.f, await keep(here, form)))
    services = here.desk.services
    report = await pay_out(services.engine, services.pool, services.clock(), here.actor, here.fresh)
    return await _page(here, paid=report)


_DOES = (r.MatchLine, r.GiveBackLine, r.ExplainLine)


@post("/money/lines/{line:str}", opt={"needs": "money", "does": _DOES})
async def judge_line(request: Req, line: FromPath[str]) -> Page:
    """Proposes what a bank line was: a second person decides."""
    here, form = visitor(request), await typed(request)
    ref = from_public_id(line, Kind.RECEIPT)
    if ref is None:
        raise NotFoundException("no such bank line")
    try:
        answer = await propose(here, ref, _judgement(here, form), form)
    except Wrong as wrong:
        return await _page(here, 422, form=Form(form, wrong.fields), which=line)
    if isinstance(answer, Refusal):
        return await _page(here, 422, form=refused(here.f, answer, form), which=line)
    return see_other("/approvals")


def _judgement(here: Visitor, form: dict[str, str]) -> r.MatchLine | r.GiveBackLine | r.ExplainLine:
    t = here.t
    match form.get("what"):
        case "match":
            typed_trade = text(t, form, "trade", 60)
            named = rf_token(typed_trade)
            trade = from_token(named, Kind.TRADE) if named else from_public_id(typed_trade, Kind.TRADE)
            if trade is None:
                raise Wrong(trade=t("Give the trade's reference, beginning with RF."))
            return r.MatchLine(trade)
        case "give_back":
            return r.GiveBackLine()
        case "explain":
            return r.ExplainLine(text(t, form, "reason"))
        case _:
            raise Wrong(what=t("Choose one of the list."))
