"""Countries and time zones to choose from, by their names in the reader's language."""

from functools import cache
from zoneinfo import available_timezones

from babel import Locale
from babel.core import get_global

from tradehold.domain import registration
from tradehold.engine import registration as engine
from tradehold.web.i18n import Translator, mark

Options = list[dict[str, str]]
_REGIONS = frozenset({
    "Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific",
})  # fmt: skip
# What the number is called is its name in its own country; these names are words of a language.
_NUMBERS = (
    mark("Company registration number (not checked)"), mark("Unified Social Credit Code"),
    mark("Company number of Companies House"), mark("VAT number"), mark("Business Number"),
    mark("Corporate Number"), mark("Company registration number"), mark("Registration number"),
)  # fmt: skip
_COMMON = ("CN", "US", "DE", "GB", "FR", "IN", "BR", "HK")


@cache
def countries(locale: str) -> Options:
    """In the order of the alphabet of the language."""
    names = Locale.parse(locale).territories
    named = sorted((str(names.get(code, code)), code) for code in engine.countries())
    return [{"value": code, "label": name} for name, code in named]


def country(locale: str, code: str) -> str:
    return str(Locale.parse(locale).territories.get(code, code))


@cache
def zones() -> Options:
    places = sorted(one for one in available_timezones() if one.partition("/")[0] in _REGIONS)
    return [{"value": one, "label": one.replace("_", " ")} for one in ["UTC", *places]]


def country_of(zone: str) -> str:
    """Where people of this time zone live; empty where it tells nothing."""
    return str(get_global("zone_territories").get(zone, ""))


def number_name(t: Translator, code: str) -> str:
    """What the registration number is called that a company of the country has."""
    return t(registration.known(code))


def number_names(t: Translator) -> Options:
    """The same for some countries, for readers without a script."""
    return [{"label": country(t.locale, code), "value": number_name(t, code)} for code in _COMMON]
