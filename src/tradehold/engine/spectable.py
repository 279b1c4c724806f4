"""Tables: what CSV, a pasted part of a spreadsheet, and XLSX files have in common, and how each is opened."""

import csv
import io
import warnings
import zipfile
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import openpyxl
from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from tradehold.domain.contract import MOST_TEXT
from tradehold.engine import specwords as words
from tradehold.engine.archives import check_archive
from tradehold.engine.filerefused import FileRefused
from tradehold.engine.specfields import Found, SpecFileError, labelled, one_line, requirement, say

MOST_ROWS = 5_000
MOST_COLUMNS = 64
_MOST_UNPACKED = 12 * 2**20  # bytes of a workbook's XML
_HEADING_WITHIN = 20  # rows
_DELIMITERS = ",;\t|"

Row = tuple[int, list[str]]  # its number in the file from 1, its cells stripped


def read_rows(name: str, found: Found, rows: list[Row], place: str = "row") -> None:
    """Adds what a table says to what was found. Raises SpecFileError."""
    rows = [(number, cells) for number, cells in rows if any(cells)]
    at, columns = _heading(rows)
    for number, cells in rows[:at]:
        _above(found, f"{name}, {place} {number}", [cell for cell in cells if cell])
    if columns:
        _by_heading(name, found, rows[at:], columns, place)
        return
    for number, cells in rows:
        where = f"{name}, {place} {number}"
        first, *rest = [cell for cell in cells if cell]
        if not _header(found, where, first, rest):
            _add(found, where, {"text": labelled(first, ", ".join(rest)) if rest else first})


def _add(found: Found, where: str, fields: dict[str, str]) -> None:
    if one := requirement(where, fields):
        found.add(where, one)


def _header(found: Found, where: str, label: str, rest: list[str]) -> bool:
    """Whether the row was a header such as “Category: toys” whose value is known."""
    if not rest:
        label, _, value = label.replace("：", ":").partition(":")
        rest = [value] if value.strip() else []
    named = words.header(label)
    if not rest or named not in ("category", "markets"):
        return False
    items = [item for one in rest for item in (words.split(one) if named == "markets" else [one])]
    if not items or not all(map(words.market if named == "markets" else words.category, items)):
        return False
    say(found, where, named, items)
    return True


def _above(found: Found, where: str, cells: list[str]) -> None:
    """What stands over the headings: title, category and markets; anything else is a remark."""
    if _header(found, where, cells[0], cells[1:]):
        return
    if len(cells) > 1 and words.header(cells[0]) == "title":
        say(found, where, "title", " ".join(cells[1:]))
    elif len(cells) == 1 and "title" not in found.said and len(cells[0]) <= 100:
        say(found, where, "title", cells[0])
    else:
        say(found, where, "remarks", ": ".join(cells))


def _heading(rows: list[Row]) -> tuple[int, dict[int, str]]:
    """Where the headings stand, and the Column of each that is known; (0, {}) where there are none."""
    width = max((sum(map(bool, cells)) for _, cells in rows), default=0)
    for at, (_, cells) in enumerate(rows[:_HEADING_WITHIN]):
        columns: dict[int, str] = {}
        for place, cell in enumerate(cells):
            named = words.column(cell) if cell else ""
            if named and named not in columns.values():
                columns[place] = named
        known = set(columns.values())
        whole = len([cell for cell in cells if cell]) > 1 or width == 1
        if whole and ("text" in known or {"attribute", "value"} <= known):
            return at, columns
    return 0, {}


def _by_heading(name: str, found: Found, rows: list[Row], columns: dict[int, str], place: str) -> None:
    headings = rows[0][1]
    found.left_out = tuple(
        cell[:100] for at, cell in enumerate(headings)
        if cell and at not in columns and any(at < len(cells) and cells[at] for _, cells in rows[1:])
    )  # fmt: skip
    for number, cells in rows[1:]:
        where = f"{name}, {place} {number}"
        if extra := [cell for cell in cells[len(headings) :] if cell]:
            raise SpecFileError(
                f"{where}: “{extra[0][:50]}” stands beyond the {len(headings)} headings; give it a heading, "
                "or put quotes around text that holds the delimiter"
            )
        fields = {columns[at]: cell for at, cell in enumerate(cells) if cell and at in columns}
        if attached := fields.pop("attachments", ""):
            say(found, where, "attachments", attached)
        if set(fields) - {"number", "class", "line", "unit"}:
            _add(found, where, fields)


# -- text


def read_delimited(name: str, found: Found, text: str, delimiters: str = _DELIMITERS) -> bool:
    """Reads text as a table, if it is one: rows of as many cells each, or headings that are known."""
    chosen = _as_table(text, delimiters)
    if chosen is None:
        return False
    read_rows(name, found, _rows(name, text, chosen), "line")
    return True


def _rows(name: str, text: str, delimiter: str) -> list[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows: list[Row] = []
    begins = 1
    try:
        for cells in reader:
            if len(cells) > MOST_COLUMNS and any(map(str.strip, cells[MOST_COLUMNS:])):
                raise SpecFileError(f"{name}, line {begins}: there are more than {MOST_COLUMNS} columns")
            if len(rows) == MOST_ROWS:
                raise SpecFileError(f"{name}: there are more than {MOST_ROWS:,} rows; divide the file")
            rows.append((begins, [cell.strip() for cell in cells[:MOST_COLUMNS]]))
            begins = reader.line_num + 1
    except csv.Error as error:
        raise SpecFileError(
            f"{name}, line {max(reader.line_num, 1)}: {error}; look for a quote that is not closed"
        ) from None
    return rows


def _as_table(text: str, delimiters: str) -> str | None:
    """The delimiter that gives known headings, or nearly every row as many cells, two or more: text with
    commas is no table."""
    sample = "".join(text[:200_000].splitlines(keepends=True)[:200])
    tables = {delimiter: rows for delimiter in delimiters if (rows := _sampled(sample, delimiter))}
    for fits in (_headed, _regular):
        for delimiter, rows in tables.items():
            if fits(rows):
                return delimiter
    return None


def _sampled(sample: str, delimiter: str) -> list[Row]:
    """Nothing where it cannot be read so."""
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
    try:
        rows = [(number, [cell.strip() for cell in cells]) for number, cells in enumerate(reader)]
    except csv.Error:
        return []
    return [row for row in rows if any(row[1])]


def _headed(rows: list[Row]) -> bool:
    return bool(_heading(rows)[1]) and max(len(cells) for _, cells in rows) > 1


def _regular(rows: list[Row]) -> bool:
    usual, count = Counter(len(cells) for _, cells in rows).most_common(1)[0]
    return usual > 1 and len(rows) > 1 and 10 * count >= 9 * len(rows)


# -- workbooks


def read_workbook(name: str, found: Found, body: bytes) -> None:
    """The first visible sheet with content. Raises SpecFileError for whatever is wrong with the file."""
    _check_parts(name, body)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what openpyxl leaves out: pictures, validation
            rows = _sheet_rows(name, body)
    except SpecFileError:
        raise
    # Whatever a file that was made to do harm provokes in the reader, of any kind.
    except Exception:
        raise SpecFileError(f"{name}: this workbook cannot be read; save it anew as XLSX or CSV") from None
    read_rows(name, found, rows)


def _check_parts(name: str, body: bytes) -> None:
    """Bounded, and without a DOCTYPE, which attacks by entities begin with."""
    try:
        names = check_archive(io.BytesIO(body))
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            parts = [one for one in archive.infolist() if one.filename.lower().endswith((".xml", ".rels"))]
            if "xl/workbook.xml" not in names:
                raise SpecFileError(f"{name}: this archive is no workbook; save it as XLSX or CSV")
            if sum(part.file_size for part in parts) > _MOST_UNPACKED:
                raise SpecFileError(
                    f"{name}: it would unpack to more than {_MOST_UNPACKED // 2**20} MB; save only the sheet "
                    "with the specification"
                )
            for part in parts:
                with archive.open(part) as opened:
                    next(ElementTree.iterparse(opened, events=("start",), forbid_dtd=True), None)
    except FileRefused as refused:
        raise SpecFileError(f"{name}: {refused.message[:1].lower()}{refused.message[1:]}") from None
    except SpecFileError:
        raise
    except DefusedXmlException:
        raise SpecFileError(f"{name}: it has a DOCTYPE, which attacks are made of; save it anew") from None
    except Exception:
        raise SpecFileError(f"{name}: this workbook is broken; save it anew as XLSX or CSV") from None


def _sheet_rows(name: str, body: bytes) -> list[Row]:
    book = openpyxl.load_workbook(io.BytesIO(body), read_only=True, data_only=True, keep_links=False)
    try:
        for sheet in sorted(book.worksheets, key=lambda one: one.sheet_state != "visible"):
            sheet.reset_dimensions()  # a sheet may claim any size
            if rows := list(_cells(name, sheet)):
                return rows
        return []
    finally:
        book.close()


def _cells(name: str, sheet: Any) -> Iterator[Row]:
    for number, row in enumerate(sheet.iter_rows(max_row=MOST_ROWS + 1, max_col=MOST_COLUMNS), 1):
        cells = [_written(f"{name}, row {number}", cell) for cell in row]
        if any(cells):
            if number > MOST_ROWS:
                raise SpecFileError(f"{name}: there are more than {MOST_ROWS:,} rows; divide the file")
            yield number, cells


def _written(where: str, cell: Any) -> str:
    """A cell as people see it, as far as its value tells."""
    value = cell.value
    if value is None or (isinstance(value, str) and value.startswith("#") and cell.data_type == "e"):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return _number(value, str(cell.number_format or ""))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return one_line(where, str(value), 10 * MOST_TEXT)


def _number(value: float, form: str) -> str:
    """Without the noise of binary fractions; a share that is shown in per cent as such."""
    if value != value or value in (float("inf"), float("-inf")):
        return ""
    exact = Decimal(f"{value:.12g}")
    shown = exact * 100 if "%" in form else exact
    text = f"{shown:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return f"{text} %" if "%" in form else text
