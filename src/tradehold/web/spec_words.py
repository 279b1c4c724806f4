"""What the parts of a specification and of an inspection are called, and one requirement as it is read."""

from decimal import Decimal

from babel.numbers import format_decimal

from tradehold.domain.contract import Question
from tradehold.domain.given import Knowledge
from tradehold.domain.inspection import Type
from tradehold.domain.requirement import Defect, Method, Operator, Requirement
from tradehold.domain.units import Units
from tradehold.web import words
from tradehold.web.i18n import Translator, mark

METHODS: dict[Method, str] = {
    Method.NONE: mark("nothing said of how it is checked"),
    Method.MEASUREMENT: mark("measured on site"),
    Method.COUNT: mark("counted on site"),
    Method.VISUAL: mark("looked at"),
    Method.FUNCTION: mark("tried on site"),
    Method.LAB_TEST: mark("tested in a laboratory"),
    Method.DOCUMENT: mark("shown by a document"),
}
DEFECTS: dict[Defect, str] = {
    Defect.CRITICAL: mark("critical defect"),
    Defect.MAJOR: mark("major defect"),
    Defect.MINOR: mark("minor defect"),
}
TYPES: dict[Type, str] = {
    "IPC": mark("First pieces (IPC), with about 20 % made"),
    "DUPRO": mark("During production (DUPRO), with 20 to 80 % made"),
    "PSI": mark("Before shipment (PSI), with all made and at least 80 % packed"),
    "CLS": mark("At loading (CLS)"),
}
SEVERITIES = {
    "normal": mark("normal inspection"),
    "tightened": mark("tightened inspection"),
    "reduced": mark("reduced inspection"),
}
QUESTIONS: dict[Question, str] = {
    "specification": mark("How are the product's specifications defined?"),
    "ability": mark("Can the supplier comply, and how is that verified?"),
    "standards": mark("Which standards and regulations apply in the market?"),
    "compliance": mark("Can the supplier ensure compliance, with a verifiable record?"),
}
_BOUNDS: dict[Operator, str] = {
    "at_most": mark("at most {value}"),
    "below": mark("below {value}"),
    "at_least": mark("at least {value}"),
    "above": mark("above {value}"),
}
_NARROW = "\N{NO-BREAK SPACE}"


def figure(t: Translator, value: Decimal) -> str:
    """With all its decimals, and none that it does not have."""
    return str(format_decimal(value, format="#,##0.###############", locale=t.locale))


def _with_unit(t: Translator, said: str, unit: str, units: Units) -> str:
    """What counts has a name, what measures a symbol; a unit that is not known stands as its code."""
    known = units.by_code.get(unit)
    symbol = words.unit(t, unit) if known is None or known.counts else known.symbol
    return f"{said}{_NARROW}{symbol}" if symbol else said


def _tolerance(t: Translator, one: Requirement, units: Units) -> str:
    """ "± 5 %", "+0 −2 mm"; empty where there is none."""
    if one.tolerance is None:
        return ""
    minus, plus = figure(t, one.tolerance.minus), figure(t, one.tolerance.plus)
    said = f"±{_NARROW}{plus}" if minus == plus else f"+{plus}{_NARROW}\N{MINUS SIGN}{minus}"
    if one.tolerance.percent:
        return f"{said}{_NARROW}%"
    return _with_unit(t, said, one.unit, units)


def limits(one: Requirement) -> tuple[Decimal, Decimal] | None:
    """What is accepted, from and to, where a nominal value has a tolerance."""
    if one.operator != "equal" or len(one.values) != 1 or one.tolerance is None:
        return None
    nominal, allowed = one.values[0], one.tolerance
    if allowed.percent:
        return nominal - nominal * allowed.minus / 100, nominal + nominal * allowed.plus / 100
    return nominal - allowed.minus, nominal + allowed.plus


def value(t: Translator, one: Requirement, units: Units) -> str:
    """What was agreed, in words: "at most 5 %", "200 g/m² ± 5 %", "Pantone 1935 D"; empty where no value was
    read."""
    said = [figure(t, each) for each in one.values]
    match one.operator:
        case "at_most" | "below" | "at_least" | "above" if said:
            return t(_BOUNDS[one.operator], value=_with_unit(t, said[0], one.unit, units))
        case "between" if len(said) == 2:
            return _with_unit(t, f"{said[0]}–{said[1]}", one.unit, units)
        case "dimensions" if said:
            return " ".join(
                filter(None, (_with_unit(t, " × ".join(said), one.unit, units), _tolerance(t, one, units)))
            )
        case "equal" if said:
            return " ".join(
                filter(None, (_with_unit(t, said[0], one.unit, units), _tolerance(t, one, units)))
            )
        case _:
            return " ".join(filter(None, (one.words, _tolerance(t, one, units))))


def accepted(t: Translator, one: Requirement, units: Units) -> str:
    """The limits of a tolerance worked out: "190–210 g/m²"; empty where there is none."""
    found = limits(one)
    if found is None:
        return ""
    low, high = (figure(t, each.normalize()) for each in found)
    return t("accepted: {value}", value=_with_unit(t, f"{low}–{high}", one.unit, units))


def method(t: Translator, one: Requirement) -> str:
    """How it is checked, with the standards that decide it."""
    said = t(METHODS[one.method])
    return t("{method}, by {standards}", method=said, standards=t(", ").join(one.standards)) if (
        one.standards
    ) else said  # fmt: skip


def attribute(t: Translator, one: Requirement, knowledge: Knowledge) -> str:
    """What it is about by its known name; the author's own words as they are."""
    known = knowledge.categories.attributes.get(one.attribute)
    return known.label(t.language) if known else one.attribute.replace("_", " ")


def read(t: Translator, one: Requirement, goods: str, knowledge: Knowledge) -> str:
    """The whole reading as one line, for whoever compares two; `goods` is what it is about."""
    parts = (
        attribute(t, one, knowledge),
        value(t, one, knowledge.clarity.units),
        method(t, one),
        t(", ").join(one.references),
        t(DEFECTS[one.defect]),
        goods,
    )
    return " · ".join(part for part in parts if part)
