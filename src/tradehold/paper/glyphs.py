"""Text made fit for paper: every character is visible, has a glyph, and can be broken over lines.

PDF/A refuses a file in which a character has no glyph. What the fonts lack, and what would be invisible or
turn the order of its neighbours around, is therefore printed as its code point, `[U+1F600]`: a reader of the
contract sees that something stands there, and what.
"""

import re
import unicodedata
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

FONTS = Path(__file__).parent / "fonts"
# Where the layout may break a long word. What people write cannot hold it: it is printed as its code point.
BREAK = "\u200b"

_JOINERS = "\u200c\u200d"
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_NONE: frozenset[int] = frozenset()
# Longer than any word that has no hyphen, and short enough for the narrowest column that holds words.
_LONGEST, _PIECE = 28, 8
# A run without a place to break, in scripts that break between words only (CJK breaks between characters).
_LONG = re.compile(f"[!-\u1fff\u2030-\u2dff]{{{_LONGEST + 1},}}")


def printable(text: str) -> str:
    """`text` with code points for what cannot be seen, and BREAK inside overlong words."""
    return _LONG.sub(_with_breaks, _visible(text))


def _visible(text: str) -> str:
    shown: list[str] = []
    fonts = _NONE  # those that have all characters of the cluster so far
    for char in text.replace("\r\n", "\n"):
        if char in "\n\t":
            shown.append("\n" if char == "\n" else " ")
            fonts = _NONE
            continue
        # A mark is drawn on the character before it, so one font must have them both.
        having = _fonts().get(ord(char), _NONE)
        if _joins(char):
            having &= fonts
        if having and (char in _JOINERS or unicodedata.category(char) not in _UNSEEN):
            shown.append(char)
            fonts = having
        else:
            shown.append(f"[U+{ord(char):04X}]")
            fonts = _NONE
    return "".join(shown)


def _joins(char: str) -> bool:
    return char in _JOINERS or unicodedata.category(char).startswith("M")


def _with_breaks(word: re.Match[str]) -> str:
    shown: list[str] = []
    since = 0
    for char in word[0]:
        if since >= _PIECE and not _joins(char):
            shown.append(BREAK)
            since = 0
        shown.append(char)
        since += 1
    return "".join(shown)


@cache
def _fonts() -> dict[int, frozenset[int]]:
    """Which families have a character. The weights of a family have the same ones."""
    families = [*sorted(FONTS.glob("*_400Regular.ttf")), FONTS / "DroidSansFallbackFull.ttf"]
    having: dict[int, set[int]] = {}
    for number, path in enumerate(families):
        with TTFont(path, lazy=True) as font:
            for char in font.getBestCmap():
                having.setdefault(char, set()).add(number)
    return {char: frozenset(numbers) for char, numbers in having.items()}
