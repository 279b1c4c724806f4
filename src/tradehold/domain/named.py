"""What in a line is a name by its form alone: standards, laws, ratings, colours, dates, files, quotations.

Its digits are no quantities, and its words none of the line's own.
"""

import re

import msgspec

from tradehold.domain.plain import plain


class Named(msgspec.Struct, frozen=True, gc=False):
    """`kind` is a key of _FORMS, "file" or "quoted"."""

    start: int
    end: int
    kind: str


# Who writes standards and test methods.
_BODIES = (
    "iso|iec|astm|aatcc|gb|din|bs|jis|ansi|nf|uni|une|sae|as|abnt|nbr|nom|nmx|ntc|nte|ntp|iram|"
    "covenin|inen|inte|cns|csa|fmvss|mil|ieee|cispr|ipc|ista|tappi|fz|qb|hg|hj|jb|yy|yd|ly|jc|cj|"
    "fefco|ece|etsi|ies|cie|ul|ss|cpai|nfpa|can|aoac|satra|iws|bifma|pstc|finat|eurosac|scan|gs|cb|"
    "nch|gost|ks|is|ts|hd|en|jjg|sj|dl|sy|tcvn|sni|ms|asme|api|aws|nace|sspc|ftms|tb|niosh|nsf|dvgw|"
    "cen|vde"
)
# "en 2 colores" is Spanish, "EN 71" a standard: these count in capitals, or before a long number.
_AMBIGUOUS = "en|as|is|ts|ms|ks|ss|gs|cb|tb|can|api|nf|hd|sy|dl|mil|uni|une|gb|ul|bs|nom|ly"
_SHORT = re.compile(rf"(?:{_AMBIGUOUS})(?![a-z])", re.IGNORECASE)
_NUMBER_WORD = r"(?:(?:no|nr|n[.º°]*|nº|n\.º)[.:]? ?)?"
_UNION = r"(?:eu|ec|ue|ce|eec|cee)"
_LAWS = (
    "resolucion|resolucao|res|rdc|portaria|decreto|ley|lei|reglamento|regulamento|regulation|reg|"
    "directive|directiva|diretiva|dto|rd|norma|法规|acuerdo|acordo|bfr|section"
)
_INKS = (
    "warm|cool|process|reflex|black|white|red|blue|green|yellow|orange|purple|violet|rhodamine|"
    "rubine|gray|grey|bright"
)
_STEELS = "201|202|301|303|304|309|310|316|317|321|410|416|420|430|440|904"
_YARNS = "yarn|cotton|combed|carded|ring|single|jersey|thread|纱|棉|精梳|hilo|fio|algod|rayon|viscose|poly"
_FORMS = {
    "standard": (
        rf"(?:{_BODIES})(?![a-z])(?:[ /-](?:en|iso|iec|astm|nbr|nzs|ansi|din|std|hd|lm|tm|ts|tr"
        rf"|[abdefgtz]))* ?(?:method |test |norma )?{_NUMBER_WORD}[:-]?[a-z]{{0,3}}[ -]?\d+(?:[-.:/]\w+)*"
    ),
    "rating": r"ip ?(?:x\d|\dx|\d\d)k?|ik ?\d\d|(?:ffp|kn|p|n)(?:[123]|9[0-9])v?",
    "colour": (
        rf"(?:pantone|潘通|pms|ral|ncs|色号)[ :#-]*(?:{_NUMBER_WORD}|色号:? ?|色卡号? ?|s )?"
        rf"(?:\d[\d-]*(?: ?(?:tcx|tpx|tpg|tn|cp|[cum])\b|-[a-z]\d*[a-z]*)?"
        rf"|(?:{_INKS})[a-z0-9 ]{{0,16}}\b[cu]\b)"
        r"|\d\d-\d{4} ?(?:tcx|tpx|tpg|tn)?|#[0-9a-f]{6}"
    ),
    "law": (
        r"\d+ ?c\.?f\.?r\.?(?: ?part)? ?\d[\d./]*"
        rf"|\(?{_UNION}\)? ?{_NUMBER_WORD}\d{{1,4}}/\d{{2,4}}(?:/{_UNION})?|\d{{2,4}}/\d{{1,4}}/{_UNION}"
        rf"|(?:{_LAWS})(?![a-z])[a-z .()]{{0,30}}?{_NUMBER_WORD}\d+[\d/.-]*(?:/[a-z]{{2}})?"
    ),
    "date": (
        r"(?:19|20)\d\d ?[-/.年] ?\d{1,2}(?: ?[-/.月] ?\d{1,2}日?|月)|\d{1,2}月\d{1,2}日"
        r"|\d{1,2}[./-]\d{1,2}[./-](?:20)?\d\d"
    ),
    # Yarn counts, steels, threads of pipes, carats, sizes of paper, ribs.
    "naming": (
        rf"\d+(?:/\d)? ?(?:s|支|ne|nm)(?:/\d)?(?= ?(?:{_YARNS}))"
        rf"|(?:{_STEELS})(?:ln|ti|[lhcba])(?![a-z0-9])"
        r"|\d{1,2}(?:[ -]\d/\d{1,2}|/\d{1,2})? ?(?:\"|in|inch)? ?(?:npt|bspt?|bspp|unc|unf|unef)"
        r"|(?:8|9|10|14|18|22|24) ?(?:k|kt|karat|开金?|k金)(?=[^a-z]|$)"
        r"|a[0-8](?=[^a-z0-9]|$)|\d ?x ?\d(?= ?rib)"
    ),
}
_FORM = re.compile(
    "(?<![a-z0-9])(?:" + "|".join(f"(?P<{kind}>{form})" for kind, form in _FORMS.items()) + ")(?![a-z])"
)
# Nothing without a digit has one of these forms, but a few colours.
_FORMED = re.compile(r"\d|pantone|潘通|pms|ral")
# A quotation mark behind a digit is inches.
_QUOTED = re.compile(r'(?<![\d½¼¾"])(?<!\d )"(?! )[^"\n]{1,80}"(?=[^0-9]|$)')
_EXTENSION = re.compile(
    r"\.(?:pdf|docx?|xlsx?|pptx?|odt|ods|csv|txt|jpe?g|png|gif|tiff?|bmp|svg|heic|webp|ai|eps|psd|cdr"
    r"|indd|pages|key|dwg|dxf|st[el]p?|igs|iges|sld(?:prt|asm|drw)|3dm|3mf|obj|prt|x_t"
    r"|rvt|skp|plt|dst|emb|pes|mp4|mov|zip|rar|7z)"
    r"(?![a-z0-9])"
)
_NAME_ENDS = frozenset(" \t,;:\"'()[]<>|\n")
_LONGEST_NAME = 120
# In Chinese no blank stands between the word that refers to a file and its name.
_INTRODUCES = re.compile(
    r".*(?:按照?|参?见|详见|参?照|依据?|如|同|根据|参考|附件|文件|图纸|稿|为|用|和|与|及|跟|档)(?=.)"
)


def named(text: str, folded: str, attachments: tuple[str, ...]) -> list[Named]:
    """`folded` is plain(text)."""
    found = [Named(*match.span(), "quoted") for match in _QUOTED.finditer(folded)] if '"' in folded else []
    if "." in folded:
        found += _files(folded, attachments)
    if not _FORMED.search(folded):
        return found
    for match in _FORM.finditer(without(folded, found)):
        kind = match.lastgroup or ""
        if kind != "standard" or _is_standard(text[match.start() : match.end()]):
            found.append(Named(*match.span(), kind))
    return found


def _is_standard(written: str) -> bool:
    body = _SHORT.match(written)
    digits = sum(character.isdigit() for character in written)
    return body is None or digits >= 4 or (digits >= 2 and body[0].isupper())


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
        least = max(start - _LONGEST_NAME, found[-1].end if found else 0)
        while start > least and folded[start - 1] not in _NAME_ENDS:
            start -= 1
        if introduced := _INTRODUCES.match(folded, start, match.start()):
            start = introduced.end()
        if start < match.start():
            found.append(Named(start, match.end(), "file"))
    return found


def without(folded: str, spans: list[Named]) -> str:
    """With boxes in the place of each, so that places stay places."""
    if not spans:
        return folded
    parts, place = [], 0
    for one in sorted(spans, key=lambda one: one.start):
        if one.start >= place:
            parts += [folded[place : one.start], "□" * (one.end - one.start)]
            place = one.end
    return "".join([*parts, folded[place:]])
