"""What a contract leaves unprotected, in the reader's words: what it is, and what whoever confirms says."""

from tradehold.domain import risk
from tradehold.domain.requirement import GapCode
from tradehold.web.i18n import Translator, mark

# Said by whoever confirms, one box each.
_KNOWN = {
    GapCode.VAGUE_WORDS: mark("Some requirements use vague words: a claim about them will not hold."),
    GapCode.NO_VALUE: mark("Some requirements say no value: how much is right cannot be decided."),
    GapCode.NO_UNIT: mark("Some values have no unit: they can be read in two ways."),
    GapCode.NO_TOLERANCE: mark(
        "Some values have no tolerance: whether a small difference is a defect is left open."
    ),
    GapCode.NO_METHOD: mark("Some values name no test method: two laboratories may find two results."),
    GapCode.MISSING_REFERENCE: mark("A document that the contract names is not attached."),
    GapCode.AMBIGUOUS_REFERENCE: mark("A sample or document is named without saying which one."),
    GapCode.CONTRADICTION: mark("Some requirements contradict each other: neither can be relied on."),
    GapCode.NOT_PRODUCTS: mark(
        "Services such as a warranty are written in it: the platform protects the products only."
    ),
    GapCode.OFF_PLATFORM_PAYMENT: mark(
        "It speaks of paying elsewhere: only money in the designated account is protected."
    ),
    risk.NO_REQUIREMENTS: mark("The contract has no requirements: no claim about quality can be decided."),
    risk.MISSING_ATTRIBUTES: mark("It leaves out what contracts of this category usually fix."),
    risk.MARKET_DUTIES: mark("It leaves out rules of the destination market that were proposed."),
    "unanswered_specification": mark("How the specifications are defined is not answered with evidence."),
    "unanswered_ability": mark("Whether the supplier can comply is not answered with evidence."),
    "unanswered_standards": mark("Which standards apply in the market is not answered with evidence."),
    "unanswered_compliance": mark("How compliance is ensured is not answered with evidence."),
}


def said(t: Translator, code: str) -> str:
    """What is not protected."""
    return t(_KNOWN[code]) if code in _KNOWN else code


def acknowledge(t: Translator, code: str) -> str:
    return t("I know: {what}", what=said(t, code))
