"""The page where anybody has a specification looked at, as it is typed or from a file. Nothing is kept."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import msgspec
from litestar import get, post
from litestar.datastructures import UploadFile
from litestar.exceptions import ClientException

from tradehold.domain import clarity
from tradehold.domain.category import LANGUAGES
from tradehold.domain.given import Knowledge
from tradehold.domain.regulation import CATEGORIES, MARKETS
from tradehold.domain.requirement import Gap, GapCode
from tradehold.engine.check import DutySaid, Looked, look_for_anybody
from tradehold.engine.specfile import MOST_BYTES, Spec, SpecFileError, read_lines, read_spec
from tradehold.web import terms
from tradehold.web.forms import Typed
from tradehold.web.i18n import Translator, mark
from tradehold.web.render import page
from tradehold.web.visit import HEADERS, Page, Req, Visitor, show, visitor

View = dict[str, Any]
LARGEST_FORM = MOST_BYTES + 2**20
_MOST_SHOWN = 300  # lines
GAPS = {
    GapCode.VAGUE_WORDS: mark("vague words"),
    GapCode.NO_VALUE: mark("no value"),
    GapCode.NO_UNIT: mark("no unit"),
    GapCode.NO_TOLERANCE: mark("no tolerance"),
    GapCode.NO_METHOD: mark("no test method"),
    GapCode.MISSING_REFERENCE: mark("document not there"),
    GapCode.AMBIGUOUS_REFERENCE: mark("which one?"),
    GapCode.CONTRADICTION: mark("contradiction"),
    GapCode.NOT_PRODUCTS: mark("not about the goods"),
    GapCode.OFF_PLATFORM_PAYMENT: mark("money elsewhere"),
}
EVIDENCE = {
    "report": mark("laboratory report"),
    "certificate": mark("certificate"),
    "declaration": mark("declaration of conformity"),
    "label_photo": mark("photo of the label"),
    "file": mark("technical documentation"),
    "registration": mark("proof of registration"),
    "measurement": mark("measured by the inspector"),
}
# To try it with. Like what it stands for, it is in the language of trade, or in Chinese.
_EXAMPLES = {
    "en": """\
Children's T-shirt, short sleeves
Fabric: organic cotton, 200 gsm
Colour Pantone 1935 D
Colour fastness to washing grade 4
Zipper YKK, good quality
Chest width size 110: 36 cm ±1 cm
Design as in design_draft_a.pdf
Care label in English and French
Packing same as last order
""",
    "zh": """\
儿童短袖T恤
面料：有机棉，克重200克/平方米
颜色：潘通1935 D
耐洗色牢度4级
拉链用YKK，质量要好
胸宽（110码）：36厘米 ±1厘米
图案见design_draft_a.pdf
洗水标用英文和法文
包装同上次订单
""",
}
_EXAMPLE_MARKETS = ("DE", "US-CA")


@get("/check", opt={"needs": "check"})
async def check_page(request: Req) -> Page:
    """With `example` something to try it with."""
    here = visitor(request)
    if "example" not in request.query_params:
        return await _page(here, {}, ())
    text = _EXAMPLES.get(here.t.language, _EXAMPLES["en"])
    return await _looked_at(here, {"text": text}, _EXAMPLE_MARKETS)


@post("/check", opt={"needs": "check"}, status_code=200, request_max_body_size=LARGEST_FORM)
async def check(request: Req) -> Page:
    """The whole page; for the script that follows the typing, what was found alone."""
    here, form = visitor(request), await request.form()
    if len(form) > 100:
        raise ClientException("the form has too many fields")
    sent = {name: str(form.get(name, "")) for name in ("text", "category")}
    markets = [str(one) for one in form.getall("market", []) if str(one) in MARKETS]
    file = form.get("file")
    if isinstance(file, UploadFile) and (body := await file.read()):
        return await _from_file(here, markets, file.filename, body)
    return await _looked_at(here, sent, markets, alone="hx-request" in request.headers)


async def _from_file(here: Visitor, markets: Sequence[str], name: str, body: bytes) -> Page:
    """What the file says goes into the form, to be edited on."""
    knowledge, language = here.desk.services.knowledge, here.t.language
    try:
        spec, it = await look_for_anybody(
            lambda: _with(read_spec(name, body), "", markets), knowledge, language
        )
    except SpecFileError as error:
        return await _page(here, {}, markets, 422, problem=_sentence(error))
    heads = [f"Title: {spec.title}"] if spec.title else []
    heads += [f"Attachments: {', '.join(spec.attachments)}"] if spec.attachments else []
    sent = {
        "text": "\n".join([*heads, *(one.text for one in spec.requirements)]),
        "category": spec.category,
    }
    return await _page(here, sent, spec.markets, found=view(here.t, it, knowledge, spec.left_out))


async def _looked_at(here: Visitor, sent: Typed, markets: Sequence[str], alone: bool = False) -> Page:
    if not sent["text"].strip():
        return _found(here) if alone else await _page(here, sent, markets)
    knowledge, language = here.desk.services.knowledge, here.t.language
    category = sent.get("category", "")
    try:
        spec, it = await look_for_anybody(
            lambda: _with(read_lines(sent["text"]), category, markets), knowledge, language
        )
    except SpecFileError as error:
        problem = _sentence(error)
        if alone:
            return _found(here, 422, problem=problem)
        return await _page(here, sent, markets, 422, problem=problem)
    found = view(here.t, it, knowledge, spec.left_out)
    return _found(here, found=found) if alone else await _page(here, sent, markets, found=found)


def _with(spec: Spec, category: str, markets: Sequence[str]) -> Spec:
    """What is chosen on the page goes before what the lines say of themselves."""
    chosen = category if category in CATEGORIES else spec.category
    return msgspec.structs.replace(spec, category=chosen, markets=tuple(markets) or spec.markets)


def _sentence(error: SpecFileError) -> str:
    """Pasted text has no name to be told."""
    said = str(error).removeprefix("-, ").removeprefix("-: ")
    return f"{said[:1].upper()}{said[1:]}." if said != str(error) else f"{said}."


def _found(here: Visitor, status: int = 200, found: View | None = None, problem: str = "") -> Page:
    text = page("check_found.html", t=here.t, f=here.f, found=found, problem=problem, alone=True)
    return Page(text, status_code=status, media_type="text/html", headers=HEADERS)


async def _page(
    here: Visitor, sent: Typed, markets: Sequence[str], status: int = 200, found: View | None = None,
    problem: str = "",
) -> Page:  # fmt: skip
    return await show(
        here,
        "check.html",
        status,
        text=sent.get("text", ""),
        categories=_categories(here, sent.get("category", "")),
        markets=[{"code": code, "name": market(here.t, code), "chosen": code in markets} for code in MARKETS],
        found=found,
        problem=problem,
        alone=False,
        draft=here.session is not None and not here.operates,
    )


def _categories(here: Visitor, chosen: str) -> list[View]:
    known = here.desk.services.knowledge.categories.categories
    listed = [
        {"value": key, "name": known[key].names.of(here.t.language), "chosen": key == chosen}
        for key in CATEGORIES
    ]
    return sorted(listed, key=lambda one: str(one["name"])) if here.t.language != "zh" else listed


def market(t: Translator, code: str) -> str:
    named = {"EU": t("European Union"), "US-CA": t("California")}
    return named.get(code) or terms.country(t, code)


# -- what was found


def view(t: Translator, it: Looked, knowledge: Knowledge, left_out: Sequence[str] = ()) -> View:
    """For check_found.html, which says what it holds."""
    names = knowledge.categories.categories
    lines = list(_lines(t, it, knowledge))
    open_lines = sum(1 for line in lines if line["gaps"] and line["number"])
    shown = lines if len(lines) <= _MOST_SHOWN else [line for line in lines if line["gaps"]]
    return {
        "count": len(it.spec.requirements),
        "decided": len(it.spec.requirements) - open_lines,
        "gaps": len(it.found.gaps),
        "lines": shown[:_MOST_SHOWN],
        "more": max(0, len(shown) - _MOST_SHOWN),
        "category": names[it.found.category].names.of(t.language) if it.found.category else "",
        "detected": it.found.detected,
        "missing": [
            {"title": title, "lines": [one for one in it.said.missing_attributes if one.importance == rank]}
            for rank, title in ((1, t("Every such contract fixes this")), (2, t("Most fix this too")))
            if any(one.importance == rank for one in it.said.missing_attributes)
        ],
        "markets": list(_markets(t, it)),
        "left_out": ", ".join(left_out),
        "language": it.spec.language if it.spec.language in LANGUAGES else "en",
    }


def _lines(t: Translator, it: Looked, knowledge: Knowledge) -> Iterator[View]:
    of_line: dict[int | None, list[Gap]] = {}
    for gap in it.found.gaps:
        of_line.setdefault(gap.requirement, []).append(gap)
    for number, one in enumerate(it.spec.requirements):
        yield _line(t, number + 1, one.text, of_line.get(number, []), knowledge)
    if remarks := of_line.get(None):
        yield _line(t, 0, it.spec.remarks, remarks, knowledge)


def _line(t: Translator, number: int, text: str, gaps: list[Gap], knowledge: Knowledge) -> View:
    return {
        "number": number,
        "parts": list(_parts(text, gaps)),
        "gaps": [
            {
                "code": gap.code.value,
                "name": t(GAPS[gap.code]),
                "said": clarity.message(gap, t.language, knowledge),
                "why": clarity.why(gap, t.language, knowledge),
                "other": None if gap.other is None else gap.other + 1,
            }
            for gap in gaps
        ],
        "instead": [one for one in dict.fromkeys(gap.suggestion for gap in gaps) if one],
    }


def _parts(text: str, gaps: list[Gap]) -> Iterator[View]:
    """The text cut into what causes gaps and what does not."""
    place = 0
    for gap in sorted(gaps, key=lambda one: (one.start, -one.end)):
        start, end = max(gap.start, place), min(gap.end, len(text))
        if start >= end:
            continue
        if start > place:
            yield {"text": text[place:start], "marked": False}
        yield {"text": text[start:end], "marked": True}
        place = end
    if place < len(text):
        yield {"text": text[place:], "marked": False}


def _markets(t: Translator, it: Looked) -> Iterator[View]:
    """The rules by the market whose law they are; of them those that can be taken over first."""
    duties = sorted(it.said.duties, key=lambda one: list(MARKETS).index(one.market))
    for code, group in groupby(duties, key=lambda one: one.market):
        listed = sorted(group, key=lambda one: not one.proposed)
        yield {"code": code, "name": market(t, code), "duties": [_duty(t, one) for one in listed]}


def _duty(t: Translator, one: DutySaid) -> View:
    name, _, address = one.source.partition(", https://")
    return {
        "parameter": one.parameter[:1].upper() + one.parameter[1:],
        "scope": one.scope,
        "requirement": one.requirement,
        "citation": one.citation,
        "evidence": ("、" if t.language == "zh" else ", ").join(t(EVIDENCE[each]) for each in one.evidence),
        "source": name,
        "href": f"https://{address}" if address else "",
        "confidence": one.confidence,
        "proposed": one.proposed,
    }


PAGES = [check_page, check]
