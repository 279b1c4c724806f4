"""Reading what a list of commands needs, in one round and without locks."""

from collections.abc import Collection
from typing import Any

import msgspec

from tradehold.domain.identity import Kind, Ref
from tradehold.domain.ledger import Key
from tradehold.domain.machines import MACHINES
from tradehold.domain.record import Recorded
from tradehold.store.columns import numbers, words
from tradehold.store.database import Connection
from tradehold.store.sql import queries

_LOAD = queries("write")["load"]
_STATE = {kind: msgspec.json.Decoder(machine.state) for kind, machine in MACHINES.items()}
_EVENT = {
    # The type is known only at run time, when the machines are.
    kind: msgspec.json.Decoder(Recorded[machine.events])  # type: ignore[name-defined]
    for kind, machine in MACHINES.items()
}


def decode_state(kind: Kind, state: bytes) -> Any:
    """A machine's state as it was stored."""
    return _STATE[kind].decode(state)


def decode_event(kind: Kind, body: bytes) -> Recorded[Any]:
    """An event as it was recorded. Raises msgspec.DecodeError where the bytes are no such event."""
    recorded: Recorded[Any] = _EVENT[kind].decode(body)
    return recorded


class Stored(msgspec.Struct, frozen=True):
    """A machine as it lies in the store. `value` is its state decoded, where the lane that wrote it still has
    it: states are frozen, so a list that fails leaves nothing in them."""

    version: int
    state: bytes
    head: bytes
    value: Any = None


class Seen(msgspec.Struct, frozen=True):
    """A key that was used before, with the hash of its input and the answer that was given."""

    input: bytes
    answer: bytes


Balances = dict[Key, int]  # bounded accounts, in minor units


class Loaded(msgspec.Struct):
    machines: dict[Ref, Stored]
    balances: dict[tuple[int, int], Balances]  # by owner and subject
    keys: dict[tuple[int, str], Seen]


async def load(
    connection: Connection,
    refs: Collection[Ref],
    subjects: Collection[tuple[int, int]],
    keys: Collection[tuple[int, str]],
) -> Loaded:
    """Machines by `refs`, bounded balances by (owner, subject), seen keys by (owner, key)."""
    rows = await connection.fetch(
        _LOAD,
        numbers([ref.owner for ref in refs]),
        words([ref.kind for ref in refs]),
        numbers([ref.id for ref in refs]),
        numbers([owner for owner, _ in subjects]),
        numbers([subject for _, subject in subjects]),
        numbers([owner for owner, _ in keys]),
        words([key for _, key in keys]),
    )
    loaded = Loaded({}, {pair: {} for pair in subjects}, {})
    for what, owner, a, b, c, n, x, y in rows:
        if what == "machine":
            loaded.machines[Ref(owner, Kind(a), b)] = Stored(n, x, y)
        elif what == "balance":
            loaded.balances[owner, b][a, b, c] = n
        else:
            loaded.keys[owner, a] = Seen(x, y)
    return loaded
