"""The documents that a contract names: chosen from the company's files or brought here, and lent to the trade
once the contract is saved, so that the other side reads them too."""

from collections.abc import Mapping
from typing import Any

from litestar.datastructures import FormMultiDict, UploadFile

from tradehold.domain.contract import MOST_ATTACHMENTS, Attachment
from tradehold.domain.identity import Ref
from tradehold.engine.access import wall
from tradehold.engine.fileplaces import may_bring
from tradehold.store.files import Held
from tradehold.web import files
from tradehold.web.editor import attached
from tradehold.web.forms import Typed, Wrong
from tradehold.web.visit import Visitor

_LIBRARY = 30  # files of the library shown at once
_SHA256 = 64


async def taken(here: Visitor, place: Ref | None, form: Typed, sent: FormMultiDict) -> Typed:
    """The form with the files that came with it ticked. They lie in the company's library. Raises Wrong about
    `file`."""
    brought = [
        one for one in sent.getall("file", []) if one and (isinstance(one, UploadFile) or len(one) == _SHA256)
    ]
    there = attached(form)
    rest = {name: value for name, value in form.items() if not name.startswith(("attachments.", "file"))}
    if brought:
        there += [one.sha256 for one in await files.attached(here, None, sent)]
    there = list(dict.fromkeys(there))
    if len(there) > MOST_ATTACHMENTS:
        raise Wrong(file=here.t("A contract has at most {most} attachments.", most=MOST_ATTACHMENTS))
    return rest | {f"attachments.{n}": sha256 for n, sha256 in enumerate(there)}


async def known(here: Visitor, place: Ref | None, form: Typed) -> dict[str, Attachment]:
    """The ticked files by SHA-256, as far as the visitor may read them: in their own library, or at the trade
    that the contract belongs to."""
    asked = attached(form)[:MOST_ATTACHMENTS]
    if not asked:
        return {}
    store, company = here.desk.services.files, here.actor.company
    held = await store.held_these(asked, company)
    if place:
        held |= await store.held_these(asked, company, place)
    there = [held[sha256] for sha256 in asked if sha256 in held]
    return {one.sha256: Attachment(one.name, one.sha256, one.size) for one in there}


async def grant(here: Visitor, trade: Ref, attachments: Mapping[str, Attachment]) -> None:
    """Lets both sides of the trade read them. What is not in the library is there already."""
    for sha256 in attachments:
        await here.desk.services.files.attach(sha256, here.actor.company, here.actor.member, trade, wall())


async def library(here: Visitor, words: str, ticked: Mapping[str, Attachment]) -> dict[str, Any]:
    found = await here.desk.services.files.all_held(
        here.actor.company, None, limit=_LIBRARY, words=words.replace("\0", "")[:150]
    )
    shown = [one for one in found if one.sha256 not in ticked]
    return {"files": [view(here, one) for one in shown], "words": words, "brings": may_bring(here.actor)}


def view(here: Visitor, one: Attachment | Held) -> dict[str, Any]:
    return {"name": one.name, "sha256": one.sha256, "size": here.f.size(one.size)}
