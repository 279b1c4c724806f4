import io
import subprocess
import sys
from typing import BinaryIO, cast

import pytest

from tests.rails.bankfiles import OURS, document, entry, notification, statement
from tradehold.domain.bank import Statement
from tradehold.rails import iso20022
from tradehold.rails.iso20022 import BankFileError
from tradehold.rails.wire import read, read_camt, read_status

GOOD = statement(entry("25.00"), closing="125.00")
BODY = GOOD.split(b"\n", 1)[1]
LAUGHS = b"<!DOCTYPE Document [<!ENTITY a 'ha'>" + b"".join(
    b"<!ENTITY %c '%s'>" % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)
)


class Endless(io.RawIOBase):
    """A file that never ends."""

    def __init__(self, start: bytes, more: bytes) -> None:
        self.start, self.more, self.given = start, more, 0

    def read(self, size: int = -1) -> bytes:
        piece = self.start if not self.given else self.more * (size // len(self.more))
        self.given += len(piece)
        return piece


HOSTILE = {
    "billion laughs": (LAUGHS + b"]>" + BODY.replace(b"25.00", b"&j;"), "has a DOCTYPE"),
    "external entity": (
        b'<!DOCTYPE Document [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + BODY.replace(b"S1", b"&x;"),
        "has a DOCTYPE",
    ),
    "external subset": (b'<!DOCTYPE Document SYSTEM "http://127.0.0.1:9/x.dtd">' + BODY, "has a DOCTYPE"),
    "a doctype across the chunks": (
        b"<?xml version='1.0'?><!--" + b"x" * (iso20022._CHUNK - 29) + b"--><!DOCTYPE Document>" + BODY,
        "has a DOCTYPE",
    ),
    "a bank's login page": (b"<!DOCTYPE html><html><body>Session expired</body></html>", "has a DOCTYPE"),
    "a web page": (b"<html><body>Session expired</body></html>", "<html> with <body>, not a bank message"),
    "an unknown entity": (GOOD.replace(b"S1", b"&x;"), "broken or cut off"),
    "nothing": (b"", "the file is empty"),
    "white space": (b" \n\n ", "not XML"),
    "not XML": (b"%PDF-1.7 hello", "not XML; ask the bank for camt.053"),
    "MT940": (b":20:STARTUMS\r\n:25:12345\r\n", "an MT940 statement; ask the bank for camt.053"),
    "a truncated file": (GOOD[:-20], "broken or cut off"),
    "cut in an entry": (GOOD[:500], "broken or cut off"),
    "only its first line": (GOOD.split(b"\n")[0], "broken or cut off"),
    "two files in one": (GOOD + GOOD, "broken or cut off"),
    "mismatched tags": (GOOD.replace(b"</Stmt>", b"</Stm>"), "broken or cut off"),
    "bytes that are not UTF-8": (GOOD.replace(b"S1", b"\xff\xfe\xfa"), "broken or cut off"),
    "UTF-16": (GOOD.decode().encode("utf-16"), "not UTF-8"),
    "UTF-16 without a mark": (GOOD.decode().encode("utf-16-le"), "not UTF-8"),
    "UTF-7": (GOOD.replace(b"UTF-8", b"UTF-7"), "declares the encoding 'UTF-7'"),
    "EBCDIC": (GOOD.decode().encode("cp500"), "not XML"),
    "too deep": (b"<Document>" + b"<a>" * 300 + b"</a>" * 300 + b"</Document>", "Excessive depth"),
    "intraday": (
        document("BkToCstmrAcctRpt", "<Rpt><Id>R</Id></Rpt>", "camt.052.001.08"),
        "a camt.052, which is intraday: not booked; request camt.053",
    ),
    "our own order": (document("CstmrCdtTrfInitn", "", "pain.001.001.09"), "an order to the bank"),
    "another message": (
        document("FIToFICstmrCdtTrf", "", "pacs.008.001.08"),
        "<Document> with <FIToFICstmrCdtTrf>, not a bank message",
    ),
    "a statement in an envelope": (
        b"<Envelope>" + BODY + b"</Envelope>",
        "<Envelope> with <Document>, not a bank",
    ),
    "a message with nothing in it": (document("BkToCstmrStmt", "", "camt.053.001.08"), "holds no statement"),
}


@pytest.mark.parametrize(("data", "message"), HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_or_broken_file_gets_a_clear_error(data: bytes, message: str) -> None:
    with pytest.raises(BankFileError, match=message):
        read(data)
    with pytest.raises(BankFileError, match=message):
        read(io.BytesIO(data))


@pytest.mark.parametrize("cut", range(60, len(GOOD) - 1, 97))
def test_no_cut_of_a_good_file_is_taken_for_a_good_one(cut: int) -> None:
    with pytest.raises(BankFileError):
        read(GOOD[:cut])


# In a process of its own, because the parser's memory is not Python's and a process only tells its highest.
MEASURE = """
import resource, sys
from tests.rails.test_hostile_files import ENDLESS, START, Endless
from tradehold.rails.wire import read
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    read(Endless(START, ENDLESS))
except ValueError as error:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, error)
"""
START = GOOD[: GOOD.index(b"<Ntry>")]
ENDLESS = entry("0.00", f"<X>{'x' * 4000}</X>", status="PDNG").encode()


def test_a_file_without_end_is_refused_in_bounded_memory() -> None:
    told = subprocess.run([sys.executable, "-c", MEASURE], capture_output=True, check=True, text=True)
    kibibytes, _, message = told.stdout.partition(" ")
    assert message.startswith("the file is over 256 MiB")
    assert int(kibibytes) < 32 * 1024


def test_an_entry_without_end_is_refused() -> None:
    source = Endless(GOOD[: GOOD.index(b"<Amt")], b"<x/>")
    with pytest.raises(BankFileError, match="no Ntry ends within 8 MiB"):
        read(cast(BinaryIO, source))
    assert source.given < 9 * 2**20


@pytest.mark.parametrize("encoding", ["iso-8859-1", "windows-1252", "US-ASCII", "utf-8"])
def test_older_encodings_that_are_declared_are_read(encoding: str) -> None:
    data = GOOD.replace(b'"UTF-8"', f'"{encoding}"'.encode())
    (found,) = read_camt(data)
    assert found.account == OURS


def test_a_byte_order_mark_is_no_harm() -> None:
    assert read(b"\xef\xbb\xbf" + GOOD) == read(GOOD)


def test_an_entry_inside_an_entry_is_not_counted() -> None:
    hidden = entry("25.00", f"<TxDtls><X>{entry('5.00')}</X></TxDtls>")
    (found,) = read_camt(statement(hidden, closing="125.00"))
    assert isinstance(found, Statement)
    assert [line.amount.minor for line in found.lines] == [2500]


def test_each_reader_refuses_the_other_kind() -> None:
    group = "<OrgnlGrpInfAndSts><OrgnlMsgId>M</OrgnlMsgId><GrpSts>RJCT</GrpSts></OrgnlGrpInfAndSts>"
    with pytest.raises(BankFileError, match="an answer to orders"):
        read_camt(document("CstmrPmtStsRpt", group, "pain.002.001.03"))
    with pytest.raises(BankFileError, match="entries of an account"):
        read_status(notification(entry("1.00")))
