"""The rows of texts and calls, on both databases."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection

from ssp.infra import tokens
from ssp.models import Delivery, challenge, delivery, pending
from tests import rows
from tests.rows import AT

MINUTE = timedelta(minutes=1)


@pytest.fixture
def code(connection: Connection) -> str:
    """Give somebody's code."""
    person = rows.person(connection)
    attempt = rows.half_done(connection, person)
    return rows.code(connection, attempt, rows.draft(connection, person, attempt))


def add(connection: Connection, code: str | None, at: datetime = AT, **changes: object) -> str:
    """Add a text; return its id."""
    row_id = tokens.new_id()
    values = {"id": row_id, "challenge_id": code, "channel": "text", "country": "US", "sent_at": at}
    delivery.add(connection, **{**values, "status": "sending", "stage": 0, **changes})
    return row_id


def row(connection: Connection, row_id: str) -> Delivery:
    """Return a row that is there."""
    found = delivery.by_id(connection, row_id)
    assert found
    return found


def test_a_new_one_knows_nothing_yet(connection: Connection, code: str) -> None:
    found = row(connection, add(connection, code))
    assert (found.challenge_id, found.channel, found.country, found.sent_at) == (code, "text", "US", AT)
    assert (found.status, found.stage, found.reason, found.turns) == ("sending", 0, None, 0)
    assert (found.provider_id, found.spoken_at, found.used_at) == (None, None, None)
    assert delivery.by_id(connection, tokens.new_id()) is None


def test_a_stage_is_left_for_a_later_one_alone(connection: Connection, code: str) -> None:
    one, other = add(connection, code), add(connection, code)
    assert delivery.go_on(connection, one, "sent", 2, None)
    assert not delivery.go_on(connection, one, "sent", 2, None)
    assert not delivery.go_on(connection, one, "unsure", 1, "timeout")
    assert (row(connection, one).status, row(connection, one).reason) == ("sent", None)
    assert delivery.go_on(connection, one, "failed", 6, "blocked")
    assert (row(connection, one).status, row(connection, one).reason) == ("failed", "blocked")
    assert row(connection, other).status == "sending"
    assert not delivery.go_on(connection, tokens.new_id(), "sent", 2, None)


def test_the_first_id_of_the_carriers_stays(connection: Connection, code: str) -> None:
    one, other = add(connection, code), add(connection, code)
    assert delivery.known_as(connection, one, "SM1")
    assert delivery.known_as(connection, one, "SM1")
    assert not delivery.known_as(connection, one, "SM2")
    assert row(connection, one).provider_id == "SM1"
    assert row(connection, other).provider_id is None
    assert not delivery.known_as(connection, tokens.new_id(), "SM1")


def test_keys_are_counted_up_to_a_number(connection: Connection, code: str) -> None:
    one = add(connection, code)
    assert [delivery.count_turn(connection, one, 2) for _ in range(4)] == [True, True, False, False]
    assert row(connection, one).turns == 2
    assert not delivery.count_turn(connection, tokens.new_id(), 2)


def test_it_was_spoken_when_it_was_first(connection: Connection, code: str) -> None:
    one = add(connection, code)
    delivery.spoken(connection, one, AT)
    delivery.spoken(connection, one, AT + MINUTE)
    assert row(connection, one).spoken_at == AT


def test_a_use_belongs_to_the_message_that_came_last(connection: Connection, code: str) -> None:
    late, early = add(connection, code, AT + MINUTE), add(connection, code, AT)
    newest = delivery.newest(connection, code)
    assert newest
    assert newest.id == late
    delivery.used(connection, code, AT + 2 * MINUTE)
    assert row(connection, late).used_at == AT + 2 * MINUTE
    assert row(connection, early).used_at is None


def test_a_code_that_nothing_brought_may_be_used(connection: Connection, code: str) -> None:
    other = add(connection, None)
    delivery.used(connection, code, AT)
    assert delivery.newest(connection, code) is None
    assert row(connection, other).used_at is None


def test_they_are_listed_from_a_moment_on_the_oldest_first(connection: Connection) -> None:
    second, first, before = (add(connection, None, AT + minutes * MINUTE) for minutes in (2, 0, -1))
    assert [each.id for each in delivery.since(connection, AT)] == [first, second]
    assert before not in [each.id for each in delivery.since(connection, AT)]


def test_old_ones_are_forgotten(connection: Connection) -> None:
    kept, old = add(connection, None, AT), add(connection, None, AT - MINUTE)
    assert delivery.forget_before(connection, AT) == 1
    assert delivery.by_id(connection, old) is None
    assert row(connection, kept).id == kept


def test_they_outlive_the_code_for_the_report(connection: Connection, code: str) -> None:
    one = add(connection, code)
    found = challenge.by_id(connection, code, lock=True)
    assert found
    assert found.id == code
    assert pending.forget_before(connection, AT + timedelta(days=1)) == 1
    assert challenge.by_id(connection, code, lock=True) is None
    assert row(connection, one).challenge_id is None
