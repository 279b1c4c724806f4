"""What a contract of each kind of goods usually fixes, and what one at hand says nothing about.

Two kinds of data, both written by people of the trade: the attributes that goods of any kind have, each with
the names people type in four languages, and the categories, each with the attributes that a contract of it
fixes and the lines to start one from. Nothing here judges a line; it only says which attributes it names.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Literal

import msgspec

from tradehold.domain.folding import fold
from tradehold.domain.lexicon import Lexicon
from tradehold.domain.requirement import Defect, Method, Tolerance

LANGUAGES = ("en", "zh", "es", "pt")

Kind = Literal[
    "length", "area", "volume", "mass", "areal_mass", "count", "percent", "temperature", "electrical", "time",
    "pressure", "force", "grade", "colour", "material", "words", "document",
]  # fmt: skip

# The codes of UN/CEFACT Recommendation 20 that attributes are usually measured in, and what people write.
SYMBOLS = {
    "MMT": "mm", "CMT": "cm", "MTR": "m", "INH": "in", "4H": "µm", "CMK": "cm²", "MTK": "m²", "MLT": "ml",
    "LTR": "L", "MTQ": "m³", "GRM": "g", "KGM": "kg", "GM": "g/m²", "KMQ": "kg/m³", "NA": "mg/kg", "C62": "",
    "P1": "%", "CEL": "°C", "VLT": "V", "AMP": "A", "WTT": "W", "KWT": "kW", "AMH": "Ah", "E09": "mAh",
    "HTZ": "Hz", "KEL": "K", "LUM": "lm", "2N": "dB", "RPM": "r/min", "SEC": "s", "MIN": "min", "HUR": "h",
    "BAR": "bar", "KPA": "kPa", "MPA": "MPa", "NEW": "N", "NU": "N·m",
}  # fmt: skip


class Texts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    en: str
    zh: str
    es: str
    pt: str

    def of(self, language: str) -> str:
        """English where the language is none of ours."""
        text: str = getattr(self, language if language in LANGUAGES else "en")
        return text


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    en: tuple[str, ...]
    zh: tuple[str, ...]
    es: tuple[str, ...]
    pt: tuple[str, ...]

    def of(self, language: str) -> tuple[str, ...]:
        """English where the language is none of ours."""
        words: tuple[str, ...] = getattr(self, language if language in LANGUAGES else "en")
        return words

    def all(self) -> tuple[str, ...]:
        return self.en + self.zh + self.es + self.pt


class Attribute(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One table of data/attributes.toml. The first name of each language is its label.

    `unit` is a code of UN/CEFACT Recommendation 20, `usual` a usual value in it and `bound` says whether it
    is the least or the most; an attribute that is no measure has `ask` instead, what to write behind the
    label with its blanks as ⟨…⟩. `tests` are the test methods that laboratories usually decide it by. What
    fixes an attribute fixes the one that it is a `kind_of` too: a steel grade is a material.
    """

    kind: Kind
    names: Words
    method: Method
    unit: str = ""
    usual: str = ""
    bound: Literal["", "at_least", "at_most"] = ""
    tolerance: Tolerance | None = None
    tests: tuple[str, ...] = ()
    defect: Defect = Defect.MAJOR
    ask: Texts | None = None
    kind_of: str = ""

    def label(self, language: str) -> str:
        return self.names.of(language)[0]


class Expected(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`always` are the attributes without which no contract of the category is complete, `usual` those that
    a careful buyer adds."""

    always: tuple[str, ...]
    usual: tuple[str, ...]


class Template(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Requirement lines to start from, blanks as ⟨…⟩: clear once these are filled."""

    en: tuple[str, ...]
    zh: tuple[str, ...]


class Category(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of data/categories.

    `products` are the words it is recognised by. Some categories share their products with another,
    `instead_of`, and are told from it by `marks` in the same line: a T-shirt is adult apparel, a kids'
    T-shirt is children's clothing. `means` says which attribute a name stands for here: "size" is the named
    size of a garment and the dimensions of a box.
    """

    names: Texts
    products: Words
    expects: Expected
    template: Template
    instead_of: str = ""
    marks: Words | None = None
    means: Mapping[str, str] = {}


class Missing(msgspec.Struct, frozen=True):
    """`importance` is 1 where every contract of the category says it, 2 where most do. `suggestion` is a
    line to add, its blanks as ⟨…⟩."""

    attribute: str
    importance: int
    suggestion: Texts


class Categories(msgspec.Struct, frozen=True, eq=False):
    """All of it, as `read_categories` has checked it. `lexicon` finds the attributes a line names."""

    attributes: Mapping[str, Attribute]
    categories: Mapping[str, Category]
    lexicon: Lexicon
    products: Lexicon
    marks: Lexicon

    def meaning(self, category: str, attribute: str) -> str:
        """What a name of `attribute` stands for in a contract of `category` (a key, or "")."""
        if category not in self.categories:
            return attribute
        return self.categories[category].means.get(attribute, attribute)


def read_categories(attributes: Mapping[str, Attribute], categories: Mapping[str, Category]) -> Categories:
    """Raises ValueError for a key that does not exist, a unit that is not known, a name that stands for two
    attributes, or a missing text."""
    for key, attribute in attributes.items():
        _check_attribute(key, attribute, attributes)
    for key, category in categories.items():
        _check_category(key, category, attributes, categories)
    return Categories(
        dict(attributes),
        dict(categories),
        Lexicon((name, key) for key, one in attributes.items() for name in one.names.all()),
        Lexicon((word, key) for key, one in categories.items() for word in one.products.all()),
        Lexicon((word, key) for key, one in categories.items() if one.marks for word in one.marks.all()),
    )


def _check_attribute(key: str, attribute: Attribute, attributes: Mapping[str, Attribute]) -> None:
    for language in LANGUAGES:
        if not attribute.names.of(language):
            raise ValueError(f"attribute {key} has no name in {language}: write its label there")
    if attribute.unit and attribute.unit not in SYMBOLS:
        raise ValueError(f"attribute {key}: unit {attribute.unit} is none of {', '.join(SYMBOLS)}")
    if attribute.kind_of and attribute.kind_of not in attributes:
        raise ValueError(f"attribute {key} is a kind of {attribute.kind_of}, which is not known")
    if bool(attribute.ask) == bool(attribute.usual):
        raise ValueError(f"attribute {key} needs either a usual value or what to ask for")


def _check_category(
    key: str, category: Category, attributes: Mapping[str, Attribute], categories: Mapping[str, Category]
) -> None:
    named = [*category.expects.always, *category.expects.usual]
    if len(named) != len(set(named)):
        raise ValueError(f"category {key} expects an attribute twice")
    unknown = {*named, *category.means, *category.means.values()} - attributes.keys()
    if unknown:
        raise ValueError(f"category {key} names attributes that are not known: {', '.join(sorted(unknown))}")
    if bool(category.instead_of) != bool(category.marks):
        raise ValueError(f"category {key} needs both instead_of and marks, or neither")
    if category.instead_of and category.instead_of not in categories:
        raise ValueError(f"category {key}: instead_of {category.instead_of} is no category")
    for language in LANGUAGES:
        if not category.products.of(language):
            raise ValueError(f"category {key} has no products in {language}")


# -- which category


def detect(text: str, categories: Categories) -> str:
    """The category of the goods that a text speaks of (a title and the lines below it), "" where none is
    recognised or two are as likely.

    The first line that names a product decides, since later ones speak of boxes, trimmings and gifts too;
    the others are asked only where it names products of several categories equally often.
    """
    counts: dict[str, int] = {}
    leaders: list[str] = []
    for line in fold(text).text.lower().splitlines():
        for key in _products(line, categories):
            counts[key] = counts.get(key, 0) + 1
        if counts and not leaders:
            leaders = _most(counts)
    if len(leaders) > 1:
        leaders = _most({key: counts[key] for key in leaders})
    return leaders[0] if len(leaders) == 1 else ""


def _products(line: str, categories: Categories) -> Iterator[str]:
    found = categories.products.find(line)
    marks = categories.marks.find(line) if found else []
    # A ceramic coated pan is not of ceramics: part of a product's name marks nothing.
    marked = {key for start, end, key in marks if not any(_within(start, end, *one[:2]) for one in found)}
    instead = {categories.categories[key].instead_of: key for key in marked}
    for _, _, key in found:
        yield instead.get(key, key)


def _within(start: int, end: int, least: int, most: int) -> bool:
    return least <= start and end <= most and (start, end) != (least, most)


def _most(counts: Mapping[str, int]) -> list[str]:
    most = max(counts.values())
    return [key for key, count in counts.items() if count == most]


# -- what is missing


def missing(
    category: str, mentioned: Collection[str], text: str, categories: Categories
) -> tuple[Missing, ...]:
    """What a contract of `category` (a key, or "" for none) usually fixes and this one does not, the most
    important first. `mentioned` are the attributes its requirements were read as, `text` all its lines: an
    attribute that is named there is not missing, whether or not it is fixed clearly."""
    if category not in categories.categories:
        return ()
    named = {key for _, _, key in categories.lexicon.find(fold(text).text.lower())} | set(mentioned)
    there = named | {categories.attributes[key].kind_of for key in named & categories.attributes.keys()}
    there |= {categories.meaning(category, key) for key in there}
    expects = categories.categories[category].expects
    return tuple(
        Missing(key, importance, suggested(categories.attributes[key]))
        for importance, keys in ((1, expects.always), (2, expects.usual))
        for key in keys
        if key not in there
    )


def suggested(attribute: Attribute) -> Texts:
    """A line for each language: "Fabric weight: ⟨180⟩ g/m² ±5 %"."""
    return Texts(*(_line(attribute, language) for language in LANGUAGES))


_COLON = {"zh": "："}
_NAMED = {"zh": "（{}）"}
_BOUND = {"": "", "at_least": "≥ ", "at_most": "≤ "}
_GRADE = {
    "en": "grade ⟨{}⟩ or better",
    "zh": "不低于⟨{}⟩级",
    "es": "grado ⟨{}⟩ o superior",
    "pt": "grau ⟨{}⟩ ou superior",
}


def _line(attribute: Attribute, language: str) -> str:
    value = attribute.ask.of(language) if attribute.ask else _value(attribute, language)
    return f"{attribute.label(language)}{_COLON.get(language, ': ')}{value}"


def _value(attribute: Attribute, language: str) -> str:
    unit = SYMBOLS.get(attribute.unit, "")
    if attribute.kind == "grade":
        value = _GRADE[language].format(attribute.usual)
    else:
        value = f"{_BOUND[attribute.bound]}⟨{attribute.usual}⟩ {unit}".rstrip()
    if attribute.tolerance:
        value += f" {_tolerance(attribute.tolerance, unit)}"
    named = attribute.method is Method.LAB_TEST and attribute.tests
    return value + _NAMED.get(language, " ({})").format(attribute.tests[0]) if named else value


def _tolerance(tolerance: Tolerance, unit: str) -> str:
    after = "%" if tolerance.percent else unit
    if tolerance.minus == tolerance.plus:
        return f"±{tolerance.plus} {after}".rstrip()
    return f"−{tolerance.minus}/+{tolerance.plus} {after}".rstrip()
