"""Files over the API, as programs with tus send them, as others meddle with them, and as they are fetched."""

import asyncio
import hashlib
import os
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from tests import filesamples as s
from tests.api.client import Api, calling, ok, problem
from tests.platform import BUYER, OTHER_BUYER, SUPPLIER, Running, running
from tradehold.domain.command import Grade
from tradehold.domain.identity import Ref, public_id
from tradehold.engine.access import wall
from tradehold.engine.clamd import Scanner
from tradehold.engine.filelimits import FileLimits
from tradehold.engine.files import UPLOAD_LASTS, Files
from tradehold.store import people
from tradehold.store.blobs import Blobs
from tradehold.store.views import Member

NAME = __name__
TUS = {"tus-resumable": "1.0.0"}
BYTES = {"content-type": "application/offset+octet-stream"}
MB = 2**20


@asynccontextmanager
async def filing(folder: Path | None = None, **more: Any) -> AsyncIterator[Api]:
    """With a place for files and limits of its own, where `folder` is given."""
    async with running(NAME) as p:
        services = p.services
        if folder:
            services = msgspec.structs.replace(services, files=Files(Blobs.at(folder), services.pool, **more))
        async with calling(Running(p.url, services, p.clock, p.tokens)) as api:
            yield api


def metadata(**values: str | bytes) -> str:
    raw = {key: one.encode() if isinstance(one, str) else one for key, one in values.items()}
    return ",".join(f"{key} {b64encode(one).decode()}" for key, one in raw.items())


async def begin(api: Api, role: str, name: str | bytes, size: int, **about: str) -> httpx.Response:
    headers = api.headers(role) | TUS | {"upload-length": str(size)}
    headers["upload-metadata"] = metadata(filename=name, **about)
    return await api.client.post("/v1/files", headers=headers)


async def begun(api: Api, role: str, name: str, size: int, **about: str) -> str:
    answer = await begin(api, role, name, size, **about)
    assert answer.status_code == 201, answer.text
    assert answer.headers["tus-resumable"] == "1.0.0"
    where: str = answer.headers["location"]
    return where


async def append(api: Api, role: str, where: str, offset: int, body: Any, **more: str) -> httpx.Response:
    headers = api.headers(role) | TUS | BYTES | {"upload-offset": str(offset)}
    more_headers = {name.replace("_", "-"): value for name, value in more.items()}
    return await api.client.patch(where, content=body, headers=headers | more_headers)


async def far(api: Api, role: str, where: str) -> httpx.Response:
    return await api.client.head(where, headers=api.headers(role) | TUS)


async def send(api: Api, role: str, name: str, body: bytes, **about: str) -> str:
    """The SHA-256 of the file that is there now."""
    where = await begun(api, role, name, len(body), **about)
    answer = await append(api, role, where, 0, body)
    assert (answer.status_code, answer.headers.get("upload-offset")) == (204, str(len(body))), answer.text
    sha256: str = answer.headers["tradehold-file"]
    return sha256


async def fetch(api: Api, role: str, sha256: str, where: str = "", **headers: str) -> httpx.Response:
    sent = api.headers(role) | {name.replace("_", "-"): value for name, value in headers.items()}
    return await api.client.get(f"/v1/files/{sha256}{where}", headers=sent)


def text(length: int) -> bytes:
    return os.urandom(8).hex().encode() + b"." * (length - 16)


async def of(trade: Ref) -> str:
    return f"?trade={public_id(trade)}"


async def test_a_file_of_a_trade_is_read_by_its_sides_and_by_nobody_else() -> None:
    async with filing() as api:
        trade = await api.platform.draft()
        body, where = text(2000), await of(trade)
        sha256 = await send(api, "buyer", "Größe 表.txt", body, trade=public_id(trade))
        assert sha256 == hashlib.sha256(body).hexdigest()
        for role in ("buyer", "supplier", "operator"):
            answer = await fetch(api, role, sha256, where)
            assert (answer.status_code, answer.content) == (200, body)
        for role in ("other_buyer", "other_supplier"):
            problem(await fetch(api, role, sha256, where), 404, "unknown")
            problem(await api.get(role, "/files", trade=public_id(trade)), 404, "unknown")
        for role in ("buyer", "supplier", "other_buyer", "operator"):  # it is in nobody's library
            problem(await fetch(api, role, sha256), 404, "not_found")
        [listed] = ok(await api.get("supplier", "/files", trade=public_id(trade)))["data"]
        assert (listed["name"], listed["size"], listed["company"]) == ("Größe 表.txt", 2000, BUYER)
        other = await of(await api.platform.draft())
        problem(await fetch(api, "buyer", sha256, other), 404, "not_found")


async def test_a_download_can_do_nothing_but_be_saved() -> None:
    async with filing() as api:
        sha256 = await send(api, "buyer", "order.xml", s.good("xml"))
        headers = (await fetch(api, "buyer", sha256)).headers
        assert headers["content-disposition"].startswith('attachment; filename="order.xml"')
        assert headers["content-security-policy"] == "sandbox; default-src 'none'"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"].startswith("private")
        assert headers["etag"] == f'"{sha256}"'
        assert (await fetch(api, "buyer", sha256, if_none_match=f'"{sha256}"')).status_code == 304


@pytest.mark.parametrize(("asked", "status", "told"), [
    ("bytes=0-9", 206, "bytes 0-9/100"),
    ("bytes=90-", 206, "bytes 90-99/100"),
    ("bytes=90-400", 206, "bytes 90-99/100"),
    ("bytes=-10", 206, "bytes 90-99/100"),
    ("bytes=-400", 206, "bytes 0-99/100"),
    ("bytes=99-99", 206, "bytes 99-99/100"),
    ("bytes=100-", 416, "bytes */100"),
    ("bytes=-0", 416, "bytes */100"),
    ("bytes=999999999999999999-", 416, "bytes */100"),
    ("bytes=20-10", 200, None),  # what is no range is not asked for
    ("bytes=0-1,5-6", 200, None),
    ("lines=0-9", 200, None),
    ("bytes=٣-٤", 200, None),
    ("bytes=" + "9" * 40 + "-", 200, None),
])  # fmt: skip
async def test_a_range_is_exact_at_every_edge(asked: str, status: int, told: str | None) -> None:
    async with filing() as api:
        body = bytes(range(48, 98)) * 2
        sha256 = await send(api, "buyer", "range.txt", body)
        headers = [(b"authorization", api.headers("buyer")["authorization"].encode())]
        headers.append((b"range", asked.encode()))
        answer = await api.client.get(f"/v1/files/{sha256}", headers=headers)
        assert (answer.status_code, answer.headers.get("content-range")) == (status, told)
        if told and status == 206:
            first, last = (int(one) for one in told.removeprefix("bytes ").split("/")[0].split("-"))
            assert answer.content == body[first : last + 1]
        if status == 416:
            problem(answer, 416, "range_not_satisfiable")
        if status == 200:
            assert answer.content == body


async def test_a_range_of_another_version_is_the_whole() -> None:
    async with filing() as api:
        sha256 = await send(api, "buyer", "if.txt", text(100))
        assert (await fetch(api, "buyer", sha256, range="bytes=0-9", if_range='"old"')).status_code == 200
        again = await fetch(api, "buyer", sha256, range="bytes=0-9", if_range=f'"{sha256}"')
        assert again.status_code == 206


async def test_an_upload_goes_on_where_it_stopped() -> None:
    async with filing() as api:
        body = text(5 * MB)
        where = await begun(api, "buyer", "long.txt", len(body))
        first = await append(api, "buyer", where, 0, body[: 2 * MB])
        assert (first.status_code, first.headers["upload-offset"]) == (204, str(2 * MB))
        assert "tradehold-file" not in first.headers
        there = await far(api, "buyer", where)
        assert (there.headers["upload-offset"], there.headers["upload-length"]) == (str(2 * MB), str(5 * MB))
        assert there.headers["cache-control"] == "no-store"
        assert there.headers["upload-expires"].endswith("GMT")
        for offset in (0, MB, 3 * MB):
            wrong = await append(api, "buyer", where, offset, b"x")
            problem(wrong, 409, "wrong_offset")
            assert wrong.headers["upload-offset"] == str(2 * MB)
        rest = await append(api, "buyer", where, 2 * MB, body[2 * MB :])
        assert rest.headers["tradehold-file"] == hashlib.sha256(body).hexdigest()
        assert (await far(api, "buyer", where)).headers["tradehold-file"] == rest.headers["tradehold-file"]
        assert (await fetch(api, "buyer", rest.headers["tradehold-file"])).content == body


async def test_of_two_who_send_the_same_bytes_at_once_one_is_told_to_go_on() -> None:
    async with filing() as api:
        body = text(3 * MB)
        where = await begun(api, "buyer", "twice.txt", len(body))
        answers = await asyncio.gather(*(append(api, "buyer", where, 0, body[: 2 * MB]) for _ in range(2)))
        assert sorted(one.status_code for one in answers) == [204, 409]
        assert (await append(api, "buyer", where, 2 * MB, body[2 * MB :])).headers["tradehold-file"]


async def test_an_upload_belongs_to_its_company_alone() -> None:
    async with filing() as api:
        where = await begun(api, "buyer", "mine.txt", 100)
        for role in ("supplier", "other_buyer", "operator"):
            assert (await far(api, role, where)).status_code == 404
            problem(await append(api, role, where, 0, b"a"), 404, "upload_unknown")
            ended = await api.client.delete(where, headers=api.headers(role) | TUS)
            problem(ended, 404, "upload_unknown")
        assert (await far(api, "buyer", where)).headers["upload-offset"] == "0"
        ended = await api.client.delete(where, headers=api.headers("buyer") | TUS)
        assert (ended.status_code, ended.headers["tus-resumable"]) == (204, "1.0.0")
        problem(await append(api, "buyer", where, 0, b"a"), 404, "upload_unknown")


async def test_a_file_cannot_be_brought_to_somebody_elses_trade() -> None:
    async with filing() as api:
        trade = public_id(await api.platform.draft())
        for role in ("other_buyer", "other_supplier"):
            problem(await begin(api, role, "a.txt", 9, trade=trade), 404, "unknown")
        problem(await begin(api, "buyer", "a.txt", 9, company="7"), 404, "unknown")
        problem(await begin(api, "supplier", "a.txt", 9, company="7", trade=trade), 404, "unknown")
        for nonsense in ("trd_nothing", "7", "company:7", "../7"):
            problem(await begin(api, "buyer", "a.txt", 9, trade=nonsense), 404, "unknown")
        for nonsense in ("0", "-7", "07", "7.0", "٧", "9" * 40):
            problem(await begin(api, "operator", "a.txt", 9, company=nonsense), 404, "unknown")
        sha256 = await send(api, "supplier", "licence.txt", text(40), company=str(SUPPLIER))
        assert (await fetch(api, "operator", sha256, "?company=7")).status_code == 200
        problem(await fetch(api, "buyer", sha256, "?company=7"), 404, "unknown")


async def test_who_may_only_look_may_fetch_and_not_bring() -> None:
    async with filing() as api:
        pool, now = api.platform.services.pool, wall()
        viewer = Member(77, BUYER, "Vera Sand", "en", "UTC", Grade.VIEWER)
        await people.put_members(pool, [viewer], now)
        api.platform.tokens["viewer"] = await people.begin_session(pool, viewer.id, now)
        sha256 = await send(api, "buyer", "seen.txt", text(50))
        where = await begun(api, "buyer", "half.txt", 50)
        assert (await fetch(api, "viewer", sha256)).status_code == 200
        problem(await begin(api, "viewer", "a.txt", 9), 403, "not_your_duty")
        problem(await append(api, "viewer", where, 0, b"a"), 403, "not_your_duty")
        ended = await api.client.delete(where, headers=api.headers("viewer") | TUS)
        problem(ended, 403, "not_your_duty")


@pytest.mark.parametrize(("name", "kept"), [
    ("../../etc/passwd.txt", "passwd.txt"),
    ("C:\\temp\\spec.txt", "spec.txt"),
    ("invoice\u202etxt.exe.txt", "invoicetxt.exe.txt"),
    ("a" + "\u0301" * 500 + ".txt", None),
    ('say "hi"; filename=evil.txt', None),
    ("line\r\nSet-Cookie: a=b.txt", None),
    ("nul\0byte.txt", "nulbyte.txt"),
    ("con.txt", "_con.txt"),
    ("x" * 5000 + ".txt", None),
    ("\U0001f4c4 合同.txt", "\U0001f4c4 合同.txt"),
])  # fmt: skip
async def test_no_name_escapes_from_its_header(name: str, kept: str | None) -> None:
    async with filing() as api:
        sha256 = await send(api, "buyer", name, text(64))
        answer = await fetch(api, "buyer", sha256)
        said = answer.headers["content-disposition"]
        assert "set-cookie" not in answer.headers
        assert said.count('"') == 2
        assert said.isascii()
        assert not set(said) & set("\r\n\0")
        listed = ok(await api.get("buyer", "/files"))["data"]
        [found] = [one["name"] for one in listed if one["sha256"] == sha256]
        assert len(found) <= 150
        assert not set(found) & set('/\\"\r\n\0\u202e')
        assert kept is None or found == kept


ZEROS = s.archive({"zeros.txt": bytes(30 * MB)})
REFUSED = [
    ("page.html", b"<html>", 415, "file_type_not_allowed"),
    ("drawing.svg", b"<svg/>", 415, "file_type_not_allowed"),
    ("run.exe", b"MZ", 415, "file_type_not_allowed"),
    ("noname", b"a", 415, "file_type_not_allowed"),
    ("page.pdf", b"<!doctype html><script>alert(1)</script>", 415, "file_type_mismatch"),
    ("photo.jpg", s.image("PNG"), 415, "file_type_mismatch"),
    ("svg.xml", b'<svg xmlns="http://www.w3.org/2000/svg"/>', None, None),
    ("page.txt", b"<html><script>", 415, "file_type_mismatch"),
    ("cut.pdf", s.PDF[:30], 422, "file_broken"),
    ("bomb.zip", s.lying_about_size(ZEROS, 2**32 - 2), None, None),
    ("ratio.zip", ZEROS, 422, "file_unsafe"),
    ("both.png", s.image("PNG") + s.archive({"a.txt": b"a"}), 422, "file_unsafe"),
    ("macros.docx", s.office("word/document.xml", **{"word/vbaProject.bin": b"x"}), 422, "file_unsafe"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "body", "status", "code"), REFUSED, ids=[one[0] for one in REFUSED])
async def test_what_could_harm_is_refused_by_name(
    name: str, body: bytes, status: int | None, code: str | None
) -> None:
    async with filing() as api:
        answer = await begin(api, "buyer", name, len(body), filetype="application/pdf")
        if answer.status_code == 201:
            where = answer.headers["location"]
            answer = await append(api, "buyer", where, 0, body)
            assert (await far(api, "buyer", where)).status_code == answer.status_code  # and stays refused
        assert answer.headers["tus-resumable"] == "1.0.0"
        if status and code:
            problem(answer, status, code)
        else:
            assert answer.status_code in (415, 422), answer.text
        problem(await fetch(api, "buyer", hashlib.sha256(body).hexdigest()), 404, "not_found")


async def test_sizes_are_bounded_before_and_while_they_arrive() -> None:
    async with filing() as api:
        assert (await send(api, "buyer", "ten.txt", text(10 * MB))) != ""
        body = problem(await begin(api, "buyer", "large.txt", 101 * MB), 413, "file_too_large")
        assert body["data"] == {"most": 100 * MB}
        problem(await begin(api, "buyer", "none.txt", 0), 422, "file_empty")
        where = await begun(api, "buyer", "lie.txt", 1000)
        problem(await append(api, "buyer", where, 0, bytes(101 * MB)), 413, "too_large")
        problem(await append(api, "buyer", where, 0, bytes(1001)), 413, "file_too_large")
        assert (await far(api, "buyer", where)).headers["upload-offset"] == "0"


async def test_a_body_that_breaks_off_is_kept_as_far_as_it_came() -> None:
    async def breaking() -> AsyncIterator[bytes]:
        yield b"a" * 700
        raise ConnectionError("the line is down")

    async with filing() as api:
        where = await begun(api, "buyer", "cut.txt", 1000)
        problem(await append(api, "buyer", where, 0, breaking()), 503, "unavailable")
        assert (await far(api, "buyer", where)).headers["upload-offset"] == "700"
        assert (await append(api, "buyer", where, 700, b"b" * 300)).headers["tradehold-file"]


@pytest.mark.parametrize(("headers", "status", "code"), [
    ({"tus-resumable": ""}, 412, "tus_version"),
    ({"tus-resumable": "0.2.2"}, 412, "tus_version"),
    ({"upload-length": ""}, 400, "malformed"),
    ({"upload-length": "-1"}, 400, "malformed"),
    ({"upload-length": "1e3"}, 400, "malformed"),
    ({"upload-length": "9" * 30}, 400, "malformed"),
    ({"upload-metadata": ""}, 422, "invalid_request"),
    ({"upload-metadata": "filename"}, 422, "invalid_request"),
    ({"upload-metadata": "filename not*base64"}, 422, "invalid_request"),
    ({"upload-metadata": "filename /w=="}, 422, "invalid_request"),
    ({"upload-metadata": "filename YS50eHQ=,filename Yi50eHQ="}, 422, "invalid_request"),
    ({"upload-metadata": metadata(filename="a.txt", filetype="text/html")}, 415, "file_type_not_allowed"),
])  # fmt: skip
async def test_a_request_that_is_not_understood_is_told_why(
    headers: dict[str, str], status: int, code: str
) -> None:
    async with filing() as api:
        sent = api.headers("buyer") | TUS | {"upload-length": "9"}
        sent |= {"upload-metadata": metadata(filename="a.txt")} | headers
        answer = await api.client.post("/v1/files", headers=sent)
        problem(answer, status, code)
        assert (status == 412) == ("tus-version" in answer.headers)


async def test_bytes_come_as_bytes_and_say_where_they_belong() -> None:
    async with filing() as api:
        where = await begun(api, "buyer", "a.txt", 9)
        for kind in ("application/json", "multipart/form-data; boundary=a", "text/plain"):
            wrong = await append(api, "buyer", where, 0, b"a", content_type=kind)
            problem(wrong, 415, "unsupported_media_type")
        for offset in ("", "-1", "x", "0x1"):
            problem(await append(api, "buyer", where, 0, b"a", upload_offset=offset), 400, "malformed")
        assert (await far(api, "buyer", where)).headers["upload-offset"] == "0"


async def test_an_upload_ends_with_its_time(tmp_path: Path) -> None:
    async with filing(tmp_path) as api:
        files = api.platform.services.files
        upload = await files.begin(BUYER, 10, "old.txt", 100, wall() - UPLOAD_LASTS - timedelta(seconds=1))
        where = f"/v1/files/uploads/{upload.id}"
        assert (await far(api, "buyer", where)).status_code == 404
        problem(await append(api, "buyer", where, 0, b"a"), 404, "upload_unknown")


async def test_there_is_room_for_so_much_and_no_more(tmp_path: Path) -> None:
    async with filing(tmp_path, limits=FileLimits(company=1000, uploads=1000)) as api:
        room = 1000 - (await api.platform.services.files.usage(OTHER_BUYER, wall())).bytes
        where = await begun(api, "other_buyer", "a.txt", room)
        body = problem(await begin(api, "other_buyer", "b.txt", 1), 409, "quota_exceeded")
        assert body["data"] == {"used": 1000, "most": 1000}
        await api.client.delete(where, headers=api.headers("other_buyer") | TUS)
        assert (await begin(api, "other_buyer", "b.txt", 1)).status_code == 201


async def test_a_scanner_that_is_away_holds_nothing_up_for_good(tmp_path: Path) -> None:
    body = text(100)
    async with filing(tmp_path, scanner=Scanner(f"{tmp_path}/away")) as api:
        where = await begun(api, "buyer", "wait.txt", len(body))
        answer = await append(api, "buyer", where, 0, body)
        problem(answer, 503, "scanner_unavailable")
        assert int(answer.headers["retry-after"]) > 0
        assert (await far(api, "buyer", where)).headers["upload-offset"] == "100"
    async with filing(tmp_path) as api:
        assert (await append(api, "buyer", where, 100, b"")).headers["tradehold-file"]


async def test_a_place_for_files_that_lost_a_file_is_unavailable(tmp_path: Path) -> None:
    async with filing(tmp_path) as api:
        sha256 = await send(api, "buyer", "lost.txt", text(100))
        (tmp_path / f"sha256/{sha256[:2]}/{sha256[2:]}").unlink()
        problem(await fetch(api, "buyer", sha256), 503, "unavailable")


async def test_a_list_comes_in_pages_and_is_searched_by_name() -> None:
    async with filing() as api:
        trade = public_id(await api.platform.draft())
        for n in range(5):
            await send(api, "buyer", f"Label {n}.txt", text(30 + n), trade=trade)
        names, after = [], ""
        while after is not None:
            page = ok(await api.get("supplier", "/files", trade=trade, limit=2, after=after))
            names += [one["name"] for one in page["data"]]
            after = page["next"]
        assert names == [f"Label {n}.txt" for n in (4, 3, 2, 1, 0)]
        [found] = ok(await api.get("supplier", "/files", trade=trade, name="label 3"))["data"]
        assert found["name"] == "Label 3.txt"
        assert ok(await api.get("supplier", "/files", trade=trade, name="%"))["data"] == []
        for nonsense in ("x", "a" * 64, "g" * 64 + "-1", "0" * 64 + "-" + "9" * 18):
            problem(await api.get("buyer", "/files", after=nonsense), 422, "invalid_request")


async def test_a_session_cookie_alone_sends_nothing() -> None:
    async with filing() as api:
        headers = {"cookie": f"th_session={api.platform.tokens['buyer']}", "upload-length": "9", **TUS}
        headers["upload-metadata"] = metadata(filename="a.txt")
        problem(await api.client.post("/v1/files", headers=headers), 403, "csrf")


async def test_anybody_may_ask_what_uploads_can_do() -> None:
    async with filing() as api:
        answer = await api.client.options("/v1/files")
        assert answer.status_code == 204
        assert answer.headers["tus-version"] == answer.headers["tus-resumable"] == "1.0.0"
        assert answer.headers["tus-extension"] == "creation,expiration,termination"
        assert answer.headers["tus-max-size"] == str(100 * MB)
