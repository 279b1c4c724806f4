"""Policies: every number that a rule needs, dated and named. A trade keeps the version it was agreed
under."""

from datetime import date

import msgspec

from tradehold.domain.cover import CoverRule


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Days are calendar days unless the name says working days; shares are in basis points (1/100 %)."""

    name: str
    version: str
    valid_from: date
    title: str
    calendar: str
    draft_silence_days: int
    initial_payment_days: int
    initial_payment_extended_days: int
    statement_alarm_days: int
    balance_payment_days: int
    production_contest_days: int
    booking_working_days: int
    evidence_upload_hours: int
    evidence_contest_working_days: int
    evidence_decision_working_days: int
    long_stop_days: int
    proof_working_days: int
    overdue_silence_days: int
    extension_days: int
    late_choice_days: int
    goods_return_days: int
    late_price_cut_bps: int
    short_tolerance_bps: int
    short_tolerance_cap: dict[str, int]  # by currency, minor units
    suspense_working_days: int
    payout_account_wait_hours: int
    unclaimed_days: int
    approval_working_days: int
    most_messages: int  # of one trade
    cover: CoverRule

    @property
    def key(self) -> str:
        return f"{self.name}/{self.version}"

    def tolerance(self, due: int, currency: str) -> int:
        """How much of `due` minor units may be missing for bank charges, in minor units. A currency without a
        cap of its own has none beyond the share."""
        allowed = due * self.short_tolerance_bps // 10_000
        return min(allowed, self.short_tolerance_cap.get(currency, allowed))
