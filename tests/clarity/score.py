"""How well the clarity check meets what people labelled."""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from tradehold.domain.clarity import gaps
from tradehold.domain.given import Knowledge
from tradehold.domain.requirement import GapCode, Requirement, Specification

FOLDER = Path(__file__).parent
NOT_CLEAR = "not clear"


class Labelled(msgspec.Struct, frozen=True):
    language: str
    text: str
    attachments: tuple[str, ...]
    codes: frozenset[str]


class Score(msgspec.Struct, frozen=True):
    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0

    @property
    def f1(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def labelled(half: str, folder: Path = FOLDER) -> Iterator[Labelled]:
    for file in sorted(folder.glob(f"{half}_*.csv")):
        with file.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                attachments = tuple(name for name in row["attachments"].split(";") if name)
                codes = frozenset(code for code in row["codes"].split(";") if code)
                yield Labelled(row["language"], row["text"], attachments, codes)


def found(line: Labelled, knowledge: Knowledge) -> frozenset[str]:
    spec = Specification((Requirement(line.text),), attachments=line.attachments, language=line.language)
    return frozenset(str(gap.code) for gap in gaps(spec, knowledge))


def scores(lines: Iterable[Labelled], knowledge: Knowledge) -> dict[str, Score]:
    """By code and for NOT_CLEAR, which is right where a line has any gap and was said to have one."""
    counts: dict[str, Counter[str]] = {name: Counter() for name in (NOT_CLEAR, *GapCode)}
    for line in lines:
        told = found(line, knowledge)
        pairs = [(NOT_CLEAR, bool(line.codes), bool(told))]
        pairs += [(code, code in line.codes, code in told) for code in GapCode]
        for name, expected, said in pairs:
            if expected or said:
                counts[name]["right" if expected and said else "missed" if expected else "wrong"] += 1
    return {name: Score(one["right"], one["wrong"], one["missed"]) for name, one in counts.items()}
