"""Reads a line of a specification as a requirement: what is measured, how much, by what it is decided.

The line is what binds; the fields are for its author to correct. A line may hold several statements: the
fields hold the first that has a value. Nothing is guessed: what is not understood stays in `words`.
"""

from decimal import Decimal
from functools import lru_cache

from tradehold.domain.category import Categories
from tradehold.domain.given import Knowledge
from tradehold.domain.line import Line, take_apart
from tradehold.domain.measure import Measure, measures
from tradehold.domain.requirement import Defect, Method, Requirement
from tradehold.domain.vocabulary import Clarity

_LABEL = 48  # characters before a colon that may be a label


def read(text: str, knowledge: Knowledge) -> Requirement:
    return _read(text, knowledge.clarity, knowledge.categories)


@lru_cache(maxsize=1 << 14)
def _read(text: str, clarity: Clarity, categories: Categories) -> Requirement:
    line = take_apart(text, clarity, "en", ())
    found = measures(line)
    main = next((one for one in found if one.quantity.unit and not one.quantity.unit.counts), None) or next(
        (one for one in found if one.quantity.unit or one.about), None
    )
    attributes = categories.lexicon.find(line.bare)
    key = attributes[0][2] if attributes else ""
    if main and attributes:
        near = [one for one in attributes if one[0] <= main.quantity.start]
        key = next((one[2] for one in reversed(near) if _measured(one[2], main, categories)), key)
    label, words = _label(line)
    if main is None:
        return Requirement(
            text, key or label, "is" if words else "", words=words, method=_method(line, None, clarity),
            references=_references(line), standards=_standards(line), defect=_defect(line, key, categories),
        )  # fmt: skip
    quantity = main.quantity
    values: tuple[Decimal, ...] = (
        tuple(sorted(quantity.values)) if quantity.form == "range" else quantity.values
    )
    unit = quantity.unit.code if quantity.unit else ""
    return Requirement(
        text, key or label, main.operator, values, unit, main.tolerance, words, _references(line),
        _standards(line), _method(line, main, clarity), _defect(line, key, categories),
    )  # fmt: skip


def _measured(key: str, main: Measure, categories: Categories) -> bool:
    unit = main.quantity.unit
    kind = categories.attributes[key].kind.replace("_", " ")
    return unit is not None and (kind == unit.dimension or (kind == "percent" and unit.code == "P1"))


def _label(line: Line) -> tuple[str, str]:
    """What stands before a colon, and what behind it; "" and the whole line where there is none."""
    place = line.bare.find(":")
    if 0 < place <= _LABEL and not any(one.start < place for one in line.quantities):
        return line.text[:place].strip(), line.text[place + 1 :].strip()
    return "", line.text.strip()


def _references(line: Line) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line.text[one.start : one.end] for one in line.files))


def _standards(line: Line) -> tuple[str, ...]:
    places = [
        (one.start, one.end) for one in line.named if one.kind in ("standard", "law", "rating", "colour")
    ]
    places += [(mark.start, mark.end) for mark in line.marks if mark.kind == "law"]
    return tuple(dict.fromkeys(line.text[start:end].strip() for start, end in sorted(places)))


def _method(line: Line, main: Measure | None, clarity: Clarity) -> Method:
    properties = [clarity.languages[mark.language].properties[mark.key] for mark in line.of("property")]
    if any(one.laboratory for one in properties):
        return Method.LAB_TEST
    if main and main.quantity.unit:
        return Method.COUNT if main.quantity.unit.counts else Method.MEASUREMENT
    if line.has("law", "laboratory"):
        return Method.DOCUMENT
    if line.has("standard"):
        return Method.LAB_TEST
    return Method.VISUAL if line.has("colour", "file", "quoted", "sample") else Method.NONE


def _defect(line: Line, key: str, categories: Categories) -> Defect:
    """What a law asks for is critical; else what the attribute usually is."""
    if line.has("law"):
        return Defect.CRITICAL
    return categories.attributes[key].defect if key in categories.attributes else Defect.MAJOR
