"""What an inspection lets pass, drawn: the operating characteristics of the plans for one lot's classes of
defects, a chosen share of defective pieces marked on each, and the same numbers as a table."""

from collections.abc import Mapping
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import Any

from babel.numbers import format_decimal

from tradehold.domain.sampling import COUNTS_DEFECTS, Plan, acceptance, curve, passes_in_100
from tradehold.web.i18n import Translator, mark

View = dict[str, Any]
# The names of a class of defects: on its own, and within a sentence.
CLASSES = {
    "critical": (mark("Critical defects"), mark("critical defects")),
    "major": (mark("Major defects"), mark("major defects")),
    "minor": (mark("Minor defects"), mark("minor defects")),
}
# The drawing, in its own units. Below and above the plot there is room for the larger letters of a phone.
_WIDTH, _HEIGHT = 640, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 72, 624, 54, 254
_STEPS = 6  # at most, along the lower axis


def chart(t: Translator, plans: Mapping[str, Plan], bad: Decimal) -> View:
    """For the macro `oc_curve`, which says what it holds. `plans` are by class (see CLASSES) and of one lot,
    `bad` is the share of defective pieces to mark, from 0 to 1; as a lot has whole pieces, the nearest number
    of them is marked, one at least. Plans by an AQL above 10 have no curve, which `left_out` then says.

    Raises ValueError for a share above 1.
    """
    drawn = {kind: plan for kind, plan in plans.items() if plan.aql <= COUNTS_DEFECTS}
    view: View = {
        "title": t("How often a lot passes the inspection"),
        "left_out": "" if len(drawn) == len(plans) else _left_out(t),
        "lines": [],
    }
    if not drawn:
        return view
    lot = next(iter(drawn.values())).lot
    pieces = max(1, _nearest(bad * lot))
    marked = Decimal(pieces) / lot
    curves = {kind: curve(plan) for kind, plan in drawn.items()}
    ticks = _ticks(max(marked, *(points[-1][0] for points in curves.values())))
    end = ticks[-1]
    view["lines"] = [_line(t, kind, plan, (*curves[kind], _last(plan, end)), end, marked)
                     for kind, plan in drawn.items()]  # fmt: skip
    return view | {
        "width": _WIDTH,
        "height": _HEIGHT,
        "left": _LEFT,
        "right": _RIGHT,
        "top": _TOP,
        "bottom": _BOTTOM,
        "across": [{"x": _x(share, end) // 10, "label": percent(t, share)} for share in ticks],
        "up": [{"y": _y(Decimal(n) / 4) // 10, "label": percent(t, Decimal(n) / 4)} for n in range(5)],
        "marked": {"x": _x(marked, end) // 10, "label": percent(t, marked)},
        "rows": _rows(t, drawn, {pieces} | {_nearest(share * lot) for share in ticks}, pieces),
    }


def percent(t: Translator, share: Decimal) -> str:
    """A share of 0 to 1 in percent, with three significant digits at most."""
    number = format_decimal(share * 100, format="@##" if share else "0", locale=t.locale)
    return f"{number}\N{NO-BREAK SPACE}%"


def _left_out(t: Translator) -> str:
    return t("An AQL above 10 counts defects, of which one piece may have several: there is no curve for it.")


def _nearest(number: Decimal) -> int:
    return int(number.to_integral_value(ROUND_HALF_UP))


def _ticks(most: Decimal) -> list[Decimal]:
    """From 0 to `most` or a little more, never above 1, in steps of 1, 2 or 5 times a power of ten."""
    power = Decimal(1).scaleb(most.adjusted() - 1)
    step = next(step for n in (1, 2, 5, 10, 20) if (step := n * power) * _STEPS >= most)
    count = int((most / step).to_integral_value(ROUND_CEILING))
    return [step * n for n in range(count + 1)]


def _x(share: Decimal, end: Decimal) -> int:
    """In tenths of the drawing's units, as `_y`."""
    return _nearest(10 * (_LEFT + (_RIGHT - _LEFT) * share / end))


def _y(probability: Decimal) -> int:
    return _nearest(10 * (_BOTTOM - (_BOTTOM - _TOP) * probability))


def _last(plan: Plan, end: Decimal) -> tuple[Decimal, Decimal]:
    """Each line goes on to the end of the axis."""
    return end, acceptance(plan, end)


def _line(
    t: Translator,
    kind: str,
    plan: Plan,
    points: tuple[tuple[Decimal, Decimal], ...],
    end: Decimal,
    marked: Decimal,
) -> View:
    name, within = CLASSES[kind]
    return {
        "kind": kind,
        "name": t(name),
        "points": " ".join(f"{_tenths(_x(share, end))},{_tenths(_y(passes))}" for share, passes in points),
        "y": _y(acceptance(plan, marked)) // 10,
        "plan": t("{count} piece inspected, refused from {reject} on|{count} pieces inspected, refused from "
                  "{reject} on", count=plan.pieces, reject=plan.reject),
        "said": t("A lot with {share} {what} would pass {count} time in 100.|A lot with {share} {what} would "
                  "pass {count} times in 100.", count=passes_in_100(plan, marked),
                  share=percent(t, marked), what=t(within)),
    }  # fmt: skip


def _tenths(number: int) -> str:
    return f"{number // 10}.{number % 10}"


def _rows(t: Translator, plans: Mapping[str, Plan], defective: set[int], marked: int) -> list[View]:
    """The table: a row for each number of defective pieces."""
    lot = next(iter(plans.values())).lot
    return [
        {
            "share": percent(t, (share := Decimal(pieces) / lot)),
            "marked": pieces == marked,
            "passes": [percent(t, Decimal(passes_in_100(plan, share)) / 100) for plan in plans.values()],
        }
        for pieces in sorted(defective)
    ]
