"""The contract on paper: an archivable file that says what the sheet says, whatever people wrote on it."""

import asyncio
import io
import re
from datetime import datetime

import msgspec
import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.paper.sheets import AT, BOTH, CHINESE, ENGLISH, HASH, contract
from tradehold.paper.glyphs import BREAK, printable
from tradehold.paper.render import NotPrinted, prepared, render
from tradehold.paper.sheet import Column, Embedded, Fact, Facts, Section, Sheet, Subheading, Table
from tradehold.paper.typesetter import typeset

TERMS = Embedded("contract.json", '{"title":"夹克","lines":[ ]}\n'.encode(), "The contract's terms")
FILES = Embedded("attachments.json", b'[{"name":"label_b.pdf","size":7}]', "What was attached to them")


def read(pdf: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(pdf))


def pages(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in read(pdf).pages]


def printed(pdf: bytes) -> str:
    """All that is on the pages, without blanks: where a line ends is the layout's business."""
    return re.sub(r"\s", "", "".join(pages(pdf)))


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


def test_it_is_archivable_and_accessible() -> None:
    document = read(render(contract(), [TERMS]))
    metadata = document.xmp_metadata
    assert metadata is not None
    said = metadata.rdf_root.toxml()
    assert "<pdfaid:part>3</pdfaid:part>" in said
    assert "<pdfaid:conformance>B</pdfaid:conformance>" in said
    assert "<pdfuaid:part>1</pdfuaid:part>" in said
    root = document.root_object
    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    assert document.metadata is not None
    assert document.metadata.title == (
        "TH-7K2M-Q9XD – Children's hooded jackets, organic cotton, autumn collection"
    )
    assert document.metadata.creation_date == AT


@pytest.mark.parametrize(("languages", "expected"), [(ENGLISH, "en"), (CHINESE, "zh-CN"), (BOTH, "en")])
def test_it_says_its_language(languages: tuple[str, ...], expected: str) -> None:
    assert read(render(contract(languages))).root_object["/Lang"] == expected


def test_attached_files_come_back_byte_for_byte() -> None:
    document = read(render(contract(), [TERMS, FILES]))
    assert document.attachments == {TERMS.name: [TERMS.data], FILES.name: [FILES.data]}
    linked = [each.get_object() for each in document.root_object["/AF"]]
    assert {each["/UF"]: each["/Desc"] for each in linked} == {
        TERMS.name: TERMS.description,
        FILES.name: FILES.description,
    }


@pytest.mark.parametrize(("languages", "there", "absent"), [
    (ENGLISH, ("Ship by", "12 June 2026", "Defect class"), ("最迟装运", "缺陷等级")),
    (CHINESE, ("最迟装运", "2026年6月12日", "缺陷等级"), ("Ship by", "Defect class")),
    (BOTH, ("Ship by", "12 June 2026", "Defect class", "最迟装运", "2026年6月12日", "缺陷等级"), ()),
])  # fmt: skip
def test_it_speaks_the_languages_asked_for(
    languages: tuple[str, ...], there: tuple[str, ...], absent: tuple[str, ...]
) -> None:
    text = printed(render(contract(languages)))
    assert [words for words in there if squeezed(words) not in text] == []
    assert [words for words in absent if squeezed(words) in text] == []


@pytest.mark.parametrize("languages", [ENGLISH, BOTH])
def test_what_people_wrote_stands_once(languages: tuple[str, ...]) -> None:
    text = printed(render(contract(languages)))
    assert text.count(squeezed("Body in Pantone 1935 D, delta E at most 2.0")) == 1
    assert text.count("拉链使用YKK5号尼龙拉链") == 1
    assert text.count("NordlichtKinderGmbH") == 1


def test_every_page_says_whose_it_is() -> None:
    found = pages(render(contract(lines=80)))
    assert len(found) > 3
    for number, page in enumerate(found, 1):
        last = page.splitlines()[-1]
        assert (
            last
            == f"TH-7K2M-Q9XD Revision 3 SHA-256 of this revision {HASH[:16]} Page {number} of {len(found)}"
        )
    whole = [number for number, page in enumerate(found) if HASH in page]
    assert whole == [0, len(found) - 1]
    for number in whole:
        assert "To check it, open the attached contract.json" in " ".join(found[number].split())


def test_table_heads_are_repeated() -> None:
    found = pages(render(contract(lines=120)))
    goods = [page for page in found if "Hooded jacket, organic" in page]
    assert len(goods) > 2
    assert [page for page in goods if "Unit price" not in page] == []


def test_the_same_sheet_gives_the_same_bytes() -> None:
    sheet = contract(BOTH)
    one = render(sheet, [TERMS, FILES])
    assert one == render(sheet, [TERMS, FILES])
    assert one != render(msgspec.structs.replace(sheet, number="TH-OTHER"), [TERMS, FILES])


async def _at_once(sheet: Sheet) -> list[bytes]:
    return await asyncio.gather(*(asyncio.to_thread(render, sheet) for _ in range(3)))


def test_threads_do_not_disturb_one_another() -> None:
    sheet = contract()
    assert set(asyncio.run(_at_once(sheet))) == {render(sheet)}


def test_a_long_contract_is_all_there() -> None:
    written = tuple(f"Requirement number {n} of the whole list, about its seams" for n in range(1, 301))
    text = printed(render(contract(BOTH, lines=50, written=written)))
    assert [each for each in written if squeezed(each) not in text] == []
    assert [n for n in range(1, 51) if f"NK-26-{n:04}" not in text] == []


def test_thousands_of_requirements_are_printed() -> None:
    written = tuple(f"Requirement number {n}" for n in range(1, 2001))
    document = read(render(contract(lines=500, written=written)))
    assert len(document.pages) > 80
    assert "Requirement number 2000" in "".join(page.extract_text() for page in document.pages[-4:])


HOSTILE = {
    "code": '#eval("40+2") #{ 1 + 1 } #read("contract.typ") #let x = 1 #panic()',
    "markup": "*bold* _slanted_ `raw` $x^2$ = Heading - item + item / term: <label> @label ~ \\ \\u{41} \\#",
    "comments": "// gone /* gone too */ [x]] }) \" ' ```",
    "replaced": "3x4 -> 5 <- --- ... (c) 1/2 fi ffi 'quoted' \"quoted\"",
    "template": "{{ sheet.hash }} {page} {% x %} ${x}",
    "json": '","revision":{"en":"Revision 9"},"x":"',
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("languages", [ENGLISH, CHINESE])
def test_what_people_wrote_is_printed_and_never_run(text: str, languages: tuple[str, ...]) -> None:
    on_paper = printed(render(contract(languages, title=text, written=(text,), remarks=text)))
    assert on_paper.count(squeezed(text)) == 3


@pytest.mark.parametrize(("text", "expected"), [
    ("evil\u202egnp.exe", "evil[U+202E]gnp.exe"),
    ("a\x00b\x07c\x1b[31m\x7f", "a[U+0000]b[U+0007]c[U+001B][31m[U+007F]"),
    ("zero\u200bwidth\ufeff\u00ad", "zero[U+200B]width[U+FEFF][U+00AD]"),
    ("one\r\ntwo\tthree\u2028four", "one\ntwo three[U+2028]four"),
    ("thumbs 👍", "thumbs [U+1F44D]"),
    ("half \ud800", "half [U+D800]"),
    ("שלום", "[U+05E9][U+05DC][U+05D5][U+05DD]"),
    ("0\u064b", "0\u064b"),
    ("中\u0301", "中[U+0301]"),
    ("\u0301 alone", "[U+0301] alone"),
    ("é e\u0301 ñ Ž ő Đặng Ελληνικά Русский", "é e\u0301 ñ Ž ő Đặng Ελληνικά Русский"),
    ("مرحبا ไทย हिन्दी 宁波“海曙”。", "مرحبا ไทย हिन्दी 宁波“海曙”。"),
])  # fmt: skip
def test_what_cannot_be_seen_or_drawn_is_printed_as_its_code_point(text: str, expected: str) -> None:
    assert printable(text).replace(BREAK, "") == expected
    on_paper = printed(render(contract(written=(text,))))
    assert [code for code in re.findall(r"\[U\+[0-9A-F]+\]", expected) if code not in on_paper] == []


@pytest.mark.parametrize("letter", ["W", "中", "ا", "😀"])
def test_a_word_of_100_000_letters_runs_over_pages(letter: str) -> None:
    pdf = render(contract(BOTH, written=(letter * 100_000,)))
    assert len(read(pdf).pages) > 10


def test_a_long_word_breaks_and_leaves_nothing_in_the_text() -> None:
    word = "design-draft-" + "abcdefghij" * 20
    assert printable(word).replace(BREAK, "") == word
    assert max(map(len, printable(word).split(BREAK))) == 8
    sheet = contract(written=(word,), title=word)
    assert printed(render(sheet)).count(word) == 2
    assert printable("A sentence of ordinary words, characteristically unbroken.").count(BREAK) == 0
    accents = "e\u0301" * 40
    assert all(piece.startswith("e") for piece in printable(accents).split(BREAK))


def _sections(sheet: Sheet, *blocks: Subheading | Facts | Table) -> Sheet:
    return msgspec.structs.replace(sheet, sections=(Section({"en": "Section"}, blocks),))


@pytest.mark.parametrize("text", ["", " \n ", "x" * 40_000])
def test_a_subheading_may_hold_anything(text: str) -> None:
    pdf = render(_sections(contract(), Subheading(text)))
    assert sum(page.count("x" * 8) for page in pages(pdf)) == len(text) // 8


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=60), min_size=20, max_size=60))
def test_any_text_can_be_printed(written: list[str]) -> None:
    for languages in (ENGLISH, CHINESE):
        sheet = contract(languages, title=written[0], written=tuple(written), remarks=written[1])
        assert typeset(prepared(sheet).decode(), 0).startswith(b"%PDF-1.7")


@pytest.mark.parametrize(("sheet", "message"), [
    (msgspec.structs.replace(contract(), at=datetime(2026, 3, 3)), "sheet.at: give a time with its zone."),
    (msgspec.structs.replace(contract(), hash="9F86"), "sheet.hash: give a SHA-256 in hexadecimal."),
    (msgspec.structs.replace(contract(BOTH), state={"en": "Draft"}),
     "sheet.state: give these words in en and zh."),
    (_sections(contract(), Facts((Fact({"zh": "地址"}, "x"),))),
     "sheet.sections.0.blocks.0.facts.0.label: give these words in en."),
    (_sections(contract(), Table((Column({"en": "A"}),), (("1",), ("1", "2")))),
     "sheet.sections.0.blocks.0: give every row one cell for each column."),
])  # fmt: skip
def test_a_sheet_that_does_not_fit_is_refused(sheet: Sheet, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        render(sheet)


def test_only_text_is_attached() -> None:
    with pytest.raises(ValueError, match=r"photo\.json: only files in UTF-8 can be attached"):
        render(contract(), [Embedded("photo.json", b"\xff\xd8", "A photograph")])


def test_the_typesetter_says_why_it_gave_up() -> None:
    with pytest.raises(NotPrinted, match=r"contract\.json"):
        render(contract(), [TERMS, TERMS])
