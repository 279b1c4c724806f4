"""Two companies that nobody knew this morning: they register with a passkey, are verified by two operators,
confirm a contract and talk; in English, in Chinese, and once with nothing but a keyboard."""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.chromium import IN_CHROMIUM, authenticator
from tests.browser.serving import Server
from tests.web.door import letters
from tradehold.domain.identity import company_ref
from tradehold.engine.access import COOKIE
from tradehold.store import views
from tradehold.web.visit import LANGUAGE_COOKIE

pytestmark = IN_CHROMIUM


class Mouse:
    """One person's hand on one page: fields are found by their names, whatever language the page speaks."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def at(self, where: str) -> Locator:
        return self.page.locator(where).first

    def fill(self, name: str, value: str) -> None:
        self.at(f"[name='{name}']:visible").fill(value)

    def choose(self, name: str, value: str) -> None:
        self.at(f"select[name='{name}']").select_option(value)

    def tick(self, name: str) -> None:
        self.at(f"input[name='{name}']").check()

    def pick(self, name: str, value: str) -> None:
        self.at(f"input[name='{name}'][value='{value}']").check()

    def press(self, where: str) -> None:
        self.at(where).click()


class Keyboard(Mouse):
    """No mouse: Tab leads to everything, letters and arrows choose, Space ticks, Enter presses."""

    def _reach(self, where: str) -> None:
        wanted = self.at(where).element_handle()
        for _ in range(300):
            if self.page.evaluate("wanted => document.activeElement === wanted", wanted):
                return
            self.page.keyboard.press("Tab")
        pytest.fail(f"Tab never reaches {where} on {self.page.url}")

    def fill(self, name: str, value: str) -> None:
        where = f"[name='{name}']:visible"
        self._reach(where)
        if self.at(where).get_attribute("type") == "date":
            year, month, day = value.split("-")
            self.page.keyboard.type(f"{day}{month}{year}")  # as the locale writes it
            return
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.type(value)

    def choose(self, name: str, value: str) -> None:
        where = f"select[name='{name}']"
        self._reach(where)
        self.page.keyboard.press("Home")
        for _ in range(400):
            if self.at(where).input_value() == value:
                return
            self.page.keyboard.press("ArrowDown")
        pytest.fail(f"the arrows never choose {value}")

    def tick(self, name: str) -> None:
        self._reach(f"input[name='{name}']")
        self.page.keyboard.press("Space")

    def pick(self, name: str, value: str) -> None:
        self._reach(f"input[name='{name}']:checked")
        for _ in range(5):
            if self.at(f"input[name='{name}'][value='{value}']").is_checked():
                return
            self.page.keyboard.press("ArrowDown")
        pytest.fail(f"the arrows never pick {value}")

    def press(self, where: str) -> None:
        self._reach(where)
        self.page.keyboard.press("Enter")


@contextmanager
def seat(
    server: Server, browser: Browser, hand: type[Mouse], language: str, role: str = ""
) -> Iterator[Mouse]:
    base = server.url.replace("127.0.0.1", "localhost")
    context = browser.new_context(base_url=base, locale="en-GB", timezone_id="Asia/Shanghai")
    cookies = {LANGUAGE_COOKIE: language} | ({COOKIE: server.platform.tokens[role]} if role else {})
    context.set_default_timeout(10_000)
    context.add_cookies([{"name": name, "value": value, "url": base} for name, value in cookies.items()])
    page = context.new_page()
    authenticator(context.new_cdp_session(page))
    complaints: list[str] = []
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    yield hand(page)
    context.close()
    assert complaints == []


def registered(server: Server, one: Mouse, person: str, **company: str) -> int:
    """Signs up with a passkey and registers a company; its number."""
    page, email = one.page, f"{secrets.token_hex(6)}@example.com"
    page.goto("/sign-up")
    one.fill("name", person)
    one.fill("email", email)
    one.press("main form[action='/sign-up'] button")
    page.wait_for_selector("h1")
    [(_, letter)] = server.do(letters(server.platform, email))
    page.goto(re.findall(r"/choose/\S+", letter)[0])
    one.press("form[data-passkey] button")
    page.wait_for_url("**/companies")
    page.goto("/companies/new")
    one.fill("name", company["name"])
    one.choose("country", company["country"])
    one.fill("registration", company["registration"])
    one.fill("address", "88 Jiangnan Road")
    one.choose("zone", company["zone"])
    one.fill("owners.0.name", f"{person} the Elder")
    one.fill("owners.0.born", "1971-03-02")
    one.fill("owners.0.share", "100")
    one.press("main form[action='/companies/new'] button.primary")
    page.wait_for_url(re.compile(r"/(companies/\d+|trades)"))
    page.goto("/companies")
    told = page.locator("main").inner_text()
    assert company["name"] in told
    numbers: list[int] = server.do(_numbers(server, company["name"]))
    return numbers[-1]


async def _numbers(server: Server, name: str) -> list[int]:
    found = await server.platform.services.pool.fetch(
        "SELECT id FROM company WHERE name = $1 ORDER BY id", name
    )
    return [one["id"] for one in found]


def verified(server: Server, first: Mouse, second: Mouse, company: int, evidence: Path) -> None:
    """One operator records three checks and proposes gold; another agrees."""
    today = server.bank.today()
    for what in ("registration", "bank_account", "on_site"):
        page = first.page
        page.goto(f"/companies/{company}#action-verify")
        page.locator("#action-verify[open]").wait_for()
        first.choose("what", what)
        first.fill("issuer", "Ningbo register")
        first.fill("number", f"no. {what}")
        first.fill("issued", (today - timedelta(days=20)).isoformat())
        page.locator("#action-verify input[type=file]").first.set_input_files(evidence)
        first.press("#action-verify button.primary")
        expect(page.locator("main")).to_contain_text(f"no. {what}")
    first.page.goto(f"/companies/{company}#action-membership")
    first.page.locator("#action-membership[open]").wait_for()
    first.fill("until", (today + timedelta(days=300)).isoformat())
    first.page.locator("#action-membership textarea").fill("Verified by two of us; the fee is paid.")
    first.page.locator("#action-membership form button.button").last.click()
    first.page.wait_for_url("**/approvals*")
    second.page.goto("/approvals")
    second.page.locator("button[value='approve']").first.click()
    second.page.wait_for_load_state()
    server.do(server.platform.services.sweeper.sweep())
    row = server.do(views.row(server.platform.services.pool, company_ref(company)))
    assert row is not None
    assert row.state.limit("USD").granted >= 1_000_000


def drafted(server: Server, buyer: Mouse, supplier: int) -> str:
    """The buyer writes a contract of USD 8,400.00; its address."""
    page, today = buyer.page, server.bank.today()
    page.goto("/trades/new")
    buyer.fill("title", "2,000 cotton shirts")
    buyer.choose("other", str(supplier))
    buyer.fill("lines.0.sku", "TS-1")
    buyer.fill("lines.0.description", "Shirt, organic cotton, 200 gsm")
    buyer.fill("lines.0.quantity", "2000")
    buyer.fill("lines.0.unit_price", "4.20")
    buyer.choose("market", "US")
    buyer.fill("requirements.0.text", "Fabric weight: 200 gsm ±5 %")
    buyer.pick("inspection.by", "waiver")
    buyer.fill("inspection.reason", "Our own people see the goods before they are packed.")
    buyer.fill("ship_by.on", (today + timedelta(days=60)).isoformat())
    buyer.fill("place", "Ningbo")
    buyer.fill("zone", "Asia/Shanghai")
    buyer.press("main form.contract #review button.primary")
    page.wait_for_url(re.compile(r"/trades/trd_\w+$"))
    return page.url.rpartition("localhost")[2].partition("/")[2]


def confirmed(one: Mouse, trade: str) -> None:
    page = one.page
    page.goto(f"/{trade}#action-confirm-1")
    page.locator("#action-confirm-1[open]").wait_for()
    one.tick("known")
    for box in page.locator("#action-confirm-1 input[name^='risk.']").all():
        one.tick(str(box.get_attribute("name")))
    one.press("#action-confirm-1 form button.button")
    page.wait_for_url(re.compile(f"/{trade}"))


def said(one: Mouse, trade: str, words: str) -> None:
    one.page.goto(f"/{trade}/thread")
    one.fill("text", words)
    one.press(".composer-send button")
    expect(one.page.locator("main")).to_contain_text(words)


@pytest.mark.parametrize(
    ("hand", "language"), [(Mouse, "en"), (Mouse, "zh"), (Keyboard, "en")], ids=["en", "zh", "keyboard"]
)
def test_two_newcomers_come_to_trade(
    server: Server, browser: Browser, hand: type[Mouse], language: str, tmp_path: Path
) -> None:
    evidence = tmp_path / "extract.txt"
    evidence.write_text("Seen in the register, and found in order.\n")
    mark = secrets.token_hex(3).upper()
    with (
        seat(server, browser, hand, language) as buyer,
        seat(server, browser, hand, language) as seller,
        seat(server, browser, Mouse, language, "operator") as first,
        seat(server, browser, Mouse, language, "second_operator") as second,
    ):
        supplier = registered(
            server, seller, "Wu Min", name=f"Ningbo Newcomer {mark} Co., Ltd.", country="CN",
            registration="91110000600037341L", zone="Asia/Shanghai",
        )  # fmt: skip
        registered(
            server, buyer, "Ana Ortiz", name=f"Harbour {mark} Inc.", country="US", registration="91-1144442",
            zone="America/Los_Angeles",
        )  # fmt: skip
        verified(server, first, second, supplier, evidence)
        trade = drafted(server, buyer, supplier)
        confirmed(buyer, trade)
        confirmed(seller, trade)
        said(buyer, trade, "When do you begin to cut?")
        said(seller, trade, "星期一开始裁剪。")
        buyer.page.goto(f"/{trade}/thread")
        expect(buyer.page.locator("main")).to_contain_text("星期一开始裁剪。")
        expect(buyer.page.locator("html")).to_have_attribute("lang", language)
