"""Every refusal can be told: its message's placeholders are supplied wherever it is raised."""

import ast
import string
from pathlib import Path

import pytest

from tradehold.domain import refusal
from tradehold.domain.refusal import MESSAGES, Code

DOMAIN = Path(refusal.__file__).parent
ENGINE_GIVES = {
    Code.KEY_REUSED, Code.WOULD_OVERDRAW, Code.FAULT, Code.NOT_ALLOWED, Code.NEEDS_SECOND_PERSON,
    Code.LAST_OWNER, Code.INVALID_DETAILS,
}  # fmt: skip


def placeholders(code: Code) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(MESSAGES[code]) if name}


def raised() -> list[tuple[str, Code, set[str]]]:
    """Every `refuse(Code.X, a=…)` and `Refusal(Code.X, {"a": …})` in the domain's own text."""
    found = []
    for file in sorted(DOMAIN.glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Attribute):
                continue
            name = getattr(node.func, "id", "")
            where = f"{file.name}:{node.lineno}"
            if name == "refuse":
                given = {keyword.arg or "" for keyword in node.keywords}
                found.append((where, Code[node.args[0].attr], given))
            elif name == "Refusal" and len(node.args) > 1:
                keys = getattr(node.args[1], "keys", [])
                found.append((where, Code[node.args[0].attr], {key.value for key in keys}))
    return found


def test_every_code_has_a_message_and_a_place() -> None:
    assert set(MESSAGES) == set(Code)
    assert set(Code) - {code for _, code, _ in raised()} <= ENGINE_GIVES


@pytest.mark.parametrize("code", Code)
def test_the_message_is_whole_wherever_it_is_raised(code: Code) -> None:
    given = {where: names for where, raised_code, names in raised() if raised_code is code}
    assert given == dict.fromkeys(given, placeholders(code))
