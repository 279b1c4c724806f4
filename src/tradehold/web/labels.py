"""A requirement's parts in the reader's words: what is measured, in which unit, how it is decided."""

from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property

import msgspec

from tradehold.domain.category import Attribute
from tradehold.domain.given import Knowledge
from tradehold.domain.requirement import Defect, Method, Requirement, Tolerance
from tradehold.web.i18n import Translator, mark

METHODS: Mapping[str, str] = {
    Method.NONE: mark("not said"),
    Method.MEASUREMENT: mark("measured on site"),
    Method.COUNT: mark("by count"),
    Method.VISUAL: mark("seen"),
    Method.FUNCTION: mark("tried on site"),
    Method.LAB_TEST: mark("laboratory test"),
    Method.DOCUMENT: mark("document shown"),
}
DEFECTS: Mapping[str, str] = {
    Defect.CRITICAL: mark("critical"),
    Defect.MAJOR: mark("major"),
    Defect.MINOR: mark("minor"),
}
OPERATORS: Mapping[str, str] = {
    "": mark("not said"),
    "is": mark("is"),
    "equal": mark("equals"),
    "at_most": mark("at most"),
    "below": mark("below"),
    "at_least": mark("at least"),
    "above": mark("above"),
    "between": mark("between"),
    "dimensions": mark("dimensions"),
}
_SIGNS = {"at_most": "≤ ", "below": "< ", "at_least": "≥ ", "above": "> "}


class Labels(msgspec.Struct, frozen=True, dict=True):
    t: Translator
    knowledge: Knowledge

    @cached_property
    def _attributes(self) -> Mapping[str, Attribute]:
        return self.knowledge.categories.attributes

    @cached_property
    def units(self) -> Mapping[str, str]:
        """The symbol of each unit by its code."""
        return {code: unit.symbol for code, unit in self.knowledge.clarity.units.by_code.items()}

    @cached_property
    def attributes(self) -> Mapping[str, str]:
        """The label of each attribute by its key."""
        return {key: one.label(self.t.language) for key, one in self._attributes.items()}

    @cached_property
    def _keys(self) -> Mapping[str, str]:
        return {label.casefold(): key for key, label in self.attributes.items()}

    def attribute(self, key: str) -> str:
        return self.attributes.get(key, key.replace("_", " "))

    def key_of(self, label: str) -> str:
        """What the author calls it, where it is none of those that are known."""
        return self._keys.get(label.strip().casefold(), label.strip()[:200])

    def unit(self, code: str) -> str:
        return self.units.get(code, code)

    def tolerance(self, one: Tolerance | None) -> str:
        if one is None:
            return ""
        after = " %" if one.percent else ""
        if one.minus == one.plus:
            return f"±{_plain(one.plus)}{after}"
        return f"−{_plain(one.minus)}/+{_plain(one.plus)}{after}"

    def value(self, one: Requirement) -> str:
        """The agreed value as one reads it: "200 g/m² ±5 %", "≤ 90 mg/kg", "Pantone 1935 D"."""
        if not one.values:
            return one.words
        between = " × " if one.operator == "dimensions" else "–"
        said = _SIGNS.get(one.operator, "") + between.join(_plain(value) for value in one.values)
        return " ".join(part for part in (said, self.unit(one.unit), self.tolerance(one.tolerance)) if part)

    def method(self, one: Requirement) -> str:
        return self.t(METHODS[one.method])

    def defect(self, one: Requirement) -> str:
        return self.t(DEFECTS[one.defect])


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"
