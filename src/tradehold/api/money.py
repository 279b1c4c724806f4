"""The operators' desk: bank lines nobody owns, payouts, the bank's files in and out, and the books as a
whole."""

from datetime import date, datetime
from hashlib import sha256
from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.datastructures import UploadFile
from msgspec import Meta

from tradehold.api import show
from tradehold.api.giving import name_of
from tradehold.api.operation import Caller, Operation, commands, reads
from tradehold.api.page import Cursor, Page, before, page
from tradehold.api.problems import FieldError, Problem, http_problem, refused
from tradehold.api.request import header, read_body, read_query
from tradehold.api.terms import Amount
from tradehold.domain import payout, receipt
from tradehold.domain.authority import could_give
from tradehold.domain.bank import Party
from tradehold.domain.identity import Kind, public_id
from tradehold.domain.ledger import trial_balance
from tradehold.domain.money import Money
from tradehold.domain.refusal import Code, refuse
from tradehold.engine.deliver import ImportReport, import_file, pay_out
from tradehold.rails.iso20022 import BankFileError
from tradehold.store import views
from tradehold.store.views import Row

LARGEST_FILE = 64 << 20  # bytes of a bank file
_XML = ("application/xml", "text/xml", "application/octet-stream")
_FORM = "multipart/form-data"


class ReceiptsQuery(Cursor, frozen=True, kw_only=True, forbid_unknown_fields=True):
    stage: Annotated[receipt.Stage | None, Meta(description="Only bank lines at this stage.")] = None


class PayoutsQuery(Cursor, frozen=True, kw_only=True, forbid_unknown_fields=True):
    stage: Annotated[payout.Stage | None, Meta(description="Only payouts at this stage.")] = None


class ReceiptShown(msgspec.Struct, frozen=True):
    """One line of the designated account. `party` is the other end, `remittance` what its payer wrote, `to`
    the trade or payout that it belongs to, `until` when it goes back if nobody finds whose it is."""

    id: str
    stage: str
    account: str
    reference: str
    amount: Amount
    credit: bool
    booked: date
    party: Party
    remittance: str
    to: str | None
    until: datetime | None


class PayoutShown(msgspec.Struct, frozen=True):
    """`source` owes it. `party` is where it goes, as far as that is known; `reason` why it came back."""

    id: str
    stage: str
    source: str
    amount: Amount
    to_supplier: bool
    party: Party
    attempts: int
    batch: str
    reference: str
    reason: str


class LineShown(msgspec.Struct, frozen=True):
    """A bank line, and what it was taken for: an event, or the refusal."""

    reference: str
    amount: Amount
    credit: bool
    outcome: str


class Imported(msgspec.Struct, frozen=True):
    """What a bank file did. `statuses` counts the bank's answers to orders; `refused` says why a statement
    was not taken: nothing of it was recorded then."""

    files: list[str]
    lines: list[LineShown]
    counts: dict[str, int]
    statuses: dict[str, int]
    refused: list[Problem]


class PaymentFileShown(msgspec.Struct, frozen=True):
    """A pain.001 for the bank, whole."""

    name: str
    orders: int
    amount: Amount
    xml: str


class PaidOut(msgspec.Struct, frozen=True):
    """`waiting` counts the payouts that could not be ordered, by the refusal."""

    files: list[PaymentFileShown]
    waiting: dict[str, int]


class Books(msgspec.Struct, frozen=True):
    """`trial_balance` is debits less credits by currency, in minor units: always zero."""

    trial_balance: dict[str, int]
    accounts: list[show.Balance]


def _amount(money: Money) -> Amount:
    return Amount(money.minor, money.currency)


def _receipt(row: Row) -> ReceiptShown:
    state: receipt.Receipt = row.state
    line = state.line
    return ReceiptShown(
        public_id(row.ref), state.stage.value, line.account, line.reference, _amount(line.amount),
        line.credit, line.booked, line.party, line.remittance, name_of(state.to) if state.to else None,
        state.clocks.get("return"),
    )  # fmt: skip


def _payout(row: Row) -> PayoutShown:
    state: payout.Payout = row.state
    return PayoutShown(
        public_id(row.ref), state.stage.value, name_of(state.source), _amount(state.amount),
        state.to_supplier, state.party, state.attempts, state.batch, state.reference, state.reason,
    )  # fmt: skip


@get(
    "/receipts",
    opt=reads("money", Operation(
        "List bank lines", Page[ReceiptShown], "listReceipts", "Money", query=ReceiptsQuery
    )),
)  # fmt: skip
async def list_receipts(request: Caller) -> Page[ReceiptShown]:
    query = read_query(request.scope, ReceiptsQuery)
    stages = (query.stage,) if query.stage else ()
    rows = await views.machines(
        request.auth.services.pool, Kind.RECEIPT, stages, before(query.after, Kind.RECEIPT), query.limit + 1
    )
    return page(rows, query.limit, _receipt, lambda row: public_id(row.ref))


@get(
    "/payouts",
    opt=reads(
        "money", Operation("List payouts", Page[PayoutShown], "listPayouts", "Money", query=PayoutsQuery)
    ),
)
async def list_payouts(request: Caller) -> Page[PayoutShown]:
    query = read_query(request.scope, PayoutsQuery)
    stages = (query.stage,) if query.stage else ()
    rows = await views.machines(
        request.auth.services.pool, Kind.PAYOUT, stages, before(query.after, Kind.PAYOUT), query.limit + 1
    )
    return page(rows, query.limit, _payout, lambda row: public_id(row.ref))


@post(
    "/payouts/run",
    opt=commands("payout", Operation(
        "Order everything that is due, as files for the bank", PaidOut, "runPayouts", "Money",
        refused=("not_allowed", "step_up"),
    )),
    status_code=200,
)  # fmt: skip
async def run_payouts(request: Caller) -> PaidOut:
    _may(request, payout.SubmitPayout)
    if not request.auth.fresh:
        raise refused(refuse(Code.STEP_UP))
    services = request.auth.services
    report = await pay_out(services.engine, services.pool, services.clock(), request.auth.actor)
    files = [
        PaymentFileShown(one.name, one.orders, Amount(one.minor, one.currency), one.body.decode())
        for one in report.files
    ]
    return PaidOut(files, report.waiting)


@post(
    "/bank-files",
    opt=commands("bank-file", Operation(
        "Read a bank's file: camt.053, camt.054 or pain.002", Imported, "importBankFile", "Money",
        refused=("not_allowed", "bank_file"), media=(*_XML[:2], _FORM),
    )),
    request_max_body_size=LARGEST_FILE,
    status_code=200,
)  # fmt: skip
async def import_bank_file(request: Caller) -> Imported:
    _may(request, receipt.RecordLine)
    name, body = await _file(request)
    services = request.auth.services
    try:
        report = await import_file(
            services.engine, services.pool, name, body, services.clock(), request.auth.actor
        )
    except BankFileError as error:
        raise http_problem("bank_file", str(error), FieldError("file", str(error))) from error
    return _imported(report)


def _may(request: Caller, command: type[Any]) -> None:
    """Before anything is read: these routes give many commands at once, each of which the engine judges
    anew."""
    if not could_give(command, request.auth.actor):
        raise refused(refuse(Code.NOT_ALLOWED, command=str(command.__struct_config__.tag)))


async def _file(request: Caller) -> tuple[str, bytes]:
    """The file as the body itself, or as the field `file` of a form."""
    kind = header(request.scope, b"content-type").partition(b";")[0].strip().lower().decode("latin-1")
    if kind == _FORM:
        sent = (await request.form()).get("file")
        if not isinstance(sent, UploadFile):
            raise http_problem("invalid_request", "The form needs the file in its field “file”.")
        body = await sent.read()
        return sent.filename[:200] or _name(body), body
    if kind not in _XML:
        raise http_problem("unsupported_media_type", f"Send the file as {', '.join(_XML)} or {_FORM}.")
    body = await read_body(request.scope, request.receive, LARGEST_FILE)
    return _name(body), body


def _name(body: bytes) -> str:
    return f"{sha256(body).hexdigest()[:16]}.xml"


def _imported(report: ImportReport) -> Imported:
    lines = [
        LineShown(one.reference, Amount(one.minor, one.currency), one.credit, one.outcome)
        for one in report.lines
    ]
    problems = [refused(one).problem for one in report.refused]
    return Imported(report.files, lines, report.counts, report.statuses, problems)


@get(
    "/balances",
    opt=reads("money", Operation("Read the trial balance and every account", Books, "readBalances", "Money")),
)
async def read_balances(request: Caller) -> Books:
    found = await views.balances(request.auth.services.pool)
    return Books(trial_balance(found), [show.balance(*one) for one in found])


ROUTES = [list_receipts, list_payouts, run_payouts, import_bank_file, read_balances]
