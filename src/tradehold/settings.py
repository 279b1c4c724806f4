"""What the environment says: where the state lies, which database, and how people and letters find the
platform."""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from tradehold.engine.door import Oidc, SettingsError
from tradehold.store.blobs import BlobUrlError
from tradehold.store.embedded import state_home

_ADDRESS = re.compile(r"https://[^/?#@\s]+|http://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?")


class Settings(msgspec.Struct, frozen=True):
    """`database_url` None: the embedded PostgreSQL under `home`. `files` is where files are kept, a folder or
    an object store's URL; `screening` None: the list that ships; `clamd` the virus scanner's address, "" for
    none. `secret` empty: the one kept in `home`. `url` is the address under which people reach the platform,
    `oidc` an identity provider of its own. `smtp_url` empty: letters are files under `home`; `mail_from` is
    their sender."""

    home: Path
    database_url: str | None
    files: Path | str
    screening: Path | None = None
    clamd: str = ""
    secret: str = ""
    url: str = ""
    oidc: Oidc | None = None
    smtp_url: str = ""
    mail_from: str = ""

    @property
    def mail_folder(self) -> Path:
        return self.home / "mail"


@contextmanager
def reading(setting: str) -> Iterator[None]:
    """Names the setting that cannot be used: raises SettingsError."""
    try:
        yield
    except (ValueError, BlobUrlError, OSError) as error:
        raise SettingsError(f"{setting}: {error}") from error


def settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Raises SettingsError, naming the variable, for one that cannot be meant."""
    url = environ.get("TRADEHOLD_URL", "").rstrip("/")
    if url and not _ADDRESS.fullmatch(url):
        raise SettingsError("TRADEHOLD_URL must be https:// and a host, such as https://trade.example.com")
    home, screening = state_home(environ), environ.get("TRADEHOLD_SCREENING")
    return Settings(
        home,
        environ.get("TRADEHOLD_DATABASE_URL") or None,
        environ.get("TRADEHOLD_FILES_URL") or home / "files",
        Path(screening) if screening else None,
        environ.get("TRADEHOLD_CLAMD", ""),
        environ.get("TRADEHOLD_SECRET", ""),
        url,
        _oidc(environ),
        environ.get("TRADEHOLD_SMTP_URL", ""),
        environ.get("TRADEHOLD_MAIL_FROM", ""),
    )


def _oidc(environ: Mapping[str, str]) -> Oidc | None:
    issuer, client, secret = (
        environ.get(f"TRADEHOLD_OIDC_{name}", "") for name in ("ISSUER", "CLIENT_ID", "CLIENT_SECRET")
    )
    if not issuer:
        return None
    if not client or not secret:
        raise SettingsError(
            "TRADEHOLD_OIDC_ISSUER needs TRADEHOLD_OIDC_CLIENT_ID and _CLIENT_SECRET beside it"
        )
    return Oidc(issuer.rstrip("/"), client, secret, environ.get("TRADEHOLD_OIDC_NAME") or "OpenID")
