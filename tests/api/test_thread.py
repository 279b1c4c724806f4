"""The thread over the API: what is said, quoted and sent along, how far it was read, and what cannot be."""

from typing import Any

from tests.api.client import Api, api, fields, ok, problem
from tests.platform import ACTORS, BUYER
from tradehold.domain.contract import Attachment
from tradehold.domain.identity import Ref, public_id
from tradehold.engine.access import wall

ELSEWHERE = "Please pay to IBAN GB29 NWBK 6016 1331 9268 19 instead."


async def brought(called: Api, role: str, place: Ref | None, name: str, body: bytes) -> Attachment:
    """A file that somebody has sent to a trade, or to their library."""
    files, actor = called.platform.services.files, ACTORS[role]

    async def whole() -> Any:
        yield body

    upload = await files.begin(actor.company, actor.member, name, len(body), wall(), place)
    upload = await files.append(upload.id, actor.company, 0, whole(), wall())
    return Attachment(upload.name, upload.sha256, upload.size)


async def say(called: Api, role: str, trade: Ref, text: str, **more: Any) -> Any:
    return await called.do(role, trade, type="send_message", text=text, **more)


async def messages(called: Api, role: str, trade: Ref, **query: Any) -> Any:
    return ok(await called.get(role, f"/trades/{public_id(trade)}/messages", **query))


def named(file: Attachment, **changed: Any) -> dict[str, Any]:
    return {"name": file.name, "sha256": file.sha256, "size": file.size} | changed


async def test_both_sides_and_the_platform_read_the_same_thread() -> None:
    async with api(__name__) as called:
        trade = await called.platform.draft()
        ok(await say(called, "buyer", trade, "Which red?", about={"what": "line", "number": 1}))
        ok(await say(called, "supplier", trade, "1935 D.", about={"what": "message", "number": 1}))
        ok(await say(called, "operator", trade, "Noted."))
        seen = [await messages(called, role, trade) for role in ("buyer", "supplier", "operator")]
        assert seen[0] == seen[1] == seen[2]
        newest, answer, question = seen[0]["data"]
        assert (newest["side"], newest["author"], newest["company"]) == ("operator", "Mara Keller", "")
        assert (answer["author"], answer["company"]) == ("Lin Wei", "Ningbo Brightwear")
        assert (question["author"], question["company"]) == ("Ana Ortiz", "Harbour Kids Ltd")
        assert question["about"] == {"what": "line", "number": 1}
        assert answer["about"] == {"what": "message", "number": 1}
        assert [one["number"] for one in seen[0]["data"]] == [3, 2, 1]


async def test_messages_come_in_pages_and_what_lies_between_them_is_left_out() -> None:
    async with api(__name__) as called:
        trade = await called.platform.agreed()
        for number in range(1, 6):
            ok(await say(called, "buyer", trade, f'No. {number} "type":"message_sent"'))
            if number == 3:
                await called.platform.pay(trade, 378_000)
        found, after = list[int](), ""
        while True:
            page = await messages(called, "supplier", trade, limit=2, **({"after": after} if after else {}))
            found += [one["number"] for one in page["data"]]
            after = page["next"]
            if not page["has_more"]:
                break
        assert found == [5, 4, 3, 2, 1]
        for wrong in ("x", "-1", "1" * 20, "٣"):
            body = problem(
                await called.get("buyer", f"/trades/{public_id(trade)}/messages", after=wrong), 422,
                "invalid_request",
            )  # fmt: skip
            assert fields(body) == {"after"}


async def test_a_payment_is_quoted_by_its_bank_line() -> None:
    async with api(__name__) as called:
        trade = await called.platform.agreed()
        await called.platform.pay(trade, 378_000)
        paid = ok(await called.get("buyer", f"/trades/{public_id(trade)}/payments"))["received"][0]
        about = {"what": "payment", "number": paid["receipt"]}
        ok(await say(called, "buyer", trade, "This one.", about=about))
        assert (await messages(called, "buyer", trade))["data"][0]["about"] == about


async def test_what_cannot_be_quoted_or_said() -> None:
    async with api(__name__) as called:
        trade = await called.platform.draft()
        table: list[tuple[dict[str, Any], str, set[str]]] = [
            ({"text": ""}, "empty_message", set()),
            ({"text": "x" * 5001}, "too_long", set()),
            ({"about": {"what": "line", "number": 2}}, "unknown", set()),
            ({"about": {"what": "line", "number": 0}}, "unknown", set()),
            ({"about": {"what": "shipment", "number": 1}}, "unknown", set()),
            ({"about": {"what": "message", "number": 9}}, "unknown", set()),
            ({"about": {"what": "line", "number": "1"}}, "invalid_request", {"about.number"}),
            ({"about": {"what": "payment", "number": 7}}, "invalid_request", {"about.number"}),
            ({"about": {"what": "moon", "number": 7}}, "invalid_request", {"about.what"}),
            ({"about": {"what": "line", "number": 1, "x": 1}}, "invalid_request", {"about.x"}),
        ]
        for said, code, expected in table:
            answer = await called.do("buyer", trade, **({"type": "send_message", "text": "?"} | said))
            body = problem(answer, 404 if code == "unknown" else 422, code)
            assert fields(body) == expected, said
        assert (await messages(called, "buyer", trade))["data"] == []


async def test_files_go_along_where_ones_own_company_has_brought_them() -> None:
    async with api(__name__) as called:
        trade = await called.platform.draft()
        here = await brought(called, "buyer", trade, "label_b.txt", b"as agreed")
        library = await brought(called, "buyer", None, "certificate.txt", b"no. 7")
        theirs = await brought(called, "supplier", trade, "theirs.txt", b"a price list")
        elsewhere = await brought(called, "other_buyer", None, "secret.txt", b"another trade's")
        ok(
            await say(
                called, "buyer", trade, "", files=[named(here, name="\u202egpj.exe", size=1), named(library)]
            )
        )
        assert (await messages(called, "supplier", trade))["data"][0]["files"] == [
            named(here),
            named(library),
        ]
        for role in ("buyer", "supplier", "operator"):
            got = await called.get(role, f"/files/{library.sha256}", trade=public_id(trade))
            assert got.content == b"no. 7"
        for file in (theirs, elsewhere, Attachment("x.txt", "ab" * 32, 3), Attachment("x.txt", "../x", 3)):
            body = problem(
                await say(called, "buyer", trade, "Look.", files=[named(file)]), 422, "invalid_request"
            )
            assert fields(body) == {"files.0.sha256"}


async def test_nobody_lends_a_file_to_a_trade_that_is_not_theirs() -> None:
    async with api(__name__) as called:
        trade = await called.platform.draft()
        own = await brought(called, "other_buyer", None, "mine.txt", b"mine alone")
        problem(await say(called, "other_buyer", trade, "Hello.", files=[named(own)]), 404, "unknown")
        held = await called.platform.services.files.held(own.sha256, BUYER, trade)
        assert held is None


async def test_other_bank_details_carry_their_warning() -> None:
    async with api(__name__) as called:
        trade = await called.platform.draft()
        ok(await say(called, "supplier", trade, "Good morning."))
        ok(await say(called, "supplier", trade, ELSEWHERE))
        suspicious, plain = (await messages(called, "buyer", trade))["data"]
        assert {"kind": "iban", "words": "GB29 NWBK 6016 1331 9268 19"} in suspicious["warnings"]
        assert plain["warnings"] == []
        shown = ok(await called.get("buyer", f"/trades/{public_id(trade)}"))
        assert (shown["messages"], shown["warned"]) == (2, [2])


async def test_each_person_has_a_mark_that_never_moves_back() -> None:
    async with api(__name__) as called:
        trade = await called.platform.draft()
        for number in range(4):
            ok(await say(called, "buyer", trade, f"No. {number}"))
        path = f"/trades/{public_id(trade)}/read"
        for upto, left in ((2, 2), (1, 2), (0, 2), (99, 0), (3, 0)):
            assert ok(await called.post("supplier", path, {"message": upto})) == {"unread": left}
        assert ok(await called.post("operator", path, {"message": 0})) == {"unread": 4}
        assert ok(await called.post("operator", path, {})) == {"unread": 0}
        ok(await say(called, "buyer", trade, "One more."))
        assert ok(await called.post("supplier", path, {"message": 4})) == {"unread": 1}
        for wrong in ({"message": -1}, {"message": "2"}, {"message": 2**40}, {"seq": 1}):
            problem(await called.post("supplier", path, wrong), 422, "invalid_request")


async def test_ten_megabytes_of_text_are_not_even_read() -> None:
    async with api(__name__) as called:
        trade = await called.platform.draft()
        problem(await say(called, "buyer", trade, "x" * 10_000_000), 413, "too_large")
        assert (await messages(called, "buyer", trade))["data"] == []
