"""The whole look at a specification: its parts, and which of them wait for a category."""

import pytest

from tradehold.domain.requirement import GapCode, Requirement, Specification
from tradehold.domain.specification import assess, language_of
from tradehold.knowledge import load_knowledge

KNOWLEDGE = load_knowledge()


def specification(*lines: str, **more: object) -> Specification:
    return Specification(tuple(map(Requirement, lines)), **more)  # type: ignore[arg-type]


def test_gaps_what_is_missing_and_duties_are_found_at_once() -> None:
    found = assess(specification("good quality", category="toys", markets=("DE",)), KNOWLEDGE)
    assert [gap.code for gap in found.gaps] == [GapCode.VAGUE_WORDS]
    assert "small_parts" in {one.attribute for one in found.missing}
    assert {one.regulation.market for one in found.duties} == {"DE", "EU"}
    assert (found.category, found.detected) == ("toys", False)


def test_what_a_line_speaks_of_is_not_missing() -> None:
    before = assess(specification("Red", category="toys"), KNOWLEDGE)
    after = assess(specification("No small parts as by EN 71-1", category="toys"), KNOWLEDGE)
    assert {one.attribute for one in before.missing} - {one.attribute for one in after.missing} >= {
        "small_parts"
    }


@pytest.mark.parametrize(("lines", "title", "category"), [
    (("Children's T-shirt, short sleeves", "Red"), "", "childrens_clothing"),
    (("Red",), "Plush teddy bear", "toys"),
    (("Red",), "", ""),
])  # fmt: skip
def test_the_category_is_detected_where_none_is_given(
    lines: tuple[str, ...], title: str, category: str
) -> None:
    found = assess(specification(*lines, markets=("DE",)), KNOWLEDGE, title)
    assert (found.category, found.detected) == (category, bool(category))
    assert bool(found.duties) is bool(found.missing) is bool(category)
    given = assess(specification(*lines, category="lighting"), KNOWLEDGE, title)
    assert (given.category, given.detected) == ("lighting", False)


@pytest.mark.parametrize(("lines", "language"), [
    (["good quality", "the lid must close"], "en"),
    (["质量要好", "颜色红", "good quality"], "zh"),
    (["buena calidad", "el tamaño de la caja"], "es"),
    (["Pantone 1935 D"], ""),
    ([], ""),
])  # fmt: skip
def test_the_language_is_that_of_most_lines(lines: list[str], language: str) -> None:
    assert language_of(lines, KNOWLEDGE) == language
