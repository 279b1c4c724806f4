"""The whole domain in memory: real decisions, real postings, plain dictionaries instead of a database.

It does what the loop does, one command at a time: who may, decide, evolve, post, bounds, follow-ups, clocks.
After each command the books must balance and client money must be covered. On top stand the words a trader
would use.
"""

from collections import deque
from collections.abc import Iterable
from copy import copy
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from tests.assured import gold, verifications
from tests.specification import ANSWERS, REQUIREMENTS
from tradehold.domain import account, approval, bank, company, contract, inspection, payout, receipt
from tradehold.domain import trade_commands as c
from tradehold.domain import trade_events as e
from tradehold.domain.authority import check, side
from tradehold.domain.chart import BOUNDED, CHART
from tradehold.domain.command import CLOCK, RAIL, Actor, Grade, Role
from tradehold.domain.follow import follow
from tradehold.domain.given import Given, Knowledge
from tradehold.domain.identity import Kind, Ref, account_ref, company_ref, receipt_ref, token
from tradehold.domain.inspection import Waiver
from tradehold.domain.ledger import Key, Posting, changes, trial_balance
from tradehold.domain.machines import MACHINES, Command, reads, takes
from tradehold.domain.money import parse
from tradehold.domain.postings import post
from tradehold.domain.reference import rf_reference
from tradehold.domain.refusal import Code, Refusal, refuse
from tradehold.knowledge import load_knowledge

SELLER, BUYER, STRANGER = 1001, 2001, 3001
as_buyer = Actor(Role.MEMBER, BUYER, 21, grade=Grade.OWNER)
as_supplier = Actor(Role.MEMBER, SELLER, 11, grade=Grade.OWNER)
as_stranger = Actor(Role.MEMBER, STRANGER, 31, grade=Grade.OWNER)
operator = Actor(Role.OPERATOR, 0, 1, grade=Grade.OWNER)
second_operator = Actor(Role.OPERATOR, 0, 2, grade=Grade.OWNER)
pair = Actor(Role.PAIR, 0, 1, 2)
SUPPLIER = company_ref(SELLER)
OURS = bank.Party("Tradehold client money", "DE02120300000000202051", "BYLADEM1001", "DE")
BUYERS = bank.Party("Müller & Söhne GmbH", "DE75512108001245126199", "SOGEDEFF", "DE")
SUPPLIERS = bank.Party("Ningbo Textile Co., Ltd.", "6222020200112233", "ICBKCNBJ", "CN")
UNCLE = bank.Party("Onkel Otto", "AT611904300234573201", "RLNWATWW", "AT")
# Answers of one machine to another that ask nothing of anybody: it was done, or there is nothing to do.
HARMLESS = {Code.DUPLICATE, Code.NO_SHORTFALL}


KNOWLEDGE = replace(load_knowledge(), accounts=(OURS.account, OURS.agent))


def terms(**changed: Any) -> contract.Terms:
    """12,600.00 US dollars for two lines, 30 % at confirmation and the rest when the goods are made."""
    agreed = contract.Terms(
        title="Shirts and trousers, spring",
        buyer=contract.Party(BUYER, "Müller & Söhne GmbH", "DE"),
        supplier=contract.Party(SELLER, "Ningbo Textile Co., Ltd.", "CN"),
        currency="USD",
        lines=(
            contract.Line("S-1", "Shirt, organic cotton", Decimal(1000), "C62", Decimal("8.00")),
            contract.Line("T-1", "Trousers, organic cotton", Decimal(460), "C62", Decimal("10.00")),
        ),
        schedule=(contract.Item(378_000, "confirmation"), contract.Item(882_000, "production")),
        ship_by=contract.ShipBy(days=40),
        incoterm="FOB",
        place="Ningbo",
        zone="Asia/Shanghai",
        market="DE",
        policy=KNOWLEDGE.default,
        inspection=Waiver("We know this factory."),
        cover=1_260_000,
        late_price_cut_bps=500,
        requirements=REQUIREMENTS,
        answers=ANSWERS,
    )
    return replace(agreed, **changed)


# 1,460 pieces at level II: letter K, 125 pieces.
PRE_SHIPMENT = inspection.draw_up(
    KNOWLEDGE.aql, company="Asia Goods Inspection Ltd", kind="PSI", lot=1460, level="II", severity="normal",
    major=Decimal("2.5"), minor=Decimal("4.0"), fee=30_900,
)  # fmt: skip
AT_ONCE = (contract.Item(1_260_000, "confirmation"),)
ALL = (e.Shipped(0, 1_000_000), e.Shipped(1, 460_000))
SHIRTS, TROUSERS = ALL[:1], ALL[1:]


class World:
    def __init__(
        self, limit: str = "30000.00", knowledge: Knowledge = KNOWLEDGE, payable: bool = True
    ) -> None:
        self.knowledge = knowledge
        self.at = datetime(2026, 2, 27, 8, tzinfo=UTC)
        self.machines: dict[Ref, Any] = {}
        self.events: list[tuple[Ref, Any]] = []
        self.postings: list[tuple[int, Posting]] = []
        self.balances: dict[tuple[int, Key], int] = {}
        self.answers: dict[tuple[int, str], tuple[Any, list[Any] | Refusal]] = {}
        self.refused: list[tuple[Ref, Any, Refusal]] = []  # follow-ups
        self.asleep: dict[tuple[Ref, str], datetime] = {}  # deadlines that were refused, until when
        self.bank, self.closing, self.days, self.number = 0, 0, 0, 0
        self.unread: list[bank.Line] = []
        self.trade = Ref(SELLER, Kind.TRADE, 1)
        self.do(account_ref("USD"), operator, account.OpenAccount("USD", OURS))
        people = ((as_supplier, SUPPLIERS.name), (as_buyer, BUYERS.name), (as_stranger, "Nobody Ltd"))
        for actor, name in people:
            self.do(company_ref(actor.company), actor, company.Register(name, "CN"))
        for verify in verifications(self.at.date()):
            self.do(SUPPLIER, operator, verify)
        self.judge(SUPPLIER, gold(self.at.date()))
        self.judge(SUPPLIER, company.SetLimit(parse(limit, "USD")))
        if payable:
            self.do(SUPPLIER, as_supplier, company.AddPayoutAccount("USD", SUPPLIERS))
            self.do(SUPPLIER, operator, company.ApprovePayoutAccount(1))
        self.at += timedelta(days=3)  # the account's waiting time is over

    # -- the loop

    def execute(self, command: Command) -> list[Any] | Refusal:
        """The command's own events, or why not. What follows from them in other machines is done at once."""
        key, content = (command.ref.owner, command.key), (command.ref, command.actor, command.do)
        if key in self.answers:
            before, answer = self.answers[key]
            return answer if before == content else refuse(Code.KEY_REUSED)
        answer = self._decide(command)
        if isinstance(answer, Refusal):
            return answer
        self.answers[key] = (content, answer)
        asked = deque(self._write(command.ref, answer, command.at))
        while asked:
            ref, do, actor = asked.popleft()
            next_command = Command(f"follow-{len(self.events)}-{len(asked)}", ref, actor, command.at, do)
            then = self._decide(next_command)
            if isinstance(then, Refusal):
                self.refused.append((ref, do, then))
                assert actor.role is Role.PAIR or then.code in HARMLESS, (ref, do, then.message)
            else:
                asked.extend(self._write(ref, then, command.at))
        self.check_books()
        return answer

    def _decide(self, command: Command) -> list[Any] | Refusal:
        ref, do = command.ref, command.do
        state = self.machines.get(ref)
        if not takes(ref.kind, do):
            return refuse(Code.UNKNOWN, what=type(do).__name__)
        refused = check(command, state)
        if refused:
            return refused
        given = Given(
            ref,
            command.at,
            command.actor,
            side(command.actor, ref, state, do),
            self.knowledge,
            {other: self.machines.get(other) for other in reads(command)},
            {key: value for (owner, key), value in self.balances.items() if owner == ref.owner and value},
        )
        events = MACHINES[ref.kind].decide(state, do, given)
        return events if isinstance(events, Refusal) else self._bounded(ref, events, command.at)

    def _bounded(self, ref: Ref, events: list[Any], at: datetime) -> list[Any] | Refusal:
        assert events, "a decision has events or a refusal"
        for (name, subject, currency), moved in changes(self._book(ref, events, at)).items():
            left = self.balances.get((ref.owner, (name, subject, currency)), 0) + moved
            if name in BOUNDED and left < 0:
                if name == "cover_available":
                    return refuse(Code.COVER_EXCEEDED, needed=-moved, available=left - moved)
                return refuse(Code.WOULD_OVERDRAW, account=name)
        return events

    def _book(self, ref: Ref, events: list[Any], at: datetime) -> list[Posting]:
        state, booked = self.machines.get(ref), []
        for event in events:
            state = MACHINES[ref.kind].evolve(state, event, at)
            booked += post(ref, state, event)
        return booked

    def _write(self, ref: Ref, events: list[Any], at: datetime) -> list[Any]:
        asked = []
        for posting in self._book(ref, events, at):
            self.postings.append((ref.owner, posting))
            for key, moved in changes([posting]).items():
                self.balances[ref.owner, key] = self.balances.get((ref.owner, key), 0) + moved
        for event in events:
            state = MACHINES[ref.kind].evolve(self.machines.get(ref), event, at)
            self.machines[ref] = state
            self.events.append((ref, event))
            asked += follow(ref, state, event)
        return asked

    def check_books(self) -> None:
        rows = [(name, currency, value) for (_, (name, _, currency)), value in self.balances.items()]
        assert set(trial_balance(rows).values()) <= {0}
        owned, owed = self.client_money()
        assert all(owned.get(currency, 0) == owed.get(currency, 0) for currency in {*owned, *owed})

    def client_money(self) -> tuple[dict[str, int], dict[str, int]]:
        """What the client bank account should hold, and what is owed to clients, by currency."""
        owned: dict[str, int] = {}
        owed: dict[str, int] = {}
        for (_, (name, _, currency)), value in self.balances.items():
            if CHART[name].client:
                side_of = owned if name == "bank_client" else owed
                side_of[currency] = side_of.get(currency, 0) + value
        return owned, owed

    def fork(self) -> "World":
        """Another world that goes on from here; what happened until now is not copied."""
        other = copy(self)
        other.machines, other.balances = dict(self.machines), dict(self.balances)
        other.asleep, other.unread = dict(self.asleep), list(self.unread)
        other.answers, other.events, other.postings, other.refused = {}, [], [], []
        return other

    # -- words of a trader

    def do(self, ref: Ref, actor: Actor, do: Any) -> list[Any] | Refusal:
        self.number += 1
        return self.execute(Command(f"key-{self.number}", ref, actor, self.at, do, fresh=True))

    def buyer(self, do: Any) -> list[Any] | Refusal:
        return self.do(self.trade, as_buyer, do)

    def supplier(self, do: Any) -> list[Any] | Refusal:
        return self.do(self.trade, as_supplier, do)

    def judge(self, target: Ref, do: Any) -> Refusal | None:
        """One operator proposes, another agrees. The refusal, where the moment for it had passed."""
        self.number += 1
        ref = Ref(target.owner, Kind.APPROVAL, self.number)
        proposed = self.do(ref, operator, approval.Propose(target, do, "checked"))
        if isinstance(proposed, Refusal):
            return proposed
        before = len(self.refused)
        done(self.do(ref, second_operator, approval.Approve()))
        return next((answer for _, asked, answer in self.refused[before:] if asked == do), None)

    @property
    def now(self) -> Any:
        return self.machines[self.trade]

    def draft(self, agreed: contract.Terms | None = None, trade: int = 1) -> None:
        self.trade = Ref(SELLER, Kind.TRADE, trade)
        done(self.supplier(c.Draft(agreed or terms())))

    def agree(self, agreed: contract.Terms | None = None, trade: int = 1) -> None:
        self.draft(agreed, trade)
        self.confirm()

    def confirm(self) -> None:
        done(self.buyer(c.Confirm(self.now.revision, self.now.hash)))
        done(self.supplier(c.Confirm(self.now.revision, self.now.hash)))

    def line(self, text: str, credit: bool = True, **more: Any) -> bank.Line:
        self.number += 1
        values: dict[str, Any] = {
            "account": OURS.account, "reference": f"bank-{self.number}", "amount": parse(text, "USD"),
            "credit": credit, "booked": self.at.date(), "party": BUYERS,
        }  # fmt: skip
        return bank.Line(**(values | more))

    def bank_books(self, line: bank.Line) -> Ref:
        """The bank's line reaches the platform."""
        if line.amount.currency == "USD":
            self.bank += line.amount.minor if line.credit else -line.amount.minor
            self.unread.append(line)
        done(self.do(Ref(0, Kind.RECEIPT, receipt_ref(line.account, line.reference).id), RAIL,
                     receipt.RecordLine(line)))  # fmt: skip
        return receipt_ref(line.account, line.reference)

    def pay(self, amount: str, payer: bank.Party = BUYERS, remittance: str | None = None) -> bank.Line:
        text = rf_reference(token(self.trade)) if remittance is None else remittance
        line = self.line(amount, party=payer, remittance=text)
        self.bank_books(line)
        return line

    def take_back(self, line: bank.Line) -> None:
        """The payer's bank reverses a payment."""
        self.bank_books(
            replace(
                line, reference=f"{line.reference}-R", credit=False, reversal=True, original=line.reference
            )
        )

    def ship(
        self, goods: Iterable[e.Shipped] = ALL, on: date | None = None, document: str = "COSU6001"
    ) -> None:
        day = on or self.at.date()
        done(self.supplier(c.Ship(tuple(goods), "COSCO", "sea", document, day if document else None)))

    def make(self) -> None:
        """Paid, produced, paid: ready to ship."""
        self.agree()
        self.pay("3780.00")
        done(self.supplier(c.ReportProduction()))
        self.pay("8820.00")

    def statement(self, day: date) -> None:
        """The day's statement, with all lines since the one before."""
        self.days += 1
        name, ref = f"statement-{self.days}", account_ref("USD")
        entries = sum(one.amount.minor if one.credit else -one.amount.minor for one in self.unread)
        read = account.ReadStatement(
            OURS.account, "USD", name, self.closing, entries, self.closing + entries, day
        )
        done(self.do(ref, RAIL, read))
        done(self.do(ref, RAIL, account.CompleteStatement(name)))
        self.closing, self.unread = self.closing + entries, []

    def due(self) -> list[tuple[datetime, Ref, str]]:
        """All clocks that run, earliest first; those that were refused wait until they are tried again."""
        return sorted(
            (max(until, self.asleep.get((ref, name), until)), ref, name)
            for ref, machine in self.machines.items()
            for name, until in getattr(machine, "clocks", {}).items()
        )

    def pass_clock(self, ref: Ref, name: str) -> list[Any] | Refusal:
        until = self.machines[ref].clocks[name]
        currency = self.machines[ref].deal.currency if ref.kind is Kind.TRADE else ""
        return self.do(ref, CLOCK, c.PassDeadline(name, until, currency))

    def pass_time(self, days: int = 0, hours: int = 0, statements: bool = True) -> None:
        """Every clock passes when it is due; the bank's statement of the day is read before."""
        end = self.at + timedelta(days=days, hours=hours)
        while (due := self.due()) and due[0][0] <= end:
            when, ref, name = due[0]
            self.at = max(self.at, when)
            if statements:
                self.statement(self.at.date())
            answer = self.pass_clock(ref, name)
            if isinstance(answer, Refusal):
                assert answer.code in (Code.STATEMENT_MISSING, Code.EVIDENCE_PENDING), answer.message
                self.asleep[ref, name] = self.at + timedelta(days=1)
        self.at = end

    def payouts(self, stage: payout.Stage = payout.Stage.DUE) -> list[Ref]:
        return [ref for ref, one in self.machines.items() if ref.kind is Kind.PAYOUT and one.stage is stage]

    def submit(self, ref: Ref) -> str:
        done(self.do(ref, RAIL, payout.submit(self.machines[ref], f"batch-{self.number}")))
        return payout.end_to_end(ref, self.machines[ref].attempts)

    def debit(self, ref: Ref) -> None:
        """The bank carried the payment out, and the statement shows it."""
        one = self.machines[ref]
        line = self.line("0", False, party=one.party, amount=one.amount,
                         end_to_end=payout.end_to_end(ref, one.attempts))  # fmt: skip
        self.bank_books(line)

    def bank_pays(self) -> None:
        """All that can be paid is ordered and carried out."""
        for ref in self.payouts():
            answer = self.do(ref, RAIL, payout.submit(self.machines[ref], f"batch-{self.number}"))
            if not isinstance(answer, Refusal):
                self.debit(ref)
            else:
                assert answer.code in (Code.NO_DESTINATION, Code.ACCOUNT_TOO_NEW), answer.message

    # -- what there is to see

    def balance(self, name: str, subject: int | None = None, currency: str = "USD") -> int:
        return sum(
            value
            for (_, (account_name, of, money)), value in self.balances.items()
            if account_name == name and money == currency and subject in (None, of)
        )

    def happened(self, kind: type[Any]) -> list[Any]:
        return [event for _, event in self.events if isinstance(event, kind)]

    def assert_closed(self) -> None:
        """Nothing held, nothing owed, and every cent that the bank holds is nobody's but the unclaimed."""
        for name in (
            "hold",
            "suspense",
            "supplier_payable",
            "buyer_refundable",
            "payout_submitted",
            "in_transit",
        ):
            assert self.balance(name) == 0, name
        assert all(one.state != "owed" for one in self.now.obligations)
        assert self.now.stage == "settled"
        assert not self.now.held
        assert self.balance("cover_available") == self.balance("cover_granted")
        # What the bank holds differs from the books by what the platform still has to transfer of its own.
        assert self.bank - self.balance("bank_client") == self.balance("bank_own")


def done(answer: list[Any] | Refusal) -> list[Any]:
    assert not isinstance(answer, Refusal), answer.message
    return answer


def refused(answer: list[Any] | Refusal) -> str:
    assert isinstance(answer, Refusal), f"accepted: {answer}"
    assert answer.message
    return answer.code.value
