"""Refusals in the reader's language: the domain's English is the key, its figures are laid out anew.

What is wrong with a single field is a finished English sentence in the domain. Its pattern stands here, so
that the figures in it can be found again and the sentence be said in any language.
"""

import re
from datetime import date, datetime
from functools import cache
from typing import Any

from tradehold.domain.refusal import MESSAGES, Code, Refusal
from tradehold.web import words
from tradehold.web.i18n import Formats, mark

FIELDS = (
    mark("“{code}” is not a currency one can pay in; use an ISO 4217 code such as USD."),
    mark("The cover must be the total of the contract, {total} minor units."),
    mark("A price cut lies between 0 and 10000 basis points."),
    mark("This must not be empty."),
    mark("This is longer than {most} characters."),
    mark("Use the two capital letters of ISO 3166, such as CN."),
    mark("Buyer and supplier must be different companies."),
    mark("This is not a SHA-256 in hexadecimal."),
    mark("A contract has 1 to {most} product lines."),
    mark("Describe the product."),
    mark("Use a unit code of UN/CEFACT Recommendation 20: {units}."),
    mark("The quantity must be above zero, with at most three decimals."),
    mark("The unit price must be above zero, with at most six decimals."),
    mark("The line's amount must be above zero and below 10^15 minor units."),
    mark("Mend the lines named."),
    mark("The total must be below 10^15 minor units."),
    mark("A payment schedule has 1 to {most} items."),
    mark("The first payment falls due at confirmation."),
    mark("The amount must be above zero and below 10^15 minor units."),
    mark("Give a date where the payment falls due on one, and only there."),
    mark("Only the first payment falls due at confirmation."),
    mark("Nothing ships unpaid: name a day up to the ship-by date."),
    mark("The payments must add up to the total, {total} minor units."),
    mark("Use a term of Incoterms 2020: {terms}."),
    mark("“{zone}” is not an IANA time zone such as Asia/Shanghai."),
    mark("Give either a date, or days after a payment."),
    mark("Give 1 to {most} days."),
    mark("The supplier is not the one this trade belongs to."),
    mark("This platform has no designated account for {currency}."),
    mark("The ship-by date {day} has passed."),
    mark("The ship-by date {day} has passed: revise it."),
    mark("The ship-by date lies more than {most} days ahead."),
    mark("This lies more than {most} days ahead."),
    mark("The buyer cannot change within a trade."),
    mark("Cover is reserved in the old currency: revise the rest first, then this."),
    mark("The new ship-by date has passed already."),
    mark("No company of the number {number} is registered here."),
    mark("The company is registered as “{name}”: write it so."),
    mark("This company may not trade now: it is {stage}."),
    mark("The part that is passed through cannot be below zero."),
    mark(
        "The cover and the part that is passed through must add up to the total of the contract, "
        "{total} minor units."
    ),
    mark("The initial payment must be covered whole: pass less through."),
)
_INSTANTS = frozenset({"until", "usable"})
_DAYS = frozenset({"given", "confirmed", "day", "on", "after"})
_AMOUNTS = frozenset({"needed", "available", "missing", "amount", "opening", "entries", "closing"})


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    found = []
    for text in FIELDS:
        parts = re.split(r"\{(\w+)\}", text)
        pattern = "".join(f"(?P<{one}>.+)" if i % 2 else re.escape(one) for i, one in enumerate(parts))
        found.append((re.compile(pattern), text))
    return found


def say_field(f: Formats, text: str) -> str:
    for pattern, key in _patterns():
        if found := pattern.fullmatch(text):
            values: dict[str, Any] = {
                name: _value(f, name, value, "") for name, value in found.groupdict().items()
            }
            return f.t(key, **values)
    return text


def say(f: Formats, refusal: Refusal, currency: str = "") -> str:
    """The refusal as a sentence; `currency` is that of the amounts in it."""
    data: dict[str, Any] = {name: _value(f, name, value, currency) for name, value in refusal.data.items()}
    if refusal.code is Code.INVALID_TERMS:
        data["first"] = say_field(f, next(iter(refusal.fields.values()), str(refusal.data.get("first", ""))))
    return f.t(MESSAGES[refusal.code], **data)


def _value(f: Formats, name: str, value: str | int, currency: str) -> str:
    if isinstance(value, int):
        return f.money(value, currency) if currency and name in _AMOUNTS else str(value)
    if name in ("stage", "allowed", "status"):
        return words.stage(f.t, value)
    if name in ("missing", "standing"):
        return words.lacking(f.t, value)
    if name == "what":
        return f.t(words.THINGS[value]) if value in words.THINGS else value
    if name == "account" and value in words.ACCOUNTS:
        return f.t(words.ACCOUNTS[value])
    if name in _INSTANTS | _DAYS:
        return _moment(f, value)
    return value


def _moment(f: Formats, value: str) -> str:
    try:
        return f.when(datetime.fromisoformat(value)) if "T" in value else f.day(date.fromisoformat(value))
    except ValueError:
        return value
