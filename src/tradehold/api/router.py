"""Everything under /v1, put together: to be mounted in one application with the pages."""

from typing import Any

from litestar import Router
from litestar.exceptions import HTTPException

from tradehold.api import (
    about,
    approval,
    check,
    company,
    files,
    keys,
    members,
    money,
    notifications,
    platform,
    registration,
    supplier,
    thread,
    trade,
    trade_command,
)
from tradehold.api.gate import Gate, middleware
from tradehold.api.problems import ROOT, handle
from tradehold.engine.limits import Limits
from tradehold.engine.services import Services

ROUTES: list[Any] = [
    *about.ROUTES, *trade.ROUTES, *trade_command.ROUTES, *thread.ROUTES, *company.ROUTES,
    *supplier.ROUTES, *approval.ROUTES, *money.ROUTES, *platform.ROUTES, *files.ROUTES,
    *registration.ROUTES, *members.ROUTES, *keys.ROUTES, *notifications.ROUTES, *check.ROUTES,
]  # fmt: skip


def api_router(services: Services, limits: Limits | None = None) -> Router:
    """The router of /v1. Requests that no route takes never reach it: give the application
    `problems.exception_handlers()`, and no OpenAPI configuration of its own."""
    gate = Gate(services, limits or Limits())
    return Router(
        ROOT,
        route_handlers=[*ROUTES, about.openapi_route(ROUTES)],
        middleware=[middleware(gate)],
        exception_handlers={HTTPException: handle, Exception: handle},
    )
