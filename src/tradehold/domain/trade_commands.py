"""What somebody wants of a trade. The tags travel in the API and in the due table."""

from datetime import date, datetime
from typing import Literal

import msgspec

from tradehold.domain.bank import Party
from tradehold.domain.contract import Attachment, Terms
from tradehold.domain.money import Money
from tradehold.domain.trade_events import About, Shipped


class Draft(msgspec.Struct, frozen=True, tag="draft"):
    terms: Terms


class Revise(msgspec.Struct, frozen=True, tag="revise"):
    """Replaces revision `revision` by a new one; both sides confirm anew."""

    revision: int
    terms: Terms


class Confirm(msgspec.Struct, frozen=True, omit_defaults=True, tag="confirm"):
    """`accept_unprotected`: the buyer knows that what is above the cover is passed through unheld.
    `acknowledged`: the risks of the terms, each of which whoever confirms knows of."""

    revision: int
    hash: str
    accept_unprotected: bool = False
    acknowledged: tuple[str, ...] = ()


class Withdraw(msgspec.Struct, frozen=True, tag="withdraw"):
    pass


class ExtendPayment(msgspec.Struct, frozen=True, tag="extend_payment"):
    days: int


class Amend(msgspec.Struct, frozen=True, tag="amend"):
    revision: int
    terms: Terms
    reason: str


class AgreeAmendment(msgspec.Struct, frozen=True, omit_defaults=True, tag="agree_amendment"):
    revision: int
    hash: str
    acknowledged: tuple[str, ...] = ()


class DeclineAmendment(msgspec.Struct, frozen=True, tag="decline_amendment"):
    revision: int


class ReceivePayment(msgspec.Struct, frozen=True, tag="receive_payment"):
    """Money on the designated account that names this trade. Currency and sign are the bank's."""

    receipt: int
    amount: Money
    payer: Party


class ReversePayment(msgspec.Struct, frozen=True, tag="reverse_payment"):
    receipt: int
    amount: Money


class AcceptShort(msgspec.Struct, frozen=True, tag="accept_short"):
    pass


class AcceptPayer(msgspec.Struct, frozen=True, tag="accept_payer"):
    receipt: int


class ReturnPayment(msgspec.Struct, frozen=True, tag="return_payment"):
    receipt: int


class NoteProgress(msgspec.Struct, frozen=True, tag="note_progress"):
    text: str


class ReportProduction(msgspec.Struct, frozen=True, tag="report_production"):
    pass


class WaiveInspection(msgspec.Struct, frozen=True, tag="waive_inspection"):
    """The buyer goes without the inspection that the contract plans."""


class ContestProduction(msgspec.Struct, frozen=True, tag="contest_production"):
    reason: str


class Ship(msgspec.Struct, frozen=True, omit_defaults=True, tag="ship"):
    """`on` and `document` are the transport document's; without both the time of the upload counts."""

    goods: tuple[Shipped, ...]
    carrier: str
    mode: Literal["sea", "air", "rail", "road", "express"]
    document: str = ""
    on: date | None = None


class ShowEvidence(msgspec.Struct, frozen=True, tag="show_evidence"):
    shipment: int
    document: str
    on: date


class ContestEvidence(msgspec.Struct, frozen=True, tag="contest_evidence"):
    shipment: int
    reason: str


class ConfirmEvidence(msgspec.Struct, frozen=True, tag="confirm_evidence"):
    shipment: int


class RejectEvidence(msgspec.Struct, frozen=True, tag="reject_evidence"):
    shipment: int


class TakeRefund(msgspec.Struct, frozen=True, tag="take_refund"):
    pass


class Wait(msgspec.Struct, frozen=True, tag="wait"):
    pass


class AcceptLate(msgspec.Struct, frozen=True, tag="accept_late"):
    pass


class ClaimLate(msgspec.Struct, frozen=True, tag="claim_late"):
    pass


class ConfirmReturn(msgspec.Struct, frozen=True, tag="confirm_return"):
    pass


class SendMessage(msgspec.Struct, frozen=True, omit_defaults=True, tag="send_message"):
    """To everybody who sees the trade. Never to be edited: it is evidence."""

    text: str
    files: tuple[Attachment, ...] = ()
    about: About | None = None


class Freeze(msgspec.Struct, frozen=True, omit_defaults=True, tag="freeze"):
    """An order of a court or an authority, with its reference: the only thing that stops a clock. `company`
    where it was laid on one of the parties, and reaches its trades."""

    reference: str
    reason: str
    company: int = 0


class Lift(msgspec.Struct, frozen=True, omit_defaults=True, tag="lift"):
    reference: str
    reason: str
    company: int = 0


class PassDeadline(msgspec.Struct, frozen=True, omit_defaults=True, tag="pass_deadline"):
    """The clock `name`, which was set to `at`, has run out. `currency` is the trade's: it tells which
    account's statements must have been read before a payment deadline is judged."""

    name: str
    at: datetime
    currency: str = ""


class CloseObligation(msgspec.Struct, frozen=True, tag="close_obligation"):
    """The payout says: `reference` is the bank's; `paid` is False where the money stands unclaimed."""

    number: int
    paid: bool
    reference: str


class ReopenObligation(msgspec.Struct, frozen=True, tag="reopen_obligation"):
    number: int
    reason: str


TradeCommand = (
    Draft | Revise | Confirm | Withdraw | ExtendPayment | Amend | AgreeAmendment | DeclineAmendment
    | ReceivePayment | ReversePayment | AcceptShort | AcceptPayer | ReturnPayment
    | NoteProgress | ReportProduction | WaiveInspection | ContestProduction | Ship | ShowEvidence
    | ContestEvidence | ConfirmEvidence | RejectEvidence | TakeRefund | Wait | AcceptLate | ClaimLate
    | ConfirmReturn | SendMessage | Freeze | Lift
    | PassDeadline | CloseObligation | ReopenObligation
)  # fmt: skip
