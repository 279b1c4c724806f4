"""Who is calling, and what of it they may see: the one place where the API, the pages and live streams
ask."""

import secrets
from datetime import UTC, datetime

import msgspec
from msgspec.structs import replace

from tradehold.domain.authority import CHANGE, may_read, side
from tradehold.domain.command import DUTIES, Actor, Role, Side
from tradehold.domain.company import Stage
from tradehold.domain.contract import Party, Terms
from tradehold.domain.identity import Kind, Ref, company_ref, from_public_id, from_token, trade_id
from tradehold.domain.reference import rf_token
from tradehold.domain.refusal import Code, Refusal, refuse
from tradehold.store import people, views
from tradehold.store.database import Pool
from tradehold.store.people import Session
from tradehold.store.views import Member, Row

COOKIE = "th_session"  # holds a session's token, for the pages and the API alike
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
_BARRED = frozenset({Stage.HELD, Stage.EXCLUDED})  # whose people may do nothing with it


def wall() -> datetime:
    """Real time. Sessions go by it and not by the platform's clock, which a demo steps by days."""
    return datetime.now(UTC)


def actor_of(member: Member) -> Actor:
    """Who acts for no company is nobody's member, which no table lets do anything."""
    role = Role.MEMBER if member.company else Role.OPERATOR
    return Actor(role, max(member.company, 0), member.id, grade=member.grade)


async def session_of(pool: Pool, token: str) -> Session | None:
    """The session as it stands now. Somebody whose company is held or excluded has no grade in it."""
    session = await people.session(pool, token, wall())
    if session and await is_barred(pool, session.member.company):
        return replace(session, member=replace(session.member, grade=None))
    return session


async def is_barred(pool: Pool, company: int) -> bool:
    """Whether the company waits for the screening's answer, or was refused by it."""
    stages = await views.company_stages(pool, [company]) if company > 0 else {}
    return stages.get(company) in _BARRED


class By(msgspec.Struct, frozen=True):
    """Who changes what people may do. `fresh`: a second factor was shown just now. `address` is where the
    request came from."""

    actor: Actor
    fresh: bool = False
    address: str = ""


def check_change(by: By, company: int, what: str) -> Refusal | None:
    """Why a plain table may not be changed, as authority.check says it of commands. Operators change their
    own people and keys, never a company's."""
    actor, right = by.actor, CHANGE[what]
    if actor.company != company or side(actor, company_ref(company), None) not in right.sides:
        operates = actor.role is Role.OPERATOR
        return refuse(Code.NOT_ALLOWED, command=what) if operates else refuse(Code.UNKNOWN, what="company")
    if actor.grade is None or right.duty not in DUTIES[actor.grade]:
        grade = actor.grade.value if actor.grade else "none"
        return refuse(Code.NOT_YOUR_DUTY, duty=right.duty.value, grade=grade)
    return refuse(Code.STEP_UP) if right.fresh and not by.fresh else None


def stands(actor: Actor, row: Row) -> Side:
    """The caller's side towards a machine that exists."""
    return side(actor, row.ref, row.state)


def general(actor: Actor) -> Side:
    """The caller's side where no single machine is meant: a list of one's own, or the operators' desk. A
    member stands as the supplier of its own company."""
    return side(actor, Ref(actor.company, Kind.COMPANY, 0), None)


async def readable(pool: Pool, actor: Actor, ref: Ref, what: str = "trade") -> Row | None:
    """The machine, if it exists and the caller may read it. A stranger cannot tell the two reasons apart."""
    row = await views.row(pool, ref)
    return row if row and may_read(what, stands(actor, row), actor) else None


async def list_trades(
    pool: Pool,
    actor: Actor,
    before: int = views.LAST,
    limit: int = views.PAGE,
    stage: str = "",
    words: str = "",
) -> list[Row]:
    """The caller's own trades; an operator's are all. `words` are part of a title, or name one trade by its
    id or its payment reference."""
    named = named_by(words)
    if named:
        found = await readable(pool, actor, named)
        return [found] if found and found.ref.id < before and stage in ("", found.state.stage) else []
    if actor.role is Role.OPERATOR:
        stages = (stage,) if stage else ()
        return await views.machines(pool, Kind.TRADE, stages, before, limit, words)
    return await views.trades(pool, actor.company, before, limit, stage, words)


def named_by(words: str) -> Ref | None:
    """The trade whose id or whose ISO 11649 reference these words are."""
    reference = rf_token(words)
    ref = from_token(reference, Kind.TRADE) if reference else from_public_id(words.strip(), Kind.TRADE)
    return ref if ref and ref.owner else None


def new_id(now: datetime) -> int:
    """A fresh id for a trade or an approval, time-ordered within its owner."""
    milliseconds = (now - _EPOCH) // (_EPOCH.resolution * 1000)
    return trade_id(milliseconds, secrets.randbits(14))


async def with_contact(pool: Pool, terms: Terms, actor: Actor, key: str) -> Terms:
    """The terms with the actor as their company's contact, where none is named yet: as a salted commitment,
    so that the person can be erased later and the contract's hash stays what it is. `key` is the command's:
    sent twice, it is the same contract."""
    people_here = await views.people(pool, [actor.member])
    for name in ("buyer", "supplier"):
        party: Party = getattr(terms, name)
        if party.company == actor.company and not party.contact and actor.member in people_here:
            words = people_here[actor.member].name
            stands_for = await people.put_commitment(pool, terms.supplier.company, words, key)
            return replace(terms, **{name: replace(party, contact=stands_for)})
    return terms
