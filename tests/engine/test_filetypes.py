"""What is taken and what is not: every listed type, and files that were made to do harm."""

import codecs
import io
import zipfile
from collections.abc import Callable
from contextlib import suppress
from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests import filesamples as s
from tradehold.engine.filerefused import FileCode, FileRefused
from tradehold.engine.filetypes import check_content, file_types, type_of
from tradehold.engine.pictures import LONGEST_SIDE, picture

SCRIPT = b"<script>alert(1)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
BOMB = b'<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;&c;</a>'


def test_there_is_a_sample_of_every_type() -> None:
    assert {extension for extension, _ in s.GOOD} == set(file_types())


@pytest.mark.parametrize(
    ("extension", "body"), [pytest.param(*each, id=f"{n}-{each[0]}") for n, each in enumerate(s.GOOD)]
)
def test_a_file_as_its_program_writes_it_is_taken(extension: str, body: bytes) -> None:
    assert check_content(io.BytesIO(body), f"a.{extension}") is type_of(f"a.{extension}")


@pytest.mark.parametrize(
    "name", ["a.svg", "a.html", "a.exe", "a.js", "a.docm", "a.pdf.exe", "a", "a.", "pdf"]
)
def test_a_type_that_is_not_listed_is_refused_by_its_name(name: str) -> None:
    with pytest.raises(FileRefused, match="Send one of these: ai, csv,") as refused:
        type_of(name)
    assert refused.value.code is FileCode.NOT_ALLOWED


def escaping(name: str) -> Callable[[], bytes]:
    return lambda: s.archive({"a.txt": b"a", name: b"x"})


def macros(main: str, name: str) -> Callable[[], bytes]:
    return lambda: s.office(main, **{name: b"a"})


def linked() -> bytes:
    """An archive with a symbolic link."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as file:
        entry = zipfile.ZipInfo("passwords")
        entry.external_attr = 0o120777 << 16
        file.writestr(entry, "/etc/passwd")
    return written.getvalue()


def bomb() -> bytes:
    return s.archive({f"{n}.txt": bytes(2**20) for n in range(12)})


MISMATCH, UNSAFE, BROKEN = FileCode.MISMATCH, FileCode.UNSAFE, FileCode.BROKEN
HOSTILE: list[tuple[str, str, Callable[[], bytes], FileCode]] = [
    ("a program named as a picture", "png", lambda: b"MZ" + bytes(500), MISMATCH),
    ("a picture under another's name", "png", lambda: s.image("JPEG"), MISMATCH),
    ("a page named as a picture", "jpg", lambda: b"<html>" + SCRIPT, MISMATCH),
    ("a page named as text", "txt", lambda: b" \n<!DOCTYPE html><title>a</title>", MISMATCH),
    ("a page in UTF-16", "txt", lambda: "<html ><b>".encode("utf-16"), MISMATCH),
    ("a page behind a comment", "csv", lambda: b"<!-- a --><script>1</script>", MISMATCH),
    ("a page behind a mark", "md", lambda: codecs.BOM_UTF8 + b"<iframe src=a>", MISMATCH),
    ("SVG as text", "txt", lambda: SVG, MISMATCH),
    ("SVG as XML", "xml", lambda: SVG, UNSAFE),
    ("SVG within XML", "xml", lambda: b"<a>" + SVG + b"</a>", UNSAFE),
    ("XHTML", "xml", lambda: b'<a xmlns:b="http://www.w3.org/1999/xhtml"><b:p/></a>', UNSAFE),
    ("a billion laughs", "xml", lambda: BOMB, UNSAFE),
    ("another's file", "xml", lambda: b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', UNSAFE),
    ("XML cut off", "xml", lambda: b"<a><b>", BROKEN),
    ("no XML at all", "xml", lambda: b"a,b\n", BROKEN),
    ("text with zeros", "csv", lambda: b"a,b\0\n", BROKEN),
    ("bytes as text", "txt", lambda: bytes(range(1, 256)) * 9, BROKEN),
    ("text cut within a letter", "json", lambda: b'{"a": "' + "汉".encode()[:2], BROKEN),
    ("a picture as text", "csv", lambda: s.image("PNG"), MISMATCH),
    ("no JSON", "json", lambda: b"alert(1)", MISMATCH),
    ("JSON in Latin-1", "json", lambda: b'{"a": "\xfc"}', BROKEN),
    ("no drawing", "dxf", lambda: b"hello", MISMATCH),
    ("no mail", "eml", lambda: b"<html>\nSubject: a", MISMATCH),
    ("a GIF that is script", "gif", lambda: b"GIF89a/*" + SCRIPT + b"*/=1;", UNSAFE),
    ("a JPEG with a page in its comment", "jpg", lambda: s.image("JPEG", comment=SCRIPT), UNSAFE),
    ("a PNG with a page behind it", "png", lambda: s.image("PNG") + bytes(2**20 - 90) + SCRIPT, UNSAFE),
    ("a photograph of a telephone with a page", "heic", lambda: s.good("heic") + SCRIPT, UNSAFE),
    ("a PDF that is a page", "pdf", lambda: s.PDF.replace(b"1 0 obj", b"<html>" + SCRIPT), UNSAFE),
    ("a PDF cut off", "pdf", lambda: s.PDF[:60], BROKEN),
    ("a JPEG that is an archive", "jpg", lambda: s.image("JPEG") + s.good("zip"), UNSAFE),
    ("a GIF that is a JAR", "gif", lambda: s.image("GIF") + s.good("docx"), UNSAFE),
    ("a PDF that is an archive", "pdf", lambda: s.PDF + s.good("zip"), UNSAFE),
    ("a film that is an archive", "mp4", lambda: s.good("mp4") + s.good("zip") + b"more", UNSAFE),
    ("an archive behind something", "zip", lambda: s.good("zip")[:4] + s.good("zip"), BROKEN),
    ("an archive before something", "zip", lambda: s.good("zip") + b"more", BROKEN),
    ("an archive cut off", "zip", lambda: s.good("zip")[:-30], BROKEN),
    ("an archive without entries", "zip", lambda: s.archive({}), BROKEN),
    ("an archive with a false directory", "zip", lambda: s.good("zip").replace(b"PK\1\2", b"PK\1\3"), BROKEN),
    ("a bomb", "zip", bomb, UNSAFE),
    ("a bomb as a document", "docx", lambda: s.office("word/document.xml", a=bytes(11 * 2**20)), UNSAFE),
    ("more than a gigabyte", "zip", lambda: s.lying_about_size(s.good("zip"), 2**30 + 1), UNSAFE),
    ("too many entries", "zip", lambda: s.many_entries(10_001), UNSAFE),
    ("a directory without end", "zip", lambda: s.many_entries(100_000), UNSAFE),
    ("more entries than told", "zip", lambda: s.many_entries(70_000, told=1), BROKEN),
    ("a path upwards", "zip", escaping("../../etc/cron.d/a"), UNSAFE),
    ("a path upwards for Windows", "zip", escaping("a\\..\\..\\b"), UNSAFE),
    ("an absolute path", "zip", escaping("/etc/passwd"), UNSAFE),
    ("a drive", "zip", escaping("C:\\a.txt"), UNSAFE),
    ("a control character in a path", "zip", escaping("a\x1b[2Jb"), UNSAFE),
    ("a link", "zip", linked, UNSAFE),
    ("an archive as a document", "docx", lambda: s.good("zip"), MISMATCH),
    ("a table as a document", "docx", lambda: s.good("xlsx"), MISMATCH),
    ("a document with macros", "docx", macros("word/document.xml", "word/vbaProject.bin"), UNSAFE),
    ("a table with macros", "xlsx", macros("xl/workbook.xml", "XL/VBAPROJECT.BIN"), UNSAFE),
]  # fmt: skip


@pytest.mark.parametrize(("extension", "body", "code"), [pytest.param(*h[1:], id=h[0]) for h in HOSTILE])
def test_a_hostile_file_is_refused(extension: str, body: Callable[[], bytes], code: FileCode) -> None:
    with pytest.raises(FileRefused) as refused:
        check_content(io.BytesIO(body()), f"a.{extension}")
    assert (refused.value.code, refused.value.message[-1]) == (code, ".")


@pytest.mark.parametrize("comment", [b"packed by hand", b"PK\x05\x06 in words"])
def test_an_archive_may_have_a_comment_that_hides_nothing(comment: bytes) -> None:
    body = s.good("zip")[:-2] + len(comment).to_bytes(2, "little") + comment
    if s.ZIP_END in comment:
        with pytest.raises(FileRefused, match="tampered"):
            check_content(io.BytesIO(body), "a.zip")
    else:
        assert check_content(io.BytesIO(body), "a.zip").media_type == "application/zip"


EVERY_XML = [
    b'<?xml version="1.0" encoding="no-such"?><a/>', b"<a b='&#0;'/>", b"<a:b/>", b"<?b c='d'?><a/>",
    b"<a>\xff</a>", b"<a xmlns:b=''/>", b"", b"<a/><b/>", b"<!DOCTYPE a><a/>", b"<a>" * 9000,
]  # fmt: skip


@pytest.mark.parametrize("body", EVERY_XML)
def test_strange_xml_is_taken_or_refused_and_nothing_else(body: bytes) -> None:
    taken_or_refused("a.xml", body)


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(s.GOOD), st.data())
def test_a_damaged_file_is_taken_or_refused_and_nothing_else(
    sample: tuple[str, bytes], data: st.DataObject
) -> None:
    extension, whole = sample
    body = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
        body = body or bytearray(b"a")
    taken_or_refused(f"a.{extension}", bytes(body))


def taken_or_refused(name: str, body: bytes) -> None:
    """Any other exception fails the test."""
    with suppress(FileRefused):
        kind = check_content(io.BytesIO(body), name)
        assert not kind.shown or picture(io.BytesIO(body), kind.shown)


def opened(body: bytes, form: str) -> Image.Image:
    return Image.open(io.BytesIO(picture(io.BytesIO(body), form)))


def test_a_picture_is_made_upright_small_and_without_metadata() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned to the right
    exif[0x010F] = "Camera of Ana Ortiz"
    body = s.image("JPEG", (3000, 1000), exif=exif.tobytes(), comment=b"Ana Ortiz")
    made = opened(body, "JPEG")
    assert (made.format, made.size) == ("WEBP", (667, LONGEST_SIDE))
    assert not made.getexif()
    assert b"Ana Ortiz" not in picture(io.BytesIO(body), "JPEG")


def test_of_a_moving_picture_the_first_frame_is_shown() -> None:
    written = io.BytesIO()
    frames = [Image.new("P", (9, 9), color) for color in (1, 2, 3)]
    frames[0].save(written, "GIF", save_all=True, append_images=frames[1:])
    made = opened(written.getvalue(), "GIF")
    assert (made.size, getattr(made, "n_frames", 1)) == ((9, 9), 1)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_pictures_of_every_mode_are_shown(mode: str) -> None:
    written = io.BytesIO()
    form = "TIFF" if mode == "CMYK" else "PNG"
    Image.new(mode, (8, 8)).save(written, form)
    assert opened(written.getvalue(), form).size == (8, 8)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF", "TIFF"])
def test_a_broken_picture_is_refused_as_broken(form: str) -> None:
    body = s.image(form, (400, 400))
    for broken in (body[: len(body) // 2], body[:40]):
        with pytest.raises(FileRefused) as refused:
            picture(io.BytesIO(broken), form)
        assert refused.value.code is BROKEN


@pytest.mark.parametrize("side", [9_000, 20_000])
def test_a_picture_that_unpacks_to_too_many_pixels_is_refused_unread(side: int) -> None:
    body = s.image("PNG", (8, 8))
    large = body[:16] + side.to_bytes(4) * 2 + body[24:29]
    checked = large + crc32(large[12:29]).to_bytes(4) + body[33:]
    with pytest.raises(FileRefused, match="80 million pixels") as refused:
        picture(io.BytesIO(checked), "PNG")
    assert refused.value.code is UNSAFE
