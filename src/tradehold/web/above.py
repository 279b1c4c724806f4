"""A contract above the supplier's remaining cover: said at once when it is drafted, with the choice there is.
Nothing is passed through unprotected unless somebody chose exactly that amount, and the buyer confirms it
once more."""

import msgspec
from msgspec.structs import replace

from tradehold.domain.contract import Terms, total
from tradehold.engine.suppliers import cover_left
from tradehold.web.forms import Typed
from tradehold.web.visit import Visitor

WAIT, PASS = "wait", "pass"


class Above(msgspec.Struct, frozen=True):
    """`over` is what the cover has no room for, `left` what it has, in minor units of the contract."""

    over: int
    left: int
    terms: Terms


async def choose(here: Visitor, terms: Terms, form: Typed, reserved: int = 0) -> Terms | Above:
    """The terms with what was chosen, or what there is to choose. `reserved` is what this trade has reserved
    already, and gives back when it is revised."""
    left = reserved + await cover_left(here.desk.services.pool, terms.supplier.company, terms.currency)
    over = total(terms) - left
    if over <= 0:
        return terms
    above = Above(over, left, terms)
    chosen = form.get("above") if form.get("above_minor") == str(over) else ""
    if chosen == PASS and _can_pass(above):
        return replace(terms, cover=left, pass_through=over)
    return terms if chosen == WAIT else above


def _can_pass(above: Above) -> bool:
    """The initial payment is never passed through."""
    return above.left >= above.terms.schedule[0].amount


def ask(here: Visitor, above: Above) -> dict[str, object]:
    """The question as the form puts it."""
    t, currency = here.t, above.terms.currency
    over, left = here.f.money(above.over, currency), here.f.money(above.left, currency)
    wait = {
        "value": WAIT,
        "label": t("Draft it all the same, wholly protected"),
        "hint": t("It can be confirmed only once so much cover is free again."),
    }
    pass_on = {
        "value": PASS,
        "label": t("Pass {amount} through unprotected", amount=over),
        "hint": t(
            "That part goes on to the supplier as it comes in. It is not held, and no refund gives it back. "
            "The buyer accepts this once more when confirming."
        ),
    }
    return {
        "minor": above.over,
        "said": t("{amount} above the remaining cover", amount=over),
        "more": t(
            "{who} has {left} of cover left. Change the contract to less, or choose:",
            who=above.terms.supplier.name,
            left=left,
        ),
        "options": [wait, pass_on] if _can_pass(above) else [wait],
    }
