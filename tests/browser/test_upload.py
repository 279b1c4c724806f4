"""Uploads as a person on a bad line lives through them: a real Chromium, and a line that is cut."""

import hashlib
import os
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import AXE, IN_CHROMIUM, PHONE, seated
from tests.browser.serving import Server
from tests.platform import BUYER, OTHER_BUYER
from tradehold.engine.access import COOKIE

pytestmark = IN_CHROMIUM

MB = 2**20


def made(folder: Path, name: str, size: int) -> tuple[Path, str]:
    """A text of this size, and its SHA-256."""
    body = os.urandom(16).hex().encode() + b"." * (size - 32)
    path = folder / name
    path.write_bytes(body)
    return path, hashlib.sha256(body).hexdigest()


class Line:
    """The browser's line: so many megabytes a second, that there is a middle to cut it in."""

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)
        self._session.send("Network.enable")

    def carries(self, megabytes: int) -> None:
        """0: it is cut."""
        self._session.send("Network.emulateNetworkConditions", {
            "offline": not megabytes, "latency": 2, "downloadThroughput": -1,
            "uploadThroughput": megabytes * MB or -1,
        })  # fmt: skip


def percent(page: Page) -> int:
    return int(page.locator(".uploads progress").evaluate("bar => bar.value"))


def wait_for(page: Page, least: int) -> None:
    page.wait_for_function(
        "least => [...document.querySelectorAll('.uploads progress')].some((bar) => bar.value >= least)",
        arg=least,
        timeout=30_000,
    )


def opened(server: Server, browser: Browser, role: str) -> Page:
    """The library on a telephone, where the console may complain: of a cut line, of a file refused."""
    context = browser.new_context(viewport={"width": PHONE, "height": 900})
    context.add_cookies([{"name": COOKIE, "value": server.platform.tokens[role], "url": server.url}])
    page = context.new_page()
    page.goto(f"{server.url}/files")
    return page


def test_a_large_file_survives_a_cut_line_and_arrives_whole(
    server: Server, browser: Browser, tmp_path: Path
) -> None:
    path, sha256 = made(tmp_path, "inspection film.txt", 30 * MB)
    page = opened(server, browser, "other_buyer")
    line = Line(page)
    line.carries(8)
    page.locator("[data-upload]").set_input_files(path)
    wait_for(page, 20)
    line.carries(0)
    expect(page.locator(".uploads [data-state]")).to_have_text("The line is down. It goes on by itself.")
    before = percent(page)
    assert 20 <= before < 100
    line.carries(1000)
    expect(page.locator(".library")).to_contain_text("inspection film.txt", timeout=30_000)
    files = server.platform.services.files
    held = server.do(files.held(sha256, OTHER_BUYER))
    assert held
    assert held.size == 30 * MB
    page.context.close()


def test_after_a_reload_the_same_file_goes_on_where_it_stopped(
    server: Server, browser: Browser, tmp_path: Path
) -> None:
    path, sha256 = made(tmp_path, "packing list.txt", 20 * MB)
    with seated(server, browser, "buyer", viewport={"width": PHONE, "height": 900}) as context:
        page = context.new_page()
        page.goto(f"{server.url}/files")
        line = Line(page)
        line.carries(8)
        page.locator("[data-upload]").set_input_files(path)
        wait_for(page, 45)
        page.goto(f"{server.url}/trades")
        page.goto(f"{server.url}/files")
        expect(page.locator("[data-upload-unfinished]")).to_contain_text("packing list.txt")
        sent: list[int] = []
        page.on("request", lambda one: sent.append(1) if one.method == "PATCH" else None)
        line.carries(1000)
        page.locator("[data-upload]").set_input_files(path)
        expect(page.locator(".library")).to_contain_text("packing list.txt", timeout=30_000)
        assert 1 <= len(sent) <= 4  # of five slices some had arrived before
        assert page.evaluate("Object.keys(localStorage).length") == 0
        assert server.do(server.platform.services.files.held(sha256, BUYER))


def test_several_files_by_keyboard_one_of_them_left_out_and_one_refused(
    server: Server, browser: Browser, tmp_path: Path
) -> None:
    good, bad, large = (
        made(tmp_path, name, size)[0]
        for name, size in (("label.txt", 2000), ("virus.exe", 2000), ("slow.txt", 20 * MB))
    )
    page = opened(server, browser, "buyer")
    Line(page).carries(2)
    page.locator("[data-upload]").set_input_files([good, bad, large])
    expect(page.locator(".uploads .arrived")).to_contain_text("label.txt")
    expect(page.locator(".uploads .failed")).to_contain_text("Files of this type are not taken.")
    expect(page.locator("[data-upload-said]")).to_contain_text("virus.exe was not taken: Files of this")
    wait_for(page, 5)
    page.evaluate(AXE)
    found = page.evaluate("axe.run().then((all) => all.violations.map((one) => one.id))")
    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    for name in ("slow.txt", "virus.exe"):
        page.get_by_role("button", name=f"Leave out {name}").focus()
        page.keyboard.press("Enter")
    expect(page.locator(".uploads .file")).to_have_count(1)
    page.get_by_role("button", name="Add to the library").click()
    expect(page.locator(".library")).to_contain_text("label.txt")
    expect(page.locator(".uploads .file")).to_have_count(0)
    page.context.close()


def test_a_form_sent_too_early_waits_for_its_files(server: Server, browser: Browser, tmp_path: Path) -> None:
    path, sha256 = made(tmp_path, "early.txt", 12 * MB)
    page = opened(server, browser, "buyer")
    page.locator("[data-upload]").evaluate("input => delete input.dataset.alone")
    Line(page).carries(4)
    page.locator("[data-upload]").set_input_files(path)
    wait_for(page, 5)
    page.get_by_role("button", name="Add to the library").click()
    said = page.locator("[data-upload-said]")
    expect(said).to_have_text("The form goes off as soon as all files have arrived.")
    expect(page.locator(".library")).to_contain_text("early.txt", timeout=30_000)
    assert server.do(server.platform.services.files.held(sha256, BUYER))
    page.context.close()
