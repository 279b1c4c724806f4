"""The description of the API, OpenAPI 3.1, generated from what the routes say of themselves and from the
types.

Litestar's own generator is not used: it does not see plain ASGI routes, leaves out the discriminator of
unions, and knows nothing of problems. msgspec writes the schemas; this file puts them where they belong.
"""

import re
from collections.abc import Iterable
from importlib.metadata import version
from typing import Any

import msgspec

from tradehold.api.operation import Operation
from tradehold.api.problems import HTTP, MEDIA_TYPE, ROOT, Problem, about

_SCHEMAS = "#/components/schemas/{name}"
_DESCRIPTION = """\
Tradehold holds a buyer's money until the goods match the contract and ship on time.

* **Who calls** is a session or an API key: `Authorization: Bearer <token>`. Either sees its own company's
  side and nothing else; what it may not read does not exist for it. A key reads, trades or deals with money,
  as its scope says, and never does what takes a second factor.
* **Commands** change things, and nothing else does. Each carries an `Idempotency-Key`: the same key with the
  same command answers what it answered first, with another command it is refused. A refusal uses no key up.
* **Problems** are RFC 9457 problem details. `type` names the refusal and can be fetched.
* **Amounts** are `{"minor": 125000, "currency": "USD"}`: 1,250.00 dollars in cents. **Times** are RFC 3339
  with zone. Decimals are strings. Fields that are not described are refused.
* **Pages** hold `data`, `has_more` and `next`; send `next` as `after` to go on.
* **Limits**: 100 requests a second for a session or a key and 200 at once; without one 20 and 60 for an
  address; what anybody may have computed, 2 and 30 for a network. Then 429 with `Retry-After`.
"""
# What any route may answer with, and what those with a body, or behind the gate, may besides.
_ANY = ("rate_limited", "internal", "unavailable")
_WITH_BODY = ("malformed", "too_large", "unsupported_media_type")
_GATED = ("unauthenticated", "forbidden")
_PARAMETER = re.compile(r"\{(\w+):str\}")
_ASKS = {
    "trade": "The trade's id: trd_…",
    "company": "The company's number.",
    "person": "The member's number.",
    "invitation": "The invitation's number.",
    "key": "The key's number.",
    "approval": "The approval's id: apr_…",
    "upload": "The upload's id, the last part of its Location.",
    "sha256": "The file's SHA-256 in hexadecimal, which is its name.",
    "code": "The problem's code, the last part of its `type`.",
}


def document(routes: Iterable[Any]) -> dict[str, Any]:
    """The whole description, ready to be encoded."""
    operations = [(path, _method(one), one.opt) for one in routes for path in sorted(one.paths)]
    types = [Problem]
    for _, _, opt in operations:
        operation: Operation = opt["operation"]
        types += [one for one in (operation.answer, operation.body, operation.query) if one is not None]
    schemas, components = msgspec.json.schema_components(types, ref_template=_SCHEMAS)
    known = _Schemas(types, list(schemas), components)
    paths: dict[str, dict[str, Any]] = {}
    for path, method, opt in operations:
        paths.setdefault(ROOT + _PARAMETER.sub(r"{\1}", path), {})[method] = _operation(path, opt, known)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Tradehold",
            "version": version("tradehold"),
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"session": []}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": {name: schema for name, schema in components.items() if name not in known.queries},
            "securitySchemes": {
                "session": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The token of a session, or an API key.",
                }
            },
        },
    }


class _Schemas:
    """The schema of each type, found by identity: types like `Page[X]` have no name of their own."""

    def __init__(self, types: list[Any], schemas: list[dict[str, Any]], components: dict[str, Any]) -> None:
        self._types = types
        self._schemas = schemas
        self._components = components
        self.queries: set[str] = set()

    def of(self, kind: Any) -> dict[str, Any]:
        return self._schemas[self._types.index(kind)]

    def parameters(self, query: Any) -> list[dict[str, Any]]:
        """A query's type is spread over parameters; as a schema of its own it would mislead."""
        name = self.of(query)["$ref"].rpartition("/")[2]
        self.queries.add(name)
        found = []
        for field, schema in self._components[name]["properties"].items():
            plain = {key: value for key, value in schema.items() if key != "description"}
            said = schema.get("description") or next(
                (one["description"] for one in schema.get("anyOf", ()) if "description" in one), ""
            )
            found.append({"name": field, "in": "query", "description": said, "schema": plain})
        return found


def _method(route: Any) -> str:
    [method] = route.http_methods
    return str(method).lower()


def _operation(path: str, opt: dict[str, Any], known: _Schemas) -> dict[str, Any]:
    operation: Operation = opt["operation"]
    said: dict[str, Any] = {
        "operationId": operation.id,
        "summary": operation.summary,
        "tags": [operation.tag],
    }
    parameters = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": _ASKS[name],
            "schema": {"type": "string"},
        }
        for name in _PARAMETER.findall(path)
    ]
    if operation.query is not None:
        parameters += known.parameters(operation.query)
    parameters += [_header(*one) for one in operation.asks.items()]
    if operation.keyed:
        parameters.append(_KEY)
    if parameters:
        said["parameters"] = parameters
    if operation.body is not None:
        content = {"schema": known.of(operation.body), "example": operation.example}
        said["requestBody"] = {"required": True, "content": {"application/json": content}}
    if operation.media:
        said["requestBody"] = {"required": True, "content": {kind: _file(kind) for kind in operation.media}}
    if "public" in opt:
        said["security"] = []
    said["responses"] = _responses(opt, operation, known)
    return said


_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "Makes retries safe: 1 to 255 visible ASCII characters, chosen anew for each command.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    "example": "2b9c3f1e-ship-1",
}


def _header(name: str, said: str) -> dict[str, Any]:
    needed, name = not name.endswith("?"), name.rstrip("?")
    return {
        "name": name,
        "in": "header",
        "required": needed,
        "description": said,
        "schema": {"type": "string"},
    }


def _file(kind: str) -> dict[str, Any]:
    if kind != "multipart/form-data":
        return {"schema": {"type": "string"}}
    file = {"type": "string", "contentMediaType": "application/xml"}
    return {"schema": {"type": "object", "required": ["file"], "properties": {"file": file}}}


def _responses(opt: dict[str, Any], operation: Operation, known: _Schemas) -> dict[str, Any]:
    done: dict[str, Any] = {"description": "Done."}
    if operation.gives:
        done["content"] = {operation.gives: {"schema": {}}}
    elif operation.answer is not None:
        done["content"] = {"application/json": {"schema": known.of(operation.answer)}}
    if operation.tells:
        done["headers"] = {
            name: {"description": said, "schema": {"type": "string"}}
            for name, said in operation.tells.items()
        }
    responses: dict[str, Any] = {str(operation.status): done}
    codes = [*_ANY, *operation.refused]
    codes += _GATED if "public" not in opt else ()
    codes += _WITH_BODY if operation.body is not None or operation.media else ()
    codes += ("invalid_request",) if operation.body is not None or operation.query is not None else ()
    codes += ("idempotency_key_required", "csrf") if operation.keyed else ()
    by_status: dict[int, list[str]] = {}
    for code in sorted(set(codes)):
        found = about(code)
        assert found, code
        by_status.setdefault(found.status, []).append(code)
    for status, some in sorted(by_status.items()):
        responses[str(status)] = _problem(status, some, known)
    return responses


def _problem(status: int, codes: list[str], known: _Schemas) -> dict[str, Any]:
    examples = {}
    for code in codes:
        found = about(code)
        assert found
        value = Problem(found.type, found.title, found.status, found.detail)
        examples[code] = {"value": msgspec.to_builtins(value)}
    response: dict[str, Any] = {
        "description": "; ".join(code.replace("_", " ") for code in codes).capitalize() + ".",
        "content": {MEDIA_TYPE: {"schema": known.of(Problem), "examples": examples}},
    }
    if status in (HTTP["rate_limited"][0], HTTP["unavailable"][0]):
        again = {"description": "Seconds to wait.", "schema": {"type": "integer"}}
        response["headers"] = {"Retry-After": again}
    return response
