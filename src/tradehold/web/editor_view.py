"""What the contract's form shows beside what is typed: how each line reads, what is open, what follows."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Any

from babel import Locale
from markupsafe import Markup, escape

from tradehold.domain import inspection, regulation
from tradehold.domain.contract import QUESTIONS, line_amount
from tradehold.domain.countries import COUNTRIES
from tradehold.domain.inspection import Inspection, Waiver
from tradehold.domain.money import share
from tradehold.domain.requirement import Gap, Requirement, Specification
from tradehold.domain.sampling import COUNTS_DEFECTS, LEVELS, Tables
from tradehold.domain.settlement import apportion
from tradehold.domain.thread import suspicions
from tradehold.web import clarity, curve, editor, risks, rows, words
from tradehold.web.editor import Rough
from tradehold.web.forms import Typed
from tradehold.web.i18n import Translator, mark
from tradehold.web.labels import DEFECTS, METHODS, OPERATORS, Labels
from tradehold.web.thread_view import found
from tradehold.web.visit import Visitor

View = dict[str, Any]
_BAD = Decimal("0.06")  # the share of defective pieces that the curve speaks of
_MOST_EXAMPLES = 6
_COLUMNS = 3  # of duties: shown at once for each market
QUESTION_WORDS = {
    "specification": (
        mark("How are the product's specifications defined?"),
        mark("In this contract's requirements, in drawings, by a sealed sample with its number?"),
    ),
    "ability": (
        mark("Can the supplier comply, and how was that verified?"),
        mark("Verifications on this platform, a factory visit, earlier orders, a sample that was tested."),
    ),
    "standards": (
        mark("Which standards and regulations apply in the market?"),
        mark("Those under “Market duties”, and what the trade or the retailer asks for besides."),
    ),
    "compliance": (
        mark("Can the supplier ensure compliance, with a record that can be verified?"),
        mark(
            "Test reports of these goods, certificates with number and issuer, an inspection before shipment."
        ),
    ),
}
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
    open_ones = [duty for duty in it.duties if duty.proposed and duty.regulation.id not in it.taken]
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
        "open": [{"id": one.regulation.id, "text": one.requirement} for one in open_ones],
        "unknown": t(", ").join(market_name(t, one) for one in unknown),
        "ready": bool(it.spec.category and it.spec.markets),
    }


# -- inspection


def plan(it: Beside) -> View:
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
    view["samples"] = [
        {
            "name": t(curve.CLASSES[sample.defect.value][0]), "aql": f"{sample.aql.normalize():f}",
            "pieces": sample.pieces, "accept": sample.accept, "reject": sample.reject,
        }
        for sample in agreed.samples
    ]  # fmt: skip
    if any(one.aql <= COUNTS_DEFECTS for one in plans):
        view["chart"] = curve.chart(t, {kind: named[kind] for kind in ("major", "minor")}, _BAD)
    return view


# -- the worked example of the refund rule


def example(it: Beside) -> View | None:
    """What this contract's own numbers give in each case, once all is paid."""
    total, cut_bps, t = it.rough.total, it.rough.price_cut_bps, it.t
    if not total or cut_bps is None:
        return None
    cut = share(total, cut_bps, 10_000)
    cases = [
        _case(
            it, t("Not shipped by the ship-by date"), total, t("Nothing has to be proved: the date decides.")
        ),
        _case(it, t("Shipped late, and the goods are kept"), cut, t("The price cut agreed below.")),
    ]
    if not isinstance(it.rough.inspection, Waiver):
        cases += _rejections(it, total)
    first = it.rough.schedule[0].amount if it.rough.schedule else 0
    money = it.here.f.money
    return {
        "rows": cases,
        "paid": money(total, it.rough.currency),
        "first": money(first, it.rough.currency) if first else "",
    }


def _case(it: Beside, case: str, back: int, note: str = "") -> View:
    money, currency, total = it.here.f.money, it.rough.currency, it.rough.total or 0
    return {"case": case, "back": money(back, currency), "kept": money(total - back, currency), "note": note}


def _rejections(it: Beside, total: int) -> list[View]:
    """Line by line, each with its share by price."""
    t, lines = it.t, [line for line in it.rough.lines if line]
    shares = apportion(total, [line_amount(line, it.rough.currency) for line in lines])
    single = [
        _case(
            it, t("Only line {number} is rejected: {what}", number=n + 1, what=lines[n].description), amount
        )
        for n, amount in enumerate(shares[:_MOST_EXAMPLES])
    ]
    every = _case(it, t("All goods are rejected"), total, t("The goods stay with the supplier."))
    return [*(single if len(lines) > 1 else []), every]


# -- the review


def review(it: Beside) -> View:
    """All that would not be protected if this were confirmed now."""
    t = it.t
    gaps = [
        {"number": n + 1, "key": it.rough.rows[n].key, "text": it.rough.rows[n].text,
         "gaps": [clarity.message(gap, t.language, it.knowledge) for gap in found_]}
        for n, found_ in sorted(it.by_row.items())
    ]  # fmt: skip
    remarks = [clarity.message(gap, t.language, it.knowledge) for gap in it.in_remarks]
    unanswered = [t(QUESTION_WORDS[question][0]) for question in QUESTIONS if not answered(it, question)]
    codes = {gap.code for found_ in it.by_row.values() for gap in found_} | {g.code for g in it.in_remarks}
    left_out = len(duties(it)["open"])
    waived = plan(it)["waived"]
    always = [one.label for one in it.missing if one.importance == 1]
    none = not it.rough.requirements
    count = it.gaps + len(unanswered) + bool(left_out) + waived + len(always) + none
    return {
        "rows": gaps, "remarks": remarks, "unanswered": unanswered, "missing": always, "duties": left_out,
        "waived": waived, "none": none, "count": count,
        "known": [risks.said(t, code) for code in codes],
    }  # fmt: skip


def questions(it: Beside) -> list[View]:
    """The four questions, each with the evidence there is to point to."""
    t, files = it.t, it.rough.files
    standing = {
        "requirements": t("This contract's requirements"),
        "inspection": t("The inspection in this contract"),
        "verifications": t("The supplier's verifications on this platform"),
    }
    evidence = [*standing.items(), *((sha256, one.name) for sha256, one in files.items())]
    return [
        {
            "name": f"answers.{question}", "asked": t(asked), "hint": t(hint),
            "answered": answered(it, question),
            "evidence": [{"name": f"answers.{question}.{key}", "label": label} for key, label in evidence],
        }
        for question, (asked, hint) in QUESTION_WORDS.items()
    ]  # fmt: skip


def template(it: Beside) -> tuple[str, ...]:
    return clarity.template(it.spec.category, it.knowledge, it.t.language)


def answered(it: Beside, question: str) -> bool:
    path = f"answers.{question}."
    said = it.form.get(f"{path}text", "")
    return bool(said) and any(
        value for name, value in it.form.items() if name.startswith(path) and name != f"{path}text"
    )


def outline(it: Beside, errors: Mapping[str, str]) -> list[View]:
    """The sections with how far each is. state: done, open, gaps, wrong."""
    t, form, shipped = it.t, it.form, ("ship_by.on", "ship_by.days")
    goods = bool(form.get("title") and it.rough.total and (form.get("other") or form.get("revision")))
    answers = sum(answered(it, question) for question in QUESTIONS)
    open_duties, gaps = len(duties(it)["open"]), it.gaps
    rows_ = len(it.rough.rows)
    plan_ = it.rough.inspection
    looks = ""
    if isinstance(plan_, Inspection):
        looks = t("{count} piece|{count} pieces", count=max(one.pieces for one in plan_.samples))
    waived = isinstance(plan_, Waiver)
    left = review(it)["count"]
    found_ = [
        ("goods", t("Goods & parties"), goods, ""),
        ("category", t("Category & destination"), bool(form.get("category") and form.get("market")), ""),
        ("requirements", t("Requirements"), bool(rows_) and not gaps,
         t("{count} gap|{count} gaps", count=gaps) if gaps else str(rows_ or "")),
        ("duties", t("Market duties"), bool(it.spec.markets and it.spec.category) and not open_duties,
         t("{count} proposed", count=open_duties) if open_duties else ""),
        ("questions", t("Four questions"), answers == len(QUESTIONS), f"{answers}/{len(QUESTIONS)}"),
        ("inspection", t("Inspection"), isinstance(plan_, Inspection), t("waived") if waived else looks),
        ("payment", t("Payment"), it.rough.schedule is not None, ""),
        ("shipment", t("Shipment"), any(form.get(name) for name in shipped) and bool(form.get("place")), ""),
        ("rules", t("Rules"), it.rough.price_cut_bps is not None, ""),
        ("review", t("Review"), not left, t("{count} open", count=left) if left else ""),
    ]  # fmt: skip
    warns = {
        "requirements": bool(gaps),
        "inspection": waived,
        "review": bool(left),
        "duties": bool(open_duties),
    }
    at_fault = {_section(path) for path in errors}
    return [
        {"id": id, "label": label, "note": note,
         "state": "wrong" if id in at_fault else "done" if done else "gaps" if warns.get(id) else "open"}
        for id, label, done, note in found_
    ]  # fmt: skip


_SECTIONS = {
    "title": "goods", "other": "goods", "currency": "goods", "lines": "goods", "category": "category",
    "market": "category", "further_markets": "category", "requirements": "requirements",
    "attachments": "requirements", "file": "requirements", "answers": "questions",
    "inspection": "inspection", "schedule": "payment", "ship_by": "shipment", "incoterm": "shipment",
    "place": "shipment", "zone": "shipment", "late_price_cut": "rules", "long_stop_days": "rules",
    "remarks": "rules",
}  # fmt: skip


def _section(path: str) -> str:
    return _SECTIONS.get(path.partition(".")[0], "")


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
