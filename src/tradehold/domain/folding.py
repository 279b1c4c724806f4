"""Text as a reader takes it in: what looks the same becomes the same.

Whoever wants to slip something past a check writes ＤＥ８９, D\u200bE89 or ДЕ89 with Cyrillic letters, and
whoever types a name leaves its accents out. Folding undoes both: compatibility forms (NFKD) become plain
letters, decimal digits of all scripts ASCII ones, look-alikes Latin; accents, joiners, bidirectional controls
and other invisible characters go; dashes and blanks become one kind each. It is for comparing, never for
showing.
"""

import unicodedata
from functools import lru_cache

import msgspec

# Letters that Unicode does not decompose, and look-alikes of Latin letters in Cyrillic and Greek.
_ALIKE = dict(
    zip("АВЕЗКМНОРСТУХІЈЅЕавезкмнорстухіјѕԁԛԝһӀ", "ABE3KMHOPCTYXIJSEaBe3KMHopcTyxijsdqwhI", strict=True)
)
_ALIKE |= dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαβεικνορτυχϲϹ", "ABEZHIKMNOPTYXaBeikvoptuxcC", strict=True))
_ALIKE |= dict(zip("øØłŁđĐħĦıŧŦɑɡ", "oOlLdDhHitTag", strict=True))
_ALIKE |= {"ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "þ": "th", "Þ": "Th", "ð": "d"}
# Numbers spelt in Chinese, one character a digit.
_ALIKE |= dict(zip("〇零一二三四五六七八九壹贰叁肆伍陆柒捌玖", "001234567891234567" + "89", strict=True))
# Fillers are letters to Unicode and nothing to the eye.
_ALIKE |= dict.fromkeys("\u115f\u1160\u3164\uffa0", "") | {"\u2800": " "}

_DROPPED = {"Mn", "Me", "Cf", "Cs", "Co", "Cn"}
_ONE_KIND = {"Pd": "-", "Zs": " ", "Zl": "\n", "Zp": "\n"}


class Folded(msgspec.Struct, frozen=True):
    """`text` folded, its case kept, and `at`: for each of its characters the place it came from."""

    text: str
    at: list[int]


def fold(text: str) -> Folded:
    """Takes time linear in the length of `text`; the folded text may be longer (ﬁ becomes fi)."""
    characters: list[str] = []
    at: list[int] = []
    for place, character in enumerate(text):
        for plain in character if character.isascii() else _plain(character):
            characters.append(plain)
            at.append(place)
    return Folded("".join(characters), at)


@lru_cache(maxsize=65_536)
def _plain(character: str) -> str:
    """What one character looks like; "" for what cannot be seen."""
    if character in _ALIKE:
        return _ALIKE[character]
    parts = unicodedata.normalize("NFKD", character)
    return "".join(_part(part) for part in parts)


def _part(part: str) -> str:
    if part.isascii():
        return part
    if part in _ALIKE:
        return _ALIKE[part]
    category = unicodedata.category(part)
    if category == "Nd":
        return str(unicodedata.decimal(part))
    if category in _DROPPED:
        return ""
    return _ONE_KIND.get(category, part)


def is_cjk(character: str) -> bool:
    """Whether folded text has no blanks around words of this script: Han, Kana, and Hangul's parts."""
    return (
        "\u1100" <= character <= "\u11ff"
        or "\u3040" <= character <= "\u30ff"
        or ("\u3400" <= character <= "\u9fff" or "\U00020000" <= character <= "\U0003ffff")
    )
