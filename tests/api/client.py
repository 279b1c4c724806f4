"""The API as a program calls it, in the same process: one client, any role."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, cast

import httpx
import msgspec
from litestar import Litestar

from tests.platform import BEGIN, Running, running
from tests.specification import ANSWERS, REQUIREMENTS
from tradehold.api.problems import exception_handlers
from tradehold.api.router import api_router
from tradehold.domain.identity import Ref, public_id
from tradehold.engine.limits import Limits, Rate

NO_LIMITS = Limits(Rate(10**6, 10**6), Rate(10**6, 10**6))
TERMS: dict[str, Any] = {
    "title": "T-shirts",
    "buyer": {"company": 2, "name": "Harbour Kids Ltd", "country": "US"},
    "supplier": {"company": 7, "name": "Ningbo Brightwear", "country": "CN"},
    "currency": "USD",
    "lines": [{"sku": "A", "description": "shirt", "quantity": "3000", "unit": "C62", "unit_price": "4.20"}],
    "schedule": [
        {"amount": {"minor": 378_000, "currency": "USD"}, "due": "confirmation"},
        {"amount": {"minor": 882_000, "currency": "USD"}, "due": "production"},
    ],
    "ship_by": {"on": "2027-03-01"},
    "incoterm": "FOB",
    "place": "Ningbo",
    "zone": "Asia/Shanghai",
    "market": "US",
    "inspection": {"type": "waiver", "reason": "We know this factory."},
    "requirements": msgspec.to_builtins(REQUIREMENTS),
    "answers": msgspec.to_builtins(ANSWERS),
}


class Api:
    def __init__(self, platform: Running, client: httpx.AsyncClient) -> None:
        self.platform = platform
        self.client = client

    def headers(self, role: str) -> dict[str, str]:
        return {"authorization": f"Bearer {self.platform.tokens[role]}"} if role else {}

    async def get(self, role: str, path: str, **query: Any) -> httpx.Response:
        return await self.client.get(f"/v1{path}", params=query, headers=self.headers(role))

    async def post(
        self, role: str, path: str, body: Any = None, key: str = "", **headers: str
    ) -> httpx.Response:
        """With a new idempotency key unless one is given. A body of bytes goes as it is."""
        sent = self.headers(role) | {"idempotency-key": key or secrets.token_hex(8)}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        if isinstance(body, bytes):
            return await self.client.post(f"/v1{path}", content=body, headers=sent)
        return await self.client.post(f"/v1{path}", json=body, headers=sent)

    async def do(self, role: str, trade: Ref | str, **command: Any) -> httpx.Response:
        """Gives the trade a command, and lets what follows from it happen."""
        name = trade if isinstance(trade, str) else public_id(trade)
        answer = await self.post(role, f"/trades/{name}/commands", command)
        await self.platform.services.sweeper.sweep()
        return answer


@asynccontextmanager
async def calling(platform: Running, limits: Limits = NO_LIMITS) -> AsyncIterator[Api]:
    app = Litestar(
        [api_router(platform.services, limits)],
        exception_handlers=exception_handlers(),
        openapi_config=None,
        logging_config=None,
    )
    transport = httpx.ASGITransport(cast(Any, app))
    async with httpx.AsyncClient(transport=transport, base_url="http://tradehold.test") as client:
        yield Api(platform, client)


@asynccontextmanager
async def api(name: str, begin: datetime = BEGIN, limits: Limits = NO_LIMITS) -> AsyncIterator[Api]:
    async with running(name, begin) as platform, calling(platform, limits) as called:
        yield called


def ok(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The answer is this problem, in the one shape that all problems have."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), (
        answer.text
    )
    body: dict[str, Any] = answer.json()
    assert (body["type"], body["status"]) == (f"/v1/problems/{code}", status), body
    assert body["title"]
    assert body["detail"]
    assert body.keys() <= {"type", "title", "status", "detail", "data", "errors"}
    assert all(error.keys() == {"field", "message"} for error in body.get("errors", ()))
    return body


def fields(body: dict[str, Any]) -> set[str]:
    return {error["field"] for error in body.get("errors", ())}
