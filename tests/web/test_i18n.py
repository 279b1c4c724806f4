"""Every sentence has its translation, and every figure is laid out exactly."""

import ast
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from string import Formatter
from zoneinfo import ZoneInfo

import jinja2
import jinja2.nodes
import pytest
from markupsafe import Markup

from tradehold.domain.cover import TERMS, WAYS
from tradehold.domain.refusal import MESSAGES
from tradehold.web import i18n
from tradehold.web.render import environment

WEB = Path(i18n.__file__).parent
OTHERS = [code for code in i18n.languages() if code != i18n.DEFAULT]
SHANGHAI = ZoneInfo("Asia/Shanghai")


def _said_in_templates() -> Iterator[tuple[str, str]]:
    for path in sorted((WEB / "templates").glob("*.html")):
        tree = environment().parse(path.read_text(encoding="utf-8"))
        for call in tree.find_all(jinja2.nodes.Call):
            if isinstance(call.node, jinja2.nodes.Name) and call.node.name == "t":
                where = f"{path.name}:{call.lineno}"
                assert isinstance(call.args[0], jinja2.nodes.Const), f"{where} has no literal"
                yield call.args[0].value, where


def _said_in_code() -> Iterator[tuple[str, str]]:
    for path in sorted(WEB.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in ("t", "mark"):
                yield str(node.args[0].value), f"{path.name}:{node.lineno}"


def _said_in_refusals() -> Iterator[tuple[str, str]]:
    for code, text in MESSAGES.items():
        yield text, f"refusal.py:{code}"


def _said_in_the_formula() -> Iterator[tuple[str, str]]:
    for code, text in (TERMS | WAYS).items():
        yield text, f"cover.py:{code}"


SAID = dict([*_said_in_templates(), *_said_in_code(), *_said_in_refusals(), *_said_in_the_formula()])


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_is_translated(language: str) -> None:
    missing = {text: where for text, where in SAID.items() if text not in i18n.translator(language).messages}
    assert missing == {}


@pytest.mark.parametrize("language", OTHERS)
def test_no_translation_outlives_its_sentence(language: str) -> None:
    assert set(i18n.translator(language).messages) - set(SAID) == set()


@pytest.mark.parametrize("language", OTHERS)
def test_placeholders_agree(language: str) -> None:
    for text, said in i18n.translator(language).messages.items():
        for form in said.split("|"):
            assert _placeholders(form) == _placeholders(text), text


@pytest.mark.parametrize("language", OTHERS)
def test_no_translation_is_empty(language: str) -> None:
    assert all(said.strip() for said in i18n.translator(language).messages.values())


def test_the_sentences_of_every_template_are_found() -> None:
    assert SAID["Skip to the content"].startswith("base.html:")
    assert SAID["tomorrow"].startswith("i18n.py:")


def test_what_a_language_lacks_is_said_and_counted_in_english() -> None:
    t = i18n.translator("zh")
    assert t("No such {thing}", thing="entry") == "No such entry"
    assert [t("{count} ox|{count} oxen", count=n) for n in (1, 2)] == ["1 ox", "2 oxen"]


def test_an_unknown_language_is_english() -> None:
    assert i18n.translator("xx").language == "en"


def test_markup_inside_a_sentence_stays_and_everything_else_is_escaped() -> None:
    said = i18n.translator("en")("{who} ships by {day} & no later", who="<Wei>", day=Markup("<b>Monday</b>"))
    assert said == Markup("&lt;Wei&gt; ships by <b>Monday</b> &amp; no later")


@pytest.mark.parametrize(
    ("minor", "currency", "locale", "expected"),
    [
        (1260000, "USD", "en_GB", "USD 12,600.00"),
        (0, "USD", "en_GB", "USD 0.00"),
        (1, "USD", "en_GB", "USD 0.01"),
        (-250, "EUR", "en_GB", "EUR -2.50"),
        (1250000, "JPY", "en_GB", "JPY 1,250,000"),
        (1234567, "BHD", "en_GB", "BHD 1,234.567"),
        (12345, "CLF", "en_GB", "CLF 1.2345"),
        # Babel would give these two no decimals at all.
        (150, "LAK", "en_GB", "LAK 1.50"),
        (150, "IQD", "en_GB", "IQD 0.150"),
        (4815000, "CNY", "zh_Hans_CN", "CNY 48,150.00"),
        (-4815000, "CNY", "zh_Hans_CN", "CNY -48,150.00"),
        (1260000, "USD", "es", "USD 12.600,00"),
        (999_999_999_999_999, "USD", "en_GB", "USD 9,999,999,999,999.99"),
        (9_223_372_036_854_775_807, "USD", "en_GB", "USD 92,233,720,368,547,758.07"),
    ],
)
def test_money_has_exactly_the_decimals_of_its_currency(
    minor: int, currency: str, locale: str, expected: str
) -> None:
    assert i18n.money(minor, currency, locale) == expected.replace(" ", "\N{NO-BREAK SPACE}")


@pytest.mark.parametrize(
    ("moment", "locale", "zone", "expected"),
    [
        ("2027-03-01T15:59Z", "en_GB", "Asia/Shanghai", "Mon, 1 Mar 2027, 23:59 (Shanghai, UTC+8)"),
        ("2027-03-01T16:00Z", "en_GB", "Asia/Shanghai", "Tue, 2 Mar 2027, 00:00 (Shanghai, UTC+8)"),
        ("2027-03-01T15:59Z", "zh_Hans_CN", "Asia/Shanghai", "2027年3月1日周一, 23:59 (上海, UTC+8)"),
        ("2027-03-01T15:59Z", "en_GB", "UTC", "Mon, 1 Mar 2027, 15:59 (UTC)"),
        ("2027-01-01T12:00Z", "en_GB", "Europe/London", "Fri, 1 Jan 2027, 12:00 (London, UTC)"),
        ("2027-07-01T12:00Z", "en_GB", "Europe/London", "Thu, 1 Jul 2027, 13:00 (London, UTC+1)"),
        ("2027-07-01T12:00Z", "en_GB", "Asia/Kolkata", "Thu, 1 Jul 2027, 17:30 (Kolkata, UTC+5:30)"),
    ],
)
def test_a_moment_is_told_on_the_local_clock_with_its_zone(
    moment: str, locale: str, zone: str, expected: str
) -> None:
    assert i18n.when(datetime.fromisoformat(moment), locale, ZoneInfo(zone)) == expected


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="has no zone"):
        i18n.when(datetime(2027, 3, 1, 12), "en_GB", SHANGHAI)


@pytest.mark.parametrize(
    ("day", "english", "chinese"),
    [
        (date(2027, 2, 28), "yesterday", "昨天"),
        (date(2027, 3, 1), "today", "今天"),
        (date(2027, 3, 2), "tomorrow", "明天"),
        (date(2027, 3, 19), "in 18 days", "18 天后"),
        (date(2027, 2, 26), "3 days ago", "3 天前"),
        (date(2028, 3, 1), "in 366 days", "366 天后"),
    ],
)
def test_days_are_counted_on_the_calendar(day: date, english: str, chinese: str) -> None:
    today = date(2027, 3, 1)
    assert i18n.relative_day(day, today, i18n.translator("en")) == english
    assert i18n.relative_day(day, today, i18n.translator("zh")) == chinese


def test_today_is_the_readers_today() -> None:
    formats = i18n.Formats(i18n.translator("en"), SHANGHAI, datetime(2027, 3, 1, 17, tzinfo=UTC))
    assert formats.relative_day(date(2027, 3, 2)) == "today"
    assert formats.relative_day(datetime(2027, 3, 2, 16, tzinfo=UTC)) == "tomorrow"
