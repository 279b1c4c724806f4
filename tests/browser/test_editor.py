"""The contract editor in Chromium: gaps arrive while somebody types and move nothing, a draft outlives its
tab, and the example that the platform was made after is written to the last gap with nothing but a keyboard.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.chromium import AXE, DESK, IN_CHROMIUM, PHONE, seated
from tests.browser.serving import Server
from tests.filesamples import PDF
from tests.platform import SUPPLIER

pytestmark = IN_CHROMIUM
SOON = 10_000  # milliseconds


@contextmanager
def writing(
    server: Server, browser: Browser, language: str = "en", width: int = DESK, scheme: str = "light"
) -> Iterator[Page]:
    """A buyer's empty editor."""
    viewport = {"width": width, "height": 900}
    with seated(
        server, browser, "buyer", language, base_url=server.url, viewport=viewport, color_scheme=scheme
    ) as context:
        context.set_default_timeout(SOON)
        page = context.new_page()
        page.goto("/trades/new")
        yield page


def row(page: Page, number: int) -> Locator:
    return page.locator("[data-row]").nth(number - 1)


def text(page: Page, number: int) -> Locator:
    return row(page, number).locator("textarea")


def texts(page: Page) -> list[str]:
    found: list[str] = page.eval_on_selector_all("[data-row] textarea", "all => all.map(one => one.value)")
    return [one for one in found if one]


def caret(page: Page) -> list[object]:
    """Which row is being typed in, where in it, and where that is on the screen."""
    found: list[object] = page.evaluate(
        "(e => [e.closest('[data-row]')?.dataset.row, e.selectionStart,"
        " Math.round(e.getBoundingClientRect().top)])(document.activeElement)"
    )
    return found


def kept(page: Page) -> None:
    """The server has heard of everything that was typed."""
    with page.expect_response("**/trades/new/check"):
        pass
    expect(page.locator("#part-saved[data-version]")).to_have_count(1)


def test_gaps_arrive_while_one_types_and_move_nothing(server: Server, browser: Browser) -> None:
    with writing(server, browser) as page:
        text(page, 1).click()
        page.keyboard.type("Good quality")
        expect(row(page, 1).locator(".gap")).to_contain_text("can be read in two ways")
        expect(row(page, 1).locator("mark")).to_have_text("Good quality")
        page.keyboard.press("Enter")
        page.keyboard.type("Fabric weight: 200 gsm")
        page.keyboard.press("Home")
        page.keyboard.press("ArrowRight")
        before = caret(page)
        expect(row(page, 2).locator(".gap")).to_contain_text("without a tolerance")
        assert caret(page) == before
        page.keyboard.press("End")
        page.keyboard.type(" ±5 %")
        expect(row(page, 2).locator(".gap")).to_have_count(0)
        expect(row(page, 2).locator(".chip.value")).to_have_text("200 g/m² ±5 %")
        assert texts(page) == ["Good quality", "Fabric weight: 200 gsm ±5 %"]
        expect(page.locator("#part-sum")).to_contain_text("1 gap in 2 requirements")


def test_rows_are_lines_of_a_page(server: Server, browser: Browser) -> None:
    with writing(server, browser) as page:
        text(page, 1).click()
        page.keyboard.type("onetwo")
        for _ in range(3):
            page.keyboard.press("ArrowLeft")
        page.keyboard.press("Enter")
        assert texts(page) == ["one", "two"]
        page.keyboard.press("Alt+ArrowUp")
        assert texts(page) == ["two", "one"]
        page.keyboard.press("End")
        page.keyboard.type("!")
        page.keyboard.press("Control+ArrowDown")
        assert texts(page) == ["one", "two!"]
        page.keyboard.press("Enter")
        count = page.locator("[data-row]").count()
        page.keyboard.press("Backspace")
        assert page.locator("[data-row]").count() == count - 1
        page.keyboard.type("?")
        assert texts(page) == ["one", "two!?"]
        page.keyboard.press("Home")
        page.keyboard.press("ArrowUp")
        page.keyboard.type("+")
        assert texts(page) == ["one+", "two!?"]


@pytest.mark.parametrize(
    ("pasted", "there"),
    [
        ("Zip: YKK\nColour: Pantone 1935 D\n", ["Zip: YKK", "Colour: Pantone 1935 D"]),
        ("Zip\tYKK\nWeight\t200 gsm\t±5 %", ["Zip: YKK", "Weight: 200 gsm ±5 %"]),
        ("Zip,YKK\nColour,Pantone 1935 D", ["Zip: YKK", "Colour: Pantone 1935 D"]),
        ("red, blue\nblack, white", ["red, blue", "black, white"]),
    ],
)
def test_a_pasted_table_makes_lines(server: Server, browser: Browser, pasted: str, there: list[str]) -> None:
    with writing(server, browser) as page:
        text(page, 1).click()
        page.evaluate(
            "text => { const data = new DataTransfer(); data.setData('text/plain', text);"
            " document.activeElement.dispatchEvent(new ClipboardEvent('paste',"
            " { clipboardData: data, bubbles: true, cancelable: true })); }",
            pasted,
        )
        assert texts(page) == there
        kept(page)


def test_a_suggestion_is_taken_and_undone(server: Server, browser: Browser) -> None:
    with writing(server, browser) as page:
        text(page, 1).click()
        page.keyboard.type("Fabric weight: 200 gsm")
        expect(row(page, 1).locator("[data-use]")).to_be_visible()
        page.keyboard.press("Control+.")
        expect(row(page, 1).locator(".gap")).to_have_count(0)
        assert texts(page) != ["Fabric weight: 200 gsm"]
        row(page, 1).locator("[data-undo]").click()
        assert texts(page) == ["Fabric weight: 200 gsm"]
        expect(text(page, 1)).to_be_focused()


def test_a_draft_outlives_reload_and_crash(server: Server, browser: Browser) -> None:
    with seated(server, browser, "buyer", base_url=server.url) as context:
        page = context.new_page()
        page.goto("/trades/new")
        page.fill("[name=title]", "Caps that outlive a crash")
        text(page, 1).click()
        page.keyboard.type("Zip: YKK")
        page.keyboard.press("Enter")
        page.keyboard.type("Colour: Pantone 1935 D")
        kept(page)
        page.reload()
        assert texts(page) == ["Zip: YKK", "Colour: Pantone 1935 D"]
        text(page, 2).click()
        page.keyboard.press("End")
        page.keyboard.type(", matt")
        kept(page)
        page.close()
        later = context.new_page()
        later.goto("/trades/new")
        later.get_by_role("link", name="Caps that outlive a crash").click()
        assert texts(later) == ["Zip: YKK", "Colour: Pantone 1935 D, matt"]
        expect(later.locator("[name=title]")).to_have_value("Caps that outlive a crash")
        later.goto("/trades/new")
        later.get_by_role("button", name="Discard Caps that outlive a crash").click()
        expect(later.get_by_role("link", name="Caps that outlive a crash")).to_have_count(0)


def test_a_second_window_is_told(server: Server, browser: Browser) -> None:
    with seated(server, browser, "buyer", base_url=server.url) as context:
        first = context.new_page()
        first.goto("/trades/new")
        first.fill("[name=title]", "Two windows")
        kept(first)
        second = context.new_page()
        second.goto(first.url)
        second.fill("[name=title]", "The second window")
        kept(second)
        first.fill("[name=title]", "The first window")
        expect(first.locator("#part-saved")).to_contain_text("changed in another window")
        expect(first.locator("[name=title]")).to_have_value("The first window")
        first.locator("[data-keep]").click()
        expect(first.locator("#part-saved")).to_contain_text("Draft kept")
        second.reload()
        expect(second.locator("[name=title]")).to_have_value("The first window")


class Keys:
    """Nothing but a keyboard."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def reach(self, where: str, key: str = "Tab") -> None:
        wanted = self.page.locator(where).first.element_handle()
        for _ in range(300):
            if self.page.evaluate("wanted => document.activeElement === wanted", wanted):
                return
            self.page.keyboard.press(key)
        pytest.fail(f"{key} never reaches {where}")

    def write(self, where: str, words: str) -> None:
        self.reach(where)
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.type(words)

    def choose(self, where: str, label: str) -> None:
        self.reach(where)
        self.page.keyboard.type(label, delay=20)
        chosen = self.page.locator(where).first.evaluate("one => one.selectedOptions[0].textContent")
        assert str(chosen).startswith(label)


_EXAMPLE = [
    "Fabric: organic cotton, single jersey, 200 gsm",
    "Colour: Pantone 1935 D",
    "Design as in design_draft_a.pdf",
    "Garment measurements as in design_draft_dimensions.pdf",
    "Care label as in label_b.pdf",
    "Zip: YKK zipper",
    "California Prop 65, REACH and CPSIA compliant",
]


def test_the_example_is_written_to_the_last_gap_by_keyboard(
    server: Server, browser: Browser, tmp_path: Path
) -> None:
    """Children's clothing for California and the European Union."""
    names = ("design_draft_a.pdf", "design_draft_dimensions.pdf", "label_b.pdf")
    for n, name in enumerate(names):
        (tmp_path / name).write_bytes(PDF + b"%% %d\n" % n)
    with writing(server, browser) as page:
        keys = Keys(page)
        keys.write("[name=title]", "Children's hoodies, organic cotton")
        page.locator("[name=other]").select_option(str(SUPPLIER))
        keys.write("[name='lines.0.description']", "Kids' hoodie with zip")
        keys.write("[name='lines.0.quantity']", "3000")
        keys.write("[name='lines.0.unit_price']", "4.20")
        expect(page.locator("#part-proposal")).to_contain_text("Children")
        keys.reach("#part-proposal button")
        page.keyboard.press("Enter")
        expect(page.locator("[name=category]")).to_have_value("childrens_clothing")
        keys.choose("[name=market]", "United States: California")
        keys.choose("[name='further_markets.0']", "European Union")
        keys.reach("[data-row] textarea")
        page.keyboard.type(_EXAMPLE[0])
        for line in _EXAMPLE[1:]:
            page.keyboard.press("Enter")
            page.keyboard.type(line)
        expect(page.locator(".gap")).to_have_count(4)
        expect(row(page, 3).locator(".gap")).to_contain_text("is not attached")
        with page.expect_file_chooser() as chooser:  # Enter opens the system's own
            keys.reach("#attach input[type=file]")
            page.keyboard.press("Enter")
        chooser.value.set_files([tmp_path / name for name in names])
        expect(page.locator("[data-attached] input")).to_have_count(3)
        expect(page.locator(".gap")).to_have_count(1)
        keys.reach("[data-row] textarea", "Shift+Tab")
        page.keyboard.press("Control+.")
        expect(page.locator(".gap")).to_have_count(0)
        expect(page.locator("#part-sum")).to_contain_text("Clear")
        expect(page.locator(".outline .done a[href='#requirements']")).to_have_count(1)
        keys.write("[name='inspection.company']", "Pacific Inspection")
        expect(page.locator("#part-plan")).to_contain_text("times in 100")
        keys.write("[name='ship_by.days']", "60")
        keys.write("[name=place]", "Ningbo")
        keys.reach("#review button.primary")
        page.keyboard.press("Enter")
        page.wait_for_url("**/trades/trd_*")
        expect(page.locator("h1")).to_contain_text("Children's hoodies")


@pytest.mark.parametrize("width", [DESK, PHONE])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_editor_is_accessible_and_fits(
    server: Server, browser: Browser, width: int, scheme: str, language: str
) -> None:
    with writing(server, browser, language, width, scheme) as page:
        page.fill("[name=title]", "Kids' T-shirts")
        page.select_option("[name=category]", "childrens_clothing")
        page.select_option("[name=market]", "US-CA")
        page.fill("[name='lines.0.description']", "Kids' T-shirt")
        page.fill("[name='lines.0.quantity']", "3000")
        page.fill("[name='lines.0.unit_price']", "4.20")
        page.fill("[name='inspection.company']", "Pacific Inspection")
        text(page, 1).click()
        page.keyboard.type("Good quality")
        expect(row(page, 1).locator(".gap")).to_have_count(1)
        row(page, 1).locator(".req-read > summary").click()
        expect(row(page, 1).locator(".req-grid select").first).to_be_visible()
        page.locator("#part-duties summary").first.click()
        page.locator(".bring-in > summary").first.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.evaluate(
            "document.querySelectorAll('.req').forEach(one => one.style.contentVisibility = 'visible')"
        )
        page.evaluate(AXE)
        found = page.evaluate("axe.run()")
    told = {one["id"]: [node["html"][:160] for node in one["nodes"]] for one in found["violations"]}
    assert told == {}


def test_three_hundred_lines_stay_at_hand(server: Server, browser: Browser) -> None:
    with writing(server, browser) as page:
        lines = [f"Panel {n}: fabric weight {150 + n} gsm ±5 %" for n in range(300)]
        page.locator(".bring-in > summary").first.click()
        page.fill("#paste", "\n".join(lines))
        page.get_by_role("button", name="Make lines of it").click()
        expect(page.locator("[data-row] textarea")).to_have_count(301)
        kept(page)
        text(page, 150).click()
        page.keyboard.press("End")
        page.keyboard.type(", good quality")
        expect(row(page, 150).locator(".gap")).to_have_count(1)
        expect(page.locator("#part-sum")).to_contain_text("in 300 requirements")
        assert texts(page)[149] == f"{lines[149]}, good quality"
