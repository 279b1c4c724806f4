import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iso11649

from tradehold.domain.reference import rf_reference, rf_token

TOKENS = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=21)


@given(TOKENS)
def test_a_reference_is_valid_by_the_standard_and_gives_its_token_back(token: str) -> None:
    reference = rf_reference(token)
    assert iso11649.validate(reference) == reference
    assert rf_token(reference) == token
    assert rf_token(iso11649.format(reference).lower()) == token


@given(TOKENS, st.data())
def test_one_wrong_character_makes_it_no_reference(token: str, data: st.DataObject) -> None:
    reference = rf_reference(token)
    place = data.draw(st.integers(2, len(reference) - 1))
    other = data.draw(st.sampled_from([c for c in "0123456789" if c != reference[place]]))
    if reference[place].isdigit():
        assert rf_token(reference[:place] + other + reference[place + 1 :]) is None


@pytest.mark.parametrize(
    ("text", "token"),
    [
        ("RF18539007547034", "539007547034"),
        ("RF18 5390 0754 7034", "539007547034"),
        ("rf18-5390-0754-7034", "539007547034"),
        ("Ref: RF18 5390 0754 7034", "539007547034"),
        ("Ref:RF18539007547034, thank you", "539007547034"),
        ("RF18539007547034 invoice 12", "539007547034"),
        ("REFRF18539007547034", "539007547034"),
        ("RF 18 5390.0754/7034", "539007547034"),
        ("ORDER 7 RF1853900754\n7034", "539007547034"),
        ("RF99 1 RF18539007547034", "539007547034"),
        ("ＲＦ１８\u3000５３９００７５４７０３４", "539007547034"),  # as Chinese keyboards type it
        ("货款 RF18539007547034", "539007547034"),
        ("RF19539007547034", None),
        ("RF1853900754703", None),
        ("the RF in this has no digits", None),
        ("RF", None),
        ("RF18", None),
        ("", None),
    ],
)
def test_a_reference_is_found_as_people_type_it(text: str, token: str | None) -> None:
    assert rf_token(text) == token


@pytest.mark.parametrize("token", ["", "a" * 22, "a-b", "a b", "é", "ſ", "٣"])
def test_only_a_token_can_become_a_reference(token: str) -> None:
    with pytest.raises(ValueError, match="is not 1 to 21 letters and digits"):
        rf_reference(token)
