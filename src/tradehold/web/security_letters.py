"""Letters about somebody's access: what they asked for, and what happened without their asking.

Nothing that a stranger typed stands in a letter to somebody else, and each address gets one letter of a kind
in five minutes, however often it is asked for.
"""

import hashlib
import secrets
from datetime import datetime

import msgspec

from tradehold.store.credentials import Account
from tradehold.store.database import Pool
from tradehold.store.mail import Letter, put_letters
from tradehold.web.i18n import Translator, mark, translator

_ASKED = 300  # seconds in which asking again is the same letter


class Kind(msgspec.Struct, frozen=True):
    name: str
    subject: str
    paragraphs: tuple[str, ...]


_NOT_YOU = mark(
    "If this was not you, choose a new password and end all other sessions on your security page."
)
_IGNORE = mark("If you did not ask for this, you need not do anything.")
REGISTER = Kind(
    "register",
    mark("Your registration at Tradehold"),
    (
        mark("Open this link to choose how you sign in:"),
        "{link}",
        mark("It works once, for three days."),
        _IGNORE,
    ),
)
KNOWN = Kind(
    "known",
    mark("You are registered at Tradehold already"),
    (
        mark("Somebody, perhaps you, wanted to register with this e-mail. You have an account already."),
        mark("Sign in here, or choose a new password there:"),
        "{link}",
        _IGNORE,
    ),
)
RESET = Kind(
    "reset",
    mark("A new password for Tradehold"),
    (
        mark("Open this link to choose a new password:"),
        "{link}",
        mark("It works once, for two hours. Your second factor stays as it is."),
        _IGNORE,
    ),
)
UNKNOWN = Kind(
    "unknown",
    mark("There is no account with this e-mail"),
    (
        mark("Somebody, perhaps you, asked for a new password at Tradehold. No account has this e-mail."),
        mark("Perhaps yours has another one; or register here:"),
        "{link}",
        _IGNORE,
    ),
)
OPERATOR = Kind(
    "operator",
    mark("You are an operator of Tradehold"),
    (
        mark("You were made an operator of this platform. Open this link to choose a password:"),
        "{link}",
        mark("It works once, for three days. Then enrol a second factor: operators need one."),
    ),
)
CONFIRM_EMAIL = Kind(
    "confirm_email",
    mark("Confirm your new e-mail"),
    (
        mark("Open this link to use this e-mail at Tradehold:"),
        "{link}",
        mark("It works once, for two hours."),
        _IGNORE,
    ),
)
EMAIL_CHANGES = Kind(
    "email_changes",
    mark("Your e-mail at Tradehold is being changed"),
    (mark("Your account is to use the e-mail {email} from now on, once that is confirmed."), _NOT_YOU),
)
EMAIL_CHANGED = Kind(
    "email_changed",
    mark("Your e-mail at Tradehold was changed"),
    (mark("Your account uses the e-mail {email} now. This one is not used any more."), _NOT_YOU),
)
NEW_DEVICE = Kind(
    "new_device",
    mark("A new device signed in to Tradehold"),
    (mark("You signed in on a device that was not seen before."), mark("{agent}, from {address}"), _NOT_YOU),
)
PASSWORD_CHANGED = Kind(
    "password_changed",
    mark("Your password for Tradehold was changed"),
    (mark("Your password was changed, and all other sessions were ended."), _NOT_YOU),
)
FACTOR_CHANGED = Kind(
    "factor_changed",
    mark("Your second factor for Tradehold was changed"),
    (mark("What changed: {what}."), _NOT_YOU),
)


def _letter(t: Translator, kind: Kind, key: str, address: str, person: int, facts: dict[str, str]) -> Letter:
    """`{link}` stands alone and is no sentence; every other paragraph is said in the reader's language."""
    said = [facts["link"] if each == "{link}" else t(each, count=None, **facts) for each in kind.paragraphs]
    return Letter(key, address, "security", t(kind.subject), "\n\n".join([*said, "Tradehold"]) + "\n", person)


async def send(pool: Pool, language: str, address: str, kind: Kind, now: datetime, **facts: str) -> None:
    """What somebody asked for who is not signed in."""
    window = int(now.timestamp()) // _ASKED
    key = hashlib.sha256(f"{kind.name}\n{address.lower()}\n{window}".encode()).hexdigest()
    await put_letters(pool, [_letter(translator(language), kind, key, address, 0, facts)], now)


async def tell(pool: Pool, account: Account, kind: Kind, now: datetime, **facts: str) -> None:
    """What happened to an account; `what` is a message yet to be translated. The demo's people have no
    address, and get no letter."""
    if account.email:
        key = f"{kind.name}:{account.id}:{secrets.token_hex(8)}"
        t = translator(account.language)
        if "what" in facts:
            facts["what"] = t(facts["what"])
        await put_letters(pool, [_letter(t, kind, key, account.email, account.id, facts)], now)
