"""Our files against a bank that somebody else wrote: it judges what we send and we read what it sends."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from urllib.request import Request, urlopen

import pytest
from mockbank.server import Config, make_server

from tradehold.domain.bank import Notification, Order, Party, Statement, Status
from tradehold.domain.money import Money
from tradehold.rails.pain import write_pain001
from tradehold.rails.wire import read, read_camt, read_status

NOW = datetime(2026, 9, 30, 9, 5, tzinfo=UTC)
THERE = "GB33BUKB20201555555555"


class Bank:
    def __init__(self, port: int) -> None:
        self.root = f"http://127.0.0.1:{port}"

    def ask(self, path: str, body: Any = None) -> Any:
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        return json.loads(self.text(path, data))

    def text(self, path: str, data: bytes | None) -> str:
        with urlopen(Request(self.root + path, data=data), timeout=10) as answer:
            told: str = answer.read().decode()
            return told

    def account(self, name: str) -> Party:
        it = self.ask(f"/_mock/accounts/{name}")
        return Party(it["name"], it["iban"], it["bic"])

    def files(self, kind: str) -> list[bytes]:
        return [each["body"].encode() for each in self.ask(f"/_mock/mailbox?type={kind}")]

    def advance(self) -> None:
        self.ask("/_mock/advance?days=1", b"")


@pytest.fixture
def bank() -> Iterator[Bank]:
    server = make_server(Config(port=0, quiet=True, clock="2026-09-30T09:00"))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield Bank(server.server_address[1])
    server.shutdown()
    thread.join()
    server.server_close()


def pay(bank: Bank, *orders: Order) -> list[Status]:
    bank.ask("/payments", write_pain001("TH-1", NOW, bank.account("ACME"), NOW.date(), orders))
    (answer,) = bank.files("pain.002")
    return read_status(answer)


def order(key: str, minor: int, creditor: Party) -> Order:
    return Order(key, Money(minor, "EUR"), creditor, "RF18539007547034")


def test_it_finds_no_fault_with_our_payment_file(bank: Bank) -> None:
    data = write_pain001(
        "TH-1", NOW, bank.account("ACME"), NOW.date(), [order("P-1", 5000, Party("Zoë", THERE))]
    )
    assert bank.text("/_mock/validate", data).strip() == (
        "pain.001.001.09 TH-1: 1 batch, 1 payment, 0 findings"
    )


def test_it_pays_what_it_can_and_says_why_not(bank: Bank) -> None:
    told = pay(
        bank, order("P-1", 5000, Party("Acme", THERE, "BUKBGB22")), order("P-2", 1, bank.account("INITECH"))
    )
    assert {(status.end_to_end, status.code, status.reason) for status in told} >= {("P-2", "RJCT", "AC04")}
    assert all(status.code != "RJCT" for status in told if status.end_to_end == "P-1")
    bank.advance()
    (noon,) = [each for data in bank.files("camt.054") for each in read_camt(data)]
    assert isinstance(noon, Notification)
    night = statements(bank)[0]
    assert night.lines == noon.lines
    (line,) = night.lines
    assert (line.credit, line.amount.minor, line.end_to_end) == (False, 5000, "P-1")
    assert line.party.account == THERE


def test_what_arrives_there_is_told_under_one_key(bank: Bank) -> None:
    paid = {
        "account": "ACME",
        "amount": 125000,
        "note": "invoice RF18 5390 0754 7034",
        "debtor": {"name": "Globex GmbH", "iban": THERE},
        "end_to_end_id": "GX-1",
    }
    bank.ask("/_mock/credits", paid)
    bank.advance()
    (noon,) = [each for data in bank.files("camt.054") for each in read(data)]
    assert isinstance(noon, Notification)
    (line,) = noon.lines
    assert (line.credit, line.amount, line.end_to_end) == (True, Money(125000, "EUR"), "GX-1")
    assert line.party.name == "Globex GmbH"
    assert line.remittance == "invoice RF18 5390 0754 7034"
    assert statements(bank)[0].lines == noon.lines


def statements(bank: Bank) -> list[Statement]:
    """Those of our account, oldest first, each opening where the one before it closed."""
    ours = bank.account("ACME").account
    read_all = [each for data in bank.files("camt.053") for each in read(data)]
    found = [each for each in read_all if isinstance(each, Statement) and each.account == ours]
    assert found
    assert found[0].start >= date(2026, 9, 30)
    return found
