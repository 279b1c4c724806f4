"""Suppliers' records, the company desk and the platform's affairs, as a program reads and changes them."""

from typing import Any

from tests.api.client import TERMS, api, fields, ok, problem
from tests.platform import SUPPLIER
from tradehold.domain.command import MACHINE
from tradehold.domain.company import RecordTrade
from tradehold.domain.identity import company_ref
from tradehold.domain.money import Money

NAME = __name__
CHECK = {
    "type": "verify", "what": "licence", "issuer": "Customs", "reference": "L-7", "issued": "2026-12-01",
    "evidence": [{"name": "licence.pdf", "sha256": "ab" * 32, "size": 1}],
}  # fmt: skip


def above(minor: int) -> dict[str, Any]:
    """The contract with a part above the cover passed through."""
    return TERMS | {"pass_through": {"minor": minor, "currency": "USD"}}


async def test_a_suppliers_record_is_counts_and_dates_and_no_values() -> None:
    async with api(f"{NAME}.record") as called:
        trade = RecordTrade(2, Money(700_000, "USD"), on_time=True, passed=False)
        await called.platform.do(company_ref(SUPPLIER), MACHINE, trade)
        record = ok(await called.get("buyer", f"/suppliers/{SUPPLIER}"))
        listed = ok(await called.get("buyer", "/suppliers", name="ningbo"))["data"]
    assert record["missing"] == []
    assert record["trades_completed"] == 1
    assert record["on_time"] == {"count": 1, "of": 1}
    assert record["inspections_passed"] == {"count": 0, "of": 1}
    assert record["months"][0]["month"] == "2027-01"
    assert {one["what"] for one in record["verifications"]} == {"registration", "bank_account", "on_site"}
    assert "evidence" not in record["verifications"][0]
    assert "700000" not in str(record)
    assert [one["company"] for one in listed] == [SUPPLIER]


async def test_suppliers_come_in_pages_by_name() -> None:
    async with api(NAME) as called:
        first = ok(await called.get("buyer", "/suppliers", limit=1))
        second = ok(await called.get("buyer", "/suppliers", limit=1, after=first["next"]))
        problem(await called.get("buyer", "/suppliers", after="company:99"), 422, "invalid_request")
    assert first["has_more"]
    assert not second["has_more"]
    assert {one["company"] for one in (*first["data"], *second["data"])} == {7, 8}


async def test_the_desk_lays_the_formula_open() -> None:
    async with api(NAME) as called:
        shown = ok(await called.get("supplier", f"/companies/{SUPPLIER}"))
    formula = shown["formula"]
    assert sum(step["amount"]["minor"] for step in formula["steps"]) == formula["limit"]["minor"]
    assert formula["inputs"]["verified"] == ["bank_account", "on_site", "registration"]
    assert {way["code"] for way in formula["raised_by"]} == {"verify", "complete"}
    assert shown["gold_since"] == "2026-12-28"


async def test_a_verification_names_only_files_that_are_here() -> None:
    async with api(NAME) as called:
        answer = await called.post("operator", f"/companies/{SUPPLIER}/commands", CHECK)
        assert fields(problem(answer, 422, "invalid_request")) == {"evidence"}
        answer = await called.post("operator", f"/companies/{SUPPLIER}/commands", CHECK | {"evidence": []})
        problem(answer, 422, "no_evidence")


async def test_what_is_above_the_cover_is_passed_through_and_shown() -> None:
    async with api(NAME) as called:
        made = ok(await called.post("buyer", "/trades", above(260_000)), 201)
        name = made.get("trade") or made["id"]
        trade = ok(await called.get("buyer", f"/trades/{name}"))
        terms = ok(await called.get("buyer", f"/trades/{name}/contract"))
        confirm = {"type": "confirm", "revision": 1, "hash": trade["hash"]}
        problem(await called.do("buyer", name, **confirm), 422, "unprotected")
        ok(await called.do("buyer", name, **confirm, accept_unprotected=True))
        other = above(1) | {"pass_through": {"minor": 1, "currency": "EUR"}}
        wrong = problem(await called.post("buyer", "/trades", other), 422, "invalid_terms")
    assert trade["unprotected"] == {"minor": 260_000, "currency": "USD"}
    assert terms["terms"]["cover"] == {"minor": 1_000_000, "currency": "USD"}
    assert terms["terms"]["pass_through"] == {"minor": 260_000, "currency": "USD"}
    assert fields(wrong) == {"pass_through.currency"}


async def test_payouts_are_paused_by_one_and_resumed_by_two() -> None:
    async with api(f"{NAME}.pause") as called:
        pause = {"type": "pause_payouts", "reason": "The bank's channel is being changed."}
        problem(
            await called.post("operator", "/platform/commands", pause | {"reason": " "}), 422, "incomplete"
        )
        ok(await called.post("operator", "/platform/commands", pause))
        problem(await called.post("operator", "/platform/commands", pause), 409, "exists")
        resume = {"type": "resume_payouts", "reason": "done"}
        problem(await called.post("operator", "/platform/commands", resume), 403, "needs_second_person")
        proposal = {"target": "platform", "do": resume, "reason": "It works again."}
        made = ok(await called.post("operator", "/approvals", proposal), 201)["id"]
        assert ok(await called.get("operator", "/platform"))["paused"] == pause["reason"]
        ok(await called.post("second_operator", f"/approvals/{made}/commands", {"type": "approve"}))
        await called.platform.services.sweeper.sweep()
        shown = ok(await called.get("operator", "/platform"))
    assert shown["paused"] == ""
    assert shown["current_policy"] == "trade-assurance/2026-01"
    assert shown["policies"][0]["cover"]["start"]["USD"] == 1_000_000
    assert shown["calendars"][0]["weekend"] == [6, 7]
