"""Everything that can go wrong, as RFC 9457 problem details: one shape, whatever refused.

    {"type": "/v1/problems/stale_revision", "title": "Stale revision", "status": 409,
     "detail": "Revision 1 is not the current one (2). …", "data": {"given": 1, "current": 2}, "errors": []}

`type` names the refusal and can be fetched; `detail` is for people, `data` holds the facts of it, `errors`
names the fields that are wrong. What breaks inside says so and nothing more: its cause stands in the log.

The status follows one question: what has to change so that the same request would succeed?
    400 422  the request itself: it cannot be read, or what it says cannot be right
    401 403  who asks: nobody known, or somebody who may not (whether alone or at all)
    404      what it is about: it does not exist, or not for this caller
    409      the state of things: another stage, revision, balance or point in time
    429 503  nothing: the same request later
"""

import logging
import re
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap

from tradehold.domain.refusal import MESSAGES, Code, Refusal
from tradehold.engine.execute import Unavailable
from tradehold.engine.filerefused import FileCode, FileRefused
from tradehold.store.blobs import BlobError
from tradehold.store.database import DatabaseError, Gone

log = logging.getLogger("tradehold")

MEDIA_TYPE = "application/problem+json"
ROOT = "/v1"

STATUS: dict[Code, int] = {
    Code.NOT_ALLOWED: 403,
    Code.NOT_YOUR_DUTY: 403,
    Code.STEP_UP: 403,
    Code.NEEDS_SECOND_PERSON: 403,
    Code.SAME_PERSON: 403,
    Code.KEY_REUSED: 409,
    Code.UNKNOWN: 404,
    Code.EXISTS: 409,
    Code.FROZEN: 409,
    Code.WRONG_STAGE: 409,
    Code.INVALID_TERMS: 422,
    Code.UNKNOWN_POLICY: 422,
    Code.STALE_REVISION: 409,
    Code.ALREADY_CONFIRMED: 409,
    Code.FROZEN_TERMS: 409,
    Code.NO_AMENDMENT: 409,
    Code.OWN_AMENDMENT: 409,
    Code.EXTENSION_TOO_LONG: 422,
    Code.UNPROTECTED: 422,
    Code.UNACKNOWLEDGED: 422,
    Code.INSPECTION_OPEN: 409,
    Code.NO_INSPECTION_OPEN: 409,
    Code.SUPPLIER_NOT_ASSURED: 409,
    Code.COVER_EXCEEDED: 409,
    Code.MONEY_RECEIVED: 409,
    Code.INCOMPLETE: 422,
    Code.NO_EVIDENCE: 422,
    Code.NOT_YET: 422,
    Code.EXPIRED: 422,
    Code.TOO_SOON: 422,
    Code.INVALID_DETAILS: 422,
    Code.LAST_OWNER: 409,
    Code.EMPTY_MESSAGE: 422,
    Code.TOO_LONG: 422,
    Code.TOO_MANY_FILES: 422,
    Code.THREAD_FULL: 409,
    Code.NOT_PAID: 409,
    Code.UNKNOWN_LINE: 422,
    Code.TOO_MANY: 422,
    Code.SHIP_DATE_IN_FUTURE: 422,
    Code.SHIP_DATE_BEFORE_CONFIRMATION: 422,
    Code.UNKNOWN_SHIPMENT: 422,
    Code.EVIDENCE_SETTLED: 409,
    Code.EVIDENCE_PENDING: 409,
    Code.PROOF_PENDING: 409,
    Code.TOO_LATE: 409,
    Code.INVALID_AMOUNT: 422,
    Code.UNKNOWN_ACCOUNT: 422,
    Code.WRONG_CURRENCY: 422,
    Code.STATEMENT_UNBALANCED: 422,
    Code.STATEMENT_GAP: 409,
    Code.STATEMENT_KNOWN: 409,
    Code.STATEMENT_MISSING: 409,
    Code.DUPLICATE: 409,
    Code.NO_SHORTFALL: 409,
    Code.UNKNOWN_PAYMENT: 422,
    Code.NO_DESTINATION: 422,
    Code.ACCOUNT_TOO_NEW: 409,
    Code.PAYOUTS_PAUSED: 409,
    Code.SUPPLIER_STOPPED: 409,
    Code.WOULD_OVERDRAW: 409,
    Code.NOT_DUE: 409,
    Code.FAULT: 500,
}

# What is refused before the domain is asked: the status and what is said of it.
HTTP: dict[str, tuple[int, str]] = {
    "malformed": (400, "The request cannot be read."),
    "idempotency_key_required": (
        400, "Send an Idempotency-Key header of 1 to 255 visible ASCII characters; it makes retries safe.",
    ),
    "unauthenticated": (
        401, "Sign in: send “Authorization: Bearer” with the token of a running session, or an API key.",
    ),
    "csrf": (403, "A session cookie alone changes nothing: send the session's X-CSRF-Token header too."),
    "forbidden": (403, "You may not read this."),
    "not_found": (404, "There is nothing at this address."),
    "method_not_allowed": (405, "This address does not take that method."),
    "tus_version": (412, "Send “Tus-Resumable: 1.0.0”: uploads speak that version of tus."),
    "too_large": (413, "The body is larger than this address takes."),
    "unsupported_media_type": (415, "The body is of a type that this address does not take."),
    "range_not_satisfiable": (416, "The file has no such bytes: Content-Range says how many it has."),
    "invalid_request": (422, "The request does not say what this address needs."),
    "bank_file": (422, "The bank file cannot be used; nothing was changed."),
    "rate_limited": (429, "Too many requests: wait as many seconds as Retry-After says."),
    "internal": (500, "Something broke here. It has been written down; nothing was half done."),
    "no_address": (
        503, "This platform does not know its own address; its operator has to set TRADEHOLD_URL.",
    ),
    "unavailable": (
        503, "The database, or the place for files, cannot be reached. Whether your command happened, the "
        "same key asked again tells.",
    ),
    # What happens to files: see engine/files.py, whose sentence is more exact than these.
    FileCode.UNKNOWN: (404, "There is no such upload, or its time is over: begin it anew."),
    FileCode.WRONG_OFFSET: (409, "Other bytes are awaited: Upload-Offset says from where to go on."),
    FileCode.QUOTA: (409, "There is no room for this: `data` says what is used up."),
    FileCode.TOO_LARGE: (413, "The file is larger than may be, or than it was announced."),
    FileCode.NOT_ALLOWED: (415, "Files of this type are not taken: `data` names those that are."),
    FileCode.MISMATCH: (415, "The file's content is not what its name promises."),
    FileCode.EMPTY: (422, "The file is empty."),
    FileCode.BROKEN: (422, "The file is broken or cut off."),
    FileCode.UNSAFE: (422, "The file holds what could harm whoever opens it."),
    FileCode.INFECTED: (422, "The virus scanner found something in the file, which was deleted."),
    FileCode.NO_SCANNER: (
        503, "The virus scanner does not answer; what was sent is kept. Send an empty PATCH at its end "
        "later.",
    ),
}  # fmt: skip
_BY_STATUS = {
    400: "malformed", 401: "unauthenticated", 403: "forbidden", 404: "not_found", 405: "method_not_allowed",
    413: "too_large", 415: "unsupported_media_type", 422: "invalid_request", 429: "rate_limited",
}  # fmt: skip
RETRY_AFTER = 2  # seconds until a database that went away is worth asking again
_SCANNER_AFTER = 60  # seconds


class FieldError(msgspec.Struct, frozen=True):
    """`field` is the path in the request, such as `schedule.0.amount`."""

    field: str
    message: str


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """What went wrong (RFC 9457). `data` fills in the facts of `detail`, `errors` the fields that are
    wrong."""

    type: str
    title: str
    status: int
    detail: str
    data: dict[str, str | int] = {}
    errors: tuple[FieldError, ...] = ()


class ProblemError(Exception):
    """Ends a request with a problem."""

    def __init__(self, problem: Problem, headers: dict[str, str] | None = None) -> None:
        super().__init__(problem.detail)
        self.problem = problem
        self.headers = headers or {}


def _title(code: str) -> str:
    return code.replace("_", " ").capitalize()


def http_problem(code: str, detail: str = "", *errors: FieldError, **headers: str) -> ProblemError:
    """A problem of the HTTP layer. Header names are written with underscores."""
    status, text = HTTP[code]
    problem = Problem(f"{ROOT}/problems/{code}", _title(code), status, detail or text, {}, errors)
    return ProblemError(problem, {name.replace("_", "-"): value for name, value in headers.items()})


def invalid(field: str, message: str) -> ProblemError:
    return http_problem("invalid_request", f"{field}: {message}", FieldError(field, message))


def refused(refusal: Refusal) -> ProblemError:
    errors = tuple(FieldError(field, message) for field, message in refusal.fields.items())
    code = refusal.code.value
    status = STATUS[refusal.code]
    problem = Problem(f"{ROOT}/problems/{code}", _title(code), status, refusal.message, refusal.data, errors)
    return ProblemError(problem)


def file_refused(refused: FileRefused) -> ProblemError:
    found = http_problem(refused.code, refused.message)
    headers = {}
    if refused.code is FileCode.WRONG_OFFSET:
        headers["Upload-Offset"] = str(refused.data["received"])
    if refused.code is FileCode.NO_SCANNER:
        headers["Retry-After"] = str(_SCANNER_AFTER)
    said = {name: _plain(value) for name, value in refused.data.items()}
    return ProblemError(msgspec.structs.replace(found.problem, data=said), headers)


def _plain(value: object) -> str | int:
    """Lists as words: the facts of a problem are single values."""
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return value if isinstance(value, int) else str(value)


_PLACE = re.compile(r"(?P<text>.*?)(?: - at `\$(?P<path>.*)`)?", re.DOTALL)
_NAMED = re.compile(r"Object (?:contains unknown|missing required) field `(?P<name>.*)`", re.DOTALL)


def misfit(error: msgspec.ValidationError) -> ProblemError:
    """What does not fit its type, with the path of the field."""
    found = _PLACE.fullmatch(str(error))
    text, path = (found["text"], found["path"] or "") if found else (str(error), "")
    path = re.sub(r"\[([^]]*)\]", r".\1", path)
    named = _NAMED.fullmatch(text)
    if named:
        path = f"{path}.{named['name']}"
    field = path.lstrip(".")
    return http_problem("invalid_request", f"{field or 'body'}: {text}", FieldError(field, text))


def as_problem(error: Exception) -> ProblemError:
    match error:
        case ProblemError():
            return error
        case FileRefused():
            return file_refused(error)
        case Unavailable() | DatabaseError() | BlobError() | OSError():
            log.warning("unavailable: %s", error)
            return http_problem("unavailable", retry_after=str(RETRY_AFTER))
        case _ if isinstance(error, Gone):
            log.warning("the database is gone: %s", error)
            return http_problem("unavailable", retry_after=str(RETRY_AFTER))
        case HTTPException() if error.status_code in _BY_STATUS:
            allow = (error.headers or {}).get("allow")
            return http_problem(_BY_STATUS[error.status_code], **({"allow": allow} if allow else {}))
        case _:
            log.error("a request failed", exc_info=error)
            return http_problem("internal")


def handle(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Litestar's exception handler for everything under /v1."""
    found = as_problem(error)
    body = msgspec.json.encode(found.problem)
    return Response(body, status_code=found.problem.status, media_type=MEDIA_TYPE, headers=found.headers)


def exception_handlers(pages: Any = None) -> ExceptionHandlersMap:
    """For the application as a whole: what no route of /v1 took is answered as a problem there, and
    everywhere else by `pages`, an exception handler of the same shape."""

    def choose(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
        path = request.scope["path"]
        here = pages is None or path == ROOT or path.startswith(f"{ROOT}/")
        answer: Response[Any] = handle(request, error) if here else pages(request, error)
        return answer

    return {HTTPException: choose, Exception: choose}


_CODES = frozenset(code.value for code in Code)


class About(msgspec.Struct, frozen=True):
    """What a problem type means. `detail` is a template that `data` fills."""

    type: str
    title: str
    status: int
    detail: str


def about(code: str) -> About | None:
    if code in HTTP:
        status, text = HTTP[code]
        return About(f"{ROOT}/problems/{code}", _title(code), status, text)
    if code in _CODES:
        named = Code(code)
        return About(f"{ROOT}/problems/{code}", _title(code), STATUS[named], MESSAGES[named])
    return None
