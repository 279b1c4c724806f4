"""What the API shows of a machine: every id as people write it, every amount with its currency, every time
with its zone. Bank accounts are shown by their last characters, but to operators, who must compare them."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import msgspec

from tradehold.api.giving import name_of
from tradehold.api.terms import Amount, Terms, from_domain
from tradehold.domain.bank import Party
from tradehold.domain.chart import CHART
from tradehold.domain.command import Actor
from tradehold.domain.deadline import CONSEQUENCES
from tradehold.domain.identity import Kind, Ref, public_id, token
from tradehold.domain.reference import rf_reference
from tradehold.domain.trade import Trade
from tradehold.store.views import EventRow, PostingRow, Row


class Deadline(msgspec.Struct, frozen=True):
    """`what` names the clock, `zone` is where the goods are shipped and its day ends, `then` what its
    passing does."""

    what: str
    at: datetime
    zone: str
    then: str


class Side(msgspec.Struct, frozen=True):
    company: int
    name: str


class ShippedGoods(msgspec.Struct, frozen=True):
    line: int
    quantity: str


class Shipment(msgspec.Struct, frozen=True):
    """`source` says whose word the ship date is: the carrier's, the document's, or the time of the upload."""

    number: int
    goods: tuple[ShippedGoods, ...]
    on: date
    source: str
    uploaded: datetime
    status: str


class TradeShown(msgspec.Struct, frozen=True, kw_only=True):
    """A trade as it stands. `reference` is what the buyer's bank transfer must carry (ISO 11649); `messages`
    is how many were written, `warned` the numbers of those that name other bank details than the designated
    account's. `unprotected` is the part of the contract above the cover, of which `passed_on` went to the
    supplier unheld; `frozen_by` the references of legal freezes, which stop every clock."""

    id: str
    stage: str
    outcome: str | None
    version: int
    moved_at: datetime
    title: str
    buyer: Side
    supplier: Side
    reference: str
    revision: int
    hash: str
    confirmed_by: tuple[str, ...]
    agreed_at: datetime | None
    total: Amount
    paid: Amount
    held: Amount
    released: Amount
    refunded: Amount
    unprotected: Amount
    passed_on: Amount
    frozen_by: tuple[str, ...]
    ship_by: datetime | None
    deadlines: tuple[Deadline, ...]
    shipments: tuple[Shipment, ...]
    messages: int
    warned: tuple[int, ...]


def deadlines(trade: Trade) -> tuple[Deadline, ...]:
    """The clocks that run, the next one first."""
    running = sorted((at, name) for name, at in trade.clocks.items())
    return tuple(
        Deadline(name, at, trade.deal.zone, CONSEQUENCES[name.partition(":")[0]]) for at, name in running
    )


def _quantity(thousandths: int) -> str:
    whole, rest = divmod(thousandths, 1000)
    return f"{whole}.{rest:03}".rstrip("0").rstrip(".")


def _shipments(trade: Trade) -> tuple[Shipment, ...]:
    return tuple(
        Shipment(
            one.number,
            tuple(ShippedGoods(part.line + 1, _quantity(part.quantity)) for part in one.goods),
            one.on, one.source.value, one.uploaded, one.status,
        )
        for one in trade.shipments
    )  # fmt: skip


def trade(row: Row, names: Mapping[int, str]) -> TradeShown:
    """`names` are the registered names of companies."""
    state: Trade = row.state
    deal = state.deal
    return TradeShown(
        id=public_id(row.ref),
        stage=state.stage.value,
        outcome=state.outcome.value if state.outcome else None,
        version=row.version,
        moved_at=row.moved_at,
        title=deal.title,
        buyer=Side(deal.buyer, deal.buyer_name),
        supplier=Side(row.ref.owner, names.get(row.ref.owner, "")),
        reference=rf_reference(token(row.ref)),
        revision=state.revision,
        hash=state.hash,
        confirmed_by=tuple(side.value for side in state.confirmed_by),
        agreed_at=state.agreed,
        total=Amount(deal.total, deal.currency),
        paid=Amount(state.paid, deal.currency),
        held=Amount(state.held, deal.currency),
        released=Amount(state.released, deal.currency),
        refunded=Amount(state.refunded, deal.currency),
        unprotected=Amount(deal.pass_through, deal.currency),
        passed_on=Amount(state.passed, deal.currency),
        frozen_by=tuple(order.reference for order in state.freezes),
        ship_by=state.ship_by,
        deadlines=deadlines(state),
        shipments=_shipments(state),
        messages=state.messages,
        warned=state.suspicious,
    )


def masked(account: str) -> str:
    return f"…{account[-4:]}" if len(account) > 8 else "…" if account else ""


class Payer(msgspec.Struct, frozen=True):
    """`account` ends as the bank account does."""

    name: str
    account: str


def payer(party: Party) -> Payer:
    return Payer(party.name, masked(party.account))


class PaymentIn(msgspec.Struct, frozen=True):
    """Money that came for the trade. `state` is `held`, `waiting` for a check of its payer, or `reversed`."""

    receipt: str
    amount: Amount
    payer: Payer
    state: str


class PaymentOut(msgspec.Struct, frozen=True):
    """Money that is owed out of the trade: to the supplier, or back `to` the payer. `reference` is the
    bank's."""

    number: int
    amount: Amount
    to: str
    payer: Payer | None
    reason: str
    state: str
    reference: str


class Payments(msgspec.Struct, frozen=True):
    received: tuple[PaymentIn, ...]
    owed: tuple[PaymentOut, ...]


def _receipt(number: int) -> str:
    return public_id(Ref(0, Kind.RECEIPT, number))


def payments(state: Trade) -> Payments:
    currency = state.deal.currency
    received = [
        PaymentIn(
            _receipt(one.receipt), Amount(one.amount, currency), payer(one.payer),
            "reversed" if one.reversed else "held",
        )
        for one in state.payments
    ]  # fmt: skip
    received += [
        PaymentIn(_receipt(one.receipt), Amount(one.amount, currency), payer(one.payer), "waiting")
        for one in state.waiting
    ]
    owed = tuple(
        PaymentOut(
            one.number, Amount(one.amount.minor, one.amount.currency),
            "supplier" if one.receipt is None else "payer", payer(one.payer) if one.payer else None,
            one.reason, one.state, one.reference,
        )
        for one in state.obligations
    )  # fmt: skip
    return Payments(tuple(received), owed)


class Posting(msgspec.Struct, frozen=True):
    """One line of the ledger: `amount` moves from `credit` to `debit`. `by` is the event that booked it."""

    by: str
    event: int
    at: datetime
    debit: str
    credit: str
    amount: Amount


def posting(row: PostingRow) -> Posting:
    return Posting(
        name_of(row.ref), row.seq, row.at, row.debit, row.credit, Amount(row.minor, row.currency)
    )  # fmt: skip


class Event(msgspec.Struct, frozen=True):
    """What happened. `data` is the event as recorded, in minor units of the trade's currency; `hash` is the
    link of the record's chain that ends with it."""

    seq: int
    type: str
    at: datetime
    by: Actor
    data: dict[str, Any]
    hash: str


def event(row: EventRow) -> Event:
    data: dict[str, Any] = msgspec.to_builtins(row.recorded.event)
    kind = data.pop("type")
    return Event(row.seq, kind, row.recorded.at, row.recorded.actor, _public(data), row.hash.hex())


def _public(value: Any) -> Any:
    """Bank lines by their public ids, bank accounts by their ends."""
    if isinstance(value, dict):
        return {name: _public_field(name, inner) for name, inner in value.items()}
    return [_public(inner) for inner in value] if isinstance(value, list | tuple) else value


def _public_field(name: str, value: Any) -> Any:
    if name == "receipt" and isinstance(value, int):
        return _receipt(value)
    return masked(value) if name == "account" and isinstance(value, str) else _public(value)


class AmendmentShown(msgspec.Struct, frozen=True):
    """Other terms that one side has proposed and the other has not answered."""

    revision: int
    hash: str
    by: str
    reason: str
    terms: Terms


class Contract(msgspec.Struct, frozen=True):
    """The terms of the current revision. Confirm it by `revision` and `hash`."""

    revision: int
    hash: str
    confirmed_by: tuple[str, ...]
    agreed_at: datetime | None
    terms: Terms
    amendment: AmendmentShown | None


def contract(state: Trade, terms: Mapping[str, Any]) -> Contract:
    """`terms` are the domain's, by hash."""
    waiting = state.amendment
    amendment = None
    if waiting:
        amendment = AmendmentShown(
            waiting.revision, waiting.hash, waiting.by.value, waiting.reason, from_domain(terms[waiting.hash])
        )
    confirmed = tuple(side.value for side in state.confirmed_by)
    return Contract(
        state.revision, state.hash, confirmed, state.agreed, from_domain(terms[state.hash]), amendment
    )


class Balance(msgspec.Struct, frozen=True):
    """An account's balance on its normal side."""

    account: str
    side: str
    balance: Amount


def balance(account: str, currency: str, minor: int) -> Balance:
    side = "debit" if CHART[account].debit_normal else "credit"
    return Balance(account, side, Amount(minor, currency))
