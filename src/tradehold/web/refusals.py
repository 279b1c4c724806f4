"""Refusals in the reader's language: the domain's English is the key, its figures are laid out anew.

What is wrong with a single field, or with a file, is a finished English sentence where it is found. Its
pattern stands here, or in filewords.py, so that the figures in it can be found again and the sentence be said
in any language.
"""

import re
from datetime import date, datetime
from functools import cache
from typing import Any

from markupsafe import Markup

from tradehold.domain.refusal import MESSAGES, Code, Refusal
from tradehold.web import risks, words
from tradehold.web.filewords import FILES, SOMETHING_ELSE
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
    mark("Use a code of ISO 3166, such as DE, or US-CA for California."),
    mark("This holds a character that no text can be kept with (U+0000)."),
    mark("This is no company's number."),
    mark("What these terms leave unprotected is {risks}: name it so."),
    # The specification and the inspection
    mark("A contract has at most {most} requirements."),
    mark("All requirements together have at most {most} characters."),
    mark("A contract has at most {most} attachments."),
    mark("Write what is required, in at most {most} characters."),
    mark("The contract has no line {line}."),
    mark("“{operator}” takes {values} value(s)."),
    mark("A range begins with the smaller value."),
    mark("Answer each question once."),
    mark("“{name}” is not attached to the contract."),
    mark("Name the inspection company, in at most {most} characters."),
    mark("The fee cannot be below zero."),
    mark("Give both days of the window, or neither."),
    mark("The window ends before it begins on {day}."),
    mark("Give one sample each for critical, major and minor defects."),
    mark("By the tables it is {pieces} pieces, accept {accept}, reject {reject}, letter {letter}."),
    mark("lot {lot}: give the number of pieces, from 1 to {most}"),
    mark("level {level}: use one of {known}"),
    mark("severity {severity}: use one of {known}"),
    mark("aql {aql}: the tables have no such column; the nearest: {near}"),
    # Companies, members and keys
    mark("Choose one of the list."),
    mark("Use a language code such as en or zh."),
    mark("Name at least one owner, or say that nobody holds 25 % or more: one of the two."),
    mark("Name the {most} largest owners at most."),
    mark("The shares add up to more than 100 %."),
    mark("Give the day of birth, such as 1980-05-17."),
    mark("Give a share above zero and up to 100, with at most two decimals."),
    mark("This is not an e-mail address such as name@example.com."),
    mark("Somebody with this address is a member already."),
    mark("There are {most} open invitations: withdraw some first."),
    mark("There are {most} keys that work: revoke some first."),
    # Registration numbers
    mark("The registration number is missing: write it as in the company's certificate."),
    mark("The registration number has {length} characters; write {most} at most."),
    mark("The registration number holds a control character: type it anew."),
    mark(
        "“{number}” is not a valid number ({name}): a character is mistyped, for its check digit does not "
        "fit. Compare it with the company's certificate; it looks like {example}."
    ),
    mark(
        "“{number}” is not a valid number ({name}): a part of it, such as a region, a court or a date, does "
        "not exist. Compare it with the company's certificate; it looks like {example}."
    ),
    mark(
        "“{number}” is not a valid number ({name}): it is too short or too long. Compare it with the "
        "company's certificate; it looks like {example}."
    ),
    mark(
        "“{number}” is not a valid number ({name}): its letters and digits do not stand where they should. "
        "Compare it with the company's certificate; it looks like {example}."
    ),
)
_INSTANTS = frozenset({"until", "usable"})
_DAYS = frozenset({"given", "confirmed", "day", "on", "after"})
_AMOUNTS = frozenset({"needed", "available", "missing", "amount", "opening", "entries", "closing"})


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    found = []
    for text in (*FIELDS, *FILES):
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
    if refusal.code is Code.STEP_UP and "form" in refusal.data:
        link = Markup('<a href="/step-up?form={}">{}</a>').format(
            refusal.data["form"], f.t("Show your second factor")
        )
        return f.t("This takes your second factor, shown just now. What you typed is kept. {link}", link=link)
    if refusal.code in (Code.INVALID_TERMS, Code.INVALID_DETAILS):
        data["first"] = say_field(f, next(iter(refusal.fields.values()), str(refusal.data.get("first", ""))))
    if refusal.code is Code.UNACKNOWLEDGED:
        data["missing"] = " ".join(risks.said(f.t, one) for one in str(refusal.data["missing"]).split(", "))
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
    if value == SOMETHING_ELSE:
        return f.t(SOMETHING_ELSE)
    if name in _INSTANTS | _DAYS:
        return _moment(f, value)
    return value


def _moment(f: Formats, value: str) -> str:
    try:
        return f.when(datetime.fromisoformat(value)) if "T" in value else f.day(date.fromisoformat(value))
    except ValueError:
        return value
