"""The contract on paper: what the pages say, in the language asked for, with the hashed contract inside."""

import hashlib
import io
import re

import msgspec
import pypdf
import pytest
from msgspec.structs import replace

from tests.platform import ACTORS, running
from tests.web.pages import browsing
from tests.web.test_contract_view import LINES, PLAN, VAGUE, drafted, whole
from tradehold.domain import contract as k
from tradehold.domain import trade_commands as c
from tradehold.domain.identity import public_id

NAME = __name__
FILES = (k.Attachment("care-label.txt", "c" * 64, 70), k.Attachment("标签.pdf", "d" * 64, 9000))


def read(pdf: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(pdf))


def printed(pdf: bytes) -> str:
    return re.sub(r"\s", "", "".join(page.extract_text() for page in read(pdf).pages))


@pytest.mark.parametrize(("language", "there", "absent"), [
    ("en", ("What the goods must be", "Confirmed by nobody", "at least 80 % packed", "USD 12,600.00"),
     ("货物的要求",)),
    ("zh", ("货物的要求", "草稿，尚无人确认", "USD 12,600.00"), ("What the goods must be",)),
    ("both", ("What the goods must be", "货物的要求", "Draft, confirmed by nobody"), ()),
])  # fmt: skip
async def test_each_side_prints_what_the_pages_say(
    language: str, there: tuple[str, ...], absent: tuple[str, ...]
) -> None:
    async with running(NAME) as p:
        ref, agreed = await drafted(
            p, lines=LINES, requirements=VAGUE, inspection=PLAN, attachments=FILES, remarks="Mark cartons 12."
        )
        path = f"/trades/{public_id(ref)}/contract.pdf?language={language}"
        bodies = []
        for role in ("buyer", "supplier", "operator"):
            async with browsing(p, role, "zh") as client:
                answer = await client.get(path)
                bodies.append(answer.content)
    assert bodies[0] == bodies[1] == bodies[2]
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"
    text = printed(bodies[0]).casefold()
    for said in (*there, "Good quality", "Mark cartons 12.", k.revision_hash(agreed), "c" * 64):
        assert re.sub(r"\s", "", said).casefold() in text, said
    for said in absent:
        assert re.sub(r"\s", "", said).casefold() not in text, said


async def test_the_hash_can_be_computed_again_from_what_is_inside() -> None:
    async with running(NAME) as p:
        ref, agreed = await drafted(p, requirements=VAGUE, attachments=FILES)
        async with browsing(p, "supplier") as client:
            pdf = (await client.get(f"/trades/{public_id(ref)}/contract.pdf")).content
    inside = {name: found[0] for name, found in read(pdf).attachments.items()}
    assert hashlib.sha256(inside["contract.json"]).hexdigest() == k.revision_hash(agreed)
    assert msgspec.json.decode(inside["contract.json"], type=k.Terms) == agreed
    sums = [line.split("  ") for line in inside["attachments.sha256"].decode().splitlines()]
    assert sums == [[one.sha256, one.name] for one in FILES]


async def test_the_paper_is_known_by_its_tag_until_something_about_it_changes() -> None:
    async with running(NAME) as p:
        ref, agreed = await drafted(p)
        path = f"/trades/{public_id(ref)}/contract.pdf"
        async with browsing(p, "buyer", "en") as client:
            first = await client.get(path)
            known = {"if-none-match": first.headers["etag"]}
            again = await client.get(path, headers=known)
            confirm = c.Confirm(1, k.revision_hash(agreed), acknowledged=agreed.risks)
            await p.do(ref, ACTORS["buyer"], confirm)
            changed = await client.get(path, headers=known)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert changed.status_code == 200
    assert "confirmedbyHarbourKidsLtdonly" in printed(changed.content)


async def test_an_earlier_revision_is_printed_by_its_place_and_an_unknown_one_is_not() -> None:
    async with running(NAME) as p:
        ref, first = await drafted(p, requirements=VAGUE)
        await p.do(ref, ACTORS["supplier"], c.Revise(1, replace(whole(), title="Other shirts")))
        path = f"/trades/{public_id(ref)}/contract.pdf"
        async with browsing(p, "buyer") as client:
            early = await client.get(path, params={"revision": 1})
            now = await client.get(path)
            wrong = [await client.get(path, params=query) for query in (
                {"revision": "9"}, {"revision": "-1"}, {"revision": "x"}, {"language": "fr"},
            )]  # fmt: skip
    assert k.revision_hash(first) in printed(early.content)
    assert k.revision_hash(first) not in printed(now.content)
    assert "Othershirts" in printed(now.content)
    assert [one.status_code for one in wrong] == [404, 400, 400, 400]
    assert b"%PDF" not in b"".join(one.content for one in wrong)
