"""References: easy to read out, read back however they are typed, and some that tell of a page by themselves."""

from datetime import UTC, datetime, timedelta

import pytest

from ssp.infra import letters, references

KEY = b"k" * 32
AT = datetime(2026, 11, 22, 14, 0, 7, tzinfo=UTC)
MINUTE = AT.replace(second=0)


def test_it_has_ten_letters_in_two_groups() -> None:
    drawn = references.new()
    assert len(drawn) == references.LENGTH == 10
    assert set(drawn) <= set(letters.ALL)
    assert not set("ILOU") & set(letters.ALL)
    assert references.shown("ABCDEFGHJK") == "ABCDE-FGHJK"


def test_numbers_are_spelled() -> None:
    assert references.spelled(0) == "0000000000"
    assert references.spelled(2**50 - 1) == "ZZZZZZZZZZ"
    assert references.spelled(2**50 + 32) == "0000000010"


@pytest.mark.parametrize(
    "typed, plain",
    [
        ("ABCDE-FGHJK", "ABCDEFGHJK"),
        ("abcde fghjk", "ABCDEFGHJK"),
        (" a b c d e \u2013 f_g.h,j k\n", "ABCDEFGHJK"),
        ("OoIiLlUu23", "001111VV23"),
        ("ABCDEFGHJ", None),
        ("ABCDEFGHJKM", None),
        ("ABCDEFGHJ\u00c4", None),
        ("\uff21BCDEFGHJK", None),
        ("", None),
    ],
)
def test_it_is_read_as_it_is_typed(typed: str, plain: str | None) -> None:
    assert references.read(typed) == plain


@pytest.mark.parametrize("page", range(references.PAGES))
def test_a_sealed_one_tells_minute_and_page(page: int) -> None:
    sealed = references.sealed(KEY, AT, page)
    assert references.read(sealed) == sealed
    for later in (timedelta(0), timedelta(seconds=-30), timedelta(days=1), timedelta(days=5 * 365)):
        assert references.opened(KEY, sealed, AT + later) == (MINUTE, page)


def test_after_eight_years_the_minutes_begin_anew() -> None:
    sealed = references.sealed(KEY, AT, 3)
    later = references.opened(KEY, sealed, AT + timedelta(days=3000))
    assert later == (MINUTE + timedelta(minutes=2**22), 3)


def test_only_the_key_opens_it() -> None:
    opened = [references.opened(b"j" * 32, references.sealed(KEY, AT, 3), AT) for _ in range(1000)]
    assert sum(each is not None for each in opened) < 10
