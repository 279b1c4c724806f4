import csv
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import get_args

import pytest

from tradehold.domain import regulation
from tradehold.domain.countries import COUNTRIES
from tradehold.domain.regulation import (
    CATEGORIES,
    COLUMNS,
    MARKETS,
    Confidence,
    Regulation,
    duties,
    market_of,
    read_regulations,
)
from tradehold.knowledge import load_knowledge

FILES = sorted((Path(regulation.__file__).parents[1] / "data/regulations").glob("*.csv"))
SHIPPED = load_knowledge().regulations
# The markets whose files are there, and so have an answer for every category.
COVERED = ("EU", "DE", "FR", "GB", "US", "US-CA", "CA", "AU", "JP", "BR")

LEAD = {
    "id": "US-CPSIA-PB",
    "categories": "toys;childrens_clothing",
    "market": "US",
    "regulation": "CPSIA lead content",
    "citation": "15 USC 1278a",
    "kind": "limit",
    "parameter": "total lead",
    "parameter_zh": "总铅",
    "relation": "<=",
    "limit": "100",
    "unit": "mg/kg",
    "scope": "accessible substrate",
    "scope_zh": "可接触基材",
    "evidence": "report",
    "mark": "",
    "source": "Office of the Law Revision Counsel, https://uscode.house.gov/view.xhtml?section=1278a",
    "read": "text",
    "confidence": "high",
}
NUMBERLESS = {"relation": "", "limit": "", "unit": "", "scope": "", "scope_zh": ""}
FCC = LEAD | NUMBERLESS | {
    "id": "US-FCC-ID",
    "categories": "consumer_electronics",
    "citation": "47 CFR 2.925",
    "kind": "label",
    "parameter": "FCC ID on the product",
    "parameter_zh": "产品上的 FCC ID",
    "evidence": "label_photo",
    "mark": "FCC ID",
}  # fmt: skip


def written(*rows: dict[str, str], header: tuple[str, ...] = COLUMNS) -> str:
    lines = [list(header), *(list(row.values()) for row in rows)]
    return "".join(",".join(f'"{cell}"' for cell in line) + "\n" for line in lines)


def one(**changes: str) -> Regulation:
    (read,) = read_regulations(written(LEAD | changes))
    return read


def test_a_row_says_what_its_columns_say() -> None:
    assert one() == Regulation(
        id="US-CPSIA-PB",
        categories=("toys", "childrens_clothing"),
        market="US",
        regulation="CPSIA lead content",
        citation="15 USC 1278a",
        kind="limit",
        parameter="total lead",
        parameter_zh="总铅",
        relation="<=",
        limit=Decimal(100),
        unit="mg/kg",
        scope="accessible substrate",
        scope_zh="可接触基材",
        evidence=("report",),
        mark="",
        source="Office of the Law Revision Counsel, https://uscode.house.gov/view.xhtml?section=1278a",
        read="text",
        confidence="high",
    )
    assert one(categories="*").categories == ()
    assert one(evidence="report;label_photo").evidence == ("report", "label_photo")
    assert one(**NUMBERLESS).limit is None
    assert one(limit="0.05", unit="%").limit == Decimal("0.05")


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"id": ""}, "id"),
        ({"id": "US-lead"}, "id"),
        ({"id": "EU-CPSIA-PB"}, "id"),
        ({"id": "US-"}, "id"),
        ({"market": "US-CA"}, "id"),
        ({"market": "CA", "id": "CA-PB"}, "id"),
        ({"categories": "toy"}, "categories"),
        ({"categories": ""}, "categories"),
        ({"categories": "toys;"}, "categories"),
        ({"categories": "toys; bags"}, "categories"),
        ({"categories": "toys;*"}, "categories"),
        ({"categories": "toys;toys"}, "categories"),
        ({"market": "UK"}, "market"),
        ({"market": "us"}, "market"),
        ({"regulation": ""}, "regulation"),
        ({"citation": ""}, "citation"),
        ({"kind": "rule"}, "kind"),
        ({"parameter": ""}, "parameter"),
        ({"parameter": "total\nlead"}, "parameter"),
        ({"parameter": "total lead "}, "parameter"),
        ({"parameter_zh": ""}, "parameter_zh"),
        ({"relation": ""}, "relation"),
        ({"relation": "="}, "relation"),
        ({"relation": ">"}, "relation"),
        ({"limit": ""}, "limit"),
        ({"limit": "90-100"}, "limit"),
        ({"limit": "1e3"}, "limit"),
        ({"limit": "-1"}, "limit"),
        ({"limit": "NaN"}, "limit"),
        ({"limit": "1,000"}, "limit"),
        ({"limit": "１００"}, "limit"),
        ({"unit": ""}, "unit"),
        ({"unit": "mg/Kg"}, "unit"),
        ({"unit": "% w/w"}, "unit"),
        ({"scope_zh": ""}, "scope_zh"),
        ({"scope": ""}, "scope_zh"),
        ({"evidence": ""}, "evidence"),
        ({"evidence": "photo"}, "evidence"),
        ({"evidence": "report;report"}, "evidence"),
        ({"source": "uscode.house.gov"}, "source"),
        ({"source": "Code, http://uscode.house.gov"}, "source"),
        ({"read": ""}, "read"),
        ({"read": "yes"}, "read"),
        ({"confidence": "sure"}, "confidence"),
        ({"read": "secondary"}, "confidence"),
        ({"read": "none"}, "confidence"),
        ({"source": ""}, "confidence"),
        ({"source": "", "confidence": "medium"}, "confidence"),
    ],
)
def test_a_wrong_row_is_refused_by_line_and_column(changes: dict[str, str], column: str) -> None:
    good = LEAD | {"id": "US-GOOD"}
    line = 4 if changes.get("parameter") == "total\nlead" else 3
    with pytest.raises(ValueError, match=f"^line {line}: column {column}: "):
        read_regulations(written(good, LEAD | changes))


def test_a_wrong_file_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^line 1: the header must be"):
        read_regulations("")
    with pytest.raises(ValueError, match=r"^line 1: the header must be"):
        read_regulations(written(LEAD, header=COLUMNS[::-1]))
    with pytest.raises(ValueError, match=r"^line 3: there are 2 columns; write 18: id, "):
        read_regulations(written(LEAD) + "US-X,toys\n")
    with pytest.raises(ValueError, match=r"^line 2: .*(quote|end of data)"):
        read_regulations(written() + '"US-X')
    with pytest.raises(ValueError, match=r"^line 3: column id: “US-CPSIA-PB” is there already"):
        read_regulations(written(LEAD, LEAD))


@pytest.mark.parametrize(
    ("code", "markets"),
    [
        ("EU", ("EU",)),
        ("DE", ("DE", "EU")),
        ("FR", ("FR", "EU")),
        ("IT", ("EU",)),
        ("PL", ("EU",)),
        ("GR", ("EU",)),
        ("GB", ("GB",)),
        ("US", ("US",)),
        ("US-CA", ("US-CA", "US")),
        ("CA", ("CA",)),
        ("AU", ("AU",)),
        ("JP", ("JP",)),
        ("BR", ("BR",)),
        ("CH", ()),
        ("CN", ()),
        ("UK", ()),
        ("XX", ()),
        ("", ()),
    ],
)
def test_a_destination_has_its_own_rules_and_those_around_it(code: str, markets: tuple[str, ...]) -> None:
    assert market_of(code) == markets


def test_the_union_has_its_members_and_every_market_is_known() -> None:
    assert sum("EU" in market_of(code) for code in COUNTRIES) == 27
    assert {market for code in [*COUNTRIES, "EU", "US-CA"] for market in market_of(code)} == set(MARKETS)


@pytest.mark.parametrize(
    ("changes", "english", "chinese"),
    [
        (
            {},
            "Total lead (accessible substrate): at most 100 mg/kg, 15 USC 1278a,"
            " shown by a laboratory test report",
            "总铅（可接触基材）：不超过 100 mg/kg，15 USC 1278a，以实验室检测报告为证",
        ),
        (
            {"relation": "<", "limit": "0.10", "unit": "%", "scope": "", "scope_zh": ""},
            "Total lead: less than 0.10 %, 15 USC 1278a, shown by a laboratory test report",
            "总铅：小于 0.10%，15 USC 1278a，以实验室检测报告为证",
        ),
        (
            {
                "parameter": "nickel release",
                "parameter_zh": "镍释放量",
                "unit": "ug/cm2/week",
                "limit": "0.5",
            },
            "Nickel release (accessible substrate): at most 0.5 µg/cm²/week, 15 USC 1278a,"
            " shown by a laboratory test report",
            "镍释放量（可接触基材）：不超过 0.5 µg/cm²/周，15 USC 1278a，以实验室检测报告为证",
        ),
        (
            NUMBERLESS
            | {"kind": "document", "parameter": "technical file kept", "parameter_zh": "技术文件保存"}
            | {"relation": ">=", "limit": "10", "unit": "years", "evidence": "file;declaration"},
            "Technical file kept: at least 10 years, 15 USC 1278a,"
            " shown by the technical documentation and a declaration of conformity",
            "技术文件保存：不少于 10 年，15 USC 1278a，以技术文件和符合性声明为证",
        ),
        (
            NUMBERLESS
            | {"kind": "test", "parameter": "pH of textiles", "parameter_zh": "纺织品 pH 值"}
            | {"citation": "16 CFR 1610", "evidence": "report;measurement"},
            "pH of textiles: as 16 CFR 1610 requires,"
            " shown by a laboratory test report and the inspector's measurement",
            "纺织品 pH 值：符合 16 CFR 1610 的要求，以实验室检测报告和验货员现场测量为证",
        ),
        (
            FCC,
            "FCC ID on the product, 47 CFR 2.925, shown by a photo of the label",
            "产品上的 FCC ID，47 CFR 2.925，以标签照片为证",
        ),
        (
            FCC | {"kind": "mark", "mark": "CE", "evidence": "label_photo;registration;certificate"},
            "FCC ID on the product, bearing “CE”, 47 CFR 2.925,"
            " shown by a photo of the label, proof of registration and a certificate",
            "产品上的 FCC ID，带有“CE”，47 CFR 2.925，以标签照片、注册证明和证书为证",
        ),
    ],
)
def test_a_duty_is_a_requirement_by_itself(changes: dict[str, str], english: str, chinese: str) -> None:
    rules = (one(**changes),)
    category = rules[0].categories[0]
    for language, words in (("en", english), ("zh", chinese), ("es", english), ("", english)):
        (duty,) = duties(category, ["US"], rules, language)
        assert (duty.regulation, duty.proposed, duty.requirement) == (rules[0], True, words)


@pytest.mark.parametrize(
    ("confidence", "proposed"), [("high", True), ("medium", True), ("unverified", False)]
)
def test_what_nobody_confirmed_is_shown_and_never_proposed(confidence: str, proposed: bool) -> None:
    (duty,) = duties("toys", ["US"], (one(confidence=confidence),))
    assert duty.proposed is proposed
    assert bool(duty.requirement) is proposed


ROWS = (
    one(id="EU-ANY", market="EU", categories="*"),
    one(id="EU-TWO", market="EU", categories="toys;bags"),
    one(id="EU-TOY", market="EU", categories="toys"),
    one(id="DE-ANY", market="DE", categories="*"),
    one(id="DE-TOY", market="DE", categories="toys"),
    one(id="FR-TOY", market="FR", categories="toys"),
    one(id="US-TOY", market="US", categories="toys"),
    one(id="US-TOY2", market="US", categories="toys"),
    one(id="USCA-TOY", market="US-CA", categories="toys"),
    one(id="EU-MACHINE", market="EU", categories="machinery"),
)


@pytest.mark.parametrize(
    ("category", "markets", "ids"),
    [
        ("toys", ["DE"], "DE-TOY EU-TOY EU-TWO DE-ANY EU-ANY"),
        ("toys", ["EU"], "EU-TOY EU-TWO EU-ANY"),
        ("toys", ["IT"], "EU-TOY EU-TWO EU-ANY"),
        ("toys", ["DE", "EU", "DE"], "DE-TOY EU-TOY EU-TWO DE-ANY EU-ANY"),
        ("toys", ["DE", "FR"], "DE-TOY EU-TOY EU-TWO FR-TOY DE-ANY EU-ANY"),
        ("toys", ["US"], "US-TOY US-TOY2"),
        ("toys", ["US-CA"], "USCA-TOY US-TOY US-TOY2"),
        ("toys", ["US-CA", "IT"], "USCA-TOY US-TOY US-TOY2 EU-TOY EU-TWO EU-ANY"),
        ("bags", ["DE"], "EU-TWO DE-ANY EU-ANY"),
        ("lighting", ["DE"], "DE-ANY EU-ANY"),
        ("lighting", ["US"], ""),
        ("machinery", ["DE"], "EU-MACHINE"),
        ("toys", ["CN", "XX"], ""),
        ("toys", [], ""),
    ],
)
def test_the_most_specific_rules_come_first_and_each_once(
    category: str, markets: list[str], ids: str
) -> None:
    assert [duty.regulation.id for duty in duties(category, markets, ROWS)] == ids.split()


# -- the files that ship


def test_every_shipped_file_is_read() -> None:
    assert FILES
    assert sum(len(read_regulations(file.read_text("utf-8"))) for file in FILES) == len(SHIPPED)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_shipped_file_holds_its_markets_and_is_plain(file: Path) -> None:
    group = {"us": {"US", "US-CA"}, "eu": {"EU", "DE", "FR"}}.get(file.stem, {file.stem.upper()})
    text = file.read_text("utf-8")
    assert {row.market for row in read_regulations(text)} == group
    assert b"\r" not in file.read_bytes()
    assert text.endswith("\n")
    rows = list(csv.reader(text.splitlines()))
    assert all(len(cell) <= 350 for row in rows for cell in row)


def test_no_id_is_given_twice() -> None:
    assert [each for each, count in Counter(row.id for row in SHIPPED).items() if count > 1] == []


def test_no_shipped_rule_is_proposed_unverified() -> None:
    told = [
        duty for category in CATEGORIES for market in MARKETS for duty in duties(category, [market], SHIPPED)
    ]
    assert {duty.regulation.id for duty in told} == {row.id for row in SHIPPED}
    assert all(duty.proposed == (duty.regulation.confidence != "unverified") for duty in told)
    assert all(duty.proposed == bool(duty.requirement) for duty in told)
    assert {duty.regulation.confidence for duty in told} <= set(get_args(Confidence))


@pytest.mark.parametrize("market", COVERED)
@pytest.mark.parametrize("category", CATEGORIES)
def test_every_category_has_a_rule_in_every_market(market: str, category: str) -> None:
    assert duties(category, [market], SHIPPED)


def test_the_chinese_wording_is_chinese() -> None:
    plain = [row for row in SHIPPED if not any("一" <= letter <= "鿿" for letter in row.parameter_zh)]
    assert [row.id for row in plain] == []
