"""Walks through everything that people can do to one trade, and through what then happens when nobody acts.

The walk is breadth first over one representative of each command by each side. Two worlds whose trades look
alike (`looks`) are walked on from once. From each of them all people fall silent: only clocks pass,
statements are read daily, and the bank carries out what can be paid.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import cache
from typing import Any

import msgspec

from tests.stages import REACHED
from tests.world import (
    AT_ONCE,
    BUYERS,
    KNOWLEDGE,
    PRE_SHIPMENT,
    SHIRTS,
    TROUSERS,
    UNCLE,
    World,
    done,
    pair,
    terms,
)  # fmt: skip
from tradehold.domain import contract, payout
from tradehold.domain import trade_commands as c
from tradehold.domain.bank import Party
from tradehold.domain.command import RAIL
from tradehold.domain.identity import Kind
from tradehold.domain.payment import missing
from tradehold.domain.policy import Policy
from tradehold.domain.refusal import Refusal
from tradehold.domain.trade import Trade, evolve

Act = Callable[[World], Any]
Edge = tuple[Any, type[Any]]


def _pay(share_of_missing: int, payer: Party = BUYERS) -> Act:
    """Pays so many hundredths of what the schedule wants next."""

    def act(world: World) -> Any:
        due = missing(world.now) or 100_000
        paid = due * share_of_missing // 100
        return world.pay(f"{paid // 100}.{paid % 100:02}", payer)

    return act


_REVERSIBLE = ("allocated", "suspense", "given_back")


def _take_back(world: World) -> Any:
    lines = [
        one.line
        for ref, one in world.machines.items()
        if ref.kind is Kind.RECEIPT and one.stage in _REVERSIBLE and not one.line.end_to_end
    ]
    return world.take_back(lines[-1]) if lines else None


def _ship(goods: Any, days_ago: int = 0, document: str = "B/L 1") -> Act:
    def act(world: World) -> Any:
        day: date = world.at.date() - timedelta(days=days_ago)
        return world.supplier(c.Ship(goods, "COSCO", "sea", document, day if document else None))

    return act


def _amend(world: World) -> Any:
    new = contract.ShipBy(on=(world.now.ship_by or world.at).date() + timedelta(days=20))
    plan = {"inspection": PRE_SHIPMENT} if world.now.deal.inspected else {}
    agreed = terms(schedule=SCHEDULES[len(world.now.deal.schedule)], ship_by=new, **plan)
    return world.supplier(c.Amend(world.now.revision, agreed, "the mill was late"))


def _answer(kind: Any) -> Act:
    def act(world: World) -> Any:
        amendment = world.now.amendment
        if amendment is None:
            return None
        more = (amendment.hash,) if kind is c.AgreeAmendment else ()
        return world.buyer(kind(amendment.revision, *more))

    return act


def _waiting(kind: Any) -> Act:
    def act(world: World) -> Any:
        waiting = world.now.waiting
        return world.do(world.trade, pair, kind(waiting[0].receipt)) if waiting else None

    return act


def _evidence(kind: Any, who: str, *more: Any) -> Act:
    def act(world: World) -> Any:
        number = len(world.now.shipments)
        do = kind(number, *more)
        return getattr(world, who)(do) if who != "pair" else world.do(world.trade, pair, do)

    return act


def _show(world: World) -> Any:
    return world.supplier(c.ShowEvidence(len(world.now.shipments), "B/L 2", world.at.date()))


def _clock(world: World) -> Any:
    due = [one for one in world.due() if one[1] == world.trade]
    return world.pass_time(hours=int((due[0][0] - world.at) / timedelta(hours=1)) + 1) if due else None


def _comes_back(world: World) -> Any:
    for ref in world.payouts(payout.Stage.PAID):
        one = world.machines[ref]
        attempt = payout.end_to_end(ref, one.attempts)
        return world.bank_books(world.line("0", amount=one.amount, end_to_end=attempt, reason="AC04"))
    return None


def _confirm(world: World) -> Any:
    """A status report comes before the statement."""
    for ref in world.payouts():
        if not isinstance(world.do(ref, RAIL, payout.submit(world.machines[ref], "batch")), Refusal):
            attempt = payout.end_to_end(ref, world.machines[ref].attempts)
            done(world.do(ref, RAIL, payout.ConfirmPayout(attempt, "")))
            world.debit(ref)


SCHEDULES = {1: AT_ONCE, 2: terms().schedule}
ACTS: dict[str, Act] = {
    "the buyer confirms": lambda w: w.buyer(c.Confirm(w.now.revision, w.now.hash)),
    "the supplier confirms": lambda w: w.supplier(c.Confirm(w.now.revision, w.now.hash)),
    "the buyer revises": lambda w: w.buyer(c.Revise(w.now.revision, terms())),
    "the buyer withdraws": lambda w: w.buyer(c.Withdraw()),
    "the buyer takes more time to pay": lambda w: w.buyer(c.ExtendPayment(45)),
    "the buyer pays": _pay(100),
    "the buyer pays a little less": _pay(99),
    "the buyer pays half": _pay(50),
    "the buyer pays too much": _pay(110),
    "somebody else pays": _pay(100, UNCLE),
    "a bank takes a payment back": _take_back,
    "two operators accept the payer": _waiting(c.AcceptPayer),
    "two operators return a payment": _waiting(c.ReturnPayment),
    "the supplier accepts less": lambda w: w.supplier(c.AcceptShort()),
    "the supplier asks for an amendment": _amend,
    "the buyer agrees to it": _answer(c.AgreeAmendment),
    "the buyer declines it": _answer(c.DeclineAmendment),
    "the supplier notes progress": lambda w: w.supplier(c.NoteProgress("half done")),
    "the supplier reports production": lambda w: w.supplier(c.ReportProduction()),
    "the buyer waives the inspection": lambda w: w.buyer(c.WaiveInspection()),
    "the buyer contests the report": lambda w: w.buyer(c.ContestProduction("an empty hall")),
    "the supplier ships the shirts": _ship(SHIRTS),
    "the supplier ships the trousers": _ship(TROUSERS),
    "the supplier ships the trousers, days ago": _ship(TROUSERS, 3),
    "the supplier ships without a document": _ship(TROUSERS, 0, ""),
    "the supplier shows a document": _show,
    "the buyer contests the evidence": _evidence(c.ContestEvidence, "buyer", "no such vessel"),
    "two operators confirm the evidence": _evidence(c.ConfirmEvidence, "pair"),
    "two operators reject the evidence": _evidence(c.RejectEvidence, "pair"),
    "the buyer takes the refund": lambda w: w.buyer(c.TakeRefund()),
    "the buyer waits": lambda w: w.buyer(c.Wait()),
    "the buyer accepts the late goods": lambda w: w.buyer(c.AcceptLate()),
    "the buyer claims": lambda w: w.buyer(c.ClaimLate()),
    "the supplier has the goods back": lambda w: w.supplier(c.ConfirmReturn()),
    "the bank pays": lambda w: w.bank_pays(),
    "the bank says that it paid": _confirm,
    "a payout comes back": _comes_back,
    "a deadline passes": _clock,
}


def looks(trade: Trade) -> Any:
    """What of a trade tells how it can go on; two that look alike are walked on from once."""
    return (
        trade.stage,
        trade.held > 0,
        len(trade.deal.schedule),
        min(missing(trade), 1),
        bool(trade.lacking),
        len(trade.waiting),
        trade.contributed > 0,
        tuple(sorted((one.status, len(one.goods), one.goods[0].line) for one in trade.shipments)),
        trade.contested,
        trade.deal.inspected,
        trade.uninspected,
        trade.amendment is not None,
        frozenset(name.partition(":")[0] for name in trade.clocks),
        frozenset((one.state, one.receipt is None) for one in trade.obligations),
        len(trade.settled_lines),
        len(trade.confirmed_by),
        "ship_by" in trade.clocks and trade.deal.ship_after_last,
    )


def walk(
    start: list[World], depth: int, most: int, edges: set[Edge] | None = None
) -> Iterator[tuple[World, tuple[str, ...]]]:
    """Every world that looks new, with the story that leads to it; `edges` takes each step of the trade."""
    seen: set[Any] = set()
    front: list[tuple[World, tuple[str, ...]]] = [(world, ()) for world in start]
    for _ in range(depth):
        after: list[tuple[World, tuple[str, ...]]] = []
        for world, story in front:
            for name, act in ACTS.items():
                then = world.fork()
                answer = act(then)
                if edges is not None:
                    edges |= steps(world.now, then)
                if isinstance(answer, Refusal) or looks(then.now) in seen or len(seen) >= most:
                    continue
                seen.add(looks(then.now))
                after.append((then, (*story, name)))
                yield after[-1]
        front = after


def steps(trade: Trade, world: World) -> set[Edge]:
    """The edges of the trade's table that the world's events went along."""
    found: set[Edge] = set()
    for ref, event in world.events:
        if ref == world.trade:
            found.add((trade.stage, type(event)))
            trade = evolve(trade, event, world.at)
    return found


def fall_silent(world: World, payable: bool = True) -> tuple[int, list[str]]:
    """Nobody acts any more. Days until nothing is held and nothing is owed, and what happened on the way;
    where not `payable`, no account can be paid to, and what is owed ends as unclaimed.

    Raises AssertionError where money stays: no clock runs, or they run for ever."""
    start, told = world.at, []
    for _ in range(60):
        if payable:
            world.bank_pays()
        clocks = world.due()
        if not any(world.balance(name) for name in OWED) and world.now.stage == "settled":
            return (world.at - start).days, told
        assert clocks, f"money stays in {world.now.stage}: {told}"
        when, ref, name = clocks[0]
        world.pass_time(hours=max(0, int((when - world.at) / timedelta(hours=1))) + 1)
        told.append(f"day {(world.at - start).days}: {ref.kind.value} {name.partition(':')[0]}")
    raise AssertionError(f"no end in {world.now.stage}: {told[-6:]}")


OWED = ("hold", "suspense", "supplier_payable", "buyer_refundable", "payout_submitted")


class Proof(msgspec.Struct, frozen=True):
    """`days` is the longest that money stays while nobody acts, and `story` how it comes to that; `edges`
    are the steps of the trade that the walk went along, `worlds` how many different ones it came to."""

    days: int
    story: list[str]
    edges: frozenset[Edge]
    worlds: int


@cache
def prove(key: str, depth: int = 5, most: int = 3400) -> Proof:
    """Walks from a world in every stage, over everything that people may do there, into everybody's
    silence."""
    days, story, worlds, edges = 0, [""], 0, set[Edge]()
    policy = KNOWLEDGE.policies[key]
    for name, reach in REACHED.items():
        for world, acts in walk([reach(policy)], depth, most // len(REACHED), edges):
            worlds += 1
            for payable in (True, False):
                lasted, told = fall_silent(world.fork(), payable)
                if lasted > days:
                    days, story = lasted, [name, *acts, "everybody falls silent", *told]
    return Proof(days, story, frozenset(edges), worlds)


def longest_hold_days(policy: Policy) -> tuple[int, list[str]]:
    """The longest, in days, that money can stay while nobody acts, and the story of it."""
    found = prove(policy.key)
    return found.days, found.story
