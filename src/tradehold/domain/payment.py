"""Money that comes in for a trade: every bank line that names one becomes exactly one of domain rule 5's
outcomes.

What completes a part of the schedule is held; what is too much, in the wrong currency, or late goes back to
its payer; what comes from somebody else than the buyer waits in suspense until it is checked.
"""

import re
import unicodedata
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Literal

from msgspec.structs import replace

from tradehold.domain import trade_commands as c
from tradehold.domain import trade_events as e
from tradehold.domain.bank import Party
from tradehold.domain.calendar import after_days, after_working_days, end_of_day, local_day
from tradehold.domain.given import Given
from tradehold.domain.money import Money
from tradehold.domain.refusal import Code, Refusal, refuse
from tradehold.domain.screening import hits
from tradehold.domain.trade import Stage, Trade, evolve, settled

Decision = list[e.TradeEvent] | Refusal

# Words that registers add to a company's name and banks leave out or abbreviate.
_FORMS = (
    "ltd limited co company inc incorporated corp corporation llc llp plc gmbh ag kg sa sarl sas srl spa bv "
    "nv ab oy as aps pte pty ltda eireli me the and"
)
_LEGAL_FORMS = frozenset(_FORMS.split())


def same_name(bank: str, registered: str) -> bool:
    """Whether a bank's name for the payer is the registered one, but for accents, case, order and legal
    form."""
    return bool(_words(bank)) and _words(bank) == _words(registered)


@lru_cache(maxsize=4096)  # the same names come again and again
def _words(name: str) -> frozenset[str]:
    plain = unicodedata.normalize("NFKD", name).casefold()
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return frozenset(re.findall(r"\w+", plain)) - _LEGAL_FORMS


def _progress(trade: Trade) -> tuple[int, int]:
    """How many parts of the schedule are complete, and what the next one still misses, in minor units."""
    left = trade.paid
    for number, due in enumerate(trade.deal.schedule):
        if left < due.amount:
            return number, due.amount - left
        left -= due.amount
    return len(trade.deal.schedule), 0


def missing(trade: Trade) -> int:
    """Minor units until the current part of the schedule is complete; 0 when everything is paid."""
    return _progress(trade)[1]


def missing_in_all(trade: Trade) -> int:
    return trade.deal.total - trade.paid


def receive(trade: Trade, do: c.ReceivePayment, given: Given) -> Decision:
    known = {one.receipt for one in trade.payments} | {one.receipt for one in trade.waiting}
    if do.receipt in known or any(owed.receipt == do.receipt for owed in trade.obligations):
        return refuse(Code.DUPLICATE)
    reason = _returned_because(trade, do.amount)
    if reason:
        return [_give_back(trade, do.receipt, do.amount, do.payer, reason)]
    found = hits(given.knowledge.screening, [do.payer.name]) if do.payer.name else ()
    if found or (do.payer.name and not same_name(do.payer.name, trade.deal.buyer_name)):
        policy = given.policy(trade.deal.policy)
        until = after_working_days(
            given.at, policy.suspense_working_days, trade.deal.zone, given.calendar(policy)
        )
        clocks = {f"suspense:{do.receipt}": until}
        return [e.PaymentSuspended(do.receipt, do.amount.minor, do.payer, clocks, found)]
    return _take(trade, do.receipt, do.amount.minor, do.payer, given)


def _returned_because(trade: Trade, amount: Money) -> str:
    if amount.currency != trade.deal.currency:
        return "wrong_currency"
    if trade.stage is Stage.DRAFT:
        return "not_agreed"
    if trade.stage in (Stage.SETTLING, Stage.SETTLED):
        return "late"
    return "" if missing(trade) else "over"


def _give_back(trade: Trade, receipt: int, amount: Money, payer: Party, reason: str) -> e.PaymentReturned:
    number = len(trade.obligations) + 1
    return e.PaymentReturned(receipt, (e.Obligation(number, amount, receipt, payer, reason),))


def _take(trade: Trade, receipt: int, amount: int, payer: Party, given: Given) -> list[e.TradeEvent]:
    """Holds what the schedule still wants; gives back what is over."""
    parts, due = _progress(trade)
    short, contributed = due - amount, 0
    if 0 < short <= given.policy(trade.deal.policy).tolerance(due, trade.deal.currency):
        contributed, short = short, 0
    if short > 0:  # completes nothing, so nothing follows from it
        return [_held(trade, e.PaymentHeld(receipt, amount, payer, "short"))]
    wanted = missing_in_all(trade) if trade.deal.keep_surplus else due
    held = min(amount, wanted)
    outcome: Literal["split", "paid"] = "split" if due < trade.deal.schedule[parts].amount else "paid"
    ship_by = _ship_by_after_lack(trade, given)
    kept = _held(trade, e.PaymentHeld(receipt, held, payer, outcome, contributed, complete=True))
    clocks = balance_clock(evolve(trade, kept, given.at), given)
    clocks |= {"ship_by": ship_by} if ship_by else {}
    events: list[e.TradeEvent] = [replace(kept, ship_by=ship_by, clocks=clocks)]
    if amount > held:
        surplus = Money(amount - held, trade.deal.currency)
        events.append(_give_back(_after(trade, events, given.at), receipt, surplus, payer, "over"))
    return events + completed(_after(trade, events, given.at), given)


def unheld(trade: Trade, amount: int) -> int:
    """Minor units of the next `amount` to come in that the cover has no room for."""
    return max(0, amount - max(0, trade.deal.cover - (trade.paid - trade.passed)))


def _held(trade: Trade, event: e.PaymentHeld) -> e.PaymentHeld:
    """What is above the cover is not held: it goes on to the supplier, as the buyer chose. Of what the
    platform makes up for, the part goes on that the cover has no room for either."""
    passed = unheld(trade, event.amount)
    topped = unheld(trade, event.amount + event.contributed) - passed
    if not trade.deal.pass_through or not passed + topped:
        return event
    number = len(trade.obligations) + 1
    owed = e.Obligation(number, Money(passed + topped, trade.deal.currency), reason="unprotected")
    return replace(
        event, amount=event.amount - passed, contributed=event.contributed - topped, passed=passed,
        topped=topped, owes=(owed,),
    )  # fmt: skip


def _parts_paid(trade: Trade) -> int:
    return _progress(trade)[0]


def _after(trade: Trade, events: list[e.TradeEvent], at: datetime) -> Trade:
    for event in events:
        trade = evolve(trade, event, at)
    return trade


def completed(trade: Trade, given: Given) -> list[e.TradeEvent]:
    """What follows once the schedule has moved: production may begin, or shipment."""
    events: list[e.TradeEvent] = []
    if trade.stage is Stage.CONFIRMED and _parts_paid(trade):
        ship_by = _ship_by_after_initial(trade, given)
        paid = e.InitialPaid(ship_by, {"ship_by": ship_by, **balance_clock(trade, given)})
        events, trade = [paid], evolve(trade, paid, given.at)
    if missing_in_all(trade):
        return events
    assert trade.ship_by is not None
    ship_by = trade.ship_by
    if trade.complete is None:
        ship_by = _ship_by_after_last(trade, given)
        events.append(e.FullyPaid(ship_by, {"ship_by": ship_by}))
    if trade.stage is Stage.PRODUCED:
        events.append(e.ReadyToShip({"ship_by": ship_by}))
    if trade.stage is Stage.OVERDUE and ship_by > given.at:
        events.append(e.Resumed({"ship_by": ship_by}))
    return events


def _ship_by_after_initial(trade: Trade, given: Given) -> datetime:
    """The long stop stands behind every date, and for one that waits for the last payment."""
    deal = trade.deal
    long_stop = after_days(given.at, deal.long_stop_days, deal.zone)
    if deal.ship_on:
        return min(end_of_day(deal.ship_on, deal.zone), long_stop)
    if deal.ship_after_last:
        return long_stop
    return min(after_days(given.at, deal.ship_days, deal.zone), long_stop)


def balance_clock(trade: Trade, given: Given) -> dict[str, datetime]:
    """The next part has its time from its own date, or from the production report once there is one."""
    if not missing_in_all(trade):
        return {}
    due = trade.deal.schedule[_parts_paid(trade)].on
    if due is None and trade.produced:
        due = local_day(trade.produced, trade.deal.zone)
    if due is None:
        return {}
    days = given.policy(trade.deal.policy).balance_payment_days
    return {"balance": end_of_day(due + timedelta(days=days), trade.deal.zone)}


def _ship_by_after_lack(trade: Trade, given: Given) -> datetime | None:
    """Where the ship-by date moves to when a reversed payment is made good: by the days it was lacking."""
    if trade.lacking is None or trade.ship_by is None or trade.stage not in (Stage.PRODUCING, Stage.READY):
        return None
    zone = trade.deal.zone
    days = (local_day(given.at, zone) - local_day(trade.lacking, zone)).days
    return after_days(trade.ship_by - timedelta(seconds=1), days, zone)


def _ship_by_after_last(trade: Trade, given: Given) -> datetime:
    """A fixed date moves by the days the balance was late; a relative one runs from this payment."""
    deal = trade.deal
    assert trade.ship_by is not None
    assert trade.funded is not None
    today, last = local_day(given.at, deal.zone), deal.schedule[-1]
    due = last.on or (local_day(trade.produced, deal.zone) if trade.produced else today)
    late = max(0, (today - due).days) if len(deal.schedule) > 1 else 0
    if deal.ship_after_last:
        long_stop = after_days(trade.funded, deal.long_stop_days + late, deal.zone)
        return min(after_days(given.at, deal.ship_days, deal.zone), long_stop)
    return after_days(trade.ship_by - timedelta(seconds=1), late, deal.zone)


def accept_short(trade: Trade, do: c.AcceptShort, given: Given) -> Decision:
    part = trade.deal.schedule[: _parts_paid(trade)]
    short = missing(trade)
    if not short or trade.paid == sum(due.amount for due in part):
        return refuse(Code.NO_SHORTFALL)
    accepted = e.ShortAccepted(short)
    clocks = balance_clock(evolve(trade, accepted, given.at), given)
    ship_by = {"ship_by": trade.ship_by} if trade.ship_by else {}
    events: list[e.TradeEvent] = [e.ShortAccepted(short, clocks | ship_by)]
    return events + completed(_after(trade, events, given.at), given)


def reverse(trade: Trade, do: c.ReversePayment, given: Given) -> Decision:
    """The bank took a payment back. What had gone back to its payer already is lost, until the payer
    returns it; what went to the supplier is the supplier's debt to the platform."""
    waiting = next((one for one in trade.waiting if one.receipt == do.receipt), None)
    if waiting:
        gone = e.PaymentReversed(do.receipt, from_suspense=waiting.amount)
        return [gone, *settled(evolve(trade, gone, given.at))]
    payment = next((one for one in trade.payments if one.receipt == do.receipt), None)
    returned = sum(owed.amount.minor for owed in trade.obligations if owed.receipt == do.receipt)
    if payment is None and not returned:
        return refuse(Code.UNKNOWN_PAYMENT)
    if payment and payment.reversed:
        return refuse(Code.DUPLICATE)
    # The platform's own part is not the payer's to take back.
    held = min(do.amount.minor, payment.left, trade.held - trade.contributed) if payment else 0
    lost = min(do.amount.minor - held, returned)
    clocks = _payment_clock(trade, given) if held else {}
    return [
        e.PaymentReversed(
            do.receipt,
            from_hold=held,
            from_supplier=do.amount.minor - held - lost,
            lost=Money(lost, do.amount.currency) if lost else None,
            clocks=clocks,
        )
    ]


def _payment_clock(trade: Trade, given: Given) -> dict[str, datetime]:
    """The time to make a reversed payment good; before the first one was complete its clock still runs."""
    if trade.stage not in (Stage.PRODUCING, Stage.PRODUCED, Stage.READY):
        return {}
    days = given.policy(trade.deal.policy).initial_payment_days
    return {"payment": after_days(given.at, days, trade.deal.zone)}


def accept_payer(trade: Trade, do: c.AcceptPayer, given: Given) -> Decision:
    """Two operators checked a third party's payment: it counts as the buyer's."""
    waiting = next((one for one in trade.waiting if one.receipt == do.receipt), None)
    if waiting is None:
        return refuse(Code.UNKNOWN_PAYMENT)
    accepted = e.PayerAccepted(do.receipt, waiting.amount)
    trade = evolve(trade, accepted, given.at)
    reason = _returned_because(trade, Money(waiting.amount, trade.deal.currency))
    if reason:
        amount = Money(waiting.amount, trade.deal.currency)
        return [accepted, _give_back(trade, do.receipt, amount, waiting.payer, reason)]
    return [accepted, *_take(trade, do.receipt, waiting.amount, waiting.payer, given)]


def return_payment(trade: Trade, receipt: int) -> Decision:
    """Suspense goes back to its payer: by two operators, or because its time is over."""
    waiting = next((one for one in trade.waiting if one.receipt == receipt), None)
    if waiting is None:
        return refuse(Code.UNKNOWN_PAYMENT)
    amount = Money(waiting.amount, trade.deal.currency)
    number = len(trade.obligations) + 1
    owed = e.Obligation(number, amount, receipt, waiting.payer, "third_party")
    return [e.PaymentReturned(receipt, (owed,), from_suspense=True)]
