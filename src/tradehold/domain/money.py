"""Money is a whole number of minor units of one ISO 4217 currency. No float ever touches it."""

import re
from decimal import Decimal

import msgspec

# ISO 4217 list one as published 2026-01-01, grouped by the number of decimals of the minor unit.
# Metals, funds and test codes (XAU, XDR, XTS, XXX ...) have no minor unit and cannot be traded in.
_BY_EXPONENT = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: (
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF "
        "CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD "
        "GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL "
        "MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR "
        "PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP "
        "TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG"
    ),
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
EXPONENT: dict[str, int] = {code: digits for digits, codes in _BY_EXPONENT.items() for code in codes.split()}

_PLAIN = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?")

# No single amount may reach 10^15 minor units: far above any trade, far below what a bigint holds when
# a supplier's whole history is summed.
LIMIT = 10**15


class Money(msgspec.Struct, frozen=True, order=True):
    """An amount. `minor` is in minor units (cents; yen; fils) and may be negative only in a difference.

    Raises TypeError for anything but an int and ValueError for an unknown currency or an amount of LIMIT
    or more: msgspec does not check types on construction, so Money does.
    """

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError(f"minor units are an int, not {self.minor!r}")
        if self.currency not in EXPONENT:
            raise ValueError(f"{self.currency!r} is not an ISO 4217 currency with a minor unit")
        if not -LIMIT < self.minor < LIMIT:
            raise ValueError(f"{self.minor} is beyond {LIMIT} minor units")


def parse(text: str, currency: str) -> Money:
    """Reads a plain decimal such as "1250.00" (a bank file's amount) exactly.

    Raises ValueError when it is not a number or has more decimals than the currency.
    """
    if currency not in EXPONENT:
        raise ValueError(f"{currency!r} is not an ISO 4217 currency with a minor unit")
    found = _PLAIN.fullmatch(text)
    if not found or not found[2] + (found[3] or ""):
        raise ValueError(f"{text!r} is not an amount")
    digits = EXPONENT[currency]
    whole, rest = found[2].lstrip("0"), (found[3] or "").rstrip("0")
    if len(rest) > digits:
        raise ValueError(f"{text!r} has more decimals than {currency} allows ({digits})")
    if len(whole) + digits > len(str(LIMIT)):
        raise ValueError(f"{text!r} is not an amount below {LIMIT} minor units")
    return Money(int(f"{found[1]}{whole}{rest.ljust(digits, '0')}" or "0"), currency)


def plain(money: Money) -> str:
    """The amount as a plain decimal with exactly the currency's decimals, as bank files want it."""
    digits = EXPONENT[money.currency]
    return f"{Decimal(money.minor).scaleb(-digits):.{digits}f}"


def share(whole: int, part: int, of: int) -> int:
    """`whole` * `part` / `of` in minor units, rounded half up and never above `whole` for `part` <= `of`."""
    return (2 * whole * part + of) // (2 * of)
