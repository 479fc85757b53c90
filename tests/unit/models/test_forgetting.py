"""Rows that are over are dropped, with what belongs to them and nothing else."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Connection, func, select

from ssp.models import Authenticator, Event, authenticator, challenge, device, event, link, mail, pending, session
from tests import rows
from tests.rows import AT

TICK = timedelta(microseconds=1)


def test_a_sign_in_goes_with_its_drafts_and_codes_and_leaves_what_was_confirmed(connection: Connection) -> None:
    owner = rows.person(connection)
    way = rows.option(connection, owner)
    old = rows.half_done(connection, owner, expires_at=AT - TICK, id="old", token_hash="old")
    rows.draft(connection, owner, old, type="voice")
    rows.code(connection, old, way)
    kept = rows.half_done(connection, owner, expires_at=AT, id="kept", token_hash="kept")
    rows.code(connection, kept, way)
    opened = rows.signed_in(connection, owner, pending_id=old, token_hash="opened")
    assert pending.forget_before(connection, AT) == 1
    assert pending.by_token_hash(connection, "old") is None
    assert pending.by_token_hash(connection, "kept")
    assert authenticator.draft(connection, old, "voice") is None
    assert connection.execute(select(func.count()).select_from(Authenticator)).scalar_one() == 1
    assert challenge.of(connection, old, way) is None
    assert challenge.of(connection, kept, way)
    found = session.by_token_hash(connection, "opened")
    assert found
    assert (found.id, found.pending_id) == (opened, None)


def test_sessions_go_when_they_are_over(connection: Connection) -> None:
    owner = rows.person(connection)
    rows.signed_in(connection, owner, expires_at=AT - TICK, token_hash="expired")
    rows.signed_in(connection, owner, ended_at=AT - TICK, token_hash="ended")
    rows.signed_in(connection, owner, expires_at=AT, token_hash="live")
    assert session.forget_before(connection, AT) == 2
    assert session.by_token_hash(connection, "live")


def test_devices_go_when_their_trust_is_over_and_leave_what_they_opened(connection: Connection) -> None:
    owner = rows.person(connection)
    expired = rows.trusted(connection, owner, expires_at=AT - TICK)
    rows.trusted(connection, owner, revoked_at=AT - TICK)
    kept = rows.trusted(connection, owner, expires_at=AT)
    rows.signed_in(connection, owner, device_id=expired, token_hash="opened")
    rows.half_done(connection, owner, device_id=expired, token_hash="begun")
    assert device.forget_before(connection, AT) == 2
    assert device.by_selector(connection, owner, kept)
    opened, begun = session.by_token_hash(connection, "opened"), pending.by_token_hash(connection, "begun")
    assert opened
    assert begun
    assert (opened.device_id, begun.device_id) == (None, None)


def test_mail_goes_once_it_left(connection: Connection) -> None:
    owner = rows.person(connection)
    for at in (AT - TICK, AT):
        mail.sent(connection, rows.notice(connection, owner), at)
    waiting = rows.notice(connection, owner, created_at=AT - timedelta(days=900))
    assert mail.forget_before(connection, AT) == 1
    assert [each.id for each in mail.waiting(connection, 10, AT)] == [waiting]


def test_links_go_when_they_ran_out(connection: Connection) -> None:
    owner = rows.person(connection)
    rows.mailed(connection, owner, expires_at=AT - TICK)
    kept = rows.mailed(connection, owner, expires_at=AT, token_hash="kept")
    assert link.forget_before(connection, AT) == 1
    found = link.by_token_hash(connection, "kept", "password")
    assert found
    assert found.id == kept


@pytest.mark.parametrize("make", [rows.option, rows.half_done, rows.trusted, rows.signed_in, rows.notice, rows.mailed])
def test_all_that_a_person_has_goes_with_them(make: Callable[[Connection, int], str], connection: Connection) -> None:
    owner = rows.person(connection)
    make(connection, owner)
    connection.exec_driver_sql('DELETE FROM "user"')
    for table in ("authenticator", "pending_sign_in", "trusted_device", "session", "outgoing_mail", "mailed_link"):
        assert connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one() == 0  # noqa: S608 - our names


def test_the_security_log_outlives_the_people_in_it(connection: Connection) -> None:
    owner = rows.person(connection)
    values = {"outcome": "done", "subject": "ada", "actor": "visitor", "user_id": owner}
    values |= {"address": "-", "agent": "-", "request_id": "-"}
    for kind in ("first", "second", "third"):
        event.add(connection, at=AT, kind=kind, **values)
    event.add(connection, at=AT, kind="elsewhere", **{**values, "user_id": None})
    connection.exec_driver_sql('DELETE FROM "user"')
    assert [each.kind for each in event.of_user(connection, owner, 2)] == ["third", "second"]
    assert connection.execute(select(func.count()).select_from(Event)).scalar_one() == 4
