"""What the API says about itself, to anybody."""

from typing import Any

import msgspec
from litestar import Response, get
from litestar.params import FromPath

from tradehold.api.openapi import document
from tradehold.api.operation import Caller, Operation, public
from tradehold.api.problems import About, about, http_problem


class Health(msgspec.Struct, frozen=True):
    """`ok`: requests are taken and the database answers. Otherwise the answer is the problem
    `unavailable`."""

    status: str


@get(
    "/health",
    opt=public("health", Operation(
        "Tell whether the platform works", Health, "readHealth", "About", refused=("unavailable",)
    )),
)  # fmt: skip
async def read_health(request: Caller) -> Health:
    await request.auth.services.pool.fetchval("SELECT 1")
    return Health("ok")


@get(
    "/problems/{code:str}",
    opt=public("openapi", Operation(
        "Explain a problem type", About, "explainProblem", "About", refused=("not_found",)
    )),
)  # fmt: skip
async def explain_problem(code: FromPath[str]) -> About:
    found = about(code)
    if found is None:
        raise http_problem("not_found")
    return found


def openapi_route(routes: list[Any]) -> Any:
    """Serves the description of `routes` and of itself."""

    @get(
        "/openapi.json",
        opt=public("openapi", Operation(
            "Describe this API (OpenAPI 3.1)", dict[str, Any], "readOpenapi", "About"
        )),
    )  # fmt: skip
    async def read_openapi() -> Response[bytes]:
        return Response(described, media_type="application/json")

    described = msgspec.json.encode(document([*routes, read_openapi]))
    return read_openapi


ROUTES = [read_health, explain_problem]
