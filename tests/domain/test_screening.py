from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradehold.domain import screening
from tradehold.domain.screening import COLUMNS, Entry, EntryKind, Hit, ScreeningList, hits, parse

DAY = date(2026, 1, 2)
REFERENCE = Path(screening.__file__).parents[1] / "data/screening/reference.csv"
HEADER = ",".join(COLUMNS) + "\n"


def entry(name: str, *aliases: str, kind: EntryKind = "company") -> Entry:
    return Entry(name, aliases, kind, "CN", "Fiction", "test")


def score(listed: str, name: str) -> int:
    found = hits(ScreeningList("test", DAY, (entry(listed),)), [name])
    return found[0].score if found else 0


@pytest.mark.parametrize(
    ("listed", "name", "per_cent"),
    [
        ("Zyxwold Imaginary Trading", "Zyxwold Imaginary Trading", 100),
        ("Zyxwold Imaginary Trading", "ZYXWOLD  imaginary-trading", 100),
        ("Zyxwold Imaginary Trading", "The Trading, Imaginary Zyxwold Co., Ltd.", 100),
        ("Zyxwold GmbH & Co. KG", "Zyxwold", 100),
        ("Quimérica S.A. de C.V.", "quimerica sa", 100),
        ("Quimérica S.A. de C.V.", "Ｑｕｉｍｅｒｉｃａ", 100),
        ("Zyxwold", "Zyxw\u200bold", 100),
        ("Zyxwold", "Zyxwоld", 100),  # a Cyrillic letter
        ("Łódź Øst Straße", "Lodz Ost Strasse", 100),
        ("A.B.C. Phantom", "ABC Phantom", 100),
        ("O'Phantom Exports", "OPhantom Exports", 100),
        ("兹沃德虚构贸易有限公司", "兹沃德虚构贸易", 100),
        ("兹沃德虚构贸易有限公司", "兹 沃 德 虚 构 贸 易 （有限公司）", 100),
        ("示例虚构股份有限公司", "示例虚构集团公司", 100),
        ("가상무역 주식회사", "주식회사 가상무역", 100),
        # one slip in a word of five letters or more: 13 + 13 letters, less one
        ("Zyxwold Phanto", "Zyxwald Phanto", 96),
        ("Zyxwold Phanto", "Zyxwlod Phanto", 96),
        ("Zyxwold Phanto", "Zyxwoold Phanto", 96),
        ("Zyxwold Phanto", "Zywold Phanto", 96),
        ("Imaginova Mueller", "Imaginova Müller", 96),
        # 7 + 6 letters matched in both, 3 more in one: 26 of 29
        ("Zyxwold Phanto", "Zyxwold Ali Phanto", 89),
        # all of the shorter name, 26 of 33
        ("Zyxwold Phanto", "Zyxwold Phanto Textile", 78),
        ("Zyxwold Phanto Textile", "Phanto Zyxwold", 78),
    ],
)
def test_names_that_mean_the_same_are_hits(listed: str, name: str, per_cent: int) -> None:
    assert score(listed, name) == per_cent


@pytest.mark.parametrize(
    ("listed", "name"),
    [
        ("Zyxwold Imaginary Trading", "Harbour Kids Ltd"),
        ("Zyxwold Imaginary Trading", "Imaginary Trading of Bremen"),
        ("Zyxwold Imaginary", "Zyxwold Harbour"),
        ("Zyxwold", "Zyxwold Harbour"),  # one word alone says little
        ("Zyxwold Phanto", "Zyxwold Phanto Harbour Textile Machinery"),  # 26 of 50: most of it is another
        ("Zyxwold Phanto", "Zyxwaald Phanto"),  # two slips
        ("Abcd Efgh", "Abce Efgh"),  # short words must be equal
        ("Ltd", "Co"),
        ("兹沃德虚构贸易有限公司", "兹沃德虚构纺织有限公司"),
        ("兹沃德虚构贸易有限公司", "Zyxwold"),
        ("Zyxwold", ""),
        ("Zyxwold", "—"),
    ],
)
def test_other_names_are_none(listed: str, name: str) -> None:
    assert score(listed, name) == 0


def test_a_hit_names_the_entry_and_the_alias_and_the_best_comes_first() -> None:
    screened = ScreeningList(
        "test",
        DAY,
        (
            entry("Zyxwold Phanto Textile", "Zyxwold Phanto"),
            entry("Imaginova", "兹沃德虚构", kind="person"),
            entry("Somebody Else"),
        ),
    )
    assert hits(screened, ["Harbour", "Zyxwald Phanto", "ZYXWOLD PHANTO", "兹沃德虚构有限公司"]) == (
        Hit("Imaginova", "兹沃德虚构有限公司", "兹沃德虚构", 100, "Fiction"),
        Hit("Zyxwold Phanto Textile", "ZYXWOLD PHANTO", "Zyxwold Phanto", 100, "Fiction"),
    )
    assert hits(screened, []) == ()


LETTERS = st.text("abdeiklmnorstuz", min_size=1, max_size=8)
NAMES = st.lists(LETTERS, min_size=1, max_size=5).map(" ".join)


@given(st.lists(NAMES, min_size=1, max_size=12), st.data())
def test_the_index_finds_what_comparing_with_every_name_finds(names: list[str], data: st.DataObject) -> None:
    chosen = data.draw(st.sampled_from(names))
    place = data.draw(st.integers(0, len(chosen) - 1))
    asked = data.draw(st.sampled_from([chosen, chosen[:place] + chosen[place + 1 :], chosen + " noor"]))
    together = {
        hit.entry: hit.score for hit in hits(ScreeningList("", DAY, tuple(map(entry, names))), [asked])
    }
    assert together == {name: found for name in names if (found := score(name, asked))}


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_is_screened_and_meets_itself(listed: str, name: str) -> None:
    found = score(listed, name)
    assert found in range(101)
    assert found == score(name, listed)
    if any(character.isascii() and character.isalnum() for character in name):
        assert score(name, name) == 100


def test_one_of_fifty_thousand_is_found_and_nobody_else() -> None:
    syllables = ["zyx", "wold", "phan", "tom", "mira", "quel", "bor", "nux", "tav", "ilo", "gre", "pim"]
    words = [a + b + c for a in syllables for b in syllables for c in syllables]
    entries = tuple(
        entry(f"{words[n * 7 % 1728]} {words[n * 11 % 1728]} {words[n * n % 1727]} Co Ltd")
        for n in range(50_000)
    )
    screened = ScreeningList("long", DAY, entries)
    assert hits(screened, [entries[4711].name])[0].score == 100
    assert hits(screened, [f"{words[n]} harbour kids" for n in range(100)]) == ()


# -- the file


def test_the_reference_list_is_read_and_is_fiction() -> None:
    screened = parse(REFERENCE.read_text(), "reference", DAY)
    assert (screened.name, screened.dated, len(screened.entries)) == ("reference", DAY, 8)
    assert all("fictional" in one.programme for one in screened.entries)
    (hit,) = hits(screened, ["兹沃德虚构贸易有限公司"])
    assert hit.entry == "Zyxwold Imaginary Trading Co. Ltd."
    assert [hit.entry for hit in hits(screened, ["Imaginova, Nonexistia T."])] == [
        "Nonexistia Testperson Imaginova"
    ]


def test_fields_are_read_as_written() -> None:
    text = (
        "\ufeff# a remark\n"
        + HEADER
        + '"Zyxwold, Inc.", A ;; B,company,,P,S\n\nNone Such,,person,DE,"Q\n",T\n'
    )
    with pytest.raises(
        ValueError, match="line 6: column programme: it holds a control character; take it out"
    ):
        parse(text.replace('"Q\n"', '"Q\nR"'), "x", DAY)
    assert parse(text, "x", DAY).entries == (
        Entry("Zyxwold, Inc.", ("A", "B"), "company", "", "P", "S"),
        Entry("None Such", (), "person", "DE", "Q", "T"),
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "line 1: the header must be “name,aliases,kind,country,programme,source”, not “”"),
        (
            "# x\nname;aliases\n",
            "line 2: the header must be “name,aliases,kind,country,programme,source”, not ",
        ),
        (HEADER + "Z,,company,CN,P\n", "line 2: there are 5 columns; write 6: name, aliases, kind, country"),
        (HEADER + "Z,,company,CN,P,S\n,,person,CN,P,S\n", "line 3: column name: “” has no letter or digit"),
        (
            HEADER + "Z,A;—,company,CN,P,S\n",
            "line 2: column aliases: “—” has no letter or digit; write a name",
        ),
        (HEADER + "Z,,vessel,CN,P,S\n", "line 2: column kind: “vessel” is unknown; write person or company"),
        (HEADER + "Z,,person,China,P,S\n", "line 2: column country: “China” is no ISO 3166 code; write two"),
        (HEADER + "Z,,person,cn,P,S\n", "line 2: column country: “cn” is no ISO 3166 code; write two"),
        (HEADER + "Z,,person,CN,,S\n", "line 2: column programme: it is empty; every entry must say it"),
        (HEADER + "Z,,person,CN,P,\n", "line 2: column source: it is empty; every entry must say it"),
        (HEADER + "Z\x00,,person,CN,P,S\n", "line 2: "),
        (
            HEADER + f"{'Z' * 2001},,person,CN,P,S\n",
            "line 2: column name: 2001 characters are too many; at most",
        ),
        (HEADER + 'Z,,person,CN,P,"S\n', "line 2: unexpected end of data"),
        (HEADER + 'Z,,person,CN,P,"S"x\n', "line 2: "),
    ],
)
def test_a_mistake_is_named_by_line_and_column(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match="line") as refused:
        parse(text, "x", DAY)
    assert str(refused.value).startswith(problem)
