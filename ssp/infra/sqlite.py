"""How SQLite is kept safe and fast, whoever else works on the file.

Writers take SQLite's lock at the start (`BEGIN IMMEDIATE`): a transaction that reads first and then turns to writing
fails at once with "database is locked", whatever the time-out.
"""

import contextlib
import sqlite3
import time
from pathlib import Path

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DisconnectionError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

BUSY_MS = 5000
LOOK_AGAIN_SECONDS = 0.0005
# What `began` is told by the execution option `writes`; without it a transaction only reads.
WRITES, WRITES_AT_ONCE = "in turn", "at once"
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    # FULL keeps throttle counters and spent codes through a power loss; it costs 0.7 ms a sign-in.
    "PRAGMA synchronous=FULL",
    f"PRAGMA busy_timeout={BUSY_MS}",
    "PRAGMA foreign_keys=ON",
    "PRAGMA secure_delete=ON",
    "PRAGMA cache_size=-16000",
)
_FILE = "ssp.file"


def prepare(engine: Engine) -> None:
    """Set each of an engine's connections up."""
    event.listen(engine, "do_connect", _about_to_connect)
    event.listen(engine, "connect", _connected)
    event.listen(engine, "checkout", _still_there)
    event.listen(engine, "begin", _began)


def _about_to_connect(_dialect: object, _record: object, arguments: tuple[str, ...], _options: object) -> None:
    # A new database is for its owner's eyes only, whatever the process's umask.
    with contextlib.suppress(OSError):  # it is there already; or connecting says what is wrong with the place
        if arguments[0] != ":memory:":
            Path(arguments[0]).touch(mode=0o600, exist_ok=False)


def _connected(connection: sqlite3.Connection, record: ConnectionPoolEntry) -> None:
    # The driver would open its own deferred transactions; `_began` opens the right ones.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    path = cursor.execute("PRAGMA database_list").fetchone()[2]
    cursor.close()
    record.info[_FILE] = path, _identity(path)


def _still_there(_connection: object, record: ConnectionPoolEntry, _proxy: object) -> None:
    """Open the file anew if another one stands in its place, such as a backup: what goes to the old one is lost."""
    path, identity = record.info[_FILE]
    if _identity(path) != identity:
        raise DisconnectionError(f"{path} is another file now")


def _identity(path: str) -> tuple[int, int] | None:
    """Return which file this is, or None if there is none. A database in memory has no path, and is always the same."""
    try:
        found = Path(path or "/").stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _began(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes")
    if writes is None:
        connection.exec_driver_sql("BEGIN")
    else:
        _begin_writing(connection, 0 if writes == WRITES_AT_ONCE else BUSY_MS / 1000)


def _begin_writing(connection: Connection, patience: float) -> None:
    """Take SQLite's lock, waiting for other processes as many seconds. Raises OperationalError.

    SQLite's own wait looks again after up to 100 ms: long after a transaction of 5 ms, while others come and go.
    """
    until = time.monotonic() + patience
    connection.exec_driver_sql("PRAGMA busy_timeout=0")
    try:
        while True:
            try:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            except OperationalError as error:
                if not _is_busy(error) or time.monotonic() >= until:
                    raise
                time.sleep(LOOK_AGAIN_SECONDS)
            else:
                return
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={BUSY_MS}")


def _is_busy(error: OperationalError) -> bool:
    """Return whether somebody else has the lock, which passes."""
    # The low byte is the kind, whatever the detail (https://www.sqlite.org/rescode.html).
    return isinstance(error.orig, sqlite3.Error) and error.orig.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
