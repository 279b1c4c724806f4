"""A file on its way to whoever may read it: always as an attachment, whole or in a range (RFC 9110).

A browser is told not to guess a type and to run nothing, whatever the file is: what somebody else sent is
never opened in our name.
"""

import re
from collections.abc import AsyncIterator, Mapping

import msgspec

from tradehold.engine.filenames import content_disposition
from tradehold.engine.files import Files, Opened
from tradehold.store.files import Held

SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_RANGE = re.compile(
    r"bytes=(?:(?P<first>[0-9]{1,18})-(?P<last>[0-9]{0,18})|-(?P<suffix>[0-9]{1,18}))", re.ASCII
)


class Download(msgspec.Struct, frozen=True):
    """200, 206, 304 without a body, or 416: no byte of the range is in the file."""

    status: int
    headers: dict[str, str]
    chunks: AsyncIterator[bytes] | None = None


async def download(files: Files, held: Held, asked: Mapping[str, str]) -> Download:
    """`asked` are the request's headers, in small letters. Raises LookupError where the bytes are gone."""
    tag = f'"{held.sha256}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Accept-Ranges": "bytes", **SAFE}
    if _matches(asked.get("if-none-match", ""), tag):
        return Download(304, headers)
    wanted = asked.get("range", "") if asked.get("if-range", tag) == tag else ""
    span = _span(wanted, held.size)
    start, end = span or (0, held.size)
    if start >= end:
        return Download(416, headers | {"Content-Range": f"bytes */{held.size}"})
    opened = await files.open(held.sha256, start, end)
    if opened is None:
        raise LookupError(held.sha256)
    headers |= {
        "Content-Type": held.media_type,
        "Content-Disposition": content_disposition(held.name),
        "Content-Length": str(end - start),
    }
    if span is None:
        return Download(200, headers, await begun(opened))
    headers["Content-Range"] = f"bytes {start}-{end - 1}/{held.size}"
    return Download(206, headers, await begun(opened))


async def begun(opened: Opened) -> AsyncIterator[bytes]:
    """The chunks, of which the first was read already: what is missing fails before an answer has begun."""
    first = await anext(opened.chunks, b"")

    async def chunks() -> AsyncIterator[bytes]:
        yield first
        async for chunk in opened.chunks:
            yield chunk

    return chunks()


def _matches(given: str, tag: str) -> bool:
    return given.strip() == "*" or tag in (one.strip().removeprefix("W/") for one in given.split(","))


def _span(wanted: str, size: int) -> tuple[int, int] | None:
    """The bytes from the first to before the second, which may not exist. None for what is no single range,
    or turns back on itself: RFC 9110 lets a server send the whole file then."""
    found = _RANGE.fullmatch(wanted)
    if not found:
        return None
    if found["suffix"]:
        return max(0, size - int(found["suffix"])), size if int(found["suffix"]) else 0
    start, last = int(found["first"]), int(found["last"] or size)
    return None if found["last"] and last < start else (start, min(last + 1, size))
