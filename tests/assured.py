"""What makes a supplier one that may offer assured trades: three verifications, and gold."""

from datetime import date, timedelta
from typing import Any

from tradehold.domain.command import Actor, Grade, Role
from tradehold.domain.company import Checked, Register, SetLimit, SetMembership, Verify
from tradehold.domain.contract import Attachment
from tradehold.domain.identity import company_ref
from tradehold.domain.money import Money

EVIDENCE = Attachment("evidence.pdf", "ab" * 32, 1000)


def verifications(today: date, expires: date | None = None) -> list[Verify]:
    issued = today - timedelta(days=30)
    return [
        Verify(what, "the register", f"no. {what}", issued, expires, (EVIDENCE,))
        for what in (Checked.REGISTRATION, Checked.BANK_ACCOUNT, Checked.ON_SITE)
    ]


def gold(today: date, currency: str = "USD") -> SetMembership:
    return SetMembership(currency, today + timedelta(days=3650))


def founding(supplier: Actor, name: str, buyer: Actor, its_name: str, limit: Money, today: date) -> list[Any]:
    """(machine, actor, command): two registered companies, of which one may offer assured trades up to
    `limit`."""
    ref = company_ref(supplier.company)
    operator, pair = Actor(Role.OPERATOR, 0, 1, grade=Grade.OWNER), Actor(Role.PAIR, 0, 1, 2)
    return [
        (ref, supplier, Register(name, "CN")),
        (company_ref(buyer.company), buyer, Register(its_name, "US")),
        *((ref, operator, verify) for verify in verifications(today)),
        (ref, pair, gold(today)),
        (ref, pair, SetLimit(limit)),
    ]
