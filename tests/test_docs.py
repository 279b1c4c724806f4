"""The documentation is true: generated pages are fresh, links lead somewhere, commands exist."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from tradehold.api.router import ROUTES
from tradehold.cli import app
from tradehold.docs import write
from tradehold.domain.machines import MACHINES
from tradehold.domain.policy import Policy
from tradehold.knowledge import load_knowledge

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def test_generated_pages_are_fresh() -> None:
    assert write(ROOT / "docs", check=True) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files_that_are_there(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_command_that_the_readme_names_exists() -> None:
    named = set(
        re.findall(r"^\| `tradehold (\w+)", (ROOT / "README.md").read_text("utf-8"), flags=re.MULTILINE)
    )
    known = set(get_command(app).commands)  # type: ignore[attr-defined]
    assert named <= known
    assert {"demo", "serve", "work", "import", "payouts", "operator", "audit", "migrate"} <= named


def test_the_page_of_the_api_names_every_route_and_no_other() -> None:
    named = set(re.findall(r"`([A-Z]+ /v1/[^`?]*)`", (ROOT / "docs" / "api.md").read_text("utf-8")))
    known = {
        f"{method} /v1{re.sub(r':[a-z]+}', '}', path)}"
        for route in ROUTES
        for path in route.paths
        for method in route.http_methods
        if method != "OPTIONS" or len(route.http_methods) == 1
    }
    assert named - {"GET /v1/openapi.json"} == known


def test_every_glossary_word_stands_once() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text("utf-8")
    words = re.findall(r"\*\*([^*]+)\*\*", text)
    assert len(words) == len(set(words))
    assert {kind.value for kind in MACHINES} <= set(re.findall(r"\w+", text))


def test_the_rules_page_gives_the_default_policy_s_numbers() -> None:
    text = (ROOT / "docs" / "rules.md").read_text("utf-8")
    policy: Policy = load_knowledge().policy
    for days in (
        policy.draft_silence_days, policy.initial_payment_days, policy.initial_payment_extended_days,
        policy.suspense_working_days, policy.balance_payment_days, policy.evidence_contest_working_days,
        policy.overdue_silence_days, policy.late_choice_days,
    ):  # fmt: skip
        assert re.search(rf"\b{days}\b", text), days
