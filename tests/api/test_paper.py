"""The contract's paper by the API: the same as the pages give, and refused in the API's own words."""

import hashlib
import io

import pypdf

from tests.api.client import api, ok
from tests.web.pages import browsing
from tradehold.domain.identity import public_id

NAME = __name__


async def test_a_program_gets_the_paper_that_people_get() -> None:
    async with api(NAME) as called:
        trade = public_id(await called.platform.agreed())
        path = f"/trades/{trade}/contract.pdf"
        answer = await called.get("supplier", path, language="both")
        async with browsing(called.platform, "buyer") as client:
            page = await client.get(f"{path}?language=both")
        known = called.headers("supplier") | {"if-none-match": answer.headers["etag"]}
        again = await called.client.get(f"/v1{path}?language=both", headers=known)
        contract = ok(await called.get("supplier", f"/trades/{trade}/contract"))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.content == page.content
    assert (again.status_code, again.content) == (304, b"")
    [inside] = pypdf.PdfReader(io.BytesIO(answer.content)).attachments["contract.json"]
    assert hashlib.sha256(inside).hexdigest() == contract["hash"]


async def test_what_there_is_no_paper_of_is_refused_by_name() -> None:
    async with api(NAME) as called:
        path = f"/trades/{public_id(await called.platform.draft())}/contract.pdf"
        answers = [
            await called.get("buyer", path, language="fr"),
            await called.get("buyer", path, revision=2),
            await called.get("buyer", path, revision=-1),
            await called.get("buyer", path, colour="red"),
            await called.get("other_buyer", path),
        ]
    kinds = [(one.status_code, one.json()["type"].rpartition("/")[2]) for one in answers]
    assert kinds == [
        (422, "invalid_request"), (404, "not_found"), (422, "invalid_request"), (422, "invalid_request"),
        (404, "unknown"),
    ]  # fmt: skip


async def test_a_contract_shows_all_that_is_agreed_about_the_goods() -> None:
    async with api(NAME) as called:
        trade = public_id(await called.platform.draft(answers=(), risks=(
            "unanswered_specification", "unanswered_ability", "unanswered_standards", "unanswered_compliance",
        )))  # fmt: skip
        terms = ok(await called.get("buyer", f"/trades/{trade}", expand="contract"))["contract"]["terms"]
    assert terms["requirements"][0]["text"] == "Colour: Pantone 1935 D"
    assert terms["inspection"] == {"type": "waiver", "reason": "We know this factory."}
    assert len(terms["risks"]) == 4
