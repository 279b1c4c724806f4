"""What is known, kept up to date: what ships with the product, what operators published since, and the
designated accounts. And what a frozen company's freeze means for its trades.

Every process looks once a sweep; a policy begins a day after it was published, so that by then all know it.
"""

from datetime import UTC, date, datetime
from typing import Any

from msgspec.structs import replace

from tradehold.domain.command import MACHINE
from tradehold.domain.given import Knowledge
from tradehold.domain.identity import PLATFORM, Kind, Ref, token
from tradehold.domain.machines import Command
from tradehold.domain.platform import Platform
from tradehold.domain.trade_commands import Freeze, Lift
from tradehold.engine.execute import Engine
from tradehold.store import views
from tradehold.store.database import Pool

OFFERED = "trade-assurance"  # the policy that new trades are drafted under


class Knowing:
    """Looks for news of what is known. `shipped` came with the product."""

    def __init__(self, engine: Engine, pool: Pool, shipped: Knowledge) -> None:
        self._engine = engine
        self._pool = pool
        self._shipped = shipped
        self._seen: tuple[Any, ...] = ()
        self._spread: dict[int, str] | None = None

    async def look(self, now: datetime) -> None:
        today = now.astimezone(UTC).date()
        seen = (today, *await views.known(self._pool))
        if seen == self._seen:
            return
        platform = await views.row(self._pool, PLATFORM)
        accounts = await views.machines(self._pool, Kind.ACCOUNT)
        state = platform.state if platform else Platform()
        self._engine.learn(known(self._shipped, state, [row.state.party for row in accounts], today))
        self._seen = seen

    async def spread_freezes(self, now: datetime) -> None:
        """A freeze of a company reaches its unsettled trades, on either side; so does its lifting."""
        frozen = await views.frozen_companies(self._pool)
        if self._spread is None or frozen or self._spread:
            self._spread = await views.freeze_spread(self._pool)
        for company, (version, state) in frozen.items():
            order = state.freeze
            if order is not None and self._spread.get(company) != order.reference:
                freeze = Freeze(order.reference, order.reason, company)
                await self._to_trades(company, version, freeze, now)
                await views.put_freeze_spread(self._pool, company, order.reference)
        for company, reference in self._spread.items():
            if company not in frozen:
                row = await views.row(self._pool, Ref(company, Kind.COMPANY, 0))
                lift = Lift(reference, "", company)
                await self._to_trades(company, row.version if row else 0, lift, now)
                await views.drop_freeze_spread(self._pool, company)

    async def _to_trades(self, company: int, version: int, do: Freeze | Lift, now: datetime) -> None:
        """The company's version is part of each key: laid twice by one reference, it is laid twice."""
        async for trades in views.open_trades(self._pool, company):
            await self._engine.execute(
                [Command(f"spread:{company}:{version}:{token(ref)}", ref, MACHINE, now, do) for ref in trades]
            )


def known(shipped: Knowledge, platform: Platform, parties: list[Any], today: date) -> Knowledge:
    policies = {**shipped.policies, **{one.key: one for one in platform.policies}}
    offered = [one for one in policies.values() if one.name == OFFERED and one.valid_from <= today]
    newest = max(offered, key=lambda one: (one.valid_from, one.version), default=shipped.policy)
    return replace(
        shipped,
        policies=policies,
        calendars={**shipped.calendars, **{one.name: one for one in platform.calendars}},
        default=newest.key,
        accounts=tuple(part for party in parties for part in (party.account, party.agent) if part),
        paused=platform.paused,
    )
