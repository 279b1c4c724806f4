"""The contract as both sides read it: its words, how they are read, what a refund would be, what changed."""

from collections.abc import AsyncIterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from tests.platform import ACTORS, Running, running, terms
from tests.stages import REACHED
from tests.web.pages import browsing, form, words
from tests.web.test_now import sheet_of
from tests.world import KNOWLEDGE
from tradehold.domain import contract as k
from tradehold.domain import trade_commands as c
from tradehold.domain.command import Side
from tradehold.domain.identity import Ref, public_id
from tradehold.domain.inspection import draw_up
from tradehold.domain.requirement import Defect, Method, Requirement, Tolerance
from tradehold.domain.risk import risks
from tradehold.store import views
from tradehold.web import actions, concerned, contract_view, difference, i18n, now, spec_words
from tradehold.web.difference import Pair, marks, pairs

NAME = __name__
D = Decimal
EN, ZH = i18n.translator("en"), i18n.translator("zh")
UNITS = KNOWLEDGE.clarity.units
LINES = (
    k.Line("A", "shirt, red", D(1000), "C62", D("4.20")),
    k.Line("B", "shirt, blue", D(2000), "C62", D("4.20")),
)
PLAN = draw_up(
    KNOWLEDGE.aql, company="Eastgate Inspection Ltd", kind="PSI", lot=3000, level="II", severity="normal",
    major=D("2.5"), minor=D("4.0"), fee=29_800,
)  # fmt: skip
VAGUE = (
    Requirement("Good quality"),
    Requirement(
        "Fabric weight 200 g/m² ± 5 %", attribute="fabric_weight", operator="equal", values=(D(200),),
        unit="GM", tolerance=Tolerance(D(5), D(5), percent=True), method=Method.MEASUREMENT,
        references=("care-label.txt",), line=0, defect=Defect.MINOR,
    ),
)  # fmt: skip


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def whole(**changed: Any) -> k.Terms:
    made = terms(**changed)
    return replace(made, risks=risks(made, KNOWLEDGE))


def one(operator: Any = "", *values: str, unit: str = "", **rest: Any) -> Requirement:
    return Requirement("x", operator=operator, values=tuple(map(D, values)), unit=unit, **rest)


@pytest.mark.parametrize(("requirement", "english", "chinese"), [
    (one("at_most", "5", unit="P1"), "at most 5 %", "不超过 5 %"),
    (one("below", "0.05", unit="P1"), "below 0.05 %", "小于 0.05 %"),
    (one("at_least", "1200", unit="KPA"), "at least 1,200 kPa", "不少于 1,200 kPa"),
    (one("between", "1.8", "2.2", unit="MMT"), "1.8–2.2 mm", "1.8–2.2 mm"),
    (one("dimensions", "60", "40", unit="CMT"), "60 × 40 cm", "60 × 40 cm"),
    (one("equal", "24", unit="C62"), "24 pieces", "24 件"),
    (one("equal", "2", unit="MMT", tolerance=Tolerance(D("0.2"), D("0.1"))), "2 mm +0.1 −0.2 mm",
     "2 mm +0.1 −0.2 mm"),
    (one("is", words="Pantone 1935 D"), "Pantone 1935 D", "Pantone 1935 D"),
    (one("equal", "3", unit="??"), "3 ??", "3 ??"),
    (one("at_most"), "", ""),
])  # fmt: skip
def test_a_value_is_told_in_words(requirement: Requirement, english: str, chinese: str) -> None:
    assert plain(spec_words.value(EN, requirement, UNITS)) == english
    assert plain(spec_words.value(ZH, requirement, UNITS)) == chinese


@pytest.mark.parametrize(("tolerance", "expected"), [
    (Tolerance(D(5), D(5), percent=True), "accepted: 190–210 g/m²"),
    (Tolerance(D(0), D(12)), "accepted: 200–212 g/m²"),
    (Tolerance(D("2.5"), D("0.5"), percent=True), "accepted: 195–201 g/m²"),
    (None, ""),
])  # fmt: skip
def test_a_tolerance_is_worked_out(tolerance: Tolerance | None, expected: str) -> None:
    found = spec_words.accepted(EN, one("equal", "200", unit="GM", tolerance=tolerance), UNITS)
    assert plain(found) == expected


def refund(agreed: k.Terms) -> list[tuple[str, int, int]]:
    view = contract_view._refund(EN, agreed)
    assert all(row["buyer"].minor + row["supplier"].minor == view["held"].minor for row in view["rows"])
    return [(row["case"], row["buyer"].minor, row["supplier"].minor) for row in view["rows"]]


def test_the_refund_is_worked_out_in_the_contracts_own_money_to_the_last_cent() -> None:
    odd = replace(LINES[0], quantity=D(1), unit_price=D("0.01")), replace(LINES[1], unit_price=D("6.2999"))
    agreed = terms(lines=odd, inspection=PLAN, late_price_cut_bps=333)
    total = k.total(agreed)
    assert total == 1_259_981
    cut = (2 * total * 333 + 10_000) // 20_000
    assert refund(agreed) == [
        ("Nothing ships, or it ships late and goes back", total, 0),
        ("Line 1 is missing or rejected: shirt, red", 1, total - 1),
        ("Line 2 is missing or rejected: shirt, blue", total - 1, 1),
        ("It ships late, and the buyer claims a refund but keeps the goods", cut, total - cut),
        ("All ships in time, or the buyer takes late goods", 0, total),
    ]


def test_what_is_passed_through_comes_back_by_no_rule() -> None:
    agreed = terms(lines=LINES, cover=1_000_000, pass_through=260_000)
    rows = refund(agreed)
    assert rows[0][1:] == (1_000_000, 0)
    assert rows[1] == ("Line 1 is missing: shirt, red", 333_333, 666_667)


@pytest.mark.parametrize(("before", "after", "expected"), [
    ("200 gsm", "200 gsm ± 5 %", [("", "200 gsm "), ("in", "± 5 %")]),
    ("Good quality", "", [("out", "Good quality")]),
    ("", "Good quality", [("in", "Good quality")]),
    ("USD 4,500.00 due", "USD 4,600.00 due", [("", "USD "), ("out", "4,500.00 "), ("in", "4,600.00 "),
                                            ("", "due")]),
    ("面料克重 200 克", "面料厚度 200 克", [("", "面料"), ("out", "克重 "), ("in", "厚度 "), ("", "200 克")]),
    ("same", "same", [("", "same")]),
    ("", "", []),
])  # fmt: skip
def test_a_difference_is_drawn_word_by_word(before: str, after: str, expected: list[tuple[str, str]]) -> None:
    assert [(piece.kind, piece.text) for piece in marks(before, after)] == expected


@pytest.mark.parametrize(
    ("before", "after"), [("a b  c", "b c d"), (" x", "x "), ("a,b", "b;a"), ("一二", "二三")]
)
def test_nothing_of_either_text_is_lost_but_blanks(before: str, after: str) -> None:
    pieces = marks(before, after)
    for text, left_out in ((before, "in"), (after, "out")):
        kept = "".join(piece.text for piece in pieces if piece.kind != left_out)
        assert "".join(kept.split()) == "".join(text.split())


def test_two_long_texts_of_one_word_stand_whole_beside_each_other() -> None:
    found = marks("a " * 5000, "a " * 4999 + "b")
    assert [piece.kind for piece in found] == ["out", "in"]


def texts(*written: str) -> tuple[Requirement, ...]:
    return tuple(map(Requirement, written))


@pytest.mark.parametrize(("old", "new", "expected"), [
    (texts("a b c d", "x y z"), texts("x y z", "a b c e"), [Pair(1, 0), Pair(0, 1)]),
    (texts("a", "b"), texts("a", "n e w", "b"), [Pair(0, 0), Pair(None, 1), Pair(1, 2)]),
    (texts("a", "gone", "b"), texts("a", "b"), [Pair(0, 0), Pair(1, None), Pair(2, 1)]),
    (texts("a", "a"), texts("a"), [Pair(0, 0), Pair(1, None)]),
    (texts(), texts("a"), [Pair(None, 0)]),
    (texts("first words here", "wholly other"), texts("nothing alike"),
     [Pair(0, None), Pair(1, None), Pair(None, 0)]),
])  # fmt: skip
def test_requirements_are_paired_by_their_words(
    old: Sequence[Requirement], new: Sequence[Requirement], expected: list[Pair]
) -> None:
    assert pairs(old, new) == expected


def test_two_thousand_requirements_written_anew_are_compared_within_bounds() -> None:
    old = texts(*(f"Part {n} of the frame measures {3 * n} mm, by calliper" for n in range(2000)))
    new = texts(*(f"Part {n} of the frame measures {3 * n + 1} mm, by calliper" for n in range(2000)))
    assert {(one.before, one.after) for one in pairs(old, new)} == {(n, n) for n in range(2000)}
    drawn = difference.difference(
        EN, terms(requirements=old), terms(requirements=new), KNOWLEDGE, most=20
    )  # fmt: skip
    assert len(drawn.requirements) == 20
    assert drawn.more == 1980


def test_a_difference_names_every_kind_of_change() -> None:
    before = whole(lines=LINES, requirements=VAGUE, attachments=(k.Attachment("old.txt", "a" * 64, 7),))
    changed = replace(VAGUE[1], values=(D(210),), text="Fabric weight 210 g/m² ± 5 %", defect=Defect.MAJOR)
    after = whole(
        lines=LINES, requirements=(changed, Requirement("Two buttons")), inspection=PLAN, answers=(),
        attachments=(k.Attachment("old.txt", "b" * 64, 7),), further_markets=("DE",),
    )  # fmt: skip
    found = difference.difference(EN, before, after, KNOWLEDGE)
    assert [(one["kind"], one["number"], one["was"]) for one in found.requirements] == [
        ("removed", None, 1), ("changed", 1, 2), ("added", 2, None),
    ]  # fmt: skip
    assert {"Market", "Attachment old.txt", "Inspection: Kind", "Inspection: waiver"} <= {
        one["label"] for one in found.terms
    }
    told = {(one["kind"], one["text"]) for one in found.risks}
    assert ("added", "How compliance is ensured is not answered with evidence.") in told
    assert ("removed", "Some requirements use vague words: a claim about them will not hold.") in told
    assert difference.difference(EN, before, before, KNOWLEDGE).empty


def test_a_line_put_before_another_changes_no_requirement() -> None:
    before = terms(lines=LINES[:1], requirements=(replace(VAGUE[1], line=0),))
    after = terms(lines=(LINES[1], LINES[0]), requirements=(replace(VAGUE[1], line=1),))
    assert difference.difference(EN, before, after, KNOWLEDGE).requirements == []


async def drafted(p: Running, **changed: Any) -> tuple[Ref, k.Terms]:
    agreed = whole(**changed)
    return await p.draft(**(changed | {"risks": agreed.risks})), agreed


async def test_both_sides_and_operators_read_the_same_contract() -> None:
    async with running(NAME) as p:
        sums = {"attachments": (k.Attachment("care-label.txt", "c" * 64, 70),)}
        ref, _ = await drafted(p, lines=LINES, requirements=VAGUE, inspection=PLAN, **sums)
        seen = []
        for role in ("buyer", "supplier", "operator"):
            async with browsing(p, role, "en") as client:
                page = (await client.get(f"/trades/{public_id(ref)}/contract")).text
                body = page[page.index('<div class="main">') : page.index("</article>")]
                seen.append(plain(words(body)))
    assert seen[0] == seen[1] == seen[2]
    for said in ("Good quality", "200 g/m² ± 5 %", "accepted: 190–210 g/m²", "measured on site", "c" * 64,
                 "Line 1: shirt, red", "Before shipment (PSI)", "3,000 pieces", "minor defect",
                 "Some requirements use vague words"):  # fmt: skip
        assert said in seen[0], said


async def test_what_is_written_is_never_more_than_text() -> None:
    async with running(NAME) as p:
        nasty = '<img src=x onerror=alert(1)> "quoted"'
        ref, _ = await drafted(p, requirements=(Requirement(nasty),))
        async with browsing(p, "buyer", "en") as client:
            for path in ("", "/contract", "/revisions"):
                page = (await client.get(f"/trades/{public_id(ref)}{path}")).text
                assert "<img src=x" not in page


async def kept(p: Running, ref: Ref, name: str, body: bytes) -> k.Attachment:
    """A file that the buyer brought to the trade."""
    actor = ACTORS["buyer"]

    async def whole_body() -> AsyncIterator[bytes]:
        yield body

    upload = await p.services.files.begin(actor.company, actor.member, name, len(body), p.clock.at, ref)
    done = await p.services.files.append(upload.id, actor.company, 0, whole_body(), p.clock.at)
    return k.Attachment(name, done.sha256, len(body))


async def test_a_file_is_linked_where_it_can_be_opened_and_else_only_named() -> None:
    async with running(NAME) as p:
        ref, _ = await drafted(p, requirements=VAGUE)
        here = await kept(p, ref, "care-label.txt", b"Wash at 40\n")
        away = k.Attachment("never-sent.txt", "d" * 64, 7)
        changed = whole(requirements=VAGUE, attachments=(here, away))
        await p.do(ref, ACTORS["buyer"], c.Revise(1, changed))
        async with browsing(p, "supplier", "en") as client:
            page = (await client.get(f"/trades/{public_id(ref)}/contract")).text
            linked = f"/files/{here.sha256}?trade={public_id(ref)}"
            assert page.count(f'href="{linked}"') == 2  # beside the requirement, and as an attachment
            assert (await client.get(linked)).content == b"Wash at 40\n"
    assert f"/files/{away.sha256}" not in page
    assert "never-sent.txt" in page
    assert away.sha256 in page


async def test_confirming_asks_a_box_for_each_risk_and_says_what_it_is_about() -> None:
    async with running(NAME) as p:
        ref, agreed = await drafted(p, requirements=VAGUE, answers=())
        assert len(agreed.risks) > 2
        path = f"/trades/{public_id(ref)}"
        async with browsing(p, "buyer", "en") as client:
            page = (await client.get(path)).text
            for code in agreed.risks:
                assert f'name="risk.{code}"' in page
            assert "Requirement 1 “Good quality”" in words(page)
            action = page[page.index('id="action-confirm-1"') : page.index('id="action-withdraw"')]
            assert k.revision_hash(agreed) in action
            assert f"{path}/contract.pdf?language=both" in action.replace("&amp;", "&")
            sent = form(page, "/confirm") | {"known": "yes"}
            ticked = {f"risk.{code}": "yes" for code in agreed.risks}
            left_out = f"risk.{agreed.risks[0]}"
            refused = await client.post(f"{path}/confirm", data=sent | ticked | {left_out: ""})
            assert refused.status_code == 422
            assert f'{left_out}-error"' in refused.text
            assert (await client.post(f"{path}/confirm", data=sent | ticked)).status_code == 303
        row = await views.row(p.services.pool, ref)
    assert row is not None
    assert row.state.confirmed_by == (Side.BUYER,)


def test_each_risk_says_what_it_is_about() -> None:
    agreed = whole(category="childrens_clothing", requirements=VAGUE, remarks="Pay the balance to IBAN "
                   "GB33BUKB20201555555555 please.")  # fmt: skip
    which = concerned.said(EN, agreed, KNOWLEDGE)
    assert {"vague_words", "off_platform_payment", "missing_attributes", "market_duties"} <= set(agreed.risks)
    assert which["vague_words"] == "Requirement 1 “Good quality”"
    assert which["off_platform_payment"] == "the remarks"
    assert "Colour" in which["missing_attributes"]
    assert "Fabric weight" not in which["missing_attributes"]
    assert which["market_duties"].endswith("more")


async def test_a_revision_that_was_replaced_meanwhile_is_not_confirmed() -> None:
    async with running(NAME) as p:
        ref, agreed = await drafted(p)
        path = f"/trades/{public_id(ref)}"
        async with browsing(p, "buyer", "en") as client:
            sent = form((await client.get(path)).text, "/confirm") | {"known": "yes"}
            sent |= {f"risk.{code}": "yes" for code in agreed.risks}
            await p.do(ref, ACTORS["supplier"], c.Revise(1, replace(agreed, title="Other shirts")))
            refused = await client.post(f"{path}/confirm", data=sent)
            page = words((await client.get(path)).text)
        row = await views.row(p.services.pool, ref)
    assert refused.status_code == 422
    assert row is not None
    assert row.state.confirmed_by == ()
    assert "What revision 2 changes" in page
    assert "Propose another wording" in page


async def test_every_revision_and_amendment_is_told_with_its_difference() -> None:
    async with running(NAME) as p:
        ref, first = await drafted(p, requirements=VAGUE)
        second = whole(requirements=VAGUE[1:])
        await p.do(ref, ACTORS["supplier"], c.Revise(1, second))
        for role in ("supplier", "buyer"):
            confirm = c.Confirm(2, k.revision_hash(second), acknowledged=second.risks)
            await p.do(ref, ACTORS[role], confirm)
        await p.pay(ref, 378_000)
        later = replace(second, ship_by=k.ShipBy(on=date(2027, 3, 15)))
        for reason in ("the dyer is late", "the dyer is still late"):
            await p.do(ref, ACTORS["supplier"], c.Amend(2, later, reason))
            if reason == "the dyer is late":
                await p.do(ref, ACTORS["buyer"], c.DeclineAmendment(3))
        path = f"/trades/{public_id(ref)}"
        seen = []
        for role in ("buyer", "supplier", "operator"):
            async with browsing(p, role, "en") as client:
                page = (await client.get(f"{path}/revisions")).text
                seen.append(words(page[page.index('<div class="main revisions">') :]))
                amended = await client.get(f"{path}/contract", params={"revision": 4})
                missing = await client.get(f"{path}/contract", params={"revision": 5})
        async with browsing(p, "buyer", "en") as client:
            asked = words((await client.get(path)).text)
    for said in seen:  # but for the clock of each reader
        found = [said.index(one) for one in (
            "amendment, waits for an answer", "the dyer is still late", "amendment, declined",
            "the dyer is late", "confirmed by both", "Removed, number 1 before", "removed: Good quality",
            "The first one",
        )]  # fmt: skip
        assert found == sorted(found)
        for digest in (k.revision_hash(first), k.revision_hash(second), k.revision_hash(later)):
            assert digest in said
    assert "removed: 1 added: 15 unchanged: Mar 2027" in plain(words(page))
    assert (amended.status_code, missing.status_code) == (200, 404)
    assert "This revision is not the one that stands." in amended.text
    assert "Ningbo Brightwear proposes an amendment" in asked


async def test_two_thousand_requirements_are_read_in_parts_on_the_trade_and_whole_on_their_own_page() -> None:
    many = tuple(
        replace(VAGUE[1], text=f"Part {n} weighs {n} g ± 5 %", values=(D(n),), unit="GRM", line=n % 2)
        for n in range(1, 2001)
    )
    async with running(NAME) as p:
        ref, _ = await drafted(p, lines=LINES, requirements=many)
        path = f"/trades/{public_id(ref)}"
        async with browsing(p, "buyer", "en") as client:
            short = (await client.get(path)).text
            whole_page = (await client.get(f"{path}/contract")).text
    assert short.count('id="requirement-') == contract_view.FIRST
    assert "Read all 2000 requirements" in words(short)
    assert whole_page.count('id="requirement-') == 2000
    assert 'href="#goods-2"' in whole_page
    assert len(short) < 300_000


@pytest.mark.parametrize(("side", "headline"), [
    (Side.BUYER, "The goods are made and paid. Have them inspected before they ship, or go without it."),
    (Side.SUPPLIER, "Made and paid. They ship once Müller & Söhne GmbH has had them inspected, or gone "
                    "without it."),
])  # fmt: skip
def test_goods_that_wait_for_their_inspection_say_who_must_act_and_offer_no_shipment(
    side: Side, headline: str
) -> None:
    world = REACHED["planned_and_made"](KNOWLEDGE.policy)
    world.pay("8820.00")
    sheet = sheet_of(world, side, "en")
    panel = now.say(sheet)
    assert (panel.headline, panel.acts, panel.clock) == (headline, Side.BUYER, "booking")
    assert actions.offered(sheet, c.Ship) == []
    assert bool(actions.offered(sheet, c.WaiveInspection)) is (side is Side.BUYER)
