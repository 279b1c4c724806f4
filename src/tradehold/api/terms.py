"""A contract's terms as they travel: the domain's own fields, but money as money, and defaults for what the
platform knows. What is read can be sent back as it is."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from tradehold.domain import contract as k
from tradehold.domain.given import Knowledge
from tradehold.domain.identity import MAX_OWNER
from tradehold.domain.inspection import Inspection, Waiver
from tradehold.domain.money import Money
from tradehold.domain.refusal import Code, Refusal
from tradehold.domain.requirement import Requirement
from tradehold.domain.risk import risks
from tradehold.domain.trade_events import Shipped

CompanyId = Annotated[int, Meta(ge=1, le=MAX_OWNER, description="The number of a company.")]
_MOST = Decimal(10) ** 12


class Amount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An amount in minor units (cents; yen; fils) of an ISO 4217 currency."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        self.money()

    def money(self) -> Money:
        """Raises ValueError for an unknown currency or an amount beyond the limit."""
        return Money(self.minor, self.currency)


class Company(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A company as registered. `contact` is the salted commitment to a person's name and address (hex)."""

    company: CompanyId
    name: str
    country: str
    address: str = ""
    registration: str = ""
    contact: str = ""


class Instalment(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A part of the payment schedule. The first falls due at confirmation; a later one when production is
    reported, or `on` a date."""

    amount: Amount
    due: Literal["confirmation", "production", "date"]
    on: date | None = None


class Terms(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, kw_only=True):
    """All that both sides confirm. `unit_price` is in major units, with up to six decimals. Left out,
    `policy` is the platform's current one, `cover` the total less what is passed through,
    `late_price_cut_bps` what the policy says, and `risks` what is computed from the rest. `pass_through` is
    the part above the supplier's cover that the buyer wants passed on to the supplier unheld: it is
    unprotected."""

    title: str
    buyer: Company
    supplier: Company
    currency: str
    lines: tuple[k.Line, ...]
    schedule: tuple[Instalment, ...]
    ship_by: k.ShipBy
    incoterm: str
    place: str
    zone: str
    market: str
    inspection: Waiver | Inspection
    policy: str | None = None
    cover: Amount | None = None
    late_price_cut_bps: int | None = None
    long_stop_days: int = 120
    surplus: Literal["return", "keep"] = "return"
    attachments: tuple[k.Attachment, ...] = ()
    remarks: str = ""
    pass_through: Amount | None = None
    category: str = ""
    further_markets: tuple[str, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    answers: tuple[k.Answer, ...] = ()
    risks: tuple[str, ...] | None = None


def _wrong_currency(terms: Terms) -> dict[str, str]:
    text = f"The contract is in {terms.currency}."
    wrong = {
        f"schedule.{number}.amount.currency": text
        for number, item in enumerate(terms.schedule)
        if item.amount.currency != terms.currency
    }
    for name, amount in (("cover", terms.cover), ("pass_through", terms.pass_through)):
        if amount and amount.currency != terms.currency:
            wrong[f"{name}.currency"] = text
    return wrong


def to_domain(terms: Terms, knowledge: Knowledge) -> k.Terms | Refusal:
    """The domain's terms. What is wrong with them the domain says, but for amounts in another currency,
    which it cannot express."""
    wrong = _wrong_currency(terms)
    if wrong:
        field, text = next(iter(wrong.items()))
        return Refusal(Code.INVALID_TERMS, {"first": f"{field}: {text}"}, wrong)
    policy = terms.policy or knowledge.default
    cut = terms.late_price_cut_bps
    if cut is None:
        cut = knowledge.policies.get(policy, knowledge.policy).late_price_cut_bps
    same = ("title", "currency", "lines", "ship_by", "incoterm", "place", "zone", "market", "inspection",
            "long_stop_days", "surplus", "attachments", "remarks", "category", "further_markets",
            "requirements", "answers")  # fmt: skip
    made = k.Terms(
        **{name: getattr(terms, name) for name in same},
        buyer=k.Party(*msgspec.structs.astuple(terms.buyer)),
        supplier=k.Party(*msgspec.structs.astuple(terms.supplier)),
        schedule=tuple(k.Item(item.amount.minor, item.due, item.on) for item in terms.schedule),
        policy=policy,
        cover=terms.cover.minor if terms.cover else 0,
        late_price_cut_bps=cut,
        pass_through=terms.pass_through.minor if terms.pass_through else 0,
    )
    made = replace(made, risks=risks(made, knowledge) if terms.risks is None else terms.risks)
    # A total can be computed from complete lines only; then the one thing left to mend is the cover itself.
    if terms.cover is None and not set(k.problems(made)) & {"lines", "currency"}:
        return replace(made, cover=max(0, k.total(made) - made.pass_through))
    return made


def from_domain(terms: k.Terms) -> Terms:
    fields = {name: getattr(terms, name) for name in Terms.__struct_fields__}
    fields |= {
        "buyer": Company(*msgspec.structs.astuple(terms.buyer)),
        "supplier": Company(*msgspec.structs.astuple(terms.supplier)),
        "cover": Amount(terms.cover, terms.currency),
        "pass_through": Amount(terms.pass_through, terms.currency) if terms.pass_through else None,
        "schedule": tuple(
            Instalment(Amount(item.amount, terms.currency), item.due, item.on) for item in terms.schedule
        ),
    }
    return Terms(**fields)


class Goods(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Goods of the contract's `line`, counted from 1; `quantity` in the line's unit, with up to three
    decimals."""

    line: Annotated[int, Meta(ge=1, le=k.MOST_LINES)]
    quantity: Decimal

    def __post_init__(self) -> None:
        exponent = self.quantity.as_tuple().exponent
        if not isinstance(exponent, int) or exponent < -3 or not 0 < self.quantity < _MOST:
            raise ValueError("The quantity must be above zero, with at most three decimals")

    def shipped(self) -> Shipped:
        return Shipped(self.line - 1, k.thousandths(self.quantity))
