"""The operators' desk: what waits, whether payouts are paused, the policies and holiday files, and all
companies."""

from typing import Any
from urllib.parse import urlencode

from litestar import get, post

from tradehold.domain.authority import could_give
from tradehold.domain.company import Stage
from tradehold.domain.identity import PLATFORM, Kind
from tradehold.domain.platform import PausePayouts, Platform, PublishCalendar, PublishPolicy, ResumePayouts
from tradehold.domain.refusal import Code, Refusal
from tradehold.store import company as store
from tradehold.store import views
from tradehold.store.company import FIRST, Place
from tradehold.store.views import PAGE, Row
from tradehold.web import company_view, publishing, words
from tradehold.web.forms import Typed, Wrong, give, new_key, refused, text, typed
from tradehold.web.publishing import Draft
from tradehold.web.render import Form
from tradehold.web.trade import propose
from tradehold.web.visit import Page, Req, Visitor, see_other, show, visitor

_MOST_TYPED = 200


async def _page(
    here: Visitor, status: int = 200, form: Form | None = None, which: str = "", draft: Draft | None = None
) -> Page:
    """`which` is the form that was refused, `draft` a file that was checked and waits to be proposed."""
    pool, known = here.desk.services.pool, here.desk.services.knowledge
    row = await views.row(pool, PLATFORM)
    platform: Platform = row.state if row else Platform()
    return await show(
        here,
        "desk.html",
        status,
        pending=len(await views.machines(pool, Kind.APPROVAL, ["pending"], limit=100)),
        held=len(await store.by_standing(pool, Stage.HELD, limit=100)),
        paused=platform.paused,
        can_pause=could_give(PausePayouts, here.actor),
        can_publish=could_give(PublishPolicy, here.actor),
        policies=publishing.policies(here.f, known, platform),
        calendars=publishing.calendars(here.f, known, platform),
        form=form or Form(),
        which=which,
        draft=draft,
        key=new_key(),
    )


@get("/desk", opt={"needs": "platform"})
async def desk_page(request: Req) -> Page:
    return await _page(visitor(request))


@post("/desk/pause", opt={"needs": "platform", "does": (PausePayouts,)})
async def pause(request: Req) -> Page:
    """One operator is enough to stop: it moves no money."""
    here, form = visitor(request), await typed(request)
    try:
        answer = await give(here, PLATFORM, PausePayouts(text(here.t, form, "reason", 500)), form)
    except Wrong as wrong:
        return await _page(here, 422, Form(form, wrong.fields), "pause")
    if isinstance(answer, Refusal) and answer.code is not Code.KEY_REUSED:
        return await _page(here, 422, refused(here.f, answer, form), "pause")
    await here.desk.services.sweeper.look()
    return see_other("/desk")


@post("/desk/resume", opt={"needs": "platform", "does": (ResumePayouts,)})
async def resume(request: Req) -> Page:
    here, form = visitor(request), await typed(request)
    try:
        do = ResumePayouts(text(here.t, form, "reason", 500))
        answer = await propose(here, PLATFORM, do, form)
    except Wrong as wrong:
        return await _page(here, 422, Form(form, wrong.fields), "pause")
    if isinstance(answer, Refusal):
        return await _page(here, 422, refused(here.f, answer, form), "pause")
    return see_other("/approvals")


async def _publish(request: Req, which: str) -> Page:
    """First the file is checked and what it changes is shown; the second time it is proposed."""
    here, form = visitor(request), await typed(request)
    form |= await publishing.uploaded(here.t, request)
    try:
        draft = publishing.read(here, which, form)
        if form.get("step") != "propose":
            return await _page(here, 200, Form(form), which, draft)
        answer = await propose(here, PLATFORM, draft.do, form)
    except Wrong as wrong:
        return await _page(here, 422, Form(form, wrong.fields), which)
    if isinstance(answer, Refusal):
        return await _page(here, 422, refused(here.f, answer, form), which)
    return see_other("/approvals")


@post("/desk/policies", opt={"needs": "platform", "does": (PublishPolicy,)})
async def publish_policy(request: Req) -> Page:
    return await _publish(request, "policy")


@post("/desk/calendars", opt={"needs": "platform", "does": (PublishCalendar,)})
async def publish_calendar(request: Req) -> Page:
    return await _publish(request, "calendar")


# --- companies


def _place(form: Typed) -> Place:
    number = form.get("after", "")
    if not (number.isascii() and number.isdigit() and len(number) < 14):
        return FIRST
    return Place(form.get("held") == "1", int(number))


def _listed(here: Visitor, row: Row) -> dict[str, Any]:
    state, rule = row.state, here.desk.services.knowledge.policy.cover
    kinds = {Stage.ACTIVE: "good", Stage.HELD: "warn"}
    return {
        "href": f"/companies/{row.ref.owner}",
        "number": row.ref.owner,
        "name": state.name,
        "country": state.country,
        "since": state.since,
        "standing": here.t(words.STANDINGS[state.stage]),
        "kind": kinds.get(state.stage, "bad"),
        "said": company_view.standing(here.f, state, rule)["text"],
    }


@get("/desk/companies", opt={"needs": "platform"})
async def companies_page(request: Req) -> Page:
    here, query = visitor(request), dict(request.query_params)
    stage = query.get("stage", "") if query.get("stage") in set(Stage) else ""
    asked = query.get("query", "").replace("\x00", "").strip()[:_MOST_TYPED]
    place = _place(query)
    rows = await store.by_standing(here.desk.services.pool, stage, asked, place, PAGE + 1)
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    older = None
    if last:
        held = "1" if last.state.stage is Stage.HELD else "0"
        older = {"stage": stage, "query": asked, "held": held, "after": str(last.ref.owner)}
    first = "/desk/companies?" + urlencode({"stage": stage, "query": asked})
    return await show(
        here,
        "desk_companies.html",
        companies=[_listed(here, row) for row in rows[:PAGE]],
        standings=[
            {
                "href": "/desk/companies?" + urlencode({"stage": code, "query": asked}),
                "label": label,
                "current": code == stage,
                "count": None,
            }
            for code, label in [
                ("", here.t("All")),
                *((str(s), here.t(n)) for s, n in words.STANDINGS.items()),
            ]
        ],
        query=asked,
        stage=stage,
        newer=first if place != FIRST else None,
        older="/desk/companies?" + urlencode(older) if older else None,
    )


PAGES = [desk_page, pause, resume, publish_policy, publish_calendar, companies_page]
