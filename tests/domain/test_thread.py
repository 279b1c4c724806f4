"""What may be said in a trade, by whom and when, and what its readers are warned of."""

from typing import Any

import pytest
from msgspec.structs import replace

from tests.stages import REACHED
from tests.world import (
    BUYERS,
    KNOWLEDGE,
    OURS,
    World,
    as_buyer,
    as_stranger,
    as_supplier,
    done,
    operator,
    pair,
    refused,
    terms,
)  # fmt: skip
from tradehold.domain import bankdetails, thread
from tradehold.domain import trade_commands as c
from tradehold.domain import trade_events as e
from tradehold.domain.command import CLOCK, MACHINE, RAIL, Actor, Grade, Side
from tradehold.domain.contract import Attachment

POLICY = KNOWLEDGE.policy
FILE = Attachment("design_draft_a.pdf", "ab" * 32, 1000)
ELSEWHERE = f"Please pay to our new account {BUYERS.account} instead."


def test_a_message_stands_in_the_record_with_all_that_it_says() -> None:
    world = World()
    world.draft()
    sent = c.SendMessage("  Which red is it?\nThe label says 1935 D.  ", (FILE,), e.About("line", 1))
    [event] = done(world.buyer(sent))
    assert event == e.MessageSent(
        1, Side.BUYER, "Which red is it?\nThe label says 1935 D.", (FILE,), e.About("line", 1)
    )
    [answer] = done(world.supplier(c.SendMessage("That one.", about=e.About("message", 1))))
    assert (answer.number, answer.by, world.now.messages) == (2, Side.SUPPLIER, 2)


@pytest.mark.parametrize(("sent", "code"), [
    (c.SendMessage(""), "empty_message"),
    (c.SendMessage(" \n\t "), "empty_message"),
    (c.SendMessage("x" * (thread.LONGEST + 1)), "too_long"),
    (c.SendMessage("See these.", (FILE,) * (thread.MOST_FILES + 1)), "too_many_files"),
    (c.SendMessage("?", about=e.About("line", 2)), "unknown"),
    (c.SendMessage("?", about=e.About("line", -1)), "unknown"),
    (c.SendMessage("?", about=e.About("shipment", 1)), "unknown"),
    (c.SendMessage("?", about=e.About("payment", 1)), "unknown"),
    (c.SendMessage("?", about=e.About("message", 0)), "unknown"),
    (c.SendMessage("?", about=e.About("message", 1)), "unknown"),
])  # fmt: skip
def test_what_cannot_be_said_is_refused_and_leaves_no_trace(sent: c.SendMessage, code: str) -> None:
    world = World()
    world.draft()
    before = world.now
    assert refused(world.buyer(sent)) == code
    assert world.now == before


@pytest.mark.parametrize("sent", [
    c.SendMessage("x" * thread.LONGEST),
    c.SendMessage("", (FILE,)),
    c.SendMessage("See these.", (FILE,) * thread.MOST_FILES),
    c.SendMessage("<script>alert(1)</script> \u202egnp.exe\u202c e" + "\u0301" * 900 + " שלום"),
])  # fmt: skip
def test_what_just_fits_is_taken_as_it_is(sent: c.SendMessage) -> None:
    world = World()
    world.draft()
    [event] = done(world.buyer(sent))
    assert (event.text, event.files) == (sent.text, sent.files)


def test_a_shipment_and_a_payment_can_be_quoted_once_they_are_there() -> None:
    world = REACHED["shipped"](POLICY)
    receipt = world.now.payments[0].receipt
    for about in (e.About("shipment", 1), e.About("payment", receipt), e.About("line", 0)):
        [event] = done(world.supplier(c.SendMessage("About this one.", about=about)))
        assert event.about == about


@pytest.mark.parametrize("name", REACHED)
def test_people_may_talk_in_every_stage_and_while_it_is_frozen_and_nothing_moves(name: str) -> None:
    world = REACHED[name](POLICY)
    before, books = world.now, dict(world.balances)
    for actor in (as_buyer, as_supplier, operator):
        done(world.do(world.trade, actor, c.SendMessage("Is all well?")))
    assert world.now == replace(before, messages=3)
    assert world.balances == books
    if not isinstance(world.do(world.trade, pair, c.Freeze("5 C 12/27", "seizure")), list):
        return
    done(world.buyer(c.SendMessage("Why does nothing move?")))
    assert world.now.messages == 4


@pytest.mark.parametrize(("actor", "code"), [
    (as_stranger, "not_allowed"),
    (replace(as_buyer, grade=Grade.VIEWER), "not_your_duty"),
    (replace(as_supplier, grade=Grade.VIEWER), "not_your_duty"),
    (replace(operator, grade=Grade.VIEWER), "not_your_duty"),
    (replace(as_buyer, grade=None), "not_your_duty"),
    (pair, "not_allowed"), (RAIL, "not_allowed"), (CLOCK, "not_allowed"), (MACHINE, "not_allowed"),
])  # fmt: skip
def test_strangers_viewers_and_machines_have_no_voice(actor: Actor, code: str) -> None:
    world = World()
    world.draft()
    assert refused(world.do(world.trade, actor, c.SendMessage("Hello?"))) == code


@pytest.mark.parametrize("grade", [Grade.OWNER, Grade.TRADER, Grade.FINANCE])
def test_whoever_else_is_of_a_side_may_talk(grade: Grade) -> None:
    world = World()
    world.draft()
    for actor in (as_buyer, as_supplier, operator):
        done(world.do(world.trade, replace(actor, grade=grade), c.SendMessage("Hello.")))


def test_a_full_thread_takes_no_more() -> None:
    world = World()
    world.draft()
    world.machines[world.trade] = replace(world.now, messages=POLICY.most_messages - 1)
    done(world.buyer(c.SendMessage("The last word.")))
    assert refused(world.buyer(c.SendMessage("One more."))) == "thread_full"


def kinds(event: e.MessageSent) -> set[str]:
    return {one.kind for one in event.suspicions}


@pytest.mark.parametrize(("sent", "kind"), [
    (c.SendMessage(ELSEWHERE), bankdetails.Kind.IBAN),
    (c.SendMessage("付款请汇至账号：6222020200112233，收款人同前。"), bankdetails.Kind.ACCOUNT_NUMBER),
    (c.SendMessage("See the file.", (replace(FILE, name=f"new bank {BUYERS.account}.pdf"),)), "iban"),
])  # fmt: skip
def test_other_bank_details_are_taken_and_marked_for_the_reader(sent: Any, kind: str) -> None:
    world = World()
    world.draft()
    done(world.buyer(c.SendMessage("When will you be done?")))
    [event] = done(world.supplier(sent))
    assert kind in kinds(event)
    assert world.now.suspicious == (2,)
    done(world.supplier(c.SendMessage("In May.")))
    assert world.now.suspicious == (2,)


@pytest.mark.parametrize("text", [
    f"Please pay to {OURS.account}, with the reference.",
    "3,000 shirts, 200 gsm, Pantone 1935 D, by 2027-03-01.",
    "Order 4500012345 is on the vessel MSC Aurora, B/L MEDUX1234567.",
])  # fmt: skip
def test_the_designated_account_and_ordinary_figures_warn_nobody(text: str) -> None:
    world = World()
    world.draft()
    [event] = done(world.supplier(c.SendMessage(text)))
    assert event.suspicions == ()
    assert world.now.suspicious == ()


@pytest.mark.parametrize("place", ["title", "remarks", "place", "description", "sku", "inspection", "file"])
def test_the_contracts_own_words_are_looked_through(place: str) -> None:
    agreed = terms()
    assert thread.suspicions(thread.of_terms(agreed), KNOWLEDGE) == ()
    line, said = agreed.lines[0], f"pay to {BUYERS.account}"
    changed: dict[str, Any] = {
        "title": {"title": said}, "remarks": {"remarks": said}, "place": {"place": said},
        "description": {"lines": (replace(line, description=said),)},
        "sku": {"lines": (replace(line, sku=said),)},
        "inspection": {"inspection": replace(agreed.inspection, reason=said)},
        "file": {"attachments": (replace(FILE, name=f"{said}.pdf"),)},
    }  # fmt: skip
    found = thread.suspicions(thread.of_terms(replace(agreed, **changed[place])), KNOWLEDGE)
    assert "iban" in {one.kind for one in found}
