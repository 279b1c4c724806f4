"""Names of files as strangers choose them."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradehold.engine.filenames import LONGEST, clean, content_disposition, extension


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("design draft.pdf", "design draft.pdf"),
        ("设计稿.pdf", "设计稿.pdf"),
        ("Größe 128.csv", "Größe 128.csv"),
        ("Gro\u0308ße.csv", "Größe.csv"),
        ("مواصفات.pdf", "مواصفات.pdf"),
        ("שָׁלוֹם.txt", "שָׁלוֹם.txt"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\fakepath\\photo.jpg", "photo.jpg"),
        ("a/b\\c.png/", "c.png"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("in\u200bvoi\u2060ce\ufeff.pdf", "invoice.pdf"),
        ("\u2066a\u2069.pdf", "a.pdf"),
        ("a\r\nSet-Cookie: b=c.pdf", "aSet-Cookie_ b=c.pdf"),
        ("a\0.pdf\0.exe", "a.pdf.exe"),
        ('"a".pdf', "_a_.pdf"),
        ("<script>.txt", "_script_.txt"),
        ("Z" + "\u0335\u0321\u0300\u0301\u0302" * 40 + ".png", "Z" + "\u0335" * 4 + ".png"),
        ("\u0301a.png", "a.png"),
        ("\u3164\u2800.pdf", "pdf"),
        ("  .htaccess", "htaccess"),
        ("a . pdf. . ", "a. pdf"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("lpt1.tar.zip", "_lpt1.tar.zip"),
        ("console.txt", "console.txt"),
        ("", "file"),
        ("/", "file"),
        ("...", "file"),
        ("a" * 300 + ".docx", "a" * (LONGEST - 6) + ".docx"),
        ("a." + "b" * 300, "a." + "b" * (LONGEST - 3)),
        ("a\ud800.pdf", "a.pdf"),
    ],
)
def test_a_name_is_cleaned(given_name: str, kept: str) -> None:
    assert clean(given_name) == kept


NAMES = st.text(st.characters(codec=None), max_size=200) | st.text(
    st.sampled_from("a.. /\\\u202e\u0301\u0335\u200b<\"'%;\r\n\u1100\u1161\u115f汉é\U0001f600"), max_size=200
)


@given(NAMES)
def test_no_name_keeps_a_trick(name: str) -> None:
    kept = clean(name)
    assert 1 <= len(kept) <= LONGEST
    assert kept == clean(kept) == unicodedata.normalize("NFC", kept)
    assert not {unicodedata.category(one)[0] for one in kept} & {"C"}
    assert not set(kept) & set('/\\<>:"|?*%\u2028\u2029')
    assert kept == kept.strip(" .")
    kept.encode()


@given(NAMES)
def test_a_header_holds_any_name(name: str) -> None:
    value = content_disposition(name)
    assert re.fullmatch(
        r"attachment; filename=\"[A-Za-z0-9 ._()+-]+\"; filename\*=UTF-8''[A-Za-z0-9!#$&+.^_`|~%-]+", value
    )


def test_a_header_says_a_name_twice() -> None:
    assert content_disposition("Größe 设计.pdf") == (
        "attachment; filename=\"Gro_e __.pdf\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%E8%AE%BE%E8%AE%A1.pdf"
    )


def test_an_extension_is_what_follows_the_last_point() -> None:
    assert [extension(name) for name in ("a.PDF", "a.tar.zip", "a", "a.")] == ["pdf", "zip", "", ""]
