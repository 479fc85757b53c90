"""Names of MFA options: what is left of what was typed, whatever that was."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssp.flows.option_names import ADDRESS, BRACKETS, EMPTY, NUMBER, TAKEN, TOO_LONG, cleaned, fault

ODD = st.text(
    st.sampled_from("aB1 \t\n\u00a0\u2028\u202e\u2066\u200b\u200d\ufeff\u00ad\u3164\u2800\ufe0f\U000e0041ü.:@/'")
)


@given(st.one_of(ODD, st.text()))
def test_a_cleaned_name_has_nothing_that_nobody_sees(typed: str) -> None:
    name = cleaned(typed)
    assert name.isprintable()
    assert name == name.strip()
    assert "  " not in name
    assert not any(unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} for sign in name)
    assert cleaned(name) == name


@given(ODD)
def test_one_that_passes_is_one_to_forty_characters_and_no_address(typed: str) -> None:
    name = cleaned(typed)
    if fault(name, ()) is None:
        assert 1 <= len(name) <= 40
        assert not any(f"{sign}a" in name for sign in ".:@/")


@pytest.mark.parametrize(
    "name, words",
    [
        ("My mobile", None),
        ("St. Mary's, desk 4 (left)", None),
        ("Büro 本社", None),
        ("a" * 40, None),
        ("", EMPTY),
        ("...", EMPTY),
        ("a" * 41, TOO_LONG),
        ("evil.example", ADDRESS),
        ("http://evil", ADDRESS),
        ("evil\u3002example", ADDRESS),
        ("me@evil", ADDRESS),
        ("[link]", BRACKETS),
        ("\uff3blink\uff3d", BRACKETS),
        ("Call 1-900-555-0100 to keep it", NUMBER),
        ("555 01 00", NUMBER),
        ("\u0665\u0665\u0665\u0660\u0661\u0660\u0660", NUMBER),
        ("Office 555-010", None),
        ("OFFICE", TAKEN),
    ],
)
def test_what_is_wrong_is_said(name: str, words: str | None) -> None:
    assert fault(name, ("Office", None)) == words
