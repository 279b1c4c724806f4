"""The inspection that a contract fixes before any money moves: who looks, when, at how many pieces, and how
many defects the lot may have.

Sample sizes and the numbers to accept and reject are computed once (`draw_up`) and hashed with the contract,
so that both sides see what they agree to and a later table changes nothing. A verdict is reached by them.
"""

from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec

from tradehold.domain import sampling
from tradehold.domain.requirement import Defect

# In-process at about 20 % made; during production; pre-shipment, all made and 80 % packed; at loading.
Type = Literal["IPC", "DUPRO", "PSI", "CLS"]
TYPES: tuple[Type, ...] = ("IPC", "DUPRO", "PSI", "CLS")


class Waiver(msgspec.Struct, frozen=True, tag="waiver", forbid_unknown_fields=True):
    """The buyer goes without an inspection and knows that a claim about quality has no ground then."""

    reason: str


class Sample(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of one defect class: `pieces` are looked at; up to `accept` defects pass, `reject` or more fail."""

    defect: Defect
    aql: Decimal  # 0 for critical defects
    code_letter: str
    pieces: int
    accept: int
    reject: int


class Inspection(msgspec.Struct, frozen=True, omit_defaults=True, tag="inspection", kw_only=True,
                 forbid_unknown_fields=True):  # fmt: skip
    """`company` is the inspection company by the name that both know. `first` and `last` bound the day; where
    they are left out it is any day between the production report and shipment. `lot` is in pieces, `fee` in
    minor units of the contract's currency and paid by the buyer. One sample for each defect class."""

    company: str
    kind: Type
    lot: int
    level: str
    severity: str
    samples: tuple[Sample, ...]
    fee: int
    first: date | None = None
    last: date | None = None


def draw_up(
    tables: sampling.Tables, *, company: str, kind: Type, lot: int, level: str, severity: str,
    major: Decimal, minor: Decimal, fee: int, first: date | None = None, last: date | None = None,
) -> Inspection:  # fmt: skip
    """The inspection with its samples computed. Raises ValueError naming what no table knows."""
    plans = plans_of(tables, lot, level, severity, major, minor)
    samples = tuple(
        Sample(defect, Decimal(0) if defect is Defect.CRITICAL else aql, plan.code_letter, plan.pieces,
               plan.accept, plan.reject)
        for defect, aql, plan in zip(Defect, (Decimal(0), major, minor), plans, strict=True)
    )  # fmt: skip
    return Inspection(
        company=company, kind=kind, lot=lot, level=level, severity=severity, samples=samples, fee=fee,
        first=first, last=last,
    )  # fmt: skip


def plans_of(
    tables: sampling.Tables, lot: int, level: str, severity: str, major: Decimal, minor: Decimal
) -> tuple[sampling.Plan, sampling.Plan, sampling.Plan]:
    """For critical, major and minor defects; critical ones are looked for on the major ones' sample."""
    of_major = sampling.plan(tables, lot, level, major, severity)
    of_minor = sampling.plan(tables, lot, level, minor, severity)
    return sampling.critical(of_major), of_major, of_minor


def plans(tables: sampling.Tables, agreed: Inspection) -> tuple[sampling.Plan, ...]:
    aql = {sample.defect: sample.aql for sample in agreed.samples}
    return plans_of(
        tables, agreed.lot, agreed.level, agreed.severity, aql[Defect.MAJOR], aql[Defect.MINOR]
    )  # fmt: skip


def problems(agreed: Inspection, tables: sampling.Tables) -> dict[str, str]:
    """What is wrong with it, by the path below `inspection`."""
    found: dict[str, str] = {}
    if not agreed.company.strip() or len(agreed.company) > 200:
        found["company"] = "Name the inspection company, in at most 200 characters."
    if agreed.fee < 0:
        found["fee"] = "The fee cannot be below zero."
    if (agreed.first is None) != (agreed.last is None):
        found["last"] = "Give both days of the window, or neither."
    elif agreed.first and agreed.last and agreed.last < agreed.first:
        found["last"] = f"The window ends before it begins on {agreed.first}."
    aql = {sample.defect: sample.aql for sample in agreed.samples}
    if tuple(aql) != tuple(Defect):
        return found | {"samples": "Give one sample each for critical, major and minor defects."}
    try:
        right = draw_up(
            tables, company=agreed.company, kind=agreed.kind, lot=agreed.lot, level=agreed.level,
            severity=agreed.severity, major=aql[Defect.MAJOR], minor=aql[Defect.MINOR], fee=agreed.fee,
        )  # fmt: skip
    except ValueError as error:
        return found | {"samples": str(error)}
    for number, (given, computed) in enumerate(zip(agreed.samples, right.samples, strict=True)):
        if given != computed:
            found[f"samples.{number}"] = (
                f"By the tables it is {computed.pieces} pieces, accept {computed.accept}, reject "
                f"{computed.reject}, letter {computed.code_letter}."
            )
    return found
