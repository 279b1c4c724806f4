"""Inviting somebody into a company by e-mail: a letter with an address that works once, for seven days."""

import re
import secrets
from datetime import timedelta
from functools import cache
from importlib.resources import files

import msgspec

from tradehold.domain.command import Grade
from tradehold.domain.refusal import Code, Refusal, refuse
from tradehold.engine.access import By, check_change, wall
from tradehold.engine.membership import entry_of
from tradehold.engine.services import Services
from tradehold.store import mail, membership, views
from tradehold.store.mail import Letter
from tradehold.store.membership import Invitation

LASTS = timedelta(days=7)
_AGAIN = timedelta(minutes=1)  # a second press of the button sends no second letter
MOST_OPEN = 100  # of one company: nobody sends letters to the whole world from here
_EMAIL = re.compile(r"[^\s@<>()\",:;\\]{1,64}@[^\s@<>()\",:;\\]+\.[^\s@<>()\",:;\\.]{2,}")
_LONGEST = 254  # characters of an address (RFC 5321)


class _Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    subject: str
    body: str
    platform: str
    grades: dict[str, str]


@cache
def _letters() -> dict[str, _Words]:
    text = files("tradehold").joinpath("data/letters/invitation.toml").read_bytes()
    return msgspec.toml.decode(text, type=dict[str, _Words])


async def invite(
    services: Services, by: By, company: int, email: str, grade: Grade, request: str, site: str
) -> Invitation | Refusal:
    """The same `request` sent twice is one invitation and one letter. `site` is the platform's own address,
    such as https://trade.example.com."""
    if refusal := check_change(by, company, "members"):
        return refusal
    if refusal := await _wrong(services, company, email):
        return refusal
    token, now = secrets.token_urlsafe(32), wall()
    entry = entry_of(by, company, "invited", f"{email}: {grade}")
    invited, made = await membership.invite(services.pool, email, grade, token, request, now + LASTS, entry)
    if not made and (invited.company, invited.email, invited.grade) != (company, email, grade):
        return refuse(Code.KEY_REUSED)
    if made:
        await _send(services, by, invited, token, site)
    return invited


async def _wrong(services: Services, company: int, email: str) -> Refusal | None:
    text = ""
    if len(email) > _LONGEST or not email.isprintable() or not _EMAIL.fullmatch(email):
        text = "This is not an e-mail address such as name@example.com."
    elif any(one.email.lower() == email.lower() for one in await membership.members(services.pool, company)):
        text = "Somebody with this address is a member already."
    elif len(await membership.invitations(services.pool, company)) >= MOST_OPEN:
        text = f"There are {MOST_OPEN} open invitations: withdraw some first."
    return Refusal(Code.INVALID_DETAILS, {"first": text}, {"email": text}) if text else None


async def renew(services: Services, by: By, company: int, number: int, site: str) -> Invitation | Refusal:
    """Sends the letter again, for seven days from now: the address in the old one stops working."""
    if refusal := check_change(by, company, "members"):
        return refusal
    found = await _open(services, company, number)
    if found is None:
        return refuse(Code.UNKNOWN, what="invitation")
    token, now = secrets.token_urlsafe(32), wall()
    entry = entry_of(by, company, "invitation_renewed", found.email)
    if await membership.renew(services.pool, number, token, now + LASTS, now - _AGAIN, entry):
        found = msgspec.structs.replace(found, made_at=now, ends_at=now + LASTS)
        await _send(services, by, found, token, site)
    return found


async def withdraw(services: Services, by: By, company: int, number: int) -> Invitation | Refusal:
    if refusal := check_change(by, company, "members"):
        return refusal
    found = await _open(services, company, number)
    if found is None:
        return refuse(Code.UNKNOWN, what="invitation")
    await membership.withdraw(
        services.pool, number, entry_of(by, company, "invitation_withdrawn", found.email)
    )
    return found


async def accept(services: Services, by: By, token: str) -> int | Refusal:
    """The company whose member the person is now. A key cannot accept for its maker."""
    if by.actor.key:
        return refuse(Code.NOT_ALLOWED, command="accept")
    pool, person, now = services.pool, by.actor.member, wall()
    found = await membership.invitation(pool, token, now)
    if found is None or found.used_by not in (0, person):
        return refuse(Code.UNKNOWN, what="invitation")
    here = {one.company for one in await membership.of_person(pool, person)}
    if found.used_by == person and found.company in here:
        return found.company  # pressed twice
    if found.used_by:
        return refuse(Code.UNKNOWN, what="invitation")
    if found.company in here:
        return refuse(Code.EXISTS, what="membership")
    entry = entry_of(by, found.company, "joined", found.grade)
    if await membership.accept(pool, token, entry):
        return found.company
    return refuse(Code.UNKNOWN, what="invitation")


async def _open(services: Services, company: int, number: int) -> Invitation | None:
    return next(
        (one for one in await membership.invitations(services.pool, company) if one.id == number), None
    )


async def _send(services: Services, by: By, invited: Invitation, token: str, site: str) -> None:
    """The letter speaks the language of whoever invites."""
    pool, number = services.pool, by.actor.member
    person = (await views.people(pool, [number]))[number]
    words = _letters().get(person.language) or _letters()["en"]
    companies = await views.companies(pool, [invited.company])
    said = {
        "by": person.name,
        "company": companies[invited.company].name if invited.company in companies else words.platform,
        "grade": words.grades[invited.grade],
        "until": f"{invited.ends_at:%Y-%m-%d %H:%M}",
        "link": f"{site}/invitations/{token}",
    }
    key = f"invitation:{invited.id}:{membership.hashed(token).hex()[:16]}"
    subject, body = words.subject.format(**said), words.body.strip().format(**said) + "\n"
    await mail.put_letters(pool, [Letter(key, invited.email, "invitation", subject, body)], wall())
