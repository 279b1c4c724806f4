"""Policies and holiday files as operators publish them: read from TOML with errors that name the line or the
field, and compared with what is in force."""

import re
import tomllib
from collections.abc import Iterator
from datetime import UTC, date
from typing import Any

import msgspec
from litestar.datastructures import UploadFile

from tradehold.domain.calendar import Calendar
from tradehold.domain.given import Knowledge
from tradehold.domain.platform import Platform, PublishCalendar, PublishPolicy, unfit
from tradehold.domain.policy import Policy
from tradehold.web import i18n
from tradehold.web.forms import Typed, Wrong
from tradehold.web.i18n import Formats, Translator
from tradehold.web.refusals import say
from tradehold.web.visit import Req, Visitor

_LARGEST = 200_000  # characters of a file


class Draft(msgspec.Struct, frozen=True):
    """A file that can be proposed: the command it becomes, its name, and what it changes of `before` (""
    where there is none)."""

    do: PublishPolicy | PublishCalendar
    name: str
    before: str
    changes: list[dict[str, str]]


async def uploaded(t: Translator, request: Req) -> Typed:
    """A file that was chosen stands for what could have been pasted. Raises Wrong for one that is no text."""
    upload = (await request.form()).get("file")
    if not isinstance(upload, UploadFile) or not upload.filename:
        return {}
    try:
        return {"toml": (await upload.read()).decode("utf-8")}
    except UnicodeDecodeError:
        return {"toml": ""}


def read(here: Visitor, which: str, form: Typed) -> Draft:
    """Raises Wrong, naming the line that is no TOML or the field that does not fit."""
    text = form.get("toml", "")
    if not text:
        raise Wrong(toml=here.t("Paste the file, or choose it."))
    if len(text) > _LARGEST:
        raise Wrong(toml=here.t("This is longer than {most} characters.", most=_LARGEST))
    known = here.desk.services.knowledge
    if which == "policy":
        policy = _decode(here.t, text, Policy)
        wrong = unfit(policy, known, here.f.now.astimezone(UTC).date())
        if wrong:
            raise Wrong(toml=say(here.f, wrong))
        before = _newest(known, policy)
        changes = _changes(before, policy)
        return Draft(PublishPolicy(policy), policy.key, before.key if before else "", changes)
    calendar = _decode(here.t, text, Calendar)
    present = known.calendars.get(calendar.name)
    changes = _changes(present, calendar)
    return Draft(PublishCalendar(calendar), calendar.name, calendar.name if present else "", changes)


def _decode(t: Translator, text: str, kind: type[Any]) -> Any:
    try:
        return msgspec.convert(tomllib.loads(text), kind)
    except tomllib.TOMLDecodeError as error:
        raise Wrong(toml=t("This is no TOML: {problem}", problem=str(error))) from error
    except msgspec.ValidationError as error:
        said, _, path = str(error).partition(" - at `$")
        field = path.rstrip("`").lstrip(".") or _named(said)
        raise Wrong(toml=t("{field}: {problem}", field=field or t("The file"), problem=said)) from error


def _named(said: str) -> str:
    """The field that is missing, or is not known, as the error itself names it."""
    found = re.search(r"field `([^`]+)`", said)
    return found[1] if found else ""


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every number of a file by its path; lists as one line."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _flat(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        yield path, ", ".join(str(one) for one in value)
    else:
        yield path, str(value)


def _changes(before: Any, after: Any) -> list[dict[str, str]]:
    """What differs, the old beside the new."""
    old = dict(_flat(msgspec.to_builtins(before, order="sorted"))) if before else {}
    new = dict(_flat(msgspec.to_builtins(after, order="sorted")))
    return [
        {"label": path, "before": old.get(path, ""), "after": new.get(path, "")}
        for path in dict.fromkeys([*new, *old])
        if old.get(path) != new.get(path)
    ]


def changes_of(known: Knowledge, do: PublishPolicy | PublishCalendar) -> list[dict[str, str]]:
    """For the second person: what would change."""
    if isinstance(do, PublishCalendar):
        return _changes(known.calendars.get(do.calendar.name), do.calendar)
    return _changes(_newest(known, do.policy), do.policy)


def _newest(known: Knowledge, policy: Policy) -> Policy | None:
    """The newest other version of the same policy."""
    others = [one for one in known.policies.values() if one.name == policy.name and one.key != policy.key]
    return max(others, key=lambda one: (one.valid_from, one.version), default=None)


def policies(f: Formats, known: Knowledge, platform: Platform) -> list[dict[str, object]]:
    """Newest first, each with whether it is in force, to come, or kept for the trades agreed under it."""
    t, today = f.t, f.now.date()
    published = {one.key for one in platform.policies}
    everything = dict(known.policies) | {one.key: one for one in platform.policies}
    found = []
    for one in sorted(everything.values(), key=lambda one: (one.name, one.valid_from), reverse=True):
        if one.key == known.default:
            tag = {"text": t("in force"), "kind": "good"}
        elif one.valid_from > today:
            tag = {"text": t("to come"), "kind": "warn"}
        else:
            tag = {"text": t("for older trades"), "kind": "plain"}
        origin = t("published here") if one.key in published else t("came with the product")
        found.append(
            {"key": one.key, "title": one.title, "from": one.valid_from, "tag": tag, "origin": origin}
        )
    return found


def calendars(f: Formats, known: Knowledge, platform: Platform) -> list[dict[str, object]]:
    """Each with its holidays by year, this year and later ones first."""
    published = {one.name: one for one in platform.calendars}
    found: list[dict[str, object]] = []
    for name, one in sorted((dict(known.calendars) | published).items()):
        years: dict[int, list[date]] = {}
        for holiday in sorted(one.holidays):
            years.setdefault(holiday.year, []).append(holiday)
        origin = f.t("published here") if name in published else f.t("came with the product")
        found.append(
            {
                "name": name,
                "origin": origin,
                "weekend": f.t(", ").join(i18n.weekday(day, f.t.locale) for day in sorted(one.weekend)),
                "years": [
                    {"year": year, "days": [f.day(day) for day in days], "past": year < f.now.year}
                    for year, days in sorted(years.items())
                ],
            }
        )
    return found
