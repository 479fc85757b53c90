import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ssp.infra.passwords import MOST_BYTES, MOST_CHARACTERS, UnusablePasswordError, normalise, too_long
from ssp.infra.passwords.spelling import spellings

COMPOSED = "caf\u00e9"
DECOMPOSED = "cafe\u0301"
FOUR_IN_ONE = "\u03b1\u0313\u0300\u0345"  # alpha with three marks, one character when put together


def test_both_spellings_of_an_accent_are_one_password() -> None:
    assert normalise(DECOMPOSED) == normalise(COMPOSED) == COMPOSED


@pytest.mark.parametrize("password", [" two words ", "\ufb01n", "\uff21", "STRASSE", "\u200dx", "", "\U0001f511" * 15])
def test_nothing_is_trimmed_folded_or_replaced(password: str) -> None:
    assert normalise(password) == password


@pytest.mark.parametrize(
    "password",
    [
        "a" * MOST_CHARACTERS,
        "\U0001f511" * (MOST_BYTES // 4),
        FOUR_IN_ONE * MOST_CHARACTERS,
        "e\u0301" * MOST_CHARACTERS,
    ],
)
def test_what_just_fits_is_kept_whole(password: str) -> None:
    assert not too_long(password)
    assert normalise(password) == unicodedata.normalize("NFC", password)


@pytest.mark.parametrize(
    "password",
    [
        "a" * (MOST_CHARACTERS + 1),
        "\U0001f511" * (MOST_BYTES // 4) + "a",
        FOUR_IN_ONE * MOST_CHARACTERS + "a",
        # Two thirds of a quarter million marks in the wrong order: seconds of sorting, were it not refused unread.
        "a" + "\u0315\u0300" * 125_000,
        "a" * 2**20,
    ],
)
def test_one_more_is_too_long_and_never_cut(password: str) -> None:
    assert too_long(password)
    with pytest.raises(UnusablePasswordError):
        normalise(password)


@pytest.mark.parametrize("password", ["\0", "pass\0word", "\ud800", "half \udfff a pair"])
def test_what_no_keyboard_makes_is_refused(password: str) -> None:
    assert not too_long(password)
    with pytest.raises(UnusablePasswordError):
        normalise(password)


def test_a_password_is_tried_normalised_and_then_as_typed() -> None:
    assert spellings(DECOMPOSED) == (COMPOSED.encode(), DECOMPOSED.encode())
    assert spellings(COMPOSED) == (COMPOSED.encode(),)


@example("half \ud800 a pair")
@given(st.text(st.characters(), max_size=300))
def test_any_text_is_normalised_once_or_refused(password: str) -> None:
    try:
        normal = normalise(password)
    except UnusablePasswordError:
        assert too_long(password) or not {"\0", *map(chr, range(0xD800, 0xE000))}.isdisjoint(password)
    else:
        assert normalise(normal) == normal
        assert len(spellings(password)) <= 2
