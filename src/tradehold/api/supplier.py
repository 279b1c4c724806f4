"""Suppliers as buyers see them: who may offer assured trades, the record of its trades, what was verified."""

from datetime import date, datetime
from typing import Annotated

import msgspec
from litestar import get
from litestar.params import FromPath
from msgspec import Meta

from tradehold.api.company import company_ref_of
from tradehold.api.operation import Caller, Operation, reads
from tradehold.api.page import Cursor, Page
from tradehold.api.problems import invalid, refused
from tradehold.api.request import read_query
from tradehold.api.terms import Amount
from tradehold.domain.company import Checked, Tally
from tradehold.domain.company import Verification as Checking
from tradehold.domain.cover import CoverRule
from tradehold.domain.refusal import Code, refuse
from tradehold.domain.standing import assurance_gaps
from tradehold.engine import suppliers
from tradehold.engine.suppliers import Supplier
from tradehold.store import views


class Share(msgspec.Struct, frozen=True):
    """`count` of `of`; nothing is known where `of` is 0."""

    count: int
    of: int


class Month(msgspec.Struct, frozen=True):
    month: str
    completed: int
    on_time: Share
    inspections_passed: Share
    disputes: int
    disputes_lost: int


class Verified(msgspec.Struct, frozen=True):
    """A certificate's number is public, other numbers are not. `valid`: today."""

    what: Checked
    issuer: str
    reference: str
    issued: date
    expires: date | None
    valid: bool


class SupplierListed(msgspec.Struct, frozen=True):
    """`cover_left` is what new trades may reserve, by currency."""

    company: int
    name: str
    country: str
    since: datetime
    gold_since: date | None
    trades_completed: int
    on_time: Share
    cover_left: tuple[Amount, ...]


class SupplierRecord(msgspec.Struct, frozen=True, kw_only=True):
    """`missing` is what the supplier lacks to offer assured trades today: its standing, `gold`, or kinds of
    verification; empty where it may."""

    company: int
    name: str
    country: str
    since: datetime
    gold_since: date | None
    missing: tuple[str, ...]
    trades_completed: int
    on_time: Share
    inspections_passed: Share
    disputes: int
    disputes_lost: int
    cover_left: tuple[Amount, ...]
    verifications: tuple[Verified, ...]
    months: tuple[Month, ...]


class SuppliersQuery(Cursor, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Annotated[str, Meta(max_length=200, description="Part of the name.")] = ""


def _cover(one: Supplier) -> tuple[Amount, ...]:
    return tuple(Amount(money.minor, money.currency) for money in one.cover)


def _listed(one: Supplier, today: date) -> SupplierListed:
    state, tally = one.state, one.state.tally()
    gold = state.gold_since if state.gold(today) else None
    return SupplierListed(
        one.number, state.name, state.country, state.since, gold, tally.trades,
        Share(tally.on_time, tally.judged), _cover(one),
    )  # fmt: skip


def _month(name: str, tally: Tally) -> Month:
    return Month(
        name, tally.trades, Share(tally.on_time, tally.judged), Share(tally.passed, tally.inspected),
        tally.disputes, tally.lost,
    )  # fmt: skip


def _verified(one: Checking, today: date) -> Verified:
    number = one.reference if one.what is Checked.CERTIFICATE else ""
    return Verified(one.what, one.issuer, number, one.issued, one.expires, one.valid(today))


def _record(one: Supplier, rule: CoverRule, today: date) -> SupplierRecord:
    state, tally = one.state, one.state.tally()
    return SupplierRecord(
        company=one.number,
        name=state.name,
        country=state.country,
        since=state.since,
        gold_since=state.gold_since if state.gold(today) else None,
        missing=assurance_gaps(state, rule, today),
        trades_completed=tally.trades,
        on_time=Share(tally.on_time, tally.judged),
        inspections_passed=Share(tally.passed, tally.inspected),
        disputes=tally.disputes,
        disputes_lost=tally.lost,
        cover_left=_cover(one),
        verifications=tuple(_verified(each, today) for each in state.verifications if not each.withdrawn),
        months=tuple(_month(name, each) for name, each in sorted(state.months.items())),
    )


@get(
    "/suppliers",
    opt=reads("record", Operation(
        "List the suppliers that are gold members, by name", Page[SupplierListed], "listSuppliers",
        "Suppliers", query=SuppliersQuery,
    )),
)  # fmt: skip
async def list_suppliers(request: Caller) -> Page[SupplierListed]:
    services, query = request.auth.services, read_query(request.scope, SuppliersQuery)
    today = services.clock().date()
    after = await _after(request, query.after)
    rows = await suppliers.suppliers(services.pool, today, query.name, after, query.limit + 1)
    shown, more = rows[: query.limit], len(rows) > query.limit
    following = f"company:{shown[-1].number}" if more else None
    return Page(tuple(_listed(one, today) for one in shown), more, following)


async def _after(request: Caller, text: str) -> tuple[str, int]:
    """Where the page begins: after the company it names."""
    if not text:
        return "", 0
    number = text.removeprefix("company:")
    known = {}
    if number.isascii() and number.isdigit() and len(number) < 14:
        known = await views.companies(request.auth.services.pool, [int(number)])
    if not known:
        raise invalid("after", f"“{text}” is not the `next` of a page.")
    return known[int(number)].name, int(number)


@get(
    "/suppliers/{company:str}",
    opt=reads("record", Operation(
        "Read a supplier's record", SupplierRecord, "readSupplier", "Suppliers", refused=("unknown",),
    )),
)  # fmt: skip
async def read_supplier(request: Caller, company: FromPath[str]) -> SupplierRecord:
    services, ref = request.auth.services, company_ref_of(company)
    found = await suppliers.supplier(services.pool, request.auth.actor, ref.owner)
    if found is None:
        raise refused(refuse(Code.UNKNOWN, what="company"))
    return _record(found, services.knowledge.policy.cover, services.clock().date())


ROUTES = [list_suppliers, read_supplier]
