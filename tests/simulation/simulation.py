"""Random people: what each may do, what none may do, the same thing twice, and time that passes; by a seed.

Against another runner, derive from Watched and override `execute`, keeping `machines` and `balances`
readable.
"""

from collections import deque
from datetime import timedelta
from random import Random
from typing import Any

from msgspec.structs import replace

from tests.search import ACTS
from tests.simulation.auditor import Auditor
from tests.world import (
    AT_ONCE,
    BUYERS,
    UNCLE,
    World,
    as_buyer,
    as_stranger,
    as_supplier,
    operator,
    pair,
    terms,
)  # fmt: skip
from tradehold.domain import company, contract, payout, receipt
from tradehold.domain import trade_commands as c
from tradehold.domain.bank import Party
from tradehold.domain.command import CLOCK, MACHINE, RAIL
from tradehold.domain.identity import Kind, Ref, receipt_ref
from tradehold.domain.machines import Command
from tradehold.domain.money import Money
from tradehold.domain.refusal import Refusal

ACTORS = (as_buyer, as_supplier, as_stranger, operator, pair, RAIL, CLOCK, MACHINE)
SHAPES: tuple[dict[str, Any], ...] = (
    {},
    {"schedule": AT_ONCE},
    {"surplus": "keep"},
    {"ship_by": contract.ShipBy(days=30, after="last_payment")},
    {"schedule": AT_ONCE, "ship_by": contract.ShipBy(days=3)},
)


class Watched(World):
    """A world whose every command the auditor sees."""

    def __init__(self, limit: str) -> None:
        self.auditor = Auditor()
        self.given: deque[Command] = deque(maxlen=200)
        super().__init__(limit)

    def execute(self, command: Command) -> list[Any] | Refusal:
        self.given.append(command)
        answer = super().execute(command)
        self.auditor.saw(command, answer)
        return answer


class Simulation:
    def __init__(self, seed: int, world: Watched | None = None) -> None:
        self.chance = Random(seed)
        self.world = world or Watched("60000.00")
        self.trades: list[Ref] = []
        self.refusals: dict[str, int] = {}
        self.begin()

    def step(self) -> None:
        does = (self.act, self.begin, self.nonsense, self.again, self.nobodys_money, self.time)
        self.chance.choices(does, (70, 5, 12, 5, 4, 4))[0]()
        self.world.auditor.compare(self.world)

    def begin(self) -> None:
        """A new trade of a random shape, sometimes confirmed at once."""
        number = len(self.trades) + 1
        self.world.draft(terms(**self.chance.choice(SHAPES)), number)
        self.trades.append(self.world.trade)
        if self.chance.random() < 0.8:
            for actor in (self.world.buyer, self.world.supplier):
                self._note(actor(c.Confirm(1, self.world.now.hash)))

    def act(self) -> None:
        """Somebody does what a trader does; the younger trades see more of it."""
        self.world.trade = self.chance.choice(self.trades[-5:])
        self._note(ACTS[self.chance.choice(list(ACTS))](self.world))

    def nonsense(self) -> None:
        """Anybody, anything, anywhere."""
        whole = self.chance.choice((-1, 0, 1, 2, 7, 10**15 - 1, 10**18))
        day = (self.world.at + timedelta(days=self.chance.randint(-400, 400))).date()
        target = self.chance.choice(list(self.world.machines))
        do = self.chance.choice((
            c.Confirm(whole, "x"), c.Ship((), "x", "sea"), c.ShowEvidence(whole, "x", day),
            c.ContestEvidence(whole, "x"), c.ExtendPayment(whole), c.AcceptPayer(whole),
            c.ReturnPayment(whole),
            c.PassDeadline("silence", self.world.at), c.CloseObligation(whole, True, "x"),
            c.ReopenObligation(whole, "x"), c.ReversePayment(whole, Money(5, "USD")), c.ConfirmReturn(),
            c.Draft(terms(cover=whole)), c.Revise(1, terms(long_stop_days=whole)),
            company.SetLimit(Money(self.chance.randint(0, 9_000_000), "USD")), company.Register("x", "CN"),
            payout.ConfirmPayout("x-1", "y"), payout.RejectPayout("x-1", "y"), payout.Redirect(Party()),
            receipt.MatchLine(target), receipt.TakeBackLine(whole),
        ))  # fmt: skip
        actor = self.chance.choice(ACTORS)
        if actor is MACHINE and not isinstance(do, c.CloseObligation | c.ReopenObligation):
            return  # machines ask only what follows from an event
        self._note(self.world.do(target, actor, do))

    def again(self) -> None:
        """The same command twice is the same as once; the same key for another thing is refused."""
        command = self.chance.choice(self.world.given)
        before = len(self.world.events)
        known = (command.ref.owner, command.key) in self.world.answers
        if known:
            self.world.execute(command)
            other = replace(command, actor=replace(command.actor, member=command.actor.member + 1))
            answer = self.world.execute(other)
            assert isinstance(answer, Refusal)
            assert answer.code == "key_reused"
            assert len(self.world.events) == before

    def nobodys_money(self) -> None:
        """A line that names nobody; two operators may find out whose it is."""
        line = self.world.pay(f"{self.chance.randint(1, 9000)}.00", self.chance.choice((BUYERS, UNCLE)), "?")
        if self.chance.random() < 0.7:
            ref = receipt_ref(line.account, line.reference)
            self._note(self.world.judge(ref, receipt.MatchLine(self.chance.choice(self.trades))))

    def time(self) -> None:
        self.world.pass_time(days=self.chance.choice((1, 3, 10, 40)))

    def end(self) -> None:
        """Everybody falls silent: nothing may be held and nothing owed."""
        for _ in range(30):
            self.world.bank_pays()
            self.world.pass_time(days=20)
            self.world.auditor.compare(self.world)
        for name in ("hold", "suspense", "supplier_payable", "buyer_refundable", "payout_submitted"):
            assert self.world.balance(name) == 0, name
        stages = {one.stage.value for ref, one in self.world.machines.items() if ref.kind is Kind.TRADE}
        assert stages == {"settled"}

    def _note(self, answer: Any) -> None:
        if isinstance(answer, Refusal):
            assert answer.message
            self.refusals[answer.code.value] = self.refusals.get(answer.code.value, 0) + 1
