"""Books from the outside: what the bank moved, and what each trade says it holds and owes.

It knows nothing of accounts and postings. It adds up bank lines by trade, and compares them with the
trades' own words and with the bank balance, after every step.
"""

from collections import defaultdict
from typing import Any

from tests.world import World
from tradehold.domain.bank import Line
from tradehold.domain.identity import Kind, Ref
from tradehold.domain.machines import Command
from tradehold.domain.receipt import RecordLine
from tradehold.domain.refusal import Refusal

TOLERANCE = 5_000  # the most that the platform adds to one payment in dollars, in cents


class Auditor:
    def __init__(self) -> None:
        self.lines: dict[str, Line] = {}

    def saw(self, command: Command, answer: list[Any] | Refusal) -> None:
        """The bank line that reached the platform; the same line twice is one."""
        if isinstance(command.do, RecordLine) and not isinstance(answer, Refusal):
            self.lines.setdefault(command.do.line.reference, command.do.line)

    def compare(self, world: World) -> None:
        receipts = {ref: one for ref, one in world.machines.items() if ref.kind is Kind.RECEIPT}
        assert {one.line.reference for one in receipts.values()} == set(self.lines), (
            "a line is lost or doubled"
        )
        assert self.bank() == world.bank
        moved = self._moved(world, receipts)
        owed = {ref: self._owed(one) for ref, one in world.machines.items() if ref.kind is Kind.TRADE}
        for trade, amount in owed.items():
            into, out, back, payments = moved[trade]
            spent = amount + out + back - into
            assert 0 <= spent <= back + payments * TOLERANCE, f"{trade}: the platform spent {spent}"
            assert out <= into + payments * TOLERANCE, f"{trade}: more was paid out than came in"
        nobodys = sum(one.line.amount.minor for one in receipts.values() if one.stage == "suspense")
        given_back = sum(
            one.amount.minor
            for ref, one in world.machines.items()
            if ref.kind is Kind.PAYOUT and one.source.kind is Kind.RECEIPT and one.stage != "paid"
        )
        unexplained = sum(one.line.amount.minor for one in receipts.values() if one.stage == "unexplained")
        clients = sum(owed.values()) + nobodys + given_back
        assert clients == world.balance("bank_client") + unexplained, (
            "clients' money is not what clients are owed"
        )
        assert world.bank - world.balance("bank_client") == world.balance("bank_own")

    def bank(self) -> int:
        return sum(one.amount.minor if one.credit else -one.amount.minor for one in self.lines.values())

    def _moved(self, world: World, receipts: dict[Ref, Any]) -> dict[Ref, list[int]]:
        """By trade: what came in, what went out (less what came back), what banks took back, how many came
        in."""
        moved: dict[Ref, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
        for one in receipts.values():
            amount, to = one.line.amount.minor, one.to
            if to is None:
                continue
            if to.kind is Kind.PAYOUT:
                moved[world.machines[to].source][1] += -amount if one.line.credit else amount
            elif to.kind is Kind.TRADE:
                moved[to][0] += amount
                moved[to][3] += 1
            elif to.kind is Kind.RECEIPT and receipts[to].to is not None:
                moved[receipts[to].to][2] += amount
        return moved

    def _owed(self, trade: Any) -> int:
        waiting = sum(one.amount for one in trade.waiting)
        return trade.held + waiting + sum(o.amount.minor for o in trade.obligations if o.state != "paid")
