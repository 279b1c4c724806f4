"""Until both agree, and amendments afterwards: deciding the commands that change terms."""

from datetime import UTC, date, datetime, timedelta

from tradehold.domain import contract, inspection
from tradehold.domain import trade_commands as c
from tradehold.domain import trade_events as e
from tradehold.domain.calendar import after_days, end_of_day, local_day
from tradehold.domain.command import Side
from tradehold.domain.company import Company
from tradehold.domain.company import Stage as Standing
from tradehold.domain.contract import Deal, Terms
from tradehold.domain.given import Given
from tradehold.domain.identity import account_ref, company_ref
from tradehold.domain.inspection import Inspection
from tradehold.domain.refusal import Code, Refusal, refuse
from tradehold.domain.risk import risks
from tradehold.domain.settlement import booking_clock
from tradehold.domain.standing import assurance_gaps, remaining
from tradehold.domain.trade import Stage, Trade, evolve, settled

Decision = list[e.TradeEvent] | Refusal


def _silence(given: Given, terms: Terms) -> dict[str, datetime]:
    days = given.policy(terms.policy).draft_silence_days
    return {"silence": after_days(given.at, days, terms.zone)}


def check_terms(terms: Terms, given: Given) -> Refusal | None:
    """Whether these terms could be confirmed now: complete, by a known policy, in an account's currency."""
    if terms.policy not in given.knowledge.policies:
        known = ", ".join(sorted(given.knowledge.policies))
        return refuse(Code.UNKNOWN_POLICY, policy=terms.policy, known=known)
    found = contract.problems(terms)
    if terms.supplier.company != given.ref.owner:
        found["supplier.company"] = "The supplier is not the one this trade belongs to."
    if isinstance(terms.inspection, Inspection):
        wrong = inspection.problems(terms.inspection, given.knowledge.aql)
        found |= {f"inspection.{path}": text for path, text in wrong.items()}
    if "currency" not in found and given.others.get(account_ref(terms.currency)) is None:
        found["currency"] = f"This platform has no designated account for {terms.currency}."
    if "zone" not in found:
        _check_days(terms, local_day(given.at, terms.zone), found)
    if not found:
        _check_parties(terms, given, found)
    if not found and terms.risks != (computed := risks(terms, given.knowledge)):
        found["risks"] = (
            f"What these terms leave unprotected is {', '.join(computed) or 'nothing'}: name it so."
        )
    if found:
        field, text = next(iter(found.items()))
        return Refusal(Code.INVALID_TERMS, {"first": f"{field}: {text}"}, found)
    return None


def _check_parties(terms: Terms, given: Given, found: dict[str, str]) -> None:
    """The parties stand in the contract as they are registered, and may trade."""
    for side, party in (("buyer", terms.buyer), ("supplier", terms.supplier)):
        company: Company | None = given.others.get(company_ref(party.company))
        if company is None:
            found[f"{side}.company"] = f"No company of the number {party.company} is registered here."
        elif party.name != company.name:
            found[f"{side}.name"] = f"The company is registered as “{company.name}”: write it so."
        elif company.stage in (Standing.HELD, Standing.EXCLUDED, Standing.FROZEN):
            found[f"{side}.company"] = f"This company may not trade now: it is {company.stage.value}."


def _invalid(field: str, text: str) -> Refusal:
    return Refusal(Code.INVALID_TERMS, {"first": f"{field}: {text}"}, {field: text})


def _check_days(terms: Terms, today: date, found: dict[str, str]) -> None:
    shipped, latest = terms.ship_by.on, today + timedelta(days=contract.MOST_DAYS)
    if shipped and shipped < today:
        found["ship_by.on"] = f"The ship-by date {shipped} has passed."
    if shipped and shipped > latest:
        found["ship_by.on"] = f"The ship-by date lies more than {contract.MOST_DAYS} days ahead."
    for number, item in enumerate(terms.schedule):
        if item.on and item.on > latest:
            found[f"schedule.{number}.on"] = f"This lies more than {contract.MOST_DAYS} days ahead."


def draft(do: c.Draft, given: Given) -> Decision:
    refused = check_terms(do.terms, given)
    if refused:
        return refused
    clocks = _silence(given, do.terms)
    return [e.Drafted(do.terms, contract.revision_hash(do.terms), given.side, clocks)]


def revise(trade: Trade, do: c.Revise, given: Given) -> Decision:
    if do.revision != trade.revision:
        return refuse(Code.STALE_REVISION, given=do.revision, current=trade.revision)
    if trade.payments or trade.waiting:
        return refuse(Code.MONEY_RECEIVED)
    refused = check_terms(do.terms, given)
    if refused:
        return refused
    if do.terms.buyer.company != trade.deal.buyer:
        return _invalid("buyer.company", "The buyer cannot change within a trade.")
    if trade.stage is Stage.CONFIRMED and do.terms.currency != trade.deal.currency:
        return _invalid(
            "currency", "Cover is reserved in the old currency: revise the rest first, then this."
        )
    revised = e.Revised(
        trade.revision + 1,
        do.terms,
        contract.revision_hash(do.terms),
        given.side,
        _silence(given, do.terms),
        trade.deal.cover if trade.stage is Stage.CONFIRMED else 0,
    )
    return [revised]


def confirm(trade: Trade, do: c.Confirm, given: Given) -> Decision:
    if (do.revision, do.hash) != (trade.revision, trade.hash):
        return refuse(Code.STALE_REVISION, given=do.revision, current=trade.revision)
    if given.side in trade.confirmed_by:
        return refuse(Code.ALREADY_CONFIRMED, revision=trade.revision)
    deal = trade.deal
    policy = given.policy(deal.policy)
    if deal.ship_on and deal.ship_on < local_day(given.at, deal.zone):
        return _invalid("ship_by.on", f"The ship-by date {deal.ship_on} has passed: revise it.")
    if deal.pass_through and given.side is Side.BUYER and not do.accept_unprotected:
        return refuse(Code.UNPROTECTED, amount=deal.pass_through)
    refused = _check_acknowledged(deal, do.acknowledged)
    if refused:
        return refused
    both = bool(trade.confirmed_by)
    if both or given.side is Side.SUPPLIER:
        refused = _check_supplier(deal, given, both)
        if refused:
            return refused
    silence = {"silence": after_days(given.at, policy.draft_silence_days, deal.zone)}
    confirmed = e.Confirmed(trade.revision, given.side, silence, deal.risks)
    if not both:
        return [confirmed]
    pay_by = after_days(given.at, policy.initial_payment_days, deal.zone)
    return [confirmed, e.Agreed(trade.revision, trade.hash, deal.cover, {"payment": pay_by})]


def _check_acknowledged(deal: Deal, acknowledged: tuple[str, ...]) -> Refusal | None:
    missing = [risk for risk in deal.risks if risk not in acknowledged]
    return refuse(Code.UNACKNOWLEDGED, missing=", ".join(missing)) if missing else None


def _check_supplier(deal: Deal, given: Given, reserve: bool) -> Refusal | None:
    """Only a verified gold supplier confirms, and only what its cover has room for once it is to `reserve`
    it."""
    supplier: Company | None = given.others.get(company_ref(given.ref.owner))
    if supplier is None:
        return refuse(Code.SUPPLIER_NOT_ASSURED, missing="registration")
    day = given.at.astimezone(UTC).date()
    gaps = assurance_gaps(supplier, given.knowledge.policy.cover, day)
    if gaps:
        return refuse(Code.SUPPLIER_NOT_ASSURED, missing=", ".join(gaps))
    left = remaining(supplier, given.balances.get(("cover_available", 0, deal.currency), 0), deal.currency)
    if reserve and deal.cover > left:
        return refuse(Code.COVER_EXCEEDED, needed=deal.cover, available=left)
    return None


def withdraw(trade: Trade, do: c.Withdraw, given: Given) -> Decision:
    withdrawn = e.Withdrawn(given.side)
    return [withdrawn, *settled(evolve(trade, withdrawn, given.at))]


def extend_payment(trade: Trade, do: c.ExtendPayment, given: Given) -> Decision:
    assert trade.agreed is not None
    deal, policy = trade.deal, given.policy(trade.deal.policy)
    most = policy.initial_payment_extended_days
    if not 1 <= do.days <= most:
        return refuse(Code.EXTENSION_TOO_LONG, limit=most)
    latest = after_days(trade.agreed, most, deal.zone)
    until = after_days(trade.clocks["payment"] - timedelta(seconds=1), do.days, deal.zone)
    if until > latest:
        return refuse(Code.EXTENSION_TOO_LONG, limit=most)
    return [e.PaymentExtended(given.side, {"payment": until})]


def amend(trade: Trade, do: c.Amend, given: Given) -> Decision:
    if do.revision != trade.revision:
        return refuse(Code.STALE_REVISION, given=do.revision, current=trade.revision)
    refused = check_terms(do.terms, given) or check_amendment(trade, contract.deal(do.terms), given)
    if refused:
        return refused
    digest = contract.revision_hash(do.terms)
    return [e.AmendmentProposed(trade.revision + 1, do.terms, digest, given.side, do.reason)]


def check_amendment(trade: Trade, after: Deal, given: Given) -> Refusal | None:
    field = contract.frozen_field(trade.deal, after)
    if field is None and trade.shipments and after.goods != trade.deal.goods:
        field = "lines"  # what has sailed cannot be counted anew
    if field:
        return refuse(Code.FROZEN_TERMS, field=field)
    limit = given.policy(after.policy).extension_days
    if trade.extended + _moved_days(trade, after) > limit:
        return refuse(Code.EXTENSION_TOO_LONG, limit=limit)
    ship_by = _ship_by(trade, after)
    if ship_by is not None and ship_by <= given.at:
        return _invalid("ship_by", "The new ship-by date has passed already.")
    return None


def _ship_by(trade: Trade, after: Deal) -> datetime | None:
    """Where the amended terms put the ship-by date; None while it still waits for a payment."""
    if after.ship_on:
        return end_of_day(after.ship_on, after.zone)
    base = trade.complete if after.ship_after_last else trade.funded
    if base is None:
        return trade.ship_by
    return after_days(base, after.ship_days, after.zone)


def _moved_days(trade: Trade, after: Deal) -> int:
    ship_by = _ship_by(trade, after)
    if ship_by is None or trade.ship_by is None:
        return 0
    return max(0, (ship_by - trade.ship_by).days)


def agree_amendment(trade: Trade, do: c.AgreeAmendment, given: Given) -> Decision:
    amendment = trade.amendment
    if amendment is None:
        return refuse(Code.NO_AMENDMENT)
    if (do.revision, do.hash) != (amendment.revision, amendment.hash):
        return refuse(Code.STALE_REVISION, given=do.revision, current=amendment.revision)
    if given.side is amendment.by:
        return refuse(Code.OWN_AMENDMENT)
    refused = check_amendment(trade, amendment.deal, given) or _check_acknowledged(
        amendment.deal, do.acknowledged
    )
    if refused:
        return refused
    ship_by = _ship_by(trade, amendment.deal)
    clocks = {"ship_by": ship_by} if ship_by else {}
    if trade.produced and amendment.deal.inspected and not trade.deal.inspected:
        clocks |= booking_clock(trade, given)  # an inspection that is agreed late can still be booked
    extended = trade.extended + _moved_days(trade, amendment.deal)
    amended = e.Amended(amendment.revision, amendment.hash, ship_by, extended, clocks)
    if trade.stage is Stage.OVERDUE and ship_by is not None and ship_by > given.at:
        return [amended, e.Resumed(clocks)]
    return [amended]


def decline_amendment(trade: Trade, do: c.DeclineAmendment, given: Given) -> Decision:
    if trade.amendment is None or trade.amendment.revision != do.revision:
        return refuse(Code.NO_AMENDMENT)
    return [e.AmendmentDeclined(do.revision, given.side)]
