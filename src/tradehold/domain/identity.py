"""Which thing a command is about, and the names people see for it.

Every machine stands under an owner: the supplier whose books it is in, or 0, the platform itself. The
public id of a trade carries its supplier, so any look-up finds its shard, and the same characters make its
ISO 11649 reference, so a bank line finds its trade without a table.

The characters are Crockford's base 32 (no i, l, o, u): they survive being read over a telephone.
"""

from enum import StrEnum
from hashlib import sha256

import msgspec

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_VALUE = {letter: value for value, letter in enumerate(_ALPHABET)}
_TRADE_DIGITS = 11  # 55 bits: 41 of milliseconds since 2020, 14 of chance
_PAYOUT_DIGITS = 13
MAX_OWNER = (
    32**8 - 1
)  # with a trade's 11 digits that fills the 21 of an ISO 11649 reference, less two in reserve


class Kind(StrEnum):
    """The machines."""

    TRADE = "trade"
    COMPANY = "company"
    PAYOUT = "payout"
    APPROVAL = "approval"
    ACCOUNT = "account"
    RECEIPT = "receipt"
    PLATFORM = "platform"


class Ref(msgspec.Struct, frozen=True, order=True, array_like=True):
    """One machine: its owner (supplier id, 0 for the platform), its kind and its id within both."""

    owner: int
    kind: Kind
    id: int


_PAIRS = [high + low for high in _ALPHABET for low in _ALPHABET]


def _digits(number: int, width: int = 1) -> str:
    """Two digits a step: every command names its machine several times."""
    pairs = []
    while number:
        pairs.append(_PAIRS[number & 1023])
        number >>= 10
    return "".join(reversed(pairs)).lstrip("0").rjust(width, "0")


def _number(text: str) -> int:
    number = 0
    for letter in text:
        number = number * 32 + _VALUE[letter]
    return number


def token(ref: Ref) -> str:
    """Owner and id in one word, e.g. `70r2f3k9mzq1`; the id's digits are fixed in number, the owner's are
    not."""
    width = _TRADE_DIGITS if ref.kind is Kind.TRADE else _PAYOUT_DIGITS
    return _digits(ref.owner) + _digits(ref.id, width)


def from_token(text: str, kind: Kind) -> Ref | None:
    width = _TRADE_DIGITS if kind is Kind.TRADE else _PAYOUT_DIGITS
    owner, digits = text[:-width], text[-width:]
    if not 1 <= len(owner) <= 8 or len(digits) != width or not set(text) <= set(_ALPHABET):
        return None
    if owner[0] == "0" and owner != "0":
        return None  # one thing has one name: no leading zeros
    number = _number(digits)
    if number >= 2**62:
        return None  # the digits hold more than an id may be
    return Ref(_number(owner), kind, number)


PREFIX = {Kind.TRADE: "trd", Kind.PAYOUT: "pay", Kind.APPROVAL: "apr", Kind.RECEIPT: "rcp"}


def public_id(ref: Ref) -> str:
    """`trd_…`, `pay_…`, `apr_…`, `rcp_…`."""
    return f"{PREFIX[ref.kind]}_{token(ref)}"


def from_public_id(text: str, kind: Kind) -> Ref | None:
    prefix, _, rest = text.partition("_")
    return from_token(rest, kind) if prefix == PREFIX[kind] else None


# The platform's own transfers into a designated account, for costs that it has booked already, name this.
FUNDING = Ref(0, Kind.TRADE, 0)


def trade_id(milliseconds: int, chance: int) -> int:
    """A new trade's id: time-ordered within its supplier. `milliseconds` since 2020-01-01, `chance` of 14
    bits."""
    return (milliseconds % 2**41) << 14 | chance % 2**14


def derived_id(*parts: str) -> int:
    """A 62-bit id that follows from what it names, e.g. a bank line from its account and the bank's
    reference."""
    return int.from_bytes(sha256("\x1f".join(parts).encode()).digest()[:8]) >> 2


def receipt_ref(account: str, reference: str) -> Ref:
    """One bank line: the same money in a camt.054, a camt.053 and an MT940 meets one receipt."""
    return Ref(0, Kind.RECEIPT, derived_id("receipt", account, reference))


def account_ref(currency: str) -> Ref:
    """The platform's designated account of a currency: there is one."""
    return Ref(0, Kind.ACCOUNT, derived_id("account", currency))


def company_ref(owner: int) -> Ref:
    return Ref(owner, Kind.COMPANY, 0)


# The platform's own affairs: its policies, its holiday files, whether payouts are paused.
PLATFORM = Ref(0, Kind.PLATFORM, 0)


def payout_ref(trade: Ref, number: int) -> Ref:
    """The payout of a trade's (or a returned bank line's) `number`th obligation."""
    return Ref(trade.owner, Kind.PAYOUT, derived_id("payout", token(trade), str(number)))
