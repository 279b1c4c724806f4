"""Files in the pages: a company's library, and what every form needs that takes files.

With a script a file is on its way as soon as it is chosen, in slices that outlive a broken line
(static/upload.js); the form then names it by its SHA-256. Without one the bytes come with the form. Whoever
receives the form asks `attached`, which takes both.
"""

from collections.abc import AsyncIterator, Sequence
from os import SEEK_END
from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.datastructures import FormMultiDict, UploadFile
from litestar.exceptions import (
    ClientException,
    InternalServerException,
    NotFoundException,
    PermissionDeniedException,
)
from litestar.params import FromPath
from litestar.response import Stream

from tradehold.domain.contract import Attachment
from tradehold.domain.identity import Kind, Ref, public_id
from tradehold.engine.access import wall
from tradehold.engine.filedownload import SAFE, begun, download
from tradehold.engine.filelimits import FileLimits
from tradehold.engine.filenames import clean, extension
from tradehold.engine.fileplaces import cursor_of, from_cursor, may_bring, place_named, query_of
from tradehold.engine.filerefused import FileCode, FileRefused
from tradehold.engine.filetypes import file_types
from tradehold.store import views
from tradehold.store.blobs import PIECE
from tradehold.store.files import Held, Upload
from tradehold.store.views import Row
from tradehold.web.forms import Wrong, typed
from tradehold.web.refusals import say_field
from tradehold.web.render import Form
from tradehold.web.visit import HEADERS, Page, Req, Visitor, see_other, show, visitor

# Of a form that may bring files: every route that asks `attached` declares it as its request_max_body_size.
LARGEST_FORM = FileLimits().file + 2**20
MOST_AT_ONCE = 20
_PAGE = 50
_MANY = 500  # files of a place that are asked for at once


async def attached(here: Visitor, at: Row | Ref | None, form: FormMultiDict) -> tuple[Attachment, ...]:
    """The files that a form brings to a machine, or without one to the company's library: those that its
    page has sent already, named by SHA-256 in `file`, and those that come with the form itself. Raises Wrong
    about `file`, and PermissionDeniedException where the visitor may bring none."""
    given = [one for one in form.getall("file", []) if one]
    if given and not may_bring(here.actor):
        raise PermissionDeniedException("not for this role")
    if len(given) > MOST_AT_ONCE:
        raise Wrong(file=here.t("Send at most {most} files at a time.", most=MOST_AT_ONCE))
    place, found = at.ref if isinstance(at, Row) else at, dict[str, Held]()
    for one in given:
        held = await (_come(here, place, one) if isinstance(one, UploadFile) else _sent(here, place, one))
        found.setdefault(held.sha256, held)
    return tuple(Attachment(one.name, one.sha256, one.size) for one in found.values())


async def _sent(here: Visitor, place: Ref | None, sha256: str) -> Held:
    """A file that the visitor's company has brought to the place, or has in its library and lends to it."""
    files, actor = here.desk.services.files, here.actor
    if place is None:
        held = await files.held(sha256, actor.company)
    else:
        held = await files.attach(sha256, actor.company, actor.member, place, wall())
    if held is None or held.company != actor.company:
        raise Wrong(file=here.t("A file that you chose is not here any more: choose it again."))
    return held


async def _come(here: Visitor, place: Ref | None, one: UploadFile) -> Held:
    files, actor = here.desk.services.files, here.actor
    size = one.file.seek(0, SEEK_END)
    try:
        upload = await files.begin(
            actor.company, actor.member, one.filename, size, wall(), place, one.content_type
        )
        upload = await files.append(upload.id, actor.company, 0, _pieces(one), wall())
    except FileRefused as refused:
        said = say_field(here.f, refused.message)
        raise Wrong(file=here.t("{name}: {problem}", name=clean(one.filename), problem=said)) from None
    held = await files.held(upload.sha256, actor.company, place)
    assert held, "a finished upload is held where it was begun for"
    return held


async def _pieces(one: UploadFile) -> AsyncIterator[bytes]:
    await one.seek(0)
    while piece := await one.read(PIECE):
        yield piece


def card(place: Ref | None, one: Attachment | Held) -> dict[str, Any]:
    """What `file_card` and `upload_field` draw: a file at a place."""
    address, query = f"/files/{one.sha256}", query_of(place)
    kind = extension(one.name)
    known = file_types().get(kind)
    where = f"?{query}" if query else ""
    return {
        "name": one.name,
        "sha256": one.sha256,
        "size": one.size,
        "kind": kind.upper(),
        "href": f"{address}{where}",
        "picture": f"{address}/picture{where}" if known and known.shown else "",
    }


async def at_hand(here: Visitor, place: Ref, named: Sequence[Attachment]) -> frozenset[str]:
    """The hashes of those that were brought to the place, so that its readers can open them."""
    wanted, found = {one.sha256 for one in named}, set[str]()
    before = from_cursor("")
    while wanted - found:
        held = await here.desk.services.files.all_held(here.actor.company, place, before, _MANY)
        found |= {one.sha256 for one in held}
        if len(held) < _MANY:
            break
        before = (held[-1].at, held[-1].sha256)
    return frozenset(wanted & found)


async def _place(request: Req, trade: str, company: str) -> Ref | None:
    here = visitor(request)
    try:
        return await place_named(here.desk.services.pool, here.actor, trade, company)
    except LookupError:
        raise NotFoundException("no such place") from None


async def _page(
    here: Visitor, status: int = 200, form: Form | None = None, name: str = "", before: str = ""
) -> Page:
    services, company = here.desk.services, here.actor.company
    try:
        since = from_cursor(before)
    except ValueError:
        raise NotFoundException("no such page") from None
    held = await services.files.all_held(company, None, since, _PAGE + 1, name)
    shown, more = held[:_PAGE], len(held) > _PAGE
    used = await services.files.usage(company, wall())
    return await show(
        here,
        "files.html",
        status,
        files=await _rows(here, shown),
        name=name,
        newer=_address(name, "") if before else None,
        older=_address(name, cursor_of(shown[-1])) if more else None,
        used=used.bytes,
        most=services.files.limits.company,
        form=form or Form(),
        brings=may_bring(here.actor),
    )


async def _rows(here: Visitor, shown: Sequence[Held]) -> list[dict[str, Any]]:
    people = await views.people(here.desk.services.pool, {one.person for one in shown})
    return [
        {
            "card": card(None, one),
            "at": one.at,
            "by": people[one.person].name if one.person in people else "",
        }
        for one in shown
    ]


def _address(name: str, before: str) -> str:
    given = {key: value for key, value in (("name", name), ("before", before)) if value}
    return f"/files?{urlencode(given)}" if given else "/files"


@get("/files", opt={"needs": "files"})
async def library(request: Req) -> Page:
    query = request.query_params
    name = query.get("name", "").replace("\0", "").strip()[:150]
    return await _page(visitor(request), name=name, before=query.get("before", ""))


@post("/files", opt={"needs": "files"}, request_max_body_size=LARGEST_FORM)
async def add(request: Req) -> Page:
    """Files by a plain form: to a trade, to a company's page, or to the library."""
    here, form = visitor(request), await typed(request)
    place = await _place(request, form.get("trade", ""), form.get("company", ""))
    if not may_bring(here.actor):
        raise PermissionDeniedException("not for this role")
    try:
        if not await attached(here, place, await request.form()):
            raise Wrong(file=here.t("Choose a file first."))
    except Wrong as wrong:
        if place:
            raise
        return await _page(here, 422, Form(form, wrong.fields))
    return see_other(_page_of(place))


def _page_of(place: Ref | None) -> str:
    if place is None:
        return "/files"
    return f"/trades/{public_id(place)}" if place.kind is Kind.TRADE else f"/companies/{place.owner}"


class Begin(msgspec.Struct, frozen=True):
    """What the script says of a file before it sends it."""

    name: str
    size: int
    type: str = ""
    trade: str = ""
    company: str = ""


def _said(here: Visitor, upload: Upload) -> Page:
    said = {
        "id": upload.id,
        "name": upload.name,
        "size": here.f.size(upload.size),
        "received": upload.received,
        "sha256": upload.sha256,
    }
    return _json(said, 200)


def _json(value: object, status: int) -> Page:
    text = msgspec.json.encode(value).decode()
    return Response(text, status_code=status, media_type="application/json", headers=HEADERS)


_STATUS = {FileCode.UNKNOWN: 404, FileCode.WRONG_OFFSET: 409, FileCode.NO_SCANNER: 503}


def _not_taken(request: Req, refused: FileRefused) -> Page:
    """For the script: why, in the reader's language, and from where to go on."""
    said = {"message": say_field(visitor(request).f, refused.message)}
    return _json(said | {"received": refused.data.get("received", 0)}, _STATUS.get(refused.code, 422))


_SCRIPT: dict[str, Any] = {"opt": {"needs": "files"}, "exception_handlers": {FileRefused: _not_taken}}


def _bringing(request: Req) -> Visitor:
    here = visitor(request)
    if not may_bring(here.actor):
        raise PermissionDeniedException("not for this role")
    return here


@post("/files/uploads", status_code=200, **_SCRIPT)
async def begin(request: Req) -> Page:
    here = _bringing(request)
    try:
        file = msgspec.json.decode(await request.body(), type=Begin)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise ClientException("this is no file's description") from None
    place = await _place(request, file.trade, file.company)
    company, person = here.actor.company, here.actor.member
    files = here.desk.services.files
    return _said(here, await files.begin(company, person, file.name, file.size, wall(), place, file.type))


@get("/files/uploads/{id:str}", **_SCRIPT)
async def upload(request: Req, id: FromPath[str]) -> Page:
    here = visitor(request)
    return _said(here, await here.desk.services.files.upload(id, here.actor.company, wall()))


@patch("/files/uploads/{id:str}", request_max_body_size=LARGEST_FORM, **_SCRIPT)
async def send(request: Req, id: FromPath[str]) -> Page:
    here = _bringing(request)
    offset = request.headers.get("upload-offset", "")
    if not (offset.isascii() and offset.isdigit() and len(offset) < 16):
        raise ClientException("where do these bytes belong?")
    files = here.desk.services.files
    return _said(here, await files.append(id, here.actor.company, int(offset), _body(request), wall()))


async def _body(request: Req) -> AsyncIterator[bytes]:
    try:
        async for chunk in request.stream():
            yield chunk
    except InternalServerException:
        raise ClientException("the line broke") from None


@delete("/files/uploads/{id:str}", status_code=200, **_SCRIPT)
async def cancel(request: Req, id: FromPath[str]) -> Page:
    here = _bringing(request)
    ended = await here.desk.services.files.cancel(id, here.actor.company, wall())
    return _json({}, 200 if ended else 404)


async def _held(request: Req, sha256: str) -> Held:
    """The file, where the visitor may read it: at the place that the address names."""
    query, here = request.query_params, visitor(request)
    place = await _place(request, query.get("trade", ""), query.get("company", ""))
    held = await here.desk.services.files.held(sha256, here.actor.company, place)
    if held is None:
        raise NotFoundException("no such file")
    return held


@get("/files/{sha256:str}", opt={"needs": "files"})
async def original(request: Req, sha256: FromPath[str]) -> Stream:
    files = visitor(request).desk.services.files
    found = await download(files, await _held(request, sha256), request.headers)
    return Stream(found.chunks or iter(()), status_code=found.status, headers=found.headers)


@get("/files/{sha256:str}/picture", opt={"needs": "files"})
async def picture(request: Req, sha256: FromPath[str]) -> Stream:
    """Drawn anew from the file, so that nothing of what was sent reaches the page."""
    held = await _held(request, sha256)
    opened = await visitor(request).desk.services.files.display(held.sha256)
    if opened is None:
        raise NotFoundException("no picture of this file")
    headers = {**SAFE, "Cache-Control": "private, max-age=3600", "Content-Length": str(opened.size)}
    return Stream(await begun(opened), media_type=opened.media_type, headers=headers)
