"""The dated data that ships with the package, read and checked once: what the domain is handed as values."""

from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path

import msgspec

from tradehold.domain.bankdetails import Language, PaymentWords
from tradehold.domain.calendar import Calendar
from tradehold.domain.category import Attribute, Categories, Category, read_categories
from tradehold.domain.given import Knowledge
from tradehold.domain.policy import Policy
from tradehold.domain.regulation import Regulation, read_regulations
from tradehold.domain.sampling import Tables, read_tables
from tradehold.domain.screening import ScreeningList, parse
from tradehold.domain.units import parse as parse_units
from tradehold.domain.vocabulary import Clarity
from tradehold.domain.vocabulary import Language as Words
from tradehold.settings import reading


def load_knowledge(screening: Path | None = None) -> Knowledge:
    """All dated data that ships with the package, and the screening list. Raises msgspec.ValidationError or
    ValueError for a wrong file."""
    data = files("tradehold").joinpath("data")
    policies = [
        msgspec.toml.decode(one.read_bytes(), type=Policy) for one in data.joinpath("policies").iterdir()
    ]
    calendars = [
        msgspec.toml.decode(one.read_bytes(), type=Calendar) for one in data.joinpath("holidays").iterdir()
    ]
    offered = [policy for policy in policies if policy.name == "trade-assurance"]
    newest = max(offered, key=lambda policy: policy.valid_from)
    return Knowledge(
        {policy.key: policy for policy in policies},
        {one.name: one for one in calendars},
        newest.key,
        _screening_list(screening),
        _payment_words(),
        sampling_tables(),
        categories(),
        clarity_words(),
        regulations=_regulations(),
    )


def _screening_list(path: Path | None) -> ScreeningList:
    """The operator's own list, of the day its file was written; else the one that ships as an example of the
    format. Raises SettingsError where a line is wrong."""
    if path is None:
        text = files("tradehold").joinpath("data/screening/reference.csv").read_text("utf-8")
        return parse(text, "reference", date(2026, 11, 1))
    with reading("TRADEHOLD_SCREENING"):
        dated = datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
        return parse(path.read_text("utf-8"), path.name, dated)


def _payment_words() -> PaymentWords:
    folder = files("tradehold").joinpath("data/payment_words")
    return PaymentWords(
        {
            one.name.removesuffix(".toml"): msgspec.toml.decode(one.read_bytes(), type=Language)
            for one in folder.iterdir()
        }
    )


def sampling_tables() -> Tables:
    folder = files("tradehold").joinpath("data/aql")
    tables = [one for one in folder.iterdir() if one.name.endswith(".csv")]
    return read_tables({one.name.removesuffix(".csv"): one.read_text("utf-8") for one in tables})


def clarity_words() -> Clarity:
    """What the clarity check works by."""
    folder = files("tradehold").joinpath("data/clarity")
    names = msgspec.toml.decode(folder.joinpath("names.toml").read_bytes(), type=dict[str, tuple[str, ...]])
    languages = {
        one.name.removesuffix(".toml"): msgspec.toml.decode(one.read_bytes(), type=Words)
        for one in folder.iterdir()
        if one.name != "names.toml"
    }
    units = files("tradehold").joinpath("data/units.csv").read_text("utf-8")
    clarity = Clarity(languages, names, parse_units(units))
    clarity.marks("", "en")  # builds its tables now, so that nobody's first line waits for them
    return clarity


def _regulations() -> tuple[Regulation, ...]:
    """File by file in the order of their names, so that duties are told in the same order everywhere."""
    folder = files("tradehold").joinpath("data/regulations")
    shipped = sorted((one for one in folder.iterdir() if one.name.endswith(".csv")), key=lambda one: one.name)
    return tuple(row for one in shipped for row in read_regulations(one.read_text("utf-8")))


def categories() -> Categories:
    data = files("tradehold").joinpath("data")
    attributes = data.joinpath("attributes.toml").read_bytes()
    return read_categories(
        msgspec.toml.decode(attributes, type=dict[str, Attribute]),
        {
            one.name.removesuffix(".toml"): msgspec.toml.decode(one.read_bytes(), type=Category)
            for one in data.joinpath("categories").iterdir()
        },
    )
