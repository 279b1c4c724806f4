"""Files that a command names by their SHA-256: whether the giver may name them there."""

from collections.abc import Iterable
from datetime import datetime

from tradehold.domain.command import Actor
from tradehold.domain.contract import Attachment
from tradehold.domain.identity import Ref
from tradehold.engine.files import Files


class NoSuchFile(LookupError):
    """Nobody brought this file to the machine, and it is not in the giver's library either."""


async def attached(
    files: Files, hashes: Iterable[str], actor: Actor, place: Ref, now: datetime
) -> tuple[Attachment, ...]:
    """The files as the record names them. What lies in the giver's own library may be read at the machine
    from now on. Raises NoSuchFile."""
    found = []
    for sha256 in dict.fromkeys(hashes):
        held = await files.held(sha256, actor.company, place)
        held = held or await files.attach(sha256, actor.company, actor.member, place, now)
        if held is None:
            raise NoSuchFile(sha256)
        found.append(Attachment(held.name, held.sha256, held.size))
    return tuple(found)
