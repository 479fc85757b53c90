"""Rotating keys on both databases: everything is sealed anew, nothing is lost, whatever comes in between."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Connection, create_engine, select, update
from sqlalchemy.exc import OperationalError

from ssp.authenticators import drafts
from ssp.authenticators.protocol import Verdict
from ssp.flows import credentials, forgotten, key_rotation, notices, people
from ssp.flows.forgotten import Forgotten
from ssp.flows.key_rotation import KeyUser, Outcome, RotationError
from ssp.flows.portal import Portal
from ssp.flows.steps import Step
from ssp.infra import schema
from ssp.infra.crypto import BEGUN, NEXT, Key, KeyRing
from ssp.infra.database import Database
from ssp.infra.key_file import KeyFile, KeyFileError, load_keys
from ssp.models import Authenticator, Challenge, OutgoingMail, User, authenticator, event, sealed, user
from ssp.models.columns import table
from tests import rows
from tests.conftest import Clock
from tests.desk import VISIT, Desk
from tests.keys import ONE, line
from tests.people import ADA, BEN, SAM, Phone, hashes, join
from tests.people import table as rows_of

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
Process = Callable[[], Portal]


@pytest.fixture(params=BOTH)
def process(request: pytest.FixtureRequest, make_app: Callable[..., Flask], clock: Clock) -> Iterator[Process]:
    """Give a maker of portals in processes of their own, with one list of keys, on either database."""
    del clock
    databases: list[Database] = []

    def make() -> Portal:
        found: Portal = make_app().extensions["ssp"]
        if request.param == "postgresql":
            databases.append(Database(create_engine(request.getfixturevalue("postgresql_url"))))
            found = replace(found, database=databases[-1])
        return found

    yield make
    for database in databases:
        database.engine.dispose()


@pytest.fixture
def portal(process: Process) -> Portal:
    """Give a portal without people."""
    found = process()
    with found.database.writing() as connection:
        connection.execute(table(User).delete())
    return found


@pytest.fixture
def ada(portal: Portal, phone: Phone, clock: Clock) -> Desk:
    """Give Ada, who waits for a text; Sam, who is setting up an app; Ben, whose password is from before; and Cora.

    Somebody forgot a username.
    """
    forgotten.ask(portal, VISIT, Forgotten.USERNAME, ADA.email)
    join(portal, ADA, SAM)
    with portal.database.writing() as connection:
        rows.person(connection, "ben", password_hash=portal.passwords.hash(BEN.password))
        rows.person(connection, "cora", password_hash=None)
    desk = Desk(portal, ADA)
    desk.password()
    desk.begin("text", {"phone": ADA.mobile})
    assert desk.confirm("text", phone.text_code()) is Verdict.ACCEPTED
    clock.move(minutes=11)
    desk = desk.leave()
    desk.password()
    sam = Desk(portal, SAM)
    sam.password()
    sam.begin("totp", {})
    return desk


def list_of(portal: Portal) -> tuple[Key, ...]:
    return KeyFile(portal.settings.key_file).read().keys


def sealing_keys(portal: Portal) -> set[str]:
    """Return the ids of all keys with which anything is sealed; what is not sealed counts as its own."""
    with portal.database.reading() as connection:
        values = [
            value
            for column in (sealed.PASSWORDS, sealed.OPTIONS, sealed.CODES, sealed.LINKS, sealed.WISHES)
            for value in connection.scalars(select(column.value).where(column.value.is_not(None)))
        ]
    return {str(value).partition(".")[0] for value in values}


def counted(outcomes: tuple[Outcome, ...]) -> list[tuple[int, int, int]]:
    return [(each.done, each.damaged, each.busy) for each in outcomes]


def kinds(portal: Portal) -> list[tuple[str, str | None]]:
    with portal.database.reading() as connection:
        found = connection.execute(select(table(event.Event)).order_by(table(event.Event).c.id))
        return [(row.kind, row.reason) for row in found if row.kind.startswith("keys.")]


def test_everything_is_sealed_with_the_new_key_and_opens(portal: Portal, ada: Desk, phone: Phone) -> None:
    before = hashes(portal)
    key, outcomes = key_rotation.rotate(portal)
    assert counted(outcomes) == [(3, 0, 0), (2, 0, 0), (1, 0, 0), (1, 0, 0), (0, 0, 0), (0, 0, 0), (1, 0, 0)]
    assert sealing_keys(portal) == {key.id}
    assert [each.id for each in list_of(portal)] == [key.id, "k1"]
    assert list_of(portal)[0].state == "2026-11-22T14:11:07Z"
    assert kinds(portal) == [("keys.rotated", key.id)]
    assert hashes(portal) == before
    assert before["cora"] is None
    (mail,) = [each for each in rows_of(portal, OutgoingMail) if each.link]
    assert "/not-me/" in notices.body(portal, mail)
    assert forgotten.grant(portal) == 1
    assert [each.to for each in rows_of(portal, OutgoingMail)][-1] == ADA.email
    assert ada.answer(phone.text_code()) is Verdict.ACCEPTED
    assert Desk(portal, BEN).password().step is Step.SET_UP


def test_the_next_one_has_a_key_of_its_own(portal: Portal, ada: Desk) -> None:
    del ada
    first, _ = key_rotation.rotate(portal)
    second, outcomes = key_rotation.rotate(portal)
    assert first.id != second.id
    assert counted(outcomes) == [(3, 0, 0), (2, 0, 0), (1, 0, 0), (1, 0, 0), (0, 0, 0), (0, 0, 0), (1, 0, 0)]
    assert [each.id for each in list_of(portal)] == [second.id, first.id, "k1"]


def test_it_goes_in_small_steps(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_rotation, "BATCH", 3)
    with portal.database.writing() as connection:
        for number in range(10):
            rows.person(connection, f"p{number}")
    _, outcomes = key_rotation.rotate(portal)
    assert counted(outcomes) == [(10, 0, 0), *[(0, 0, 0)] * 6]
    assert set(hashes(portal).values()) == {"$argon2id$"}


def test_where_codes_go_is_found_before_during_and_after(portal: Portal, process: Process, ada: Desk) -> None:
    old, shared = process(), f"{ADA.mobile};"
    with portal.database.reading() as connection:
        before = [str(row.fingerprint) for row in rows_of(portal, Authenticator) if row.type == "text"]
        assert before == [portal.keys.digests("fingerprint", shared)[0]]
        assert authenticator.holders(connection, before, 0) == 1
    key_rotation.prepare(portal)
    key_rotation.rotate(portal)
    after = [str(row.fingerprint) for row in rows_of(portal, Authenticator) if row.type == "text"]
    assert after != before
    for ring in (portal.keys, old.keys, load_keys(portal.settings.key_file)):
        assert drafts.fingerprints(ring, shared)[0] == after[0]
        assert before[0] in drafts.fingerprints(ring, shared)
    assert [row.fingerprint for row in rows_of(portal, Authenticator) if row.type == "totp"] == [None]
    assert ada.attempt.held


def test_what_does_not_open_is_left_as_it_is_and_said(portal: Portal, ada: Desk) -> None:
    del ada
    columns = table(User)
    with portal.database.writing() as connection:
        ben = connection.scalar(select(columns.c.password_hash).where(columns.c.username == "ada"))
        connection.execute(update(User).where(User.username == "ben").values(password_hash=ben))
        connection.execute(update(Challenge).where(Challenge.code.is_not(None)).values(code="k9.AAAA"))
    key, outcomes = key_rotation.rotate(portal)
    assert counted(outcomes) == [(2, 1, 0), (2, 0, 0), (0, 1, 0), (1, 0, 0), (0, 0, 0), (0, 0, 0), (1, 0, 0)]
    assert sealing_keys(portal) == {key.id, "k1", "k9"}
    assert list_of(portal)[0].state not in {"", BEGUN}
    assert key_rotation.never_sealed(portal) == {"codes on their way": 1}
    assert key_rotation.standings(portal)[1].needed_by == ("passwords: 1",)


@pytest.mark.parametrize("failing", [1, 2, 3])
def test_a_run_that_was_interrupted_is_completed_by_the_next(
    portal: Portal, ada: Desk, phone: Phone, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    calls, whole = [], sealed.replace

    def full(connection: Connection, *arguments: object) -> None:
        calls.append(arguments)
        if len(calls) == failing:
            raise OperationalError("UPDATE", None, Exception("database or disk is full"))
        whole(connection, *arguments)  # type: ignore[arg-type] # as it was called

    with monkeypatch.context() as disk:
        disk.setattr(sealed, "replace", full)
        with pytest.raises(OperationalError):
            key_rotation.rotate(portal)
    begun = list_of(portal)[0]
    assert begun.state == BEGUN
    assert Desk(portal, BEN).password().step is Step.SET_UP
    with pytest.raises(RotationError, match="is not finished"):
        key_rotation.drop(portal)
    key, _ = key_rotation.rotate(portal)
    assert key.id == begun.id
    assert [each.id for each in list_of(portal)] == [begun.id, "k1"]
    assert sealing_keys(portal) == {begun.id}
    assert ada.answer(phone.text_code()) is Verdict.ACCEPTED


def test_a_list_that_cannot_be_written_changes_nothing(
    portal: Portal, ada: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError("No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(Path, "replace", full)
        with pytest.raises(KeyFileError, match="No space left on device"):
            key_rotation.rotate(portal)
    assert [each.id for each in list_of(portal)] == ["k1"]
    assert "k1" in sealing_keys(portal)
    assert ada.attempt.held


def test_two_at_once_end_with_one_key(
    portal: Portal, process: Process, ada: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    del ada
    other, count = process(), sealed.count
    others: list[str] = []

    def meanwhile(*arguments: object) -> int:
        if not others:
            others.append("begun")
            others.append(key_rotation.rotate(other)[0].id)
        return count(*arguments)  # type: ignore[arg-type] # as it was called

    monkeypatch.setattr(sealed, "count", meanwhile)
    key, _ = key_rotation.rotate(portal)
    assert others == ["begun", key.id]
    assert [each.id for each in list_of(portal)] == [key.id, "k1"]
    assert list_of(portal)[0].state == "2026-11-22T14:11:07Z"
    assert sealing_keys(portal) == {key.id}


def test_nothing_is_sealed_with_a_key_that_is_not_the_lists(portal: Portal, ada: Desk) -> None:
    del ada
    before = sealing_keys(portal)
    deaf = replace(portal, keys=KeyRing([Key("k1", ONE)]))
    with pytest.raises(RotationError, match="the list of keys changed meanwhile"):
        key_rotation.rotate(deaf)
    assert sealing_keys(portal) == before
    assert list_of(portal)[0].state == BEGUN


@pytest.mark.postgresql
def test_rows_that_somebody_holds_are_waited_for_and_then_left(
    make_app: Callable[..., Flask], postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_rotation, "ROUNDS", 3)
    monkeypatch.setattr(key_rotation, "ROUND_SECONDS", 0)
    impatient = {"options": "-c lock_timeout=5s"}
    database = Database(create_engine(postgresql_url, connect_args=impatient))
    portal: Portal = replace(make_app().extensions["ssp"], database=database)
    join(portal, ADA, BEN)
    with database.writing() as connection:
        people.find(connection, "ben", lock=True)
        key, outcomes = key_rotation.rotate(portal)
        assert counted(outcomes)[0] == (1, 0, 1)
        assert list_of(portal)[0].state == BEGUN
    again, outcomes = key_rotation.rotate(portal)
    assert again.id == key.id
    assert counted(outcomes)[0] == (1, 0, 0)
    assert sealing_keys(portal) == {key.id}
    database.engine.dispose()


def test_a_database_says_whether_it_needs_its_keys(portal: Portal) -> None:
    assert not schema.holds_sealed_values(portal.database)
    with portal.database.writing() as connection:
        rows.person(connection, "dora")  # with a hash from elsewhere
    assert not schema.holds_sealed_values(portal.database)
    join(portal, ADA)
    assert schema.holds_sealed_values(portal.database)


def test_a_prepared_key_opens_until_the_next_rotation_takes_it(portal: Portal, ada: Desk) -> None:
    del ada
    key = key_rotation.prepare(portal)
    assert key_rotation.prepare(portal) == key
    assert [(each.id, each.state) for each in list_of(portal)] == [("k1", ""), (key.id, NEXT)]
    assert portal.keys.seal("code", "row", "x").startswith("k1.")
    assert key_rotation.rotate(portal)[0].id == key.id
    assert [each.id for each in list_of(portal)] == [key.id, "k1"]


def test_old_keys_are_dropped_once_nothing_needs_them(portal: Portal, ada: Desk, clock: Clock, phone: Phone) -> None:
    assert key_rotation.drop(portal) == ((), ())
    first, _ = key_rotation.rotate(portal)
    with pytest.raises(RotationError, match="old ones can be dropped from 15:11 UTC on"):
        key_rotation.drop(portal)
    clock.move(minutes=5)
    assert ada.answer(phone.text_code()) is Verdict.ACCEPTED
    clock.move(minutes=56)
    prepared = key_rotation.prepare(portal)
    gone, needed = key_rotation.drop(portal)
    assert ([key.id for key in gone], needed) == (["k1"], ())
    assert [each.id for each in list_of(portal)] == [first.id, prepared.id]
    assert kinds(portal)[-1] == ("keys.dropped", "k1")
    assert Desk(portal, BEN).password().step is Step.SET_UP


def test_dropping_seals_what_an_older_list_sealed_meanwhile(portal: Portal, ada: Desk, clock: Clock) -> None:
    del ada
    with portal.database.reading() as connection:
        ben = people.find(connection, "ben")
    stale = credentials.seal(KeyRing(list_of(portal)), ben.selector, credentials.stored(portal, ben) or "")
    key_rotation.rotate(portal)
    with portal.database.writing() as connection:
        user.replace_hash(connection, ben.id, stale)
    clock.move(hours=2)
    gone, _ = key_rotation.drop(portal)
    assert [key.id for key in gone] == ["k1"]
    assert Desk(portal, BEN).password().step is Step.SET_UP


def test_keys_that_something_needs_stay(
    portal: Portal, ada: Desk, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    del ada
    monkeypatch.setattr(key_rotation, "KEY_USERS", (KeyUser("the old book", lambda _: {"k1"}),))
    first, _ = key_rotation.rotate(portal)
    key_rotation.rotate(portal)
    clock.move(hours=2)
    gone, needed = key_rotation.drop(portal)
    assert [key.id for key in gone] == [first.id]
    assert [(each.key.id, each.needed_by) for each in needed] == [("k1", ("the old book",))]
    assert [each.id for each in list_of(portal)][1:] == ["k1"]


def test_a_first_key_that_was_put_there_by_hand_counts_from_the_files_time(portal: Portal, clock: Clock) -> None:
    path = portal.settings.key_file
    path.write_text(line("byhand", ONE) + path.read_text())
    at = path.stat().st_mtime
    clock.move(seconds=at - clock.now().timestamp())
    with pytest.raises(RotationError, match="is too new"):
        key_rotation.drop(portal)
    clock.move(minutes=61)
    assert [key.id for key in key_rotation.drop(portal)[0]] == ["k1"]


def test_a_list_from_before_there_was_a_look_up_key_goes_on_with_its_digests(
    make_app: Callable[..., Flask], tmp_path: Path
) -> None:
    path = tmp_path / "instance" / "keys.txt"
    text = path.read_text().splitlines(keepends=True)[0]
    path.write_text(text)
    portal: Portal = make_app().extensions["ssp"]
    before = portal.keys.mac("address", "198.51.100.7"), portal.keys.lasting("flask")
    key_rotation.rotate(portal)
    for ring in (portal.keys, load_keys(path)):
        assert (ring.mac("address", "198.51.100.7"), ring.lasting("flask")) == before
    assert path.read_text().splitlines()[-1] == text.strip().replace("k1 ", "lookup ")
