"""A requirement: one checkable statement about the goods, as both sides read it and as rules read it.

`text` is what people wrote and is what binds. The other fields are how it was read, for its author to
correct: they are what an inspector measures against and what a dispute is decided by. A specification is a
list of them with the category and markets that say what else should stand there.
"""

from decimal import Decimal
from enum import StrEnum
from typing import Literal

import msgspec

Operator = Literal["", "is", "equal", "at_most", "below", "at_least", "above", "between", "dimensions"]


class Method(StrEnum):
    """How an inspector decides it. In doubt none: the clarity check then asks."""

    NONE = ""
    MEASUREMENT = "measurement"  # with a tape, scale, gauge or meter, on site
    COUNT = "count"
    VISUAL = "visual"  # against words, a colour code, a picture or a sample
    FUNCTION = "function"  # tried on site
    LAB_TEST = "lab_test"  # by a named method, in a laboratory
    DOCUMENT = "document"  # a report, certificate or declaration is shown


class Defect(StrEnum):
    CRITICAL = "critical"  # unsafe or unlawful
    MAJOR = "major"  # would not be bought
    MINOR = "minor"  # would be bought with a shrug


class Tolerance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may be missing and what may be too much, both at least zero: in the value's unit, or in percent
    of it."""

    minus: Decimal
    plus: Decimal
    percent: bool = False


class Requirement(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """`attribute` is a key of the attributes that are known (`fabric_weight`) or the author's own words.

    `values` holds one number for a bound or a nominal value, two for `between` (ascending), one for each
    direction for `dimensions`, and none for `is`, whose value is `words`. `unit` is a code of UN/CEFACT
    Recommendation 20 for all of them. `references` are names of documents and samples as written, `standards`
    named standards, laws and codes. `line` is the product line's number from zero, None for all goods; `duty`
    the id of the regulation that it was proposed for.
    """

    text: str
    attribute: str = ""
    operator: Operator = ""
    values: tuple[Decimal, ...] = ()
    unit: str = ""
    tolerance: Tolerance | None = None
    words: str = ""
    references: tuple[str, ...] = ()
    standards: tuple[str, ...] = ()
    method: Method = Method.NONE
    defect: Defect = Defect.MAJOR
    line: int | None = None
    duty: str = ""


class Specification(msgspec.Struct, frozen=True):
    """All that the clarity check looks at. `category` is a key of the categories or "", `markets`
    destinations as ISO 3166 codes (`US-CA` for California, `EU` for all of it), `attachments` the names of
    the documents that are really there. `language` is the one suggestions fall back on where a line's own
    cannot be told."""

    requirements: tuple[Requirement, ...]
    category: str = ""
    markets: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()
    remarks: str = ""
    language: str = "en"


class GapCode(StrEnum):
    VAGUE_WORDS = "vague_words"
    NO_VALUE = "no_value"
    NO_UNIT = "no_unit"
    NO_TOLERANCE = "no_tolerance"
    NO_METHOD = "no_method"
    MISSING_REFERENCE = "missing_reference"
    AMBIGUOUS_REFERENCE = "ambiguous_reference"
    CONTRADICTION = "contradiction"
    NOT_PRODUCTS = "not_products"
    OFF_PLATFORM_PAYMENT = "off_platform_payment"


class Gap(msgspec.Struct, frozen=True):
    """`requirement` is the number of the line from zero, None for the remarks. `start` and `end` enclose the
    words that cause it in the text as written. `suggestion` is a whole line to put in its place, in the
    line's own language; "" where only its author can know. `other` is the line it contradicts."""

    requirement: int | None
    code: GapCode
    start: int
    end: int
    words: str
    suggestion: str = ""
    other: int | None = None
