"""Reading and writing ISO 20022 XML safely: what the camt, pain and sandbox files have in common.

A bank file comes from outside, so it is read as if somebody had made it to hurt us. Nothing a file says is
ever looked up or expanded: no DOCTYPE (and so no entity), no network, no more than `LARGEST` bytes, no
more than 256 levels (the parser's own bound), no more than `BETWEEN` bytes held in memory at a time.

Elements are found by their local name, whatever the namespace: banks send versions .02 to .13 and more
of the same message, and from one version to the next the namespace changes more often than the content.
"""

import io
import re
from collections.abc import Iterator
from typing import BinaryIO, NoReturn, cast

from lxml import etree

from tradehold.domain import money
from tradehold.domain.money import Money

LARGEST = 256 * 1024 * 1024
BETWEEN = 8 * 1024 * 1024
_CHUNK = 64 * 1024
_ASK = "ask the bank for a corrected file"

# ISO 20022 files are UTF-8. Older bank systems still declare these, which also keep ASCII where it is, so
# that a DOCTYPE cannot hide behind the encoding as it could in UTF-16 or UTF-7.
_ENCODINGS = {"utf-8", "us-ascii", "ascii", "iso-8859-1", "iso-8859-15", "windows-1252"}
_DECLARED = re.compile(rb"""\s*<\?xml[^>]*?\sencoding\s*=\s*["']([^"']*)["']""")
_AMOUNT = re.compile(r"\+?(?:[0-9]{1,18}(?:\.[0-9]{0,8})?|\.[0-9]{1,8})")

Element = etree._Element


class BankFileError(ValueError):
    """A bank file that cannot be used. The message names the element, where it stands and the mend."""


def local(element: Element) -> str:
    """The name of an element without its namespace; empty for a comment or processing instruction."""
    name: object = element.tag
    return name.rpartition("}")[2] if isinstance(name, str) else ""


def events(source: bytes | BinaryIO, *names: str) -> Iterator[tuple[str, Element]]:
    """Parses as it reads and yields ("start" or "end", element) for the elements of these local names.

    The caller clears what it has used. The last item is ("root", the root element).
    """
    parser = etree.XMLPullParser(
        events=("start", "end"),
        tag=[f"{{*}}{name}" for name in names],
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
    )
    held = 0
    try:
        for chunk in _chunks(io.BytesIO(source) if isinstance(source, bytes) else source):
            parser.feed(chunk)
            held += len(chunk)
            for event, element in parser.read_events():
                held = 0
                yield str(event), cast(Element, element)  # Only namespace events carry anything else.
            if held > BETWEEN:
                raise BankFileError(
                    f"no {names[-1]} ends within {BETWEEN // 2**20} MiB; ask the bank for smaller entries"
                )
        yield "root", parser.close()
    except etree.XMLSyntaxError as error:
        problem = f"the file is broken or cut off: {error.msg}"
        raise BankFileError(f"{problem}; fetch it from the bank again") from None


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    """The file piece by piece, refused as soon as it shows that it cannot be a bank's."""
    size = 0
    tail = b""
    while chunk := stream.read(_CHUNK):
        if not size:
            _refuse_start(chunk)
        size += len(chunk)
        if size > LARGEST:
            raise BankFileError(f"the file is over {LARGEST // 2**20} MiB; ask the bank for smaller files")
        # The tail of the last piece goes with it, for the word may lie across the cut. A DOCTYPE inside
        # a comment or CDATA is refused as well: no bank writes one, and telling them apart needs a parser.
        if b"<!DOCTYPE" in tail + chunk:
            raise BankFileError(
                "the file has a DOCTYPE, which no bank file needs and attacks are made of; "
                "it is a web page or was tampered with: fetch it from the bank again"
            )
        tail = chunk[-8:]
        yield chunk
    if not size:
        raise BankFileError("the file is empty; fetch it from the bank again")


def _refuse_start(chunk: bytes) -> None:
    start = chunk.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith((b"\xfe\xff", b"\xff\xfe")) or b"\0" in start[:64]:
        raise BankFileError("the file is not UTF-8 as ISO 20022 asks; save or request it as UTF-8")
    if not start.startswith(b"<"):
        kind = "an MT940 statement" if start.startswith((b":20:", b"{1:")) else "not XML"
        raise BankFileError(f"the file is {kind}; ask the bank for camt.053, camt.054 or pain.002 files")
    declared = _DECLARED.match(start)
    if declared and declared[1].decode("ascii", "replace").lower() not in _ENCODINGS:
        raise BankFileError(
            f"the file declares the encoding {declared[1].decode('ascii', 'replace')!r}; request it as UTF-8"
        )


def children(element: Element, name: str) -> Iterator[Element]:
    return element.iterchildren(f"{{*}}{name}")


def find(element: Element, path: str) -> Element | None:
    """The first element at a path of local names such as "RltdPties/Dbtr/Nm"."""
    found: Element | None = element
    for name in path.split("/"):
        if found is None:
            return None
        found = next(found.iterchildren(f"{{*}}{name}"), None)
    return found


def text(element: Element, *paths: str) -> str:
    """The trimmed text at the first of the paths that holds any; empty if none does."""
    for path in paths:
        found = find(element, path)
        if found is not None and found.text and (value := found.text.strip()):
            return value
    return ""


def needed(element: Element, *paths: str) -> str:
    """As `text`, but raises BankFileError when there is none."""
    return text(element, *paths) or fault(element, f"{local(element)} has no {paths[0]}")


def amount(element: Element) -> Money:
    """An amount with its Ccy attribute, read exactly. Raises BankFileError."""
    written = (element.text or "").strip()
    currency = element.get("Ccy", "")
    if not _AMOUNT.fullmatch(written):
        fault(element, f"{local(element)} {written!r} is not an amount")
    try:
        return money.parse(written, currency)
    except ValueError as error:
        fault(element, f"{local(element)}: {error}")


def fault(element: Element, problem: str, mend: str = _ASK) -> NoReturn:
    """Raises BankFileError with the line of the file, where the parser knows it."""
    raise BankFileError(f"line {element.sourceline}: {problem}; {mend}")


def put(parent: Element, path: str, value: str | None = None, **attributes: str) -> Element:
    """Adds an element below `parent`, with the missing ones on the way; the last is always new."""
    *way, last = path.split("/")
    for name in way:
        below = parent[-1] if len(parent) and local(parent[-1]) == name else None
        parent = below if below is not None else _add(parent, name)
    element = _add(parent, last)
    element.text = value
    for attribute, content in attributes.items():
        element.set(attribute, content)
    return element


def _add(parent: Element, name: str) -> Element:
    return etree.SubElement(parent, f"{{{etree.QName(parent).namespace}}}{name}")


def document(version: str, message: str) -> tuple[Element, Element]:
    """A new Document of a version such as "pain.001.001.09", and its message element."""
    space = f"urn:iso:std:iso:20022:tech:xsd:{version}"
    root = etree.fromstring(f'<Document xmlns="{space}"/>')
    return root, put(root, message)


def written(root: Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
