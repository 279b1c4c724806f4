import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradehold.domain.countries import COUNTRIES
from tradehold.domain.registration import _SCHEMES, check, compact, known


@pytest.mark.parametrize(
    ("country", "number", "kept"),
    [
        ("CN", "9 1 110000 600037341l", "91110000600037341L"),
        ("CN", "９１１１００００６０００３７３４１Ｌ", "91110000600037341L"),
        ("TW", " 0050150 3 ", "00501503"),
        ("DE", "Aachen HRA 11223", "Aachen HRA 11223"),
        ("DE", "HRB 11223, Aachen", "Aachen HRB 11223"),
        ("DE", "Amtsgericht München HRB 12345", "München HRB 12345"),
        ("DE", "HRB 12345 (Amtsgericht München)", "München HRB 12345"),
        ("FR", "552 008 443", "552008443"),
        ("FR", "732 829 320 00074", "73282932000074"),
        ("ES", "ES B-58378431", "B58378431"),
        ("IT", "IT 00743110157", "00743110157"),
        ("BR", "16.727.230/0001-97", "16727230000197"),
        ("BR", "12. ABC.345 /01DE–35", "12ABC34501DE35"),
        ("IN", "27AAPFU0939F1ZV", "27AAPFU0939F1ZV"),
        ("IN", "u12345MH2015ptc123456", "U12345MH2015PTC123456"),
        ("US", "91-1144442", "911144442"),
        ("GB", "01234567", "01234567"),
        ("GB", "sc 123456", "SC123456"),
        ("NL", "1234 5678", "12345678"),
        ("PL", "0000123456", "0000123456"),
        ("PL", "PL 8567346215", "8567346215"),
        ("ZA", "2015/123456/07", "201512345607"),
        ("IE", "IE 6433435OA", "6433435OA"),
        ("IE", "123456", "123456"),
        ("CZ", "CZ 25123891", "25123891"),
        ("MX", "MAB-930714-8T4", "MAB9307148T4"),
        ("EG", "٣٣١-١٠٥-٢٦٨", "331105268"),
        ("VN", "0314409058-002", "0314409058002"),
        ("SG", "T01FC6132D", "T01FC6132D"),
        ("HK", "  1234567  ", "1234567"),
        ("AQ", "Penguin  12/3", "Penguin 12/3"),
    ],
)
def test_a_right_number_is_kept_without_its_separators(country: str, number: str, kept: str) -> None:
    assert check(country, number) is None
    assert compact(country, number) == kept
    assert compact(country, kept) == kept


@pytest.mark.parametrize(
    ("country", "number", "reason"),
    [
        ("CN", "91110000600037341M", "a character is mistyped, for its check digit does not fit"),
        ("CN", "A1110000600037341L", "its letters and digits do not stand where they should"),
        ("CN", "12345", "it is too short or too long"),
        ("TW", "00501502", "a character is mistyped"),
        ("DE", "Aachen HRC 44123", "its letters and digits do not stand where they should"),
        ("DE", "Atlantis HRB 11223", "a part of it, such as a region, a court or a date, does not exist"),
        ("FR", "404833047", "a character is mistyped"),
        ("ES", "B64717839", "a character is mistyped"),
        ("BR", "16.727.230.0001-98", "a character is mistyped"),
        ("US", "07-1144442", "a part of it, such as a region"),
        ("US", "911-14-4442", "its letters and digits do not stand where they should"),
        ("GB", "1234567", "its letters and digits do not stand where they should"),
        ("AU", "999 999 999", "a character is mistyped"),
        ("PL", "8567346216", "a character is mistyped"),
        ("CZ", "7103192745", "it is too short or too long"),  # a person's
        ("IL", "416179157", "a part of it"),
    ],
)
def test_a_wrong_number_is_told_with_its_mend(country: str, number: str, reason: str) -> None:
    problem = check(country, number)
    assert problem is not None
    assert problem.startswith(f"“{number}” is not a valid number ({known(country)}): {reason}")
    assert "Compare it with the company's certificate; it looks like " in problem
    assert compact(country, number) == number  # as written, for whoever mends it


@pytest.mark.parametrize("country", ["CN", "HK", "AQ"])
@pytest.mark.parametrize(
    ("number", "problem"),
    [
        ("", "The registration number is missing: write it as in the company's certificate."),
        (" \u3000 ", "The registration number is missing: write it as in the company's certificate."),
        ("1" * 65, "The registration number has 65 characters; write 64 at most."),
        ("12\x0034", "The registration number holds a control character: type it anew."),
        ("12\u202e34", "The registration number holds a control character: type it anew."),
        ("12\n34", "The registration number holds a control character: type it anew."),
    ],
)
def test_what_no_country_takes(country: str, number: str, problem: str) -> None:
    assert check(country, number) == problem


def test_what_cannot_be_checked_says_so() -> None:
    assert known("CN") == "Unified Social Credit Code"
    assert known("DE") == "Handelsregisternummer"
    assert known("HK") == "Company number of the Companies Registry (not checked)"
    assert known("AQ") == "Company registration number (not checked)"


@pytest.mark.parametrize("country", sorted(_SCHEMES))
def test_every_example_is_right_and_every_country_one(country: str) -> None:
    assert country in COUNTRIES
    for example in _SCHEMES[country].example.split(" or "):
        assert check(country, example) is None


ANY = st.text(max_size=70) | st.text("0123456789ABCXZ -./²٣Ａ", max_size=20)


@given(st.sampled_from(sorted(_SCHEMES)), ANY)
def test_any_text_has_an_answer(country: str, number: str) -> None:
    problem = check(country, number)
    assert problem is None or problem.endswith(".")
    kept = compact(country, number)
    if problem is None:
        assert check(country, kept) is None
