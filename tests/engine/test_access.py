"""What a member may see, and how a person stands in the record."""

from datetime import timedelta

from tests.platform import ACTORS, running, terms
from tradehold.domain import trade_commands as c
from tradehold.domain.contract import revision_hash
from tradehold.domain.identity import Kind, Ref, public_id, token
from tradehold.domain.record import commitment
from tradehold.domain.reference import rf_reference
from tradehold.engine.access import list_trades, new_id, readable, with_contact
from tradehold.engine.audit import audit
from tradehold.store import people, views


async def test_a_person_stands_in_the_contract_as_a_commitment_and_can_be_erased() -> None:
    async with running("access_person") as p:
        pool = p.services.pool
        named = await with_contact(pool, terms(), ACTORS["supplier"], "draft-1")
        trade = Ref(7, Kind.TRADE, new_id(p.clock.at))
        await p.do(trade, ACTORS["supplier"], c.Draft(named))
        stands_for = named.supplier.contact
        assert len(stands_for) == 64
        [event] = await views.events(pool, trade)
        assert b"Lin Wei" not in event.body
        assert await people.commitment_of(pool, 7, stands_for) == "Lin Wei"
        salt = await pool.fetchval("SELECT salt FROM personal WHERE commitment = $1", stands_for)
        assert commitment(salt, "Lin Wei") == stands_for
        await people.erase_commitment(pool, 7, stands_for)
        assert await people.commitment_of(pool, 7, stands_for) is None
        row = await views.row(pool, trade)
        assert row is not None
        assert row.state.hash == revision_hash(named)
        assert (await audit(pool)).findings == []


async def test_one_person_in_two_contracts_has_two_commitments() -> None:
    async with running("access_person") as p:
        pool = p.services.pool
        first, second, again = [
            await with_contact(pool, terms(), ACTORS["buyer"], key) for key in ("one", "two", "one")
        ]
        assert first.buyer.contact != second.buyer.contact
        assert first == again  # the same draft sent twice is the same contract
        assert first.supplier.contact == ""


async def test_a_foreign_company_sees_neither_the_trade_nor_the_list() -> None:
    async with running("access_foreign") as p:
        trade = await p.agreed()
        pool = p.services.pool
        sees = {"buyer", "supplier", "operator", "second_operator"}
        for role, actor in ACTORS.items():
            found = await readable(pool, actor, trade)
            listed = await list_trades(pool, actor)
            assert (found is not None, trade in [one.ref for one in listed]) == (role in sees,) * 2, role


async def test_a_list_goes_on_below_its_last_id() -> None:
    async with running("access_pages") as p:
        made = []
        for _ in range(7):
            p.clock.at += timedelta(seconds=1)
            made.append(await p.draft())
        seen: list[Ref] = []
        before = views.LAST
        while page := await list_trades(p.services.pool, ACTORS["buyer"], before, limit=3):
            seen += [row.ref for row in page]
            before = page[-1].ref.id
        assert seen == made[::-1]


async def test_a_search_takes_what_is_typed_literally() -> None:
    async with running("access_search") as p:
        trade = await p.draft(title="100% cotton_shirts")
        await p.draft(title="100 cotton shirts")
        for words, found in (
            ("100%", [trade]),
            ("cotton_", [trade]),
            ("%", [trade]),
            ("COTTON_SHIRTS", [trade]),
        ):
            listed = await list_trades(p.services.pool, ACTORS["buyer"], words=words)
            assert [row.ref for row in listed] == found, words


async def test_a_trade_is_found_by_its_id_and_by_its_payment_reference_but_only_by_its_own_sides() -> None:
    async with running("access_search") as p:
        trade = await p.draft()
        reference = rf_reference(token(trade))
        spaced = " ".join(reference[i : i + 4] for i in range(0, len(reference), 4)).lower()
        for words in (public_id(trade), reference, spaced):
            for role, seen in (("buyer", [trade]), ("operator", [trade]), ("other_buyer", [])):
                listed = await list_trades(p.services.pool, ACTORS[role], words=words)
                assert [row.ref for row in listed] == seen, (words, role)
            assert await list_trades(p.services.pool, ACTORS["buyer"], stage="settled", words=words) == []
