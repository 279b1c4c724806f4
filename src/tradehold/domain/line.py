"""One line of a specification taken apart: its words, names, files and quantities, each with its place.

Both the reading of a requirement and the clarity check stand on this, so that a line is looked at once.
"""

import re
from bisect import bisect_right
from functools import cached_property, lru_cache

import msgspec

from tradehold.domain.named import Named, named, without
from tradehold.domain.plain import plain
from tradehold.domain.quantity import Quantity, Reader
from tradehold.domain.vocabulary import Clarity, Mark

LONGEST = 2000  # characters of a line that are read; what stands behind them is not


_CLAUSE = re.compile(r"[;!?|\n]|,(?!\d)|\.(?=\s+[^\s\d]|\s*$)| - | / (?=[a-z\u4e00-\u9fff]{3})")
# A point behind one of these ends no clause.
_SHORT_WORDS = (
    "min|max|approx|aprox|no|nr|nro|num|n|acc|dia|diam|tol|incl|temp|ref|fig|art|pcs|uds|un|unid|cm|"
    "mm|pulg|pol|vol|wt|qty|exc|c|p|ex|ca|app|mod|cod|tam|esp|larg|compr|alt|conf|seg|var|int|ext|"
    "res|resp|reg|pag|obs"
)
_ABBREVIATED = re.compile(rf"(?:^|[^a-z])(?:{_SHORT_WORDS})\.$")
_SPANISH, _PORTUGUESE = re.compile("[ñ¿¡]", re.IGNORECASE), re.compile("[ãõçâêôà]", re.IGNORECASE)


class Line(msgspec.Struct, frozen=True, dict=True, eq=False):
    """`plain` is as long as `text`; `bare` is that with boxes for names, files and quotations. `ends` are
    where clauses end, ascending, the last at the line's end."""

    text: str
    plain: str
    bare: str
    marks: tuple[Mark, ...]
    named: tuple[Named, ...]
    quantities: tuple[Quantity, ...]
    ends: tuple[int, ...]
    language: str

    def clause(self, place: int) -> tuple[int, int]:
        number = bisect_right(self.ends, place)
        start = self.ends[number - 1] if number else 0
        return start, self.ends[number] if number < len(self.ends) else len(self.text)

    @cached_property
    def files(self) -> tuple[Named, ...]:
        return tuple(one for one in self.named if one.kind == "file")

    def of(self, kind: str) -> list[Mark]:
        return [mark for mark in self.marks if mark.kind == kind]

    def has(self, *kinds: str) -> bool:
        return any(mark.kind in kinds for mark in self.marks) or any(one.kind in kinds for one in self.named)


# Kinds of words whose digits count nothing: "prop 65", "UN 38.3".
_SILENT = frozenset(("law", "harmless", "laboratory"))


@lru_cache(maxsize=1 << 14)
def take_apart(text: str, clarity: Clarity, language: str = "en", attachments: tuple[str, ...] = ()) -> Line:
    """`language` is the one where nothing in the line tells, `attachments` names of files it may hold."""
    text = text[:LONGEST]
    folded = plain(text)
    names = named(text, folded, attachments)
    bare = without(folded, names)
    spoken, marks = clarity.marks(bare, _accented(text, language))
    silent = [Named(one.start, one.end, one.kind) for one in marks if one.kind in _SILENT]
    numberless = without(bare, silent)
    reader = Reader(text, numberless, clarity.units, spoken in ("es", "pt"), _timeless(marks))
    quantities = tuple(reader.all())
    return Line(text, folded, bare, tuple(marks), tuple(names), quantities, _ends(folded, bare), spoken)


def _ends(folded: str, bare: str) -> tuple[int, ...]:
    ends = []
    for match in _CLAUSE.finditer(bare):
        if match[0] == "." and _ABBREVIATED.search(bare[max(0, match.start() - 8) : match.end()]):
            continue
        ends.append(match.end())
    if not ends or ends[-1] != len(folded):
        ends.append(len(folded))
    return tuple(ends)


def _accented(text: str, fallback: str) -> str:
    """The language that letters tell where words do not."""
    if text.isascii():
        return fallback
    return "es" if _SPANISH.search(text) else "pt" if _PORTUGUESE.search(text) else fallback


def _timeless(marks: list[Mark]) -> bool:
    """Whether the line speaks of grades or measures and of no time."""
    return any(
        mark.kind == "grade" or (mark.kind == "property" and mark.key != "performance") for mark in marks
    )
