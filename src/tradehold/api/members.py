"""A company's members and the invitations that bring new ones."""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import delete, get, post
from litestar.params import FromPath
from msgspec import Meta

from tradehold.api.asking import accepted, by_of, changeable, company_of, number_of, own_company, site_of
from tradehold.api.operation import Caller, Operation, changes, own, reads
from tradehold.api.page import Page
from tradehold.api.request import idempotency_key, read_json
from tradehold.domain.command import Grade
from tradehold.engine import invitation as inviting
from tradehold.engine import membership as engine
from tradehold.engine.access import wall
from tradehold.store import membership
from tradehold.store.membership import Invitation

_MANAGING = ("unknown", "not_allowed", "not_your_duty", "step_up")


class MemberShown(msgspec.Struct, frozen=True):
    person: int
    name: str
    email: str
    grade: Grade
    since: datetime


class SetGrade(msgspec.Struct, frozen=True, tag="set_grade", forbid_unknown_fields=True):
    """Makes the member something else in the company."""

    grade: Grade


class Remove(msgspec.Struct, frozen=True, tag="remove", forbid_unknown_fields=True):
    """Ends the membership, and revokes the keys that the member made for the company."""


class InvitationShown(msgspec.Struct, frozen=True):
    """`by` is the number of whoever invited. `ended`: it can be renewed, and not be accepted."""

    id: int
    email: str
    grade: Grade
    by: int
    made_at: datetime
    ends_at: datetime
    ended: bool


class Invite(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    email: str
    grade: Grade


class Accept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    token: Annotated[str, Meta(max_length=200, description="The last part of the address in the letter.")]


class Joined(msgspec.Struct, frozen=True):
    company: int


class Left(msgspec.Struct, frozen=True):
    company: int


_MEMBER = msgspec.json.Decoder(SetGrade | Remove)
_INVITE = msgspec.json.Decoder(Invite)
_ACCEPT = msgspec.json.Decoder(Accept)


async def _members(request: Caller, company: int) -> Page[MemberShown]:
    found = await membership.members(request.auth.services.pool, company)
    return Page(tuple(MemberShown(*msgspec.structs.astuple(one)) for one in found))


def _invitation(one: Invitation) -> InvitationShown:
    ended = one.ends_at <= wall()
    return InvitationShown(one.id, one.email, one.grade, one.by, one.made_at, one.ends_at, ended)


@get("/companies/{company:str}/members", opt=reads("members", Operation(
    "List a company's members", Page[MemberShown], "listMembers", "Members", refused=("unknown",)
)))  # fmt: skip
async def list_members(request: Caller, company: FromPath[str]) -> Page[MemberShown]:
    return await _members(request, own_company(request, company, "members"))


@post(
    "/companies/{company:str}/members/{person:str}",
    opt=changes("members", Operation(
        "Change what a member is, or remove them", Page[MemberShown], "changeMember", "Members",
        body=SetGrade | Remove, example={"type": "set_grade", "grade": "trader"},
        refused=(*_MANAGING, "last_owner"),
    )),
    status_code=200,
)  # fmt: skip
async def change_member(request: Caller, company: FromPath[str], person: FromPath[str]) -> Page[MemberShown]:
    """Answers with those who are members now."""
    number, who = changeable(request, company, "members"), number_of(person, "member")
    do = await read_json(request.scope, request.receive, _MEMBER)
    services, by = request.auth.services, by_of(request)
    if isinstance(do, Remove):
        accepted(await engine.remove(services, by, number, who))
    else:
        accepted(await engine.set_grade(services, by, number, who, do.grade))
    return await _members(request, number)


@post(
    "/companies/{company:str}/leave",
    opt=own("session", Operation(
        "Leave a company", Left, "leaveCompany", "Members", refused=("unknown", "last_owner", "not_allowed")
    )),
    status_code=200,
)  # fmt: skip
async def leave_company(request: Caller, company: FromPath[str]) -> Left:
    number = company_of(company)
    accepted(await engine.leave(request.auth.services, by_of(request), number))
    return Left(number)


@get("/companies/{company:str}/invitations", opt=reads("invitations", Operation(
    "List the invitations that nobody has accepted yet", Page[InvitationShown], "listInvitations", "Members",
    refused=("unknown",),
)))  # fmt: skip
async def list_invitations(request: Caller, company: FromPath[str]) -> Page[InvitationShown]:
    number = own_company(request, company, "invitations")
    found = await membership.invitations(request.auth.services.pool, number)
    return Page(tuple(_invitation(one) for one in found))


@post(
    "/companies/{company:str}/invitations",
    opt=changes("members", Operation(
        "Invite somebody by e-mail", InvitationShown, "invite", "Members", body=Invite, status=201,
        keyed=True, example={"email": "lin@example.com", "grade": "trader"},
        refused=(*_MANAGING, "invalid_details", "key_reused"),
    )),
)  # fmt: skip
async def invite(request: Caller, company: FromPath[str]) -> InvitationShown:
    number, key = changeable(request, company, "members"), idempotency_key(request.scope)
    body = await read_json(request.scope, request.receive, _INVITE)
    services, by, site = request.auth.services, by_of(request), site_of(request)
    made = await inviting.invite(services, by, number, body.email, body.grade, key, site)
    return _invitation(accepted(made))


@post(
    "/companies/{company:str}/invitations/{invitation:str}/renew",
    opt=changes("members", Operation(
        "Send an invitation again", InvitationShown, "renewInvitation", "Members", refused=_MANAGING
    )),
    status_code=200,
)  # fmt: skip
async def renew(request: Caller, company: FromPath[str], invitation: FromPath[str]) -> InvitationShown:
    number, which = changeable(request, company, "members"), number_of(invitation, "invitation")
    services, by = request.auth.services, by_of(request)
    return _invitation(accepted(await inviting.renew(services, by, number, which, site_of(request))))


@delete(
    "/companies/{company:str}/invitations/{invitation:str}",
    opt=changes("members", Operation(
        "Withdraw an invitation", InvitationShown, "withdrawInvitation", "Members", refused=_MANAGING
    )),
    status_code=200,
)  # fmt: skip
async def withdraw(request: Caller, company: FromPath[str], invitation: FromPath[str]) -> InvitationShown:
    number, which = changeable(request, company, "members"), number_of(invitation, "invitation")
    services, by = request.auth.services, by_of(request)
    return _invitation(accepted(await inviting.withdraw(services, by, number, which)))


@post(
    "/invitations/accept",
    opt=own("session", Operation(
        "Accept an invitation", Joined, "acceptInvitation", "Members", body=Accept,
        example={"token": "p6y6DqWmJvPfXWcVPwFh4bWJbGH2ZqkU1KNv8oZs7Xo"},
        refused=("unknown", "exists", "not_allowed"),
    )),
    status_code=200,
)  # fmt: skip
async def accept(request: Caller) -> Joined:
    body = await read_json(request.scope, request.receive, _ACCEPT)
    return Joined(accepted(await inviting.accept(request.auth.services, by_of(request), body.token)))


ROUTES = [
    list_members, change_member, leave_company, list_invitations, invite, renew, withdraw, accept,
]  # fmt: skip
