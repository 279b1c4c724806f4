"""What of a contract is above the cover: it goes on to the supplier unheld, and is labelled wherever it
appears."""

from tradehold.domain.contract import Deal
from tradehold.domain.payment import unheld
from tradehold.web.i18n import Formats
from tradehold.web.sheet import Sheet


def label(f: Formats, deal: Deal) -> str:
    """At the size of a tag; empty where everything is protected."""
    amount = deal.pass_through
    return f.t("{amount} unprotected", amount=f.money(amount, deal.currency)) if amount else ""


def sentence(sheet: Sheet) -> str:
    """Beside the money, from the first draft to the end."""
    amount = sheet.trade.deal.pass_through
    if not amount:
        return ""
    return sheet.t(
        "{amount} of this contract is above the cover: it goes on to the supplier unheld, and is "
        "unprotected. A refund gives back only what is held.",
        amount=sheet.say(amount),
    )


def parts(sheet: Sheet) -> list[dict[str, object]]:
    """What has been passed on, as a part of the bar."""
    passed = sheet.money(sheet.trade.passed)
    return (
        [{"kind": "passed", "label": sheet.t("Passed on, unprotected"), "money": passed}]
        if passed.minor
        else []
    )


def of_next(sheet: Sheet, amount: int) -> str:
    """How much of the next `amount` to come in is unprotected; empty for nothing."""
    over = unheld(sheet.trade, amount) if sheet.trade.deal.pass_through else 0
    return sheet.say(over) if over else ""


def of_item(sheet: Sheet, reached: int, amount: int) -> str:
    """The same for a part of the schedule that begins when `reached` is paid."""
    over = reached + amount - max(sheet.trade.deal.cover, reached)
    return sheet.t("{amount} unprotected", amount=sheet.say(over)) if over > 0 else ""
