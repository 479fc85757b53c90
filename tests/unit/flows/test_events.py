"""The security log: each event is a row with its change, and a line for the operator."""

import logging
from datetime import UTC, datetime

import pytest

from ssp.flows import events
from ssp.flows.events import Kind, Outcome
from ssp.flows.portal import Visit
from ssp.models import Authenticator, Event, user
from ssp.models.columns import columns, rows
from ssp.web.portal import Site
from tests.conftest import Clock

VISIT = Visit("198.51.100.7", "Firefox", "REQUEST")
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def newest(site: Site) -> Event:
    with site.database.reading() as connection:
        return rows(connection, columns(Event).order_by(Event.id.desc()), Event)[0]


def test_an_event_says_who_what_with_what_and_from_where(site: Site) -> None:
    way = Authenticator(id="way", type="text", user_id=1)
    with site.database.writing() as connection:
        ada = user.by_username(connection, "ada")
        events.record(
            connection, VISIT, Kind.SECOND_FACTOR, Outcome.REFUSED, user=ada, reason="wrong", authenticator=way, at=AT
        )
    row = newest(site)
    assert ada
    assert (row.at, row.kind, row.outcome, row.reason) == (AT, "sign_in.second_factor", "refused", "wrong")
    assert (row.user_id, row.subject, row.authenticator_type, row.authenticator_id) == (ada.id, "ada", "text", "way")
    assert (row.address, row.agent, row.request_id) == ("198.51.100.7", "Firefox", "REQUEST")


def test_most_of_it_may_be_missing(site: Site, clock: Clock) -> None:
    with site.database.writing() as connection:
        events.record(connection, VISIT, Kind.GIVEN_UP)
    row = newest(site)
    assert (row.at, row.outcome, row.reason, row.user_id, row.subject) == (clock.now(), "done", None, None, "-")
    assert (row.authenticator_type, row.authenticator_id) == (None, None)


def test_somebody_unknown_has_a_name_of_the_log_alone(site: Site) -> None:
    with site.database.writing() as connection:
        events.record(connection, VISIT, Kind.PASSWORD, Outcome.REFUSED, subject="unknown:0123456789abcdef")
    assert newest(site).subject == "unknown:0123456789abcdef"


def test_an_event_is_undone_with_its_change(site: Site) -> None:
    before = newest(site)
    with site.database.writing() as connection:
        events.record(connection, VISIT, Kind.DEFERRED)
        connection.rollback()
    assert newest(site) == before


def test_the_operators_log_has_the_same(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "ssp"), site.database.writing() as connection:
        events.record(connection, VISIT, Kind.TRUSTED, at=AT)
    (line,) = caplog.records
    assert (line.getMessage(), line.levelname, line.name) == ("device.trusted", "INFO", "ssp.events")
    said = vars(line)["event"]
    assert said["at"] == AT.isoformat()
    assert (said["kind"], said["address"], said["request_id"]) == ("device.trusted", "198.51.100.7", "REQUEST")


def test_names_fit_their_columns_and_are_each_others_own() -> None:
    names = [kind.value for kind in Kind]
    assert len(set(names)) == len(names)
    assert max(map(len, names)) <= 40
    assert max(len(outcome.value) for outcome in Outcome) <= 16
    assert all(name.count(".") == 1 and name == name.lower() for name in names)
