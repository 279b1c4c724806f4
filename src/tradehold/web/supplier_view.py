"""A supplier's record as buyers see it: counts before shares, dates beside words, and what is not known said
to be unknown."""

from datetime import date
from typing import Any

from tradehold.domain.company import Checked, Company, Stage, Tally, Verification
from tradehold.domain.cover import CoverRule
from tradehold.domain.money import Money
from tradehold.domain.standing import assurance_gaps
from tradehold.engine.suppliers import Supplier
from tradehold.web import terms, words
from tradehold.web.i18n import Formats

View = dict[str, Any]
_PERIODS = 12  # months; a longer record is shown by as many quarters
_HEIGHT, _BLOCK, _GAP = 84, 12, 2  # of a chart and of one trade in it, in pixels


def view(f: Formats, one: Supplier, rule: CoverRule, whole: bool) -> View:
    """`whole`: for the supplier itself and for operators, who see values as well as counts."""
    t, state, tally = f.t, one.state, one.state.tally()
    gaps = assurance_gaps(state, rule, f.now.date())
    return {
        "name": state.name,
        "number": one.number,
        "country": terms.country(t, state.country),
        "assured": not gaps,
        "headline": _headline(f, state, gaps),
        "facts": _facts(f, one, tally),
        "cover": one.cover if not gaps else (),
        "charts": [
            _chart(f, state, rule, t("Shipped on time"), "on_time", "judged", _unjudged(f)),
            _chart(f, state, rule, t("Inspections passed"), "passed", "inspected", _uninspected(f)),
        ],
        "disputes": _disputes(f, tally),
        "verifications": [
            _verification(f, each)
            for each in sorted(state.verifications, key=lambda each: (_ORDER[each.what], -each.number))
            if not each.withdrawn
        ],
        "missing": [t(words.CHECKED[kind]) for kind in Checked if kind in gaps],
        "completed": [Money(minor, code) for code, minor in sorted(tally.completed.items())] if whole else [],
        "related": tally.related,
        "offers": not gaps,
    }


_ORDER = {kind: place for place, kind in enumerate(Checked)}


def _headline(f: Formats, state: Company, gaps: tuple[str, ...]) -> str:
    t = f.t
    if not gaps:
        return t("{who} may offer assured trades: what you pay is held until the goods have shipped.",
                 who=state.name)  # fmt: skip
    if state.stage is not Stage.ACTIVE:
        standing = t(words.STANDINGS[state.stage])
        return t("{who} is {standing}: it confirms no new trade.", who=state.name, standing=standing)
    missing = words.lacking(t, ", ".join(gaps))
    return t("{who} may not offer assured trades now. Missing: {missing}.", who=state.name, missing=missing)


def years(f: Formats, since: date) -> str:
    """How long ago, in whole years, or months within the first."""
    today = f.now.date()
    months = (today.year - since.year) * 12 + today.month - since.month - (today.day < since.day)
    if months >= 12:
        return f.t("{count} year|{count} years", count=months // 12)
    return f.t("{count} month|{count} months", count=months) if months > 0 else f.t("less than a month")


def _facts(f: Formats, one: Supplier, tally: Tally) -> list[View]:
    t, state = f.t, one.state
    since = state.since.date()
    gold = state.gold_since if state.gold(f.now.date()) else None
    return [
        {
            "label": t("Here for"),
            "value": years(f, since),
            "note": t("since {day}", day=f.short_day(since)),
        },
        {
            "label": t("Membership"),
            "value": t("Gold") if gold else t("Free"),
            "note": t("since {day}", day=f.short_day(gold)) if gold else "",
        },
        {
            "label": t("Trades completed"),
            "value": f.count(tally.trades),
            "note": "" if tally.trades else t("none yet"),
        },
    ]


def share(f: Formats, count: int, of: int, enough: int) -> View:
    """Counts always; a percentage only where there are enough to say one."""
    t = f.t
    if not of:
        return {"text": "", "note": ""}
    if of < enough:
        text = t("{part} of {whole}", part=count, whole=of)
        return {"text": text, "note": t("too few for a share")}
    return {"text": f"{count * 100 // of} %", "note": t("{part} of {whole} trades", part=count, whole=of)}


def _unjudged(f: Formats) -> str:
    return f.t("No trade has shown yet whether it ships on time.")


def _uninspected(f: Formats) -> str:
    return f.t("No inspection has been recorded yet.")


def _disputes(f: Formats, tally: Tally) -> View:
    t = f.t
    if not tally.trades and not tally.judged and not tally.disputes:
        text = t("No trade has been decided yet, so nothing is known of disputes.")
        return {"text": text, "lost": 0, "all": 0}
    if not tally.disputes:
        return {"text": t("No buyer has opened a dispute."), "lost": 0, "all": 0}
    said = t("{count} dispute was opened|{count} disputes were opened", count=tally.disputes)
    lost = t("in none did the buyer get money back")
    if tally.lost:
        lost = t("in {count} of them the buyer got money back|in {count} of them buyers got money back",
                 count=tally.lost)  # fmt: skip
    return {"text": t("{said}; {lost}.", said=said, lost=lost), "lost": tally.lost, "all": tally.disputes}


def _verification(f: Formats, one: Verification) -> View:
    """What a buyer may know of it: everything but the evidence."""
    t, valid = f.t, one.valid(f.now.date())
    soon = one.expires is not None and valid and (one.expires - f.now.date()).days <= 30
    kind, text = ("good", t("valid")) if valid else ("bad", t("expired"))
    return {
        "what": t(words.CHECKED[one.what]),
        "issuer": one.issuer,
        "reference": one.reference if one.what is Checked.CERTIFICATE else "",
        "issued": one.issued,
        "expires": one.expires,
        "tag": {"text": t("ends soon") if soon else text, "kind": "warn" if soon else kind},
    }


# --- shares over time, drawn


def _periods(months: dict[str, Tally], today: date) -> list[tuple[date, int, list[Tally]]]:
    """The first day of each period up to today, its length in months, and what happened in it."""
    first = min(months, default=f"{today:%Y-%m}")
    begin = int(first[:4]) * 12 + int(first[5:]) - 1
    end = today.year * 12 + today.month - 1
    step = 1 if end - begin < _PERIODS else 3
    earliest = end // step * step - step * (_PERIODS - 1)
    starts = range(max(begin // step * step, earliest), end + 1, step)
    return [
        (
            date(start // 12, start % 12 + 1, 1),
            step,
            [
                months[name]
                for at in range(start, start + step)
                if (name := f"{at // 12:04}-{at % 12 + 1:02}") in months
            ],
        )
        for start in starts
    ]


def _chart(f: Formats, state: Company, rule: CoverRule, title: str, good: str, of: str, unknown: str) -> View:
    """One column a period: a block for each trade, the good ones below."""
    t, whole = f.t, state.tally()
    columns = []
    for start, step, tallies in _periods(state.months, f.now.date()):
        counted = sum(getattr(one, of) for one in tallies)
        fine = sum(getattr(one, good) for one in tallies)
        columns.append({"label": _period(f, start, step), "good": fine, "of": counted})
    most = max((column["of"] for column in columns), default=0)
    for place, column in enumerate(columns):
        column["x"] = place * 1000 // len(columns)
        column["blocks"] = _blocks(column["good"], column["of"], most)
        column["said"] = t("{part} of {whole}", part=column["good"], whole=column["of"])
    counted, fine = getattr(whole, of), getattr(whole, good)
    return {
        "id": good,
        "title": title,
        "share": share(f, fine, counted, rule.judged_from),
        "unknown": "" if counted else unknown,
        "columns": columns,
        "width": 1000 // len(columns),
        "height": _HEIGHT,
        "bad": t("not on time") if good == "on_time" else t("not passed"),
    }


def _blocks(good: int, of: int, most: int) -> list[View]:
    """From the bottom up, in pixels: single trades where they have room, else two bars."""
    if most * (_BLOCK + _GAP) <= _HEIGHT:
        return [
            {"y": _HEIGHT - (n + 1) * (_BLOCK + _GAP), "h": _BLOCK, "kind": "fine" if n < good else "poor"}
            for n in range(of)
        ]
    top, middle = _HEIGHT * of // most, _HEIGHT * good // most
    bars = [
        {"y": _HEIGHT - middle, "h": middle, "kind": "fine"},
        {"y": _HEIGHT - top, "h": top - middle, "kind": "poor"},
    ]
    return [one for one in bars if one["h"]]


def _period(f: Formats, start: date, step: int) -> str:
    if step == 1:
        return f.month(start)
    return f.t("Q{quarter} {year}", quarter=start.month // 3 + 1, year=start.year)
