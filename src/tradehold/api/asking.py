"""Who asks for a change of a plain table, where, and what came of it."""

from typing import TypeVar

from tradehold.api.operation import Caller
from tradehold.api.problems import http_problem, refused
from tradehold.domain.authority import may_read, side
from tradehold.domain.command import Side
from tradehold.domain.identity import MAX_OWNER, company_ref
from tradehold.domain.refusal import Code, Refusal, refuse
from tradehold.engine.access import By, check_change

T = TypeVar("T")


def by_of(request: Caller) -> By:
    client = request.client
    return By(request.auth.actor, request.auth.fresh, client.host if client else "")


def site_of(request: Caller) -> str:
    """The platform's own address, for the links in letters. Raises ProblemError where it is not known."""
    address = request.auth.services.door.address(str(request.base_url))
    if address is None:
        raise http_problem("no_address")
    return address


def number_of(text: str, what: str) -> int:
    """Raises ProblemError where there can be no such thing."""
    if not (text.isascii() and text.isdigit() and len(text) < 16 and str(int(text)) == text):
        raise refused(refuse(Code.UNKNOWN, what=what))
    return int(text)


def company_of(text: str) -> int:
    """A company's number; 0 is the platform itself."""
    number = number_of(text, "company")
    if number > MAX_OWNER:
        raise refused(refuse(Code.UNKNOWN, what="company"))
    return number


def own_company(request: Caller, text: str, what: str) -> int:
    """The company's number, where the caller may read `what` of it: a stranger's does not exist."""
    number, actor = company_of(text), request.auth.actor
    where = side(actor, company_ref(number), None)
    if not may_read(what, where, actor):
        if where is Side.STRANGER:
            raise refused(refuse(Code.UNKNOWN, what="company"))
        raise http_problem("forbidden")
    return number


def changeable(request: Caller, text: str, what: str) -> int:
    """The number of a company of which the caller may change `what`: who may not is told so before anything
    they sent is looked at."""
    number = company_of(text)
    if refusal := check_change(by_of(request), number, what):
        raise refused(refusal)
    return number


def accepted(answer: T | Refusal) -> T:
    """Raises ProblemError for a refusal."""
    if isinstance(answer, Refusal):
        raise refused(answer)
    return answer
