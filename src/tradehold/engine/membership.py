"""Who belongs to a company, and as what. One person may belong to several and acts for one at a time.

Owners change members; everybody may leave. A company never loses its last owner: the store decides that in
one statement, so that two owners who demote each other at the same moment leave one.
"""

import secrets

from tradehold.domain.command import Grade
from tradehold.domain.refusal import Code, Refusal, refuse
from tradehold.engine.access import By, check_change, wall
from tradehold.engine.registration import plain, profile_problems
from tradehold.engine.services import Services
from tradehold.store import membership
from tradehold.store.membership import Entry

# What the access log says of a company's people and keys.
KINDS = (
    "company_registered", "profile_changed", "invited", "invitation_renewed", "invitation_withdrawn",
    "joined", "grade_changed", "removed", "left", "key_made", "key_revoked",
)  # fmt: skip


def entry_of(by: By, company: int, what: str, detail: str = "") -> Entry:
    return Entry(by.actor.member, company, wall(), what, detail[:200], by.address)


async def set_grade(services: Services, by: By, company: int, person: int, grade: Grade) -> Refusal | None:
    if refusal := check_change(by, company, "members"):
        return refusal
    name = await _name(services, company, person)
    entry = entry_of(by, company, "grade_changed", f"{name}: {grade}")
    if not await membership.set_grade(services.pool, person, grade, entry):
        return await _why_not(services, by, company, person)
    services.access.taken += 1
    return None


async def remove(services: Services, by: By, company: int, person: int) -> Refusal | None:
    """Their sessions stop acting for the company at once, and the keys they made are revoked."""
    if refusal := check_change(by, company, "members"):
        return refusal
    name = await _name(services, company, person)
    return await _go(services, by, company, person, entry_of(by, company, "removed", name))


async def leave(services: Services, by: By, company: int) -> Refusal | None:
    """Nobody but the person: a key of theirs cannot."""
    if by.actor.key:
        return refuse(Code.NOT_ALLOWED, command="leave")
    return await _go(services, by, company, by.actor.member, entry_of(by, company, "left"))


async def _go(services: Services, by: By, company: int, person: int, entry: Entry) -> Refusal | None:
    if not await membership.remove(services.pool, person, entry):
        return await _why_not(services, by, company, person)
    services.access.taken += 1
    return None


async def switch(services: Services, by: By, token: str, company: int) -> str | None:
    """The session's new token, under which its person acts for another of their companies."""
    fresh, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    if not await membership.switch(services.pool, token, fresh, csrf, company, wall()):
        return None
    services.access.taken += 1
    await membership.log(services.pool, entry_of(by, company, "switched"))
    return fresh


async def set_profile(
    services: Services, by: By, company: int, address: str, language: str, zone: str
) -> Refusal | None:
    """What may change of a company without anybody's check: its name and its number may not."""
    if refusal := check_change(by, company, "profile"):
        return refusal
    address = plain(address)
    fields = {field: text for field, text in profile_problems(address, language, zone).items() if text}
    if fields:
        return Refusal(Code.INVALID_DETAILS, {"first": next(iter(fields.values()))}, fields)
    entry = entry_of(by, company, "profile_changed")
    await membership.set_profile(services.pool, address, language, zone, entry)
    return None


async def _name(services: Services, company: int, person: int) -> str:
    here = await membership.members(services.pool, company)
    return next((one.name for one in here if one.person == person), "")


async def _why_not(services: Services, by: By, company: int, person: int) -> Refusal:
    grades = {one.person: one.grade for one in await membership.members(services.pool, company)}
    own = grades.get(by.actor.member)
    if person not in grades:
        return refuse(Code.UNKNOWN, what="member")
    if person != by.actor.member and own is not Grade.OWNER:
        return refuse(Code.NOT_YOUR_DUTY, duty="manage", grade=own.value if own else "none")
    return refuse(Code.LAST_OWNER)
