"""One's own security: password, passkeys, authenticator, recovery codes, devices; and personal settings.

What changes here takes a second factor shown just now, or, while there is none to show, the password again.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import msgspec
import segno
from litestar import get, post
from litestar.datastructures import Cookie
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from markupsafe import Markup

from tradehold.engine import factors, passkeys, signin, tries
from tradehold.engine.access import COOKIE, wall
from tradehold.store import credentials, people
from tradehold.store.credentials import Account, Happening, hash_of
from tradehold.web import security_letters
from tradehold.web.agents import agent_name
from tradehold.web.entry import account_here, asked, browser_of, pool_of, put_cookie, url_of, waiting
from tradehold.web.forms import Typed, Wrong, choice, email, text, typed
from tradehold.web.i18n import Translator, mark
from tradehold.web.render import Form
from tradehold.web.signup import EMAIL, NewEmail, personal, personal_fields, weak
from tradehold.web.visit import LANGUAGE_COOKIE, Json, Page, Req, Visitor, see_other, show, visitor

_RECENT = timedelta(minutes=10)
_DRAFT = timedelta(minutes=30)  # to set an authenticator up
_YEAR = 365 * 24 * 3600
_WHAT = {
    "signed_in": mark("Signed in"),
    "sign_in_failed": mark("A sign-in failed"),
    "signed_out": mark("Signed out"),
    "password_changed": mark("Password changed"),
    "reset": mark("Password chosen anew by e-mail"),
    "passkey_added": mark("Passkey added"),
    "passkey_removed": mark("Passkey removed"),
    "totp_on": mark("Authenticator set up"),
    "totp_off": mark("Authenticator removed"),
    "recovery_codes_made": mark("Recovery codes made"),
    "step_up": mark("Second factor shown"),
    "step_up_failed": mark("A second factor did not count"),
    "sessions_ended": mark("Other sessions ended"),
    "email_changed": mark("E-mail changed"),
}
_HOW = {
    "password": mark("password"),
    "passkey": mark("passkey"),
    "oidc": mark("identity provider"),
    "link": mark("demo link"),
    "totp": mark("authenticator"),
    "recovery": mark("recovery code"),
    "code": mark("code"),
}


def _recent(here: Visitor) -> bool:
    """Signed in so lately that it need not be asked who it is. The demo's people have no password."""
    session = here.session
    return session is not None and (session.how == "link" or session.made_at > wall() - _RECENT)


def _asks_password(here: Visitor, account: Account) -> bool:
    return not account.secured and not _recent(here) and bool(account.password)


def _locked(here: Visitor, account: Account) -> bool:
    """Nothing may be changed before a second factor was shown, or before signing in anew."""
    if here.fresh or (_recent(here) and not account.secured):
        return False
    return account.secured or not account.password


async def _page(
    request: Req, here: Visitor, status: int = 200, form: Form | None = None, which: str = "", **more: object
) -> Page:
    pool, account, t = pool_of(here), await account_here(here), here.t
    now, mine = wall(), hash_of(here.token)
    return await show(
        here,
        "security.html",
        status,
        account=account,
        first=(here.operates and not account.secured) or "first" in request.query_params,
        locked=_locked(here, account),
        asks=_asks_password(here, account),
        form=form or Form(),
        which=which,
        passkeys=[
            {"id": one.id.hex(), "name": one.name, "made_at": one.made_at, "used_at": one.used_at}
            for one in await credentials.passkeys(pool, account.id)
        ],
        devices=[
            {
                "id": one.hash.hex(),
                "agent": agent_name(t, one.agent),
                "address": one.address,
                "how": t(_HOW.get(one.how, one.how)),
                "made_at": one.made_at,
                "seen_at": one.seen_at,
                "here": one.hash == mine,
            }
            for one in await credentials.devices(pool, account.id, now)
        ],
        happened=[_told(t, one) for one in await credentials.logged(pool, account.id)],
        **({"codes": [], "setup": None} | more),
    )


def _told(t: Translator, one: Happening) -> dict[str, object]:
    detail = t(_HOW[one.detail]) if one.detail in _HOW else one.detail
    what = t(_WHAT[one.what]) if one.what in _WHAT else one.what
    return {"at": one.at, "what": what, "detail": detail, "address": one.address}


@get("/security", opt={"needs": "session"})
async def security_page(request: Req) -> Page:
    return await _page(request, visitor(request))


@post("/security/passkey/options", opt={"needs": "session"}, status_code=200)
async def passkey_options(request: Req) -> Json:
    here, services = visitor(request), visitor(request).desk.services
    account, url = await account_here(here), url_of(request, here)
    return asked(
        await passkeys.ask_to_enrol(
            services.pool, services.door, url, account.id, account.name, account.email, wall()
        )
    )


class _Change(msgspec.Struct, frozen=True):
    """One change that somebody asks for of their own account."""

    request: Req
    here: Visitor
    account: Account
    form: Typed

    @property
    def pool(self) -> Any:
        return pool_of(self.here)

    async def log(self, what: str, detail: str = "") -> None:
        address = browser_of(self.request).address
        company = self.here.company
        await credentials.log(self.pool, self.account.id, company, wall(), what, detail, address)

    async def tell_factor(self, what: str) -> None:
        kind = security_letters.FACTOR_CHANGED
        await security_letters.tell(self.pool, self.account, kind, wall(), what=what)

    async def done(self, part: str, shown: str = "", codes: list[str] | None = None) -> Page:
        """Back to the page; `shown`: the change itself has shown this second factor."""
        token = None
        if shown:
            person, company = self.account.id, self.here.company
            address = browser_of(self.request).address
            token = await signin.step_up(self.pool, person, company, self.here.token, shown, address, wall())
        if token and self.here.session:
            self.here.cookie = token
            fresh = msgspec.structs.replace(
                self.here.session, fresh_until=wall() + signin.FRESH, secured=True
            )
            self.here.session = fresh
        answer = (
            see_other(f"/security#{part}")
            if codes is None
            else await _page(self.request, self.here, codes=codes)
        )
        if token:
            put_cookie(self.request, answer, COOKIE, token, people.SESSION)
        return answer


async def _password(it: _Change) -> Page:
    account, here = it.account, it.here
    password = it.form.get("password", "")
    if problem := weak(here, password, account.name, account.email):
        raise Wrong(password=problem)
    if not account.email:
        raise Wrong(password=here.t("A password needs an e-mail: give yours first."))
    await signin.change_password(it.pool, here.desk.services.door, account.id, password, here.token)
    await it.log("password_changed")
    await security_letters.tell(it.pool, account, security_letters.PASSWORD_CHANGED, wall())
    return await it.done("password")


async def _email(it: _Change) -> Page:
    """Nothing changes before the new address has answered. The old one is told at once."""
    here, now, new = it.here, wall(), email(it.here.t, it.form)
    link_base = url_of(it.request, here)
    wait = await tries.begin(it.pool, tries.of_letter(browser_of(it.request)), now)
    if wait:
        raise Wrong(email=waiting(here, wait, now))
    token = await signin.begin_ticket(it.pool, "email", it.account.id, NewEmail(new), EMAIL, now)
    if await credentials.account_by_email(it.pool, new) is None:
        link = f"{link_base}/confirm-email/{token}"
        kind = security_letters.CONFIRM_EMAIL
        await security_letters.send(it.pool, it.account.language, new, kind, now, link=link)
    await security_letters.tell(it.pool, it.account, security_letters.EMAIL_CHANGES, now, email=new)
    return await show(here, "sent.html", email=new)


async def _add_passkey(it: _Change) -> Page:
    here, account = it.here, it.account
    if account.passkeys >= passkeys.MOST:
        raise Wrong(name=here.t("Remove a passkey first: there are {most}.", most=passkeys.MOST))
    name = text(here.t, it.form, "name", 60)
    url, answer = url_of(it.request, here), it.form.get("answer", "")
    made = await passkeys.enrol(it.pool, url, account.id, it.form.get("asked", ""), answer, name, wall())
    if made is None or not await credentials.put_passkey(it.pool, made):
        raise Wrong(name=here.t("The passkey was not made. Try again."))
    await it.log("passkey_added", name)
    await it.tell_factor(mark("a passkey was added"))
    return await _enrolled(it, "passkeys", "passkey")


async def _enrolled(it: _Change, part: str, which: str) -> Page:
    """With the first factor come the recovery codes: without them a lost phone is a lost account."""
    if it.account.codes:
        return await it.done(part, which)
    codes = await factors.new_codes(it.pool, it.here.desk.services.door, it.account.id)
    await it.log("recovery_codes_made")
    return await it.done(part, which, codes=codes)


async def _remove_passkey(it: _Change) -> Page:
    t, account = it.here.t, it.account
    others = account.password or account.passkeys > 1 or it.here.desk.services.door.oidc
    if not others:
        raise Wrong(passkey=t("This is your last way in: set a password or another passkey first."))
    try:
        number = bytes.fromhex(it.form.get("passkey", ""))
    except ValueError:
        number = b""
    name = await credentials.drop_passkey(it.pool, account.id, number)
    if name is not None:
        await it.log("passkey_removed", name)
        await it.tell_factor(mark("a passkey was removed"))
        await _drop_codes(it)
    return await it.done("passkeys")


async def _drop_codes(it: _Change) -> None:
    """Recovery codes stand in for a second factor: where there is none any more, they go with it."""
    left = await account_here(it.here)
    if not left.secured:
        await credentials.put_codes(it.pool, left.id, [])


async def _begin_totp(it: _Change) -> Page:
    return await _show_totp(it, factors.new_secret())


async def _show_totp(it: _Change, secret: str, form: Form | None = None, status: int = 200) -> Page:
    ticket = await signin.begin_ticket(it.pool, "totp", it.account.id, _sealed(it, secret), _DRAFT, wall())
    code = segno.make(factors.totp_address(secret, it.account.email), error="m")
    svg = code.svg_inline(border=3, svgclass="qr", lineclass=None, omitsize=True)
    typed_in = " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))
    setup = {"qr": Markup(svg), "secret": typed_in, "ticket": ticket}  # made by segno, of our own text
    return await _page(it.request, it.here, status, form, "authenticator", setup=setup)


def _sealed(it: _Change, secret: str) -> str:
    return factors.seal_totp(it.here.desk.services.door, it.account.id, secret)


async def _confirm_totp(it: _Change) -> Page:
    t, door, person = it.here.t, it.here.desk.services.door, it.account.id
    ticket = await signin.take_ticket(it.pool, "totp", it.form.get("ticket", ""), wall())
    sealed = msgspec.json.decode(ticket.data, type=str) if ticket and ticket.person == person else ""
    secret = door.unseal(sealed, f"totp {person}") if sealed else None
    if secret is None:
        raise Wrong(code=t("That took too long. Begin once more."))
    step = factors.step_of(secret, it.form.get("code", ""), wall())
    if step is None:
        problem = t("This is not the code that the app shows now. Is your phone's clock right?")
        return await _show_totp(it, secret, Form({}, {"code": problem}), 422)
    await credentials.set_totp(it.pool, person, sealed, step)
    await it.log("totp_on")
    await it.tell_factor(mark("an authenticator was set up"))
    return await _enrolled(it, "authenticator", "totp")


async def _drop_totp(it: _Change) -> Page:
    await credentials.set_totp(it.pool, it.account.id, "", it.account.totp_step)
    await it.log("totp_off")
    await it.tell_factor(mark("the authenticator was removed"))
    await _drop_codes(it)
    return await it.done("authenticator")


async def _codes(it: _Change) -> Page:
    if not it.account.secured:
        raise Wrong(codes=it.here.t("Set a second factor up first."))
    codes = await factors.new_codes(it.pool, it.here.desk.services.door, it.account.id)
    await it.log("recovery_codes_made")
    await it.tell_factor(mark("new recovery codes were made"))
    return await it.done("codes", codes=codes)


async def _end_device(it: _Change) -> Page:
    try:
        hashed = bytes.fromhex(it.form.get("device", ""))
    except ValueError:
        hashed = b""
    if await credentials.end_one_session(it.pool, it.account.id, hashed):
        await it.log("sessions_ended")
    return await it.done("devices")


async def _end_devices(it: _Change) -> Page:
    await credentials.end_other_sessions(it.pool, it.account.id, it.here.token)
    await it.log("sessions_ended")
    return await it.done("devices")


_CHANGES: dict[str, tuple[str, Callable[[_Change], Awaitable[Page]]]] = {
    "password": ("password", _password),
    "email": ("email", _email),
    "add-passkey": ("passkeys", _add_passkey),
    "remove-passkey": ("passkeys", _remove_passkey),
    "begin-authenticator": ("authenticator", _begin_totp),
    "confirm-authenticator": ("authenticator", _confirm_totp),
    "remove-authenticator": ("authenticator", _drop_totp),
    "codes": ("codes", _codes),
}
# Ending sessions is always allowed: whoever sees a stranger among them must not have to search for a phone.
_ALWAYS = {"end-device": _end_device, "end-devices": _end_devices}


@post("/security/{what:str}", opt={"needs": "session"}, status_code=200)
async def change(request: Req, what: FromPath[str]) -> Page:
    here, form = visitor(request), await typed(request)
    it = _Change(request, here, await account_here(here), form)
    if what in _ALWAYS:
        return await _ALWAYS[what](it)
    if what not in _CHANGES:
        raise NotFoundException("no such change")
    part, do = _CHANGES[what]
    if _locked(here, it.account):
        return see_other("/step-up?next=/security")
    try:
        if what != "confirm-authenticator":  # its ticket was made after the password
            await _check_password(it)
        return await do(it)
    except Wrong as wrong:
        kept = {name: value for name, value in form.items() if name not in ("password", "current")}
        return await _page(request, here, 422, Form(kept, wrong.fields), part)


async def _check_password(it: _Change) -> None:
    """Raises Wrong where it is asked for and not right. Counted like a second factor of the session."""
    if not _asks_password(it.here, it.account):
        return
    here, now, door = it.here, wall(), it.here.desk.services.door
    one = tries.of_step_up(door, here.token)
    if wait := await tries.begin(it.pool, one, now):
        raise Wrong(current=waiting(here, wait, now))
    if not await door.passwords.fits(it.account.password, it.form.get("current", "")):
        raise Wrong(current=here.t("This is not your password."))
    await tries.succeeded(it.pool, one, now)


# --- personal settings

_MAIL = {
    "at_once": mark("At once"),
    "daily": mark("Once a day, together"),
    "never": mark("Never"),
}


async def _settings(here: Visitor, form: Form | None = None, status: int = 200, saved: bool = False) -> Page:
    account, t = await account_here(here), here.t
    mail = {
        "name": "mail", "label": t("Letters about your trades"), "type": "radio", "required": True,
        "options": [{"value": key, "label": t(said), "hint": ""} for key, said in _MAIL.items()],
        "start": account.mail,
        "hint": t("Letters about money and about your security always come."),
    }  # fmt: skip
    fields = [*personal_fields(here, account.name, account.language, account.zone), mail]
    return await show(
        here, "settings.html", status, form=form or Form(), fields=fields, saved=saved, email=account.email
    )


@get("/settings", opt={"needs": "session"})
async def settings_page(request: Req) -> Page:
    return await _settings(visitor(request), saved="saved" in request.query_params)


@post("/settings", opt={"needs": "session"}, status_code=200)
async def settings(request: Req) -> Page:
    here, form = visitor(request), await typed(request)
    try:
        new, mail = personal(here, form), choice(here.t, form, "mail", _MAIL)
    except Wrong as wrong:
        return await _settings(here, Form(form, wrong.fields), 422)
    await credentials.set_personal(pool_of(here), here.actor.member, new.name, new.language, new.zone, mail)
    answer = see_other("/settings?saved=yes")
    answer.cookies.append(Cookie(LANGUAGE_COOKIE, "/", value=new.language, max_age=_YEAR, samesite="lax"))
    return answer


PAGES = [security_page, passkey_options, change, settings_page, settings]
