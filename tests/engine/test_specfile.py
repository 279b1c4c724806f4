"""Specifications from files as people have them, and files that were made to do harm."""

import codecs
import io
import json
import random
import zipfile
from collections.abc import Callable
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import filesamples as samples
from tradehold.domain.requirement import Defect, Method, Requirement, Tolerance
from tradehold.engine.specfile import Spec, SpecFileError, read_lines, read_spec


def texts(spec: Spec) -> list[str]:
    return [one.text for one in spec.requirements]


def workbook(*sheets: list[list[object]], state: str = "visible") -> bytes:
    book = openpyxl.Workbook()
    for number, rows in enumerate(sheets):
        sheet = book.active if number == 0 else book.create_sheet()
        for row in rows:
            sheet.append(row)
    book.worksheets[0].sheet_state = state
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


# -- plain text


@pytest.mark.parametrize(("line", "text"), [
    ("- 200 gsm ±5 %", "200 gsm ±5 %"),
    ("* 200 gsm", "200 gsm"),
    ("1. 200 gsm", "200 gsm"),
    ("2)Fabric cotton", "Fabric cotton"),
    ("(3) Fabric cotton", "Fabric cotton"),
    ("• Fabric cotton", "Fabric cotton"),
    ("4、面料纯棉", "面料纯棉"),
    ("（5）面料纯棉", "面料纯棉"),
    ("①面料纯棉", "面料纯棉"),
    ("[x] Fabric cotton", "Fabric cotton"),
    ("1.5 mm thick", "1.5 mm thick"),
    ("-5 °C at least", "-5 °C at least"),
    ("2 mm thick", "2 mm thick"),
    ("#5 YKK zipper", "#5 YKK zipper"),
    ("  width\t60 cm ", "width 60 cm"),
    ("Category: none of ours", "Category: none of ours"),
    ("Market: Atlantis", "Market: Atlantis"),
    ("Attachments: as usual", "Attachments: as usual"),
])  # fmt: skip
def test_a_line_is_a_requirement_without_its_bullet(line: str, text: str) -> None:
    assert texts(read_lines(line)) == [text]


def test_blank_lines_comments_and_a_heading_are_skipped() -> None:
    assert texts(read_lines("# draft\n\nRequirements:\n \n## Fabric\nCotton\r\nRed\rBlue")) == [
        "Cotton", "Red", "Blue",
    ]  # fmt: skip


@pytest.mark.parametrize("text", [
    "Title: Tee\nCategory: Children's clothing\nMarkets: Germany, California\nAttachments: a.pdf, b.ai\nRed",
    "标题：Tee\n类别：童装\n目标市场：德国、加州\n附件：a.pdf、b.ai\nRed",
    "Título: Tee\nCategoría: ropa infantil\nMercados: Alemania; US-CA\nAdjuntos: a.pdf; b.ai\nRed",
    "título: Tee\ncategoria: roupa infantil\nmercado: Alemanha / US-CA\nanexos: a.pdf, b.ai\nRed",
    "product: Tee\ncategory: childrens_clothing\nmarket: de, us-ca\nAttachment: a.pdf, b.ai\nRed",
])  # fmt: skip
def test_header_lines_are_read_in_four_languages(text: str) -> None:
    assert read_lines(text) == Spec(
        (Requirement("Red"),), "childrens_clothing", ("DE", "US-CA"), ("a.pdf", "b.ai"), "Tee"
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize(
    "text", ["面料克重200g/m²±5%\n颜色：潘通1935C", "外箱五层瓦楞纸箱，耐破强度不低于1200kPa"]
)
def test_chinese_is_read_in_every_encoding(text: str, encoding: str) -> None:
    assert texts(read_spec("a.txt", text.encode(encoding))) == text.splitlines()


@pytest.mark.parametrize("text", [
    "Composição 100 % algodão, tolerância ±5 %", "Tamaño 60 cm ±1 cm", "Composição", "ção", "80 °C ±2 °C",
    "“Größe” 5 µm",
])  # fmt: skip
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16-le", "utf-16-be"])
def test_western_text_is_not_taken_for_chinese(text: str, encoding: str) -> None:
    if encoding.startswith("utf-16"):
        text += " in the length, as drawn"
    assert texts(read_spec("a.txt", text.encode(encoding))) == [text]


# -- tables

WANTED = (
    Requirement(
        "Fabric weight: 200 g/m² ±5% (ISO 3801)", attribute="Fabric weight", operator="equal",
        values=(Decimal(200),), unit="GM", tolerance=Tolerance(Decimal(5), Decimal(5), percent=True),
    ),
    Requirement(
        "Length: ≥ 60.5 cm -1/+2", attribute="Length", operator="at_least", values=(Decimal("60.5"),),
        unit="CMT", tolerance=Tolerance(Decimal(1), Decimal(2)), method=Method.MEASUREMENT,
        defect=Defect.CRITICAL,
    ),
    Requirement("Colour: Pantone 1935 D", method=Method.VISUAL, defect=Defect.MINOR),
)  # fmt: skip
ROWS = [
    ["Fabric weight", "200", "g/m²", "5%", "ISO 3801", ""],
    ["Length", "≥ 60.5", "cm", "-1/+2", "测量", "致命"],
    ["Colour", "Pantone 1935 D", "", "", "visual", "minor"],
]
HEADINGS = [
    ["Attribute", "Value", "Unit", "Tolerance", "Test method", "Class"],
    ["检验项目", "标准值", "单位", "公差", "检验方法", "缺陷等级"],
    ["Característica", "Valor", "Unidad", "Tolerancia", "Método de ensayo", "Clase de defecto"],
    ["Característica", "Valor", "Unidade", "Tolerância", "Método de ensaio", "Classe de defeito"],
    ["项目 Item", "Value (nominal)", "UNIT", "+/-", "Method:", "Defect class*"],
]


@pytest.mark.parametrize("headings", HEADINGS, ids=lambda headings: headings[0])
def test_a_table_is_read_by_its_headings_in_every_form(headings: list[str]) -> None:
    for delimiter in ",;\t|":
        body = "\r\n".join(delimiter.join(row) for row in [headings, *ROWS])
        assert read_spec("a.csv", body.encode()).requirements == WANTED
        assert read_spec("a.csv", body.encode("utf-16")).requirements == WANTED
    assert read_lines("\n".join("\t".join(row) for row in [headings, *ROWS])).requirements == WANTED
    assert read_spec("a.xlsx", workbook([headings, *ROWS])).requirements == WANTED
    assert read_spec("a.xlsx", workbook([], [headings, *ROWS])).requirements == WANTED
    assert read_spec("a.xlsx", workbook([["old"]], [headings, *ROWS], state="hidden")).requirements == WANTED


@pytest.mark.parametrize(("fields", "text"), [
    ("Weight 200 gsm,5%", "Weight 200 gsm ±5%"),
    ("Weight 200 gsm ±5%,±5 %", "Weight 200 gsm ±5%"),
    ("Weight 200 gsm ±5% (ISO 3801),,ISO 3801", "Weight 200 gsm ±5% (ISO 3801)"),
    ("Weight 200 gsm ±5%,,ISO 3801", "Weight 200 gsm ±5% (ISO 3801)"),
    ("Cotton,,,as sample 7", "Cotton; as sample 7"),
])  # fmt: skip
def test_what_stands_beside_the_text_becomes_part_of_it(fields: str, text: str) -> None:
    body = f"Requirement,Tolerance,Method,Remark\n{fields}\n"
    assert texts(read_spec("a.csv", body.encode())) == [text]


@pytest.mark.parametrize(("value", "unit", "operator", "values", "code"), [
    ("1.8-2.2", "mm", "between", ["1.8", "2.2"], "MMT"),
    ("<= 90", "mg/kg", "at_most", ["90"], "NA"),
    ("20", "blorb", "", [], ""),
    ("1,200", "kg", "", [], ""),
    ("about 5", "kg", "", [], ""),
    ("2.2-1.8", "mm", "", [], ""),
])  # fmt: skip
def test_numbers_become_fields_only_where_nothing_is_open(
    value: str, unit: str, operator: str, values: list[str], code: str
) -> None:
    body = f"attribute;value;unit\nThing;{value};{unit}\n"
    (one,) = read_spec("a.csv", body.encode()).requirements
    assert one.text == f"Thing: {value} {unit}"
    assert (one.operator, [str(each) for each in one.values], one.unit) == (operator, values, code)


@pytest.mark.parametrize(("body", "expected"), [
    ("Fabric,cotton\nWeight:,200 gsm\n", ["Fabric: cotton", "Weight: 200 gsm"]),
    ("颜色,红\n尺寸,M\n", ["颜色：红", "尺寸：M"]),
    ("200 gsm, good quality\nno needles\nred, blue, green", ["200 gsm, good quality", "no needles",
                                                             "red, blue, green"]),
    ('requirement\n"200 gsm, good quality"\n"a ""b"""\nred', ["200 gsm, good quality", 'a "b"', "red"]),
    ("requirement\n200 gsm, good quality\nno needles", ["200 gsm, good quality", "no needles"]),
    ("Requirement,\n200 gsm,\n", ["200 gsm"]),
    ('id,text\n1,"a\nb"\n', ["a b"]),
])  # fmt: skip
def test_tables_without_headings_and_text_with_commas(body: str, expected: list[str]) -> None:
    assert texts(read_spec("a.csv", body.encode())) == expected


def test_what_stands_above_the_headings_and_in_columns_not_known() -> None:
    rows: list[list[object]] = [
        ["Tee, spring"], ["Market", "DE, US"], ["Category: toys"], ["Buyer", "Harbour Kids"], [],
        ["No.", "Requirement", "Photo", "附件"], [1, "Red", "p1", "a.pdf"], [2, "Blue", None, "b.pdf"], [3],
    ]  # fmt: skip
    assert read_spec("a.xlsx", workbook(rows)) == Spec(
        (Requirement("Red"), Requirement("Blue")), "toys", ("DE", "US"), ("a.pdf", "b.pdf"), "Tee, spring",
        "Buyer: Harbour Kids", left_out=("Photo",),
    )  # fmt: skip


def test_cells_are_read_as_they_are_shown() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in ([0.1 + 0.2], [0.05], [200.0], [True], ["=1+1"], ["#5 YKK"]):
        sheet.append(["x", *row])
    sheet["B2"].number_format = "0%"
    sheet.merge_cells("A8:D8")
    sheet["A8"] = "merged"
    written = io.BytesIO()
    book.save(written)
    assert texts(read_spec("a.xlsx", written.getvalue())) == [
        "x: 0.3", "x: 5 %", "x: 200", "x: yes", "x", "x: #5 YKK", "merged",
    ]  # fmt: skip


# -- objects

OBJECT = {
    "title": "Tee", "category": "toys", "markets": ["DE", "US-CA"], "attachments": ["a.pdf"],
    "remarks": "Deliver on time", "language": "en",
    "requirements": [
        "Red",
        {"attribute": "Fabric weight", "value": "200", "unit": "g/m²", "tolerance": "5%",
         "method": "ISO 3801"},
        {"text": "At most 2 kg", "operator": "at_most", "values": ["2"], "unit": "KGM", "line": 0,
         "tolerance": {"minus": "1", "plus": "0"}, "defect": "minor", "method": "measurement"},
    ],
}  # fmt: skip
TOML = """
title = "Tee"
category = "toys"
markets = ["DE", "US-CA"]
attachments = ["a.pdf"]
remarks = "Deliver on time"
language = "en"

[[requirements]]
text = "Red"

[[requirements]]
attribute = "Fabric weight"
value = 200
unit = "g/m²"
tolerance = "5%"
method = "ISO 3801"

[[requirements]]
text = "At most 2 kg"
operator = "at_most"
values = [2]
unit = "KGM"
line = 0
defect = "minor"
method = "measurement"
tolerance = {minus = 1, plus = 0}
"""
YAML = """
title: Tee
category: toys
markets: [DE, US-CA]
attachments:
  - a.pdf
remarks: Deliver on time
language: en
requirements:
  - Red
  - {attribute: Fabric weight, value: 200, unit: g/m², tolerance: 5%, method: ISO 3801}
  - text: At most 2 kg
    operator: at_most
    values: [2]
    unit: KGM
    line: 0
    defect: minor
    method: measurement
    tolerance: {minus: 1, plus: 0}
"""


@pytest.mark.parametrize(("name", "body"), [
    ("a.json", json.dumps(OBJECT)), ("a.json", json.dumps(OBJECT, ensure_ascii=False)), ("a.toml", TOML),
    ("a.yaml", YAML), ("a.YML", YAML), ("a.yaml", json.dumps(OBJECT)),
])  # fmt: skip
def test_an_object_is_read_alike_in_toml_yaml_and_json(name: str, body: str) -> None:
    third = Requirement(
        "At most 2 kg", operator="at_most", values=(Decimal(2),), unit="KGM", line=0,
        tolerance=Tolerance(Decimal(1), Decimal(0)), defect=Defect.MINOR, method=Method.MEASUREMENT,
    )  # fmt: skip
    assert read_spec(name, body.encode()) == Spec(
        (Requirement("Red"), WANTED[0], third),
        "toys",
        ("DE", "US-CA"),
        ("a.pdf",),
        "Tee",
        "Deliver on time",
        "en",
    )


@pytest.mark.parametrize(("name", "body", "expected"), [
    ("a.yaml", "- Weight: 0.10 kg\n- yes\n- 2026-05-02\n- ~", ["Weight: 0.10 kg", "yes", "2026-05-02"]),
    ("a.yaml", "- 'Red'\n- Blue", ["Red", "Blue"]),
    ("a.yaml", "requirements: |\n  Red\n  - Blue\n", ["Red", "Blue"]),
    ("a.yaml", "要求: {颜色: 红, 尺寸: M}", ["颜色：红", "尺寸：M"]),
    ("a.json", '["Red", 0.10, {"requirement": "Blue"}, {"要求": "Green"}]', ["Red", "0.10", "Blue", "Green"]),
    ("a.json", '{"category": "toys", "requirements": []}', []),
    ("a.json", json.dumps({"title": "Tee", "market": "MX", "further_markets": ["US"], "lines": [{"sku": "A"}],
                           "attachments": [{"name": "a.pdf", "sha256": "00"}], "inspection": {},
                           "requirements": [{"text": "Red"}]}), ["Red"]),
    ("a.toml", 'market = "EU"\nrequirements = """\n1. Red\n2. Blue"""', ["Red", "Blue"]),
])  # fmt: skip
def test_scalars_stay_as_they_are_written(name: str, body: str, expected: list[str]) -> None:
    assert texts(read_spec(name, body.encode())) == expected


# -- what is refused


def bomb() -> bytes:
    body = samples.archive({"xl/workbook.xml": b"<a/>", "xl/worksheets/sheet1.xml": b"<a>" + bytes(10**8)})
    assert len(body) < 200_000
    return body


def swollen() -> bytes:
    """Within the ratio of packed to unpacked, and too large all the same."""
    noise = random.Random(1).randbytes(700_000).hex().encode()
    return samples.archive({"xl/workbook.xml": b"<a/>", "a.xml": noise.replace(b"0", b" " * 160)})


def with_doctype() -> bytes:
    entity = b'<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;&c;</a>'
    whole = io.BytesIO(workbook([["Red"]]))
    with zipfile.ZipFile(whole) as old:
        entries = {one: old.read(one) for one in old.namelist()}
    return samples.archive({**entries, "xl/worksheets/sheet1.xml": entity})


def far_away() -> bytes:
    """One cell in the last row of all."""
    whole = io.BytesIO(workbook([["Red"]]))
    with zipfile.ZipFile(whole) as old:
        entries = {one: old.read(one) for one in old.namelist()}
    sheet = entries["xl/worksheets/sheet1.xml"].replace(b'r="1"', b'r="1048576"').replace(b"A1", b"A1048576")
    return samples.archive({**entries, "xl/worksheets/sheet1.xml": sheet})


@pytest.mark.parametrize(("name", "body", "told"), [
    ("a.txt", b"", ["a.txt", "no requirement"]),
    ("a.txt", b"# only\n\n", ["no requirement"]),
    ("a.txt", b"x" * 5_000_001, ["a.txt", "5 MB"]),
    ("a.txt", b"Red\n" + b"x" * 1001, ["a.txt, line 2", "1,001", "1,000"]),
    ("a.txt", b"Red\n" * 2001, ["a.txt, line 2001", "2,000"]),
    ("a.txt", b"Red\nBl\x07ue", ["a.txt, line 2", "0x07"]),
    ("a.txt", bytes(range(256)), ["a.txt", "UTF-8"]),
    ("a.txt", codecs.BOM_UTF8 + b"\xff", ["UTF-8"]),
    ("../../etc/x.txt", b"", ["x.txt: "]),
    ("a.pdf", b"%PDF-1.7\n", ["a.pdf", "CSV"]),
    ("a.xls", b"\xd0\xcf\x11\xe0" + bytes(500), ["a.xls", "XLSX"]),
    ("a.xlsx", b"Red", ["a.xlsx", "XLSX"]),
    ("a.xlsx", b"PK\x03\x04" + bytes(100), ["a.xlsx", "broken"]),
    ("a.xlsx", samples.archive({"a.txt": b"Red"}), ["a.xlsx", "no workbook"]),
    ("a.csv", workbook([]), ["a.csv", "no requirement"]),
    ("a.csv", b"requirement,unit\nRed,cm,blue\n", ["a.csv, line 2", "blue", "quotes"]),
    ("a.csv", b"requirement,class\nRed,huge\n", ["a.csv, line 2, class", "huge", "critical, major, minor"]),
    ("a.csv", b"requirement,class\n" + b'"' + b"x\n" * 100_000, ["a.csv, line", "quote"]),
    ("a.csv", b"a,b\n" * 5_001, ["a.csv", "5,000"]),
    ("a.yaml", b"a: &a [x]\nrequirements: [*a, *a]", ["a.yaml", "alias"]),
    ("a.yaml", b"requirements: [!!python/object/apply:os.system [ls]]", ["a.yaml"]),
    ("a.yaml", b"requirements: [a\nb: c", ["a.yaml, line 2", "no YAML"]),
    ("a.yaml", b"requirements: [a]\nrequirements: [b]", ["a.yaml, line 1", "twice"]),
    ("a.yaml", b"? [a]\n: b", ["a.yaml, line 1", "word"]),
    ("a.yaml", b"[" * 50_000, ["a.yaml", "no YAML"]),
    ("a.yaml", b"[" * 500 + b"]" * 500, ["a.yaml, line 1", "deep"]),
    ("a.yaml", b'- "\\ud800"', ["a.yaml, line 1", "Unicode"]),
    ("a.yaml", b"just a text", ["a.yaml", "requirements"]),
    ("a.json", b'{"requirements": ["Red",]}', ["a.json, line 1, column 2"]),
    ("a.json", b'{"requirements": [], "requirements": []}', ["a.json", "twice"]),
    ("a.json", b'["\\ud800"]', ["a.json, requirements 1", "half a character"]),
    ("a.json", b"[" * 100_000, ["a.json", "docs/check.md"]),
    ("a.json", b'{"requirements": [[["x"]]]}', ["a.json, requirements 1", "text"]),
    ("a.json", b'{"requirments": ["Red"]}', ["a.json, requirments", "unknown", "requirements"]),
    ("a.json", b'{"title": "Tee"}', ["a.json", "requirements", "missing"]),
    ("a.json", b'[{"text": "Red", "color": "red"}]', ["a.json, requirements 1, color", "unknown"]),
    ("a.json", b'[{"values": ["2"], "operator": "at_most"}]', ["a.json, requirements 1, text"]),
    ("a.json", b'[{"text": "Red", "values": ["x"]}]', ["a.json, requirements 1"]),
    ("a.json", b'[{"text": "Red", "line": -1}]', ["a.json, requirements 1, line"]),
    ("a.json", b'{"category": "goats", "requirements": []}', ["a.json, category", "goats", "toys"]),
    ("a.json", b'{"market": "XX", "requirements": ["a"]}', ["a.json, market", "XX", "US-CA"]),
    ("a.json", b'{"language": "xx", "requirements": ["a"]}', ["a.json, language", "en, zh, es, pt"]),
    ("a.toml", b"requirements = [", ["a.toml", "no TOML"]),
    ("a.toml", b"a=" + b"[" * 100_000, ["a.toml"]),
    ("a.toml", b"a" + b".a" * 500_000 + b"=1", ["a.toml", "dots"]),
    ("a.toml", b"requirements = [2026-99-99]", ["a.toml"]),
])  # fmt: skip
def test_a_bad_file_is_named_with_place_and_mend(name: str, body: bytes, told: list[str]) -> None:
    with pytest.raises(SpecFileError) as refused:
        read_spec(name, body)
    for each in told:
        assert each in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(("made", "told"), [
    (bomb, "out of proportion"), (swollen, "unpack to more than"), (with_doctype, "DOCTYPE"),
    (far_away, "no requirement"),
])  # fmt: skip
def test_a_workbook_made_to_do_harm_is_refused(made: Callable[[], bytes], told: str) -> None:
    with pytest.raises(SpecFileError, match=told):
        read_spec("a.xlsx", made())


NAMES = st.sampled_from(["a.txt", "-", "a.csv", "a.tsv", "a.toml", "a.yaml", "a.json", "a.xlsx", "a.bin"])
WHOLE = workbook([HEADINGS[0], *ROWS])


def read_or_refuse(name: str, body: bytes) -> None:
    try:
        spec = read_spec(name, body)
    except SpecFileError:
        return
    assert all(
        one.text.strip() and len(one.text) <= 1000 and "\0" not in one.text for one in spec.requirements
    )


@settings(max_examples=400, deadline=None)
@given(NAMES, st.binary(max_size=400))
def test_any_bytes_end_in_a_specification_or_a_sentence(name: str, body: bytes) -> None:
    read_or_refuse(name, body)


@settings(max_examples=400, deadline=None)
@given(NAMES, st.text(alphabet=st.sampled_from("ab1.,;:|\t\n\"'[]{}=-*&!#?±%面: \\u0"), max_size=200))
def test_any_text_ends_in_a_specification_or_a_sentence(name: str, text: str) -> None:
    read_or_refuse(name, text.encode())


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(WHOLE) - 1), st.binary(min_size=1, max_size=8), st.booleans())
def test_a_damaged_workbook_ends_in_a_specification_or_a_sentence(at: int, noise: bytes, cut: bool) -> None:
    read_or_refuse("a.xlsx", WHOLE[:at] + noise + (b"" if cut else WHOLE[at + len(noise) :]))
