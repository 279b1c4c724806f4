"""Finds the names of a vocabulary in a line of text, in one pass, whatever the size of the vocabulary.

Names of Latin script are found as whole words, whatever single sign stands between them, in the plurals of
English, Spanish and Portuguese too; Chinese has neither blanks nor plurals, so its names are
found as they stand. The longest name wins: "care label" is no "label".
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator

from tradehold.domain.folding import fold, is_cjk

# Letters and digits apart, so that the unit in "200gsm" is a word.
_WORD = re.compile(r"[a-z_]+|[0-9]+")
# What may stand between two words of one name.
_GAPS = frozenset({"", " ", "  ", "-", " - ", "/", " / ", ".", ". ", "&", " & ", "'", "’", "\t"})
# "Length as in zip_drawing.pdf" says nothing about a zip.
_FILE = re.compile(
    r"\.(?:pdf|docx?|xlsx?|pptx?|jpe?g|png|gif|tiff?|bmp|svg|ai|eps|psd|cdr|dwg|dxf|st[el]p?|igs|zip|rar|csv)"
    r"(?![a-z0-9])"
)
_OF_A_FILE = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_-.")

Found = tuple[int, int, str]  # start, end, key
_Word = tuple[int, int, tuple[str, ...] | None]  # start, end, what it may be


class Lexicon:
    """`names` are pairs of a name as people write it and the key it stands for. Raises ValueError where one
    name has two keys or a Chinese name has a single character, which would be found everywhere."""

    def __init__(self, names: Iterable[tuple[str, str]]) -> None:
        latin: list[tuple[tuple[str, ...], str]] = []
        # By their first two characters.
        self._cjk: dict[str, list[tuple[str, str]]] = {}
        keys: dict[str, str] = {}
        for name, key in names:
            folded = fold(name).text.lower().strip()
            if any(is_cjk(character) for character in folded):
                if len(folded) < 2:
                    raise ValueError(f"the name {name} of {key} needs two characters or more")
                if _new(keys, folded, key):
                    self._cjk.setdefault(folded[:2], []).append((folded, key))
            elif words := tuple(_WORD.findall(folded)):
                latin.append((words, key))
            else:
                raise ValueError(f"the name {name!r} of {key} has no letters")
        for alike in self._cjk.values():
            alike.sort(key=lambda one: -len(one[0]))
        # What each word of a line may be: itself, and the singular of it.
        self._forms = _forms_of({word for words, _ in latin for word in words})
        # By their first word: the words that follow it, the longest name first.
        self._latin: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for words, key in latin:
            if _new(keys, " ".join(words), key):
                self._latin.setdefault(words[0], []).append((words[1:], key))
        for following in self._latin.values():
            following.sort(key=lambda one: -len(one[0]))

    def find(self, line: str) -> list[Found]:
        """The names in a line that is folded and in lower case, in its order; none overlaps another. What
        stands in the name of a file is left out."""
        found = list(self._words(line))
        if not line.isascii():
            found += self._characters(line)
            found = _apart(found)
        if "." in line and (files := _files(line)):
            found = [one for one in found if not _inside(one, files)]
        return found

    def _words(self, line: str) -> Iterator[Found]:
        words = [(match.start(), match.end(), self._forms.get(match[0])) for match in _WORD.finditer(line)]
        place = 0
        while place < len(words):
            start, _, forms = words[place]
            place += 1
            if forms and (longest := self._longest(line, words, place, forms)):
                length, key = longest
                place += length
                yield start, words[place - 1][1], key

    def _longest(
        self, line: str, words: list[_Word], place: int, forms: tuple[str, ...]
    ) -> tuple[int, str] | None:
        """How many words of a name follow its first, which may be any of `forms`, and its key."""
        longest: tuple[int, str] | None = None
        for form in forms:
            for rest, key in self._latin.get(form, ()):
                if longest and len(rest) <= longest[0]:
                    break
                if _follows(line, words, place, rest):
                    longest = len(rest), key
                    break
        return longest

    def _characters(self, line: str) -> Iterator[Found]:
        place = 0
        while place < len(line) - 1:
            for name, key in self._cjk.get(line[place : place + 2], ()):
                if line.startswith(name, place) and _bounded(line, place, place + len(name)):
                    yield place, place + len(name), key
                    place += len(name) - 1
                    break
            place += 1


def _new(keys: dict[str, str], name: str, key: str) -> bool:
    """Whether the name is not there yet. Raises ValueError where it stands for something else."""
    other = keys.setdefault(name, key)
    if other != key:
        raise ValueError(f"{name} is a name of {other} and of {key}: leave it with one of them")
    return True


def _follows(line: str, words: list[_Word], place: int, rest: tuple[str, ...]) -> bool:
    if place + len(rest) > len(words):
        return False
    for offset, expected in enumerate(rest, place):
        start, _, forms = words[offset]
        if not forms or expected not in forms or line[words[offset - 1][1] : start] not in _GAPS:
            return False
    return True


def _bounded(line: str, start: int, end: int) -> bool:
    """Whether a name with both scripts in it ("pH值") is no part of a longer Latin word."""
    before, after = line[start - 1 : start], line[end : end + 1]
    return not (line[start].isascii() and before.isascii() and before.isalnum()) and not (
        line[end - 1].isascii() and after.isascii() and after.isalnum()
    )


def _apart(found: list[Found]) -> list[Found]:
    """In order, without those that overlap an earlier or longer one."""
    found.sort(key=lambda one: (one[0], -one[1]))
    apart: list[Found] = []
    for one in found:
        if not apart or one[0] >= apart[-1][1]:
            apart.append(one)
    return apart


def _files(line: str) -> list[tuple[int, int]]:
    """Where the names of files stand. Each character is looked at once, whatever stands there."""
    spans: list[tuple[int, int]] = []
    for match in _FILE.finditer(line):
        least = spans[-1][1] if spans else 0
        start = match.start()
        while start > least and line[start - 1] in _OF_A_FILE:
            start -= 1
        spans.append((start, match.end()))
    return spans


def _inside(found: Found, files: list[tuple[int, int]]) -> bool:
    last = bisect_left(files, (found[1], 0)) - 1
    return last >= 0 and found[0] < files[last][1]


def _forms_of(words: set[str]) -> dict[str, tuple[str, ...]]:
    """A plural that is in the vocabulary stands for itself first. No plural is read into a singular: shorts
    are apparel and short is not."""
    forms: dict[str, tuple[str, ...]] = {word: (word,) for word in words}
    for word in sorted(words):
        for plural in _plurals(word):
            forms[plural] = (*forms.get(plural, ()), word)
    return forms


_PLURALS = (
    ("y", "ies"),
    ("fe", "ves"),
    ("f", "ves"),
    ("z", "ces"),
    ("ao", "oes"),
    ("al", "ais"),
    ("el", "eis"),
    ("ol", "ois"),
    ("il", "is"),
    ("m", "ns"),
)


def _plurals(word: str) -> Iterator[str]:
    """Some are no words, and so are never met."""
    if len(word) < 3 or not word.isalpha():
        return
    yield word + "s"
    yield word + "es"
    for ending, plural in _PLURALS:
        if word.endswith(ending):
            yield word.removesuffix(ending) + plural
