"""What a contract leaves unprotected, class by class: what each side acknowledges when it confirms.

Nothing forces anybody to mend a gap. But a claim for it will fail, so it is said before any money moves, it
is hashed with the contract, and the acknowledgement stands in the record.
"""

from tradehold.domain.contract import Terms, unanswered
from tradehold.domain.given import Knowledge

NO_REQUIREMENTS = "no_requirements"
MISSING_ATTRIBUTES = "missing_attributes"
MARKET_DUTIES = "market_duties"


def risks(terms: Terms, knowledge: Knowledge) -> tuple[str, ...]:
    """Codes in a fixed order: those of gaps, what is missing, and the questions that nobody answered."""
    found: list[str] = [] if terms.requirements else [NO_REQUIREMENTS]
    found += [f"unanswered_{question}" for question in unanswered(terms)]
    return tuple(found)
