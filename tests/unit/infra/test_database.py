"""Short reads, short writes, and SQLite kept safe and fast."""

import os
import sqlite3
import stat
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from ssp.infra import database as module
from ssp.infra import sqlite
from ssp.infra.database import Database, NoTurnError


class MidwayError(Exception):
    """Something went wrong in the middle."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ssp.db"


@pytest.fixture
def database(file: Path) -> Iterator[Database]:
    database = Database(create_engine(f"sqlite:///{file}"))
    with database.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE tally (name TEXT PRIMARY KEY, count INTEGER NOT NULL)")
        connection.exec_driver_sql("INSERT INTO tally VALUES ('a', 0)")
    yield database
    database.engine.dispose()


@pytest.fixture
def other(file: Path, database: Database) -> Iterator[Database]:
    """Give the same database as a second process has it: with a lock of its own."""
    del database
    other = Database(create_engine(f"sqlite:///{file}"))
    yield other
    other.engine.dispose()


def count(database: Database) -> int:
    with database.reading() as connection:
        return int(connection.exec_driver_sql("SELECT count FROM tally").scalar_one())


def add_one(database: Database) -> None:
    """Read first and write afterwards, as verbs do."""
    with database.writing() as connection:
        seen = connection.exec_driver_sql("SELECT count FROM tally").scalar_one()
        connection.exec_driver_sql("UPDATE tally SET count = ?", (seen + 1,))


@pytest.mark.parametrize(
    "pragma, value",
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("busy_timeout", 5000),
        ("foreign_keys", 1),
        ("secure_delete", 1),
        ("cache_size", -16000),
    ],
)
def test_every_connection_is_set_up(pragma: str, value: str | int, database: Database) -> None:
    with database.reading() as first, database.reading() as second:
        found = [each.exec_driver_sql(f"PRAGMA {pragma}").scalar_one() for each in (first, second)]
    assert found == [value, value]


def test_a_write_is_kept(database: Database, other: Database) -> None:
    add_one(database)
    assert (count(database), count(other)) == (1, 1)


def stumble(database: Database) -> None:
    """Change rows and tables, and go wrong."""
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE tally SET count = 5")
        connection.exec_driver_sql("CREATE TABLE more (name TEXT)")
        raise MidwayError


def test_an_exception_undoes_the_whole_write(database: Database) -> None:
    with pytest.raises(MidwayError):
        stumble(database)
    assert count(database) == 0
    with database.reading() as connection, pytest.raises(OperationalError, match="no such table"):
        connection.exec_driver_sql("SELECT * FROM more")
    add_one(database)
    assert count(database) == 1, "and the next one may write"


def test_what_a_reader_writes_is_not_kept(database: Database) -> None:
    with database.reading() as connection:
        connection.exec_driver_sql("UPDATE tally SET count = 5")
    assert count(database) == 0


def test_a_reader_sees_one_state(database: Database) -> None:
    with database.reading() as connection:
        before = connection.exec_driver_sql("SELECT count FROM tally").scalar_one()
        add_one(database)
        assert connection.exec_driver_sql("SELECT count FROM tally").scalar_one() == before
    assert count(database) == before + 1


def statements(database: Database) -> list[str]:
    """Return what is sent to SQLite from now on, as SQLite says it."""
    seen: list[str] = []
    with database.engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        raw.set_trace_callback(seen.append)
    return seen


def test_writers_take_the_lock_at_the_start(database: Database) -> None:
    seen = statements(database)
    add_one(database)
    seen = [each for each in seen if not each.startswith("PRAGMA")]
    assert (seen[0], seen[-1]) == ("BEGIN IMMEDIATE", "COMMIT")


def test_readers_take_no_lock(database: Database) -> None:
    seen = statements(database)
    count(database)
    assert (seen[0], seen[-1]) == ("BEGIN", "ROLLBACK")


def test_a_reader_is_not_kept_waiting_by_a_writer(database: Database, other: Database) -> None:
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE tally SET count = 5")
        assert (count(database), count(other)) == (0, 0)
    assert (count(database), count(other)) == (5, 5)


@pytest.mark.parametrize("processes", [1, 2])
def test_writers_never_hear_that_the_database_is_locked(processes: int, database: Database, other: Database) -> None:
    start = threading.Barrier(6)

    def work(own: Database) -> None:
        start.wait()
        for _ in range(20):
            add_one(own)

    owns = [database, other][:processes]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, owns * (6 // processes)))  # raises what any of them raised
    assert count(database) == 120


def test_a_writer_waits_for_another_process(database: Database, other: Database) -> None:
    written = threading.Event()

    def write() -> None:
        add_one(other)
        written.set()

    thread = threading.Thread(target=write)
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE tally SET count = 5")
        thread.start()
        assert not written.wait(0.2)
    thread.join()
    assert count(database) == 6


def test_no_writer_waits_for_another_process_without_an_end(
    database: Database, other: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_MS", 20)
    with database.writing(), pytest.raises(OperationalError, match="locked"):
        add_one(other)
    add_one(other)
    assert count(database) == 1


def test_what_does_not_pass_is_not_waited_for(database: Database, file: Path) -> None:
    del database
    unwritable = Database(create_engine(f"sqlite:///file:{file}?mode=ro&uri=true"))
    began = time.monotonic()
    with pytest.raises(OperationalError, match="readonly"):
        add_one(unwritable)
    assert time.monotonic() - began < 2.5
    unwritable.engine.dispose()


def test_no_writer_waits_for_its_turn_without_an_end(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TURN_SECONDS", 0.02)
    with database.writing(), ThreadPoolExecutor(1) as pool:
        with pytest.raises(NoTurnError):
            pool.submit(add_one, database).result()
        assert count(database) == 0
    add_one(database)
    assert count(database) == 1


def add_one_at_once(database: Database) -> None:
    with database.writing_at_once() as connection:
        connection.exec_driver_sql("UPDATE tally SET count = count + 1")


def test_what_may_be_left_out_waits_for_nobody(database: Database, other: Database) -> None:
    with database.writing():
        for own, error in ((other, OperationalError), (database, NoTurnError)):
            began = time.monotonic()
            with ThreadPoolExecutor(1) as pool, pytest.raises(error):
                pool.submit(add_one_at_once, own).result()
            assert time.monotonic() - began < 2.5  # SQLite alone would wait for five seconds
    for own in (database, other):
        add_one_at_once(own)
        with own.reading() as connection:
            assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one() == 5000
    assert count(database) == 2


def test_a_savepoint_is_undone_alone(database: Database) -> None:
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE tally SET count = 1")
        with connection.begin_nested() as savepoint:
            connection.exec_driver_sql("UPDATE tally SET count = 2")
            savepoint.rollback()
        connection.exec_driver_sql("UPDATE tally SET count = count + 10")
    assert count(database) == 11


def test_foreign_keys_hold(database: Database) -> None:
    with database.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE child (tally TEXT REFERENCES tally (name) ON DELETE CASCADE)")
        connection.exec_driver_sql("INSERT INTO child VALUES ('a')")
        connection.exec_driver_sql("DELETE FROM tally")
        assert connection.exec_driver_sql("SELECT count(*) FROM child").scalar_one() == 0


def test_what_is_deleted_is_overwritten(database: Database, file: Path) -> None:
    with database.writing() as connection:
        connection.exec_driver_sql("INSERT INTO tally VALUES ('canary-in-the-file', 1)")
    with database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM tally WHERE count = 1")
    database.engine.dispose()
    assert b"canary-in-the-file" not in file.read_bytes()
    assert [each.name for each in file.parent.iterdir()] == ["ssp.db"]


# ---- The file ----


def test_a_new_database_is_for_its_owners_eyes_only(tmp_path: Path) -> None:
    before = os.umask(0)
    database = Database(create_engine(f"sqlite:///{tmp_path / 'ssp.db'}"))
    try:
        with database.writing() as connection:
            connection.exec_driver_sql("CREATE TABLE tally (name TEXT)")
            modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    finally:
        os.umask(before)
        database.engine.dispose()
    assert set(modes) >= {"ssp.db", "ssp.db-wal"}
    assert set(modes.values()) == {0o600}


def test_a_database_that_is_there_stays_as_it_is(database: Database, file: Path) -> None:
    database.engine.dispose()
    file.chmod(0o640)
    os.utime(file, (1, 1))
    assert count(database) == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert file.stat().st_mtime == 1


def test_another_file_in_its_place_is_opened(database: Database, file: Path) -> None:
    add_one(database)
    with closing(sqlite3.connect(file)) as old, closing(sqlite3.connect(file.with_name("backup"))) as backup:
        old.backup(backup)
    add_one(database)
    for each in (file.with_name("ssp.db-wal"), file.with_name("ssp.db-shm")):
        each.unlink()
    file.with_name("backup").replace(file)
    assert count(database) == 1
    add_one(database)
    with closing(sqlite3.connect(file)) as found:
        assert found.execute("SELECT count FROM tally").fetchone() == (2,)


def test_a_file_that_is_gone_is_told_and_found_again(database: Database, file: Path) -> None:
    add_one(database)
    with database.reading() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    away = file.rename(file.with_name("away"))
    with pytest.raises(OperationalError, match="no such table"):
        count(database)
    away.replace(file)
    assert count(database) == 1


def test_a_place_that_is_not_there_is_told(tmp_path: Path) -> None:
    database = Database(create_engine(f"sqlite:///{tmp_path / 'nowhere' / 'ssp.db'}"))
    with pytest.raises(OperationalError, match="unable to open database file"):
        count(database)


def test_a_database_in_memory_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    database = Database(create_engine("sqlite://"))
    with database.reading() as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar_one() == 1
    database.engine.dispose()
    assert list(tmp_path.iterdir()) == []
