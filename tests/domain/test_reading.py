from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradehold.domain.line import LONGEST, take_apart
from tradehold.domain.measure import measures
from tradehold.domain.quantity import number
from tradehold.domain.reading import read
from tradehold.domain.requirement import Defect, Method, Requirement, Tolerance
from tradehold.knowledge import load_knowledge

KNOWLEDGE = load_knowledge()


def of(text: str) -> Requirement:
    return read(text, KNOWLEDGE)


def percent(value: str) -> Tolerance:
    return Tolerance(Decimal(value), Decimal(value), percent=True)


def within(minus: str, plus: str = "") -> Tolerance:
    return Tolerance(Decimal(minus), Decimal(plus or minus))


@pytest.mark.parametrize(
    ("text", "operator", "values", "unit", "tolerance"),
    [
        ("Fabric: organic cotton, 200 gsm", "equal", ["200"], "GM", None),
        ("Fabric: organic cotton, 200 gsm ±5 %", "equal", ["200"], "GM", percent("5")),
        ("面料克重 200±5%", "equal", ["200"], "", percent("5")),
        ("克重 95±5 克/平方米", "equal", ["95"], "GM", within("5")),
        ("面料克重：180ｇ／㎡（±3％）", "equal", ["180"], "GM", percent("3")),
        ("Espesor 1,5 mm ± 0,2", "equal", ["1.5"], "MMT", within("0.2")),
        ("60x40x40 cm +/-1cm", "dimensions", ["60", "40", "40"], "CMT", within("1")),
        ("60 cm x 40 cm x 35 cm, tolerance 1 cm", "dimensions", ["60", "40", "35"], "CMT", within("1")),
        ("W60 × D40 × H75 cm ±1 cm", "dimensions", ["60", "40", "75"], "CMT", within("1")),
        ("砧板 38×26×1.5cm", "dimensions", ["38", "26", "1.5"], "CMT", None),
        ("length 20-22 cm", "between", ["20", "22"], "CMT", None),
        ("gramatura entre 155 e 165 g/m²", "between", ["155", "165"], "GM", None),
        ("altura entre 2,5 y 3 cm", "between", ["2.5", "3"], "CMT", None),
        ("operating temperature -20°C ~ +60°C", "between", ["20", "60"], "CEL", None),
        ("色温2700K-3000K", "between", ["2700", "3000"], "KEL", None),
        ("min. 5000 mAh", "at_least", ["5000"], "E09", None),
        ("battery 5,000 mAh or more", "at_least", ["5000"], "E09", None),
        ("容量≥3000mAh", "at_least", ["3000"], "E09", None),
        ("capacidad mínima de 1,5 litros", "at_least", ["1.5"], "LTR", None),
        ("毛重不超过18公斤", "at_most", ["18"], "KGM", None),
        ("lead below 90 ppm", "below", ["90"], "59", None),
        ("peso bruto até 18 kg", "at_most", ["18"], "KGM", None),
        ("厚度1.5mm以上", "at_least", ["1.5"], "MMT", None),
        ("bursting strength 1,200 kPa min", "at_least", ["1200"], "KPA", None),
        ("200 x 200 cm -0/+3%", "dimensions", ["200", "200"], "CMT", Tolerance(Decimal(0), Decimal(3), True)),
        ("webbing 25 mm (+1/-0)", "equal", ["25"], "MMT", within("0", "1")),
        ("Cable 1.8 m ±5 cm", "equal", ["1.8"], "MTR", within("0.05")),
        ('pipe 1 1/2" ±0.1"', "equal", ["1.5"], "INH", within("0.1")),
        ("½ inch", "equal", ["0.5"], "INH", None),
        ("1,200 pcs", "equal", ["1200"], "C62", None),
        ("1.200 unidades", "equal", ["1200"], "C62", None),
        ("Peso do edredão: 1.800 g", "equal", ["1800"], "GRM", None),
        ("espessura de 1,250 mm", "equal", ["1.250"], "MMT", None),
        ("10 MT of steel", "equal", ["10"], "TNE", None),
        ("variação aceita de até 3%, 48 cm x 80 cm", "dimensions", ["48", "80"], "CMT", percent("3")),
        ("Length 20", "equal", ["20"], "", None),
    ],
)  # fmt: skip
def test_values(text: str, operator: str, values: list[str], unit: str, tolerance: Tolerance | None) -> None:
    read = of(text)
    assert (read.operator, read.values, read.unit, read.tolerance) == (
        operator, tuple(map(Decimal, values)), unit, tolerance,
    )  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "Pantone 1935 D", "AQL 2.5", "stainless steel AISI 304", "size M", "round neck", "M8 bolt",
        "sizes 36, 38, 40", "sealed sample S-2026-014", "report of 2026-05-02", "EAN-13 on each carton",
        "E27", "EN 71-3", "fabric 210T", "40s cotton yarn", '"200 cm" printed on the label', "",
    ],
)  # fmt: skip
def test_names_are_no_values(text: str) -> None:
    assert of(text).values == ()
    assert of(text).operator == ("is" if text else "")


@pytest.mark.parametrize(
    ("text", "standards"),
    [
        ("Pantone 1935 D", ("Pantone 1935",)),
        ("RAL 9005 matt", ("RAL 9005",)),
        ("EN 71-3 report, ASTM D5034", ("EN 71-3", "ASTM D5034")),
        ("色牢度≥4级，GB/T 3921", ("GB/T 3921",)),
        ("Prop 65, REACH and CPSIA compliant", ("Prop 65", "REACH", "CPSIA")),
        ("FDA 21 CFR 177.2600", ("FDA", "21 CFR 177.2600")),
        ("ABNT NBR 14136 plug, IPX4", ("ABNT NBR 14136", "IPX4")),
        ("RoHS 2011/65/EU", ("RoHS", "2011/65/EU")),
        ("etiqueta en 2 colores", ()),
    ],
)
def test_standards_and_laws(text: str, standards: tuple[str, ...]) -> None:
    assert of(text).standards == standards


@pytest.mark.parametrize(
    ("text", "references"),
    [
        ("Dimensions as in drawing.pdf", ("drawing.pdf",)),
        ("尺寸按图纸HJ-3315-A.pdf", ("HJ-3315-A.pdf",)),
        ("HINGE.step + HINGE.pdf", ("HINGE.step", "HINGE.pdf")),
        ("approx. 5 mm", ()),
    ],
)
def test_files(text: str, references: tuple[str, ...]) -> None:
    assert of(text).references == references


@pytest.mark.parametrize(
    ("text", "attribute"),
    [
        ("Fabric weight: 200 gsm", "fabric_weight"),
        ("面料克重 200±5%", "fabric_weight"),
        ("Espesor 1,5 mm ± 0,2", "thickness"),
        ("Frobnication: 3 mm", "Frobnication"),
    ],
)
def test_attributes(text: str, attribute: str) -> None:
    assert of(text).attribute == attribute


@pytest.mark.parametrize(
    ("text", "method", "defect"),
    [
        ("length 20 cm ±1 cm", Method.MEASUREMENT, Defect.MAJOR),
        ("12 pcs per carton", Method.COUNT, Defect.MAJOR),
        ("colour fastness to washing grade 4, ISO 105-C06", Method.LAB_TEST, Defect.MAJOR),
        ("REACH compliant", Method.DOCUMENT, Defect.CRITICAL),
        ("Pantone 186 C", Method.VISUAL, Defect.MAJOR),
        ("mauve", Method.NONE, Defect.MAJOR),
    ],
)
def test_how_it_is_decided(text: str, method: Method, defect: Defect) -> None:
    assert of(text).method is method
    assert of(text).defect is defect


def test_a_label_is_no_part_of_the_words() -> None:
    assert of("Zipper: YKK no. 5").words == "YKK no. 5"


def test_all_values_of_a_line_are_read() -> None:
    line = take_apart(
        "Duvet 200 x 200 cm (±2 cm), 2 pillowcases 50 x 70 cm (±1 cm), 1.2 kg max", KNOWLEDGE.clarity
    )
    assert [(one.operator, one.quantity.unit and one.quantity.unit.code) for one in measures(line)] == [
        ("dimensions", "CMT"), ("equal", None), ("dimensions", "CMT"), ("at_most", "KGM"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Good quality cotton", "en"), ("质量要好 standard packing", "zh"), ("Embalaje de exportación", "es"),
        ("Embalagem de exportação", "pt"), ("xyz 12", "de"), ("", "de"),
    ],
)  # fmt: skip
def test_the_language_of_a_line(text: str, language: str) -> None:
    assert take_apart(text, KNOWLEDGE.clarity, "de").language == language


@pytest.mark.parametrize(
    ("written", "code", "comma", "expected"),
    [
        ("1,5", "MMT", False, "1.5"), ("1,500", "MMT", False, "1500"), ("1,500", "MMT", True, "1.500"),
        ("1.500", "MMT", False, "1.500"), ("1.500", "MMT", True, "1500"), ("1.500", "C62", False, "1500"),
        ("0,125", "MMT", False, "0.125"), ("1.234.567", "C62", False, "1234567"),
        ("1,234.5", "KGM", False, "1234.5"),
        ("1.234,5", "KGM", True, "1234.5"), ("10 000", "E09", False, "10000"), ("½", "INH", False, "0.5"),
    ],
)  # fmt: skip
def test_what_a_point_and_a_comma_mean(written: str, code: str, comma: bool, expected: str) -> None:
    assert number(written, KNOWLEDGE.clarity.units.by_code[code], comma) == Decimal(expected)


@given(st.text(max_size=300))
def test_anything_is_read(text: str) -> None:
    assert of(text).text == text


PIECES = st.sampled_from(
    ["200", "gsm", " ", "±", "5 %", "x", "1,5", "-", "+", "/", "min", ".pdf", "EN 71", "(", ")", ":", '"',
     "克", "½", "至", "to", "cm", "tolerance", "as per", "sample", "not",
     "EN", "no.", "0", "0,0", "９", "\u0301"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=40).map("".join))
def test_pieces_of_lines_in_any_order_are_read(text: str) -> None:
    assert all(len(one.quantity.values) <= 4 for one in measures(take_apart(text, KNOWLEDGE.clarity)))
    assert of(text).text == text


@pytest.mark.parametrize(
    "piece",
    ["1", " ", "a", "1 ", "1x", "1-", "±", "+ / -", "(", '"', ".", ".pdf", "a.pdf ", "1,", "EN ", "按", "防",
     "good ", "1/2", "not ", "reg. ", "-_", "1 cm ", "tolerance ", "as per "],
)  # fmt: skip
def test_hostile_lines_are_read_in_time_linear_in_them(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    assert of(text).text == text
    assert len(take_apart(text, KNOWLEDGE.clarity).plain) == LONGEST
