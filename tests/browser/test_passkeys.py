"""Passkeys in a real Chromium with an authenticator of its own: made, signed in with, shown for money.

WebAuthn wants a name for a host, so the pages are visited as localhost."""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import IN_CHROMIUM, authenticator
from tests.browser.serving import Server
from tests.platform import SUPPLIER
from tests.web.door import PASSWORD, account, letters, someone
from tradehold.domain.identity import company_ref
from tradehold.store import views

pytestmark = IN_CHROMIUM


@contextmanager
def visiting(server: Server, browser: Browser) -> Iterator[Page]:
    base = server.url.replace("127.0.0.1", "localhost")
    context = browser.new_context(base_url=base, locale="en-GB", timezone_id="Asia/Shanghai")
    page = context.new_page()
    authenticator(context.new_cdp_session(page))
    complaints: list[str] = []
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    yield page
    context.close()
    assert complaints == []


def test_a_passkey_is_made_opens_the_door_alone_and_counts_before_money_moves(
    server: Server, browser: Browser
) -> None:
    who = server.do(someone(server.platform, company=SUPPLIER))
    with visiting(server, browser) as page:
        page.goto("/sign-in")
        page.get_by_label("E-mail").fill(who.email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        expect(page).to_have_url(f"{_base(server)}/trades")

        page.goto("/security")
        page.get_by_label("Its name").fill("office laptop")
        page.get_by_role("button", name="Add a passkey").click()
        expect(page.locator(".codes li")).to_have_count(10)
        expect(page.locator("#passkeys")).to_contain_text("office laptop")

        page.locator(".menu summary").click()
        page.get_by_role("button", name="Sign out", exact=True).click()
        page.wait_for_url("**/sign-in")
        page.get_by_role("button", name="Sign in with a passkey").click()
        expect(page).to_have_url(f"{_base(server)}/trades")

        server.do(_forget(server, who.id))
        page.goto(f"/companies/{SUPPLIER}")
        page.locator("#action-account summary").click()
        page.get_by_label("IBAN or account number").fill("CN77000999111")
        page.get_by_role("button", name="Add the account").click()
        page.get_by_role("link", name="Show your second factor").click()
        page.get_by_role("button", name="Use a passkey").click()
        page.get_by_role("button", name="Go on").click()
        expect(page.locator(".accounts")).to_contain_text("CN77000999111")
    row = server.do(views.row(server.platform.services.pool, company_ref(SUPPLIER)))
    assert row is not None
    assert row.state.accounts[-1].party.account == "CN77000999111"
    assert server.do(account(server.platform, who.id)).passkeys == 1


def test_somebody_new_chooses_a_passkey_and_never_has_a_password(server: Server, browser: Browser) -> None:
    email = f"{secrets.token_hex(6)}@example.com"
    with visiting(server, browser) as page:
        page.goto("/sign-up")
        expect(page.get_by_label("Time zone")).to_have_value("Asia/Shanghai")
        page.get_by_label("E-mail").fill(email)
        page.get_by_label("Your name").fill("Wu Min")
        page.get_by_role("button", name="Send me the link").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Look into your mail")
        [(_, letter)] = server.do(letters(server.platform, email))
        page.goto(re.findall(r"/choose/\S+", letter)[0])
        page.get_by_role("button", name="Make a passkey").click()
        expect(page).to_have_url(f"{_base(server)}/companies")  # of no company yet
        page.goto("/security")
        expect(page.locator("#passkeys")).to_contain_text("First passkey")
        expect(page.locator("#password")).to_contain_text("You have none.")


def test_a_passkey_of_elsewhere_is_not_known_and_the_page_says_so(server: Server, browser: Browser) -> None:
    with visiting(server, browser) as page:
        page.goto("/sign-in")
        page.get_by_role("button", name="Sign in with a passkey").click()
        expect(page.get_by_role("alert")).to_contain_text("The passkey did not answer", timeout=15_000)
        expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_enabled()


def _base(server: Server) -> str:
    return server.url.replace("127.0.0.1", "localhost")


async def _forget(server: Server, person: int) -> None:
    """The second factor was shown long ago."""
    sql = "UPDATE session SET fresh_until = now() - interval '1 minute' WHERE person_id = $1"
    await server.platform.services.pool.execute(sql, person)
