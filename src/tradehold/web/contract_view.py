"""The contract as both sides read it: what the goods must be and how that is read, who looks at them, what a
refund would be in this contract's own money, and what it leaves unprotected. The template lays it out."""

from collections.abc import Collection, Iterator
from decimal import Decimal
from typing import Any

from tradehold.domain.contract import QUESTIONS, Attachment, Line, Terms, line_amount, markets, total
from tradehold.domain.given import Knowledge
from tradehold.domain.identity import public_id
from tradehold.domain.inspection import Inspection, Sample
from tradehold.domain.money import Money, share
from tradehold.domain.regulation import Regulation
from tradehold.domain.requirement import Defect, Requirement
from tradehold.domain.sampling import Plan
from tradehold.domain.settlement import apportion
from tradehold.web import concerned, curve, files, i18n, risks, spec_words
from tradehold.web import terms as said
from tradehold.web.i18n import Translator, mark
from tradehold.web.sheet import Sheet

View = dict[str, Any]
FIRST = 50  # requirements on the trade's own page
_LINES_WORKED = 5  # product lines in the worked example
_MARKED = Decimal("0.05")  # the share of defective pieces that the drawing tells of
_TAGS = {Defect.CRITICAL: "bad", Defect.MAJOR: "warn", Defect.MINOR: "plain"}
_CONFIDENCE = {
    "high": mark("read in the primary source"),
    "medium": mark("from a secondary source"),
    "unverified": mark("not verified"),
}


def view(sheet: Sheet, terms: Terms, here: Collection[str], most: int | None = None) -> View:
    """`here` are the hashes of the files that the reader may open at this trade; with `most` only the first
    requirements are shown."""
    t, numbered = sheet.t, list(enumerate(terms.requirements))
    shown = numbered if most is None else numbered[:most]
    attached = {one.name.casefold(): _file(sheet, one, here) for one in reversed(terms.attachments)}
    duties = {one.id: one for one in sheet.knowledge.regulations}
    return {
        "url": f"/trades/{public_id(sheet.ref)}/contract",
        "facts": _about(t, terms, sheet.knowledge),
        "groups": [
            {"id": f"goods-{key}", "title": _goods(t, terms.lines, line),
             "items": [_requirement(sheet, number, one, attached, duties) for number, one in items]}
            for key, line, items in _grouped(shown)
        ],
        "count": len(numbered),
        "left_out": len(numbered) - len(shown),
        "attachments": [_file(sheet, one, here) for one in terms.attachments],
        "questions": _questions(sheet, terms, attached),
        "inspection": _inspection(t, terms),
        "refund": _refund(t, terms),
        "unprotected": unprotected(sheet, terms),
    }  # fmt: skip


def unprotected(sheet: Sheet, terms: Terms) -> list[View]:
    """What the contract does not protect, each with what it is about; empty where it protects all of it."""
    t = sheet.t
    which = concerned.said(t, terms, sheet.knowledge)
    found = [{"text": risks.said(t, code), "which": which.get(code, "")} for code in terms.risks]
    if not isinstance(terms.inspection, Inspection):
        text = t("No inspection is planned: a claim about quality has no ground.")
        found.append({"text": text, "which": ""})
    if terms.pass_through:
        passed = i18n.money(terms.pass_through, terms.currency, t.locale)
        text = t("{amount} goes on to the supplier unheld: no refund gives it back.", amount=passed)
        found.append({"text": text, "which": ""})
    return found


def market(t: Translator, code: str) -> str:
    """The destination by its name; a state after its country."""
    country, _, state = code.partition("-")
    return f"{said.country(t, country)} ({state})" if state else said.country(t, country)


def category(t: Translator, code: str, knowledge: Knowledge) -> str:
    known = knowledge.categories.categories.get(code)
    return known.names.of(t.language) if known else code


def _about(t: Translator, terms: Terms, knowledge: Knowledge) -> list[View]:
    named = t(", ").join(market(t, code) for code in markets(terms))
    found = [(t("Category"), category(t, terms.category, knowledge)), (t("Sold in"), named)]
    return [{"label": label, "value": value} for label, value in found if value]


def _grouped(
    shown: list[tuple[int, Requirement]],
) -> Iterator[tuple[str, int | None, list[tuple[int, Requirement]]]]:
    """What holds for all goods first, then line by line; numbers stay those of the contract."""
    lines = sorted({one.line for _, one in shown if one.line is not None})
    for line in (None, *lines):
        items = [(number, one) for number, one in shown if one.line == line]
        if items:
            yield ("all" if line is None else str(line + 1)), line, items


def _goods(t: Translator, lines: tuple[Line, ...], line: int | None) -> str:
    if line is None:
        return t("All goods")
    return t("Line {number}: {goods}", number=line + 1, goods=lines[line].description)


def _requirement(
    sheet: Sheet, number: int, one: Requirement, attached: dict[str, View], duties: dict[str, Regulation]
) -> View:
    t, units = sheet.t, sheet.knowledge.clarity.units
    return {
        "number": number + 1,
        "text": one.text,
        "about": spec_words.attribute(t, one, sheet.knowledge),
        "value": spec_words.value(t, one, units),
        "accepted": spec_words.accepted(t, one, units),
        "drawn": _drawn(one),
        "method": spec_words.method(t, one),
        "defect": {"text": t(spec_words.DEFECTS[one.defect]), "kind": _TAGS[one.defect]},
        "references": [attached.get(name.casefold(), {"name": name, "href": ""}) for name in one.references],
        "duty": _duty(t, one.duty, duties) if one.duty else None,
    }


def _drawn(one: Requirement) -> View | None:
    """The accepted part of a scale, in percent of its width, and where the nominal value lies in it."""
    match one.operator:
        case "at_most" | "below" if one.values:
            return {"start": 0, "width": 66, "nominal": None}
        case "at_least" | "above" if one.values:
            return {"start": 34, "width": 66, "nominal": None}
        case "between" if one.values:
            return {"start": 25, "width": 50, "nominal": None}
        case "equal" if one.values and one.tolerance:
            below, above = one.tolerance.minus, one.tolerance.plus
            at = 25 + int(50 * below / (below + above)) if below + above else 50
            return {"start": 25, "width": 50, "nominal": at}
        case _:
            return None


def _duty(t: Translator, code: str, duties: dict[str, Regulation]) -> View:
    """The rule that a requirement was proposed for, with where it stands; its id where it is not known."""
    known = duties.get(code)
    if known is None:
        return {"name": code, "citation": "", "source": "", "href": "", "confidence": ""}
    address = next((part for part in known.source.split() if part.startswith("https://")), "")
    return {
        "name": known.regulation,
        "citation": known.citation,
        "source": known.source.replace(address, "").strip(" ,;") if address else known.source,
        "href": address,
        "confidence": t(_CONFIDENCE[known.confidence]),
    }


def _file(sheet: Sheet, one: Attachment, here: Collection[str]) -> View:
    card = files.card(sheet.ref, one)
    return card if one.sha256 in here else card | {"href": "", "picture": ""}


def _questions(sheet: Sheet, terms: Terms, attached: dict[str, View]) -> list[View]:
    t, given = sheet.t, {answer.question: answer for answer in terms.answers}
    standing = {
        "requirements": (t("the requirements of this contract"), "#requirements"),
        "verifications": (t("what the platform verified of the supplier"), f"/suppliers/{sheet.ref.owner}"),
        "inspection": (t("the inspection"), "#inspection"),
    }
    found = []
    for question in QUESTIONS:
        answer = given.get(question)
        evidence = []
        for name in answer.evidence if answer else ():
            text, href = standing.get(name) or (name, attached.get(name.casefold(), {}).get("href", ""))
            evidence.append({"name": text, "href": href})
        text = answer.text.strip() if answer else ""
        found.append(
            {"question": t(spec_words.QUESTIONS[question]), "answer": text, "evidence": evidence,
             "answered": bool(text and evidence)}
        )  # fmt: skip
    return found


def _inspection(t: Translator, terms: Terms) -> View:
    agreed = terms.inspection
    if not isinstance(agreed, Inspection):
        return {
            "planned": False,
            "reason": agreed.reason,
            "consequence": t(
                "Nobody looks at the goods before they ship. A refund for quality then has no ground: only "
                "a late or missing shipment gives money back."
            ),
        }
    return {
        "planned": True,
        "facts": [{"label": label, "value": value} for label, value in inspection_facts(t, terms, agreed)],
        "samples": [_sample(t, one) for one in agreed.samples],
        "chart": curve.chart(t, {one.defect.value: _plan(agreed, one) for one in agreed.samples}, _MARKED),
    }


def inspection_facts(t: Translator, terms: Terms, agreed: Inspection) -> list[tuple[str, str]]:
    window = t("any day between the production report and the shipment")
    if agreed.first and agreed.last:
        first, last = (i18n.day(day, t.locale) for day in (agreed.first, agreed.last))
        window = t("from {first} to {last}", first=first, last=last)
    level = t(
        "level {level}, {severity}", level=agreed.level, severity=t(spec_words.SEVERITIES[agreed.severity])
    )
    lot = spec_words.figure(t, Decimal(agreed.lot))
    fee = i18n.money(agreed.fee, terms.currency, t.locale)
    return [
        (t("Kind"), t(spec_words.TYPES[agreed.kind])),
        (t("Inspection company"), agreed.company),
        (t("When"), window),
        (t("Lot"), t("{pieces} piece|{pieces} pieces", count=agreed.lot, pieces=lot)),
        (t("Sampling"), level),
        (t("Fee"), t("{amount}, paid by the buyer", amount=fee)),
    ]


def _sample(t: Translator, one: Sample) -> View:
    return {
        "name": t(curve.CLASSES[one.defect][0]),
        "aql": spec_words.figure(t, one.aql),
        "letter": one.code_letter,
        "pieces": spec_words.figure(t, Decimal(one.pieces)),
        "accept": one.accept,
        "reject": one.reject,
    }


def _plan(agreed: Inspection, one: Sample) -> Plan:
    """What the contract itself says: a table of a later day draws no other line."""
    level: Any = agreed.level
    severity: Any = agreed.severity
    return Plan(
        one.code_letter, one.pieces, one.accept, one.reject, one.pieces >= agreed.lot, one.aql, level,
        severity, agreed.lot,
    )  # fmt: skip


def _refund(t: Translator, terms: Terms) -> View:
    """The refund rule, worked through as if everything had been paid: each case with what goes where."""
    whole = total(terms)
    held = whole - terms.pass_through
    cut = share(held, terms.late_price_cut_bps, 10_000)
    percent = said.percent(terms.late_price_cut_bps, 10_000)
    rows = [
        (t("Nothing ships, or it ships late and goes back"), held, t("all that is held")),
        *_by_line(t, terms, held),
        (
            t("It ships late, and the buyer claims a refund but keeps the goods"),
            cut,
            t("{percent} % of what is held, the agreed price cut", percent=percent),
        ),
        (t("All ships in time, or the buyer takes late goods"), 0, t("nothing")),
    ]
    return {
        "held": Money(held, terms.currency),
        "passed": Money(terms.pass_through, terms.currency) if terms.pass_through else None,
        "first": Money(min(terms.schedule[0].amount, held), terms.currency) if terms.schedule else None,
        "rows": [
            {"case": case, "buyer": Money(back, terms.currency), "rule": rule,
             "supplier": Money(held - back, terms.currency)}
            for case, back, rule in rows
        ],
        "more": max(0, len(terms.lines) - _LINES_WORKED),
    }  # fmt: skip


def _by_line(t: Translator, terms: Terms, held: int) -> Iterator[tuple[str, int, str]]:
    """Where there are several lines: what comes back if one of them fails."""
    amounts = [line_amount(line, terms.currency) for line in terms.lines]
    whole = i18n.money(sum(amounts), terms.currency, t.locale)
    for number, part in enumerate(apportion(held, amounts)[:_LINES_WORKED] if len(amounts) > 1 else ()):
        goods = terms.lines[number].description
        if isinstance(terms.inspection, Inspection):
            case = t("Line {number} is missing or rejected: {goods}", number=number + 1, goods=goods)
        else:
            case = t("Line {number} is missing: {goods}", number=number + 1, goods=goods)
        own = i18n.money(amounts[number], terms.currency, t.locale)
        yield case, part, t("its share of what was paid: {part} of {whole}", part=own, whole=whole)
