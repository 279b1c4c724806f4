"""The words by which a line of a specification is understood, as data, and where they stand in a line.

All languages are looked for at once: a line need not keep to one, and a buyer writes "外箱 export carton,
standard packing" as one line. The longest word at a place wins, so a name in which a vague word is harmless
("standard 100 by oeko-tex") is a word of its own.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cached_property

import msgspec

from tradehold.domain.plain import plain
from tradehold.domain.units import Units


class Vague(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`instead` is what a suggestion writes in the words' place, its blanks as ⟨…⟩; "" takes them out.
    `excused` lists what in the same line makes them exact: a value of one of these dimensions, a `tolerance`,
    a `standard`, a `name` (a law or certificate). With `before_number` they are vague only there."""

    words: tuple[str, ...]
    excused: tuple[str, ...] = ()
    instead: str = ""
    before_number: bool = False


class Property(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What has a measure or a grade. `value` is a usual one for a suggestion to write, `method` the usual test;
    `laboratory` where nobody can tell without one; `dimension` that of its unit; `bare` where the word alone
    claims it ("waterproof")."""

    words: tuple[str, ...]
    value: str = ""
    method: str = ""
    dimension: str = ""
    laboratory: bool = False
    bare: bool = False


class Language(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of data/clarity, which says what each list is for. `message` and `why` are by gap code."""

    message: Mapping[str, str]
    why: Mapping[str, str]
    phrases: Mapping[str, str]
    words: Mapping[str, tuple[str, ...]]
    vague: Mapping[str, Vague]
    properties: Mapping[str, Property]


class Mark(msgspec.Struct, frozen=True, gc=False):
    """A word of the vocabulary in a line: `kind` is a list's name, "vague" or "property"; `key` the name of
    the entry there; `language` whose word it is, "" for the names that all share."""

    start: int
    end: int
    kind: str
    key: str
    language: str


_TOKEN = re.compile(r"[a-z]+|[0-9]+|[^\sa-z0-9]")
# Words that only tell the language.
COMMON = "common"
_SKIPPED = frozenset("-.'")
_END = ""

# A node: what follows by token, and under _END what ends here as (kind, key, language).
_Node = dict[str, "dict | tuple"]  # type: ignore[type-arg]


class Clarity(msgspec.Struct, frozen=True, dict=True, eq=False):
    """All the knowledge the clarity check works by. `names` are shared by all languages. Two are never
    compared, so that what was found by one can be remembered for it."""

    languages: Mapping[str, Language]
    names: Mapping[str, tuple[str, ...]]
    units: Units

    def marks(self, line: str) -> list[Mark]:
        """The words of the vocabulary in a plain line, in its order; none overlaps another."""
        tokens = [(match.start(), match.end(), match[0]) for match in _TOKEN.finditer(line)]
        found: list[Mark] = []
        place, count, root = 0, len(tokens), self._root
        while place < count:
            start, end, token = tokens[place]
            place += 1
            node = root.get(token)
            if node is None:
                continue
            following, best, after = place, node.get(_END), place
            while following < count:
                gap, end_of, token = tokens[following]
                following += 1
                if (further := node.get(token)) is None:
                    if token not in _SKIPPED:
                        break
                    continue
                node = further
                if _END in node:
                    best, end, after = node[_END], end_of, following
            if best:
                found.append(Mark(start, end, *best))
                place = after
        return found

    @cached_property
    def _root(self) -> dict:  # type: ignore[type-arg]
        root: dict = {}  # type: ignore[type-arg]
        for words, entry in self._entries():
            for word in words:
                for tokens in _forms(word, entry[2]):
                    node = root
                    for token in tokens:
                        node = node.setdefault(token, {})
                    node.setdefault(_END, entry)
        return root

    def _entries(self) -> Iterator[tuple[tuple[str, ...], tuple[str, str, str]]]:
        """The first to claim a word keeps it."""
        for kind, words in self.names.items():
            yield words, (kind, "", "")
        for name, language in self.languages.items():
            for kind, words in language.words.items():
                if kind != COMMON:
                    yield words, (kind, "", name)
            for key, vague in language.vague.items():
                yield vague.words, ("vague", key, name)
            for key, one in language.properties.items():
                yield one.words, ("property", key, name)
        for name, language in self.languages.items():
            yield language.words[COMMON], (COMMON, "", name)


def _forms(word: str, language: str) -> Iterator[list[str]]:
    """The tokens of a word or phrase as it stands and in its other numbers and genders, each word by itself.
    Some forms are no words, and so are never met."""
    tokens = [token for token in _TOKEN.findall(plain(word)) if token not in _SKIPPED]
    heads: list[list[str]] = [[]]
    for place, token in enumerate(tokens):
        inflected = language not in ("", "zh") and len(token) > 3 and token.isascii() and place < 3
        forms = {token, *_inflected(token, language)} if inflected else {token}
        heads = [[*head, form] for head in heads for form in forms]
    yield from heads


_GENDERS = {"es": (("o", "a", "os", "as"), ("or", "ora", "ores", "oras")), "pt": (("o", "a", "os", "as"),)}
_PLURALS = {
    "en": (("y", "ies"), ("", "s"), ("s", "ses")),
    "es": (("z", "ces"), ("", "s"), ("", "es"), ("on", "ones")),
    "pt": (("ao", "oes"), ("m", "ns"), ("l", "is"), ("il", "eis"), ("", "s"), ("", "es")),
}


def _inflected(word: str, language: str) -> Iterator[str]:
    for endings in _GENDERS.get(language, ()):
        if word.endswith(endings[0]):
            for ending in endings[1:]:
                yield word.removesuffix(endings[0]) + ending
    for ending, plural in _PLURALS[language]:
        if word.endswith(ending):
            yield word.removesuffix(ending) + plural
