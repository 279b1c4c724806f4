"""For anybody, without an account: whether a specification is clear, and what an inspection lets pass."""

import re
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

import msgspec
from litestar import get, post
from msgspec import Meta

from tradehold.api.operation import Caller, Operation, public
from tradehold.api.problems import ProblemError, http_problem, invalid
from tradehold.api.request import decode, header, read_body, read_query
from tradehold.domain import sampling
from tradehold.domain.requirement import Defect, Tolerance
from tradehold.engine.check import Said, look_for_anybody
from tradehold.engine.specfile import MOST_BYTES, SpecFileError, read_spec

_NAME = "specification.json"
EXAMPLE: dict[str, Any] = {
    "category": "childrens_clothing",
    "markets": ["DE", "US-CA"],
    "attachments": ["design.pdf"],
    "requirements": [
        "Colour Pantone 1935 D",
        "Design as in design.pdf",
        {"attribute": "Fabric weight", "value": "200", "unit": "g/m²", "tolerance": "±5 %"},
    ],
}


class RequirementAsked(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """`text`, or `attribute` and `value`, of which the text is made; what other fields say becomes part of it
    too. `tolerance` as people write it, such as “±5 %” or “-0/+2”."""

    text: str = ""
    attribute: str = ""
    value: str = ""
    unit: str = ""
    tolerance: str | Tolerance = ""
    method: str = ""
    defect: Defect = Defect.MAJOR


class Asked(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """`category` is one of those that contracts have, detected where it is left out; `markets` are
    destinations as ISO 3166 codes (`US-CA` for California, `EU` for all of it); `attachments` the names of
    documents that are at hand; `language` (en, zh, es, pt) that of the messages, else that of the lines."""

    requirements: Annotated[tuple[str | RequirementAsked, ...], Meta(max_length=2000)]
    title: str = ""
    category: str = ""
    markets: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()
    remarks: str = ""
    language: str = ""


_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])


@post(
    "/check",
    opt=public("check", Operation(
        "Say what in a specification nobody could decide, what is missing, and which rules apply", Said,
        "checkSpecification", "For anybody", body=Asked, example=EXAMPLE,
    )),
    status_code=200,
)  # fmt: skip
async def check_specification(request: Caller) -> Said:
    """Nothing of it is kept. The body is read as the same object in a file is (docs/check.md)."""
    if header(request.scope, b"content-type").partition(b";")[0].strip().lower() != b"application/json":
        raise http_problem("unsupported_media_type", "Send the body as application/json.")
    body = await read_body(request.scope, request.receive, MOST_BYTES)
    decode(body, _OBJECT)
    knowledge = request.auth.services.knowledge
    try:
        _, it = await look_for_anybody(lambda: read_spec(_NAME, body), knowledge)
    except SpecFileError as error:
        raise _invalid(str(error)) from None
    return it.said


def _invalid(sentence: str) -> ProblemError:
    """With the field that the sentence names: requirements count from 1 there, and from 0 in a path."""
    where, _, said = sentence.removeprefix(_NAME).lstrip(", :").partition(": ")
    numbered = re.sub(r"^requirements (\d+)", lambda found: f"requirements.{int(found[1]) - 1}", where)
    return invalid(numbered.replace(", ", ".") if said else "body", said or where)


class PlanQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    lot: Annotated[int, Meta(description="Pieces in the lot.")]
    level: Annotated[str, Meta(description="Inspection level: I, II, III, S-1 to S-4.")] = "II"
    aql: Annotated[str, Meta(description="Acceptance quality limit, a column of the tables.")] = "2.5"
    severity: Annotated[str, Meta(description="normal, tightened or reduced.")] = "normal"


class Passes(msgspec.Struct, frozen=True):
    """A lot with this share of defective pieces passes with this probability, both from 0 to 1."""

    defective: Decimal
    probability: Decimal


class PlanAnswer(msgspec.Struct, frozen=True):
    """Up to `accept` defects in the sample pass the lot, `reject` or more refuse it. Where the sample would
    be the lot or more, every piece is inspected. `curve` is empty for an AQL above 10, which counts
    defects."""

    code_letter: str
    sample_size: int
    accept: int
    reject: int
    inspect_100_percent: bool
    curve: tuple[Passes, ...]


@get(
    "/plan",
    opt=public("check", Operation(
        "Tell how many pieces an inspector takes of a lot, and what that lets pass", PlanAnswer,
        "readPlan", "For anybody", query=PlanQuery,
    )),
)  # fmt: skip
async def read_plan(request: Caller) -> PlanAnswer:
    query = read_query(request.scope, PlanQuery)
    tables = request.auth.services.knowledge.aql
    try:
        aql = Decimal(query.aql)
    except InvalidOperation:
        raise invalid("aql", "Give a number with a point, such as 2.5.") from None
    try:
        it = sampling.plan(tables, query.lot, query.level.upper(), aql, query.severity.lower())
    except ValueError as error:
        raise invalid(str(error).partition(" ")[0], str(error)) from None
    drawn = sampling.curve(it) if it.aql <= sampling.COUNTS_DEFECTS else ()
    points = tuple(Passes(*point) for point in drawn)
    return PlanAnswer(it.code_letter, it.sample_size, it.accept, it.reject, it.inspect_100_percent, points)


ROUTES = [check_specification, read_plan]
