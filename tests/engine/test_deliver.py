"""Files from the bank and files for the bank, through the real engine and store."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tests.platform import ACTORS, OURS, PAYER, Running, running
from tradehold.domain import trade_commands as c
from tradehold.domain.bank import Party
from tradehold.domain.command import Actor, Role
from tradehold.domain.identity import Kind, Ref, account_ref, payout_ref, token
from tradehold.domain.money import Money
from tradehold.domain.payout import end_to_end, submit
from tradehold.domain.reference import rf_reference
from tradehold.domain.trade_events import Shipped
from tradehold.engine.audit import audit
from tradehold.engine.deliver import import_file, pay_out
from tradehold.rails import wire
from tradehold.rails.iso20022 import BankFileError
from tradehold.rails.sandbox import SandboxBank
from tradehold.store import views

SELLER = ACTORS["supplier"]


async def read(p: Running, name: str, body: bytes | None) -> dict[str, int]:
    assert body is not None
    report = await import_file(p.services.engine, p.services.pool, name, body, p.clock.at)
    await p.services.sweeper.sweep()
    assert not report.refused, report.refused
    return report.counts


async def fingerprint(p: Running) -> list[tuple[object, ...]]:
    """Everything that a file may change."""
    sql = (
        "SELECT 'machine', supplier_id::text, id::text, version::text FROM machine UNION ALL "
        "SELECT 'posting', debit, credit, sum(minor)::text FROM posting GROUP BY 2, 3 UNION ALL "
        "SELECT 'balance', account, subject::text, minor::text FROM balance UNION ALL "
        "SELECT 'due', key, at::text, '' FROM due ORDER BY 1, 2, 3, 4"
    )
    return [tuple(row) for row in await p.services.pool.fetch(sql)]


async def test_the_same_money_in_two_kinds_of_files_counts_once() -> None:
    async with running("deliver_twice") as p:
        bank = SandboxBank(OURS, "USD")
        trade = await p.agreed()
        bank.pay_in(Money(378_000, "USD"), rf_reference(token(trade)), PAYER, p.clock.at.date())
        notified, statement = bank.notification(p.clock.at), bank.statement(p.clock.at.date())
        assert await read(p, "054", notified) == {"line_allocated": 1}
        assert await read(p, "053", statement) == {"duplicate": 1}
        before = await fingerprint(p)
        assert await read(p, "054 again", notified) == {"duplicate": 1}
        assert await read(p, "053 again", statement) == {"duplicate": 1}
        assert await fingerprint(p) == before
        row = await views.row(p.services.pool, trade)
        assert row is not None
        assert (row.state.stage, row.state.held) == ("producing", 378_000)


async def test_a_reference_that_only_the_statement_brings_finds_its_trade() -> None:
    async with running("deliver_late_reference") as p:
        bank, trade = SandboxBank(OURS, "USD"), await p.agreed()
        bank.pay_in(Money(378_000, "USD"), rf_reference(token(trade)), PAYER, p.clock.at.date())
        notified = bank.notification(p.clock.at)
        assert notified is not None
        without = notified.replace(rf_reference(token(trade)).encode(), b"INVOICE")
        assert await read(p, "054", without) == {"line_suspended": 1}
        assert await read(p, "053", bank.statement(p.clock.at.date())) == {"line_matched": 1}
        row = await views.row(p.services.pool, trade)
        assert row is not None
        assert row.state.held == 378_000
        assert (await audit(p.services.pool)).findings == []


async def test_a_statement_that_leaves_one_out_is_refused_whole() -> None:
    async with running("deliver_gap") as p:
        bank, day = SandboxBank(OURS, "USD"), p.clock.at.date()
        assert await read(p, "first", bank.statement(day)) == {}
        bank.pay_in(Money(500, "USD"), "x", PAYER, day + timedelta(days=1))
        bank.statement(day + timedelta(days=1))
        bank.pay_in(Money(700, "USD"), "x", PAYER, day + timedelta(days=2))
        third, before = bank.statement(day + timedelta(days=2)), await fingerprint(p)
        report = await import_file(p.services.engine, p.services.pool, "third", third, p.clock.at)
        assert [refusal.code for refusal in report.refused] == ["statement_gap"]
        assert report.lines == []
        assert await fingerprint(p) == before


async def test_a_statement_of_another_account_is_refused_whole() -> None:
    async with running("deliver_foreign") as p:
        bank = SandboxBank(Party("Somebody", "DE89370400440532013000", "COBADEFF", "DE"), "USD")
        bank.pay_in(Money(500, "USD"), "x", PAYER, p.clock.at.date())
        before, statement = await fingerprint(p), bank.statement(p.clock.at.date())
        report = await import_file(p.services.engine, p.services.pool, "foreign", statement, p.clock.at)
        assert [refusal.code for refusal in report.refused] == ["unknown_account"]
        assert await fingerprint(p) == before


@pytest.mark.parametrize("cut", [0.2, 0.5, 0.9])
async def test_a_truncated_statement_changes_nothing(cut: float) -> None:
    async with running("deliver_truncated") as p:
        bank = SandboxBank(OURS, "USD")
        bank.pay_in(Money(500, "USD"), "x", PAYER, p.clock.at.date())
        statement, before = bank.statement(p.clock.at.date()), await fingerprint(p)
        with pytest.raises(BankFileError):
            await import_file(
                p.services.engine, p.services.pool, "cut", statement[: int(len(statement) * cut)], p.clock.at
            )
        assert await fingerprint(p) == before


async def released(p: Running) -> Ref:
    """A trade whose money is owed to the supplier; the name of its one payout."""
    trade = await p.ready()
    await p.do(trade, SELLER, c.Ship((Shipped(0, 3_000_000),), "COSCO", "sea", "BL-1", p.clock.at.date()))
    p.clock.at += timedelta(days=7)
    await p.services.sweeper.sweep()
    return trade


async def test_a_payout_is_ordered_once_and_paid_only_when_the_bank_says_so() -> None:
    async with running("deliver_payout") as p:
        trade = await released(p)
        bank = SandboxBank(OURS, "USD", opening=2_000_000)
        payout = payout_ref(trade, 1)
        first = await pay_out(p.services.engine, p.services.pool, p.clock.at)
        second = await pay_out(p.services.engine, p.services.pool, p.clock.at + timedelta(minutes=1))
        assert [(file.orders, file.minor) for file in first.files] == [(1, 1_260_000)]
        assert second.files == []
        stages = []
        for body in (bank.accept(first.files[0].body, p.clock.at), *bank.settle(p.clock.at)):
            await read(p, "pain.002", body)
            row = await views.row(p.services.pool, payout)
            assert row is not None
            stages.append(row.state.stage)
        assert stages == ["submitted", "paid"]
        row = await views.row(p.services.pool, trade)
        assert row is not None
        assert (row.state.stage, row.state.outcome) == ("settled", "released")


async def test_a_crash_between_ordering_and_writing_loses_no_payment_file() -> None:
    async with running("deliver_crash") as p:
        trade = await released(p)
        payout = payout_ref(trade, 1)
        row = await views.row(p.services.pool, payout)
        assert row is not None
        await p.do(payout, Actor(Role.RAIL), submit(row.state, "THUSDlost"))  # ordered; the process died here
        report = await pay_out(p.services.engine, p.services.pool, p.clock.at)
        assert [file.name for file in report.files] == ["THUSDlost"]
        assert end_to_end(payout, 1).encode() in report.files[0].body


async def test_a_rejected_order_is_due_again_but_not_to_the_same_account() -> None:
    async with running("deliver_rejected") as p:
        trade = await released(p)
        bank = SandboxBank(OURS, "USD", opening=2_000_000, closed=("CN70001234567",))
        [file] = (await pay_out(p.services.engine, p.services.pool, p.clock.at)).files
        await read(p, "pain.002", bank.accept(file.body, p.clock.at))
        row = await views.row(p.services.pool, payout_ref(trade, 1))
        assert row is not None
        assert (row.state.stage, row.state.reason) == ("due", "AC04")
        again = await pay_out(p.services.engine, p.services.pool, p.clock.at + timedelta(hours=1))
        assert (again.files, again.waiting) == ([], {"no_destination": 1})
        assert (await audit(p.services.pool)).findings == []


async def test_a_file_that_the_bank_calls_a_duplicate_reopens_nothing() -> None:
    async with running("deliver_duplicate") as p:
        trade = await released(p)
        bank = SandboxBank(OURS, "USD", opening=2_000_000)
        [file] = (await pay_out(p.services.engine, p.services.pool, p.clock.at)).files
        answer = bank.accept(file.body, p.clock.at)
        name = end_to_end(payout_ref(trade, 1), 1).encode()
        refused = answer.replace(b"ACSP", b"RJCT").replace(
            b"<TxSts>RJCT</TxSts>", b"<TxSts>RJCT</TxSts><StsRsnInf><Rsn><Cd>AM05</Cd></Rsn></StsRsnInf>"
        )
        assert name in refused
        assert [status.reason for status in wire.read_status(refused)] == ["AM05"]
        await read(p, "pain.002", refused)
        row = await views.row(p.services.pool, payout_ref(trade, 1))
        assert row is not None
        assert row.state.stage == "submitted"


async def test_a_payment_deadline_waits_for_the_statement_that_covers_it() -> None:
    async with running("deliver_deadline", datetime(2027, 1, 4, 9, tzinfo=UTC)) as p:
        bank, trade = SandboxBank(OURS, "USD"), await p.agreed()
        p.clock.at += timedelta(days=20)
        await p.services.sweeper.sweep()
        row = await views.row(p.services.pool, trade)
        assert row is not None
        assert row.state.stage == "confirmed"
        [stuck] = await views.stuck(p.services.pool)
        assert (stuck.ref, stuck.refusal) == (trade, "statement_missing")
        await read(p, "statement", bank.statement(date(2027, 1, 20)))
        p.clock.at += timedelta(hours=2)
        await p.services.sweeper.sweep()
        row = await views.row(p.services.pool, trade)
        assert row is not None
        assert (row.state.stage, row.state.outcome) == ("settled", "lapsed")
        account = await views.row(p.services.pool, account_ref("USD"))
        assert account is not None
        assert account.ref.kind is Kind.ACCOUNT
        assert account.state.read_until == date(2027, 1, 20)
