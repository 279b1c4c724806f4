"""Reads a specification from a file as people have it: TOML, YAML, JSON, CSV, XLSX or plain text.

docs/check.md shows each. Such files come from strangers, so whatever bytes they hold, they end in a
specification or in one sentence. Nothing in them is run, fetched or unfolded: no YAML tag, alias or XML
entity is followed, and of a formula its last value is read.
"""

import codecs
import json
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NoReturn

import msgspec
import yaml

from tradehold.domain.contract import Terms
from tradehold.domain.requirement import Requirement
from tradehold.engine import specwords as words
from tradehold.engine.filenames import clean, extension
from tradehold.engine.specfields import (
    Found,
    Spec,
    SpecFileError,
    category,
    labelled,
    market,
    one_line,
    requirement,
    say,
)
from tradehold.engine.spectable import read_delimited, read_workbook

__all__ = ["Spec", "SpecFileError", "category", "market", "read_lines", "read_spec"]

MOST_BYTES = 5_000_000
_ARCHIVE = b"PK\x03\x04"
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_NO_TEXT = ("xlsx", "xlsm", "xls", "ods", "pdf", "doc", "docx")
_DEEPEST = 12  # lists and objects within each other
# The standard library's TOML reader takes time that grows with the square of the dots in a key.
_MOST_DOTS_OF_LINE, _MOST_DOTS = 1_000, 50_000


def read_spec(name: str, body: bytes) -> Spec:
    """By the ending of its name, and where that says nothing as plain text. At most MOST_BYTES, 2,000
    requirements, and 1,000 characters in each. Raises SpecFileError naming file, place and mend."""
    shown = name if name == "-" else clean(name)
    if len(body) > MOST_BYTES:
        raise SpecFileError(f"{shown}: it is larger than {MOST_BYTES // 1_000_000} MB; divide it")
    found = Found()
    kind = extension(shown)
    if body.startswith(_ARCHIVE):
        read_workbook(shown, found, body)
    elif kind in _NO_TEXT or body.startswith((_OLD_OFFICE, b"%PDF")):
        raise SpecFileError(
            f"{shown}: it is no XLSX workbook and no text; save it as XLSX, CSV or text, or paste its lines"
        )
    else:
        text = _text(shown, body)
        _READERS.get(kind, _lines)(shown, found, text)
    if not found.requirements and not found.said.get("category"):
        raise SpecFileError(f"{shown}: there is no requirement in it; write one a line")
    return found.spec()


def read_lines(text: str) -> Spec:
    """Plain text as pasted, or rows of a spreadsheet. Raises SpecFileError."""
    return read_spec("-", text.encode("utf-8", "surrogatepass"))


# -- bytes to text

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # fmt: skip
_SAMPLE = 20_000  # characters


def _text(name: str, body: bytes) -> str:
    """UTF-8 or UTF-16 where they fit; else the one of the two legacy encodings that makes sense."""
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            text = _decoded(body[len(mark) :], encoding)
            break
    else:
        text = _decoded(body, "utf-8")
        if text is None or "\0" in text:
            text = _unmarked_utf16(body) if b"\0" in body else _legacy(body)
    if text is None or "\0" in text:
        raise SpecFileError(f"{name}: this is no text in an encoding known here; save it as text in UTF-8")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _decoded(body: bytes, encoding: str) -> str | None:
    try:
        return body.decode(encoding)
    except UnicodeDecodeError:
        return None


def _unmarked_utf16(body: bytes) -> str | None:
    """Line ends and blanks have a zero byte on one side; on which tells the order."""
    encoding = "utf-16-le" if body[1::2].count(0) >= body[::2].count(0) else "utf-16-be"
    return _decoded(body, encoding)


def _legacy(body: bytes) -> str | None:
    """Chinese text has pairs of high bytes, mostly of the common characters, that GB 2312 puts first; in
    Western text a high byte is alone, as an accent in a word or a sign beside a number."""
    chinese = _decoded(body, "gb18030")
    if chinese is not None:
        beyond = [one for one in chinese[:_SAMPLE] if one > "\x7f"]
        if beyond and 10 * sum(map(_common, beyond)) >= 7 * len(beyond):
            return chinese
    western = _decoded(body, "cp1252")
    return western if western is not None else chinese


def _common(character: str) -> bool:
    try:
        coded = character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return len(coded) == 2 and 0xA1 <= coded[0] <= 0xD7


# -- plain text

_BULLET = re.compile(
    r"(?:[-–—*+·>]\s+|[•●○◦▪■□◆◇►➤✓✔√★☆]\s*|\[[ xX]?\]\s+|\(?[0-9]{1,3}(?:\)|）|、)\s*"
    r"|（[0-9]{1,3}）\s*|[0-9]{1,3}[.．](?![0-9])\s*|[①-⑳]\s*)"
)
_LABEL = re.compile(r"([^:：\d]{2,40})[:：]\s*(\S.*)")
_FILE_NAME = re.compile(r"[^.].{0,150}\.[A-Za-z0-9]{1,5}")


def _lines(name: str, found: Found, text: str) -> None:
    lines = [line for line in text.split("\n") if line.strip()]
    tabs = sum("\t" in line.strip() for line in lines)
    if len(lines) > 1 and 2 * tabs > len(lines) and read_delimited(name, found, text, "\t"):
        return
    for number, line in enumerate(text.split("\n"), 1):
        where = f"{name}, line {number}"
        written = line.strip()
        if not written or (written.startswith("#") and not written[1:2].isdigit()) or _is_heading(written):
            continue
        written = written[bullet.end() :] if (bullet := _BULLET.match(written)) else written
        if not _said(found, where, written) and (one := one_line(where, written)):
            found.add(where, Requirement(one))


def _is_heading(line: str) -> bool:
    return line.endswith((":", "：")) and words.header(line) == "requirements"


def _said(found: Found, where: str, line: str) -> bool:
    """Whether the line is a header: its label is known, and its value too. A title comes first."""
    label = _LABEL.fullmatch(line) if len(line) < 2_000 else None
    named = words.header(label[1]) if label else ""
    if label is None or not named:
        return False
    value, items = label[2], words.split(label[2])
    fits = {
        "category": bool(words.category(value)),
        "markets": bool(items) and all(map(words.market, items)),
        "attachments": bool(items) and all(map(_FILE_NAME.fullmatch, items)),
        "title": not found.requirements and "title" not in found.said,
    }
    if fits.get(named):
        say(found, where, named, value)
    return fits.get(named, False)


def _delimited(name: str, found: Found, text: str) -> None:
    if not read_delimited(name, found, text):
        _lines(name, found, _one_column(text))


def _one_column(text: str) -> str:
    """Its cells may be quoted because of their commas, and its heading says nothing."""
    lines = text.lstrip("\n").split("\n")
    if words.column(lines[0].strip(' "')) == "text":
        lines[0] = ""
    whole = re.compile(r'\s*"((?:[^"]|"")*)"\s*')
    return "\n".join(
        found[1].replace('""', '"') if (found := whole.fullmatch(line)) else line for line in lines
    )


# -- objects: TOML, YAML, JSON


def _toml(name: str, found: Found, text: str) -> None:
    dots = [line.count(".") for line in text.split("\n")]
    if max(dots) > _MOST_DOTS_OF_LINE or sum(dots) > _MOST_DOTS:
        raise SpecFileError(f"{name}: a line has too many dots; write each requirement on a line of its own")
    try:
        value = tomllib.loads(text, parse_float=str)
    except tomllib.TOMLDecodeError as error:
        raise SpecFileError(f"{name}: this is no TOML: {_short(error)}") from None
    # Deeper than the reader can go, a number longer than it takes, or a date that no calendar has.
    except (RecursionError, ValueError):
        _not(name, "TOML")
    _object(name, found, value)


def _json(name: str, found: Found, text: str) -> None:
    def whole(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if twice := _twice(key for key, _ in pairs):
            raise SpecFileError(f"{name}: “{twice[:50]}” stands twice in one object; keep one")
        return dict(pairs)

    try:
        value = json.loads(text, object_pairs_hook=whole, parse_float=str, parse_int=str, parse_constant=str)
    except json.JSONDecodeError as error:
        raise SpecFileError(
            f"{name}, line {error.lineno}, column {error.colno}: this is no JSON: {_short(error.msg)}"
        ) from None
    except RecursionError:
        _not(name, "JSON")
    _object(name, found, value)


def _yaml(name: str, found: Found, text: str) -> None:
    """Composed and never constructed: each scalar is the text that was written, so that 0.10 stays 0.10."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        node = yaml.compose(text, Loader=loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or getattr(error, "reason", "") or "it cannot be read"
        raise SpecFileError(f"{name}{line}: this is no YAML: {_short(problem)}") from None
    except (RecursionError, ValueError):
        _not(name, "YAML")
    _object(name, found, _of_node(name, node, set()))


def _of_node(name: str, node: Any, seen: set[int], depth: int = 0) -> Any:
    """Strings, lists and dicts. Each node once: aliases, which make billions of a few lines, are refused."""
    if node is None:
        return ""
    where = f"{name}, line {node.start_mark.line + 1}"
    if id(node) in seen:
        raise SpecFileError(f"{where}: an alias (*) is not taken; write out what it stands for")
    seen.add(id(node))
    if depth > _DEEPEST:
        raise SpecFileError(f"{where}: lists and objects stand too deep within each other")
    if isinstance(node, yaml.ScalarNode):
        plain = not node.style and node.value in ("~", "null", "Null", "NULL")
        return "" if plain else str(node.value)
    if isinstance(node, yaml.SequenceNode):
        return [_of_node(name, one, seen, depth + 1) for one in node.value]
    pairs = [(_of_node(name, key, seen, depth + 1), value) for key, value in node.value]
    keys = [key for key, _ in pairs]
    if any(not isinstance(key, str) for key in keys):
        raise SpecFileError(f"{where}: a key must be a word")
    if twice := _twice(keys):
        raise SpecFileError(f"{where}: “{twice[:50]}” stands twice in one object; keep one")
    return {key: _of_node(name, value, seen, depth + 1) for key, value in pairs}


def _twice(keys: Iterable[str]) -> str:
    return next((key for key, count in Counter(keys).items() if count > 1), "")


def _short(error: object) -> str:
    return " ".join(str(error).split())[:150]


def _not(name: str, what: str) -> NoReturn:
    raise SpecFileError(
        f"{name}: this {what} cannot be read; docs/check.md shows how it is written"
    ) from None


# A contract's terms hold a specification: what else stands in them is no concern of it.
_OF_A_CONTRACT = frozenset(Terms.__struct_fields__)


def _object(name: str, found: Found, value: Any) -> None:
    """What all three say alike: an object, or just the list of requirements."""
    whole = {"requirements": value} if isinstance(value, list) else value
    if not isinstance(whole, Mapping):
        raise SpecFileError(f"{name}: write an object with “requirements”, a list of lines")
    listed: Any = None
    for key, one in whole.items():
        named = words.header(str(key))
        where = f"{name}, {str(key)[:50]}"
        if not named and key in _OF_A_CONTRACT:
            continue
        if not named:
            raise SpecFileError(
                f"{where}: this field is unknown; write title, category, markets, attachments, remarks, "
                "language or requirements"
            )
        if named == "requirements":
            listed = one
        elif one not in ("", None):
            say(found, where, named, _strings(where, one))
    if listed is not None:
        _requirements(f"{name}, requirements", found, listed)
    elif "category" not in found.said:
        raise SpecFileError(f"{name}: “requirements” is missing; write a list of lines")


def _strings(where: str, value: Any) -> str | list[str]:
    """Of documents that come with their hash, as in a contract, the names."""
    if not isinstance(value, list):
        return _scalar(where, value)
    texts = [one.get("name") if isinstance(one, Mapping) else one for one in value]
    if not all(isinstance(one, str) for one in texts):
        raise SpecFileError(f"{where}: write a list of texts")
    return list(map(str, texts))


def _scalar(where: str, value: Any) -> str:
    if isinstance(value, Mapping | list):
        raise SpecFileError(f"{where}: write a text, not a list or an object")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and abs(value) >= 10**1000:
        raise SpecFileError(f"{where}: this number is too long")
    return "" if value is None else str(value)


def _requirements(where: str, found: Found, listed: Any) -> None:
    if isinstance(listed, str):
        _lines(where, found, listed)
        return
    if isinstance(listed, Mapping):
        listed = [{key: value} for key, value in listed.items()]
    if not isinstance(listed, list):
        raise SpecFileError(f"{where}: write a list of texts or objects")
    for number, one in enumerate(listed, 1):
        here = f"{where} {number}"
        if isinstance(one, Mapping):
            read = _from_object(here, found, one)
        else:
            text = one_line(here, _scalar(here, one))
            read = Requirement(text) if text else None
        if read:
            found.add(here, read)


_EXACT = frozenset(Requirement.__struct_fields__) - {"text", "attribute", "unit", "method", "line"}


def _from_object(where: str, found: Found, given: Mapping[str, Any]) -> Requirement | None:
    """By the words that head columns too; or with the very fields of a requirement, as the API shows it."""
    if len(given) == 1 and not (words.column(key := str(*given)) or key in _EXACT):
        # “Fabric weight: 200 g/m²” as a line of YAML is an object to its reader.
        return Requirement(one_line(where, labelled(key, _scalar(where, given[key]))))
    fields: dict[str, str] = {}
    exact: dict[str, Any] = {}
    for key, value in given.items():
        if key in _EXACT and (key != "tolerance" or isinstance(value, Mapping)):
            exact[key] = value
            continue
        if not (named := words.column(str(key))):
            raise SpecFileError(
                f"{where}, {str(key)[:50]}: this field is unknown; write text, attribute, value, unit, "
                "tolerance, method, class or line"
            )
        if named == "attachments":
            say(found, where, named, _strings(where, value))
        elif written := _scalar(f"{where}, {named}", value).strip():
            fields[named] = written
    if not exact:
        return requirement(where, fields)
    if "text" not in fields:
        raise SpecFileError(f"{where}, text: it is missing; write what is required in words")
    for key in ("method", "line"):
        if key in fields:
            exact[key] = words.method(fields[key]) if key == "method" else fields[key]
    exact |= {key: one_line(where, fields[key]) for key in ("text", "attribute") if key in fields}
    if spelt := fields.get("unit"):
        unit = words.units().by_code.get(spelt) or words.unit(spelt)
        exact["unit"] = unit.code if unit else spelt[:20]
    try:
        read = msgspec.convert(exact, Requirement, strict=False)
    except msgspec.ValidationError as error:
        raise SpecFileError(f"{where}: {_short(error)}") from None
    except (RecursionError, ValueError, ArithmeticError):
        raise SpecFileError(f"{where}: a number in it cannot be read") from None
    for text in (read.words, *read.references, *read.standards, read.duty):
        one_line(where, text)
    return read


_READERS: Mapping[str, Callable[[str, Found, str], None]] = {
    "toml": _toml,
    "json": _json,
    "yaml": _yaml,
    "yml": _yaml,
    "csv": _delimited,
    "tsv": _delimited,
    "tab": _delimited,
}
