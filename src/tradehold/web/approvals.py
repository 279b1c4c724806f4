"""What waits for a second person: proposals that move money by judgement, and what exactly each would do."""

from typing import Any, assert_never

from litestar import get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from tradehold.domain import approval as a
from tradehold.domain import company
from tradehold.domain.company import SetLimit
from tradehold.domain.identity import PLATFORM, Kind, Ref, from_public_id, public_id, token
from tradehold.domain.money import Money
from tradehold.domain.payout import Redirect
from tradehold.domain.platform import PublishCalendar, PublishPolicy, ResumePayouts
from tradehold.domain.receipt import ExplainLine, GiveBackLine, MatchLine
from tradehold.domain.reference import rf_reference
from tradehold.domain.refusal import Refusal
from tradehold.domain.trade_commands import (
    AcceptPayer,
    ConfirmEvidence,
    ConfirmReturn,
    Freeze,
    Lift,
    RejectEvidence,
    ReturnPayment,
)
from tradehold.store import views
from tradehold.store.views import Row
from tradehold.web import publishing, words
from tradehold.web.forms import give, new_key, text, typed
from tradehold.web.refusals import say
from tradehold.web.visit import Page, Req, Visitor, see_other, show, visitor

_OTHERS = ("approved", "rejected", "expired")


def effect(here: Visitor, do: a.Judged, target: Row | None) -> tuple[str, Money | None]:
    """What happens when the second person agrees, and the amount that moves."""
    t, state = here.t, target.state if target else None
    match do:
        case SetLimit():
            limit = here.f.money(do.limit.minor, do.limit.currency)
            text = t(
                "The cover limit of {who} becomes {amount}.", who=state.name if state else "", amount=limit
            )
            return text, do.limit
        case MatchLine():
            text = t(
                "The bank line is taken as payment for trade {trade}.", trade=rf_reference(token(do.trade))
            )
            return text, state.line.amount if state else None
        case GiveBackLine():
            return t("The bank line goes back to its payer."), state.line.amount if state else None
        case ExplainLine():
            text = t("The bank line is booked as the platform's own cost: {reason}", reason=do.reason)
            return text, state.line.amount if state else None
        case Redirect():
            text = t(
                "The payout goes to {name}, account {account}.", name=do.party.name, account=do.party.account
            )
            return text, state.amount if state else None
        case AcceptPayer():
            return t("The third party's payment counts as the buyer's."), _waiting(state, do.receipt)
        case ReturnPayment():
            return t("The third party's payment goes back to it."), _waiting(state, do.receipt)
        case ConfirmEvidence():
            return t("The evidence of shipment {number} counts.", number=do.shipment), _held(state)
        case RejectEvidence():
            return t("Shipment {number} does not count.", number=do.shipment), _held(state)
        case ConfirmReturn():
            return t("The goods are back: all that is held goes back to the buyer."), _held(state)
        case Freeze():
            text = t("A legal freeze, {reference}, stops every clock and payout.", reference=do.reference)
            return text, _held(state)
        case Lift():
            return t("The legal freeze {reference} is lifted.", reference=do.reference), None
        case ResumePayouts():
            return t("Payouts go on."), None
        case PublishPolicy():
            day = here.f.day(do.policy.valid_from)
            return t(
                "Policy {key} is published, for trades drafted from {day}.", key=do.policy.key, day=day
            ), None
        case PublishCalendar():
            return t("The holiday file “{name}” is published.", name=do.calendar.name), None
        case _:
            return _on_company(here, do, state.name if state else ""), None


def _on_company(here: Visitor, do: company.Standing, who: str) -> str:
    t = here.t
    match do:
        case company.Clear():
            return t("The screening's hit is not {who}: it may trade.", who=who)
        case company.Exclude():
            return t("{who} is excluded: it may not trade here.", who=who)
        case company.Suspend():
            return t("{who} is suspended: nothing new is confirmed, and its payouts wait.", who=who)
        case company.Reinstate():
            return t("{who} may trade again.", who=who)
        case company.DeclareInsolvent():
            return t("{who} is insolvent ({reference}).", who=who, reference=do.reference)
        case company.FollowFormula():
            return t("The cover limit of {who} follows the formula again.", who=who)
        case company.SetMembership() if do.until:
            return t("{who} becomes a gold member until {day}.", who=who, day=here.f.day(do.until))
        case company.SetMembership():
            return t("{who} becomes a free member.", who=who)
        case _:
            assert_never(do)


def _waiting(trade: Any, receipt: int) -> Money | None:
    found = [one for one in trade.waiting if one.receipt == receipt] if trade else []
    return Money(found[0].amount, trade.deal.currency) if found else None


def _held(trade: Any) -> Money | None:
    return Money(trade.held, trade.deal.currency) if trade else None


def _target(ref: Ref, row: Row | None) -> tuple[str, str]:
    """What the proposal is about, and where to look at it."""
    if ref == PLATFORM:
        return "", "/desk"
    if row is None:
        return "", "/money"
    match row.ref.kind:
        case Kind.TRADE:
            return row.state.deal.title, f"/trades/{public_id(row.ref)}"
        case Kind.COMPANY:
            return row.state.name, f"/companies/{row.ref.owner}"
        case _:
            return "", "/money"


def _changes(here: Visitor, row: Row) -> list[dict[str, str]]:
    """Of a file that would be published: what it changes of the one before."""
    do = row.state.do
    if row.state.stage is not a.Stage.PENDING or not isinstance(do, PublishPolicy | PublishCalendar):
        return []
    return publishing.changes_of(here.desk.services.knowledge, do)


async def _page(here: Visitor, status: int = 200, problem: str = "") -> Page:
    pool = here.desk.services.pool
    pending = await views.machines(pool, Kind.APPROVAL, [a.Stage.PENDING.value], limit=200)
    answered = await views.machines(pool, Kind.APPROVAL, _OTHERS)
    targets = await views.rows(pool, list({row.state.target for row in [*pending, *answered]}))
    names = await views.people(pool, {row.state.by.member for row in [*pending, *answered]})
    items = []
    for row in [*pending, *answered]:
        what, money = effect(here, row.state.do, targets.get(row.state.target))
        about, href = _target(row.state.target, targets.get(row.state.target))
        by = names[row.state.by.member].name if row.state.by.member in names else ""
        items.append(
            {
                "what": what,
                "about": about,
                "why": row.state.reason,
                "changes": _changes(here, row),
                "money": money,
                "asked_by": by,
                "asked_at": row.moved_at,
                "until": row.state.clocks.get("answer"),
                "href": href,
                "url": f"/approvals/{public_id(row.ref)}",
                "key": new_key(),
                "mine": row.state.by.member == here.actor.member,
                "stage": here.t(words.APPROVAL_STAGES[row.state.stage]),
                "kind": {"approved": "good", "rejected": "bad"}.get(row.state.stage, "plain"),
            }
        )
    waiting, done = items[: len(pending)], items[len(pending) :]
    return await show(here, "approvals.html", status, waiting=waiting, done=done, problem=problem)


@get("/approvals", opt={"needs": "approvals"})
async def approvals_page(request: Req) -> Page:
    return await _page(visitor(request))


@post("/approvals/{approval:str}", opt={"needs": "approvals", "does": (a.Approve, a.Reject)})
async def answer(request: Req, approval: FromPath[str]) -> Page:
    here, form = visitor(request), await typed(request)
    ref = from_public_id(approval, Kind.APPROVAL)
    if ref is None:
        raise NotFoundException("no such proposal")
    agreed = form.get("answer") == "approve"
    do = a.Approve() if agreed else a.Reject(text(here.t, form, "reason", required=False))
    found = await give(here, ref, do, form)
    if isinstance(found, Refusal):
        return await _page(here, 422, say(here.f, found))
    return see_other("/approvals")
