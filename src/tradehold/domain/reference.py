"""ISO 11649 creditor references ("RF18 5390 0754 7034"), by which a machine finds what a payment is for.

The two check digits make a mistyped reference a wrong one instead of somebody else's: MOD 97-10 of
ISO/IEC 7064 catches every single wrong character and every swap of two neighbours.
"""

import re
import unicodedata

_TOKEN = re.compile(r"[A-Z0-9]{1,21}")
_START = re.compile(r"RF[^A-Z0-9]*(?=[0-9][^A-Z0-9]*[0-9])")
_LONGEST = 25  # "RF", two check digits, a token of 21


def rf_reference(token: str) -> str:
    """The reference of a token of 1 to 21 ASCII letters and digits, without the spaces people print in it.

    Raises ValueError for any other token.
    """
    upper = token.upper()
    if not (token.isascii() and _TOKEN.fullmatch(upper)):
        raise ValueError(f"{token!r} is not 1 to 21 letters and digits")
    return f"RF{98 - _remainder(upper + 'RF00'):02d}{upper}"


def rf_token(text: str) -> str | None:
    """The token, in lower case, of the first valid reference in what a payer typed; None if there is none.

    People add spaces, hyphens and words around it ("Ref: rf18-5390 0754 7034 thanks"), and banks break
    the text into lines, so a reference may end after any group of characters. A group that is valid as it
    stands wins; otherwise the longest valid run of groups does, for a shorter one is valid by accident
    once in 97 times, while most remittances hold nothing but the reference.
    """
    plain = unicodedata.normalize("NFKC", text).upper()
    for start in _START.finditer(plain):
        if found := _at(plain[start.end() :]):
            return found[4:].lower()
    return None


def _at(rest: str) -> str | None:
    """The reference whose part behind "RF" begins `rest`."""
    ends: list[str] = []
    reference = "RF"
    for group in re.findall(r"[A-Z0-9]+", rest):
        reference += group
        if len(reference) > _LONGEST:
            break
        ends.append(reference)
    valid = [end for end in ends if len(end) > 4 and _remainder(end[4:] + end[:4]) == 1]
    if not valid:
        return None
    return valid[0] if valid[0] == ends[0] else valid[-1]


def _remainder(text: str) -> int:
    return int("".join(str(int(character, 36)) for character in text)) % 97
