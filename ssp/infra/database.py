"""The database: short reads, short writes, and how SQLite is kept safe and fast.

Writers take SQLite's lock at the start (`BEGIN IMMEDIATE`): a transaction that reads first and then turns to writing
fails at once with "database is locked", whatever the time-out. A lock per process around writes keeps the waiting fair.
"""

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import IntegrityError

BUSY_MS = 5000
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    # FULL keeps throttle counters and spent codes through a power loss; it costs 0.7 ms a sign-in.
    "PRAGMA synchronous=FULL",
    f"PRAGMA busy_timeout={BUSY_MS}",
    "PRAGMA foreign_keys=ON",
    "PRAGMA secure_delete=ON",
    "PRAGMA cache_size=-16000",
)


class Database:
    """Connections to the portal's database. Never hold one over a password check or a send."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._turn = threading.Lock() if engine.dialect.name == "sqlite" else None
        if engine.dialect.name == "sqlite":
            _prepare_sqlite(engine)
        self._writer = engine.execution_options(writes=True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees one state of the database and writes nothing."""
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a transaction that is committed at the end, or undone by an exception."""
        if self._turn is None:
            with self._writer.begin() as connection:
                yield connection
            return
        with self._turn, self._writer.begin() as connection:
            yield connection

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """Give a transaction that changes tables; committed at the end, or undone by an exception.

        SQLite changes a table by dropping it for a copy, and would drop with each row all that belongs to it.
        """
        if self._turn is None:
            with self.writing() as connection:
                yield connection
            return
        with self._turn, self._writer.connect() as connection:
            pragma = connection.connection.cursor().execute
            pragma("PRAGMA foreign_keys=OFF")  # of no effect inside of a transaction
            try:
                with connection.begin():
                    yield connection
                    _refuse_orphans(connection)
            finally:
                pragma("PRAGMA foreign_keys=ON")


def _refuse_orphans(connection: Connection) -> None:
    """Raise IntegrityError if a row points to one that is not there."""
    orphan = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if orphan is not None:
        raise IntegrityError(
            "PRAGMA foreign_key_check", None, Exception(f"rows of {orphan[0]} belong to no {orphan[2]}")
        )


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "do_connect")
    def about_to_connect(_dialect: object, _record: object, arguments: tuple[str, ...], _options: object) -> None:
        # A new database is for its owner's eyes only, whatever the process's umask.
        with contextlib.suppress(OSError):  # it is there already; or connecting says what is wrong with the place
            if arguments[0] != ":memory:":
                Path(arguments[0]).touch(mode=0o600, exist_ok=False)

    @event.listens_for(engine, "connect")
    def connected(dbapi_connection: sqlite3.Connection, _record: object) -> None:
        # The driver would open its own deferred transactions; `began` opens the right ones.
        dbapi_connection.isolation_level = None
        cursor = dbapi_connection.cursor()
        for pragma in _PRAGMAS:
            cursor.execute(pragma)
        cursor.close()

    @event.listens_for(engine, "begin")
    def began(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
