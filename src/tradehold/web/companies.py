"""The companies one belongs to: to choose the one to act for, to leave one, to wait for one that is being
checked; and what a company says of itself."""

from litestar import get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from tradehold.domain.command import Grade
from tradehold.domain.company import Stage
from tradehold.domain.refusal import Refusal
from tradehold.engine import membership as engine
from tradehold.engine.access import COOKIE
from tradehold.store import membership, people, views
from tradehold.web import i18n
from tradehold.web.asking import GRADES, by_of, declined, name_of, own_company
from tradehold.web.entry import put_cookie
from tradehold.web.forms import Typed, typed
from tradehold.web.places import country, number_name, zones
from tradehold.web.refusals import say
from tradehold.web.render import Form
from tradehold.web.visit import Page, Req, Visitor, see_other, show, visitor

_BARRED = (Stage.HELD, Stage.EXCLUDED)


async def _yours(here: Visitor, status: int = 200, problem: str = "") -> Page:
    pool, t = here.desk.services.pool, here.t
    found = await membership.of_person(pool, here.actor.member)
    stages = await views.company_stages(pool, [one.company for one in found])
    session = here.session
    companies = [
        {
            "number": one.company,
            "name": name_of(t, one),
            "country": country(t.locale, one.country) if one.country else "",
            "grade": t(GRADES[one.grade]),
            "since": one.since,
            "stage": stages.get(one.company, ""),
            "current": session is not None and session.member.company == one.company,
        }
        for one in found
    ]
    return await show(here, "companies.html", status, companies=companies, problem=problem)


@get("/companies", opt={"needs": "session"})
async def your_companies(request: Req) -> Page:
    return await _yours(visitor(request))


async def switched(request: Req, here: Visitor, company: int, to: str) -> Page:
    """The session goes on for the company, under a token that nobody has seen before."""
    fresh = await engine.switch(here.desk.services, by_of(request, here), here.token, company)
    if fresh is None:
        raise NotFoundException("no such company")
    answer = see_other(to)
    put_cookie(request, answer, COOKIE, fresh, people.SESSION)
    return answer


@post("/act-for/{number:int}", opt={"needs": "session"})
async def act_for(request: Req, number: FromPath[int]) -> Page:
    return await switched(request, visitor(request), number, "/trades")


@post("/companies/{number:int}/leave", opt={"needs": "session"})
async def leave(request: Req, number: FromPath[int]) -> Page:
    here = visitor(request)
    refusal = await engine.leave(here.desk.services, by_of(request, here), number)
    return await _yours(here, 422, say(here.f, refusal)) if refusal else see_other("/companies")


@get("/companies/held", opt={"needs": "session"})
async def held_page(request: Req) -> Page:
    """What the people of a company see that waits for the screening's answer, or did not pass it."""
    here = visitor(request)
    number = here.session.member.company if here.session else people.NOBODY
    pool = here.desk.services.pool
    stage = (await views.company_stages(pool, [number])).get(number, "")
    if stage not in _BARRED:
        return see_other("/companies")
    found = await views.companies(pool, [number])
    return await show(here, "held.html", name=found[number].name, held=stage == Stage.HELD)


async def _profile(here: Visitor, number: int, form: Form | None = None, saved: bool = False) -> Page:
    t = here.t
    found = (await views.companies(here.desk.services.pool, [number])).get(number)
    if found is None:
        raise NotFoundException("no such company")
    start: Typed = {"address": found.address, "language": found.language, "zone": found.zone}
    return await show(
        here,
        "profile.html",
        422 if form else 200,
        number=number,
        company=found,
        country=country(t.locale, found.country),
        number_name=number_name(t, found.country),
        language=i18n.translator(found.language).name,
        manages=here.actor.company == number and here.actor.grade is Grade.OWNER,
        form=form or Form(start),
        languages=[{"value": code, "label": one.name} for code, one in i18n.languages().items()],
        zones=zones(),
        saved=saved,
    )


@get("/companies/{number:int}/profile", opt={"needs": "company"})
async def profile_page(request: Req, number: FromPath[int]) -> Page:
    here = visitor(request)
    return await _profile(here, own_company(here, number, "company"), saved="saved" in request.query_params)


@post("/companies/{number:int}/profile", opt={"needs": "company", "changes": "profile"})
async def change_profile(request: Req, number: FromPath[int]) -> Page:
    here, form = visitor(request), await typed(request)
    company, by = own_company(here, number, "company"), by_of(request, here)
    fields = [form.get(name, "") for name in ("address", "language", "zone")]
    refusal: Refusal | None = await engine.set_profile(here.desk.services, by, company, *fields)
    if refusal:
        return await _profile(here, company, await declined(here, refusal, form))
    return see_other(f"/companies/{company}/profile?saved")


PAGES = [your_companies, act_for, leave, held_page, profile_page, change_profile]
