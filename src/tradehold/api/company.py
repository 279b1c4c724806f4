"""Suppliers: how much of their trades is covered, and where they are paid. Only the supplier itself and
operators."""

from datetime import datetime

import msgspec
from litestar import get, post
from litestar.params import FromPath

from tradehold.api.commands import CompanyCommand, command_of
from tradehold.api.giving import Given, give, given, ref_named
from tradehold.api.operation import Caller, Operation, commands, reads
from tradehold.api.problems import refused
from tradehold.api.request import idempotency_key, read_json
from tradehold.api.show import masked
from tradehold.api.terms import Amount
from tradehold.domain import company as domain
from tradehold.domain.command import Role
from tradehold.domain.company import Company
from tradehold.domain.identity import MAX_OWNER, Ref
from tradehold.domain.refusal import Code, refuse
from tradehold.engine.access import readable
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


class CompanyShown(msgspec.Struct, frozen=True):
    id: str
    company: int
    name: str
    stage: str
    cover: tuple[Cover, ...]
    accounts: tuple[PayoutAccount, ...]


def _ref(company: str) -> Ref:
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


@get(
    "/companies/{company:str}",
    opt=reads("company", Operation(
        "Read a supplier's cover and payout accounts", CompanyShown, "readCompany", "Companies",
        refused=("unknown",),
    )),
)  # fmt: skip
async def read_company(request: Caller, company: FromPath[str]) -> CompanyShown:
    ref, pool, actor = _ref(company), request.auth.services.pool, request.auth.actor
    row = await readable(pool, actor, ref, "company")
    if row is None:
        raise refused(refuse(Code.UNKNOWN, what="company"))
    state: Company = row.state
    accounts = tuple(_account(one, whole=actor.role is Role.OPERATOR) for one in state.accounts)
    cover = _cover(state, await views.cover(pool, ref.owner))
    return CompanyShown(f"company:{ref.owner}", ref.owner, state.name, state.stage, cover, accounts)


@post(
    "/companies/{company:str}/commands",
    opt=commands("company", Operation(
        "Give a supplier a command", Given, "commandCompany", "Companies", body=CompanyCommand,
        example=_EXAMPLE, keyed=True,
        refused=("not_allowed", "needs_second_person", "key_reused", "unknown", "exists", "no_destination"),
    )),
    status_code=200,
)  # fmt: skip
async def command_company(request: Caller, company: FromPath[str]) -> Given:
    ref, key = _ref(company), idempotency_key(request.scope)
    body = await read_json(request.scope, request.receive, _COMMAND)
    return given(await give(request.auth, ref, command_of(body, request.auth.services.knowledge), key))


ROUTES = [read_company, command_company]
