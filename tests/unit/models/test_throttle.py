"""Counters: counted in one statement, held, and forgotten only when nothing hangs on them."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from ssp.infra.database import Database
from ssp.models import throttle
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
