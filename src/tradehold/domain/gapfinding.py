"""The gaps of one line that was taken apart, in the order of docs/clarity.md."""

import re
from collections.abc import Iterator

import msgspec

from tradehold.domain.line import Line
from tradehold.domain.measure import Measure, measures
from tradehold.domain.plain import plain
from tradehold.domain.quantity import Quantity
from tradehold.domain.requirement import GapCode
from tradehold.domain.vocabulary import PARTS, TOLERANCES, Clarity, Mark, Property, Vague


class Finding(msgspec.Struct, frozen=True, gc=False):
    """A gap's place. `key` and `language` name the entry of the vocabulary that knows how to mend it."""

    code: GapCode
    start: int
    end: int
    key: str = ""
    language: str = ""


def findings(line: Line, attachments: tuple[str, ...], clarity: Clarity) -> tuple[Finding, ...]:
    """All of them in the order of the text."""
    return tuple(sorted(_Look(line, attachments, clarity).all(), key=lambda one: (one.start, one.code)))


# Exact values of these are names of what is built in ("220 V", "50 Hz", "600D", "32 GB"), or angles.
_NOMINAL = frozenset(
    (
        "voltage",
        "current",
        "frequency",
        "linear mass",
        "data",
        "resolution",
        "resolution density",
        "angle",
        "acidity",
    )
)
# Wires are named by their cross-section.
_GAUGES = frozenset(("MMK",))
# Exact only as the value of a property; else they are conditions ("washed at 40 °C", "after 24 h").
_CONDITIONS = frozenset(("time", "temperature", "ratio", "rotation", "speed"))
_IDENTIFIED = re.compile(r"(?<![a-z0-9])[a-z]{0,6}[-_/#]?\d[a-z0-9_./-]*|[a-z]+[-_][a-z0-9-]*\d[\w-]*|□")
_POINTED = 32  # characters between "as per" and the document it names
_PARTS = frozenset(PARTS)
# What goods bear is told by a test; so is what is measured in these, whatever it is called.
_BORNE = frozenset(("mass", "force", "pressure", "time", "temperature"))
_INSTRUMENTS = frozenset(("force", "linear force", "level"))
_TRACES = frozenset(("59", "61", "NA", "J33"))
_AT = re.compile(r"(?:(?<![a-z])(?:at|from|a distance of|a|em|en)|距离?|在|于) ?$")
# "L 40 W 30 H 25".
_AXIS = re.compile(r"\s*[lwhdt]\s?[:=]?\s?\d")


class _Look:
    def __init__(self, line: Line, attachments: tuple[str, ...], clarity: Clarity) -> None:
        self.line, self.clarity = line, clarity
        self.there = {plain(name) for name in attachments}
        self.missing = [one for one in line.files if line.plain[one.start : one.end] not in self.there]
        self.measures = measures(line)
        self.by_kind: dict[str, list[Mark]] = {}
        for mark in line.marks:
            self.by_kind.setdefault(mark.kind, []).append(mark)
        self.standard = line.has("standard", "rating", "laboratory")
        self.lawful = line.has("law")
        self.promises = [mark for mark in self.by_kind.get("service", ()) if not self._delivered(mark)]
        self.service = {line.clause(mark.start) for mark in self.promises}

    def of(self, *kinds: str) -> list[Mark]:
        return [mark for kind in kinds for mark in self.by_kind.get(kind, ())]

    def all(self) -> Iterator[Finding]:
        if "⟨" in self.line.text:
            yield self._blank()
            return
        found = [
            *self._open(), *self._only_names(), *self._files(), *self._pointers(), *self._quantities(),
            *self._properties(), *self._loads(), *self._vague(),
        ]  # fmt: skip
        if promises := self.promises:
            yield Finding(GapCode.NOT_PRODUCTS, promises[0].start, promises[-1].end)
            found = [one for one in found if self._of_the_goods(one, promises[0])]
        pointers = [one for one in found if one.code is GapCode.AMBIGUOUS_REFERENCE]
        vague = [one for one in found if one.code is GapCode.VAGUE_WORDS]
        for one in found:
            # The sharper code explains the other.
            if one.code is GapCode.VAGUE_WORDS and any(
                self.line.clause(one.start) == self.line.clause(other.start) for other in pointers
            ):
                continue
            if one.code is GapCode.NO_VALUE and any(
                self._beside(one, other) for other in (*vague, *pointers)
            ):
                continue
            yield one

    def _delivered(self, mark: Mark) -> bool:
        """Whether what sounds like a service is a part that is delivered: "2 replacement heads",
        "installation screws", "kit de reparación"."""
        for other in self.of("goods", "nominal", "document"):
            if 0 <= other.start - mark.end <= 1 or (
                0 <= mark.start - other.end <= 5 and mark.language != "en"
            ):
                return True
        return any(
            one.quantity.unit is None and 0 <= mark.start - one.quantity.end <= 1 for one in self.measures
        )

    def _of_the_goods(self, one: Finding, service: Mark) -> bool:
        """In a line with a promise only what stands in a clause of its own before it, or has a measure."""
        clause = self.line.clause(one.start)
        if clause in self.service:
            return False
        return one.start < service.start or one.code in (GapCode.NO_TOLERANCE, GapCode.NO_UNIT)

    def _beside(self, one: Finding, other: Finding) -> bool:
        return (
            self.line.clause(one.start) == self.line.clause(other.start)
            and one.start <= other.end + 8
            and other.start <= one.end + 8
        )

    # -- what is left open

    def _open(self) -> Iterator[Finding]:
        for mark in self.by_kind.get("open", ()):
            if not self._decided(*self.line.clause(mark.start)):
                yield Finding(GapCode.NO_VALUE, mark.start, mark.end, "", mark.language)
        bare = self.line.plain.rstrip()
        if bare.endswith(":") and not self.by_kind.get("open"):
            start = self.line.clause(len(bare) - 1)[0]
            start += len(self.line.text[start:]) - len(self.line.text[start:].lstrip())
            if start < len(bare) - 1:
                last = self._last_property(start)
                yield Finding(
                    GapCode.NO_VALUE, start, len(bare), *((last.key, last.language) if last else ())
                )

    def _only_names(self) -> Iterator[Finding]:
        """A line that names properties and says nothing of them: "Weight and width"."""
        if self.measures or self.line.named or self.line.plain.rstrip().endswith(":"):
            return
        spans = [(mark.start, mark.end) for mark in self.by_kind.get("property", ())]
        if not spans or any(self._property(mark).bare for mark in self.by_kind["property"]):
            return
        if not any(self._property(mark).dimension not in ("", "other") for mark in self.by_kind["property"]):
            return
        for place, word in self.clarity.words(self.line.bare, 0, len(self.line.bare)):
            if word not in self.clarity.common and not any(start <= place < end for start, end in spans):
                return
        mark = self.by_kind["property"][0]
        yield Finding(GapCode.NO_VALUE, mark.start, spans[-1][1], mark.key, mark.language)

    def _blank(self) -> Finding:
        """A blank of a suggestion or template: until it is filled in, nothing else is said of the line."""
        place = self.line.text.find("⟨")
        end = self.line.text.find("⟩", place)
        return Finding(GapCode.NO_VALUE, place, end + 1 if end > 0 else len(self.line.text))

    def _last_property(self, start: int) -> Mark | None:
        return next((mark for mark in self.by_kind.get("property", ()) if mark.start >= start), None)

    def _decided(self, start: int, end: int) -> bool:
        """Whether a standard, law or file decides a clause."""
        return any(
            start <= one.start < end and one.kind in ("standard", "law", "rating", "file", "colour")
            for one in self.line.named
        ) or any(start <= mark.start < end for mark in self.by_kind.get("law", ()))

    # -- references

    def _files(self) -> Iterator[Finding]:
        for one in self.missing:
            yield Finding(GapCode.MISSING_REFERENCE, one.start, one.end)

    def _pointers(self) -> Iterator[Finding]:
        refers = self.by_kind.get("refer", ())
        for mark in self.by_kind.get("attached", ()):
            if not self._identified(mark):
                yield Finding(GapCode.AMBIGUOUS_REFERENCE, mark.start, mark.end, "document", mark.language)
        for kind in ("sample", "document", "order"):
            for mark in self.by_kind.get(kind, ()):
                refer = self._refers(refers, mark, kind)
                if refer is None or self._identified(mark):
                    continue
                start, end = min(refer, mark.start), max(mark.end, refer)
                key = "sample" if kind == "sample" else "document"
                yield Finding(GapCode.AMBIGUOUS_REFERENCE, start, end, key, mark.language)

    def _refers(self, refers: "list[Mark] | tuple[()]", mark: Mark, kind: str) -> int | None:
        """Where the word stands that points to a noun: shortly before it, in Chinese behind it too ("与样品
        一致"), or before a colon ("Colour: approved sample")."""
        bare, (clause, _) = self.line.bare, self.line.clause(mark.start)
        best: int | None = None
        for refer in refers:
            if clause <= refer.start and refer.end <= mark.start:
                between = bare[refer.end : mark.start]
                near = len(between) <= (80 if kind == "order" else _POINTED)
                if near and not any(character.isdigit() or character == ":" for character in between):
                    best = refer.start if best is None else best
            elif mark.language == "zh" and 0 <= refer.start - mark.end <= 6:
                best = refer.end if best is None else best
        if best is None and kind == "sample" and bare[clause : mark.start].rstrip().endswith(":"):
            rest = bare[mark.end : self.line.clause(mark.start)[1]].strip(" .,;")
            best = mark.start if not rest else None
        return best

    def _identified(self, mark: Mark) -> bool:
        """Whether the clause, or what stands in parentheses behind it, says which one: a file's name, a date,
        a number."""
        start, end = self.line.clause(mark.start)
        text = self.line.plain
        if any(
            one.kind in ("file", "date", "quoted") and start <= one.start < end + 30
            for one in self.line.named
        ):
            return True
        if self._decided(start, end):
            return True
        values = [(one.quantity.start, one.quantity.value_end) for one in self.measures if one.quantity.unit]
        for match in _IDENTIFIED.finditer(text, start, end):
            if not any(first <= match.start() < last for first, last in values):
                return True
        return False

    # -- numbers

    def _quantities(self) -> Iterator[Finding]:
        for measure in self.measures:
            quantity = measure.quantity
            if quantity.unit is None:
                yield from self._unitless(measure)
            elif not self._follows_name(measure) and not quantity.unit.counts and self._inexact(measure):
                yield Finding(
                    GapCode.NO_TOLERANCE,
                    quantity.start,
                    quantity.value_end,
                    quantity.unit.code,
                    self.line.language,
                )

    def _unitless(self, measure: Measure) -> Iterator[Finding]:
        quantity, about = measure.quantity, measure.about
        if quantity.attached or self._is_name(measure) or self._counts(measure):
            return
        one = self._property(about) if about else None
        measured = one is not None and bool(one.dimension) and one.dimension != "other"
        named = quantity.form == "dimensions" and self._after(measure, "naming")
        many = named or (quantity.form == "dimensions" and len(quantity.values) > 2)
        if quantity.form == "dimensions" and max(quantity.values) < 5:
            return  # a rib of 1 x 1, a tray of 3 x 4
        first = quantity.values[0]
        broken = quantity.form == "value" and first != first.to_integral_value()  # No count has a decimal.
        if not (measured or many or quantity.tolerance or broken):
            return
        if about and one and one.laboratory and not one.dimension:
            return
        key = about.key if about else "size"
        yield Finding(GapCode.NO_UNIT, quantity.start, quantity.value_end, key, self.line.language)
        if (
            measure.operator in ("equal", "dimensions")
            and measure.tolerance is None
            and not self._about(quantity)
            and not self._set_elsewhere()
        ):
            yield Finding(GapCode.NO_TOLERANCE, quantity.start, quantity.value_end, "", self.line.language)

    def _is_name(self, measure: Measure) -> bool:
        """Whether the word right before the number makes it a name: "size 42", "no. 5", "AISI 304"."""
        if measure.quantity.form == "dimensions":
            return False
        return self._follows_name(measure) or self._after(measure, "naming") or self._after(measure, "grade")

    def _after(self, measure: Measure, kind: str) -> bool:
        """Whether it stands right behind a word of a kind."""
        start = measure.quantity.start
        return any(
            mark.end <= start <= mark.end + 3 and not self.line.bare[mark.end : start].strip(" .:#-")
            for mark in self.by_kind.get(kind, ())
        )

    def _follows_name(self, measure: Measure) -> bool:
        """Whether it goes on with a standard's or law's name: "ISO 6330 4N"."""
        start = measure.quantity.start
        return "□" in self.line.bare[max(0, start - 2) : start]

    def _counts(self, measure: Measure) -> bool:
        """Whether what follows the number is what it counts: "4 buttons", "3 层"."""
        end = measure.quantity.end
        behind = self.line.bare[end : end + 2].lstrip(" ")[:1]
        if not behind.isalpha():
            return behind in ("/", "#", ":")
        if _AXIS.match(self.line.bare, end):
            return False
        place = self.line.bare.index(behind, end)
        return not any(
            mark.start <= place < mark.end
            and mark.kind in ("at_least", "at_most", "above", "below", "vague", "tolerance", "refer")
            for mark in self.line.marks
        )

    def _inexact(self, measure: Measure) -> bool:
        """Whether it is an exact value that no tolerance, range or bound makes decidable."""
        quantity = measure.quantity
        unit = quantity.unit
        if measure.operator not in ("equal", "dimensions") or measure.tolerance is not None or unit is None:
            return False
        if self._about(quantity) or self._is_condition(measure):
            return False
        if unit.dimension in _NOMINAL or unit.code in _GAUGES or self._set_elsewhere():
            return False
        if unit.dimension == "length" and self._nominal(quantity):
            return False
        if unit.code == "INH" and len(quantity.values) == 1 and measure.about is None:
            return False  # "24-inch suitcase": a size by name
        if unit.dimension in _CONDITIONS and unit.code != "KEL":
            one = self._property(measure.about) if measure.about else None
            if one is None or measure.about is None:
                return False
            told = (one.laboratory and unit.dimension == "ratio") or measure.about.key == "performance"
            return told or one.dimension == unit.dimension
        return not (unit.code == "KEL" and quantity.values[0] < 1000)

    def _is_condition(self, measure: Measure) -> bool:
        """Whether it only says where something else is measured, which has its bound: "≤ 65 dB at 1 m"."""
        quantity = measure.quantity
        if not _AT.search(self.line.bare, max(0, quantity.start - 16), quantity.start):
            return False
        return any(
            one.quantity.unit is not None
            and one.quantity.unit.dimension != getattr(quantity.unit, "dimension", None)
            and (one.tolerance is not None or one.operator not in ("equal", "dimensions"))
            for one in self.measures
            if one is not measure
        )

    def _nominal(self, quantity: Quantity) -> bool:
        """Whether it is the size by which a screw, a nail or a fuse is called, right beside its name."""
        return any(
            0 <= quantity.start - mark.end <= 3 or 0 <= mark.start - quantity.value_end <= 3
            for mark in self.by_kind.get("nominal", ())
        )

    def _about(self, quantity: Quantity) -> bool:
        """Whether "about" stands beside it, which is said of it instead."""
        return any(
            (mark.key in ("about", "around") and -2 <= quantity.start - mark.end <= 12)
            or (0 <= mark.start - quantity.value_end <= 3 and mark.key == "about")
            for mark in self.by_kind.get("vague", ())
        )

    def _set_elsewhere(self) -> bool:
        """Whether a document at hand, or a standard named for it, sets the tolerances."""
        if self.line.files and not self.missing:
            return True
        standards = [
            self.line.plain[one.start : one.end] for one in self.line.named if one.kind == "standard"
        ]
        if self.by_kind.get("tolerance") and standards:
            return True
        return any(standard.startswith(self.clarity.names[TOLERANCES]) for standard in standards)

    # -- properties

    def _property(self, mark: Mark) -> Property:
        return self.clarity.languages[mark.language].properties[mark.key]

    def _properties(self) -> Iterator[Finding]:
        for mark in self.by_kind.get("property", ()):
            one = self._property(mark)
            if not one.laboratory or (one.bare and self.line.plain[mark.end : mark.end + 1] in _PARTS):
                continue
            start, end = self.line.clause(mark.start)
            if self.standard or self._decided(start, end):
                continue
            if self._valued(mark, start, end):
                if self.lawful:
                    continue
                yield Finding(GapCode.NO_METHOD, mark.start, mark.end, mark.key, mark.language)
            elif one.bare:
                yield Finding(GapCode.NO_VALUE, mark.start, mark.end, mark.key, mark.language)

    def _loads(self) -> Iterator[Finding]:
        """What goods shall bear, and values in units that no tape or scale tells: N, mg/kg, dB."""
        if self.standard or self.lawful:
            return
        for measure in self.measures:
            quantity = measure.quantity
            if quantity.unit is None:
                continue
            start, _ = self.line.clause(quantity.start)
            borne = quantity.unit.dimension in _BORNE and any(
                start <= mark.start <= quantity.start for mark in self.by_kind.get("bears", ())
            )
            if borne or quantity.unit.dimension in _INSTRUMENTS or quantity.unit.code in _TRACES:
                key = "content" if quantity.unit.code in _TRACES else "strength"
                yield Finding(GapCode.NO_METHOD, quantity.start, quantity.value_end, key, self.line.language)

    def _valued(self, mark: Mark, start: int, end: int) -> bool:
        """Whether its clause says how much: a measure, or a number that is a grade."""
        return any(
            start <= one.quantity.start < end
            and (
                one.about is mark
                or (one.about is None and one.quantity.unit is not None and not one.quantity.unit.counts)
            )
            for one in self.measures
        )

    # -- words

    def _vague(self) -> Iterator[Finding]:
        for mark in self.by_kind.get("vague", ()):
            vague = self.clarity.languages[mark.language].vague[mark.key]
            if not self._excused(mark, vague):
                yield Finding(GapCode.VAGUE_WORDS, mark.start, mark.end, mark.key, mark.language)

    def _excused(self, mark: Mark, vague: Vague) -> bool:
        behind = self.line.bare[mark.end : mark.end + 6].lstrip(" .:(")
        if vague.before_number and not behind[:1].isdigit():
            return True
        start, end = self.line.clause(mark.start)
        if mark.key not in ("about", "around", "similar", "wish") and self._decided_by_sample(start, end):
            return True
        for reason in vague.excused:
            if reason == "tolerance":
                if any(
                    one.quantity.end >= mark.start - 24
                    and one.quantity.start <= mark.end + 24
                    and (one.tolerance or one.operator == "between")
                    for one in self.measures
                ):
                    return True
            elif reason == "standard":
                if self.standard or self._decided(start, end):
                    return True
            elif reason == "name":
                if self.lawful:
                    return True
            elif reason == "strength":
                if any(one.about and one.about.key == "strength" for one in self.measures):
                    return True
            elif any(one.quantity.unit and one.quantity.unit.dimension == reason for one in self.measures):
                return True
        return False

    def _decided_by_sample(self, start: int, end: int) -> bool:
        """Whether a sample or document in the clause is named so that it can be told, and is there."""
        nouns = self.of("sample", "document")
        named = any(start <= mark.start < end and self._identified(mark) for mark in nouns)
        files = [one for one in self.line.files if start <= one.start < end]
        return named or (bool(files) and not any(one in self.missing for one in files))
