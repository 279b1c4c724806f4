"""The house rules that no linter knows, kept by reading the files themselves."""

import ast
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
VENDORED = (ROOT / "src/tradehold/web/static/vendor", ROOT / "src/tradehold/paper/fonts")
FOLDERS = (".ci", "bench", "docs", "src", "tests")
PYTHON = [file for folder in ("bench", "src", "tests") for file in sorted((ROOT / folder).rglob("*.py"))]
DOMAIN = [file for file in PYTHON if file.is_relative_to(ROOT / "src/tradehold/domain")]

LINES_OF_A_FUNCTION = 70
LINES_OF_A_FILE = 500
COLUMNS = 110

# Paths of one machine and hosts of registries: they work for one person, today. Written with brackets so
# that this file does not name them itself.
FORBIDDEN = re.compile(
    r"(?<![\w.])/(wor[k]|far[m]|roo[t]|Users)/"
    r"|pythonhoste[d]|pyp[i]\.org|npmj[s]\.org|debia[n]\.org|unpk[g]\.com",
)


def name(file: Path) -> str:
    return str(file.relative_to(ROOT))


def nodes(files: list[Path]) -> Iterator[tuple[Path, ast.AST]]:
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            yield file, node


def texts() -> Iterator[tuple[Path, str]]:
    """Everything written by hand: what others published, or machines made, is not ours to judge."""
    files = [file for file in ROOT.iterdir() if file.is_file() and file.name not in ("uv.lock", "LICENSE")]
    files += [file for folder in FOLDERS for file in (ROOT / folder).rglob("*") if file.is_file()]
    for file in files:
        if "__pycache__" in file.parts or any(map(file.is_relative_to, VENDORED)):
            continue
        try:
            yield file, file.read_text()
        except UnicodeDecodeError:
            continue


def test_functions_fit_on_a_screen() -> None:
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    found = [(file, node) for file, node in nodes(PYTHON) if isinstance(node, functions)]
    lengths = {f"{name(file)}:{node.name}": (node.end_lineno or 0) - node.lineno + 1 for file, node in found}
    assert lengths
    assert {each: length for each, length in lengths.items() if length > LINES_OF_A_FUNCTION} == {}


def test_files_are_rooms_a_reader_can_know() -> None:
    sizes = {name(file): len(file.read_text().splitlines()) for file in PYTHON}
    assert {file: size for file, size in sizes.items() if size > LINES_OF_A_FILE} == {}


def test_lines_are_short() -> None:
    files = [(file, text) for file, text in texts() if file.suffix in (".py", ".sql")]
    assert [
        f"{name(file)}:{number}"
        for file, text in files
        for number, line in enumerate(text.splitlines(), 1)
        if len(line) > COLUMNS
    ] == []


def test_no_float_comes_near_money() -> None:
    assert DOMAIN
    assert [
        f"{name(file)}:{node.lineno}"
        for file, node in nodes(DOMAIN)
        if (isinstance(node, ast.Constant) and isinstance(node.value, float))
        or (isinstance(node, ast.Name) and node.id == "float")
    ] == []


def replaces_code(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Name(id="patch")) | ast.ImportFrom(module="unittest.mock"):
            return True
        case ast.Import(names=names):
            return any(each.name == "unittest.mock" for each in names)
        case ast.Attribute(value=ast.Name(id="monkeypatch" | "mocker"), attr="setattr" | "patch"):
            return True
    return False


def test_tests_run_the_real_thing() -> None:
    files = [file for file in PYTHON if file.is_relative_to(ROOT / "tests")]
    assert [f"{name(file)}:{node.lineno}" for file, node in nodes(files) if replaces_code(node)] == []


def test_no_file_speaks_of_one_machine() -> None:
    assert [f"{name(file)}: {found[0]}" for file, text in texts() if (found := FORBIDDEN.search(text))] == []


def test_every_requirement_is_pinned_and_hashed() -> None:
    lines = (ROOT / "requirements.lock").read_text().replace("\\\n", " ").splitlines()
    requirements = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
    assert requirements
    pinned = re.compile(r"[a-z0-9][a-z0-9._-]*==[^\s;]+( ;[^#]*?)?(\s+--hash=sha256:[0-9a-f]{64})+\s*")
    assert [line for line in requirements if not pinned.fullmatch(line)] == []


@pytest.mark.parametrize("folder", VENDORED, ids=name)
def test_vendored_files_are_what_their_authors_published(folder: Path) -> None:
    entries = json.loads((folder / "manifest.json").read_text())
    fields = {"file", "name", "version", "licence", "source", "sha256"}
    assert [entry for entry in entries if set(entry) != fields or not all(entry.values())] == []
    there = {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in folder.rglob("*")
        if file.is_file() and file.name != "manifest.json"
    }
    assert there == {entry["file"]: entry["sha256"] for entry in entries}
