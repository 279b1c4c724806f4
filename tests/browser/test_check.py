"""What anybody may have looked at, in a real browser: live as it is typed, and fit to read."""

from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chromium import AXE, DESK, IN_CHROMIUM, PHONE, seated
from tests.browser.serving import Server

pytestmark = IN_CHROMIUM


def test_gaps_appear_as_lines_are_typed_and_go_as_they_are_mended(server: Server, browser: Browser) -> None:
    with seated(server, browser) as context:
        page = context.new_page()
        page.goto(f"{server.url}/check")
        page.evaluate("window.neverReloaded = true")
        box = page.get_by_label("Requirements, one a line")
        box.press_sequentially("good quality")
        expect(page.locator("mark").first).to_have_text("good quality")
        expect(page.locator("#look-status")).to_have_text("0 lines can be decided as they stand, 1 is open")
        expect(box).to_be_focused()
        page.get_by_label("What are the goods?").select_option("toys")
        page.get_by_label("Germany").check()
        expect(page.get_by_role("heading", name="Rules of the markets")).to_be_visible()
        box.fill("Colour Pantone 1935 D")
        expect(page.locator("#verdict")).to_have_text("Every line can be decided as it stands")
        assert page.evaluate("window.neverReloaded") is True


def test_a_plan_follows_the_form_and_its_address_leads_back_to_it(server: Server, browser: Browser) -> None:
    with seated(server, browser) as context:
        page = context.new_page()
        page.goto(f"{server.url}/plan")
        page.get_by_label("Pieces in the lot").fill("500")
        page.get_by_label("AQL, major").select_option("1.5")
        expect(page.locator("#planned-title")).to_have_text("Inspect 50 pieces of 500")
        expect(page.locator(".plan-link")).to_contain_text("lot=500")
        page.wait_for_url("**/plan?lot=500&**major=1.5**")
        page.reload()
        expect(page.get_by_label("Pieces in the lot")).to_have_value("500")
        expect(page.locator(".plan-classes")).to_contain_text("AQL 1.5")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [DESK, PHONE])
def test_the_pages_are_fit_to_read(
    server: Server, browser: Browser, width: int, language: str, scheme: str
) -> None:
    options: dict[str, Any] = {"color_scheme": scheme, "reduced_motion": "reduce"}
    options["viewport"] = {"width": width, "height": 900}
    found: dict[str, Any] = {}
    with seated(server, browser, "", language, **options) as context:
        page = context.new_page()
        for path in ("/check", "/check?example", "/plan", "/plan?lot=3&minor=40"):
            page.goto(f"{server.url}{path}")
            for fold in page.locator("details").all():
                fold.evaluate("one => { one.open = true }")
            page.evaluate(AXE)
            faults = page.evaluate("axe.run().then(found => found.violations)")
            wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            if faults or wide > 0:
                found[path] = [
                    (fault["id"], [node["html"][:150] for node in fault["nodes"]][:3]) for fault in faults
                ] or f"{wide} px too wide"
    assert found == {}
