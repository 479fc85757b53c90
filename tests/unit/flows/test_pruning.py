"""Pruning: what is over goes, what may still be asked about stays."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import DatabaseError

from ssp.flows import events, log_check, pruning, sealing, seals
from ssp.flows.events import Kind
from ssp.flows.people import OPERATOR
from ssp.flows.portal import Portal
from ssp.flows.pruning import Pruned
from ssp.models import (
    OutgoingMail,
    columns,
    delivery,
    device,
    event,
    event_block,
    known_browser,
    mail,
    pending,
    session,
    throttle,
    wish,
)
from ssp.web.portal import Site
from tests import rows
from tests.conftest import Clock
from tests.desk import VISIT
from tests.log import blocks, ids, lift_guards, tamper, write
from tests.people import events as logged_events
from tests.people import table
from tests.postgresql import moved

SECOND = timedelta(seconds=1)
NOTHING = {
    "half-done sign-ins": 0,
    "sessions": 0,
    "trusted devices": 0,
    "known browsers": 0,
    "texts and calls": 0,
    "mailed links": 0,
    "sent mails": 0,
    "mails that never left": 0,
    "wishes for mail": 0,
    "counters": 0,
    "events": 0,
}
HOUR = {"counters": 4}
DAY = HOUR | {"half-done sign-ins": 1, "sessions": 2, "mailed links": 1, "sent mails": 1, "wishes for mail": 1}
MONTH = DAY | {"mails that never left": 1, "counters": 5}
KEPT = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "unsent": timedelta(days=30),
    "devices": timedelta(days=60),
    "deliveries": timedelta(days=100),
    "counters": timedelta(days=400),
}


def test_a_fresh_portal_has_nothing_to_drop(site: Site) -> None:
    assert pruning.prune(site) == Pruned(NOTHING, sealed=True, broken_block=None)


@pytest.fixture
def filled(site: Site, clock: Clock) -> None:
    """Give rows of each table that were over just now."""
    at = clock.now()
    with site.database.writing() as connection:
        owner = rows.person(connection, "dora")
        rows.trusted(connection, owner, expires_at=at)
        rows.half_done(connection, owner, expires_at=at, token_hash="begun")
        rows.signed_in(connection, owner, ended_at=at, token_hash="ended")
        rows.signed_in(connection, owner, expires_at=at, token_hash="over")
        rows.mailed(connection, owner, expires_at=at)
        letter = rows.notice(connection, owner)
        mail.sent(connection, letter, at)
        rows.notice(connection, owner, created_at=at)
        throttle.count(connection, "send:a", at, at - SECOND)
        throttle.count(connection, "sign-in:1h:a", at, at - SECOND)
        throttle.count(connection, "forgotten:1h:a", at, at - SECOND)
        throttle.count(connection, "link-tries:a", at, at - SECOND)
        throttle.count(connection, "step-up:a", at, at - SECOND)
        throttle.count(connection, "told:recovery.finished:a", at, at - SECOND)
        wish.add(connection, id="w", what="password", typed="-", address="-", agent="-", request_id="-", created_at=at)
        known_browser.add(connection, id="b", user_id=owner, verifier_hash="-", created_at=at, last_seen_at=at)
        delivery.add(connection, id="d", channel="text", country="US", sent_at=at, status="sent", stage=2)


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    "kept, dropped",
    [
        ("hour", HOUR),
        ("day", DAY),
        ("unsent", MONTH),
        ("devices", MONTH | {"trusted devices": 1}),
        ("deliveries", MONTH | {"trusted devices": 1, "texts and calls": 1}),
        ("counters", MONTH | {"trusted devices": 1, "texts and calls": 1, "known browsers": 1, "counters": 6}),
    ],
)
def test_each_kind_is_kept_for_its_time(kept: str, dropped: dict[str, int], site: Site, clock: Clock) -> None:
    clock.move(seconds=KEPT[kept].total_seconds())
    before = pruning.prune(site).dropped
    assert {name for name in dropped if not before[name]}, "not before its time is over"
    clock.move(seconds=1)
    after = pruning.prune(site).dropped
    assert {name: before[name] + after[name] for name in before} == {**NOTHING, **dropped}


def test_what_is_not_over_stays(site: Site, clock: Clock) -> None:
    at = clock.now()
    with site.database.writing() as connection:
        owner = rows.person(connection, "dora")
        trusted = rows.trusted(connection, owner, expires_at=at + timedelta(days=3650))
        rows.half_done(connection, owner, expires_at=at + timedelta(days=3650), token_hash="begun")
        rows.signed_in(connection, owner, expires_at=at + timedelta(days=3650), token_hash="open")
        waiting = rows.notice(connection, owner, created_at=at + timedelta(days=2970))
        throttle.count(connection, "second-factor:1:x", at, at - SECOND)
        throttle.hold(connection, "second-factor:1:x", at + timedelta(days=36500))
    clock.move(days=3000)
    assert pruning.prune(site).dropped == NOTHING
    with site.database.reading() as connection:
        assert device.by_selector(connection, owner, trusted)
        assert pending.by_token_hash(connection, "begun")
        assert session.by_token_hash(connection, "open")
        assert [each.id for each in mail.waiting(connection, 5, clock.now())] == [waiting]
        assert throttle.read(connection, "second-factor:1:x")


def test_many_are_dropped_a_few_at_a_time(site: Site, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "DROPPED_AT_ONCE", 2)
    with site.database.writing() as connection:
        owner = rows.person(connection, "dora")
        for number in range(5):
            rows.notice(connection, owner, id=f"letter {number}")
    clock.move(days=31)
    sizes: list[int] = []
    real = mail.forget_unsent

    def counted(connection: Connection, at: datetime) -> int:
        sizes.append(real(connection, at))
        return sizes[-1]

    rule = ("mails that never left", pruning.UNSENT_KEPT, counted)
    monkeypatch.setattr(pruning, "_RULES", (rule,))
    assert pruning.prune(site).dropped == {"mails that never left": 5, "counters": 0, "events": 0}
    assert table(site, OutgoingMail) == []
    assert sizes == [2, 2, 1, 0]


# ---- The security log ----

FIVE_YEARS = timedelta(days=1826)


def years_later(portal: Portal, clock: Clock) -> list[int]:
    """Seal what there is, let five years pass, write and seal a little more; return the ids of the old events."""
    old = write(portal, 7)
    sealing.seal(portal)
    clock.move(seconds=FIVE_YEARS.total_seconds())
    write(portal, 4)
    sealing.seal(portal)
    return old


def test_events_go_when_they_are_old_enough_and_not_before(logged: Portal, clock: Clock) -> None:
    old = years_later(logged, clock)
    every = ids(logged)
    assert pruning.prune(logged).dropped == NOTHING
    clock.move(seconds=1)
    assert pruning.prune(logged) == Pruned({**NOTHING, "events": len(old)}, sealed=True, broken_block=None)
    assert ids(logged)[:4] == every[len(old) :]
    report = log_check.verify(logged)
    assert (report.faults, report.pruned, report.unsealed) == ([], len(old), 0)
    assert pruning.prune(logged).dropped == NOTHING
    assert log_check.verify(logged).faults == []


def test_how_long_is_a_setting(make_app: Callable[..., Flask], clock: Clock) -> None:
    site: Site = make_app(keep_events_days=30).extensions["ssp"]
    old = write(site, 1)
    sealing.seal(site)
    clock.move(days=30, seconds=1)
    write(site, 1)
    sealing.seal(site)
    assert pruning.prune(site).dropped["events"] == len(old)


def test_the_log_says_that_it_was_pruned_and_by_whom(site: Site, clock: Clock) -> None:
    old = years_later(site, clock)
    clock.move(seconds=1)
    pruning.prune(site)
    (noted,) = logged_events(site, "log.pruned")
    assert (noted.outcome, noted.reason, noted.subject) == ("done", f"events_{len(old)}", "-")
    assert (noted.actor, noted.request_id) == (OPERATOR.actor, OPERATOR.request_id)


def test_the_newest_block_stays_however_old_it_is(logged: Portal, clock: Clock) -> None:
    write(logged, 7)
    sealing.seal(logged)
    newest = blocks(logged)[-1]
    clock.move(days=4000)
    pruning.prune(logged)
    assert blocks(logged)[0] == newest
    assert log_check.verify(logged).faults == []


def test_events_that_are_not_sealed_stay(logged: Portal, clock: Clock) -> None:
    every = write(logged, 7)
    clock.move(days=4000)
    assert pruning.prune(logged).dropped == NOTHING, "now they are sealed, and their time begins"
    assert ids(logged) == every
    assert log_check.verify(logged).unsealed == 0


def test_pruning_goes_on_from_its_anchor(logged: Portal, clock: Clock) -> None:
    total = 0
    for _ in range(3):
        years_later(logged, clock)
        clock.move(seconds=1)
        total += pruning.prune(logged).dropped["events"]
        report = log_check.verify(logged)
        assert (report.faults, report.pruned) == ([], total)
    assert total > 20


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET agent = '' WHERE id = (SELECT last_id FROM event_block WHERE number = 1)",
        # What is younger would go with what is old, if only the database had to be asked how old it is.
        "UPDATE event_block SET sealed_at = '2001-01-01 00:00:00.000000'",
    ],
)
def test_nothing_is_dropped_that_is_not_as_it_was_sealed(statement: str, logged: Portal, clock: Clock) -> None:
    years_later(logged, clock)
    clock.move(seconds=1)
    tamper(logged, statement)
    before = ids(logged)
    pruned = pruning.prune(logged)
    assert (pruned.dropped, pruned.broken_block) == (NOTHING, 1)
    assert ids(logged)[:-1] == before
    with logged.database.reading() as connection:
        (newest,) = event.newest(connection, 1)
    assert (newest.kind, newest.outcome, newest.reason) == ("log.pruned", "refused", "block_1")


def test_what_is_good_before_a_broken_block_goes(logged: Portal, clock: Clock) -> None:
    years_later(logged, clock)
    clock.move(seconds=1)
    first = blocks(logged)[0]
    tamper(logged, "UPDATE event_block SET marks = '' WHERE number = 2")
    pruned = pruning.prune(logged)
    assert (pruned.dropped, pruned.broken_block) == ({**NOTHING, "events": first.count}, 2)


def test_behind_a_broken_anchor_everything_stays(logged: Portal, clock: Clock) -> None:
    years_later(logged, clock)
    clock.move(seconds=1)
    pruning.prune(logged)
    clock.move(days=4000)
    tamper(logged, "UPDATE event_anchor SET count = count + 1")
    pruned = pruning.prune(logged)
    assert (pruned.dropped["events"], pruned.broken_block) == (0, blocks(logged)[0].number)


def test_two_may_prune_at_once(logged: Portal, clock: Clock) -> None:
    old = years_later(logged, clock)
    clock.move(seconds=1)
    with ThreadPoolExecutor(4) as pool:
        pruned = list(pool.map(lambda _: pruning.prune(logged), range(4)))
    assert sum(each.dropped["events"] for each in pruned) == len(old)
    assert log_check.verify(logged).faults == []


def test_somebody_else_pruned_a_block_first(logged: Portal, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    old = years_later(logged, clock)
    clock.move(seconds=1)
    first = blocks(logged)[0]
    real = seals.anchored

    def late(*given: Any) -> dict[str, Any]:  # noqa: ANN401 - as it was called
        monkeypatch.setattr(seals, "anchored", real)
        with logged.database.writing() as connection:
            assert event_block.move_anchor(connection, **real(*given))
            event.drop_up_to(connection, first.last_id)
        return real(*given)

    monkeypatch.setattr(seals, "anchored", late)
    assert pruning.prune(logged).dropped["events"] == len(old) - first.count
    assert log_check.verify(logged).faults == []


@pytest.mark.postgresql
def test_a_log_that_cannot_be_sealed_is_said(site: Site, postgresql_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "PATIENCE_SECONDS", 0)
    with moved(site, postgresql_url) as portal:
        with portal.database.engine.connect() as other:
            events.record(other, VISIT, Kind.GIVEN_UP)
            assert pruning.prune(portal) == Pruned(NOTHING, sealed=False, broken_block=None)
            other.commit()
        assert pruning.prune(portal).sealed


# ---- Append-only ----


@pytest.mark.parametrize("name", ["event", "event_block", "event_anchor"])
@pytest.mark.parametrize("deed", ['UPDATE {} SET "{}" = "{}"', "DELETE FROM {}"])
def test_the_database_refuses_to_change_the_log(name: str, deed: str, logged: Portal, clock: Clock) -> None:
    years_later(logged, clock)
    clock.move(seconds=1)
    pruning.prune(logged)
    column = "id" if name == "event" else "number"
    statement = deed.format(name, column, column)
    with pytest.raises(DatabaseError, match="append-only"), logged.database.writing() as connection:
        connection.exec_driver_sql(statement)
    with logged.database.writing() as connection:
        lift_guards(connection)
        assert connection.exec_driver_sql(statement).rowcount > 0


@pytest.mark.postgresql
def test_nor_does_it_empty_the_log(postgresql_url: str) -> None:
    engine = create_engine(postgresql_url)
    for name in ("event", "event_block", "event_anchor"):
        with pytest.raises(DatabaseError, match="append-only"), engine.begin() as connection:
            connection.exec_driver_sql(f"TRUNCATE {name}")
    engine.dispose()
