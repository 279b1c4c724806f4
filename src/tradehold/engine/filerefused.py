"""Why a file is not taken: one exception, whose code is public and whose message names the mend."""

from enum import StrEnum
from typing import Any

import msgspec


class FileCode(StrEnum):
    TOO_LARGE = "file_too_large"
    EMPTY = "file_empty"
    QUOTA = "quota_exceeded"
    NOT_ALLOWED = "file_type_not_allowed"
    MISMATCH = "file_type_mismatch"
    BROKEN = "file_broken"
    UNSAFE = "file_unsafe"
    INFECTED = "file_infected"
    WRONG_OFFSET = "wrong_offset"
    UNKNOWN = "upload_unknown"
    NO_SCANNER = "scanner_unavailable"


# What says something of the content itself: sent again, the same file would be refused again.
OF_CONTENT = frozenset(
    {FileCode.NOT_ALLOWED, FileCode.MISMATCH, FileCode.BROKEN, FileCode.UNSAFE, FileCode.INFECTED}
)


class FileRefused(Exception):
    def __init__(self, code: FileCode, message: str, **data: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data


class _Kept(msgspec.Struct):
    code: FileCode
    message: str
    data: dict[str, Any]


def encode(refused: FileRefused) -> str:
    return msgspec.json.encode(_Kept(refused.code, refused.message, refused.data)).decode()


def decode(text: str) -> FileRefused:
    kept = msgspec.json.decode(text, type=_Kept)
    return FileRefused(kept.code, kept.message, **kept.data)
