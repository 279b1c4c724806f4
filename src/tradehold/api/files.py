"""Files: brought in by tus 1.0.0 (creation, expiration, termination), so that a broken line costs what was on
it and nothing more; listed and downloaded where the caller may read.

A file belongs to a trade, to a company's own page, or to the library of the caller's company. A body is never
held in memory: it goes on to the store in pieces as it arrives.
"""

import binascii
import re
from base64 import b64decode
from collections.abc import AsyncIterator
from datetime import datetime
from email.utils import format_datetime
from typing import Annotated

import msgspec
from litestar import Response, delete, get, head, patch, post, route
from litestar.enums import ScopeType
from litestar.exceptions import InternalServerException
from litestar.params import FromPath
from litestar.response import Stream
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from msgspec import Meta

from tradehold.api.operation import Caller, Operation, commands, public, reads
from tradehold.api.page import Cursor, Page, page
from tradehold.api.problems import ROOT, http_problem, invalid, refused
from tradehold.api.request import header, read_query
from tradehold.domain.identity import Ref
from tradehold.domain.refusal import Code, refuse
from tradehold.engine.access import wall
from tradehold.engine.filedownload import download
from tradehold.engine.filelimits import FileLimits
from tradehold.engine.fileplaces import cursor_of, from_cursor, may_bring, place_named
from tradehold.store.files import Held, Upload

_TUS = "1.0.0"
_BYTES = "application/offset+octet-stream"
_NUMBER = re.compile(rb"[0-9]{1,15}")
_ASKED = {"Tus-Resumable": f"The version of tus: {_TUS}."}
_TOLD = {"Tus-Resumable": f"The version of tus: {_TUS}."}
_EXPIRES = {"Upload-Expires": "Until when the upload may be gone on with."}
_FILE = {"Tradehold-File": "The SHA-256 of the file that the upload has become, once it is whole."}
_OFFSET = {"Upload-Offset": "How many bytes have arrived."}
_REFUSED = (
    "file_type_not_allowed", "file_type_mismatch", "file_broken", "file_unsafe", "file_infected",
)  # fmt: skip

Trade = Annotated[str, Meta(max_length=40, description="The files of this trade: trd_…")]
Company = Annotated[str, Meta(max_length=13, description="The files of this company's page, by its number.")]


class FileQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """With neither it is the library of the caller's own company."""

    trade: Trade = ""
    company: Company = ""


class FilesQuery(Cursor, frozen=True, kw_only=True, forbid_unknown_fields=True):
    trade: Trade = ""
    company: Company = ""
    name: Annotated[str, Meta(max_length=150, description="Only files whose name contains this.")] = ""


class FileShown(msgspec.Struct, frozen=True):
    """`company` is who brought it, 0 for the operators; `media_type` was found by the content."""

    sha256: str
    name: str
    size: int
    media_type: str
    company: int
    at: datetime


def _tus(app: ASGIApp) -> ASGIApp:
    """Every answer says which tus it speaks, refusals too."""

    async def speaking(scope: Scope, receive: Receive, send: Send) -> None:
        async def said(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"tus-resumable", _TUS.encode())]
            await send(message)

        assert scope["type"] == ScopeType.HTTP
        await app(scope, receive, said)

    return speaking


def _check_version(request: Caller) -> None:
    if header(request.scope, b"tus-resumable") != _TUS.encode():
        raise http_problem("tus_version", tus_version=_TUS)


def _check_duty(request: Caller) -> None:
    actor = request.auth.actor
    if not may_bring(actor):
        raise refused(refuse(Code.NOT_YOUR_DUTY, duty="talk", grade=actor.grade.value if actor.grade else ""))


async def _place(request: Caller, trade: str, company: str) -> Ref | None:
    try:
        return await place_named(request.auth.services.pool, request.auth.actor, trade, company)
    except LookupError:
        raise refused(refuse(Code.UNKNOWN, what="trade" if trade else "company")) from None


def _count(request: Caller, name: str) -> int:
    given = header(request.scope, name.lower().encode())
    if not _NUMBER.fullmatch(given):
        raise http_problem("malformed", f"Send the header {name}, a number of bytes.")
    return int(given)


def _metadata(request: Caller) -> dict[str, str]:
    """tus writes it as keys with their values in base64, by comma."""
    found: dict[str, str] = {}
    for pair in header(request.scope, b"upload-metadata").decode("latin-1").split(","):
        key, _, value = pair.strip().partition(" ")
        try:
            text = b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise invalid("Upload-Metadata", f"The value of “{key}” is not UTF-8 in base64.") from None
        if key in found:
            raise invalid("Upload-Metadata", f"“{key}” is given twice.")
        found[key] = text
    return found


def _told(upload: Upload) -> dict[str, str]:
    told = {
        "Upload-Offset": str(upload.received),
        "Upload-Expires": format_datetime(upload.ends_at, usegmt=True),
        "Cache-Control": "no-store",
    }
    return told | ({"Tradehold-File": upload.sha256} if upload.sha256 else {})


@route(
    "/files",
    http_method=["OPTIONS"],
    opt=public("openapi", Operation(
        "Tell what uploads can do (tus)", None, "discoverUploads", "Files", status=204,
        tells={
            "Tus-Version": "The versions of tus.", "Tus-Extension": "Its extensions.",
            "Tus-Max-Size": "Bytes of the largest file.",
        },
    )),
    status_code=204,
    middleware=[_tus],
)  # fmt: skip
async def discover_uploads() -> Response[None]:
    extensions, most = "creation,expiration,termination", str(FileLimits().file)
    told = {"Tus-Version": _TUS, "Tus-Extension": extensions, "Tus-Max-Size": most}
    return Response(None, status_code=204, headers={**told, "Allow": "GET, OPTIONS, POST"})


@post(
    "/files",
    opt=commands("files", Operation(
        "Begin an upload (tus)", None, "beginUpload", "Files", status=201,
        asks=_ASKED | {
            "Upload-Length": "Bytes of the whole file.",
            "Upload-Metadata": (
                "As tus writes it: `filename`, and where the file belongs: `trade` or `company`, with "
                "neither the library of your company. `filetype` is never believed."
            ),
        },
        tells=_TOLD | _EXPIRES | {"Location": "Where to send the bytes."},
        refused=(
            "tus_version", "malformed", "invalid_request", "unknown", "not_your_duty", "csrf",
            "file_type_not_allowed", "file_too_large", "file_empty", "quota_exceeded",
        ),
    )),
    middleware=[_tus],
)  # fmt: skip
async def begin_upload(request: Caller) -> Response[None]:
    _check_version(request)
    _check_duty(request)
    size, about = _count(request, "Upload-Length"), _metadata(request)
    name = about.get("filename", "")
    if not name:
        raise invalid("Upload-Metadata", "Give the file's name as `filename`.")
    place = await _place(request, about.get("trade", ""), about.get("company", ""))
    actor, files = request.auth.actor, request.auth.services.files
    claimed = about.get("filetype", "")
    upload = await files.begin(actor.company, actor.member, name, size, wall(), place, claimed)
    where = {"Location": f"{ROOT}/files/uploads/{upload.id}"}
    return Response(None, status_code=201, headers=_told(upload) | where)


@head(
    "/files/uploads/{upload:str}",
    opt=reads("files", Operation(
        "Tell how far an upload is (tus)", None, "readUpload", "Files", asks=_ASKED,
        tells=_TOLD | _OFFSET | _EXPIRES | _FILE | {"Upload-Length": "Bytes of the whole file."},
        refused=("tus_version", "upload_unknown", *_REFUSED),
    )),
    middleware=[_tus],
)  # fmt: skip
async def read_upload(request: Caller, upload: FromPath[str]) -> Response[None]:
    _check_version(request)
    found = await request.auth.services.files.upload(upload, request.auth.actor.company, wall())
    return Response(None, headers=_told(found) | {"Upload-Length": str(found.size)})


@patch(
    "/files/uploads/{upload:str}",
    opt=commands("files", Operation(
        "Send bytes of a file (tus)", None, "sendBytes", "Files", status=204, media=(_BYTES,),
        asks=_ASKED | {"Upload-Offset": "Where these bytes belong: how many have arrived."},
        tells=_TOLD | _OFFSET | _EXPIRES | _FILE,
        refused=(
            "tus_version", "upload_unknown", "wrong_offset", "file_too_large", "quota_exceeded",
            "not_your_duty", "csrf", "scanner_unavailable", *_REFUSED,
        ),
    )),
    status_code=204,
    request_max_body_size=FileLimits().file,
    middleware=[_tus],
)  # fmt: skip
async def send_bytes(request: Caller, upload: FromPath[str]) -> Response[None]:
    _check_version(request)
    _check_duty(request)
    if header(request.scope, b"content-type") != _BYTES.encode():
        raise http_problem("unsupported_media_type", f"Send the bytes as {_BYTES}.")
    offset, files = _count(request, "Upload-Offset"), request.auth.services.files
    found = await files.append(upload, request.auth.actor.company, offset, _body(request), wall())
    return Response(None, status_code=204, headers=_told(found))


async def _body(request: Caller) -> AsyncIterator[bytes]:
    try:
        async for chunk in request.stream():
            yield chunk
    except InternalServerException:
        raise http_problem("malformed", "The connection ended before the body did.") from None


@delete(
    "/files/uploads/{upload:str}",
    opt=commands("files", Operation(
        "Give an upload up (tus)", None, "endUpload", "Files", status=204, asks=_ASKED, tells=_TOLD,
        refused=("tus_version", "upload_unknown", "not_your_duty", "csrf"),
    )),
    middleware=[_tus],
)  # fmt: skip
async def end_upload(request: Caller, upload: FromPath[str]) -> Response[None]:
    _check_version(request)
    _check_duty(request)
    if not await request.auth.services.files.cancel(upload, request.auth.actor.company, wall()):
        raise http_problem("upload_unknown")
    return Response(None, status_code=204)


def _file(held: Held) -> FileShown:
    return FileShown(held.sha256, held.name, held.size, held.media_type, held.company, held.at)


@get(
    "/files",
    opt=reads("files", Operation(
        "List files, newest first", Page[FileShown], "listFiles", "Files", query=FilesQuery,
        refused=("unknown",),
    )),
)  # fmt: skip
async def list_files(request: Caller) -> Page[FileShown]:
    query = read_query(request.scope, FilesQuery)
    place = await _place(request, query.trade, query.company)
    try:
        before = from_cursor(query.after)
    except ValueError:
        raise invalid("after", f"“{query.after}” is not the `next` of a page.") from None
    files, company = request.auth.services.files, request.auth.actor.company
    rows = await files.all_held(company, place, before, query.limit + 1, query.name)
    return page(rows, query.limit, _file, cursor_of)


@get(
    "/files/{sha256:str}",
    opt=reads("files", Operation(
        "Download a file, or a range of it", None, "downloadFile", "Files", query=FileQuery,
        gives="application/octet-stream",
        asks={"Range?": "One range of bytes, answered by 206.", "If-None-Match?": "An ETag: 304 for it."},
        tells={"ETag": "The file's SHA-256.", "Content-Disposition": "Always an attachment, with its name."},
        refused=("unknown", "not_found", "range_not_satisfiable"),
    )),
)  # fmt: skip
async def download_file(request: Caller, sha256: FromPath[str]) -> Stream:
    query = read_query(request.scope, FileQuery)
    place = await _place(request, query.trade, query.company)
    files = request.auth.services.files
    held = await files.held(sha256, request.auth.actor.company, place)
    if held is None:
        raise http_problem("not_found", "There is no such file in this place.")
    found = await download(files, held, request.headers)
    if found.status == 416:
        raise http_problem("range_not_satisfiable", content_range=found.headers["Content-Range"])
    return Stream(found.chunks or iter(()), status_code=found.status, headers=found.headers)


ROUTES = [
    discover_uploads, begin_upload, read_upload, send_bytes, end_upload, list_files, download_file,
]  # fmt: skip
