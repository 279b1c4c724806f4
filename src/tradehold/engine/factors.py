"""The second factors that are typed: codes of an authenticator app (RFC 6238), and recovery codes."""

import hmac
import re
import secrets
from datetime import datetime

import pyotp

from tradehold.engine.door import Door
from tradehold.store import credentials
from tradehold.store.credentials import Account
from tradehold.store.database import Pool

STEP = 30  # seconds that a code is shown
CODES = 10  # recovery codes at a time
_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's: nothing that is mistaken for something else
_LENGTH = 12  # of a recovery code: 60 bits
_MISREAD = str.maketrans("oil", "011")


def new_secret() -> str:
    """160 random bits, in base32."""
    return pyotp.random_base32()


def totp_address(secret: str, email: str) -> str:
    """What the QR code says to an authenticator app."""
    return pyotp.TOTP(secret).provisioning_uri(name=email or "Tradehold", issuer_name="Tradehold")


def step_of(secret: str, code: str, now: datetime, used: int = 0) -> int | None:
    """The time step whose code this is: the present one or a neighbour, for clocks that differ, and later
    than `used`."""
    code, current, found = re.sub(r"\s", "", code), int(now.timestamp()) // STEP, None
    for step in (current - 1, current, current + 1):
        expected = pyotp.TOTP(secret).generate_otp(step)
        if hmac.compare_digest(expected.encode(), code.encode("utf-8", "replace")) and step > used:
            found = step
    return found


def seal_totp(door: Door, person: int, secret: str) -> str:
    return door.seal(secret, f"totp {person}")


async def new_codes(pool: Pool, door: Door, person: int) -> list[str]:
    """Ten fresh recovery codes in place of all before; what comes back is seen this once."""
    made = ["".join(secrets.choice(_LETTERS) for _ in range(_LENGTH)) for _ in range(CODES)]
    await credentials.put_codes(pool, person, [_hash(door, person, code) for code in made])
    return [f"{code[:4]}-{code[4:8]}-{code[8:]}" for code in made]


def _hash(door: Door, person: int, code: str) -> bytes:
    return bytes.fromhex(door.mark("recovery", person, code))


async def use_code(pool: Pool, door: Door, account: Account, code: str, now: datetime) -> str | None:
    """Which factor the typed code was, `totp` or `recovery`; it does not count again. None for neither."""
    if account.totp and re.fullmatch(r"(\s*[0-9]){6}\s*", code):
        secret = door.unseal(account.totp, f"totp {account.id}")
        step = step_of(secret, code, now, account.totp_step) if secret else None
        used = step is not None and await credentials.use_totp_step(pool, account.id, step)
        return "totp" if used else None
    plain = re.sub(r"[^0-9a-z]", "", code.lower()).translate(_MISREAD)
    if len(plain) == _LENGTH and await credentials.use_code(pool, account.id, _hash(door, account.id, plain)):
        return "recovery"
    return None
