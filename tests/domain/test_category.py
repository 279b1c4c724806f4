import re
from collections import Counter
from importlib.resources import files

import msgspec
import pytest

from tradehold.domain.category import (
    LANGUAGES,
    SYMBOLS,
    Attribute,
    Category,
    Expected,
    Texts,
    Words,
    detect,
    missing,
    read_categories,
    suggested,
)
from tradehold.domain.folding import fold
from tradehold.domain.requirement import Method
from tradehold.knowledge import categories

ALL = categories()

KEYS = (
    "childrens_clothing",
    "adult_apparel",
    "footwear",
    "bags",
    "toys",
    "furniture",
    "food_contact",
    "ceramics",
    "small_appliances",
    "consumer_electronics",
    "lighting",
    "jewellery",
    "cosmetics_packaging",
    "tools_hardware",
    "machinery",
    "paper_packaging",
    "home_textiles",
)

# Codes of UN/CEFACT Recommendation 20 and the kinds of attributes they measure.
UNITS = {
    "length": {"MMT", "CMT", "MTR", "4H"},  # millimetre, centimetre, metre, micrometre
    "area": {"MTK"},  # square metre
    "volume": {"MLT"},  # millilitre
    "mass": {"GRM", "KGM"},  # gram, kilogram
    "areal_mass": {"GM"},  # gram per square metre
    "count": {"C62"},  # one
    "percent": {"P1"},
    "temperature": {"CEL", "KEL"},  # degree Celsius, kelvin
    "electrical": {"VLT", "HTZ", "WTT", "AMP", "E09", "LUM"},  # E09 is the milliampere hour
    "time": {"SEC", "HUR"},  # second, hour
    "pressure": {"KPA", "BAR"},  # kilopascal, bar
    "force": {"NEW", "NU"},  # newton, newton metre
    "words": {"2N", "KMQ", "RPM"},  # decibel, kilogram per cubic metre, revolutions per minute
}


def test_there_are_exactly_these_categories() -> None:
    assert set(ALL.categories) == set(KEYS)


def test_every_text_stands_in_every_language() -> None:
    texts = [text for one in ALL.categories.values() for text in msgspec.structs.astuple(one.names)]
    for attribute in ALL.attributes.values():
        texts += [name for language in LANGUAGES for name in attribute.names.of(language)]
        texts += msgspec.structs.astuple(attribute.ask) if attribute.ask else ()
    assert [text for text in texts if not text.strip() or text != text.strip()] == []
    chinese = [attribute.label("zh") for attribute in ALL.attributes.values()]
    assert [label for label in chinese if not re.search("[\u4e00-\u9fff]", label)] == []


def test_units_are_codes_that_measure_the_attribute() -> None:
    measured = [(key, one.kind, one.unit) for key, one in ALL.attributes.items() if one.unit]
    assert [(key, kind, unit) for key, kind, unit in measured if unit not in UNITS[kind]] == []
    assert set().union(*UNITS.values()) == {unit for _, _, unit in measured}
    assert set().union(*UNITS.values()) <= SYMBOLS.keys()


def test_a_measure_has_a_tolerance_or_a_bound() -> None:
    """But for supply voltages and frequencies, which are names, and counts, which are exact."""
    exempt = {"voltage", "frequency", "quantity_per_set"}
    assert [
        key
        for key, one in ALL.attributes.items()
        if one.usual and one.kind != "grade" and not one.tolerance and not one.bound and key not in exempt
    ] == []


def test_what_only_a_laboratory_can_tell_names_how() -> None:
    for key, one in ALL.attributes.items():
        if one.method is Method.LAB_TEST:
            assert one.tests, key
            for language in LANGUAGES:
                assert re.search(r"\d{2,}", suggested(one).of(language)), key


@pytest.mark.parametrize("key", KEYS)
def test_a_category_expects_what_contracts_of_it_fix(key: str) -> None:
    category = ALL.categories[key]
    assert 8 <= len(category.expects.always) + len(category.expects.usual) <= 15
    assert {"packing", "carton_marks"} <= set(category.expects.always)
    everything = missing(key, (), "", ALL)
    assert [one.attribute for one in everything] == [*category.expects.always, *category.expects.usual]
    for one in everything:
        for text in msgspec.structs.astuple(one.suggestion):
            named = {found for _, _, found in ALL.lexicon.find(fold(text).text.lower())}
            assert one.attribute in named, text
            assert text.count("⟨") == text.count("⟩")


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_template_names_all_that_is_always_fixed(key: str, language: str) -> None:
    lines = getattr(ALL.categories[key].template, language)
    assert 8 <= len(lines) <= 14
    text = "\n".join(lines).replace("⟨", "").replace("⟩", "")
    assert [one.attribute for one in missing(key, (), text, ALL) if one.importance == 1] == []
    assert [line for line in lines if line.count("⟨") != line.count("⟩")] == []


TITLES = [
    ("childrens_clothing", "Kids' organic cotton T-shirts, short sleeve, spring 2027"),
    ("childrens_clothing", "Baby rompers with snap closure, 3-pack"),
    ("childrens_clothing", "Girls winter jackets, hooded"),
    ("childrens_clothing", "儿童纯棉短袖T恤 2027春款"),
    ("childrens_clothing", "男童加绒卫衣"),
    ("childrens_clothing", "Camisetas de algodón para niños, manga corta"),
    ("childrens_clothing", "Pijamas infantis de inverno"),
    ("childrens_clothing", "Vestidos para meninas, 4 a 10 anos"),
    ("adult_apparel", "Men's piqué polo shirts, 100% cotton"),
    ("adult_apparel", "Women’s yoga leggings, high waist"),
    ("adult_apparel", "男士纯棉长袖衬衫"),
    ("adult_apparel", "Sudaderas con capucha para hombre"),
    ("adult_apparel", "Calças jeans femininas"),
    ("footwear", "Men's leather work boots S3"),
    ("footwear", "Kids' running shoes"),
    ("footwear", "男士真皮休闲皮鞋"),
    ("footwear", "Zapatillas deportivas de mujer"),
    ("footwear", "Sandálias femininas de couro"),
    ("bags", "Canvas tote bags with printed logo"),
    ("bags", "Kids backpack with reflective strips"),
    ("bags", "20寸铝框拉杆箱"),
    ("bags", "Mochilas escolares impermeables"),
    ("bags", "Carteiras masculinas em couro legítimo"),
    ("toys", "Wooden toy train set, 40 pieces"),
    ("toys", "Plush bunnies 30 cm"),
    ("toys", "儿童益智积木玩具"),
    ("toys", "Peluches de oso 25 cm"),
    ("toys", "Brinquedos educativos de madeira"),
    ("furniture", "Oak dining tables, 180 x 90 cm"),
    ("furniture", "Ergonomic office chairs with mesh back"),
    ("furniture", "北欧实木餐桌"),
    ("furniture", "Sillas de comedor tapizadas"),
    ("furniture", "Cadeiras de escritório giratórias"),
    ("food_contact", "Stainless steel insulated water bottles 500 ml"),
    ("food_contact", "Ceramic coated aluminium frying pans 28 cm"),
    ("food_contact", "304不锈钢真空保温杯"),
    ("food_contact", "Cubiertos de acero inoxidable, juego de 24 piezas"),
    ("food_contact", "Panelas antiaderentes, jogo com 5 peças"),
    ("food_contact", "Stainless steel kitchen knives"),
    ("ceramics", "Stoneware mugs, reactive glaze, 350 ml"),
    ("ceramics", "Porcelain dinner plates 27 cm"),
    ("ceramics", "陶瓷马克杯 350ml 定制"),
    ("ceramics", "Tazas de cerámica esmaltada"),
    ("ceramics", "Pratos de porcelana branca"),
    ("small_appliances", "Electric kettles 1.7 L, 2200 W"),
    ("small_appliances", "Cordless vacuum cleaners"),
    ("small_appliances", "家用电热水壶 1.7升"),
    ("small_appliances", "Licuadoras de vaso de 600 W"),
    ("small_appliances", "Ventiladores de mesa 40 cm 127 V"),
    ("consumer_electronics", "Wireless Bluetooth earbuds with charging case"),
    ("consumer_electronics", "Power banks 10000 mAh"),
    ("consumer_electronics", "蓝牙无线耳机"),
    ("consumer_electronics", "Altavoces Bluetooth portátiles"),
    ("consumer_electronics", "Fones de ouvido sem fio"),
    ("lighting", "LED bulbs E27 9 W warm white"),
    ("lighting", "Solar street lights 60 W"),
    ("lighting", "LED吸顶灯 24W"),
    ("lighting", "Lámparas de mesa con pantalla de tela"),
    ("lighting", "Luminárias LED de embutir"),
    ("jewellery", "Sterling silver necklaces with zircon"),
    ("jewellery", "Gold plated hoop earrings"),
    ("jewellery", "925银锆石项链"),
    ("jewellery", "Pulseras de acero inoxidable para mujer"),
    ("jewellery", "Anéis folheados a ouro"),
    ("cosmetics_packaging", "30 ml airless pump bottles, frosted"),
    ("cosmetics_packaging", "Glass dropper bottles with bamboo collar"),
    ("cosmetics_packaging", "50克亚克力膏霜瓶"),
    ("cosmetics_packaging", "Frascos PET de 250 ml con dosificador"),
    ("cosmetics_packaging", "Bisnagas plásticas para creme 60 g"),
    ("tools_hardware", "Combination wrench set, 12 pieces, CrV"),
    ("tools_hardware", "Stainless steel hex bolts M8 x 40 with nuts"),
    ("tools_hardware", "不锈钢六角螺栓 M8"),
    ("tools_hardware", "Destornilladores de precisión, juego de 6"),
    ("tools_hardware", "Parafusos sextavados M10 zincados"),
    ("machinery", "CNC vertical machining center VMC-850"),
    ("machinery", "Automatic bottle filling machines, 2000 bph"),
    ("machinery", "全自动液体灌装机"),
    ("machinery", "Máquina de corte láser de fibra 3 kW"),
    ("machinery", "Injetora de plástico 250 toneladas"),
    ("paper_packaging", "Rigid gift boxes with magnetic lid"),
    ("paper_packaging", "Kraft paper bags with twisted handles"),
    ("paper_packaging", "定制瓦楞飞机盒"),
    ("paper_packaging", "Cajas de cartón corrugado para envíos"),
    ("paper_packaging", "Sacolas de papel kraft personalizadas"),
    ("home_textiles", "Hotel bath towels 600 gsm"),
    ("home_textiles", "Percale duvet covers, 200 thread count"),
    ("home_textiles", "全棉加厚浴巾"),
    ("home_textiles", "Sábanas de algodón egipcio 300 hilos"),
    ("home_textiles", "Cortinas blackout 140 x 260 cm"),
]


@pytest.mark.parametrize(("key", "title"), TITLES)
def test_a_title_tells_the_category(key: str, title: str) -> None:
    assert detect(title, ALL) == key


def test_every_category_is_told_in_every_language() -> None:
    assert min(Counter(key for key, _ in TITLES).values()) >= 4
    assert {key for key, _ in TITLES} == set(KEYS)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", ""),
        ("Order 4711 for spring", ""),
        ("organic cotton 200 gsm\nPantone 1935 D", ""),
        ("Chair and lamp", ""),  # as likely one as the other
        ("Chair and lamp\nthe lamp takes E27", "lighting"),
        ("T-shirt\neach in a gift box\nwith a paper bag", "adult_apparel"),
        ("PO 4711\nT-shirt for adults\npolybag: keep away from children", "adult_apparel"),
        ("light blue cotton\nshort sleeves", ""),
        ("as in chair.pdf", ""),
        ("ＴＯＹ  ＣＡＲＳ", "toys"),
    ],
)
def test_what_is_not_told_is_not_guessed(text: str, key: str) -> None:
    assert detect(text, ALL) == key


ARTICLE = """Organic cotton 200 gsm
Pantone 1935 D
Design as in design_draft_a.pdf
Dimensions as in design_draft_dimensions.pdf
Care label as in label_b.pdf
YKK zipper
California Prop 65, REACH and CPSIA compliant"""


def lacking(category: str, text: str, mentioned: tuple[str, ...] = ()) -> list[str]:
    return [one.attribute for one in missing(category, mentioned, text, ALL)]


def test_what_a_childrens_hoodie_lacks() -> None:
    assert lacking("childrens_clothing", ARTICLE) == [
        "size_range",
        "cords",
        "packing",
        "carton_marks",
        "fastness_washing",
        "shrinkage",
        "attachment_strength",
        "brand_label",
        "tracking_label",
    ]


def test_lines_are_suggested_in_every_language() -> None:
    (weight, *_) = [one for one in missing("adult_apparel", (), "", ALL) if one.attribute == "fabric_weight"]
    assert weight.importance == 1
    assert weight.suggestion == Texts(
        "Fabric weight: ⟨180⟩ g/m² ±5 %",
        "面料克重：⟨180⟩ g/m² ±5 %",
        "Gramaje de la tela: ⟨180⟩ g/m² ±5 %",
        "Gramatura do tecido: ⟨180⟩ g/m² ±5 %",
    )
    fastness = suggested(ALL.attributes["fastness_washing"])
    assert fastness.en == "Colour fastness to washing: grade ⟨4⟩ or better (ISO 105-C06 A2S)"
    assert fastness.zh == "耐洗色牢度：不低于⟨4⟩级（ISO 105-C06 A2S）"
    assert suggested(ALL.attributes["shrinkage"]).es.startswith("Encogimiento al lavado: ≤ ⟨5⟩ % (ISO 5077")


@pytest.mark.parametrize(
    ("category", "line", "attribute"),
    [
        ("adult_apparel", "Sizes S to XL, 1:2:2:1", "size_range"),
        ("adult_apparel", "Size chart: chart.pdf", "measurements"),
        ("adult_apparel", "Dimensions: see the drawing", "measurements"),
        ("adult_apparel", "shipping mark: as attached", "carton_marks"),
        ("adult_apparel", "唛头按附件", "carton_marks"),
        ("adult_apparel", "etiquetas de cuidado en español", "care_label"),
        ("furniture", "Size: 60 x 40 x 40 cm", "dimensions"),
        ("furniture", "width 60 cm", "dimensions"),
        ("food_contact", "stainless steel AISI 304", "material"),
        ("food_contact", "capacité 1 L, capacidad 1 L", "capacity"),
        ("paper_packaging", "350 gsm", "paper_weight"),
        ("paper_packaging", "artwork as in box.ai", "printing"),
        ("ceramics", "material: white clay", "body_type"),
        ("toys", "tested by EN71-1/2/3", "toy_safety"),
        ("toys", "lead < 90 ppm", "regulations"),
        ("home_textiles", "GSM 500", "fabric_weight"),
        ("home_textiles", "ＧＳＭ：500", "fabric_weight"),
    ],
)
def test_what_stands_there_is_not_missing(category: str, line: str, attribute: str) -> None:
    assert attribute in lacking(category, "")
    assert attribute not in lacking(category, line)


def test_what_was_read_is_not_missing_whatever_the_words() -> None:
    assert "fabric_weight" not in lacking("adult_apparel", "200 of them", ("fabric_weight",))
    assert "dimensions" not in lacking("furniture", "", ("height",))
    assert "packing" in lacking("furniture", "", ("the author's own words",))


def test_no_category_lacks_nothing() -> None:
    assert lacking("", "") == lacking("spaceships", "") == []
    assert ALL.meaning("", "fabric_weight") == "fabric_weight"
    assert ALL.meaning("paper_packaging", "fabric_weight") == "paper_weight"


# -- what a wrong file says

WORDS = Words(("a b",), ("甲乙",), ("c d",), ("e f",))
NAMES = Texts("A", "A", "A", "A")
ASK = Texts("x", "x", "x", "x")
PLAIN = Attribute("words", WORDS, Method.VISUAL, ask=ASK)
HOLLOW = Category(NAMES, WORDS, Expected(("one",), ()), ALL.categories["toys"].template)


def changed(**fields: object) -> Attribute:
    return msgspec.structs.replace(PLAIN, **fields)


@pytest.mark.parametrize(
    ("attributes", "of", "words"),
    [
        ({"one": changed(unit="XYZ")}, HOLLOW, "unit XYZ"),
        ({"one": changed(ask=None)}, HOLLOW, "either a usual value or"),
        ({"one": changed(usual="5")}, HOLLOW, "either a usual value or"),
        ({"one": changed(kind_of="two")}, HOLLOW, "a kind of two"),
        ({"one": changed(names=Words(("a",), ("甲乙",), ("c",), ()))}, HOLLOW, "no name in pt"),
        ({"one": changed(names=Words(("a",), ("甲",), ("c",), ("d",)))}, HOLLOW, "two characters"),
        ({"one": changed(names=Words(("!",), ("甲乙",), ("c",), ("d",)))}, HOLLOW, "no letters"),
        ({"one": PLAIN, "two": PLAIN}, HOLLOW, "a name of one and of two"),
        ({}, HOLLOW, "not known: one"),
        ({"one": PLAIN}, msgspec.structs.replace(HOLLOW, expects=Expected(("one",), ("one",))), "twice"),
        ({"one": PLAIN}, msgspec.structs.replace(HOLLOW, means={"one": "two"}), "not known: two"),
        ({"one": PLAIN}, msgspec.structs.replace(HOLLOW, marks=WORDS), "instead_of and marks"),
        ({"one": PLAIN}, msgspec.structs.replace(HOLLOW, marks=WORDS, instead_of="x"), "is no category"),
        (
            {"one": PLAIN},
            msgspec.structs.replace(HOLLOW, products=Words((), (), (), ())),
            "no products in en",
        ),
    ],
)
def test_a_wrong_file_is_refused(attributes: dict[str, Attribute], of: Category, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_categories(attributes, {"goods": of})


def test_a_right_file_is_not() -> None:
    assert list(read_categories({"one": PLAIN}, {"goods": HOLLOW}).attributes) == ["one"]


def test_an_unknown_field_is_refused() -> None:
    text = files("tradehold").joinpath("data/categories/toys.toml").read_text("utf-8")
    with pytest.raises(msgspec.ValidationError, match="colour"):
        msgspec.toml.decode('colour = "red"\n' + text, type=Category)
