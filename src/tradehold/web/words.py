"""The names of things: stages, accounts, units, reasons; in English here, translated where they are said."""

from decimal import Decimal

from tradehold.domain import approval, bankdetails, payout
from tradehold.domain.company import Checked
from tradehold.domain.company import Stage as Standing
from tradehold.domain.trade import Stage
from tradehold.domain.trade_events import Outcome
from tradehold.web.i18n import Translator, mark

STAGES: dict[Stage, str] = {
    Stage.DRAFT: mark("Draft"),
    Stage.CONFIRMED: mark("To be paid"),
    Stage.PRODUCING: mark("In production"),
    Stage.PRODUCED: mark("Balance due"),
    Stage.READY: mark("Ready to ship"),
    Stage.SHIPPED: mark("Shipped, being checked"),
    Stage.OVERDUE: mark("Overdue"),
    Stage.LATE: mark("Shipped late"),
    Stage.RETURNING: mark("Goods go back"),
    Stage.SETTLING: mark("Being paid out"),
    Stage.SETTLED: mark("Settled"),
}
OUTCOMES: dict[Outcome, str] = {
    Outcome.RELEASED: mark("released"),
    Outcome.REFUNDED: mark("refunded"),
    Outcome.SPLIT: mark("divided"),
    Outcome.LAPSED: mark("lapsed"),
    Outcome.WITHDRAWN: mark("withdrawn"),
}
# What refusals call a stage of other machines.
OTHER_STAGES = {
    "pending": mark("pending"),
    "approved": mark("approved"),
    "rejected": mark("rejected"),
    "expired": mark("expired"),
    "due": mark("due"),
    "submitted": mark("with the bank"),
    "paid": mark("paid"),
    "unclaimed": mark("unclaimed"),
    "allocated": mark("allocated"),
    "suspense": mark("in suspense"),
    "given_back": mark("given back"),
    "reversed": mark("reversed"),
    "unexplained": mark("unexplained"),
    "noted": mark("noted"),
    "claimed": mark("claimed"),
    "contested": mark("contested"),
    "confirmed": mark("confirmed"),
}
THINGS = {
    "trade": mark("trade"),
    "supplier": mark("supplier"),
    "account": mark("account"),
    "designated account": mark("designated account"),
    "payout account": mark("payout account"),
    "approval": mark("approval"),
    "proposal": mark("proposal"),
    "payout": mark("payout"),
    "bank line": mark("bank line"),
    "receipt": mark("bank line"),
    "obligation": mark("obligation"),
    "line": mark("line"),
    "shipment": mark("shipment"),
    "payment": mark("payment"),
    "message": mark("message"),
    "attempt of this payout": mark("attempt of this payout"),
    "command for this kind of thing": mark("command for this kind of thing"),
    "company": mark("company"),
    "freeze": mark("freeze"),
    "pause": mark("pause"),
    "verification": mark("verification"),
    "fixed limit": mark("fixed limit"),
    "version of this policy": mark("version of this policy"),
    "reason": mark("reason"),
    "reference": mark("reference"),
    "issuer": mark("issuer"),
}
ACCOUNTS = {
    "bank_client": mark("Client money at the bank"),
    "bank_own": mark("The platform's own money"),
    "processor_receivable": mark("Due from processors"),
    "supplier_receivable": mark("Owed by the supplier"),
    "hold": mark("Held for the trade"),
    "in_transit": mark("In transit"),
    "suspense": mark("Suspense"),
    "supplier_payable": mark("Owed to the supplier"),
    "buyer_refundable": mark("Owed to the payer"),
    "inspector_payable": mark("Owed to the inspector"),
    "lender_payable": mark("Owed to the lender"),
    "payout_submitted": mark("Ordered at the bank"),
    "unclaimed": mark("Unclaimed"),
    "equity": mark("Equity"),
    "fee_income": mark("Fees earned"),
    "rail_cost": mark("Bank charges"),
    "guarantee_loss": mark("Losses borne"),
    "cover_granted": mark("Cover granted"),
    "cover_available": mark("Cover available"),
    "cover_reserved": mark("Cover reserved"),
}
# Why a posting was booked follows from the two accounts it stands on.
POSTINGS = {
    ("in_transit", "hold"): mark("A payment came in and is held for this trade"),
    ("rail_cost", "bank_own"): mark("The platform bears a bank's charge"),
    ("bank_client", "hold"): mark("The platform makes up for the bank's charge"),
    ("in_transit", "suspense"): mark("A third party paid: it waits for a check"),
    ("suspense", "in_transit"): mark("The waiting payment was cleared"),
    ("in_transit", "buyer_refundable"): mark("Not wanted here: goes back to its payer"),
    ("suspense", "buyer_refundable"): mark("The waiting payment goes back to its payer"),
    ("hold", "in_transit"): mark("The bank took a payment back"),
    ("supplier_receivable", "bank_own"): mark("The supplier owes what the bank took back"),
    ("bank_client", "in_transit"): mark("The platform makes good what the bank took back"),
    ("guarantee_loss", "bank_own"): mark("The platform bears a loss"),
    ("hold", "supplier_payable"): mark("Released to the supplier"),
    ("hold", "buyer_refundable"): mark("Refunded to the buyer"),
    ("hold", "bank_client"): mark("The platform's own part returns to it"),
    ("bank_own", "rail_cost"): mark("The bank's charge was not needed after all"),
    ("supplier_payable", "payout_submitted"): mark("The transfer to the supplier was ordered"),
    ("buyer_refundable", "payout_submitted"): mark("The transfer to the payer was ordered"),
    ("payout_submitted", "supplier_payable"): mark("The bank refused the transfer"),
    ("payout_submitted", "buyer_refundable"): mark("The bank refused the transfer"),
    ("payout_submitted", "in_transit"): mark("The bank paid it out"),
    ("in_transit", "supplier_payable"): mark("The transfer came back"),
    ("bank_client", "supplier_payable"): mark("The platform bears what banks took on the way back"),
    ("bank_client", "buyer_refundable"): mark("The platform bears what banks took on the way back"),
    ("supplier_payable", "unclaimed"): mark("Nowhere to pay it: it stands unclaimed"),
    ("buyer_refundable", "unclaimed"): mark("Nowhere to pay it: it stands unclaimed"),
    ("unclaimed", "supplier_payable"): mark("It can be paid after all"),
    ("unclaimed", "buyer_refundable"): mark("It can be paid after all"),
    ("cover_available", "cover_reserved"): mark("Cover reserved for this trade"),
    ("cover_reserved", "cover_available"): mark("Cover given back"),
}
# The same accounts, where it is the trade's own posting and not its payout's.
OF_TRADE = {
    ("in_transit", "supplier_payable"): mark("Above the cover: goes on to the supplier, unprotected"),
    ("bank_client", "supplier_payable"): mark("The platform makes up for the bank's charge"),
}
CHECKED = {
    Checked.REGISTRATION: mark("Registration"),
    Checked.BANK_ACCOUNT: mark("Bank account"),
    Checked.ON_SITE: mark("On-site check"),
    Checked.LICENCE: mark("Licence"),
    Checked.CERTIFICATE: mark("Certificate"),
}
STANDINGS = {
    Standing.HELD: mark("held for a check"),
    Standing.ACTIVE: mark("active"),
    Standing.SUSPENDED: mark("suspended"),
    Standing.INSOLVENT: mark("insolvent"),
    Standing.EXCLUDED: mark("excluded"),
    Standing.FROZEN: mark("frozen by law"),
}
GOLD = mark("gold membership")
UNITS = {
    "C62": mark("pieces"),
    "PR": mark("pairs"),
    "SET": mark("sets"),
    "DZN": mark("dozen"),
    "KGM": mark("kilograms"),
    "GRM": mark("grams"),
    "TNE": mark("tonnes"),
    "MTR": mark("metres"),
    "MTK": mark("square metres"),
    "MTQ": mark("cubic metres"),
    "LTR": mark("litres"),
    "ROL": mark("rolls"),
    "CT": mark("cartons"),
    "NMP": mark("packs"),
}
MODES = {
    "sea": mark("by sea"),
    "air": mark("by air"),
    "rail": mark("by rail"),
    "road": mark("by road"),
    "express": mark("by express"),
}
SOURCES = {
    "carrier": mark("from the carrier"),
    "document": mark("from the transport document"),
    "upload": mark("from the time of the upload"),
}
RETURNED = {
    "wrong_currency": mark("it came in another currency"),
    "not_agreed": mark("the contract was not confirmed yet"),
    "late": mark("the trade was over already"),
    "over": mark("it was more than was due"),
    "third_party": mark("its payer was not accepted"),
    "lapsed": mark("the trade lapsed"),
    "goods_returned": mark("the goods came back"),
    "late_shipment": mark("the goods did not ship in time"),
    "price_cut": mark("the goods came late and were kept"),
    "balance_unpaid": mark("the balance was not paid"),
    "shipped": mark("the goods shipped in time"),
    "late_accepted": mark("the late shipment was accepted"),
    "unprotected": mark("it is above the cover, and unprotected"),
}
PAYOUT_STAGES = {
    payout.Stage.DUE: mark("due"),
    payout.Stage.SUBMITTED: mark("with the bank"),
    payout.Stage.PAID: mark("paid"),
    payout.Stage.UNCLAIMED: mark("unclaimed"),
}
APPROVAL_STAGES = {
    approval.Stage.PENDING: mark("pending"),
    approval.Stage.APPROVED: mark("approved"),
    approval.Stage.REJECTED: mark("rejected"),
    approval.Stage.EXPIRED: mark("expired"),
}
# What a message holds that could lead a payment elsewhere.
SUSPICIONS = {
    bankdetails.Kind.IBAN: mark("bank account (IBAN)"),
    bankdetails.Kind.SWIFT: mark("bank code (SWIFT)"),
    bankdetails.Kind.ACCOUNT_NUMBER: mark("account number"),
    bankdetails.Kind.CARD_NUMBER: mark("card number"),
    bankdetails.Kind.WALLET: mark("wallet"),
    bankdetails.Kind.PAYMENT_LINK: mark("payment link"),
    bankdetails.Kind.PAYMENT_WORDS: mark("words about paying elsewhere"),
}
# What a bank line was taken for: an event's tag.
LINES = {
    "line_allocated": mark("allocated"),
    "line_suspended": mark("in suspense"),
    "line_funding": mark("the platform's own money"),
    "line_paid_out": mark("a payout left"),
    "line_returned": mark("a payout came back"),
    "line_reversing": mark("reverses an earlier line"),
    "line_unexplained": mark("unexplained"),
    "line_matched": mark("matched"),
    "duplicate": mark("known already"),
}


def quantity(thousandths: int) -> str:
    """Thousandths of a unit as people write a number: "1,000" or "12.5"."""
    return f"{(Decimal(thousandths) / 1000).normalize():,f}"


def unit(t: Translator, code: str) -> str:
    return t(UNITS[code]) if code in UNITS else code


def reason(t: Translator, code: str) -> str:
    return t(RETURNED[code]) if code in RETURNED else code


def posting(t: Translator, debit: str, credit: str, *, of_trade: bool) -> str:
    said = (POSTINGS | OF_TRADE if of_trade else POSTINGS).get((debit, credit))
    return t(said) if said else t("Moved between two accounts")


def lacking(t: Translator, codes: str) -> str:
    """What a supplier lacks, as refusals give it: its standing, gold, kinds of verification, by commas."""
    names = {str(each): name for each, name in (STANDINGS | CHECKED).items()} | {"gold": GOLD}
    return t(", ").join(t(names[one]) if one in names else one for one in codes.split(", "))


def stage(t: Translator, code: str) -> str:
    """A stage's name as refusals and lists give it; several are parted by commas."""
    names = {str(each): name for each, name in (STAGES | STANDINGS).items()} | OTHER_STAGES
    return t(", ").join(t(names[one]) if one in names else one for one in code.split(", "))
