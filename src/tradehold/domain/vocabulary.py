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

# The one list of names that is no words to look for.
TOLERANCES = "tolerances"


class Vague(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`instead` is what a suggestion writes in the words' place, its blanks as ⟨…⟩; "" takes them out.
    `excused` lists what in the same line makes them exact: a value of one of these dimensions, a `tolerance`,
    a `standard`, a `name` (a law or certificate). With `before_number` they are vague only there."""

    words: tuple[str, ...]
    excused: tuple[str, ...] = ()
    instead: str = ""
    before_number: bool = False


class Property(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What has a measure or a grade. `value` is a usual one for a suggestion to write, `method` the usual
    test; `laboratory` where nobody can tell without one; `dimension` that of its unit; `bare` where the word
    alone claims it ("waterproof")."""

    words: tuple[str, ...]
    value: str = ""
    method: str = ""
    dimension: str = ""
    laboratory: bool = False
    bare: bool = False


class Language(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of data/clarity, which says what each list is for. `message` and `why` are by gap code,
    `common` are words that only tell the language."""

    message: Mapping[str, str]
    why: Mapping[str, str]
    phrases: Mapping[str, str]
    common: tuple[str, ...]
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
# Behind 防水 and its like, these make a part of it: 防尘盖 is a lid.
PARTS = "盖罩垫条袋网板圈帽膜贴壳套塞钉扣门锁栏剂"
# "Tarnish-proof", "anti-static", "resistente a la sal", "à prova de ratos", 防尿;
# "antique", 消防, 防尘盖 claim nothing.
_CLAIM = re.compile(
    r"(?<![a-z])(?:[a-z]{3,}[- ]?(?:proof|resistant|repellent|retardant)|anti-[a-z]{3,}"
    r"|anti(?!qu|gu|cip|mon|ll|c[ao]s?\b|ga|s?\b)[a-z]{5,}"
    r"|resistentes? (?:a la |al |a los |a las |ao |aos |as |a )[a-z]{3,}"
    r"|a pro(?:va|eba) d(?:e |')[a-z]{3,}|a prueba de [a-z]{3,})(?![a-z])"
    rf"|(?<![消国预])[防抗耐](?![护线止伪心克用议体御范])[\u4e00-\u9fff](?![{PARTS}])"
)
_CLAIMING = ("proof", "resist", "repel", "retard", "anti", "prova", "prueba", "防", "抗", "耐")
_HAN = re.compile("[\u3400-\u9fff]")
_SKIPPED = frozenset("-.'")


class Clarity(msgspec.Struct, frozen=True, dict=True, eq=False):
    """All the knowledge the clarity check works by. `names` are shared by all languages. Two are never
    compared, so that what was found by one can be remembered for it."""

    languages: Mapping[str, Language]
    names: Mapping[str, tuple[str, ...]]
    units: Units

    def marks(self, line: str, fallback: str) -> tuple[str, list[Mark]]:
        """The language of a plain line, `fallback` where nothing tells, and the words of that language's
        vocabulary in it, in its order; none overlaps another."""
        tokens = [(*match.span(), match[0]) for match in _TOKEN.finditer(line)]
        language = self._language(line, tokens, fallback)
        known = self._known.get(language) or self._known["en"]
        found: list[Mark] = []
        place, count = 0, len(tokens)
        while place < count:
            start, end, phrase = tokens[place]
            place += 1
            if phrase not in known:
                continue
            best, following, after = known[phrase], place, place
            while following < count:
                _, further, token = tokens[following]
                following += 1
                longer = f"{phrase} {token}"
                if longer not in known:
                    if token in _SKIPPED:
                        continue
                    break
                phrase = longer
                if (entry := known[phrase]) is not None:
                    best, end, after = entry, further, following
            if best is not None:
                found.append(Mark(start, end, *best))
                place = after
        if any(sign in line for sign in _CLAIMING):
            found = self._with_claims(found, line, language)
        return language, found

    def _language(self, line: str, tokens: list[tuple[int, int, str]], fallback: str) -> str:
        """The one whose words they are, told by the words that few languages have."""
        if not line.isascii() and _HAN.search(line):
            return "zh"
        points: dict[str, int] = {}
        telling = self._telling
        for _, _, token in tokens:
            for name, weight in telling.get(token, ()):
                points[name] = points.get(name, 0) + weight
        return max(points, key=lambda name: (points[name], name == fallback)) if points else fallback

    def _with_claims(self, found: list[Mark], line: str, language: str) -> list[Mark]:
        """With what claims a resistance by the form of its word alone, so that no list need hold them all."""
        for match in _CLAIM.finditer(line):
            met = [mark for mark in found if mark.start < match.end() and match.start() < mark.end]
            if all(mark.kind == "vague" for mark in met):
                found = [mark for mark in found if mark not in met]
                found.append(Mark(*match.span(), "property", "resistance", language))
        return sorted(found, key=lambda mark: mark.start)

    def words(self, line: str, start: int, end: int) -> Iterator[tuple[int, str]]:
        """The words of a part of a plain line with their places; each Chinese character is one."""
        for match in _TOKEN.finditer(line, start, end):
            if match[0][0].isalpha():
                yield match.start(), match[0]

    @cached_property
    def common(self) -> frozenset[str]:
        """Words that say nothing of the goods, plain, of all languages."""
        return frozenset(plain(word) for one in self.languages.values() for word in one.common)

    @cached_property
    def _known(self) -> "dict[str, dict[str, tuple[str, str, str] | None]]":
        """By language every phrase with its entry, and every beginning of one with None: flat tables of
        strings, which cost the garbage collector nothing. Chinese lines are strewn with English words."""
        known = {name: self._table(name) for name in self.languages}
        if "zh" not in known:
            return known
        known["zh"] = {**known["en"], **{word: one for word, one in known["zh"].items() if one}} | {
            word: known["en"].get(word) for word, one in known["zh"].items() if not one
        }
        return known

    def _table(self, name: str) -> "dict[str, tuple[str, str, str] | None]":
        known: dict[str, tuple[str, str, str] | None] = {}
        for words, entry in self._entries(name):
            for word in words:
                for tokens in _forms(word, entry[2]):
                    for length in range(1, len(tokens)):
                        known.setdefault(" ".join(tokens[:length]), None)
                    phrase = " ".join(tokens)
                    known[phrase] = known.get(phrase) or entry
        return known

    def _entries(self, name: str) -> Iterator[tuple[tuple[str, ...], tuple[str, str, str]]]:
        """The first to claim a word keeps it."""
        language = self.languages[name]
        for kind, words in self.names.items():
            if kind != TOLERANCES:
                yield words, (kind, "", "")
        for kind, words in language.words.items():
            yield words, (kind, "", name)
        for key, vague in language.vague.items():
            yield vague.words, ("vague", key, name)
        for key, one in language.properties.items():
            yield one.words, ("property", key, name)

    @cached_property
    def _telling(self) -> dict[str, tuple[tuple[str, int], ...]]:
        """By word, the languages that have it and how much that tells."""
        having: dict[str, set[str]] = {}
        for name, language in self.languages.items():
            for phrase, entry in self._known[name].items():
                if name != "zh" and entry and entry[2]:
                    for token in phrase.split():
                        if len(token) > 1:
                            having.setdefault(token, set()).add(name)
            for word in language.common:
                having.setdefault(plain(word), set()).add(name)
        return {
            token: tuple((name, 6 // len(names)) for name in sorted(names))
            for token, names in having.items()
            if len(names) < 3
        }


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
