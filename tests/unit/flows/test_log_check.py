"""Verifying: whatever is removed, added, altered or put elsewhere is found, and named."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ssp.flows import events, log_check, pruning, sealing, seals
from ssp.flows.events import Kind
from ssp.flows.portal import Portal
from ssp.infra.crypto import Key, KeyRing
from ssp.models import event, event_block
from tests.conftest import Clock
from tests.desk import VISIT
from tests.keys import TWO
from tests.log import blocks, tamper, write

FIVE_YEARS = timedelta(days=1826)


@pytest.fixture
def sealed(logged: Portal) -> list[int]:
    """Give the ids of the events in four full blocks."""
    every = write(logged, 0)
    every = write(logged, 12 - len(every))
    sealing.seal(logged)
    assert [each.count for each in blocks(logged)] == [3, 3, 3, 3]
    return every


def found(portal: Portal, **given: datetime | str) -> list[tuple[int, str]]:
    """Return the faults: the block and the words of each."""
    report = log_check.verify(portal, **given)  # type: ignore[arg-type] # a moment and a digest
    return [(fault.block, fault.words) for fault in report.faults]


def test_nothing_is_wrong(logged: Portal, sealed: list[int]) -> None:
    report = log_check.verify(logged)
    assert (report.faults, report.blocks, report.events, report.pruned) == ([], 4, 12, 0)
    newest = blocks(logged)[-1]
    assert (report.newest.number, report.newest.digest, report.sealed_at) == (4, newest.digest, newest.sealed_at)
    assert (report.unsealed, report.unsealed_since) == (0, None)
    assert sealed


def test_the_newest_events_may_not_be_sealed_yet(logged: Portal, sealed: list[int], clock: Clock) -> None:
    del sealed
    clock.move(minutes=1)
    write(logged, 2)
    report = log_check.verify(logged)
    assert (report.faults, report.unsealed, report.unsealed_since) == ([], 2, clock.now())


def test_an_empty_log_is_whole(logged: Portal) -> None:
    assert found(logged) == []


# ---- Events ----


@pytest.mark.parametrize(
    "column, value",
    [
        ("kind", "'user.added'"),
        ("outcome", "'failed'"),
        ("reason", "'x'"),
        ("user_id", "7"),
        ("subject", "'ben'"),
        ("actor", "'operator:root'"),
        ("authenticator_type", "'text'"),
        ("authenticator_id", "'x'"),
        ("address", "'203.0.113.1'"),
        ("agent", "''"),
        ("request_id", "'x'"),
        ("at", "'2020-01-01 00:00:00.000000'"),
    ],
)
def test_every_column_counts(column: str, value: str, logged: Portal, sealed: list[int]) -> None:
    victim = sealed[4]
    tamper(logged, f"UPDATE event SET {column} = {value} WHERE id = :victim", victim=victim)  # noqa: S608 - ours
    spans = [(each.first_id, each.last_id) for each in blocks(logged)]
    assert found(logged) == [(2, f"block 2 (events {spans[1][0]} to {spans[1][1]}): event {victim} was altered")]


def test_removed_ones_are_named(logged: Portal, sealed: list[int]) -> None:
    tamper(logged, "DELETE FROM event WHERE id IN (:one, :other)", one=sealed[6], other=sealed[7])
    ((number, words),) = found(logged)
    assert number == 3
    assert words.endswith(f": events {sealed[6]}, {sealed[7]} were removed")


def test_an_added_one_is_named(logged: Portal, sealed: list[int]) -> None:
    with logged.database.writing() as connection:
        events.record(connection, VISIT, Kind.GIVEN_UP)
        connection.rollback()
    gap = write(logged, 1)[-1]
    sealing.seal(logged)
    assert gap > sealed[-1]
    first = blocks(logged)[-1].first_id
    if first == gap:  # SQLite leaves no gap, so one is made
        tamper(logged, "UPDATE event SET id = :away WHERE id = :gap", away=gap + 5, gap=gap)
        assert found(logged)[0][1].endswith(f": event {gap} was removed")
        return
    tamper(logged, "UPDATE event SET id = :first WHERE id = :last", first=first, last=sealed[-1])
    words = [words for _, words in found(logged)]
    assert words[0].endswith(f": event {sealed[-1]} was removed")
    assert words[1].endswith(f": event {first} was added")


def test_many_are_counted(logged: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (sealing, log_check):
        monkeypatch.setattr(module, "MOST_EVENTS", 100)
    every = write(logged, 15)
    sealing.seal(logged)
    tamper(logged, "UPDATE event SET agent = ''")
    ((_, words),) = found(logged)
    named = ", ".join(map(str, every[:10]))
    assert words.endswith(f": events {named} and {len(every) - 10} more were altered")


def test_one_put_before_the_beginning_is_found(logged: Portal, sealed: list[int]) -> None:
    tamper(logged, "UPDATE event SET id = -1 WHERE id = :last", last=sealed[-1])
    assert found(logged)[0] == (0, "there are 1 events up to 0, where none can be")


# ---- Blocks ----


@pytest.mark.parametrize(
    "column, value",
    [
        ("count", "4"),
        ("sealed_at", "'2020-01-01 00:00:00.000000'"),
        ("marks", "marks || ' '"),
        ("digest", f"'{'a' * 64}'"),
    ],
)
def test_an_altered_block_is_found(column: str, value: str, logged: Portal, sealed: list[int]) -> None:
    assert sealed
    tamper(logged, f'UPDATE event_block SET "{column}" = {value} WHERE number = 2')  # noqa: S608 - ours
    faults = found(logged)
    assert faults[0][0] == 2
    assert faults[0][1].endswith(": its own entry was altered")
    assert [number for number, _ in faults[1:]] == ([3] if column == "digest" else [])


def test_a_block_that_claims_other_events_is_found(logged: Portal, sealed: list[int]) -> None:
    tamper(logged, "UPDATE event_block SET last_id = last_id - 1 WHERE number = 2")
    (own, words), (after, follows) = found(logged)
    assert (own, after) == (2, 3)
    assert words.endswith(f": event {sealed[5]} was removed")
    assert follows == "block 3 does not follow block 2: one was put in another's place"


def test_a_block_of_an_unknown_key_is_found(logged: Portal, sealed: list[int]) -> None:
    assert sealed
    tamper(logged, "UPDATE event_block SET key_id = 'k9' WHERE number = 2")
    ((number, words),) = found(logged)
    assert number == 2
    assert words.endswith(" was sealed with key 'k9', which is not in the key list")


def test_marks_of_somebody_who_cannot_make_them_are_found(logged: Portal, sealed: list[int]) -> None:
    tamper(logged, "UPDATE event_block SET marks = 'x' WHERE number = 1")
    assert [number for number, _ in found(logged)] == [1]
    assert sealed


@pytest.mark.parametrize("numbers, words", [((2,), "block 2 is missing"), ((2, 3), "blocks 2 to 3 are missing")])
def test_removed_blocks_are_found(numbers: tuple[int, ...], words: str, logged: Portal, sealed: list[int]) -> None:
    first, last = blocks(logged)[1].first_id, blocks(logged)[numbers[-1] - 1].last_id
    for number in numbers:
        tamper(logged, "DELETE FROM event_block WHERE number = :number", number=number)
    tamper(logged, "DELETE FROM event WHERE id BETWEEN :first AND :last", first=first, last=last)
    assert found(logged) == [(2, f"{words} (events {first} to {last})")]
    assert sealed


def test_removing_the_oldest_does_not_pass_for_pruning(logged: Portal, sealed: list[int]) -> None:
    tamper(logged, "DELETE FROM event_block WHERE number = 1")
    tamper(logged, "DELETE FROM event WHERE id <= :last", last=sealed[2])
    assert found(logged) == [(1, f"block 1 is missing (events 1 to {sealed[2]})")]


def test_blocks_in_another_order_are_found(logged: Portal, sealed: list[int]) -> None:
    assert sealed
    for one, other in ((2, -1), (3, 2), (-1, 3)):
        tamper(logged, "UPDATE event_block SET number = :other WHERE number = :one", one=one, other=other)
    assert {number for number, _ in found(logged)} == {2, 3, 4}


# ---- The end ----


def test_a_digest_from_before_shows_that_the_end_was_cut_off(logged: Portal, sealed: list[int]) -> None:
    digest = blocks(logged)[-1].digest
    assert found(logged, expect=digest) == []
    write(logged, 3)
    sealing.seal(logged)
    assert found(logged, expect=digest) == [], "the log has grown since then"
    tamper(logged, "DELETE FROM event_block WHERE number >= 4")
    tamper(logged, "DELETE FROM event WHERE id > :last", last=sealed[8])
    assert found(logged) == [], "this is why digests are kept elsewhere"
    words = f"no block has the digest {digest}: blocks were cut off, or other events sealed in their place"
    assert found(logged, expect=digest) == [(3, words)]


def test_sealing_other_events_in_their_place_shows_as_well(logged: Portal, sealed: list[int]) -> None:
    digest = blocks(logged)[-1].digest
    tamper(logged, "DELETE FROM event_block WHERE number = 4")
    tamper(logged, "UPDATE event SET agent = '' WHERE id = :last", last=sealed[-1])
    sealing.seal(logged)
    assert found(logged) == []
    assert [number for number, _ in found(logged, expect=digest)] == [4]


# ---- Since ----


def test_only_the_newer_blocks_are_checked(logged: Portal, sealed: list[int], clock: Clock) -> None:
    clock.move(hours=1)
    since = clock.now()
    later = write(logged, 2)[-1]
    sealing.seal(logged)
    tamper(logged, "UPDATE event SET agent = '' WHERE id = :old", old=sealed[0])
    report = log_check.verify(logged, since=since)
    assert (report.faults, report.blocks, report.events) == ([], 1, 2)
    assert log_check.verify(logged, since=since, expect=blocks(logged)[3].digest).faults == [], "what it builds on"
    tamper(logged, "UPDATE event SET agent = '' WHERE id = :new", new=later)
    assert [number for number, _ in found(logged, since=since)] == [5]


def test_a_forged_date_hides_nothing(logged: Portal, sealed: list[int], clock: Clock) -> None:
    since = clock.now() - timedelta(days=1)
    tamper(logged, "UPDATE event SET agent = '' WHERE id = :old", old=sealed[-1])
    tamper(logged, "UPDATE event_block SET sealed_at = :long_ago", long_ago="2020-01-01 00:00:00.000000")
    report = log_check.verify(logged, since=since)
    assert report.blocks == 0
    assert report.faults != []


def test_since_the_beginning_is_everything(logged: Portal, sealed: list[int]) -> None:
    assert log_check.verify(logged, since=datetime(2000, 1, 1, tzinfo=UTC)).events == len(sealed)


def test_since_later_than_the_last_block_is_nothing(logged: Portal, sealed: list[int], clock: Clock) -> None:
    report = log_check.verify(logged, since=clock.now() + timedelta(hours=1))
    assert (report.faults, report.blocks, report.newest.number) == ([], 0, 4)
    assert sealed


# ---- After pruning ----


@pytest.fixture
def pruned(logged: Portal, sealed: list[int], clock: Clock) -> list[int]:
    """Give the ids that are left after the first four blocks were pruned."""
    clock.move(seconds=(FIVE_YEARS + timedelta(days=1)).total_seconds())
    left = write(logged, 3)[len(sealed) :]
    sealing.seal(logged)
    assert pruning.prune(logged).dropped["events"] == len(sealed)
    return left


def test_the_rest_still_verifies(logged: Portal, pruned: list[int]) -> None:
    report = log_check.verify(logged)
    assert (report.faults, report.blocks, report.pruned) == ([], 2, 12), "the event of pruning was sealed, too"
    assert report.events == len(pruned) + 1


def test_an_anchor_that_is_altered_is_found(logged: Portal, pruned: list[int]) -> None:
    assert pruned
    tamper(logged, "UPDATE event_anchor SET count = 3")
    assert found(logged) == [(4, "the anchor behind block 4 was altered")]


def test_an_anchor_of_another_key_is_found(logged: Portal, pruned: list[int]) -> None:
    assert pruned
    other = replace(logged, keys=KeyRing([Key("k1", bytes(range(200, 232)))]))
    assert found(other)[0] == (4, "the anchor behind block 4 was altered")
    other = replace(logged, keys=KeyRing([Key("k9", bytes(range(200, 232)))]))
    assert found(other)[0][1] == "the anchor behind block 4 was sealed with key 'k1', which is not in the key list"


def test_what_was_sealed_before_a_rotation_is_whole_after_it(logged: Portal, pruned: list[int]) -> None:
    assert pruned
    rotated = replace(logged, keys=KeyRing([Key("k2", TWO), logged.keys.current]))
    write(rotated, 3)
    sealing.seal(rotated)
    assert [each.key_id for each in blocks(rotated)] == ["k1", "k1", "k2"]
    assert found(rotated) == []


def test_a_forged_anchor_does_not_hide_what_was_removed(logged: Portal, pruned: list[int]) -> None:
    first = blocks(logged)[0]
    tamper(logged, "DELETE FROM event_block WHERE number = 5")
    tamper(logged, "DELETE FROM event WHERE id <= :last", last=first.last_id)
    values = {"last": first.last_id, "digest": first.digest}
    tamper(logged, "UPDATE event_anchor SET number = 5, last_id = :last, digest = :digest", **values)
    assert found(logged) == [(5, "the anchor behind block 5 was altered")]
    assert pruned


def test_without_an_anchor_the_beginning_is_missing(logged: Portal, pruned: list[int]) -> None:
    tamper(logged, "DELETE FROM event_anchor")
    assert found(logged) == [(1, f"blocks 1 to 4 are missing (events 1 to {pruned[0] - 1})")]


def test_events_that_come_back_are_found(logged: Portal, pruned: list[int]) -> None:
    tamper(logged, "UPDATE event SET id = 2 WHERE id = :first", first=pruned[0])
    assert found(logged)[0] == (4, f"there are 1 events up to {pruned[0] - 1}, where none can be")


def test_pruning_leaves_a_block_so_none_is_too_few(logged: Portal, pruned: list[int]) -> None:
    assert pruned
    tamper(logged, "DELETE FROM event_block")
    assert found(logged) == [(5, "no block is left behind those that were pruned")]


@pytest.mark.parametrize("blocks_away", [1, 3])
def test_pruning_meanwhile_is_no_fault(
    blocks_away: int, logged: Portal, sealed: list[int], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.move(seconds=(FIVE_YEARS + timedelta(days=1)).total_seconds())
    real: Any = log_check.following

    def following(*given: object) -> Any:  # noqa: ANN401 - as it was called
        monkeypatch.setattr(log_check, "following", real)
        for block in blocks(logged)[:blocks_away]:
            with logged.database.writing() as connection:
                event_block.move_anchor(connection, **seals.anchored(logged.keys, block, block.number * 3, clock.now()))
                event.drop_up_to(connection, block.last_id)
        return real(*given)

    monkeypatch.setattr(log_check, "following", following)
    report = log_check.verify(logged)
    assert (report.faults, report.blocks) == ([], 4 - blocks_away)
    assert sealed
