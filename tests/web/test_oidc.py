"""Sign-in through an identity provider, against a real one on loopback."""

import secrets
import time
from collections.abc import Callable, Iterator

import httpx
import pytest
from msgspec.structs import replace

from tests.web.door import at_the_door, code_of, logged, someone, visiting, with_totp
from tests.web.pages import form
from tests.web.provider import CLIENT, SECRET, Claims, Provider, provided
from tradehold.engine.access import COOKIE
from tradehold.engine.door import Oidc
from tradehold.store import credentials

NAME = __name__


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with provided() as running:
        yield running


@pytest.fixture(autouse=True)
def honest(provider: Provider) -> None:
    """Every test begins with a provider that does as it should, for a person of its own."""
    email = f"{secrets.token_hex(6)}@example.com"
    provider.claims = {"email": email, "email_verified": True, "name": "Wu Min", "locale": "zh-CN"}
    provider.bend, provider.sign = (lambda claims: claims), provider.by_key


def oidc(provider: Provider) -> Oidc:
    return Oidc(provider.issuer, CLIENT, SECRET, "Example ID")


async def come_back(client: httpx.AsyncClient, to: str = "") -> httpx.Response:
    """What the browser does: to the provider, and back with what it says."""
    away = await client.get("/oidc", params={"next": to})
    assert away.status_code == 303, away.text
    async with httpx.AsyncClient() as outside:
        back = await outside.get(away.headers["location"])
    return await client.get(back.headers["location"])


async def test_somebody_new_comes_in_with_a_verified_e_mail(provider: Provider) -> None:
    async with at_the_door(NAME, oidc=oidc(provider)) as p, visiting(p) as client:
        assert "Sign in with Example ID" in (await client.get("/sign-in")).text
        entered = await come_back(client, "/settings")
        assert (entered.status_code, entered.headers["location"]) == (303, "/settings")
        assert (await client.get("/settings")).status_code == 200
        made = await credentials.account_by_email(p.services.pool, provider.claims["email"])
        assert made is not None
        assert await logged(p, made) == ["signed_in"]
    assert (made.name, made.language, made.password) == ("Wu Min", "zh", "")


async def test_somebody_known_still_shows_our_own_second_factor(provider: Provider) -> None:
    async with at_the_door(NAME, oidc=oidc(provider)) as p, visiting(p) as client:
        who = await someone(p)
        secret = await with_totp(p, who)
        provider.claims["email"] = who.email
        half = await come_back(client)
        assert half.headers["location"] == "/second"
        assert COOKIE not in client.cookies
        assert (await client.post("/second", data={"code": code_of(secret)})).status_code == 303


async def test_what_the_provider_says_of_factors_counts_for_nothing(provider: Provider) -> None:
    async with at_the_door(NAME, oidc=oidc(provider)) as p, visiting(p) as client:
        who = await someone(p)
        provider.claims |= {"email": who.email, "amr": ["mfa", "hwk"], "acr": "high"}
        await come_back(client)
        answer = await client.get("/step-up?next=/trades")
        assert answer.headers["location"] == "/security?first=yes"


BENT: dict[str, Callable[[Claims], Claims]] = {
    "another nonce": lambda claims: claims | {"nonce": "x"},
    "no nonce": lambda claims: {key: value for key, value in claims.items() if key != "nonce"},
    "for another client": lambda claims: claims | {"aud": "else"},
    "for others, too": lambda claims: claims | {"aud": [CLIENT, "else"]},
    "by another issuer": lambda claims: claims | {"iss": "https://id.example.com"},
    "too old": lambda claims: claims | {"exp": int(time.time()) - 600},
    "an e-mail nobody verified": lambda claims: claims | {"email_verified": False},
    "an e-mail verified in a word": lambda claims: claims | {"email_verified": "true"},
    "no e-mail": lambda claims: claims | {"email": None},
}


@pytest.mark.parametrize("how", BENT)
async def test_a_token_that_does_not_hold_opens_nothing(provider: Provider, how: str) -> None:
    provider.bend = BENT[how]
    async with at_the_door(NAME, oidc=oidc(provider)) as p, visiting(p) as client:
        await _shut(await come_back(client), client)


@pytest.mark.parametrize("how", ["by_another_key", "by_shared_secret", "unsigned"])
async def test_only_the_providers_own_signature_counts(provider: Provider, how: str) -> None:
    provider.sign = getattr(provider, how)
    async with at_the_door(NAME, oidc=oidc(provider)) as p, visiting(p) as client:
        await _shut(await come_back(client), client)


async def _shut(answer: httpx.Response, client: httpx.AsyncClient) -> None:
    assert answer.status_code == 403
    assert "Example ID did not sign you in" in answer.text
    assert COOKIE not in client.cookies


async def test_only_the_browser_that_went_away_may_come_back_and_once(provider: Provider) -> None:
    async with at_the_door(NAME, oidc=oidc(provider)) as p, visiting(p) as client, visiting(p) as other:
        away = await client.get("/oidc")
        async with httpx.AsyncClient() as outside:
            back = (await outside.get(away.headers["location"])).headers["location"]
        await other.get("/oidc")
        await _shut(await other.get(back), other)
        assert (await client.get(back)).status_code == 303
        client.cookies.delete(COOKIE)
        await _shut(await client.get(back), client)


async def test_a_provider_that_is_away_or_lies_about_itself_is_a_page(provider: Provider) -> None:
    for issuer in ("http://127.0.0.1:1", "http://id.example.com", f"{provider.issuer}/else"):
        async with at_the_door(NAME, oidc=replace(oidc(provider), issuer=issuer)) as p, visiting(p) as client:
            await _shut(await client.get("/oidc"), client)


async def test_without_a_provider_there_is_no_such_door() -> None:
    async with at_the_door(NAME) as p, visiting(p) as client:
        assert (await client.get("/oidc")).status_code == 404
        assert (await client.get("/oidc/callback?state=x&code=y")).status_code == 404
        assert "/oidc" not in (await client.get("/sign-in")).text


async def test_whoever_came_by_a_provider_sets_a_second_factor_up_just_after(provider: Provider) -> None:
    async with at_the_door(NAME, oidc=oidc(provider)) as p, visiting(p) as client:
        provider.claims["locale"] = "en"
        await come_back(client)
        page = (await client.get("/security")).text
        sent = form(page, "begin-authenticator")
        assert 'class="secret"' in (await client.post("/security/begin-authenticator", data=sent)).text
        await p.services.pool.execute("UPDATE session SET made_at = made_at - interval '1 hour'")
        assert "sign out and sign in once more" in (await client.get("/security")).text
