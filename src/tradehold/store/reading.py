"""How far each person has read each trade: what makes an unread count, and the other side's "read by"."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec

from tradehold.domain.identity import Kind, Ref
from tradehold.store.database import Pool
from tradehold.store.sql import queries

_SQL = queries("reading")


class Mark(msgspec.Struct, frozen=True):
    """A person has read the record up to event `seq`, in which the last message is number `messages`."""

    person: int
    name: str
    seq: int
    messages: int
    at: datetime


async def mark(pool: Pool, person: int, trade: Ref, seq: int, messages: int, at: datetime) -> None:
    """A mark never moves back, and keeps the time at which it first came so far."""
    await pool.execute(_SQL["mark"], person, trade.owner, trade.id, seq, messages, at)


async def marks(pool: Pool, trade: Ref) -> list[Mark]:
    """Everybody's, in the order in which they came so far."""
    return [Mark(*one) for one in await pool.fetch(_SQL["marks"], trade.owner, trade.id)]


async def read_by(pool: Pool, person: int, trades: Collection[Ref]) -> dict[Ref, int]:
    """Up to which message the person has read each trade; a trade never opened is left out."""
    found = await pool.fetch(
        _SQL["read_by"], person, [ref.owner for ref in trades], [ref.id for ref in trades]
    )
    return {_trade(one): one["messages"] for one in found}


async def read_in_all(pool: Pool, trades: Collection[Ref]) -> dict[Ref, int]:
    """A number of each trade that grows whenever somebody reads on."""
    found = await pool.fetch(_SQL["read_in_all"], [ref.owner for ref in trades], [ref.id for ref in trades])
    return {_trade(one): one["seq"] for one in found}


def _trade(one: Any) -> Ref:
    return Ref(one["supplier_id"], Kind.TRADE, one["trade_id"])
