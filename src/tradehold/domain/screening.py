"""Whether a name may be on a list of people and companies that must not be dealt with.

How two names are compared, in whole numbers only:

- Both are folded (`folding.py`): case, accents, punctuation and look-alikes do not matter. Legal forms (Ltd,
  GmbH, 有限公司 ...) and words such as "the" are dropped, single letters in a row are one word (S.A. is SA),
  and the order of words does not matter. A name with Chinese, Japanese or Korean characters is one word.
- Two words match if they are equal, or if both have five letters or more, none of them Chinese, and one
  letter is wrong, missing, too many, or swapped with its neighbour. Each word matches one word at most.
- The *score* is the letters of the matched words of both names, less one for each such slip, as a share of
  all letters of both, in whole per cent rounded down.
- It is a *hit* from 85 % on; and from 60 % on where every word of the shorter name, two at least, is matched:
  a middle name or a line of business more makes nobody somebody else.

A hit is a question to an operator, never an answer.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cached_property, lru_cache
from itertools import chain
from typing import Literal, get_args

import msgspec

from tradehold.domain.countries import BANKING
from tradehold.domain.folding import fold, is_cjk

SURE, CONTAINED = 85, 60  # per cent
_SLIP = range(5, 41)  # letters of a word in which one may be wrong
_FIELD = 2000  # characters of one field of a file, aliases included

EntryKind = Literal["person", "company"]


class Entry(msgspec.Struct, frozen=True):
    name: str
    aliases: tuple[str, ...]
    kind: EntryKind
    country: str  # ISO 3166 alpha-2, or empty where the list says nothing
    programme: str  # why it is listed
    source: str


class Hit(msgspec.Struct, frozen=True):
    """`entry` is the listed name of the entry, `name` that of the screened names that met it, `listed` the
    name or alias that it met, `score` whole per cent."""

    entry: str
    name: str
    listed: str
    score: int
    programme: str


class ScreeningList(msgspec.Struct, frozen=True, dict=True):
    """`dated` is the day of the list's publication. The index is built when it is first asked, once."""

    name: str
    dated: date
    entries: tuple[Entry, ...]

    @cached_property
    def index(self) -> "_Index":
        return _Index(self.entries)


def hits(screened: ScreeningList, names: Iterable[str]) -> tuple[Hit, ...]:
    """The best hit of each entry that any of the names meets, the highest score first."""
    best: dict[int, Hit] = {}
    for name in names:
        for number, listed, score in screened.index.near(name):
            if number not in best or best[number].score < score:
                entry = screened.entries[number]
                best[number] = Hit(entry.name, name, listed, score, entry.programme)
    return tuple(sorted(best.values(), key=lambda hit: (-hit.score, hit.entry)))


# -- names as words


def _plain(text: str) -> str:
    return "".join(character for character in fold(text).text.lower() if character.isalnum())


_CJK_FORMS = (
    "股份有限公司 有限责任公司 有限責任公司 有限公司 集团公司 集团 集團 公司 "
    "株式会社 有限会社 合同会社 주식회사 유한회사"
)
_LATIN_FORMS = (
    "ltd limited co company corp corporation inc incorporated llc llp lp plc pte pty pvt private gmbh "
    "mbh ag kg kgaa ohg ug ev eg sa sas sarl sasu eurl snc srl spa sapa sl slu sc scs cv rl nv bv "
    "bvba cvba vof ab as asa aps oy oyj ltda eireli me epp sab sapi doo dd ad ood eood kft zrt nyrt "
    "sro spzoo zoo oao ooo zao pao tbk pt bhd sdn jsc ojsc pjsc fze fzco fzllc wll gk kk"
)
_SMALL_WORDS = (
    "the of and de del da do dos das di du la le el los las y e und et der die das van von mr mrs ms dr"
)
# Longest first: 股份有限公司 must go before 有限公司.
_WHOLE_FORMS = sorted(map(_plain, _CJK_FORMS.split()), key=len, reverse=True)
_DROPPED = frozenset(_LATIN_FORMS.split()) | frozenset(_SMALL_WORDS.split())
_TOKEN = re.compile(r"[^\W_]+")


def _words(name: str) -> tuple[str, ...]:
    """The words of a name that count, folded and in order; none for a name without letters and digits."""
    lower = fold(name).text.lower()
    if any(map(is_cjk, lower)):
        return _whole(_plain(name))
    words = _joined(_TOKEN.findall(lower.replace("'", "").replace("’", "")))
    counting = [word for word in words if word not in _DROPPED]
    # A name made of nothing else keeps it all: "The Company Ltd" is a name too.
    return tuple(counting or words)


def _whole(plain: str) -> tuple[str, ...]:
    for form in _WHOLE_FORMS:
        for shorter in (plain.removesuffix(form), plain.removeprefix(form)):
            if shorter and shorter != plain:
                plain = shorter
                break
    return (plain,)


def _joined(words: list[str]) -> list[str]:
    joined: list[str] = []
    single = False
    for word in words:
        if single and len(word) == 1:
            joined[-1] += word
        else:
            joined.append(word)
        single = len(word) == 1
    return joined


# -- words that match


def _slips(word: str) -> bool:
    return len(word) in _SLIP and not is_cjk(word[0])


def _slip(one: str, other: str) -> bool:
    """Whether one letter is wrong, missing, too many, or swapped with its neighbour."""
    if len(one) < len(other):
        one, other = other, one
    if len(one) - len(other) > 1:
        return False
    first = next((place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(other))
    if len(one) > len(other):
        return one[first + 1 :] == other[first:]
    swapped = one[first : first + 2] == other[first : first + 2][::-1]
    return one[first + 1 :] == other[first + 1 :] or (swapped and one[first + 2 :] == other[first + 2 :])


def _score(mine: tuple[str, ...], theirs: tuple[str, ...]) -> int:
    """Per cent, 0 where it is no hit."""
    total = sum(map(len, mine)) + sum(map(len, theirs))
    rest, left = list(theirs), []
    letters = words = 0
    for word in mine:
        if word in rest:
            rest.remove(word)
            letters, words = letters + 2 * len(word), words + 1
        else:
            left.append(word)
    for word in filter(_slips, left):
        near = next((other for other in rest if _slips(other) and _slip(word, other)), None)
        if near is not None:
            rest.remove(near)
            letters, words = letters + len(word) + len(near) - 1, words + 1
    score = 100 * letters // total
    contained = words >= 2 and words == min(len(mine), len(theirs))
    return score if score >= SURE or (contained and score >= CONTAINED) else 0


class _Index:
    """From words to the names that have them.

    A slip is found by what two words have in common when a letter of each is left out. Of a screened name
    only the rarest words are looked up: a hit needs matched letters M with 2 M ≥ 60 % of both names' letters,
    and the listed name has M letters at least, so that M ≥ 3/7 of the screened name's letters. Words with
    fewer letters than that cannot make a hit alone.
    """

    def __init__(self, entries: tuple[Entry, ...]) -> None:
        self.names: list[tuple[int, str, tuple[str, ...], int]] = []  # the last: letters
        self.having: dict[str, list[int]] = {}
        self.shortened: dict[str, set[str]] = {}
        for number, entry in enumerate(entries):
            for name in (entry.name, *entry.aliases):
                self._add(number, name)
        # Whoever pays one trade pays the next: most names were looked up before.
        self.near = lru_cache(maxsize=1 << 14)(lambda name: tuple(self._near(_words(name))))

    def _add(self, number: int, name: str) -> None:
        words = _words(name)
        for word in set(words):
            if word not in self.having:
                self.having[word] = []
                for short in _shortened(word):
                    self.shortened.setdefault(short, set()).add(word)
            self.having[word].append(len(self.names))
        self.names.append((number, name, words, sum(map(len, words))))

    def _near(self, words: tuple[str, ...]) -> Iterator[tuple[int, str, int]]:
        """Entries' numbers, the name or alias met, and its score; an entry may come once for each of its
        names."""
        left = letters = sum(map(len, words))
        matched: dict[int, int] = {}  # by name, the letters of the screened words it matches
        matching = {word: self._matching(word) for word in words}
        for word in sorted(matching, key=lambda word: sum(len(self.having[one]) for one in matching[word])):
            if 7 * left < 3 * letters:
                break
            weight = len(word) * words.count(word)
            left -= weight
            for place in chain.from_iterable(self.having[one] for one in matching[word]):
                matched[place] = matched.get(place, 0) + weight
        for place, found in matched.items():
            number, name, theirs, size = self.names[place]
            # What it could reach at best, so that only few of the names with a common word are compared.
            most = 2 * (found + left) + len(words)
            if 100 * most >= CONTAINED * (letters + size) and (score := _score(words, theirs)):
                yield number, name, score

    def _matching(self, word: str) -> set[str]:
        """The listed words that match."""
        near = {
            one for short in _shortened(word) for one in self.shortened.get(short, ()) if _slip(word, one)
        }
        return near | {word} if word in self.having else near


def _shortened(word: str) -> Iterator[str]:
    """The word and the word without each of its letters; nothing for a word in which no slip is forgiven."""
    if _slips(word):
        yield word
        for place in range(len(word)):
            yield word[:place] + word[place + 1 :]


# -- the file

COLUMNS = ("name", "aliases", "kind", "country", "programme", "source")


def parse(text: str, name: str, dated: date) -> ScreeningList:
    """Reads a list as CSV with the columns of COLUMNS, in that order, and aliases separated by ";". Lines
    that begin with "#" before the header are remarks.

    Raises ValueError that names the line (counted from 1) and the column of the first mistake, and the mend.
    """
    lines = text.removeprefix("\ufeff").splitlines(keepends=True)
    remarks = next((place for place, line in enumerate(lines) if not line.startswith("#")), len(lines))
    rows = csv.reader(lines[remarks:], strict=True)
    entries: list[Entry] = []
    try:
        header = next(rows, [])
        if tuple(header) != COLUMNS:
            raise ValueError(f"the header must be “{','.join(COLUMNS)}”, not “{','.join(header)[:100]}”")
        entries.extend(_entry(row) for row in rows if row)
    except (ValueError, csv.Error) as mistake:
        raise ValueError(f"line {remarks + max(rows.line_num, 1)}: {mistake}") from mistake
    return ScreeningList(name, dated, tuple(entries))


def _entry(row: list[str]) -> Entry:
    if len(row) != len(COLUMNS):
        raise ValueError(f"there are {len(row)} columns; write {len(COLUMNS)}: {', '.join(COLUMNS)}")
    fields = {column: value.strip() for column, value in zip(COLUMNS, row, strict=True)}
    for column, value in fields.items():
        if len(value) > _FIELD:
            raise ValueError(
                f"column {column}: {len(value)} characters are too many; at most {_FIELD} are read"
            )
        if any(not character.isprintable() for character in value):
            raise ValueError(f"column {column}: it holds a control character; take it out")
    for column in ("programme", "source"):
        if not fields[column]:
            raise ValueError(f"column {column}: it is empty; every entry must say it")
    kind, country = fields["kind"], fields["country"]
    if kind not in get_args(EntryKind):
        raise ValueError(f"column kind: “{kind}” is unknown; write person or company")
    if country and country not in BANKING:
        raise ValueError(
            f"column country: “{country}” is no ISO 3166 code; write two capital letters, or none"
        )
    aliases = tuple(alias for part in fields["aliases"].split(";") if (alias := part.strip()))
    for column, names in (("name", (fields["name"],)), ("aliases", aliases)):
        for one in names:
            if not _words(one):
                raise ValueError(f"column {column}: “{one}” has no letter or digit; write a name")
    return Entry(
        fields["name"],
        aliases,
        msgspec.convert(kind, EntryKind),
        country,
        fields["programme"],
        fields["source"],
    )
