"""Which files are taken, and whether a file is what its name says.

The list is data (`data/file_types.toml`). The type is found by the content, must be on the list and must
agree with the name's extension; what the sender claims counts for nothing. Beyond that a file must not be
two things at once: a picture that is an archive as well, or that a browser would take for a page. The checks
read piece by piece, never unpack anything, and block: they run in a thread.
"""

import codecs
import os
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, BinaryIO, NoReturn

import filetype  # type: ignore[import-untyped]  # published without types
import msgspec
from lxml import etree

from tradehold.engine.archives import check_archive, is_archive
from tradehold.engine.filenames import extension
from tradehold.engine.filerefused import FileCode, FileRefused

_PIECE = 2**20
_HEAD = 8192  # what detection looks at
# What makes a browser take bytes for a page, as the WHATWG's rules for sniffing list it, and script.
_PAGE = rb"<(!doctype\s+html|html|head|body|script|iframe|svg|img|style|meta|object|embed)[\s/>]"
_PAGE_WITHIN = re.compile(_PAGE, re.IGNORECASE)
_PAGE_AT_START = re.compile(rb"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*" + _PAGE, re.IGNORECASE | re.DOTALL)
# Archives of every kind, office files among them, are told apart by what is in them.
_SIGNATURES = ((b"PK\x03\x04", "application/zip"), (b"\xc5\xd0\xd3\xc6", "application/postscript"))
_ACTIVE = ("html", "svg")
# What a sender may not even claim.
NEVER = re.compile(r"(text/html|image/svg|application/xhtml|.*javascript|application/x-ms).*", re.IGNORECASE)


class FileType(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    extensions: tuple[str, ...]
    media_type: str
    use: str
    found: tuple[str, ...] = ()
    check: str = ""
    begins: str = ""
    inside: str = ""
    shown: str = ""


class _List(msgspec.Struct):
    type: tuple[FileType, ...]


@cache
def file_types() -> dict[str, FileType]:
    """By extension."""
    data = files("tradehold").joinpath("data/file_types.toml").read_bytes()
    return {one: kind for kind in msgspec.toml.decode(data, type=_List).type for one in kind.extensions}


def type_of(name: str) -> FileType:
    """The type that a cleaned name promises. Raises FileRefused where it is not on the list."""
    kind = file_types().get(extension(name))
    if kind is None:
        allowed = sorted(file_types())
        raise FileRefused(
            FileCode.NOT_ALLOWED,
            f"Files of this type are not taken. Send one of these: {', '.join(allowed)}.",
            extension=extension(name),
            allowed=allowed,
        )
    return kind


def check_content(file: BinaryIO, name: str) -> FileType:
    """The type of a file, if its content is what its name promises and harmless. Raises FileRefused."""
    kind = type_of(name)
    file.seek(0)
    head = file.read(_HEAD)
    detected = detect(head)
    if kind.found and detected not in kind.found:
        _mismatch(name, kind, detected)
    if kind.found and _PAGE_WITHIN.search(head):
        _unsafe("This file also holds a web page: export it anew from the program it was made with.")
    if kind.check != "archive" and is_archive(file):
        _unsafe("This file also is an archive: send the file and the archive one by one.")
    if kind.check:
        _CHECKS[kind.check](file, name, kind, detected)
    return kind


def detect(head: bytes) -> str:
    """The media type that the first bytes show; empty where they show none, as those of text."""
    for signature, media_type in _SIGNATURES:
        if head.startswith(signature):
            return media_type
    guessed = filetype.guess(head)
    return str(guessed.mime) if guessed else ""


def pieces(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    while piece := file.read(_PIECE):
        yield piece


def _pdf(file: BinaryIO, name: str, kind: FileType, detected: str) -> None:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 2048))
    if b"%%EOF" not in file.read():
        _broken("This PDF is cut off, its end is missing: save it anew and send that.")


def _image(file: BinaryIO, name: str, kind: FileType, detected: str) -> None:
    """Compressed pixels do not spell markup by chance; metadata does when somebody put it there."""
    tail = b""
    for piece in pieces(file):
        if _PAGE_WITHIN.search(tail + piece):
            _unsafe("This image also holds a web page: save it anew without its metadata.")
        tail = piece[-32:]


def _archive(file: BinaryIO, name: str, kind: FileType, detected: str) -> None:
    names = check_archive(file)
    if kind.inside and kind.inside not in names:
        _mismatch(name, kind, "application/zip")
    macros = [one for one in names if one.lower().endswith("vbaproject.bin") or one.startswith("Basic/")]
    if kind.inside and macros:
        _unsafe("This document holds macros, which are programs: save it without macros.")


def _text(encodings: Sequence[str]) -> Callable[[BinaryIO, str, FileType, str], None]:
    def check(file: BinaryIO, name: str, kind: FileType, detected: str) -> None:
        file.seek(0)
        marked = file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
        tried = [each for each in encodings if marked or each != "utf-16"]
        alive = [codecs.getincrementaldecoder(each)() for each in tried]
        start = ""
        for piece in pieces(file):
            read = [(decoder, _decoded(decoder, piece)) for decoder in alive]
            alive = [decoder for decoder, text in read if text is not None]
            start = start or next((text for _, text in read if text is not None), "")[:_HEAD]
        if not any(_decoded(decoder, b"", last=True) is not None for decoder in alive):
            if detected:
                _mismatch(name, kind, detected)
            _broken("This is not plain text: save it as text in UTF-8.")
        start = start.removeprefix("\ufeff").lstrip()
        if _PAGE_AT_START.match(start.encode()):
            _mismatch(name, kind, "text/html")
        if not re.match(kind.begins, start):
            _mismatch(name, kind, detected)

    return check


def _decoded(decoder: codecs.IncrementalDecoder, piece: bytes, last: bool = False) -> str | None:
    """None where the piece is no text in this encoding. A zero character is in no text."""
    try:
        text = decoder.decode(piece, last)
    except UnicodeError:
        return None
    return None if "\0" in text else text


class _Watch:
    """Sees an XML document pass, and keeps nothing of it."""

    def start(self, tag: str | bytes, attrib: Any) -> None:
        named = etree.QName(tag)
        if named.localname.lower() in _ACTIVE or "xhtml" in (named.namespace or "").lower():
            _unsafe("This XML holds a web page or an SVG drawing: send it as a PDF or as an image.")

    def doctype(self, name: str, public: str | None, system: str | None) -> None:
        _unsafe("This XML has a DOCTYPE, which attacks are made of: save it without.")

    def _pass(self, *what: Any) -> None:
        pass

    end = data = comment = close = _pass


def _xml(file: BinaryIO, name: str, kind: FileType, detected: str) -> None:
    parser = etree.XMLParser(
        target=_Watch(), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        for piece in pieces(file):
            parser.feed(piece)
        parser.close()
    except etree.XMLSyntaxError as error:
        _broken(f"This XML is broken or cut off at line {error.lineno}: save it anew and send that.")


_CHECKS: dict[str, Callable[[BinaryIO, str, FileType, str], None]] = {
    "pdf": _pdf,
    "image": _image,
    "archive": _archive,
    "utf8": _text(("utf-8",)),
    # UTF-16 only where its byte order mark is: without one most bytes can be read as it.
    "text": _text(("utf-8", "utf-16", "gb18030")),
    # Drawings and mail name their encoding inside, or have bytes of several.
    "lines": _text(("latin-1",)),
    "xml": _xml,
}


def _mismatch(name: str, kind: FileType, detected: str) -> NoReturn:
    found = detected or "something else"
    raise FileRefused(
        FileCode.MISMATCH,
        f"The name ends in .{extension(name)}, but its content is {found}: give the file its right "
        f"extension, or save it anew as {extension(name).upper()}.",
        promised=kind.media_type,
        found=detected,
    )


def _unsafe(message: str) -> NoReturn:
    raise FileRefused(FileCode.UNSAFE, message)


def _broken(message: str) -> NoReturn:
    raise FileRefused(FileCode.BROKEN, message)
