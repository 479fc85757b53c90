"""The security log: each event is a row with its change, and a line for the operator."""

import logging
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

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


@pytest.mark.parametrize("actor", ["visitor", "provider", "operator:root"])
def test_an_event_says_who_acted(actor: str, site: Site) -> None:
    with site.database.writing() as connection:
        events.record(connection, replace(VISIT, actor=actor), Kind.GIVEN_UP)
    assert newest(site).actor == actor


@pytest.mark.parametrize(
    "given, words",
    [
        ({"outcome": Outcome.FAILED}, "sign_in.given_up does not declare the outcome failed"),
        ({"reason": "bored"}, "sign_in.given_up does not declare the reason 'bored'"),
        (
            {"authenticator": Authenticator(id="way", type="text", user_id=1)},
            "sign_in.given_up does not declare that it names an MFA option",
        ),
    ],
)
def test_what_the_kind_does_not_declare_is_refused(given: dict[str, Any], words: str, site: Site) -> None:
    before = newest(site)
    with pytest.raises(ValueError, match=re.escape(words)), site.database.writing() as connection:
        events.record(connection, VISIT, Kind.GIVEN_UP, **given)
    assert newest(site) == before


def test_nothing_in_a_row_can_forge_a_line_or_overflow_it(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    hostile = "x\r\ny\x1b[2J\u202e\u200b\u2066" + "z" * 400
    visit = Visit(hostile, hostile, hostile, hostile)
    with caplog.at_level(logging.INFO, "ssp"), site.database.writing() as connection:
        events.record(connection, visit, Kind.PASSWORD, Outcome.REFUSED, subject=hostile, reason="unknown")
    row = newest(site)
    shown = r"x\r\ny\x1b[2J\u202e\u200b\u2066"
    for text, room in ((row.subject, 80), (row.actor, 80), (row.address, 45), (row.agent, 300), (row.request_id, 22)):
        assert text == (shown + "z" * 400)[:room]
    assert vars(caplog.records[-1])["event"]["agent"] == row.agent
