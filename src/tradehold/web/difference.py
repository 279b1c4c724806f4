"""What one revision of a contract changes of another, drawn word by word. Both sides see the same.

Requirements have no identity but their words, so those of two revisions are paired by likeness: equal ones
first, then between these the ones whose words agree most. How much is compared is bounded, so that a contract
of two thousand requirements written anew is still read at once; what was not paired stands as removed and
added, which is true as well.
"""

import re
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Any

import msgspec
from msgspec.structs import replace

from tradehold.domain.contract import QUESTIONS, Attachment, Terms, markets
from tradehold.domain.given import Knowledge
from tradehold.domain.inspection import Inspection
from tradehold.domain.requirement import Requirement
from tradehold.web import contract_view, curve, i18n, risks, spec_words
from tradehold.web import terms as said
from tradehold.web.i18n import Translator

View = dict[str, Any]
_LIKE = 0.5  # how much of the words must agree for one requirement to be another one's new wording
_SAME_ATTRIBUTE = 0.2  # what it counts for that both were read as the same attribute
_COMPARED = 30_000  # pairs of requirements that are compared at most
_STEPS = 300_000  # of comparing two texts word by word: above it one stands whole beside the other
# A number, a word, one Chinese or Japanese character, or one sign; with the blanks behind it.
_WORD = re.compile(
    r"(?:[0-9]+(?:[.,][0-9]+)*|[\u3040-\u30ff\u3400-\u9fff]|[^\W\u3040-\u30ff\u3400-\u9fff]+|[^\w\s]"
    r"|^(?=\s))\s*"
)


class Piece(msgspec.Struct, frozen=True):
    """A run of words: in both texts (""), only in the older ("out") or only in the newer ("in")."""

    kind: str
    text: str


class Pair(msgspec.Struct, frozen=True):
    """A requirement in the older terms and in the newer: numbers from zero, None where it is not there."""

    before: int | None
    after: int | None


def marks(before: str, after: str) -> list[Piece]:
    """The two texts as one, what went beside what came."""
    if before == after:
        return [Piece("", before)] if before else []
    old, new = _words(before), _words(after)
    keys = [word.strip() for word in old], [word.strip() for word in new]
    counts = Counter(keys[1])
    if not old or not new or sum(counts[word] for word in keys[0]) > _STEPS:
        return [Piece(kind, text) for kind, text in (("out", before), ("in", after)) if text]
    found: list[Piece] = []
    for tag, a, b, c, d in SequenceMatcher(None, *keys, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(Piece("", "".join(new[c:d])))
            continue
        both = ("out", "".join(old[a:b])), ("in", "".join(new[c:d]))
        found += [Piece(kind, text) for kind, text in both if text]
    return found


def _words(text: str) -> list[str]:
    return _WORD.findall(text)


def _keys(text: str) -> list[str]:
    return [word.strip() for word in _words(text.casefold())]


def pairs(old: Sequence[Requirement], new: Sequence[Requirement]) -> list[Pair]:
    """Each requirement of both, paired where it is the same one; in the newer order, what was removed after
    the one that it followed."""
    partner = _equal(old, new)  # old by new
    _alike(old, new, partner)
    taken = set(partner.values())
    gone = [n for n in range(len(old)) if n not in taken]
    places = {a: b for b, a in partner.items()}
    after: dict[int, list[int]] = {}
    place = -1
    for n in range(len(old)):
        if n in taken:
            place = places[n]
        else:
            after.setdefault(place, []).append(n)
    found = [Pair(n, None) for n in after.get(-1, ())]
    for n in range(len(new)):
        found += [Pair(partner.get(n), n), *(Pair(one, None) for one in after.get(n, ()))]
    assert len(found) == len(new) + len(gone)
    return found


def _equal(old: Sequence[Requirement], new: Sequence[Requirement]) -> dict[int, int]:
    """The same words, wherever they stand; of several the first with the first."""
    places: dict[str, list[int]] = {}
    for n in range(len(old) - 1, -1, -1):
        places.setdefault(old[n].text, []).append(n)
    return {n: places[one.text].pop() for n, one in enumerate(new) if places.get(one.text)}


def _alike(old: Sequence[Requirement], new: Sequence[Requirement], partner: dict[int, int]) -> None:
    """The rest by how many words they share, the likest first, near their place where there are many."""
    taken = set(partner.values())
    gone = [n for n in range(len(old)) if n not in taken]
    come = [n for n in range(len(new)) if n not in partner]
    if not gone or not come:
        return
    reach = max(4, _COMPARED // len(come) // 2)
    words = {n: _keys(old[n].text) for n in gone}
    scored: list[tuple[float, int, int]] = []
    for place, n in enumerate(come):
        middle = place * len(gone) // len(come)
        matcher = SequenceMatcher(None, (), _keys(new[n].text), autojunk=False)
        for a in gone[max(0, middle - reach) : middle + reach]:
            matcher.set_seq1(words[a])
            ratio = matcher.quick_ratio()
            if new[n].attribute and new[n].attribute == old[a].attribute:
                ratio += _SAME_ATTRIBUTE
            if ratio >= _LIKE:
                scored.append((ratio, n, a))
    used: set[int] = set()
    for _, n, a in sorted(scored, key=lambda one: (-one[0], one[1], one[2])):
        if n not in partner and a not in used:
            partner[n] = a
            used.add(a)


class Difference(msgspec.Struct, frozen=True):
    """`terms` are [{label, pieces}], `requirements` [{kind, number, was, text, reading}] (kind: added,
    removed, changed) without the last `more`, `risks` [{kind, text}]."""

    terms: list[View]
    requirements: list[View]
    risks: list[View]
    more: int = 0

    @property
    def empty(self) -> bool:
        return not (self.terms or self.requirements or self.risks)


def difference(
    t: Translator, before: Terms, after: Terms, knowledge: Knowledge, most: int = 200
) -> Difference:
    """Of the requirements the first `most` changes are drawn."""
    old, new = _described(t, before, knowledge), _described(t, after, knowledge)
    labels = [label for label in dict.fromkeys([*old, *new]) if old.get(label) != new.get(label)]
    changed = [one for one in pairs(before.requirements, after.requirements) if _differs(before, after, one)]
    return Difference(
        [{"label": label, "pieces": marks(old.get(label, ""), new.get(label, ""))} for label in labels],
        [_change(t, before, after, pair, knowledge) for pair in changed[:most]],
        [
            {"kind": kind, "text": risks.said(t, code)}
            for kind, these, those in (("added", after, before), ("removed", before, after))
            for code in these.risks
            if code not in those.risks
        ],
        max(0, len(changed) - most),
    )


def _described(t: Translator, terms: Terms, knowledge: Knowledge) -> dict[str, str]:
    """All but requirements and risks, by label."""
    found = said.described(t, terms)
    found.pop(t("Inspection"), None)
    found[t("Market")] = t(", ").join(contract_view.market(t, code) for code in markets(terms))
    found[t("Category")] = contract_view.category(t, terms.category, knowledge)
    agreed = terms.inspection
    if isinstance(agreed, Inspection):
        facts = contract_view.inspection_facts(t, terms, agreed)
        found |= {t("Inspection: {what}", what=label): value for label, value in facts}
        for one in agreed.samples:
            found[t("Inspection: {what}", what=t(curve.CLASSES[one.defect][1]))] = t(
                "AQL {aql}: {count} piece, accept {accept}, refuse {reject}|AQL {aql}: {count} pieces, "
                "accept {accept}, refuse {reject}",
                aql=spec_words.figure(t, one.aql), count=one.pieces, accept=one.accept, reject=one.reject,
            )  # fmt: skip
    else:
        found[t("Inspection: {what}", what=t("waiver"))] = t("waived: {reason}", reason=agreed.reason)
    answers = {one.question: one for one in terms.answers}
    for question in QUESTIONS:
        if question in answers:
            one_answer = answers[question]
            evidence = t(", ").join(one_answer.evidence)
            answer = t("{answer} Evidence: {evidence}", answer=one_answer.text, evidence=evidence or "–")
            found[t(spec_words.QUESTIONS[question])] = answer
    found |= {t("Attachment {name}", name=one.name): _attached(t, one) for one in terms.attachments}
    return {label: value for label, value in found.items() if value}


def _attached(t: Translator, one: Attachment) -> str:
    return f"{i18n.size(one.size, t.locale)}, SHA-256 {one.sha256}"


def _differs(before: Terms, after: Terms, pair: Pair) -> bool:
    """Apart from the number of the line, which moves when another is put before it."""
    if pair.before is None or pair.after is None:
        return True
    was, now = before.requirements[pair.before], after.requirements[pair.after]
    return replace(was, line=None) != replace(now, line=None) or _goods(before, was) != _goods(after, now)


def _goods(terms: Terms, one: Requirement) -> str:
    return terms.lines[one.line].description if one.line is not None else ""


def _change(t: Translator, before: Terms, after: Terms, pair: Pair, knowledge: Knowledge) -> View:
    was = before.requirements[pair.before] if pair.before is not None else None
    now = after.requirements[pair.after] if pair.after is not None else None
    old, new = _reading(t, before, was, knowledge), _reading(t, after, now, knowledge)
    return {
        "kind": "added" if was is None else "removed" if now is None else "changed",
        "number": pair.after + 1 if pair.after is not None else None,
        "was": pair.before + 1 if pair.before is not None else None,
        "text": marks(was.text if was else "", now.text if now else ""),
        "reading": marks(old, new) if old != new else [],
    }


def _reading(t: Translator, terms: Terms, one: Requirement | None, knowledge: Knowledge) -> str:
    return spec_words.read(t, one, _goods(terms, one) or t("All goods"), knowledge) if one else ""
