"""Counters: counted in one statement, held, and forgotten only when nothing hangs on them."""

import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, func, select

from ssp.infra.database import Database
from ssp.models import Throttle, throttle
from tests.rows import AT

HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)


def test_a_counter_counts_from_one(connection: Connection) -> None:
    assert throttle.read(connection, "a") is None
    assert [throttle.count(connection, "a", AT + number * TICK, AT - HOUR) for number in range(3)] == [1, 2, 3]
    found = throttle.read(connection, "a")
    assert found
    assert (found.count, found.since, found.updated_at, found.held_until) == (3, AT, AT + 2 * TICK, None)


def test_counters_are_kept_apart(connection: Connection) -> None:
    assert [throttle.count(connection, key, AT, AT - HOUR) for key in ("a", "b", "a", "A", "a ")] == [1, 1, 2, 1, 1]


def test_it_begins_anew_when_its_window_is_over(connection: Connection) -> None:
    throttle.count(connection, "a", AT, AT - HOUR)
    almost = AT + HOUR - TICK
    assert throttle.count(connection, "a", almost, almost - HOUR) == 2
    assert throttle.count(connection, "a", AT + HOUR, AT) == 1
    found = throttle.read(connection, "a")
    assert found
    assert found.since == AT + HOUR
    assert throttle.count(connection, "a", AT + HOUR + TICK, AT + TICK) == 2


def test_of_many_who_count_at_once_each_gets_a_number_of_its_own(database: Database) -> None:
    found: list[int] = []
    start = threading.Barrier(8)

    def count() -> None:
        start.wait()
        for _ in range(5):
            with database.writing() as connection:
                found.append(throttle.count(connection, "a", AT, AT - HOUR))

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == list(range(1, 41))


def test_a_hold_stays_while_it_goes_on_counting(connection: Connection) -> None:
    throttle.count(connection, "a", AT, AT - HOUR)
    throttle.hold(connection, "a", AT + HOUR)
    throttle.hold(connection, "b", AT + HOUR)
    throttle.count(connection, "a", AT, AT - HOUR)
    found = throttle.read(connection, "a")
    assert found
    assert (found.held_until, found.count) == (AT + HOUR, 2)
    assert throttle.read(connection, "b") is None


def test_a_hold_begins_once_and_ends_with_the_window(connection: Connection) -> None:
    assert not throttle.begin_hold(connection, "a", AT, HOUR), "there is nothing to hold"
    throttle.count(connection, "a", AT, AT - HOUR)
    later = AT + HOUR / 2
    assert [throttle.begin_hold(connection, "a", later, HOUR) for _ in range(2)] == [True, False]
    found = throttle.read(connection, "a")
    assert found
    assert found.held_until == AT + HOUR
    assert not throttle.begin_hold(connection, "a", AT + HOUR - TICK, HOUR)
    assert throttle.begin_hold(connection, "a", AT + HOUR, HOUR)


def test_what_did_not_happen_is_taken_off_again(connection: Connection) -> None:
    for key in ("a", "a", "b", "c"):
        throttle.count(connection, key, AT, AT - HOUR)
    for _ in range(2):
        throttle.give_back(connection, ["a", "b", "nobody's"])
    throttle.give_back(connection, [])
    counts = [found.count for key in "abc" if (found := throttle.read(connection, key))]
    assert counts == [0, 0, 1]


def test_a_right_answer_clears_one_counter(connection: Connection) -> None:
    for key in ("a", "ab"):
        throttle.count(connection, key, AT, AT - HOUR)
    throttle.clear(connection, "a")
    assert throttle.read(connection, "a") is None
    assert throttle.read(connection, "ab")


@pytest.mark.parametrize("prefix", ["second-factor:1:", "a%", "a_", "a\\"])
def test_all_counters_under_a_name_are_cleared_and_no_others(prefix: str, connection: Connection) -> None:
    inside = [prefix, f"{prefix}x", f"{prefix}y:z"]
    outside = ["second-factor:11:x", "second-factor:1", "ab", "axx", "other"]
    for key in inside + outside:
        throttle.count(connection, key, AT, AT - HOUR)
    assert throttle.clear_under(connection, prefix) == 3
    assert [key for key in inside + outside if throttle.read(connection, key)] == outside


def test_old_counters_are_forgotten(connection: Connection) -> None:
    for key, at in (("old", AT - TICK), ("new", AT)):
        throttle.count(connection, key, at, at - HOUR)
    assert throttle.forget_before(connection, AT) == 1
    assert throttle.read(connection, "old") is None
    assert throttle.read(connection, "new")


def test_a_counter_that_still_holds_somebody_is_kept(connection: Connection) -> None:
    for key, until in (("stopped", timedelta(days=36500)), ("paused", -TICK)):
        throttle.count(connection, key, AT - 400 * 24 * HOUR, AT - 500 * 24 * HOUR)
        throttle.hold(connection, key, AT + until)
    assert throttle.forget_before(connection, AT) == 1
    assert throttle.read(connection, "stopped")
    assert throttle.read(connection, "paused") is None


# ---- Tries of two kinds of browsers ----


def claim(connection: Connection, *, known: bool, at: datetime = AT, most: int = 5) -> bool:
    """Claim a try; return whether it may be looked at."""
    return throttle.claim(connection, "a", at, most, known=known)[1]


def counts(connection: Connection) -> tuple[int, int, int]:
    found = throttle.read(connection, "a")
    assert found
    return found.count, found.known_count, found.turned_away


def test_a_try_is_counted_for_its_kind_of_browser(connection: Connection) -> None:
    assert all(claim(connection, known=known) for known in (False, True, False))
    assert counts(connection) == (3, 1, 0)


def test_a_hold_turns_away_one_kind_alone_until_it_is_over(connection: Connection) -> None:
    for known in (False, True):
        claim(connection, known=known)
        throttle.hold(connection, "a", AT + HOUR, known=known)
        assert not claim(connection, known=known, at=AT + HOUR - TICK)
        assert claim(connection, known=known, at=AT + HOUR)
    assert counts(connection) == (4, 2, 2)


def test_no_more_tries_than_there_are_in_all(connection: Connection) -> None:
    assert [claim(connection, known=number % 2 == 0) for number in range(7)] == [True] * 5 + [False] * 2
    assert counts(connection) == (5, 3, 2)


def test_of_many_tries_at_once_so_many_are_looked_at_as_there_are(database: Database) -> None:
    found: list[bool] = []
    start = threading.Barrier(8)

    def guess() -> None:
        start.wait()
        for _ in range(5):
            with database.writing() as connection:
                row, admitted = throttle.claim(connection, "a", AT, 100, known=False)
                if row.count == 5:
                    throttle.hold(connection, "a", AT + HOUR)
                found.append(admitted)

    threads = [threading.Thread(target=guess) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(found) == 5
    with database.reading() as connection:
        assert counts(connection) == (5, 0, 35)


def test_a_try_is_taken_back_with_the_hold_that_it_began(connection: Connection) -> None:
    for known in (False, True):
        claim(connection, known=known)
        throttle.hold(connection, "a", AT + HOUR, known=known)
        throttle.unclaim(connection, "a", AT + 2 * HOUR, known=known)
        assert not claim(connection, known=known), "another try's hold stays"
        claim(connection, known=known, at=AT + HOUR)
        throttle.unclaim(connection, "a", AT + HOUR, known=known)
        assert claim(connection, known=known)
        throttle.unclaim(connection, "a", None, known=known)
    assert counts(connection) == (0, 0, 2)
    throttle.unclaim(connection, "a", None, known=False)
    throttle.unclaim(connection, "a", None, known=True)
    assert counts(connection) == (0, 0, 2), "never below none"


def test_one_kind_is_cleared_and_the_other_stays(connection: Connection) -> None:
    for known in (False, True):
        for each in (False, True, True):
            claim(connection, known=each)
            throttle.hold(connection, "a", AT + HOUR, known=each)
            claim(connection, known=each, at=AT + HOUR)
            throttle.hold(connection, "a", AT + HOUR, known=each)
        throttle.clear_kind(connection, "a", known=known)
        found = throttle.read(connection, "a")
        assert found
        holds = (found.held_until, found.known_held_until)
        assert holds == ((AT + HOUR, None) if known else (None, AT + HOUR))
        assert found.known_count == (0 if known else found.count)
        throttle.clear_kind(connection, "a", known=not known)
        assert throttle.read(connection, "a") is None


def test_a_bucket_keeps_those_that_were_used_last(connection: Connection) -> None:
    for number in (2, 0, 3, 1):
        throttle.count(connection, f"k{number}", AT + number * TICK, AT - HOUR, "full")
    throttle.count(connection, "other", AT - TICK, AT - HOUR, "other bucket")
    throttle.count(connection, "none", AT - TICK, AT - HOUR)
    assert throttle.make_room(connection, "full", "k0", 4) == 0
    throttle.count(connection, "new", AT - TICK, AT - HOUR, "full")
    assert throttle.make_room(connection, "full", "new", 3) == 2
    kept = [key for key in ("k0", "k1", "k2", "k3", "new", "other", "none") if throttle.read(connection, key)]
    assert kept == ["k2", "k3", "new", "other", "none"]


def test_two_that_make_room_at_once_do_not_wait_for_each_other(database: Database) -> None:
    start = threading.Barrier(8)

    def flood(who: int) -> None:
        start.wait()
        for number in range(10):
            with database.writing() as connection:
                throttle.claim(connection, f"k{who}-{number}", AT, 100, known=False, bucket="full")
                throttle.make_room(connection, "full", f"k{who}-{number}", 2)

    threads = [threading.Thread(target=flood, args=(who,)) for who in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.writing() as connection:
        throttle.claim(connection, "last", AT, 100, known=False, bucket="full")
        throttle.make_room(connection, "full", "last", 2)
        assert connection.execute(select(func.count()).select_from(Throttle)).scalar_one() == 2


def test_counters_of_one_name_are_forgotten_sooner(connection: Connection) -> None:
    for key in ("sign-in:a", "send:a"):
        throttle.count(connection, key, AT - TICK, AT - HOUR)
    assert throttle.forget_before(connection, AT, "sign-in:") == 1
    assert throttle.read(connection, "send:a")


def test_a_hold_of_known_browsers_keeps_a_counter_too(connection: Connection) -> None:
    claim(connection, known=True, at=AT - 400 * 24 * HOUR)
    throttle.hold(connection, "a", AT + HOUR, known=True)
    assert throttle.forget_before(connection, AT) == 0
    assert throttle.forget_before(connection, AT + 2 * HOUR) == 1
