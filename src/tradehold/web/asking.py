"""Who asks for a change of a plain table, from where, and what a refusal looks like on a page."""

from litestar.exceptions import NotFoundException, PermissionDeniedException

from tradehold.domain.authority import may_read, side
from tradehold.domain.command import Grade, Side
from tradehold.domain.identity import company_ref
from tradehold.domain.refusal import Code, Refusal
from tradehold.engine.access import By
from tradehold.store.membership import Membership
from tradehold.web.forms import Typed, keep, refused
from tradehold.web.i18n import Translator, mark
from tradehold.web.refusals import say_field
from tradehold.web.render import Form
from tradehold.web.visit import Req, Visitor

GRADES: dict[Grade, str] = {
    Grade.OWNER: mark("Owner"),
    Grade.TRADER: mark("Trader"),
    Grade.FINANCE: mark("Finance"),
    Grade.VIEWER: mark("Viewer"),
}
MAY: dict[Grade, str] = {
    Grade.OWNER: mark("Everything, and who belongs to the company"),
    Grade.TRADER: mark("Contracts, production, shipment and messages"),
    Grade.FINANCE: mark("Payments, payout accounts and messages"),
    Grade.VIEWER: mark("Reads everything and changes nothing"),
}


def by_of(request: Req, here: Visitor) -> By:
    return By(here.actor, here.fresh, request.client.host if request.client else "")


def own_company(here: Visitor, number: int, what: str) -> int:
    """The company's number, where the visitor may read `what` of it. Raises NotFoundException for a
    stranger's."""
    where = side(here.actor, company_ref(number), None)
    if not may_read(what, where, here.actor):
        if where is Side.STRANGER:
            raise NotFoundException("no such company")
        raise PermissionDeniedException("not for this role")
    return number


async def declined(here: Visitor, refusal: Refusal, form: Typed) -> Form:
    """The form again, with why a plain table was not changed. The one place that sees a change that takes a
    second factor first."""
    if refusal.code is Code.STEP_UP:
        refusal = await keep(here, form)
    if refusal.code is Code.INVALID_DETAILS:  # every field is on the form, also one that was left unticked
        return Form(form, {field: say_field(here.f, text) for field, text in refusal.fields.items()})
    return refused(here.f, refusal, form)


def grade_options(t: Translator) -> list[dict[str, str]]:
    return [{"value": grade, "label": t(name), "hint": t(MAY[grade])} for grade, name in GRADES.items()]


def name_of(t: Translator, one: Membership) -> str:
    return one.name or t("The platform")
