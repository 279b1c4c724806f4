"""Companies, members, invitations and keys as people meet them on the pages, without a script."""

import re
from typing import Any

import httpx
import pytest

from tests.engine.test_membership import hire
from tests.platform import BUYER, Running
from tests.web.door import at_the_door
from tests.web.pages import HOST, browsing, form, forms, words
from tradehold.domain.command import Grade
from tradehold.engine.access import COOKIE, wall
from tradehold.store import keys, membership, people, views

NAME = __name__
HOSTILE = "<script>alert(1)</script> شركة \u202egnitnuoc {{ 7 * 7 }} ' \" &"
COMPANY = {
    "name": "Weber Werkzeuge GmbH", "country": "DE", "registration": "Hamburg HRB 1482",
    "address": "Speicherstraße 12", "language": "en", "zone": "Europe/Berlin", "owners.0.name": "Anna Weber",
    "owners.0.born": "1971-03-02", "owners.0.nationality": "DE", "owners.0.share": "60",
}  # fmt: skip


async def signed_in(p: Running, person: int, company: int = -1, fresh: bool = True) -> str:
    begun = people.Begun(fresh=people.SESSION if fresh else people.Begun().fresh, company=company)
    return await people.begin_session(p.services.pool, person, wall(), begun=begun)


def use(client: httpx.AsyncClient, token: str) -> None:
    client.cookies.clear()
    client.cookies.set(COOKIE, token)
    client.cookies.set("th_language", "en")


async def stranger(p: Running, person: int) -> str:
    """The session of somebody who belongs to no company."""
    await p.services.pool.execute(
        "INSERT INTO person (id, name, language, zone, email) VALUES ($1, 'Nora New', 'en', 'UTC', '') "
        "ON CONFLICT DO NOTHING", person,
    )  # fmt: skip
    return await signed_in(p, person)


async def send(client: httpx.AsyncClient, page: str, address: str, /, **changed: str) -> httpx.Response:
    """Fills in the form on `page` whose address contains `address`, and sends it there."""
    text = (await client.get(page)).text
    where = next(action for action, _ in forms(text) if address in action)
    answer = await client.post(where, data=form(text, address) | changed)
    if COOKIE in answer.headers.get("set-cookie", ""):
        use(client, answer.headers["set-cookie"].partition("=")[2].partition(";")[0])
    return answer


def at(answer: httpx.Response) -> Any:
    return answer.status_code, answer.headers.get("location")


async def test_somebody_without_a_company_registers_one_and_acts_for_it() -> None:
    async with at_the_door(NAME) as p, browsing(p) as client:
        before = await stranger(p, 70)
        use(client, before)
        assert at(await client.get("/trades")) == (303, "/companies")
        page = words((await client.get("/companies")).text)
        assert "Register a company" in page
        assert "Accept an invitation" in page
        answer = await send(client, "/companies/new", "/companies/new", **COMPANY)
        assert at(answer) == (303, "/trades")
        assert client.cookies[COOKIE] != before  # under a token that nobody has seen
        assert "Weber Werkzeuge GmbH" in (await client.get("/trades")).text
        use(client, before)
        assert at(await client.get("/trades")) == (303, "/sign-in")


async def test_the_same_form_sent_twice_registers_one_company() -> None:
    async with at_the_door(NAME) as p, browsing(p) as client:
        use(client, await stranger(p, 71))
        text = (await client.get("/companies/new")).text
        sent = form(text, "/companies/new") | COMPANY
        first = await client.post("/companies/new", data=sent)
        use(client, first.headers["set-cookie"].partition("=")[2].partition(";")[0])
        csrf = form((await client.get("/companies")).text, "/sign-out")["csrf"]
        again = await client.post("/companies/new", data=sent | {"csrf": csrf, "name": "Weber"})
        assert at(again) == (303, "/trades")
        assert len(await membership.of_person(p.services.pool, 71)) == 1


async def test_owners_are_as_many_rows_as_one_needs_and_what_is_wrong_stands_beside_its_field() -> None:
    async with at_the_door(NAME) as p, browsing(p) as client:
        use(client, await stranger(p, 72))
        more = await send(client, "/companies/new", "/companies/new", **COMPANY, more="owner")
        assert more.status_code == 200
        sent = form(more.text, "/companies/new")
        assert sent["owners.0.name"] == "Anna Weber"
        assert "owners.1.name" in sent
        sent |= {"owners.1.name": "Ben", "owners.1.share": "50", "zone": "Moon", "name": ""}
        answer = await client.post("/companies/new", data=sent)
        assert answer.status_code == 422
        for field in ("name", "zone", "owners.1.born", "owners.0.share"):
            assert f'id="{field}-error"' in answer.text, field
        assert "The shares add up to more than 100 %." in answer.text
        sent |= {"owners.1.name": "", "owners.1.share": "", "owners.1.born": "", "unowned": "yes"}
        answer = await client.post("/companies/new", data=sent | {"zone": "UTC", "name": "Weber"})
        assert answer.status_code == 422
        assert 'id="unowned-error"' in answer.text


async def test_the_registration_number_is_called_what_the_country_calls_it() -> None:
    async with at_the_door(NAME) as p, browsing(p, "buyer", "en") as client:
        assert "Unified Social Credit Code" in words((await client.get("/companies/new")).text)
        field = await client.get("/companies/new/number", params={"country": "CN"})
        assert "In this country: Unified Social Credit Code." in field.text
        assert "<html" not in field.text
        field = await client.get("/companies/new/number", params={"country": HOSTILE})
        assert (field.status_code, "<script>" in field.text) == (200, False)


async def test_a_held_company_shows_one_page_and_lets_nothing_be_done() -> None:
    async with at_the_door(NAME) as p, browsing(p) as client:
        use(client, await stranger(p, 73))
        await send(client, "/companies/new", "/companies/new", **COMPANY)
        [mine] = await membership.of_person(p.services.pool, 73)
        for stage, said in (("held", "Being checked"), ("excluded", "Not admitted")):
            await p.services.pool.execute(
                "UPDATE machine SET stage = $1 WHERE supplier_id = $2 AND kind = 'company'",
                stage, mine.company,
            )  # fmt: skip
            for path in ("/trades", "/trades/new", f"/companies/{mine.company}/members",
                         f"/companies/{mine.company}/keys", f"/companies/{mine.company}"):  # fmt: skip
                assert at(await client.get(path)) == (303, "/companies/held"), path
            page = await client.get("/companies/held")
            assert said in page.text
            sent = {"csrf": form(page.text, "/sign-out")["csrf"], "key": "k" * 12, "email": "a@example.com"}
            refused = await client.post(f"/companies/{mine.company}/invitations", data=sent)
            assert at(refused) == (303, "/companies/held")
        await p.services.pool.execute(
            "UPDATE machine SET stage = 'active' WHERE supplier_id = $1 AND kind = 'company'", mine.company
        )
        assert (await client.get("/trades")).status_code == 200
        assert at(await client.get("/companies/held")) == (303, "/companies")


async def test_somebody_is_invited_by_letter_and_joins_with_whatever_account() -> None:
    async with at_the_door("web_invited") as p, browsing(p, "buyer", "en") as client:
        path = f"/companies/{BUYER}/members"
        answer = await send(client, path, "/invitations", email="lin@example.com", grade="trader")
        assert at(answer) == (303, f"{path}?done=invited")
        assert "lin@example.com" in (await client.get(path)).text
        body = await p.services.pool.fetchval("SELECT body FROM letter")
        found = re.search(rf"{HOST}/invitations/(\S+)", body)
        assert found
        where = f"/invitations/{found[1]}"
        client.cookies.clear()
        page = (await client.get(where)).text
        assert f"/sign-up?next=%2Finvitations%2F{found[1]}" in page
        assert (await client.post(where)).headers["location"] == "/sign-in"
        use(client, await stranger(p, 74))
        assert "you are signed in with another address" in (await client.get(where)).text
        pasted = await client.get("/invitations", params={"address": f" {HOST}{where}/ "})
        assert at(pasted) == (303, where)
        assert at(await send(client, where, where)) == (303, "/trades")
        assert "Harbour Kids Ltd" in (await client.get("/trades")).text
        for token in (found[1], "x", "\u202e", "x" * 3000):
            closed = await client.get(f"/invitations/{token}")
            assert closed.status_code == 404
            assert "This invitation is not open any more" in closed.text


async def test_invitations_are_sent_again_and_withdrawn() -> None:
    async with at_the_door("web_invitations") as p, browsing(p, "buyer", "en") as client:
        path = f"/companies/{BUYER}/members"
        await send(client, path, "/invitations", email="a@example.com", grade="viewer")
        [one] = await membership.invitations(p.services.pool, BUYER)
        again = await send(client, path, f"/invitations/{one.id}", do="renew")
        assert at(again) == (303, f"{path}?done=renewed")
        gone = await send(client, path, f"/invitations/{one.id}", do="withdraw")
        assert at(gone) == (303, f"{path}?done=withdrawn")
        assert await membership.invitations(p.services.pool, BUYER) == []
        assert "Withdrew an invitation" in (await client.get(path)).text


async def test_owners_change_roles_and_remove_members_whose_pages_close_at_once() -> None:
    async with at_the_door("web_roles") as p, browsing(p, "buyer", "en") as client, browsing(p) as other:
        await hire(p, 75, Grade.TRADER)
        use(other, await signed_in(p, 75))
        assert (await other.get("/trades")).status_code == 200
        path = f"/companies/{BUYER}/members"
        seen = (await other.get(path)).text
        assert [
            action for action, _ in forms(seen) if "/members/" in action or "/invitations" in action
        ] == []
        assert at(await send(client, path, "/members/75", grade="viewer")) == (303, f"{path}?done=changed")
        assert (await other.get("/trades/new")).status_code == 403
        assert at(await send(client, path, "/members/75", do="remove")) == (303, f"{path}?done=removed")
        assert at(await other.get("/trades")) == (303, "/companies")
        csrf = form((await client.get(path)).text, "/sign-out")["csrf"]
        last = await client.post(f"{path}/10", data={"csrf": csrf, "do": "remove"})
        assert last.status_code == 422
        assert "Every company has an owner" in last.text


async def test_what_takes_a_second_factor_is_refused_without_one_and_says_so() -> None:
    async with at_the_door("web_stale") as p, browsing(p) as client:
        use(client, await signed_in(p, 10, fresh=False))
        path = f"/companies/{BUYER}"
        for page, address, sent in (
            (f"{path}/members", "/invitations", {"email": "a@example.com", "grade": "viewer"}),
            (f"{path}/keys", "/keys", {"name": "Shop"}),
        ):
            answer = await send(client, page, address, **sent)
            assert answer.status_code == 422
            assert "second factor" in words(answer.text)
        assert await membership.invitations(p.services.pool, BUYER) == []
        assert await keys.listed(p.services.pool, BUYER) == []


async def test_one_person_switches_between_companies_in_the_menu_and_leaves_one() -> None:
    async with at_the_door("web_switch") as p, browsing(p, "buyer", "en") as client:
        await hire(p, 10, Grade.VIEWER, 3)
        before = client.cookies[COOKIE]
        use(client, before)
        assert at(await send(client, "/trades", "/act-for/3")) == (303, "/trades")
        assert client.cookies[COOKIE] != before
        assert "Company no. 3" in words((await client.get("/trades")).text)
        csrf = form((await client.get("/trades")).text, "/sign-out")["csrf"]
        assert (await client.post("/act-for/7", data={"csrf": csrf})).status_code == 404
        assert (await client.post("/act-for/3", data={"csrf": "x"})).status_code == 403
        refused = await send(client, "/companies", f"/companies/{BUYER}/leave")
        assert refused.status_code == 422
        assert at(await send(client, "/companies", "/companies/3/leave")) == (303, "/companies")
        assert at(await client.get("/trades")) == (303, "/companies")
        p.tokens["buyer"] = client.cookies[COOKIE]


async def test_a_key_is_shown_on_one_page_once_and_revoked() -> None:
    async with at_the_door("web_keys") as p, browsing(p, "buyer", "en") as client:
        path = f"/companies/{BUYER}/keys"
        text = (await client.get(path)).text
        sent = form(text, "/keys") | {"name": "Shop", "scope": "trade", "days": "90"}
        made = await client.post(path, data=sent)
        assert made.status_code == 200
        found = re.search(r"thk_\w{8}_\w{32}", made.text)
        assert found
        again = await client.post(path, data=sent)
        assert found[0] not in again.text
        assert "was made and shown before" in again.text
        assert found[0] not in (await client.get(path)).text
        [key] = await keys.listed(p.services.pool, BUYER)
        assert at(await send(client, path, f"/keys/{key.id}")) == (303, path)
        assert "revoked" in (await client.get(path)).text


async def test_the_profile_is_changed_by_an_owner_and_read_by_all() -> None:
    async with at_the_door("web_profile") as p, browsing(p, "buyer", "en") as client:
        path = f"/companies/{BUYER}/profile"
        answer = await send(client, path, "/profile", address="2 Harbour Road", zone="Europe/Berlin")
        assert at(answer) == (303, f"{path}?saved")
        found = (await views.companies(p.services.pool, [BUYER]))[BUYER]
        assert (found.address, found.zone, found.name) == (
            "2 Harbour Road",
            "Europe/Berlin",
            "Harbour Kids Ltd",
        )
        wrong = await send(client, path, "/profile", address="")
        assert wrong.status_code == 422
        assert 'id="address-error"' in wrong.text
        await hire(p, 76, Grade.VIEWER)
        use(client, await signed_in(p, 76))
        assert "/profile" not in str([action for action, _ in forms((await client.get(path)).text)])


FORMS = (
    ("/companies/new", "/companies/new", ("name", "registration", "address", "owners.0.name")),
    (f"/companies/{BUYER}/members", "/invitations", ("email",)),
    (f"/companies/{BUYER}/keys", "/keys", ("name",)),
    (f"/companies/{BUYER}/profile", "/profile", ("address", "zone", "language")),
)


@pytest.mark.parametrize(("page", "address", "fields"), FORMS)
async def test_no_form_is_hurt_by_what_is_typed(page: str, address: str, fields: tuple[str, ...]) -> None:
    async with at_the_door("web_hostile") as p, browsing(p, "buyer", "en") as client:
        for field in fields:
            hostile = await send(client, page, address, **{field: HOSTILE, "grade": "viewer"})
            assert hostile.status_code in (200, 303, 422), field
            shown = (await client.get(page)).text + hostile.text
            assert "<script>alert" not in shown
            large = await send(client, page, address, **{field: "x" * 10_000_000})
            assert large.status_code == 413, field
            long = await send(client, page, address, **{field: "x" * 5000, "grade": "viewer"})
            assert long.status_code == 422, field


async def test_another_companys_pages_do_not_exist_and_an_operator_only_looks() -> None:
    async with at_the_door("web_foreign") as p:
        async with browsing(p, "supplier", "en") as client:
            for page in ("members", "keys", "profile"):
                assert (await client.get(f"/companies/{BUYER}/{page}")).status_code == 404
        async with browsing(p, "operator", "en") as client:
            for page in ("members", "keys", "profile"):
                text = (await client.get(f"/companies/{BUYER}/{page}")).text
                assert [action for action, _ in forms(text) if f"/{BUYER}/" in action] == []
            own = (await client.get("/companies/0/members")).text
            assert any("/companies/0/invitations" in action for action, _ in forms(own))
