"""What a person can do with a trade now, as a form: what `actions.py` and its neighbours fill."""

from collections.abc import Callable
from typing import Any

import msgspec

from tradehold.web.forms import Typed
from tradehold.web.sheet import Sheet

Field = dict[str, Any]


class Offer(msgspec.Struct, frozen=True):
    """`hidden` are facts that go along with the form; together with the tag they make the offer's id, so that
    an open form never speaks of another revision than the one it was opened for. `papers` are where the
    revision whose hash is hidden in it can be read before it is agreed to."""

    label: str
    summary: str
    button: str
    icon: str
    fields: list[Field] = []
    kind: str = "quiet"
    hidden: dict[str, str] = {}
    papers: list[Field] = []


class Action(msgspec.Struct, frozen=True):
    """`offers` says what can be done now, `read` makes the command of what was typed (or raises Wrong)."""

    offers: Callable[[Sheet], list[Offer]]
    read: Callable[[Sheet, Typed], Any]
