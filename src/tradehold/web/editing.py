"""What a button of the editor does to the form, for whoever has no script: the same as the script does in
place."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from litestar.datastructures import UploadFile
from litestar.exceptions import NotFoundException

from tradehold.domain.contract import MOST_REQUIREMENTS, MOST_TEXT, Terms
from tradehold.domain.requirement import Requirement, Specification
from tradehold.engine.specfile import MOST_BYTES, SpecFileError, read_spec
from tradehold.web import clarity, editor, rows
from tradehold.web.forms import Typed, Wrong
from tradehold.web.rows import Row
from tradehold.web.trade import row_of, sheet_of
from tradehold.web.visit import Req, Visitor


async def act(request: Req, here: Visitor, form: Typed) -> tuple[Typed, bool]:
    """The form after what its button asks for, and whether it was a button that does not save. Raises Wrong
    about a file, or a choice, that brings nothing."""
    asked, _, rest = form.get("act", "").partition(".")
    if not asked:
        return form, False
    there = rows.rows(form)
    if asked in _TO_ROWS:
        key, _, text = rest.partition(".")
        place = next((n for n, row in enumerate(there) if str(row.key) == key), None)
        if place is not None:
            _TO_ROWS[asked](there, place, text)
        return _with(form, there), True
    match asked:
        case "add":
            duty, _, text = rest.partition(".")
            return _added(here, form, there, [(text, duty)]), True
        case "duties":
            return _added(here, form, there, _open_duties(here, form, there)), True
        case "template":
            lines = clarity.template(form.get("category", ""), _knowledge(here), here.t.language)
            return _added(here, form, there, [(line, "") for line in lines]), True
        case "paste":
            pasted = rows.lines_of(form.get("paste", ""))
            return _added(here, form | {"paste": ""}, there, [(line, "") for line in pasted]), True
        case "category":
            return form | {"category": rest[:60]}, True
        case "bring":
            return await _brought(request, here, form, there, rest), True
    return form, True


def _use(there: list[Row], place: int, text: str) -> None:
    one = there[place]
    there[place] = msgspec.structs.replace(one, text=text[:MOST_TEXT], was=one.text)


def _undo(there: list[Row], place: int, text: str) -> None:
    one = there[place]
    there[place] = msgspec.structs.replace(one, text=one.was or one.text, was="")


def _remove(there: list[Row], place: int, text: str) -> None:
    del there[place]


def _up(there: list[Row], place: int, text: str) -> None:
    there.insert(max(0, place - 1), there.pop(place))


def _down(there: list[Row], place: int, text: str) -> None:
    there.insert(place + 1, there.pop(place))


def _correct(there: list[Row], place: int, text: str) -> None:
    there[place] = msgspec.structs.replace(there[place], open=True)


_TO_ROWS: dict[str, Callable[[list[Row], int, str], None]] = {
    "use": _use, "undo": _undo, "remove": _remove, "up": _up, "down": _down, "correct": _correct,
}  # fmt: skip


def _with(form: Typed, there: list[Row]) -> Typed:
    """The form with these rows in this order."""
    found = {name: value for name, value in form.items() if not name.startswith("requirements.")}
    for row in there:
        found |= rows.written(row, row.key)
    return found | rows.ordered(row.key for row in there)


def _added(here: Visitor, form: Typed, there: list[Row], lines: list[tuple[str, str]]) -> Typed:
    """Behind the others; what stands there already is not added again."""
    known = {row.text for row in there}
    following = max((row.key for row in there), default=-1) + 1
    new = [one for one in dict.fromkeys(lines) if one[0].strip() and one[0] not in known]
    _check_room(here, len(there) + len(new))
    for n, (text, duty) in enumerate(new):
        there.append(Row(following + n, text.strip(), {"duty": duty} if duty else {}))
    return _with(form, there)


def _knowledge(here: Visitor) -> Any:
    return here.desk.services.knowledge


def _open_duties(here: Visitor, form: Typed, there: list[Row]) -> list[tuple[str, str]]:
    spec = Specification((), form.get("category", ""), editor.markets(form))
    taken = {row.kept.get("duty") for row in there}
    found = clarity.duties(spec, _knowledge(here), here.t.language)
    return [
        (duty.requirement, duty.regulation.id)
        for duty in found
        if duty.proposed and duty.regulation.id not in taken
    ]


async def _brought(request: Req, here: Visitor, form: Typed, there: list[Row], what: str) -> Typed:
    if what == "contract":
        return _from_contract(here, form, there, await _terms(here, form.get("bring.trade", "")))
    given = (await request.form()).get("bring.file")
    if not isinstance(given, UploadFile):
        raise Wrong(**{"bring.file": here.t("Choose a file first.")})
    try:
        spec = read_spec(given.filename, await given.read(MOST_BYTES + 1))
    except SpecFileError as error:
        raise Wrong(**{"bring.file": here.t("This file was not understood: {why}", why=str(error))}) from None
    found = _taken_over(here, form, there, spec.requirements)
    return _with_goods(found, spec.category, spec.markets)


async def _terms(here: Visitor, trade: str) -> Terms:
    try:
        sheet = await sheet_of(here, await row_of(here, trade))
    except NotFoundException:
        raise Wrong(**{"bring.trade": here.t("Choose one of the list.")}) from None
    return sheet.terms


def _from_contract(here: Visitor, form: Typed, there: list[Row], terms: Terms) -> Typed:
    """Its requirements with their corrections, and what kind of goods they were for which markets."""
    found = _taken_over(here, form, there, terms.requirements)
    return _with_goods(found, terms.category, (terms.market, *terms.further_markets))


def _taken_over(here: Visitor, form: Typed, there: list[Row], given: Sequence[Requirement]) -> Typed:
    """Requirements with whatever their author has filled in."""
    known, brought = {row.text for row in there}, rows.rows(editor.requirements(here, given))
    following = max((row.key for row in there), default=-1) + 1
    new = [one for one in brought if one.text not in known]
    _check_room(here, len(there) + len(new))
    there += [msgspec.structs.replace(one, key=following + n) for n, one in enumerate(new)]
    return _with(form, there)


def _check_room(here: Visitor, count: int) -> None:
    if count > MOST_REQUIREMENTS:
        raise Wrong(
            requirements=here.t("A contract has at most {most} requirements.", most=MOST_REQUIREMENTS)
        )


def _with_goods(form: Typed, category: str, markets: tuple[str, ...]) -> Typed:
    """Nothing that was chosen is chosen anew."""
    found = dict(form)
    if category and not form.get("category"):
        found["category"] = category
    if markets and not form.get("market"):
        found["market"] = markets[0]
        found |= {f"further_markets.{n}": one for n, one in enumerate(markets[1:])}
    return found
