"""A real Chromium: where it is, and what its windows are like."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, CDPSession

from tests.browser.serving import Server
from tradehold.engine.access import COOKIE
from tradehold.web.visit import LANGUAGE_COOKIE

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
ARGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
IN_CHROMIUM = pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed")
AXE = (Path(__file__).parent / "axe.min.js").read_text(encoding="utf-8")
PHONE, DESK = 390, 1280


@contextmanager
def seated(
    server: Server, browser: Browser, role: str = "", language: str = "en", **options: Any
) -> Iterator[BrowserContext]:
    """Somebody's browser, signed in; whatever its console complains of fails the test."""
    options = {"viewport": {"width": DESK, "height": 900}} | options
    context = browser.new_context(**options)
    cookies = [(LANGUAGE_COOKIE, language), *([(COOKIE, server.platform.tokens[role])] if role else [])]
    context.add_cookies([{"name": name, "value": value, "url": server.url} for name, value in cookies])
    complaints: list[str] = []
    context.on(
        "console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None
    )
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    yield context
    context.close()
    assert complaints == []


def authenticator(devtools: CDPSession) -> None:
    """A phone's own, whose user it has verified, and who always agrees."""
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
