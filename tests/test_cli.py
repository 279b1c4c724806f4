"""The command line as a person meets it: a process, its output and its exit code."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.folders import folder_for_all
from tradehold.store.embedded import Embedded


def run(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "TRADEHOLD_HOME": str(home), "COLUMNS": "200"}
    env.pop("TRADEHOLD_DATABASE_URL", None)
    command = [sys.executable, "-m", "tradehold.cli", *words]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A home in which the demo was played once."""
    with folder_for_all() as folder:
        done = run(folder, "demo", "--once", "--json")
        assert done.returncode == 0, done.stderr
        (folder / "told.json").write_text(done.stdout)
        yield folder


@pytest.fixture(scope="module")
def told(home: Path) -> Any:
    """What playing it printed."""
    return json.loads((home / "told.json").read_text())


@pytest.fixture
def empty() -> Iterator[Path]:
    with folder_for_all() as folder:
        yield folder


def test_the_demo_played_once_ends_with_one_released_one_refunded_and_one_lapsed_trade(told: Any) -> None:
    outcomes = sorted(trade["outcome"] for trade in told["trades"])
    assert outcomes == ["lapsed", "refunded", "released", "released"]
    assert all(trade["stage"] == "settled" and trade["id"].startswith("trd_") for trade in told["trades"])


def test_the_demo_played_once_leaves_nothing_held_and_the_books_balanced(told: Any) -> None:
    assert told["holds"] == []
    assert told["trial_balance"] == {"EUR": 0, "USD": 0}


def test_the_demo_played_again_plays_nothing_twice(home: Path, told: Any) -> None:
    again = json.loads(run(home, "demo", "--once", "--json").stdout)
    assert again == told


def test_the_demo_told_as_text_ends_with_every_trade(home: Path) -> None:
    text = run(home, "demo", "--once").stdout
    assert "Timeline" in text
    assert "Where every cent is" in text
    assert "3,000 children's T-shirts: released" in text


def test_the_audit_finds_nothing_in_what_the_platform_wrote(home: Path) -> None:
    done = run(home, "audit", "--json")
    report = json.loads(done.stdout)
    assert (done.returncode, report["ok"], report["findings"]) == (0, True, [])
    assert report["clients"] == {"EUR": 0, "USD": 0}
    assert [bank["difference"] for bank in report["bank"]] == [0, 0]


async def behind_its_back(home: Path, sql: str) -> None:
    with Embedded.start(home) as server:
        connection = await asyncpg.connect(server.dsn())
        try:
            await connection.execute("SET session_replication_role = replica")  # no trigger stands in the way
            await connection.execute(sql)
        finally:
            await connection.close()


WHICH = (
    "kind = 'trade' AND (supplier_id, id) = (SELECT supplier_id, id FROM machine WHERE title LIKE '3,000%')"
)
TAMPERED = [
    (
        f"UPDATE event SET body = set_byte(body, 60, get_byte(body, 60) # 1) WHERE seq = 4 AND {WHICH}",
        "event 4 is not what was recorded",
    ),
    (f"DELETE FROM event WHERE seq = 5 AND {WHICH}", "event 5 is missing"),
    (
        f"DELETE FROM event WHERE {WHICH} AND seq = (SELECT max(version) FROM machine WHERE {WHICH})",
        "the chain does not end where the machine says",
    ),
    (f"UPDATE machine SET stage = 'overdue' WHERE {WHICH}", "the state is not the sum of its events"),
    (f"UPDATE event SET at = at + interval '1 second' WHERE seq = 3 AND {WHICH}", "dated otherwise"),
    (
        f"UPDATE posting SET minor = minor + 1 WHERE debit = 'in_transit' AND {WHICH}",
        "the postings are not what the events book",
    ),
]


@pytest.mark.parametrize(("sql", "words"), TAMPERED)
async def test_the_audit_names_the_trade_that_was_changed_behind_its_back(
    home: Path, told: Any, sql: str, words: str
) -> None:
    trade = next(one["id"] for one in told["trades"] if one["title"].startswith("3,000"))
    with Embedded.start(home) as server:
        # The change is made on a copy, so that each case starts from what the platform wrote.
        connection = await asyncpg.connect(server.dsn("postgres"))
        try:
            await connection.execute("DROP DATABASE IF EXISTS tampered")
            await connection.execute("CREATE DATABASE tampered TEMPLATE tradehold")
        finally:
            await connection.close()
        url = server.dsn("tampered")
        connection = await asyncpg.connect(url)
        try:
            await connection.execute("SET session_replication_role = replica")
            assert not (await connection.execute(sql)).endswith(" 0")
        finally:
            await connection.close()
        env = {**os.environ, "TRADEHOLD_HOME": str(home), "TRADEHOLD_DATABASE_URL": url}
        command = [sys.executable, "-m", "tradehold.cli", "audit", "--json"]
        done = await asyncio.to_thread(
            subprocess.run, command, env=env, capture_output=True, text=True, timeout=60
        )
    report = json.loads(done.stdout)
    assert done.returncode == 1
    assert any(one["where"] == trade and words in one["what"] for one in report["findings"]), report[
        "findings"
    ]


BAD_FILES = [
    (b"", "empty"),
    (b"hello", "not XML"),
    (b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "DOCTYPE"),
    (b"<Document><BkToCstmrStmt><Stmt>", ""),
]


@pytest.mark.parametrize(("body", "words"), BAD_FILES)
def test_a_bad_bank_file_ends_in_one_sentence(home: Path, tmp_path: Path, body: bytes, words: str) -> None:
    path = tmp_path / "bank.xml"
    path.write_bytes(body)
    done = run(home, "import", str(path))
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_that_is_not_there_ends_in_one_sentence(home: Path) -> None:
    done = run(home, "import", "/nowhere/statement.xml")
    assert (done.returncode, done.stderr.strip()) == (
        2,
        "tradehold: /nowhere/statement.xml: No such file or directory",
    )


def test_a_home_that_cannot_be_made_ends_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    done = run(tmp_path / "file" / "home", "migrate")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


async def test_the_demo_is_refused_where_something_else_lives(empty: Path) -> None:
    home = empty
    assert run(home, "migrate").returncode == 0
    await behind_its_back(
        home, "INSERT INTO company VALUES (9, 'A real one', 'CN', '', '', 'Asia/Shanghai', 'zh')"
    )
    done = run(home, "demo", "--once")
    assert done.returncode == 2
    assert "did not make" in done.stderr


def test_migrating_twice_does_nothing_the_second_time(empty: Path) -> None:
    home = empty
    first, second = (json.loads(run(home, "migrate", "--json").stdout)["applied"] for _ in range(2))
    assert first[0] == "0001_core.sql"
    assert second == []


@pytest.mark.parametrize(("words", "line"), [
    (("serve", "--port", "8479"), {"serves_on": "http://localhost:8479"}),
    (("work",), {"works_on": "deadlines"}),
    (("demo", "--port", "8479"), None),
])  # fmt: skip
def test_what_runs_until_it_is_told_says_so_and_ends_cleanly(
    home: Path, words: tuple[str, ...], line: dict[str, str] | None
) -> None:
    env = {**os.environ, "TRADEHOLD_HOME": str(home)}
    env.pop("TRADEHOLD_DATABASE_URL", None)
    command = [sys.executable, "-m", "tradehold.cli", *words, "--json"]
    with subprocess.Popen(
        command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stderr
        said = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        _, complaints = process.communicate(timeout=30)
    if line:
        assert said == line
    else:
        assert {link["role"] for link in said["sign_in"]} == {"buyer", "supplier", "operator"}
    assert "Traceback" not in complaints
    assert process.returncode in (0, 130)
    assert not list((home / "postgres").glob("run/.s.PGSQL.*")), "the database server still runs"


def test_a_port_that_is_taken_ends_in_one_sentence(home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = run(home, "serve", "--port", port)
    assert done.returncode == 2
    assert f"port {port}" in done.stderr
    assert "Traceback" not in done.stderr
