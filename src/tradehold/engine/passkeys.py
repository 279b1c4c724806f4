"""Passkeys (WebAuthn Level 3). Each challenge is a ticket that works once."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import msgspec
from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from tradehold.engine.door import Door
from tradehold.store import credentials
from tradehold.store.credentials import Passkey
from tradehold.store.database import Pool

_LASTS = timedelta(minutes=10)
_BROKEN = (WebAuthnException, ValueError, TypeError, KeyError, AttributeError, IndexError)
MOST = 20  # passkeys of one person


class Asked(msgspec.Struct, frozen=True):
    """What a browser's script needs: the options for its authenticator, and the challenge's own token."""

    token: str
    options: Any


class _Challenge(msgspec.Struct, frozen=True):
    challenge: str
    use: str


def _relying(url: str) -> str:
    return urlsplit(url).hostname or ""


async def _ask(pool: Pool, person: int, use: str, challenge: bytes, json: str, now: datetime) -> Asked:
    kept = msgspec.json.encode(_Challenge(bytes_to_base64url(challenge), use)).decode()
    token = await credentials.put_ticket(pool, "challenge", person, kept, _LASTS, now)
    return Asked(token, msgspec.Raw(json.encode()))


async def ask_to_enrol(
    pool: Pool, door: Door, url: str, person: int, name: str, email: str, now: datetime
) -> Asked:
    """`person` 0: for somebody who is about to become one."""
    known = [PublicKeyCredentialDescriptor(id=one.id) for one in await credentials.passkeys(pool, person)]
    options = generate_registration_options(
        rp_id=_relying(url),
        rp_name="Tradehold",
        user_id=bytes.fromhex(door.mark("passkey", person or email)),
        user_name=email or name,
        user_display_name=name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=known,
    )
    return await _ask(pool, person, "enrol", options.challenge, options_to_json(options), now)


async def enrol(
    pool: Pool, url: str, person: int, asked: str, answer: str, name: str, now: datetime
) -> Passkey | None:
    """The new passkey, not stored yet; None where the answer is not one to what was asked."""
    challenge = await _challenge(pool, asked, {person}, "enrol", now)
    if challenge is None:
        return None
    try:
        made = verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=_relying(url),
            expected_origin=url,
            require_user_verification=True,
        )
    except _BROKEN:
        return None
    return Passkey(
        made.credential_id, person, made.credential_public_key, made.sign_count, name[:60], now, None
    )


async def ask_to_show(pool: Pool, url: str, person: int, now: datetime) -> Asked:
    """`person` 0: any passkey that the browser has for this platform."""
    known = [PublicKeyCredentialDescriptor(id=one.id) for one in await credentials.passkeys(pool, person)]
    options = generate_authentication_options(
        rp_id=_relying(url),
        allow_credentials=known if person else None,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return await _ask(pool, person, "show", options.challenge, options_to_json(options), now)


async def shown(pool: Pool, url: str, asked: str, answer: str, person: int, now: datetime) -> Passkey | None:
    """The passkey that answered, whose user it verified; None where none did. `person` as it was asked for.
    A counter that does not grow is that of a copy (WebAuthn, 6.1.1)."""
    challenge = await _challenge(pool, asked, {person}, "show", now)
    one = await credentials.passkey(pool, _id_in(answer)) if challenge else None
    if challenge is None or one is None or person not in (0, one.person):
        return None
    try:
        verified = verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=_relying(url),
            expected_origin=url,
            credential_public_key=one.public_key,
            credential_current_sign_count=one.uses,
            require_user_verification=True,
        )
    except _BROKEN:
        return None
    return one if await credentials.use_passkey(pool, one, verified.new_sign_count, now) else None


async def _challenge(pool: Pool, asked: str, people: set[int], use: str, now: datetime) -> bytes | None:
    ticket = await credentials.take_ticket(pool, "challenge", asked, now)
    if ticket is None or ticket.person not in people:
        return None
    kept = msgspec.json.decode(ticket.data, type=_Challenge)
    return base64url_to_bytes(kept.challenge) if kept.use == use else None


class _Answer(msgspec.Struct):
    rawId: str


def _id_in(answer: str) -> bytes:
    try:
        return base64url_to_bytes(msgspec.json.decode(answer, type=_Answer).rawId)
    except (msgspec.MsgspecError, ValueError):
        return b""
