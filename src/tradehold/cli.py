"""The command line. Bad input ends with one clear sentence and exit code 2; a finding or a refusal with 1."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any, NoReturn

import msgspec
import typer
import uvloop
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn
from rich.table import Table

from tradehold import checking
from tradehold import docs as generated
from tradehold.demo import run as demo_run
from tradehold.demo.play import DemoError
from tradehold.domain import sampling
from tradehold.domain.command import Grade
from tradehold.domain.money import Money, plain
from tradehold.engine.audit import AuditReport
from tradehold.engine.audit import audit as audit_record
from tradehold.engine.deliver import ImportReport, import_file, pay_out
from tradehold.engine.door import SettingsError
from tradehold.engine.execute import Unavailable
from tradehold.knowledge import load_knowledge, sampling_tables
from tradehold.main import PORT, Platform, PortTaken, background, database, platform
from tradehold.main import serve as serve_web
from tradehold.rails.iso20022 import BankFileError
from tradehold.settings import settings
from tradehold.store.database import DatabaseError, Gone
from tradehold.store.embedded import EmbeddedError
from tradehold.store.migrate import MigrationError
from tradehold.web.signup import invite_operator
from tradehold.web.terms import percent

app = typer.Typer(
    help="Tradehold: open, self-hosted trade assurance.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
Port = Annotated[int, typer.Option(help="Port to serve on, on the loopback interface.", min=1, max=65535)]
err = Console(stderr=True)
out = Console()
_SAID = (EmbeddedError, MigrationError, BankFileError, DemoError, Unavailable, PortTaken, SettingsError)


def _fail(sentence: str, code: int = 2) -> NoReturn:
    err.print(f"tradehold: {sentence}", highlight=False, markup=False, soft_wrap=True)
    raise typer.Exit(code)


def _run(work: Coroutine[Any, Any, int]) -> None:
    """Runs to the end or to Ctrl-C; whatever can go wrong outside ends in a sentence."""
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            code = runner.run(work)
    except _SAID as error:
        _fail(str(error))
    except Gone as error:
        _fail(f"the database cannot be reached: {error}")
    except DatabaseError as error:
        _fail(f"the database refused: {error}")
    except OSError as error:
        _fail(f"{error.filename or ''} {error.strerror or error}".strip())
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    raise typer.Exit(code)


def _with(work: Callable[[Platform], Awaitable[int]], port: int = PORT) -> None:
    async def running() -> int:
        async with platform(settings(), port=port) as it:
            return await work(it)

    _run(running())


def _print(value: object) -> None:
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n")


@app.command()
def migrate(json: Json = False) -> None:
    """Bring the database up to date."""

    async def work() -> int:
        chosen = settings()
        async with database(chosen) as (_, applied, _):
            if json:
                _print({"applied": applied})
            else:
                out.print(f"{len(applied)} migration(s) applied." if applied else "Nothing to do.")
        return 0

    _run(work())


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A camt.053, camt.054 or pain.002 file of the bank.")],
    json: Json = False,
) -> None:
    """Read a file of the bank. Reading it again changes nothing."""
    try:
        body = file.read_bytes()
    except OSError as error:
        _fail(f"{file}: {error.strerror}")

    async def work(it: Platform) -> int:
        with _working("reading the bank's file", json):
            report = await import_file(it.engine, it.pool, file.name, body, it.clock())
            await it.sweeper.sweep()
        if json:
            _print(report)
        else:
            _show_import(report)
        return 1 if report.refused else 0

    _with(work)


def _working(what: str, quiet: bool) -> Progress:
    """A sign of life on the terminal while something takes its time."""
    progress = Progress(
        SpinnerColumn(), TextColumn("{task.description}"), console=err, transient=True, disable=quiet
    )
    progress.add_task(what)
    return progress


def _show_import(report: ImportReport) -> None:
    table = Table("bank reference", "amount", "taken as", box=None)
    for line in report.lines[:200]:
        amount = plain(Money(line.minor, line.currency))
        table.add_row(line.reference, f"{'' if line.credit else '-'}{amount} {line.currency}", line.outcome)
    if report.lines:
        out.print(table)
    if len(report.lines) > 200:
        out.print(f"… and {len(report.lines) - 200} lines more.")
    for outcome, count in sorted({**report.counts, **report.statuses}.items()):
        out.print(f"{count} × {outcome}")
    for refused in report.refused:
        err.print(f"refused ({refused.code}): {refused.message}", markup=False, soft_wrap=True)


@app.command()
def payouts(
    folder: Annotated[
        Path | None, typer.Option(help="Where the payment files go; default: under TRADEHOLD_HOME.")
    ] = None,
    json: Json = False,
) -> None:
    """Order everything that is due, in one pain.001 for each currency."""

    async def work(it: Platform) -> int:
        target = folder or it.settings.home / "payment-files"
        target.mkdir(parents=True, exist_ok=True)
        report = await pay_out(it.engine, it.pool, it.clock())
        written = []
        for file in report.files:
            path = target / f"{file.name}.pain.001.xml"
            part = path.with_suffix(".part")
            part.write_bytes(file.body)
            os.replace(part, path)  # a bank's upload folder never sees half a file
            amount = plain(Money(file.minor, file.currency))
            written.append(
                {"file": str(path), "orders": file.orders, "amount": amount, "currency": file.currency}
            )
        if json:
            _print({"files": written, "waiting": report.waiting})
            return 0
        for one in written:
            out.print(
                f"{one['orders']} payout(s), {one['amount']} {one['currency']}: {one['file']}", soft_wrap=True
            )
        for code, count in report.waiting.items():
            out.print(f"{count} wait(s): {code}")
        if not written and not report.waiting:
            out.print("Nothing is due.")
        return 0

    _with(work)


@app.command()
def audit(json: Json = False) -> None:
    """Compute every hash, state, posting and balance anew, and name every difference."""

    async def work(it: Platform) -> int:
        with _working("computing everything anew", json) as progress:
            task = progress.task_ids[0]
            report = await audit_record(
                it.pool, lambda count: progress.update(task, description=f"{count:,} machines computed anew")
            )
        if json:
            _print(report)
        else:
            _show_audit(report)
        return 0 if report.ok else 1

    _with(work)


def _show_audit(report: AuditReport) -> None:
    counted = f"{report.machines:,} machines, {report.events:,} events, {report.postings:,} postings"
    out.print(f"{counted}: every hash, state, posting and balance was computed anew.")
    for currency, difference in sorted(report.trial_balance.items()):
        out.print(f"Trial balance {currency}: {plain(Money(difference, currency))}")
    for bank in report.bank:
        told = (
            "no statement read yet"
            if bank.difference is None
            else plain(Money(bank.difference, bank.currency))
        )
        out.print(f"Ledger less bank statement {bank.currency}: {told}")
    for finding in report.findings:
        err.print(f"{finding.where}: {finding.what}", style="red", markup=False, soft_wrap=True)
    out.print("All is as it was written." if report.ok else f"{len(report.findings)} difference(s).")


def _begun(what: str, verb: str, json: bool) -> None:
    """Said once, at the start; a script waits for this line."""
    if json:
        sys.stdout.write(msgspec.json.encode({verb.replace(" ", "_"): what}).decode() + "\n")
        sys.stdout.flush()
    else:
        out.print(f"Tradehold {verb} {what} (Ctrl-C ends it).")


@app.command()
def serve(port: Port = PORT, json: Json = False) -> None:
    """Serve the API and the pages on http://localhost:PORT."""

    async def work(it: Platform) -> int:
        beside = asyncio.create_task(background(it))
        try:
            await serve_web(it, port, lambda: _begun(f"http://localhost:{port}", "serves on", json))
        finally:
            beside.cancel()
        return 0

    _with(work, port)


@app.command()
def work(json: Json = False) -> None:
    """Execute deadlines and follow-ups and send letters, without serving. Any number of these may run."""

    async def working(it: Platform) -> int:
        _begun("deadlines", "works on", json)
        task = asyncio.create_task(background(it))
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, task.cancel)
        try:
            await task
        except asyncio.CancelledError:
            return 0
        return 0

    _with(working)


@app.command()
def demo(
    once: Annotated[
        bool, typer.Option("--once", help="Play the stories without serving, and print them.")
    ] = False,
    json: Json = False,
    port: Port = PORT,
) -> None:
    """A platform with people, a sandbox bank and trades, to look at and to play with."""

    async def work() -> int:
        chosen = settings()
        return await (demo_run.once(chosen, json) if once else demo_run.served(chosen, port, json))

    _run(work())


@app.command()
def operator(
    name: Annotated[str, typer.Argument(help="As colleagues and the record will read it.")],
    email: Annotated[str, typer.Argument(help="Where the link goes.")],
    grade: Annotated[Grade, typer.Option(help="What the operator may do.")] = Grade.OWNER,
    json: Json = False,
) -> None:
    """Make somebody an operator of the platform, and print the link with which they choose a password."""

    async def work(it: Platform) -> int:
        if not it.door.url:
            _fail("set TRADEHOLD_URL to the address under which people reach this platform")
        link = await invite_operator(it.pool, it.door.url, name, email, grade)
        if json:
            _print({"email": email, "grade": grade.value, "link": link})
        elif link:
            out.print(f"{name} chooses a password here, once, within three days:\n  {link}", soft_wrap=True)
        else:
            out.print(f"{email} has an account already, and is an operator from now on.", soft_wrap=True)
        return 0

    _with(work)


@app.command()
def plan(
    lot: Annotated[int, typer.Option(help="Pieces in the lot.")],
    level: Annotated[str, typer.Option(help="Inspection level: I, II, III, S-1 to S-4.")] = "II",
    aql: Annotated[str, typer.Option(help="Acceptance quality limit of the class of defects.")] = "2.5",
    severity: Annotated[str, typer.Option(help="normal, tightened or reduced.")] = "normal",
    json: Json = False,
) -> None:
    """How many pieces an inspector takes, and how many defects refuse the lot (MIL-STD-105E / ANSI Z1.4)."""
    try:
        it = sampling.plan(sampling_tables(), lot, level.upper(), Decimal(aql), severity.lower())
    except InvalidOperation:
        _fail(f"--aql {aql}: give a number with a point, such as 2.5")
    except ValueError as error:
        _fail(f"--{error}")
    if json:
        names = ("code_letter", "sample_size", "accept", "reject", "inspect_100_percent")
        _print({name: getattr(it, name) for name in names})
    else:
        _show_plan(it)


def _show_plan(it: sampling.Plan) -> None:
    table = Table(f"AQL {it.aql}, level {it.level}, {it.severity}", f"lot of {it.lot:,}", box=None)
    table.add_row("code letter", it.code_letter)
    table.add_row("pieces to inspect", f"{it.pieces:,} (all)" if it.inspect_100_percent else f"{it.pieces:,}")
    table.add_row("defects that pass (Ac)", str(it.accept))
    if it.reject > it.accept + 1:
        table.add_row("more, below Re", "pass; inspect the next lot by the normal plan")
    table.add_row("defects that refuse (Re)", str(it.reject))
    out.print(table)
    for sentence in _lets_pass(it):
        out.print(sentence, highlight=False, soft_wrap=True)


def _lets_pass(it: sampling.Plan) -> list[str]:
    if it.aql > sampling.COUNTS_DEFECTS:
        return [
            "An AQL above 10 counts defects per hundred pieces, of which one piece may have several.",
            "How many defective pieces such a plan lets pass cannot be said.",
        ]
    few = max(1, round(it.lot * it.aql / 100))  # a lot has whole pieces
    passes = sampling.passes_in_100(it, Decimal(few) / it.lot)
    first = f"A lot with {_defective(few, it.lot)} would pass {passes} times in 100."
    caught = sampling.quality_at(it, Decimal("0.1"))
    if caught is None:
        return [first, "Even a lot without a single good piece would pass."]
    from_here = _defective(round(caught * it.lot), it.lot)
    return [first, f"From {from_here} on, a lot is refused at least 9 times in 10."]


def _defective(pieces: int, lot: int) -> str:
    return f"{pieces:,} defective piece{'s'[: pieces > 1]} ({percent(pieces, lot)} %)"


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="TOML, YAML, JSON, CSV, XLSX or text; - is text from input.")],
    category: Annotated[str, typer.Option(help="What the goods are; else it is detected.")] = "",
    market: Annotated[list[str] | None, typer.Option(help="Where they are sold: DE, US, US-CA …")] = None,
    language: Annotated[str, typer.Option(help="Of the messages: en, zh, es or pt.")] = "",
    json: Json = False,
) -> None:
    """Say what in a specification nobody could decide later, what is missing, and which rules apply."""
    knowledge = load_knowledge()
    try:
        spec, it = checking.check(file, sys.stdin.buffer, knowledge, category, market or [], language)
    except OSError as error:
        _fail(f"{file}: {error.strerror or error}")
    except ValueError as error:
        _fail(str(error))
    if json:
        _print(it.said)
    else:
        checking.show(out, spec, it, knowledge)
    raise typer.Exit(1 if it.said.gaps else 0)


@app.command()
def docs(
    folder: Annotated[Path, typer.Option(help="The documentation's folder.")] = Path("docs"),
    check: Annotated[bool, typer.Option("--check", help="Only say whether they are fresh.")] = False,
) -> None:
    """Write the pages that derive from the domain's tables."""
    stale = generated.write(folder, check)
    for name in stale:
        out.print(f"{'stale' if check else 'written'}: {name}")
    if check and stale:
        raise typer.Exit(1)


def main() -> None:
    app()


if __name__ == "__main__":
    main()
