"""The contract's form and the terms it means, in both directions.

Fields are named by the domain's own paths, such as `lines.0.quantity`, so that what the domain finds wrong
stands beside the field. A payment is typed as its share in percent: the amounts then always add up. Whatever
is wrong is told at once, section by section, not one mistake after the other.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar

import msgspec

from tradehold.domain import inspection
from tradehold.domain.contract import (
    INCOTERMS_2020,
    MARKET,
    MOST_ITEMS,
    QUESTIONS,
    STANDING_EVIDENCE,
    UNITS,
    Answer,
    Attachment,
    Item,
    Line,
    Party,
    ShipBy,
    Terms,
    known_zone,
    line_amount,
)  # fmt: skip
from tradehold.domain.inspection import TYPES, Inspection, Waiver
from tradehold.domain.money import EXPONENT
from tradehold.domain.requirement import Defect, Requirement
from tradehold.domain.sampling import LEVELS, SEVERITIES
from tradehold.domain.settlement import apportion
from tradehold.store.views import Company
from tradehold.web import above, clarity, rows
from tradehold.web import terms as said
from tradehold.web.forms import Typed, Wrong, amount, choice, day, number, text, whole
from tradehold.web.i18n import Translator
from tradehold.web.labels import Labels
from tradehold.web.visit import Visitor

LINE = ("sku", "description", "quantity", "unit", "unit_price")
ITEM = ("percent", "due", "on")
MOST_LINES = 60  # what one can sensibly type; the API takes more
MOST_MARKETS = 12
DUES = ("confirmation", "production", "date")
_GROUPS = ("lines.", "schedule.", "requirements.", "attachments.", "further_markets.")
_COUNTED = frozenset({"C62", "PR", "SET"})  # units of which a line's quantity are pieces to be inspected
_DOZEN = {"DZN": 12}
Found = TypeVar("Found")


def _rows(
    form: Typed, group: str, names: tuple[str, ...], telling: tuple[str, ...], most: int
) -> list[Typed]:
    """The rows in which something telling was typed, closed up."""
    found = [{name: form.get(f"{group}.{n}.{name}", "") for name in names} for n in range(most)]
    return [row for row in found if any(row[name] for name in telling)]


def closed_up(form: Typed) -> Typed:
    """The form without gaps between its rows, so that a row's number is its place in the contract."""
    rest = {name: value for name, value in form.items() if not name.startswith(_GROUPS)}
    for group, found in (
        ("lines", _rows(form, "lines", LINE, ("sku", "description", "quantity", "unit_price"), MOST_LINES)),
        ("schedule", _rows(form, "schedule", ITEM, ("percent", "on"), MOST_ITEMS)),
    ):
        for n, row in enumerate(found):
            rest |= {f"{group}.{n}.{name}": value for name, value in row.items()}
        rest[f"{group}.count"] = str(len(found))
    for group, values in (("further_markets", further_markets(form)), ("attachments", attached(form))):
        rest |= {f"{group}.{n}": value for n, value in enumerate(values)}
    return rest | rows.closed_up(form)


def further_markets(form: Typed) -> list[str]:
    found = [value for name, value in form.items() if name.startswith("further_markets.") and value]
    return [one for one in dict.fromkeys(found) if one != form.get("market")][:MOST_MARKETS]


def attached(form: Typed) -> list[str]:
    """SHA-256 of the files that are ticked."""
    return list(
        dict.fromkeys(value for name, value in form.items() if name.startswith("attachments.") and value)
    )


def markets(form: Typed) -> tuple[str, ...]:
    known = [one for one in (form.get("market", ""), *further_markets(form)) if MARKET.fullmatch(one)]
    return tuple(known)


def _line(t: Translator, form: Typed, path: str) -> Line:
    return Line(
        text(t, form, f"{path}.sku", 100, required=False),
        text(t, form, f"{path}.description", 500),
        number(t, form, f"{path}.quantity"),
        choice(t, form, f"{path}.unit", dict.fromkeys(UNITS)),
        number(t, form, f"{path}.unit_price"),
    )


def _schedule(t: Translator, form: Typed, total: int) -> tuple[Item, ...]:
    shares, dues = [], []
    for n in range(int(form["schedule.count"])):
        percent = number(t, form, f"schedule.{n}.percent").scaleb(2)
        if percent != int(percent) or not percent:
            raise Wrong(**{f"schedule.{n}.percent": t("Give a share above zero with at most two decimals.")})
        due: Any = choice(t, form, f"schedule.{n}.due", dict.fromkeys(DUES))
        on = day(t, form, f"schedule.{n}.on") if form.get(f"schedule.{n}.on") or due == "date" else None
        shares.append(int(percent))
        dues.append((due, on))
    if sum(shares) != 10_000:
        raise Wrong(schedule=t("The payments must add up to 100 percent."))
    amounts = apportion(total, shares)
    return tuple(Item(amount, due, on) for amount, (due, on) in zip(amounts, dues, strict=True))


def _ship_by(t: Translator, form: Typed) -> ShipBy:
    if bool(form.get("ship_by.on")) is bool(form.get("ship_by.days")):
        raise Wrong(**{"ship_by.on": t("Give either a date, or days after a payment.")})
    if form.get("ship_by.on"):
        return ShipBy(on=day(t, form, "ship_by.on"))
    after: Any = choice(t, form, "ship_by.after", dict.fromkeys(("initial_payment", "last_payment")))
    return ShipBy(days=whole(t, form, "ship_by.days"), after=after)


def _market(t: Translator, form: Typed) -> str:
    if not MARKET.fullmatch(form.get("market", "")):
        raise Wrong(market=t("Say where the goods will be sold: the rules there decide what must be proved."))
    return form["market"]


def _zone(t: Translator, form: Typed) -> str:
    zone = text(t, form, "zone", 60)
    if not known_zone(zone):
        raise Wrong(zone=t("“{zone}” is not an IANA time zone such as Asia/Shanghai.", zone=zone))
    return zone


def pieces(lines: Sequence[Line | None]) -> int:
    """How many pieces the lines have that are counted in pieces, pairs, sets or dozens."""
    counted = [
        int(line.quantity) * _DOZEN.get(line.unit, 1)
        for line in lines
        if line and (line.unit in _COUNTED or line.unit in _DOZEN)
    ]
    return sum(counted)


def inspects(form: Typed) -> bool:
    return form.get("inspection.by") == "inspection"


def read_inspection(here: Visitor, form: Typed, lines: Sequence[Line | None]) -> Waiver | Inspection:
    """Raises Wrong about its fields. The lot is that of the product lines where none is typed."""
    t = here.t
    if not inspects(form):
        return Waiver(text(t, form, "inspection.reason"))
    lot = whole(t, form, "inspection.lot") if form.get("inspection.lot") else pieces(lines)
    kind: Any = choice(t, form, "inspection.kind", dict.fromkeys(TYPES))
    days = [
        day(t, form, name) if form.get(name) else None for name in ("inspection.first", "inspection.last")
    ]
    currency = form.get("currency", "")
    fee = amount(t, form, "inspection.fee", currency).minor if form.get("inspection.fee") else 0
    try:
        return inspection.draw_up(
            here.desk.services.knowledge.aql, company=text(t, form, "inspection.company", 200), kind=kind,
            lot=lot, level=choice(t, form, "inspection.level", dict.fromkeys(LEVELS)),
            severity=choice(t, form, "inspection.severity", dict.fromkeys(SEVERITIES)),
            major=number(t, form, "inspection.major"), minor=number(t, form, "inspection.minor"), fee=fee,
            first=days[0], last=days[1],
        )  # fmt: skip
    except ValueError as error:
        if isinstance(error, Wrong):
            raise
        field = str(error).partition(" ")[0]
        name = "inspection.lot" if field == "lot" else "inspection.major"
        wrong = t("Give the number of pieces in the lot.") if field == "lot" else t("Choose one of the list.")
        raise Wrong(**{name: wrong}) from None


def _answers(t: Translator, form: Typed, files: Mapping[str, Attachment]) -> tuple[Answer, ...]:
    found = []
    for question in QUESTIONS:
        path = f"answers.{question}"
        said = text(t, form, f"{path}.text", 4000, required=False)
        standing = [name for name in STANDING_EVIDENCE if form.get(f"{path}.{name}")]
        shown = [one.name for sha256, one in files.items() if form.get(f"{path}.{sha256}")]
        if said or standing or shown:
            found.append(Answer(question, said, (*standing, *dict.fromkeys(shown))))
    return tuple(found)


def read_rows(here: Visitor, form: Typed) -> tuple[Requirement, ...]:
    """Raises Wrong about every row that cannot be read."""
    knowledge, wrong = here.desk.services.knowledge, dict[str, str]()
    labels, found = Labels(here.t, knowledge), []
    for n, row in enumerate(rows.rows(form)):
        if not row.text:
            continue
        if problem := rows.problem(here.t, row):
            wrong[f"requirements.{n}.text"] = problem
        try:
            found.append(rows.requirement(row, clarity.reader(knowledge), labels))
        except Wrong as about:
            wrong |= {f"requirements.{n}.{name}": why for name, why in about.fields.items()}
    if wrong:
        raise Wrong(**wrong)
    return tuple(found)


class Reading:
    """Reads part by part; what went wrong in each comes together."""

    def __init__(self) -> None:
        self.wrong: dict[str, str] = {}

    def take(self, read: Callable[[], Found]) -> Found | None:
        try:
            return read()
        except Wrong as wrong:
            self.wrong |= wrong.fields
            return None


def read_lines(t: Translator, form: Typed) -> tuple[list[Line | None], dict[str, str]]:
    """Line by line, None for those that cannot be read, and what is wrong with them."""
    reading, count = Reading(), int(form["lines.count"])
    found = []
    for n in range(count):
        path = f"lines.{n}"
        found.append(reading.take(lambda path=path: _line(t, form, path)))  # type: ignore[misc]
    if not count:
        reading.wrong["lines"] = t("Give at least one product line.")
    return found, reading.wrong


def read_terms(
    here: Visitor, form: Typed, buyer: Party, supplier: Party, files: Mapping[str, Attachment]
) -> Terms:
    """The terms that a closed-up form means; `files` are the attachments by SHA-256. Raises Wrong with all
    that cannot be read."""
    t, policy, it = here.t, here.desk.services.knowledge.policy, Reading()
    currency = it.take(lambda: choice(t, form, "currency", EXPONENT)) or "USD"
    lines, wrong = read_lines(t, form)
    it.wrong |= wrong
    total = sum(line_amount(line, currency) for line in lines if line)
    agreed = {
        "title": it.take(lambda: text(t, form, "title", 200)),
        "schedule": it.take(lambda: _schedule(t, form, total)),
        "ship_by": it.take(lambda: _ship_by(t, form)),
        "incoterm": it.take(lambda: choice(t, form, "incoterm", dict.fromkeys(INCOTERMS_2020))),
        "place": it.take(lambda: text(t, form, "place", 200)),
        "zone": it.take(lambda: _zone(t, form)),
        "market": it.take(lambda: _market(t, form)),
        "inspection": it.take(lambda: read_inspection(here, form, lines)),
        "late_price_cut_bps": it.take(lambda: _basis_points(t, form)),
        "long_stop_days": it.take(lambda: whole(t, form, "long_stop_days")),
        "remarks": it.take(lambda: text(t, form, "remarks", 20_000, required=False)),
        "requirements": it.take(lambda: read_rows(here, form)),
        "answers": it.take(lambda: _answers(t, form, files)),
    }
    if it.wrong:
        raise Wrong(**it.wrong)
    return Terms(
        buyer=buyer, supplier=supplier, currency=currency, lines=tuple(line for line in lines if line),
        policy=policy.key, cover=total, surplus="keep" if form.get("surplus") else "return",
        attachments=tuple(files.values()), category=form.get("category", "")[:60],
        further_markets=markets(form)[1:], **agreed,  # type: ignore[arg-type]
    )  # fmt: skip


def _basis_points(t: Translator, form: Typed) -> int:
    return int(number(t, form, "late_price_cut").scaleb(2))


# -- and back


def written(here: Visitor, terms: Terms) -> Typed:
    """The terms as one would have typed them."""
    total = sum(item.amount for item in terms.schedule)
    form = {
        "title": terms.title,
        "currency": terms.currency,
        "incoterm": terms.incoterm,
        "place": terms.place,
        "zone": terms.zone,
        "market": terms.market,
        "category": terms.category,
        "late_price_cut": said.percent(terms.late_price_cut_bps, 10_000),
        "long_stop_days": str(terms.long_stop_days),
        "remarks": terms.remarks,
        "ship_by.on": terms.ship_by.on.isoformat() if terms.ship_by.on else "",
        "ship_by.days": str(terms.ship_by.days or ""),
        "ship_by.after": terms.ship_by.after,
        "surplus": "yes" if terms.surplus == "keep" else "",
        "above": above.PASS if terms.pass_through else "",
        "above_minor": str(terms.pass_through),
    }
    for n, line in enumerate(terms.lines):
        values = (line.sku, line.description, str(line.quantity), line.unit, str(line.unit_price))
        form |= {f"lines.{n}.{name}": value for name, value in zip(LINE, values, strict=True)}
    for n, item in enumerate(terms.schedule):
        shares = (said.percent(item.amount, total), item.due, item.on.isoformat() if item.on else "")
        form |= {f"schedule.{n}.{name}": value for name, value in zip(ITEM, shares, strict=True)}
    form |= {f"further_markets.{n}": market for n, market in enumerate(terms.further_markets)}
    form |= {f"attachments.{n}": one.sha256 for n, one in enumerate(terms.attachments)}
    return form | _inspection(here, terms) | _answered(terms) | requirements(here, terms.requirements)


def requirements(here: Visitor, given: Sequence[Requirement]) -> Typed:
    """As rows of the form."""
    knowledge, found = here.desk.services.knowledge, dict[str, str]()
    for row in rows.of_requirements(given, clarity.reader(knowledge)):
        found |= rows.written(row, row.key)
    return found


def _inspection(here: Visitor, terms: Terms) -> Typed:
    agreed = terms.inspection
    if isinstance(agreed, Waiver):
        return _usual_inspection() | {"inspection.by": "waiver", "inspection.reason": agreed.reason}
    columns = here.desk.services.knowledge.aql.aqls
    named = {column: f"{column:f}" for column in columns}  # 4 is written 4.0 there
    aql = {sample.defect: named.get(sample.aql, "") for sample in agreed.samples}
    fee = Decimal(agreed.fee).scaleb(-EXPONENT[terms.currency])
    return {
        "inspection.by": "inspection",
        "inspection.company": agreed.company,
        "inspection.kind": agreed.kind,
        "inspection.lot": str(agreed.lot),
        "inspection.level": agreed.level,
        "inspection.severity": agreed.severity,
        "inspection.major": aql.get(Defect.MAJOR, ""),
        "inspection.minor": aql.get(Defect.MINOR, ""),
        "inspection.fee": f"{fee:f}" if agreed.fee else "",
        "inspection.first": agreed.first.isoformat() if agreed.first else "",
        "inspection.last": agreed.last.isoformat() if agreed.last else "",
    }


def _usual_inspection() -> Typed:
    """The plan that is usual before shipment."""
    return {
        "inspection.kind": "PSI",
        "inspection.level": "II",
        "inspection.severity": "normal",
        "inspection.major": "2.5",
        "inspection.minor": "4.0",
    }


def _answered(terms: Terms) -> Typed:
    names = {one.name: one.sha256 for one in terms.attachments}
    form: Typed = {}
    for one in terms.answers:
        form[f"answers.{one.question}.text"] = one.text
        for evidence in one.evidence:
            form[f"answers.{one.question}.{names.get(evidence, evidence)}"] = "yes"
    return form


def fresh(here: Visitor, company: Company | None, selling: bool) -> Typed:
    """What a new contract begins with."""
    policy = here.desk.services.knowledge.policy
    return _usual_inspection() | {
        "currency": "USD",
        "incoterm": "FOB",
        "zone": company.zone if company and selling else "Asia/Shanghai",
        "market": "" if selling or company is None else company.country,
        "inspection.by": "inspection",
        "late_price_cut": f"{Decimal(policy.late_price_cut_bps) / 100:f}",
        "long_stop_days": str(policy.long_stop_days),
        "schedule.0.percent": "30",
        "schedule.0.due": "confirmation",
        "schedule.1.percent": "70",
        "schedule.1.due": "production",
    }


def answer_fields(terms: Terms) -> dict[str, str]:
    """The form's own names of what the domain numbers."""
    found = {f"answers.{n}.text": f"answers.{one.question}.text" for n, one in enumerate(terms.answers)}
    found |= {f"inspection.samples.{n}": "inspection.major" for n in range(3)}
    return found | {
        "inspection.samples": "inspection.major",
        "ship_by": "ship_by.on",
        "late_price_cut_bps": "late_price_cut",
    }


class Rough(msgspec.Struct, frozen=True):
    """What a form means so far, whatever is still missing in it. `total` is None until every line has an
    amount. `rows` go with `requirements`."""

    currency: str
    lines: tuple[Line | None, ...]
    total: int | None
    rows: tuple[rows.Row, ...]
    requirements: tuple[Requirement, ...]
    files: Mapping[str, Attachment]
    schedule: tuple[Item, ...] | None
    inspection: Waiver | Inspection | None
    price_cut_bps: int | None


def rough(here: Visitor, form: Typed, files: Mapping[str, Attachment]) -> Rough:
    """Of a closed-up form."""
    t, knowledge, it = here.t, here.desk.services.knowledge, Reading()
    currency = form.get("currency", "") if form.get("currency") in EXPONENT else "USD"
    lines, _ = read_lines(t, form)
    whole = bool(lines) and all(lines)
    total = sum(line_amount(line, currency) for line in lines if line) if whole else None
    labels = Labels(t, knowledge)
    there = tuple(row for row in rows.rows(form) if row.text)
    return Rough(
        currency,
        tuple(lines),
        total,
        there,
        tuple(rows.rough(row, clarity.reader(knowledge), labels) for row in there),
        files,
        it.take(lambda: _schedule(t, form, total)) if total else None,
        it.take(lambda: read_inspection(here, form, lines)),
        it.take(lambda: _basis_points(t, form)),
    )
