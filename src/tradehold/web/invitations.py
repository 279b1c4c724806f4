"""The address in an invitation's letter. Whoever opens it sees what it is; accepting takes being signed in,
with whatever account, and a button, because programs that look at mail open addresses, too."""

from urllib.parse import quote, urlencode

from litestar import get, post
from litestar.params import FromPath

from tradehold.domain.refusal import Code, Refusal
from tradehold.engine import invitation as inviting
from tradehold.engine.access import wall
from tradehold.store import membership, views
from tradehold.web.asking import GRADES, MAY, by_of
from tradehold.web.companies import switched
from tradehold.web.forms import typed
from tradehold.web.visit import Page, Req, Visitor, see_other, show, visitor

_LONGEST = 500  # of what is pasted


@get("/invitations", opt={"needs": "link"})
async def find(request: Req) -> Page:
    """From the address that somebody pasted, or the last part of it."""
    pasted = request.query_params.get("address", "").strip()[:_LONGEST].rstrip("/").rpartition("/")[2]
    return see_other(f"/invitations/{quote(pasted, safe='')}" if pasted else "/companies")


async def _closed(here: Visitor, status: int = 404) -> Page:
    t = here.t
    return await show(
        here, "error.html", status, status=status,
        title=t("This invitation is not open any more"),
        sentence=t("It was used or withdrawn, or is older than seven days. Ask whoever invited you again."),
        way_out={"href": "/companies", "label": t("Your companies")} if here.session
        else {"href": "/sign-in", "label": t("To the sign-in page")},
    )  # fmt: skip


@get("/invitations/{token:str}", opt={"needs": "link"})
async def invitation_page(request: Req, token: FromPath[str]) -> Page:
    here = visitor(request)
    pool, t, session = here.desk.services.pool, here.t, here.session
    found = await membership.invitation(pool, token, wall())
    if found is None or found.used_by:
        return await _closed(here)
    companies = await views.companies(pool, [found.company])
    back = urlencode({"next": f"/invitations/{token}"})
    return await show(
        here,
        "invitation.html",
        by=found.by_name,
        company=companies[found.company].name if found.company in companies else t("The platform"),
        grade=t(GRADES[found.grade]),
        may=t(MAY[found.grade]),
        email=found.email,
        ends_at=found.ends_at,
        where=f"/invitations/{quote(token, safe='')}",
        other=session is not None and session.email.lower() != found.email.lower(),
        sign_in=f"/sign-in?{back}",
        sign_up=f"/sign-up?{back}",
    )


@post("/invitations/{token:str}", opt={"needs": "session"})
async def accept(request: Req, token: FromPath[str]) -> Page:
    here = visitor(request)
    await typed(request)
    answer = await inviting.accept(here.desk.services, by_of(request, here), token)
    if isinstance(answer, Refusal):
        return see_other("/companies") if answer.code is Code.EXISTS else await _closed(here)
    return await switched(request, here, answer, "/trades")


PAGES = [find, invitation_page, accept]
