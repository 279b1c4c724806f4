"""Market duties: which regulations apply to goods of a category in a destination, as proposed requirements.

They are guidance with sources, not legal advice. A rule whose text or number nobody has confirmed is shown as
something to check and never proposed: a wrong limit in a contract is worse than a missing one.
"""

import csv
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Literal, get_args

import msgspec

CATEGORIES = (
    "childrens_clothing",
    "adult_apparel",
    "footwear",
    "bags",
    "toys",
    "furniture",
    "food_contact",  # kitchenware too
    "ceramics",  # tableware and decoration
    "small_appliances",
    "consumer_electronics",
    "lighting",
    "jewellery",
    "cosmetics_packaging",  # empty
    "tools_hardware",
    "machinery",
    "paper_packaging",
    "home_textiles",
)
_INDUSTRIAL = "machinery"  # no consumer product: what holds for any of those does not hold for it
_ANY = "*"

# Each market with the wider ones whose law holds there too, the narrowest first.
MARKETS: Mapping[str, tuple[str, ...]] = {
    "EU": ("EU",),
    "DE": ("DE", "EU"),
    "FR": ("FR", "EU"),
    "GB": ("GB",),
    "US": ("US",),
    "US-CA": ("US-CA", "US"),
    "CA": ("CA",),
    "AU": ("AU",),
    "JP": ("JP",),
    "BR": ("BR",),
}
_PREFIXES = {market: f"{market}-" for market in MARKETS} | {"US-CA": "USCA-", "CA": "CAN-"}
_CODES = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
_MEMBERS = frozenset(_CODES.split())  # of the European Union

Kind = Literal["limit", "test", "mark", "label", "document", "warning"]
Relation = Literal["", "<=", "<", ">="]
Evidence = Literal[
    "report", "certificate", "declaration", "label_photo", "file", "registration", "measurement"
]
Read = Literal["text", "secondary", "none"]
Confidence = Literal["high", "medium", "unverified"]

# How a unit is written, in English and in Chinese.
_UNITS = {
    "mg/kg": ("mg/kg", "mg/kg"),
    "%": ("%", "%"),
    "ug/cm2/week": ("µg/cm²/week", "µg/cm²/周"),
    "ug/cm2/h": ("µg/cm²/h", "µg/cm²/h"),
    "ug/day": ("µg/day", "µg/天"),
    "mg/dm2": ("mg/dm²", "mg/dm²"),
    "mg/l": ("mg/l", "mg/l"),
    "ppm": ("ppm", "ppm"),
    "mm": ("mm", "mm"),
    "cm": ("cm", "cm"),
    "N": ("N", "N"),
    "W": ("W", "W"),
    "dB": ("dB", "dB"),
    "degC": ("°C", "°C"),
    "years": ("years", "年"),
    "h": ("h", "小时"),
    "s": ("s", "秒"),
    "mg/m3": ("mg/m³", "mg/m³"),
    "cd/m2": ("cd/m²", "cd/m²"),
}


class Regulation(msgspec.Struct, frozen=True, kw_only=True):
    """One row. No `categories` means any consumer product. `relation`, `limit` and `unit` are given together,
    or not at all where no single number says it; `source` is the primary source's name and address."""

    id: str
    categories: tuple[str, ...]
    market: str
    regulation: str
    citation: str
    kind: Kind
    parameter: str
    parameter_zh: str
    relation: Relation
    limit: Decimal | None
    unit: str
    scope: str
    scope_zh: str
    evidence: tuple[Evidence, ...]
    mark: str
    source: str
    read: Read
    confidence: Confidence


class Duty(msgspec.Struct, frozen=True):
    """`requirement` is the proposed wording; empty where the rule is only something to check."""

    regulation: Regulation
    proposed: bool
    requirement: str


def market_of(code: str) -> tuple[str, ...]:
    """The markets of a destination, the narrowest first: an ISO 3166-1 alpha-2 code, "US-CA" or "EU". None
    where no rules are known."""
    if code in MARKETS:
        return MARKETS[code]
    return MARKETS["EU"] if code in _MEMBERS else ()


def duties(
    category: str, markets: Sequence[str], regulations: Iterable[Regulation], language: str = "en"
) -> tuple[Duty, ...]:
    """The rules for goods of a category, sold in these destinations (codes of `market_of`), each once: those
    for named categories before those for any product, destination by destination, the narrowest market and
    the fewest categories first. Languages without wording of their own get English."""
    places = list(dict.fromkeys(market for code in markets for market in market_of(code)))
    fitting = [one for one in regulations if one.market in places and _applies(one, category)]
    fitting.sort(key=lambda one: (not one.categories, places.index(one.market), len(one.categories)))
    word = _chinese if language == "zh" else _english
    return tuple(_duty(one, word) for one in fitting)


@lru_cache(maxsize=8)
def wordings(regulations: tuple[Regulation, ...]) -> frozenset[str]:
    """Every requirement that is ever proposed for a rule, in all languages: the rule itself says what its
    words leave open."""
    proposed = [one for one in regulations if one.confidence != "unverified"]
    return frozenset(word(one) for one in proposed for word in (_english, _chinese))


def _applies(regulation: Regulation, category: str) -> bool:
    return category in regulation.categories or (not regulation.categories and category != _INDUSTRIAL)


def _duty(regulation: Regulation, word: Callable[[Regulation], str]) -> Duty:
    proposed = regulation.confidence != "unverified"
    return Duty(regulation, proposed, word(regulation) if proposed else "")


# -- the wording

_RELATIONS = {"<=": ("at most", "不超过"), "<": ("less than", "小于"), ">=": ("at least", "不少于")}
_EVIDENCE: Mapping[Evidence, tuple[str, str]] = {
    "report": ("a laboratory test report", "实验室检测报告"),
    "certificate": ("a certificate", "证书"),
    "declaration": ("a declaration of conformity", "符合性声明"),
    "label_photo": ("a photo of the label", "标签照片"),
    "file": ("the technical documentation", "技术文件"),
    "registration": ("proof of registration", "注册证明"),
    "measurement": ("the inspector's measurement", "验货员现场测量"),
}
_SHOWN = ("mark", "label", "warning")  # what goods or pack bear themselves


def _english(one: Regulation) -> str:
    """As in "Total lead (substrate): at most 100 mg/kg, 15 USC 1278a, shown by a laboratory test report"."""
    what = one.parameter if one.parameter[1:2].isupper() else one.parameter[:1].upper() + one.parameter[1:]
    if one.scope:
        what += f" ({one.scope})"
    if _unseen(one, one.parameter):
        what += f", bearing “{one.mark}”"
    if one.limit is not None:
        what += f": {_RELATIONS[one.relation][0]} {one.limit:f} {_UNITS[one.unit][0]}"
    rule = f": as {one.citation} requires" if _by_rule(one) else f", {one.citation}"
    return f"{what}{rule}, shown by {_listed(one, 0, ', ', ' and ')}"


def _chinese(one: Regulation) -> str:
    what = one.parameter_zh
    if one.scope_zh:
        what += f"（{one.scope_zh}）"
    if _unseen(one, one.parameter_zh):
        what += f"，带有“{one.mark}”"
    if one.limit is not None:
        gap = "" if one.unit == "%" else " "
        what += f"：{_RELATIONS[one.relation][1]} {one.limit:f}{gap}{_UNITS[one.unit][1]}"
    rule = f"：符合 {one.citation} 的要求" if _by_rule(one) else f"，{one.citation}"
    return f"{what}{rule}，以{_listed(one, 1, '、', '和')}为证"


def _listed(one: Regulation, language: int, between: str, last: str) -> str:
    *first, final = (_EVIDENCE[each][language] for each in one.evidence)
    return between.join(first) + last + final if first else final


def _unseen(one: Regulation, parameter: str) -> bool:
    """Whether a mark must still be named: the parameter often is the mark."""
    return one.kind in _SHOWN and one.mark.lower() not in parameter.lower()


def _by_rule(one: Regulation) -> bool:
    """Whether only the rule itself says what passes."""
    return one.kind in ("limit", "test") and one.limit is None


# -- the file

COLUMNS = Regulation.__struct_fields__
_MAY_BE_EMPTY = ("relation", "limit", "unit", "scope", "scope_zh", "mark", "source")
_ID = re.compile(r"[A-Z0-9]+(?:-[A-Z0-9]+)+")
_NUMBER = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")
_SOURCE = re.compile(r"\S.*, https://\S+")


def read_regulations(text: str) -> tuple[Regulation, ...]:
    """Reads one file: CSV with the columns of COLUMNS, in that order; `categories` and `evidence` separated
    by ";", "*" for any consumer product.

    Raises ValueError that names the line (counted from 1) and the column of the first mistake, and the mend.
    """
    rows = csv.reader(text.splitlines(keepends=True), strict=True)
    found: dict[str, Regulation] = {}
    try:
        header = next(rows, [])
        if tuple(header) != COLUMNS:
            raise ValueError(f"the header must be “{','.join(COLUMNS)}”, not “{','.join(header)[:100]}”")
        for row in rows:
            one = _regulation(row)
            if one.id in found:
                raise ValueError(f"column id: “{one.id}” is there already; give each row its own")
            found[one.id] = one
    except (ValueError, csv.Error) as mistake:
        raise ValueError(f"line {max(rows.line_num, 1)}: {mistake}") from mistake
    return tuple(found.values())


def _regulation(row: list[str]) -> Regulation:
    if len(row) != len(COLUMNS):
        raise ValueError(f"there are {len(row)} columns; write {len(COLUMNS)}: {', '.join(COLUMNS)}")
    fields: dict[str, str] = dict(zip(COLUMNS, row, strict=True))
    for column, value in fields.items():
        if value != value.strip() or not value.isprintable():
            raise ValueError(f"column {column}: it has blanks around it or control characters; take them out")
        if not value and column not in _MAY_BE_EMPTY:
            raise ValueError(f"column {column}: it is empty; every row must say it")
    named = () if fields["categories"] == _ANY else _list(fields, "categories", CATEGORIES)
    evidence = _list(fields, "evidence", _EVIDENCE)
    _check(fields)
    limit = Decimal(fields["limit"]) if fields["limit"] else None
    return msgspec.convert(fields | {"categories": named, "evidence": evidence, "limit": limit}, Regulation)


def _check(fields: Mapping[str, str]) -> None:
    _known(fields, "market", MARKETS)
    prefix = _PREFIXES[fields["market"]]
    if not (_ID.fullmatch(fields["id"]) and fields["id"].startswith(prefix)):
        raise ValueError(f"column id: “{fields['id']}” must be capitals, digits and “-”, and begin {prefix}")
    _known(fields, "kind", get_args(Kind))
    _check_limit(fields)
    if bool(fields["scope"]) != bool(fields["scope_zh"]):
        raise ValueError("column scope_zh: write scope in both languages, or in none")
    if fields["source"] and not _SOURCE.fullmatch(fields["source"]):
        raise ValueError(f"column source: “{fields['source']}” must be a name, a comma and an https address")
    _known(fields, "read", get_args(Read))
    _known(fields, "confidence", get_args(Confidence))
    if fields["confidence"] != "unverified" and not fields["source"]:
        raise ValueError("column confidence: without a primary source a row is unverified")
    if fields["confidence"] == "high" and fields["read"] != "text":
        raise ValueError("column confidence: high is only for a source whose text was read; write medium")


def _check_limit(fields: Mapping[str, str]) -> None:
    given = [column for column in ("relation", "limit", "unit") if fields[column]]
    if not given:
        return
    for column in ("relation", "limit", "unit"):
        if column not in given:
            raise ValueError(f"column {column}: it is empty; write relation, limit and unit, or none of them")
    _known(fields, "relation", _RELATIONS)
    if not _NUMBER.fullmatch(fields["limit"]):
        raise ValueError(f"column limit: “{fields['limit']}” is no plain decimal number such as 0.05")
    _known(fields, "unit", _UNITS)


def _known(fields: Mapping[str, str], column: str, known: Collection[str]) -> None:
    if fields[column] not in known:
        raise ValueError(f"column {column}: “{fields[column]}” is unknown; write one of {', '.join(known)}")


def _list(fields: Mapping[str, str], column: str, known: Collection[str]) -> tuple[str, ...]:
    items = tuple(fields[column].split(";"))
    for item in items:
        _known({column: item}, column, known)
    if len(set(items)) < len(items):
        raise ValueError(f"column {column}: “{fields[column]}” says something twice")
    return items
