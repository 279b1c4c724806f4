"""Two people talk in two real browsers: live, without losing a word, and warned before they pay."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import AXE, DESK, IN_CHROMIUM, PHONE, seated
from tests.browser.serving import Server
from tests.platform import ACTORS
from tradehold.domain import trade_commands as c
from tradehold.domain import trade_events as e
from tradehold.domain.identity import Ref, public_id

pytestmark = IN_CHROMIUM

ELSEWHERE = "Please pay to IBAN GB29 NWBK 6016 1331 9268 19 instead of the platform's account."
HOSTILE = "\u202egnp.exe <b>bold</b> שלום https://evil.example " + "W" * 300 + " Z" + "\u0300" * 200


def url_of(server: Server, trade: Ref, page: str = "/thread") -> str:
    return f"{server.url}/trades/{public_id(trade)}{page}"


def say(server: Server, role: str, trade: Ref, text: str, about: e.About | None = None) -> None:
    server.do(server.platform.do(trade, ACTORS[role], c.SendMessage(text, about=about)))


def box(page: Page) -> Any:
    return page.get_by_label("Your message")


def last(page: Page) -> Any:
    return page.locator(".said").last


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_a_message_appears_at_the_other_side_and_nothing_that_is_typed_is_lost(
    server: Server, browser: Browser, width: int
) -> None:
    trade = server.do(server.platform.draft(title=f"Talk at {width}"))
    size = {"viewport": {"width": width, "height": 900}}
    with (
        seated(server, browser, "buyer", **size) as buyer,
        seated(server, browser, "supplier", **size) as seller,
    ):
        one, two = buyer.new_page(), seller.new_page()
        one.goto(url_of(server, trade))
        two.goto(url_of(server, trade))
        box(two).fill("I was about to say that")
        two.evaluate("window.neverReloaded = true")
        box(one).fill("Which red is it?\nThe label says 1935 D.")
        box(one).press("Control+Enter")
        expect(last(one)).to_contain_text("Which red is it?")
        expect(box(one)).to_have_value("")

        expect(last(two)).to_contain_text("The label says 1935 D.", timeout=10_000)
        expect(box(two)).to_have_value("I was about to say that")
        expect(box(two)).to_be_focused()
        assert two.evaluate("window.neverReloaded") is True
        expect(last(one)).to_contain_text("Read by Lin Wei", timeout=10_000)

        two.reload()
        expect(box(two)).to_have_value("I was about to say that")
        box(two).press("Control+Enter")
        expect(last(one)).to_contain_text("I was about to say that", timeout=10_000)
        expect(box(two)).to_have_value("")
        two.reload()
        expect(box(two)).to_have_value("")
        assert "said=" not in two.url


def test_a_draft_survives_a_quote_and_the_way_to_another_page(server: Server, browser: Browser) -> None:
    trade = server.do(server.platform.draft(title="Drafts"))
    say(server, "supplier", trade, "The cloth is here.")
    with seated(server, browser, "buyer") as buyer:
        page = buyer.new_page()
        page.goto(url_of(server, trade))
        box(page).fill("Half a thought")
        page.get_by_role("link", name="Quote message 1").click()
        expect(box(page)).to_have_value("Half a thought")
        expect(page.get_by_label("About")).to_have_value("message-1")
        page.get_by_role("button", name="Send").click()
        expect(last(page)).to_contain_text("The cloth is here.")
        expect(last(page)).to_contain_text("Half a thought")

        page.goto(url_of(server, trade, ""))
        page.locator("#write > summary").click()
        box(page).fill("On the way home")
        page.goto(url_of(server, trade, ""))
        expect(box(page)).to_be_visible()
        expect(box(page)).to_have_value("On the way home")


def test_the_message_that_is_being_written_on_the_trades_page_survives_what_happens(
    server: Server, browser: Browser
) -> None:
    trade = server.do(server.platform.agreed(title="Half written"))
    with seated(server, browser, "buyer") as buyer:
        page = buyer.new_page()
        page.goto(url_of(server, trade, ""))
        page.locator("#write > summary").click()
        box(page).fill("Before I pay, tell me")
        say(server, "supplier", trade, ELSEWHERE)
        expect(page.locator(".guard.alarmed")).to_contain_text("GB29 NWBK 6016 1331 9268 19", timeout=10_000)
        expect(box(page)).to_have_value("Before I pay, tell me")
        guard = page.locator(".guard.alarmed")
        expect(guard).to_contain_text("DE75 5121 0800 1245 1261 99")
        guard.get_by_text("Why only there?").click()
        expect(guard).to_contain_text("The designated account never changes by a message.")
        pay, account = page.locator("#pay").bounding_box(), page.locator(".slip").bounding_box()
        warned = guard.bounding_box()
        assert pay
        assert account
        assert warned
        assert pay["y"] < warned["y"] < account["y"], "the warning comes before the account"
        guard.get_by_role("link", name="Message of").click()
        expect(page.locator("#message-1 .warned")).to_be_in_viewport()


def test_what_was_in_sight_counts_as_read(server: Server, browser: Browser) -> None:
    trade = server.do(server.platform.draft(title="Counted"))
    for number in range(8):
        say(server, "buyer", trade, f"This is no. {number}.\n" * 6)
    with seated(server, browser, "supplier") as seller:
        page = seller.new_page()
        page.goto(f"{server.url}/trades?query=Counted")
        expect(page.locator("a.count")).to_have_text("8")
        page.locator("a.count").click()
        expect(page.locator(".said").last).to_be_in_viewport()
        expect(page.locator("[data-unread]:visible")).to_have_count(0, timeout=10_000)
        page.goto(f"{server.url}/trades?query=Counted")
        expect(page.locator("a.count")).to_have_count(0)


@pytest.mark.parametrize(("language", "scheme", "width"), [
    ("en", "light", DESK), ("zh", "dark", PHONE), ("en", "dark", PHONE), ("zh", "light", DESK),
])  # fmt: skip
def test_the_thread_keeps_nobody_out_whatever_was_written(
    server: Server, browser: Browser, language: str, scheme: Any, width: int
) -> None:
    """Axe finds no fault, nothing is wider than the screen, and no text leaves its own box."""
    trade = server.do(server.platform.agreed(title=f"Anything {language} {scheme} {width}"))
    for role, text in (("buyer", "Good day."), ("supplier", ELSEWHERE), ("operator", HOSTILE)):
        say(server, role, trade, text, e.About("line", 0))
    options: dict[str, Any] = {"color_scheme": scheme, "reduced_motion": "reduce"}
    options["viewport"] = {"width": width, "height": 900}
    found: dict[str, Any] = {}
    for role in ("buyer", "supplier"):
        with seated(server, browser, role, language, **options) as context:
            page = context.new_page()
            for path in ("/thread", ""):
                page.goto(url_of(server, trade, path))
                for fold in page.locator("details").all():
                    fold.evaluate("one => { one.open = !one.matches('.menu') }")
                page.evaluate(AXE)
                faults = page.evaluate("axe.run().then(found => found.violations)")
                wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
                if faults or wide > 0:
                    found[f"{role} {path}"] = [
                        (fault["id"], [node["html"][:120] for node in fault["nodes"]][:3]) for fault in faults
                    ] or f"{wide} px too wide"
    assert found == {}
