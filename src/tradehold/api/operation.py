"""How a route describes itself: what stands in its `opt`, from which the documentation is generated."""

from typing import Any

import msgspec
from litestar import Request
from litestar.datastructures import State

from tradehold.api.gate import Call

Caller = Request[Any, Call, State]


class Operation(msgspec.Struct, frozen=True):
    """`query` is the type of the query string, `body` of the JSON body, `answer` of the answer; `example`
    is one of the body. `refused` are the problems a caller must expect, besides those that any route may
    answer with. `keyed`: needs an Idempotency-Key. `media` are the types of a body that is not JSON, `gives`
    that of an answer that is not. `asks` and `tells` describe the headers of a request (with `?` behind what
    may be left out) and of its answer. An answer of None has no body."""

    summary: str
    answer: Any
    id: str
    tag: str
    query: Any = None
    body: Any = None
    example: Any = None
    refused: tuple[str, ...] = ()
    keyed: bool = False
    status: int = 200
    media: tuple[str, ...] = ()
    gives: str = ""
    asks: dict[str, str] = {}
    tells: dict[str, str] = {}


def reads(what: str, operation: Operation) -> dict[str, Any]:
    return {"read": what, "operation": operation}


def commands(what: str, operation: Operation) -> dict[str, Any]:
    return {"command": what, "operation": operation}


def changes(what: str, operation: Operation) -> dict[str, Any]:
    """A plain table, which authority.CHANGE knows by this name."""
    return {"change": what, "operation": operation}


def own(what: str, operation: Operation) -> dict[str, Any]:
    """What needs nothing but to be somebody: one's own affairs."""
    return {"self": what, "operation": operation}


def public(what: str, operation: Operation) -> dict[str, Any]:
    return {"public": what, "operation": operation}
