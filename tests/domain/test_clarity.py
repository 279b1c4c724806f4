import re
from decimal import Decimal
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.clarity.score import NOT_CLEAR, Score, labelled, scores
from tradehold.domain.clarity import gaps, message, why
from tradehold.domain.requirement import Gap, GapCode, Requirement, Specification, Tolerance
from tradehold.knowledge import load_knowledge

KNOWLEDGE = load_knowledge()
OPEN = list(labelled("open"))
LANGUAGES = ("en", "zh", "es", "pt")
FILES = ("specification.pdf", "规格书.pdf", "especificacion.pdf", "especificacao.pdf")


def of(*texts: str, attachments: tuple[str, ...] = (), remarks: str = "") -> tuple[Gap, ...]:
    requirements = tuple(Requirement(text) for text in texts)
    return gaps(Specification(requirements, attachments=attachments, remarks=remarks), KNOWLEDGE)


def codes(text: str, *attachments: str) -> set[str]:
    return {gap.code for gap in of(text, attachments=attachments)}


# -- measured against what people labelled


@cache
def measured(half: str) -> dict[str, Score]:
    return scores(labelled(half), KNOWLEDGE)


@pytest.mark.parametrize("half", ["open", "held_out"])
def test_clear_is_told_from_not_clear(half: str) -> None:
    score = measured(half)[NOT_CLEAR]
    assert score.right >= 100
    assert score.precision >= 0.95
    assert score.recall >= 0.95


def test_every_code_is_met_on_both_halves_together() -> None:
    lines = [*labelled("open"), *labelled("held_out")]
    together = scores(lines, KNOWLEDGE)
    spoken_of = {code for line in lines for code in line.codes}
    assert spoken_of == set(GapCode) - {GapCode.CONTRADICTION}
    assert {code: together[code].f1 for code in spoken_of if together[code].f1 < 0.85} == {}


# -- line by line


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("200 gsm, good quality", {"no_tolerance", "vague_words"}),
        ("approx. 200 gsm", {"vague_words"}),
        ("very thick fabric", {"vague_words"}),
        ("waterproof", {"no_value"}),
        ("IPX7", set()),
        ("Thickness:", {"no_value"}),
        ("size as agreed", {"no_value"}),
        ("length 20 ±1", {"no_unit"}),
        ("length 20", {"no_unit", "no_tolerance"}),
        ("4 buttons", set()),
        ("5000 mAh", {"no_tolerance"}),
        ("220-240 V, 50 Hz", set()),
        ("colour fastness grade 4", {"no_method"}),
        ("colour fastness grade 4, ISO 105-C06", set()),
        ("same as sample", {"ambiguous_reference"}),
        ("sealed sample S-2026-014", set()),
        ("as per sealed sample S-2026-014", set()),
        ("warranty 2 years", {"not_products"}),
        ("warranty card in each box", set()),
        ("2 replacement heads", set()),
        ("5 % discount if paid by Western Union", {"off_platform_payment"}),
        ("IBAN DE89 3704 0044 0532 0130 00, good quality", {"off_platform_payment"}),
        ("meets all EU regulations", {"vague_words"}),
        ("complies with REACH annex XVII", set()),
        ("strong carton, 5-ply, bursting strength ≥ 1,200 kPa (ISO 2759)", set()),
        ("“Best Quality” printed on the lid", set()),
        ("workmanship as approved sample no. 3 of 2026-05-02", set()),
        ("Weight: ⟨500⟩ g ±2 %", {"no_value"}),
        ("做工好", {"vague_words"}), ("防水", {"no_value"}), ("防尘盖", set()), ("色牢度4级", {"no_method"}),
        ("与封样S-2026-014一致", set()), ("按样品", {"ambiguous_reference"}), ("质保两年", {"not_products"}),
        ("resistente a la sal", {"no_value"}), ("anti-vibração", {"no_value"}),
        ("antique brass finish", set()),
        ("garantía de 2 años", {"not_products"}), ("2 filtros de reposição por unidade", set()),
        ("", set()), ("   ", set()),
    ],
)  # fmt: skip
def test_a_line(text: str, expected: set[str]) -> None:
    assert codes(text) == expected


@pytest.mark.parametrize(
    ("text", "attached", "expected"),
    [
        ("Dimensions as in drawing.pdf", (), {"missing_reference"}),
        ("Dimensions as in drawing.pdf", ("drawing.pdf",), set()),
        ("Dimensions as in DRAWING.pdf", ("drawing.pdf",), set()),
        ("Dimensions as in size chart final.pdf", ("size chart final.pdf",), set()),
        ("plate 3 mm per plate.dwg", ("plate.dwg",), set()),
        ("plate 3 mm per plate.dwg", ("other.dwg",), {"no_tolerance", "missing_reference"}),
    ],
)
def test_what_is_attached_counts(text: str, attached: tuple[str, ...], expected: set[str]) -> None:
    assert codes(text, *attached) == expected


# -- places and suggestions


@pytest.mark.parametrize("line", OPEN, ids=lambda line: line.text[:40])
def test_places_are_those_of_the_text_as_written(line: object) -> None:
    text, attachments = line.text, line.attachments  # type: ignore[attr-defined]
    for gap in of(text, attachments=attachments):
        assert text[gap.start : gap.end] == gap.words
        assert gap.words.strip()


def filled(suggestion: str) -> str:
    return re.sub("[⟨⟩]", "", suggestion)


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("Fabric: organic cotton, 200 gsm", "Fabric: organic cotton, 200 gsm ±5 %"),
        ("面料克重200克/平方米", "面料克重200克/平方米±5%"),
        ("Length 20", "Length 20 ⟨cm⟩ ±2 %"),
        ("colour fastness to washing: grade 4", "colour fastness to washing: grade 4 (ISO 105-C06)"),
        ("Jacket waterproof", "Jacket waterproof (⟨IPX4⟩, IEC 60529)"),
        ("Same as sample", "as in approved sample no. ⟨S-2026-014⟩"),
        ("按图纸", "按⟨规格书.pdf⟩"),
        ("Accessories: screws, washers, etc.", "Accessories: screws, washers"),
        ("about 30 cm long", "30 cm ±2 % long"),
        ("Peso:", "Peso: ⟨500⟩ g ±2 %"),
        ("2 year warranty", ""),
        ("see drawing.pdf", ""),
    ],
)
def test_a_suggestion(text: str, suggestion: str) -> None:
    assert {gap.suggestion for gap in of(text)} == {suggestion}


def test_every_suggestion_is_clear_once_its_blanks_are_filled() -> None:
    unclear, suggested = {}, 0
    for line in OPEN:
        for suggestion in {gap.suggestion for gap in of(line.text, attachments=line.attachments)} - {""}:
            suggested += 1
            if left := of(filled(suggestion), attachments=(*line.attachments, *FILES)):
                unclear[suggestion] = left
    assert unclear == {}
    assert suggested >= 80


def test_only_what_its_author_alone_can_know_has_no_suggestion() -> None:
    unknown = {"missing_reference", "not_products", "off_platform_payment"}
    assert [
        line.text
        for line in OPEN
        for gap in of(line.text, attachments=line.attachments)
        if not gap.suggestion and not unknown & codes(line.text, *line.attachments)
    ] == []


# -- between lines


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        ("Fabric: organic cotton, 200 gsm ±5 %", "Fabric weight: 180 gsm max", "180 gsm"),
        ("Length 20 cm ±1 cm", "Length: min 10 in", "10 in"),
        ("Carton 60 x 40 x 40 cm ±1 cm", "Carton: 50 x 40 x 40 cm ±1 cm", "50 x 40 x 40 cm ±1 cm"),
        ("面料克重 200±5克/平方米", "面料克重：180±5克/平方米", "180±5克/平方米"),
        ("Peso neto máx. 2 kg", "Peso neto mínimo 3 kg", "3 kg"),
    ],
)
def test_a_contradiction(one: str, other: str, words: str) -> None:
    found = [gap for gap in of("2 buttons", one, other) if gap.code is GapCode.CONTRADICTION]
    assert [(gap.requirement, gap.words, gap.other) for gap in found] == [(2, words, 1)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Fabric: 200 gsm ±5 %", "Lining: 100 gsm ±5 %"),
        ("Fabric: 200 gsm ±5 %", "Fabric weight min 190 gsm"),
        ("Length 20 cm ±1 cm", "Width 30 cm ±1 cm"),
        ("Length 20 cm ±1 cm", "Length 8 in ±0.1 in"),
        ("Size S: length 20 cm ±1 cm", "Size M: length 25 cm ±1 cm"),
        ("Length 20 cm ±1 cm", "Length 2 kg"),
    ],
)
def test_no_contradiction(one: str, other: str) -> None:
    assert [gap for gap in of(one, other) if gap.code is GapCode.CONTRADICTION] == []


def test_lines_of_two_products_do_not_contradict_each_other() -> None:
    texts = ("Length 20 cm ±1 cm", "Length 30 cm ±1 cm")
    two = tuple(Requirement(text, line=line) for line, text in enumerate(texts))
    assert gaps(Specification(two), KNOWLEDGE) == ()
    all_goods = (two[0], Requirement(texts[1]))
    assert [gap.other for gap in gaps(Specification(all_goods), KNOWLEDGE)] == [0]


def test_a_remark_is_read_too() -> None:
    remarks = "Dear all,\nfabric weight 250 gsm ±2 %\npay by Western Union please\n"
    found = of("Fabric weight 200 gsm ±5 %", remarks=remarks)
    assert [(gap.requirement, gap.code.value, gap.other) for gap in found] == [
        (None, "contradiction", 0), (None, "off_platform_payment", None),
    ]  # fmt: skip
    assert all(remarks[gap.start : gap.end] == gap.words for gap in found)


# -- what an author filled in


@pytest.mark.parametrize(
    ("requirement", "left"),
    [
        (Requirement("200 gsm"), {"no_tolerance"}),
        (Requirement("200 gsm", tolerance=Tolerance(Decimal(5), Decimal(5), True)), set()),
        (Requirement("200 gsm", operator="at_least", values=(Decimal(200),), unit="GM"), set()),
        (Requirement("200 gsm", operator="equal", values=(Decimal(200),), unit="GM"), {"no_tolerance"}),
        (Requirement("length 20 ±1", unit="CMT"), set()),
        (Requirement("waterproof", values=(Decimal(3000),), unit="MMT"), set()),
        (Requirement("colour fastness grade 4", standards=("ISO 105-C06",)), set()),
        (Requirement("as per sample", references=("S-2026-014",)), set()),
        (Requirement("good quality", attribute="finish", values=(Decimal(1),)), {"vague_words"}),
    ],
)
def test_fields_fill_what_the_text_lacks(requirement: Requirement, left: set[str]) -> None:
    assert {gap.code for gap in gaps(Specification((requirement,)), KNOWLEDGE)} == left


# -- in words


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", list(GapCode))
def test_every_gap_is_explained(code: GapCode, language: str) -> None:
    gap = Gap(0, code, 0, 4, "nice")
    assert "nice" in message(gap, language, KNOWLEDGE)
    assert why(gap, language, KNOWLEDGE)
    assert message(gap, "tlh", KNOWLEDGE) == message(gap, "en", KNOWLEDGE)


def test_messages_differ_by_language_and_code() -> None:
    gaps = [Gap(0, code, 0, 4, "nice") for code in GapCode]
    said = [text(gap, one, KNOWLEDGE) for text in (message, why) for one in LANGUAGES for gap in gaps]
    assert len(set(said)) == len(said)


# -- whatever comes


@given(st.text(max_size=200), st.text(max_size=200))
def test_anything_is_checked(text: str, remarks: str) -> None:
    for gap in of(text, remarks=remarks):
        written = text if gap.requirement == 0 else remarks
        assert written[gap.start : gap.end] == gap.words


WORDS = st.sampled_from([word for line in OPEN for word in line.text.split()])


@given(st.lists(WORDS, max_size=30).map(" ".join))
def test_words_of_lines_in_any_order_are_checked(text: str) -> None:
    for gap in of(text):
        assert text[gap.start : gap.end] == gap.words


@pytest.mark.parametrize(
    "piece",
    [
        "good ",
        "as per sample ",
        "20 cm ",
        "EN 71 ",
        "1",
        "(",
        "“",
        "防水",
        "not exceed ",
        "a.pdf ",
        "5x",
        "@",
    ],
)
def test_hostile_lines_are_checked_in_time_linear_in_them(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    assert all(text[gap.start : gap.end] == gap.words for gap in of(text))


def test_many_lines_on_one_attribute_are_compared_in_time_linear_in_them() -> None:
    found = of(*(f"Length {number} cm ±0 cm" for number in range(2000)))
    assert len([gap for gap in found if gap.code is GapCode.CONTRADICTION]) == 1999
