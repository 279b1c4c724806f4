from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rails.bankfiles import OURS, valid
from tradehold.domain.bank import Line, Notification, Order, Party, Statement, Status
from tradehold.domain.money import Money
from tradehold.rails.iso20022 import BankFileError
from tradehold.rails.pain import write_pain001
from tradehold.rails.sandbox import SandboxBank
from tradehold.rails.wire import read_camt, read_status

US = Party("Tradehold Client Money", OURS, "ABNANL2A", "NL")
BUYER = Party("Acme Ltd", "GB33BUKB20201555555555", "BUKBGB22", "GB")
CLOSED = Party("Gone GmbH", "DE89370400440532013000")
DAY = date(2026, 3, 2)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
REFERENCE = "RF18539007547034"


def euros(minor: int) -> Money:
    return Money(minor, "EUR")


def bank(opening: int = 100_000, folder: Path | None = None) -> SandboxBank:
    return SandboxBank(US, "EUR", opening, closed=[CLOSED.account], folder=folder)


def payout(*orders: Order, message: str = "TH-1", debtor: Party = US) -> bytes:
    return write_pain001(message, NOON, debtor, DAY, orders)


def closing(of: SandboxBank, day: date = DAY) -> Statement:
    data = of.statement(day)
    assert valid(data, "camt.053.001.08")
    (found,) = read_camt(data, ours={OURS})
    assert isinstance(found, Statement)
    return found


def test_a_credit_is_told_at_noon_and_at_night_under_one_key() -> None:
    it = bank()
    it.pay_in(euros(5000), REFERENCE, BUYER, DAY, charges=250)
    data = it.notification(NOON)
    assert data
    assert valid(data, "camt.054.001.08")
    (noon,) = read_camt(data)
    assert isinstance(noon, Notification)
    assert noon.lines == closing(it).lines
    (line,) = noon.lines
    assert line == Line(
        OURS, line.reference, euros(4750), True, DAY, party=BUYER, remittance=REFERENCE, charges=250
    )
    assert it.notification(NOON) is None


def test_a_payment_is_accepted_confirmed_and_debited() -> None:
    it = bank()
    first = it.accept(
        payout(Order("P-1", euros(5000), BUYER, REFERENCE), Order("P-2", euros(1), CLOSED, "")), NOON
    )
    assert valid(first, "pain.002.001.12")
    assert read_status(first) == [Status("P-1", "ACSP"), Status("P-2", "RJCT", "AC04")]
    (second,) = it.settle(NOON)
    assert valid(second, "pain.002.001.12")
    assert read_status(second) == [Status("P-1", "ACSC")]
    assert it.settle(NOON) == []
    (line,) = closing(it).lines
    assert (line.credit, line.amount, line.end_to_end, line.party) == (False, euros(5000), "P-1", BUYER)
    assert line.remittance == REFERENCE


def test_a_file_that_comes_twice_is_answered_twice_and_paid_once() -> None:
    it = bank()
    order = Order("P-1", euros(5000), BUYER, "")
    answers = [read_status(it.accept(payout(order), NOON)) for _ in range(2)]
    assert answers == [[Status("P-1", "ACSP")]] * 2
    assert closing(it).closing == 95_000


@pytest.mark.parametrize(
    ("order", "debtor", "reason"),
    [
        (Order("P-1", euros(100_001), BUYER, ""), US, "AM04"),
        (Order("P-1", Money(5, "USD"), BUYER, ""), US, "AM03"),
        (Order("P-1", euros(5), CLOSED, ""), US, "AC04"),
        (Order("P-1", euros(5), BUYER, ""), BUYER, "AC02"),
        (Order("P-0", euros(5), BUYER, ""), US, "AM05"),
    ],
)
def test_what_the_bank_cannot_do_is_rejected_with_its_reason(
    order: Order, debtor: Party, reason: str
) -> None:
    it = bank()
    it.accept(payout(Order("P-0", euros(1), BUYER, ""), message="TH-0"), NOON)
    before = it.balance(DAY)
    answer = it.accept(payout(order, debtor=debtor), NOON)
    assert read_status(answer) == [Status(order.end_to_end, "RJCT", reason)]
    assert it.balance(DAY) == before


def test_a_payment_comes_back_with_its_reason_and_our_id() -> None:
    it = bank()
    it.accept(payout(Order("P-1", euros(5000), BUYER, "")), NOON)
    it.return_payment("P-1", "AC01", DAY)
    debit, back = closing(it).lines
    assert (back.credit, back.amount, back.end_to_end, back.reason) == (True, debit.amount, "P-1", "AC01")
    assert back.party == BUYER
    with pytest.raises(ValueError, match="no payment 'P-9' was made"):
        it.return_payment("P-9", "AC01", DAY)


def test_a_credit_is_taken_back() -> None:
    it = bank()
    reference = it.pay_in(euros(5000), REFERENCE, BUYER, DAY)
    it.reverse(reference, DAY)
    credit, back = closing(it).lines
    assert (back.credit, back.reversal, back.original, back.amount) == (
        False,
        True,
        credit.reference,
        credit.amount,
    )
    assert back.party == BUYER
    with pytest.raises(ValueError, match="no line 'X'"):
        it.reverse("X", DAY)


def test_statements_follow_each_other_and_close_their_days() -> None:
    it = bank()
    days = [DAY, DAY + timedelta(days=1), DAY + timedelta(days=4)]
    found = []
    for day in days:
        it.pay_in(euros(100), "", BUYER, day)
        found.append(closing(it, day))
    assert [each.sequence for each in found] == [1, 2, 3]
    assert [each.opening for each in found] == [100_000, 100_100, 100_200]
    assert [(each.start, each.end) for each in found] == [
        (days[0], days[0]), (days[1], days[1]), (days[1] + timedelta(days=1), days[2])
    ]  # fmt: skip
    assert closing(it, days[1]) == found[1]
    with pytest.raises(ValueError, match="was closed by a statement"):
        it.pay_in(euros(1), "", BUYER, days[2])
    with pytest.raises(ValueError, match="lies within the statement"):
        it.statement(days[2] - timedelta(days=1))


def test_an_order_after_the_days_end_is_paid_on_the_next() -> None:
    it = bank()
    it.statement(DAY)
    it.accept(payout(Order("P-1", euros(5), BUYER, "")), NOON)
    assert it.settle(NOON) == []
    assert len(it.settle(NOON + timedelta(days=1))) == 1


def test_the_bank_remembers_across_restarts(tmp_path: Path) -> None:
    bank(folder=tmp_path).pay_in(euros(5000), REFERENCE, BUYER, DAY)
    bank(folder=tmp_path).accept(payout(Order("P-1", euros(70), BUYER, "")), NOON)
    told = closing(bank(opening=0, folder=tmp_path))
    assert (told.opening, told.closing) == (100_000, 104_930)
    assert bank(folder=tmp_path).statement(DAY) == bank(folder=tmp_path).statement(DAY)
    assert [path.name for path in tmp_path.iterdir()] == [f"bank-{OURS}-EUR.json"]


@pytest.mark.parametrize("amount", [euros(0), euros(-1), Money(1, "USD")])
def test_only_money_of_the_account_can_be_paid_in(amount: Money) -> None:
    with pytest.raises(ValueError, match="cannot be booked on an account in EUR"):
        bank().pay_in(amount, "", BUYER, DAY)


@pytest.mark.parametrize(
    "data", [b"<Document/>", b"", b"<!DOCTYPE x>", payout(Order("P", euros(1), BUYER, ""))[:-9]]
)
def test_what_is_no_payment_file_books_nothing(data: bytes) -> None:
    it = bank()
    with pytest.raises(BankFileError):
        it.accept(data, NOON)
    assert it.balance(DAY) == 100_000


WORDS = st.text(st.characters(categories=["L", "N", "P", "S"]), max_size=60)
CREDITS = st.tuples(
    st.integers(1, 10**9),
    st.sampled_from([REFERENCE, "RF18 5390 0754 7034", ""]) | WORDS,
    st.builds(
        Party,
        WORDS,
        st.sampled_from([BUYER.account, "000123"]),
        st.sampled_from(["", "BUKBGB22", "021000021"]),
        st.sampled_from(["", "CN"]),
    ),
    st.booleans(),
)


@settings(max_examples=60)
@given(st.lists(CREDITS, max_size=8), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_whatever_is_booked_is_read_back_equal(
    credits: list[tuple[int, str, Party, bool]], currency: str
) -> None:
    it = SandboxBank(US, currency)
    for minor, words, party, unnamed in credits:
        it.pay_in(Money(minor, currency), words, party, DAY, unnamed=unnamed)
    found = closing(it)
    assert found.closing == sum(minor for minor, *_ in credits)
    assert len({line.reference for line in found.lines}) == len(credits)
    told = [(line.amount.minor, line.remittance, line.party) for line in found.lines]
    assert told == [(minor, words, party) for minor, words, party, _ in credits]
    assert Counter(line.credit for line in found.lines)[False] == 0
