"""Wrong answers, counted for a person and a way, whatever else changes."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection

from ssp.flows import throttling
from ssp.flows.throttling import PAUSE, TRIES_BEFORE_PAUSE, TRIES_BEFORE_STOP
from ssp.models import Authenticator
from ssp.web.portal import Site
from tests.rows import AT

SECOND = timedelta(seconds=1)
TEXT = Authenticator(id="text-1", user_id=1, type="text", confirmed_at=AT)


def guess(connection: Connection, way: Authenticator, times: int, at: datetime = AT) -> list[int | None]:
    """Return how many tries each of these makes, None where it was not to be looked at."""
    claims = [throttling.claim(connection, way, at, known=True) for _ in range(times)]
    return [each.tries if each.admitted else None for each in claims]


def test_the_numbers_are_those_that_pages_and_the_plan_name() -> None:
    assert TRIES_BEFORE_PAUSE == 10
    assert timedelta(minutes=15) == PAUSE
    assert TRIES_BEFORE_STOP == 30


def test_ten_answers_are_counted_and_then_none(site: Site) -> None:
    with site.database.writing() as connection:
        assert throttling.paused_until(connection, TEXT, AT, known=True) is None
        assert guess(connection, TEXT, 12) == [*range(1, 11), None, None]
        assert throttling.paused_until(connection, TEXT, AT, known=True) == AT + PAUSE


def test_a_pause_ends_to_the_second_and_the_count_goes_on(site: Site) -> None:
    with site.database.writing() as connection:
        guess(connection, TEXT, 10)
        assert guess(connection, TEXT, 1, AT + PAUSE - SECOND) == [None]
        assert throttling.paused_until(connection, TEXT, AT + PAUSE, known=True) is None
        assert guess(connection, TEXT, 11, AT + PAUSE) == [*range(11, 21), None]
        assert throttling.paused_until(connection, TEXT, AT + PAUSE, known=True) == AT + 2 * PAUSE


def test_the_thirtieth_stops_it_for_good(site: Site) -> None:
    with site.database.writing() as connection:
        for round_ in range(3):
            assert None not in guess(connection, TEXT, 10, AT + round_ * PAUSE)
        for days in (0, 1, 365, 36_000):
            assert guess(connection, TEXT, 1, AT + timedelta(days=days, hours=1)) == [None]


def test_answers_add_up_over_years(site: Site) -> None:
    with site.database.writing() as connection:
        counts = [guess(connection, TEXT, 1, AT + timedelta(days=400 * year)) for year in range(10)]
        assert counts == [[number] for number in range(1, 11)]


def test_a_right_answer_clears_the_count(site: Site) -> None:
    with site.database.writing() as connection:
        guess(connection, TEXT, 9)
        throttling.clear(connection, TEXT, known=True)
        assert guess(connection, TEXT, 10) == list(range(1, 11))


@pytest.mark.parametrize(
    "other",
    [
        Authenticator(id="text-2", user_id=1, type="text", confirmed_at=AT),
        Authenticator(id="text-1", user_id=2, type="text", confirmed_at=AT),
        Authenticator(id="text-1", user_id=11, type="text", confirmed_at=AT),
        Authenticator(id="text-1", user_id=1, type="text", confirmed_at=None),
    ],
)
def test_ways_are_counted_apart(other: Authenticator, site: Site) -> None:
    assert throttling.key(other) != throttling.key(TEXT)
    with site.database.writing() as connection:
        guess(connection, TEXT, 10)
        assert guess(connection, other, 1) == [1]


def test_drafts_of_one_type_are_counted_together(site: Site) -> None:
    first, second, voice = (
        Authenticator(id=each, user_id=1, type=kind) for each, kind in (("a", "text"), ("b", "text"), ("c", "voice"))
    )
    with site.database.writing() as connection:
        assert guess(connection, first, 6) + guess(connection, second, 5) == [*range(1, 11), None]
        assert guess(connection, voice, 1) == [1]


def test_all_counters_of_a_person_begin_alike() -> None:
    assert throttling.key(TEXT).startswith(throttling.prefix(1))
    assert not throttling.key(TEXT).startswith(throttling.prefix(11))
    assert len(throttling.key(Authenticator(id="x" * 22, user_id=2**63, type="y" * 16, confirmed_at=AT))) <= 128
