"""The form that registers a company. The first row of owners is there at once, more come on request."""

import re

from litestar import get, post
from litestar.enums import MediaType
from litestar.exceptions import ClientException
from litestar.response import Response

from tradehold.domain.refusal import Code, Refusal
from tradehold.engine.registration import MOST_OWNERS, Details, Owner, register_company
from tradehold.store import membership
from tradehold.web import i18n
from tradehold.web.asking import by_of, declined
from tradehold.web.companies import switched
from tradehold.web.forms import Typed, new_key, typed
from tradehold.web.places import countries, country_of, number_name, number_names, zones
from tradehold.web.render import Form, page
from tradehold.web.visit import HEADERS, Page, Req, Visitor, show, visitor

_DETAILS = ("name", "country", "registration", "address", "language", "zone")
_OWNER = ("name", "born", "nationality", "share")
_TELLING = ("name", "born", "share")  # the nationality is chosen from a list that is never empty
_KEY = re.compile(r"[\w-]{8,64}", re.ASCII)


def _owners(form: Typed) -> list[Typed]:
    """The rows in which something was typed, closed up."""
    rows = [{name: form.get(f"owners.{n}.{name}", "") for name in _OWNER} for n in range(MOST_OWNERS)]
    return [row for row in rows if any(row[name] for name in _TELLING)]


def _closed_up(form: Typed) -> Typed:
    rest = {name: value for name, value in form.items() if not name.startswith("owners.")}
    for n, row in enumerate(_owners(form)):
        rest |= {f"owners.{n}.{name}": value for name, value in row.items()}
    return rest


async def _form_page(here: Visitor, form: Form, status: int = 200) -> Page:
    t = here.t
    chosen = form.kept.get("country", "")
    rows = len(_owners(form.kept))
    return await show(
        here,
        "register.html",
        status,
        form=form,
        key=new_key(),
        rows=min(max(rows + bool(form.kept.get("more")), 1), MOST_OWNERS),
        most=MOST_OWNERS,
        countries=countries(t.locale),
        number_name=number_name(t, chosen),
        number_names=number_names(t),
        languages=[{"value": code, "label": one.name} for code, one in i18n.languages().items()],
        zones=zones(),
    )


@get("/companies/new", opt={"needs": "session"})
async def new_page(request: Req) -> Page:
    here = visitor(request)
    zone = here.session.member.zone if here.session else ""
    start = {"country": country_of(zone), "language": here.t.language, "zone": zone}
    return await _form_page(here, Form(start))


@get("/companies/new/number", opt={"needs": "session"})
async def number_field(request: Req) -> Page:
    """The one field whose name depends on the country: the form takes its hint."""
    here = visitor(request)
    name = number_name(here.t, request.query_params.get("country", "")[:2])
    words = {"form": Form(), "number_name": name, "number_names": []}
    text = page("number.html", t=here.t, f=here.f, shell={"csrf": ""}, **words)
    return Response(text, media_type=MediaType.HTML, headers=HEADERS)


@post("/companies/new", opt={"needs": "session"})
async def register(request: Req) -> Page:
    here, form = visitor(request), await typed(request)
    kept = _closed_up(form)
    if form.get("more"):
        return await _form_page(here, Form(kept))
    key = form.get("key", "")
    if not _KEY.fullmatch(key):
        raise ClientException("the form carries no key")
    name, country, number, address, language, zone = (kept.get(one, "") for one in _DETAILS)
    owners = tuple(Owner(**row) for row in _owners(kept))
    details = Details(name, country, number, address, language, zone, owners, bool(kept.get("unowned")))
    by = by_of(request, here)
    answer = await register_company(here.desk.services, by, key, details)
    if isinstance(answer, Refusal) and answer.code is Code.KEY_REUSED:
        # The same form, sent once more with other words: its company is there.
        answer = await membership.number_for(here.desk.services.pool, by.actor.member, key)
    if isinstance(answer, Refusal):
        return await _form_page(here, await declined(here, answer, kept), 422)
    return await switched(request, here, answer, "/trades")


PAGES = [new_page, number_field, register]
