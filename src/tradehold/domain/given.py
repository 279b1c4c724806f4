"""What a decision may look at besides its own machine: facts that were gathered before it, never during
it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from tradehold.domain.bankdetails import PaymentWords
from tradehold.domain.calendar import Calendar
from tradehold.domain.category import Categories
from tradehold.domain.command import Actor, Side
from tradehold.domain.identity import Ref
from tradehold.domain.ledger import Key
from tradehold.domain.policy import Policy
from tradehold.domain.regulation import Regulation
from tradehold.domain.sampling import Tables
from tradehold.domain.screening import ScreeningList
from tradehold.domain.vocabulary import Clarity


class Knowledge(msgspec.Struct, frozen=True):
    """The dated data the platform works by: what ships with it, and what its operators published. `default`
    is the policy offered to new trades."""

    policies: Mapping[str, Policy]  # by "name/version"
    calendars: Mapping[str, Calendar]
    default: str
    screening: ScreeningList
    payment_words: PaymentWords
    aql: Tables
    categories: Categories
    clarity: Clarity
    accounts: tuple[str, ...] = ()  # the designated accounts' numbers and BICs
    paused: str = ""  # why no payout is ordered now
    regulations: tuple[Regulation, ...] = ()

    @property
    def policy(self) -> Policy:
        return self.policies[self.default]


class Given(msgspec.Struct, frozen=True):
    """`at` is the instant of the command, `others` the machines it asked to read (None where there is none),
    `balances` the owner's bounded accounts as far as they are not zero."""

    ref: Ref
    at: datetime
    actor: Actor
    side: Side
    knowledge: Knowledge
    others: Mapping[Ref, Any] = {}
    balances: Mapping[Key, int] = {}

    def policy(self, key: str) -> Policy:
        return self.knowledge.policies[key]

    def calendar(self, policy: Policy) -> Calendar:
        return self.knowledge.calendars[policy.calendar]
