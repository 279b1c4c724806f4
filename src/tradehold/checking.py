"""`tradehold check`: a specification from a file, looked at and printed. No server, no database."""

from collections.abc import Iterator
from itertools import groupby, islice
from pathlib import Path
from typing import BinaryIO

import msgspec
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tradehold.domain.category import LANGUAGES
from tradehold.domain.given import Knowledge
from tradehold.domain.regulation import CATEGORIES, MARKETS, market_of
from tradehold.engine import specwords
from tradehold.engine.check import DutySaid, GapSaid, Looked, MissingSaid, look
from tradehold.engine.specfile import MOST_BYTES, Spec, read_spec

_MOST_BESIDE = 10_000  # files of a folder that are looked through


def check(
    file: Path, stdin: BinaryIO, knowledge: Knowledge, category: str, markets: list[str], language: str
) -> tuple[Spec, Looked]:
    """What the file says, with the options in the place of its own headers, and the look at it. Raises
    ValueError for a bad file or option, OSError for a file that cannot be read."""
    if language and language not in LANGUAGES:
        raise ValueError(f"--language {language}: use one of {', '.join(LANGUAGES)}")
    key, codes = _category(category), tuple(dict.fromkeys(map(_market, markets)))
    there: tuple[str, ...] = ()
    if str(file) == "-":
        spec = read_spec("-", stdin.read(MOST_BYTES + 1))
    else:
        with file.open("rb") as opened:
            spec = read_spec(file.name, opened.read(MOST_BYTES + 1))
        there = tuple(_beside(file, spec))
    spec = msgspec.structs.replace(spec, category=key or spec.category, markets=codes or spec.markets)
    return spec, look(spec, knowledge, language, there)


def _category(written: str) -> str:
    key = specwords.category(written) if written else ""
    if written and not key:
        raise ValueError(f"--category {written}: use one of {', '.join(CATEGORIES)}")
    return key


def _market(written: str) -> str:
    if not (code := specwords.market(written)):
        raise ValueError(
            f"--market {written}: no rules are known for it; use one of {', '.join(MARKETS)} or a member "
            "state of the EU"
        )
    return code


def _beside(file: Path, spec: Spec) -> Iterator[str]:
    """Names in the same folder that the specification speaks of."""
    said = "\n".join(one.text for one in spec.requirements).lower() + spec.remarks.lower()
    for one in islice(file.parent.iterdir(), _MOST_BESIDE):
        if one.name.lower() in said and one.is_file():
            yield one.name


# -- on the terminal


def show(out: Console, spec: Spec, it: Looked, knowledge: Knowledge) -> None:
    out.print(_about(spec, it, knowledge), soft_wrap=True, highlight=False, markup=False)
    if spec.left_out:
        out.print(f"Columns that were not read: {', '.join(spec.left_out)}", style="dim", markup=False)
    for table in (_gaps(it.said.gaps), _missing(it.said.missing_attributes), _duties(it.said.duties)):
        if table.row_count:
            out.print()
            out.print(table, highlight=False)
    if it.said.duties:
        out.print("Guidance with sources, not legal advice.", style="dim")
    out.print()
    out.print(_summary(it), highlight=False)


def _about(spec: Spec, it: Looked, knowledge: Knowledge) -> str:
    known, key = knowledge.categories.categories, it.found.category
    name = known[key].names.of("en") if key in known else key.replace("_", " ")
    how = " (detected; --category decides otherwise)" if it.found.detected else ""
    category = f"{name}{how}" if key else "category unknown: give --category"
    named = (code if market_of(code) else f"{code} (no rules known)" for code in it.spec.markets)
    markets = ", ".join(named) or "no market: give --market"
    return f"{_counted(len(spec.requirements), 'requirement')} · {category} · {markets}"


def _table(title: str, *columns: str) -> Table:
    return Table(
        *columns, title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, expand=True
    )


def _gaps(gaps: tuple[GapSaid, ...]) -> Table:
    """A part for each line: the line with the words marked, and what is said of them."""
    table = _table("What nobody could decide", "line", "as written", "what is open, and what to write")
    table.columns[1].overflow = table.columns[2].overflow = "fold"
    table.columns[1].ratio, table.columns[2].ratio = 2, 3
    for (line, text), group in groupby(gaps, key=lambda gap: (gap.line, gap.requirement)):
        of_line = list(group)
        said = Text("\n").join(
            Text.assemble((gap.code.value, "yellow"), f" {gap.message}") for gap in of_line
        )
        for suggestion in dict.fromkeys(gap.suggestion for gap in of_line if gap.suggestion):
            said.append(f"\n→ {suggestion}", style="green")
        shown = _marked(text, [gap.words for gap in of_line])
        table.add_row("remark" if line is None else str(line), shown, said, end_section=True)
    return table


def _marked(text: str, words: list[str]) -> Text:
    """As written, with what causes the gaps underlined."""
    shown = Text(text)
    for each in words:
        at = text.find(each) if each else -1
        if at >= 0:
            shown.stylize("bold underline red", at, at + len(each))
    return shown


def _missing(missing: tuple[MissingSaid, ...]) -> Table:
    table = _table("Usually fixed, and not said here", "", "a line to add")
    table.columns[1].ratio = 1
    for one in missing:
        first = one.importance == 1
        table.add_row(Text("always" if first else "mostly", "bold" if first else "dim"), Text(one.suggestion))
    return table


def _duties(duties: tuple[DutySaid, ...]) -> Table:
    table = _table("Rules of the markets", "market", "a line to add", "source")
    table.columns[1].ratio, table.columns[2].ratio = 3, 1
    for one in duties:
        what = Text(one.requirement or f"To check: {one.parameter}, {one.citation}")
        if not one.proposed:
            what.stylize("dim")
        source = one.source.partition(", https://")[0] or "none named"
        table.add_row(one.market, what, Text(f"{source} ({one.confidence})", "dim"))
    return table


def _summary(it: Looked) -> str:
    gaps = it.said.gaps
    if not gaps:
        return "No gap: every requirement can be decided."
    lines = len({gap.line for gap in gaps})
    return f"{_counted(len(gaps), 'gap')} in {_counted(lines, 'line')} of {len(it.spec.requirements):,}."


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'s'[: count != 1]}"
