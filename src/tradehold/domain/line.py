"""One line of a specification taken apart: its words, names, files and quantities, each with its place.

Both the reading of a requirement and the clarity check stand on this, so that a line is looked at once.
"""

import re
from bisect import bisect_right
from functools import cached_property, lru_cache

import msgspec

from tradehold.domain.plain import plain
from tradehold.domain.quantity import Quantity, Reader
from tradehold.domain.vocabulary import Clarity, Mark

LONGEST = 2000  # characters of a line that are read; what stands behind them is not


class Named(msgspec.Struct, frozen=True, gc=False):
    """A standard, law, rating or colour code, a file, a quotation or a date, by its form alone."""

    start: int
    end: int
    kind: str


_BODIES = (
    "ISO|IEC|ASTM|AATCC|GB|DIN|BS|JIS|ANSI|NF|UNI|UNE|SAE|AS|ABNT|NBR|NOM|NMX|NTC|NTE|NTP|IRAM|COVENIN|INEN|INTE|"
    "CNS|CSA|FMVSS|MIL|IEEE|CISPR|IPC|ISTA|TAPPI|FZ|QB|HG|HJ|JB|YY|YD|LY|JC|CJ|FEFCO|ECE|ETSI|IES|CIE|UL|SS|CPAI|"
    "NFPA|CAN|AOAC|SATRA|IWS|BIFMA|PSTC|FINAT|EUROSAC|SCAN|GS|CB|NCH|GOST|KS|IS|TS|HD|EN|JJG|SJ|DL|SY|TCVN|SNI|MS|ASME|API|AWS|NACE|SSPC|FTMS|TB|NIOSH|NSF|DVGW|CEN|VDE|CFR"
)
_FORMS = (
    (
        "standard",
        rf"(?:{_BODIES.lower()})(?![a-z])(?:[ /-](?:en|iso|iec|astm|t|ts|tr|tm|nbr|hd|nzs|lm|std|ansi|din|a|d|f|e|g|b|z))*"
        r"(?: ?(?:no\.?|n\.?[º°]|nr\.?|nº|method|test|norma))?[ :-]?[a-z]{0,3}[ -]?\d+(?:[-.:/]\w+)*",
    ),
    ("rating", r"ip ?(?:x\d|\dx|\d\d)k?|ik ?\d\d|(?:ffp|kn|p|n)(?:[123]|9[0-9])(?:v)?|aql"),
    (
        "colour",
        r"(?:pantone|潘通|pms|ral|ncs|色号)[ :#-]*(?:(?:no|n[.º°]*)[.:]? ?|色号:? ?|色卡号? ?|s )?"
        r"(?:\d[\d-]*(?: ?(?:tcx|tpx|tpg|tn|c|u|m|cp)\b|-[a-z]\d*[a-z]*)?|(?:warm|cool|process|reflex|black|white|red|blue|"
        r"green|yellow|orange|purple|violet|rhodamine|rubine|gray|grey|bright)[a-z0-9 ]{0,16}\b[cu]\b)|\d\d-\d{4} ?(?:tcx|tpx|tpg|tn)?|#[0-9a-f]{6}",
    ),
    (
        "law",
        r"\d+ ?c\.?f\.?r\.?(?: ?part)? ?\d[\d./]*|\(?(?:eu|ec|ue|ce|eec|cee)\)? ?(?:no\.?|n\.?º)? ?\d{1,4}/\d{2,4}(?:/(?:eu|ec|ue|ce|eec|cee))?"
        r"|\d{2,4}/\d{1,4}/(?:eu|ec|ue|ce|eec|cee)|(?:resolucion|resolucao|res|rdc|portaria|decreto|ley|lei|reglamento|regulamento|regulation|"
        r"reg|directive|directiva|diretiva|nom|dto|real decreto|rd|norma|法规|acuerdo|acordo|bfr|section|s\.)(?![a-z])[a-z .()]{0,30}?(?:no\.?|n\.?[º°]\.?)? ?\d+[\d/.-]*(?:/[a-z]{2})?",
    ),
    (
        "date",
        r"(?:19|20)\d\d ?[-/.年] ?\d{1,2}(?: ?[-/.月] ?\d{1,2}日?|月)|\d{1,2}[./-]\d{1,2}[./-](?:20)?\d\d|\d{1,2}月\d{1,2}日",
    ),
    (
        "naming",
        r"\d+(?:/\d)? ?(?:s|支|ne|nm)(?:/\d)?(?= ?(?:yarn|cotton|combed|carded|ring|single|jersey|thread|纱|棉|精梳|hilo|fio|algod|rayon|viscose|poly))"
        r"|(?:201|202|301|303|304|309|310|316|317|321|410|416|420|430|440|904)(?:l|ln|h|ti|c|b|a)(?![a-z0-9])"
        r"|\d{1,2}(?:[ -]\d/\d{1,2}|/\d{1,2})? ?(?:\"|in|inch)? ?(?:npt|bspt?|bspp|unc|unf|unef)"
        r"|(?:8|9|10|14|18|22|24) ?(?:k|kt|karat|开金?|k金)(?=[^a-z]|$)|a[0-8](?=[^a-z0-9]|$)|\d ?x ?\d(?= ?rib)",
    ),
)
_FORM = re.compile(
    "(?<![a-z0-9])(?:" + "|".join(f"(?P<{kind}>{form})" for kind, form in _FORMS) + ")(?![a-z])"
)
# Nothing without a digit has one of these forms, but a few colours.
_FORMED = re.compile(r"\d|pantone|潘通|pms|ral|aql")
_QUOTED = re.compile(r'(?<![\d½¼¾"])(?<!\d )"(?! )[^"\n]{1,80}"(?=[^0-9]|$)')
_EXTENSION = re.compile(
    r"\.(?:pdf|docx?|xlsx?|pptx?|jpe?g|png|gif|tiff?|bmp|svg|ai|eps|psd|cdr|dwg|dxf|st[el]p?|igs|iges|zip|rar|7z|csv|txt"
    r"|dst|emb|pes|indd|heic|webp|sld(?:prt|asm|drw)|3dm|3mf|obj|mp4|mov|odt|ods|pages|key|numbers|plt|hpgl|prt|x_t|rvt|skp)(?![a-z0-9])"
)
_NAME_ENDS = frozenset(" \t,;:\"'()[]<>|\n")
_INTRODUCES = re.compile(
    r".*(?:按照?|参?见|详见|参?照|依据?|如|同|根据|参考|附件|文件|图纸|稿|为|用|和|与|及|跟|档)(?=.)"
)
_CLAUSE = re.compile(
    r"[;!?|\n]|,(?!\d)|\.(?=\s+[^\s\d]|\s*$)(?<![ .](?:no|nr|ca|st)\.)| - | / (?=[a-z\u4e00-\u9fff]{3})"
)
_ABBREVIATED = re.compile(
    r"(?:^|[^a-z])(?:min|max|approx|aprox|no|nr|acc|dia|tol|incl|temp|ref|fig|art|pcs|uds|cm|mm|pulg|pol|etc|vol|wt|qty|exc|c|p|ex|ca|app|mod|cod|tam|diam|esp|larg|compr|alt|conf|seg|max|var|int|ext|unid|un|res|reg|n|nro|num|pag|obs|aprox|resp)\.$"
)
_SPANISH, _PORTUGUESE = re.compile("[ñ¿¡]", re.IGNORECASE), re.compile("[ãõçâêôà]", re.IGNORECASE)


class Line(msgspec.Struct, frozen=True, dict=True, eq=False):
    """`plain` is as long as `text`; `bare` is that with boxes for names, files and quotations. `ends` are
    where clauses end, ascending, the last at the line's end."""

    text: str
    plain: str
    bare: str
    marks: tuple[Mark, ...]
    named: tuple[Named, ...]
    quantities: tuple[Quantity, ...]
    ends: tuple[int, ...]
    language: str

    def clause(self, place: int) -> tuple[int, int]:
        number = bisect_right(self.ends, place)
        start = self.ends[number - 1] if number else 0
        return start, self.ends[number] if number < len(self.ends) else len(self.text)

    @cached_property
    def files(self) -> tuple[Named, ...]:
        return tuple(one for one in self.named if one.kind == "file")

    def of(self, kind: str) -> list[Mark]:
        return [mark for mark in self.marks if mark.kind == kind]

    def has(self, *kinds: str) -> bool:
        return any(mark.kind in kinds for mark in self.marks) or any(one.kind in kinds for one in self.named)


@lru_cache(maxsize=1 << 14)
def take_apart(text: str, clarity: Clarity, language: str = "en", attachments: tuple[str, ...] = ()) -> Line:
    """`language` is the one where nothing in the line tells, `attachments` names of files it may hold."""
    text = text[:LONGEST]
    folded = plain(text)
    named = _named(text, folded, attachments)
    bare = _without(folded, named)
    spoken, marks = clarity.marks(bare, _accented(text, language))
    numberless = _without(bare, [mark for mark in marks if mark.kind in ("law", "harmless", "laboratory")])
    reader = Reader(text, numberless, clarity.units, spoken in ("es", "pt"), _timeless(marks))
    quantities = tuple(reader.all())
    return Line(text, folded, bare, tuple(marks), tuple(named), quantities, _ends(folded, bare), spoken)


def _named(text: str, folded: str, attachments: tuple[str, ...]) -> list[Named]:
    found = [Named(*match.span(), "quoted") for match in _QUOTED.finditer(folded)] if '"' in folded else []
    if "." in folded:
        found += _files(folded, attachments)
    if not _FORMED.search(folded):
        return found
    free = _without(folded, found) if found else folded
    for match in _FORM.finditer(free):
        kind = match.lastgroup or ""
        if kind == "standard" and not _is_standard(text[match.start() : match.end()]):
            continue
        found.append(Named(*match.span(), kind))
    return found


_SHORT = re.compile(
    r"(?:EN|AS|IS|TS|MS|KS|SS|GS|CB|TB|CAN|API|NF|HD|SY|DL|MIL|UNI|UNE|GB|UL|BS)\b", re.IGNORECASE
)


def _is_standard(written: str) -> bool:
    """ "en 2 colores" is Spanish, "EN 71" a standard: short names count in capitals or before long numbers."""
    digits = sum(character.isdigit() for character in written)
    if _SHORT.match(written):
        return digits >= 2 and (written[:2].isupper() or digits >= 4)
    return True


def _files(folded: str, attachments: tuple[str, ...]) -> list[Named]:
    """Names of files, which are taken to have no blanks unless a file of that name is attached."""
    found: list[Named] = []
    for name in attachments:
        place = folded.find(plain(name)) if name else -1
        if place >= 0 and not any(one.start < place + len(name) and place < one.end for one in found):
            found.append(Named(place, place + len(name), "file"))
    for match in _EXTENSION.finditer(folded):
        start = match.start()
        if any(one.start <= start < one.end for one in found):
            continue
        least = max(start - 120, found[-1].end if found else 0, 0)
        while start > least and folded[start - 1] not in _NAME_ENDS:
            start -= 1
        if cjk := _INTRODUCES.match(folded, start, match.start()):
            start = cjk.end()
        if start < match.start():
            found.append(Named(start, match.end(), "file"))
    return found


def _without(folded: str, spans: "list[Named] | list[Mark]") -> str:
    if not spans:
        return folded
    parts, place = [], 0
    for one in sorted(spans, key=lambda one: one.start):
        if one.start >= place:
            parts += [folded[place : one.start], "□" * (one.end - one.start)]
            place = one.end
    return "".join([*parts, folded[place:]])


def _ends(folded: str, bare: str) -> tuple[int, ...]:
    ends = []
    for match in _CLAUSE.finditer(bare):
        if match[0] == "." and _ABBREVIATED.search(bare[max(0, match.start() - 8) : match.end()]):
            continue
        ends.append(match.end())
    if not ends or ends[-1] != len(folded):
        ends.append(len(folded))
    return tuple(ends)


def _accented(text: str, fallback: str) -> str:
    """The language that letters tell where words do not."""
    if text.isascii():
        return fallback
    return "es" if _SPANISH.search(text) else "pt" if _PORTUGUESE.search(text) else fallback


def _timeless(marks: list[Mark]) -> bool:
    """Whether the line speaks of grades or measures and of no time."""
    return any(
        mark.kind == "grade" or (mark.kind == "property" and mark.key != "performance") for mark in marks
    )
