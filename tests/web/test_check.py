"""The two pages that need no account, as a browser without a script and as the script ask for them."""

import io
import re
from typing import Any

import httpx
import openpyxl
import pytest

from tests.platform import running
from tests.web.pages import HOST, NO_LIMITS, app_of, browsing, form, words
from tradehold.engine.limits import Limits, Rate

SCRIPT = {"hx-request": "true"}
LINES = "Colour Pantone 1935 D\ngood quality\nDesign as in design.pdf"


def marked(page: str) -> list[str]:
    return re.findall(r"<mark>([^<]*)</mark>", page)


def chosen(page: str) -> tuple[str, list[str]]:
    """The category and the markets that are chosen on the page."""
    return (
        "".join(re.findall(r'<option value="(\w+)" selected', page)),
        re.findall(r'name="market" value="([\w-]+)" checked', page),
    )


async def ask(
    client: httpx.AsyncClient, headers: dict[str, str] | None = None, **sent: Any
) -> httpx.Response:
    return await client.post("/check", data={"text": LINES, "category": "", **sent}, headers=headers)


async def test_anybody_finds_the_pages_from_where_one_signs_in() -> None:
    async with running(__name__) as p, browsing(p) as client:
        door = (await client.get("/sign-in")).text
        for path in ("/check", "/plan"):
            assert door.count(f'href="{path}"') == 2  # beside the form, and at the foot
            assert (await client.get(path)).status_code == 200


async def test_lines_are_marked_and_the_clear_ones_said_to_be() -> None:
    async with running(__name__) as p, browsing(p) as client:
        answer = await ask(client)
        assert answer.status_code == 200
        assert marked(answer.text) == ["good quality", "design.pdf"]
        assert "1 line can be decided as it stands, 2 are open" in words(answer.text)
        assert form(answer.text, "/check")["text"].strip() == LINES
        clear = words((await ask(client, text="Colour Pantone 1935 D")).text)
        assert "Every line can be decided as it stands" in clear


async def test_what_is_missing_and_the_rules_follow_the_choice() -> None:
    async with running(__name__) as p, browsing(p) as client:
        unknown = (await ask(client, market=["DE"])).text
        assert "What the goods are was not found out" in unknown
        assert "Rules of the markets" not in unknown
        toys = (await ask(client, category="toys", market=["DE", "FR"])).text
        assert chosen(toys) == ("toys", ["DE", "FR"])
        for each in ("Not said, and usually fixed", "Rules of the markets", "European Union", "Germany",
                     "France", "not legal advice", 'href="https://'):  # fmt: skip
            assert each in toys
        nonsense = (await ask(client, category="goats", market=["XX"])).text
        assert chosen(nonsense) == ("", [])


async def test_the_script_gets_what_was_found_alone() -> None:
    async with running(__name__) as p, browsing(p) as client:
        part = (await ask(client, SCRIPT)).text
        assert marked(part) == ["good quality", "design.pdf"]
        assert "<html" not in part
        assert 'role="status"' in part
        assert "What is looked for" in (await ask(client, SCRIPT, text=" ")).text
        refused = await ask(client, SCRIPT, text="x" * 1001)
        assert refused.status_code == 422
        assert "Line 1: it has 1,001 characters" in refused.text


async def test_the_example_shows_what_it_does_in_the_reader_s_language() -> None:
    async with running(__name__) as p:
        async with browsing(p) as client:
            english = (await client.get("/check?example")).text
            assert "Children&#39;s clothing" in english
            assert marked(english)
        async with browsing(p, language="zh") as client:
            chinese = (await client.get("/check?example")).text
            assert "含糊用语" in chinese
            assert marked(chinese)


@pytest.mark.parametrize("name", ["spec.xlsx", "spec.csv", "spec.txt"])
async def test_a_file_is_read_and_its_lines_can_be_edited_on(name: str) -> None:
    rows = [["Category", "toys"], ["Market", "Germany"], ["Requirement", "Photo"], ["good quality", "p1"]]
    rows += [["Red", "p2"]]
    if name == "spec.xlsx":
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        written = io.BytesIO()
        book.save(written)
        body = written.getvalue()
    else:
        body = "\n".join("\t".join(row) for row in rows).encode("utf-16")
    async with running(__name__) as p, browsing(p) as client:
        page = (await client.post("/check", files={"file": (name, body)})).text
        assert form(page, "/check")["text"].strip().splitlines() == ["good quality", "Red"]
        assert chosen(page) == ("toys", ["DE"])
        assert marked(page) == ["good quality"]
        assert "Columns not read: Photo." in words(page)


@pytest.mark.parametrize(("name", "body", "told"), [
    ("a.pdf", b"%PDF-1.7", "a.pdf: it is no XLSX workbook and no text"),
    ("<b>.json", b"{", "no JSON"),
    ("a.csv", b"requirement,class\nRed,huge\n", "a.csv, line 2, class"),
])  # fmt: skip
async def test_a_file_that_cannot_be_read_is_named(name: str, body: bytes, told: str) -> None:
    async with running(__name__) as p, browsing(p) as client:
        answer = await client.post("/check", files={"file": (name, body)})
        assert answer.status_code == 422
        assert told in words(answer.text)
        assert "<b>.json" not in answer.text


async def test_too_much_at_once_is_refused_and_a_large_request_is_paid_off() -> None:
    async with running(__name__) as p:
        async with browsing(p) as client:
            much = await ask(client, text="\n".join(["x" * 900] * 230))
            assert much.status_code == 422
            assert "207,000 characters, of 200,000 at most here" in words(much.text)
        app = app_of(p, limits=Limits(NO_LIMITS.session, NO_LIMITS.address, Rate(1, 5)))
        transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url=HOST) as client:
            assert (await ask(client, text="\n".join(["x" * 900] * 120))).status_code == 200
            refused = await client.get("/plan")
            assert (refused.status_code, int(refused.headers["retry-after"]) > 0) == (429, True)


async def test_what_is_typed_is_shown_and_never_run() -> None:
    async with running(__name__) as p, browsing(p) as client:
        page = (await ask(client, text="<script>alert(1)</script> good quality\n</textarea><img src=x>")).text
        assert "<script>alert" not in page
        assert "<img" not in page
        assert marked(page) == ["good quality"]


async def test_nothing_is_kept_and_nobody_is_let_in_from_elsewhere() -> None:
    async with running(__name__) as p, browsing(p) as client:
        tables = "SELECT relname, n_live_tup + n_dead_tup FROM pg_stat_user_tables ORDER BY 1"
        before = await p.services.pool.fetch(tables)
        answer = await ask(client)
        assert "set-cookie" not in answer.headers
        assert await p.services.pool.fetch(tables) == before
        assert (await ask(client, {"sec-fetch-site": "cross-site"})).status_code == 403


async def test_a_plan_is_told_in_numbers_words_and_a_drawing() -> None:
    async with running(__name__) as p, browsing(p) as client:
        page = (await client.get("/plan?lot=500&level=II&major=2.5&minor=4.0&severity=normal&bad=6")).text
        said = words(page)
        assert "Inspect 50 pieces of 500" in said
        for each in (
            "Critical defects",
            "passes up to 3 refused from 4",
            "passes up to 5 refused from 6",
            "letter H",
        ):
            assert each in said
        assert page.count("<polyline") == 6
        assert f"{HOST}/plan?lot=500&amp;level=II" in page
        assert "every piece is inspected" in (await client.get("/plan?lot=3")).text
        assert "counts defects" in (await client.get("/plan?lot=500&minor=40")).text
        reduced = (await client.get("/plan?lot=3000&severity=reduced")).text
        assert "the next one is inspected by the normal plan" in reduced


@pytest.mark.parametrize("query", [
    "lot=", "lot=many", "lot=0", "lot=-5", "lot=" + "9" * 30, "level=IV", "severity=hard", "major=3",
    "minor=x", "bad=x", "bad=101", "bad=NaN", "lot=%00", "lot=٣",
])  # fmt: skip
async def test_a_plan_that_no_table_has_says_which_field_is_wrong(query: str) -> None:
    async with running(__name__) as p, browsing(p) as client:
        answer = await client.get(f"/plan?{query}")
        assert answer.status_code == 422
        assert answer.text.count('aria-invalid="true"') == 1
        assert "Nothing to show yet" in answer.text


async def test_computing_is_limited_by_the_network() -> None:
    async with running(__name__) as p:
        app = app_of(p, limits=Limits(NO_LIMITS.session, NO_LIMITS.address, Rate(1, 2)))
        addresses = ["198.51.100.7", "198.51.100.8", "198.51.100.9", "203.0.113.1"]
        found = []
        for address in addresses:
            transport = httpx.ASGITransport(app, client=(address, 4711))  # type: ignore[arg-type]
            async with httpx.AsyncClient(transport=transport, base_url=HOST) as client:
                found.append((await client.get("/plan")).status_code)
                assert (await client.get("/sign-in")).status_code == 200
        assert found == [200, 200, 429, 200]
