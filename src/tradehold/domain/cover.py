import msgspec

from tradehold.domain.money import Money


class CoverRule(msgspec.Struct, frozen=True):
    required: tuple[str, ...] = ("registration", "bank_account", "on_site")
    start: dict[str, int] = {}


class Inputs(msgspec.Struct, frozen=True):
    verified: tuple[str, ...]
    currency: str
    completed_minor: int
    trades: int
    judged: int
    on_time: int
    inspected: int
    passed: int
    disputes_lost: int
    related_excluded: int


class Computed(msgspec.Struct, frozen=True):
    limit: Money


def compute(rule: CoverRule, inputs: Inputs) -> Computed:
    return Computed(Money(rule.start.get(inputs.currency, 0), inputs.currency))
