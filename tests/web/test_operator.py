"""The first operators of a real platform come in by a link, with a second factor."""

import secrets

import pytest

from tests.web.door import HOST, PASSWORD, account, at_the_door, letters, visiting
from tradehold.domain.command import Grade
from tradehold.engine.door import SettingsError
from tradehold.store import credentials
from tradehold.web.signup import invite_operator

NAME = __name__


async def test_an_operator_chooses_a_password_by_link_and_lands_where_the_second_factor_is_enrolled() -> None:
    async with at_the_door(NAME) as p, visiting(p) as client:
        email, pool = f"{secrets.token_hex(6)}@example.com", p.services.pool
        link = await invite_operator(pool, HOST, "Mara Keller", email, Grade.FINANCE)
        [(subject, body)] = await letters(p, email)
        entered = await client.post(link, data={"password": PASSWORD})
        assert entered.headers["location"] == "/security"
        assert (await client.get("/money")).headers["location"] == "/security?first=yes"
        again = await invite_operator(pool, HOST, "Mara Keller", email, Grade.OWNER)
        found = await credentials.account_by_email(pool, email)
        assert found is not None
        grade = await pool.fetchval("SELECT grade FROM membership WHERE person_id = $1", found.id)
        assert (await account(p, found.id)).operates
    assert subject == "You are an operator of Tradehold"
    assert link in body
    assert (again, grade) == ("", "owner")


@pytest.mark.parametrize(
    ("name", "email"), [("", "a@example.com"), ("Mara", "nowhere"), ("x" * 200, "a@example.com")]
)
async def test_whoever_cannot_be_meant_is_not_invited(name: str, email: str) -> None:
    async with at_the_door(NAME) as p:
        with pytest.raises(SettingsError):
            await invite_operator(p.services.pool, HOST, name, email, Grade.OWNER)
