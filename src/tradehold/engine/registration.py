"""Registering a company: its details are checked, its names screened, and whoever did it is its first owner.

A name that meets the screening list holds the company: it is there, and its people can do nothing with it
until two operators have decided. Beneficial owners are personal data. In the record stands a keyed
fingerprint of each, by which the same person is known again behind another company; the rest lies beside it
and can be erased.
"""

import hmac
import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib.resources import files

import msgspec

from tradehold.domain import registration
from tradehold.domain.command import Actor, Grade, Role
from tradehold.domain.company import Register
from tradehold.domain.contract import known_zone
from tradehold.domain.identity import company_ref
from tradehold.domain.machines import Command
from tradehold.domain.refusal import Code, Refusal
from tradehold.domain.screening import Hit, hits
from tradehold.engine.access import By, wall
from tradehold.engine.services import Services, key_of
from tradehold.store import membership, people, views
from tradehold.store.database import Pool
from tradehold.store.membership import Entry

MOST_OWNERS = 20
_NAME, _ADDRESS = 140, 400  # characters, as a bank's forms take them
_DIGITS = 32  # of a fingerprint: 128 bits
_SHARE = re.compile(r"\d{1,3}(\.\d{1,2})?", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2}", re.ASCII)
# What turns the direction of other people's text, and what is not seen at all.
_TURNS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0xFEFF])
EMPTY, CHOOSE = "This must not be empty.", "Choose one of the list."


class Owner(msgspec.Struct, frozen=True):
    """Somebody to whom the company belongs in the end. `share` in per cent, as written."""

    name: str
    born: str
    nationality: str
    share: str


class Details(msgspec.Struct, frozen=True):
    """What a company says of itself. `unowned`: nobody holds 25 % or more of it."""

    name: str
    country: str
    registration: str
    address: str
    language: str
    zone: str
    owners: tuple[Owner, ...] = ()
    unowned: bool = False


class _Kept(msgspec.Struct, frozen=True):
    """A beneficial owner as kept beside the record; `owner` is the fingerprint that stands in it."""

    owner: str
    name: str
    born: str
    nationality: str
    share: str


@cache
def countries() -> tuple[str, ...]:
    """The codes of ISO 3166-1, as the time zone database lists them."""
    lines = files("tzdata.zoneinfo").joinpath("iso3166.tab").read_text("utf-8").splitlines()
    return tuple(line[:2] for line in lines if line and not line.startswith("#"))


def plain(text: str) -> str:
    """One line without what is not seen, such as marks that turn the direction of the text around it."""
    kept = unicodedata.normalize("NFC", text.translate(_TURNS))
    return " ".join("".join(one if unicodedata.category(one) != "Cc" else " " for one in kept).split())


async def register_company(services: Services, by: By, key: str, details: Details) -> int | Refusal:
    """The new company's number. `key` is the form's: sent twice, it registers one company."""
    details = _tidy(details)
    fields = problems(details, wall().date())
    if fields:
        return Refusal(Code.INVALID_DETAILS, {"first": next(iter(fields.values()))}, fields)
    pool, person = services.pool, by.actor.member
    number = await membership.number_for(pool, person, key)
    secret = await people.secret_of(pool, "owner_secret")
    prints = {fingerprint(secret, owner): owner for owner in details.owners}
    do = Register(
        details.name, details.country, registration.compact(details.country, details.registration),
        tuple(prints), _screened(services, details, prints),
    )  # fmt: skip
    actor = Actor(Role.MEMBER, number, person, grade=Grade.OWNER)
    command = Command(key_of(actor, f"register:{number}"), company_ref(number), actor, services.clock(), do)
    [answer] = await services.engine.execute([command])
    if isinstance(answer, Refusal):
        return answer
    if number not in await views.companies(pool, [number]):
        await _keep(services, by, number, details, prints)
    return number


async def owners_of(pool: Pool, company: int) -> dict[str, Owner]:
    """The beneficial owners of a company that have not been erased, by the fingerprints that stand for them
    in the record. For operators: who compares a hit has to see whose name it met."""
    kept = [msgspec.json.decode(one, type=_Kept) for one in await membership.owners(pool, company)]
    return {one.owner: Owner(one.name, one.born, one.nationality, one.share) for one in kept}


def named(found: Iterable[Hit], owners: Mapping[str, Owner]) -> tuple[Hit, ...]:
    """Hits with the name of a person, where the record has their fingerprint."""
    return tuple(
        msgspec.structs.replace(hit, name=owners[hit.name].name) if hit.name in owners else hit
        for hit in found
    )


def fingerprint(secret: bytes, owner: Owner) -> str:
    """Stands for a person, known by name and day of birth, however the name is spaced or capitalised."""
    folded = unicodedata.normalize("NFKC", owner.name).casefold()
    words = sorted("".join(one if one.isalnum() else " " for one in folded).split())
    return hmac.digest(secret, f"{' '.join(words)}\n{owner.born}".encode(), "sha256").hex()[:_DIGITS]


def _screened(services: Services, details: Details, prints: dict[str, Owner]) -> tuple[Hit, ...]:
    """Hits on an owner's name carry the fingerprint in its place: the record names no person."""
    names = {owner.name: stands_for for stands_for, owner in prints.items()} | {details.name: details.name}
    found = hits(services.knowledge.screening, list(names))
    return tuple(msgspec.structs.replace(hit, name=names.get(hit.name, hit.name)) for hit in found)


async def _keep(services: Services, by: By, number: int, details: Details, prints: dict[str, Owner]) -> None:
    for stands_for, owner in prints.items():
        kept = _Kept(stands_for, *msgspec.structs.astuple(owner))
        await people.put_commitment(services.pool, number, msgspec.json.encode(kept).decode(), stands_for)
    company = views.Company(
        number, details.name, details.country, details.address,
        registration.compact(details.country, details.registration), details.zone, details.language,
    )  # fmt: skip
    entry = Entry(by.actor.member, number, wall(), "company_registered", details.name, by.address)
    await membership.begin(services.pool, company, entry)


def _tidy(details: Details) -> Details:
    owners = tuple(
        Owner(plain(one.name), plain(one.born), one.nationality.strip().upper(), plain(one.share))
        for one in details.owners
    )
    return msgspec.structs.replace(
        details, name=plain(details.name), country=details.country.strip().upper(),
        registration=plain(details.registration), address=plain(details.address), owners=owners,
    )  # fmt: skip


def problems(details: Details, today: date) -> dict[str, str]:
    """What is wrong, by field, and how to mend it."""
    found = {"name": _text(details.name, _NAME)}
    found["country"] = "" if details.country in countries() else CHOOSE
    if not found["country"]:
        found["registration"] = registration.check(details.country, details.registration) or ""
    found |= profile_problems(details.address, details.language, details.zone)
    if bool(details.owners) == details.unowned:
        found["unowned"] = "Name at least one owner, or say that nobody holds 25 % or more: one of the two."
    if len(details.owners) > MOST_OWNERS:
        found["unowned"] = f"Name the {MOST_OWNERS} largest owners at most."
    else:
        for n, owner in enumerate(details.owners):
            found |= {f"owners.{n}.{name}": text for name, text in _owner(owner, today).items()}
        if sum(_share(one.share) or 0 for one in details.owners) > 100:
            found["owners.0.share"] = "The shares add up to more than 100 %."
    return {field: text for field, text in found.items() if text}


def profile_problems(address: str, language: str, zone: str) -> dict[str, str]:
    return {
        "address": _text(address, _ADDRESS),
        "language": "" if _LANGUAGE.fullmatch(language) else "Use a language code such as en or zh.",
        "zone": "" if known_zone(zone) else f"“{zone[:60]}” is not an IANA time zone such as Asia/Shanghai.",
    }


def _owner(owner: Owner, today: date) -> dict[str, str]:
    share = _share(owner.share)
    return {
        "name": _text(owner.name, _NAME),
        "born": "" if _was_born(owner.born, today) else "Give the day of birth, such as 1980-05-17.",
        "nationality": "" if owner.nationality in countries() else CHOOSE,
        "share": "" if share else "Give a share above zero and up to 100, with at most two decimals.",
    }


def _was_born(text: str, today: date) -> bool:
    try:
        return date(1900, 1, 1) <= date.fromisoformat(text) <= today
    except ValueError:
        return False


def _share(text: str) -> Decimal | None:
    try:
        share = Decimal(text) if _SHARE.fullmatch(text) else Decimal()
    except InvalidOperation:
        return None
    return share if 0 < share <= 100 else None


def _text(text: str, most: int) -> str:
    return EMPTY if not text else f"This is longer than {most} characters." if len(text) > most else ""
