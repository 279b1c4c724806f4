"""The link at the end of every letter by which its reader ends them, without signing in.

It is derived from the person and a secret of this platform: nothing is stored for it, it never ends, and
nobody can make one for somebody else. All it opens is the choice of how often letters come.
"""

import hmac
import re

from tradehold.store import people
from tradehold.store.database import Pool

_SETTING = "leaving_secret"
_TOKEN = re.compile(r"([1-9][0-9]{0,17})-([0-9a-f]{40})")


async def secret_of(pool: Pool) -> bytes:
    """This platform's own, made when it is first asked for."""
    return await people.secret_of(pool, _SETTING)


def token_of(secret: bytes, person: int) -> str:
    digest = hmac.digest(secret, f"leave {person}".encode(), "sha256").hex()
    return f"{person}-{digest[:40]}"


def person_of(secret: bytes, token: str) -> int | None:
    """Whose token it is; None for one that this platform never made."""
    found = _TOKEN.fullmatch(token)
    if found is None:
        return None
    person = int(found[1])
    return person if hmac.compare_digest(token_of(secret, person), token) else None
