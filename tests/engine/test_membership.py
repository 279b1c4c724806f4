"""Who belongs to a company, as what, and how that changes."""

import asyncio
import re
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from tests.platform import ACTORS, BUYER, OTHER_BUYER, Running, running
from tradehold.domain.command import Actor, Grade, Role
from tradehold.domain.company import Stage
from tradehold.domain.identity import Kind, company_ref
from tradehold.domain.refusal import Code, Refusal
from tradehold.engine import invitation, membership
from tradehold.engine.access import By, session_of, wall
from tradehold.engine.registration import Details, Owner, fingerprint, owners_of, register_company
from tradehold.store import membership as kept
from tradehold.store import people, views
from tradehold.store.views import Member

SITE = "https://trade.example.com"
ANNA = Owner("Anna Weber", "1971-03-02", "DE", "60")
DETAILS = Details(
    "Weber Werkzeuge GmbH", "DE", "Hamburg HRB 1482", "Speicherstraße 12, Hamburg", "en", "Europe/Berlin",
    (ANNA,),
)  # fmt: skip


def by(person: int, company: int, grade: Grade | None = Grade.OWNER, fresh: bool = True) -> By:
    role = Role.MEMBER if company else Role.OPERATOR
    return By(Actor(role, max(company, 0), person, grade=grade), fresh, "192.0.2.1")


OWNER = By(ACTORS["buyer"], True)


async def hire(p: Running, person: int, grade: Grade, company: int = BUYER) -> None:
    member = Member(person, company, f"Person {person}", "en", "Europe/Berlin", grade)
    await people.put_members(p.services.pool, [member], wall())


async def grades(p: Running, company: int) -> dict[int, Grade]:
    return {one.person: one.grade for one in await kept.members(p.services.pool, company)}


def code_of(answer: object) -> Code:
    assert isinstance(answer, Refusal), answer
    return answer.code


async def link_of(p: Running, email: str) -> str:
    """The token in the newest letter to the address."""
    body = await p.services.pool.fetchval(
        "SELECT body FROM letter WHERE address = $1 ORDER BY id DESC LIMIT 1", email
    )
    found = re.search(rf"{SITE}/invitations/(\S+)", body)
    assert found
    return found[1]


async def invited(p: Running, email: str, grade: Grade = Grade.TRADER, request: str = "") -> kept.Invitation:
    made = await invitation.invite(p.services, OWNER, BUYER, email, grade, request or email, SITE)
    assert not isinstance(made, Refusal), made
    return made


# --- registering


async def test_a_company_is_registered_once_however_often_its_form_is_sent() -> None:
    async with running("members_register") as p:
        await hire(p, 50, Grade.VIEWER)
        numbers = [await register_company(p.services, by(50, -1), "form-1", DETAILS) for _ in range(2)]
        assert numbers[0] == numbers[1]
        number = numbers[0]
        assert isinstance(number, int)
        row = await views.row(p.services.pool, company_ref(number))
        assert row is not None
        assert (row.state.name, row.state.country, row.state.stage) == (DETAILS.name, "DE", Stage.ACTIVE)
        assert await grades(p, number) == {50: Grade.OWNER}
        other = await register_company(p.services, by(50, -1), "form-2", DETAILS)
        assert isinstance(other, int)
        assert other != number
        changed = replace(DETAILS, name="Something else")
        assert code_of(await register_company(p.services, by(50, -1), "form-1", changed)) is Code.KEY_REUSED


async def test_a_form_sent_again_does_not_bring_back_an_owner_who_has_left() -> None:
    async with running("members_register") as p:
        number = await register_company(p.services, by(51, -1), "form", DETAILS)
        assert isinstance(number, int)
        await hire(p, 51, Grade.OWNER, number)
        await hire(p, 52, Grade.OWNER, number)
        assert await membership.leave(p.services, by(51, number), number) is None
        assert await register_company(p.services, by(51, -1), "form", DETAILS) == number
        assert await grades(p, number) == {52: Grade.OWNER}


async def test_owners_stand_in_the_record_without_their_names_and_can_be_erased() -> None:
    async with running("members_owners") as p:
        number = await register_company(p.services, by(50, -1), "form", DETAILS)
        again = await register_company(p.services, by(50, -1), "other", DETAILS)
        assert isinstance(number, int)
        assert isinstance(again, int)
        first, second = [await views.row(p.services.pool, company_ref(one)) for one in (number, again)]
        assert first is not None
        assert second is not None
        assert first.state.owners == second.state.owners  # the same person is known again
        [stands_for] = first.state.owners
        assert re.fullmatch(r"[0-9a-f]{32}", stands_for)
        for event in await views.events(p.services.pool, company_ref(number)):
            assert b"Anna" not in event.body
        assert await owners_of(p.services.pool, number) == {stands_for: ANNA}
        for commitment in await p.services.pool.fetch(
            "SELECT commitment FROM personal WHERE supplier_id = $1", number
        ):
            await people.erase_commitment(p.services.pool, number, commitment[0])
        assert await owners_of(p.services.pool, number) == {}


def test_a_fingerprint_knows_a_person_however_the_name_is_written() -> None:
    same = [
        replace(ANNA, name=name) for name in ("ANNA WEBER", "Weber, Anna", " anna  weber ", "Ａnna Weber")
    ]
    prints = {fingerprint(b"secret", one) for one in (ANNA, *same)}
    assert len(prints) == 1
    assert fingerprint(b"other secret", ANNA) not in prints
    assert fingerprint(b"secret", replace(ANNA, born="1971-03-03")) not in prints


@pytest.mark.parametrize(("field", "changed"), [
    ("name", {"name": " \u202e "}),
    ("name", {"name": "x" * 10_000_000}),
    ("country", {"country": "XX"}),
    ("country", {"country": "<script>"}),
    ("registration", {"registration": " "}),
    ("address", {"address": ""}),
    ("language", {"language": "english"}),
    ("zone", {"zone": "../../etc/passwd"}),
    ("zone", {"zone": "x" * 10_000_000}),
    ("unowned", {"owners": ()}),
    ("unowned", {"unowned": True}),
    ("unowned", {"owners": (ANNA,) * 21}),
    ("owners.0.name", {"owners": (replace(ANNA, name=""),)}),
    ("owners.0.born", {"owners": (replace(ANNA, born="2999-01-01"),)}),
    ("owners.0.born", {"owners": (replace(ANNA, born="17 May"),)}),
    ("owners.0.nationality", {"owners": (replace(ANNA, nationality="EU"),)}),
    ("owners.0.share", {"owners": (replace(ANNA, share="0"),)}),
    ("owners.0.share", {"owners": (replace(ANNA, share="1e2"),)}),
    ("owners.0.share", {"owners": (replace(ANNA, share="33.333"),)}),
    ("owners.0.share", {"owners": (ANNA, replace(ANNA, name="Ben", share="40.01"))}),
])  # fmt: skip
async def test_what_is_wrong_is_named_by_its_field(field: str, changed: dict[str, Any]) -> None:
    async with running("members_register") as p:
        before = await p.services.pool.fetchval("SELECT count(*) FROM company")
        answer = await register_company(p.services, by(50, -1), "wrong", replace(DETAILS, **changed))
        assert code_of(answer) is Code.INVALID_DETAILS
        assert isinstance(answer, Refusal)
        assert set(answer.fields) == {field}
        assert len(answer.message) < 500
        assert await p.services.pool.fetchval("SELECT count(*) FROM company") == before


async def test_text_from_right_to_left_is_kept_and_what_turns_others_text_is_not() -> None:
    async with running("members_register") as p:
        name = "شركة النور \u202eevil\u202c <script>alert(1)</script>"
        number = await register_company(p.services, by(50, -1), "rtl", replace(DETAILS, name=name))
        assert isinstance(number, int)
        found = await views.companies(p.services.pool, [number])
        assert found[number].name == "شركة النور evil <script>alert(1)</script>"


async def test_the_people_of_a_held_company_have_no_grade_until_it_is_cleared() -> None:
    async with running("members_held") as p:
        pool = p.services.pool
        number = await register_company(p.services, by(10, -1), "held", DETAILS)
        assert isinstance(number, int)
        begun = people.Begun(company=number)
        token = await people.begin_session(pool, 10, wall(), begun=begun)
        session = await session_of(pool, token)
        assert session is not None
        assert (session.member.company, session.member.grade) == (number, Grade.OWNER)
        for stage in (Stage.HELD, Stage.EXCLUDED):
            await pool.execute(
                "UPDATE machine SET stage = $1 WHERE supplier_id = $2 AND kind = $3",
                stage, number, Kind.COMPANY,
            )  # fmt: skip
            session = await session_of(pool, token)
            assert session is not None
            assert (session.member.company, session.member.grade) == (number, None)


# --- members


async def test_two_owners_who_demote_each_other_at_the_same_moment_leave_one_owner() -> None:
    async with running("members_both") as p:
        for n in range(20):
            one, other, company = 100 + 2 * n, 101 + 2 * n, 500 + n
            await hire(p, one, Grade.OWNER, company)
            await hire(p, other, Grade.OWNER, company)
            answers = await asyncio.gather(
                membership.set_grade(p.services, by(one, company), company, other, Grade.VIEWER),
                membership.set_grade(p.services, by(other, company), company, one, Grade.VIEWER),
            )
            assert [code_of(each) for each in answers if each] == [Code.NOT_YOUR_DUTY]
            assert sorted((await grades(p, company)).values()) == [Grade.OWNER, Grade.VIEWER]


async def test_of_two_owners_who_leave_at_the_same_moment_one_stays() -> None:
    async with running("members_both") as p:
        for n in range(20):
            one, other, company = 200 + 2 * n, 201 + 2 * n, 600 + n
            await hire(p, one, Grade.OWNER, company)
            await hire(p, other, Grade.OWNER, company)
            answers = await asyncio.gather(
                membership.leave(p.services, by(one, company), company),
                membership.remove(p.services, by(other, company), company, other),
            )
            assert [code_of(each) for each in answers if each] == [Code.LAST_OWNER]
            assert list((await grades(p, company)).values()) == [Grade.OWNER]


async def test_the_last_owner_neither_leaves_nor_steps_down() -> None:
    async with running("members_last") as p:
        await hire(p, 21, Grade.TRADER)
        for answer in (
            await membership.leave(p.services, OWNER, BUYER),
            await membership.remove(p.services, OWNER, BUYER, 10),
            await membership.set_grade(p.services, OWNER, BUYER, 10, Grade.FINANCE),
        ):
            assert code_of(answer) is Code.LAST_OWNER
        assert await membership.set_grade(p.services, OWNER, BUYER, 21, Grade.OWNER) is None
        assert await membership.leave(p.services, OWNER, BUYER) is None
        here = await grades(p, BUYER)
        assert [one for one, grade in here.items() if grade is Grade.OWNER] == [21]


async def test_only_an_owner_who_has_just_shown_a_second_factor_changes_members() -> None:
    async with running("members_who") as p:
        await hire(p, 21, Grade.TRADER)
        await hire(p, 22, Grade.VIEWER)
        for who, code in (
            (by(10, BUYER, fresh=False), Code.STEP_UP),
            (by(21, BUYER, Grade.TRADER), Code.NOT_YOUR_DUTY),
            (by(21, BUYER, None), Code.NOT_YOUR_DUTY),
            (By(ACTORS["other_buyer"], True), Code.UNKNOWN),
            (By(ACTORS["operator"], True), Code.NOT_ALLOWED),
            # Whoever says so is not yet an owner: the store looks again.
            (by(21, BUYER, Grade.OWNER), Code.NOT_YOUR_DUTY),
        ):
            assert code_of(await membership.set_grade(p.services, who, BUYER, 22, Grade.OWNER)) is code
            assert code_of(await membership.remove(p.services, who, BUYER, 22)) is code
        stranger = await membership.set_grade(p.services, OWNER, BUYER, 999, Grade.OWNER)
        assert code_of(stranger) is Code.UNKNOWN
        assert (await grades(p, BUYER))[22] is Grade.VIEWER


async def test_a_running_session_of_somebody_removed_acts_for_nobody_at_once() -> None:
    async with running("members_removed") as p:
        await hire(p, 21, Grade.TRADER)
        token = await people.begin_session(p.services.pool, 21, wall())
        session = await session_of(p.services.pool, token)
        assert session is not None
        assert (session.member.company, session.member.grade) == (BUYER, Grade.TRADER)
        assert await membership.remove(p.services, OWNER, BUYER, 21) is None
        session = await session_of(p.services.pool, token)
        assert session is not None
        assert (session.member.company, session.member.grade) == (people.NOBODY, None)


async def test_one_person_acts_for_one_of_several_companies_and_switches_under_a_new_token() -> None:
    async with running("members_switch") as p:
        pool = p.services.pool
        await hire(p, 12, Grade.FINANCE)
        token = await people.begin_session(pool, 12, wall())
        fresh = await membership.switch(p.services, by(12, OTHER_BUYER), token, BUYER)
        assert fresh
        assert await session_of(pool, token) is None
        session = await session_of(pool, fresh)
        assert session is not None
        assert (session.member.company, session.member.grade) == (BUYER, Grade.FINANCE)
        assert await membership.switch(p.services, by(12, BUYER), fresh, 7) is None
        assert await membership.switch(p.services, by(12, BUYER), fresh, 0) is None
        assert await session_of(pool, fresh) is not None


# --- invitations


async def test_an_invitation_is_used_once_by_whoever_opens_it() -> None:
    async with running("members_invited") as p:
        await invited(p, "new@example.com")
        await hire(p, 331, Grade.VIEWER, 900)
        await hire(p, 332, Grade.VIEWER, 900)
        token = await link_of(p, "new@example.com")
        assert await invitation.accept(p.services, by(331, 900, Grade.VIEWER), token) == BUYER
        assert (
            await invitation.accept(p.services, by(331, 900, Grade.VIEWER), token) == BUYER
        )  # pressed twice
        assert code_of(await invitation.accept(p.services, by(332, 900), token)) is Code.UNKNOWN
        here = await grades(p, BUYER)
        assert here[331] is Grade.TRADER
        assert 332 not in here
        await membership.remove(p.services, OWNER, BUYER, 331)
        assert code_of(await invitation.accept(p.services, by(331, 900), token)) is Code.UNKNOWN


async def test_an_invitation_is_used_once_also_at_the_same_moment() -> None:
    async with running("members_invited") as p:
        await invited(p, "race@example.com")
        token = await link_of(p, "race@example.com")
        crowd = range(300, 308)
        for person in crowd:
            await hire(p, person, Grade.VIEWER, 901)
        answers = await asyncio.gather(
            *(invitation.accept(p.services, by(person, 901), token) for person in crowd)
        )
        assert [answer for answer in answers if answer == BUYER] == [BUYER]
        assert len(set(crowd) & (await grades(p, BUYER)).keys()) == 1


async def test_an_invitation_that_ended_or_was_withdrawn_or_renewed_opens_nothing() -> None:
    async with running("members_closed") as p:
        guest = by(12, OTHER_BUYER)
        old, gone, again = [await invited(p, f"{name}@example.com") for name in ("old", "gone", "again")]
        tokens = [await link_of(p, f"{name}@example.com") for name in ("old", "gone", "again")]
        await p.services.pool.execute(
            "UPDATE invitation SET ends_at = $2 WHERE id = $1", old.id, wall() - timedelta(seconds=1)
        )
        assert await invitation.withdraw(p.services, OWNER, BUYER, gone.id) == gone
        await p.services.pool.execute(
            "UPDATE invitation SET made_at = $2 WHERE id = $1", again.id, wall() - timedelta(minutes=2)
        )
        await invitation.renew(p.services, OWNER, BUYER, again.id, SITE)
        for token in (*tokens, "", "x" * 10_000, "\udc80"):
            assert code_of(await invitation.accept(p.services, guest, token)) is Code.UNKNOWN
        renewed = await link_of(p, "again@example.com")
        assert renewed != tokens[2]
        assert await invitation.accept(p.services, guest, renewed) == BUYER


async def test_an_invitation_counts_only_while_whoever_made_it_is_an_owner() -> None:
    async with running("members_inviter") as p:
        await hire(p, 21, Grade.OWNER)
        made = await invitation.invite(
            p.services, by(21, BUYER), BUYER, "a@example.com", Grade.OWNER, "1", SITE
        )
        assert not isinstance(made, Refusal)
        token = await link_of(p, "a@example.com")
        await membership.set_grade(p.services, OWNER, BUYER, 21, Grade.VIEWER)
        assert code_of(await invitation.accept(p.services, by(12, OTHER_BUYER), token)) is Code.UNKNOWN
        assert await kept.invitations(p.services.pool, BUYER) == []


async def test_the_same_invitation_sent_twice_is_one_letter_and_a_new_one_takes_its_place() -> None:
    async with running("members_twice") as p:

        async def letters() -> int:
            return int(await p.services.pool.fetchval("SELECT count(*) FROM letter"))

        first = await invited(p, "a@example.com", request="one")
        assert await invited(p, "a@example.com", request="one") == first
        assert await letters() == 1
        other = await invitation.invite(p.services, OWNER, BUYER, "b@example.com", Grade.TRADER, "one", SITE)
        assert code_of(other) is Code.KEY_REUSED
        second = await invited(p, "A@example.com", Grade.VIEWER, request="two")
        assert await kept.invitations(p.services.pool, BUYER) == [second]
        assert (
            await invitation.renew(p.services, OWNER, BUYER, second.id, SITE) == second
        )  # not so soon again
        assert await letters() == 2


async def test_an_invitation_needs_an_address_of_somebody_who_is_no_member() -> None:
    async with running("members_address") as p:
        await p.services.pool.execute("UPDATE person SET email = 'Ana@example.com' WHERE id = 10")
        for email in ("", "x", "a b@example.com", "a@example", "ana@EXAMPLE.com", f"{'x' * 300}@example.com",
                      "a@b.example\r\nbcc: c@d.example", "x" * 10_000_000):  # fmt: skip
            answer = await invitation.invite(p.services, OWNER, BUYER, email, Grade.VIEWER, "k", SITE)
            assert isinstance(answer, Refusal)
            assert set(answer.fields) == {"email"}


async def test_a_member_who_opens_an_invitation_keeps_the_grade_they_have() -> None:
    async with running("members_again") as p:
        await invited(p, "me@example.com", Grade.VIEWER)
        token = await link_of(p, "me@example.com")
        assert code_of(await invitation.accept(p.services, OWNER, token)) is Code.EXISTS
        assert (await grades(p, BUYER))[10] is Grade.OWNER
        assert len(await kept.invitations(p.services.pool, BUYER)) == 1


async def test_the_letter_speaks_the_language_of_whoever_invites() -> None:
    async with running("members_letter") as p:
        supplier = By(ACTORS["supplier"], True)
        await invitation.invite(p.services, supplier, 7, "a@example.com", Grade.FINANCE, "1", SITE)
        operator = By(ACTORS["operator"], True)
        await invitation.invite(p.services, operator, 0, "b@example.com", Grade.OWNER, "1", SITE)
        rows = await p.services.pool.fetch("SELECT subject, body FROM letter ORDER BY id")
        assert rows[0]["subject"] == "Lin Wei 邀请您加入 Tradehold 上的 Ningbo Brightwear"
        assert "“财务”" in rows[0]["body"]
        assert rows[1]["subject"] == "Mara Keller invites you to the operators of this platform on Tradehold"


async def test_what_happened_is_written_down() -> None:
    async with running("members_log") as p:
        await invited(p, "a@example.com")
        token = await link_of(p, "a@example.com")
        await invitation.accept(p.services, by(12, OTHER_BUYER), token)
        await membership.set_grade(p.services, OWNER, BUYER, 12, Grade.VIEWER)
        await membership.remove(p.services, OWNER, BUYER, 12)
        found = await kept.history(p.services.pool, BUYER, membership.KINDS)
        assert [(one.what, one.who) for one in found] == [
            ("removed", "Ana Ortiz"), ("grade_changed", "Ana Ortiz"), ("joined", "Jonas Petersen"),
            ("invited", "Ana Ortiz"),
        ]  # fmt: skip
