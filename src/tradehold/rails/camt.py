"""Reads camt.053 statements and camt.054 notifications of any version into the domain's lines.

What counts is what the bank booked: an entry that is pending or informative is passed over, and one entry
may stand for many payments (a batch booking), each of which becomes a line. The sum of the details must be
the entry, and opening balance plus entries must be the closing balance; a file where they are not is
refused whole, because half a truth about money is worse than none.

A line needs a key that is the same in every file that tells of it, for the same credit comes in a camt.054
at noon and in the camt.053 at night. That key is the bank's AcctSvcrRef. Three things are added to it:
- "/R" on a reversal, for many banks repeat the reference of the entry that they reverse;
- "/2", "/3" ... where details or entries of one statement share a reference;
- where the bank gives none, a key is derived from what the line says.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

from msgspec.structs import replace

from tradehold.domain.bank import Line, Notification, Party, Statement
from tradehold.domain.money import Money, plain
from tradehold.rails.iso20022 import (
    BankFileError,
    Element,
    amount,
    children,
    fault,
    find,
    local,
    needed,
    text,
)

NAMES = ("Stmt", "Ntfctn", "Ntry")
# How a bank names, in Refs/Prtry, the entry that a reversal takes back. The standard has no element for it.
ORIGINAL = "OrgnlAcctSvcrRef"

_BOOKED = "BOOK"
_NOT_BOOKED = {"PDNG", "INFO", "FUTR"}
_NO_REFERENCE = {"", "NOTPROVIDED", "NONREF"}


class Reader:
    """Collects the statements of one file from its parse events, dropping each entry once it is read."""

    def __init__(self) -> None:
        self.found: list[Statement | Notification] = []
        self._block: _Block | None = None

    def take(self, event: str, element: Element) -> None:
        block = self._block
        if event == "start":
            if block is None and local(element) in {"Stmt", "Ntfctn"}:
                self._block = _Block(element, len(self.found) + 1)
        elif block is None:
            return
        elif element is block.element:
            self.found.append(block.finish())
            self._block = None
            element.clear()
        elif local(element) == "Ntry" and element.getparent() is block.element:
            block.entry(element)


class _Block:
    """One Stmt or Ntfctn while it is being read."""

    def __init__(self, element: Element, number: int) -> None:
        self.element = element
        self.statement = local(element) == "Stmt"
        self.where = f"{'statement' if self.statement else 'notification'} {number}"
        self.account = ""
        self.entries = 0
        self.net: Counter[str] = Counter()  # booked minor units by currency, signed
        self.seen: Counter[str] = Counter()  # how often a reference came
        self.lines: list[Line] = []

    def entry(self, entry: Element) -> None:
        self.entries += 1
        try:
            self._head()
            if _status(entry) == _BOOKED:
                total = _signed(entry)
                self.net[total.currency] += total.minor
                for line in _lines(entry, self.account, total):
                    self._add(line)
        except BankFileError as error:
            raise BankFileError(f"{self.where}, entry {self.entries}, {error}") from None
        entry.clear()
        # An entry can only go once the parser is past it, so each takes the one before it along.
        before = entry.getprevious()
        if before is not None and local(before) == "Ntry":
            self.element.remove(before)

    def _head(self) -> None:
        if not self.account:
            self.where = f"{self.where} ({needed(self.element, 'Id')})"
            iban = text(self.element, "Acct/Id/IBAN").replace(" ", "").upper()
            self.account = iban or needed(self.element, "Acct/Id/Othr/Id", "Acct/Id/PrtryAcct/Id")

    def _add(self, line: Line) -> None:
        self.seen[line.reference] += 1
        if (times := self.seen[line.reference]) > 1:
            line = replace(line, reference=f"{line.reference}/{times}")
        self.lines.append(line)

    def finish(self) -> Statement | Notification:
        try:
            self._head()
            if self.statement:
                return self._statement()
        except BankFileError as error:
            raise BankFileError(f"{self.where}, {error}") from None
        return Notification(self.account, needed(self.element, "Id"), tuple(self.lines))

    def _statement(self) -> Statement:
        opening, closing, start, end = _balances(self.element)
        currency = opening.currency
        if others := sorted(set(self.net) - {currency}):
            fault(self.element, f"an account in {currency} has entries in {', '.join(others)}")
        if opening.minor + self.net[currency] != closing.minor:
            difference = Money(closing.minor - opening.minor - self.net[currency], currency)
            fault(
                self.element,
                f"opening balance {plain(opening)} plus {self.entries} entries is not the closing balance "
                f"{plain(closing)}: {plain(difference)} {currency} are missing",
            )
        sequence = text(self.element, "ElctrncSeqNb", "LglSeqNb")
        if sequence and not (sequence.isascii() and sequence.isdigit()):
            fault(self.element, f"the sequence number {sequence!r} is not a number")
        return Statement(
            account=self.account,
            currency=currency,
            reference=needed(self.element, "Id"),
            sequence=int(sequence) if sequence else None,
            opening=opening.minor,
            closing=closing.minor,
            start=start,
            end=end,
            lines=tuple(self.lines),
        )


def _lines(entry: Element, account: str, total: Money) -> Iterator[Line]:
    details = [detail for block in children(entry, "NtryDtls") for detail in children(block, "TxDtls")]
    if len(details) < 2:
        detail = details[0] if details else None
        if detail is not None:
            _check_single(entry, detail, total)
        yield from _line(entry, detail, account, total, alone=True)
        return
    parts = [_signed_detail(entry, detail, total.currency) for detail in details]
    if (gathered := sum(part.minor for part in parts)) != total.minor:
        told = f"{plain(Money(gathered, total.currency))}, its Ntry says {plain(total)} {total.currency}"
        fault(entry, f"the {len(parts)} TxDtls add up to {told}")
    for detail, part in zip(details, parts, strict=True):
        yield from _line(entry, detail, account, part, alone=False)


def _line(
    entry: Element, detail: Element | None, account: str, signed: Money, *, alone: bool
) -> Iterator[Line]:
    if not signed.minor:
        return  # It moved no money: a bank's own remark in the shape of an entry.
    of = entry if detail is None else detail
    credit = signed.minor > 0
    reversal = text(entry, "RvslInd") in {"true", "1"}
    given = text(of, "Refs/AcctSvcrRef")
    if given in _NO_REFERENCE:
        given = text(entry, "AcctSvcrRef")
    end_to_end = text(of, "Refs/EndToEndId")
    line = Line(
        account=account,
        reference="" if given in _NO_REFERENCE else given + "/R" * reversal,
        amount=Money(abs(signed.minor), signed.currency),
        credit=credit,
        booked=_day(entry, "BookgDt", "ValDt"),
        reversal=reversal,
        party=_other_party(of, account, debtor=credit != reversal),
        remittance=_remittance(of) or (text(entry, "AddtlNtryInf") if alone else ""),
        end_to_end="" if end_to_end in _NO_REFERENCE else end_to_end,
        original=(_original(of) or given) if reversal else "",
        reason=text(of, "RtrInf/Rsn/Cd", "RtrInf/Rsn/Prtry"),
        charges=_charges(of, signed.currency) or (_charges(entry, signed.currency) if alone else 0),
    )
    yield line if line.reference else _with_key(line)


def _with_key(line: Line) -> Line:
    """The line with a key derived from what it says, for a bank that gives it no reference."""
    told = (
        line.account,
        line.booked,
        line.amount.minor,
        line.amount.currency,
        line.credit,
        line.reversal,
        line.end_to_end,
        line.remittance,
    )
    digest = hashlib.sha256("\0".join(map(str, told)).encode()).hexdigest()
    return replace(line, reference=f"derived-{digest[:24]}")


def _status(entry: Element) -> str:
    status = text(entry, "Sts/Cd", "Sts") or fault(entry, "Ntry has no Sts")
    if status != _BOOKED and status not in _NOT_BOOKED:
        fault(entry, f"Sts {status!r} is not one of {', '.join(sorted({_BOOKED} | _NOT_BOOKED))}")
    return status


def _sign(element: Element, fallback: Element) -> int:
    direction = text(element, "CdtDbtInd") or needed(fallback, "CdtDbtInd")
    if direction not in {"CRDT", "DBIT"}:
        fault(element, f"CdtDbtInd {direction!r} is neither CRDT nor DBIT")
    return 1 if direction == "CRDT" else -1


def _signed(element: Element) -> Money:
    stated = find(element, "Amt")
    if stated is None:
        fault(element, f"{local(element)} has no Amt")
    money = amount(stated)
    return Money(_sign(element, element) * money.minor, money.currency)


def _detail_amount(detail: Element, currency: str) -> Money | None:
    """What the detail says it booked; None where it tells only of another currency."""
    for path in ("Amt", "AmtDtls/TxAmt/Amt"):
        stated = find(detail, path)
        if stated is not None and stated.get("Ccy") == currency:
            return amount(stated)
    return None


def _signed_detail(entry: Element, detail: Element, currency: str) -> Money:
    stated = _detail_amount(detail, currency)
    if stated is None:
        fault(detail, f"one of several TxDtls has no Amt in {currency}")
    return Money(_sign(detail, entry) * stated.minor, currency)


def _check_single(entry: Element, detail: Element, total: Money) -> None:
    """The entry is what was booked. A lone detail may differ from it by the charges it names, not else."""
    stated = _detail_amount(detail, total.currency)
    if stated is None or stated.minor == abs(total.minor):
        return
    charges = _charges(detail, total.currency) or _charges(entry, total.currency)
    if abs(stated.minor - abs(total.minor)) != charges:
        booked = plain(Money(abs(total.minor), total.currency))
        fault(detail, f"TxDtls says {plain(stated)}, its Ntry {booked} {total.currency}")


def _charges(element: Element, currency: str) -> int:
    """Bank charges in the account's currency: one Rcrd each in newer versions, one Chrgs each in older."""
    charged = 0
    for charges in children(element, "Chrgs"):
        records = list(children(charges, "Rcrd")) or [charges]
        for record in records:
            stated = find(record, "Amt")
            if stated is None:
                stated = find(record, "TtlChrgsAndTaxAmt")
            if stated is not None and stated.get("Ccy") == currency and text(record, "CdtDbtInd") != "CRDT":
                charged += amount(stated).minor
    return charged


def _other_party(element: Element, account: str, *, debtor: bool) -> Party:
    """The party at the other end. Banks differ in whether a returned payment keeps its first direction,
    so the side that holds our own account is never the other one."""
    party = _party(element, "Dbtr" if debtor else "Cdtr")
    return _party(element, "Cdtr" if debtor else "Dbtr") if party.account == account else party


def _party(element: Element, role: str) -> Party:
    parties, agents = find(element, "RltdPties"), find(element, f"RltdAgts/{role}Agt/FinInstnId")
    name = country = account = ""
    if parties is not None:
        name = text(parties, f"{role}/Nm", f"{role}/Pty/Nm", f"{role}/Agt/FinInstnId/Nm")
        country = text(
            parties,
            f"{role}/PstlAdr/Ctry",
            f"{role}/Pty/PstlAdr/Ctry",
            f"{role}/CtryOfRes",
            f"{role}/Pty/CtryOfRes",
        )
        account = text(parties, f"{role}Acct/Id/IBAN").replace(" ", "").upper()
        account = account or text(parties, f"{role}Acct/Id/Othr/Id")
    agent = "" if agents is None else text(agents, "BICFI", "BIC", "ClrSysMmbId/MmbId")
    return Party(name, account, agent, country)


def _remittance(element: Element) -> str:
    about = find(element, "RmtInf")
    if about is not None:
        structured = list(children(about, "Strd"))
        for part in structured:
            if reference := text(part, "CdtrRefInf/Ref"):
                return reference
        said = list(children(about, "Ustrd"))
        said += (more for part in structured for more in children(part, "AddtlRmtInf"))
        if joined := " ".join(part.text.strip() for part in said if part.text and part.text.strip()):
            return joined
    return text(element, "AddtlTxInf")


def _original(element: Element) -> str:
    references = find(element, "Refs")
    if references is not None:
        for other in children(references, "Prtry"):
            if text(other, "Tp") == ORIGINAL:
                return text(other, "Ref")
    return ""


def _day(element: Element, *names: str) -> date:
    written = needed(element, *(f"{name}/{form}" for name in names for form in ("Dt", "DtTm")))
    return _date(element, written)


def _date(element: Element, written: str) -> date:
    """The bank's own calendar day; a zone behind it does not move what the bank calls the day."""
    try:
        return date.fromisoformat(written[:10])
    except ValueError:
        fault(element, f"{written!r} in {local(element)} is not a date")


def _balances(statement: Element) -> tuple[Money, Money, date, date]:
    """Opening and closing balance and the days from and to which the statement speaks.

    A page of a paged statement opens or closes with an interim balance (ITBD) in place of OPBD or CLBD.
    """
    told: dict[str, list[tuple[date, Money]]] = {}
    for balance in children(statement, "Bal"):
        code = text(balance, "Tp/CdOrPrtry/Cd", "Tp/Cd")
        if code in {"OPBD", "PRCD", "ITBD", "CLBD"}:
            told.setdefault(code, []).append((_day(balance, "Dt"), _signed(balance)))
    interim = told.get("ITBD", [])
    opened = told.get("OPBD") or told.get("PRCD")
    closed = told.get("CLBD")
    if not (opened or interim):
        fault(statement, "Stmt has no opening balance (Bal OPBD or PRCD)")
    if not (closed or interim[0 if opened else 1 :]):
        fault(statement, "Stmt has no closing balance (Bal CLBD)")
    first, opening = min(opened, key=_when) if opened else interim[0]
    last, closing = max(closed, key=_when) if closed else interim[-1]
    if opening.currency != closing.currency:
        fault(statement, f"Stmt opens in {opening.currency} and closes in {closing.currency}")
    start = text(statement, "FrToDt/FrDtTm", "FrToDt/FrDt")
    end = text(statement, "FrToDt/ToDtTm", "FrToDt/ToDt")
    if start:
        first = _date(statement, start)
    if end:
        last = _date(statement, end)
        if end[11:19] == "00:00:00" and last > first:
            last -= timedelta(days=1)  # Midnight is the end of the day before: the new day is not told of.
    return opening, closing, first, last


def _when(balance: tuple[date, Money]) -> date:
    return balance[0]
