"""A contract's terms in words."""

from babel import Locale
from babel.numbers import format_decimal

from tradehold.domain.contract import Item, Terms, line_amount, thousandths, total
from tradehold.domain.inspection import Waiver
from tradehold.domain.money import EXPONENT, Money
from tradehold.web import i18n, words
from tradehold.web.i18n import Translator


def country(t: Translator, code: str) -> str:
    return str(Locale.parse(t.locale).territories.get(code, code))


def price(t: Translator, terms: Terms, number: int) -> str:
    """A unit price with at least the currency's decimals, and as many more as it has."""
    digits = EXPONENT[terms.currency]
    return str(
        format_decimal(
            terms.lines[number].unit_price,
            format="#,##0." + "0" * digits + "#" * (6 - digits),
            locale=t.locale,
        )
    )


def quantity(t: Translator, terms: Terms, number: int) -> str:
    line = terms.lines[number]
    return f"{words.quantity(thousandths(line.quantity))} {words.unit(t, line.unit)}"


def ship_by(t: Translator, terms: Terms) -> str:
    rule = terms.ship_by
    if rule.on:
        return i18n.day(rule.on, t.locale)
    days = rule.days or 0
    if rule.after == "last_payment":
        return t("{count} day after the last payment|{count} days after the last payment", count=days)
    return t("{count} day after the initial payment|{count} days after the initial payment", count=days)


def item_due(t: Translator, item: Item) -> str:
    if item.due == "confirmation":
        return t("when both have confirmed")
    if item.due == "production":
        return t("when the goods are reported as made")
    return i18n.day(item.on, t.locale) if item.on else ""


def percent(amount: int, whole: int) -> str:
    """A share in percent with at most two decimals."""
    hundredths = (2 * amount * 10_000 + whole) // (2 * whole) if whole else 0
    return f"{hundredths // 100}.{hundredths % 100:02}".rstrip("0").rstrip(".")


def _inspection(t: Translator, terms: Terms) -> str:
    agreed = terms.inspection
    if isinstance(agreed, Waiver):
        return t("waived: {reason}", reason=agreed.reason)
    return t("{type} by {company}", type=agreed.kind, company=agreed.company)


def facts(t: Translator, terms: Terms) -> list[dict[str, str]]:
    cut = f"{terms.late_price_cut_bps // 100}.{terms.late_price_cut_bps % 100:02}".rstrip("0").rstrip(".")
    found = [
        (t("Delivery"), f"{terms.incoterm} {terms.place}, Incoterms 2020"),
        (t("Ship by"), ship_by(t, terms)),
        (t("Long stop"), t("{count} day|{count} days", count=terms.long_stop_days)),
        (t("Market"), country(t, terms.market)),
        (t("Inspection"), _inspection(t, terms)),
        (t("Price cut if late goods are kept"), f"{cut} %"),
        (t("Cover"), i18n.money(terms.cover, terms.currency, t.locale)),
        (
            t("Above the cover, unprotected"),
            i18n.money(terms.pass_through, terms.currency, t.locale) if terms.pass_through else "",
        ),
        (t("Surplus"), t("kept for the balance") if terms.surplus == "keep" else t("goes back at once")),
        (t("Policy"), terms.policy),
        (t("Remarks"), terms.remarks),
    ]
    return [{"label": label, "value": value} for label, value in found if value]


def parties(t: Translator, terms: Terms) -> list[dict[str, str]]:
    """Both companies as registered."""
    return [
        {
            "role": role,
            "name": party.name,
            "address": t(", ").join(filter(None, (party.address, country(t, party.country)))),
            "registration": party.registration,
        }
        for role, party in ((t("Buyer"), terms.buyer), (t("Supplier"), terms.supplier))
    ]


def lines(t: Translator, terms: Terms) -> list[dict[str, object]]:
    return [
        {
            "sku": line.sku,
            "description": line.description,
            "quantity": quantity(t, terms, number),
            "price": price(t, terms, number),
            "total": Money(line_amount(line, terms.currency), terms.currency),
        }
        for number, line in enumerate(terms.lines)
    ]


def schedule(t: Translator, terms: Terms) -> list[dict[str, object]]:
    whole = total(terms)
    return [
        {
            "label": t("Initial payment") if number == 0 else t("Payment {number}", number=number + 1),
            "share": f"{percent(item.amount, whole)} %",
            "due": item_due(t, item),
            "money": Money(item.amount, terms.currency),
        }
        for number, item in enumerate(terms.schedule)
    ]


def described(t: Translator, terms: Terms) -> dict[str, str]:
    found = {
        t("Title"): terms.title,
        t("Buyer"): terms.buyer.name,
        t("Supplier"): terms.supplier.name,
        t("Total"): i18n.money(total(terms), terms.currency, t.locale),
    }
    for number, line in enumerate(terms.lines):
        amount = i18n.money(line_amount(line, terms.currency), terms.currency, t.locale)
        said = f"{line.description}: {quantity(t, terms, number)} × {price(t, terms, number)} = {amount}"
        found[t("Line {number}", number=number + 1)] = said
    for number, item in enumerate(terms.schedule):
        amount = i18n.money(item.amount, terms.currency, t.locale)
        found[t("Payment {number}", number=number + 1)] = f"{amount}, {item_due(t, item)}"
    return found | {fact["label"]: fact["value"] for fact in facts(t, terms)}
