"""The contract on paper: a PDF/A-3b in English, in Chinese or in both side by side.

Everything on it is what the pages say, in the words of each language. The structured contract travels inside,
as the very bytes whose SHA-256 is the revision's hash, so that whoever takes them out can compute it again.
"""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from tradehold.domain import trade_events as e
from tradehold.domain.calendar import local_day
from tradehold.domain.command import Side
from tradehold.domain.contract import Party, Terms
from tradehold.domain.money import Money
from tradehold.domain.record import canonical
from tradehold.engine.paper import Paper
from tradehold.engine.services import Services
from tradehold.paper import render as press
from tradehold.paper import sheet as p
from tradehold.store import views
from tradehold.store.views import Row
from tradehold.web import contract_view, i18n, revisions
from tradehold.web import terms as said
from tradehold.web.i18n import Translator
from tradehold.web.revisions import Revision
from tradehold.web.sheet import Sheet, happened
from tradehold.web.trade import all_events

Code = Literal["en", "zh"]
LANGUAGES: dict[str, tuple[Code, ...]] = {"en": ("en",), "zh": ("zh",), "both": ("en", "zh")}
# A long contract takes seconds and a gigabyte of memory: two at once, the others wait their turn.
_PRESS = ThreadPoolExecutor(2, thread_name_prefix="paper")
Say = Callable[[Callable[[Translator], str]], p.Words]


async def of_trade(services: Services, row: Row, place: int, language: str, known: str) -> Paper | None:
    """The revision at that place (see revisions.named) on paper, the same for everybody; None where there is
    none. Raises KeyError for a language of no paper."""
    languages, history = LANGUAGES[language], await all_events(services.pool, row.ref)
    f = i18n.Formats(i18n.translator("en"), ZoneInfo(row.state.deal.zone), services.clock())
    terms = views.current_terms(row.state, history)
    sheet = Sheet(row.ref, row.state, terms, happened(history), Side.OPERATOR, f, services.knowledge)
    one = revisions.named(sheet, place)
    if one is None:
        return None
    name = f"{sheet.reference}-{one.number}-{language}.pdf"
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_PRESS, _printed, sheet, one, languages, name, known)


def _printed(sheet: Sheet, one: Revision, languages: tuple[Code, ...], name: str, known: str) -> Paper:
    laid_out, inside = lay_out(sheet, one, languages), enclosed(one)
    tag = f'"{sha256(press.prepared(laid_out, inside)).hexdigest()}"'
    body = b"" if tag in known.replace("W/", "") else press.render(laid_out, inside)
    return Paper(name, tag, body)


def enclosed(one: Revision) -> list[p.Embedded]:
    """The structured contract, and the hashes of its attachments as `sha256sum --check` reads them."""
    sums = "".join(f"{each.sha256}  {each.name}\n" for each in one.terms.attachments)
    found = [
        p.Embedded("contract.json", canonical(one.terms), "The contract; its SHA-256 is the revision's hash")
    ]
    if sums:
        found.append(
            p.Embedded("attachments.sha256", sums.encode(), "Hashes of the attachments", "text/plain")
        )
    return found


def lay_out(sheet: Sheet, one: Revision, languages: tuple[Code, ...]) -> p.Sheet:
    readers = {code: _in(sheet, code) for code in languages}
    # What a link can be made of is no paper's: nobody opens a file on it.
    seen = {code: contract_view.view(each, one.terms, ()) for code, each in readers.items()}

    def say(words: Callable[[Translator], str]) -> p.Words:
        return {code: words(each.t) for code, each in readers.items()}

    both = _Both(seen)
    return p.Sheet(
        languages=languages,
        kind=say(lambda t: t("Purchase contract under trade assurance")),
        title=one.terms.title,
        number=sheet.reference,
        revision=say(lambda t: t("Revision {number}", number=one.number)),
        state=say(lambda t: _state(t, sheet, one)),
        hash=one.hash,
        hash_label=say(lambda t: t("SHA-256 of this revision")),
        check=say(lambda t: t(
            "To check it, take out the file contract.json that this document holds, compute its SHA-256 and "
            "compare all 64 digits with these. Who confirmed this hash, and when, stands in the record."
        )),
        page=say(lambda t: t("Page {page} of {pages}", page="{page}", pages="{pages}")),
        at=one.at,
        parties=_parties(one.terms, say),
        sections=tuple(
            section
            for section in (
                _goods(one.terms, say, languages), _specification(say, both), _attachments(one.terms, say),
                _inspection(say, both), _refund(say, both), _unprotected(say, both), _questions(say, both),
                _remarks(one.terms, say),
            )
            if section
        ),
    )  # fmt: skip


def _in(sheet: Sheet, code: Code) -> Sheet:
    """The same trade for a reader of that language, at the place of shipment."""
    return replace(sheet, f=i18n.Formats(i18n.translator(code), ZoneInfo(sheet.trade.deal.zone), sheet.f.now))


class _Both:
    """What the views of several languages say at one place: they differ in nothing but their words."""

    def __init__(self, views: Mapping[Any, Any]) -> None:
        self.views = views

    def __getitem__(self, key: str | int) -> "_Both":
        return _Both({code: view[key] for code, view in self.views.items()})

    def __iter__(self) -> Any:
        return (self[n] for n in range(len(self.one)))

    @property
    def one(self) -> Any:
        return next(iter(self.views.values()))

    @property
    def words(self) -> p.Words:
        return {code: str(text) for code, text in self.views.items()}

    @property
    def money(self) -> p.Words:
        return {code: _money(i18n.translator(code), amount) for code, amount in self.views.items()}


def _money(t: Translator, amount: Money) -> str:
    return i18n.money(amount.minor, amount.currency, t.locale)


def _state(t: Translator, sheet: Sheet, one: Revision) -> str:
    if one.amends:
        if one.agreed and one.answered:
            return t("Amendment, agreed by both on {day}", day=_day(t, sheet, one.answered))
        return t("Amendment, proposed on {day}, not agreed", day=_day(t, sheet, one.at))
    confirmed = [each for each in sheet.history
                 if isinstance(each.event, e.Confirmed) and each.event.revision == one.number]  # fmt: skip
    if len(confirmed) > 1:
        return t("Confirmed by both on {day}", day=_day(t, sheet, confirmed[-1].at))
    if confirmed:
        who = sheet.party(confirmed[0].event.by)
        return t("Draft, confirmed by {who} only", who=who)
    return t("Draft, confirmed by nobody")


def _day(t: Translator, sheet: Sheet, at: datetime) -> str:
    return i18n.day(local_day(at, sheet.trade.deal.zone), t.locale)


def _parties(terms: Terms, say: Say) -> tuple[p.Party, ...]:
    buyer, supplier = say(lambda t: t("Buyer")), say(lambda t: t("Supplier"))
    return _party(terms.buyer, buyer, say), _party(terms.supplier, supplier, say)


def _party(party: Party, role: p.Words, say: Say) -> p.Party:
    facts = (
        p.Fact(say(lambda t: t("Address")), party.address),
        p.Fact(say(lambda t: t("Registration number")), party.registration),
        p.Fact(say(lambda t: t("Country")), say(lambda t: said.country(t, party.country))),
    )
    return p.Party(role, party.name, tuple(one for one in facts if one.value))


def _goods(terms: Terms, say: Say, languages: tuple[Code, ...]) -> p.Section:
    translators = {code: i18n.translator(code) for code in languages}
    lines = _Both({code: said.lines(t, terms) for code, t in translators.items()})
    items = _Both({code: said.schedule(t, terms) for code, t in translators.items()})
    facts = _Both({code: said.facts(t, terms) for code, t in translators.items()})
    goods = p.Table(
        (
            p.Column(say(lambda t: t("No.")), figures=True),
            p.Column(say(lambda t: t("Goods")), share=4),
            p.Column(say(lambda t: t("Quantity")), figures=True),
            p.Column(say(lambda t: t("Price")), figures=True),
            p.Column(say(lambda t: t("Total")), figures=True),
        ),
        tuple(
            (str(n), " · ".join(filter(None, (line["description"].one, line["sku"].one))),
             line["quantity"].words, line["price"].words, line["total"].money)
            for n, line in enumerate(lines, 1)
        ),
        (("", say(lambda t: t("Total")), "", "",
          say(lambda t: _money(t, Money(sum(item.amount for item in terms.schedule), terms.currency)))),),
    )  # fmt: skip
    payments = p.Table(
        (
            p.Column(say(lambda t: t("Payment")), share=2),
            p.Column(say(lambda t: t("Due")), share=3),
            p.Column(say(lambda t: t("Amount")), figures=True),
        ),
        tuple(
            (_joined(item["label"].words, item["share"].words, ", "), item["due"].words, item["money"].money)
            for item in items
        ),
    )
    t = translators[languages[0]]
    elsewhere = {t("Remarks"), t("Inspection")}
    shown = tuple(
        p.Fact(fact["label"].words, fact["value"].words)
        for fact in facts
        if fact["label"].one not in elsewhere
    )
    return p.Section(say(lambda t: t("Parties and terms")), (goods, payments, p.Facts(shown)))


def _joined(one: p.Words, other: p.Words, between: str) -> p.Words:
    return {code: between.join(filter(None, (one[code], other[code]))) for code in one}


def _specification(say: Say, both: _Both) -> p.Section:
    blocks: list[p.Block] = []
    if both.one["facts"]:
        facts = (p.Fact(one["label"].words, one["value"].words) for one in both["facts"])
        blocks.append(p.Facts(tuple(facts)))
    for group in both["groups"]:
        blocks.append(p.Subheading(group["title"].words))
        blocks.append(p.Requirements(tuple(_requirement(say, one) for one in group["items"])))
    if not both.one["groups"]:
        nothing = say(lambda t: t("No requirement is written: what the goods must be is left open."))
        blocks.append(p.Paragraphs((nothing,)))
    return p.Section(say(lambda t: t("What the goods must be")), tuple(blocks))


def _requirement(say: Say, one: _Both) -> p.Requirement:
    marks = [
        p.Fact(say(lambda t: t("Checked")), one["method"].words),
        p.Fact(say(lambda t: t("If it fails")), one["defect"]["text"].words),
    ]
    names = ", ".join(each["name"] for each in one.one["references"])
    if names:
        marks.append(p.Fact(say(lambda t: t("Reference")), names))
    if one.one["duty"]:
        duty = _joined(one["duty"]["name"].words, one["duty"]["citation"].words, ", ")
        marks.append(p.Fact(say(lambda t: t("Rule")), duty))
    read = _joined(one["value"].words, one["accepted"].words, ", ")
    return p.Requirement(
        str(one.one["number"]), one.one["text"], read if one.one["value"] else "", tuple(marks)
    )


def _attachments(terms: Terms, say: Say) -> p.Section | None:
    if not terms.attachments:
        return None
    table = p.Table(
        (
            p.Column(say(lambda t: t("File")), share=2),
            p.Column(say(lambda t: t("Bytes")), figures=True),
            p.Column(say(lambda t: "SHA-256"), share=4),
        ),
        tuple((one.name, str(one.size), one.sha256) for one in terms.attachments),
    )
    return p.Section(say(lambda t: t("Attachments")), (table,))


def _inspection(say: Say, both: _Both) -> p.Section:
    heading, view = say(lambda t: t("Inspection")), both["inspection"]
    if not view.one["planned"]:
        waived = _joined(say(lambda t: t("Waived by the buyer.")), view["consequence"].words, " ")
        return p.Section(heading, (p.Paragraphs((waived, view.one["reason"])),))
    table = p.Table(
        (
            p.Column(say(lambda t: t("Class of defects")), share=3),
            p.Column(say(lambda t: "AQL"), figures=True),
            p.Column(say(lambda t: t("Pieces looked at")), figures=True),
            p.Column(say(lambda t: t("Passes up to")), figures=True),
            p.Column(say(lambda t: t("Refused from")), figures=True),
        ),
        tuple(
            (one["name"].words, one["aql"].words, one["pieces"].words, str(one.one["accept"]),
             str(one.one["reject"]))
            for one in view["samples"]
        ),
    )  # fmt: skip
    facts = p.Facts(tuple(p.Fact(one["label"].words, one["value"].words) for one in view["facts"]))
    return p.Section(heading, (facts, table, *_curve(say, view["chart"])))


def _curve(say: Say, chart: _Both) -> tuple[p.Block, ...]:
    """The drawing of the pages, in thousandths of its axes."""
    drawn = chart.one
    if not drawn["lines"]:
        return ()

    def across(x: str | int) -> int:
        return _thousandths(x, drawn["left"], drawn["right"])

    def up(y: str | int) -> int:
        return _thousandths(y, drawn["bottom"], drawn["top"])

    lines = tuple(
        p.Line(
            line["name"].words,
            tuple((across(x), up(y)) for x, y in (pair.split(",") for pair in line.one["points"].split())),
            line["said"].words,
        )
        for line in chart["lines"]
    )
    curve = p.Curve(
        say(lambda t: t("Defective pieces in the lot")),
        say(lambda t: t("Chance to pass")),
        tuple(p.Tick(across(tick["x"]), tick["label"]) for tick in drawn["across"]),
        tuple(p.Tick(up(tick["y"]), tick["label"]) for tick in drawn["up"]),
        lines,
        across(drawn["marked"]["x"]),
    )
    said_of = tuple(line["said"].words for line in chart["lines"])
    return p.Subheading(say(lambda t: t("What would pass"))), curve, p.Paragraphs(said_of)


def _thousandths(place: str | int, start: int, end: int) -> int:
    """Of the way from start to end, never outside it; places are told in tenths."""
    whole, _, tenth = str(place).partition(".")
    tenths = int(whole) * 10 + int(tenth or 0) - start * 10
    return min(1000, max(0, tenths * 100 // (end - start)))


def _refund(say: Say, both: _Both) -> p.Section:
    view = both["refund"]
    held = view["held"].money
    intro: p.Words = {
        code: i18n.translator(code)(
            "If everything is paid, {held} is held. Whatever is held is divided by these rules.", held=amount
        )
        for code, amount in held.items()
    }
    table = p.Table(
        (
            p.Column(say(lambda t: t("What happens")), share=3),
            p.Column(say(lambda t: t("What comes back")), share=3),
            p.Column(say(lambda t: t("To the buyer")), figures=True),
            p.Column(say(lambda t: t("To the supplier")), figures=True),
        ),
        tuple(
            (row["case"].words, row["rule"].words, row["buyer"].money, row["supplier"].money)
            for row in view["rows"]
        ),
    )
    return p.Section(say(lambda t: t("What a refund would be")), (p.Paragraphs((intro,)), table))


def _unprotected(say: Say, both: _Both) -> p.Section:
    texts: tuple[p.Said, ...] = tuple(
        _joined(one["text"].words, one["which"].words, " ") for one in both["unprotected"]
    )
    if not texts:
        texts = (say(lambda t: t("Every requirement can be decided, and an inspection decides it.")),)
    return p.Section(say(lambda t: t("What is not protected")), (p.Paragraphs(texts),))


def _questions(say: Say, both: _Both) -> p.Section:
    blocks: list[p.Block] = []
    for one in both["questions"]:
        blocks.append(p.Subheading(one["question"].words))
        if not one.one["answered"]:
            blocks.append(p.Paragraphs((say(lambda t: t("Not answered with evidence.")),)))
        if one.one["answer"]:
            blocks.append(p.Paragraphs((one.one["answer"],)))
        if one.one["evidence"]:
            names: p.Words = {
                code: i18n.translator(code)(", ").join(str(each["name"]) for each in found)
                for code, found in one["evidence"].views.items()
            }
            blocks.append(p.Facts((p.Fact(say(lambda t: t("Evidence")), names),)))
    return p.Section(say(lambda t: t("Before ordering: four questions")), tuple(blocks))


def _remarks(terms: Terms, say: Say) -> p.Section | None:
    if not terms.remarks.strip():
        return None
    return p.Section(say(lambda t: t("Remarks")), (p.Paragraphs((terms.remarks,)),))
