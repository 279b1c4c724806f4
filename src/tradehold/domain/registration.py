"""A company's registration number, checked by the rules of its country as far as they are known.

A check finds mistyped and invented numbers; whether the company exists is for whoever looks at its register.
Where the number of the register cannot be checked but the same companies have a tax number that can, the tax
number is asked for. Everywhere else any short text is taken, and `known` says that it is not checked.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

from stdnum.exceptions import InvalidChecksum, InvalidComponent, InvalidLength, ValidationError
from stdnum.util import get_cc_module

MOST = 64  # characters

Validate = Callable[[str], str]  # the number without its separators; raises ValidationError


class _Scheme:
    """`by` names checks of which one must succeed: modules of stdnum for the country, or patterns of a whole
    number without its separators. `example` comes from a publication, or is nobody's."""

    def __init__(self, name: str, example: str, *by: str | re.Pattern[str]) -> None:
        self.name, self.example, self.by = name, example, by


def _pattern(expression: str) -> re.Pattern[str]:
    return re.compile(expression, re.ASCII)


_SCHEMES: dict[str, _Scheme] = {
    "AL": _Scheme("NIPT", "K22218003V", "nipt"),
    "AR": _Scheme("CUIT", "20-05536168-2", "cuit"),
    "AT": _Scheme("Firmenbuchnummer", "FN 122119m", "businessid"),
    "AU": _Scheme("ACN or ABN", "004 085 616", "acn", "abn"),
    "AZ": _Scheme("VÖEN", "140 155 5071", "voen"),
    "BE": _Scheme("Ondernemingsnummer / numéro d'entreprise", "0428.759.497", "vat"),
    "BG": _Scheme("EIK", "175074752", "vat"),
    "BR": _Scheme("CNPJ", "16.727.230/0001-97", "cnpj"),
    "BY": _Scheme("UNP", "200988541", "unp"),
    "CA": _Scheme("Business Number", "12302 6635", "bn"),
    "CH": _Scheme("UID", "CHE-100.155.212", "uid"),
    "CL": _Scheme("RUT", "76086428-5", "rut"),
    "CN": _Scheme("Unified Social Credit Code", "91110000600037341L", "uscc"),
    "CO": _Scheme("NIT", "213.123.432-1", "nit"),
    "CR": _Scheme("Cédula de Persona Jurídica", "3-101-999999", "cpj"),
    "CY": _Scheme("VAT number", "CY10259033P", "vat"),
    "CZ": _Scheme("IČO", "25123891", "dic"),
    "DE": _Scheme("Handelsregisternummer", "Aachen HRB 11223", "handelsregisternummer"),
    "DK": _Scheme("CVR number", "13585628", "cvr"),
    "DO": _Scheme("RNC", "1-01-85004-3", "rnc"),
    "DZ": _Scheme("NIF", "416001000000007", "nif"),
    "EC": _Scheme("RUC", "1792060346-001", "ruc"),
    "EE": _Scheme("Registrikood", "12345678", "registrikood"),
    "EG": _Scheme("Tax Registration Number", "100-531-385", "tn"),
    "ES": _Scheme("NIF", "B64717838", "nif"),
    "FI": _Scheme("Y-tunnus", "2077474-0", "ytunnus"),
    "FR": _Scheme("SIREN or SIRET", "404 833 048", "siren", "siret"),
    "GB": _Scheme(
        "Company number of Companies House",
        "01234567 or SC123456",
        _pattern("[0-9]{8}|[A-Z]{2}[0-9]{6}|R[0-9]{7}|[A-Z]{2}[0-9]{5}[A-Z]"),
    ),
    "GH": _Scheme("TIN", "C0000803561", "tin"),
    "GR": _Scheme("AFM", "094259216", "vat"),
    "GT": _Scheme("NIT", "576937-K", "nit"),
    "HR": _Scheme("OIB", "33392005961", "oib"),
    "HU": _Scheme("Adószám", "12892312", "anum"),
    "ID": _Scheme("NPWP", "01.312.166.0-091.000", "npwp"),
    "IE": _Scheme("CRO number or VAT number", "123456", "vat", _pattern("[0-9]{5,6}")),
    "IL": _Scheme("Company Number", "516179157", "hp"),
    "IN": _Scheme(
        "CIN or GSTIN", "27AAPFU0939F1ZV", "gstin", _pattern("[LU][0-9]{5}[A-Z]{2}[0-9]{4}[A-Z]{3}[0-9]{6}")
    ),
    "IS": _Scheme("Kennitala", "450401-3150", "kennitala"),
    "IT": _Scheme("Partita IVA", "00743110157", "iva"),
    "JP": _Scheme("Corporate Number", "5-8356-7825-6246", "cn"),
    "KE": _Scheme("PIN", "P051365947M", "pin"),
    "KR": _Scheme("Business Registration Number", "116-82-00276", "brn"),
    "LT": _Scheme("PVM code", "119511515", "pvm"),
    "LU": _Scheme("TVA number", "150 274 42", "tva"),
    "LV": _Scheme("Registration number", "4000 3521 600", "pvn"),
    "MA": _Scheme("ICE", "001561191000066", "ice"),
    "MC": _Scheme("TVA number", "53 0000 04605", "tva"),
    "MD": _Scheme("IDNO", "1008600038413", "idno"),
    "ME": _Scheme("PIB", "02655284", "pib"),
    "MK": _Scheme("EDB", "4030000375897", "edb"),
    "MT": _Scheme("VAT number", "1167-9112", "vat"),
    "MX": _Scheme("RFC", "MAB-930714-8T4", "rfc"),
    "MZ": _Scheme("NUIT", "400339910", "nuit"),
    "NL": _Scheme("KVK number", "12345678", _pattern("[0-9]{8}")),
    "NO": _Scheme("Organisasjonsnummer", "988 077 917", "orgnr"),
    "PE": _Scheme("RUC", "20512333797", "ruc"),
    "PL": _Scheme("KRS, REGON or NIP", "192598184", "regon", "nip", _pattern("0000[0-9]{6}")),
    "PT": _Scheme("NIPC", "501 964 843", "nif"),
    "PY": _Scheme("RUC", "80028061-0", "ruc"),
    "RO": _Scheme("CUI or number of the Trade Register", "J52/750/2012", "cui", "onrc"),
    "RS": _Scheme("PIB", "101134702", "pib"),
    "RU": _Scheme("OGRN or INN", "1022200525819", "ogrn", "inn"),
    "SE": _Scheme("Organisationsnummer", "123456-7897", "orgnr"),
    "SG": _Scheme("UEN", "00192200M", "uen"),
    "SI": _Scheme("Matična številka", "9331310000", "maticna"),
    "SN": _Scheme("NINEA", "306 7221", "ninea"),
    "SV": _Scheme("NIT", "0614-050707-104-8", "nit"),
    "TH": _Scheme("Taxpayer Identification Number", "0-99-4-000-61772-1", "tin"),
    "TN": _Scheme("Matricule Fiscal", "1234567/M/A/E/001", "mf"),
    "TR": _Scheme("Vergi Kimlik Numarası", "4540536920", "vkn"),
    "TW": _Scheme("Unified Business Number", "00501503", "ubn"),
    "UA": _Scheme("EDRPOU", "32855961", "edrpou"),
    "US": _Scheme("EIN", "91-1144442", "ein"),
    "UY": _Scheme("RUT", "21-100342-001-7", "rut"),
    "VE": _Scheme("RIF", "V-11470283-4", "rif"),
    "VN": _Scheme("Mã số thuế", "0100233488", "mst"),
    "ZA": _Scheme(
        "Company registration number", "2015/123456/07", _pattern("(?:19|20)[0-9]{2}[0-9]{6}[0-9]{2}")
    ),
}
# Names only: nothing in the number can be checked.
_NAMES = {
    "AE": "Trade licence number",
    "BD": "RJSC registration number",
    "HK": "Company number of the Companies Registry",
    "KH": "Registration number of the Ministry of Commerce",
    "LK": "Company registration number",
    "MY": "SSM registration number",
    "NZ": "NZBN",
    "PH": "SEC registration number",
    "PK": "National Tax Number",
    "SA": "Commercial Registration number",
    "SK": "IČO",
}


def known(country: str) -> str:
    """What the number is called that is asked of a company of the country (ISO 3166 alpha-2)."""
    if country in _SCHEMES:
        return _SCHEMES[country].name
    return f"{_NAMES.get(country, 'Company registration number')} (not checked)"


def check(country: str, number: str) -> str | None:
    """What is wrong with a number and how to mend it; None if nothing is, as far as can be known."""
    written = _written(number)
    if not written:
        return "The registration number is missing: write it as in the company's certificate."
    if len(written) > MOST:
        return f"The registration number has {len(written)} characters; write {MOST} at most."
    if not written.isprintable():
        return "The registration number holds a control character: type it anew."
    scheme = _SCHEMES.get(country)
    answer = _validated(scheme, country, written) if scheme else written
    if scheme is None or not isinstance(answer, ValidationError):
        return None
    mend = f"Compare it with the company's certificate; it looks like {scheme.example}."
    return f"“{written}” is not a valid number ({scheme.name}): {_reason(answer)}. {mend}"


def compact(country: str, number: str) -> str:
    """The number as it is kept and compared: without separators where the country's rules say which these
    are, else as written. Any number is taken; `check` is what judges it."""
    written = _written(number)
    scheme = _SCHEMES.get(country)
    if scheme is None or len(written) > MOST:
        return written
    answer = _validated(scheme, country, written)
    return written if isinstance(answer, ValidationError) else answer


def _written(number: str) -> str:
    """Full-width characters made plain, blanks made one."""
    return " ".join(part for part in unicodedata.normalize("NFKC", number).split(" ") if part)


def _validated(scheme: _Scheme, country: str, number: str) -> str | ValidationError:
    """The compact number, or of several checks the mistake of the one that came closest."""
    mistakes: list[ValidationError] = []
    for validate in _checks(country):
        try:
            return validate(number)
        except ValidationError as mistake:
            mistakes.append(mistake)
    return min(mistakes, key=_distance)


@lru_cache(maxsize=256)
def _checks(country: str) -> tuple[Validate, ...]:
    return tuple(_check(country, by) for by in _SCHEMES[country].by)


def _check(country: str, by: str | re.Pattern[str]) -> Validate:
    if isinstance(by, re.Pattern):
        return lambda number: _matched(by, number)
    module = get_cc_module(country, by)
    assert module is not None, (country, by)
    if country == "DE":
        return lambda number: module.validate(re.sub(r"\bAmtsgericht\b|[()]", " ", number).strip())
    if country == "CZ":
        return lambda number: _of_length(8, module.validate(number))
    return module.validate


def _matched(pattern: re.Pattern[str], number: str) -> str:
    plain = re.sub(r"[ ./-]", "", number).upper()
    if not pattern.fullmatch(plain):
        raise ValidationError
    return plain


def _of_length(length: int, number: str) -> str:
    """Of a number that people have too only a company's."""
    if len(number) != length:
        raise InvalidLength
    return number


def _distance(mistake: ValidationError) -> int:
    """How far a number is from a right one: the check digit is judged last."""
    order: tuple[type[ValidationError], ...] = (InvalidChecksum, InvalidComponent, InvalidLength)
    return next((place for place, kind in enumerate(order) if isinstance(mistake, kind)), len(order))


def _reason(mistake: ValidationError) -> str:
    return (
        "a character is mistyped, for its check digit does not fit",
        "a part of it, such as a region, a court or a date, does not exist",
        "it is too short or too long",
        "its letters and digits do not stand where they should",
    )[_distance(mistake)]
