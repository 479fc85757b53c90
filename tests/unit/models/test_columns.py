"""Moments and names, as rows bring them back."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from ssp.models import User, user
from ssp.models.columns import columns
from tests import rows

MOMENT = datetime(2026, 11, 22, 14, 0, 7, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    "zone",
    [UTC, timezone(timedelta(hours=5, minutes=45)), ZoneInfo("America/Chicago")],
    ids=["utc", "nepal", "chicago"],
)
def test_a_moment_comes_back_in_utc_whatever_zone_it_was_told_in(zone: timezone, connection: Connection) -> None:
    number = rows.person(connection, disabled_at=MOMENT.astimezone(zone))
    found = user.by_id(connection, number)
    assert found
    assert found.disabled_at == MOMENT
    assert found.disabled_at.tzinfo is UTC


def test_no_moment_is_none(connection: Connection) -> None:
    found = user.by_id(connection, rows.person(connection))
    assert found
    assert found.disabled_at is None


def test_moments_compare_across_zones(connection: Connection) -> None:
    number = rows.person(connection, created_at=MOMENT)
    statement = columns(User).where(User.created_at == MOMENT.astimezone(ZoneInfo("Asia/Tokyo")))
    assert connection.execute(statement).one().id == number


@pytest.mark.parametrize("names", [(), ("agents",), ("b", "a", "b"), ('a "quoted", name', "Überall", "\u202e")])
def test_names_come_back_as_they_were(names: tuple[str, ...], connection: Connection) -> None:
    for given in (names, list(names)):
        number = rows.person(connection, f"p{len(given)}{type(given).__name__}", groups=given)
        found = user.by_id(connection, number)
        assert found
        assert found.groups == names


def test_no_names_are_an_empty_list(connection: Connection) -> None:
    found = user.by_id(connection, rows.person(connection, groups=None))
    assert found
    assert found.groups == ()


def test_a_row_belongs_to_somebody_who_is_there(connection: Connection) -> None:
    with pytest.raises(IntegrityError), connection.begin_nested():
        rows.half_done(connection, 4711)
