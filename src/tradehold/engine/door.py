"""What the platform's front door stands on: its secret, its own address, and what follows from them."""

import base64
import hashlib
import hmac
import os
import secrets
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tradehold.engine.passwords import Passwords

_NONCE = 12  # bytes, as AES-GCM wants them
SHORTEST_SECRET = 32


class SettingsError(ValueError):
    """A setting that cannot be meant; the sentence names its variable."""


class Oidc(msgspec.Struct, frozen=True):
    """An organisation's own identity provider. `name` is what the button on the sign-in page says."""

    issuer: str
    client: str
    secret: str
    name: str


class Door(msgspec.Struct, frozen=True):
    """`url` is the address under which people reach the platform; empty: that of their own request, where it
    is this very machine. Without a secret that is kept, nothing sealed or signed outlives the process."""

    secret: bytes = msgspec.field(default_factory=lambda: secrets.token_bytes(32))
    url: str = ""
    passwords: Passwords = msgspec.field(default_factory=Passwords)
    oidc: Oidc | None = None

    def mark(self, *words: object) -> str:
        """128 bits that stand for the words and that nobody else can compute."""
        text = "\n".join(str(word) for word in words)
        return hmac.digest(self._key("mark"), text.encode("utf-8", "replace"), "sha256")[:16].hex()

    def seal(self, text: str, about: str) -> str:
        """AES-256-GCM; opens only for the same `about`."""
        nonce = secrets.token_bytes(_NONCE)
        sealed = AESGCM(self._key("seal")).encrypt(nonce, text.encode(), about.encode())
        return base64.b64encode(nonce + sealed).decode()

    def unseal(self, sealed: str, about: str) -> str | None:
        """None where it was sealed with another secret, or about something else."""
        raw = base64.b64decode(sealed)
        try:
            return AESGCM(self._key("seal")).decrypt(raw[:_NONCE], raw[_NONCE:], about.encode()).decode()
        except InvalidTag:
            return None

    def address(self, asked: str, trusted: bool = False) -> str | None:
        """The address that letters and passkeys name. `asked` is what the request says; of its host it is
        believed only where nobody but this very machine can have sent it, or where it is `trusted` to be
        harmless: elsewhere a stranger could have letters name his own. None where it is not known."""
        host = urlsplit(asked).hostname or ""
        return self.url or (asked.rstrip("/") if trusted or _loopback(host) else None)

    def _key(self, use: str) -> bytes:
        return hmac.digest(self.secret, use.encode(), "sha256")


def secret_of(given: str, home: Path) -> bytes:
    """The platform's secret: `given`, else what stands in `home`/secret.key, which the first of all processes
    writes. Raises SettingsError for one that could be guessed, OSError where the file cannot be kept."""
    if given:
        if len(given) < SHORTEST_SECRET:
            raise SettingsError(f"TRADEHOLD_SECRET is too short: give at least {SHORTEST_SECRET} characters")
        return hashlib.sha256(given.encode()).digest()
    file = home / "secret.key"
    if not file.exists():
        home.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f"secret.key.{secrets.token_hex(8)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as writing:
            writing.write(secrets.token_bytes(32).hex().encode())
            os.fsync(writing.fileno())
        try:
            os.link(draft, file)  # whole or not at all, and only if nobody else was first
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return bytes.fromhex(file.read_text())


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


class Devices:
    """The browsers on which somebody has signed in before, as a cookie keeps them: each is a mark that only
    this platform can make, and says nothing but that."""

    _MOST = 5  # people who share one browser

    def __init__(self, door: Door, cookie: str) -> None:
        self._door = door
        self._known: dict[int, str] = {}
        for entry in cookie.split("~")[: self._MOST]:
            person, _, rest = entry.partition(".")
            name, _, mark = rest.partition(".")
            if person.isascii() and person.isdigit() and len(person) < 19:
                expected = door.mark("device", int(person), name)
                if hmac.compare_digest(expected.encode(), mark.encode("utf-8", "replace")):
                    self._known[int(person)] = name

    def known(self, person: int) -> str:
        """This browser's name for the person; empty where they have not signed in on it."""
        return self._known.get(person, "")

    def with_person(self, person: int) -> str:
        """The cookie that knows this person, too."""
        names = {person: self._known.get(person) or secrets.token_hex(8)} | self._known
        kept = list(names.items())[: self._MOST]
        return "~".join(f"{who}.{name}.{self._door.mark('device', who, name)}" for who, name in kept)
