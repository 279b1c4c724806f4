"""One's own security and settings, and the second factor that is shown before money moves."""

import re
import secrets
from datetime import timedelta

import httpx

from tests.platform import SUPPLIER, Running
from tests.web.door import (
    PASSWORD,
    account,
    at_the_door,
    code_of,
    letters,
    link_to,
    logged,
    sign_in,
    signed_in,
    someone,
    visiting,
    with_totp,
)
from tests.web.pages import form
from tradehold.domain.command import Grade
from tradehold.domain.identity import company_ref
from tradehold.engine.access import COOKIE, wall
from tradehold.store import credentials, people, views
from tradehold.store.credentials import Account, Passkey

NAME = __name__


async def _long_ago(p: Running, who: Account) -> None:
    """The second factor does not count as fresh any more."""
    sql = "UPDATE session SET fresh_until = now() - interval '1 second' WHERE person_id = $1"
    await p.services.pool.execute(sql, who.id)


async def _authenticator(client: httpx.AsyncClient) -> tuple[str, httpx.Response]:
    """Sets one up as a person does, and returns its secret and the page that follows."""
    page = (await client.get("/security")).text
    setup = (await client.post("/security/begin-authenticator", data=form(page, "begin-auth"))).text
    found = re.search(r'class="secret">([A-Z2-7 ]+)<', setup)
    assert found
    assert "<svg" in setup
    assert "style=" not in setup
    secret = found[1].replace(" ", "")
    wrong = await client.post(
        "/security/confirm-authenticator", data=form(setup, "confirm-auth") | {"code": "000000"}
    )
    assert wrong.status_code == 422
    sent = form(wrong.text, "confirm-auth") | {"code": code_of(secret)}
    return secret, await client.post("/security/confirm-authenticator", data=sent)


async def test_an_authenticator_is_set_up_with_recovery_codes_shown_once() -> None:
    async with at_the_door(NAME) as p, visiting(p) as client:
        who = await someone(p)
        await sign_in(client, who.email)
        old = client.cookies[COOKIE]
        secret, page = await _authenticator(client)
        codes = re.findall(r"<code>([0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4})</code>", page.text)
        assert client.cookies[COOKIE] != old
        again = (await client.get("/security")).text
        now = await account(p, who.id)
        log = await logged(p, who)
        assert (await letters(p, who.email))[-1][0] == "Your second factor for Tradehold was changed"
        async with visiting(p) as new:
            await sign_in(new, who.email)
            assert (await new.post("/second", data={"code": code_of(secret)})).status_code == 422
            assert (await new.post("/second", data={"code": codes[0]})).status_code == 303
    assert len(codes) == 10
    assert codes[0] not in again
    assert now.secured
    assert secret not in now.totp
    assert log == ["signed_in", "totp_on", "recovery_codes_made", "step_up"]


async def test_without_a_fresh_second_factor_nothing_changes() -> None:
    async with at_the_door(NAME) as p, visiting(p) as client:
        who = await someone(p)
        secret = await with_totp(p, who)
        await sign_in(client, who.email)
        await client.post("/second", data={"code": code_of(secret, later=-1)})
        await _long_ago(p, who)
        page = (await client.get("/security")).text
        token = form(page, "/sign-out")
        assert "show your second factor" in page
        changes = (
            "password", "email", "add-passkey", "remove-passkey", "begin-authenticator",
            "confirm-authenticator", "remove-authenticator", "codes",
        )  # fmt: skip
        for change in changes:
            assert f'action="/security/{change}"' not in page
            answer = await client.post(f"/security/{change}", data=token)
            assert answer.headers["location"] == "/step-up?next=/security"
        stepped = await client.post("/step-up", data=token | {"code": code_of(secret), "next": "/security"})
        assert stepped.headers["location"] == "/security"
        page = (await client.get("/security")).text
        sent = form(page, "/security/password") | {"password": "eleven boats and a bell"}
        assert (await client.post("/security/password", data=sent)).status_code == 303
        off = await client.post("/security/remove-authenticator", data=form(page, "remove-authenticator"))
        assert off.status_code == 303
        now, log = await account(p, who.id), await logged(p, who)
    assert not now.secured
    assert log[-3:] == ["step_up", "password_changed", "totp_off"]


async def test_an_old_session_without_a_second_factor_gives_the_password_to_change_anything() -> None:
    async with at_the_door(NAME) as p, visiting(p) as client:
        who = await someone(p)
        await sign_in(client, who.email)
        await p.services.pool.execute(
            "UPDATE session SET made_at = made_at - interval '1 hour' WHERE person_id = $1", who.id
        )
        page = (await client.get("/security")).text
        sent = form(page, "begin-authenticator")
        for tried, status in (("wrong wrong", 422), ("", 422), (PASSWORD, 200)):
            answer = await client.post("/security/begin-authenticator", data=sent | {"current": tried})
            assert ('class="secret"' in answer.text, answer.status_code) == (status == 200, status)


async def test_the_e_mail_changes_once_the_new_one_has_answered_and_the_old_one_is_told() -> None:
    async with at_the_door(NAME) as p, visiting(p) as client:
        who, new = await someone(p), f"{secrets.token_hex(6)}@example.com"
        await sign_in(client, who.email)
        page = (await client.get("/security")).text
        answer = await client.post("/security/email", data=form(page, "/security/email") | {"email": new})
        assert "Look into your mail" in answer.text
        assert (await account(p, who.id)).email == who.email
        link = await link_to(p, new)
        assert (await client.get(link)).status_code == 200
        assert (await client.post(link)).status_code == 303
        assert (await client.post(link)).status_code == 403
        told = [subject for subject, _ in await letters(p, who.email)]
        assert (await account(p, who.id)).email == new
    assert told == ["Your e-mail at Tradehold is being changed", "Your e-mail at Tradehold was changed"]


async def test_an_e_mail_that_somebody_has_is_nobody_elses() -> None:
    async with at_the_door(NAME) as p, visiting(p) as client:
        who, other = await someone(p), await someone(p)
        await sign_in(client, who.email)
        page = (await client.get("/security")).text
        sent = form(page, "/security/email") | {"email": other.email.upper()}
        assert "Look into your mail" in (await client.post("/security/email", data=sent)).text
        assert await letters(p, other.email.upper()) == []


async def test_every_device_is_listed_and_signed_out_from_another() -> None:
    async with at_the_door(NAME) as p, visiting(p) as here, visiting(p, "203.0.113.5") as there:
        who = await someone(p)
        there.headers["user-agent"] = "Mozilla/5.0 (iPhone) Safari/604.1 <script>"
        for client in (here, there):
            await sign_in(client, who.email)
        page = (await here.get("/security")).text
        assert "Safari on iPhone" in page
        assert "203.0.113.5" in page
        one = form(page, "/security/end-device")
        assert (await here.post("/security/end-device", data=one)).status_code == 303
        assert (await signed_in(here), await signed_in(there)) == (True, False)
        await sign_in(there, who.email)
        await here.post("/security/end-devices", data=form(page, "/sign-out"))
        assert (await signed_in(here), await signed_in(there)) == (True, False)
        async with visiting(p) as stranger:
            await sign_in(stranger, (await someone(p)).email)
            theirs = (await stranger.get("/security")).text
            await stranger.post(
                "/security/end-device", data=form(theirs, "/sign-out") | {"device": one["device"]}
            )
        assert await signed_in(here)


async def test_personal_settings_are_ones_own() -> None:
    async with at_the_door(NAME) as p, visiting(p) as client:
        who = await someone(p)
        await sign_in(client, who.email)
        sent = form((await client.get("/settings")).text, "/settings")
        sent |= {"name": "Ana <Ortiz>", "language": "zh", "zone": "Europe/Paris"}
        assert (await client.post("/settings", data=sent)).status_code == 422  # a browser sends the radio
        saved = await client.post("/settings", data=sent | {"mail": "daily"})
        assert saved.status_code == 303
        page = (await client.get("/settings")).text
        now = await account(p, who.id)
    assert (now.name, now.language, now.zone, now.mail) == ("Ana <Ortiz>", "zh", "Europe/Paris", "daily")
    assert '<html lang="zh">' in page
    assert "Ana &lt;Ortiz&gt;" in page


async def test_the_last_way_in_stays() -> None:
    async with at_the_door(NAME) as p, visiting(p) as client:
        who, pool, now = await someone(p, password=""), p.services.pool, wall()
        for name in ("phone", "laptop"):
            key = Passkey(secrets.token_bytes(16), who.id, b"-", 0, name, now, None)
            assert await credentials.put_passkey(pool, key)
        begun = people.Begun("passkey", fresh=timedelta(minutes=10))
        client.cookies.set(COOKIE, await people.begin_session(pool, who.id, now, begun=begun))
        statuses = []
        for _ in range(2):
            sent = form((await client.get("/security")).text, "remove-passkey")
            answer = await client.post("/security/remove-passkey", data=sent)
            statuses.append(answer.status_code)
        left = (await account(p, who.id)).passkeys
    assert statuses == [303, 422]
    assert "This is your last way in" in answer.text
    assert left == 1


# --- before money moves


async def _member(p: Running, client: httpx.AsyncClient) -> str:
    """Somebody of the supplier whose second factor was shown long ago: its authenticator's secret."""
    who = await someone(p, company=SUPPLIER)
    secret = await with_totp(p, who)
    await sign_in(client, who.email)
    await client.post("/second", data={"code": code_of(secret, later=-1)})
    await _long_ago(p, who)
    return secret


async def test_a_form_that_moves_money_waits_for_the_second_factor_and_then_goes_on() -> None:
    async with at_the_door(NAME) as p, visiting(p) as client:
        secret = await _member(p, client)
        path, iban = f"/companies/{SUPPLIER}", "CN7700099911122"
        sent = form((await client.get(path)).text, "/accounts") | {"account": iban, "holder": "Ningbo & Co"}
        refused = await client.post(f"{path}/accounts", data=sent)
        assert refused.status_code == 422
        assert iban in refused.text
        [link] = re.findall(r'href="(/step-up\?form=[\w-]+)"', refused.text)
        assert ">Show your second factor</a>" in refused.text
        page = (await client.get(link)).text
        assert "What you typed is kept" in page
        wrong = await client.post("/step-up", data=form(page, "/step-up") | {"code": "000000"})
        assert wrong.status_code == 422
        shown = await client.post("/step-up", data=form(wrong.text, "/step-up") | {"code": code_of(secret)})
        assert shown.status_code == 200
        go_on = form(shown.text, f"{path}/accounts")
        assert go_on["account"] == iban
        for _ in range(2):  # pressed twice
            assert (await client.post(f"{path}/accounts", data=go_on)).status_code == 303
        row = await views.row(p.services.pool, company_ref(SUPPLIER))
    assert row is not None
    assert [one.party.account for one in row.state.accounts].count(iban) == 1


async def test_a_kept_form_is_its_senders_alone() -> None:
    async with at_the_door(NAME) as p, visiting(p) as client, visiting(p) as other:
        await _member(p, client)
        path = f"/companies/{SUPPLIER}"
        sent = form((await client.get(path)).text, "/accounts") | {"account": "CN12", "holder": "x"}
        refused = await client.post(f"{path}/accounts", data=sent)
        [link] = re.findall(r'href="(/step-up\?form=[\w-]+)"', refused.text)
        secret = await _member(p, other)
        page = form((await other.get(link)).text, "/step-up")
        shown = await other.post("/step-up", data=page | {"code": code_of(secret)})
    assert shown.status_code == 303
    assert "CN12" not in shown.text


async def test_whoever_has_no_second_factor_enrols_one_first() -> None:
    async with at_the_door(NAME) as p, visiting(p) as client:
        await sign_in(client, (await someone(p)).email)
        answer = await client.get("/step-up?next=/trades")
        assert answer.headers["location"] == "/security?first=yes"
        assert "A second factor is needed" in (await client.get("/security?first=yes")).text


async def test_an_operator_reaches_nothing_before_a_second_factor_is_enrolled() -> None:
    async with at_the_door(NAME) as p, visiting(p) as client:
        who = await someone(p, company=0, grade=Grade.FINANCE)
        await sign_in(client, who.email)
        for path in ("/money", "/trades", "/approvals"):
            assert (await client.get(path)).headers["location"] == "/security?first=yes"
        await _authenticator(client)
        assert (await client.get("/money")).status_code == 200


async def test_payouts_are_ordered_only_with_a_fresh_second_factor() -> None:
    async with at_the_door(NAME) as p, visiting(p) as client:
        who = await someone(p, company=0)
        secret = await with_totp(p, who)
        await sign_in(client, who.email)
        await client.post("/second", data={"code": code_of(secret, later=-1)})
        await _long_ago(p, who)
        sent = form((await client.get("/money")).text, "/money/payouts")
        refused = await client.post("/money/payouts", data=sent)
        assert refused.status_code == 422
        [link] = re.findall(r'href="(/step-up\?form=[\w-]+)"', refused.text)
        page = form((await client.get(link)).text, "/step-up")
        shown = await client.post("/step-up", data=page | {"code": code_of(secret)})
        assert (await client.post("/money/payouts", data=form(shown.text, "/payouts"))).status_code == 200
