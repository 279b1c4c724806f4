"""A refusal is a value, not an exception: a stable code and the facts that explain it.

The codes stand in order of precedence: where several would apply, the first is given. They are public: the
API's problem types, the pages' messages and the documentation derive from this list.
"""

from enum import StrEnum

import msgspec


class Code(StrEnum):
    # who and what
    NOT_ALLOWED = "not_allowed"
    NOT_YOUR_DUTY = "not_your_duty"
    STEP_UP = "step_up"
    NEEDS_SECOND_PERSON = "needs_second_person"
    SAME_PERSON = "same_person"
    KEY_REUSED = "key_reused"
    UNKNOWN = "unknown"
    EXISTS = "exists"
    FROZEN = "frozen"
    WRONG_STAGE = "wrong_stage"
    # the contract
    INVALID_TERMS = "invalid_terms"
    UNKNOWN_POLICY = "unknown_policy"
    STALE_REVISION = "stale_revision"
    ALREADY_CONFIRMED = "already_confirmed"
    FROZEN_TERMS = "frozen_terms"
    NO_AMENDMENT = "no_amendment"
    OWN_AMENDMENT = "own_amendment"
    EXTENSION_TOO_LONG = "extension_too_long"
    UNPROTECTED = "unprotected"
    UNACKNOWLEDGED = "unacknowledged"
    SUPPLIER_NOT_ASSURED = "supplier_not_assured"
    COVER_EXCEEDED = "cover_exceeded"
    MONEY_RECEIVED = "money_received"
    # a company, and the platform's own affairs
    INCOMPLETE = "incomplete"
    NO_EVIDENCE = "no_evidence"
    NOT_YET = "not_yet"
    EXPIRED = "expired"
    TOO_SOON = "too_soon"
    INVALID_DETAILS = "invalid_details"
    LAST_OWNER = "last_owner"
    # the conversation
    EMPTY_MESSAGE = "empty_message"
    TOO_LONG = "too_long"
    TOO_MANY_FILES = "too_many_files"
    THREAD_FULL = "thread_full"
    # goods
    NOT_PAID = "not_paid"
    INSPECTION_OPEN = "inspection_open"
    NO_INSPECTION_OPEN = "no_inspection_open"
    UNKNOWN_LINE = "unknown_line"
    TOO_MANY = "too_many"
    SHIP_DATE_IN_FUTURE = "ship_date_in_future"
    SHIP_DATE_BEFORE_CONFIRMATION = "ship_date_before_confirmation"
    UNKNOWN_SHIPMENT = "unknown_shipment"
    EVIDENCE_SETTLED = "evidence_settled"
    EVIDENCE_PENDING = "evidence_pending"
    PROOF_PENDING = "proof_pending"
    TOO_LATE = "too_late"
    # money
    INVALID_AMOUNT = "invalid_amount"
    UNKNOWN_ACCOUNT = "unknown_account"
    WRONG_CURRENCY = "wrong_currency"
    STATEMENT_UNBALANCED = "statement_unbalanced"
    STATEMENT_GAP = "statement_gap"
    STATEMENT_KNOWN = "statement_known"
    STATEMENT_MISSING = "statement_missing"
    DUPLICATE = "duplicate"
    NO_SHORTFALL = "no_shortfall"
    UNKNOWN_PAYMENT = "unknown_payment"
    NO_DESTINATION = "no_destination"
    ACCOUNT_TOO_NEW = "account_too_new"
    PAYOUTS_PAUSED = "payouts_paused"
    SUPPLIER_STOPPED = "supplier_stopped"
    WOULD_OVERDRAW = "would_overdraw"
    # time
    NOT_DUE = "not_due"
    # the machine itself failed on this command; its neighbours went on
    FAULT = "fault"


MESSAGES: dict[Code, str] = {
    Code.NOT_ALLOWED: "Your side of this trade may not do this ({command}).",
    Code.NOT_YOUR_DUTY: "This takes the duty “{duty}”, which your role ({grade}) does not have.",
    Code.STEP_UP: "This moves money or changes where it goes: show your second factor again first.",
    Code.NEEDS_SECOND_PERSON: "This moves money by judgement: propose it, and a second operator decides.",
    Code.SAME_PERSON: "The second person must be somebody else than the one who proposed it.",
    Code.KEY_REUSED: "This idempotency key was used before with other content. Use a new key.",
    Code.UNKNOWN: "There is no such {what}.",
    Code.EXISTS: "This {what} exists already.",
    Code.FROZEN: "A legal freeze ({reference}) holds this until it is lifted.",
    Code.WRONG_STAGE: "This cannot be done while it is “{stage}”; it can while it is: {allowed}.",
    Code.INVALID_TERMS: "The contract is not complete: {first}",
    Code.UNKNOWN_POLICY: "There is no policy {policy}. Choose one of: {known}.",
    Code.STALE_REVISION: (
        "Revision {given} is not the current one ({current}). Read revision {current} and decide anew."
    ),
    Code.ALREADY_CONFIRMED: "Your side has confirmed revision {revision} already.",
    Code.FROZEN_TERMS: "After confirmation an amendment cannot change “{field}”.",
    Code.NO_AMENDMENT: "No amendment is waiting for an answer.",
    Code.OWN_AMENDMENT: "The other side must answer the amendment that yours proposed.",
    Code.EXTENSION_TOO_LONG: "That is more than the {limit} days allowed in all.",
    Code.UNPROTECTED: (
        "{amount} of this contract is above the cover: it is passed through to the supplier unheld and "
        "unprotected. Confirm that you accept this."
    ),
    Code.UNACKNOWLEDGED: "This contract leaves something unprotected: acknowledge {missing}.",
    Code.SUPPLIER_NOT_ASSURED: "This supplier may not offer assured trades now; what is missing: {missing}.",
    Code.COVER_EXCEEDED: (
        "The contract needs cover of {needed}; the supplier has {available} left. Revise it to less, or let "
        "the part above be passed through unprotected."
    ),
    Code.MONEY_RECEIVED: "Money has come in: now only an amendment that both agree to changes the contract.",
    Code.INCOMPLETE: "Give the {what}: it stands in the record for everybody to read.",
    Code.NO_EVIDENCE: "Add the file that shows it: what is verified has its evidence.",
    Code.NOT_YET: "The date {on} lies in the future.",
    Code.EXPIRED: "It ended on {on} already.",
    Code.TOO_SOON: "A new version begins after {after} at the earliest, so that everybody knows it by then.",
    Code.INVALID_DETAILS: "Something is missing or wrong: {first}",
    Code.LAST_OWNER: "Every company has an owner: make somebody else one first.",
    Code.EMPTY_MESSAGE: "Write something, or attach a file.",
    Code.TOO_LONG: "This is longer than {limit} characters.",
    Code.TOO_MANY_FILES: "Attach at most {limit} files to one message.",
    Code.THREAD_FULL: "This trade has {limit} messages, which is the most there can be.",
    Code.NOT_PAID: "The buyer has not paid everything that is due before shipment ({missing} is missing).",
    Code.INSPECTION_OPEN: (
        "The contract plans an inspection before shipment. It is waived if the buyer books none by {until}; "
        "report the production if no day is named."
    ),
    Code.NO_INSPECTION_OPEN: "No inspection is open that could be waived.",
    Code.UNKNOWN_LINE: "The contract has no line {line}.",
    Code.TOO_MANY: "Line {line}: {given} is more than the {open} still to be shipped.",
    Code.SHIP_DATE_IN_FUTURE: "The ship date {given} lies in the future.",
    Code.SHIP_DATE_BEFORE_CONFIRMATION: (
        "The ship date {given} lies before the contract was confirmed ({confirmed})."
    ),
    Code.UNKNOWN_SHIPMENT: "There is no shipment {shipment}.",
    Code.EVIDENCE_SETTLED: "The evidence of shipment {shipment} is {status} already.",
    Code.EVIDENCE_PENDING: "Shipment evidence is still open to contest until {until}.",
    Code.PROOF_PENDING: "The supplier may still show until {until} that it shipped in time.",
    Code.TOO_LATE: "The time for this ended on {until}.",
    Code.INVALID_AMOUNT: "The amount must be above zero and below 10^15 minor units.",
    Code.UNKNOWN_ACCOUNT: "{account} is not the designated account of this platform for {currency}.",
    Code.WRONG_CURRENCY: "The currency must be {expected}, not {given}.",
    Code.STATEMENT_UNBALANCED: (
        "Statement {reference}: opening balance {opening} plus entries {entries} "
        "is not the closing balance {closing}."
    ),
    Code.STATEMENT_GAP: (
        "Statement {reference} opens at {opening}, but the last one read closed at {closing}: "
        "one is missing between."
    ),
    Code.STATEMENT_KNOWN: "Statement {reference} was read before; nothing was changed.",
    Code.STATEMENT_MISSING: "No bank statement that covers {day} has been read yet.",
    Code.DUPLICATE: "This bank line was counted before.",
    Code.NO_SHORTFALL: "Nothing is short.",
    Code.UNKNOWN_PAYMENT: "There is no such payment waiting.",
    Code.NO_DESTINATION: "There is no account that this money can be paid to.",
    Code.ACCOUNT_TOO_NEW: "The payout account can be used from {usable}.",
    Code.PAYOUTS_PAUSED: "Payouts are paused: {reason}",
    Code.SUPPLIER_STOPPED: "The supplier is {standing}: its payouts wait.",
    Code.WOULD_OVERDRAW: "The account {account} would fall below zero.",
    Code.NOT_DUE: "This deadline has not passed, or it moved.",
    Code.FAULT: "This could not be processed. The operator has been told.",
}


class Refusal(msgspec.Struct, frozen=True, omit_defaults=True):
    """`data` fills the message; `fields` maps a field's path to what is wrong with it and how to mend it."""

    code: Code
    data: dict[str, str | int] = {}
    fields: dict[str, str] = {}

    @property
    def message(self) -> str:
        return MESSAGES[self.code].format_map(self.data)


def refuse(code: Code, **data: str | int) -> Refusal:
    return Refusal(code, data)
