"""The requirements in the editor's form: a row of text each, and beside it what its author corrected of how
it was read.

`requirements.<key>.text` is the row. Its corrections are either typed into fields of their own, shown when
somebody opens them, or folded into one field `set`; `of` is the text for which the fields were shown, so that
a correction is what differs from how that text reads. A key is a number: rows stand in its order, or in that
of `requirements.order` where a script has put some between others. A line break within a row begins a new
one, so that a list may be pasted where there is no script.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, get_args

import msgspec

from tradehold.domain.contract import MOST_TEXT
from tradehold.domain.requirement import Defect, Method, Operator, Requirement, Tolerance
from tradehold.web.forms import Typed, Wrong
from tradehold.web.i18n import Translator
from tradehold.web.labels import Labels

ORDER = "requirements.order"
FIELDS = (
    "attribute", "operator", "values", "unit", "tolerance", "words", "standards", "references", "method",
    "defect", "line",
)  # fmt: skip
_KEPT = frozenset((*FIELDS, "duty"))
_NAME = re.compile(r"requirements\.(\d{1,9})\.(\w+)")
_NUMBER = re.compile(r"-?\d{1,12}(?:\.\d{1,9})?")
_BETWEEN = re.compile(r"\s*(?:[x×*;/]|–|—|\s-\s|\bto\b|,\s)\s*")
_TOLERANCE = re.compile(r"(?:±|\+/?-)?\s*(\d{1,9}(?:\.\d{1,6})?)\s*(%?)")
_APART = re.compile(r"[-−]\s*(\d{1,9}(?:\.\d{1,6})?)\s*/\s*\+\s*(\d{1,9}(?:\.\d{1,6})?)\s*(%?)")
_MOST_CELLS = 40
OPERATORS: tuple[Operator, ...] = get_args(Operator)
Read = Callable[[str], Requirement]


class Row(msgspec.Struct, frozen=True):
    """`kept` are corrections folded into one field, `fields` those that stand open, as typed; `was` is the
    wording before a suggestion took its place."""

    key: int
    text: str
    kept: Mapping[str, Any] = {}
    fields: Mapping[str, str] = {}
    of: str = ""
    was: str = ""
    open: bool = False  # its corrections are wanted on the page


def rows(form: Typed) -> list[Row]:
    """All rows with something in them, in their order."""
    found: dict[int, dict[str, str]] = {}
    for name, value in form.items():
        if match := _NAME.fullmatch(name):
            found.setdefault(int(match[1]), {})[match[2]] = value
    following = max(found, default=-1) + 1
    told = []
    for key, row in sorted(found.items(), key=_order(form)):
        first, *rest = lines_of(row.get("text", "")) or [""]
        fields = {name: row[name] for name in FIELDS if name in row}
        if first or row.get("was"):
            kept, of, was = _kept(row.get("set", "")), row.get("of", first), row.get("was", "")
            told.append(Row(key, first, kept, fields, of, was, bool(row.get("open"))))
        for text in rest:
            told.append(Row(following, text))
            following += 1
    return told


def _order(form: Typed) -> Callable[[tuple[int, object]], tuple[int, int]]:
    """Rows that are not named come last, by their keys."""
    said = form.get(ORDER, "").split(",")
    places = {int(key): n for n, key in enumerate(said) if key.isascii() and key.isdigit() and len(key) < 10}
    return lambda one: (places.get(one[0], len(places)), one[0])


def ordered(keys: Iterable[int]) -> Typed:
    return {ORDER: ",".join(str(key) for key in keys)}


def _kept(text: str) -> dict[str, Any]:
    if not text:
        return {}
    try:
        found = msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return {name: value for name, value in found.items() if name in _KEPT}


def lines_of(text: str) -> list[str]:
    """What was typed or pasted, line by line; the cells of a table's row become one line: what it is, a
    colon, and the rest."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for border in ("\t", ";", ","):
        cells = [_cells(line, border) for line in lines]
        even = len(lines) > 1 and len({len(one) for one in cells}) == 1
        if (border == "\t" or even) and any(len(one) > 1 for one in cells):
            return [_joined(one) for one in cells if any(one)]
    return lines


def _cells(line: str, mark: str) -> list[str]:
    """A mark with a blank behind it is punctuation, as in prose, and no border of a cell."""
    parts = line.split(mark) if mark == "\t" else re.split(rf"{mark}(?! )", line)
    return [part.strip().strip('"').strip() for part in parts][:_MOST_CELLS]


def _joined(cells: list[str]) -> str:
    first, *rest = [cell for cell in cells if cell]
    return f"{first}: {' '.join(rest)}" if rest else first


def closed_up(form: Typed) -> Typed:
    """The rows' fields numbered by their place in the contract."""
    found: Typed = {}
    for number, row in enumerate(rows(form)):
        found |= written(row, number)
    return found


def written(row: Row, number: int) -> Typed:
    path, found = f"requirements.{number}", {}
    found[f"{path}.text"] = row.text
    if row.kept:
        found[f"{path}.set"] = msgspec.json.encode(row.kept).decode()
    if row.fields:
        found |= {f"{path}.of": row.of} | {f"{path}.{name}": value for name, value in row.fields.items()}
    if row.was:
        found[f"{path}.was"] = row.was
    if row.open:
        found[f"{path}.open"] = "yes"
    return found


def of_requirements(given: Iterable[Requirement], read: Read) -> Iterator[Row]:
    """Rows that read as these requirements, whatever the words alone would be read as."""
    for number, one in enumerate(given):
        base, whole = msgspec.to_builtins(read(one.text)), msgspec.to_builtins(one)
        kept = {name: whole.get(name, _NOTHING[name]) for name in _KEPT if whole.get(name) != base.get(name)}
        yield Row(number, one.text, kept)


_NOTHING = msgspec.to_builtins(Requirement("")) | {
    name: msgspec.to_builtins(getattr(Requirement(""), name)) for name in _KEPT
}


def requirement(row: Row, read: Read, labels: Labels) -> Requirement:
    """Raises Wrong about a correction that cannot be read, by its name within the row."""
    if not row.fields:
        return _over(read(row.text), row.kept)
    shown = fields_of(_over(read(row.of), {}), labels)
    changed = {name: value for name, value in row.fields.items() if value != shown.get(name, "")}
    kept = {"duty": row.kept["duty"]} if "duty" in row.kept else {}
    for name, value in changed.items():
        kept[name] = _PARSE[name](labels, name, value)
    return _over(read(row.text), kept)


def rough(row: Row, read: Read, labels: Labels) -> Requirement:
    """The same, without corrections that cannot be read."""
    try:
        return requirement(row, read, labels)
    except Wrong:
        return read(row.text)


def _over(base: Requirement, kept: Mapping[str, Any]) -> Requirement:
    if not kept:
        return base
    try:
        return msgspec.convert(msgspec.to_builtins(base) | dict(kept), Requirement)
    except msgspec.ValidationError:
        return base


def opened(row: Row, read: Read, labels: Labels) -> Row:
    """The row with a field for each correction."""
    shown = fields_of(rough(row, read, labels), labels)
    duty = {name: value for name, value in row.kept.items() if name == "duty"}
    return msgspec.structs.replace(row, fields=shown | dict(row.fields), of=row.of or row.text, kept=duty)


def fields_of(one: Requirement, labels: Labels) -> dict[str, str]:
    """A requirement as one would type its corrections."""
    between = " × " if one.operator == "dimensions" else " – "
    return {
        "attribute": labels.attribute(one.attribute),
        "operator": one.operator,
        "values": between.join(f"{value:f}" for value in one.values),
        "unit": one.unit,
        "tolerance": labels.tolerance(one.tolerance),
        "words": one.words,
        "standards": "; ".join(one.standards),
        "references": "; ".join(one.references),
        "method": one.method.value,
        "defect": one.defect.value,
        "line": "" if one.line is None else str(one.line),
    }


# -- reading the corrections


def _attribute(labels: Labels, name: str, value: str) -> str:
    return labels.key_of(value)


def _words(labels: Labels, name: str, value: str) -> str:
    return value[:MOST_TEXT]


def _list(labels: Labels, name: str, value: str) -> list[str]:
    return [part.strip() for part in value.split(";") if part.strip()]


def _values(labels: Labels, name: str, value: str) -> list[str]:
    parts = [part for part in _BETWEEN.split(value.replace(" ", " ").strip()) if part]
    try:
        if not all(_NUMBER.fullmatch(part) for part in parts):
            raise InvalidOperation
        return [str(Decimal(part)) for part in parts]
    except InvalidOperation:
        text = labels.t("Give numbers, such as 200, 180 – 220 or 60 × 40 × 40.")
        raise Wrong(**{name: text}) from None


def _tolerance(labels: Labels, name: str, value: str) -> dict[str, Any] | None:
    value = value.strip()
    if not value:
        return None
    if apart := _APART.fullmatch(value):
        return _built(Decimal(apart[1]), Decimal(apart[2]), bool(apart[3]))
    if same := _TOLERANCE.fullmatch(value):
        return _built(Decimal(same[1]), Decimal(same[1]), bool(same[2]))
    raise Wrong(**{name: labels.t("Give a tolerance, such as ±5 %, ±2 or −0/+2.")})


def _built(minus: Decimal, plus: Decimal, percent: bool) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(Tolerance(minus, plus, percent))
    return found


def _one_of(known: Iterable[str]) -> Callable[[Labels, str, str], str]:
    there = frozenset(known)

    def parse(labels: Labels, name: str, value: str) -> str:
        if value not in there:
            raise Wrong(**{name: labels.t("Choose one of the list.")})
        return value

    return parse


def _line(labels: Labels, name: str, value: str) -> int | None:
    if not value:
        return None
    if not (value.isascii() and value.isdigit() and len(value) < 5):
        raise Wrong(**{name: labels.t("Choose one of the list.")})
    return int(value)


def _unit(labels: Labels, name: str, value: str) -> str:
    return value[:3]


_PARSE: Mapping[str, Callable[[Labels, str, str], Any]] = {
    "attribute": _attribute, "operator": _one_of(OPERATORS), "values": _values, "unit": _unit,
    "tolerance": _tolerance, "words": _words, "standards": _list, "references": _list,
    "method": _one_of(Method), "defect": _one_of(Defect), "line": _line,
}  # fmt: skip


def problem(t: Translator, row: Row) -> str:
    """What is wrong with the row's own text; "" for nothing."""
    if len(row.text) > MOST_TEXT:
        return t("Write what is required, in at most {most} characters.", most=MOST_TEXT)
    return ""
