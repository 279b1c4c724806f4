"""The description of the API holds together, says everything, and is true."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from tests.api.client import api, ok
from tradehold.api.about import openapi_route
from tradehold.api.openapi import document
from tradehold.api.operation import Operation
from tradehold.api.problems import HTTP, STATUS, about
from tradehold.api.router import ROUTES
from tradehold.domain.refusal import Code

DOCUMENT: Any = msgspec.json.decode(msgspec.json.encode(document([*ROUTES, openapi_route(ROUTES)])))
OPERATIONS = [
    (path, method, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]


def values(key: str, node: Any) -> Iterator[Any]:
    if isinstance(node, dict):
        if key in node:
            yield node[key]
        for inner in node.values():
            yield from values(key, inner)
    if isinstance(node, list):
        for inner in node:
            yield from values(key, inner)


async def test_it_is_served_to_anybody() -> None:
    async with api(__name__) as called:
        assert ok(await called.get("", "/openapi.json")) == DOCUMENT


def test_it_says_what_it_is() -> None:
    assert DOCUMENT["openapi"] == "3.1.0"
    assert DOCUMENT["info"].keys() >= {"title", "version", "description"}


def test_every_reference_leads_somewhere_and_every_schema_is_referred_to() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    refs = {ref for ref in values("$ref", DOCUMENT) if isinstance(ref, str)}
    named = {ref.removeprefix("#/components/schemas/") for ref in refs}
    assert named == schemas.keys()


def test_every_operation_is_described_whole() -> None:
    ids = [operation["operationId"] for _, _, operation in OPERATIONS]
    assert len(set(ids)) == len(ids) > 20
    for path, method, operation in OPERATIONS:
        assert operation["summary"]
        statuses = operation["responses"].keys()
        assert len([status for status in statuses if status.startswith("2")]) == 1
        for status, response in operation["responses"].items():
            if status[0] == "2" and "content" not in response:
                assert method in ("head", "options", "patch", "delete") or response["headers"]
                continue
            [(kind, content)] = response["content"].items()
            raw = "application/octet-stream" if path.endswith("{sha256}") else "application/json"
            raw = "application/pdf" if path.endswith(".pdf") else raw
            assert kind == (raw if status[0] == "2" else "application/problem+json")
            assert content["schema"] or kind in ("application/octet-stream", "application/pdf")
            examples = [one["value"] for one in content.get("examples", {}).values()]
            assert all(str(example["status"]) == status for example in examples)
        assert "Retry-After" in operation["responses"]["429"]["headers"]
        named = {one["name"] for one in operation.get("parameters", ()) if one["in"] == "path"}
        assert named == set(re.findall(r"\{(\w+)\}", path))
        assert ("security" in operation) == ("401" not in operation["responses"])
        assert ("requestBody" in operation) <= (method in ("post", "patch"))


def test_every_union_has_its_discriminator() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    unions = [
        node for node in _nodes(DOCUMENT) if len([one for one in node.get("anyOf", ()) if "$ref" in one]) > 1
    ]
    assert unions
    for union in unions:
        mapping = union["discriminator"]["mapping"]
        assert union["discriminator"]["propertyName"] == "type"
        assert {one["$ref"] for one in union["anyOf"]} == set(mapping.values())
        for tag, ref in mapping.items():
            assert schemas[ref.rpartition("/")[2]]["properties"]["type"]["enum"] == [tag]


def _nodes(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for one in inner:
        yield from _nodes(one)


def test_every_example_fits_its_type() -> None:
    operations: list[Operation] = [route.opt["operation"] for route in ROUTES]
    with_body = [one for one in operations if one.body is not None]
    assert with_body
    for operation in with_body:
        assert msgspec.json.decode(msgspec.json.encode(operation.example), type=operation.body)


def test_every_body_refuses_what_it_does_not_know() -> None:
    """As the server does: a client that checks by the schema is not told otherwise by the answer."""
    schemas = DOCUMENT["components"]["schemas"]
    for _, _, operation in OPERATIONS:
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        for name in _reached(content and content["schema"], schemas):
            closed = "enum" in schemas[name] or schemas[name].get("additionalProperties") is False
            assert closed, name


def _reached(node: Any, schemas: Any) -> set[str]:
    found: set[str] = set()
    ahead = [ref.rpartition("/")[2] for ref in values("$ref", node)]
    while ahead:
        name = ahead.pop()
        if name not in found:
            found.add(name)
            ahead += [ref.rpartition("/")[2] for ref in values("$ref", schemas[name])]
    return found


def test_every_problem_has_a_status_a_title_and_a_page() -> None:
    assert STATUS.keys() == set(Code)
    assert not HTTP.keys() & {code.value for code in Code}
    for code in (*HTTP, *Code):
        found = about(code)
        assert found
        assert 400 <= found.status < 600
        assert found.title
        assert found.detail
    assert about("nothing") is None
