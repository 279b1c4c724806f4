"""API keys: made here, shown here once, revoked here."""

from typing import Any

from litestar import get, post
from litestar.exceptions import ClientException
from litestar.params import FromPath

from tradehold.domain.refusal import Refusal
from tradehold.engine import keys as engine
from tradehold.engine.access import wall
from tradehold.store import keys
from tradehold.store.keys import Key
from tradehold.web.asking import by_of, declined, own_company
from tradehold.web.forms import Wrong, new_key, typed, whole
from tradehold.web.i18n import Translator, mark
from tradehold.web.render import Form
from tradehold.web.visit import Page, Req, Visitor, see_other, show, visitor

_SCOPES = {
    "read": (mark("Read"), mark("Sees what a viewer sees, and changes nothing.")),
    "trade": (mark("Trade"), mark("Reads, drafts and confirms contracts, reports and ships.")),
    "finance": (mark("Finance"), mark("Reads, and deals with money except for where it goes.")),
}
_DAYS = (30, 90, 180, 365)


def _shown(t: Translator, one: Key) -> dict[str, Any]:
    now = wall()
    works = one.revoked_at is None and one.ends_at > now
    state = t("works") if works else t("revoked") if one.revoked_at else t("ended")
    return {
        "id": one.id,
        "name": one.name,
        "prefix": f"{engine.MARK}{one.prefix}…",
        "scope": t(_SCOPES[one.scope][0]),
        "maker": one.maker,
        "ends_at": one.ends_at,
        "used_at": one.used_at,
        "works": works,
        "state": {"text": state, "kind": "good" if works else "plain"},
    }


def _offer(here: Visitor, number: int, form: Form | None) -> dict[str, Any]:
    t = here.t
    scopes = [{"value": scope, "label": t(name), "hint": t(hint)} for scope, (name, hint) in _SCOPES.items()]
    days = [{"value": str(n), "label": t("{count} day|{count} days", count=n)} for n in _DAYS]
    return {
        "id": "key",
        "label": t("Make a key"),
        "summary": t("It acts for the company in your name, within its scope."),
        "icon": "lock",
        "button": t("Make the key"),
        "url": f"/companies/{number}/keys",
        "fields": [
            {
                "name": "name",
                "label": t("Name"),
                "required": True,
                "hint": t("What uses it, such as “Warehouse system”."),
            },
            {
                "name": "scope",
                "label": t("Scope"),
                "type": "radio",
                "required": True,
                "options": scopes,
                "start": "read",
            },
            {
                "name": "days",
                "label": t("Works for"),
                "type": "select",
                "required": True,
                "options": days,
                "start": "90",
            },
        ],
        "kind": "primary",
        "key": new_key(),
        "hidden": {},
        "open": form is not None,
        "form": form or Form(),
    }


async def _page(
    here: Visitor, number: int, form: Form | None = None, made: engine.Made | None = None, problem: str = ""
) -> Page:
    found = await keys.listed(here.desk.services.pool, number)
    return await show(
        here,
        "keys.html",
        422 if form or problem else 200,
        number=number,
        keys=[_shown(here.t, one) for one in found],
        offer=_offer(here, number, form) if here.actor.company == number else None,
        made={"name": made.key.name, "secret": made.secret} if made else None,
        problem=problem,
    )


@get("/companies/{number:int}/keys", opt={"needs": "keys"})
async def keys_page(request: Req, number: FromPath[int]) -> Page:
    here = visitor(request)
    return await _page(here, own_company(here, number, "keys"))


@post("/companies/{number:int}/keys", opt={"needs": "keys", "changes": "keys"}, status_code=200)
async def make(request: Req, number: FromPath[int]) -> Page:
    """Answers with the page itself: the key stands on it, and nowhere else, this once."""
    here, form = visitor(request), await typed(request)
    company, by = own_company(here, number, "keys"), by_of(request, here)
    if not form.get("key"):
        raise ClientException("the form carries no key")
    try:
        days = whole(here.t, form, "days")
    except Wrong as wrong:
        return await _page(here, company, Form(form, wrong.fields))
    name, scope, request_ = form.get("name", ""), form.get("scope", ""), form["key"][:64]
    answer = await engine.make(here.desk.services, by, company, name, scope, days, request_)
    if isinstance(answer, Refusal):
        return await _page(here, company, await declined(here, answer, form))
    return await _page(here, company, made=answer)


@post("/companies/{number:int}/keys/{key:int}", opt={"needs": "keys", "changes": "keys"})
async def revoke(request: Req, number: FromPath[int], key: FromPath[int]) -> Page:
    here, form = visitor(request), await typed(request)
    company, by = own_company(here, number, "keys"), by_of(request, here)
    answer = await engine.revoke(here.desk.services, by, company, key)
    if isinstance(answer, Refusal):
        problem = (await declined(here, answer, form)).errors.get("", "")
        return await _page(here, company, problem=problem)
    return see_other(f"/companies/{company}/keys")


PAGES = [keys_page, make, revoke]
