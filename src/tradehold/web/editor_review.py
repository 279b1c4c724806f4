"""What the contract in the editor comes to: the four questions, what a refund would be, what is left open."""

from collections.abc import Mapping

from tradehold.domain.contract import QUESTIONS, line_amount
from tradehold.domain.inspection import Inspection, Waiver
from tradehold.domain.money import share
from tradehold.domain.settlement import apportion
from tradehold.web import clarity
from tradehold.web.editor_view import Beside, View
from tradehold.web.i18n import mark

_MOST_EXAMPLES = 6
_MOST_REVIEWED = 100  # rows with gaps: whoever has more mends these first
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
        for n, found_ in sorted(it.by_row.items())[:_MOST_REVIEWED]
    ]  # fmt: skip
    remarks = [clarity.message(gap, t.language, it.knowledge) for gap in it.in_remarks]
    unanswered = [t(QUESTION_WORDS[question][0]) for question in QUESTIONS if not answered(it, question)]
    left_out = len(it.proposed)
    waived = it.plan["waived"]
    always = [one.label for one in it.missing if one.importance == 1]
    none = not it.rough.requirements
    count = it.gaps + len(unanswered) + bool(left_out) + waived + len(always) + none
    return {
        "rows": gaps,
        "more": max(0, len(it.by_row) - len(gaps)),
        "remarks": remarks,
        "unanswered": unanswered,
        "missing": always,
        "duties": left_out,
        "waived": waived,
        "none": none,
        "count": count,
    }


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
            "evidence": [
                {"name": name, "label": label, "chosen": bool(it.form.get(name))}
                for name, label in ((f"answers.{question}.{key}", label) for key, label in evidence)
            ],
        }
        for question, (asked, hint) in QUESTION_WORDS.items()
    ]  # fmt: skip


def answered(it: Beside, question: str) -> bool:
    path = f"answers.{question}."
    said = it.form.get(f"{path}text", "")
    return bool(said) and any(
        value for name, value in it.form.items() if name.startswith(path) and name != f"{path}text"
    )


def outline(it: Beside, errors: Mapping[str, str], left: int) -> list[View]:
    """The sections with how far each is; `left` is what the review leaves open. state: done, open, gaps,
    wrong."""
    t, form, shipped = it.t, it.form, ("ship_by.on", "ship_by.days")
    goods = bool(form.get("title") and it.rough.total and (form.get("other") or form.get("revision")))
    answers = sum(answered(it, question) for question in QUESTIONS)
    open_duties, gaps = len(it.proposed), it.gaps
    rows_ = len(it.rough.rows)
    plan_ = it.rough.inspection
    looks = ""
    if isinstance(plan_, Inspection):
        looks = t("{count} piece|{count} pieces", count=max(one.pieces for one in plan_.samples))
    waived = isinstance(plan_, Waiver)
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
