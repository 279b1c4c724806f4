"""Small files of every type that is taken, as programs write them, and the parts to make bad ones of."""

import io
import struct
import zipfile

from PIL import Image

ZIP_END = b"PK\x05\x06"


def image(form: str, size: tuple[int, int] = (40, 20), **options: object) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, "teal").save(written, form, **options)
    return written.getvalue()


def archive(entries: dict[str, bytes], kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", kind) as file:
        for name, body in entries.items():
            # An info of our own keeps the name as it is, whatever it is.
            file.writestr(zipfile.ZipInfo(name), body, compress_type=kind)
    return written.getvalue()


def office(main: str, **more: bytes) -> bytes:
    return archive({"[Content_Types].xml": b"<Types/>", main: b"<document/>", **more})


def open_document(kind: str) -> bytes:
    return archive(
        {"mimetype": f"application/vnd.oasis.opendocument.{kind}".encode(), "content.xml": b"<a/>"}
    )


def boxes(*brands: bytes) -> bytes:
    """The beginning of a film or a photograph in the ISO base media format."""
    body = brands[0] + bytes(4) + b"".join(brands)
    return struct.pack(">L", 8 + len(body)) + b"ftyp" + body + struct.pack(">L4s", 16, b"mdat") + bytes(8)


PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
DXF = "  0\r\nSECTION\r\n  2\r\nHEADER\r\n  9\r\n$ACADVER\r\n  1\r\nAC1009 \xd8 20\r\n  0\r\nEOF\r\n"
TABLE = "货号,数量\r\nTS-200,3000\r\n"

# By the extension; several where a type has several forms.
GOOD: list[tuple[str, bytes]] = [
    ("pdf", PDF),
    ("jpg", image("JPEG")),
    ("jpeg", image("JPEG", comment=b"batch 7")),
    ("png", image("PNG")),
    ("webp", image("WEBP")),
    ("gif", image("GIF")),
    ("tif", image("TIFF")),
    ("tiff", image("TIFF", compression="tiff_lzw")),
    ("heic", boxes(b"heic", b"mif1")),
    ("csv", TABLE.encode()),
    ("csv", TABLE.encode("utf-8-sig")),
    ("csv", TABLE.encode("utf-16")),
    ("csv", TABLE.encode("gb18030")),
    ("csv", b"BMW X5,1\r\n"),  # the first letters of a bitmap
    ("txt", "Die Ware ist fertig. Größe 128.".encode()),
    ("txt", b"MZ, Lin and I met; write <html> as you like.\n"),  # the first letters of a program
    ("md", b"# Care label\n\n* 40 degrees\n"),
    ("json", b'{"sku": "TS-200"}'),
    ("xml", b'<?xml version="1.0"?><Order xmlns="urn:a"><Line n="1">TS-200</Line></Order>'),
    ("xml", '<?xml version="1.0" encoding="UTF-16"?><Bestellung/>'.encode("utf-16")),
    ("eml", b"Received: from mx.example.com\r\nSubject: samples\r\n\r\n<html>Gr\xfc\xdfe</html>"),
    ("docx", office("word/document.xml")),
    ("xlsx", office("xl/workbook.xml")),
    ("pptx", office("ppt/presentation.xml")),
    ("odt", open_document("text")),
    ("ods", open_document("spreadsheet")),
    ("zip", archive({"photos/1.txt": b"a" * 1000, "照片/2.txt": b"b"})),
    ("zip", archive({"a.txt": b"a"}, zipfile.ZIP_STORED)),
    ("zip", office("word/document.xml")),
    ("dwg", b"AC1032" + bytes(200)),
    ("dxf", DXF.encode("latin-1")),
    ("step", b"ISO-10303-21;\nHEADER;\nENDSEC;\nEND-ISO-10303-21;\n"),
    ("stp", b"ISO-10303-21;\nHEADER;\nENDSEC;\nEND-ISO-10303-21;\n"),
    ("ai", PDF),
    ("ai", b"%!PS-Adobe-3.0\n%%Creator: Adobe Illustrator\n"),
    ("eps", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n"),
    ("eps", b"\xc5\xd0\xd3\xc6" + bytes(40)),
    ("mp4", boxes(b"isom", b"mp42")),
    ("mov", boxes(b"qt  ")),
]


def good(extension: str) -> bytes:
    return next(body for each, body in GOOD if each == extension)


def lying_about_size(body: bytes, size: int) -> bytes:
    """The archive with the unpacked size that its directory tells of the first entry."""
    at = body.index(b"PK\x01\x02")
    return body[: at + 24] + struct.pack("<L", size) + body[at + 28 :]


def many_entries(count: int, told: int = 0xFFFF) -> bytes:
    """An archive whose directory has many entries, and tells of at most as many."""
    local = struct.pack("<4sHHHHHLLLHH", b"PK\x03\x04", 10, 0, 0, 0, 0, 0, 0, 0, 1, 0) + b"a"
    entry = (
        b"PK\x01\x02"
        + struct.pack("<HHHHHHLLLHHHHHLL", 10, 10, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0)
        + b"a"
    )
    directory = entry * count
    told = min(count, told)
    end = struct.pack("<4sHHHHLLH", ZIP_END, 0, 0, told, told, len(directory), len(local), 0)
    return local + directory + end
