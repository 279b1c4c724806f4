"""A specification in a file that somebody brings: a list, a table, or what Tradehold itself writes."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

import msgspec

from tradehold.web import rows


class Brought(msgspec.Struct, frozen=True):
    requirements: tuple[str, ...]
    category: str = ""
    markets: tuple[str, ...] = ()


def read(name: str, body: bytes) -> Any:
    """Raises ValueError that says what is wrong with the file."""
    if find_spec("tradehold.engine.specfile"):
        return import_module("tradehold.engine.specfile").read_spec(name, body)
    return Brought(tuple(rows.lines_of(body.decode("utf-8-sig"))))
