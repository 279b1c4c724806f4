"""How large files may be, and how many a company may have."""

import msgspec

from tradehold.engine.filerefused import FileCode, FileRefused
from tradehold.store.files import Usage


class FileLimits(msgspec.Struct, frozen=True):
    """`file` and `company` in bytes; `uploads` that are open at a time for a company; `parts` of one."""

    file: int = 100 * 2**20
    company: int = 5 * 2**30
    uploads: int = 50
    parts: int = 2000

    def check_size(self, size: int) -> None:
        """Raises FileRefused for a file that is empty or too large."""
        if size < 1:
            raise FileRefused(FileCode.EMPTY, "This file is empty: choose the file again, or another one.")
        if size > self.file:
            raise FileRefused(
                FileCode.TOO_LARGE,
                f"This file is larger than {self.file // 2**20} MB: send it smaller, or in several files.",
                most=self.file,
            )

    def check_parts(self, parts: int) -> None:
        """Raises FileRefused where an upload that has so many parts may not have another."""
        if parts >= self.parts:
            raise FileRefused(
                FileCode.QUOTA,
                f"This upload came in more than {self.parts:,} parts: begin it anew with larger ones.",
                parts=self.parts,
            )

    def no_room(self, used: Usage) -> FileRefused:
        """Why a company that uses so much may not begin another upload."""
        if used.uploads >= self.uploads:
            return FileRefused(
                FileCode.QUOTA,
                f"Your company has {used.uploads} uploads under way, as many as may be: wait until some are "
                "finished, or cancel one.",
                uploads=self.uploads,
            )
        return FileRefused(
            FileCode.QUOTA,
            f"Your company's files would need more than its {self.company / 2**30:.3g} GiB: ask the platform "
            "for more room.",
            used=used.bytes,
            most=self.company,
        )
