"""One trade as the pages read it: its state, its history and who is who in it, for one reader."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from tradehold.domain.bank import Party
from tradehold.domain.calendar import local_day
from tradehold.domain.command import DUTIES, Actor, Duty, Grade, Role, Side
from tradehold.domain.contract import Terms
from tradehold.domain.given import Knowledge
from tradehold.domain.identity import Ref, token
from tradehold.domain.money import Money
from tradehold.domain.policy import Policy
from tradehold.domain.reference import rf_reference
from tradehold.domain.trade import Trade
from tradehold.store.views import EventRow
from tradehold.web import i18n
from tradehold.web.i18n import Formats, Translator

INSTANT = timedelta(seconds=1)


class Happened(msgspec.Struct, frozen=True):
    """One event of the record, with its place in the chain."""

    at: datetime
    actor: Actor
    event: Any
    hash: str


def happened(rows: Sequence[EventRow]) -> list[Happened]:
    return [Happened(one.recorded.at, one.recorded.actor, one.recorded.event, one.hash.hex()) for one in rows]


class Sheet(msgspec.Struct, frozen=True):
    """`side` is the reader's. `members` and `companies` are the names of those who appear in the record."""

    ref: Ref
    trade: Trade
    terms: Terms
    history: Sequence[Happened]
    side: Side
    f: Formats
    knowledge: Knowledge
    members: Mapping[int, str] = {}
    companies: Mapping[int, str] = {}
    account: Party | None = None
    grade: Grade | None = None  # the reader's

    @property
    def t(self) -> Translator:
        return self.f.t

    @property
    def buyer(self) -> str:
        return self.terms.buyer.name

    @property
    def supplier(self) -> str:
        return self.terms.supplier.name

    @property
    def other(self) -> str:
        return self.supplier if self.side is Side.BUYER else self.buyer

    @property
    def policy(self) -> Policy:
        return self.knowledge.policies[self.trade.deal.policy]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.trade.deal.zone)

    @property
    def reference(self) -> str:
        return rf_reference(token(self.ref))

    def has(self, duty: Duty) -> bool:
        """Whether the reader's role has this duty."""
        return self.grade is not None and duty in DUTIES[self.grade]

    def say(self, minor: int) -> str:
        return self.f.money(minor, self.trade.deal.currency)

    def money(self, minor: int) -> Money:
        return Money(minor, self.trade.deal.currency)

    def party(self, side: Side) -> str:
        return {Side.BUYER: self.buyer, Side.SUPPLIER: self.supplier}.get(side, self.t("the platform"))

    def last_day(self, until: datetime) -> str:
        """The day, at the place of shipment, whose end `until` is."""
        return i18n.day(local_day(until - INSTANT, self.trade.deal.zone), self.t.locale)

    def short_day(self, moment: datetime) -> str:
        return i18n.short_day(local_day(moment, self.trade.deal.zone), self.t.locale)

    def until(self, until: datetime) -> str:
        """The hour of a deadline where the goods ship, and on the reader's own clock if that differs."""
        t, f, here = self.t, self.f, until.astimezone(self.zone)
        city = i18n.zone_name(until, t.locale, self.zone)
        midnight = (here.hour, here.minute, here.second) == (0, 0, 0)
        hour = "24:00" if midnight else i18n.clock(until, t.locale, self.zone)
        said = [t("{hour} in {city}", hour=hour, city=city)]
        if until.astimezone(f.zone).utcoffset() != here.utcoffset():
            said.append(t("{when} for you", when=f"{f.short_day(until)} {f.clock(until)}"))
        return " · ".join([*said, f.relative_day(until - INSTANT)])

    def name_of(self, actor: Actor) -> str:
        t = self.t
        match actor.role:
            case Role.MEMBER:
                name, company = self.members.get(actor.member, ""), actor.company
                known = {self.terms.buyer.company: self.buyer, self.ref.owner: self.supplier}
                at = known.get(company) or self.companies.get(company, "")
                return t("{name}, {company}", name=name, company=at) if name else at
            case Role.OPERATOR:
                return t("{name}, operator", name=self._member(actor.member))
            case Role.PAIR:
                both = self._member(actor.member), self._member(actor.second)
                return t("{one} and {other}, operators", one=both[0], other=both[1])
            case Role.RAIL:
                return t("The bank")
            case Role.CLOCK:
                return t("A deadline that passed")
            case Role.MACHINE:
                return t("Tradehold, by rule")

    def _member(self, number: int) -> str:
        return self.members.get(number, str(number))
