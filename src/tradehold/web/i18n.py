"""Every word and figure a person reads, in their language.

The English text is itself the key of a message: code and templates stay readable, and a language that lacks
a message still says something true. A language is one file, `messages/<code>.toml`; adding that file is all
it takes to offer the language. Nothing is compiled. A test, not the reader, finds what a language lacks.

Amounts, dates and times are laid out by Babel, but never with its idea of a currency's decimals: those
differ from ISO 4217 for 13 currencies, and Babel rounds without saying so.
"""

import tomllib
from collections.abc import Mapping
from datetime import date, datetime, tzinfo
from decimal import Decimal
from functools import cache
from pathlib import Path

import msgspec
from babel import Locale
from babel.dates import format_skeleton, get_timezone_gmt, get_timezone_location
from babel.numbers import format_decimal
from markupsafe import Markup, escape

from tradehold.domain.money import EXPONENT

DEFAULT = "en"
_MESSAGES = Path(__file__).parent / "messages"
# The order in which CLDR lists plural categories, and in which a message lists its forms.
_PLURALS = ("zero", "one", "two", "few", "many", "other")


def mark(text: str) -> str:
    """Names a message that is translated later, where the reader's language is known."""
    return text


class Translator(msgspec.Struct, frozen=True):
    """Speaks one language: `t("Paid by {name}", name=...)`.

    Forms for different counts are parted by `|` and chosen by `count`:
    `t("{count} day|{count} days", count=2)`.
    When an argument is Markup the sentence is Markup too and every other part of it is escaped, so that a
    date or a link can stand inside a sentence.
    """

    language: str
    name: str
    locale: str
    messages: Mapping[str, str]

    def __call__(self, text: str, *, count: int | None = None, **values: object) -> str:
        said = self.messages.get(text, text)
        if count is not None:
            # A sentence that had to fall back to English must also count in English.
            said = _form(said, count, self.locale if text in self.messages else "en")
            values["count"] = count
        if any(isinstance(value, Markup) for value in values.values()):
            return Markup(escape(said)).format(**values)
        return said.format(**values)


def _form(forms: str, count: int, locale: str) -> str:
    rule = Locale.parse(locale).plural_form
    known = [name for name in _PLURALS if name in rule.tags or name == "other"]
    choices = forms.split("|")
    return choices[min(known.index(rule(count)), len(choices) - 1)]


@cache
def languages() -> dict[str, Translator]:
    """Every language on offer by its code, English first."""
    found = {DEFAULT: Translator(DEFAULT, "English", "en_GB", {})}
    for path in sorted(_MESSAGES.glob("*.toml")):
        book = tomllib.loads(path.read_text(encoding="utf-8"))
        found[path.stem] = Translator(path.stem, book["name"], book["locale"], book["messages"])
    return found


def translator(language: str) -> Translator:
    """The translator for a code such as "zh"; English for a language that is not on offer."""
    return languages().get(language, languages()[DEFAULT])


def amount(minor: int, currency: str, locale: str) -> str:
    """Minor units as a number with exactly the currency's decimals, without its name: "12,600.00"."""
    digits = EXPONENT[currency]
    pattern = "#,##0." + "0" * digits if digits else "#,##0"
    return format_decimal(Decimal(minor).scaleb(-digits), format=pattern, locale=locale)


def money(minor: int, currency: str, locale: str) -> str:
    """Minor units with the ISO code in front, which no two currencies share: "USD 12,600.00"."""
    return f"{currency}\N{NO-BREAK SPACE}{amount(minor, currency, locale)}"


def size(count: int, locale: str) -> str:
    """Bytes as the size of a file is read, in steps of 1,024: "29.3 MB"."""
    units = ("B", "KB", "MB", "GB")
    step = min(max(count.bit_length() - 1, 0) // 10, len(units) - 1)
    digits = "#,##0.#" if count < 100 << 10 * step else "#,##0"
    number = format_decimal(Decimal(count) / (1 << 10 * step), format=digits, locale=locale)
    return f"{number}\N{NO-BREAK SPACE}{units[step]}"


def day(value: date, locale: str) -> str:
    """A date with its weekday and the month as a word where the language has one, so that none is misread."""
    return _laid_out("yMMMEd", value, locale, None)


def short_day(value: date, locale: str) -> str:
    return _laid_out("yMMMd", value, locale, None)


def clock(moment: datetime, locale: str, zone: tzinfo) -> str:
    return _laid_out("Hm", moment.astimezone(zone), locale, zone)


def weekday(number: int, locale: str) -> str:
    """The name of an ISO weekday, 1 Monday to 7 Sunday."""
    return str(Locale.parse(locale).days["format"]["wide"][number - 1])


def zone_name(moment: datetime, locale: str, zone: tzinfo) -> str:
    """The zone as people know it, with its offset at that moment: "Shanghai, UTC+8"."""
    offset = get_timezone_gmt(moment.astimezone(zone), width="iso8601_short", locale=locale, return_z=True)
    city = get_timezone_location(zone, locale=locale, return_city=True)
    return "UTC" if city == "UTC" else f"{city}, UTC{_short_offset(offset)}"


def _short_offset(offset: str) -> str:
    if offset == "Z":
        return ""
    sign, hours, minutes = offset[0], int(offset[1:3]), offset[3:]
    return f"{sign}{hours}" + (f":{minutes}" if minutes.strip("0") else "")


def when(moment: datetime, locale: str, zone: tzinfo) -> str:
    """A moment as the clock on the wall of `zone` shows it, with the zone named.

    Raises ValueError for a moment without a zone.
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no zone")
    here = moment.astimezone(zone)
    return f"{day(here, locale)}, {clock(here, locale, zone)} ({zone_name(here, locale, zone)})"


def relative_day(value: date, today: date, t: Translator) -> str:
    """How far a day is from today, in whole calendar days: "tomorrow", "in 18 days", "3 days ago"."""
    days = (value - today).days
    match days:
        case -1:
            return t("yesterday")
        case 0:
            return t("today")
        case 1:
            return t("tomorrow")
    if days > 0:
        return t("in {count} day|in {count} days", count=days)
    return t("{count} day ago|{count} days ago", count=-days)


def _laid_out(skeleton: str, value: date, locale: str, zone: tzinfo | None) -> str:
    # Babel reads a bare date as midnight in UTC; noon without a zone cannot slip to another day.
    plain = value if zone else datetime(value.year, value.month, value.day, 12)
    return format_skeleton(skeleton, plain, tzinfo=zone, locale=locale)


class Formats(msgspec.Struct, frozen=True):
    """The functions above for one reader: their language, their zone, and the present moment."""

    t: Translator
    zone: tzinfo
    now: datetime

    def money(self, minor: int, currency: str) -> str:
        return money(minor, currency, self.t.locale)

    def amount(self, minor: int, currency: str) -> str:
        return amount(minor, currency, self.t.locale)

    def day(self, value: date) -> str:
        return day(self._here(value), self.t.locale)

    def short_day(self, value: date) -> str:
        return short_day(self._here(value), self.t.locale)

    def month(self, value: date) -> str:
        return _laid_out("yMMM", value, self.t.locale, None)

    def when(self, moment: datetime) -> str:
        return when(moment, self.t.locale, self.zone)

    def size(self, count: int) -> str:
        return size(count, self.t.locale)

    def count(self, number: int) -> str:
        return format_decimal(number, format="#,##0", locale=self.t.locale)

    def clock(self, moment: datetime) -> str:
        return clock(moment, self.t.locale, self.zone)

    def relative_day(self, value: date) -> str:
        return relative_day(self._here(value), self.now.astimezone(self.zone).date(), self.t)

    def zone_name(self) -> str:
        return zone_name(self.now, self.t.locale, self.zone)

    def _here(self, value: date) -> date:
        return value.astimezone(self.zone).date() if isinstance(value, datetime) else value
