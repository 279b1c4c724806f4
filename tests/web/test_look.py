"""What the pages are drawn with: nothing inline, nothing missing, nothing unreadable."""

import hashlib
import json
import re

import jinja2.nodes
import pytest

from tradehold.web.render import STATIC, environment

VENDOR = STATIC / "vendor"
TEMPLATES = sorted(path.name for path in (STATIC.parent / "templates").glob("*.html"))
STYLE = (STATIC / "tradehold.css").read_text(encoding="utf-8")


def _source(template: str) -> str:
    return (STATIC.parent / "templates" / template).read_text(encoding="utf-8")


@pytest.mark.parametrize("template", TEMPLATES)
def test_no_template_needs_an_exception_from_the_content_security_policy(template: str) -> None:
    source = _source(template)
    assert re.findall(r"\sstyle=[\"']|\son\w+=|hx-on|<style|javascript:", source) == []
    assert re.findall(r"<script(?![^>]* src=)", source) == []


def test_every_icon_that_is_drawn_is_in_the_sprite() -> None:
    there = set(re.findall(r'<symbol id="([^"]+)"', (VENDOR / "icons.svg").read_text(encoding="utf-8")))
    drawn = set()
    for template in TEMPLATES:
        for call in environment().parse(_source(template)).find_all(jinja2.nodes.Call):
            if isinstance(call.node, jinja2.nodes.Name) and call.node.name == "icon":
                # An icon is named outright, or chosen from a table of states.
                pairs = call.args[0].find_all(jinja2.nodes.Pair)
                drawn |= {
                    node.value
                    for node in [call.args[0], *(pair.value for pair in pairs)]
                    if isinstance(node, jinja2.nodes.Const)
                }
    assert drawn >= {"check", "circle-alert"}
    assert drawn <= there


def test_vendored_files_are_what_the_manifest_says() -> None:
    listed = json.loads((VENDOR / "manifest.json").read_text(encoding="utf-8"))
    digests = {row["file"]: row["sha256"] for row in listed}
    there = {path.name for path in VENDOR.iterdir()} - {"manifest.json"}
    assert {name: hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() for name in there} == digests


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _contrast(one: str, other: str) -> float:
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _tokens(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))


def _schemes() -> dict[str, dict[str, str]]:
    light, dark = re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)[:2]
    return {"light": _tokens(light), "dark": _tokens(light) | _tokens(dark)}


READ_ON = {
    "ink": "paper card sunk",
    "soft": "paper card sunk",
    "pine": "paper card pine-soft",
    "on-pine": "pine",
    "brass": "card brass-soft",
    "good": "card good-soft",
    "bad": "card bad-soft",
    "sheet-ink": "sheet",
    "sheet-soft": "sheet",
    "sheet-accent": "sheet",
}
SEEN_ON = {"edge": "card paper", "held": "card", "released": "card", "refunded": "card"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_and_figures_have_the_contrast_wcag_asks_for(scheme: str) -> None:
    """Source: WCAG 2.2, success criteria 1.4.3 (text, 4.5) and 1.4.11 (parts of figures and controls, 3)."""
    tokens = _schemes()[scheme]
    for pairs, least in ((READ_ON, 4.5), (SEEN_ON, 3.0)):
        for front, backs in pairs.items():
            for back in backs.split():
                ratio = _contrast(tokens[front], tokens[back])
                assert ratio >= least, f"{front} on {back} in {scheme}: {ratio:.2f}"
