"""The contract: its terms, what makes them complete, the revision's hash, and the deal that rules work on.

Terms are structured and hashed whole. Fields that later versions add have a default and are left out while
they hold it, so the hash of a contract written today stays what it is. Personal data enters only as a
commitment.
"""

import re
from datetime import date
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from tradehold.domain import record
from tradehold.domain.identity import MAX_OWNER
from tradehold.domain.inspection import Inspection, Waiver
from tradehold.domain.money import EXPONENT, LIMIT
from tradehold.domain.requirement import Requirement

INCOTERMS_2020 = ("EXW", "FCA", "FAS", "FOB", "CFR", "CIF", "CPT", "CIP", "DAP", "DPU", "DDP")
# Units of UN/CEFACT Recommendation 20 that goods are counted or measured in.
UNITS = ("C62", "PR", "SET", "DZN", "KGM", "GRM", "TNE", "MTR", "MTK", "MTQ", "LTR", "ROL", "CT", "NMP")
MOST_LINES = 500
MOST_ITEMS = 12
MOST_REQUIREMENTS = 2000
MOST_TEXT = 1000  # characters of one requirement
MOST_SPECIFICATION = 200_000  # characters of all, so that no contract keeps the platform busy
MOST_ATTACHMENTS = 200
MARKET = re.compile("[A-Z]{2}(-[A-Z0-9]{1,3})?")
MOST_DAYS = 1000  # how far ahead a date or a number of days may lie


class Party(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A company as registered. `contact` is the salted commitment to a person's name and address (hex)."""

    company: int
    name: str
    country: str  # ISO 3166 alpha-2
    address: str = ""
    registration: str = ""
    contact: str = ""


class Line(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A product line. `unit_price` is in major units of the contract's currency, with up to six decimals."""

    sku: str
    description: str
    quantity: Decimal
    unit: str
    unit_price: Decimal


class Item(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A part of the payment schedule, in minor units. The first falls due when both have confirmed; a later
    one when production is reported, or on its own date."""

    amount: int
    due: Literal["confirmation", "production", "date"]
    on: date | None = None  # with "date"


class ShipBy(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A fixed date, or `days` after the initial or the last payment."""

    on: date | None = None
    days: int | None = None
    after: Literal["initial_payment", "last_payment"] = "initial_payment"


class Attachment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    sha256: str
    size: int


Question = Literal["specification", "ability", "standards", "compliance"]
QUESTIONS: tuple[Question, ...] = ("specification", "ability", "standards", "compliance")
# Evidence of an answer that stands in the contract, or on the platform, itself; else an attachment's name.
STANDING_EVIDENCE = ("requirements", "verifications", "inspection")


class Answer(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """To one of the four questions before an order: how the product's specifications are defined; whether the
    supplier can comply, and how that is verified; which standards and regulations apply in the market;
    whether the supplier can ensure compliance, with a verifiable record. Without evidence it is none."""

    question: Question
    text: str
    evidence: tuple[str, ...] = ()


class Terms(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, kw_only=True):
    """All that both sides confirm. `cover` and `late_price_cut_bps` fix the refund rule before any money
    moves. `pass_through` is the part above the cover: it goes on to the supplier unheld and unprotected.
    `risks` is what else is not protected, as risk.py computes it: whoever confirms acknowledges each."""

    title: str
    buyer: Party
    supplier: Party
    currency: str
    lines: tuple[Line, ...]
    schedule: tuple[Item, ...]
    ship_by: ShipBy
    incoterm: str
    place: str
    zone: str  # IANA time zone of the place of shipment
    market: str  # ISO 3166 alpha-2 of the destination
    policy: str
    inspection: Waiver | Inspection
    cover: int
    late_price_cut_bps: int
    long_stop_days: int = 120
    surplus: Literal["return", "keep"] = "return"
    attachments: tuple[Attachment, ...] = ()
    remarks: str = ""
    pass_through: int = 0
    category: str = ""  # a key of the product categories
    further_markets: tuple[str, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    answers: tuple[Answer, ...] = ()
    risks: tuple[str, ...] = ()


def line_amount(line: Line, currency: str) -> int:
    """Quantity times unit price in minor units, rounded half up once."""
    exact: int = thousandths(line.quantity) * int(line.unit_price.scaleb(6)) * 10 ** EXPONENT[currency]
    return (2 * exact + 10**9) // (2 * 10**9)


def total(terms: Terms) -> int:
    return sum(line_amount(line, terms.currency) for line in terms.lines)


def revision_hash(terms: Terms) -> str:
    return record.content_hash(terms)


class Goods(msgspec.Struct, frozen=True, array_like=True):
    """What rules need of a line: how much (in thousandths of the unit) and its price in minor units."""

    quantity: int
    amount: int


class Due(msgspec.Struct, frozen=True, array_like=True):
    amount: int
    on: date | None  # None: when production is reported


class Deal(msgspec.Struct, frozen=True, omit_defaults=True):
    """The terms as far as rules need them: small, because it travels with the trade's state at every step."""

    title: str
    buyer: int
    buyer_name: str
    policy: str
    currency: str
    goods: tuple[Goods, ...]
    schedule: tuple[Due, ...]
    zone: str
    cover: int
    price_cut_bps: int
    long_stop_days: int
    ship_on: date | None = None
    ship_days: int = 0
    ship_after_last: bool = False
    keep_surplus: bool = False
    pass_through: int = 0
    risks: tuple[str, ...] = ()
    inspected: bool = False

    @property
    def total(self) -> int:
        return sum(goods.amount for goods in self.goods)


def deal(terms: Terms) -> Deal:
    return Deal(
        title=terms.title,
        buyer=terms.buyer.company,
        buyer_name=terms.buyer.name,
        policy=terms.policy,
        currency=terms.currency,
        goods=tuple(
            Goods(thousandths(line.quantity), line_amount(line, terms.currency)) for line in terms.lines
        ),
        schedule=tuple(Due(item.amount, item.on) for item in terms.schedule),
        zone=terms.zone,
        cover=terms.cover,
        price_cut_bps=terms.late_price_cut_bps,
        long_stop_days=terms.long_stop_days,
        ship_on=terms.ship_by.on,
        ship_days=terms.ship_by.days or 0,
        ship_after_last=terms.ship_by.after == "last_payment",
        keep_surplus=terms.surplus == "keep",
        pass_through=terms.pass_through,
        risks=terms.risks,
        inspected=isinstance(terms.inspection, Inspection),
    )


def thousandths(quantity: Decimal) -> int:
    return int(quantity.scaleb(3))


def problems(terms: Terms) -> dict[str, str]:
    """What is missing or wrong: the field's path to what is wrong and how to mend it. Empty when complete."""
    found: dict[str, str] = {}
    if terms.currency not in EXPONENT:
        text = f"“{terms.currency}” is not a currency one can pay in; use an ISO 4217 code such as USD."
        return {"currency": text}
    _check_words(terms, found)
    _check_lines(terms, found)
    _check_schedule(terms, found)
    _check_shipping(terms, found)
    if "lines" not in found:
        _check_cover(terms, found)
    _check_specification(terms, found)
    if not 0 <= terms.late_price_cut_bps <= 10_000:
        found["late_price_cut_bps"] = "A price cut lies between 0 and 10000 basis points."
    return found


def _check_cover(terms: Terms, found: dict[str, str]) -> None:
    """Everything is covered but what the buyer chose to have passed through. That is never the initial
    payment: a trade that lapses gives back all that came in."""
    if terms.pass_through < 0:
        found["pass_through"] = "The part that is passed through cannot be below zero."
    elif terms.cover + terms.pass_through != total(terms):
        what = "The cover and the part that is passed through must add up to" if terms.pass_through else (
            "The cover must be"
        )  # fmt: skip
        found["cover"] = f"{what} the total of the contract, {total(terms)} minor units."
    elif terms.pass_through and terms.schedule and terms.cover < terms.schedule[0].amount:
        found["pass_through"] = "The initial payment must be covered whole: pass less through."


def _check_words(terms: Terms, found: dict[str, str]) -> None:
    for path, text, most in (
        ("title", terms.title, 200),
        ("buyer.name", terms.buyer.name, 200),
        ("supplier.name", terms.supplier.name, 200),
        ("place", terms.place, 200),
        *(
            [("inspection.reason", terms.inspection.reason, 2000)]
            if isinstance(terms.inspection, Waiver)
            else []
        ),
    ):
        if not text.strip():
            found[path] = "This must not be empty."
        elif len(text) > most:
            found[path] = f"This is longer than {most} characters."
        elif "\0" in text:
            found[path] = "This holds a character that no text can be kept with (U+0000)."
    if len(terms.remarks) > 20_000:
        found["remarks"] = "This is longer than 20000 characters."
    for path, country in (
        ("buyer.country", terms.buyer.country),
        ("supplier.country", terms.supplier.country),
    ):
        if not re.fullmatch("[A-Z]{2}", country):
            found[path] = "Use the two capital letters of ISO 3166, such as CN."
    for path, market in (
        ("market", terms.market),
        *((f"further_markets.{n}", market) for n, market in enumerate(terms.further_markets)),
    ):
        if not MARKET.fullmatch(market):
            found[path] = "Use a code of ISO 3166, such as DE, or US-CA for California."
    for path, company in (
        ("buyer.company", terms.buyer.company),
        ("supplier.company", terms.supplier.company),
    ):
        if not 0 < company <= MAX_OWNER:
            found[path] = "This is no company's number."
    if terms.buyer.company == terms.supplier.company:
        found["supplier.company"] = "Buyer and supplier must be different companies."
    for number, attachment in enumerate(terms.attachments):
        if not re.fullmatch("[0-9a-f]{64}", attachment.sha256):
            found[f"attachments.{number}.sha256"] = "This is not a SHA-256 in hexadecimal."


def _check_lines(terms: Terms, found: dict[str, str]) -> None:
    if not 1 <= len(terms.lines) <= MOST_LINES:
        found["lines"] = f"A contract has 1 to {MOST_LINES} product lines."
        return
    for number, line in enumerate(terms.lines):
        path = f"lines.{number}"
        if not line.description.strip():
            found[f"{path}.description"] = "Describe the product."
        if line.unit not in UNITS:
            found[f"{path}.unit"] = f"Use a unit code of UN/CEFACT Recommendation 20: {', '.join(UNITS)}."
        if not _plain(line.quantity, 3):
            found[f"{path}.quantity"] = "The quantity must be above zero, with at most three decimals."
        elif not _plain(line.unit_price, 6):
            found[f"{path}.unit_price"] = "The unit price must be above zero, with at most six decimals."
        elif not 0 < line_amount(line, terms.currency) < LIMIT:
            found[path] = "The line's amount must be above zero and below 10^15 minor units."
    if any(path.startswith("lines.") for path in found):
        found.setdefault("lines", "Mend the lines named.")
    elif total(terms) >= LIMIT:
        found["lines"] = "The total must be below 10^15 minor units."


_COUNT_OF_VALUES = {"at_most": 1, "below": 1, "at_least": 1, "above": 1, "equal": 1, "between": 2}


def _check_specification(terms: Terms, found: dict[str, str]) -> None:
    if len(terms.requirements) > MOST_REQUIREMENTS:
        found["requirements"] = f"A contract has at most {MOST_REQUIREMENTS} requirements."
        return
    if sum(len(one.text) for one in terms.requirements) > MOST_SPECIFICATION:
        found["requirements"] = f"All requirements together have at most {MOST_SPECIFICATION} characters."
        return
    if len(terms.attachments) > MOST_ATTACHMENTS:
        found["attachments"] = f"A contract has at most {MOST_ATTACHMENTS} attachments."
    for number, one in enumerate(terms.requirements):
        path = f"requirements.{number}"
        if not one.text.strip() or len(one.text) > MOST_TEXT or "\0" in one.text:
            found[f"{path}.text"] = f"Write what is required, in at most {MOST_TEXT} characters."
        if one.line is not None and not 0 <= one.line < len(terms.lines):
            found[f"{path}.line"] = f"The contract has no line {one.line + 1}."
        if _COUNT_OF_VALUES.get(one.operator, len(one.values)) != len(one.values):
            found[f"{path}.values"] = f"“{one.operator}” takes {_COUNT_OF_VALUES[one.operator]} value(s)."
        elif one.operator == "between" and one.values[0] > one.values[1]:
            found[f"{path}.values"] = "A range begins with the smaller value."
    known = {attachment.name for attachment in terms.attachments} | set(STANDING_EVIDENCE)
    if len({answer.question for answer in terms.answers}) < len(terms.answers):
        found["answers"] = "Answer each question once."
    for number, answer in enumerate(terms.answers):
        unknown = [name for name in answer.evidence if name not in known]
        if len(answer.text) > 4000:
            found[f"answers.{number}.text"] = "This is longer than 4000 characters."
        if unknown:
            found[f"answers.{number}.evidence"] = f"“{unknown[0]}” is not attached to the contract."


def unanswered(terms: Terms) -> tuple[Question, ...]:
    """The questions that have no answer, or one without evidence."""
    answered = {one.question for one in terms.answers if one.text.strip() and one.evidence}
    return tuple(question for question in QUESTIONS if question not in answered)


def markets(terms: Terms) -> tuple[str, ...]:
    return (terms.market, *terms.further_markets)


def _plain(value: Decimal, decimals: int) -> bool:
    exponent = value.as_tuple().exponent
    return isinstance(exponent, int) and 0 < value < LIMIT and -exponent <= decimals


def _check_schedule(terms: Terms, found: dict[str, str]) -> None:
    if not 1 <= len(terms.schedule) <= MOST_ITEMS:
        found["schedule"] = f"A payment schedule has 1 to {MOST_ITEMS} items."
        return
    if terms.schedule[0].due != "confirmation":
        found["schedule.0.due"] = "The first payment falls due at confirmation."
    for number, item in enumerate(terms.schedule):
        if not 0 < item.amount < LIMIT:
            found[f"schedule.{number}.amount"] = "The amount must be above zero and below 10^15 minor units."
        if (item.due == "date") != (item.on is not None):
            found[f"schedule.{number}.on"] = "Give a date where the payment falls due on one, and only there."
        if number and item.due == "confirmation":
            found[f"schedule.{number}.due"] = "Only the first payment falls due at confirmation."
        if item.on and terms.ship_by.on and item.on > terms.ship_by.on:
            found[f"schedule.{number}.on"] = "Nothing ships unpaid: name a day up to the ship-by date."
    if "lines" not in found and sum(item.amount for item in terms.schedule) != total(terms):
        found["schedule"] = f"The payments must add up to the total, {total(terms)} minor units."


def _check_shipping(terms: Terms, found: dict[str, str]) -> None:
    if terms.incoterm not in INCOTERMS_2020:
        found["incoterm"] = f"Use a term of Incoterms 2020: {', '.join(INCOTERMS_2020)}."
    if not known_zone(terms.zone):
        found["zone"] = f"“{terms.zone}” is not an IANA time zone such as Asia/Shanghai."
    if (terms.ship_by.on is None) == (terms.ship_by.days is None):
        found["ship_by"] = "Give either a date, or days after a payment."
    if terms.ship_by.days is not None and not 1 <= terms.ship_by.days <= MOST_DAYS:
        found["ship_by.days"] = f"Give 1 to {MOST_DAYS} days."
    if not 1 <= terms.long_stop_days <= MOST_DAYS:
        found["long_stop_days"] = f"Give 1 to {MOST_DAYS} days."


def known_zone(name: str) -> bool:
    try:
        return bool(ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


# What no amendment may change: who, how much, in what money, and by which rules.
FROZEN = (
    "buyer", "buyer_name", "currency", "schedule", "policy", "cover", "pass_through", "price_cut_bps",
    "long_stop_days",
)  # fmt: skip


def frozen_field(before: Deal, after: Deal) -> str | None:
    """The first field that an amendment would change and may not."""
    for field in FROZEN:
        if getattr(before, field) != getattr(after, field):
            return field
    same = [goods.amount for goods in before.goods] == [goods.amount for goods in after.goods]
    return None if same else "lines"
