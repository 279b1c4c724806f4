"""The audit: everything that is stored, computed anew from the events alone, and every difference named.

Machine by machine, in pages, so that memory does not grow with the record: the hash chain from its
beginning, the state by folding, the postings by booking every event again. Then the running balances
against the postings, the trial balance, client money against what is owed to clients, and the bank's last
statement against the ledger.
"""

from collections.abc import Callable
from itertools import groupby
from typing import Any

import msgspec

from tradehold.domain import record
from tradehold.domain.chart import BOUNDED, CHART
from tradehold.domain.identity import PREFIX, Kind, Ref, public_id
from tradehold.domain.ledger import trial_balance
from tradehold.domain.machines import MACHINES
from tradehold.domain.postings import post, trade_of
from tradehold.store import views
from tradehold.store.database import Pool
from tradehold.store.load import decode_event
from tradehold.store.sql import queries

_SQL = queries("audit")
_PAGE = 500
_BEFORE_ALL = (-1, "", 0)


class Finding(msgspec.Struct, frozen=True):
    """One thing that is not as it was written. `where` is the public id of the trade or other thing."""

    where: str
    what: str


class BankReport(msgspec.Struct, frozen=True):
    """Minor units: the ledger's bank account, and the closing balance of the last statement read."""

    currency: str
    ledger: int
    statement: int | None
    difference: int | None


class AuditReport(msgspec.Struct):
    """`ok` where nothing was found. `clients` is client money less what is owed to clients, by currency:
    zero."""

    ok: bool = True
    machines: int = 0
    events: int = 0
    postings: int = 0
    trial_balance: dict[str, int] = {}
    clients: dict[str, int] = {}
    bank: list[BankReport] = []
    findings: list[Finding] = []

    def found(self, where: str, what: str) -> None:
        self.ok = False
        self.findings.append(Finding(where, what))


def name(ref: Ref) -> str:
    return public_id(ref) if ref.kind in PREFIX else f"{ref.kind.value} {ref.owner}/{ref.id}"


async def audit(pool: Pool, progress: Callable[[int], None] = lambda machines: None) -> AuditReport:
    """Reads the whole record. `progress` is told how many machines were audited so far."""
    report = AuditReport()
    after: tuple[int, str, int] = _BEFORE_ALL
    while page := await pool.fetch(_SQL["machines"], *after, _PAGE):
        last = (page[-1]["supplier_id"], page[-1]["kind"], page[-1]["id"])
        events = _grouped(await pool.fetch(_SQL["events"], *after, *last))
        postings = _grouped(await pool.fetch(_SQL["postings"], *after, *last))
        for one in page:
            ref = Ref(one["supplier_id"], Kind(one["kind"]), one["id"])
            _machine(ref, one, events.pop(ref, []), postings.pop(ref, []), report)
        for ref in (*events, *postings):
            report.found(name(ref), "has events or postings, but is not there")
        report.machines += len(page)
        progress(report.machines)
        after = last
    if await pool.fetchrow(_SQL["events_behind"], *after):
        report.found("record", "events stand behind the last machine")
    await _books(pool, report)
    return report


def _grouped(rows: list[Any]) -> dict[Ref, list[Any]]:
    def key(row: Any) -> Ref:
        return Ref(row["supplier_id"], Kind(row["kind"]), row["id"])

    return {ref: list(group) for ref, group in groupby(rows, key)}


def _machine(ref: Ref, row: Any, events: list[Any], postings: list[Any], report: AuditReport) -> None:
    report.events += len(events)
    report.postings += len(postings)
    head, state, booked = record.GENESIS, None, []
    for number, event in enumerate(events, start=1):
        head = record.link(head, ref, number, event["body"])
        if event["seq"] != number:
            return report.found(name(ref), f"event {number} is missing")
        if event["hash"] != head:
            return report.found(name(ref), f"event {number} is not what was recorded: its hash differs")
        try:
            recorded = decode_event(ref.kind, event["body"])
            state = MACHINES[ref.kind].evolve(state, recorded.event, recorded.at)
        except (msgspec.DecodeError, KeyError, ValueError) as error:
            return report.found(name(ref), f"event {number} cannot be followed: {error}")
        if recorded.at != event["at"]:
            return report.found(name(ref), f"event {number} is dated otherwise than it was recorded")
        for n, one in enumerate(post(ref, state, recorded.event)):
            legs = (one.debit, one.debit_subject, one.credit, one.credit_subject)
            booked.append((number, n, trade_of(ref, state), *legs, one.amount.minor, one.amount.currency))
    if len(events) != row["version"] or head != row["head"]:
        report.found(name(ref), "the chain does not end where the machine says")
    elif record.canonical(state) != row["state"] or str(getattr(state, "stage", "")) != row["stage"]:
        report.found(name(ref), "the state is not the sum of its events")
    if booked != [tuple(one)[3:] for one in postings]:
        report.found(name(ref), "the postings are not what the events book")


async def _books(pool: Pool, report: AuditReport) -> None:
    bounded = sorted(BOUNDED)
    normal = [CHART[account].debit_normal for account in bounded]
    for one in await pool.fetch(_SQL["balances"], bounded, normal):
        where = f"{one['account']} of {one['supplier_id']}/{one['subject']} in {one['currency']}"
        report.found(where, f"the balance says {one['kept']}, the postings {one['booked']}")
    sums = await views.balances(pool)
    report.trial_balance = trial_balance(sums)
    for currency, difference in report.trial_balance.items():
        if difference:
            report.found(f"trial balance {currency}", f"debits exceed credits by {difference}")
    for account, currency, minor in sums:
        if CHART[account].client:
            covered = minor if CHART[account].debit_normal else -minor
            report.clients[currency] = report.clients.get(currency, 0) + covered
    for currency, difference in report.clients.items():
        if difference:
            report.found(f"client money {currency}", f"differs from what is owed to clients by {difference}")
    ledger = {currency: minor for account, currency, minor in sums if account == "bank_client"}
    for row in await views.machines(pool, Kind.ACCOUNT, limit=200):
        held, closing = ledger.get(row.state.currency, 0), row.state.closing
        apart = None if closing is None else held - closing
        report.bank.append(BankReport(row.state.currency, held, closing, apart))
