"""Wrong answers, counted for a person and a way, whatever else changes."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, select

from ssp.flows import throttling
from ssp.flows.throttling import PAUSE, TRIES_BEFORE_PAUSE, TRIES_BEFORE_STOP, Claimant, Try
from ssp.models import Authenticator, Throttle, User, throttle
from ssp.web.portal import Site
from tests.people import full_width
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
    assert throttling.recovery_key(1).startswith(throttling.prefix(1))
    assert len(throttling.key(Authenticator(id="x" * 22, user_id=2**63, type="y" * 16, confirmed_at=AT))) <= 128


# ---- Passwords ----

ADA = User(id=1, username="ada")


def type_wrong(site: Site, claimant: Claimant, times: int, at: datetime = AT) -> list[Try]:
    with site.database.writing() as connection:
        return [
            throttling.claim_password(connection, site.keys, claimant, at + number * PAUSE) for number in range(times)
        ]


def waits(tries: list[Try]) -> list[float]:
    """Return the seconds of each wait; 0 for none."""
    ends = [AT + number * PAUSE for number in range(len(tries))]
    return [(each.until - at).total_seconds() if each.until else 0 for each, at in zip(tries, ends, strict=True)]


@pytest.mark.parametrize("claimant", [Claimant("ada", ADA, known=False), Claimant("nobody", None, known=False)])
def test_passwords_cost_waits_that_double_up_to_a_quarter_of_an_hour(site: Site, claimant: Claimant) -> None:
    tries = type_wrong(site, claimant, 91)
    assert waits(tries)[:17] == [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]
    assert [each.stopped for each in tries] == [False] * 89 + [True] * 2
    assert [each.admitted for each in tries] == [True] * 90 + [False]


def test_all_that_is_left_is_for_known_browsers(site: Site) -> None:
    type_wrong(site, Claimant("ada", ADA, known=False), 90)
    tries = type_wrong(site, Claimant("ada", ADA, known=True), 11)
    assert waits(tries)[:9] == [0, 0, 0, 0, 1, 2, 4, 8, 16]
    assert [each.admitted for each in tries] == [True] * 10 + [False]
    assert tries[9].stopped
    assert tries[10].stopped


def test_known_browsers_may_use_all_and_leave_none(site: Site) -> None:
    assert type_wrong(site, Claimant("ada", ADA, known=True), 100)[-1].stopped
    (other,) = type_wrong(site, Claimant("ada", ADA, known=False), 1)
    assert (other.admitted, other.stopped) == (False, True)


def test_a_try_that_was_not_looked_at_is_forgiven_with_its_wait(site: Site) -> None:
    claimant = Claimant("ada", ADA, known=False)
    with site.database.writing() as connection:
        claims = [throttling.claim_password(connection, site.keys, claimant, AT) for _ in range(6)]
        assert [each.admitted for each in claims] == [True] * 5 + [False]
        throttling.forgive(connection, claims[5])
        throttling.forgive(connection, claims[4])
        again = throttling.claim_password(connection, site.keys, claimant, AT)
        assert (again.admitted, again.tries) == (True, 5)


def test_a_name_has_one_counter_however_it_is_spelled(site: Site) -> None:
    for name in ("nobody", " NOBODY ", full_width("nobody")):
        type_wrong(site, Claimant(name, None, known=False), 1)
    type_wrong(site, Claimant("not a name / ?", None, known=False), 1)
    with site.database.reading() as connection:
        keys = connection.execute(select(Throttle.key, Throttle.count).order_by(Throttle.count)).all()
    assert [count for _, count in keys] == [1, 3]
    assert all(key.startswith("password:?") and "nobody" not in key for key, _ in keys)


def test_web_support_or_a_new_password_frees_it(site: Site) -> None:
    type_wrong(site, Claimant("ada", ADA, known=False), 90)
    with site.database.writing() as connection:
        assert throttling.free_password(connection, 1) == 1
        assert throttling.free_password(connection, 1) == 0
    assert type_wrong(site, Claimant("ada", ADA, known=False), 1)[0].admitted


# ---- Both kinds of browsers ----


def codes(connection: Connection, times: int, *, known: bool) -> list[bool]:
    """Type codes, each after the longest pause; return which of them were looked at."""
    claims = [throttling.claim(connection, TEXT, AT + (1 + each) * PAUSE, known=known) for each in range(times)]
    return [each.admitted for each in claims]


def test_ten_codes_of_the_thirty_are_out_of_reach_of_strangers(site: Site) -> None:
    with site.database.writing() as connection:
        assert codes(connection, 21, known=False) == [True] * 20 + [False]
        assert codes(connection, 11, known=True) == [True] * 10 + [False]


def test_a_pause_of_strangers_is_none_of_known_browsers_and_the_other_way_round(site: Site) -> None:
    for known in (True, False):
        with site.database.writing() as connection:
            for _ in range(10):
                throttling.claim(connection, TEXT, AT, known=known)
            assert throttling.paused_until(connection, TEXT, AT, known=known) == AT + PAUSE
            assert throttling.paused_until(connection, TEXT, AT, known=not known) is None
            connection.rollback()


def test_each_kind_counts_its_own_tries_alone(site: Site) -> None:
    with site.database.writing() as connection:
        for known in (True, False):
            claims = [throttling.claim(connection, TEXT, AT, known=known) for _ in range(3)]
            assert [each.tries for each in claims] == [1, 2, 3]


def test_a_right_code_clears_its_own_kind(site: Site) -> None:
    with site.database.writing() as connection:
        codes(connection, 9, known=False)
        codes(connection, 9, known=True)
        throttling.clear(connection, TEXT, known=True)
        assert codes(connection, 1, known=True) == [True]
        throttling.clear(connection, TEXT, known=False)
        row = throttle.read(connection, throttling.key(TEXT))
        assert row
        assert (row.count, row.known_count) == (1, 1)
