"""One trade, told through the API alone: drafted, confirmed, paid, made, shipped, released and paid out."""

from datetime import date, timedelta
from typing import Any

from tests.api.client import TERMS, Api, api, ok
from tests.platform import OURS, PAYER
from tradehold.domain.bank import Line
from tradehold.domain.bank import Status as OrderStatus
from tradehold.domain.money import Money
from tradehold.rails.sandbox_files import notification, status_report

SHIP = {
    "goods": [{"line": 1, "quantity": "3000"}], "carrier": "MSC", "mode": "sea", "document": "MEDU1",
    "on": "2027-02-19",
}  # fmt: skip


async def bank_says(called: Api, *lines: Line) -> Any:
    """A camt.054 reaches the operator, who hands it on."""
    at = called.platform.clock.at
    body = notification(OURS, "USD", "N1", at, lines, ())
    report = ok(await called.post("operator", "/bank-files", body, content_type="application/xml"))
    await called.platform.services.sweeper.sweep()
    return report


async def wire(called: Api, trade: str, minor: int, number: str) -> None:
    reference = ok(await called.get("buyer", f"/trades/{trade}"))["reference"]
    day = called.platform.clock.at.date()
    line = Line(OURS.account, number, Money(minor, "USD"), True, day, party=PAYER, remittance=reference)
    report = await bank_says(called, line)
    assert report["counts"] == {"line_allocated": 1}


async def test_a_trade_from_draft_to_the_suppliers_bank() -> None:
    async with api(__name__) as called:
        drafted = ok(await called.post("supplier", "/trades", TERMS), 201)
        trade = drafted["trade"]
        assert drafted["events"] == ["drafted"]
        contract = ok(await called.get("buyer", f"/trades/{trade}/contract"))
        confirm = {"type": "confirm", "revision": contract["revision"], "hash": contract["hash"]}
        ok(await called.do("buyer", trade, **confirm))
        agreed = ok(await called.do("supplier", trade, **confirm))
        assert agreed["events"] == ["confirmed", "agreed"]
        await wire(called, trade, 378_000, "B1")
        assert ok(await called.get("supplier", f"/trades/{trade}"))["stage"] == "producing"
        ok(await called.do("supplier", trade, type="report_production"))
        await wire(called, trade, 882_000, "B2")
        await ship_and_be_paid(called, trade)


async def ship_and_be_paid(called: Api, trade: str) -> None:
    clock = called.platform.clock
    clock.at = clock.at.replace(month=2, day=20)
    ok(await called.do("supplier", trade, type="ship", **SHIP))
    [contest] = ok(await called.get("buyer", f"/trades/{trade}/deadlines"))["data"]
    assert (contest["what"], contest["zone"]) == ("contest:1", "Asia/Shanghai")
    assert contest["then"] == "Nobody contested: the evidence counts."
    clock.at += timedelta(days=10)
    await called.platform.services.sweeper.sweep()
    shown = ok(await called.get("buyer", f"/trades/{trade}", expand="payments,postings,events,contract"))
    assert (shown["stage"], shown["outcome"]) == ("settling", "released")
    assert [one["state"] for one in shown["payments"]["owed"]] == ["owed"]
    assert {one["payer"]["account"] for one in shown["payments"]["received"]} == {"…6819"}
    assert PAYER.account not in str(shown)
    await pay_out(called, trade)


async def pay_out(called: Api, trade: str) -> None:
    [waiting] = ok(await called.get("operator", "/payouts", stage="due"))["data"]
    assert (waiting["source"], waiting["amount"]) == (trade, {"minor": 1_260_000, "currency": "USD"})
    run = ok(await called.post("operator", "/payouts/run"))
    [file] = run["files"]
    assert (file["orders"], file["amount"]["minor"]) == (1, 1_260_000)
    assert file["xml"].startswith("<?xml")
    order = OrderStatus(f"{waiting['id'].removeprefix('pay_')}-1", "ACSC")
    body = status_report("S1", called.platform.clock.at, file["name"], file["name"], [order])
    assert ok(await called.post("operator", "/bank-files", body, content_type="text/xml"))["statuses"] == {
        "ACSC": 1
    }
    await called.platform.services.sweeper.sweep()
    assert ok(await called.get("supplier", f"/trades/{trade}"))["stage"] == "settled"
    books = ok(await called.get("operator", "/balances"))
    assert books["trial_balance"] == {"USD": 0}
    left = {one["account"]: one["balance"]["minor"] for one in books["accounts"]}
    assert left["hold"] == left["supplier_payable"] == left["payout_submitted"] == 0


async def test_a_file_in_a_form_does_the_same_and_the_same_lines_count_once() -> None:
    async with api(__name__) as called:
        line = Line(OURS.account, "B9", Money(5_000, "USD"), True, date(2027, 1, 4), party=PAYER)
        body = notification(OURS, "USD", "N9", called.platform.clock.at, [line], ())
        first = await called.client.post(
            "/v1/bank-files", files={"file": ("camt.xml", body)}, headers=called.headers("operator")
        )
        assert ok(first)["counts"] == {"line_suspended": 1}
        again = ok(await called.post("operator", "/bank-files", body, content_type="application/xml"))
        assert again["counts"] == {"duplicate": 1}
        [receipt] = ok(await called.get("operator", "/receipts", stage="suspense"))["data"]
        assert (receipt["reference"], receipt["party"]["account"]) == ("B9", PAYER.account)


async def test_money_nobody_owns_is_matched_by_two_operators() -> None:
    async with api(f"{__name__}_match") as called:
        trade = ok(await called.post("buyer", "/trades", TERMS), 201)["trade"]
        contract = ok(await called.get("buyer", f"/trades/{trade}/contract"))
        for role in ("buyer", "supplier"):
            ok(await called.do(role, trade, type="confirm", revision=1, hash=contract["hash"]))
        day = called.platform.clock.at.date()
        await bank_says(called, Line(OURS.account, "B7", Money(378_000, "USD"), True, day, party=PAYER))
        [receipt] = ok(await called.get("operator", "/receipts", stage="suspense"))["data"]
        body = {
            "target": receipt["id"],
            "do": {"type": "match_line", "trade": trade},
            "reason": "Called them.",
        }
        approval = ok(await called.post("operator", "/approvals", body), 201)["id"]
        [shown] = ok(await called.get("second_operator", "/approvals"))["data"]
        assert (shown["id"], shown["do"]) == (approval, body["do"])
        path = f"/approvals/{approval}/commands"
        assert (await called.post("operator", path, {"type": "approve"})).status_code == 403
        ok(await called.post("second_operator", path, {"type": "approve"}))
        await called.platform.services.sweeper.sweep()
        assert ok(await called.get("buyer", f"/trades/{trade}"))["stage"] == "producing"
