"""What the contract's form shows beside what is typed: how each line reads, what its goods and markets ask
for, what an inspection lets pass."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache, cached_property, lru_cache
from typing import Any

from babel import Locale
from markupsafe import Markup, escape

from tradehold.domain import inspection, regulation
from tradehold.domain.contract import line_amount
from tradehold.domain.countries import COUNTRIES
from tradehold.domain.inspection import Inspection, Waiver
from tradehold.domain.regulation import Duty
from tradehold.domain.requirement import Gap, Requirement, Specification
from tradehold.domain.sampling import COUNTS_DEFECTS, LEVELS, Plan, Tables
from tradehold.domain.thread import suspicions
from tradehold.web import clarity, curve, editor, rows, words
from tradehold.web.editor import Rough
from tradehold.web.forms import Typed
from tradehold.web.i18n import Translator, mark, translator
from tradehold.web.labels import DEFECTS, METHODS, OPERATORS, Labels
from tradehold.web.thread_view import found
from tradehold.web.visit import Visitor

View = dict[str, Any]
_BAD = Decimal("0.06")  # the share of defective pieces that the curve speaks of
SEVERITIES = {"normal": mark("normal"), "tightened": mark("tightened"), "reduced": mark("reduced")}
KINDS = {
    "PSI": mark("Before shipment: all made, at least 80 % packed"),
    "DUPRO": mark("During production: 20 to 80 % made"),
    "IPC": mark("Early: about 20 % made"),
    "CLS": mark("At loading: while the container is filled"),
}


def spec_of(here: Visitor, form: Typed, so_far: Rough) -> Specification:
    return Specification(
        so_far.requirements,
        form.get("category", ""),
        editor.markets(form),
        tuple(one.name for one in so_far.files.values()),
        form.get("remarks", ""),
        here.t.language,
    )


class Beside:
    """All that is computed of one state of the form, once."""

    def __init__(self, here: Visitor, form: Typed, so_far: Rough) -> None:
        self.here, self.form, self.rough = here, form, so_far
        self.t, self.knowledge = here.t, here.desk.services.knowledge
        self.labels = Labels(here.t, self.knowledge)
        self.spec = spec_of(here, form, so_far)
        self.by_row: dict[int, list[Gap]] = {}
        self.in_remarks: list[Gap] = []
        for gap in clarity.gaps(self.spec, self.knowledge):
            if gap.requirement is None:
                self.in_remarks.append(gap)
            else:
                self.by_row.setdefault(gap.requirement, []).append(gap)
        self.duties = clarity.duties(self.spec, self.knowledge, here.t.language) if self.spec.category else ()
        self.missing = clarity.missing(self.spec, self.knowledge, here.t.language)
        self.taken = {one.duty for one in so_far.requirements if one.duty}

    @cached_property
    def plan(self) -> View:
        return _plan(self)

    @cached_property
    def proposed(self) -> list[Duty]:
        """Duties that are proposed and not in the contract yet."""
        return [duty for duty in self.duties if duty.proposed and duty.regulation.id not in self.taken]

    @property
    def gaps(self) -> int:
        return sum(len(gaps) for gaps in self.by_row.values()) + len(self.in_remarks)


# -- requirements


def row(it: Beside, n: int, errors: Mapping[str, str]) -> View:
    """One row: its text with the unclear words marked, how it was read, what is open in it."""
    one, read = it.rough.rows[n], it.rough.requirements[n]
    gaps = it.by_row.get(n, [])
    wrong = {
        name: errors[path]
        for name in (*rows.FIELDS, "text")
        if (path := f"requirements.{n}.{name}") in errors
    }
    if one.open and not one.fields:
        one = rows.opened(one, clarity.reader(it.knowledge), it.labels)
    kept = rows.written(one, one.key)
    return {
        "key": one.key,
        "text": one.text,
        "marked": marked(one.text, gaps),
        "set": kept.get(f"requirements.{one.key}.set", ""),
        "was": one.was,
        "of": one.of,
        "fields": dict(one.fields),
        "chips": chips(it.labels, read),
        "duty": read.duty,
        "gaps": [gap_view(it, gap) for gap in gaps],
        "errors": wrong,
        "open": one.open or bool(wrong.keys() - {"text"}),
    }


def blank(key: int) -> View:
    return {"key": key, "text": "", "marked": "", "set": "", "was": "", "of": "", "fields": {}, "chips": [],
            "duty": "", "gaps": [], "errors": {}, "open": False}  # fmt: skip


def marked(text: str, gaps: Sequence[Gap]) -> Markup:
    said, place = [], 0
    for gap in sorted(gaps, key=lambda gap: (gap.start, -gap.end)):
        if gap.start < place or gap.end <= gap.start:
            continue
        said += [escape(text[place : gap.start]), Markup("<mark>{}</mark>").format(text[gap.start : gap.end])]
        place = gap.end
    return Markup("").join([*said, escape(text[place:])])


def chips(labels: Labels, one: Requirement) -> list[View]:
    """How it was read, part by part."""
    t, value = labels.t, labels.value(one)
    if value == one.text:
        value = ""  # it stands right above
    found = [("what", labels.attribute(one.attribute)), ("value", value)]
    found += [("value", each) for each in one.standards if each not in value]
    found += [("file", each) for each in one.references]
    if one.method:
        found.append(("how", labels.method(one)))
    if one.line is not None:
        found.append(("how", t("line {number}", number=one.line + 1)))
    if found[0][1] or len(found) > 2 or value:
        found.append((one.defect.value, labels.defect(one)))
    return [{"kind": kind, "text": text} for kind, text in found if text]


def gap_view(it: Beside, gap: Gap) -> View:
    language = it.t.language
    return {
        "code": gap.code.value,
        "words": gap.words,
        "message": clarity.message(gap, language, it.knowledge),
        "why": clarity.why(gap, language, it.knowledge),
        "suggestion": gap.suggestion,
        "other": None if gap.other is None else gap.other + 1,
    }


def choices(t: Translator, named: Mapping[str, str]) -> list[View]:
    return [{"value": code, "label": t(name)} for code, name in named.items()]


def corrections(it: Beside) -> View:
    """What the fields of a correction offer."""
    t = it.t
    lines = [{"value": "", "label": t("all goods")}]
    lines += [
        {"value": str(n), "label": t("line {number}", number=n + 1)} for n in range(len(it.rough.lines))
    ]
    units = [{"value": "", "label": "–"}]
    units += [{"value": code, "label": symbol or code} for code, symbol in it.labels.units.items()]
    return {
        "operators": choices(t, OPERATORS), "methods": choices(t, METHODS), "defects": choices(t, DEFECTS),
        "units": units, "lines": lines,
    }  # fmt: skip


# -- goods, category, markets


@cache
def countries(locale: str) -> tuple[tuple[str, str], ...]:
    names = Locale.parse(locale).territories
    return tuple(sorted(((code, names.get(code, code)) for code in COUNTRIES), key=lambda one: one[1]))


def market_name(t: Translator, code: str) -> str:
    if code == "EU":
        return t("European Union")
    if code == "US-CA":
        return t("United States: California")
    return dict(countries(t.locale)).get(code, code)


def markets(t: Translator) -> list[View]:
    wide = [{"value": code, "label": market_name(t, code)} for code in ("EU", "US-CA")]
    return wide + [{"value": code, "label": name} for code, name in countries(t.locale)]


def categories(it: Beside) -> list[View]:
    names = clarity.categories(it.knowledge, it.t.language)
    return [{"value": key, "label": name} for key, name in sorted(names.items(), key=lambda one: one[1])]


def proposal(it: Beside) -> View | None:
    """The category that the goods' own words name, where another stands in the form."""
    lines = [it.form.get("title", ""), *(line.description for line in it.rough.lines if line)]
    found = clarity.detect("\n".join(lines), it.knowledge)
    names = clarity.categories(it.knowledge, it.t.language)
    if not found or found == it.form.get("category") or found not in names:
        return None
    return {"key": found, "name": names[found]}


def template(it: Beside) -> tuple[str, ...]:
    return clarity.template(it.spec.category, it.knowledge, it.t.language)


def totals(it: Beside) -> View:
    f, currency = it.here.f, it.rough.currency
    return {
        "lines": [
            f.money(line_amount(line, currency), currency) if line else "" for line in it.rough.lines
        ],
        "total": f.money(it.rough.total, currency) if it.rough.total else "",
    }  # fmt: skip


# -- duties


def duties(it: Beside) -> View:
    """Market by market: what is proposed, what is in the contract already, and what only is to be checked."""
    t, groups = it.t, dict[str, list[View]]()
    for duty in it.duties:
        one = duty.regulation
        name, _, link = one.source.rpartition(", ")
        groups.setdefault(one.market, []).append({
            "id": one.id,
            "regulation": one.regulation,
            "citation": one.citation,
            "text": duty.requirement or (one.parameter_zh if t.language == "zh" else one.parameter),
            "proposed": duty.proposed,
            "taken": one.id in it.taken,
            "source": name,
            "link": link if link.startswith("https://") else "",
            "confidence": one.confidence,
        })  # fmt: skip
    unknown = [one for one in it.spec.markets if not regulation.market_of(one)]
    return {
        "groups": [
            {
                "code": market,
                "name": market_name(t, market),
                "rules": rules,
                "open": sum(rule["proposed"] and not rule["taken"] for rule in rules),
            }
            for market, rules in groups.items()
        ],
        "open": len(it.proposed),
        "unknown": t(", ").join(market_name(t, one) for one in unknown),
        "ready": bool(it.spec.category and it.spec.markets),
    }


# -- inspection


def _plan(it: Beside) -> View:
    """The sampling plan with its curve, or what it means to go without."""
    agreed, t = it.rough.inspection, it.t
    lot = editor.pieces(it.rough.lines)
    view: View = {"lot": str(lot) if lot else "", "chart": None, "samples": [], "waived": False}
    if isinstance(agreed, Waiver) or not editor.inspects(it.form):
        return view | {"waived": True}
    if not isinstance(agreed, Inspection):
        return view
    plans = inspection.plans(it.knowledge.aql, agreed)
    named = dict(zip(("critical", "major", "minor"), plans, strict=True))
    view["lot_size"] = agreed.lot
    view["samples"] = [
        {
            "name": t(curve.CLASSES[sample.defect.value][0]), "aql": f"{sample.aql.normalize():f}",
            "pieces": sample.pieces, "accept": sample.accept, "reject": sample.reject,
        }
        for sample in agreed.samples
    ]  # fmt: skip
    if any(one.aql <= COUNTS_DEFECTS for one in plans):
        view["chart"] = _chart(t.language, named["major"], named["minor"])
    return view


@lru_cache(maxsize=256)
def _chart(language: str, major: Plan, minor: Plan) -> View:
    """Asked for at every pause in somebody's typing, and mostly the one of a moment ago."""
    return curve.chart(translator(language), {"major": major, "minor": minor}, _BAD)


def named(it: Beside) -> list[dict[str, str]]:
    """Bank details in what was typed: the one who writes them is told first that they warn every reader."""
    telling = (".sku", ".description", "title", "place", "inspection.reason", "remarks", ".text")
    texts = [text for name, text in it.form.items() if name.endswith(telling)]
    return found(it.t, suspicions(texts, it.knowledge))


def offers(t: Translator) -> View:
    """What the lists of the form offer."""
    return {
        "units": choices(t, words.UNITS),
        "dues": [
            {"value": "confirmation", "label": t("when both have confirmed")},
            {"value": "production", "label": t("when the goods are reported as made")},
            {"value": "date", "label": t("on a date")},
        ],
        "afters": [
            {"value": "initial_payment", "label": t("after the initial payment")},
            {"value": "last_payment", "label": t("after the last payment")},
        ],
        "kinds": choices(t, KINDS),
        "severities": choices(t, SEVERITIES),
        "levels": [{"value": level, "label": level} for level in LEVELS],
    }  # fmt: skip


def aqls(tables: Tables) -> list[View]:
    """The columns of the tables as one writes them."""
    shown = [f"{one:f}" for one in tables.aqls]
    return [{"value": one, "label": one} for one in shown]
