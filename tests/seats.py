"""Everybody who may knock at a door: each grade of both sides of a trade and of the operators, owners of
foreign companies, API keys of each scope, somebody of no company, and nobody at all. Who of them may pass is
written in the tests by hand, in rows such as "buyer supplier / trade / fresh"."""

from datetime import timedelta

import msgspec

from tests.api.client import Api, ok
from tests.platform import MEMBERS, Running
from tradehold.domain.command import Grade
from tradehold.engine.access import wall
from tradehold.store import people
from tradehold.store.views import Member

# What each grade may do; written down once more, not taken from the code.
DUTIES = {
    "owner": "read talk trade finance manage", "trader": "read talk trade", "finance": "read talk finance",
    "viewer": "read", "": "",
}  # fmt: skip
SCOPES = {"read": "viewer", "trade": "trader", "finance": "finance"}


class Seat(msgspec.Struct, frozen=True):
    """`side` is buyer or supplier of the trade in question, stranger, operator, homeless or nobody."""

    name: str
    side: str
    grade: str = ""
    key: bool = False


SESSIONS = (
    Seat("buyer", "buyer", "owner"),
    Seat("supplier", "supplier", "owner"),
    Seat("other_buyer", "stranger", "owner"),
    Seat("other_supplier", "stranger", "owner"),
    Seat("operator", "operator", "owner"),
    *(
        Seat(f"{side}_{grade}", side, grade)
        for side in ("buyer", "supplier", "operator")
        for grade in ("trader", "finance", "viewer")
    ),
    Seat("homeless", "homeless"),
    Seat("", "nobody"),
)
KEYS = tuple(
    Seat(f"{side}_key_{scope}", side, grade, key=True)
    for side in ("buyer", "supplier", "operator")
    for scope, grade in SCOPES.items()
)
COMPANY = {"buyer": 2, "supplier": 7, "operator": 0}


# The other grades, for whoever asks who may do what; and somebody who is nobody's member.
STAFF = {
    f"{role}_{grade}": Member(
        30 + 10 * column + row, MEMBERS[role].company, f"{grade} of {role}", "en", "UTC", grade
    )
    for column, role in enumerate(("buyer", "supplier", "operator"))
    for row, grade in enumerate((Grade.TRADER, Grade.FINANCE, Grade.VIEWER))
} | {"homeless": Member(29, -1, "Nobody's", "en", "UTC")}
LONG = timedelta(days=3650)


async def seated(platform: Running) -> None:
    """Everybody has a session, in which a second factor counts as just shown."""
    pool = platform.services.pool
    await people.put_members(pool, list(STAFF.values()), platform.clock.at)
    for role, member in STAFF.items():
        if role not in platform.tokens:
            begun = people.Begun(fresh=LONG)
            platform.tokens[role] = await people.begin_session(pool, member.id, wall(), LONG, begun)


async def with_keys(called: Api) -> None:
    """Every scope of key for each side, among the tokens of the platform."""
    await seated(called.platform)
    for seat in KEYS:
        if seat.name not in called.platform.tokens:
            body = {"name": seat.name, "scope": seat.name.rpartition("_")[2], "days": 30}
            made = ok(await called.post(seat.side, f"/companies/{COMPANY[seat.side]}/keys", body), 201)
            called.platform.tokens[seat.name] = made["secret"]


class Row(msgspec.Struct, frozen=True):
    """`who` may come in: sides, or `member` for any company's, `person` for whoever is signed in, `all`."""

    who: frozenset[str]
    duty: str = ""
    fresh: bool = False
    safe: bool = False  # a key may only look at what is a person's own

    def admits(self, seat: Seat) -> bool:
        stands = {seat.side, "all"}
        stands |= {"person"} if seat.side != "nobody" and (self.safe or not seat.key) else set()
        stands |= {"member"} if seat.side in ("buyer", "supplier", "stranger") else set()
        if not stands & self.who or (self.fresh and seat.key):
            return False
        return not self.duty or self.duty in DUTIES[seat.grade].split()


def row(text: str, method: str = "GET") -> Row:
    who, *rest = (part.strip() for part in text.split("/"))
    duty = rest[0] if rest else ""
    return Row(frozenset(who.split()), duty, "fresh" in rest, method in ("GET", "HEAD"))
