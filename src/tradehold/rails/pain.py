"""Writes the platform's orders to its bank (pain.001.001.09) and reads the bank's answers (pain.002).

One file is one debtor account, one currency, one execution day and so one PmtInf, with BtchBookg false:
each order gets its own debit on the statement, which is what confirms it.

Letters. Every bank passes on the Latin letters, digits and /-?:().,'+ of the SWIFT set; more is agreed
between banks. In names and remittances Latin letters therefore lose their accents and other signs become
the nearest allowed one, as the European Payments Council's conversion table has it. Other scripts stay as
they are: XML carries them, banks in their countries want them (a Chinese account is checked against its
Chinese name), and a bank that does not know them answers RJCT, which is better than paying "????".
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime

from stdnum import iban
from stdnum.exceptions import ValidationError

from tradehold.domain.bank import Order, Party, Status
from tradehold.domain.money import EXPONENT, plain
from tradehold.domain.reference import rf_reference, rf_token
from tradehold.rails.iso20022 import Element, children, document, fault, local, needed, put, text
from tradehold.rails.iso20022 import written as as_bytes

NAMES = ("OrgnlGrpInfAndSts", "TxInfAndSts", "OrgnlPmtInfAndSts")
VERSION = "pain.001.001.09"

_ID = re.compile(r"(?!/)(?!.*//)[A-Za-z0-9/\-?:().,'+ ]{1,35}(?<!/)")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")
_ALLOWED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/-?:().,'+ ")
# Letters that have no accent to lose, and signs whose nearest allowed one is not a full stop.
_NEAREST = str.maketrans(
    {
        "ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L",
        "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "TH", "ŋ": "n", "Ŋ": "N",
        "ħ": "h", "Ħ": "H", "ı": "i",
        "&": "+", "_": "-", "–": "-", "—": "-", "‘": "'", "’": "'", '"': "'", "“": "'", "”": "'", "`": "'",
        "[": "(", "]": ")", "{": "(", "}": ")", ";": ",", "|": "/", "\\": "/",
    }
)  # fmt: skip
_NAME = 70  # SEPA's limit, the shortest a bank may apply; the format itself takes 140
_REMITTANCE = 140
_TOTAL = 10**18  # CtrlSum has at most 18 digits


def write_pain001(
    message_id: str, created: datetime, debtor: Party, execution: date, orders: Sequence[Order]
) -> bytes:
    """The file for the bank; the same arguments give the same bytes.

    Raises ValueError for no orders, an id that is not 1 to 35 characters of the SWIFT set, an id that two
    orders share, an amount of zero or less, more than one currency, an account that looks like an IBAN and
    is none, a party without name or account, a remittance over 140 characters or `created` without zone.
    """
    currency = _checked(message_id, created, orders)
    count, total = str(len(orders)), _sum(orders, currency)
    root, message = document(VERSION, "CstmrCdtTrfInitn")
    head = put(message, "GrpHdr")
    put(head, "MsgId", message_id)
    put(head, "CreDtTm", created.isoformat(timespec="seconds"))
    put(head, "NbOfTxs", count)
    put(head, "CtrlSum", total)
    put(head, "InitgPty/Nm", _name(debtor))
    batch = put(message, "PmtInf")
    put(batch, "PmtInfId", message_id)
    put(batch, "PmtMtd", "TRF")
    put(batch, "BtchBookg", "false")
    put(batch, "NbOfTxs", count)
    put(batch, "CtrlSum", total)
    put(batch, "ReqdExctnDt/Dt", execution.isoformat())
    _party(batch, "Dbtr", debtor)
    _account(batch, "DbtrAcct", debtor.account)
    put(batch[-1], "Ccy", currency)
    _agent(batch, "DbtrAgt", debtor.agent or "NOTPROVIDED")
    # Shared charges: the platform's bank is paid by the platform's fee, never out of clients' money.
    put(batch, "ChrgBr", "SHAR")
    for order in orders:
        _order(batch, order)
    return as_bytes(root)


def _checked(message_id: str, created: datetime, orders: Sequence[Order]) -> str:
    """The one currency of the orders."""
    if not orders:
        raise ValueError("a payment file needs at least one order")
    if created.tzinfo is None:
        raise ValueError("the time of a payment file needs a zone")
    for identifier in (message_id, *(order.end_to_end for order in orders)):
        if not _ID.fullmatch(identifier) or identifier != identifier.strip():
            raise ValueError(f"{identifier!r} is not an id of 1 to 35 characters that every bank passes on")
    twice = [key for key, times in Counter(order.end_to_end for order in orders).items() if times > 1]
    if twice:
        raise ValueError(f"orders share the id {twice[0]!r}")
    currencies = sorted({order.amount.currency for order in orders})
    if len(currencies) > 1:
        raise ValueError(f"one file cannot mix currencies: {', '.join(currencies)}")
    for order in orders:
        if order.amount.minor <= 0:
            raise ValueError(f"order {order.end_to_end} of {plain(order.amount)} pays nothing")
    return currencies[0]


def _sum(orders: Sequence[Order], currency: str) -> str:
    """The control sum: a plain decimal that may exceed what one Money may hold."""
    minor = sum(order.amount.minor for order in orders)
    if minor >= _TOTAL:
        raise ValueError("the orders add up to more digits than a control sum has; write several files")
    digits = EXPONENT[currency]
    whole, part = divmod(minor, 10**digits)
    return f"{whole}.{part:0{digits}d}" if digits else str(whole)


def _order(batch: Element, order: Order) -> None:
    transfer = put(batch, "CdtTrfTxInf")
    put(transfer, "PmtId/InstrId", order.end_to_end)
    put(transfer, "PmtId/EndToEndId", order.end_to_end)
    put(transfer, "Amt/InstdAmt", plain(order.amount), Ccy=order.amount.currency)
    if order.creditor.agent:
        _agent(transfer, "CdtrAgt", order.creditor.agent)
    _party(transfer, "Cdtr", order.creditor)
    _account(transfer, "CdtrAcct", order.creditor.account)
    if order.remittance:
        _remittance(transfer, order.remittance)


def _party(parent: Element, role: str, party: Party) -> None:
    put(parent, f"{role}/Nm", _name(party))
    if party.country:
        put(parent, f"{role}/PstlAdr/Ctry", party.country)


def _name(party: Party) -> str:
    name = sendable(party.name)[:_NAME].strip()
    if not name:
        raise ValueError(f"the party with account {party.account!r} has no name")
    return name


def _account(parent: Element, role: str, account: str) -> None:
    compact = account.replace(" ", "").upper()
    if not _IBAN.fullmatch(compact):
        number = account.strip()
        if not 0 < len(number) <= 34:
            raise ValueError(f"account {account!r} is not 1 to 34 characters")
        put(parent, f"{role}/Id/Othr/Id", number)
        return
    try:
        # The check within the country is the bank's business: its rules change, and test IBANs fail it.
        put(parent, f"{role}/Id/IBAN", iban.validate(compact, check_country=False))
    except ValidationError as error:
        raise ValueError(f"account {account!r} looks like an IBAN and is none: {error}") from None


def _agent(parent: Element, role: str, agent: str) -> None:
    if agent == "NOTPROVIDED":
        put(parent, f"{role}/FinInstnId/Othr/Id", agent)
    elif _BIC.fullmatch(agent):
        put(parent, f"{role}/FinInstnId/BICFI", agent)
    else:
        put(parent, f"{role}/FinInstnId/ClrSysMmbId/MmbId", agent)


def _remittance(transfer: Element, remittance: str) -> None:
    token = rf_token(remittance)
    if token is not None and rf_reference(token) == "".join(remittance.split()).upper():
        structured = put(transfer, "RmtInf/Strd/CdtrRefInf")
        put(structured, "Tp/CdOrPrtry/Cd", "SCOR")
        put(structured, "Tp/Issr", "ISO")
        put(structured, "Ref", rf_reference(token))
        return
    unstructured = sendable(remittance)
    if len(unstructured) > _REMITTANCE:
        raise ValueError(f"a remittance of {len(unstructured)} characters is longer than {_REMITTANCE}")
    if unstructured:
        put(transfer, "RmtInf/Ustrd", unstructured)


def sendable(words: str) -> str:
    """The words as every bank passes them on; the head of this file says how and why."""
    composed = unicodedata.normalize("NFKC", words).translate(_NEAREST)
    return " ".join("".join(_nearest(character) for character in composed).split())


def _nearest(character: str) -> str:
    if character in _ALLOWED:
        return character
    parts = unicodedata.normalize("NFKD", character)
    bare = "".join(part for part in parts if not "\u0300" <= part <= "\u036f")
    if all(part in _ALLOWED for part in bare):
        return bare
    kind = unicodedata.category(character)[0]
    if kind in "LMN":
        return character
    return " " if kind in "CZ" else "."


class Reader:
    """Collects the statuses of one pain.002 from its parse events.

    A bank answers for each order, or for all orders of the PmtInf or of the file at once. What it leaves
    out of an order it has said of what holds the order.
    """

    def __init__(self) -> None:
        self.found: list[Status] = []
        self._file = ""
        self._group = ("", "")

    def take(self, event: str, element: Element) -> None:
        if event == "start":
            return
        name = local(element)
        if name == "OrgnlGrpInfAndSts":
            self._file = needed(element, "OrgnlMsgId")
            self._group = text(element, "GrpSts"), _reason(element)
        elif name == "TxInfAndSts":
            self._order(element)
        elif name == "OrgnlPmtInfAndSts":
            if next(children(element, "TxInfAndSts"), None) is None:
                self._all(text(element, "PmtInfSts"), _reason(element))
            element.clear()
        elif name == "CstmrPmtStsRpt" and not self.found:
            self._all(*self._group)

    def _order(self, answer: Element) -> None:
        batch = answer.getparent()
        code, reason = text(answer, "TxSts"), _reason(answer)
        if not code and batch is not None:
            code, reason = text(batch, "PmtInfSts"), reason or _reason(batch)
        if not code:
            code, reason = self._group[0], reason or self._group[1]
        if not code:
            fault(answer, "TxInfAndSts has no TxSts")
        self.found.append(Status(needed(answer, "OrgnlEndToEndId", "OrgnlInstrId"), code, reason))
        answer.clear()

    def _all(self, code: str, reason: str) -> None:
        if code and code != "PART":
            self.found.append(Status("", code, reason, self._file))


def _reason(element: Element) -> str:
    return text(element, "StsRsnInf/Rsn/Cd", "StsRsnInf/Rsn/Prtry")
