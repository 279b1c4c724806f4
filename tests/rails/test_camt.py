from datetime import date

import pytest

from tests.rails.bankfiles import OURS, account, balance, document, entry, notification, statement
from tradehold.domain.bank import Line, Notification, Party, Statement
from tradehold.domain.money import Money
from tradehold.rails.iso20022 import BankFileError
from tradehold.rails.wire import read, read_camt

DAY = date(2026, 3, 2)

OLD_DETAIL = (
    "<TxDtls><Refs><AcctSvcrRef>B1</AcctSvcrRef><EndToEndId>E2E</EndToEndId></Refs>"
    '<AmtDtls><TxAmt><Amt Ccy="EUR">25.00</Amt></TxAmt></AmtDtls>'
    '<Chrgs><Amt Ccy="EUR">1.50</Amt></Chrgs>'
    "<RltdPties><Dbtr><Nm>Acme Ltd</Nm><PstlAdr><Ctry>GB</Ctry></PstlAdr></Dbtr>"
    "<DbtrAcct><Id><IBAN>GB33BUKB20201555555555</IBAN></Id></DbtrAcct></RltdPties>"
    "<RltdAgts><DbtrAgt><FinInstnId><BIC>BUKBGB22</BIC></FinInstnId></DbtrAgt></RltdAgts>"
    "<RmtInf><Ustrd>RF18 5390</Ustrd><Ustrd> 0754 7034</Ustrd></RmtInf></TxDtls>"
)
NEW_DETAIL = (
    "<TxDtls><Refs><AcctSvcrRef>B1</AcctSvcrRef><EndToEndId>E2E</EndToEndId></Refs>"
    '<Amt Ccy="EUR">25.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>'
    '<Chrgs><TtlChrgsAndTaxAmt Ccy="EUR">1.50</TtlChrgsAndTaxAmt>'
    '<Rcrd><Amt Ccy="EUR">1.00</Amt></Rcrd><Rcrd><Amt Ccy="EUR">0.50</Amt></Rcrd></Chrgs>'
    "<RltdPties><Dbtr><Pty><Nm>Acme Ltd</Nm><CtryOfRes>GB</CtryOfRes></Pty></Dbtr>"
    "<DbtrAcct><Id><IBAN>GB33 BUKB 2020 1555 5555 55</IBAN></Id></DbtrAcct></RltdPties>"
    "<RltdAgts><DbtrAgt><FinInstnId><BICFI>BUKBGB22</BICFI></FinInstnId></DbtrAgt></RltdAgts>"
    "<RmtInf><Ustrd>RF18 5390</Ustrd><Ustrd> 0754 7034</Ustrd></RmtInf></TxDtls>"
)
OLD, NEW = "BOOK", "<Cd>BOOK</Cd>"


def only_line(data: bytes) -> Line:
    (found,) = read_camt(data)
    (line,) = found.lines
    return line


def detail(amount: str, inside: str = "", sign: str = "CRDT") -> str:
    return f'<TxDtls><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd>{inside}</TxDtls>'


@pytest.mark.parametrize(
    ("version", "status", "details"),
    [
        ("camt.053.001.02", OLD, OLD_DETAIL),
        ("camt.053.001.04", OLD, NEW_DETAIL.replace("<Pty>", "").replace("</Pty>", "")),
        ("camt.053.001.06", OLD, NEW_DETAIL),
        ("camt.053.001.08", NEW, NEW_DETAIL),
        ("camt.053.001.13", NEW, NEW_DETAIL),
        ("some.bank.of.its.own", NEW, NEW_DETAIL),
    ],
)
def test_every_version_tells_the_same_line(version: str, status: str, details: str) -> None:
    assert only_line(
        statement(entry("25.00", details, status=status), closing="125.00", version=version)
    ) == Line(
        account=OURS,
        reference="B1",
        amount=Money(2500, "EUR"),
        credit=True,
        booked=DAY,
        party=Party("Acme Ltd", "GB33BUKB20201555555555", "BUKBGB22", "GB"),
        remittance="RF18 5390 0754 7034",
        end_to_end="E2E",
        charges=150,
    )


@pytest.mark.parametrize("version", ["camt.054.001.02", "camt.054.001.08", "camt.054.001.13"])
def test_the_same_credit_has_one_key_in_a_notification_and_in_the_statement(version: str) -> None:
    booked = entry("25.00", NEW_DETAIL)
    (told,) = read_camt(notification(booked, version))
    assert isinstance(told, Notification)
    assert told.lines == (only_line(statement(booked, closing="125.00")),)


def test_a_statement_tells_balances_days_and_number() -> None:
    (found,) = read_camt(statement(entry("25.00"), closing="125.00"))
    assert isinstance(found, Statement)
    assert (found.account, found.currency, found.reference, found.sequence) == (OURS, "EUR", "S1", 7)
    assert (found.opening, found.closing, found.start, found.end) == (10000, 12500, DAY, DAY)


@pytest.mark.parametrize(
    ("currency", "opening", "amount", "closing", "minor"),
    [
        ("JPY", "1000", "500", "1500", 500),
        ("JPY", "1000", "500.00", "1500", 500),
        ("KWD", "1.000", "0.125", "1.125", 125),
        ("EUR", "0", "0.1", ".1", 10),
        ("EUR", "0.00", "9999999999999.99", "9999999999999.99", 999_999_999_999_999),
    ],
)
def test_amounts_are_read_exactly(currency: str, opening: str, amount: str, closing: str, minor: int) -> None:
    data = statement(entry(amount, currency=currency), opening, closing, currency=currency)
    assert only_line(data).amount == Money(minor, currency)


def test_only_booked_entries_count() -> None:
    pending = (
        entry("5.00", status="<Cd>PDNG</Cd>") + entry("6.00", status="PDNG") + entry("7.00", status="INFO")
    )
    (found,) = read_camt(statement(pending + entry("25.00"), closing="125.00"))
    assert [line.amount.minor for line in found.lines] == [2500]


def test_an_entry_of_zero_is_no_line() -> None:
    (found,) = read_camt(statement(entry("0.00")))
    assert found.lines == ()


def test_a_batch_booking_becomes_a_line_for_each_detail() -> None:
    details = detail("10.00") + detail("20.00") + detail("5.00", sign="DBIT")
    (found,) = read_camt(statement(entry("25.00", details), closing="125.00"))
    assert [(line.reference, line.amount.minor, line.credit) for line in found.lines] == [
        ("B1", 1000, True),
        ("B1/2", 2000, True),
        ("B1/3", 500, False),
    ]


def test_details_with_references_of_their_own_keep_them() -> None:
    refs = "<TxDtls><Refs><AcctSvcrRef>D{}</AcctSvcrRef></Refs>"
    details = "".join(detail("5.00").replace("<TxDtls>", refs.format(n)) for n in (1, 2))
    (found,) = read_camt(statement(entry("10.00", details), closing="110.00"))
    assert [line.reference for line in found.lines] == ["D1", "D2"]


def test_two_entries_under_one_reference_are_two_lines() -> None:
    (found,) = read_camt(statement(entry("5.00") + entry("5.00"), closing="110.00"))
    assert [line.reference for line in found.lines] == ["B1", "B1/2"]


def test_a_bank_without_references_gets_keys_that_stay_the_same() -> None:
    twice = entry("5.00", more="") * 2 + entry("5.00", more="<AcctSvcrRef>NONREF</AcctSvcrRef>", sign="DBIT")
    (first,) = read_camt(statement(twice, closing="105.00"))
    (again,) = read_camt(notification(twice))
    keys = [line.reference for line in first.lines]
    assert keys == [line.reference for line in again.lines]
    assert keys[1] == f"{keys[0]}/2"
    assert len(set(keys)) == 3


def test_a_reversal_has_its_own_key_though_the_bank_repeats_the_reference() -> None:
    back = entry("25.00", sign="DBIT", reversal="<RvslInd>true</RvslInd>")
    (found,) = read_camt(statement(entry("25.00") + back))
    credit, reversal = found.lines
    assert (credit.reference, credit.reversal) == ("B1", False)
    assert (reversal.reference, reversal.credit, reversal.reversal) == ("B1/R", False, True)
    assert reversal.original == credit.reference


def parties(debtor: str, creditor: str) -> str:
    return (
        f"<RltdPties><Dbtr><Nm>D</Nm></Dbtr><DbtrAcct><Id><Othr><Id>{debtor}</Id></Othr></Id></DbtrAcct>"
        f"<Cdtr><Nm>C</Nm></Cdtr><CdtrAcct><Id><Othr><Id>{creditor}</Id></Othr></Id></CdtrAcct></RltdPties>"
    )


@pytest.mark.parametrize(
    ("sign", "reversal", "details", "name"),
    [
        ("CRDT", "", parties("1", OURS), "D"),
        ("DBIT", "", parties(OURS, "2"), "C"),
        ("DBIT", "<RvslInd>true</RvslInd>", parties("1", OURS), "D"),
        ("CRDT", "<RvslInd>1</RvslInd>", parties(OURS, "2"), "C"),
        # A returned payment, its direction kept by one bank and turned by another.
        ("CRDT", "", parties(OURS, "2"), "C"),
        ("CRDT", "", parties("2", OURS), "D"),
    ],
)
def test_the_party_is_the_one_that_is_not_us(sign: str, reversal: str, details: str, name: str) -> None:
    told = entry("5.00", detail("5.00", details, sign), sign=sign, reversal=reversal)
    assert only_line(notification(told)).party.name == name


@pytest.mark.parametrize(
    ("details", "more", "remittance"),
    [
        (
            "<RmtInf><Ustrd>free</Ustrd><Strd><CdtrRefInf><Ref>RF18</Ref></CdtrRefInf></Strd></RmtInf>",
            "",
            "RF18",
        ),
        ("<RmtInf><Strd><AddtlRmtInf>more</AddtlRmtInf></Strd></RmtInf>", "", "more"),
        ("<AddtlTxInf>told of the payment</AddtlTxInf>", "", "told of the payment"),
        ("", "<AddtlNtryInf>told of the entry</AddtlNtryInf>", "told of the entry"),
        ("<RmtInf><Ustrd> 货款 </Ustrd></RmtInf>", "", "货款"),
    ],
)
def test_the_remittance_is_found_where_banks_put_it(details: str, more: str, remittance: str) -> None:
    assert only_line(notification(entry("5.00", detail("5.00", details), more=more))).remittance == remittance


def test_a_return_tells_its_reason_and_our_id() -> None:
    told = "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>"
    refs = "<TxDtls><Refs><EndToEndId>OURS-1</EndToEndId></Refs>"
    line = only_line(notification(entry("5.00", detail("5.00", told).replace("<TxDtls>", refs))))
    assert (line.reason, line.end_to_end) == ("AC04", "OURS-1")


def test_no_id_given_is_no_id() -> None:
    details = "<TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs></TxDtls>"
    assert only_line(notification(entry("5.00", details))).end_to_end == ""


def test_a_lone_detail_may_differ_by_the_charges_it_names() -> None:
    charged = '<Chrgs><Rcrd><Amt Ccy="EUR">5.00</Amt></Rcrd></Chrgs>'
    line = only_line(notification(entry("20.00", detail("25.00", charged))))
    assert (line.amount.minor, line.charges) == (2000, 500)


def test_a_lone_detail_in_another_currency_leaves_the_entry_to_count() -> None:
    details = '<TxDtls><Amt Ccy="USD">30.00</Amt></TxDtls>'
    assert only_line(notification(entry("25.00", details))).amount == Money(2500, "EUR")


def test_pages_open_and_close_with_interim_balances() -> None:
    pages = [
        (balance("OPBD", "100") + balance("ITBD", "105"), "5.00"),
        (balance("ITBD", "105") + balance("ITBD", "111"), "6.00"),
        (balance("ITBD", "111") + balance("CLBD", "118"), "7.00"),
    ]
    told = "".join(
        f"<Stmt><Id>P{n}</Id><StmtPgntn><PgNb>{n}</PgNb><LastPgInd>false</LastPgInd></StmtPgntn>"
        f"{account()}{balances}{entry(amount)}</Stmt>"
        for n, (balances, amount) in enumerate(pages, 1)
    )
    found = read_camt(document("BkToCstmrStmt", told, "camt.053.001.08"))
    assert [(page.opening, page.closing) for page in found if isinstance(page, Statement)] == [
        (10000, 10500),
        (10500, 11100),
        (11100, 11800),
    ]


def test_an_overdrawn_account_has_negative_balances() -> None:
    balances = balance("PRCD", "10.00", sign="DBIT", day="2026-03-01") + balance("CLBD", "15.00", sign="DBIT")
    told = f"<Stmt><Id>S</Id>{account()}{balances}{entry('5.00', sign='DBIT')}</Stmt>"
    (found,) = read_camt(document("BkToCstmrStmt", told, "camt.053.001.08"))
    assert isinstance(found, Statement)
    assert (found.opening, found.closing, found.sequence) == (-1000, -1500, None)
    assert (found.start, found.end) == (date(2026, 3, 1), DAY)


@pytest.mark.parametrize(
    ("to", "end"),
    [
        ("2026-03-02T23:59:59Z", DAY),
        ("2026-03-03T00:00:00Z", DAY),
        ("2026-03-03T00:00:00.000+08:00", DAY),
        ("2026-03-03T12:00:00", date(2026, 3, 3)),
    ],
)
def test_a_period_that_ends_at_midnight_does_not_tell_of_the_new_day(to: str, end: date) -> None:
    told = f"<FrToDt><FrDtTm>2026-03-01T00:00:00Z</FrDtTm><ToDtTm>{to}</ToDtTm></FrToDt>{account()}"
    data = statement("").replace(account().encode(), told.encode())
    (found,) = read_camt(data)
    assert isinstance(found, Statement)
    assert (found.start, found.end) == (date(2026, 3, 1), end)


def test_an_account_without_iban_is_known_by_its_number() -> None:
    data = statement("", number="<Othr><Id>000123456</Id></Othr>")
    (found,) = read(data, ours={"000123456"})
    assert isinstance(found, Statement)
    assert found.account == "000123456"


WRONG = {
    "balances that do not meet": (
        statement(entry("25.00"), closing="125.01"),
        r"statement 1 \(S1\), line 2: opening balance 100.00 plus 1 entries is not the closing balance "
        r"125.01: 0.01 EUR are missing; ask the bank",
    ),
    "details that do not add up": (
        notification(entry("9.00") + entry("25.00", detail("10.00") + detail("14.99"))),
        r"notification 1 \(N1\), entry 2, line 2: the 2 TxDtls add up to 24.99, its Ntry says 25.00 EUR; ask",
    ),
    "a lone detail that differs": (
        notification(entry("25.00", detail("24.00"))),
        "entry 1, line 2: TxDtls says 24.00, its Ntry 25.00 EUR",
    ),
    "a batch detail without amount": (
        notification(entry("25.00", "<TxDtls/>" * 2)),
        "one of several TxDtls has no Amt in EUR",
    ),
    "too many decimals": (statement(entry("1.234")), "Amt: '1.234' has more decimals than EUR allows"),
    "decimals in yen": (notification(entry("1.5", currency="JPY")), "more decimals than JPY allows"),
    "a negative amount": (notification(entry("-1.00")), "Amt '-1.00' is not an amount"),
    "an exponent": (notification(entry("1e3")), "Amt '1e3' is not an amount"),
    "digits of another script": (notification(entry("١٢")), "is not an amount"),
    "an amount without end": (notification(entry("1" * 40)), "is not an amount"),
    "an amount beyond all trade": (notification(entry("10000000000000.00")), "is beyond"),
    "no such currency": (notification(entry("1.00", currency="XXX")), "'XXX' is not an ISO 4217 currency"),
    "no amount": (notification("<Ntry><Sts>BOOK</Sts></Ntry>"), "Ntry has no Amt"),
    "no direction": (notification(entry("1", sign="")), "Ntry has no CdtDbtInd"),
    "an odd direction": (notification(entry("1", sign="IN")), "CdtDbtInd 'IN' is neither CRDT nor DBIT"),
    "no status": (notification(entry("1", status="")), "Ntry has no Sts"),
    "an odd status": (notification(entry("1", status="DONE")), "Sts 'DONE' is not one of BOOK, FUTR"),
    "an impossible day": (
        notification(entry("1").replace("2026-03-02", "2026-02-30")),
        "'2026-02-30' in Ntry is not a date",
    ),
    "no day": (notification(entry("1").replace("BookgDt", "X")), "Ntry has no BookgDt/Dt"),
    "no account": (statement("", number=""), "Stmt has no Acct/Id/Othr/Id"),
    "no opening balance": (statement("").replace(b"OPBD", b"OPAV"), "no opening balance"),
    "no closing balance": (statement("").replace(b"CLBD", b"CLAV"), "no closing balance"),
    "an entry in another currency": (
        statement(entry("1.00", currency="USD")),
        "an account in EUR has entries in USD",
    ),
    "balances in two currencies": (
        statement("", closing="99.00").replace(b'EUR">99.00', b'USD">99.00'),
        "Stmt opens in EUR and closes in USD",
    ),
    "an odd number": (statement("").replace(b">7<", b">seven<"), "sequence number 'seven' is not a number"),
}


@pytest.mark.parametrize(("data", "message"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_file_is_refused_whole_with_the_place_named(data: bytes, message: str) -> None:
    with pytest.raises(BankFileError, match=message):
        read(data)


def test_a_statement_of_a_foreign_account_is_refused() -> None:
    with pytest.raises(
        BankFileError, match=f"statement S1 is of account {OURS}, which is no designated account"
    ):
        read(statement(""), ours={"DE89370400440532013000"})
    assert read(statement(""), ours={OURS})
