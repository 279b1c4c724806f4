"""The files that the sandbox bank sends: camt.053.001.08, camt.054.001.08 and pain.002.001.12."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from tradehold.domain.bank import Line, Party, Status
from tradehold.domain.money import Money, plain
from tradehold.domain.reference import rf_token
from tradehold.rails.camt import ORIGINAL
from tradehold.rails.iso20022 import Element, document, put, written


def statement(
    owner: Party,
    currency: str,
    sequence: int,
    days: tuple[date, date],
    balances: tuple[int, int],
    lines: Sequence[Line],
    unnamed: Collection[str],
) -> bytes:
    """A camt.053 of the days, first to last; balances in signed minor units, before and after."""
    first, last = days
    root, message = document("camt.053.001.08", "BkToCstmrStmt")
    closed = f"{last.isoformat()}T23:59:59Z"
    identifier = f"STMT-{sequence:05d}"
    _head(message, identifier, closed)
    told = put(message, "Stmt")
    put(told, "Id", identifier)
    put(told, "ElctrncSeqNb", str(sequence))
    put(told, "CreDtTm", closed)
    put(told, "FrToDt/FrDtTm", f"{first.isoformat()}T00:00:00Z")
    put(told, "FrToDt/ToDtTm", closed)
    _owner(told, owner, currency)
    for code, minor, day in zip(("OPBD", "CLBD"), balances, days, strict=True):
        balance = put(told, "Bal")
        put(balance, "Tp/CdOrPrtry/Cd", code)
        put(balance, "Amt", plain(Money(abs(minor), currency)), Ccy=currency)
        put(balance, "CdtDbtInd", "CRDT" if minor >= 0 else "DBIT")
        put(balance, "Dt/Dt", day.isoformat())
    for line in lines:
        _entry(told, line, named=line.reference not in unnamed)
    return written(root)


def notification(
    owner: Party,
    currency: str,
    identifier: str,
    at: datetime,
    lines: Sequence[Line],
    unnamed: Collection[str],
) -> bytes:
    """A camt.054 of these lines."""
    root, message = document("camt.054.001.08", "BkToCstmrDbtCdtNtfctn")
    _head(message, identifier, at.isoformat(timespec="seconds"))
    told = put(message, "Ntfctn")
    put(told, "Id", identifier)
    put(told, "CreDtTm", at.isoformat(timespec="seconds"))
    _owner(told, owner, currency)
    for line in lines:
        _entry(told, line, named=line.reference not in unnamed)
    return written(root)


def status_report(identifier: str, at: datetime, file: str, batch: str, statuses: Sequence[Status]) -> bytes:
    """A pain.002 that answers for each order of one PmtInf of one pain.001."""
    root, message = document("pain.002.001.12", "CstmrPmtStsRpt")
    _head(message, identifier, at.isoformat(timespec="seconds"))
    original = put(message, "OrgnlGrpInfAndSts")
    put(original, "OrgnlMsgId", file)
    put(original, "OrgnlMsgNmId", "pain.001.001.09")
    payments = put(message, "OrgnlPmtInfAndSts")
    put(payments, "OrgnlPmtInfId", batch)
    for status in statuses:
        answer = put(payments, "TxInfAndSts")
        put(answer, "OrgnlEndToEndId", status.end_to_end)
        put(answer, "TxSts", status.code)
        if status.reason:
            put(answer, "StsRsnInf/Rsn/Cd", status.reason)
    return written(root)


def _head(message: Element, identifier: str, created: str) -> None:
    put(message, "GrpHdr/MsgId", identifier)
    put(message, "GrpHdr/CreDtTm", created)


def _owner(told: Element, owner: Party, currency: str) -> None:
    account = put(told, "Acct")
    _identify(account, owner.account)
    put(account, "Ccy", currency)
    put(account, "Ownr/Nm", owner.name)


def _identify(account: Element, number: str) -> None:
    put(account, "Id/IBAN" if number[:2].isalpha() else "Id/Othr/Id", number)


def _entry(told: Element, line: Line, *, named: bool) -> None:
    entry = put(told, "Ntry")
    value, currency = plain(line.amount), line.amount.currency
    direction = "CRDT" if line.credit else "DBIT"
    put(entry, "Amt", value, Ccy=currency)
    put(entry, "CdtDbtInd", direction)
    if line.reversal:
        put(entry, "RvslInd", "true")
    put(entry, "Sts/Cd", "BOOK")
    put(entry, "BookgDt/Dt", line.booked.isoformat())
    put(entry, "ValDt/Dt", line.booked.isoformat())
    if named:
        put(entry, "AcctSvcrRef", line.reference)
    family = "RCDT" if line.credit != line.reversal else "ICDT"
    put(entry, "BkTxCd/Domn/Cd", "PMNT")
    put(entry, "BkTxCd/Domn/Fmly/Cd", family)
    put(entry, "BkTxCd/Domn/Fmly/SubFmlyCd", "RRTN" if line.reason else "XBCT")
    detail = put(entry, "NtryDtls/TxDtls")
    put(detail, "Refs/EndToEndId", line.end_to_end or "NOTPROVIDED")
    if line.original:
        put(detail, "Refs/Prtry/Tp", ORIGINAL)
        put(detail, "Refs/Prtry/Ref", line.original)
    put(detail, "Amt", value, Ccy=currency)
    put(detail, "CdtDbtInd", direction)
    if line.charges:
        put(detail, "Chrgs/Rcrd/Amt", plain(Money(line.charges, currency)), Ccy=currency)
        put(detail, "Chrgs/Rcrd/CdtDbtInd", "DBIT")
        put(detail, "Chrgs/Rcrd/ChrgInclInd", "true")
    _other_party(detail, line.party, "Dbtr" if line.credit != line.reversal else "Cdtr")
    _remittance(detail, line.remittance)
    if line.reason:
        put(detail, "RtrInf/Rsn/Cd", line.reason)


def _other_party(detail: Element, party: Party, role: str) -> None:
    if party.name:
        put(detail, f"RltdPties/{role}/Pty/Nm", party.name)
    if party.country:
        put(detail, f"RltdPties/{role}/Pty/PstlAdr/Ctry", party.country)
    if party.account:
        _identify(put(detail, f"RltdPties/{role}Acct"), party.account)
    if party.agent:
        bic = len(party.agent) in {8, 11} and party.agent[:6].isalpha()
        put(detail, f"RltdAgts/{role}Agt/FinInstnId/{'BICFI' if bic else 'ClrSysMmbId/MmbId'}", party.agent)


def _remittance(detail: Element, remittance: str) -> None:
    token = rf_token(remittance)
    if token is not None and remittance[4:].lower() == token:
        put(detail, "RmtInf/Strd/CdtrRefInf/Tp/CdOrPrtry/Cd", "SCOR")
        put(detail, "RmtInf/Strd/CdtrRefInf/Ref", remittance)
    elif remittance:
        put(detail, "RmtInf/Ustrd", remittance)
