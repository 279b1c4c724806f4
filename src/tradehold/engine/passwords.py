"""Passwords: argon2id, in threads, few at once; and which are too easy to guess (NIST SP 800-63B, 3.1.1)."""

import asyncio
import re
import unicodedata
from collections.abc import Callable
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

T = TypeVar("T")
SHORTEST, LONGEST = 12, 256  # characters
AT_ONCE = 2  # each takes a core for a quarter of a second, and 64 MB
_LEFT = 8  # characters that somebody's own name does not account for


class Passwords:
    """A cheaper `hasher` is for tests."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def hash(self, password: str) -> str:
        return await self._work(lambda: self._hasher.hash(_plain(password)))

    async def fits(self, hashed: str, password: str) -> bool:
        """Takes the same time where there is nothing to compare with."""
        if not hashed:
            await self.hash(password)
            return False
        return await self._work(lambda: self._verify(hashed, _plain(password)))

    def outdated(self, hashed: str) -> bool:
        """Made with other parameters than today's."""
        return self._hasher.check_needs_rehash(hashed)

    def _verify(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _work(self, work: Callable[[], T]) -> T:
        async with self._turns:
            return await asyncio.to_thread(work)


def _plain(password: str) -> str:
    """The same password from every keyboard."""
    return unicodedata.normalize("NFKC", password[:LONGEST])


class Weakness(StrEnum):
    SHORT = "short"
    LONG = "long"
    COMMON = "common"
    OWN = "own"  # one's own name or address


@cache
def _common() -> frozenset[str]:
    text = files("tradehold").joinpath("data", "passwords.txt").read_text("utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))


def weakness(password: str, *own: str) -> Weakness | None:
    """What makes it easy to guess; `own` are the person's name and e-mail."""
    if len(password) < SHORTEST:
        return Weakness.SHORT
    if len(password) > LONGEST:
        return Weakness.LONG
    folded = _plain(password).casefold()
    if len(set(folded)) < 5 or not {folded, _stem(folded)}.isdisjoint(_common()):
        return Weakness.COMMON
    left = folded
    for word in re.split(r"[\W_]+", " ".join(own).casefold()):
        if len(word) > 2:
            left = left.replace(word, "")
    letters = sum(each.isalnum() for each in left)
    return Weakness.OWN if left != folded and letters < _LEFT else None


def _stem(folded: str) -> str:
    """Without what people add to make a word longer: digits and signs around it, and the word again."""
    bare = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", folded)
    repeated = re.fullmatch(r"(.+?)\1+", bare)
    return repeated[1] if repeated else bare
