"""What a contract leaves unprotected, class by class: what each side acknowledges when it confirms.

Nothing forces anybody to mend a gap. But a claim for it will fail, so it is said before any money moves, it
is hashed with the contract, and the acknowledgement stands in the record.
"""

from tradehold.domain.contract import Terms, markets, unanswered
from tradehold.domain.given import Knowledge
from tradehold.domain.requirement import GapCode, Specification
from tradehold.domain.specification import assess

NO_REQUIREMENTS = "no_requirements"
MISSING_ATTRIBUTES = "missing_attributes"
MARKET_DUTIES = "market_duties"
ALWAYS = 1  # the importance of what every contract of a category fixes


def specification(terms: Terms) -> Specification:
    names = tuple(attachment.name for attachment in terms.attachments)
    return Specification(terms.requirements, terms.category, markets(terms), names, terms.remarks)


def risks(terms: Terms, knowledge: Knowledge) -> tuple[str, ...]:
    """Codes in a fixed order: those of gaps, what is missing, and the questions that nobody answered.

    Missing attributes count where every contract of the category fixes them; rules of the markets where they
    were proposed for the category and no requirement names them. Without a category there are neither."""
    found = assess(specification(terms), knowledge, terms.title)
    codes = {gap.code for gap in found.gaps}
    open_risks: list[str] = [] if terms.requirements else [NO_REQUIREMENTS]
    open_risks += [code for code in GapCode if code in codes]
    if terms.category:
        taken = {requirement.duty for requirement in terms.requirements}
        if any(one.importance == ALWAYS for one in found.missing):
            open_risks.append(MISSING_ATTRIBUTES)
        if any(duty.proposed and duty.regulation.id not in taken for duty in found.duties):
            open_risks.append(MARKET_DUTIES)
    open_risks += [f"unanswered_{question}" for question in unanswered(terms)]
    return tuple(open_risks)
