"""The commands that people give, as they travel: each domain command in a strict shape of its own.

Which commands are people's follows from the authorisation table; what only machines, clocks and rails may
ask does not exist here. A shape has the tag and the fields of its command, refuses fields it does not know,
and puts friendlier types where the domain's are made for storage."""

from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, Union, get_args

import msgspec
from msgspec import Meta

from tradehold.api.problems import invalid, refused
from tradehold.api.terms import Amount, Goods, Terms, to_domain
from tradehold.api.thread import About, about_to_domain
from tradehold.domain import approval as ap
from tradehold.domain import bank, company, platform
from tradehold.domain import contract as k
from tradehold.domain import trade_commands as c
from tradehold.domain import trade_events as events
from tradehold.domain.authority import MAY
from tradehold.domain.command import Side
from tradehold.domain.given import Knowledge
from tradehold.domain.identity import Kind, Ref, from_public_id
from tradehold.domain.money import Money
from tradehold.domain.refusal import Refusal
from tradehold.domain.trade_events import Shipped

_PEOPLE = frozenset({Side.BUYER, Side.SUPPLIER, Side.COMPANY, Side.OPERATOR, Side.PAIR})
ReceiptId = Annotated[str, Meta(pattern="^rcp_", description="A bank line: rcp_…")]
TradeId = Annotated[str, Meta(pattern="^trd_", description="A trade: trd_…")]


class BankAccount(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """`account` is an IBAN or the bank's own number, `agent` the bank's BIC or clearing code."""

    name: str
    account: str
    agent: str = ""
    country: str = ""


def _terms(terms: Terms, knowledge: Knowledge) -> k.Terms:
    made = to_domain(terms, knowledge)
    if isinstance(made, Refusal):
        raise refused(made)
    return made


def ref_of(text: str, kind: Kind, field: str) -> Ref:
    ref = from_public_id(text, kind)
    if ref is None:
        raise invalid(field, f"“{text}” is not the id of a {kind.value}.")
    return ref


def _goods(goods: tuple[Goods, ...], knowledge: Knowledge) -> tuple[Any, ...]:
    return tuple(one.shipped() for one in goods)


# How a field travels: its friendlier type, and the way back into the domain.
_Travels = tuple[Any, Callable[[Any, Knowledge], Any]]
_TRAVELS: dict[Any, _Travels] = {
    k.Terms: (Terms, _terms),
    tuple[Shipped, ...]: (tuple[Goods, ...], _goods),
    bank.Party: (BankAccount, lambda party, _: bank.Party(*msgspec.structs.astuple(party))),
    Money: (Amount, lambda amount, _: amount.money()),
    Ref: (TradeId, lambda text, _: ref_of(text, Kind.TRADE, "do.trade")),
    events.About | None: (About | None, lambda about, _: about_to_domain(about)),
}
# What only a machine says: it keeps its default where a person gives the command.
_MACHINES = frozenset({(c.Freeze, "company"), (c.Lift, "company")})
_RECEIPT: _Travels = (ReceiptId, lambda text, _: ref_of(text, Kind.RECEIPT, "receipt").id)
# What a command is for, where its own name does not say enough.
_SAYS: dict[type[Any], str] = {
    c.Confirm: "Your side agrees to this revision, named by its hash.",
    c.Withdraw: "Ends a draft.",
    c.ExtendPayment: "More days for the initial payment.",
    c.Amend: "Proposes other terms after payment; the other side agrees or declines.",
    c.AgreeAmendment: "Agrees to the amendment, named by its hash.",
    c.AcceptShort: "The supplier takes a short payment as the whole.",
    c.TakeRefund: "The buyer of an overdue trade takes the money back.",
    c.Wait: "The buyer of an overdue trade waits for the goods.",
    c.AcceptLate: "The buyer accepts goods that shipped late.",
    c.ClaimLate: "The buyer claims a refund for goods that shipped late, and returns them.",
    c.ConfirmReturn: "Goods or transport documents came back.",
}
_BACK: dict[type[Any], tuple[type[Any], dict[str, Callable[[Any, Knowledge], Any]]]] = {}


def _travels(name: str, kind: Any) -> _Travels | None:
    return _RECEIPT if name == "receipt" else _TRAVELS.get(kind)


@cache
def _shape(command: type[Any]) -> type[Any]:
    fields: list[Any] = []
    back: dict[str, Callable[[Any, Knowledge], Any]] = {}
    for field in msgspec.structs.fields(command):
        if (command, field.name) in _MACHINES:
            continue
        kind = field.type
        travels = _travels(field.name, kind)
        if travels:
            kind, back[field.name] = travels
        fields.append((field.name, kind) if field.required else (field.name, kind, field.default))
    shape = msgspec.defstruct(
        command.__name__, fields, tag=command.__struct_config__.tag, frozen=True, forbid_unknown_fields=True,
        module=__name__, namespace={"__doc__": _SAYS.get(command, command.__doc__)},
    )  # fmt: skip
    _BACK[shape] = (command, back)
    return shape


def _shapes(commands: Any, *without: type[Any]) -> Any:
    given = [
        one for one in get_args(commands) if one in MAY and MAY[one].sides & _PEOPLE and one not in without
    ]
    return Union[tuple(_shape(one) for one in given)]  # noqa: UP007  # made at run time


TradeCommand: Any = _shapes(c.TradeCommand, c.Draft)
CompanyCommand: Any = _shapes(company.CompanyCommand, company.Register)
PlatformCommand: Any = _shapes(platform.PlatformCommand)
ApprovalCommand: Any = _shapes(ap.ApprovalCommand, ap.Propose)
Judged: Any = _shapes(ap.Judged)


class Proposal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a second operator is asked to agree to. `target` is the id of a trade, a payout or a bank line,
    `company:` and a company's number, or `platform`."""

    target: str
    do: Judged
    reason: Annotated[str, Meta(min_length=1, max_length=2000)]


def command_of(body: Any, knowledge: Knowledge) -> Any:
    """The domain's command. Raises ProblemError for an id or terms that cannot be."""
    command, back = _BACK[type(body)]
    values = {name: getattr(body, name) for name in body.__struct_fields__}
    return command(**{name: back[name](value, knowledge) if name in back else value
                      for name, value in values.items()})  # fmt: skip
