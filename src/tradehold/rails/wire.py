"""The wire rail's way in: reads whatever file the bank has sent, whole or not at all.

What a file is, its elements say; nobody has to tell it by its name. The way out is pain.write_pain001.
"""

from collections.abc import Collection
from typing import BinaryIO, NoReturn

from tradehold.domain.bank import Notification, Statement, Status
from tradehold.rails import camt, pain
from tradehold.rails.iso20022 import BankFileError, Element, events, local

_CAMT = ("BkToCstmrStmt", "BkToCstmrDbtCdtNtfctn")
_PAIN = "CstmrPmtStsRpt"
_OTHER = {
    "BkToCstmrAcctRpt": "a camt.052, which is intraday: not booked",
    "CstmrCdtTrfInitn": "a pain.001, which is an order to the bank and not its answer",
    "CstmrDrctDbtInitn": "a pain.008, which is an order to the bank and not its answer",
}
_NAMES = ("Document", *_CAMT, _PAIN, *_OTHER, *pain.NAMES, *camt.NAMES)
_WANTED = "request camt.053, camt.054 or pain.002 files"

BankFile = list[Statement | Notification] | list[Status]


def read(source: bytes | BinaryIO, ours: Collection[str] = ()) -> BankFile:
    """Reads a bank file of any kind the platform takes.

    With `ours`, statements and notifications must be of these accounts. Raises BankFileError, and has then
    given nothing.
    """
    reader: camt.Reader | pain.Reader | None = None
    root: Element | None = None
    for event, element in events(source, *_NAMES):
        name = local(element)
        if event == "root":
            root = element
        elif name in _OTHER:
            raise BankFileError(f"the file is {_OTHER[name]}; {_WANTED}")
        elif reader is not None:
            reader.take(event, element)
        elif name in _CAMT:
            reader = camt.Reader()
        elif name == _PAIN:
            reader = pain.Reader()
    if reader is None or root is None or local(root) != "Document":
        raise BankFileError(f"the file is {_described(root)}, not a bank message; {_WANTED}")
    if not reader.found:
        raise BankFileError(f"the file holds no statement, notification or status; {_WANTED}")
    if isinstance(reader, camt.Reader) and ours:
        _refuse_foreign(reader.found, ours)
    return reader.found


def read_camt(source: bytes | BinaryIO, ours: Collection[str] = ()) -> list[Statement | Notification]:
    """As `read`, but refuses a pain.002."""
    found = [item for item in read(source, ours) if not isinstance(item, Status)]
    return found or _wrong("a pain.002: an answer to orders, with no entries")


def read_status(source: bytes | BinaryIO) -> list[Status]:
    """As `read`, but refuses all but a pain.002."""
    found = [item for item in read(source) if isinstance(item, Status)]
    return found or _wrong("a camt: entries of an account, with no answer to orders")


def _wrong(kind: str) -> NoReturn:
    raise BankFileError(f"the file is {kind}; choose the other kind of file")


def _described(root: Element | None) -> str:
    if root is None:
        return "nothing"
    inner = next((local(child) for child in root if local(child)), "")
    return f"<{local(root)}>" + (f" with <{inner}>" if inner else "")


def _refuse_foreign(found: Collection[Statement | Notification], ours: Collection[str]) -> None:
    for item in found:
        if item.account not in ours:
            kind = "statement" if isinstance(item, Statement) else "notification"
            raise BankFileError(
                f"{kind} {item.reference} is of account {item.account}, which is no designated account here; "
                "add the account to the settings or import the file where it belongs"
            )
