"""`tradehold check` as a person meets it: without a home, a database or a server."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CLEAR = ["Fabric weight 200 g/m² ±5 %", "Colour Pantone 1935 D", "2 side pockets"]


def run(*words: str | Path, given: bytes = b"") -> subprocess.CompletedProcess[str]:
    """With a home that cannot be made and a database that cannot be reached: neither is looked for."""
    env = {
        **os.environ,
        "COLUMNS": "200",
        "TRADEHOLD_HOME": "/dev/null/nowhere",
        "TRADEHOLD_DATABASE_URL": "postgresql://127.0.0.1:1/nothing",
    }
    command = [sys.executable, "-m", "tradehold.cli", "check", *map(str, words)]
    done = subprocess.run(command, env=env, capture_output=True, input=given, timeout=60)
    return subprocess.CompletedProcess(command, done.returncode, done.stdout.decode(), done.stderr.decode())


def told(*words: str | Path, given: bytes = b"", code: int = 1) -> dict[str, Any]:
    done = run(*words, "--json", given=given)
    assert (done.returncode, done.stderr) == (code, "")
    answer: dict[str, Any] = json.loads(done.stdout)
    assert list(answer) == ["gaps", "missing_attributes", "duties"]
    return answer


def test_gaps_are_told_line_by_line(tmp_path: Path) -> None:
    file = tmp_path / "spec.txt"
    file.write_text("\n".join(["200 gsm", CLEAR[1], "good quality", "Design as in design.pdf"]))
    gaps = told(file)["gaps"]
    assert [(gap["line"], gap["requirement"], gap["code"], gap["words"]) for gap in gaps] == [
        (1, "200 gsm", "no_tolerance", "200 gsm"),
        (3, "good quality", "vague_words", "good quality"),
        (4, "Design as in design.pdf", "missing_reference", "design.pdf"),
    ]
    assert {frozenset(gap) for gap in gaps} == {
        frozenset({"requirement", "line", "code", "words", "message", "suggestion"})
    }
    assert "“good quality”" in gaps[1]["message"]


@pytest.mark.parametrize(("name", "body"), [
    ("a.txt", "\n".join(CLEAR)),
    ("a.csv", "requirement\n" + "\n".join(CLEAR)),
    ("a.json", json.dumps({"requirements": CLEAR})),
    ("a.toml", f"requirements = {json.dumps(CLEAR, ensure_ascii=False)}"),
    ("a.yaml", "requirements:\n" + "\n".join(f"- {line}" for line in CLEAR)),
])  # fmt: skip
def test_a_file_of_any_kind_without_gaps_ends_well(tmp_path: Path, name: str, body: str) -> None:
    file = tmp_path / name
    file.write_text(body)
    assert told(file, code=0)["gaps"] == []
    done = run(file)
    assert (done.returncode, done.stderr) == (0, "")
    assert "3 requirements" in done.stdout
    assert "No gap" in done.stdout


def test_a_document_counts_as_attached_where_it_is_listed_or_lies_beside(tmp_path: Path) -> None:
    line = "Design as in Design.pdf"
    alone, listed, beside = (tmp_path / name for name in ("alone.txt", "listed.json", "beside"))
    beside.mkdir()
    alone.write_text(line)
    listed.write_text(json.dumps({"requirements": [line], "attachments": ["design.pdf"]}))
    (beside / "spec.txt").write_text(line)
    (beside / "DESIGN.PDF").write_bytes(b"")
    assert [gap["code"] for gap in told(alone)["gaps"]] == ["missing_reference"]
    assert told(listed, code=0)["gaps"] == []
    assert told(beside / "spec.txt", code=0)["gaps"] == []


def test_duties_follow_the_category_and_the_markets(tmp_path: Path) -> None:
    file = tmp_path / "spec.txt"
    file.write_text("Category: toys\nMarket: Germany\n2 side pockets\n")
    duties = told(file, code=0)["duties"]
    assert {duty["market"] for duty in duties} == {"DE", "EU"}
    assert {frozenset(duty) for duty in duties} == {
        frozenset(
            [
                "id",
                "market",
                "regulation",
                "citation",
                "kind",
                "parameter",
                "scope",
                "relation",
                "limit",
                "unit",
                "evidence",
                "mark",
                "source",
                "confidence",
                "proposed",
                "requirement",
            ]
        )
    }
    assert all(bool(duty["requirement"]) is duty["proposed"] for duty in duties)
    assert {duty["market"] for duty in told(file, "--market", "GB", code=0)["duties"]} == {"GB"}
    other = told(file, "--category", "lighting", "--market", "de", "--market", "FR", code=0)["duties"]
    assert {duty["market"] for duty in other} == {"DE", "FR", "EU"}
    assert {duty["id"] for duty in other} != {duty["id"] for duty in duties}


@pytest.mark.parametrize(("text", "words", "said"), [
    ("good quality", (), "can be read in two ways"),
    ("good quality", ("--language", "zh"), "可以有不同理解"),
    ("质量要好", (), "可以有不同理解"),
    ("buena calidad", (), "se puede entender de dos maneras"),
])  # fmt: skip
def test_messages_are_in_the_language_asked_for_or_written(
    tmp_path: Path, text: str, words: tuple[str, ...], said: str
) -> None:
    file = tmp_path / "spec.txt"
    file.write_text(text)
    (gap,) = told(file, *words)["gaps"]
    assert said in gap["message"]


def test_standard_input_is_read_as_text() -> None:
    gaps = told("-", given=b"- 200 gsm\n- 2 side pockets\n")["gaps"]
    assert [(gap["line"], gap["code"]) for gap in gaps] == [(1, "no_tolerance")]


def test_the_table_says_the_same_and_names_what_was_not_read(tmp_path: Path) -> None:
    file = tmp_path / "spec.csv"
    file.write_text("Requirement;Photo\n200 gsm;p1\n2 side pockets;p2\n")
    done = run(file, "--category", "toys", "--market", "DE")
    assert (done.returncode, done.stderr) == (1, "")
    for each in ("2 requirements", "DE", "Photo", "200 gsm", "no_tolerance", "Rules of the markets",
                 "not legal advice", "1 gap in 1 line of 2."):  # fmt: skip
        assert each in done.stdout


@pytest.mark.parametrize(("name", "body", "words", "told"), [
    ("missing", None, (), ["missing", "No such file"]),
    ("folder", None, (), ["folder", "directory"]),
    ("a.txt", b"", (), ["a.txt", "no requirement"]),
    ("a.json", b"{", (), ["a.json, line 1", "no JSON"]),
    ("a.pdf", b"%PDF-1.7", (), ["a.pdf", "XLSX"]),
    ("a.txt", b"x" * 6_000_000, (), ["a.txt", "5 MB"]),
    ("a.txt", b"Red", ("--market", "XX"), ["--market XX", "DE, FR", "US-CA"]),
    ("a.txt", b"Red", ("--market", "DE", "--market", "Narnia"), ["--market Narnia", "US-CA"]),
    ("a.txt", b"Red", ("--category", "goats"), ["--category goats", "childrens_clothing"]),
    ("a.txt", b"Red", ("--language", "xx"), ["--language xx", "en, zh, es, pt"]),
])  # fmt: skip
def test_a_bad_file_or_option_is_one_sentence(
    tmp_path: Path,
    name: str,
    body: bytes | None,
    words: tuple[str, ...],
    told: list[str],
) -> None:
    file = tmp_path / name
    if body is not None:
        file.write_bytes(body)
    elif name == "folder":
        file.mkdir()
    done = run(file, *words, *(["--json"] if words else []))
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    for each in told:
        assert each in done.stderr
