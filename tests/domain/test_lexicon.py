import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradehold.domain.folding import fold
from tradehold.domain.lexicon import Lexicon

NAMES = Lexicon(
    [
        ("label", "label"),
        ("care label", "care_label"),
        ("GSM", "weight"),
        ("N/W", "net_weight"),
        ("botón", "button"),
        ("embalagem", "packing"),
        ("dimensão", "dimensions"),
        ("material", "material"),
        ("EN 71", "toys"),
        ("zip", "zip"),
        ("克重", "weight"),
        ("面料克重", "fabric_weight"),
        ("五层", "plies"),
        ("pH值", "ph"),
        ("YKK拉链", "zip"),
    ]
)


def found(text: str) -> list[tuple[str, str]]:
    line = fold(text).text.lower()
    return [(line[start:end], key) for start, end, key in NAMES.find(line)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("Care label in English", [("care label", "care_label")]),  # the longest
        ("CARE-LABELS, labels", [("care-labels", "care_label"), ("labels", "label")]),
        ("care, label", [("label", "label")]),
        ("care\nlabel", [("label", "label")]),
        ("labelled relabel label_b", []),
        ("200gsm", [("gsm", "weight")]),
        ("N.W. 5 kg, n / w, NW", [("n.w", "net_weight"), ("n / w", "net_weight")]),
        ("botones Botón BOTON", [("botones", "button"), ("boton", "button"), ("boton", "button")]),
        ("embalagens e dimensões dos materiais", [
            ("embalagens", "packing"), ("dimensoes", "dimensions"), ("materiais", "material"),
        ]),
        ("EN71-1 and EN 71-3", [("en71", "toys"), ("en 71", "toys")]),
        ("面料克重200，克重", [("面料克重", "fabric_weight"), ("克重", "weight")]),
        ("五层瓦楞", [("5层", "plies")]),
        ("pH值 4-7", [("ph值", "ph")]),
        ("graph值", []),
        ("克重GSM", [("克重", "weight"), ("gsm", "weight")]),
        ("YKK拉链", [("ykk拉链", "zip")]),
        ("ＧＳＭ ｌａｂｅｌ", [("gsm", "weight"), ("label", "label")]),
        ("zip as in zip-2.pdf", [("zip", "zip")]),
        ("label.docx zip.ai, label", [("label", "label")]),
        ("drawing.zip", []),
        ("end of label. Zip", [("label", "label"), ("zip", "zip")]),
    ],
)  # fmt: skip
def test_names_are_found_where_they_stand(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(text) == expected


def test_plurals_need_not_be_written_down() -> None:
    one = Lexicon([("label", "label"), ("brand labels", "brand"), ("lights", "lamp"), ("light bulb", "bulb")])
    text = "label, labels, brand labels, brand label, light, lights, light bulbs, lights bulb"
    keys = ["label", "label", "brand", "label", "lamp", "bulb", "bulb"]
    assert [key for _, _, key in one.find(text)] == keys


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ([("care label", "a"), ("Care-Label", "b")], "a name of a and of b"),
        ([("克重", "a"), ("克重", "b")], "a name of a and of b"),
        ([("重", "a")], "two characters"),
        ([("±", "a")], "no letters"),
    ],
)
def test_a_name_stands_for_one_thing(names: list[tuple[str, str]], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Lexicon(names)


@pytest.mark.parametrize(
    "pattern", ["label ", "care ", "a.pdf", "zip.pdf ", "-", "面料", "pH值", ".pdf", "_", "a-"]
)
def test_much_of_the_same_comes_to_an_end(pattern: str) -> None:
    line = fold(pattern * (300_000 // len(pattern))).text.lower()
    assert len(NAMES.find(line)) <= len(line)


PIECES = ["care", "label", " ", "-", ".pdf", "克重", "面料", "n", "/", "w", "5", "层", "pH值", "zip", "\n"]


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=30))
def test_what_is_found_is_in_order_and_apart(pieces: list[str]) -> None:
    line = fold("".join(pieces)).text.lower()
    places = [place for start, end, _ in NAMES.find(line) for place in (start, end)]
    assert places == sorted(places)
    assert all(start < end for start, end, _ in NAMES.find(line))
