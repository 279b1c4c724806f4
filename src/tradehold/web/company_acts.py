"""What operators may do to a company: one verifies, and everything else of weight is proposed to a second."""

from collections.abc import Callable
from datetime import date
from typing import Any

import msgspec
from litestar.datastructures import UploadFile

from tradehold.domain import company as s
from tradehold.domain.authority import could_give
from tradehold.domain.company import Checked, Company, Stage
from tradehold.domain.contract import Attachment
from tradehold.domain.identity import Ref
from tradehold.domain.money import EXPONENT
from tradehold.domain.trade_commands import Freeze, Lift
from tradehold.engine.evidence import NoSuchFile, attached
from tradehold.engine.filerefused import FileRefused
from tradehold.web import words
from tradehold.web.forms import Typed, Wrong, amount, choice, day, new_key, text
from tradehold.web.i18n import Translator, mark
from tradehold.web.render import Form
from tradehold.web.visit import Req, Visitor

Field = dict[str, Any]


class Act(msgspec.Struct, frozen=True):
    """`when` says whether there is anything to propose, `fields` are asked besides the reason, `read` makes
    the command of what was typed (or raises Wrong)."""

    do: type[Any]
    label: str
    summary: str
    icon: str
    when: Callable[[Company], bool]
    fields: tuple[str, ...]
    read: Callable[[Visitor, Typed], Any]
    kind: str = "quiet"


def _reason(here: Visitor, form: Typed) -> str:
    return text(here.t, form, "reason")


def _membership(here: Visitor, form: Typed) -> s.SetMembership:
    until: date | None = day(here.t, form, "until") if form.get("until") else None
    return s.SetMembership(_currency(here, form), until)


def _currency(here: Visitor, form: Typed) -> str:
    return choice(here.t, form, "currency", EXPONENT)


def _limit(here: Visitor, form: Typed) -> s.SetLimit:
    return s.SetLimit(amount(here.t, form, "limit", _currency(here, form)))


def _freeze(here: Visitor, form: Typed) -> Freeze:
    return Freeze(text(here.t, form, "reference", 200), _reason(here, form))


def _lift(here: Visitor, form: Typed) -> Lift:
    return Lift(text(here.t, form, "reference", 200), _reason(here, form))


def _stands(*stages: Stage) -> Callable[[Company], bool]:
    return lambda company: company.standing in stages


# In the order in which they are offered, by the word in their address.
ACTS: dict[str, Act] = {
    "clear": Act(
        s.Clear, mark("Clear the screening's hit"), mark("It is somebody else: the company may trade."),
        "circle-check", _stands(Stage.HELD), (), lambda here, form: s.Clear(_reason(here, form)), "primary",
    ),
    "exclude": Act(
        s.Exclude, mark("Exclude the company"), mark("It is the one that is listed: it may not trade here."),
        "x", _stands(Stage.HELD), (), lambda here, form: s.Exclude(_reason(here, form)), "danger",
    ),
    "membership": Act(
        s.SetMembership, mark("Set the membership"), mark("Gold through a day; without a day, free."),
        "shield-check", lambda company: True, ("currency", "until"), _membership,
    ),
    "limit": Act(
        s.SetLimit, mark("Set a cover limit by hand"), mark("Instead of the formula's, until it is freed."),
        "scale", lambda company: True, ("currency", "limit"), _limit,
    ),
    "formula": Act(
        s.FollowFormula, mark("Follow the formula again"), mark("The limit set by hand ends."),
        "undo-2", lambda company: any(one.fixed for one in company.limits.values()), ("fixed",),
        lambda here, form: s.FollowFormula(choice(here.t, form, "fixed", EXPONENT)),
    ),
    "suspend": Act(
        s.Suspend, mark("Suspend the company"),
        mark("Open trades go on; nothing new is confirmed, and payouts to it wait."),
        "lock", _stands(Stage.ACTIVE), (), lambda here, form: s.Suspend(_reason(here, form)), "danger",
    ),
    "insolvent": Act(
        s.DeclareInsolvent, mark("Record an insolvency"),
        mark("By the court's or the register's reference. As a suspension."),
        "landmark", _stands(Stage.ACTIVE, Stage.SUSPENDED), ("reference",),
        lambda here, form: s.DeclareInsolvent(text(here.t, form, "reference", 200)), "danger",
    ),
    "reinstate": Act(
        s.Reinstate, mark("Reinstate the company"), mark("It may trade again, and its payouts go on."),
        "circle-check", _stands(Stage.SUSPENDED, Stage.INSOLVENT), (),
        lambda here, form: s.Reinstate(_reason(here, form)), "primary",
    ),
    "freeze": Act(
        Freeze, mark("Lay a legal freeze"),
        mark("An order of a court or an authority: every clock stops, no money moves."),
        "lock", lambda company: company.freeze is None, ("reference",), _freeze, "danger",
    ),
    "lift": Act(
        Lift, mark("Lift the legal freeze"), mark("The clocks go on with the time that was left to them."),
        "undo-2", lambda company: company.freeze is not None, ("reference",), _lift,
    ),
}  # fmt: skip


def offers(
    here: Visitor, ref: Ref, state: Company, currencies: list[str], form: Form, which: str
) -> list[dict[str, object]]:
    """What can be proposed now, each as the `action` macro lays it out."""
    t, found = here.t, []
    for name, act in ACTS.items():
        if not act.when(state) or not could_give(act.do, here.actor):
            continue
        fields = [_field(t, one, state, currencies) for one in act.fields]
        reason = {
            "name": "reason",
            "label": t("Reason, for the second person"),
            "type": "textarea",
            "required": True,
        }
        found.append(
            {
                "id": name,
                "label": t(act.label),
                "summary": t(act.summary),
                "icon": act.icon,
                "kind": act.kind,
                "button": t("Propose"),
                "url": f"/companies/{ref.owner}/propose/{name}#action-{name}",
                "key": new_key(),
                "hidden": {},
                "open": which == name,
                "form": form if which == name else Form(),
                "fields": [*fields, reason],
            }
        )
    return found


def _field(t: Translator, name: str, state: Company, currencies: list[str]) -> Field:
    options = [{"value": one, "label": one} for one in currencies]
    match name:
        case "currency":
            first = state.currency or (currencies[0] if currencies else "")
            return {"name": name, "label": t("Currency"), "type": "select", "options": options,
                    "required": True, "start": first}  # fmt: skip
        case "fixed":
            fixed = [{"value": one, "label": one} for one, limit in state.limits.items() if limit.fixed]
            return {"name": name, "label": t("Currency"), "type": "select", "options": fixed,
                    "required": True}  # fmt: skip
        case "until":
            start = state.gold_until.isoformat() if state.gold_until else ""
            return {"name": name, "label": t("Gold through"), "type": "date", "start": start}
        case "limit":
            return {"name": name, "label": t("Limit"), "required": True}
        case _:
            start = state.freeze.reference if state.freeze else ""
            return {"name": name, "label": t("Reference of the court or authority"), "required": True,
                    "start": start}  # fmt: skip


async def read_verification(here: Visitor, request: Req, form: Typed, place: Ref) -> s.Verify:
    """Raises Wrong. Files are either chosen in the form, or named by hash where they are here already."""
    t = here.t
    what = Checked(choice(t, form, "what", {str(one): one for one in Checked}))
    verify = s.Verify(
        what,
        text(t, form, "issuer", 200),
        text(t, form, "number", 200),
        day(t, form, "issued"),
        day(t, form, "expires") if form.get("expires") else None,
    )
    evidence = await _evidence(here, request, place)
    if not evidence:
        raise Wrong(upload=t("Add the file that shows it: what is verified has its evidence."))
    return msgspec.structs.replace(verify, evidence=evidence)


async def _evidence(here: Visitor, request: Req, place: Ref) -> tuple[Attachment, ...]:
    sent, files, now = await request.form(), here.desk.services.files, here.desk.services.clock()
    hashes = [str(one) for one in sent.getall("file", []) if one]
    try:
        for one in sent.getall("upload", []):
            if isinstance(one, UploadFile) and one.filename:
                body = await one.read()
                actor = here.actor
                begun = await files.begin(
                    actor.company, actor.member, one.filename, len(body), now, place, one.content_type
                )
                done = await files.append(begun.id, actor.company, 0, _whole(body), now)
                hashes.append(done.sha256)
        return await attached(files, hashes, here.actor, place, now)
    except FileRefused as refused:
        raise Wrong(upload=str(refused)) from refused
    except NoSuchFile as unknown:
        raise Wrong(upload=here.t("There is no such file here.")) from unknown


async def _whole(body: bytes) -> Any:
    yield body


def kinds(t: Translator) -> list[dict[str, str]]:
    return [{"value": kind.value, "label": t(name)} for kind, name in words.CHECKED.items()]
