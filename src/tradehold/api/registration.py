"""Who one is, the companies one belongs to, registering another, and what a company says of itself."""

from datetime import date, datetime
from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.params import FromPath
from msgspec import Meta

from tradehold.api.asking import accepted, by_of, changeable, own_company
from tradehold.api.operation import Caller, Operation, changes, own, reads
from tradehold.api.page import Page
from tradehold.api.problems import http_problem, refused
from tradehold.api.request import header, idempotency_key, read_json
from tradehold.domain.command import DUTIES, Duty, Grade
from tradehold.domain.refusal import Code, refuse
from tradehold.engine import membership as engine
from tradehold.engine.registration import Details, register_company
from tradehold.engine.registration import Owner as Named
from tradehold.store import membership, views
from tradehold.store.membership import Membership

Number = Annotated[int, Meta(ge=0, lt=2**40, description="A company's number; 0 is the platform.")]
_EXAMPLE: dict[str, Any] = {
    "name": "Harbour Kids Ltd", "country": "US", "registration": "91-1144442", "language": "en",
    "address": "410 Pier Avenue, Oakland CA 94607", "zone": "America/Los_Angeles",
    "owners": [{"name": "Ana Ortiz", "born": "1980-05-17", "nationality": "US", "share": "60"}],
}  # fmt: skip


class CompanyOfMine(msgspec.Struct, frozen=True):
    """`grade` is what the person is in it. A company at the stage `held` is being checked, and one that is
    `excluded` was refused: nothing can be done with either. `acting`: requests are made for it now."""

    company: int
    name: str
    country: str
    grade: Grade
    since: datetime
    stage: str
    acting: bool


class Me(msgspec.Struct, frozen=True):
    """`company` is the one acted for, null for none; `grade` and `duties` are those in it. `key` is the
    number of the key that was used, null for a session."""

    person: int
    name: str
    language: str
    zone: str
    company: int | None
    grade: Grade | None
    duties: tuple[Duty, ...]
    key: int | None
    companies: tuple[CompanyOfMine, ...]


class Owner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A beneficial owner. `share` in per cent."""

    name: str
    born: date
    nationality: str
    share: str


class Registration(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """`registration` is the number in the country's register, checked where its rules are known. Give
    `owners`, or say by `unowned` that nobody holds 25 % or more."""

    name: str
    country: str
    registration: str
    address: str
    language: str
    zone: str
    owners: tuple[Owner, ...] = ()
    unowned: bool = False


class Registered(msgspec.Struct, frozen=True):
    """`stage` is `active`, or `held` where a name met the screening list and operators have to look."""

    company: int
    stage: str


class Profile(msgspec.Struct, frozen=True):
    company: int
    name: str
    country: str
    registration: str
    address: str
    language: str
    zone: str


class Changed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    address: str
    language: str
    zone: str


class Switch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    company: Number


class Switched(msgspec.Struct, frozen=True):
    """`token` takes the place of the session's old one, which has ended."""

    company: int
    token: str


_REGISTRATION = msgspec.json.Decoder(Registration)
_CHANGED = msgspec.json.Decoder(Changed)
_SWITCH = msgspec.json.Decoder(Switch)


async def _mine(request: Caller) -> tuple[CompanyOfMine, ...]:
    pool, actor = request.auth.services.pool, request.auth.actor
    found = await membership.of_person(pool, actor.member)
    stages = await views.company_stages(pool, [one.company for one in found])
    acting = await _acting(request)
    return tuple(_company(one, stages.get(one.company, "active"), one.company == acting) for one in found)


def _company(one: Membership, stage: str, acting: bool) -> CompanyOfMine:
    return CompanyOfMine(one.company, one.name, one.country, one.grade, one.since, stage, acting)


async def _acting(request: Caller) -> int | None:
    """Nobody who acts for no company is an operator: those have a grade."""
    actor = request.auth.actor
    return actor.company if actor.company or actor.grade else None


@get("/me", opt=own("session", Operation("Tell who calls", Me, "readMe", "Companies")))
async def read_me(request: Caller) -> Me:
    actor = request.auth.actor
    person = (await views.people(request.auth.services.pool, [actor.member]))[actor.member]
    duties = tuple(sorted(DUTIES[actor.grade])) if actor.grade else ()
    return Me(
        person.id, person.name, person.language, person.zone, await _acting(request), actor.grade, duties,
        actor.key or None, await _mine(request),
    )  # fmt: skip


@post(
    "/me/company",
    opt=own("session", Operation(
        "Act for another of one's companies", Switched, "switchCompany", "Companies", body=Switch,
        example={"company": 7}, refused=("unknown",),
    )),
    status_code=200,
)  # fmt: skip
async def switch_company(request: Caller) -> Switched:
    company = (await read_json(request.scope, request.receive, _SWITCH)).company
    scheme, _, token = header(request.scope, b"authorization").partition(b" ")
    if scheme.lower() != b"bearer":
        raise http_problem("forbidden", "The pages switch by a form of their own: send the session's token.")
    fresh = await engine.switch(
        request.auth.services, by_of(request), token.strip().decode("latin-1"), company
    )
    if fresh is None:
        raise refused(refuse(Code.UNKNOWN, what="company"))
    return Switched(company, fresh)


@get("/companies", opt=own("session", Operation(
    "List the companies one belongs to", Page[CompanyOfMine], "listCompanies", "Companies"
)))  # fmt: skip
async def list_companies(request: Caller) -> Page[CompanyOfMine]:
    return Page(await _mine(request))


@post(
    "/companies",
    opt=own("session", Operation(
        "Register a company", Registered, "registerCompany", "Companies", body=Registration,
        example=_EXAMPLE, status=201, keyed=True, refused=("invalid_details", "key_reused", "not_allowed"),
    )),
)  # fmt: skip
async def register(request: Caller) -> Registered:
    key = idempotency_key(request.scope)
    body = await read_json(request.scope, request.receive, _REGISTRATION)
    owners = tuple(Named(one.name, one.born.isoformat(), one.nationality, one.share) for one in body.owners)
    details = Details(
        body.name,
        body.country,
        body.registration,
        body.address,
        body.language,
        body.zone,
        owners,
        body.unowned,
    )
    services = request.auth.services
    company = accepted(await register_company(services, by_of(request), key, details))
    stages = await views.company_stages(services.pool, [company])
    return Registered(company, stages[company])


async def _profile(request: Caller, company: int) -> Profile:
    found = await views.companies(request.auth.services.pool, [company])
    if company not in found:
        raise refused(refuse(Code.UNKNOWN, what="company"))
    one = found[company]
    return Profile(one.id, one.name, one.country, one.registration, one.address, one.language, one.zone)


@get("/companies/{company:str}/profile", opt=reads("company", Operation(
    "Read what a company says of itself", Profile, "readProfile", "Companies", refused=("unknown",)
)))  # fmt: skip
async def read_profile(request: Caller, company: FromPath[str]) -> Profile:
    return await _profile(request, own_company(request, company, "company"))


@post(
    "/companies/{company:str}/profile",
    opt=changes("profile", Operation(
        "Change a company's address, language and time zone", Profile, "changeProfile", "Companies",
        body=Changed, refused=("unknown", "not_your_duty", "invalid_details"),
        example={"address": "2 Harbour Road, Oakland", "language": "en", "zone": "America/Los_Angeles"},
    )),
    status_code=200,
)  # fmt: skip
async def change_profile(request: Caller, company: FromPath[str]) -> Profile:
    number = changeable(request, company, "profile")
    body = await read_json(request.scope, request.receive, _CHANGED)
    by, services = by_of(request), request.auth.services
    accepted(await engine.set_profile(services, by, number, body.address, body.language, body.zone))
    return await _profile(request, number)


ROUTES = [read_me, switch_company, list_companies, register, read_profile, change_profile]
