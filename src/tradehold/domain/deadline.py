"""What happens when nobody acts: every clock of a trade, and the step its passing makes."""

from tradehold.domain import trade_commands as c
from tradehold.domain import trade_events as e
from tradehold.domain.given import Given
from tradehold.domain.money import share
from tradehold.domain.payment import return_payment
from tradehold.domain.refusal import Code, Refusal, refuse
from tradehold.domain.settlement import (
    accept_late,
    close_unpaid,
    decide_settlement,
    go_overdue,
    lapse,
    pending_proof,
    resolve,
    statement_missing,
)
from tradehold.domain.shipment import confirm_evidence, reject_evidence
from tradehold.domain.trade import Stage, Trade

Decision = list[e.TradeEvent] | Refusal


def pass_deadline(trade: Trade, do: c.PassDeadline, given: Given) -> Decision:
    if trade.clocks.get(do.name) != do.at or given.at < do.at:
        return refuse(Code.NOT_DUE)
    name, _, number = do.name.partition(":")
    match name:
        case "silence" if trade.stage is Stage.DRAFT:
            return lapse(trade, "silence", given)
        case "silence":
            until = pending_proof(trade)
            if until:
                return refuse(Code.EVIDENCE_PENDING, until=until)
            return resolve(trade, given, "late_shipment")
        case "payment" | "balance":
            missing = statement_missing(trade, name, given)
            if missing:
                return missing
            if trade.stage is Stage.CONFIRMED:
                return lapse(trade, "unpaid", given)
            return close_unpaid(trade, given)
        case "ship_by":
            return go_overdue(trade, given)
        case "prove":
            return [e.ProofEnded()]
        case "booking":
            return [e.InspectionWaived(given.side)]
        case "contest":
            return confirm_evidence(trade, int(number), "silence", given)
        case "decide":
            return reject_evidence(trade, int(number), "silence", given)
        case "choose":
            return accept_late(trade, c.AcceptLate(), given)
        case "return":
            cut = share(trade.held, trade.deal.price_cut_bps, 10_000)
            return decide_settlement(trade, trade.held - cut, cut, "price_cut", given)
        case "suspense":
            return return_payment(trade, int(number))
        case _:
            raise KeyError(f"no rule for the clock {do.name}")


# What the passing of each clock does, in the words of the documentation and the pages.
CONSEQUENCES = {
    "silence": "Nobody answered: a draft lapses; an overdue trade is refunded.",
    "payment": "The payment did not come: the trade ends and what came in goes back.",
    "balance": "The balance did not come: the trade closes.",
    "ship_by": "The goods did not ship: the trade is overdue.",
    "booking": "The buyer booked no inspection: it is waived.",
    "prove": "The supplier can no longer show a shipment in time; the buyer may take the refund.",
    "contest": "Nobody contested: the evidence counts.",
    "decide": "Nobody confirmed contested evidence: it does not count.",
    "choose": "The buyer did not object: the late shipment is accepted.",
    "return": "Neither goods nor documents came back: the remedy is the agreed price cut.",
    "suspense": "The payer was not accepted: the money goes back.",
}
