"""What makes a supplier one that may offer assured trades: three verifications, and gold."""

from datetime import date, timedelta

from tradehold.domain.company import Checked, SetMembership, Verify
from tradehold.domain.contract import Attachment

EVIDENCE = Attachment("evidence.pdf", "ab" * 32, 1000)


def verifications(today: date, expires: date | None = None) -> list[Verify]:
    issued = today - timedelta(days=30)
    return [
        Verify(what, "the register", f"no. {what}", issued, expires, (EVIDENCE,))
        for what in (Checked.REGISTRATION, Checked.BANK_ACCOUNT, Checked.ON_SITE)
    ]


def gold(today: date, currency: str = "USD") -> SetMembership:
    return SetMembership(currency, today + timedelta(days=3650))
