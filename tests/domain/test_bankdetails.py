from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradehold.domain import bankdetails
from tradehold.domain.bankdetails import MOST, Kind, Language, PaymentWords, find

FILES = sorted((Path(bankdetails.__file__).parents[1] / "data/payment_words").glob("*.toml"))
WORDS = PaymentWords({file.stem: msgspec.toml.decode(file.read_bytes(), type=Language) for file in FILES})
OURS = ("DE02 1203 0000 0000 2020 51", "BYLADEM1001")


def kinds(text: str) -> list[Kind]:
    return [one.kind for one in find(text, OURS, WORDS)]


def test_the_four_languages_are_there() -> None:
    assert set(WORDS.languages) == {"en", "zh", "es", "pt"}
    assert all(
        language.phrases and language.accounts and language.others for language in WORDS.languages.values()
    )


@pytest.mark.parametrize(
    "text",
    [
        "DE89370400440532013000",
        "Our IBAN is DE89 3704 0044 0532 0130 00.",
        "de89-3704-0044-0532-0130-00",
        "DE89.3704.0044.0532.0130.00",
        "D E 8 9 3 7 0 4 0 0 4 4 0 5 3 2 0 1 3 0 0 0",
        "ＤＥ８９ ３７０４ ００４４ ０５３２ ０１３０ ００",
        "DE89\u200b3704\u200c0044\u200d0532\ufeff0130\u206000",
        "\u202eDE89 3704 0044 0532 0130 00\u202c",
        "DE89 37\u0660\u0664 \u066004\u0664 0532 0130 00",  # Arabic-Indic digits
        "DЕ89 3704 0044 0532 0130 00",  # a Cyrillic letter
        "D\u0301E\u03008\u03369\u0336 3704 0044 0532 0130 00",
        "DE89 37O4 OO44 O532 O13O OO",
        "DE8\u00ad9 3704 0044 0532 0130 00",
        "\U0001d403\U0001d404\U0001d7d6\U0001d7d7 3704 0044 0532 0130 00",
        "DE8️⃣9️⃣ 3704 0044 0532 0130 00",
        "请付到DE89370400440532013000谢谢",
        "xxDE89370400440532013000xx",
        "IBANGB29NWBK60161331926819",
        "contract_GB29 NWBK 6016 1331 9268 19.pdf",
        "MT84 MALT 0110 0001 2345 MTLC AST0 01S",
        "DE89⁠3704 – 0044 — 0532 · 0130 / 00",
    ],
)
def test_an_iban_is_found_however_it_is_written(text: str) -> None:
    assert Kind.IBAN in kinds(text)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("SWIFT: BKCHCNBJ", Kind.SWIFT),
        ("SWIFT code BKCHCNBJ300", Kind.SWIFT),
        ("swift code: bkchcnbj", Kind.SWIFT),
        ("ＳＷＩＦＴ：ＢＫＣＨＣＮＢＪ", Kind.SWIFT),
        ("BIC/SWIFT DEUTDEFF", Kind.SWIFT),
        ("银行代码：ICBKCNBJ", Kind.SWIFT),
        ("Bank of China, BKCHCNBJ300, beneficiary below", Kind.SWIFT),
        ("código SWIFT es BBVAMXMM", Kind.SWIFT),
        ("Please use account 4500 1234 5678", Kind.ACCOUNT_NUMBER),
        ("A/C No. 123-456-789-012", Kind.ACCOUNT_NUMBER),
        ("Sort code: 20-00-00, account number: 55779911", Kind.ACCOUNT_NUMBER),
        ("beneficiary 0123456789", Kind.ACCOUNT_NUMBER),
        ("账号：1234567890123", Kind.ACCOUNT_NUMBER),
        ("账 号 1234 5678 9012 3", Kind.ACCOUNT_NUMBER),
        ("帳戶 一二三四五六七八九〇一二", Kind.ACCOUNT_NUMBER),
        ("开户行：中国银行宁波分行 396011223344", Kind.ACCOUNT_NUMBER),
        ("CLABE 032180000118359719", Kind.ACCOUNT_NUMBER),
        ("mi cuenta es 0049 1500 05 1234567892", Kind.ACCOUNT_NUMBER),
        ("agência 1234-5 conta 12345678-9", Kind.ACCOUNT_NUMBER),
        ("chave PIX 12345678909", Kind.ACCOUNT_NUMBER),
        ("123456789012 (account)", Kind.ACCOUNT_NUMBER),
        ("6222020200112230", Kind.CARD_NUMBER),
        ("6222 0202 0011 2230", Kind.CARD_NUMBER),
        ("请打 6 2 2 2 0 2 0 2 0 0 1 1 2 2 3 0", Kind.CARD_NUMBER),
        ("６２２２０２０２００１１２２３０", Kind.CARD_NUMBER),
        ("六二二二〇二〇二〇〇一一二二三〇", Kind.CARD_NUMBER),
        ("100 pcs 6222020200112230 thanks", Kind.CARD_NUMBER),
        ("card number 4111 1111 1111 1111", Kind.CARD_NUMBER),
        ("0x52908400098527886E0F7030069857D2E4169EE7", Kind.WALLET),
        ("send to 1NEDqZPvTWRaoho48qXuLLsrYomMXPABfD", Kind.WALLET),
        ("BC1QARDV855YJNGSPVXUTTQ897AQCA3LXJU2Y69JCE", Kind.WALLET),
        ("TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", Kind.WALLET),
        ("https://paypal.me/harbour", Kind.PAYMENT_LINK),
        ("paypal . me / harbour", Kind.PAYMENT_LINK),
        ("paypal[.]me/harbour", Kind.PAYMENT_LINK),
        ("wise.com/pay/me/joe", Kind.PAYMENT_LINK),
        ("https://revolut.me/joe", Kind.PAYMENT_LINK),
        ("https://qr.alipay.com/fkx123", Kind.PAYMENT_LINK),
        ("https://link.mercadopago.com.mx/tienda", Kind.PAYMENT_LINK),
    ],
)
def test_other_ways_to_be_paid_are_found(text: str, kind: Kind) -> None:
    assert kind in kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "Please pay directly to our bank.",
        "PAY   DIRECTLY\nTO us",
        "p a y  d i r e c t l y  t o  us",
        "p.a.y d-i-r-e-c-t-l-y t*o us",
        "рау directly to us",  # three Cyrillic letters
        "we settle outside the platform",
        "Western Union to Mr Joe",
        "our bank account has changed",
        "请私下付款",
        "私 下 付 款",
        "私。下。付。款",
        "请打款到我公司账户",
        "转账到我司",
        "不要走平台，可以便宜3%",
        "付款到以下账户",
        "Pague fuera de la plataforma",
        "transfiera a nuestra cuenta",
        "deposito a mi cuenta",  # the accent is left out
        "Pague por fora da plataforma",
        "transferencia para nossa conta",
        "a chave pix é minha",
    ],
)
def test_words_that_lead_elsewhere_are_found(text: str) -> None:
    assert Kind.PAYMENT_WORDS in kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The SHIPMENT leaves on Monday.",
        "Swift shipment and swift delivery are appreciated.",
        "SWIFT SHIPMENT IS REQUIRED",
        "SWIFT TELEGRAM TRANSFER",
        "We need a SWIFT confirmation of the payment.",
        "Please send the SWIFT copy of your DOCUMENT.",
        "SKU KNITDE01 and TSHIRTUS001",
        "Container MSCU1234565, seal 123456789",
        "RF18 5390 0754 7034",
        "Pay with reference RF18 5390 0754 7034 to the designated account",
        "HS code 6109100010",
        "HS 6109.10.00.10",
        "Tracking number 621234567890123456",
        "Order 4500012345, invoice 2026000123456",
        "1Z999AA10123456784",
        "Call +86 138 0013 8000",
        "Our account manager: +86 13800138000",
        "Tel. 0086-574-8765-4321",
        "电话 13800138000，订单 202611240001",
        "统一社会信用代码 91330200123456789X",
        "合同编号 20261124000123，数量 100000000",
        "Ship on 2026-11-24, arrive 2027-01-05 10:30",
        "The account was settled on 2026-11-24 2026-12-01",
        "Sizes 62 68 74 80 86 92 98 104",
        "AQL: 200 gsm, 1,000,000 pcs, 12 600.00 USD",
        "30 % on account: 378000000 USD",
        "Pedido 123456789, teléfono 5512345678",
        "Pedido 123456789, nota fiscal 987654321, CNPJ 16.727.230/0001-97",
        "The bank will process your order 4500012345",
        "EAN 4006381333931",
        "SSCC 340123450000000007",
        "我们已付款。到我公司验货时请联系。",
        "You pay. Directly to the port go the goods.",
        "The cash approval takes two days.",
        "Inspection of the loading platform",
        "sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "GB29NWBK60161331926818",  # the check digits are wrong
        "Payment is made to the designated account of this platform only.",
        "El pago se hace en la plataforma.",
        "O pagamento é feito na plataforma.",
        "货款请在平台上支付。",
    ],
)
def test_ordinary_trade_is_left_alone(text: str) -> None:
    assert find(text, OURS, WORDS) == ()


@pytest.mark.parametrize(
    "text",
    [
        "DE02120300000000202051",
        "IBAN: DE02 1203 0000 0000 2020 51, BIC BYLADEM1001",
        "de02-1203-0000-0000-2020-51",
        "account ＤＥ０２１２０３００００００００２０２０５１",
        "DE02\u200b1203 0000 0000 2020 51",
        "DE02 12O3 0000 0000 2020 51",
        "SWIFT: BYLADEM1XXX",
        "账号：0000202051",  # the ending of it
    ],
)
def test_the_designated_account_is_not_suspicious(text: str) -> None:
    assert find(text, OURS, WORDS) == ()


def test_a_longer_number_does_not_hide_behind_the_designated_one() -> None:
    assert [one.kind for one in find("account 91234567890", ["1234567890"], WORDS)] == [Kind.ACCOUNT_NUMBER]
    assert find("account 1234-567-890", ["12 34 56 78 90"], WORDS) == ()


def test_excerpts_are_as_written_on_one_line_and_short() -> None:
    text = "Hello\n\u202eＤＥ８９\u200b 3704\t0044 0532 0130 00\u202c, pay\n directly   to us"
    assert [(one.kind, one.words) for one in find(text, OURS, WORDS)] == [
        (Kind.IBAN, "ＤＥ８９ 3704 0044 0532 0130 00"),
        (Kind.PAYMENT_WORDS, "pay directly to"),
    ]
    (long,) = find("account " + " - ".join("123456789012345678901234567890"), OURS, WORDS)
    assert len(long.words) == 60
    assert long.words.endswith("…")


def test_a_flood_is_cut_off() -> None:
    assert len(find("pay directly to us, DE89370400440532013000. " * 1000, OURS, WORDS)) == MOST


HOSTILE = [
    "1",
    "1 ",
    "62 ",
    "6 2 2 2 ",
    "4 ",
    "6222 ",
    "a",
    "DE89",
    "DE89 3704 0044 0532 0130 01 ",
    "D E 8 9 ",
    "account ",
    "account 123 ",
    "accountaccount",
    "order 123456789 ",
    "123456789 order ",
    "a/c ",
    "ac",
    "swift ",
    "SWIFT: SHIPMENT ",
    "BKCHCNBJ ",
    "RF18",
    "RF18 5390 0754 7034 ",
    "2026-11-",
    "0x52908400098527886E",
    "T" + "R" * 33 + " ",
    "1NEDqZPvTWRaoho48qXuLLsrYomMXPABfE ",
    "bc1q",
    "pay directly ",
    "pay directly t",
    "paypal . m",
    "私下付",
    "\u200b",
    "e\u0301",
    "ﷺ",
    "... ",
    "- - - 1",
    "DE02 1203 0000 0000 2020 5",
]


@pytest.mark.parametrize("pattern", HOSTILE)
def test_much_of_the_same_comes_to_an_end(pattern: str) -> None:
    """An expression that went back over what it had read would not finish within anybody's patience."""
    assert len(find(pattern * (300_000 // len(pattern)), OURS, WORDS)) <= MOST


@given(st.text(max_size=300), st.lists(st.text(max_size=30), max_size=3))
def test_it_never_raises(text: str, designated: list[str]) -> None:
    for one in find(text, designated, WORDS):
        assert 0 < len(one.words) <= 60


PIECES = [
    "DE89",
    "3704 0044",
    "account",
    "账号",
    "62",
    "SWIFT:",
    "BKCH",
    "CNBJ",
    "RF18",
    "0x",
    "1N",
    "bc1q",
    "+",
    " ",
]


@given(st.lists(st.sampled_from(PIECES) | st.text("0123456789 -.\u200b\u202e", max_size=12), max_size=40))
def test_it_never_raises_on_what_looks_like_numbers(pieces: list[str]) -> None:
    found = find("".join(pieces), OURS, WORDS)
    assert len(found) <= MOST
    assert all(one.words for one in found)
