"""What the demo offers on the pages: a calendar that can be stepped and a bank that can be asked to pay.

The demo itself stands above this package; here is only what the pages need of it.
"""

from datetime import date
from typing import Protocol

import msgspec

from tradehold.domain.identity import Ref


class SignInLink(msgspec.Struct, frozen=True):
    """One of the demo's people. `role` is buyer, supplier or operator; `path` a one-time link: /sign-in/…"""

    role: str
    name: str
    company: str
    path: str


class DemoControls(Protocol):
    async def sign_in_links(self) -> list[SignInLink]: ...

    async def advance(self, days: int) -> None:
        """Steps the calendar day by day; what falls due on the way happens."""

    async def pay(self, trade: Ref, minor: int) -> None:
        """The buyer wires `minor` units with the trade's reference, and the bank's file of it is read."""

    async def bank_day(self) -> None:
        """Orders what is due, lets the bank execute it and reads its files of the day."""

    def today(self) -> date: ...
