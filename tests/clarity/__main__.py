"""Measures the clarity check against lines that people labelled.

`python -m tests.clarity [--held-out] [--errors]` prints precision and recall of each code and of clear against
not clear, by half and by language. Rules may be improved by looking at lines of the open half (`--errors`);
the lines of the other half are held out, so only numbers are told of them.
"""

import csv
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from tradehold.domain.clarity import gaps
from tradehold.domain.given import Knowledge
from tradehold.domain.requirement import GapCode, Requirement, Specification
from tradehold.knowledge import load_knowledge

FOLDER = Path(__file__).parent
HALVES = ("open", "held_out")
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


def _print(title: str, lines: list[Labelled], knowledge: Knowledge) -> None:
    print(f"{title}, {len(lines)} lines")
    for name, score in scores(lines, knowledge).items():
        if score.right + score.wrong + score.missed:
            print(
                f"  {name:22}precision {score.precision:.3f}  recall {score.recall:.3f}  "
                f"right {score.right:3} wrong {score.wrong:3} missed {score.missed:3}"
            )


def _print_errors(lines: list[Labelled], knowledge: Knowledge) -> None:
    for line in lines:
        told = found(line, knowledge)
        if told != line.codes:
            surplus = ",".join(sorted(told - line.codes))
            missing = ",".join(sorted(line.codes - told))
            print(f"{line.language} [{'; '.join(line.attachments)}] {line.text}\n   +{surplus} -{missing}")


def main(arguments: list[str]) -> int:
    held_out, errors = "--held-out" in arguments, "--errors" in arguments
    if held_out and errors:
        print(
            "The lines of the held-out half are not shown: rules must be made without them.", file=sys.stderr
        )
        return 2
    knowledge = load_knowledge()
    half = "held_out" if held_out else "open"
    lines = list(labelled(half))
    if errors:
        _print_errors(lines, knowledge)
    for language in sorted({line.language for line in lines}):
        _print(f"{half}, {language}", [line for line in lines if line.language == language], knowledge)
    _print(f"{half}, all", lines, knowledge)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
