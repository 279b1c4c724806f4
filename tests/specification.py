"""A specification with nothing left open, for tests that are about something else."""

from tradehold.domain.contract import QUESTIONS, Answer
from tradehold.domain.requirement import Defect, Method, Requirement

REQUIREMENTS = (
    Requirement(
        "Colour: Pantone 1935 D", attribute="colour", operator="is", words="Pantone 1935 D",
        method=Method.VISUAL, defect=Defect.MAJOR,
    ),
)  # fmt: skip
ANSWERS = tuple(
    Answer(question, "By the requirements of this contract.", ("requirements",)) for question in QUESTIONS
)
