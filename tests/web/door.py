"""A platform whose front door can be tested: it knows its address, and its passwords are cheap to hash."""

import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import httpx
import pyotp
from argon2 import PasswordHasher
from msgspec.structs import replace

from tests.platform import Running, running
from tests.web.pages import HOST, app_of, form
from tradehold.domain.command import Grade
from tradehold.engine import factors
from tradehold.engine.access import wall
from tradehold.engine.door import Door, Oidc
from tradehold.engine.passwords import Passwords
from tradehold.store import credentials, people
from tradehold.store.credentials import Account
from tradehold.store.views import Member

PASSWORD = "seven lanterns at the quay"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
_SECRET = secrets.token_bytes(32)


def door_of(url: str = HOST, oidc: Oidc | None = None) -> Door:
    return Door(_SECRET, url, Passwords(CHEAP), oidc)


@asynccontextmanager
async def at_the_door(name: str, url: str = HOST, oidc: Oidc | None = None) -> AsyncIterator[Running]:
    async with running(name) as p:
        p.services = replace(p.services, door=door_of(url, oidc))
        yield p


@asynccontextmanager
async def visiting(p: Running, address: str = "198.51.100.7") -> AsyncIterator[httpx.AsyncClient]:
    """A browser that has never been here, at this address."""
    transport = httpx.ASGITransport(app_of(p), raise_app_exceptions=False, client=(address, 4711))
    headers = {"accept-language": "en"}
    async with httpx.AsyncClient(transport=transport, base_url=HOST, headers=headers) as client:
        yield client


async def someone(
    p: Running, password: str = PASSWORD, company: int | None = 2, grade: Grade = Grade.OWNER
) -> Account:
    """Registered, with a password, and a member of the company."""
    pool, email = p.services.pool, f"{secrets.token_hex(6)}@example.com"
    number = await credentials.new_person(pool, "Ana Ortiz", "en", "UTC", email)
    assert number is not None
    if password:
        await credentials.set_password(pool, number, await p.services.door.passwords.hash(password))
    if company is not None:
        await people.put_members(pool, [Member(number, company, "Ana Ortiz", "en", "UTC", grade)], wall())
    return await account(p, number)


async def account(p: Running, number: int) -> Account:
    found = await credentials.account(p.services.pool, number)
    assert found is not None
    return found


async def with_totp(p: Running, who: Account) -> str:
    """The secret of an authenticator that was set up."""
    secret = factors.new_secret()
    await credentials.set_totp(p.services.pool, who.id, factors.seal_totp(p.services.door, who.id, secret), 0)
    return secret


def code_of(secret: str, at: datetime | None = None, later: int = 0) -> str:
    step = int((at or wall()).timestamp()) // factors.STEP + later
    return pyotp.TOTP(secret).generate_otp(step)


async def sign_in(client: httpx.AsyncClient, email: str, password: str = PASSWORD) -> httpx.Response:
    sent = form((await client.get("/sign-in")).text, "/sign-in") | {"email": email, "password": password}
    return await client.post("/sign-in", data=sent)


async def signed_in(client: httpx.AsyncClient) -> bool:
    return (await client.get("/security")).status_code == 200


async def letters(p: Running, address: str) -> list[tuple[str, str]]:
    """Subject and body of each letter to this address, oldest first."""
    rows = await p.services.pool.fetch(
        "SELECT subject, body FROM letter WHERE address = $1 ORDER BY id", address
    )
    return [(row["subject"], row["body"]) for row in rows]


async def link_to(p: Running, address: str) -> str:
    """The path that the last letter names."""
    found = re.findall(rf"^{re.escape(HOST)}(/\S+)$", (await letters(p, address))[-1][1], re.MULTILINE)
    assert found
    return str(found[-1])


async def logged(p: Running, who: Account) -> list[str]:
    return [one.what for one in reversed(await credentials.logged(p.services.pool, who.id))]
