"""Signing in against the real tables: who gets in, who waits, and whom nobody can keep out."""

import asyncio
import os
import secrets
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import pytest
from argon2 import PasswordHasher

from tests.platform import running
from tradehold.engine import factors, signin, tries
from tradehold.engine.door import Devices, Door, SettingsError, secret_of
from tradehold.engine.passwords import Passwords, Weakness, weakness
from tradehold.engine.tries import Browser, Wait, network
from tradehold.settings import settings
from tradehold.store import credentials, people
from tradehold.store.credentials import Account
from tradehold.store.database import Pool

NAME = __name__
NOW = datetime(2027, 1, 4, 9, tzinfo=UTC)
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PASSWORD = "seven lanterns at the quay"
HOME = Browser("198.51.100.7", "Firefox")


def door(**given: object) -> Door:
    return Door(passwords=Passwords(CHEAP), **given)  # type: ignore[arg-type]


async def person(pool: Pool, it: Door, password: str = PASSWORD) -> Account:
    email = f"{secrets.token_hex(6)}@example.com"
    number = await credentials.new_person(pool, "Ana Ortiz", "en", "UTC", email)
    assert number is not None
    await credentials.set_password(pool, number, await it.passwords.hash(password))
    return await account(pool, number)


async def account(pool: Pool, number: int) -> Account:
    found = await credentials.account(pool, number)
    assert found is not None
    return found


# --- tickets


async def test_a_ticket_works_once_for_its_own_purpose_and_while_it_lasts() -> None:
    async with running(NAME) as p:
        pool, lasts = p.services.pool, timedelta(minutes=5)
        token = await signin.begin_ticket(pool, "reset", 7, {"a": 1}, lasts, NOW)
        assert await signin.take_ticket(pool, "choose", token, NOW) is None
        assert await signin.peek_ticket(pool, "reset", token, NOW + lasts) is None
        peeked = await signin.peek_ticket(pool, "reset", token, NOW)
        taken = await asyncio.gather(*(signin.take_ticket(pool, "reset", token, NOW) for _ in range(5)))
    assert peeked is not None
    assert (peeked.person, peeked.data) == (7, '{"a":1}')
    assert [one for one in taken if one] == [peeked]


# --- passwords


async def test_only_the_right_password_opens_and_an_unknown_e_mail_answers_the_same() -> None:
    async with running(NAME) as p:
        pool, it = p.services.pool, door()
        who = await person(pool, it)
        right = await signin.by_password(pool, it, who.email.upper(), PASSWORD, HOME, NOW)
        wrong = await signin.by_password(pool, it, who.email, PASSWORD + "!", HOME, NOW)
        unknown = await signin.by_password(pool, it, "nobody@example.com", PASSWORD, HOME, NOW)
        log = await credentials.logged(pool, who.id)
    assert isinstance(right, Account)
    assert (right.id, wrong, unknown) == (who.id, None, None)
    assert [one.what for one in log] == ["sign_in_failed"]


async def test_a_password_hashed_with_other_costs_is_hashed_anew() -> None:
    async with running(NAME) as p:
        pool, it = p.services.pool, door()
        who = await person(pool, Door(passwords=Passwords(PasswordHasher(1, 16, 1))))
        await signin.by_password(pool, it, who.email, PASSWORD, HOME, NOW)
        after = await account(pool, who.id)
    assert "m=16" in who.password
    assert "m=8," in after.password


@pytest.mark.parametrize(
    ("password", "found"),
    [
        ("eleven char", Weakness.SHORT),
        ("x" * 300, Weakness.LONG),
        ("Password1234", Weakness.COMMON),
        ("  !!iloveyou2027", Weakness.COMMON),
        ("qwertyqwerty", Weakness.COMMON),
        ("aaaaaaaaaaaaaa", Weakness.COMMON),
        ("123456789012", Weakness.COMMON),
        ("Ana.Ortiz.Ana", Weakness.OWN),
        ("ana.ortiz@example.com", Weakness.OWN),
        ("harbour, Ortiz, lamp", None),
        ("seven lanterns", None),
        ("七盏灯笼在码头旁边等着我们", None),
    ],
)
def test_easy_passwords_are_refused_and_nothing_else_is_asked_of_them(
    password: str, found: Weakness | None
) -> None:
    assert weakness(password, "Ana Ortiz", "ana.ortiz@example.com") == found


# --- waits


async def test_a_strangers_thousand_failures_do_not_keep_the_owner_out() -> None:
    async with running(NAME) as p:
        pool, it = p.services.pool, door()
        who = await person(pool, it)
        known = Browser("198.51.100.7", "Firefox", Devices(it, "").with_person(who.id))
        waits = 0
        for n in range(1000):  # from a hundred networks, and from the owner's own
            where = Browser(f"203.0.{n % 100}.9") if n % 5 else HOME
            tried = await signin.by_password(pool, it, who.email, f"guess {n} guess", where, NOW)
            assert not isinstance(tried, Account)
            waits += isinstance(tried, Wait)
        at_home = await signin.by_password(pool, it, who.email, PASSWORD, known, NOW)
        elsewhere, minute = Browser("192.0.2.44", "Safari"), NOW + timedelta(seconds=60)
        first = await signin.by_password(pool, it, who.email, PASSWORD, elsewhere, NOW)
        later = await signin.by_password(pool, it, who.email, PASSWORD, elsewhere, minute)
        other = await person(pool, it)
        untouched = await signin.by_password(pool, it, other.email, PASSWORD, elsewhere, minute)
    assert waits > 900
    assert isinstance(at_home, Account)
    assert isinstance(first, Wait)
    assert first.until <= minute
    assert isinstance(later, Account)
    assert isinstance(untouched, Account)


async def test_waits_grow_and_a_success_ends_them() -> None:
    async with running(NAME) as p:
        pool, it = p.services.pool, door()
        who, now, seen = await person(pool, it), NOW, []
        for _ in range(19):
            tried = await signin.by_password(pool, it, who.email, "wrong wrong wrong", HOME, now)
            if isinstance(tried, Wait):
                seen.append(int((tried.until - now).total_seconds()))
                now = tried.until
        assert isinstance(await signin.by_password(pool, it, who.email, PASSWORD, HOME, now), Account)
        after = [await signin.by_password(pool, it, who.email, "wrong again", HOME, now) for _ in range(5)]
    assert seen == [1, 2, 4, 8, 16, 32, 64]
    assert after == [None] * 5


async def test_many_guesses_at_one_moment_are_all_counted() -> None:
    async with running(NAME) as p:
        pool, it = p.services.pool, door()
        who = await person(pool, it)
        tried = await asyncio.gather(
            *(signin.by_password(pool, it, who.email, f"guess number {n}", HOME, NOW) for n in range(40))
        )
    assert sum(one is None for one in tried) <= 6
    assert sum(isinstance(one, Wait) for one in tried) >= 34


def test_a_device_cookie_is_only_its_own_platforms_word() -> None:
    ours, other = door(), door()
    cookie = Devices(ours, Devices(ours, "").with_person(7)).with_person(9)
    assert all(Devices(ours, cookie).known(one) for one in (7, 9))
    assert not Devices(ours, cookie).known(8)
    assert not Devices(other, cookie).known(7)
    assert not Devices(ours, cookie.replace("7.", "8.")).known(8)
    for broken in ("", "~~~", "7..", "x.y.z", "9" * 40 + ".a.b", "\ud800.a.b", "７.a.b"):
        assert not Devices(ours, broken).known(7)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("198.51.100.7", "198.51.100.200", True),
        ("198.51.100.7", "198.51.101.7", False),
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::9", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("::ffff:198.51.100.7", "198.51.100.9", True),
    ],
)
def test_a_network_is_what_one_subscriber_has(one: str, other: str, same: bool) -> None:
    assert (network(one) == network(other)) is same


# --- second factors


async def test_a_code_counts_once_and_one_step_early_or_late() -> None:
    async with running(NAME) as p:
        pool, it = p.services.pool, door()
        who, secret = await person(pool, it), factors.new_secret()
        await credentials.set_totp(pool, who.id, factors.seal_totp(it, who.id, secret), 0)
        who = await account(pool, who.id)
        step = int(NOW.timestamp()) // factors.STEP
        codes = {by: pyotp.TOTP(secret).generate_otp(step + by) for by in (-2, -1, 0, 1, 2)}
        told = {by: factors.step_of(secret, code, NOW) for by, code in codes.items()}
        spaced = f"{codes[0][:3]} {codes[0][3:]}"
        used = [await signin.by_code(pool, it, who, one, HOME, NOW) for one in (spaced, codes[0], codes[-1])]
        both = await asyncio.gather(*(signin.by_code(pool, it, who, codes[1], HOME, NOW) for _ in range(2)))
    assert secret not in who.totp
    assert [by for by, found in told.items() if found is not None] == [-1, 0, 1]
    assert used == ["totp", None, None]
    assert sorted(both, key=str) == [None, "totp"]


async def test_recovery_codes_work_once_each_and_new_ones_replace_them() -> None:
    async with running(NAME) as p:
        pool, it = p.services.pool, door()
        who = await person(pool, it)
        old = await factors.new_codes(pool, it, who.id)
        typed = old[0].upper().replace("-", " ")
        used = [await signin.by_code(pool, it, who, one, HOME, NOW) for one in (typed, old[0], old[1])]
        new = await factors.new_codes(pool, it, who.id)
        after = [await factors.use_code(pool, it, who, one, NOW) for one in (old[2], new[0])]
        stranger = await factors.use_code(pool, it, await person(pool, it), new[1], NOW)
        left = (await account(pool, who.id)).codes
    assert len(set(old)) == factors.CODES
    assert used == ["recovery", None, "recovery"]
    assert (after, stranger, left) == ([None, "recovery"], None, factors.CODES - 1)


async def test_a_secret_sealed_for_one_person_opens_for_no_other() -> None:
    it = door()
    sealed = factors.seal_totp(it, 7, "JBSWY3DPEHPK3PXP")
    assert it.unseal(sealed, "totp 7") == "JBSWY3DPEHPK3PXP"
    assert it.unseal(sealed, "totp 8") is None
    assert door().unseal(sealed, "totp 7") is None


async def test_codes_are_guessed_slowly_but_not_by_everybody() -> None:
    async with running(NAME) as p:
        pool, it = p.services.pool, door()
        who = await person(pool, it)
        [code] = (await factors.new_codes(pool, it, who.id))[:1]
        known = Browser("192.0.2.1", "", Devices(it, "").with_person(who.id))
        for n in range(200):
            await signin.by_code(pool, it, who, f"{n:06}", Browser(f"203.0.{n}.1"), NOW)
        stranger = await signin.by_code(pool, it, who, "123456", Browser("203.0.200.1"), NOW)
        owner = await signin.by_code(pool, it, who, code, known, NOW)
    assert isinstance(stranger, Wait)
    assert owner == "recovery"


# --- sessions


async def test_signing_in_ends_the_session_that_the_browser_came_with() -> None:
    async with running(NAME) as p:
        pool, it, now = p.services.pool, door(), NOW
        who = await person(pool, it)
        planted = await people.begin_session(pool, who.id, now)
        first = await signin.enter(pool, it, who, "password", False, HOME, now, planted)
        again = await signin.enter(
            pool, it, who, "passkey", True, Browser(devices=first.devices), now, first.token
        )
        new = await signin.enter(pool, it, who, "password", False, HOME, now, "")
        sessions = [await people.session(pool, one, now) for one in (planted, first.token, again.token)]
    assert sessions[:2] == [None, None]
    assert sessions[2] is not None
    assert sessions[2].fresh_until == now + signin.FRESH
    assert [first.new_device, again.new_device, new.new_device] == [False, False, True]


async def test_an_operators_session_ends_after_an_idle_hour_and_after_eight() -> None:
    async with running(NAME) as p:
        pool = p.services.pool
        idle = await people.begin_session(pool, 1, NOW)
        busy = await people.begin_session(pool, 1, NOW)
        member = await people.begin_session(pool, 10, NOW)
        alive = [
            await people.session(pool, busy, NOW + minutes * timedelta(minutes=1)) is not None
            for minutes in range(0, 500, 50)
        ]
        assert await people.session(pool, idle, NOW + timedelta(minutes=61)) is None
        assert await people.session(pool, member, NOW + timedelta(hours=11)) is not None
        assert await people.session(pool, member, NOW + timedelta(hours=12)) is None
    assert alive == [True] * 10


async def test_stepping_up_goes_on_under_a_new_token() -> None:
    async with running(NAME) as p:
        pool = p.services.pool
        token = await people.begin_session(pool, 10, NOW)
        fresh = await signin.step_up(pool, 10, 2, token, "totp", "", NOW)
        assert fresh is not None
        assert await people.session(pool, token, NOW) is None
        after = await people.session(pool, fresh, NOW)
        assert await signin.step_up(pool, 10, 2, token, "totp", "", NOW) is None
    assert after is not None
    assert after.fresh_until == NOW + signin.FRESH


async def test_a_new_password_ends_every_other_session_and_half_sign_in() -> None:
    async with running(NAME) as p:
        pool, it = p.services.pool, door()
        who = await person(pool, it)
        mine, other = [await people.begin_session(pool, who.id, NOW) for _ in range(2)]
        half = await signin.begin_half(pool, who, "password", NOW)
        assert await signin.half(pool, half, NOW) is not None
        await signin.change_password(pool, it, who.id, "a quite different one", mine)
        assert await people.session(pool, mine, NOW) is not None
        assert await people.session(pool, other, NOW) is None
        assert await signin.half(pool, half, NOW) is None


async def test_an_invited_person_is_made_once_and_chooses_how_to_sign_in() -> None:
    async with running(NAME) as p:
        pool, it = p.services.pool, door()
        email = f"{secrets.token_hex(6)}@example.com"
        asked = (pool, email, "Wu Min", "zh", "Asia/Shanghai", NOW)
        number, token = await signin.person_for_invitation(*asked)
        same, _ = await signin.person_for_invitation(pool, email.upper(), "Else", "en", "UTC", NOW)
        await credentials.set_password(pool, number, await it.passwords.hash(PASSWORD))
        known, none = await signin.person_for_invitation(*asked)
        ticket = await signin.peek_ticket(pool, "choose", token, NOW)
    assert number == same == known
    assert none == ""
    assert ticket is not None
    assert ticket.person == number


# --- the platform's secret


def test_the_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    made = {secret_of("", tmp_path / "home") for _ in range(3)}
    file = tmp_path / "home" / "secret.key"
    assert len(made) == 1
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert os.listdir(tmp_path / "home") == ["secret.key"]


async def test_processes_that_start_together_agree_on_one_secret(tmp_path: Path) -> None:
    found = await asyncio.gather(*(asyncio.to_thread(secret_of, "", tmp_path) for _ in range(16)))
    assert len(set(found)) == 1


def test_a_secret_that_could_be_guessed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="TRADEHOLD_SECRET is too short"):
        secret_of("short", tmp_path)
    assert secret_of("x" * 32, tmp_path) == secret_of("x" * 32, tmp_path / "elsewhere")


@pytest.mark.parametrize(
    ("url", "fits"),
    [
        ("https://trade.example.com", True),
        ("https://trade.example.com/", True),
        ("http://localhost:8470", True),
        ("http://trade.example.com", False),
        ("https://trade.example.com/path", False),
        ("trade.example.com", False),
    ],
)
def test_the_platforms_address_is_encrypted_or_this_machine(url: str, fits: bool) -> None:
    environ = {"TRADEHOLD_URL": url, "TRADEHOLD_HOME": "home"}
    if fits:
        assert settings(environ).url == url.rstrip("/")
    else:
        with pytest.raises(SettingsError, match="TRADEHOLD_URL"):
            settings(environ)


def test_an_identity_provider_needs_its_client() -> None:
    environ = {"TRADEHOLD_OIDC_ISSUER": "https://id.example.com", "TRADEHOLD_HOME": "home"}
    with pytest.raises(SettingsError, match="CLIENT_ID"):
        settings(environ)
    given = {"TRADEHOLD_OIDC_CLIENT_ID": "a", "TRADEHOLD_OIDC_CLIENT_SECRET": "b"}
    found = settings(environ | given).oidc
    assert found is not None
    assert found.name == "OpenID"


async def test_tries_of_long_ago_are_forgotten() -> None:
    async with running(NAME) as p:
        one = tries.of_letter(Browser("192.0.2.77"))
        waits = [await tries.begin(p.services.pool, one, NOW) for _ in range(12)]
        later = await tries.begin(p.services.pool, one, NOW + timedelta(hours=2))
    assert [bool(wait) for wait in waits] == [False] * 11 + [True]
    assert later is None
