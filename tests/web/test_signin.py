"""The front door as people meet it: every way in and back in, and what no visitor may learn or break."""

import re
import secrets

import pytest

from tests.web.door import (
    PASSWORD,
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
from tests.web.pages import HOST, browsing, form, forms, words
from tradehold.engine import factors
from tradehold.engine.access import COOKIE
from tradehold.store import credentials
from tradehold.web.signin import one_time_link

NAME = __name__


# --- signing in


async def test_a_password_opens_the_door_and_leads_where_one_wanted_to_go() -> None:
    async with at_the_door(NAME) as p, visiting(p) as client:
        who = await someone(p)
        sent_away = await client.get("/trades?stage=open")
        assert sent_away.headers["location"] == "/sign-in?next=%2Ftrades%3Fstage%3Dopen"
        page = await client.get(sent_away.headers["location"])
        sent = form(page.text, "/sign-in") | {"email": who.email, "password": PASSWORD}
        entered = await client.post("/sign-in", data=sent)
        assert (entered.status_code, entered.headers["location"]) == (303, "/trades?stage=open")
        for cookie in entered.headers.get_list("set-cookie"):
            assert "HttpOnly" in cookie
            assert "Path=/" in cookie
            assert "domain" not in cookie.lower()
        assert await signed_in(client)
        assert await logged(p, who) == ["signed_in"]


async def test_nobody_learns_whether_an_e_mail_is_known() -> None:
    async with at_the_door(NAME) as p:
        who = await someone(p)
        for path in ("/sign-in", "/forgot", "/sign-up"):
            answers = []
            for email in (who.email, f"{secrets.token_hex(6)}@example.com"):
                async with visiting(p) as client:
                    page = (await client.get(path)).text
                    sent = form(page, path) | {"email": email, "password": "x" * 12, "name": "Wu Min"}
                    answer = await client.post(path, data=sent)
                    answers.append((answer.status_code, answer.text.replace(email, "")))
            assert answers[0] == answers[1], path


@pytest.mark.parametrize(
    "to", ["//elsewhere.test/", "https://elsewhere.test", "/\\elsewhere.test", "javascript:1"]
)
async def test_nobody_is_led_elsewhere(to: str) -> None:
    async with at_the_door(NAME) as p, visiting(p) as client:
        who = await someone(p)
        page = await client.get("/sign-in", params={"next": to})
        sent = form(page.text, "/sign-in") | {"email": who.email, "password": PASSWORD, "next": to}
        assert (await client.post("/sign-in", data=sent)).headers["location"] == "/"


async def test_after_the_password_the_second_factor_and_until_then_no_session() -> None:
    async with at_the_door(NAME) as p, visiting(p) as client:
        who = await someone(p)
        secret = await with_totp(p, who)
        half = await sign_in(client, who.email)
        assert half.headers["location"] == "/second"
        assert COOKIE not in client.cookies
        assert not await signed_in(client)
        page = (await client.get("/second")).text
        wrong = await client.post("/second", data=form(page, "/second") | {"code": "000000"})
        assert wrong.status_code == 422
        assert "This does not count" in wrong.text
        right = await client.post("/second", data=form(page, "/second") | {"code": code_of(secret)})
        assert right.status_code == 303
        assert await signed_in(client)
        async with visiting(p) as other:
            await sign_in(other, who.email)
            again = await other.post("/second", data={"code": code_of(secret)})
            assert again.status_code == 422  # the code has been used


async def test_a_recovery_code_stands_in_for_a_lost_phone() -> None:
    async with at_the_door(NAME) as p, visiting(p) as client:
        who = await someone(p)
        await with_totp(p, who)
        [code, *_] = await factors.new_codes(p.services.pool, p.services.door, who.id)
        await sign_in(client, who.email)
        assert (await client.post("/second", data={"code": code})).status_code == 303
        assert await signed_in(client)


async def test_whoever_guesses_waits_and_is_told_how_long() -> None:
    async with at_the_door(NAME) as p, visiting(p, "203.0.113.5") as client:
        who = await someone(p)
        answers = [await sign_in(client, who.email, f"wrong guess {n}") for n in range(8)]
        assert [one.status_code for one in answers] == [422] * 6 + [429] * 2
        assert "Too many tries: wait" in words(answers[-1].text)
        assert who.email in answers[-1].text
        assert "wrong guess" not in answers[-1].text


async def test_a_new_device_is_told_of_and_a_known_one_is_not() -> None:
    async with at_the_door(NAME) as p:
        who = await someone(p)
        async with visiting(p) as known:
            for _ in range(2):
                await sign_in(known, who.email)
        assert await letters(p, who.email) == []
        async with visiting(p, "203.0.113.9") as new:
            await sign_in(new, who.email)
        [(subject, body)] = await letters(p, who.email)
    assert subject == "A new device signed in to Tradehold"
    assert "203.0.113.9" in body


async def test_without_a_demo_no_link_signs_anybody_in() -> None:
    async with at_the_door(NAME) as p, visiting(p) as client:
        link = await one_time_link(p.services.pool, 10)
        assert (await client.get(link)).status_code == 403
        assert (await client.post(link)).status_code == 403
        assert COOKIE not in client.cookies
        assert "Sign in as" not in (await client.get("/sign-in")).text


# --- registering, and getting back in


async def test_registering_goes_through_the_mail_and_ends_signed_in() -> None:
    async with at_the_door(NAME) as p, visiting(p) as client:
        email = f"{secrets.token_hex(6)}@example.com"
        page = (await client.get("/sign-up")).text
        sent = form(page, "/sign-up") | {"email": email, "name": "  Wu   Min ", "zone": "Asia/Shanghai"}
        answer = await client.post("/sign-up", data=sent | {"language": "zh"})
        assert "Look into your mail" in answer.text
        link = await link_to(p, email)
        assert (await letters(p, email))[0][0] == "您在 Tradehold 的注册"
        assert await credentials.account_by_email(p.services.pool, email) is None
        for _ in range(2):  # a program that looks at mail opens it first
            assert (await client.get(link)).status_code == 200
        weak = await client.post(link, data={"password": "password1234"})
        assert weak.status_code == 422
        assert "guessed first" in weak.text
        assert (await client.post(link, data={"password": PASSWORD})).status_code == 303
        assert await signed_in(client)
        made = await credentials.account_by_email(p.services.pool, email)
        assert (await client.get(link)).status_code == 403
        home = await client.get("/")
    assert made is not None
    assert (made.name, made.language, made.zone) == ("Wu Min", "zh", "Asia/Shanghai")
    assert home.headers["location"] == "/companies"  # of no company yet


async def test_whoever_registers_twice_is_told_by_mail_alone() -> None:
    async with at_the_door(NAME) as p, visiting(p) as client:
        who = await someone(p)
        page = (await client.get("/sign-up")).text
        sent = form(page, "/sign-up") | {"email": who.email, "name": "<b>Visit evil.test</b>"}
        assert (await client.post("/sign-up", data=sent)).status_code == 200
        [(subject, body)] = await letters(p, who.email)
    assert subject == "You are registered at Tradehold already"
    assert "evil" not in body
    assert "/choose/" not in body


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("email", "no at sign", "Give an e-mail address"),
        ("email", "a@b", "Give an e-mail address"),
        ("email", "a@example.com\r\nBcc: b@example.com", "Give an e-mail address"),
        ("email", "a" * 300 + "@example.com", "Give an e-mail address"),
        ("name", "", "This must not be empty"),
        ("name", "x" * 121, "longer than 120"),
        ("zone", "Mars/Base", "Choose one of the list"),
        ("language", "xx", "Choose one of the list"),
    ],
)
async def test_what_cannot_be_meant_is_said_beside_its_field(field: str, typed: str, said: str) -> None:
    async with at_the_door(NAME) as p, visiting(p) as client:
        page = (await client.get("/sign-up")).text
        sent = form(page, "/sign-up") | {"email": "wu@example.com", "name": "Wu Min"} | {field: typed}
        answer = await client.post("/sign-up", data=sent)
    assert answer.status_code == 422
    assert re.search(rf'id="{field}-error">.*{said}', answer.text)
    assert "Wu Min" in answer.text or field == "name"


async def test_a_new_password_by_mail_keeps_the_second_factor_and_ends_other_sessions() -> None:
    async with at_the_door(NAME) as p, visiting(p) as lost, visiting(p) as other:
        who = await someone(p)
        await sign_in(other, who.email)
        assert await signed_in(other)
        secret = await with_totp(p, who)
        await lost.post("/forgot", data={"email": who.email.upper()})
        link = await link_to(p, who.email)
        changed = await lost.post(link, data={"password": "eleven boats and a bell"})
        assert changed.headers["location"] == "/second"
        assert not await signed_in(lost)
        assert not await signed_in(other)
        assert (await lost.post("/second", data={"code": code_of(secret)})).status_code == 303
        assert await signed_in(lost)
        assert (await sign_in(other, who.email)).status_code == 422
        subjects = [subject for subject, _ in await letters(p, who.email)]
        log = await logged(p, who)
    assert subjects[:2] == ["A new password for Tradehold", "Your password for Tradehold was changed"]
    assert log[:2] == ["signed_in", "reset"]


async def test_asking_again_within_minutes_is_one_letter() -> None:
    async with at_the_door(NAME) as p, visiting(p, "203.0.113.77") as client:
        who = await someone(p)
        answers = [await client.post("/forgot", data={"email": who.email}) for _ in range(14)]
        assert 1 <= len(await letters(p, who.email)) <= 2
    assert [one.status_code for one in answers[:10]] == [200] * 10
    assert answers[-1].status_code == 422
    assert "Too many tries" in words(answers[-1].text)


async def test_letters_never_name_a_host_that_a_request_made_up() -> None:
    async with at_the_door(NAME, url="") as p, visiting(p) as client:
        who = await someone(p)
        for host in ("evil.test", "tradehold.test"):
            answer = await client.post("/forgot", data={"email": who.email}, headers={"host": host})
            assert answer.status_code == 503
            assert "does not know its own address" in answer.text
        here = await client.post("/forgot", data={"email": who.email}, headers={"host": "localhost:8470"})
        assert here.status_code == 200
        [(_, body)] = await letters(p, who.email)
    assert "http://localhost:8470/choose/" in body


# --- what no visitor can break

HOSTILE = {
    "script": "<script>alert(1)</script>{{ 7 * 7 }}",
    "right to left": "\u202egnitnuoc\u202c\u0301\u0301\u0301\u0301",
    "nul": "a\x00b\x00@example.com",
    "long": "x" * 50_000,
    "surrogate": "\ud83d".encode("utf-8", "surrogatepass").decode("latin-1"),
}
TYPES = ("application/json", "text/plain", "")
PATHS = ("/sign-in", "/sign-up", "/forgot", "/second", "/choose/x", "/confirm-email/x", "/passkey")
FIELDS = ("email", "password", "name", "language", "zone", "code", "asked", "answer", "next")


@pytest.mark.parametrize("kind", HOSTILE)
async def test_hostile_text_is_only_text(kind: str) -> None:
    text = HOSTILE[kind]
    async with at_the_door(NAME) as p, visiting(p) as client:
        for path in PATHS:
            answer = await client.post(path, data=dict.fromkeys(FIELDS, text))
            assert answer.status_code in (200, 303, 403, 422, 429), path
            assert "<script>alert" not in answer.text
            assert "49" not in answer.text or kind != "script"
        for path in ("/sign-in", "/step-up", "/second", "/oidc/callback"):
            found = await client.get(
                path, params={"next": text[:2000], "form": text[:2000], "state": text[:2000]}
            )
            assert found.status_code < 500


async def test_hostile_text_about_oneself_is_only_text() -> None:
    async with at_the_door(NAME) as p, visiting(p) as client:
        await sign_in(client, (await someone(p)).email)
        token = form((await client.get("/security")).text, "/sign-out")
        changes = [
            "password", "email", "add-passkey", "remove-passkey", "confirm-authenticator", "codes",
            "end-device", "nothing",
        ]  # fmt: skip
        for text in HOSTILE.values():
            fields = dict.fromkeys((*FIELDS, "passkey", "device", "ticket", "mail"), text)
            for path in [*(f"/security/{one}" for one in changes), "/settings", "/step-up"]:
                answer = await client.post(path, data=fields | token)
                assert answer.status_code in (200, 303, 404, 422, 429), (path, answer.text[-500:])
                assert "<script>alert" not in answer.text
        assert await signed_in(client)


@pytest.mark.parametrize("path", PATHS)
async def test_ten_megabytes_and_wrong_types_leave_the_pages_intact(path: str) -> None:
    async with at_the_door(NAME) as p, visiting(p) as client:
        big = await client.post(path, data={"email": "x" * 10_000_000})
        assert big.status_code == (403 if "confirm" in path else 413)
        for kind in (
            "application/json",
            "text/plain",
            "multipart/form-data",
            "multipart/form-data; boundary=x",
        ):
            answer = await client.post(path, content=b'{"email": "a"', headers={"content-type": kind})
            assert answer.status_code in (303, 400, 403, 422, 429), (kind, answer.status_code)
        assert (await client.get("/sign-in")).status_code == 200


@pytest.mark.parametrize(
    "answer",
    ["", "{}", "[]", "null", '{"rawId": 7}', '{"rawId": "YQ"}', '{"rawId": "é"}', "x" * 5000,
     '{"id":"YQ","rawId":"YQ","response":{}}'],
)  # fmt: skip
async def test_what_is_no_passkey_opens_nothing(answer: str) -> None:
    async with at_the_door(NAME) as p, visiting(p) as client:
        asked = (await client.post("/passkey/options")).json()
        assert asked["options"]["rpId"] == "tradehold.test"
        assert asked["options"]["userVerification"] == "required"
        tried = await client.post("/passkey", data={"asked": asked["token"], "answer": answer})
        assert tried.status_code == 422
        await sign_in(client, (await someone(p)).email)
        token = form((await client.get("/security")).text, "/sign-out")
        asked = (await client.post("/security/passkey/options", data=token)).json()
        assert asked["options"]["authenticatorSelection"]["residentKey"] == "required"
        sent = token | {"asked": asked["token"], "answer": answer, "name": "phone"}
        assert (await client.post("/security/add-passkey", data=sent)).status_code == 422


async def test_every_form_of_the_door_works_without_a_script() -> None:
    async with at_the_door(NAME) as p, visiting(p) as client:
        for path in ("/sign-in", "/sign-up", "/forgot"):
            page = (await client.get(path)).text
            assert any(action == path for action, _ in forms(page))
            for scripted in re.findall(r"<form[^>]*data-passkey[^>]*>", page):
                assert " hidden>" in scripted
            assert not re.search(r"<script(?! src=)", page)


async def test_a_demos_people_come_in_by_links_and_nobody_needs_a_password() -> None:
    async with at_the_door(NAME) as p, browsing(p, "buyer") as client:
        assert (await client.get("/security")).status_code == 200
        assert HOST in str(client.base_url)
