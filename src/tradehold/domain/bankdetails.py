"""Finds in a message, a contract's remark or a file's name what would lead a payment elsewhere.

Only money that arrives in the designated account is protected, so whatever looks like another way to pay is
pointed out to the buyer before they pay: account numbers of every kind, wallets, payment links, and the words
that go with them. It is a warning, never a judgement: two aims pull against each other, and where a number
could be either, the words before it decide ("account 4500012345" is one, "order 4500012345" is none).

The text is folded first (`folding.py`), so full-width digits, look-alike letters, accents and invisible
characters hide nothing. Every search takes time linear in the text, whatever it holds.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Mapping
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from itertools import islice

import msgspec
from stdnum import bitcoin, iban, iso11649, luhn, numdb

from tradehold.domain.countries import BANKING
from tradehold.domain.folding import fold, is_cjk
from tradehold.domain.money import EXPONENT

MOST = 20  # suspicions reported of one text: more would say nothing new
_EXCERPT = 60  # characters
_BEFORE, _AFTER = 40, 12  # how far from a number a word may stand that announces it


class Kind(StrEnum):
    IBAN = "iban"
    SWIFT = "swift"
    ACCOUNT_NUMBER = "account_number"
    CARD_NUMBER = "card_number"
    WALLET = "wallet"
    PAYMENT_LINK = "payment_link"
    PAYMENT_WORDS = "payment_words"


class Suspicion(msgspec.Struct, frozen=True):
    """`words` is the excerpt as written, on one line and without invisible characters, at most 60 long."""

    kind: Kind
    words: str


class Language(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of data/payment_words, which says what each list is for."""

    phrases: tuple[str, ...]
    accounts: tuple[str, ...]
    others: tuple[str, ...]
    codes: tuple[str, ...] = ()
    ordinary: tuple[str, ...] = ()
    links: tuple[str, ...] = ()


class PaymentWords(msgspec.Struct, frozen=True):
    """All languages at once: a text need not keep to the one its reader speaks."""

    languages: Mapping[str, Language]

    def all(self, field: str) -> list[str]:
        return [word for language in self.languages.values() for word in getattr(language, field)]


def find(text: str, designated: Collection[str], words: PaymentWords) -> tuple[Suspicion, ...]:
    """What is suspicious, in the order of the text, at most MOST.

    `designated` are the platform's own account numbers, and their banks' BICs where known, written in any
    way: neither they nor their endings (a bank's own number inside its IBAN) are suspicious.
    """
    page = _Page(text, designated, words)
    found: list[_Found] = []
    for search in (_ibans, _wallets, _cards, _accounts, _swift_codes, _links, _phrases):
        # Where two searches find the same place, the first, which is the surer, names it.
        fresh = (one for one in search(page) if not any(one.overlaps(other) for other in found))
        for one in fresh:
            found.append(one)
            if len(found) == MOST:
                return page.told(found)
    return page.told(found)


class _Found(msgspec.Struct, frozen=True):
    start: int  # in the folded text
    end: int
    kind: Kind

    def overlaps(self, other: "_Found") -> bool:
        return self.start < other.end and other.start < self.end


# -- the page: one text, prepared once for all searches


def _compact(number: str) -> str:
    return "".join(character for character in fold(number).text.upper() if character.isalnum())


@lru_cache(maxsize=8192)
def _needle(word: str) -> tuple[str, str]:
    """A word of the data as it is looked for: letters and digits only, and as it stands."""
    literal = fold(word).text.lower()
    return "".join(character for character in literal if character.isalnum()), literal


def _latin(character: str) -> bool:
    return character.isalnum() and not is_cjk(character)


# What people put between the groups of a number, or somebody between its digits to hide it.
_GAP = r"[^A-Za-z0-9\n]{0,3}"
_DATE = re.compile(
    r"(?<!\d)(?:(?:19|20)\d\d([-/.])\d{1,2}\1\d{1,2}|\d{1,2}([-/.])\d{1,2}\2(?:19|20)\d\d)(?!\d)", re.ASCII
)
_REFERENCE = re.compile(r"(?<![A-Z0-9])RF(?:[ .\-]?[A-Z0-9]){3,23}", re.IGNORECASE | re.ASCII)


class _Page:
    def __init__(self, text: str, designated: Collection[str], words: PaymentWords) -> None:
        folded = fold(text)
        self.original, self.at, self.words = text, folded.at, words
        self.designated = {compact for number in designated if (compact := _compact(number))}
        self.text = folded.text
        for number in self.designated:
            spaced = rf"(?<![A-Za-z0-9]){_GAP.join(map(re.escape, number))}(?![A-Za-z0-9])"
            self.text = re.sub(spaced, _blank, self.text, flags=re.IGNORECASE)
        self.lower = self.text.lower()
        self._join()
        # What has digits and is a number of another kind by its form alone.
        self.digits = _REFERENCE.sub(_blank_reference, _DATE.sub(_blank, self.text))
        self._announce()

    def _join(self) -> None:
        """Letters and digits only, so that "p a y  d i r e c t l y" is read too; a line break for the end of
        a clause, so that no phrase is made of two. Punctuation behind a single letter ends no clause."""
        characters: list[str] = []
        places: list[int] = []
        run = 0
        for place, character in enumerate(self.lower):
            if character.isalnum():
                run += 1
            else:
                ends = run > 1 and character in ".!?;,:。、" and self._closes(place)
                run = 0
                if not ends:
                    continue
                character = "\n"
            characters.append(character)
            places.append(place)
        self.joined, self.places = "".join(characters), places

    def _closes(self, place: int) -> bool:
        following = self.lower[place + 1 : place + 2]
        return following.isspace() or is_cjk(following) or self.lower[place] in "。、"

    def _announce(self) -> None:
        """Where the words stand that announce an account number, or a number of another kind."""
        spans = [(*span, True) for word in self.words.all("accounts") for span in self.where(word)]
        spans += [(*span, False) for word in self.words.all("others") for span in self.where(word)]
        self.by_end = sorted((end, start, account) for start, end, account in spans)
        self.by_start = sorted(spans)

    def where(self, word: str) -> Iterator[tuple[int, int]]:
        """The places of a word or phrase in the folded text. Short ones must stand there to the letter:
        "a/c" is an account, "AC" is air conditioning."""
        joined, literal = _needle(word)
        place = self.joined.find(joined) if joined else -1
        while place >= 0:
            start, end = self.places[place], self.places[place + len(joined) - 1] + 1
            if self._stands_alone(start, end) and (
                len(joined) > 3 or is_cjk(joined[0]) or self.lower[start:end] == literal
            ):
                yield start, end
            place = self.joined.find(joined, place + len(joined))

    def _stands_alone(self, start: int, end: int) -> bool:
        before, after = self.lower[start - 1 : start], self.lower[end : end + 1]
        opens = is_cjk(self.lower[start]) or not (before and before.isalpha() and _latin(before))
        return opens and (is_cjk(self.lower[end - 1]) or not (after and after.isalpha() and _latin(after)))

    def announced(self, start: int, end: int) -> bool | None:
        """Whether the word nearest before a number makes it an account, or another number; failing that the
        nearest behind it. None where nothing is said."""
        last = bisect_right(self.by_end, (start, start, True)) - 1
        if last >= 0 and start - self.by_end[last][0] <= _BEFORE:
            return self.by_end[last][2]
        first = bisect_left(self.by_start, (end, end, False))
        if first < len(self.by_start) and self.by_start[first][0] - end <= _AFTER:
            return self.by_start[first][2]
        return None

    def ours(self, number: str) -> bool:
        return len(number) >= 6 and any(one.endswith(number) for one in self.designated)

    def told(self, found: list[_Found]) -> tuple[Suspicion, ...]:
        ordered = sorted(found, key=lambda one: one.start)
        return tuple(Suspicion(one.kind, self._excerpt(one)) for one in ordered)

    def _excerpt(self, one: _Found) -> str:
        written = self.original[self.at[one.start] : self.at[one.end - 1] + 1]
        shown = (character if character.isprintable() else " " * character.isspace() for character in written)
        line = " ".join("".join(shown).split())
        return line if len(line) <= _EXCERPT else f"{line[: _EXCERPT - 1]}…"


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _blank_reference(match: re.Match[str]) -> str:
    """Without the longest valid ISO 11649 reference at its beginning, if there is one."""
    for end in range(len(match[0]), 4, -1):
        if iso11649.is_valid(_compact(match[0][:end])):
            return " " * end + match[0][end:]
    return match[0]


# -- the searches


@lru_cache(maxsize=1024)
def _iban_length(country: str) -> int:
    """Characters of an IBAN of a country, 0 where it has none."""
    info = numdb.get("iban").info(country)[0][1]
    parts = re.findall(r"(\d+)!", info.get("bban", ""))
    return 4 + sum(int(part) for part in parts) if parts else 0


_IBAN_START = re.compile(rf"(?=[A-Z]{_GAP}[A-Z]{_GAP}[0-9OIL]{_GAP}[0-9OIL])", re.IGNORECASE | re.ASCII)
_IN_IBAN = re.compile(rf"{_GAP}([A-Z0-9])", re.IGNORECASE | re.ASCII)
_DIGIT_ALIKE = str.maketrans("OIL", "011")


def _ibans(page: _Page) -> Iterator[_Found]:
    for begin in _IBAN_START.finditer(page.text):
        start = end = begin.start()
        number, length = "", 34
        while len(number) < length and (match := _IN_IBAN.match(page.text, end)):
            number += match[1].upper()
            end = match.end()
            if len(number) == 2:
                length = _iban_length(number)
        if len(number) == length and any(
            _is_iban(one) and one not in page.designated
            for one in (number, number[:2] + number[2:].translate(_DIGIT_ALIKE))
        ):
            yield _Found(start, end, Kind.IBAN)


def _is_iban(number: str) -> bool:
    if not number[2:4].isdigit():
        return False
    # The quick half of the check first: most candidates fail here.
    if int("".join(str(int(character, 36)) for character in number[4:] + number[:4])) % 97 != 1:
        return False
    return iban.is_valid(number, check_country=False)


_WALLET = re.compile(
    r"(?<![A-Za-z0-9])(?:0x[0-9a-fA-F]{40}|[13T][1-9A-HJ-NP-Za-km-z]{25,34}"
    r"|bc1[0-9a-z]{11,71}|BC1[0-9A-Z]{11,71})(?![A-Za-z0-9])"
)


def _wallets(page: _Page) -> Iterator[_Found]:
    """Ethereum, Tron and Bitcoin addresses; the last two carry a checksum."""
    for match in _WALLET.finditer(page.text):
        address = match[0]
        if address.startswith("0x") or (
            _is_tron(address) if address[0] == "T" else bitcoin.is_valid(address)
        ):
            yield _Found(match.start(), match.end(), Kind.WALLET)


def _is_tron(address: str) -> bool:
    raw = bitcoin.b58decode(address)
    return raw[:1] == b"\x41" and sha256(sha256(raw[:-4]).digest()).digest()[:4] == raw[-4:]


_RUN = re.compile(r"[0-9](?:[ .\-_*·•]{0,3}[0-9])*")
_GROUP = re.compile(r"[0-9]+")
_AMOUNT_BEFORE = re.compile(r"(?:([A-Z]{3})|[$€£¥]) ?$", re.ASCII)
_AMOUNT_AFTER = re.compile(r" ?(?:([A-Z]{3})(?![A-Za-z])|[$€£¥元])", re.ASCII)


def _numbers(page: _Page) -> Iterator[list[tuple[int, int]]]:
    """Runs of digits, each as its groups."""
    for run in _RUN.finditer(page.digits):
        yield [group.span() for group in _GROUP.finditer(page.digits, run.start(), run.end())]


def _digits(page: _Page, groups: list[tuple[int, int]]) -> str:
    return "".join(page.digits[start:end] for start, end in groups)


# The first two digits of the cards of Visa, Mastercard, American Express, Diners Club and JCB.
_CARDS = {str(first) for first in (*range(22, 28), 30, *range(34, 40), *range(40, 50), *range(51, 56))}


def _cards(page: _Page) -> Iterator[_Found]:
    for groups in _numbers(page):
        for first, (start, _) in enumerate(groups):
            if page.digits[start] not in "23456":
                continue
            number = ""
            for last, (begin, end) in enumerate(groups[first : first + 19], first + 1):
                number += page.digits[begin : min(end, begin + 20)]
                if len(number) > 19:
                    break
                if len(number) >= 15 and _is_card(page, groups[first:last], number):
                    yield _Found(start, end, Kind.CARD_NUMBER)


def _is_card(page: _Page, groups: list[tuple[int, int]], number: str) -> bool:
    """UnionPay's numbers, which are bank accounts in China, tell themselves apart; others need a word."""
    start, end = groups[0][0], groups[-1][1]
    union = number.startswith("62") and len(number) >= 16
    if not union and not (number[:2] in _CARDS and len(number) <= 16):
        return False
    sizes = {end - start for start, end in groups[:-1]}
    # Printed in fours, or digit by digit to hide it; "62 68 74 80 86 92 98 104" are sizes of clothes.
    if min(sizes, default=4) < 4 and sizes != {1} and number[0] != "3":
        return False
    if _latin(page.digits[start - 1 : start]) or _latin(page.digits[end : end + 1]) or page.ours(number):
        return False
    announced = page.announced(start, end)
    return announced is not False and (union or announced is True) and luhn.is_valid(number)


def _accounts(page: _Page) -> Iterator[_Found]:
    for groups in _numbers(page):
        while len(groups) > 1 and sum(end - start for start, end in groups) > 34:
            groups = groups[:-1] if len(groups) <= 34 else groups[:34]
        number, start, end = _digits(page, groups), groups[0][0], groups[-1][1]
        least = 6 if _labelled(page, start) else 9
        if not least <= len(number) <= 34 or page.ours(number) or _is_amount(page, start, end):
            continue
        if page.digits[start - 1 : start] != "+" and page.announced(start, end):
            yield _Found(start, end, Kind.ACCOUNT_NUMBER)


def _labelled(page: _Page, start: int) -> bool:
    """Whether a colon stands right before it: "account number: 55779911"."""
    return page.digits[max(0, start - 3) : start].rstrip(" ")[-1:] in {":", "=", "#"}


def _is_amount(page: _Page, start: int, end: int) -> bool:
    if page.digits[start] == "0":
        return False
    before = _AMOUNT_BEFORE.search(page.digits[max(0, start - 4) : start])
    after = _AMOUNT_AFTER.match(page.digits, end)
    return any(match and (not match[1] or match[1] in EXPONENT) for match in (before, after))


_SWIFT = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{6}[A-Za-z0-9]{2}(?:[A-Za-z0-9]{3})?(?![A-Za-z0-9])")
_SWIFT_LABEL = re.compile(
    r"(?<![a-z])(?:swift|bic)(?:[ /\-]*(?:bic|swift|code|number|no|is|es|é|代码|码|号码)|[ ./]*[:=#])+[ .]*$"
)


def _swift_codes(page: _Page) -> Iterator[_Found]:
    """A word of 8 or 11 letters and digits is a bank's code only where something says so: SHIPMENT would be
    one of Montenegro, and SKUs look like them too."""
    said = sorted(start for word in page.words.all("codes") for start, _ in page.where(word))
    ordinary = {_needle(word)[0] for word in page.words.all("ordinary")}
    for match in _SWIFT.finditer(page.text):
        code, (start, end) = match[0].upper(), match.span()
        if code[4:6] not in BANKING or code.lower() in ordinary:
            continue
        if any(one[:8] == code[:8] for one in page.designated if len(one) in (8, 11)):
            continue
        if _SWIFT_LABEL.search(page.lower[max(0, start - _BEFORE) : start]) or _looks_meant(
            page, said, match
        ):
            yield _Found(start, end, Kind.SWIFT)


def _looks_meant(page: _Page, said: list[int], match: re.Match[str]) -> bool:
    """In capitals where the text around is not, or with a digit, near a word for it."""
    start, end = match.span()
    if not match[0].isupper():
        return False
    near = bisect_left(said, start - _BEFORE)
    named = near < len(said) and said[near] <= end + _BEFORE
    if any(character.isdigit() for character in match[0]):
        return named or page.announced(start, end) is True
    around = page.text[max(0, start - _EXCERPT) : start] + page.text[end : end + _EXCERPT]
    return named and not any(len(word) > 3 and word.isupper() and word != "SWIFT" for word in around.split())


def _links(page: _Page) -> Iterator[_Found]:
    return _said(page, "links", Kind.PAYMENT_LINK)


def _phrases(page: _Page) -> Iterator[_Found]:
    return _said(page, "phrases", Kind.PAYMENT_WORDS)


def _said(page: _Page, field: str, kind: Kind) -> Iterator[_Found]:
    for word in page.words.all(field):
        for start, end in islice(page.where(word), MOST):
            yield _Found(start, end, kind)
