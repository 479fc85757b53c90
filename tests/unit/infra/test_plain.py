"""Signs that nobody sees are written out, and nothing else is touched."""

import pytest

from ssp.infra.plain import plain


@pytest.mark.parametrize("text", ["", "ada", "Ada Márquez", "葉子 · ••• ••23", "a\\nb", "'\"<script>"])
def test_what_everybody_can_see_stays(text: str) -> None:
    assert plain(text) == text


@pytest.mark.parametrize(
    "text, shown",
    [
        ("a\r\nb", r"a\r\nb"),
        ("a\tb", r"a\tb"),
        ("a\x00b", r"a\x00b"),
        ("\x1b[2J", r"\x1b[2J"),
        ("\x7f\x85\x9b", r"\x7f\x85\x9b"),
        ("\u202eada\u2066", r"\u202eada\u2066"),
        ("a\u200b\u200d\u2060\ufeffb", r"a\u200b\u200d\u2060\ufeffb"),
        ("a\u2028b\u2029", r"a\u2028b\u2029"),
        ("a\xa0b", r"a\xa0b"),
        ("\ud800", r"\ud800"),
        ("\U000e0001é", "\\U000e0001é"),
    ],
    ids=ascii,
)
def test_what_nobody_sees_is_written_out(text: str, shown: str) -> None:
    assert plain(text) == shown
    assert plain(text).isprintable()
