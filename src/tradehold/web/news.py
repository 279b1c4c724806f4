"""Notices told: each event that somebody hears of as one sentence in their language, and where to look.

What people write to each other is not repeated here: bank details in it are warned of where it is read.
"""

from typing import Any

import msgspec

from tradehold.domain import approval as ap
from tradehold.domain import company as s
from tradehold.domain.command import Side
from tradehold.domain.given import Knowledge
from tradehold.domain.identity import Kind, Ref, public_id
from tradehold.store.notices import About, Notice
from tradehold.web.i18n import Formats, mark
from tradehold.web.sheet import Sheet
from tradehold.web.story import Told, tell

STANDINGS = {
    s.Stage.ACTIVE: mark("It may trade."),
    s.Stage.HELD: mark("It waits for the platform's check."),
    s.Stage.SUSPENDED: mark("It is suspended: nothing new is confirmed, and its payouts wait."),
    s.Stage.EXCLUDED: mark("It is excluded from trading here."),
    s.Stage.INSOLVENT: mark("It is insolvent."),
    s.Stage.FROZEN: mark("It is frozen by an order."),
}


class Said(msgspec.Struct, frozen=True):
    """A notice in words: `title` is what it is about, `path` the page to look at."""

    title: str
    told: Told
    path: str


def said(f: Formats, notice: Notice, about: About, knowledge: Knowledge) -> Said:
    """Also for an event that cannot be read: that something happened is true then, too."""
    row = about.rows.get(notice.ref)
    recorded = about.events.get(notice.place)
    if row is None or recorded is None:
        return Said(_title(f, notice.ref, None), Told(f.t("Something happened."), "info"), _path(notice.ref))
    title, event = _title(f, notice.ref, row.state), recorded.event
    match notice.ref.kind:
        case Kind.TRADE:
            side = Side.BUYER if notice.company == row.state.deal.buyer else Side.SUPPLIER
            terms = about.terms[notice.ref]
            told = tell(Sheet(notice.ref, row.state, terms, (), side, f, knowledge), event)
        case Kind.COMPANY:
            told = _company(f, event, theirs=notice.company == notice.ref.owner)
        case _:
            told = _approval(f, event)
    return Said(title, told, _path(notice.ref))


def _title(f: Formats, ref: Ref, state: Any) -> str:
    match ref.kind:
        case Kind.TRADE if state:
            return str(state.deal.title)
        case Kind.COMPANY if state:
            return str(state.name)
        case Kind.APPROVAL:
            return f.t("Approvals")
        case _:
            return "Tradehold"


def _path(ref: Ref) -> str:
    match ref.kind:
        case Kind.TRADE:
            return f"/trades/{public_id(ref)}"
        case Kind.COMPANY:
            return f"/companies/{ref.owner}"
        case Kind.APPROVAL:
            return "/approvals"
        case _:
            return "/"


def _company(f: Formats, event: Any, theirs: bool) -> Told:
    t = f.t
    match event:
        case s.Registered():
            names = t(", ").join(sorted({hit.entry for hit in event.hits}))
            return Told(t("It registered, and its name is on the screening list."), "triangle-alert", names)
        case s.StandingChanged():
            return Told(t(STANDINGS[event.standing]), "building-2", event.reason)
        case s.CompanyFrozen():
            order = event.order
            text = t("A legal freeze ({reference}) stopped every clock.", reference=order.reference)
            return Told(text, "lock", order.reason)
        case s.CompanyLifted():
            return Told(t("The legal freeze {reference} was lifted.", reference=event.reference), "check")
        case s.Verified():
            return Told(
                t("A check was recorded: {issuer}.", issuer=event.verification.issuer), "shield-check"
            )
        case s.VerificationWithdrawn():
            return Told(t("A check was withdrawn."), "triangle-alert", event.reason)
        case s.MembershipSet() if event.until:
            return Told(t("Gold member until {day}.", day=f.day(event.until)), "shield-check")
        case s.MembershipSet():
            return Told(t("Free member from now on."), "shield-check")
        case s.LimitSet():
            amount = f.money(event.limit.minor, event.limit.currency)
            return Told(t("The cover limit is {amount} now.", amount=amount), "shield-check")
        case _:
            return _account(f, event, theirs)


def _account(f: Formats, event: Any, theirs: bool) -> Told:
    """`theirs`: told to the company itself, not to an operator."""
    t = f.t
    ours = t("If nobody of yours did this, tell the platform at once.")
    match event:
        case s.PayoutAccountAdded():
            ends = event.account.party.account[-4:]
            text = t(
                "A payout account in {currency} that ends in {ends} was added.",
                currency=event.account.currency,
                ends=ends,
            )
            return Told(text, "landmark", ours if theirs else t("An operator has to approve it."))
        case s.PayoutAccountApproved():
            text = t("Payout account no. {number} was approved.", number=event.number)
            return Told(text, "landmark", ours)
        case _:
            return Told(t("Something happened."), "info")


def _approval(f: Formats, event: Any) -> Told:
    t = f.t
    match event:
        case ap.Proposed():
            return Told(t("A proposal waits for a second person."), "users", event.reason)
        case ap.Turned():
            return Told(t("A proposal was refused."), "x", event.reason)
        case ap.Expired():
            return Told(t("A proposal lapsed: nobody answered it."), "clock")
        case _:
            return Told(t("Something happened."), "info")
