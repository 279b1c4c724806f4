"""A specification checked and an inspection planned over the API, by nobody in particular."""

from typing import Any

import pytest

from tests.api.client import NO_LIMITS, Api, api, fields, ok, problem
from tradehold.api.check import EXAMPLE
from tradehold.engine.limits import Limits, Rate

SPECIFICATION = {
    "category": "toys",
    "markets": ["DE"],
    "requirements": ["Colour Pantone 1935 D", "good quality", "Design as in design.pdf"],
}


async def check(called: Api, body: Any) -> Any:
    return ok(await called.client.post("/v1/check", json=body))


async def test_anybody_is_told_gaps_what_is_missing_and_duties() -> None:
    async with api(__name__) as called:
        answer = await check(called, SPECIFICATION)
        assert list(answer) == ["gaps", "missing_attributes", "duties"]
        assert [(gap["line"], gap["requirement"], gap["code"], gap["words"]) for gap in answer["gaps"]] == [
            (2, "good quality", "vague_words", "good quality"),
            (3, "Design as in design.pdf", "missing_reference", "design.pdf"),
        ]
        assert answer["missing_attributes"][0].keys() == {"attribute", "name", "importance", "suggestion"}
        assert {duty["market"] for duty in answer["duties"]} == {"DE", "EU"}
        attached = await check(called, {**SPECIFICATION, "attachments": ["design.pdf"]})
        assert [gap["code"] for gap in attached["gaps"]] == ["vague_words"]
        chinese = await check(called, {**SPECIFICATION, "language": "zh"})
        assert "可以有不同理解" in chinese["gaps"][0]["message"]


async def test_the_example_of_the_documentation_is_clear_and_objects_count_as_their_text() -> None:
    async with api(__name__) as called:
        assert (await check(called, EXAMPLE))["gaps"] == []
        bare = {"attribute": "Fabric weight", "value": "200", "unit": "g/m²"}
        [gap] = (await check(called, {"requirements": [bare]}))["gaps"]
        assert (gap["requirement"], gap["code"]) == ("Fabric weight: 200 g/m²", "no_tolerance")


async def test_nothing_of_it_is_kept() -> None:
    async with api(__name__) as called:
        pool = called.platform.services.pool
        tables = "SELECT relname, n_live_tup + n_dead_tup FROM pg_stat_user_tables ORDER BY 1"
        before = await pool.fetch(tables)
        await check(called, SPECIFICATION)
        assert await pool.fetch(tables) == before


@pytest.mark.parametrize(("body", "status", "code", "field"), [
    (b"{", 400, "malformed", ""),
    (b'{"requirements": ["a\\u0000"]}', 422, "invalid_request", ""),
    (b'{"requirements": []}', 422, "invalid_request", "body"),
    (b'{"requirements": ["Red"], "colour": "red"}', 422, "invalid_request", "colour"),
    (b'{"requirements": ["Red"], "market": "XX"}', 422, "invalid_request", "market"),
    (b'{"requirements": ["Red"], "category": "goats"}', 422, "invalid_request", "category"),
    (b'{"requirements": ["Red", {"text": "Blue", "class": "x"}]}', 422, "invalid_request",
     "requirements.1.class"),
    (b'{"requirements": ["' + b"x" * 1001 + b'"]}', 422, "invalid_request", "requirements.0"),
    (b'{"requirements": [' + b'"a",' * 2000 + b'"a"]}', 422, "invalid_request", "requirements.2000"),
    (b'{"requirements": ["' + b"x" * 5_000_000 + b'"]}', 413, "too_large", ""),
    (b'{"requirements": ' + b"[" * 100_000, 400, "malformed", ""),
])  # fmt: skip
async def test_what_cannot_be_read_is_refused_by_name(
    body: bytes, status: int, code: str, field: str
) -> None:
    async with api(__name__) as called:
        answer = await called.client.post(
            "/v1/check", content=body, headers={"content-type": "application/json"}
        )
        assert fields(problem(answer, status, code)) == ({field} if field else set())


async def test_a_body_that_is_not_json_is_not_taken() -> None:
    async with api(__name__) as called:
        problem(await called.client.post("/v1/check", content=b"Red"), 415, "unsupported_media_type")


async def test_a_plan_is_told_with_what_it_lets_pass() -> None:
    async with api(__name__) as called:
        plan = ok(await called.get("", "/plan", lot=500))
        curve = plan.pop("curve")
        assert plan == {
            "code_letter": "H", "sample_size": 50, "accept": 3, "reject": 4, "inspect_100_percent": False,
        }  # fmt: skip
        assert curve[0] == {"defective": "0", "probability": "1"}
        assert [float(one["probability"]) for one in curve] == sorted(
            (float(one["probability"]) for one in curve), reverse=True
        )
        reduced = ok(await called.get("", "/plan", lot=3000, level="i", aql="1.0", severity="Reduced"))
        assert (reduced["code_letter"], reduced["sample_size"], reduced["accept"], reduced["reject"]) == (
            "H", 20, 0, 2,
        )  # fmt: skip
        assert ok(await called.get("", "/plan", lot=500, aql="40"))["curve"] == []


@pytest.mark.parametrize(("query", "field"), [
    ({}, "lot"), ({"lot": "many"}, "lot"), ({"lot": "0"}, "lot"), ({"lot": "9" * 30}, "lot"),
    ({"lot": "5", "aql": "3"}, "aql"), ({"lot": "5", "aql": "x"}, "aql"),
    ({"lot": "5", "aql": "sNaN"}, "aql"),
    ({"lot": "5", "level": "IV"}, "level"), ({"lot": "5", "severity": "hard"}, "severity"),
    ({"lot": "5", "colour": "red"}, "colour"),
])  # fmt: skip
async def test_a_plan_that_no_table_has_is_refused_by_name(query: dict[str, str], field: str) -> None:
    async with api(__name__) as called:
        assert fields(problem(await called.get("", "/plan", **query), 422, "invalid_request")) == {field}


async def test_computing_is_limited_by_the_network_whoever_asks() -> None:
    few = Limits(NO_LIMITS.session, NO_LIMITS.address, Rate(1, 2))
    async with api(__name__, limits=few) as called:
        ok(await called.get("", "/plan", lot=500))
        ok(await called.get("buyer", "/plan", lot=500))
        refused = await called.get("buyer", "/plan", lot=500)
        problem(refused, 429, "rate_limited")
        assert int(refused.headers["retry-after"]) >= 1
        problem(await called.client.post("/v1/check", json=SPECIFICATION), 429, "rate_limited")
        ok(await called.get("", "/health"))
