"""How long something is good for, in words."""

from datetime import timedelta

import pytest

from ssp.infra.durations import in_words


@pytest.mark.parametrize(
    "span, words",
    [
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=2), "2 minutes"),
        (timedelta(hours=1), "60 minutes"),
        (timedelta(minutes=90), "90 minutes"),
        (timedelta(hours=2), "2 hours"),
        (timedelta(days=1), "24 hours"),
        (timedelta(hours=36), "36 hours"),
        (timedelta(days=2), "2 days"),
        (timedelta(days=10), "10 days"),
    ],
)
def test_a_span_is_told_in_the_longest_unit_that_fits(span: timedelta, words: str) -> None:
    assert in_words(span) == words


@pytest.mark.parametrize("seconds", [0, 30, 90, 7230])
def test_parts_of_a_minute_are_not_told(seconds: int) -> None:
    with pytest.raises(ValueError, match="not whole minutes"):
        in_words(timedelta(seconds=seconds))
