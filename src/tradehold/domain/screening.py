from collections.abc import Iterable

import msgspec


class Hit(msgspec.Struct, frozen=True):
    entry: str
    name: str


class ScreeningList(msgspec.Struct, frozen=True):
    name: str = ""


def hits(listed: ScreeningList, names: Iterable[str]) -> tuple[Hit, ...]:
    return ()
