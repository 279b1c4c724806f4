"""Arrays as the text PostgreSQL writes them in: `{1,2}`, `{"a","b"}`.

The driver's own array encoder asks of every element whether it is itself an array, which cost as much as the
statement's half of the work in PostgreSQL. One string a column costs a fifth of that. Bytes stay lists: the
driver sends them in binary.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

Column = Callable[[Sequence[Any]], object]


def numbers(column: Sequence[int]) -> str:
    return f"{{{','.join(map(str, column))}}}"


def words(column: Sequence[str]) -> str:
    """Text of any content; PostgreSQL itself has no zero character, so it can part the elements here."""
    if not column:
        return "{}"
    joined = "\0".join(column)
    if joined.count("\0") >= len(column):
        raise ValueError("text holds a zero character")
    if '"' in joined or "\\" in joined:
        joined = joined.replace("\\", "\\\\").replace('"', '\\"')
    return '{"' + joined.replace("\0", '","') + '"}'


def times(column: Sequence[datetime]) -> str:
    written = {at: at.isoformat() for at in set(column)}
    return f"{{{','.join([written[at] for at in column])}}}"


def raw(column: Sequence[bytes]) -> Sequence[bytes]:
    return column
