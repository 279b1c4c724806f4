"""A sheet made a PDF/A-3b. What people wrote reaches the layout as data, so none of it is ever run."""

import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from tradehold.paper.glyphs import printable
from tradehold.paper.sheet import Embedded, Sheet, Table

_TYPESETTER = Path(__file__).with_name("typesetter.py")
_PATIENCE = 120  # seconds: the longest contract takes a twentieth of it


class NotPrinted(Exception):
    """The typesetter gave up. Its own words follow; they may quote the contract."""


def render(sheet: Sheet, attachments: Sequence[Embedded] = ()) -> bytes:
    """The same sheet and attachments give the same bytes. Blocks for a quarter of a second, and for some
    seconds and a gigabyte of memory where there are thousands of requirements: callers let few run at once.

    Raises ValueError for words that lack one of the sheet's languages, a row with too few or too many cells,
    a time without zone, a hash that is none, and an attachment that is not UTF-8; NotPrinted where the
    typesetter fails.
    """
    data = prepared(sheet, attachments)
    command = [sys.executable, "-P", str(_TYPESETTER), str(int(sheet.at.timestamp()))]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=_PATIENCE, check=True)
    except subprocess.CalledProcessError as error:
        raise NotPrinted(error.stderr.decode(errors="replace")[-2000:]) from None
    except subprocess.TimeoutExpired:
        raise NotPrinted(f"It took longer than {_PATIENCE} seconds.") from None
    return done.stdout


def prepared(sheet: Sheet, attachments: Sequence[Embedded] = ()) -> bytes:
    """What the typesetter takes, in JSON: checked, and with every text printable. Raises ValueError as
    `render`."""
    if sheet.at.tzinfo is None:
        raise ValueError("sheet.at: give a time with its zone.")
    if not re.fullmatch("[0-9a-f]{64}", sheet.hash):
        raise ValueError("sheet.hash: give a SHA-256 in hexadecimal.")
    data = {
        "sheet": _shown(sheet, frozenset(sheet.languages), "sheet"),
        "attachments": [_attached(each) for each in attachments],
    }
    return msgspec.json.encode(data)


def _attached(file: Embedded) -> dict[str, str]:
    try:
        data = file.data.decode()
    except UnicodeDecodeError:
        raise ValueError(f"{file.name}: only files in UTF-8 can be attached.") from None
    return {"name": file.name, "data": data, "description": file.description, "mime": file.mime}


def _shown(value: object, languages: frozenset[str], path: str) -> Any:
    """`value` as plain data with every text made printable, checked for what the layout relies on."""
    match value:
        case str():
            return printable(value)
        case Mapping():
            if value.keys() != languages:
                raise ValueError(f"{path}: give these words in {' and '.join(sorted(languages))}.")
            return {language: printable(words) for language, words in value.items()}
        case tuple():
            return [_shown(each, languages, f"{path}.{number}") for number, each in enumerate(value)]
        case Table():
            if any(len(row) != len(value.columns) for row in (*value.rows, *value.foot)):
                raise ValueError(f"{path}: give every row one cell for each column.")
    if isinstance(value, msgspec.Struct):
        shown = {
            name: _shown(getattr(value, name), languages, f"{path}.{name}")
            for name in value.__struct_fields__
        }
        return shown | {"type": value.__struct_config__.tag}
    return value
