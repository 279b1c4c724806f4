"""Names of files as people give them, made safe to show on a page and to save on any system.

A name is never a path here: blobs are named by their hash. What is taken away are the tricks that make a
name look like another (marks of direction, characters without width, towers of accents) and what a system
would refuse or misread.
"""

import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import quote

LONGEST = 150  # characters, the extension among them
_LONGEST_EXTENSION = 10
_MARKS_IN_A_ROW = 4  # Hebrew needs three on one letter
# Letters by their category, and yet without any ink: Hangul fillers, the braille blank.
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0\u034f")
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)
# What RFC 5987 lets stand unescaped.
_PLAIN = "!#$&+-.^_`|~"


def clean(name: str) -> str:
    """The last part of a path, without tricks, at most LONGEST characters and never empty. Cleaning twice is
    cleaning once."""
    last = re.split(r"[/\\]", name.rstrip("/\\ "))[-1]
    text = "".join(_marks_bounded(_visible(unicodedata.normalize("NFC", last))))
    text = re.sub(r'[<>:"|?*%]', "_", unicodedata.normalize("NFC", text))
    text = re.sub(r"\s+", " ", text).strip(" .")
    stem, dot, extension = text.rpartition(".")
    if not dot or len(extension) > _LONGEST_EXTENSION:
        stem, dot, extension = text, "", ""
    stem = stem[: LONGEST - 1 - len(dot + extension)].rstrip(" .") or "file"
    whole = stem + dot + extension
    return f"_{whole}" if _RESERVED.fullmatch(whole) else whole


def extension(name: str) -> str:
    """In small letters, without its dot; empty for none."""
    return name.rpartition(".")[2].lower() if "." in name else ""


def content_disposition(name: str) -> str:
    """The header's value for a download under this name (RFC 6266): in ASCII, and in full beside it."""
    decomposed = unicodedata.normalize("NFKD", clean(name))
    plain = "".join(one for one in decomposed if not unicodedata.combining(one))
    ascii_name = re.sub(r"[^A-Za-z0-9 ._()+-]", "_", plain)
    return f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(clean(name), safe=_PLAIN)}"


def _visible(text: str) -> Iterator[str]:
    """Category C holds controls, marks of direction, zero widths, surrogates and what has no meaning yet."""
    for one in text:
        category = unicodedata.category(one)
        if category[0] == "Z":
            yield " "
        elif category[0] != "C" and one not in _BLANK and not _is_variation(one):
            yield one


def _is_variation(one: str) -> bool:
    return "\ufe00" <= one <= "\ufe0f" or "\U000e0100" <= one <= "\U000e01ef"


def _marks_bounded(text: Iterator[str]) -> Iterator[str]:
    """A mark stands on a letter, and not more than a few on one."""
    left = 0
    for one in text:
        if unicodedata.category(one)[0] != "M":
            left = 0 if one in " ." else _MARKS_IN_A_ROW
        elif left:
            left -= 1
        else:
            continue
        yield one
