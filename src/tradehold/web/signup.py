"""Everything that goes through somebody's mail: registering, choosing a password after it, a new one, and
another e-mail.

What the pages answer is the same whether or not an e-mail is known; only its owner's mail tells. A link's
page shows a button, because programs that look at mail open links, too.
"""

from datetime import timedelta
from functools import cache
from typing import Any
from zoneinfo import available_timezones

import msgspec
from litestar import get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from tradehold.domain.command import Grade
from tradehold.engine import passkeys, passwords, signin, tries
from tradehold.engine.access import wall
from tradehold.engine.door import SettingsError
from tradehold.engine.passwords import SHORTEST, Weakness
from tradehold.store import credentials, people
from tradehold.store.credentials import Account
from tradehold.store.database import Pool
from tradehold.store.views import Member
from tradehold.web import i18n, security_letters
from tradehold.web.entry import admit, asked, browser_of, passed, pool_of, url_of, waiting
from tradehold.web.forms import Typed, Wrong, choice, email, text, typed
from tradehold.web.i18n import mark
from tradehold.web.render import Form
from tradehold.web.security_letters import send
from tradehold.web.visit import Json, Page, Req, Visitor, see_other, show, visitor

MOST_NAME = 120
_WEAK = {
    Weakness.SHORT: mark("Use at least {shortest} characters: a few words are easiest to remember."),
    Weakness.LONG: mark("Use at most {longest} characters."),
    Weakness.COMMON: mark("This is one of the passwords that are guessed first. Choose another."),
    Weakness.OWN: mark("This is made of your own name or e-mail. Choose another."),
}


class Chosen(msgspec.Struct, frozen=True):
    """What was typed on registering; nobody's, until the link in the letter is opened."""

    name: str = ""
    email: str = ""
    language: str = "en"
    zone: str = "UTC"


@cache
def zones() -> dict[str, str]:
    """The places whose zones somebody may live in."""
    places = (
        "Africa",
        "America",
        "Antarctica",
        "Asia",
        "Atlantic",
        "Australia",
        "Europe",
        "Indian",
        "Pacific",
    )
    named = sorted(one for one in available_timezones() if one.partition("/")[0] in places and "/" in one)
    return {one: one.replace("_", " ") for one in ["UTC", *named]}


def options(of: dict[str, str]) -> list[dict[str, str]]:
    return [{"value": value, "label": label} for value, label in of.items()]


def personal(here: Visitor, form: Typed) -> Chosen:
    """Name, language and zone. Raises Wrong."""
    t, names = here.t, {code: each.name for code, each in i18n.languages().items()}
    name = " ".join(text(t, form, "name", MOST_NAME).split())
    return Chosen(name, "", choice(t, form, "language", names), choice(t, form, "zone", zones()))


def personal_fields(here: Visitor, name: str, language: str, zone: str) -> list[dict[str, Any]]:
    t, names = here.t, {code: each.name for code, each in i18n.languages().items()}
    return [
        {"name": "name", "label": t("Your name"), "required": True, "start": name, "auto": "name"},
        {
            "name": "language", "label": t("Language"), "type": "select", "required": True,
            "options": options(names), "start": language,
        },
        {
            "name": "zone", "label": t("Time zone"), "type": "select", "required": True,
            "options": options(zones()), "start": zone,
            "hint": t("Times are shown in it; deadlines go by the contract's own."),
        },
    ]  # fmt: skip


async def _sign_up(here: Visitor, form: Form | None = None, status: int = 200) -> Page:
    fields = personal_fields(here, "", here.t.language, "UTC")
    return await show(here, "signup.html", status, form=form or Form(), fields=fields)


@get("/sign-up", opt={"needs": "signin"})
async def sign_up_page(request: Req) -> Page:
    return await _sign_up(visitor(request))


async def _letter_may_go(request: Req, here: Visitor) -> None:
    """Raises Wrong for an address from which too many letters were asked for."""
    now = wall()
    wait = await tries.begin(pool_of(here), tries.of_letter(browser_of(request)), now)
    if wait:
        raise Wrong(email=waiting(here, wait, now))


@post("/sign-up", opt={"needs": "signin"}, status_code=200)
async def sign_up(request: Req) -> Page:
    here, form, now = visitor(request), await typed(request), wall()
    pool = pool_of(here)
    try:
        chosen = msgspec.structs.replace(personal(here, form), email=email(here.t, form))
        url = url_of(request, here)
        await _letter_may_go(request, here)
    except Wrong as wrong:
        return await _sign_up(here, Form(form, wrong.fields), 422)
    token = await signin.begin_ticket(pool, "register", 0, chosen, signin.CHOOSE, now)
    if await credentials.account_by_email(pool, chosen.email):
        kind, link = security_letters.KNOWN, f"{url}/sign-in"
    else:
        kind, link = security_letters.REGISTER, f"{url}/choose/{token}"
    await send(pool, chosen.language, chosen.email, kind, now, link=link)
    return await _sent(here, chosen.email)


async def _sent(here: Visitor, address: str) -> Page:
    return await show(here, "sent.html", email=address)


@get("/forgot", opt={"needs": "signin"})
async def forgot_page(request: Req) -> Page:
    return await show(visitor(request), "forgot.html", form=Form())


@post("/forgot", opt={"needs": "signin"}, status_code=200)
async def forgot(request: Req) -> Page:
    here, form, now = visitor(request), await typed(request), wall()
    pool = pool_of(here)
    try:
        address, url = email(here.t, form), url_of(request, here)
        await _letter_may_go(request, here)
    except Wrong as wrong:
        return await show(here, "forgot.html", 422, form=Form(form, wrong.fields))
    account = await credentials.account_by_email(pool, address)
    token = await signin.begin_ticket(pool, "reset", account.id if account else 0, {}, signin.RESET, now)
    if account:
        link = f"{url}/choose/{token}"
        await send(pool, account.language, account.email, security_letters.RESET, now, link=link)
    else:
        link = f"{url}/sign-up"
        await send(pool, here.t.language, address, security_letters.UNKNOWN, now, link=link)
    return await _sent(here, address)


# --- choosing how to sign in

_PURPOSES = ("register", "choose", "reset")


class _Link(msgspec.Struct, frozen=True):
    """A link that lets somebody choose: who it is for, an account or somebody who is about to have one."""

    purpose: str
    account: Account | None
    who: Chosen


async def _link(here: Visitor, token: str) -> _Link | None:
    pool = pool_of(here)
    for purpose in _PURPOSES:
        ticket = await signin.peek_ticket(pool, purpose, token, wall())
        if ticket is None:
            continue
        if not ticket.person:
            who = msgspec.json.decode(ticket.data, type=Chosen)
            return _Link(purpose, None, who) if purpose == "register" else None
        account = await credentials.account(pool, ticket.person)
        return _Link(purpose, account, Chosen(account.name, account.email)) if account else None
    return None


async def _used(here: Visitor) -> Page:
    t = here.t
    title, sentence = (
        t("This link has been used, or is too old"),
        t("Each link works once. Ask for a new one."),
    )
    out = {"href": "/forgot", "label": t("Ask for a new link")}
    return await show(here, "error.html", 403, status=403, title=title, sentence=sentence, way_out=out)


async def _choose(here: Visitor, token: str, link: _Link, problem: str = "", status: int = 200) -> Page:
    form = Form({}, {"password": problem} if problem else {})
    new = link.purpose == "reset"
    return await show(here, "choose.html", status, token=token, email=link.who.email, form=form, reset=new)


@get("/choose/{token:str}", opt={"needs": "signin"})
async def choose_page(request: Req, token: FromPath[str]) -> Page:
    here = visitor(request)
    link = await _link(here, token)
    return await _choose(here, token, link) if link else await _used(here)


@post("/choose/{token:str}/options", opt={"needs": "signin"}, status_code=200)
async def choose_options(request: Req, token: FromPath[str]) -> Json:
    here = visitor(request)
    link, services = await _link(here, token), here.desk.services
    if link is None:
        raise NotFoundException("no such link")
    who, person = link.who, link.account.id if link.account else 0
    url = url_of(request, here)
    return asked(
        await passkeys.ask_to_enrol(services.pool, services.door, url, person, who.name, who.email, wall())
    )


def weak(here: Visitor, password: str, *own: str) -> str:
    """Why the password will not do, in words; empty where it will."""
    found = passwords.weakness(password, *own)
    return here.t(_WEAK[found], shortest=SHORTEST, longest=passwords.LONGEST) if found else ""


@post("/choose/{token:str}", opt={"needs": "signin"}, status_code=200)
async def choose(request: Req, token: FromPath[str]) -> Page:
    here, form = visitor(request), await typed(request)
    link = await _link(here, token)
    if link is None:
        return await _used(here)
    if form.get("answer") and link.purpose != "reset":
        return await _choose_passkey(request, here, token, link, form)
    password = form.get("password", "")
    if problem := weak(here, password, link.who.name, link.who.email):
        return await _choose(here, token, link, problem, 422)
    account = await _claim(here, token, link)
    if account is None:
        return await _used(here)
    door, pool, now = here.desk.services.door, pool_of(here), wall()
    await signin.change_password(pool, door, account.id, password, "")
    address = browser_of(request).address
    what = "reset" if link.purpose == "reset" else "password_changed"
    await credentials.log(pool, account.id, -1, now, what, address=address)
    if link.purpose == "reset":
        await security_letters.tell(pool, account, security_letters.PASSWORD_CHANGED, now)
    return await passed(request, here, account, "password", _after(link))


async def _choose_passkey(request: Req, here: Visitor, token: str, link: _Link, form: Typed) -> Page:
    pool, now, person = pool_of(here), wall(), link.account.id if link.account else 0
    url, name = url_of(request, here), here.t("First passkey")
    made = await passkeys.enrol(pool, url, person, form.get("asked", ""), form["answer"], name, now)
    if made is None:
        return await _choose(here, token, link, here.t("The passkey was not made. Try again."), 422)
    account = await _claim(here, token, link)
    if account is None or not await credentials.put_passkey(
        pool, msgspec.structs.replace(made, person=account.id)
    ):
        return await _used(here)
    await credentials.log(pool, account.id, -1, now, "passkey_added", name, browser_of(request).address)
    return await admit(request, here, account, "passkey", True, _after(link))


def _after(link: _Link) -> str:
    return "/security" if link.account and link.account.operates else "/"


async def _claim(here: Visitor, token: str, link: _Link) -> Account | None:
    """Uses the link up, and makes the person where there is none. None where somebody was faster."""
    pool = pool_of(here)
    if await signin.take_ticket(pool, link.purpose, token, wall()) is None:
        return None
    who = link.who
    if link.account:
        return link.account
    made = await credentials.new_person(pool, who.name, who.language, who.zone, who.email)
    return await credentials.account(pool, made) if made else None


async def invite_operator(pool: Pool, url: str, name: str, address: str, grade: Grade) -> str:
    """Makes somebody an operator, and writes to them. The link with which they choose a password; empty where
    they can sign in already. Raises SettingsError for a name or an e-mail that cannot be meant."""
    t = i18n.translator(i18n.DEFAULT)
    try:
        email(t, {"email": address})
        text(t, {"name": name}, "name", MOST_NAME)
    except Wrong as wrong:
        raise SettingsError(" ".join(wrong.fields.values())) from None
    now = wall()
    person, token = await signin.person_for_invitation(pool, address, name, t.language, "UTC", now)
    await people.put_members(pool, [Member(person, 0, name, t.language, "UTC", grade)], now)
    link = f"{url}/choose/{token}" if token else ""
    if link:
        await send(pool, t.language, address, security_letters.OPERATOR, now, link=link)
    return link


# --- another e-mail


class NewEmail(msgspec.Struct, frozen=True):
    email: str


EMAIL = timedelta(hours=2)


@get("/confirm-email/{token:str}", opt={"needs": "signin"})
async def confirm_email_page(request: Req, token: FromPath[str]) -> Page:
    here = visitor(request)
    ticket = await signin.peek_ticket(pool_of(here), "email", token, wall())
    if ticket is None:
        return await _used(here)
    new = msgspec.json.decode(ticket.data, type=NewEmail).email
    return await show(here, "confirm_email.html", email=new, token=token)


@post("/confirm-email/{token:str}", opt={"needs": "signin"}, status_code=200)
async def confirm_email(request: Req, token: FromPath[str]) -> Page:
    here, now = visitor(request), wall()
    pool = pool_of(here)
    ticket = await signin.take_ticket(pool, "email", token, now)
    account = await credentials.account(pool, ticket.person) if ticket else None
    if ticket is None or account is None:
        return await _used(here)
    new = msgspec.json.decode(ticket.data, type=NewEmail).email
    if not await credentials.set_email(pool, account.id, new):
        return await _used(here)
    await credentials.log(pool, account.id, -1, now, "email_changed", address=browser_of(request).address)
    await security_letters.tell(pool, account, security_letters.EMAIL_CHANGED, now, email=new)
    return see_other("/security" if here.session else "/sign-in")


PAGES = [
    sign_up_page, sign_up, forgot_page, forgot, choose_page, choose_options, choose, confirm_email_page,
    confirm_email,
]  # fmt: skip
