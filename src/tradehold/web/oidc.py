"""Coming in through an organisation's identity provider, where one is set."""

import hmac
import logging
from datetime import timedelta

from litestar import get
from litestar.exceptions import NotFoundException

from tradehold.engine import oidc
from tradehold.engine.access import wall
from tradehold.engine.door import Oidc
from tradehold.store import credentials
from tradehold.web import i18n
from tradehold.web.entry import inside, passed, pool_of, put_cookie, url_of
from tradehold.web.visit import Page, Req, Visitor, see_other, show, visitor

log = logging.getLogger("tradehold")
_COOKIE = "th_oidc"
_LASTS = timedelta(minutes=10)


def _set(here: Visitor) -> Oidc:
    if here.desk.services.door.oidc is None:
        raise NotFoundException("no identity provider is set")
    return here.desk.services.door.oidc


async def _failed(here: Visitor, error: oidc.OidcError | None) -> Page:
    if error:
        log.warning("sign-in by OpenID Connect: %s", error)
    t = here.t
    title, sentence = (
        t("{name} did not sign you in", name=_set(here).name),
        t("Nothing was changed. Try again."),
    )
    out = {"href": "/sign-in", "label": t("To the sign-in page")}
    return await show(here, "error.html", 403, status=403, title=title, sentence=sentence, way_out=out)


@get("/oidc", opt={"needs": "signin"})
async def begin(request: Req) -> Page:
    here = visitor(request)
    provider, redirect = _set(here), f"{url_of(request, here)}/oidc/callback"
    to = inside(request.query_params.get("next", ""), "")
    try:
        address, state = await oidc.begin(pool_of(here), provider, redirect, to, wall())
    except oidc.OidcError as error:
        return await _failed(here, error)
    answer = see_other(address)
    put_cookie(request, answer, _COOKIE, state, _LASTS)
    return answer


@get("/oidc/callback", opt={"needs": "signin"})
async def callback(request: Req) -> Page:
    """Only the browser that went away may come back: its cookie is the state."""
    here, query = visitor(request), request.query_params
    provider, state = _set(here), query.get("state", "")
    mine = request.cookies.get(_COOKIE, "").encode("utf-8", "replace")
    if not state or not hmac.compare_digest(state.encode("utf-8", "replace"), mine):
        return await _failed(here, None)
    redirect = f"{url_of(request, here)}/oidc/callback"
    try:
        found = await oidc.finish(pool_of(here), provider, redirect, state, query.get("code", ""), wall())
    except oidc.OidcError as error:
        return await _failed(here, error)
    if found is None:
        return await _failed(here, None)
    who, to = found
    pool, language = pool_of(here), who.locale if who.locale in i18n.languages() else here.t.language
    await credentials.new_person(pool, who.name.replace("\x00", ""), language, "UTC", who.email)
    account = await credentials.account_by_email(pool, who.email)
    if account is None:
        return await _failed(here, None)
    answer = await passed(request, here, account, "oidc", to)
    put_cookie(request, answer, _COOKIE, "", timedelta())
    return answer


PAGES = [begin, callback]
