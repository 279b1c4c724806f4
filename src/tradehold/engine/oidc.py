"""Sign-in through an organisation's own identity provider (OpenID Connect Core 1.0): code flow with PKCE.

An extra: `pip install tradehold[oidc]`. The provider says who somebody is, and nothing of a second factor:
its `amr` and `acr` are not read, so that the step-up before money moves stays the platform's own.
"""

import secrets
import warnings
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import msgspec

from tradehold.engine.door import Oidc
from tradehold.engine.signin import begin_ticket, take_ticket
from tradehold.store.database import Pool

_LASTS = timedelta(minutes=10)
_TIMEOUT = 10  # seconds
_SCOPE = "openid email profile"
# Signatures by the provider's private key only: with a shared secret we could forge them ourselves.
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]


class OidcError(Exception):
    """The provider cannot be used, or what it said is not good enough; the sentence is for the log."""


class Identity(msgspec.Struct, frozen=True):
    """Whom the provider has verified."""

    email: str
    name: str
    locale: str


class _Flow(msgspec.Struct, frozen=True):
    verifier: str
    nonce: str
    next: str


class _Provider(msgspec.Struct, frozen=True):
    """OpenID Connect Discovery 1.0, section 3, as far as it is used."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


def _client(oidc: Oidc, redirect: str) -> Any:
    try:
        # It has no types, and speaks of httpx's successor whenever it is imported.
        from authlib.deprecate import AuthlibDeprecationWarning  # type: ignore[import-untyped]

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", AuthlibDeprecationWarning)
            from authlib.integrations.httpx_client import (  # type: ignore[import-untyped]
                AsyncOAuth2Client,
            )
    except ImportError:
        raise OidcError("sign-in by OpenID Connect needs its extra: pip install 'tradehold[oidc]'") from None
    return AsyncOAuth2Client(
        oidc.client, oidc.secret, scope=_SCOPE, redirect_uri=redirect, code_challenge_method="S256",
        timeout=_TIMEOUT,
    )  # fmt: skip


async def begin(pool: Pool, oidc: Oidc, redirect: str, to: str, now: datetime) -> tuple[str, str]:
    """The provider's address to go to, and the state that must come back from there with this browser.
    `to`: where to go in the end. Raises OidcError."""
    async with _client(oidc, redirect) as client:
        provider = await _discover(client, oidc.issuer)
        flow = _Flow(secrets.token_urlsafe(48), secrets.token_urlsafe(32), to)
        state = await begin_ticket(pool, "oidc", 0, flow, _LASTS, now)
        address, _ = client.create_authorization_url(
            provider.authorization_endpoint, state=state, nonce=flow.nonce, code_verifier=flow.verifier
        )
    return str(address), state


async def finish(
    pool: Pool, oidc: Oidc, redirect: str, state: str, code: str, now: datetime
) -> tuple[Identity, str] | None:
    """Who came back, and where they wanted to go; None for a state that is unknown, used or too old. Raises
    OidcError."""
    ticket = await take_ticket(pool, "oidc", state, now)
    if ticket is None:
        return None
    flow = msgspec.json.decode(ticket.data, type=_Flow)
    async with _client(oidc, redirect) as client:
        provider = await _discover(client, oidc.issuer)
        try:
            tokens = await client.fetch_token(
                provider.token_endpoint,
                grant_type="authorization_code",
                code=code,
                code_verifier=flow.verifier,
            )
        except Exception as error:  # whatever the provider answered, or did not
            raise OidcError(f"the provider gave no token: {error}") from error
        keys = await _json(client, provider.jwks_uri)
    claims = _claims(str(tokens.get("id_token", "")), keys, provider.issuer, oidc.client, flow.nonce, now)
    return _identity(claims), flow.next


async def _discover(client: Any, issuer: str) -> _Provider:
    found = await _json(client, f"{issuer}/.well-known/openid-configuration")
    try:
        provider = msgspec.convert(found, _Provider)
    except msgspec.ValidationError as error:
        raise OidcError(f"the provider's configuration cannot be used: {error}") from error
    if provider.issuer.rstrip("/") != issuer:
        raise OidcError(f"the provider calls itself {provider.issuer}, and not {issuer}")
    return provider


async def _json(client: Any, address: str) -> Any:
    host = urlsplit(address).hostname
    if not address.startswith("https://") and host not in ("localhost", "127.0.0.1", "::1"):
        raise OidcError(f"{address} is not encrypted")
    try:
        answer = await client.request("GET", address, withhold_token=True)
        answer.raise_for_status()
        return answer.json()
    except Exception as error:  # a network, a provider and a parser can all fail here
        raise OidcError(f"{address} cannot be read: {error}") from error


def _claims(token: str, keys: Any, issuer: str, client: str, nonce: str, now: datetime) -> dict[str, Any]:
    """The claims of the id_token (OpenID Connect Core 1.0, 3.1.3.7)."""
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    rules = jwt.JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=60,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": client},
        exp={"essential": True},
        iat={"essential": True},
        sub={"essential": True},
        nonce={"essential": True, "value": nonce},
    )
    try:
        decoded = jwt.decode(token, KeySet.import_key_set(keys), algorithms=_ALGORITHMS)
        rules.validate(decoded.claims)
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise OidcError(f"the id_token does not hold: {error!r}") from error
    claims: dict[str, Any] = decoded.claims
    if len(_listed(claims["aud"])) > 1 and claims.get("azp") != client:
        raise OidcError("the id_token was made for others, too")
    return claims


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _identity(claims: dict[str, Any]) -> Identity:
    email = claims.get("email")
    if claims.get("email_verified") is not True or not isinstance(email, str) or "@" not in email:
        raise OidcError("the provider has not verified an e-mail")
    name = claims.get("name") or claims.get("preferred_username") or email
    return Identity(email, str(name)[:120], str(claims.get("locale") or "")[:2].lower())
