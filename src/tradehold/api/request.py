"""Reading a request: its body, its query, its idempotency key. Whatever is not understood is refused by
name."""

import re
from collections.abc import Iterable
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec
from litestar.types import Receive, Scope

from tradehold.api.problems import http_problem, invalid, misfit

T = TypeVar("T")
LARGEST = 1 << 20  # bytes of a JSON body
_KEY = re.compile(rb"[\x21-\x7e]{1,255}")
# PostgreSQL's text cannot hold it, and nobody writes it by hand.
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


def header(scope: Scope, name: bytes) -> bytes:
    """The header's value, empty where there is none."""
    return next((value for key, value in scope["headers"] if key == name), b"")


async def read_body(scope: Scope, receive: Receive, largest: int = LARGEST) -> bytes:
    length = header(scope, b"content-length")
    if length.isdigit() and int(length) > largest:
        raise http_problem("too_large", f"The body may have {largest} bytes at most.")
    chunks, size = [], 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise http_problem("malformed", "The connection ended before the body did.")
        chunks.append(message["body"])
        size += len(message["body"])
        if size > largest:
            raise http_problem("too_large", f"The body may have {largest} bytes at most.")
        if not message["more_body"]:
            return b"".join(chunks)


def decode(body: bytes, decoder: "msgspec.json.Decoder[T]") -> T:
    if _NUL.search(body):
        raise http_problem("invalid_request", "The body contains the character U+0000.")
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise misfit(error) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise http_problem("malformed", f"The body is not JSON in UTF-8: {error}") from error
    except RecursionError as error:
        raise http_problem("malformed", "The body is nested too deeply.") from error


async def read_json(scope: Scope, receive: Receive, decoder: "msgspec.json.Decoder[T]") -> T:
    if header(scope, b"content-type").partition(b";")[0].strip().lower() != b"application/json":
        raise http_problem("unsupported_media_type", "Send the body as application/json.")
    return decode(await read_body(scope, receive), decoder)


def idempotency_key(scope: Scope) -> str:
    key = header(scope, b"idempotency-key")
    if not _KEY.fullmatch(key):
        raise http_problem("idempotency_key_required")
    return key.decode("ascii")


def read_query(scope: Scope, kind: type[T]) -> T:
    """The query string as a `kind`. Raises ProblemError that names what does not fit."""
    try:
        pairs = parse_qsl(
            scope["query_string"].decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=20
        )
    except ValueError as error:
        raise http_problem("invalid_request", f"The query cannot be read: {error}") from error
    _check_query(pairs)
    try:
        return msgspec.convert(dict(pairs), kind, strict=False)
    except msgspec.ValidationError as error:
        raise misfit(error) from error


def _check_query(pairs: Iterable[tuple[str, str]]) -> None:
    seen: set[str] = set()
    for name, value in pairs:
        if name in seen:
            raise invalid(name, "This is given twice.")
        if "\0" in value:
            raise invalid(name, "This contains the character U+0000.")
        seen.add(name)


ENCODER = msgspec.json.Encoder()


def json_of(value: Any) -> bytes:
    return ENCODER.encode(value)
