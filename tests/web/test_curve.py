"""The drawn operating characteristic: its scales, its lines, its marks, and the same numbers in its table."""

import re
from decimal import Decimal

import pytest
from markupsafe import escape

from tradehold.domain.sampling import Plan, acceptance, critical, passes_in_100, plan
from tradehold.knowledge import sampling_tables
from tradehold.web import i18n
from tradehold.web.curve import View, chart, percent
from tradehold.web.render import STATIC, environment

TABLES = sampling_tables()
EN, ZH = i18n.translator("en"), i18n.translator("zh")
SIX = Decimal("0.06")


def plans(lot: int) -> dict[str, Plan]:
    major = plan(TABLES, lot)
    return {"critical": critical(major), "major": major, "minor": plan(TABLES, lot, aql=Decimal("4.0"))}


def points(line: View) -> list[tuple[Decimal, Decimal]]:
    return [(Decimal(x), Decimal(y)) for x, y in (pair.split(",") for pair in line["points"].split())]


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def drawn(t: i18n.Translator, view: View) -> str:
    source = '{% from "charts.html" import oc_curve with context %}{{ oc_curve(chart) }}'
    return environment().from_string(source).render(chart=view, t=t)


def test_three_classes_are_drawn_with_their_plans_and_what_they_let_pass() -> None:
    view = chart(EN, plans(5000), SIX)
    assert [line["kind"] for line in view["lines"]] == ["critical", "major", "minor"]
    assert [line["plan"] for line in view["lines"]] == [
        "200 pieces inspected, refused from 1 on",
        "200 pieces inspected, refused from 11 on",
        "200 pieces inspected, refused from 15 on",
    ]
    assert [plain(line["said"]) for line in view["lines"]] == [
        "A lot with 6 % critical defects would pass 0 times in 100.",
        "A lot with 6 % major defects would pass 34 times in 100.",
        "A lot with 6 % minor defects would pass 78 times in 100.",
    ]
    assert view["left_out"] == ""


def test_axes_are_ticked_in_percent() -> None:
    view = chart(EN, plans(5000), SIX)
    assert [plain(tick["label"]) for tick in view["across"]] == ["0 %", "5 %", "10 %", "15 %"]
    assert [tick["x"] for tick in view["across"]] == [72, 256, 440, 624]
    assert [plain(tick["label"]) for tick in view["up"]] == ["0 %", "25 %", "50 %", "75 %", "100 %"]
    assert [tick["y"] for tick in view["up"]] == [254, 204, 154, 104, 54]


@pytest.mark.parametrize(("lot", "bad", "last"), [
    (1, "0.06", "100 %"),
    (8, "0.06", "80 %"),
    (90, "0.06", "40 %"),
    (90, "1", "100 %"),
    (5000, "0.3", "30 %"),
    (600_000, "0.002", "12 %"),
])  # fmt: skip
def test_the_lower_axis_reaches_as_far_as_there_is_something_to_see(lot: int, bad: str, last: str) -> None:
    view = chart(EN, plans(lot), Decimal(bad))
    assert plain(view["across"][-1]["label"]) == last
    assert 3 <= len(view["across"]) <= 7
    assert view["marked"]["x"] <= view["across"][-1]["x"] == view["right"]


@pytest.mark.parametrize("lot", [1, 2, 8, 90, 5000, 600_000])
def test_lines_stay_in_the_plot_and_only_fall(lot: int) -> None:
    view = chart(EN, plans(lot), SIX)
    for line in view["lines"]:
        at = points(line)
        assert at[0] == (view["left"], view["top"])
        assert at[-1][0] == view["right"]
        assert all(view["left"] <= x <= view["right"] and view["top"] <= y <= view["bottom"] for x, y in at)
        assert at == sorted(at)  # from left to right, and downwards


def test_a_line_goes_through_the_probabilities() -> None:
    view = chart(EN, plans(5000), SIX)
    major, end = plans(5000)["major"], Decimal("0.15")
    for x, y in points(view["lines"][1]):
        share = (x - view["left"]) / (view["right"] - view["left"]) * end
        height = (view["bottom"] - y) / (view["bottom"] - view["top"])
        assert abs(acceptance(major, share) - height) < Decimal("0.01")


def test_the_mark_stands_on_each_line_at_the_chosen_share() -> None:
    view = chart(EN, plans(5000), SIX)
    assert plain(view["marked"]["label"]) == "6 %"
    assert view["marked"]["x"] == 72 + 552 * 6 // 15
    for line, one in zip(view["lines"], plans(5000).values(), strict=True):
        assert abs(line["y"] - (254 - 200 * acceptance(one, SIX))) <= 1


def test_what_is_marked_is_a_whole_number_of_pieces() -> None:
    view = chart(EN, plans(8), SIX)
    assert plain(view["marked"]["label"]) == "12.5 %"
    assert plain(view["lines"][1]["said"]) == ("A lot with 12.5 % major defects would pass 38 times in 100.")
    assert plain(chart(EN, plans(8), Decimal(0))["marked"]["label"]) == "12.5 %"
    with pytest.raises(ValueError, match=r"from 0 to 1"):
        chart(EN, plans(8), Decimal(2))


def test_the_table_has_the_same_numbers() -> None:
    one = plans(5000)
    rows = chart(EN, one, SIX)["rows"]
    assert [(plain(row["share"]), row["marked"]) for row in rows] == [
        ("0 %", False), ("5 %", False), ("6 %", True), ("10 %", False), ("15 %", False),
    ]  # fmt: skip
    assert [plain(passes) for passes in rows[2]["passes"]] == [
        f"{passes_in_100(each, SIX)} %" for each in one.values()
    ]
    assert [plain(passes) for passes in rows[0]["passes"]] == ["100 %"] * 3


def test_an_aql_above_10_has_no_curve() -> None:
    both = chart(EN, {"major": plan(TABLES, 500), "minor": plan(TABLES, 500, aql=Decimal(40))}, SIX)
    assert [line["kind"] for line in both["lines"]] == ["major"]
    assert both["left_out"].startswith("An AQL above 10")
    none = chart(EN, {"minor": plan(TABLES, 500, aql=Decimal(40))}, SIX)
    assert none["lines"] == []
    page = drawn(EN, none)
    assert "An AQL above 10" in page
    assert "<polyline" not in page


@pytest.mark.parametrize(("share", "text"), [
    ("0", "0 %"), ("1", "100 %"), ("0.06", "6 %"), ("0.125", "12.5 %"), ("0.0005", "0.05 %"),
    ("0.333333", "33.3 %"),
])  # fmt: skip
def test_percent(share: str, text: str) -> None:
    assert plain(percent(EN, Decimal(share))) == text


@pytest.mark.parametrize("t", [EN, ZH], ids=["en", "zh"])
def test_the_drawing_says_everything_in_words_too(t: i18n.Translator) -> None:
    view = chart(t, plans(5000), SIX)
    page = drawn(t, view)
    label = re.search(r'role="img" aria-label="([^"]*)"', page)
    assert label
    for line in view["lines"]:
        assert str(escape(line["said"])) in label[1]
        assert page.count(f'<polyline class="{line["kind"]}"') == 2  # in the plot and beside its name
        assert f'points="{line["points"]}"' in page
    assert page.count("<circle") == 3
    assert page.count("<tr>") == 1 + len(view["rows"])
    assert "style=" not in page


def test_classes_of_defects_differ_by_more_than_colour() -> None:
    text = (STATIC / "tradehold.css").read_text("utf-8")
    dashes = {
        kind: re.search(rf"polyline\.{kind} {{[^}}]*?(?:stroke-dasharray: ([^;]+);[^}}]*)?}}", text)
        for kind in ("critical", "major", "minor")
    }
    assert all(dashes.values())
    assert len({found[1] for found in dashes.values() if found}) == 3
