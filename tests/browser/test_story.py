"""What a person sees, in a real Chromium against a real server: the story of a trade, live."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import AXE, DESK, IN_CHROMIUM, PHONE, seated
from tests.browser.serving import Server
from tests.platform import ACTORS, PAYER, SUPPLIER
from tradehold.domain import approval, company
from tradehold.domain import trade_commands as c
from tradehold.domain.command import RAIL
from tradehold.domain.identity import Kind, Ref, company_ref, public_id, receipt_ref
from tradehold.domain.money import Money
from tradehold.domain.receipt import RecordLine

pytestmark = IN_CHROMIUM


def url_of(server: Server, trade: Ref) -> str:
    return f"{server.url}/trades/{public_id(trade)}"


def headline(page: Page, text: str) -> None:
    expect(page.locator("#now-headline")).to_have_text(
        text.replace("USD ", "USD\N{NO-BREAK SPACE}"), timeout=10_000
    )


def press(page: Page, action: str, button: str, **typed: str) -> None:
    """Opens an action, fills it in and sends it."""
    page.locator(f"#action-{action} > summary").click()
    within = page.locator(f"#action-{action}")
    for label, value in typed.items():
        within.locator(f"[name='{label}']").fill(value)
    for box in within.locator("input[type=checkbox]").all():
        box.check()
    within.get_by_role("button", name=button).click()


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_the_whole_story_is_played_in_two_browsers_and_seen_live(
    server: Server, browser: Browser, width: int
) -> None:
    trade = server.do(server.platform.draft(title=f"Shirts at {width}"))
    size = {"viewport": {"width": width, "height": 900}}
    with (
        seated(server, browser, "buyer", **size) as buyer,
        seated(server, browser, "supplier", **size) as seller,
    ):
        one, two = buyer.new_page(), seller.new_page()
        one.goto(url_of(server, trade))
        two.goto(url_of(server, trade))
        press(one, "confirm-1", "Confirm revision 1")
        headline(one, "You confirmed revision 1. Ningbo Brightwear has not answered yet.")
        headline(two, "Harbour Kids Ltd confirmed revision 1. Once you confirm it too, the contract stands.")
        press(two, "confirm-1", "Confirm revision 1")
        headline(one, "The contract stands. Pay USD 3,780.00 so that production can begin.")

        one.evaluate("window.neverReloaded = true")
        server.do(server.bank.pay(trade, 378_000))
        headline(one, "USD 3,780.00 is held for you while Ningbo Brightwear makes the goods.")
        expect(one.locator(".purse .sum")).to_contain_text("3,780.00")

        headline(two, "USD 3,780.00 is held for your goods. Make them, and report when they are done.")
        press(two, "report_production", "Report")
        headline(one, "The goods are made. Pay USD 8,820.00 so that they can ship.")
        server.do(server.bank.pay(trade, 882_000))
        headline(two, "USD 12,600.00 is held for your goods. Ship them, and show the transport document.")
        day = server.bank.today().isoformat()
        press(two, "ship", "Record the shipment", carrier="MSC Aurora", document="MSCU773", on=day)
        headline(one, "All goods shipped in time. Unless you contest the evidence, the money is released.")
        server.do(server.bank.advance(7))
        headline(one, "USD 12,600.00 is released and on its way to Ningbo Brightwear.")
        server.do(server.bank.bank_day())
        headline(one, "USD 12,600.00 was paid out to Ningbo Brightwear.")
        assert one.evaluate("window.neverReloaded") is True
        wide = one.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, "the page is wider than the screen"


def test_a_form_being_filled_in_survives_what_happens_elsewhere(server: Server, browser: Browser) -> None:
    trade = server.do(server.platform.agreed(title="Half typed"))
    server.do(server.bank.pay(trade, 378_000))
    with seated(server, browser, "supplier") as seller:
        page = seller.new_page()
        page.goto(url_of(server, trade))
        page.locator("#action-note_progress > summary").click()
        page.locator("#action-note_progress textarea").fill("Cutting has")
        server.do(server.platform.do(trade, ACTORS["supplier"], c.NoteProgress("said elsewhere")))
        expect(page.locator(".record")).to_contain_text("said elsewhere", timeout=10_000)
        expect(page.locator("#action-note_progress textarea")).to_have_value("Cutting has")


def test_the_demo_can_be_played_by_its_buttons_alone(server: Server, browser: Browser) -> None:
    trade = server.do(server.platform.agreed(title="By buttons"))
    with seated(server, browser) as anybody:
        page = anybody.new_page()
        page.goto(f"{server.url}/sign-in")
        page.get_by_role("button", name="Sign in as Ana Ortiz").click()
        page.wait_for_url("**/trades")
        page.get_by_role("link", name="By buttons").click()
        page.get_by_role("button", name="Demo: the buyer's bank pays").click()
        headline(page, "USD 3,780.00 is held for you while Ningbo Brightwear makes the goods.")
        before = page.locator(".demo p").inner_text()
        page.get_by_role("button", name="1 day", exact=True).click()
        expect(page.locator(".demo p")).not_to_have_text(before)
        assert page.url == url_of(server, trade)
        page.locator(".menu summary").click()
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url("**/sign-in")


def test_a_trade_is_confirmed_with_the_keyboard_alone(server: Server, browser: Browser) -> None:
    server.do(server.platform.draft(title="By keys"))
    with seated(server, browser, "buyer") as buyer:
        page = buyer.new_page()
        page.goto(f"{server.url}/trades")
        page.keyboard.press("/")
        page.keyboard.type("By keys")
        page.keyboard.press("Enter")
        page.wait_for_url("**query=By+keys**")
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        page.wait_for_url("**/trades/trd_*")
        for _ in range(40):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.matches('a[href^=\"#action-confirm\"]')"):
                break
        page.keyboard.press("Enter")
        expect(page.locator("#action-confirm-1 input[type=checkbox]")).to_be_focused()
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        headline(page, "You confirmed revision 1. Ningbo Brightwear has not answered yet.")
        page.keyboard.press("g")
        page.keyboard.press("t")
        page.wait_for_url("**/trades")


@pytest.fixture(scope="module")
def pages(server: Server) -> list[tuple[str, str]]:
    """Every kind of page, with something on it: (role, path)."""
    p = server.platform
    draft, agreed = server.do(p.draft(title="A draft")), server.do(p.agreed(title="To be paid"))
    ready = server.do(p.ready(title="Ready"))
    line = server.bank.stray(77_700)
    server.do(p.do(receipt_ref(line.account, line.reference), RAIL, RecordLine(line)))
    raised = company.SetLimit(Money(5_000_000_000, "USD"))
    proposal = approval.Propose(company_ref(SUPPLIER), raised, "A good year")
    server.do(p.do(Ref(SUPPLIER, Kind.APPROVAL, 99), ACTORS["operator"], proposal))
    account = company.AddPayoutAccount("USD", PAYER)
    server.do(p.do(company_ref(SUPPLIER), ACTORS["supplier"], account))
    trades = [(draft, "buyer"), (agreed, "buyer"), (ready, "supplier"), (ready, "operator")]
    return [
        *((role, f"/trades/{public_id(ref)}") for ref, role in trades),
        ("buyer", "/trades"), ("buyer", "/trades?query=nothing"), ("buyer", "/trades/new"),
        ("buyer", f"/trades/{public_id(draft)}/revise"), ("supplier", f"/suppliers/{SUPPLIER}"),
        ("operator", f"/suppliers/{SUPPLIER}"), ("second_operator", "/approvals"), ("operator", "/money"),
        ("", "/sign-in"), ("", "/sign-up"), ("", "/forgot"), ("buyer", "/security"), ("buyer", "/settings"),
    ]  # fmt: skip


def _too_wide(page: Page, width: int) -> int:
    page.set_viewport_size({"width": width, "height": 900})
    wide: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return wide


@pytest.mark.parametrize(("language", "scheme", "width"), [
    ("en", "light", DESK), ("zh", "dark", PHONE),
])  # fmt: skip
def test_no_page_keeps_anybody_out(
    server: Server, browser: Browser, pages: list[tuple[str, str]], language: str, scheme: Any, width: int
) -> None:
    """Axe finds no fault, and nothing is wider than the screen."""
    found: dict[str, Any] = {}
    options: dict[str, Any] = {"color_scheme": scheme, "reduced_motion": "reduce"}
    options["viewport"] = {"width": width, "height": 900}
    for role in dict.fromkeys(role for role, _ in pages):
        with seated(server, browser, role, language, **options) as context:
            page = context.new_page()
            for path in (path for one, path in pages if one == role):
                answer = page.goto(server.url + path)
                assert answer is not None
                assert answer.ok, path
                for one in page.locator("details").all():
                    one.evaluate("one => { one.open = !one.matches('.menu') }")
                page.evaluate(AXE)
                faults = page.evaluate("axe.run().then(found => found.violations)")
                wide = max(_too_wide(page, each) for each in (DESK, PHONE, width))
                if faults or wide > 0:
                    found[path] = [
                        (fault["id"], [node["html"][:120] for node in fault["nodes"]][:3]) for fault in faults
                    ] or f"{wide} px too wide"
    assert found == {}
