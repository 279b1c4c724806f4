"""One requirement out of the fields that a table's row or an object gave.

The text binds, so whatever a field says is written into it where it does not stand there yet: a tolerance in
a column of its own is a part of the requirement. Numbers are kept as fields too where nothing about them is
open.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from tradehold.domain.category import LANGUAGES
from tradehold.domain.contract import MOST_ATTACHMENTS, MOST_REQUIREMENTS, MOST_TEXT
from tradehold.domain.countries import COUNTRIES
from tradehold.domain.plain import plain
from tradehold.domain.regulation import CATEGORIES, MARKETS
from tradehold.domain.requirement import Defect, Method, Requirement, Tolerance
from tradehold.engine import specwords as words

LONGEST_NAME = 200  # characters of a title or a document's name
LONGEST_REMARKS = 10_000


class SpecFileError(ValueError):
    """One sentence that names the file, the place and the mend."""


class Spec(msgspec.Struct, frozen=True):
    """What a file says. `category` is a key, `markets` codes; `language` one of four or ""; `left_out` the
    headings of columns that were not read."""

    requirements: tuple[Requirement, ...]
    category: str = ""
    markets: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()
    title: str = ""
    remarks: str = ""
    language: str = ""
    left_out: tuple[str, ...] = ()


class Found(msgspec.Struct):
    """A specification while it is read: `said` are its headers, by name."""

    requirements: list[Requirement] = []
    said: dict[str, Any] = {}
    left_out: tuple[str, ...] = ()

    def add(self, where: str, requirement: Requirement) -> None:
        """Raises SpecFileError for one too many."""
        if len(self.requirements) == MOST_REQUIREMENTS:
            raise SpecFileError(
                f"{where}: a specification has at most {MOST_REQUIREMENTS:,} requirements; divide the file"
            )
        self.requirements.append(requirement)

    def list(self, name: str) -> list[str]:
        kept: list[str] = self.said.setdefault(name, [])
        return kept

    def spec(self) -> Spec:
        return Spec(
            tuple(self.requirements),
            self.said.get("category", ""),
            tuple(dict.fromkeys(self.said.get("markets", ()))),
            tuple(dict.fromkeys(self.said.get("attachments", ()))),
            self.said.get("title", ""),
            self.said.get("remarks", ""),
            self.said.get("language", ""),
            self.left_out,
        )


# -- words and numbers

_BREAKS = re.compile(r"[\t\n\r\v\f\x1c-\x1f\x85\u2028\u2029]+")


def one_line(where: str, text: str, longest: int = MOST_TEXT) -> str:
    """Raises SpecFileError for what is too long, or nobody can read."""
    if len(text) > 100 * longest:
        raise SpecFileError(f"{where}: it has {len(text):,} characters; write at most {longest:,}")
    whole = " ".join(part for one in _BREAKS.split(text) if (part := one.strip()))
    if len(whole) > longest:
        raise SpecFileError(f"{where}: it has {len(whole):,} characters; write at most {longest:,}")
    check_readable(where, whole)
    return whole


def check_readable(where: str, text: str) -> None:
    """Raises SpecFileError for control characters and halves of characters."""
    for character in text:
        if (character < " " and character not in "\t\n\r") or "\x7f" <= character <= "\x9f":
            raise SpecFileError(f"{where}: it holds the control character {ord(character):#04x}; take it out")
        if "\ud800" <= character <= "\udfff":
            raise SpecFileError(f"{where}: it holds half a character; write the text anew")


_NUMBER = r"[0-9]{1,12}(?:\.[0-9]{1,9})?"
_VALUE = re.compile(
    rf"(?P<bound><=|>=|[<>≤≥])? ?(?P<one>[+-]?{_NUMBER})(?: ?(?:-|~|to|至|a) ?(?P<other>{_NUMBER}))?"
)
_OPERATORS = {
    "": "equal", "<=": "at_most", "≤": "at_most", "<": "below",
    ">=": "at_least", "≥": "at_least", ">": "above",
}  # fmt: skip
_TOLERANCE = re.compile(
    rf"(?:±|\+/-|\+-)? ?(?P<both>{_NUMBER}) ?(?P<unit>[^0-9\s].{{0,20}})?"
    rf"|- ?(?P<minus>{_NUMBER}) ?/? ?\+ ?(?P<plus>{_NUMBER}) ?(?P<after>[^0-9\s].{{0,20}})?"
    rf"|\+ ?(?P<more>{_NUMBER}) ?/? ?- ?(?P<less>{_NUMBER}) ?(?P<behind>[^0-9\s].{{0,20}})?"
)


def _measured(value: str) -> tuple[str, tuple[Decimal, ...]]:
    """Operator and values, where both are plain to see."""
    found = _VALUE.fullmatch(plain(value.strip())) if len(value) < 60 else None
    if found is None:
        return "", ()
    numbers = tuple(Decimal(one) for one in (found["one"], found["other"]) if one)
    if len(numbers) == 2:
        return ("", ()) if found["bound"] or numbers[0] > numbers[1] else ("between", numbers)
    return _OPERATORS[found["bound"] or ""], numbers


def _tolerance(written: str, unit: str) -> Tolerance | None:
    """None where it is not plain, or in another unit than the value's."""
    found = _TOLERANCE.fullmatch(plain(written.strip())) if len(written) < 60 else None
    if found is None:
        return None
    minus, plus = (
        found["both"] or found["minus"] or found["less"],
        found["both"] or found["plus"] or found["more"],
    )
    after = (found["unit"] or found["after"] or found["behind"] or "").strip()
    if after == "%":
        return Tolerance(Decimal(minus), Decimal(plus), percent=True)
    known = words.unit(after) if after else None
    if after and (known is None or known.code != unit):
        return None
    return Tolerance(Decimal(minus), Decimal(plus))


# -- the requirement


def requirement(where: str, fields: Mapping[str, str]) -> Requirement | None:
    """Out of texts by Column; None where they say nothing. Raises SpecFileError."""
    text = one_line(where, _composed(fields))
    if not text:
        return None
    attribute = one_line(where, fields.get("attribute", ""))
    spelt = words.unit(fields.get("unit", ""))
    operator, values = _measured(fields.get("value", ""))
    if fields.get("unit", "").strip() and spelt is None:
        operator, values = "", ()
    unit = spelt.code if spelt and values else ""
    return Requirement(
        text,
        attribute=attribute if values else "",
        operator=operator if values else "",  # type: ignore[arg-type]
        values=values,
        unit=unit,
        tolerance=_tolerance(fields.get("tolerance", ""), unit) if values else None,
        method=Method(words.method(fields.get("method", ""))),
        defect=_defect(where, fields.get("class", "")),
        line=_line(where, fields.get("line", "")),
    )


def _defect(where: str, written: str) -> Defect:
    if not written.strip():
        return Defect.MAJOR
    if not (found := words.defect(written)):
        known = ", ".join(Defect)
        raise SpecFileError(f"{where}, class: “{written[:50]}” is no class of defects; write one of {known}")
    return Defect(found)


def _line(where: str, written: str) -> int | None:
    if not (number := written.strip()):
        return None
    if not (number.isascii() and number.isdigit() and len(number) < 5):
        raise SpecFileError(f"{where}, line: “{number[:50]}” is no product line; write its number, from 0")
    return int(number)


def _composed(fields: Mapping[str, str]) -> str:
    """“Fabric weight: 200 g/m² ±5 % (ISO 3801)”, without saying anything twice."""
    text, attribute = fields.get("text", "").strip(), fields.get("attribute", "").strip()
    head = text or attribute
    if text and attribute and plain(attribute) not in plain(text):
        head = _joined(attribute, text)
    said = plain(head)
    value, unit = fields.get("value", "").strip(), fields.get("unit", "").strip()
    tolerance = _written(fields.get("tolerance", "").strip(), value or text)
    measure = value if not unit or unit in value else f"{value} {unit}"
    if value and text and plain(value) in said:
        measure = unit if unit and plain(unit) not in said else ""
    if tolerance and plain(tolerance).replace(" ", "") not in said.replace(" ", ""):
        measure = f"{measure} {tolerance}"
    whole = _joined(head, measure.strip())
    method = fields.get("method", "").strip()
    if method and not words.method(method) and plain(method) not in said and whole:
        whole += f" ({method})"
    remark = fields.get("remark", "").strip()
    return f"{whole}; {remark}" if whole and remark else whole or remark


def _joined(head: str, rest: str) -> str:
    if not (head and rest):
        return head or rest
    bare = head.rstrip(" :：")
    if bare != head or not any(one.isdigit() for one in head):
        return labelled(bare, rest)
    return f"{head} {rest}"


def labelled(label: str, rest: str) -> str:
    bare = label.rstrip(" :：")
    return bare + ("：" if "\u3400" <= bare[-1:] <= "\u9fff" else ": ") + rest


def _written(tolerance: str, value: str) -> str:
    """With its sign: a column headed “tolerance” often has none."""
    signed = any(sign in tolerance for sign in "±+-−")
    return tolerance if signed or not tolerance[:1].isdigit() or not value else f"±{tolerance}"


# -- headers


def say(found: Found, where: str, name: str, value: str | Sequence[str]) -> None:
    """Keeps one header. Raises SpecFileError for a value that is not known."""
    items = words.split(value) if isinstance(value, str) else [item for one in value if (item := one.strip())]
    text = value.strip() if isinstance(value, str) else ", ".join(items)
    if name == "markets":
        found.list(name).extend(market(where, item) for item in items)
    elif name == "attachments":
        found.list(name).extend(one_line(where, item, LONGEST_NAME) for item in items)
        if len(found.list(name)) > MOST_ATTACHMENTS:
            raise SpecFileError(f"{where}: there are more than {MOST_ATTACHMENTS} attachments; name fewer")
    elif name == "category" and text:
        found.said[name] = category(where, text)
    elif name == "language" and text:
        if text.lower()[:2] not in LANGUAGES:
            known = ", ".join(LANGUAGES)
            raise SpecFileError(f"{where}: “{text[:50]}” is no language known here; write one of {known}")
        found.said[name] = text.lower()[:2]
    elif name == "remarks" and text:
        check_readable(where, text)
        whole = "\n".join(filter(None, (found.said.get(name, ""), text)))
        if len(whole) > LONGEST_REMARKS:
            raise SpecFileError(f"{where}: the remarks are longer than {LONGEST_REMARKS:,} characters")
        found.said[name] = whole
    elif text:
        found.said[name] = one_line(where, text, LONGEST_NAME)


def category(where: str, written: str) -> str:
    if not (key := words.category(written)):
        known = ", ".join(CATEGORIES)
        raise SpecFileError(f"{where}: “{written[:50]}” is no category; write one of {known}")
    return key


def market(where: str, written: str) -> str:
    """A country without known rules is taken too: there is just nothing to say of it."""
    code = words.market(written) or (written.strip() if written.strip() in COUNTRIES else "")
    if not code:
        known = ", ".join(MARKETS)
        raise SpecFileError(
            f"{where}: “{written[:50]}” is no market; write one of {known} or another country's code"
        )
    return code
