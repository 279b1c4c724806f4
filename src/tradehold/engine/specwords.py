"""The words of files with specifications: headings of columns, categories, markets, methods and classes.

Nothing is guessed: a word that is not listed is no heading and no category, and what it says stays in the
requirement.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec
from babel import Locale

from tradehold.domain.category import LANGUAGES, Texts
from tradehold.domain.countries import COUNTRIES
from tradehold.domain.folding import fold
from tradehold.domain.plain import plain
from tradehold.domain.regulation import CATEGORIES, MARKETS, market_of
from tradehold.domain.units import Unit, Units, parse

Column = Literal[
    "text", "attribute", "value", "unit", "tolerance", "method", "class", "remark", "attachments", "line",
    "number",
]  # fmt: skip
Header = Literal["title", "category", "markets", "attachments", "remarks", "requirements", "language"]
Named = Mapping[str, tuple[str, ...]]

_IN_BRACKETS = re.compile(r"\([^()]*\)|\[[^][]*\]")
_BETWEEN_LANGUAGES = re.compile(r"[/|\n]|(?<=[\u3400-\u9fff])\s+|\s+(?=[\u3400-\u9fff])")
_SEPARATOR = re.compile(r"[,;、，；/]|\s(?:and|y|e|und|et)\s|和")


class _Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    columns: Mapping[Column, tuple[str, ...]]
    headers: Mapping[Header, tuple[str, ...]]
    methods: Named
    classes: Named
    markets: Named
    categories: Named


def alike(word: str) -> str:
    """What is compared: small letters and digits of any script, one blank between words."""
    folded = fold(_IN_BRACKETS.sub(" ", word)).text.lower().replace("'", "")
    words = "".join(one if one.isalnum() else " " for one in folded).split()
    return " ".join(words) or word.strip()


@cache
def _words() -> _Words:
    data = files("tradehold").joinpath("data/specification_words.toml").read_bytes()
    return msgspec.toml.decode(data, type=_Words)


def _index(named: Iterable[tuple[str, Iterable[str]]]) -> dict[str, str]:
    return {alike(word): key for key, words in named for word in words}


@cache
def _columns() -> dict[str, str]:
    return _index(_words().columns.items())


@cache
def _headers() -> dict[str, str]:
    return _index(_words().headers.items())


@cache
def _methods() -> dict[str, str]:
    return _index((key, (key, *words)) for key, words in _words().methods.items())


@cache
def _classes() -> dict[str, str]:
    return _index((key, (key, *words)) for key, words in _words().classes.items())


class _Category(msgspec.Struct, frozen=True):
    names: Texts


@cache
def _categories() -> dict[str, str]:
    """By key, by the names that pages show, and by other words."""
    data = files("tradehold").joinpath("data/categories")
    shown = {
        key: msgspec.toml.decode(data.joinpath(f"{key}.toml").read_bytes(), type=_Category).names
        for key in CATEGORIES
    }
    return _index(
        (key, (key, *map(names.of, LANGUAGES), *_words().categories.get(key, ())))
        for key, names in shown.items()
    )


@cache
def _markets() -> dict[str, str]:
    """Where rules are known: by code, and by name in four languages."""
    codes = [code for code in (*MARKETS, *sorted(COUNTRIES)) if market_of(code)]
    named = _words().markets
    return _index((code, (code, *named.get(code, ()), *_names(code))) for code in dict.fromkeys(codes))


def _names(code: str) -> Iterator[str]:
    for language in LANGUAGES:
        if name := Locale(language).territories.get(code):
            yield name


@cache
def units() -> Units:
    return parse(files("tradehold").joinpath("data/units.csv").read_text("utf-8"))


def _found(index: Mapping[str, str], word: str) -> str:
    if len(word) > 100:
        return ""
    parts = (word, *_BETWEEN_LANGUAGES.split(word))
    return next((index[key] for key in map(alike, parts) if key in index), "")


def column(heading: str) -> str:
    """The Column that a heading names, "" for none. A heading may be given in two languages at once."""
    return _found(_columns(), heading)


def header(label: str) -> str:
    """The Header that a label names, "" for none."""
    return _headers().get(alike(label), "") if len(label) <= 100 else ""


def method(word: str) -> str:
    return _found(_methods(), word)


def defect(word: str) -> str:
    return _found(_classes(), word)


def category(name: str) -> str:
    """The key of a category that is named or given as key, "" where it is unknown."""
    return _found(_categories(), name)


def market(name: str) -> str:
    """The code of a market with known rules, "" for any other."""
    return _markets().get(alike(name), "") if len(name) <= 100 else ""


def split(written: str) -> list[str]:
    """The items of a list as people write one in a line."""
    return [item for part in _SEPARATOR.split(written) if (item := part.strip(" .。"))]


def unit(written: str) -> Unit | None:
    """The unit that is spelt, whole; or its code."""
    text = written.strip()
    found = units().at(text, plain(text), 0) if text else None
    return found[0] if found and found[1] == len(text) else units().by_code.get(text)
