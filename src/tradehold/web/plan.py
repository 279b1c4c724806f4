"""The page where anybody plans an inspection: how many pieces of a lot, what refuses it, and what would pass.
Its address says all of it, so that it can be sent to the other side."""

from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlencode

from litestar import get

from tradehold.domain import sampling
from tradehold.domain.inspection import plans_of
from tradehold.domain.sampling import COUNTS_DEFECTS, LARGEST_LOT, LEVELS, SEVERITIES, Plan
from tradehold.web.curve import CLASSES, chart, percent
from tradehold.web.forms import Typed, Wrong
from tradehold.web.i18n import Formats, Translator, mark
from tradehold.web.render import Form
from tradehold.web.visit import Page, Req, show, visitor

View = dict[str, Any]
_DEFAULTS = {"lot": "3000", "level": "II", "severity": "normal", "major": "2.5", "minor": "4.0", "bad": "6"}
_LEVELS = {
    "I": mark("I: fewer pieces"), "II": mark("II: usual"), "III": mark("III: more pieces"),
    "S-1": mark("S-1: special, very few"), "S-2": mark("S-2: special, few"),
    "S-3": mark("S-3: special"), "S-4": mark("S-4: special, more"),
}  # fmt: skip
_SEVERITIES = {
    "normal": mark("Normal"), "tightened": mark("Tightened, after lots were refused"),
    "reduced": mark("Reduced, after many good lots"),
}  # fmt: skip


@get("/plan", opt={"needs": "check"})
async def plan_page(request: Req) -> Page:
    here, tables = visitor(request), visitor(request).desk.services.knowledge.aql
    typed = _DEFAULTS | {
        name: value.strip()[:40] for name, value in request.query_params.items() if name in _DEFAULTS
    }
    t, planned, errors = here.t, None, dict[str, str]()
    try:
        planned = _planned(here.f, tables, typed)
    except Wrong as wrong:
        errors = wrong.fields
    return await show(
        here,
        "plan.html",
        422 if errors else 200,
        form=Form(typed, errors),
        levels=[{"value": one, "label": t(_LEVELS[one]), "hint": ""} for one in LEVELS],
        severities=[{"value": one, "label": t(_SEVERITIES[one]), "hint": ""} for one in SEVERITIES],
        aqls=[{"value": str(one), "label": str(one), "hint": ""} for one in tables.aqls],
        planned=planned,
        link=f"{str(request.base_url).rstrip('/')}/plan?{urlencode(typed)}",
    )


def _planned(f: Formats, tables: sampling.Tables, typed: Typed) -> View:
    """Raises Wrong for a field that no table knows."""
    t = f.t
    lot, bad = _lot(f, typed["lot"]), _share(t, typed["bad"])
    for name, known in (("level", LEVELS), ("severity", SEVERITIES)):
        if typed[name] not in known:
            raise Wrong(**{name: t("Choose one of the list.")})
    aqls = {name: _aql(t, tables, name, typed[name]) for name in ("major", "minor")}
    found = plans_of(tables, lot, typed["level"], typed["severity"], aqls["major"], aqls["minor"])
    plans = dict(zip(CLASSES, found, strict=True))
    pieces = max(one.pieces for one in found)
    return {
        "headline": t("Inspect {count} piece of {lot}|Inspect {count} pieces of {lot}", count=pieces,
                      lot=f.count(lot)),
        "every": all(one.inspect_100_percent for one in found),
        "classes": [_class(f, kind, plan) for kind, plan in plans.items()],
        "chart": chart(t, plans, bad),
    }  # fmt: skip


def _lot(f: Formats, written: str) -> int:
    text = written.replace(",", "").replace(" ", "")
    if not (text.isascii() and text.isdigit() and len(text) < 14 and 1 <= int(text) <= LARGEST_LOT):
        raise Wrong(lot=f.t("Give the number of pieces, such as 3000."))
    return int(text)


def _share(t: Translator, written: str) -> Decimal:
    try:
        share = Decimal(written.replace("%", "").strip()) / 100
    except InvalidOperation:
        share = Decimal("NaN")
    if not (share.is_finite() and 0 <= share <= 1):
        raise Wrong(bad=t("Give a share in percent, from 0 to 100."))
    return share


def _aql(t: Translator, tables: sampling.Tables, name: str, written: str) -> Decimal:
    for one in tables.aqls:
        if str(one) == written:
            return one
    raise Wrong(**{name: t("Choose one of the list.")})


def _class(f: Formats, kind: str, plan: Plan) -> View:
    t, (name, _) = f.t, CLASSES[kind]
    return {
        "kind": kind,
        "name": t(name),
        "aql": f"AQL {plan.aql}" if plan.aql else t("none is accepted"),
        "accept": f.count(plan.accept),
        "reject": f.count(plan.reject),
        "pieces": t("{count} piece, letter {letter}|{count} pieces, letter {letter}", count=plan.pieces,
                    letter=plan.code_letter),
        "said": list(_said(f, plan)),
    }  # fmt: skip


def _said(f: Formats, plan: Plan) -> list[str]:
    """What the plan lets pass, in words."""
    t, said = f.t, list[str]()
    if plan.reject > plan.accept + 1:
        said.append(t("Between the two the lot passes, and the next one is inspected by the normal plan."))
    if plan.aql > COUNTS_DEFECTS:
        return [*said, t("This AQL counts defects per hundred pieces, of which one piece may have several.")]
    if plan.accept:
        few = _few(plan)
        said.append(
            t(
                "A lot with {share} defective pieces would pass {count} time in 100.|"
                "A lot with {share} defective pieces would pass {count} times in 100.",
                count=sampling.passes_in_100(plan, few),
                share=percent(t, few),
            )
        )
    caught = sampling.quality_at(plan, Decimal("0.1"))
    if caught is None:
        said.append(t("Even a lot without a single good piece would pass."))
    else:
        said.append(
            t(
                "From {share} defective pieces on, it is refused at least 9 times in 10.",
                share=percent(t, caught),
            )
        )
    return said


def _few(plan: Plan) -> Decimal:
    """The AQL as a share of whole pieces, one at least."""
    pieces = max(1, int((plan.lot * plan.aql / 100).to_integral_value()))
    return Decimal(pieces) / plan.lot


PAGES = [plan_page]
