"""The conversation and the freeze: what anybody may say in a trade, and the one order that stops its
clocks."""

from collections.abc import Iterable
from datetime import datetime

from tradehold.domain import trade_commands as c
from tradehold.domain import trade_events as e
from tradehold.domain.bankdetails import Suspicion, find
from tradehold.domain.calendar import end_of_day, local_day
from tradehold.domain.command import Side
from tradehold.domain.contract import Terms
from tradehold.domain.given import Given, Knowledge
from tradehold.domain.inspection import Waiver
from tradehold.domain.refusal import Code, Refusal, refuse
from tradehold.domain.trade import Trade

Decision = list[e.TradeEvent] | Refusal
LONGEST = 5_000  # characters of a message
MOST_FILES = 20


def send_message(trade: Trade, do: c.SendMessage, given: Given) -> Decision:
    if not do.text.strip() and not do.files:
        return refuse(Code.EMPTY_MESSAGE)
    if len(do.text) > LONGEST:
        return refuse(Code.TOO_LONG, limit=LONGEST)
    if len(do.files) > MOST_FILES:
        return refuse(Code.TOO_MANY_FILES, limit=MOST_FILES)
    most = given.policy(trade.deal.policy).most_messages
    if trade.messages >= most:
        return refuse(Code.THREAD_FULL, limit=most)
    if do.about is not None and not _exists(trade, do.about):
        return refuse(Code.UNKNOWN, what=do.about.what)
    found = suspicions((do.text, *(one.name for one in do.files)), given.knowledge)
    number = trade.messages + 1
    return [e.MessageSent(number, given.side, do.text.strip(), do.files, do.about, found)]


def _exists(trade: Trade, about: e.About) -> bool:
    match about.what:
        case "line":
            return 0 <= about.number < len(trade.deal.goods)
        case "shipment":
            return any(one.number == about.number for one in trade.shipments)
        case "payment":
            return any(one.receipt == about.number for one in trade.payments)
        case "message":
            return 1 <= about.number <= trade.messages


def suspicions(texts: Iterable[str], knowledge: Knowledge) -> tuple[Suspicion, ...]:
    """What looks like other bank details than those of the designated accounts."""
    return tuple(one for text in texts for one in find(text, knowledge.accounts, knowledge.payment_words))


def of_terms(terms: Terms) -> tuple[str, ...]:
    """The contract's own words, in which other bank details could stand."""
    return (
        terms.title,
        *(text for line in terms.lines for text in (line.sku, line.description)),
        terms.place,
        terms.inspection.reason if isinstance(terms.inspection, Waiver) else terms.inspection.company,
        terms.remarks,
        *(file.name for file in terms.attachments),
        *(requirement.text for requirement in terms.requirements),
        *(answer.text for answer in terms.answers),
    )


def freeze(trade: Trade, do: c.Freeze, given: Given) -> Decision:
    if not do.reference.strip():
        return refuse(Code.INCOMPLETE, what="reference")
    order = e.Order(do.reference, do.reason, do.company if given.side is Side.MACHINE else 0)
    if any((one.reference, one.company) == (order.reference, order.company) for one in trade.freezes):
        return refuse(Code.EXISTS, what="freeze")
    return [e.TradeFrozen(order)]


def lift(trade: Trade, do: c.Lift, given: Given) -> Decision:
    company = do.company if given.side is Side.MACHINE else 0
    left = [one for one in trade.freezes if (one.reference, one.company) != (do.reference, company)]
    if len(left) == len(trade.freezes):
        return refuse(Code.UNKNOWN, what="freeze")
    lifted = e.TradeLifted(do.reference, do.reason, company)
    if left:
        return [lifted]
    zone = trade.deal.zone
    clocks = {name: _whole_day(until, zone) for name, until in trade.clocks.items()}
    rested = trade.ship_by if trade.resting is not None else None
    ship_by = _whole_day(rested, zone) if rested else None
    return [e.TradeLifted(do.reference, do.reason, company, clocks, ship_by)]


def _whole_day(until: datetime, zone: str) -> datetime:
    """Deadlines end at 24:00: what was left of one is rounded up to that."""
    return end_of_day(local_day(until - datetime.resolution, zone), zone)
