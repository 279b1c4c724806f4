"""Planning a list: every command decided in memory, in order, over what was loaded; nothing is written here.

A later command in the list sees what an earlier one did. A refused or broken command changes nothing and
leaves its neighbours alone. What comes out is one Batch and one answer for each command.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from tradehold.domain import record
from tradehold.domain.authority import check, side
from tradehold.domain.chart import BOUNDED
from tradehold.domain.command import Actor, Role
from tradehold.domain.follow import follow
from tradehold.domain.given import Given, Knowledge
from tradehold.domain.identity import Kind, Ref
from tradehold.domain.ledger import Key, Posting, changes
from tradehold.domain.machines import MACHINES, Command, due_key, input_hash, reads, takes
from tradehold.domain.news import news
from tradehold.domain.postings import post, trade_of
from tradehold.domain.refusal import Code, Refusal, refuse
from tradehold.domain.trade_commands import PassDeadline
from tradehold.store.append import Batch
from tradehold.store.load import Balances, Loaded, Seen, Stored, decode_state

log = logging.getLogger("tradehold")


class Done(msgspec.Struct, frozen=True, omit_defaults=True):
    """The command happened: its events are `first` to `version` of the machine, which now is at `stage`."""

    ref: Ref
    first: int
    version: int
    stage: str
    events: tuple[str, ...]
    replayed: bool = False


Answer = Done | Refusal

ENCODE = record.canonical
_DONE = msgspec.json.Decoder(Done)
_COMMAND = msgspec.json.Decoder(Command)


def decode_command(body: bytes) -> Command:
    return _COMMAND.decode(body)


class _Live(msgspec.Struct):
    """A machine while the list is planned. `was` is the stored form it started from."""

    state: Any
    version: int
    head: bytes
    was: Stored | None
    clocks: Mapping[str, datetime]
    at: datetime | None = None


class Plan:
    """One list on its way from commands to rows. `answers` stand in the commands' order."""

    def __init__(self, commands: Sequence[Command], loaded: Loaded, knowledge: Knowledge) -> None:
        self.batch = Batch()
        self.follows: list[Command] = []
        self.stored: dict[Ref, Stored] = {}
        self.balances: dict[tuple[int, int], Balances] = {}
        self._loaded = loaded
        self._knowledge = knowledge
        self._live: dict[Ref, _Live] = {}
        self._seen = dict(loaded.keys)
        self._moved: dict[tuple[int, Key], int] = {}
        self._shared: set[int] = set()  # owners of whose balances under subject 0 some moved
        self._dropped: set[tuple[int, str]] = set()
        self.answers = [self._one(command) for command in commands]
        self._collect()

    def _machine(self, ref: Ref) -> _Live:
        live = self._live.get(ref)
        if live is None:
            was = self._loaded.machines.get(ref)
            state = (was.value or decode_state(ref.kind, was.state)) if was else None
            clocks = getattr(state, "clocks", {})
            live = _Live(state, was.version if was else 0, was.head if was else record.GENESIS, was, clocks)
            self._live[ref] = live
        return live

    def _one(self, command: Command) -> Answer:
        digest = input_hash(command)
        seen = self._seen.get((command.ref.owner, command.key))
        if seen:
            if seen.input != digest:
                return refuse(Code.KEY_REUSED)
            self.batch.replayed.add(command.ref.owner, command.key)
            return msgspec.structs.replace(_DONE.decode(seen.answer), replayed=True)
        try:
            answer = self._decide(command)
        except Exception:
            # A bug in one command must not take its neighbours along. Nothing of it was kept.
            log.exception("command %s on %s failed", type(command.do).__name__, command.ref)
            return refuse(Code.FAULT)
        if isinstance(answer, Done):
            encoded = ENCODE(answer)
            self._seen[command.ref.owner, command.key] = Seen(digest, encoded)
            self.batch.keys.add(command.ref.owner, command.key, digest, encoded, command.at)
            if command.due:
                self._dropped.add((command.ref.owner, command.due))
        return answer

    def _decide(self, command: Command) -> Answer:
        ref, do = command.ref, command.do
        live = self._machine(ref)
        if not takes(ref.kind, do):
            return refuse(Code.UNKNOWN, what="command for this kind of thing")
        refused = check(command, live.state)
        if refused:
            return refused
        machine = MACHINES[ref.kind]
        decided = machine.decide(live.state, do, self._given(command, live.state))
        if isinstance(decided, Refusal):
            return decided
        state, booked, follows = live.state, [], []
        for event in decided:
            state = machine.evolve(state, event, command.at)
            booked.append(post(ref, state, event))
            follows.append(follow(ref, state, event))
        refused = self._bounds(ref.owner, [posting for postings in booked for posting in postings])
        if refused:
            return refused
        self._record(command, live, decided, booked, follows, state)
        stage, tags = str(state.stage), tuple([_tag(event) for event in decided])
        return Done(ref, live.version - len(decided) + 1, live.version, stage, tags)

    def _given(self, command: Command, state: Any) -> Given:
        ref = command.ref
        others = {other: self._machine(other).state for other in reads(command)}
        balances = self._loaded.balances.get((ref.owner, 0), {})
        if balances and ref.owner in self._shared:
            balances = {key: self._balance(ref.owner, key) for key in balances}
        where = side(command.actor, ref, state, command.do)
        return Given(ref, command.at, command.actor, where, self._knowledge, others, balances)

    def _balance(self, owner: int, key: Key) -> int:
        known = self._loaded.balances.get((owner, key[1]), {}).get(key, 0)
        return known + self._moved.get((owner, key), 0)

    def _bounds(self, owner: int, postings: list[Posting]) -> Refusal | None:
        """Refuses what would take a bounded account below zero; else keeps the change."""
        moved = {key: change for key, change in changes(postings).items() if key[0] in BOUNDED}
        for key, change in moved.items():
            left = self._balance(owner, key)
            if left + change < 0:
                if key[0] == "cover_available":
                    return refuse(Code.COVER_EXCEEDED, needed=-change, available=left)
                return refuse(Code.WOULD_OVERDRAW, account=key[0])
        for key, change in moved.items():
            self._moved[owner, key] = self._moved.get((owner, key), 0) + change
            if key[1] == 0:
                self._shared.add(owner)
        return None

    def _record(
        self,
        command: Command,
        live: _Live,
        events: list[Any],
        booked: list[Any],
        follows: list[Any],
        state: Any,
    ) -> None:
        ref, at = command.ref, command.at
        trade = trade_of(ref, state)
        for event, postings, asked in zip(events, booked, follows, strict=True):
            live.version += 1
            body = ENCODE(record.Recorded(at, command.actor, command.key, event))
            live.head = record.link(live.head, ref, live.version, body)
            place = (*_place(ref), live.version)
            self.batch.events.add(*place, at, body, live.head)
            if news(state, event):
                self.batch.outbox.add(*place, at)
            for n, one in enumerate(postings):
                self.batch.postings.add(
                    *place, n, trade, at, one.debit, one.debit_subject, one.credit, one.credit_subject,
                    one.amount.minor, one.amount.currency,
                )  # fmt: skip
            for n, (target, do, actor) in enumerate(asked):
                key = f"{due_key(ref, str(live.version))}:{n}"
                self.follows.append(Command(key, target, actor, at, do, due=key))
        live.state, live.at = state, at

    def _collect(self) -> None:
        """Turns what happened in memory into rows: each machine and each balance once, however often it
        moved."""
        for ref in sorted((ref for ref, live in self._live.items() if live.at), key=_place):
            live = self._live[ref]
            expected, state = live.was.version if live.was else 0, ENCODE(live.state)
            deal = live.state.deal if ref.kind is Kind.TRADE else None
            buyer, title = (deal.buyer, deal.title) if deal else (0, "")
            stage = str(live.state.stage)
            self.batch.machines.add(
                *_place(ref), expected, live.version, stage, buyer, title, live.at, state,
                live.head,
            )  # fmt: skip
            self.stored[ref] = Stored(live.version, state, live.head, live.state)
            self._clocks(ref, live)
        for (owner, key), change in sorted(self._moved.items()):
            before = self._loaded.balances.get((owner, key[1]), {})
            self.balances.setdefault((owner, key[1]), dict(before))[key] = before.get(key, 0) + change
            if change or key not in before:
                self.batch.balances.add(owner, key[0], key[1], key[2], change, key in before)
        for command in self.follows:
            self.batch.due.add(command.ref.owner, command.due, command.at, ENCODE(command))
        for owner, name in sorted(self._dropped):
            self.batch.dropped.add(owner, name)

    def _clocks(self, ref: Ref, live: _Live) -> None:
        """Deadlines are rows: those that began or moved are put, those that ended are dropped."""
        now: Mapping[str, datetime] = getattr(live.state, "clocks", {})
        if now == live.clocks and not self._dropped:
            return
        for name, at in now.items():
            key = due_key(ref, name)
            self._dropped.discard((ref.owner, key))
            if live.clocks.get(name) != at:
                currency = live.state.deal.currency if ref.kind is Kind.TRADE else ""
                command = deadline(ref, key, name, at, currency)
                self.batch.due.add(ref.owner, key, at, ENCODE(command))
        for name in live.clocks:
            if name not in now:
                self._dropped.add((ref.owner, due_key(ref, name)))


_TAGS: dict[type[Any], str] = {}  # a look-up in the class costs more than the rest of an answer


def _tag(tagged: msgspec.Struct) -> str:
    tag = _TAGS.get(type(tagged))
    if tag is None:
        tag = _TAGS[type(tagged)] = str(tagged.__struct_config__.tag)
    return tag


def _place(ref: Ref) -> tuple[int, str, int]:
    return ref.owner, ref.kind, ref.id


def deadline(ref: Ref, key: str, name: str, at: datetime, currency: str) -> Command:
    """The command that a clock becomes, whose row is `key`. Its own key holds the instant: a clock that moved
    is another one."""
    judged_by_statement = currency if name in ("payment", "balance") else ""
    do = PassDeadline(name, at, judged_by_statement)
    return Command(f"{key}@{at.isoformat()}", ref, Actor(Role.CLOCK), at, do, due=key)


def wanted(commands: Sequence[Command]) -> tuple[set[Ref], set[tuple[int, int]], set[tuple[int, str]]]:
    """What to load for a list: machines, the subjects whose bounded balances may move, and keys."""
    refs = {command.ref for command in commands}
    subjects = {(ref.owner, ref.id) for ref in refs} | {(ref.owner, 0) for ref in refs}
    for command in commands:
        refs.update(reads(command))
    return refs, subjects, {(command.ref.owner, command.key) for command in commands}
