"""Measures the clarity check against lines that people labelled.

`python -m tests.clarity [--held-out] [--errors]` prints precision and recall of each code and of clear
against not clear, by half and by language. Rules may be improved by looking at lines of the open half
(`--errors`); the lines of the other half are held out, so only numbers are told of them.
"""

import sys

from tests.clarity.score import Labelled, found, labelled, scores
from tradehold.domain.given import Knowledge
from tradehold.knowledge import load_knowledge


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
