"""What happened to a trade. Tags are storage format: never renamed; a change of meaning is a new event.

`clocks` are the deadlines that begin with the event, by name; `owes` the obligations that it creates;
`cover` what it reserves or gives back; `cost` the platform's own contribution that a refund returns. All in
minor units.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Literal

import msgspec

from tradehold.domain.bank import Party
from tradehold.domain.bankdetails import Suspicion
from tradehold.domain.command import Side
from tradehold.domain.contract import Attachment, Terms
from tradehold.domain.money import Money
from tradehold.domain.screening import Hit


class Outcome(StrEnum):
    RELEASED = "released"
    REFUNDED = "refunded"
    SPLIT = "split"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"


class Source(StrEnum):
    """Where a ship date comes from, best first."""

    CARRIER = "carrier"
    DOCUMENT = "document"
    UPLOAD = "upload"


class Shipped(msgspec.Struct, frozen=True, array_like=True):
    """`quantity` in thousandths of the line's unit."""

    line: int
    quantity: int


class Shipment(msgspec.Struct, frozen=True, omit_defaults=True):
    number: int
    goods: tuple[Shipped, ...]
    on: date  # the ship date that counts, local to the place of shipment
    source: Source
    uploaded: datetime
    status: Literal["claimed", "contested", "confirmed", "rejected"] = "claimed"


class Obligation(msgspec.Struct, frozen=True, omit_defaults=True):
    """Money that is owed and will be paid out. `receipt` names the payment that goes back; None: to the
    supplier."""

    number: int
    amount: Money
    receipt: int | None = None
    payer: Party | None = None
    reason: str = ""
    state: Literal["owed", "paid", "unclaimed"] = "owed"
    reference: str = ""


class About(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a message quotes: a line of the contract, a shipment, a payment (its bank line's number), or an
    earlier message."""

    what: Literal["line", "shipment", "payment", "message"]
    number: int


class Order(msgspec.Struct, frozen=True, omit_defaults=True):
    """A legal freeze: the reference is the court's or the authority's; `company` is whose freeze it is, where
    it was laid on one of the parties."""

    reference: str
    reason: str
    company: int = 0


class Drafted(msgspec.Struct, frozen=True, tag="drafted"):
    terms: Terms
    hash: str
    by: Side
    clocks: dict[str, datetime]


class Revised(msgspec.Struct, frozen=True, omit_defaults=True, tag="revised"):
    """`cover` is what the confirmed revision had reserved and gives back."""

    revision: int
    terms: Terms
    hash: str
    by: Side
    clocks: dict[str, datetime]
    cover: int = 0


class Confirmed(msgspec.Struct, frozen=True, omit_defaults=True, tag="confirmed"):
    """`acknowledged`: what is not protected, class by class, as whoever confirmed was shown it."""

    revision: int
    by: Side
    clocks: dict[str, datetime]
    acknowledged: tuple[str, ...] = ()


class Agreed(msgspec.Struct, frozen=True, tag="agreed"):
    """Both sides confirmed the same revision: cover is reserved and the payment clock runs."""

    revision: int
    hash: str
    cover: int
    clocks: dict[str, datetime]


class Withdrawn(msgspec.Struct, frozen=True, tag="withdrawn"):
    by: Side


class Lapsed(msgspec.Struct, frozen=True, omit_defaults=True, tag="lapsed"):
    reason: Literal["silence", "unpaid"]
    cover: int = 0
    owes: tuple[Obligation, ...] = ()
    cost: int = 0


class PaymentExtended(msgspec.Struct, frozen=True, tag="payment_extended"):
    by: Side
    clocks: dict[str, datetime]


class AmendmentProposed(msgspec.Struct, frozen=True, tag="amendment_proposed"):
    revision: int
    terms: Terms
    hash: str
    by: Side
    reason: str


class AmendmentDeclined(msgspec.Struct, frozen=True, tag="amendment_declined"):
    revision: int
    by: Side


class Amended(msgspec.Struct, frozen=True, omit_defaults=True, tag="amended"):
    """`ship_by` is where the ship-by date now stands, `extended` the days by which it moved."""

    revision: int
    hash: str
    ship_by: datetime | None = None
    extended: int = 0
    clocks: dict[str, datetime] = {}


class Resumed(msgspec.Struct, frozen=True, tag="resumed"):
    clocks: dict[str, datetime]


class PaymentHeld(msgspec.Struct, frozen=True, omit_defaults=True, tag="payment_held"):
    """`amount` went into the hold; `outcome` is what the payer is told; `contributed` is the platform's part
    where a bank's charge was missing. `passed` is what was above the cover and, as `owes` says, goes on to
    the supplier unheld; with `topped`, what the platform makes up for in it."""

    receipt: int
    amount: int
    payer: Party
    outcome: Literal["paid", "short", "split"]
    contributed: int = 0
    complete: bool = False
    ship_by: datetime | None = None  # where it moves to, after a reversed payment was made good
    clocks: dict[str, datetime] = {}
    passed: int = 0
    topped: int = 0
    owes: tuple[Obligation, ...] = ()


class PaymentReturned(msgspec.Struct, frozen=True, omit_defaults=True, tag="payment_returned"):
    """All or part of what came in is not for this trade and goes back."""

    receipt: int
    owes: tuple[Obligation, ...]
    from_suspense: bool = False


class PaymentSuspended(msgspec.Struct, frozen=True, omit_defaults=True, tag="payment_suspended"):
    """Of a third party; or `hits` say that the payer's name is on the screening list."""

    receipt: int
    amount: int
    payer: Party
    clocks: dict[str, datetime]
    hits: tuple[Hit, ...] = ()


class PayerAccepted(msgspec.Struct, frozen=True, tag="payer_accepted"):
    receipt: int
    amount: int


class PaymentReversed(msgspec.Struct, frozen=True, omit_defaults=True, tag="payment_reversed"):
    """The bank took money back: out of the hold or suspense as far as it is there, the rest is the
    supplier's debt."""

    receipt: int
    from_hold: int = 0
    from_suspense: int = 0
    from_supplier: int = 0
    lost: Money | None = None  # had gone back to its payer already, who now has it twice
    clocks: dict[str, datetime] = {}


class ShortAccepted(msgspec.Struct, frozen=True, omit_defaults=True, tag="short_accepted"):
    amount: int
    clocks: dict[str, datetime] = {}


class InitialPaid(msgspec.Struct, frozen=True, tag="initial_paid"):
    ship_by: datetime
    clocks: dict[str, datetime]


class FullyPaid(msgspec.Struct, frozen=True, tag="fully_paid"):
    ship_by: datetime
    clocks: dict[str, datetime]


class ProgressNoted(msgspec.Struct, frozen=True, tag="progress_noted"):
    text: str


class ProductionReported(msgspec.Struct, frozen=True, tag="production_reported"):
    clocks: dict[str, datetime]


class ReadyToShip(msgspec.Struct, frozen=True, tag="ready_to_ship"):
    clocks: dict[str, datetime]


class InspectionWaived(msgspec.Struct, frozen=True, tag="inspection_waived"):
    """By the buyer, or by the clock: none was booked in time."""

    by: Side


class ProductionContested(msgspec.Struct, frozen=True, tag="production_contested"):
    reason: str


class GoodsShipped(msgspec.Struct, frozen=True, omit_defaults=True, tag="goods_shipped"):
    shipment: Shipment
    carrier: str
    mode: str
    document: str
    clocks: dict[str, datetime]


class AllShipped(msgspec.Struct, frozen=True, tag="all_shipped"):
    pass


class EvidenceShown(msgspec.Struct, frozen=True, tag="evidence_shown"):
    shipment: int
    document: str
    on: date
    clocks: dict[str, datetime]


class EvidenceContested(msgspec.Struct, frozen=True, tag="evidence_contested"):
    shipment: int
    reason: str
    clocks: dict[str, datetime]


class EvidenceConfirmed(msgspec.Struct, frozen=True, tag="evidence_confirmed"):
    shipment: int
    by: Literal["silence", "operators"]


class EvidenceRejected(msgspec.Struct, frozen=True, omit_defaults=True, tag="evidence_rejected"):
    """The shipment does not count. `clocks` brings the ship-by date back where all had seemed shipped."""

    shipment: int
    by: Literal["silence", "operators"]
    clocks: dict[str, datetime] = {}


class WentOverdue(msgspec.Struct, frozen=True, tag="went_overdue"):
    clocks: dict[str, datetime]


class ProofEnded(msgspec.Struct, frozen=True, tag="proof_ended"):
    pass


class Waited(msgspec.Struct, frozen=True, tag="waited"):
    clocks: dict[str, datetime]


class WentLate(msgspec.Struct, frozen=True, tag="went_late"):
    lines: tuple[int, ...]
    clocks: dict[str, datetime]


class RefundClaimed(msgspec.Struct, frozen=True, tag="refund_claimed"):
    clocks: dict[str, datetime]


class PartSettled(msgspec.Struct, frozen=True, omit_defaults=True, tag="part_settled"):
    """`lines` are decided: on time and released, or never shipped and refunded. The others go on."""

    lines: tuple[int, ...]
    owes: tuple[Obligation, ...]
    cost: int = 0


class SettlementDecided(msgspec.Struct, frozen=True, omit_defaults=True, tag="settlement_decided"):
    """All that is held becomes obligations. `cost` is the platform's contribution that a refund gives
    back."""

    outcome: Outcome
    reason: str
    owes: tuple[Obligation, ...]
    cover: int
    cost: int = 0


class ObligationClosed(msgspec.Struct, frozen=True, tag="obligation_closed"):
    number: int
    paid: bool
    reference: str


class ObligationReopened(msgspec.Struct, frozen=True, tag="obligation_reopened"):
    """The bank sent the payout back."""

    number: int
    reason: str


class Settled(msgspec.Struct, frozen=True, tag="settled"):
    pass


class MessageSent(msgspec.Struct, frozen=True, omit_defaults=True, tag="message_sent"):
    """`suspicions` are what looks like other bank details than the designated account's, for the reader to be
    warned of."""

    number: int
    by: Side
    text: str
    files: tuple[Attachment, ...] = ()
    about: About | None = None
    suspicions: tuple[Suspicion, ...] = ()


class TradeFrozen(msgspec.Struct, frozen=True, tag="trade_frozen"):
    """All clocks stop; what is left of each stands in the state."""

    order: Order


class TradeLifted(msgspec.Struct, frozen=True, omit_defaults=True, tag="trade_lifted"):
    """`clocks` run again, where no other freeze is left, with the time that was left to them; `ship_by` moved
    by the same."""

    reference: str
    reason: str
    company: int = 0
    clocks: dict[str, datetime] = {}
    ship_by: datetime | None = None


TradeEvent = (
    Drafted | Revised | Confirmed | Agreed | Withdrawn | Lapsed | PaymentExtended
    | AmendmentProposed | AmendmentDeclined | Amended | Resumed
    | PaymentHeld | PaymentReturned | PaymentSuspended | PayerAccepted | PaymentReversed | ShortAccepted
    | InitialPaid | FullyPaid | ProgressNoted | ProductionReported | ReadyToShip | InspectionWaived
    | ProductionContested | GoodsShipped | AllShipped | EvidenceShown | EvidenceContested
    | EvidenceConfirmed | EvidenceRejected
    | WentOverdue | ProofEnded | Waited | WentLate | RefundClaimed | PartSettled | SettlementDecided
    | ObligationClosed | ObligationReopened | Settled | MessageSent | TradeFrozen | TradeLifted
)  # fmt: skip
