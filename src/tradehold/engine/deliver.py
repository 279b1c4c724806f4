"""Between the machines and the banks: reading the files that come, writing the files that go.

A statement is first accepted whole (it balances, and it continues the last one), then its lines are
recorded list by list, then it is completed: only from there on do payment deadlines up to its end count as
judged by it. Each step has a key that derives from the content, so a file that is read again, or read on
after a crash, counts once.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime
from hashlib import sha256

import msgspec

from tradehold.domain import account as a
from tradehold.domain import payout as p
from tradehold.domain import receipt as r
from tradehold.domain.bank import Line, Notification, Order, Statement, Status
from tradehold.domain.command import RAIL, Actor
from tradehold.domain.identity import Kind, account_ref, from_token, receipt_ref
from tradehold.domain.machines import Command
from tradehold.domain.record import content_hash
from tradehold.domain.refusal import Code, Refusal
from tradehold.engine.execute import LONGEST, Engine
from tradehold.engine.plan import Answer
from tradehold.rails import pain, wire
from tradehold.store import people, views
from tradehold.store.database import Pool

# A bank that was sent the same file twice says so of the second: what the first one ordered still goes on.
_SENT_TWICE = frozenset({"DUPL", "AM05"})


class LineReport(msgspec.Struct, frozen=True):
    """One bank line and what it was taken for: an event's tag, or a refusal's code."""

    reference: str
    minor: int
    currency: str
    credit: bool
    outcome: str


class ImportReport(msgspec.Struct):
    """What a bank file did. `refused` explains a statement that was not taken; nothing of it was recorded."""

    files: list[str] = []
    lines: list[LineReport] = []
    statuses: dict[str, int] = {}
    refused: list[Refusal] = []
    counts: dict[str, int] = {}


async def import_file(
    engine: Engine, pool: Pool, name: str, body: bytes, at: datetime, actor: Actor = RAIL
) -> ImportReport:
    """Reads a camt.053, camt.054 or pain.002. Raises rails.iso20022.BankFileError where it cannot be read;
    then nothing has changed."""
    read = await asyncio.to_thread(wire.read, body)  # a large file must not hold up everybody else
    await people.keep_file(pool, name, "in", at, sha256(body).hexdigest(), body)
    report = ImportReport()
    for part in read:
        match part:
            case Statement():
                await _statement(engine, part, at, actor, report)
            case Notification():
                report.files.append(part.reference)
                await _lines(engine, part.lines, at, actor, report)
            case Status():
                await _status(engine, pool, part, at, report)
    report.counts = dict(Counter(line.outcome for line in report.lines))
    return report


async def _statement(
    engine: Engine, part: Statement, at: datetime, actor: Actor, report: ImportReport
) -> None:
    ref = account_ref(part.currency)
    entries = sum(line.amount.minor if line.credit else -line.amount.minor for line in part.lines)
    read = a.ReadStatement(
        part.account, part.currency, part.reference, part.opening, entries, part.closing, part.end
    )
    digest = content_hash(read)
    accepted = await _single(engine, Command(f"read:{digest}", ref, actor, at, read))
    if isinstance(accepted, Refusal):
        report.refused.append(accepted)
        return
    report.files.append(part.reference)
    await _lines(engine, part.lines, at, actor, report)
    complete = a.CompleteStatement(part.reference)
    completed = await _single(engine, Command(f"complete:{digest}", ref, actor, at, complete))
    if isinstance(completed, Refusal):
        report.refused.append(completed)


async def _single(engine: Engine, command: Command) -> Answer:
    [answer] = await engine.execute([command])
    return answer


async def _lines(
    engine: Engine, lines: Sequence[Line], at: datetime, actor: Actor, report: ImportReport
) -> None:
    for begin in range(0, len(lines), LONGEST):
        part = lines[begin : begin + LONGEST]
        commands = [_record(line, at, actor) for line in part]
        answers = await engine.execute(commands)
        report.lines += [
            LineReport(line.reference, line.amount.minor, line.amount.currency, line.credit, _outcome(answer))
            for line, answer in zip(part, answers, strict=True)
        ]


def _record(line: Line, at: datetime, actor: Actor) -> Command:
    ref = receipt_ref(line.account, line.reference)
    return Command(f"line:{content_hash(line)}", ref, actor, at, r.RecordLine(line))


def _outcome(answer: Answer) -> str:
    if isinstance(answer, Refusal):
        return answer.code.value
    return Code.DUPLICATE.value if answer.replayed else answer.events[-1]


async def _status(engine: Engine, pool: Pool, part: Status, at: datetime, report: ImportReport) -> None:
    """ACSC and ACCC confirm, RJCT rejects; everything else says only that the order is on its way."""
    report.statuses[part.code] = report.statuses.get(part.code, 0) + 1
    if part.code == "RJCT" and part.reason in _SENT_TWICE:
        return
    if part.end_to_end:
        token, _, _ = part.end_to_end.partition("-")
        ref = from_token(token, Kind.PAYOUT)
        orders = [(ref, part.end_to_end)] if ref else []
    else:
        orders = [
            (row.ref, p.end_to_end(row.ref, row.state.attempts)) for row in await _batch(pool, part.file)
        ]
    do: p.ConfirmPayout | p.RejectPayout
    commands = []
    for ref, end_to_end in orders:
        if part.code in ("ACSC", "ACCC"):
            do = p.ConfirmPayout(end_to_end, "")
        elif part.code == "RJCT":
            do = p.RejectPayout(end_to_end, part.reason)
        else:
            continue
        commands.append(Command(f"status:{end_to_end}:{part.code}", ref, RAIL, at, do))
    report.refused += [answer for answer in await engine.execute(commands) if isinstance(answer, Refusal)]


async def _batch(pool: Pool, batch: str) -> list[views.Row]:
    return [row async for row in _payouts(pool, p.Stage.SUBMITTED) if row.state.batch == batch]


async def _payouts(pool: Pool, *stages: p.Stage) -> AsyncIterator[views.Row]:
    before = views.LAST
    while page := await views.machines(pool, Kind.PAYOUT, stages, before, LONGEST):
        for row in page:
            yield row
        before = page[-1].ref.id


class PaymentFile(msgspec.Struct, frozen=True):
    """A pain.001 for the bank: `name` is its message id."""

    name: str
    body: bytes
    orders: int
    minor: int
    currency: str


class PayoutReport(msgspec.Struct):
    """`waiting` counts the payouts that could not be ordered, by the refusal's code."""

    files: list[PaymentFile] = []
    waiting: dict[str, int] = {}


async def pay_out(
    engine: Engine, pool: Pool, at: datetime, actor: Actor = RAIL, fresh: bool = True
) -> PayoutReport:
    """Orders everything that is due and can be paid, one file a currency. `fresh`: whoever orders it has
    just shown a second factor, which a person must.

    A file is written from the payouts that the store says stand in its batch, so that a crash between
    ordering and writing loses nothing: the next call writes the file.
    """
    report = PayoutReport()
    stamp = at.strftime("%y%m%d%H%M%S%f")
    rows: list[views.Row] = [row async for row in _payouts(pool, p.Stage.DUE, p.Stage.UNCLAIMED)]
    commands = [
        Command(
            f"submit:{stamp}:{row.ref.id}",
            row.ref,
            actor,
            at,
            p.submit(row.state, _batch_name(stamp, row)),
            fresh=fresh,
        )
        for row in rows
    ]
    answers = await engine.execute(commands)
    report.waiting = dict(Counter(one.code.value for one in answers if isinstance(one, Refusal)))
    batches: dict[str, list[views.Row]] = {}
    async for row in _payouts(pool, p.Stage.SUBMITTED):
        batches.setdefault(row.state.batch, []).append(row)
    unsent = await people.unsent(pool, list(batches))
    for batch in sorted(unsent):
        report.files.append(await _write(pool, batch, batches[batch], at))
    return report


def _batch_name(stamp: str, row: views.Row) -> str:
    return f"TH{row.state.amount.currency}{stamp}"


async def _write(pool: Pool, batch: str, rows: Iterable[views.Row], at: datetime) -> PaymentFile:
    ordered = sorted(rows, key=lambda row: row.ref)
    orders = [
        Order(
            p.end_to_end(row.ref, row.state.attempts), row.state.amount, row.state.party, row.state.remittance
        )
        for row in ordered
    ]
    currency = orders[0].amount.currency
    account = await views.row(pool, account_ref(currency))
    if account is None:
        raise LookupError(f"there is no designated account for {currency}")
    body = pain.write_pain001(batch, at, account.state.party, at.date(), orders)
    await people.keep_file(pool, batch, "out", at, sha256(body).hexdigest(), body)
    return PaymentFile(batch, body, len(orders), sum(one.amount.minor for one in orders), currency)
