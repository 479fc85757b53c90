"""Sealing: blocks close all events in order, however late one appears, and whoever else seals."""

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from ssp.flows import events, log_check, sealing, seals
from ssp.flows.events import Kind
from ssp.flows.portal import Portal
from ssp.flows.sealing import LogBusyError, Sealed, Sealer
from ssp.infra import key_file
from ssp.infra.crypto import Key, KeyRing
from ssp.models import event, event_block
from ssp.web.portal import Site
from tests.desk import VISIT
from tests.log import blocks, ids, write
from tests.postgresql import moved


def ranges(portal: Portal) -> list[tuple[int, int, int, int]]:
    """Return each block's number, first and last id, and how many events it closes."""
    return [(each.number, each.first_id, each.last_id, each.count) for each in blocks(portal)]


def whole(portal: Portal) -> tuple[int, int]:
    """Return how many events are sealed and how many are not, where nothing is wrong."""
    report = log_check.verify(portal)
    assert report.faults == []
    return report.events, report.unsealed


# ---- In order ----


def test_blocks_close_all_events_one_behind_the_other(logged: Portal) -> None:
    every = write(logged, 7)
    first = every[0]
    sealed = sealing.seal(logged)
    assert (sealed.events, sealed.blocks) == (len(every), -(-len(every) // 3))
    spans = [each[1:3] for each in ranges(logged)]
    assert spans[0][0] == 1 <= first
    assert [start for start, _ in spans[1:]] == [end + 1 for _, end in spans[:-1]]
    assert spans[-1][1] == every[-1]
    assert [each.number for each in blocks(logged)] == list(range(1, sealed.blocks + 1))
    assert whole(logged) == (len(every), 0)


def test_what_is_sealed_is_not_sealed_again(logged: Portal) -> None:
    every = write(logged, 4)
    sealing.seal(logged)
    before = blocks(logged)
    assert sealing.seal(logged) == Sealed()
    write(logged, 1)
    assert sealing.seal(logged) == Sealed(1, 1)
    assert blocks(logged)[:-1] == before
    assert whole(logged) == (len(every) + 1, 0)


def test_ids_may_have_gaps(logged: Portal) -> None:
    write(logged, 1)
    with logged.database.writing() as connection:
        events.record(connection, VISIT, Kind.DEFERRED)
        connection.rollback()
    every = write(logged, 1)
    sealing.seal(logged)
    assert whole(logged) == (len(every), 0)


def test_without_events_there_is_nothing_to_seal(logged: Portal) -> None:
    sealing.seal(logged)
    assert sealing.seal(logged) == Sealed()
    assert whole(logged)[1] == 0


def test_the_operators_log_has_each_digest(logged: Portal, caplog: pytest.LogCaptureFixture) -> None:
    write(logged, 1)
    with caplog.at_level(logging.INFO, "ssp"):
        sealing.seal(logged)
    lines = [each.getMessage() for each in caplog.records if each.name == "ssp.seals"]
    assert lines == [
        f"block {each.number} closes events {each.first_id} to {each.last_id}, digest {each.digest}"
        for each in blocks(logged)
    ]
    assert lines


# ---- Late ones ----


@contextmanager
def writing_meanwhile(portal: Portal) -> Iterator[Callable[[], None]]:
    """Write an event in a transaction of its own; give what commits it."""
    engine = create_engine(portal.database.engine.url)
    connection = engine.connect()
    events.record(connection, VISIT, Kind.GIVEN_UP)
    try:
        yield connection.commit
    finally:
        connection.close()
        engine.dispose()


@pytest.fixture
def postgresql_portal(site: Site, postgresql_url: str) -> Iterator[Portal]:
    """Give a portal on the database that has several writers."""
    with moved(site, postgresql_url) as portal:
        yield portal


@pytest.mark.postgresql
def test_no_block_closes_over_an_event_that_is_still_to_come(postgresql_portal: Portal) -> None:
    portal = postgresql_portal
    with writing_meanwhile(portal) as commit:
        write(portal, 1)
        assert ids(portal) == [2], "the one before it is not in sight"
        with pytest.raises(LogBusyError):
            sealing.seal(portal, patience=0)
        assert blocks(portal) == []
        commit()
        assert sealing.seal(portal, patience=0) == Sealed(2, 1)
    assert ranges(portal) == [(1, 1, 2, 2)]
    assert whole(portal) == (2, 0)


@pytest.mark.postgresql
def test_an_event_that_never_comes_leaves_a_gap(postgresql_portal: Portal) -> None:
    portal = postgresql_portal
    with writing_meanwhile(portal):
        write(portal, 1)
    assert sealing.seal(portal, patience=0) == Sealed(1, 1)
    assert ranges(portal) == [(1, 1, 2, 1)]
    assert whole(portal) == (1, 0)


@pytest.mark.postgresql
def test_nobody_waits_for_transactions_that_came_later(
    postgresql_portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal = postgresql_portal
    with ExitStack() as stack:
        commit = stack.enter_context(writing_meanwhile(portal))
        write(portal, 1)

        def one_ends_and_another_begins(_seconds: float) -> None:
            assert not later, "nobody waits for the second one"
            commit()
            later.append(stack.enter_context(writing_meanwhile(portal)))

        later: list[Callable[[], None]] = []
        monkeypatch.setattr(time, "sleep", one_ends_and_another_begins)
        assert sealing.seal(portal) == Sealed(2, 1)
        later[0]()
    assert ids(portal) == [1, 2, 3]
    assert sealing.seal(portal) == Sealed(1, 1)
    assert whole(portal) == (3, 0)


@pytest.mark.postgresql
def test_who_only_reads_holds_nothing_up(postgresql_portal: Portal) -> None:
    write(postgresql_portal, 1)
    with postgresql_portal.database.reading() as connection:
        assert event.highest(connection) == 1
        assert sealing.seal(postgresql_portal, patience=0) == Sealed(1, 1)


# ---- Several at once ----


def test_two_at_once_do_no_harm(logged: Portal) -> None:
    every = write(logged, 30)
    with ThreadPoolExecutor(4) as pool:
        sealed = list(pool.map(lambda _: sealing.seal(logged), range(8)))
    assert sum(each.events for each in sealed) == len(every)
    assert whole(logged) == (len(every), 0)


def test_somebody_else_was_faster(logged: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    every = write(logged, 4)
    close = seals.close

    def slow(*given: Any) -> dict[str, Any]:  # noqa: ANN401 - as it was called
        monkeypatch.setattr(seals, "close", close)
        sealing.seal(logged)
        return close(*given)

    monkeypatch.setattr(seals, "close", slow)
    assert sealing.seal(logged) == Sealed()
    assert whole(logged) == (len(every), 0)


# ---- Keys ----


def needed(portal: Portal) -> frozenset[str]:
    """Return the ids of the keys without which the log cannot be verified."""
    with portal.database.reading() as connection:
        return event_block.key_ids(connection)


def test_old_blocks_keep_their_key_and_say_that_they_need_it(site: Site) -> None:
    write(site, 1)
    sealing.seal(site)
    assert needed(site) == {"k1"}
    (first,) = key_file.read(site.settings.key_file).keys
    renewed = replace(site, keys=KeyRing([Key("k2", bytes(range(200, 232))), first]))
    write(renewed, 1)
    sealing.seal(renewed)
    assert needed(renewed) == {"k1", "k2"}
    assert whole(renewed)[1] == 0
    (fault, *_) = log_check.verify(site).faults
    assert fault.words.endswith("was sealed with key 'k2', which is not in the key list")


# ---- On a thread of its own ----


def finish(sealer: Sealer) -> None:
    """Wait for the round that was asked for."""
    timer = sealer._timer  # noqa: SLF001 - the thread itself
    assert timer
    timer.join()


def test_the_sealer_seals_a_little_later(site: Site) -> None:
    every = write(site, 1)
    sealer = Sealer(site, pause=0)
    sealer.nudge()
    finish(sealer)
    assert whole(site) == (len(every), 0)
    write(site, 1)
    sealer.nudge()
    finish(sealer)
    sealer.close()
    assert whole(site) == (len(every) + 1, 0)


def test_one_round_gathers_what_is_written_until_then(site: Site) -> None:
    write(site, 1)
    sealer = Sealer(site, pause=3600)
    sealer.nudge()
    first = sealer._timer  # noqa: SLF001 - the thread itself
    sealer.nudge()
    assert sealer._timer is first  # noqa: SLF001 - likewise
    sealer.close()
    assert blocks(site) == [], "what is left is for whoever comes next"


def test_a_sealer_that_was_never_asked_ends_as_well(site: Site) -> None:
    Sealer(site).close()
    assert blocks(site) == []


@pytest.mark.parametrize(
    "error, words",
    [
        (LogBusyError(), "events wait for their seal: some other program keeps a transaction on them open"),
        (OperationalError("", {}, Exception("gone")), "events wait for their seal: the database does not answer"),
    ],
)
def test_what_goes_wrong_is_said_and_tried_again(
    error: Exception, words: str, site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_portal: Portal) -> None:
        raise error

    every = write(site, 1)
    sealer = Sealer(site, pause=0)
    with monkeypatch.context() as patch:
        patch.setattr(sealing, "seal", fail)
        sealer.nudge()
        finish(sealer)
    assert [each.getMessage() for each in caplog.records if each.name == "ssp.seals"] == [words]
    sealer.nudge()
    finish(sealer)
    sealer.close()
    assert whole(site) == (len(every), 0)
