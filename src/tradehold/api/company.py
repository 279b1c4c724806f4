"""A company's own desk: its standing, what was verified of it, its cover with the formula laid open, and
where it is paid. Only the company itself and operators."""

from datetime import date, datetime

import msgspec
from litestar import get, post
from litestar.params import FromPath
from msgspec.structs import replace

from tradehold.api.commands import CompanyCommand, command_of
from tradehold.api.giving import Given, give, given, ref_named
from tradehold.api.operation import Caller, Operation, commands, reads
from tradehold.api.problems import invalid, refused
from tradehold.api.request import idempotency_key, read_json
from tradehold.api.show import masked
from tradehold.api.terms import Amount
from tradehold.domain import company as domain
from tradehold.domain.authority import could_give
from tradehold.domain.command import Role
from tradehold.domain.company import Company
from tradehold.domain.contract import Attachment
from tradehold.domain.cover import CoverRule, Inputs
from tradehold.domain.identity import MAX_OWNER, Ref
from tradehold.domain.refusal import Code, refuse
from tradehold.domain.screening import Hit
from tradehold.domain.standing import assurance_gaps, computed, inputs
from tradehold.engine.access import readable
from tradehold.engine.evidence import NoSuchFile, attached
from tradehold.engine.registration import Owner, named, owners_of
from tradehold.store import views

_COMMAND = msgspec.json.Decoder(CompanyCommand)
_EXAMPLE = {
    "type": "add_payout_account", "currency": "USD",
    "party": {"name": "Ningbo Brightwear", "account": "6222083901002345678", "agent": "BKCHCNBJ92A"},
}  # fmt: skip


class Cover(msgspec.Struct, frozen=True):
    """`granted` is the limit, of which `reserved` stands behind confirmed trades. `cut` is what a lowered
    limit still has to take back from what is reserved."""

    granted: Amount
    available: Amount
    reserved: Amount
    cut: Amount


class PayoutAccount(msgspec.Struct, frozen=True):
    """`usable_from` is the end of the time that every new account waits."""

    number: int
    currency: str
    name: str
    account: str
    approved: bool
    usable_from: datetime


class Verification(msgspec.Struct, frozen=True):
    """`withdrawn` is why it counts no more, or empty; `valid`: today."""

    number: int
    what: domain.Checked
    issuer: str
    reference: str
    issued: date
    expires: date | None
    evidence: tuple[Attachment, ...]
    withdrawn: str
    valid: bool


class Step(msgspec.Struct, frozen=True):
    """What one term adds or takes, and why."""

    code: str
    amount: Amount
    says: str


class Formula(msgspec.Struct, frozen=True):
    """The `steps` add up to `limit`. `raised_by` are changes that would add so much to it, each alone."""

    limit: Amount
    inputs: Inputs
    steps: tuple[Step, ...]
    raised_by: tuple[Step, ...]


class CompanyShown(msgspec.Struct, frozen=True, kw_only=True):
    """`missing` is what the company lacks to offer assured trades today: its standing, `gold`, or kinds of
    verification. `formula` is what the cover formula says in the membership's currency, whether a limit was
    set by hand or not; null without one. `reason` is why the company stands where it stands. Beneficial
    `owners`, and what the screening found of them and the company (`hits`), are for operators."""

    id: str
    company: int
    name: str
    stage: str
    reason: str
    frozen_by: str | None
    missing: tuple[str, ...]
    gold_since: date | None
    gold_until: date | None
    verifications: tuple[Verification, ...]
    cover: tuple[Cover, ...]
    formula: Formula | None
    accounts: tuple[PayoutAccount, ...]
    owners: tuple[Owner, ...] | None
    hits: tuple[Hit, ...] | None


def company_ref_of(company: str) -> Ref:
    ref = ref_named(f"company:{company}")
    if ref is None or ref.owner > MAX_OWNER:
        raise refused(refuse(Code.UNKNOWN, what="company"))
    return ref


def _cover(state: Company, booked: dict[str, dict[str, int]]) -> tuple[Cover, ...]:
    return tuple(
        Cover(
            Amount(limit.granted, currency),
            Amount(booked.get(currency, {}).get("cover_available", 0), currency),
            Amount(booked.get(currency, {}).get("cover_reserved", 0), currency),
            Amount(limit.cut, currency),
        )
        for currency, limit in sorted(state.limits.items())
    )


def _account(one: domain.PayoutAccount, *, whole: bool) -> PayoutAccount:
    number = one.party.account if whole else masked(one.party.account)
    return PayoutAccount(one.number, one.currency, one.party.name, number, one.approved, one.usable)


def _verification(one: domain.Verification, today: date) -> Verification:
    return Verification(
        one.number, one.what, one.issuer, one.reference, one.issued, one.expires, one.evidence,
        one.withdrawn, one.valid(today),
    )  # fmt: skip


def _formula(state: Company, rule: CoverRule, today: date) -> Formula | None:
    currency = state.currency
    if not currency:
        return None
    result = computed(state, currency, rule, today)
    return Formula(
        Amount(result.limit.minor, currency),
        inputs(state, currency, today),
        tuple(Step(step.code, Amount(step.minor, currency), step.message) for step in result.steps),
        tuple(Step(way.code, Amount(way.minor, currency), way.message) for way in result.raise_by),
    )


@get(
    "/companies/{company:str}",
    opt=reads("company", Operation(
        "Read a company's standing, cover and payout accounts", CompanyShown, "readCompany", "Companies",
        refused=("unknown",),
    )),
)  # fmt: skip
async def read_company(request: Caller, company: FromPath[str]) -> CompanyShown:
    ref, pool, actor = company_ref_of(company), request.auth.services.pool, request.auth.actor
    row = await readable(pool, actor, ref, "company")
    if row is None:
        raise refused(refuse(Code.UNKNOWN, what="company"))
    state: Company = row.state
    accounts = tuple(_account(one, whole=actor.role is Role.OPERATOR) for one in state.accounts)
    rule, today = request.auth.services.knowledge.policy.cover, request.auth.services.clock().date()
    owners = await owners_of(pool, ref.owner) if actor.role is Role.OPERATOR else None
    return CompanyShown(
        id=f"company:{ref.owner}",
        company=ref.owner,
        name=state.name,
        stage=state.stage,
        reason=state.reason,
        frozen_by=state.freeze.reference if state.freeze else None,
        missing=assurance_gaps(state, rule, today),
        gold_since=state.gold_since,
        gold_until=state.gold_until,
        verifications=tuple(_verification(one, today) for one in state.verifications),
        cover=_cover(state, await views.cover(pool, ref.owner)),
        formula=_formula(state, rule, today),
        accounts=accounts,
        owners=None if owners is None else tuple(owners.values()),
        hits=None if owners is None else named(state.hits, owners),
    )


@post(
    "/companies/{company:str}/commands",
    opt=commands("company", Operation(
        "Give a company a command", Given, "commandCompany", "Companies", body=CompanyCommand,
        example=_EXAMPLE, keyed=True,
        refused=("not_allowed", "needs_second_person", "key_reused", "unknown", "exists", "no_destination",
                 "incomplete", "no_evidence", "not_yet", "expired"),
    )),
    status_code=200,
)  # fmt: skip
async def command_company(request: Caller, company: FromPath[str]) -> Given:
    ref, key = company_ref_of(company), idempotency_key(request.scope)
    body = await read_json(request.scope, request.receive, _COMMAND)
    do = command_of(body, request.auth.services.knowledge)
    if isinstance(do, domain.Verify) and could_give(domain.Verify, request.auth.actor):
        do = replace(do, evidence=await _evidence(request, do, ref))
    return given(await give(request.auth, ref, do, key))


async def _evidence(request: Caller, do: domain.Verify, place: Ref) -> tuple[Attachment, ...]:
    """The files as they are kept here, whatever name and size the request gives them."""
    services, hashes = request.auth.services, [one.sha256 for one in do.evidence]
    try:
        return await attached(services.files, hashes, request.auth.actor, place, services.clock())
    except NoSuchFile as unknown:
        raise invalid("evidence", f"There is no file {unknown} here: upload it first.") from unknown


ROUTES = [read_company, command_company]
