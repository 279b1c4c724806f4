"""What the company page shows, decided here: how the company stands, what was verified of it, and its cover
with the formula laid open."""

from datetime import date
from typing import Any

from tradehold.domain.company import Company, Stage, Verification
from tradehold.domain.cover import TERMS, WAYS, Computed, CoverRule
from tradehold.domain.money import Money
from tradehold.domain.standing import assurance_gaps, computed
from tradehold.web import words
from tradehold.web.forms import new_key
from tradehold.web.i18n import Formats

View = dict[str, Any]


def standing(f: Formats, state: Company, rule: CoverRule) -> View:
    """One sentence: what the company may do, what is missing to offer assured trades, until when."""
    t, today = f.t, f.now.date()
    gaps = assurance_gaps(state, rule, today)
    if state.stage is not Stage.ACTIVE:
        return {"tone": "trouble", "text": _stopped(f, state), "note": "" if state.freeze else state.reason}
    if not gaps:
        until = min(one for one in (state.gold_until, *_ends(state, rule, today)) if one)
        text = t("May buy and sell, and offer assured trades, until {day}.", day=f.day(until))
        return {"tone": "good", "text": text, "note": ""}
    said = words.lacking(t, ", ".join(gaps))
    if not state.verifications and not state.gold_until:
        text = t("May buy. To offer assured trades as a supplier it needs: {missing}.", missing=said)
        return {"tone": "waiting", "text": text, "note": ""}
    text = t("May buy, but not offer assured trades now. Missing: {missing}.", missing=said)
    return {"tone": "warn", "text": text, "note": ""}


def _ends(state: Company, rule: CoverRule, today: date) -> list[date]:
    """The last day of each required verification that has one: the latest of its kind counts."""
    ends = []
    for kind in rule.required:
        of_kind = [one for one in state.verifications if one.what == kind and one.valid(today)]
        last = [one.expires for one in of_kind]
        if last and None not in last:
            ends.append(max(day for day in last if day))
    return ends


def _stopped(f: Formats, state: Company) -> str:
    t = f.t
    match state.stage:
        case Stage.HELD:
            return t("May not trade yet: a name on the screening list must be looked at first.")
        case Stage.SUSPENDED:
            return t("Suspended: open trades go on, nothing new is confirmed, and payouts wait.")
        case Stage.INSOLVENT:
            return t("Insolvent: open trades go on, nothing new is confirmed, and payouts wait.")
        case Stage.EXCLUDED:
            return t("Excluded: may not trade here.")
    reference = state.freeze.reference if state.freeze else ""
    return t("Frozen by law ({reference}): no clock of its trades runs, no money moves.", reference=reference)


def verification(f: Formats, one: Verification) -> View:
    t, today = f.t, f.now.date()
    if one.withdrawn:
        tag = {"text": t("withdrawn"), "kind": "bad"}
    elif one.valid(today):
        tag = {"text": t("valid"), "kind": "good"}
    else:
        tag = {"text": t("expired"), "kind": "bad"}
    return {
        "number": one.number,
        "what": t(words.CHECKED[one.what]),
        "issuer": one.issuer,
        "reference": one.reference,
        "issued": one.issued,
        "expires": one.expires,
        "evidence": one.evidence,
        "withdrawn": one.withdrawn,
        "valid": one.valid(today),
        "tag": tag,
        "key": new_key(),
    }


def membership(f: Formats, state: Company) -> str:
    t = f.t
    if state.gold(f.now.date()) and state.gold_since and state.gold_until:
        return t(
            "Gold since {since}, until {until}", since=f.short_day(state.gold_since),
            until=f.short_day(state.gold_until),
        )  # fmt: skip
    if state.gold_until:
        return t("Gold until {until}, free since then", until=f.short_day(state.gold_until))
    return t("Free")


def cover(f: Formats, state: Company, booked: dict[str, dict[str, int]], rule: CoverRule) -> list[View]:
    """By currency: what is granted, reserved and available, and the sum behind it."""
    currencies = sorted({*state.limits, state.currency} - {""})
    return [_cover(f, state, currency, booked.get(currency, {}), rule) for currency in currencies]


def _cover(f: Formats, state: Company, currency: str, booked: dict[str, int], rule: CoverRule) -> View:
    limit = state.limit(currency)
    result = computed(state, currency, rule, f.now.date())
    in_force = limit.granted - limit.cut
    gold = state.gold(f.now.date()) and currency == state.currency
    return {
        "currency": currency,
        "granted": Money(limit.granted, currency),
        "available": Money(booked.get("cover_available", 0), currency),
        "reserved": Money(booked.get("cover_reserved", 0), currency),
        "cut": Money(limit.cut, currency) if limit.cut else None,
        "fixed": limit.fixed,
        "limit": Money(in_force, currency),
        "formula": formula(f, result),
        "note": _why(f, limit.fixed, gold, Money(in_force, currency), result),
    }


def _why(f: Formats, fixed: bool, gold: bool, limit: Money, result: Computed) -> str:
    """Why the limit in force is not the formula's, where it is not."""
    t, said = f.t, f.money(limit.minor, limit.currency)
    if fixed:
        return t(
            "Two operators set this limit to {amount}; the formula would say the sum below.",
            amount=said,
        )
    if not gold:
        return t("Without gold membership in this currency no cover is in force; with it the sum below is.")
    if limit.minor != result.limit.minor:
        return t("{amount} is in force; the sum below comes into force with the next change.", amount=said)
    return ""


def formula(f: Formats, result: Computed) -> View:
    """Each step of the sum with what it adds or takes, the result, and what would raise it."""
    t, currency = f.t, result.limit.currency
    return {
        "steps": [
            {"text": t(TERMS[step.code], **_named(f, step.data)), "money": Money(step.minor, currency)}
            for step in result.steps
        ],
        "result": result.limit,
        "raises": [
            {"text": t(WAYS[way.code], **_named(f, way.data)), "money": Money(way.minor, currency)}
            for way in result.raise_by
        ],
    }


def _named(f: Formats, data: dict[str, str | int]) -> dict[str, Any]:
    """Kinds of verification by their names, and amounts as the reader writes them."""
    return {name: _READ[name](f, str(value)) if name in _READ else value for name, value in data.items()}


def _amount(f: Formats, plain: str) -> str:
    currency, decimal = plain.split()
    return f.money(int(decimal.replace(".", "")), currency)


def _kinds(f: Formats, codes: str) -> str:
    return words.lacking(f.t, codes)


_READ = {"kind": _kinds, "kinds": _kinds, "of": _amount, "value": _amount}
