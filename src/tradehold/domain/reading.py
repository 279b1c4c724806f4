"""Reads a line of a specification as a requirement: what is measured, how much, by what it is decided.

The line is what binds; the fields are for its author to correct. A line may hold several statements: the
fields hold the first that has a value. Nothing is guessed: what is not understood stays in `words`.
"""

from decimal import Decimal

import msgspec

from tradehold.domain.category import Categories
from tradehold.domain.given import Knowledge
from tradehold.domain.line import Line, take_apart
from tradehold.domain.quantity import Quantity
from tradehold.domain.requirement import Defect, Method, Operator, Requirement, Tolerance
from tradehold.domain.vocabulary import Clarity, Mark

_BOUNDS: dict[str, Operator] = {
    "at_least": "at_least",
    "at_most": "at_most",
    "above": "above",
    "below": "below",
}
_SIGNS: dict[str, Operator] = {
    "≥": "at_least", ">=": "at_least", "≤": "at_most", "<=": "at_most", ">": "above", "<": "below",
}  # fmt: skip
_LABEL = 48  # characters before a colon that may be a label


class Measure(msgspec.Struct, frozen=True, gc=False):
    """A quantity with the bound its surroundings give it. `about` is the property named before it, if any."""

    quantity: Quantity
    operator: Operator
    tolerance: Tolerance | None
    about: Mark | None


def read(text: str, knowledge: Knowledge) -> Requirement:
    return _read(text, knowledge.clarity, knowledge.categories)


def measures(line: Line) -> tuple[Measure, ...]:
    """Every value of a line, in its order, with what bounds it. A tolerance that stands alone holds for all
    values that have none of their own."""
    alone = next((one.tolerance for one in line.quantities if one.form == "tolerance"), None)
    spoken = _spoken(line)
    found: list[Measure] = []
    previous = 0
    for place, quantity in enumerate(line.quantities):
        if quantity.form == "tolerance":
            continue
        start = max(previous, line.clause(quantity.start)[0])
        if spoken.get(quantity.start):
            previous = quantity.end
            continue
        following = line.quantities[place + 1].start if place + 1 < len(line.quantities) else len(line.text)
        operator = _operator(line, quantity, start, following)
        about = _about(line, quantity, start)
        tolerance = quantity.tolerance or alone or next(iter(spoken.values()), None)
        found.append(Measure(quantity, operator, tolerance, about))
        previous = quantity.end
    return tuple(found)


def _spoken(line: Line) -> dict[int, Tolerance]:
    """Quantities that are tolerances since a word before them says so: "tolerance 5 %"."""
    found: dict[int, Tolerance] = {}
    for mark in line.marks:
        if mark.kind != "tolerance":
            continue
        for quantity in line.quantities:
            if quantity.start >= mark.end:
                between = line.bare[mark.end : quantity.start]
                if (
                    quantity.form == "value"
                    and len(between) <= 24
                    and not any(one in between for one in ",;")
                ):
                    percent = quantity.unit is not None and quantity.unit.code == "P1"
                    found[quantity.start] = Tolerance(quantity.values[0], quantity.values[0], percent)
                break
    return found


def _operator(line: Line, quantity: Quantity, start: int, following: int) -> Operator:
    if quantity.form == "range":
        return "between"
    before = line.bare[max(start, quantity.start - 3) : quantity.start].rstrip()
    for sign, operator in _SIGNS.items():
        if before.endswith(sign):
            return operator
    bound: Operator = ""
    end = line.clause(quantity.value_end - 1)[1]
    for mark in line.marks:
        if mark.kind not in _BOUNDS:
            continue
        if start <= mark.start and mark.end <= quantity.start:
            bound = _BOUNDS[mark.kind]
        elif (
            quantity.end <= mark.start < end
            and _adjoins(line, quantity.end, mark.start)
            and (following >= len(line.text) or following - mark.end > 2)
        ):
            bound = bound or _BOUNDS[mark.kind]
    if (
        not bound
        and line.bare[quantity.value_end : quantity.value_end + 1] == "+"
        and quantity.end == quantity.value_end
    ):
        bound = "at_least"
    return bound or ("dimensions" if quantity.form == "dimensions" else "equal")


def _adjoins(line: Line, end: int, start: int) -> bool:
    between = line.bare[end:start]
    return len(between) <= 24 and not any(character.isdigit() or character in ",;" for character in between)


def _about(line: Line, quantity: Quantity, start: int) -> Mark | None:
    """The property nearest before a value in its clause, else the one right behind it ("2 mm thick")."""
    before = behind = None
    for mark in line.marks:
        if mark.kind == "property" and mark.key != "other":
            if start <= mark.start and mark.end <= quantity.start:
                before = mark
            elif quantity.value_end <= mark.start <= quantity.value_end + 4:
                behind = behind or mark
    return before or behind


def _read(text: str, clarity: Clarity, categories: Categories) -> Requirement:
    line = take_apart(text, clarity)
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
            text, key or label, "is" if words else "", words=words, method=_method(line, None),
            references=_references(line), standards=_standards(line), defect=_defect(line, key, categories),
        )  # fmt: skip
    quantity = main.quantity
    values: tuple[Decimal, ...] = (
        tuple(sorted(quantity.values)) if quantity.form == "range" else quantity.values
    )
    return Requirement(
        text, key or label, main.operator, values, quantity.unit.code if quantity.unit else "", main.tolerance,
        words, _references(line), _standards(line), _method(line, main), _defect(line, key, categories),
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


def _method(line: Line, main: Measure | None) -> Method:
    if any(mark.kind == "property" and _laboratory(mark) for mark in line.marks):
        return Method.LAB_TEST
    if main and main.quantity.unit:
        return Method.COUNT if main.quantity.unit.counts else Method.MEASUREMENT
    if line.has("law", "laboratory"):
        return Method.DOCUMENT
    if line.has("standard"):
        return Method.LAB_TEST
    return Method.VISUAL if line.has("colour", "file", "quoted", "sample") else Method.NONE


_LABORATORY = frozenset(
    [
        "waterproof",
        "colour_fastness",
        "shrinkage",
        "fire",
        "resistance",
        "strength",
        "content",
        "free_of",
        "performance",
    ]
)


def _laboratory(mark: Mark) -> bool:
    return mark.key in _LABORATORY


def _defect(line: Line, key: str, categories: Categories) -> Defect:
    """What a law asks for is critical; else what the attribute usually is."""
    if line.has("law"):
        return Defect.CRITICAL
    return categories.attributes[key].defect if key in categories.attributes else Defect.MAJOR
