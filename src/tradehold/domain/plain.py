"""Text for rules to look at: lower case, without accents, and as long as it was, so that places stay places.

It forgives how people type (full-width digits, accents left out, dashes of all kinds), where `folding.py`
undoes what somebody hides.
"""

import unicodedata
from functools import lru_cache


class _Table(dict[int, str]):
    """Fills itself as `str.translate` asks, one character for one."""

    def __missing__(self, code: int) -> str:
        self[code] = made = _one(chr(code))
        return made


_KEPT = "²³°ºª½¼¾⅓⅔⅛⅜⅝⅞‰№㎜㎝㎡㎥㎏㎎㎖㎞㎛㎠㎤㎟ℓ℃℉"
_SAME = dict(zip("“”„‟″‶«»「」『』‘’‚‛′`´＇", '""""""""""' + "\"\"''''''''", strict=True))
_SAME |= dict(zip("–—−‐‑‒―﹣－⁃～〜∼〰﹏˜", "----------~~~~~~", strict=True))
_SAME |= dict(zip("×✕✖╳＊⨯∗＋﹢∕⁄／⩽≦⩾≧µ，、。；：（）【】", "xxxx*xx++///≤≤≥≥μ,,.;:()[]", strict=True))


def _one(character: str) -> str:
    if character in _SAME:
        return _SAME[character]
    if character in _KEPT:
        return character
    category = unicodedata.category(character)
    if category[0] == "Z" or category == "Cc":
        return " "
    base = unicodedata.normalize("NFKD", character)[:1].lower()
    return base if len(base) == 1 else character


_TABLE = _Table()


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """As long as `text`, whatever it holds."""
    return text.lower() if text.isascii() and text.isprintable() else text.translate(_TABLE)
