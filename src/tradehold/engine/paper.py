"""A contract on paper, on its way to whoever may read the trade. Both faces serve it from here."""

import msgspec

from tradehold.engine.filedownload import SAFE
from tradehold.engine.filenames import content_disposition


class Paper(msgspec.Struct, frozen=True):
    """`name` is its file's, `tag` its ETag; without `body` for whoever knows the tag already."""

    name: str
    tag: str
    body: bytes

    @property
    def status(self) -> int:
        return 200 if self.body else 304

    @property
    def headers(self) -> dict[str, str]:
        told = {"ETag": self.tag, "Cache-Control": "private, no-cache", **SAFE}
        if self.body:
            told |= {"Content-Disposition": content_disposition(self.name)}
        return told
