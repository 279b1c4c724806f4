"""The one Jinja environment, and what every page is given.

A template is handed values and words, never a request or a database. Undefined names are errors, output is
escaped, and there is no inline style or script anywhere, so that the Content-Security-Policy needs no
exception.
"""

import hashlib
from functools import cache
from pathlib import Path

import jinja2
import msgspec

_HERE = Path(__file__).parent
STATIC = _HERE / "static"


class Form(msgspec.Struct, frozen=True):
    """What a form's reader typed, and what is wrong with it, by field name; empty when first shown."""

    kept: dict[str, str] = {}
    errors: dict[str, str] = {}


@cache
def asset(name: str) -> str:
    """The address of a static file; it changes with the content, so that browsers may keep it for ever."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


@cache
def environment() -> jinja2.Environment:
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals["asset"] = asset
    return env


def page(template: str, **context: object) -> str:
    return environment().get_template(template).render(context)
