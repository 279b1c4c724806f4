"""What the quantities of a line say: the bound their surroundings give them, and what they are values of."""

from functools import lru_cache

import msgspec

from tradehold.domain.line import Line
from tradehold.domain.quantity import Quantity
from tradehold.domain.requirement import Operator, Tolerance
from tradehold.domain.vocabulary import Mark

_BOUNDS: dict[str, Operator] = {
    "at_least": "at_least",
    "at_most": "at_most",
    "above": "above",
    "below": "below",
    "bears": "at_least",
}
_SIGNS: dict[str, Operator] = {
    "≥": "at_least", ">=": "at_least", "≤": "at_most", "<=": "at_most", ">": "above", "<": "below",
}  # fmt: skip


class Measure(msgspec.Struct, frozen=True, gc=False):
    """A quantity with the bound its surroundings give it. `about` is the property named before it, if any."""

    quantity: Quantity
    operator: Operator
    tolerance: Tolerance | None
    about: Mark | None


@lru_cache(maxsize=1 << 14)
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
