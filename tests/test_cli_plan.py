"""`tradehold plan` as a person meets it: without a home, a database or a server."""

import json
import os
import subprocess
import sys

import pytest


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """With a home that cannot be made and a database that cannot be reached: neither is looked for."""
    env = {
        **os.environ,
        "COLUMNS": "200",
        "TRADEHOLD_HOME": "/dev/null/nowhere",
        "TRADEHOLD_DATABASE_URL": "postgresql://127.0.0.1:1/nothing",
    }
    command = [sys.executable, "-m", "tradehold.cli", "plan", *words]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(("words", "expected"), [
    (("--lot", "500"), ("H", 50, 3, 4, False)),
    (("--lot", "3000", "--level", "I", "--aql", "1.0", "--severity", "reduced"), ("H", 20, 0, 2, False)),
    (("--lot", "600000", "--level", "III", "--aql", "1.0", "--severity", "tightened"),
     ("Q", 1250, 18, 19, False)),
    (("--lot", "8", "--aql", "1.50", "--severity", "tightened"), ("E", 13, 0, 1, True)),
    (("--lot", "3000", "--level", "s-2", "--aql", "4", "--severity", "Normal"), ("E", 13, 1, 2, False)),
])  # fmt: skip
def test_a_plan_is_one_object_with_five_keys(words: tuple[str, ...], expected: tuple[object, ...]) -> None:
    done = run(*words, "--json")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    keys = ("code_letter", "sample_size", "accept", "reject", "inspect_100_percent")
    assert json.loads(done.stdout) == dict(zip(keys, expected, strict=True))


@pytest.mark.parametrize(("words", "told"), [
    (("--lot", "500"),
     ["H", "50", "A lot with 12 defective pieces (2.4 %) would pass 98 times in 100.",
      "From 63 defective pieces (12.6 %) on, a lot is refused at least 9 times in 10."]),
    (("--lot", "8", "--aql", "0.010"),
     ["8 (all)", "A lot with 1 defective piece (12.5 %) would pass 0 times in 100."]),
    (("--lot", "500", "--severity", "reduced"), ["inspect the next lot by the normal plan"]),
    (("--lot", "1", "--aql", "10"), ["Even a lot without a single good piece would pass."]),
    (("--lot", "500", "--aql", "40"), ["counts defects per hundred pieces"]),
])  # fmt: skip
def test_a_plan_says_what_it_lets_pass(words: tuple[str, ...], told: list[str]) -> None:
    done = run(*words)
    assert done.returncode == 0, done.stderr
    for each in told:
        assert each in done.stdout


@pytest.mark.parametrize(("words", "option", "mend"), [
    ((), "--lot", "Missing"),
    (("--lot", "many"), "--lot", "integer"),
    (("--lot", "0"), "--lot 0", "from 1 to"),
    (("--lot", "-5"), "--lot -5", "from 1 to"),
    (("--lot", "9" * 30), "--lot 9", "from 1 to"),
    (("--lot", "500", "--level", "IV"), "--level IV", "I, II, III, S-1"),
    (("--lot", "500", "--aql", "3"), "--aql 3", "2.5 or 4.0"),
    (("--lot", "500", "--aql", "2,5"), "--aql 2,5", "such as 2.5"),
    (("--lot", "500", "--aql", "sNaN"), "--aql sNaN", "such as 2.5"),
    (("--lot", "500", "--aql", "0"), "--aql 0", "critical defects"),
    (("--lot", "500", "--severity", "hard"), "--severity hard", "normal, tightened, reduced"),
])  # fmt: skip
def test_bad_input_names_the_option_and_the_mend(words: tuple[str, ...], option: str, mend: str) -> None:
    done = run(*words, "--json")
    assert done.returncode == 2
    assert done.stdout == ""
    assert option in done.stderr
    assert mend in done.stderr
    assert "Traceback" not in done.stderr
