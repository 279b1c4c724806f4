"""A bank to try the platform with: it holds one account and speaks the same files as a real one.

It is deterministic: it has no clock and no chance, every day and time comes from the caller, and the same
calls give the same bytes. Its whole memory is one small value, kept as a JSON file where a folder is given,
so that the demo survives a restart. It is made for one process at a time.

A day is closed by its statement: nothing can be booked on it afterwards, and the next statement opens where
it closed, with the next number. A payment file that comes twice is answered twice and executed once.
"""

import os
from collections.abc import Collection
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from tradehold.domain.bank import Line, Order, Party, Status
from tradehold.domain.money import Money
from tradehold.rails import sandbox_files as files
from tradehold.rails.iso20022 import (
    BankFileError,
    Element,
    amount,
    children,
    events,
    find,
    local,
    needed,
    text,
)


class _Ordered(NamedTuple):
    """One order as a pain.001 has it."""

    file: str
    batch: str
    debtor_account: str
    day: date
    order: Order


class _Decided(msgspec.Struct):
    """One order as the bank decided it: the reason of its refusal, or the reference of its debit."""

    end_to_end: str
    file: str
    batch: str
    reason: str = ""
    debit: str = ""
    confirmed: bool = False


class _Closed(msgspec.Struct):
    """One statement that was issued: the days it covers."""

    first: date
    last: date


class _State(msgspec.Struct):
    owner: Party
    currency: str
    opening: int
    closed_accounts: list[str]
    lines: list[Line] = []
    unnamed: list[str] = []  # references that the bank keeps to itself
    notified: list[str] = []
    orders: list[_Decided] = []
    statements: list[_Closed] = []
    messages: int = 0  # how many files it has sent, for their ids


class SandboxBank:
    """One designated account. Raises ValueError where the caller asks for what no bank would do.

    `opening` is in minor units; `closed` are accounts elsewhere that take no money. With a folder in which
    this account is known already, its state there counts and not these arguments.
    """

    def __init__(
        self,
        owner: Party,
        currency: str,
        opening: int = 0,
        closed: Collection[str] = (),
        folder: Path | None = None,
    ) -> None:
        self._file = folder / f"bank-{owner.account}-{currency}.json" if folder else None
        if self._file and self._file.exists():
            self._state = msgspec.json.decode(self._file.read_bytes(), type=_State)
        else:
            self._state = _State(owner, currency, opening, sorted(closed))

    def pay_in(
        self,
        amount: Money,
        remittance: str,
        debtor: Party,
        booked: date,
        *,
        charges: int = 0,
        end_to_end: str = "",
        unnamed: bool = False,
    ) -> str:
        """Somebody pays; the bank's reference comes back.

        Faults: `charges` are minor units that banks on the way keep of the amount; `unnamed` leaves the
        bank's reference out of every file.
        """
        arrived = Money(amount.minor - charges, amount.currency)
        line = Line("", "", arrived, True, booked, party=debtor, remittance=remittance)
        reference = self._book(replace(line, end_to_end=end_to_end, charges=charges))
        if unnamed:
            self._state.unnamed.append(reference)
        self._save()
        return reference

    def return_payment(self, end_to_end: str, reason: str, booked: date) -> str:
        """A payment of ours comes back whole, for an ISO external return reason such as AC04."""
        order = next(
            (each for each in self._state.orders if each.end_to_end == end_to_end and each.debit), None
        )
        if order is None:
            raise ValueError(f"no payment {end_to_end!r} was made")
        debit = self._line(order.debit)
        reference = self._book(replace(debit, credit=True, booked=booked, reason=reason))
        self._save()
        return reference

    def reverse(self, reference: str, booked: date) -> str:
        """The bank takes back an earlier line as booked in error."""
        line = self._line(reference)
        back = replace(line, credit=not line.credit, booked=booked, reversal=True, original=line.reference)
        reference = self._book(replace(back, charges=0))
        self._save()
        return reference

    def accept(self, pain001: bytes, at: datetime) -> bytes:
        """Takes a payment file, books what it orders and answers with a pain.002: ACSP or RJCT an order.

        Raises BankFileError when it is not a whole pain.001, and has then booked nothing.
        """
        orders = _orders(pain001)
        file = orders[0].file
        if all(each.file != file for each in self._state.orders):
            for order in orders:
                self._state.orders.append(self._decide(order, at.date()))
        return self._report([each for each in self._state.orders if each.file == file], at, "ACSP")

    def settle(self, at: datetime) -> list[bytes]:
        """A pain.002 with ACSC for each file that has orders booked by this day and not yet confirmed."""
        due = [
            order
            for order in self._state.orders
            if order.debit and not order.confirmed and self._line(order.debit).booked <= at.date()
        ]
        for order in due:
            order.confirmed = True
        by_file = groupby(due, key=lambda order: (order.file, order.batch))
        return [self._report(list(orders), at, "ACSC") for _, orders in by_file]

    def notification(self, at: datetime) -> bytes | None:
        """A camt.054 of the credits booked by this day that none has told of; None if there are none."""
        state = self._state
        told = set(state.notified)
        news = [
            line
            for line in state.lines
            if line.credit and line.booked <= at.date() and line.reference not in told
        ]
        if not news:
            return None
        state.notified += [line.reference for line in news]
        message = self._message("NTFY")
        self._save()
        return files.notification(state.owner, state.currency, message, at, news, state.unnamed)

    def statement(self, day: date) -> bytes:
        """The camt.053 that closes this day and those since the last one. Asked again, the same bytes."""
        state = self._state
        issued = [closed.last for closed in state.statements]
        if day not in issued:
            if issued and day < issued[-1]:
                raise ValueError(f"{day} lies within the statement of {issued[-1]}")
            first = issued[-1] + timedelta(days=1) if issued else min([day, *(x.booked for x in state.lines)])
            state.statements.append(_Closed(first, day))
            issued.append(day)
            self._save()
        sequence = issued.index(day)
        days = state.statements[sequence]
        lines = [line for line in state.lines if days.first <= line.booked <= days.last]
        balances = self.balance(days.first - timedelta(days=1)), self.balance(days.last)
        return files.statement(
            state.owner, state.currency, sequence + 1, (days.first, days.last), balances, lines, state.unnamed
        )

    def balance(self, day: date) -> int:
        """Signed minor units at the end of the day."""
        lines = (line for line in self._state.lines if line.booked <= day)
        return self._state.opening + sum(
            line.amount.minor if line.credit else -line.amount.minor for line in lines
        )

    def _decide(self, order: _Ordered, today: date) -> _Decided:
        state = self._state
        decided = _Decided(order.order.end_to_end, order.file, order.batch)
        money, creditor = order.order.amount, order.order.creditor
        day = max([order.day, today, *(closed.last + timedelta(days=1) for closed in state.statements[-1:])])
        if order.debtor_account != state.owner.account:
            decided.reason = "AC02"  # the account to debit is not one of this bank's
        elif creditor.account in state.closed_accounts:
            decided.reason = "AC04"
        elif money.currency != state.currency:
            decided.reason = "AM03"
        elif any(decided.end_to_end == each.end_to_end for each in state.orders):
            decided.reason = "AM05"
        elif self.balance(day) < money.minor:
            decided.reason = "AM04"
        else:
            line = Line("", "", money, False, day, party=creditor, remittance=order.order.remittance)
            decided.debit = self._book(replace(line, end_to_end=decided.end_to_end))
        return decided

    def _book(self, line: Line) -> str:
        """Books the line under a reference of its own."""
        state = self._state
        if line.amount.minor <= 0 or line.amount.currency != state.currency:
            raise ValueError(f"{line.amount} cannot be booked on an account in {state.currency}")
        if state.statements and line.booked <= state.statements[-1].last:
            raise ValueError(f"{line.booked} was closed by a statement")
        reference = f"SBX{len(state.lines) + 1:08d}"
        state.lines.append(replace(line, account=state.owner.account, reference=reference))
        return reference

    def _line(self, reference: str) -> Line:
        for line in self._state.lines:
            if line.reference == reference:
                return line
        raise ValueError(f"no line {reference!r}")

    def _report(self, orders: list[_Decided], at: datetime, code: str) -> bytes:
        told = [Status(each.end_to_end, "RJCT" if each.reason else code, each.reason) for each in orders]
        message = self._message("STAT")
        self._save()
        return files.status_report(message, at, orders[0].file, orders[0].batch, told)

    def _message(self, kind: str) -> str:
        self._state.messages += 1
        return f"{kind}-{self._state.messages:06d}"

    def _save(self) -> None:
        if self._file is None:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._file.with_suffix(".new")
        fresh.write_bytes(msgspec.json.encode(self._state))
        os.replace(fresh, self._file)


def _orders(pain001: bytes) -> list[_Ordered]:
    *_, (_, root) = events(pain001, "CdtTrfTxInf")
    message = find(root, "CstmrCdtTrfInitn")
    if message is None:
        raise BankFileError(f"the file is a {local(root)} without CstmrCdtTrfInitn; send a pain.001")
    file = needed(message, "GrpHdr/MsgId")
    orders = [
        _Ordered(
            file,
            needed(batch, "PmtInfId"),
            needed(batch, "DbtrAcct/Id/IBAN", "DbtrAcct/Id/Othr/Id"),
            date.fromisoformat(needed(batch, "ReqdExctnDt/Dt", "ReqdExctnDt")[:10]),
            _order(transfer),
        )
        for batch in children(message, "PmtInf")
        for transfer in children(batch, "CdtTrfTxInf")
    ]
    if not orders:
        raise BankFileError("the pain.001 has no CdtTrfTxInf; send at least one order")
    return orders


def _order(transfer: Element) -> Order:
    stated = find(transfer, "Amt/InstdAmt")
    if stated is None:
        raise BankFileError("CdtTrfTxInf has no Amt/InstdAmt; the sandbox bank converts no money")
    creditor = Party(
        text(transfer, "Cdtr/Nm"),
        text(transfer, "CdtrAcct/Id/IBAN", "CdtrAcct/Id/Othr/Id"),
        text(transfer, "CdtrAgt/FinInstnId/BICFI", "CdtrAgt/FinInstnId/ClrSysMmbId/MmbId"),
        text(transfer, "Cdtr/PstlAdr/Ctry"),
    )
    remittance = text(transfer, "RmtInf/Strd/CdtrRefInf/Ref", "RmtInf/Ustrd")
    return Order(needed(transfer, "PmtId/EndToEndId"), amount(stated), creditor, remittance)
