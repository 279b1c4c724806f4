"""What is put on paper, as a layout sees it: words and numbers ready to print, in one language or in two.

The words come from the caller; paper only lays out. Two kinds of text are told apart, because two languages
stand side by side while what people wrote themselves stands once, across both:

- `Words`: the same words in every language of the sheet, by its code: `{"en": "Parties", "zh": "双方"}`.
- `str`: what somebody wrote, or what reads the same in every language, such as a number or a name.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import msgspec

Words = Mapping[str, str]
Said = Words | str


class Fact(msgspec.Struct, frozen=True):
    label: Words
    value: Said


class Party(msgspec.Struct, frozen=True):
    """`role` is Buyer or Supplier, `facts` what else is known: address, registration, country."""

    role: Words
    name: str
    facts: tuple[Fact, ...] = ()


class Subheading(msgspec.Struct, frozen=True, tag="subheading"):
    text: Said


class Paragraphs(msgspec.Struct, frozen=True, tag="paragraphs"):
    texts: tuple[Said, ...]


class Facts(msgspec.Struct, frozen=True, tag="facts"):
    facts: tuple[Fact, ...]


class Column(msgspec.Struct, frozen=True):
    """Figures take the width that they need and stand flush right; words share the rest by `share`."""

    heading: Words
    figures: bool = False
    share: int = 1


class Table(msgspec.Struct, frozen=True, tag="table"):
    """`foot` are the rows of totals. A row has one cell for each column."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Said, ...], ...]
    foot: tuple[tuple[Said, ...], ...] = ()


class Requirement(msgspec.Struct, frozen=True):
    """`text` is what binds, `read` what it was read as ("" where nothing was), `marks` its method, class of
    defect, reference and the duty that it was proposed for."""

    number: str
    text: str
    read: Said = ""
    marks: tuple[Fact, ...] = ()


class Requirements(msgspec.Struct, frozen=True, tag="requirements"):
    items: tuple[Requirement, ...]


class Tick(msgspec.Struct, frozen=True):
    at: int
    label: str


class Line(msgspec.Struct, frozen=True):
    """`said` is the line in a sentence, for those who do not see it drawn."""

    name: Words
    points: tuple[tuple[int, int], ...]
    said: Words


class Curve(msgspec.Struct, frozen=True, tag="curve"):
    """Up to three lines. Places are in thousandths of an axis, from its lower left end; `marked` is the place
    across that is marked on each line."""

    across: Words
    up: Words
    across_ticks: tuple[Tick, ...]
    up_ticks: tuple[Tick, ...]
    lines: tuple[Line, ...]
    marked: int | None = None


class Step(msgspec.Struct, frozen=True):
    label: Said
    amount: str
    total: bool = False


class Sum(msgspec.Struct, frozen=True, tag="sum"):
    """A worked example: one step under the other, with the totals under a line."""

    steps: tuple[Step, ...]


Block = Subheading | Paragraphs | Facts | Table | Requirements | Curve | Sum


class Section(msgspec.Struct, frozen=True):
    heading: Words
    blocks: tuple[Block, ...]


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """`languages` are one or two; the first one stands left. `kind` says what document it is, `state` how far
    it has come. `hash` is the revision's, in hexadecimal; `hash_label` names it and `check` says how to check
    it. `page` has the places `{page}` and `{pages}`. `at` becomes the date of the file, so that the same
    sheet gives the same bytes.
    """

    languages: tuple[Literal["en", "zh"], ...]
    kind: Words
    title: Said
    number: str
    revision: Words
    state: Words
    hash: str
    hash_label: Words
    check: Words
    page: Words
    at: datetime
    parties: tuple[Party, ...]
    sections: tuple[Section, ...]


class Embedded(msgspec.Struct, frozen=True):
    """A file for machines that travels inside the PDF. `data` is UTF-8."""

    name: str
    data: bytes
    description: str
    mime: str = "application/json"
