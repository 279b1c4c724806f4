"""Files in the pages: by a plain form, by the script's requests, and to whom they are shown."""

import ast
import hashlib
import json
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from litestar.datastructures import FormMultiDict

from tests import filesamples as s
from tests.platform import BUYER, SUPPLIER, Running, running
from tests.web.pages import browsing, forms, words
from tradehold.domain.identity import Ref, company_ref, public_id
from tradehold.engine import files as engine_files
from tradehold.engine.access import wall
from tradehold.engine.filelimits import FileLimits
from tradehold.engine.files import UPLOAD_LASTS, Files
from tradehold.store import people
from tradehold.store.blobs import Blobs
from tradehold.web import i18n
from tradehold.web.app import desk_of
from tradehold.web.files import attached
from tradehold.web.forms import Wrong
from tradehold.web.refusals import say_field
from tradehold.web.visit import Visitor

NAME = __name__
MB = 2**20
HEADERS = {"content-type": "application/offset+octet-stream"}


def text(length: int) -> bytes:
    return os.urandom(8).hex().encode() + b"." * (length - 16)


def sha(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


@asynccontextmanager
async def at(folder: Path, **more: Any) -> AsyncIterator[Running]:
    """A platform with limits of its own."""
    async with running(NAME) as p:
        services = msgspec.structs.replace(p.services, files=Files(Blobs.at(folder), p.services.pool, **more))
        yield Running(p.url, services, p.clock, p.tokens)


async def csrf(client: httpx.AsyncClient) -> str:
    page = (await client.get("/files")).text
    return next(fields["csrf"] for _, fields in forms(page) if "csrf" in fields)


async def post(client: httpx.AsyncClient, *sent: tuple[str, bytes], **fields: str) -> httpx.Response:
    """As a browser without a script sends the form."""
    data = {"csrf": await csrf(client), **fields}
    return await client.post("/files", data=data, files=[("file", (name, body)) for name, body in sent])


class Script:
    """What static/upload.js does."""

    def __init__(self, client: httpx.AsyncClient, token: str) -> None:
        self.client = client
        self.token = {"x-csrf-token": token}

    async def begin(self, name: str, size: int, **about: str) -> httpx.Response:
        said = {"name": name, "size": size, **about}
        return await self.client.post("/files/uploads", json=said, headers=self.token)

    async def slice(self, id: str, offset: int, body: bytes) -> httpx.Response:
        headers = {**self.token, **HEADERS, "upload-offset": str(offset)}
        return await self.client.patch(f"/files/uploads/{id}", content=body, headers=headers)


@asynccontextmanager
async def scripted(p: Running, role: str, language: str = "") -> AsyncIterator[Script]:
    async with browsing(p, role, language) as client:
        yield Script(client, await csrf(client))


async def test_a_form_alone_adds_files_to_the_library() -> None:
    async with running(NAME) as p, browsing(p, "other_buyer", "en") as client:
        one, two = text(3000), s.image("PNG", (60, 40))
        answer = await post(client, ("Care label.txt", one), ("front.png", two))
        assert (answer.status_code, answer.headers["location"]) == (303, "/files")
        page = (await client.get("/files")).text
        assert "Care label.txt" in page
        assert f'src="/files/{sha(two)}/picture"' in page
        assert "5 GB used" in words(page)
        found = await client.get(f"/files/{sha(one)}")
        assert (found.status_code, found.content) == (200, one)
        async with browsing(p, "buyer") as stranger:
            for address in (f"/files/{sha(one)}", f"/files/{sha(two)}/picture"):
                assert (await stranger.get(address)).status_code == 404


async def test_a_file_of_a_trade_passes_its_sides_and_is_nothing_to_strangers() -> None:
    async with running(NAME) as p:
        trade = public_id(await p.draft())
        body = s.image("JPEG", (300, 200), comment=text(30))
        async with browsing(p, "supplier") as client:
            answer = await post(client, ("factory.jpg", body), trade=trade)
            assert (answer.status_code, answer.headers["location"]) == (303, f"/trades/{trade}")
        seen = {}
        for role in ("", "buyer", "supplier", "operator", "other_buyer", "other_supplier"):
            async with browsing(p, role) as client:
                original = await client.get(f"/files/{sha(body)}?trade={trade}")
                picture = await client.get(f"/files/{sha(body)}/picture?trade={trade}")
                seen[role] = (original.status_code, picture.status_code)
                if role == "other_buyer":
                    missing = await client.get(f"/files/{'0' * 64}?trade={trade}")
                    assert words(missing.text) == words(original.text)  # nothing tells that it is there
        passed, hidden = (200, 200), (404, 404)
        assert seen == {
            "": (303, 303), "buyer": passed, "supplier": passed, "operator": passed,
            "other_buyer": hidden, "other_supplier": hidden,
        }  # fmt: skip


async def test_what_was_sent_is_saved_and_only_the_picture_made_anew_is_shown() -> None:
    async with running(NAME) as p, browsing(p, "buyer") as client:
        body = s.image("JPEG", (300, 200), comment=text(30))
        await post(client, ("photo.jpg", body))
        original = await client.get(f"/files/{sha(body)}", headers={"range": "bytes=2-5"})
        assert (original.status_code, original.content) == (206, body[2:6])
        assert original.headers["content-disposition"].startswith("attachment;")
        picture = await client.get(f"/files/{sha(body)}/picture")
        assert picture.headers["content-type"] == "image/webp"
        assert picture.content[8:12] == b"WEBP"
        assert "content-disposition" not in picture.headers
        for answer in (original, picture):
            assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["cache-control"].startswith("private")
        past = await client.get(f"/files/{sha(body)}", headers={"range": f"bytes={len(body)}-"})
        assert (past.status_code, past.headers["content-range"]) == (416, f"bytes */{len(body)}")


async def test_what_was_wrong_stands_beside_the_field() -> None:
    async with running(NAME) as p, browsing(p, "buyer", "en") as client:
        for name, body, why in (
            ("page.html", b"<html>", "Files of this type are not taken."),
            ("../x\u202e.pdf", b"<html>", "x.pdf: The name ends in .pdf, but its content is something else"),
            ("bomb.zip", s.archive({"a": bytes(30 * MB)}), "out of proportion to its size"),
            ("empty.txt", b"", "This file is empty"),
        ):
            answer = await post(client, (name, body))
            assert answer.status_code == 422
            assert why in words(answer.text)
            assert 'aria-invalid="true"' in answer.text
        answer = await post(client)
        assert (answer.status_code, "Choose a file first." in answer.text) == (422, True)
        assert (await post(client, *(("a.txt", b"a") for _ in range(21)))).status_code == 422


async def test_a_form_larger_than_may_be_is_told_so() -> None:
    async with running(NAME) as p, browsing(p, "buyer", "en") as client:
        answer = await post(client, ("large.txt", bytes(102 * MB)))
        assert answer.status_code == 413
        assert "That is too much at once" in answer.text


async def test_the_script_sends_slices_and_goes_on() -> None:
    async with running(NAME) as p, scripted(p, "buyer", "en") as script:
        trade, body = public_id(await p.draft()), text(5 * MB)
        begun = (await script.begin("spec.txt", len(body), trade=trade)).json()
        assert (begun["received"], begun["sha256"], begun["size"]) == (0, "", "5\N{NO-BREAK SPACE}MB")
        sent = (await script.slice(begun["id"], 0, body[: 4 * MB])).json()
        assert sent["received"] == 4 * MB
        wrong = await script.slice(begun["id"], 0, body[: 4 * MB])
        assert (wrong.status_code, wrong.json()["received"]) == (409, 4 * MB)
        there = (await script.client.get(f"/files/uploads/{begun['id']}")).json()
        assert there["received"] == 4 * MB
        done = (await script.slice(begun["id"], 4 * MB, body[4 * MB :])).json()
        assert done["sha256"] == sha(body)
        assert (await script.client.get(f"/files/{sha(body)}?trade={trade}")).content == body


async def test_an_upload_is_no_strangers_and_may_be_given_up() -> None:
    async with running(NAME) as p, scripted(p, "buyer") as mine, scripted(p, "supplier") as other:
        id = (await mine.begin("mine.txt", 100)).json()["id"]
        assert (await other.slice(id, 0, b"a")).status_code == 404
        assert (await other.client.get(f"/files/uploads/{id}")).status_code == 404
        address = f"/files/uploads/{id}"
        assert (await other.client.delete(address, headers=other.token)).status_code == 404
        assert (await mine.client.delete(address)).status_code == 403  # without the token
        assert (await mine.client.delete(address, headers=mine.token)).status_code == 200
        assert (await mine.slice(id, 0, b"a")).status_code == 404


async def test_the_script_is_told_why_in_the_readers_language() -> None:
    async with running(NAME) as p, scripted(p, "supplier", "zh") as script:
        answer = await script.begin("drawing.svg", 100)
        assert answer.status_code == 422
        assert answer.json()["message"].startswith("不接收此类文件")
        begun = (await script.begin("page.pdf", 6)).json()
        answer = await script.slice(begun["id"], 0, b"<html>")
        assert "其他内容" in answer.json()["message"]
        assert (await script.client.get(f"/files/uploads/{begun['id']}")).status_code == 422


@pytest.mark.parametrize(
    "said", [b"", b"[]", b"{}", b'{"name": 1, "size": 1}', b'{"name": "a.txt"}', b"\xff"]
)
async def test_the_script_must_make_sense(said: bytes) -> None:
    async with running(NAME) as p, scripted(p, "buyer") as script:
        answer = await script.client.post("/files/uploads", content=said, headers=script.token)
        assert answer.status_code == 400


async def test_bytes_need_their_place_and_the_sessions_token() -> None:
    async with running(NAME) as p, scripted(p, "buyer") as script:
        id = (await script.begin("a.txt", 100)).json()["id"]
        address = f"/files/uploads/{id}"
        for offset in ("", "-1", "1e2", "٣".encode(), "9" * 30):
            headers = {**script.token, **HEADERS, "upload-offset": offset}
            assert (await script.client.patch(address, content=b"a", headers=headers)).status_code == 400
        for token in ({}, {"x-csrf-token": "stolen"}, {"x-csrf-token": ""}):
            headers = {**HEADERS, "upload-offset": "0", **token}
            assert (await script.client.patch(address, content=b"a", headers=headers)).status_code == 403
        foreign = {**script.token, **HEADERS, "upload-offset": "0", "sec-fetch-site": "cross-site"}
        assert (await script.client.patch(address, content=b"a", headers=foreign)).status_code == 403
        assert (await script.client.get(address)).json()["received"] == 0


async def test_uploads_end_and_room_does(tmp_path: Path) -> None:
    limits = FileLimits(company=MB, uploads=1000)
    async with at(tmp_path, limits=limits) as p, scripted(p, "other_supplier", "en") as script:
        files = p.services.files
        old = await files.begin(8, 13, "old.txt", 10, wall() - UPLOAD_LASTS - timedelta(seconds=1))
        assert (await script.slice(old.id, 0, b"a")).status_code == 404
        answer = await script.begin("large.txt", MB + 1)
        assert answer.status_code == 422
        assert "would need more than its 0.000977 GiB" in answer.json()["message"]
        assert await files.expire(wall()) >= 1
        assert await files.expire(wall()) == 0


async def test_a_library_is_searched_and_turned_page_by_page() -> None:
    async with running(NAME) as p, browsing(p, "other_supplier", "en") as client:
        for number in range(3):
            await post(client, *((f"sheet {number}-{n}.txt", text(40)) for n in range(18)))
        first = (await client.get("/files")).text
        [older] = re.findall(r'href="(/files\?before=[^"]+)"', first)
        second = (await client.get(older)).text
        names = re.findall(r"<bdi>(sheet [^<]+)</bdi>", first + second)
        assert len(names) == len(set(names)) == 54
        assert words((await client.get("/files?name=SHEET+2-17")).text).count("sheet 2-17.txt") == 1
        assert "No file matches" in (await client.get("/files?name=%25")).text
        assert (await client.get("/files?before=nonsense")).status_code == 404


def visitor(p: Running, session: people.Session) -> Visitor:
    f = i18n.Formats(i18n.translator("en"), wall().tzinfo, wall())  # type: ignore[arg-type]
    return Visitor(desk_of(p.services, None), session, f, "/")


async def here(p: Running, role: str) -> Visitor:
    session = await people.session(p.services.pool, p.tokens[role], wall())
    assert session
    return visitor(p, session)


async def brought(p: Running, company: int, person: int, name: str, place: Ref | None) -> str:
    async def of(body: bytes) -> AsyncIterator[bytes]:
        yield body

    body = text(90)
    upload = await p.services.files.begin(company, person, name, len(body), wall(), place)
    return (await p.services.files.append(upload.id, company, 0, of(body), wall())).sha256


async def test_a_form_may_name_what_its_company_brought_and_nothing_else() -> None:
    async with running(NAME) as p:
        trade, buyer = await p.draft(), await here(p, "buyer")
        mine = await brought(p, BUYER, 10, "mine.txt", trade)
        library = await brought(p, BUYER, 10, "library.txt", None)
        theirs = await brought(p, SUPPLIER, 11, "theirs.txt", trade)
        form = FormMultiDict([("file", mine), ("file", ""), ("file", library), ("file", mine)])
        got = await attached(buyer, trade, form)
        assert [(one.name, one.sha256, one.size) for one in got] == [
            ("mine.txt", mine, 90), ("library.txt", library, 90)
        ]  # fmt: skip
        assert await p.services.files.held(library, SUPPLIER, trade)  # the other side reads it now
        elsewhere = await brought(p, BUYER, 10, "elsewhere.txt", await p.draft())
        secret = await brought(p, SUPPLIER, 11, "secret.txt", company_ref(SUPPLIER))
        for foreign in (theirs, elsewhere, secret, "0" * 64, "nothing", "'"):
            with pytest.raises(Wrong) as wrong:
                await attached(buyer, trade, FormMultiDict([("file", foreign)]))
            assert wrong.value.fields == {
                "file": "A file that you chose is not here any more: choose it again."
            }
        assert await attached(buyer, None, FormMultiDict([])) == ()


def _sentences() -> list[str]:
    """Everything that the engine says of files, with a figure wherever one stands."""
    found = []
    for path in Path(engine_files.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in (
                "FileRefused", "_unsafe", "_broken",
            ):  # fmt: skip
                found += [_filled(one) for one in node.args if isinstance(one, ast.JoinedStr | ast.Constant)]
    return found


def _filled(node: ast.expr) -> str:
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    return "".join(str(one.value) if isinstance(one, ast.Constant) else "7" for one in parts)


def test_every_sentence_about_a_file_is_said_in_chinese() -> None:
    f = i18n.Formats(i18n.translator("zh"), wall().tzinfo, wall())  # type: ignore[arg-type]
    sentences = _sentences()
    assert len(sentences) > 25
    assert [one for one in sentences if not re.search("[\u4e00-\u9fff]", say_field(f, one))] == []


@pytest.mark.parametrize(("count", "said"), [
    (1, "1 B"), (1023, "1,023 B"), (1024, "1 KB"), (1536, "1.5 KB"), (102_400, "100 KB"),
    (2**20 - 1, "1,024 KB"), (2**20, "1 MB"), (30_750_000, "29.3 MB"), (100 * MB, "100 MB"),
    (5 * 2**30, "5 GB"), (2**50, "1,048,576 GB"),
])  # fmt: skip
def test_a_size_is_read_at_a_glance(count: int, said: str) -> None:
    assert i18n.size(count, "en_GB") == said.replace(" ", "\N{NO-BREAK SPACE}")


async def test_the_description_of_a_place_is_data_and_not_markup() -> None:
    async with running(NAME) as p, browsing(p, "buyer", "en") as client:
        await post(client, ("<img src=x onerror=alert(1)>.txt", text(70)))
        page = (await client.get("/files")).text
        assert "<img src=x" not in page
        assert json.dumps("_img src=x onerror=alert(1)_.txt")[1:-1] in page
