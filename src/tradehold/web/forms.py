"""What people type: cleaned, bounded and read into values; and how one form becomes one command.

Every form carries a key made when it was shown. The same form sent twice, by a double click or a lost answer,
is one command.
"""

import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec
from litestar.datastructures import UploadFile
from litestar.exceptions import ClientException

from tradehold.domain.identity import Ref
from tradehold.domain.machines import Command
from tradehold.domain.money import EXPONENT, LIMIT, Money, parse
from tradehold.domain.refusal import Code, Refusal, refuse
from tradehold.engine.access import wall
from tradehold.engine.plan import Done
from tradehold.engine.services import key_of
from tradehold.engine.signin import begin_ticket
from tradehold.web.i18n import Formats, Translator
from tradehold.web.refusals import say, say_field
from tradehold.web.render import Form
from tradehold.web.visit import Req, Visitor

Typed = dict[str, str]
_EMAIL = re.compile(r"[^@\s\"<>(),:;\\\[\]]{1,64}@[\w-]+(\.[\w-]+)+")
MOST_FIELDS = 8000  # of a contract with 2,000 requirements, some of them corrected
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_KEY = re.compile(r"[\w-]{8,64}", re.ASCII)
_NUMBER = re.compile(r"\d{1,15}(\.\d{1,9})?")


class Wrong(ValueError):
    """A field that cannot be read: its name and what is wrong with it, in the reader's language."""

    def __init__(self, **fields: str) -> None:
        super().__init__(fields)
        self.fields = fields


def new_key() -> str:
    return secrets.token_urlsafe(18)


async def typed(request: Req) -> Typed:
    """The text fields of the form by name, the first of each, without control characters."""
    form = await request.form()
    return _clean(
        [(name, str(value)) for name, value in form.multi_items() if not isinstance(value, UploadFile)]
    )


async def described(request: Req) -> Typed:
    """The same where a script sends the fields as a JSON object. Raises ClientException for anything else."""
    try:
        fields = msgspec.json.decode(await request.body(), type=dict[str, str])
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise ClientException("this is no form's description") from None
    return _clean(list(fields.items()))


def _clean(fields: Sequence[tuple[str, str]]) -> Typed:
    if len(fields) > MOST_FIELDS:
        raise ClientException("the form has too many fields")
    found: Typed = {}
    for name, value in fields:
        found.setdefault(name, _CONTROLS.sub("", value.replace("\r\n", "\n")).strip())
    return found


def command(visitor: Visitor, ref: Ref, do: Any, form: Typed) -> Command:
    """Raises ClientException for a form whose key is not one that a page made."""
    key = form.get("key", "")
    if not _KEY.fullmatch(key):
        raise ClientException("the form carries no key")
    actor = visitor.actor
    at = visitor.desk.services.clock()
    return Command(key_of(actor, key), ref, actor, at, do, fresh=visitor.fresh)


class Kept(msgspec.Struct, frozen=True):
    """A form that waits until its sender has shown a second factor."""

    path: str
    fields: Typed


KEPT = timedelta(minutes=10)


async def give(visitor: Visitor, ref: Ref, do: Any, form: Typed) -> Done | Refusal:
    """A form that takes a second factor first is kept, and its refusal leads to where one is shown."""
    [answer] = await visitor.desk.services.engine.execute([command(visitor, ref, do, form)])
    if isinstance(answer, Refusal) and answer.code is Code.STEP_UP:
        return await keep(visitor, form)
    return answer


async def keep(visitor: Visitor, form: Typed) -> Refusal:
    """For what moves money or access without being a command: the same, wherever `visitor.fresh` is not."""
    kept = Kept(visitor.path, {name: value for name, value in form.items() if name != "csrf"})
    person, pool = visitor.actor.member, visitor.desk.services.pool
    return refuse(Code.STEP_UP, form=await begin_ticket(pool, "form", person, kept, KEPT, wall()))


def refused(
    f: Formats, refusal: Refusal, form: Typed, currency: str = "", names: Mapping[str, str] = {}
) -> Form:
    """The form again: what was typed, and each problem beside its field; `names` maps the domain's path of a
    field to the form's own name of it."""
    errors = {names.get(path, path): say_field(f, text) for path, text in refusal.fields.items()}
    beside = {path: text for path, text in errors.items() if path in form}
    if not beside or beside.keys() != errors.keys():
        beside[""] = say(f, refusal, currency)
    return Form(form, {**errors, **beside})


def day(t: Translator, form: Typed, name: str) -> date:
    try:
        return date.fromisoformat(form.get(name, ""))
    except ValueError:
        raise Wrong(**{name: t("Give a day, such as 2027-03-01.")}) from None


def number(t: Translator, form: Typed, name: str) -> Decimal:
    text = form.get(name, "").replace(",", "").replace(" ", "")
    try:
        if not _NUMBER.fullmatch(text):
            raise InvalidOperation
        return Decimal(text)
    except InvalidOperation:
        raise Wrong(**{name: t("Give a number, such as 1500 or 4.20.")}) from None


def whole(t: Translator, form: Typed, name: str) -> int:
    found = number(t, form, name)
    if found != found.to_integral_value():
        raise Wrong(**{name: t("Give a whole number.")})
    return int(found)


def amount(t: Translator, form: Typed, name: str, currency: str) -> Money:
    """An amount in major units; raises Wrong for more decimals than the currency has, or for nothing."""
    try:
        money = parse(form.get(name, "").replace(",", "").replace(" ", ""), currency)
    except ValueError:
        digits = EXPONENT.get(currency, 2)
        raise Wrong(
            **{name: t("Give an amount with at most {digits} decimals, such as 1250.", digits=digits)}
        ) from None
    if not 0 <= money.minor < LIMIT:
        raise Wrong(**{name: t("The amount must be above zero and below 10^15 minor units.")})
    return money


def text(t: Translator, form: Typed, name: str, most: int = 2000, required: bool = True) -> str:
    found = form.get(name, "")
    if required and not found:
        raise Wrong(**{name: t("This must not be empty.")})
    if len(found) > most:
        raise Wrong(**{name: t("This is longer than {most} characters.", most=most)})
    return found


def email(t: Translator, form: Typed, name: str = "email") -> str:
    found = form.get(name, "")
    if not _EMAIL.fullmatch(found) or len(found) > 254:
        raise Wrong(**{name: t("Give an e-mail address, such as ana@example.com.")})
    return found


def choice(t: Translator, form: Typed, name: str, known: Mapping[str, Any]) -> str:
    found = form.get(name, "")
    if found not in known:
        raise Wrong(**{name: t("Choose one of the list.")})
    return found
