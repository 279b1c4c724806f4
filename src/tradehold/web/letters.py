"""Letters about news: the engine says who hears of what and when, the words are found here."""

from collections.abc import Callable, Sequence
from datetime import datetime

from tradehold.domain.given import Knowledge
from tradehold.domain.identity import Ref
from tradehold.engine.leaving import token_of
from tradehold.engine.notify import Compose
from tradehold.engine.rhythm import zone_of
from tradehold.store.mail import Letter
from tradehold.store.notices import About, Addressee, Notice
from tradehold.web.i18n import Formats, Translator, translator
from tradehold.web.news import Said, said

_MOST = 50  # facts in one letter; the application shows the others


def composer(
    url: str, secret: bytes, knowledge: Callable[[], Knowledge], clock: Callable[[], datetime]
) -> Compose:
    """`url` is the address of the platform, without a slash at its end; `secret` signs the way out."""

    def compose(reader: Addressee, notices: Sequence[Notice], about: About) -> Letter:
        f = Formats(translator(reader.language), zone_of(reader.zone), clock())
        security = any(one.security for one in notices)
        leave = "" if security else f"{url}/unsubscribe/{token_of(secret, reader.person)}"
        facts = [(one, said(f, one, about, knowledge())) for one in notices]
        kind = "security" if security else "news"
        return Letter(
            f"{kind}:{reader.person}:{notices[-1].number}", reader.email, kind, _subject(f.t, facts),
            _body(f, reader, facts, url, leave), reader.person, leave,
        )  # fmt: skip

    return compose


def _subject(t: Translator, facts: list[tuple[Notice, Said]]) -> str:
    if len(facts) == 1:
        return f"{facts[0][1].title}: {facts[0][1].told.text}"
    count = t("{count} piece of news|{count} pieces of news", count=len(facts))
    about_one = len({notice.ref for notice, _ in facts}) == 1
    return f"{facts[0][1].title if about_one else 'Tradehold'}: {count}"


def _body(f: Formats, reader: Addressee, facts: list[tuple[Notice, Said]], url: str, leave: str) -> str:
    t = f.t
    groups: dict[Ref, list[tuple[Notice, Said]]] = {}
    for notice, told in facts[-_MOST:]:
        groups.setdefault(notice.ref, []).append((notice, told))
    lines = [t("Hello {name},", name=reader.name), "", t("this is new for you on Tradehold."), ""]
    # The thing that moved last comes first; within it, the newest fact.
    for group in sorted(groups.values(), key=lambda each: -each[-1][0].number):
        lines += [group[-1][1].title, url + group[-1][1].path, ""]
        for notice, told in reversed(group):
            lines += [f"  {f.day(notice.at)}, {f.clock(notice.at)}", f"  {told.told.text}"]
            lines += [f"  {told.told.note}", ""] if told.told.note else [""]
    if len(facts) > _MOST:
        lines += [t("… and {count} more.|… and {count} more.", count=len(facts) - _MOST), ""]
    lines += [
        "--",
        f"{t('All news')}: {url}/notifications",
        t("Times are shown for {zone}.", zone=f.zone_name()),
    ]
    if leave:
        lines += [t("Fewer of these letters, or none:"), leave]
    else:
        lines += [t("Letters about your company's security cannot be turned off.")]
    return "\n".join(lines)
