"""What a bank tells us and what we tell a bank, as values; rails/ reads and writes the files themselves."""

from datetime import date

import msgspec

from tradehold.domain.money import Money


class Party(msgspec.Struct, frozen=True, omit_defaults=True):
    """The other end of a bank line or a payment order. Empty strings where the bank said nothing."""

    name: str = ""
    account: str = ""  # IBAN, or the bank's own account number
    agent: str = ""  # BIC or clearing code of the account's bank
    country: str = ""  # ISO 3166 alpha-2


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One booked entry detail of the designated account, whatever file it came from.

    `reference` is the bank's own, unique within the account (AcctSvcrRef): the key that counts money once.
    `amount` is positive; `credit` tells the direction as booked (a reversed debit is a credit).
    """

    account: str  # the designated account the line stands on
    reference: str
    amount: Money
    credit: bool
    booked: date
    reversal: bool = False  # RvslInd: this line takes back an earlier one
    party: Party = Party()  # debtor of a credit, creditor of a debit
    remittance: str = ""  # structured reference where given, else the unstructured text
    end_to_end: str = ""  # EndToEndId of the original order: ours on a debit or a returned payment
    original: str = ""  # the bank reference of the line that a reversal takes back, where given
    reason: str = ""  # ISO external return reason, e.g. AC04
    charges: int = 0  # minor units taken by banks on the way, where told


class Statement(msgspec.Struct, frozen=True):
    """One booked statement (camt.053) of one account and currency; amounts in signed minor units."""

    account: str
    currency: str
    reference: str  # Stmt/Id
    sequence: int | None  # ElctrncSeqNb or LglSeqNb
    opening: int
    closing: int
    start: date
    end: date
    lines: tuple[Line, ...]


class Notification(msgspec.Struct, frozen=True):
    """A camt.054: lines without balances."""

    account: str
    reference: str
    lines: tuple[Line, ...]


class Order(msgspec.Struct, frozen=True):
    """One transfer that we ask the bank to make (one CdtTrfTxInf of a pain.001)."""

    end_to_end: str  # at most 35 characters, unique for ever
    amount: Money
    creditor: Party
    remittance: str


class Status(msgspec.Struct, frozen=True):
    """What a pain.002 says of one order: `code` is ACTC, ACCP, ACSP, ACSC, ACWC, PDNG or RJCT.

    A bank may answer for a whole file at once, most often to reject it: then `end_to_end` is empty and
    `file` is the message id of the pain.001 whose every order is meant.
    """

    end_to_end: str
    code: str
    reason: str = ""
    file: str = ""
