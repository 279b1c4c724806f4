"""ZIP archives, judged by their directory alone: nothing is ever unpacked here.

Python's reader takes in a directory of any size, so where it lies and how large it is is read first. It must
stand at the end and begin where the entries end, without a byte before, between or after: what is a ZIP
for one program is a ZIP for all of them, and nothing besides.
"""

import os
import re
import stat
import struct
import zipfile
from typing import BinaryIO, NoReturn

from tradehold.engine.filerefused import FileCode, FileRefused

MOST_ENTRIES = 10_000
MOST_UNPACKED = 2**30  # bytes
MOST_RATIO = 100  # unpacked to packed, where there is enough to matter
_ENOUGH = 10 * 2**20
_LARGEST_DIRECTORY = 4 * 2**20
_END = struct.Struct("<4sHHHHLLH")  # the end of central directory record, without its comment
_END_64 = b"PK\x06\x07"
# An absolute path, a drive, a way up, or what no name has.
_NOT_INSIDE = re.compile(r"^/|^[A-Za-z]:|(^|/)\.\.(/|$)|[\x00-\x1f\x7f]")


def is_archive(file: BinaryIO) -> bool:
    """Whether a reader of ZIP archives finds one in this file, wherever it begins."""
    return b"PK\x05\x06\0\0\0\0" in _tail(file)


def check_archive(file: BinaryIO) -> list[str]:
    """The names in an archive. Raises FileRefused where it is broken, or made to do harm."""
    count = _check_end(file)
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
    # NotImplementedError: what zipfile raises for an archive of a version that it cannot read.
    except (zipfile.BadZipFile, NotImplementedError, UnicodeError, ValueError, struct.error):
        _broken()
    if len(entries) != count:
        _broken()
    unpacked = sum(one.file_size for one in entries)
    packed = sum(one.compress_size for one in entries)
    if unpacked > MOST_UNPACKED or (unpacked > _ENOUGH and unpacked > MOST_RATIO * packed):
        raise FileRefused(
            FileCode.UNSAFE,
            f"This archive would unpack to {unpacked / 2**20:,.0f} MiB, out of proportion to its size: "
            "send its files in smaller archives.",
            unpacked=unpacked,
            most=MOST_UNPACKED,
        )
    for one in entries:
        _check_entry(one)
    return [one.filename for one in entries]


def _tail(file: BinaryIO) -> bytes:
    """What may hold the end record: it and a comment of any length."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _END.size - 0xFFFF))
    return file.read()


def _check_end(file: BinaryIO) -> int:
    """How many entries the directory says it has."""
    tail = _tail(file)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        _broken()
    _, disk, first_disk, here, entries, size, start, comment = _END.unpack_from(tail, at)
    end = file.seek(0, os.SEEK_END) - len(tail) + at
    if tail[max(0, at - 20) :].startswith(_END_64) or disk or first_disk or here != entries:
        _broken("This archive is of a kind for very large or split archives: pack it anew as a plain ZIP.")
    if entries > MOST_ENTRIES or size > _LARGEST_DIRECTORY:
        raise FileRefused(
            FileCode.UNSAFE,
            f"This archive has {entries:,} entries, of {MOST_ENTRIES:,} at most: send several smaller ones.",
            entries=entries,
            most=MOST_ENTRIES,
        )
    if not entries or start + size != end or comment != len(tail) - at - _END.size:
        _broken()
    return int(entries)


def _check_entry(one: zipfile.ZipInfo) -> None:
    name = one.orig_filename.replace("\\", "/")
    if _NOT_INSIDE.search(name) or stat.S_ISLNK(one.external_attr >> 16):
        raise FileRefused(
            FileCode.UNSAFE,
            "This archive holds a path that leads out of the folder it is unpacked into: pack it anew from "
            "within its folder.",
            entry=ascii(one.orig_filename[:200]),
        )


def _broken(message: str = "This archive is broken or has been tampered with: pack it anew.") -> NoReturn:
    raise FileRefused(FileCode.BROKEN, message)
