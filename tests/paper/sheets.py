"""A contract as its sheet, in one language or in two, with as many lines and requirements as one asks for."""

from datetime import UTC, datetime

from tradehold.paper.sheet import (
    Column,
    Curve,
    Fact,
    Facts,
    Line,
    Paragraphs,
    Party,
    Requirement,
    Requirements,
    Section,
    Sheet,
    Step,
    Subheading,
    Sum,
    Table,
    Tick,
    Words,
)

HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
AT = datetime(2026, 3, 3, 9, 30, tzinfo=UTC)
ENGLISH, CHINESE, BOTH = ("en",), ("zh",), ("en", "zh")
WRITTEN = (
    "Fabric weight 200 g/m² ± 5 %, measured without print by ISO 3801.",
    "Body in Pantone 1935 D, delta E at most 2.0 against the approved swatch under D65.",
    "拉链使用YKK 5号尼龙拉链，开合1000次后无损坏。",
    "Total lead at most 100 mg/kg in any accessible substrate (CPSIA, 16 CFR 1303).",
)


class Writer:
    """Chooses the languages of a sheet for words that are given in both."""

    def __init__(self, languages: tuple[str, ...]) -> None:
        self.languages = languages

    def __call__(self, en: str, zh: str) -> Words:
        return {language: {"en": en, "zh": zh}[language] for language in self.languages}


def contract(
    languages: tuple[str, ...] = ENGLISH,
    *,
    title: str = "Children's hooded jackets, organic cotton, autumn collection",
    lines: int = 3,
    written: tuple[str, ...] = WRITTEN,
    remarks: str = "Cartons are marked with the order number only; no retail price tags.",
) -> Sheet:
    w = Writer(languages)
    return Sheet(
        languages=languages,  # type: ignore[arg-type]
        kind=w("Purchase contract under trade assurance", "信用保障采购合同"),
        title=title,
        number="TH-7K2M-Q9XD",
        revision=w("Revision 3", "第3版"),
        state=w("Confirmed by both on 3 March 2026", "双方于2026年3月3日确认"),
        hash=HASH,
        hash_label=w("SHA-256 of this revision", "本版本的SHA-256"),
        check=w(
            "To check it, open the attached contract.json, compute its SHA-256 and compare all 64 digits "
            "with these. Who confirmed this hash, and when, stands in the record.",
            "核对方法：打开所附的contract.json，计算其SHA-256，并与此处的64位数字逐一比较。何人何时确认了此哈希值，见交易记录。",
        ),
        page=w("Page {page} of {pages}", "第{page}页，共{pages}页"),
        at=AT,
        parties=(
            _party(w, w("Buyer", "买方"), "Nordlicht Kinder GmbH", "Speicherstadt 14, 20457 Hamburg",
                   "HRB 123456", w("Germany", "德国")),
            _party(w, w("Supplier", "供应商"), "宁波海曙童衣制造有限公司", "浙江省宁波市海曙区启运路88号3幢",
                   "91330203MA2AF0XX5Q", w("China", "中国")),
        ),
        sections=(
            _goods(w, lines),
            _specification(w, written),
            _payment(w),
            _inspection(w),
            _remedies(w),
            Section(w("Remarks", "备注"), (Paragraphs((remarks,)),)),
            _confirmation(w),
        ),
    )  # fmt: skip


def _party(w: Writer, role: Words, name: str, address: str, registration: str, country: Words) -> Party:
    return Party(role, name, (
        Fact(w("Address", "地址"), address),
        Fact(w("Registration", "注册号"), registration),
        Fact(w("Country", "国家"), country),
    ))  # fmt: skip


def _goods(w: Writer, count: int) -> Section:
    return Section(w("Goods", "货物"), (
        Table(
            (
                Column(w("No.", "序号"), figures=True),
                Column(w("SKU", "货号"), share=2),
                Column(w("Description", "品名"), share=5),
                Column(w("Quantity", "数量"), figures=True),
                Column(w("Unit price", "单价"), figures=True),
                Column(w("Amount", "金额"), figures=True),
            ),
            tuple(
                (str(n), f"NK-26-{n:04}", "Hooded jacket, organic cotton, size 98–128 连帽夹克",
                 w("1,250 pieces", "1,250件"), "USD 11.4000", "USD 14,250.00")
                for n in range(1, count + 1)
            ),
            (("", "", w("Total", "合计"), "", "", "USD 42,750.00"),),
        ),
        Facts((
            Fact(w("Delivery", "交货"), "FOB Ningbo, Incoterms 2020"),
            Fact(w("Ship by", "最迟装运"), w("12 June 2026, on the calendar of Asia/Shanghai",
                                             "2026年6月12日，按Asia/Shanghai日历")),
            Fact(w("Market", "目的市场"), w("European Union, United States (California)",
                                             "欧盟、美国（加利福尼亚州）")),
        )),
    ))  # fmt: skip


def _specification(w: Writer, written: tuple[str, ...]) -> Section:
    return Section(w("Requirements", "要求"), (
        Subheading(w("For all goods", "适用于全部货物")),
        Requirements(tuple(
            Requirement(
                str(n), text,
                w("Fabric weight: 200 g/m², from 190 to 210", "面料克重：200克/平方米，范围190至210"),
                (
                    Fact(w("Method", "方法"), w("Measurement", "测量")),
                    Fact(w("Defect class", "缺陷等级"), w("Major", "主要")),
                    Fact(w("Reference", "参照文件"), "design_draft_dimensions.pdf"),
                    Fact(w("Duty", "法规"), "CPSIA § 101"),
                ),
            )
            for n, text in enumerate(written, 1)
        )),
    ))  # fmt: skip


def _payment(w: Writer) -> Section:
    return Section(w("Payment", "付款"), (
        Paragraphs((
            w("Money is held until the goods have shipped on time and match this contract.",
              "货款将被托管，直至货物按时装运并符合本合同。"),
        )),
        Facts((
            Fact(w("30 % at confirmation", "确认时付30%"), "USD 12,825.00"),
            Fact(w("70 % before shipment", "装运前付70%"), "USD 29,925.00"),
        )),
    ))  # fmt: skip


def _inspection(w: Writer) -> Section:
    shape = ((0, 1000), (100, 995), (200, 940), (300, 760), (400, 480), (500, 240), (700, 40), (1000, 2))
    return Section(w("Inspection", "检验"), (
        Facts((
            Fact(w("Company", "检验公司"), "Shoreline Inspection Ltd."),
            Fact(w("Kind", "类型"), w("Before shipment (PSI), level II, normal",
                                      "装运前检验（PSI），水平II，正常")),
        )),
        Table(
            (Column(w("Class", "等级"), share=3), Column(w("AQL", "AQL"), figures=True),
             Column(w("Pieces", "件数"), figures=True), Column(w("Accept", "接收"), figures=True),
             Column(w("Refuse", "拒收"), figures=True)),
            ((w("Critical", "致命"), "0", "200", "0", "1"), (w("Major", "主要"), "2.5", "200", "10", "11"),
             (w("Minor", "次要"), "4.0", "200", "14", "15")),
        ),
        Curve(
            across=w("Defective pieces in the lot", "批中不合格品比例"),
            up=w("How often the lot passes", "批通过的概率"),
            across_ticks=tuple(Tick(n * 1000 // 3, f"{n * 5} %") for n in range(4)),
            up_ticks=tuple(Tick(n * 250, f"{n * 25} %") for n in range(5)),
            lines=(
                Line(w("Critical", "致命"), ((0, 1000), (30, 300), (60, 90), (120, 8), (300, 0), (1000, 0)),
                     w("A lot with 6 % critical defects would pass 0 times in 100.",
                       "含6%致命缺陷的批，100次中通过0次。")),
                Line(w("Major", "主要"), shape,
                     w("A lot with 6 % major defects would pass 34 times in 100.",
                       "含6%主要缺陷的批，100次中通过34次。")),
                Line(w("Minor", "次要"), tuple((min(1000, x * 3 // 2), y) for x, y in shape),
                     w("A lot with 6 % minor defects would pass 78 times in 100.",
                       "含6%次要缺陷的批，100次中通过78次。")),
            ),
            marked=400,
        ),
    ))  # fmt: skip


def _remedies(w: Writer) -> Section:
    return Section(w("Refund rule", "退款规则"), (
        Paragraphs((w("An example: 100 pieces of the first line fail.", "示例：第一行中100件不合格。"),)),
        Sum((
            Step(w("100 pieces at USD 11.40", "100件，每件11.40美元"), "USD 1,140.00"),
            Step(w("Share of the transport", "运费分摊"), "USD 86.20"),
            Step(w("Refund to the buyer", "退还买方"), "USD 1,226.20", total=True),
        )),
    ))  # fmt: skip


def _confirmation(w: Writer) -> Section:
    return Section(w("Confirmation", "确认"), (
        Facts((
            Fact(w("For the buyer", "买方"), w("Anna Petersen, 2 March 2026, 16:05 Europe/Berlin",
                                               "Anna Petersen，2026年3月2日16:05（柏林时间）")),
            Fact(w("For the supplier", "供应商"), w("陈晓明, 3 March 2026, 17:30 Asia/Shanghai",
                                                    "陈晓明，2026年3月3日17:30（上海时间）")),
        )),
    ))  # fmt: skip
