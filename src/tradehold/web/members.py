"""A company's members: who they are, what each may do, who is invited, and what changed lately."""

from typing import Any

from litestar import get, post
from litestar.exceptions import ClientException
from litestar.params import FromPath

from tradehold.domain.command import Grade
from tradehold.domain.refusal import Refusal
from tradehold.engine import invitation as inviting
from tradehold.engine import membership as engine
from tradehold.engine.access import wall
from tradehold.store import membership
from tradehold.store.membership import Happened, Invitation
from tradehold.web.asking import GRADES, MAY, by_of, declined, grade_options, own_company
from tradehold.web.entry import url_of
from tradehold.web.forms import Typed, Wrong, choice, new_key, typed
from tradehold.web.i18n import Translator, mark
from tradehold.web.render import Form
from tradehold.web.visit import Page, Req, Visitor, see_other, show, visitor

_HAPPENED = {
    "company_registered": ("building-2", mark("Registered the company")),
    "profile_changed": ("file-text", mark("Changed the company's profile")),
    "invited": ("users", mark("Invited somebody")),
    "invitation_renewed": ("users", mark("Sent an invitation again")),
    "invitation_withdrawn": ("x", mark("Withdrew an invitation")),
    "joined": ("user", mark("Joined the company")),
    "grade_changed": ("user", mark("Changed a role")),
    "removed": ("x", mark("Removed a member")),
    "left": ("log-out", mark("Left the company")),
    "key_made": ("lock", mark("Made an API key")),
    "key_revoked": ("x", mark("Revoked an API key")),
}
_DONE = {
    "invited": mark("The invitation is on its way."),
    "changed": mark("The role was changed."),
    "removed": mark("The member was removed."),
    "renewed": mark("The invitation was sent again."),
    "withdrawn": mark("The invitation was withdrawn."),
}


def _told(t: Translator, one: Happened) -> dict[str, Any]:
    icon, text = _HAPPENED[one.what]
    who, _, grade = one.detail.rpartition(": ")
    note = f"{who}: {t(GRADES[Grade(grade)])}" if who and grade in set(Grade) else one.detail
    note = t(GRADES[Grade(note)]) if note in set(Grade) else note
    return {"at": one.at, "actor": one.who, "text": t(text), "icon": icon, "note": note, "hash": ""}


def _invited(t: Translator, one: Invitation) -> dict[str, Any]:
    return {
        "id": one.id,
        "email": one.email,
        "grade": t(GRADES[one.grade]),
        "by": one.by_name,
        "ends_at": one.ends_at,
        "ended": one.ends_at <= wall(),
    }


def _offer(here: Visitor, number: int, form: Form | None, open_: bool) -> dict[str, Any]:
    t = here.t
    return {
        "id": "invite",
        "label": t("Invite somebody"),
        "summary": t("They get a letter with an address that works once, for seven days."),
        "icon": "users",
        "button": t("Send the invitation"),
        "url": f"/companies/{number}/invitations",
        "fields": [
            {"name": "email", "label": t("E-mail"), "type": "email", "required": True},
            {
                "name": "grade",
                "label": t("Role in the company"),
                "type": "radio",
                "required": True,
                "options": grade_options(t),
            },
        ],
        "kind": "primary",
        "key": new_key(),
        "hidden": {},
        "open": open_,
        "form": form or Form(),
    }


async def _page(
    here: Visitor, number: int, form: Form | None = None, inviting: bool = False, done: str = ""
) -> Page:
    """`form` is one that was refused; `inviting`: the form that invites, else one beside a member."""
    pool, t, actor = here.desk.services.pool, here.t, here.actor
    manages = actor.company == number and actor.grade is Grade.OWNER
    found = await membership.members(pool, number)
    owners = sum(one.grade is Grade.OWNER for one in found)
    listed = [
        {
            "person": one.person,
            "name": one.name,
            "email": one.email,
            "grade": one.grade,
            "grade_name": t(GRADES[one.grade]),
            "since": one.since,
            "you": one.person == actor.member,
            "only_owner": one.grade is Grade.OWNER and owners == 1,
        }
        for one in found
    ]
    history = await membership.history(pool, number, engine.KINDS) if manages else []
    return await show(
        here,
        "members.html",
        422 if form else 200,
        number=number,
        members=listed,
        grades=[{"value": one, "label": t(name), "may": t(MAY[one])} for one, name in GRADES.items()],
        invitations=[_invited(t, one) for one in await membership.invitations(pool, number)]
        if manages
        else [],
        offer=_offer(here, number, form if inviting else None, inviting) if manages else None,
        history=[_told(t, one) for one in history],
        manages=manages,
        leaves=actor.company == number,
        problem=form.errors.get("", "") if form and not inviting else "",
        done=t(_DONE[done]) if done in _DONE else "",
    )


@get("/companies/{number:int}/members", opt={"needs": "members"})
async def members_page(request: Req, number: FromPath[int]) -> Page:
    here = visitor(request)
    return await _page(here, own_company(here, number, "members"), done=request.query_params.get("done", ""))


async def _answered(here: Visitor, number: int, answer: object, form: Typed, done: str) -> Page:
    if isinstance(answer, Refusal):
        return await _page(here, number, await declined(here, answer, form))
    return see_other(f"/companies/{number}/members?done={done}")


@post("/companies/{number:int}/members/{person:int}", opt={"needs": "members", "changes": "members"})
async def change_member(request: Req, number: FromPath[int], person: FromPath[int]) -> Page:
    here, form = visitor(request), await typed(request)
    services, by, company = here.desk.services, by_of(request, here), own_company(here, number, "members")
    if form.get("do") == "remove":
        answer = await engine.remove(services, by, company, person)
        if answer is None and person == here.actor.member:
            return see_other("/companies")
        return await _answered(here, company, answer, form, "removed")
    try:
        grade = Grade(choice(here.t, form, "grade", dict.fromkeys(Grade)))
    except Wrong as wrong:
        return await _page(here, company, Form(form, {"": wrong.fields["grade"]}))
    answer = await engine.set_grade(services, by, company, person, grade)
    if answer is None and person == here.actor.member:
        return see_other("/companies")  # what was an owner's page a moment ago may be theirs no more
    return await _answered(here, company, answer, form, "changed")


@post("/companies/{number:int}/invitations", opt={"needs": "members", "changes": "members"})
async def invite(request: Req, number: FromPath[int]) -> Page:
    here, form = visitor(request), await typed(request)
    services, by, company = here.desk.services, by_of(request, here), own_company(here, number, "members")
    if not form.get("key"):
        raise ClientException("the form carries no key")
    try:
        grade = Grade(choice(here.t, form, "grade", dict.fromkeys(Grade)))
    except Wrong as wrong:
        return await _page(here, company, Form(form, wrong.fields), True)
    email, key = form.get("email", ""), form["key"][:64]
    answer = await inviting.invite(services, by, company, email, grade, key, url_of(request, here))
    if isinstance(answer, Refusal):
        return await _page(here, company, await declined(here, answer, form), True)
    return await _answered(here, company, answer, form, "invited")


@post("/companies/{number:int}/invitations/{invitation:int}", opt={"needs": "members", "changes": "members"})
async def change_invitation(request: Req, number: FromPath[int], invitation: FromPath[int]) -> Page:
    here, form = visitor(request), await typed(request)
    services, by, company = here.desk.services, by_of(request, here), own_company(here, number, "members")
    if form.get("do") == "withdraw":
        answer = await inviting.withdraw(services, by, company, invitation)
        return await _answered(here, company, answer, form, "withdrawn")
    answer = await inviting.renew(services, by, company, invitation, url_of(request, here))
    return await _answered(here, company, answer, form, "renewed")


PAGES = [members_page, change_member, invite, change_invitation]
