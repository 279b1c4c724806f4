"""What the demo's goods must be: a specification with nothing left open, one with an inspection, and one with
the gaps that people really leave."""

from decimal import Decimal
from hashlib import sha256
from typing import Any

from tradehold.domain.contract import QUESTIONS, Answer, Attachment
from tradehold.domain.inspection import draw_up
from tradehold.domain.requirement import Defect, Method, Requirement, Tolerance
from tradehold.domain.sampling import Tables

D = Decimal
PLAIN_ANSWERS = tuple(
    Answer(question, "By the requirements of this contract.", ("requirements",)) for question in QUESTIONS
)
# What a contract says of goods that both sides know.
PLAIN: dict[str, Any] = {
    "requirements": (
        Requirement(
            "As the sealed sample S-2026-014, of which both sides keep one", attribute="sample",
            references=("S-2026-014",), method=Method.VISUAL,
        ),
    ),
    "answers": PLAIN_ANSWERS,
}  # fmt: skip
# The documents that the contracts name, by name: each is uploaded as its buyer would.
FILES = {
    "tshirt-dimensions.csv": (
        b"size,chest_cm,length_cm,sleeve_cm\n104,31,43,12\n116,33,47,13\n128,36,51,14\n140,39,55,15\n"
    ),
    "care-label.txt": b"100 % organic cotton\nWash at 40 C, do not bleach, iron medium\nMade in China\n",
    "bag-dimensions.csv": b"part,nominal_mm,tolerance_mm\nheight,400,5\nwidth,360,5\nstrap,620,10\n",
    "print-anchor.txt": b"Anchor, one colour, PANTONE 289 C, 120 x 120 mm, centred on the long side\n",
}


def attachment(name: str) -> Attachment:
    body = FILES[name]
    return Attachment(name, sha256(body).hexdigest(), len(body))


def _percent(minus: str, plus: str) -> Tolerance:
    return Tolerance(D(minus), D(plus), percent=True)


TSHIRTS: dict[str, Any] = {
    "category": "childrens_clothing",
    "attachments": tuple(map(attachment, ("tshirt-dimensions.csv", "care-label.txt"))),
    "requirements": (
        Requirement(
            "Fabric: 100 % organic cotton, GOTS certified", attribute="material", operator="is",
            words="100 % organic cotton", standards=("GOTS",), method=Method.DOCUMENT,
        ),
        Requirement(
            "Fabric weight 200 g/m² ± 5 %", attribute="fabric_weight", operator="equal", values=(D(200),),
            unit="GM", tolerance=_percent("5", "5"), method=Method.MEASUREMENT,
        ),
        Requirement(
            "Colour: Pantone 1935 D", attribute="colour", operator="is", words="Pantone 1935 D",
            method=Method.VISUAL,
        ),
        Requirement(
            "Dimensions as in tshirt-dimensions.csv, ± 1 cm", attribute="dimensions",
            tolerance=Tolerance(D(1), D(1)), unit="CMT", references=("tshirt-dimensions.csv",),
            method=Method.MEASUREMENT, line=0,
        ),
        Requirement(
            "Shrinkage after one wash at 40 °C at most 5 % (ISO 6330)", attribute="shrinkage",
            operator="at_most", values=(D(5),), unit="P1", standards=("ISO 6330",), method=Method.LAB_TEST,
        ),
        Requirement(
            "Care label as in care-label.txt, sewn into the side seam", attribute="care_label", operator="is",
            words="sewn into the side seam", references=("care-label.txt",), method=Method.VISUAL,
            defect=Defect.MINOR, line=0,
        ),
        Requirement(
            "No drawstrings at hood or neck (16 CFR 1120.3)", attribute="drawstrings", operator="is",
            words="none", standards=("16 CFR 1120.3",), method=Method.VISUAL, defect=Defect.CRITICAL,
        ),
        Requirement(
            "Total lead at most 100 mg/kg (CPSIA section 101), shown by a laboratory test report",
            attribute="lead", operator="at_most", values=(D(100),), unit="NA",
            standards=("CPSIA section 101",), method=Method.LAB_TEST, defect=Defect.CRITICAL,
        ),
        Requirement(
            "24 pieces in a carton, of one size each", attribute="packing", operator="equal",
            values=(D(24),), unit="C62", method=Method.COUNT, defect=Defect.MINOR,
        ),
    ),
    "answers": (
        Answer(
            "specification", "Fabric, colour, dimensions, label and packing stand as requirements, with the "
            "table of dimensions attached.", ("requirements", "tshirt-dimensions.csv"),
        ),
        Answer("ability", "Verified on site within the year; the counter sample was approved.",
               ("verifications",)),
        Answer("standards", "CPSIA and the drawstring rule for the United States.", ("requirements",)),
        Answer("compliance", "A laboratory's report of this lot is shown before shipment.",
               ("requirements",)),
    ),
}  # fmt: skip


def bags(tables: Tables) -> dict[str, Any]:
    """Canvas bags that are inspected before they ship."""
    return {
        "category": "bags",
        "attachments": tuple(map(attachment, ("bag-dimensions.csv", "print-anchor.txt"))),
        "inspection": draw_up(
            tables, company="Eastgate Inspection Ltd", kind="PSI", lot=1200, level="II", severity="normal",
            major=D("2.5"), minor=D("4.0"), fee=29_800,
        ),
        "requirements": (
            Requirement(
                "Canvas of 100 % cotton, 12 oz/yd² ± 4 %", attribute="fabric_weight", operator="equal",
                values=(D(12),), unit="ON", tolerance=_percent("4", "4"), method=Method.MEASUREMENT,
            ),
            Requirement(
                "Dimensions as in bag-dimensions.csv", attribute="dimensions",
                references=("bag-dimensions.csv",), method=Method.MEASUREMENT, line=0,
            ),
            Requirement(
                "Print as in print-anchor.txt", attribute="print", references=("print-anchor.txt",),
                method=Method.VISUAL, line=0,
            ),
            Requirement(
                "Strap holds 15 kg or more for one minute", attribute="strap_strength", operator="at_least",
                values=(D(15),), unit="KGM", method=Method.FUNCTION,
            ),
        ),
        "answers": PLAIN_ANSWERS,
    }  # fmt: skip


def first_socks() -> dict[str, Any]:
    """What a buyer in a hurry writes."""
    return {
        "category": "adult_apparel",
        "requirements": (
            Requirement("Good quality, as last time"),
            Requirement(
                "80 % cotton, 20 % polyamide", attribute="material", operator="is",
                words="80 % cotton, 20 % polyamide", method=Method.DOCUMENT,
            ),
            Requirement("Weight of a pair as usual", attribute="weight"),
            Requirement("Colours same as sample", attribute="colour", method=Method.VISUAL),
        ),
        "answers": (Answer("specification", "By the requirements of this contract.", ("requirements",)),),
    }  # fmt: skip


def socks(tables: Tables) -> dict[str, Any]:
    """What the supplier makes of them, and what is still open: confirming it takes an acknowledgement."""
    return {
        "category": "adult_apparel",
        "inspection": draw_up(
            tables, company="Eastgate Inspection Ltd", kind="PSI", lot=5000, level="II", severity="normal",
            major=D("2.5"), minor=D("4.0"), fee=32_000,
        ),
        "requirements": (
            Requirement("Good quality, as last time"),
            Requirement(
                "80 % cotton, 17 % polyamide, 3 % elastane", attribute="material", operator="is",
                words="80 % cotton, 17 % polyamide, 3 % elastane", method=Method.DOCUMENT,
            ),
            Requirement(
                "Weight of a pair 46 g", attribute="weight", operator="equal", values=(D(46),), unit="GRM",
                method=Method.MEASUREMENT,
            ),
            Requirement("Colours same as sample", attribute="colour", method=Method.VISUAL),
            Requirement(
                "12 pairs in a polybag, 10 polybags in a carton", attribute="packing", operator="is",
                words="12 pairs in a polybag, 10 polybags in a carton", method=Method.COUNT,
                defect=Defect.MINOR,
            ),
        ),
        "answers": (
            Answer("specification", "By the requirements of this contract.", ("requirements",)),
            Answer("ability", "Verified by the platform.", ("verifications",)),
        ),
    }  # fmt: skip
