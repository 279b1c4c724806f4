"""The record: each machine's events form a hash chain, over the very bytes that are stored.

What is hashed is canonical JSON (fields in the order of the type, dictionaries sorted), so that anybody can
recompute it with a JSON file and SHA-256.
"""

from datetime import datetime
from hashlib import sha256
from typing import Any, Generic, TypeVar

import msgspec

from tradehold.domain.command import Actor
from tradehold.domain.identity import Ref

E = TypeVar("E")


class Recorded(msgspec.Struct, Generic[E], frozen=True, omit_defaults=True):
    """One event with who did it, when, and under which key: what is hashed and stored."""

    at: datetime
    actor: Actor
    key: str
    event: E


GENESIS = bytes(32)
_encoder = msgspec.json.Encoder(order="deterministic", decimal_format="string")


def canonical(value: Any) -> bytes:
    return _encoder.encode(value)


def link(previous: bytes, ref: Ref, seq: int, body: bytes) -> bytes:
    """The head after `body` became event number `seq` (from 1) of `ref`."""
    return sha256(previous + f"{ref.owner}/{ref.kind.value}/{ref.id}/{seq}\n".encode() + body).digest()


def content_hash(value: Any) -> str:
    """SHA-256 of the canonical form, in hex: names a revision of a contract."""
    return sha256(canonical(value)).hexdigest()


def commitment(salt: str, value: str) -> str:
    """Stands for a person's data in what is hashed. Without salt and value it tells nothing, so erasing them
    erases the person and leaves the chain whole."""
    return sha256(f"{salt}\n{value}".encode()).hexdigest()
