"""The contract editor without a script: what is written comes back, read and judged; nothing that was
typed is lost; and drafts are their writer's own."""

import re
from html import unescape

import httpx
import pytest

from tests.filesamples import PDF
from tests.platform import SUPPLIER, Running, running
from tests.web.pages import browsing, csrf, form, words
from tradehold.domain.contract import Terms
from tradehold.domain.identity import Kind, from_public_id
from tradehold.domain.inspection import Inspection
from tradehold.domain.requirement import Defect
from tradehold.store import views

NAME = __name__
GOODS = {
    "title": "3,000 kids' T-shirts", "other": str(SUPPLIER), "lines.0.description": "Kids' T-shirt",
    "lines.0.quantity": "3000", "lines.0.unit": "C62", "lines.0.unit_price": "4.20",
    "ship_by.on": "2027-03-01", "place": "Ningbo", "category": "childrens_clothing", "market": "US-CA",
    "further_markets.0": "EU",
}  # fmt: skip
INSPECTED = {
    "inspection.by": "inspection", "inspection.company": "Pacific Inspection", "inspection.kind": "PSI",
    "inspection.level": "II", "inspection.severity": "normal", "inspection.major": "2.5",
    "inspection.minor": "4.0",
}  # fmt: skip
WAIVED = {"inspection.by": "waiver", "inspection.reason": "We know them."}


def lines(*texts: str) -> dict[str, str]:
    return {f"requirements.{n}.text": text for n, text in enumerate(texts)}


def typed(page: str) -> dict[str, str]:
    return form(page, "/trades/new")


async def begun(client: httpx.AsyncClient, **more: str) -> dict[str, str]:
    return typed((await client.get("/trades/new")).text) | GOODS | INSPECTED | more


async def sent(client: httpx.AsyncClient, fields: dict[str, str], **more: str) -> httpx.Response:
    return await client.post("/trades/new", data=fields | more)


async def check(client: httpx.AsyncClient, fields: dict[str, str], **more: str) -> httpx.Response:
    body = {"changed": "all"} | fields | more
    return await client.post("/trades/new/check", json=body, headers={"X-CSRF-Token": fields["csrf"]})


async def drafted(p: Running, answer: httpx.Response) -> Terms:
    assert answer.status_code == 303, re.findall(r'class="error".*', answer.text)
    ref = from_public_id(answer.headers["location"].rpartition("/")[2], Kind.TRADE)
    assert ref
    [event, *_] = await views.events(p.services.pool, ref)
    terms: Terms = event.recorded.event.terms
    return terms


async def test_requirements_stand_in_the_contract_as_they_were_written_and_read() -> None:
    async with running(NAME) as p, browsing(p, "buyer", "en") as client:
        fields = await begun(client) | lines(
            "Fabric weight: 200 gsm ±5 %", "", "Colour: Pantone 1935 D\nYKK zip"
        )
        terms = await drafted(p, await sent(client, fields))
    assert [one.text for one in terms.requirements] == [
        "Fabric weight: 200 gsm ±5 %", "Colour: Pantone 1935 D", "YKK zip",
    ]  # fmt: skip
    weight = terms.requirements[0]
    assert (weight.attribute, weight.unit, weight.tolerance is not None) == ("fabric_weight", "GM", True)
    assert (terms.category, terms.market, terms.further_markets) == ("childrens_clothing", "US-CA", ("EU",))


async def test_what_is_unclear_is_said_beside_the_line() -> None:
    async with running(NAME) as p, browsing(p, "buyer", "en") as client:
        fields = await begun(client) | lines("Good quality", "YKK zip")
        page = (await sent(client, fields, act="look")).text
    assert "<mark>Good quality</mark>" in page
    assert "“Good quality” can be read in two ways" in unescape(page)
    assert "1 gap in 2 requirements" in words(page)
    assert typed(page)["requirements.1.text"] == "YKK zip"


async def test_the_reading_of_a_line_is_its_authors_to_correct() -> None:
    async with running(NAME) as p, browsing(p, "buyer", "en") as client:
        fields = await begun(client) | lines("YKK zip", "Fabric weight: 200 gsm")
        opened = typed((await sent(client, fields, act="correct.1")).text)
        assert opened["requirements.1.values"] == "200"
        wrong = await sent(client, opened | GOODS | INSPECTED | {"requirements.1.tolerance": "some"})
        assert wrong.status_code == 422
        assert "Give a tolerance, such as" in wrong.text
        assert typed(wrong.text)["requirements.1.tolerance"] == "some"
        mended = (
            opened | INSPECTED | {"requirements.1.tolerance": "±5 %", "requirements.1.defect": "critical"}
        )
        terms = await drafted(p, await sent(client, mended))
    weight = terms.requirements[1]
    assert weight.text == "Fabric weight: 200 gsm"
    assert weight.defect is Defect.CRITICAL
    assert weight.tolerance is not None
    assert weight.tolerance.percent


async def test_a_correction_outlives_another_wording_and_a_revision() -> None:
    async with running(NAME) as p, browsing(p, "buyer", "en") as client:
        fields = await begun(client) | lines("Fabric weight: 200 gsm ±5 %")
        opened = typed((await sent(client, fields, act="correct.0")).text) | INSPECTED
        opened |= {"requirements.0.defect": "minor", "requirements.0.text": "Fabric weight: 220 gsm ±5 %"}
        answer = await sent(client, opened)
        terms = await drafted(p, answer)
        assert (str(terms.requirements[0].values[0]), terms.requirements[0].defect) == ("220", Defect.MINOR)
        path = f"{answer.headers['location']}/revise"
        again = form((await client.get(path)).text, "/revise") | INSPECTED
        revised = await client.post(path, data=again | {"place": "Shanghai"})
        assert revised.status_code == 303, words(revised.text)
        ref = from_public_id(answer.headers["location"].rpartition("/")[2], Kind.TRADE)
        assert ref
        last = (await views.events(p.services.pool, ref))[-1].recorded.event
    assert last.terms.requirements == terms.requirements


@pytest.mark.parametrize(
    ("act", "there"),
    [
        ("up.1", ["two", "one", "three"]), ("down.0", ["two", "one", "three"]),
        ("remove.1", ["one", "three"]),
        ("use.1.2 ±1 cm", ["one", "2 ±1 cm", "three"]), ("add..four", ["one", "two", "three", "four"]),
        ("up.0", ["one", "two", "three"]), ("remove.77", ["one", "two", "three"]),
    ],
)  # fmt: skip
async def test_every_button_works_without_a_script(act: str, there: list[str]) -> None:
    async with running(NAME) as p, browsing(p, "buyer", "en") as client:
        fields = await begun(client) | lines("one", "two", "three")
        found = typed((await sent(client, fields, act=act)).text)
        assert [found[f"requirements.{n}.text"] for n in range(len(there))] == there
        if act.startswith("use"):
            undone = typed((await sent(client, found, act="undo.1")).text)
            assert undone["requirements.1.text"] == "two"


async def test_rows_stand_in_the_order_that_a_script_says() -> None:
    async with running(NAME) as p, browsing(p, "buyer", "en") as client:
        fields = await begun(client) | lines("one", "two", "three") | {"requirements.order": "2,0,1"}
        terms = await drafted(p, await sent(client, fields))
    assert [one.text for one in terms.requirements] == ["three", "one", "two"]


@pytest.mark.parametrize(
    ("pasted", "there"),
    [
        ("Zip: YKK\nColour: Pantone 1935 D", ["Zip: YKK", "Colour: Pantone 1935 D"]),
        ("Zip\tYKK\nWeight\t200 gsm\t±5 %", ["Zip: YKK", "Weight: 200 gsm ±5 %"]),
        ("Zip,YKK\nColour,Pantone 1935 D", ["Zip: YKK", "Colour: Pantone 1935 D"]),
        ("red, blue and green\nblack, white", ["red, blue and green", "black, white"]),
    ],
)
async def test_lists_and_tables_are_pasted(pasted: str, there: list[str]) -> None:
    async with running(NAME) as p, browsing(p, "buyer", "en") as client:
        found = typed((await sent(client, await begun(client), act="paste", paste=pasted)).text)
    assert [found[f"requirements.{n}.text"] for n in range(len(there))] == there


async def test_requirements_come_from_a_file_a_template_and_an_earlier_contract() -> None:
    async with running(NAME) as p, browsing(p, "buyer", "en") as client:
        fields = await begun(client)
        file = {"bring.file": ("spec.csv", b"Requirement\nYKK zip\nColour: Pantone 1935 D\n", "text/csv")}
        read = await client.post("/trades/new", data=fields | {"act": "bring.file"}, files=file)
        assert typed(read.text)["requirements.1.text"] == "Colour: Pantone 1935 D"
        broken = {"bring.file": ("spec.xlsx", b"PK\x03\x04 no workbook", "application/zip")}
        unread = await client.post("/trades/new", data=fields | {"act": "bring.file"}, files=broken)
        assert unread.status_code == 422
        assert "This file was not understood" in unread.text
        template = typed((await sent(client, fields, act="template")).text)
        assert "⟨" in template["requirements.0.text"]
        trade = (await sent(client, fields | lines("YKK zip"))).headers["location"].rpartition("/")[2]
        taken = await sent(client, await begun(client), act="bring.contract", **{"bring.trade": trade})
        assert typed(taken.text)["requirements.0.text"] == "YKK zip"
    async with running(NAME) as p, browsing(p, "other_buyer", "en") as client:
        strange = await sent(client, await begun(client), act="bring.contract", **{"bring.trade": trade})
        assert strange.status_code == 422
        assert "YKK zip" not in strange.text


async def test_duties_of_the_market_are_proposed_with_their_source_and_taken_with_their_id() -> None:
    async with running(NAME) as p, browsing(p, "buyer", "en") as client:
        fields = await begun(client)
        page = (await sent(client, fields, act="look")).text
        assert "guidance, not legal advice" in page
        ids = dict(re.findall(r'value="add\.([A-Z0-9-]+)\.([^"]+)"', page))
        assert {"USCA", "US", "EU"} <= {one.partition("-")[0] for one in ids}
        unverified = {one.id for one in p.services.knowledge.regulations if one.confidence == "unverified"}
        assert not unverified & ids.keys()
        every = (await sent(client, fields, act="duties")).text
        assert 'value="duties"' not in every
        terms = await drafted(p, await sent(client, typed(every) | INSPECTED))
    assert {one.duty for one in terms.requirements} == ids.keys()


async def test_the_inspection_is_drawn_up_with_what_it_lets_pass() -> None:
    async with running(NAME) as p, browsing(p, "buyer", "en") as client:
        fields = await begun(client)
        page = words((await sent(client, fields, act="look")).text)
        assert re.search(
            r"A lot with 6 % major defects would pass \d+ times in 100", page.replace("\xa0", " ")
        )
        terms = await drafted(p, await sent(client, fields))
        assert isinstance(terms.inspection, Inspection)
        assert terms.inspection.lot == 3000
        nobody = await sent(client, fields | {"inspection.company": ""})
        assert nobody.status_code == 422
        assert 'id="inspection.company-error"' in nobody.text
        waived = words((await sent(client, fields | WAIVED, act="look")).text)
        assert "no refund for quality can be claimed" in waived


async def test_the_refund_rule_is_shown_with_the_contracts_own_numbers() -> None:
    async with running(NAME) as p, browsing(p, "buyer", "en") as client:
        more = {"lines.1.description": "Hoodie", "lines.1.quantity": "100", "lines.1.unit_price": "20"}
        fields = await begun(client) | more | {"lines.1.unit": "C62", "late_price_cut": "5"}
        page = words((await sent(client, fields, act="look")).text).replace("\xa0", " ")
    assert "Not shipped by the ship-by date Nothing has to be proved: the date decides. USD 14,600.00" in page
    assert "and the goods are kept The price cut agreed below. USD 730.00 USD 13,870.00" in page
    assert "Only line 2 is rejected: Hoodie USD 2,000.00 USD 12,600.00" in page


async def test_answers_and_their_evidence_come_into_the_contract() -> None:
    async with running(NAME) as p, browsing(p, "buyer", "en") as client:
        answers = {"answers.ability.text": "We were there.", "answers.ability.verifications": "yes"}
        fields = await begun(client) | answers
        page = (await sent(client, fields, act="look")).text
        assert page.count("Not answered with evidence") == 3
        terms = await drafted(p, await sent(client, fields))
    assert [(one.question, one.evidence) for one in terms.answers] == [("ability", ("verifications",))]
    assert "unanswered_ability" not in terms.risks
    assert "unanswered_standards" in terms.risks


async def test_an_attached_document_is_no_missing_one_and_the_other_side_reads_it() -> None:
    async with running(NAME) as p:
        async with browsing(p, "buyer", "en") as client:
            fields = await begun(client) | lines("Design as design_draft_a.pdf")
            assert "is not attached" in (await sent(client, fields, act="look")).text
            file = {"file": ("design_draft_a.pdf", PDF, "application/pdf")}
            page = (await client.post("/trades/new", data=fields | {"act": "attach"}, files=file)).text
            assert "is not attached" not in page
            [sha256] = re.findall(r'name="attachments\.0" value="(\w+)" checked', page)
            answer = await sent(client, typed(page) | INSPECTED | {"attachments.0": sha256})
            terms = await drafted(p, answer)
        assert [(one.name, one.sha256) for one in terms.attachments] == [("design_draft_a.pdf", sha256)]
        trade = answer.headers["location"].rpartition("/")[2]
        statuses = {}
        for role in ("supplier", "other_buyer", "other_supplier"):
            async with browsing(p, role, "en") as client:
                at_trade = (await client.get(f"/files/{sha256}?trade={trade}")).status_code
                statuses[role] = at_trade, (await client.get(f"/files/{sha256}")).status_code
        assert statuses == {"supplier": (200, 404), "other_buyer": (404, 404), "other_supplier": (404, 404)}
        async with browsing(p, "supplier", "en") as client:
            again = form((await client.get(f"/trades/{trade}/revise")).text, "/revise")
            page = await client.post(
                f"/trades/{trade}/revise",
                data=again | INSPECTED | {"attachments.0": sha256, "place": "Wenzhou"},
            )
            assert page.status_code == 303, words(page.text)


async def test_a_file_that_one_may_not_read_is_not_attached() -> None:
    async with running(NAME) as p:
        async with browsing(p, "buyer", "en") as client:
            secret = {"file": ("secret.pdf", PDF + b"% secret\n", "application/pdf")}
            page = (
                await client.post("/trades/new", data=await begun(client) | {"act": "attach"}, files=secret)
            ).text
            [sha256] = re.findall(r'name="attachments\.0" value="(\w+)" checked', page)
        async with browsing(p, "other_buyer", "en") as client:
            fields = await begun(client) | {"attachments.0": sha256}
            terms = await drafted(p, await sent(client, fields))
    assert terms.attachments == ()


async def test_all_that_is_wrong_is_said_at_once_and_what_was_typed_stays() -> None:
    async with running(NAME) as p, browsing(p, "buyer", "en") as client:
        wrong = {"lines.0.quantity": "many", "place": "", "market": "", "inspection.company": ""}
        page = await sent(client, await begun(client) | wrong | lines("x" * 1001))
        found = typed(page.text)
    assert page.status_code == 422
    for name in ("lines.0.quantity", "place", "market", "inspection.company"):
        assert f'id="{name}-error"' in page.text, name
    assert "at most 1000 characters" in page.text
    assert found["lines.0.quantity"] == "many"
    assert found["requirements.0.text"] == "x" * 1001


async def test_a_draft_is_kept_gone_on_with_and_discarded() -> None:
    async with running(NAME) as p:
        async with browsing(p, "buyer", "en") as client:
            fields = await begun(client, title="Kept caps") | lines("Good quality")
            answer = await check(client, fields)
            assert answer.status_code == 200
            assert "can be read in two ways" in answer.text
            assert "<textarea" not in answer.text
            listed = (await client.get("/trades/new")).text
            assert "Go on with your draft: <b>Kept caps</b>" in listed
            again = typed((await client.get(f"/trades/new?draft={fields['draft']}")).text)
            assert (again["title"], again["requirements.0.text"]) == ("Kept caps", "Good quality")
        async with browsing(p, "other_buyer", "en") as client:
            strange = await client.get(f"/trades/new?draft={fields['draft']}")
            assert "Kept caps" not in strange.text
            token = await csrf(client)
            await client.post("/drafts/discard", data={"csrf": token, "draft": fields["draft"]})
        async with browsing(p, "buyer", "en") as client:
            assert "Kept caps" in (await client.get("/trades/new")).text
            gone = {"csrf": fields["csrf"], "draft": fields["draft"]}
            assert (await client.post("/drafts/discard", data=gone)).status_code == 303
            assert "Kept caps" not in (await client.get("/trades/new")).text


async def test_a_form_that_fails_is_kept_and_one_that_is_saved_is_a_draft_no_more() -> None:
    async with running(NAME) as p, browsing(p, "buyer", "en") as client:
        fields = await begun(client, title="Failing caps", place="")
        failed = await sent(client, fields)
        assert failed.status_code == 422
        assert "<b>Failing caps" in (await client.get("/trades/new")).text
        again = typed(failed.text) | INSPECTED | {"place": "Ningbo"}
        assert (await sent(client, again)).status_code == 303
        assert "<b>Failing caps" not in (await client.get("/trades/new")).text
        assert (await sent(client, again)).headers["location"] == "/trades"  # the same form once more


async def test_another_window_writes_nothing_over() -> None:
    async with running(NAME) as p, browsing(p, "buyer", "en") as client:
        first = await begun(client, title="One window")
        await check(client, first)
        second = typed((await client.get(f"/trades/new?draft={first['draft']}")).text) | GOODS
        await check(client, second | {"title": "Another window"})
        late = await check(client, first | {"title": "Lost?"}, draft_version="1")
        assert "was changed in another window" in late.text
        kept = typed((await client.get(f"/trades/new?draft={first['draft']}")).text)
        assert kept["title"] == "Another window"
        await check(client, first | {"title": "Mine"}, keep="yes")
        assert typed((await client.get(f"/trades/new?draft={first['draft']}")).text)["title"] == "Mine"
        await client.post("/drafts/discard", data={"csrf": first["csrf"], "draft": first["draft"]})


async def test_a_draft_that_is_gone_can_be_kept_anew() -> None:
    async with running(NAME) as p, browsing(p, "buyer", "en") as client:
        fields = await begun(client, title="Twice kept")
        await check(client, fields)
        await client.post("/drafts/discard", data={"csrf": fields["csrf"], "draft": fields["draft"]})
        late = await check(client, fields, draft_version="1")
        assert "was changed in another window" in late.text
        assert "was changed" not in (await check(client, fields, draft_version="1", keep="yes")).text
        assert "<b>Twice kept" in (await client.get("/trades/new")).text
        await client.post("/drafts/discard", data={"csrf": fields["csrf"], "draft": fields["draft"]})


async def test_a_revision_that_was_not_sent_waits() -> None:
    async with running(NAME) as p, browsing(p, "buyer", "en") as client:
        trade = (await sent(client, await begun(client))).headers["location"]
        fields = form((await client.get(f"{trade}/revise")).text, "/revise")
        await check(client, fields | {"title": "Half revised"})
        page = (await client.get(f"{trade}/revise")).text
        assert "You have begun a revision and not sent it." in page
        assert form(page, "/revise")["title"] == GOODS["title"]
        going_on = (await client.get(f"{trade}/revise?draft={fields['draft']}")).text
        assert form(going_on, "/revise")["title"] == "Half revised"


async def test_the_category_is_proposed_in_the_readers_language() -> None:
    async with running(NAME) as p, browsing(p, "buyer", "zh") as client:
        page = (await sent(client, await begun(client, category=""), act="look")).text
        assert "看起来属于：童装" in page
        assert (
            '<option value="childrens_clothing" selected>'
            in (await sent(client, await begun(client, category=""), act="category.childrens_clothing")).text
        )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"title": 1}',
        b'{"requirements.0.set": "{"}',
        b'{"requirements.999999999999.text": "x"}',
        b'{"requirements.0.text": "x", "requirements.0.set": "{\\"values\\": [1, [2]]}"}',
        b'{"lines.0.quantity": "1e9999", "market": "<script>", "attachments.0": "\\u0000"}',
    ],
)
async def test_whatever_is_asked_is_answered(body: bytes) -> None:
    async with running(NAME) as p, browsing(p, "buyer", "en") as client:
        answer = await client.post(
            "/trades/new/check", content=body, headers={"X-CSRF-Token": await csrf(client)}
        )
    assert answer.status_code in (200, 400)
    assert "<script>" not in answer.text
