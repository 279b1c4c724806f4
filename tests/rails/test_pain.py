from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from tests.rails.bankfiles import OURS, document, valid
from tradehold.domain.bank import Order, Party, Status
from tradehold.domain.money import Money
from tradehold.rails.iso20022 import BankFileError
from tradehold.rails.pain import sendable, write_pain001
from tradehold.rails.wire import read_status

US = Party("Tradehold Client Money", OURS, "ABNANL2A", "NL")
THEM = Party("Acme Ltd", "GB33BUKB20201555555555", "BUKBGB22", "GB")
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
SOME = Money(1500, "EUR")


@dataclass(frozen=True)
class File:
    """The arguments of a payment file, one of which each test changes."""

    message_id: str = "TH-1"
    created: datetime = NOW
    debtor: Party = US
    orders: Sequence[Order] = (Order("P-1", SOME, THEM, "Order 7"),)

    def write(self) -> bytes:
        return write_pain001(self.message_id, self.created, self.debtor, date(2026, 3, 3), self.orders)


def paid(creditor: Party = THEM, amount: Money = SOME, key: str = "P-1", about: str = "") -> File:
    return File(orders=[Order(key, amount, creditor, about)])


def texts(data: bytes, name: str) -> list[str]:
    return [element.text or "" for element in etree.fromstring(data).iter(f"{{*}}{name}")]


@pytest.mark.parametrize(
    "file",
    [
        File(),
        paid(about="RF18 5390 0754 7034"),
        paid(Party("No bank named", "000123456789")),
        paid(Party("Clearing code", "000123456789", "021000021", "US")),
        paid(
            Party("深圳市贸易有限公司", "6222020200112233", "ICBKCNBJ", "CN"), Money(1, "CNY"), about="货款"
        ),
        paid(amount=Money(1500, "JPY")),
        paid(amount=Money(1500, "KWD")),
        paid(amount=Money(10**15 - 1, "EUR"), key="x" * 35),
        replace(paid(), debtor=Party("No bank named", "12345")),
    ],
)
def test_what_is_written_is_valid_by_the_published_schema(file: File) -> None:
    assert valid(file.write(), "pain.001.001.09")


@given(st.text(max_size=90), st.text(max_size=40))
def test_any_name_and_remittance_is_written_validly_or_refused(name: str, about: str) -> None:
    file = paid(Party(name, "123"), about=about)
    if sendable(name) and len(sendable(about)) <= 140:
        assert valid(file.write(), "pain.001.001.09")
    else:
        with pytest.raises(ValueError, match=r"has no name|longer than 140"):
            file.write()


def test_the_same_orders_give_the_same_bytes() -> None:
    assert File().write() == File().write()


@pytest.mark.parametrize(
    ("currency", "amounts", "total"),
    [("EUR", [1500, 5], "15.05"), ("JPY", [1500, 5], "1505"), ("KWD", [1500, 5], "1.505"),
     ("EUR", [10**15 - 1] * 3, "29999999999999.97")],
)  # fmt: skip
def test_the_header_counts_and_sums_the_orders(currency: str, amounts: list[int], total: str) -> None:
    orders = [Order(f"P-{n}", Money(minor, currency), THEM, "") for n, minor in enumerate(amounts)]
    data = File(orders=orders).write()
    assert texts(data, "CtrlSum") == [total, total]
    assert texts(data, "NbOfTxs") == [str(len(amounts))] * 2


@pytest.mark.parametrize(
    ("account", "element"),
    [
        ("GB33 BUKB 2020 1555 5555 55", "IBAN"),
        ("000123456", "Othr"),
        ("AB12", "Othr"),
        ("6222020200112233", "Othr"),
    ],
)
def test_an_account_is_an_iban_or_the_banks_own_number(account: str, element: str) -> None:
    root = etree.fromstring(paid(Party("Acme", account)).write())
    (identified,) = root.iterfind("{*}CstmrCdtTrfInitn/{*}PmtInf/{*}CdtTrfTxInf/{*}CdtrAcct/{*}Id/*")
    assert etree.QName(identified).localname == element
    assert "".join(map(str, identified.itertext())).strip() == (
        account.replace(" ", "") if element == "IBAN" else account
    )


def test_a_reference_is_sent_structured_and_words_are_not() -> None:
    assert texts(paid(about="rf18 5390 0754 7034").write(), "Ref") == ["RF18539007547034"]
    assert texts(paid(about="refund RF18 5390 0754 7034").write(), "Ustrd") == ["refund RF18 5390 0754 7034"]


@pytest.mark.parametrize(
    ("words", "sent"),
    [
        ("Müller & Söhne GmbH", "Muller + Sohne GmbH"),
        ("Łódź Ærø Straße", "Lodz AEro Strasse"),
        ("Jose\u0301 [A_B]; “x”", "Jose (A-B), 'x'"),
        ("a\tb\n c\u00a0d\u200be\x00f", "a b c d e f"),
        ("50 % @ #1", "50 . . .1"),
        ("ＡＢＣ", "ABC"),
        ("深圳市贸易有限公司", "深圳市贸易有限公司"),
        ("한국 주식회사", "한국 주식회사"),
        ("हिन्दी लिमिटेड", "हिन्दी लिमिटेड"),
        ("ООО Ёлка", "ООО Ёлка"),
        ("شركة", "شركة"),
    ],
)
def test_words_are_sent_as_banks_pass_them_on(words: str, sent: str) -> None:
    assert sendable(words) == sent


def test_a_long_name_is_cut_to_what_every_bank_takes() -> None:
    assert texts(paid(Party("A" * 100, "1")).write(), "Nm")[-1] == "A" * 70


REFUSED = {
    "no orders": (File(orders=[]), "at least one order"),
    "an order of zero": (paid(amount=Money(0, "EUR")), "P-1 of 0.00 pays nothing"),
    "a negative order": (paid(amount=Money(-5, "EUR")), "pays nothing"),
    "two currencies": (
        File(orders=[*paid().orders, *paid(amount=Money(1, "USD"), key="P-2").orders]),
        "mix currencies: EUR, USD",
    ),
    "one id twice": (File(orders=[*paid().orders, *paid().orders]), "share the id 'P-1'"),
    "an id too long": (paid(key="x" * 36), "is not an id of 1 to 35"),
    "no id": (paid(key=""), "is not an id"),
    "an id of other letters": (paid(key="é"), "is not an id"),
    "an id that starts with a slash": (paid(key="/a"), "is not an id"),
    "an id with two slashes": (paid(key="a//b"), "is not an id"),
    "an id that ends in a space": (paid(key="a "), "is not an id"),
    "a message id too long": (File(message_id="x" * 36), "is not an id"),
    "no zone": (File(created=datetime(2026, 3, 2)), "needs a zone"),
    "no name": (paid(Party("", "1")), "has no name"),
    "no account": (paid(Party("A", "")), "is not 1 to 34 characters"),
    "an account too long": (paid(Party("A", "1" * 35)), "is not 1 to 34 characters"),
    "a mistyped IBAN": (paid(Party("A", "GB34BUKB20201555555555")), "looks like an IBAN and is none"),
    "a remittance too long": (paid(about="x" * 141), "longer than 140"),
    "more than a sum can hold": (
        File(orders=[Order(str(n), Money(10**15 - 1, "EUR"), THEM, "") for n in range(1001)]),
        "more digits than a control sum",
    ),
}


@pytest.mark.parametrize(("file", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_what_no_bank_should_get_is_not_written(file: File, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        file.write()


GROUP = "<OrgnlGrpInfAndSts><OrgnlMsgId>TH-1</OrgnlMsgId>{}</OrgnlGrpInfAndSts>"
REJECTED, WHOLE = Status("P-2", "RJCT", "AC04"), Status("", "RJCT", "AC04", "TH-1")
REASON = "<StsRsnInf><Rsn><Cd>AC04</Cd></Rsn></StsRsnInf>"


def batch(inside: str) -> str:
    return f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>TH-1</OrgnlPmtInfId>{inside}</OrgnlPmtInfAndSts>"


def answer(key: str, status: str = "", reason: str = "") -> str:
    told = f"<TxSts>{status}</TxSts>" if status else ""
    return f"<TxInfAndSts><OrgnlEndToEndId>{key}</OrgnlEndToEndId>{told}{reason}</TxInfAndSts>"


@pytest.mark.parametrize(
    ("inside", "statuses"),
    [
        (
            GROUP.format("") + batch(answer("P-1", "ACSP") + answer("P-2", "RJCT", REASON)),
            [Status("P-1", "ACSP"), REJECTED],
        ),
        (GROUP.format("<GrpSts>PART</GrpSts>") + batch(answer("P-2", "RJCT", REASON)), [REJECTED]),
        (GROUP.format(f"<GrpSts>RJCT</GrpSts>{REASON}"), [WHOLE]),
        (GROUP.format("") + batch(f"<PmtInfSts>RJCT</PmtInfSts>{REASON}"), [WHOLE]),
        (GROUP.format("<GrpSts>ACTC</GrpSts>") + batch(""), [Status("", "ACTC", "", "TH-1")]),
        (
            GROUP.format("") + batch(f"<PmtInfSts>RJCT</PmtInfSts>{REASON}" + answer("P-1")),
            [Status("P-1", "RJCT", "AC04")],
        ),
        (
            GROUP.format("<GrpSts>ACSC</GrpSts>")
            + answer("P-1")
            + answer("P-2", "RJCT", REASON.replace("Cd", "Prtry")),
            [Status("P-1", "ACSC"), REJECTED],
        ),
    ],
)  # fmt: skip
def test_an_answer_is_read_for_each_order_or_for_the_file(inside: str, statuses: list[Status]) -> None:
    assert read_status(document("CstmrPmtStsRpt", inside, "pain.002.001.03")) == statuses


@pytest.mark.parametrize(
    ("inside", "message"),
    [
        (GROUP.format("") + batch(answer("P-1")), "TxInfAndSts has no TxSts"),
        (GROUP.format("") + batch(answer("", "ACSP")), "TxInfAndSts has no OrgnlEndToEndId"),
        (GROUP.format("").replace("OrgnlMsgId", "X"), "OrgnlGrpInfAndSts has no OrgnlMsgId"),
        (GROUP.format("<GrpSts>PART</GrpSts>"), "holds no statement, notification or status"),
    ],
)
def test_an_answer_that_says_nothing_is_refused(inside: str, message: str) -> None:
    with pytest.raises(BankFileError, match=message):
        read_status(document("CstmrPmtStsRpt", inside, "pain.002.001.03"))
