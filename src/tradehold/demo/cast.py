"""Who takes part in the demo: invented companies and people, and the accounts they pay from."""

from datetime import date, timedelta
from decimal import Decimal

from tradehold.domain.bank import Party
from tradehold.domain.command import Actor, Grade, Role
from tradehold.domain.company import Checked, Verify
from tradehold.domain.contract import Item, Line, ShipBy, Terms, line_amount
from tradehold.domain.contract import Party as Company
from tradehold.domain.inspection import Waiver
from tradehold.domain.money import share
from tradehold.store import views

HARBOUR, NORDLICHT, BRIGHTWEAR, LUMINA = 2, 3, 7, 8

COMPANIES = [
    views.Company(
        HARBOUR, "Harbour Kids Ltd", "US", "410 Pier Avenue, Oakland CA 94607", "C4410982",
        "America/Los_Angeles", "en",
    ),
    views.Company(
        NORDLICHT, "Nordlicht Handels GmbH", "DE", "Speicherstraße 12, 20457 Hamburg", "HRB 148221",
        "Europe/Berlin", "en",
    ),
    views.Company(
        BRIGHTWEAR, "Ningbo Brightwear Co., Ltd.", "CN", "88 Jiangnan Road, Ningbo", "91330200MA2AF8YX0T",
        "Asia/Shanghai", "zh",
    ),
    views.Company(
        LUMINA, "深圳市明灯照明有限公司", "CN", "宝安区西乡街道 21 号, 深圳", "91440300MA5DC0LQ4B",
        "Asia/Shanghai", "zh",
    ),
]  # fmt: skip

ANA, JONAS, LIN, CHEN, MARA, JON = 101, 102, 201, 202, 901, 902
MEMBERS = [
    views.Member(ANA, HARBOUR, "Ana Ortiz", "en", "America/Los_Angeles", Grade.OWNER),
    views.Member(JONAS, NORDLICHT, "Jonas Petersen", "en", "Europe/Berlin", Grade.OWNER),
    views.Member(LIN, BRIGHTWEAR, "Lin Wei", "zh", "Asia/Shanghai", Grade.OWNER),
    views.Member(CHEN, LUMINA, "陈晓明", "zh", "Asia/Shanghai", Grade.OWNER),
    views.Member(MARA, 0, "Mara Keller", "en", "Europe/Zurich", Grade.OWNER),
    views.Member(JON, 0, "Jon Bell", "en", "Europe/Zurich", Grade.OWNER),
]
ADDRESSES = {
    ANA: "ana@harbour-kids.example",
    JONAS: "jonas@nordlicht.example",
    LIN: "lin@brightwear.example",
    CHEN: "chen@mingdeng.example",
    MARA: "mara@tradehold.example",
    JON: "jon@tradehold.example",
}
_COMPANY_OF = {member.id: member.company for member in MEMBERS}


def actor(member: int) -> Actor:
    company = _COMPANY_OF[member]
    return Actor(Role.MEMBER if company else Role.OPERATOR, company, member, grade=Grade.OWNER)


# The designated accounts, the suppliers' own, and those the buyers pay from.
ACCOUNTS = {
    "USD": Party("Tradehold Client Account", "DE66512108000012345601", "SOGEDEFF", "DE"),
    "EUR": Party("Tradehold Client Account", "DE39512108000012345602", "SOGEDEFF", "DE"),
}
PAYOUT_ACCOUNTS = {
    BRIGHTWEAR: ("USD", Party("Ningbo Brightwear Co., Ltd.", "6222083901002345678", "BKCHCNBJ92A", "CN")),
    LUMINA: (
        "EUR",
        Party("Shenzhen Mingdeng Lighting Co., Ltd.", "FR1420041010050500013M02606", "PSSTFRPP", "FR"),
    ),
}
PAYERS = {
    HARBOUR: Party("HARBOUR KIDS LTD", "GB29NWBK60161331926819", "NWBKGB2L", "US"),
    NORDLICHT: Party("Nordlicht Handels GmbH", "DE89370400440532013000", "COBADEFF", "DE"),
}
LIMITS = {BRIGHTWEAR: ("USD", 6_000_000), LUMINA: ("EUR", 3_000_000)}
_MARKET = {HARBOUR: "US", NORDLICHT: "DE"}
_NAMES = {company.id: company for company in COMPANIES}


def company(number: int) -> Company:
    found = _NAMES[number]
    return Company(found.id, found.name, found.country, found.address, found.registration)


def order(
    title: str,
    sku: str,
    pieces: int,
    price: str,
    ship_on: date,
    policy: str,
    *,
    buyer: int = HARBOUR,
    supplier: int = BRIGHTWEAR,
    deposit: int = 30,
    more: tuple[Line, ...] = (),
) -> Terms:
    """An order as buyers place it: `deposit` per cent at once, the rest when the goods are made."""
    currency = PAYOUT_ACCOUNTS[supplier][0]
    lines = (Line(sku, title, Decimal(pieces), "C62", Decimal(price)), *more)
    whole = sum(line_amount(line, currency) for line in lines)
    first = share(whole, deposit, 100)
    schedule = [Item(first, "confirmation")]
    if first < whole:
        schedule.append(Item(whole - first, "production"))
    return Terms(
        title=title,
        buyer=company(buyer),
        supplier=company(supplier),
        currency=currency,
        lines=lines,
        schedule=tuple(schedule),
        ship_by=ShipBy(on=ship_on),
        incoterm="FOB",
        place="Ningbo" if supplier == BRIGHTWEAR else "Shenzhen",
        zone="Asia/Shanghai",
        market=_MARKET[buyer],
        policy=policy,
        inspection=Waiver("The buyer's own staff see the goods before they are packed."),
        cover=whole,
        late_price_cut_bps=500,
    )


def verifications(number: int, today: date) -> list[tuple[Verify, bytes]]:
    """What operators checked of a supplier, each with the words of the report that shows it."""
    company = _NAMES[number]
    year = timedelta(days=365)
    checks = (
        (Checked.REGISTRATION, "State Administration for Market Regulation", company.registration, None),
        (Checked.ON_SITE, "Tradehold field office", f"visit-{number}", today + year),
        (Checked.BANK_ACCOUNT, "Account confirmation by the bank", f"bank-{number}", None),
        (Checked.CERTIFICATE, "ISO 9001, by TÜV", f"QM-{number}-2231", today + 2 * year),
    )
    return [
        (
            Verify(what, issuer, reference, today - year, expires),
            f"{company.name}\n{issuer}: {reference}\nSeen and found in order.\n".encode(),
        )
        for what, issuer, reference, expires in checks
    ]
