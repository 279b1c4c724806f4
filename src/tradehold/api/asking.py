"""Who asks for a change of a plain table, where, and what came of it."""

from typing import TypeVar

from tradehold.api.operation import Caller
from tradehold.api.problems import refused
from tradehold.domain.command import Role
from tradehold.domain.identity import MAX_OWNER
from tradehold.domain.refusal import Code, Refusal, refuse
from tradehold.engine.access import By

T = TypeVar("T")


def by_of(request: Caller) -> By:
    client = request.client
    return By(request.auth.actor, request.auth.fresh, client.host if client else "")


def site_of(request: Caller) -> str:
    """The platform's own address, for the links in letters."""
    return str(request.base_url).rstrip("/")


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


def own_company(request: Caller, text: str) -> int:
    """One's own company's number, or any for an operator: what else is asked for does not exist."""
    number, actor = company_of(text), request.auth.actor
    if actor.company != number and actor.role is not Role.OPERATOR:
        raise refused(refuse(Code.UNKNOWN, what="company"))
    return number


def accepted(answer: T | Refusal) -> T:
    """Raises ProblemError for a refusal."""
    if isinstance(answer, Refusal):
        raise refused(answer)
    return answer
