"""Deciding what is asked of a company: its standing, its verification and membership, its limit by the
formula or by two operators' judgement, and what each of its trades leaves on its record."""

from datetime import UTC, date, datetime, time, timedelta
from typing import assert_never

from msgspec.structs import replace

from tradehold.domain import company as o
from tradehold.domain.company import Company, Stage, Tally, evolve
from tradehold.domain.cover import Computed, CoverRule, Inputs, compute
from tradehold.domain.given import Given
from tradehold.domain.identity import company_ref
from tradehold.domain.money import LIMIT, Money
from tradehold.domain.refusal import Code, Refusal, refuse
from tradehold.domain.trade_commands import Freeze, Lift, PassDeadline
from tradehold.domain.trade_events import Order

Decision = list[o.CompanyEvent] | Refusal
# From which standing each judgement leads to which.
_STANDINGS: dict[type[o.CompanyCommand], tuple[frozenset[Stage], Stage]] = {
    o.Clear: (frozenset({Stage.HELD}), Stage.ACTIVE),
    o.Exclude: (frozenset({Stage.HELD}), Stage.EXCLUDED),
    o.Suspend: (frozenset({Stage.ACTIVE}), Stage.SUSPENDED),
    o.Reinstate: (frozenset({Stage.SUSPENDED, Stage.INSOLVENT}), Stage.ACTIVE),
    o.DeclareInsolvent: (frozenset({Stage.ACTIVE, Stage.SUSPENDED}), Stage.INSOLVENT),
}


def decide(company: Company | None, do: o.CompanyCommand, given: Given) -> Decision:
    if isinstance(do, o.Register):
        if company:
            return refuse(Code.EXISTS, what="company")
        return [o.Registered(do.name, do.country, do.registration, do.owners, do.hits)]
    if company is None:
        return refuse(Code.UNKNOWN, what="company")
    left_out = _left_out(do)
    if left_out:
        return refuse(Code.INCOMPLETE, what=left_out)
    match do:
        case o.Clear() | o.Exclude() | o.Suspend() | o.Reinstate() | o.DeclareInsolvent():
            return _change_standing(company, do)
        case Freeze():
            order = Order(do.reference, do.reason)
            return refuse(Code.EXISTS, what="freeze") if company.freeze else [o.CompanyFrozen(order)]
        case Lift():
            if company.freeze is None or company.freeze.reference != do.reference:
                return refuse(Code.UNKNOWN, what="freeze")
            return [o.CompanyLifted(do.reference, do.reason)]
        case o.AddPayoutAccount():
            return _add_account(company, do, given)
        case o.ApprovePayoutAccount():
            account = next((one for one in company.accounts if one.number == do.number), None)
            if account is None:
                return refuse(Code.UNKNOWN, what="payout account")
            approved = o.PayoutAccountApproved(do.number)
            return refuse(Code.EXISTS, what="approval") if account.approved else [approved]
        case o.ReturnCover():
            return _return_cover(company, do.amount, given)
        case o.SetLimit():
            return _set_limit(company, do.limit, given)
        case (
            o.Verify()
            | o.WithdrawVerification()
            | o.SetMembership()
            | o.FollowFormula()
            | o.RecordTrade()
            | PassDeadline()
        ):
            return _with_formula(company, do, given)
        case _:
            assert_never(do)


def _left_out(do: o.CompanyCommand) -> str:
    """What stands in the record for others to read is never empty."""
    said = {name: getattr(do, name) for name in ("reference", "reason", "issuer") if hasattr(do, name)}
    return next((name for name, words in said.items() if not words.strip()), "")


def _change_standing(
    company: Company, do: o.Clear | o.Exclude | o.Suspend | o.Reinstate | o.DeclareInsolvent
) -> Decision:
    before, after = _STANDINGS[type(do)]
    if company.standing not in before:
        allowed = ", ".join(stage for stage in Stage if stage in before)
        return refuse(Code.WRONG_STAGE, stage=company.standing.value, allowed=allowed)
    return [o.StandingChanged(after, do.reference if isinstance(do, o.DeclareInsolvent) else do.reason)]


def _add_account(company: Company, do: o.AddPayoutAccount, given: Given) -> Decision:
    if not do.party.account.strip():
        return refuse(Code.NO_DESTINATION)
    wait = timedelta(hours=given.knowledge.policy.payout_account_wait_hours)
    number = len(company.accounts) + 1
    return [o.PayoutAccountAdded(o.PayoutAccount(number, do.party, do.currency, given.at + wait))]


def _return_cover(company: Company, amount: Money, given: Given) -> Decision:
    cut = company.limit(amount.currency).cut
    taken = min(cut, amount.minor, _available(given, amount.currency))
    if not taken:
        return refuse(Code.NO_SHORTFALL)
    return [o.CoverTaken(Money(taken, amount.currency), cut - taken)]


def _available(given: Given, currency: str) -> int:
    return given.balances.get(("cover_available", 0, currency), 0)


def remaining(company: Company, available: int, currency: str) -> int:
    """Minor units of cover that a new trade may reserve, of the `available` ones: what was cut and could not
    be taken back yet is no longer there."""
    return max(0, available - company.limit(currency).cut)


def _set_limit(company: Company, limit: Money, given: Given) -> Decision:
    if not 0 <= limit.minor < LIMIT:
        return refuse(Code.INVALID_AMOUNT)
    return _limit_events(company, limit, given, fixed=True)


def _limit_events(company: Company, limit: Money, given: Given, fixed: bool) -> list[o.CompanyEvent]:
    old = company.limit(limit.currency)
    change = limit.minor - old.granted  # a raise first takes back what is outstanding of a cut
    if change >= 0:
        return [o.LimitSet(limit, raised=change, fixed=fixed)]
    taken = min(-change, _available(given, limit.currency))
    return [o.LimitSet(limit, taken=taken, cut=-change - taken, fixed=fixed)]


# --- what the formula follows


def _with_formula(
    company: Company,
    do: o.Verify | o.WithdrawVerification | o.SetMembership | o.FollowFormula | o.RecordTrade | PassDeadline,
    given: Given,
) -> Decision:
    """The command's own event, and the limit where the formula now says another."""
    own = _own(company, do, given)
    if isinstance(own, Refusal):
        return own
    for event in own:
        company = evolve(company, event, given.at)
    return own + by_formula(company, given, do.currency if isinstance(do, o.FollowFormula) else "")


def _own(
    company: Company,
    do: o.Verify | o.WithdrawVerification | o.SetMembership | o.FollowFormula | o.RecordTrade | PassDeadline,
    given: Given,
) -> Decision:
    today = given.at.astimezone(UTC).date()
    match do:
        case o.Verify():
            return _verify(company, do, today)
        case o.WithdrawVerification():
            known = {one.number for one in company.verifications if not one.withdrawn}
            if do.number not in known:
                return refuse(Code.UNKNOWN, what="verification")
            withdrawn = o.VerificationWithdrawn(do.number, do.reason)
            return [replace(withdrawn, clocks=_review(evolve(company, withdrawn, given.at), today))]
        case o.SetMembership():
            if do.until is not None and do.until < today:
                return refuse(Code.EXPIRED, on=do.until.isoformat())
            changed = o.MembershipSet(do.currency, do.until)
            return [replace(changed, clocks=_review(evolve(company, changed, given.at), today))]
        case o.FollowFormula():
            return [] if company.limit(do.currency).fixed else refuse(Code.UNKNOWN, what="fixed limit")
        case o.RecordTrade():
            return [_recorded(company, do, given)]
        case PassDeadline():
            if company.clocks.get(do.name) != do.at or given.at < do.at:
                return refuse(Code.NOT_DUE)
            return [o.Reviewed(_review(company, today))]


def _verify(company: Company, do: o.Verify, today: date) -> Decision:
    if not do.evidence:
        return refuse(Code.NO_EVIDENCE)
    if do.issued > today:
        return refuse(Code.NOT_YET, on=do.issued.isoformat())
    if do.expires is not None and do.expires < max(today, do.issued):
        return refuse(Code.EXPIRED, on=do.expires.isoformat())
    number = len(company.verifications) + 1
    one = o.Verification(number, do.what, do.issuer, do.reference, do.issued, do.expires, do.evidence)
    after = replace(company, verifications=(*company.verifications, one))
    return [o.Verified(one, _review(after, today))]


def _review(company: Company, today: date) -> dict[str, datetime]:
    """The morning after the next day on which a verification or the membership ends."""
    ends = [one.expires for one in company.verifications if one.valid(today) and one.expires]
    ends += [company.gold_until] if company.gold_until and company.gold_until >= today else []
    if not ends:
        return {}
    return {"review": datetime.combine(min(ends) + timedelta(days=1), time(), UTC)}


def _recorded(company: Company, do: o.RecordTrade, given: Given) -> o.TradeRecorded:
    buyer: Company | None = given.others.get(company_ref(do.buyer))
    month = f"{given.at.astimezone(UTC):%Y-%m}"
    if buyer is not None and related(company, buyer):
        return o.TradeRecorded(month, Tally(related=1))
    tally = Tally(
        trades=int(do.completed.minor > 0),
        judged=int(do.on_time is not None),
        on_time=int(bool(do.on_time)),
        inspected=int(do.passed is not None),
        passed=int(bool(do.passed)),
        disputes=int(do.disputed),
        lost=int(do.lost),
        completed={do.completed.currency: do.completed.minor} if do.completed.minor else {},
    )
    return o.TradeRecorded(month, tally)


def related(one: Company, other: Company) -> bool:
    """Companies of a common beneficial owner, or one company under two numbers."""
    same = one.country == other.country and one.registration == other.registration
    return bool(set(one.owners) & set(other.owners)) or (same and bool(one.registration))


def inputs(company: Company, currency: str, day: date) -> Inputs:
    """What the formula knows of the company on that day."""
    whole = company.tally()
    return Inputs(
        verified=tuple(sorted(company.verified(day))),
        currency=currency,
        completed_minor=whole.completed.get(currency, 0),
        trades=whole.trades,
        judged=whole.judged,
        on_time=whole.on_time,
        inspected=whole.inspected,
        passed=whole.passed,
        disputes_lost=whole.lost,
        related_excluded=whole.related,
    )


def computed(company: Company, currency: str, rule: CoverRule, day: date) -> Computed:
    """The formula's word on that day, whether it is in force or not."""
    return compute(rule, inputs(company, currency, day))


def by_formula(company: Company, given: Given, freed: str = "") -> list[o.CompanyEvent]:
    """Each limit moves where the formula says another than the one in force. A fixed one stays, unless it was
    just `freed`. There is cover by formula in the currency of the gold membership alone."""
    rule, day = given.knowledge.policy.cover, given.at.astimezone(UTC).date()
    moved: list[o.CompanyEvent] = []
    for currency in sorted({company.currency, *company.limits} - {""}):
        old = company.limit(currency)
        if old.fixed and currency != freed:
            continue
        granted = currency == company.currency and company.gold(day)
        limit = computed(company, currency, rule, day).limit if granted else Money(0, currency)
        if limit.minor != old.granted - old.cut or old.fixed:
            moved += _limit_events(company, limit, given, fixed=False)
    return moved


def assurance_gaps(company: Company, rule: CoverRule, day: date) -> tuple[str, ...]:
    """What this supplier lacks to offer assured trades on that day, by code: its stage, `gold`, or a required
    verification."""
    gaps: list[str] = [] if company.stage is Stage.ACTIVE else [company.stage.value]
    gaps += [] if company.gold(day) else ["gold"]
    valid = company.verified(day)
    return (*gaps, *(one for one in rule.required if one not in valid))
