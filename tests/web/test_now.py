"""The sentence of every stage, for every side, in every language, over trades that really came there."""

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.stages import REACHED
from tests.world import KNOWLEDGE, World, as_buyer, as_supplier, operator
from tradehold.domain import trade_events as e
from tradehold.domain.authority import MAY
from tradehold.domain.command import Grade, Side
from tradehold.domain.trade import CLOCKS_OF, STAGES_OF, Stage
from tradehold.web import actions, i18n, line, now, story, trade_view
from tradehold.web.render import Form
from tradehold.web.sheet import Happened, Sheet

SIDES = {Side.BUYER: as_buyer, Side.SUPPLIER: as_supplier, Side.OPERATOR: operator}
LANGUAGES = list(i18n.languages())
WORLDS: dict[str, World] = {name: story(KNOWLEDGE.policy) for name, story in REACHED.items()}


def sheet_of(world: World, side: Side, language: str) -> Sheet:
    trade = world.now
    own = [event for ref, event in world.events if ref == world.trade]
    history = [Happened(world.at - timedelta(days=1), SIDES[side], event, "ab" * 32) for event in own]
    agreed = next(
        event.terms
        for event in reversed(own)
        if isinstance(event, e.Drafted | e.Revised | e.AmendmentProposed) and event.hash == trade.hash
    )
    f = i18n.Formats(i18n.translator(language), ZoneInfo("America/New_York"), world.at)
    return Sheet(world.trade, trade, agreed, history, side, f, KNOWLEDGE, grade=Grade.OWNER)


def test_the_stories_reach_every_stage() -> None:
    assert {world.now.stage for world in WORLDS.values()} >= set(Stage) - {Stage.LATE, Stage.RETURNING}
    assert {name for name, world in WORLDS.items() if world.now.stage is Stage.LATE}
    assert {name for name, world in WORLDS.items() if world.now.stage is Stage.RETURNING}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("name", WORLDS)
def test_every_stage_has_its_whole_page_for_each_side(name: str, side: Side, language: str) -> None:
    world = WORLDS[name]
    sheet = sheet_of(world, side, language)
    said = now.say(sheet)
    assert said.headline
    assert "{" not in said.headline + said.what + said.otherwise
    if said.clock:
        assert said.clock in world.now.clocks, "the panel names a deadline that does not run"
        assert said.otherwise, "a deadline without its consequence"
    view = trade_view.view(sheet, 1, [], Form(), "")
    assert len(view["steps"]) == 6
    assert len(view["entries"]) == len(sheet.history)
    assert len(view["deadlines"]) == len(world.now.clocks)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("name", WORLDS)
def test_chinese_pages_hold_no_english_sentence(name: str, side: Side) -> None:
    sheet = sheet_of(WORLDS[name], side, "zh")
    said = now.say(sheet)
    told = [story.tell(sheet, one.event) for one in sheet.history]
    for text in (said.headline, said.what, said.otherwise, *(one.text for one in told)):
        known = text.replace(sheet.buyer, "").replace(sheet.supplier, "")
        for one in sheet.terms.lines:
            known = known.replace(one.description, "")
        assert not re.search(r"[a-z]{3,} [a-z]{3,}", known), text


def test_each_side_is_told_that_it_is_its_move() -> None:
    """Who must act in each stage, by the rules."""
    expected = {
        "confirmed": Side.BUYER, "producing": Side.SUPPLIER, "produced": Side.BUYER, "ready": Side.SUPPLIER,
        "shipped": Side.BUYER, "overdue": Side.SUPPLIER, "proof_ended": Side.BUYER, "late": Side.BUYER,
        "returning": Side.SUPPLIER, "settling": None, "settled": None,
    }  # fmt: skip
    found = {name: now.say(sheet_of(WORLDS[name], Side.OPERATOR, "en")).acts for name in expected}
    assert found == expected


def test_money_that_is_held_always_shows_when_it_leaves() -> None:
    held = {name: sheet_of(world, Side.BUYER, "en") for name, world in WORLDS.items() if world.now.held}
    assert held
    for name, sheet in held.items():
        assert trade_view.view(sheet, 1, [], Form(), "")["money"]["last_day"], name


def test_every_command_is_offered_somewhere_or_hidden_for_a_reason() -> None:
    assert set(actions.ACTIONS) | set(actions.ELSEWHERE) == set(STAGES_OF)
    assert not set(actions.ACTIONS) & set(actions.ELSEWHERE)
    people = {Side.BUYER, Side.SUPPLIER, Side.OPERATOR, Side.PAIR}
    assert all(MAY[do].sides & people for do in actions.ACTIONS)


@pytest.mark.parametrize("name", WORLDS)
def test_nobody_is_offered_what_the_table_forbids(name: str) -> None:
    world = WORLDS[name]
    for side in SIDES:
        sheet = sheet_of(world, side, "en")
        for do in actions.ACTIONS:
            if actions.offered(sheet, do):
                assert world.now.stage in STAGES_OF[do]
                sides = MAY[do].sides
                assert side in sides or (side is Side.OPERATOR and Side.PAIR in sides)


def test_every_clock_has_its_words() -> None:
    for stage, names in CLOCKS_OF.items():
        world = next((one for one in WORLDS.values() if one.now.stage is stage), None)
        assert world, stage
        sheet = sheet_of(world, Side.BUYER, "en")
        for name in names:
            what, then = trade_view.clock_words(sheet, name)
            assert what
            assert then


@pytest.mark.parametrize("name", WORLDS)
def test_the_line_shows_one_place_or_the_end(name: str) -> None:
    states = line.states(WORLDS[name].now)
    assert states.count("here") + states.count("failed") <= 2
    assert states.count("here") <= 1
    if WORLDS[name].now.stage is not Stage.SETTLED:
        assert states.count("here") + states.count("failed") >= 1


def test_a_deadline_is_told_on_the_clock_of_the_place_and_on_ones_own() -> None:
    sheet = sheet_of(WORLDS["ready"], Side.BUYER, "en")
    assert sheet.trade.ship_by is not None
    said = sheet.until(sheet.trade.ship_by)
    assert said.startswith("24:00 in Shanghai, UTC+8 · ")
    assert "for you" in said
