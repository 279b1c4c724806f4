"""What tests of notices need: a notifier over a running platform, people with addresses, and what each was
told."""

from tests.platform import MEMBERS, Running
from tradehold.domain.identity import Ref
from tradehold.engine.leaving import secret_of
from tradehold.engine.notify import Notifier
from tradehold.store import notices, people
from tradehold.store.database import as_owner
from tradehold.web.letters import composer

URL = "https://trade.test"


async def notifier(p: Running) -> Notifier:
    """With everybody's address known, and all that happened before told and read."""
    for role, member in MEMBERS.items():
        await people.put_address(p.services.pool, member.id, f"{role}@example.com")
    compose = composer(URL, await secret_of(p.services.pool), lambda: p.services.knowledge, p.clock)
    made = Notifier(p.services.pool, p.clock, compose)
    await made.tell()
    await made.write()
    now = p.clock.at
    await p.services.pool.execute("UPDATE notification SET read_at = $1, mailed_at = $1", now)
    await as_owner(p.url, lambda connection: connection.execute("DELETE FROM letter"))
    return made


async def told(p: Running, role: str, ref: Ref | None = None) -> list[str]:
    """The tags of the events that somebody was told of, oldest first."""
    member = MEMBERS[role]
    found = await notices.page(p.services.pool, (member.id, member.company), limit=1000)
    about = await notices.about(p.services.pool, found)
    return [
        str(about.events[one.place].event.__struct_config__.tag)
        for one in reversed(found)
        if ref is None or one.ref == ref
    ]


async def letters(p: Running) -> list[tuple[str, str, str, str, str]]:
    """(address, kind, subject, body, leave) of every letter, in order."""
    rows = await p.services.pool.fetch("SELECT address, kind, subject, body, leave FROM letter ORDER BY id")
    return [tuple(row) for row in rows]
