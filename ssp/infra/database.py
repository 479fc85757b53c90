"""The database: short reads, short writes, and no wait without an end.

A lock per process around SQLite's writes keeps the waiting fair; SQLite's own is not.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, make_url
from sqlalchemy.exc import IntegrityError, TimeoutError  # noqa: A004 - SQLAlchemy's own, which callers know

from ssp.infra import postgresql, sqlite

# For the writers of this process; SQLite's own limit for those of others comes on top of it.
TURN_SECONDS = 2.0
# What may be left out waits for others of this process no longer than anybody notices.
MOMENT_SECONDS = 0.2


class NoTurnError(TimeoutError):
    """Other writers took too long. Nothing was written."""


def engine_options(address: str) -> dict[str, Any]:
    """Return how connections to this database are made and kept."""
    # A connection for each thread of `flask serve`, and a few for sends and mail.
    pool = {"hide_parameters": True, "pool_size": 20, "pool_timeout": 3}
    url = make_url(address)
    return pool | (postgresql.options(url) if url.get_backend_name() == "postgresql" else {})


class Database:
    """Connections to the portal's database. Never hold one over a password check or a send."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._sqlite = engine.dialect.name == "sqlite"
        self._turn = threading.Lock()
        (sqlite if self._sqlite else postgresql).prepare(engine)
        self._writer = engine.execution_options(writes=sqlite.WRITES)
        self._hasty_writer = engine.execution_options(writes=sqlite.WRITES_AT_ONCE)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees one state of the database and writes nothing."""
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a transaction that is committed at the end, or undone by an exception. Raises NoTurnError."""
        with self._in_turn(TURN_SECONDS), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def writing_at_once(self) -> Iterator[Connection]:
        """Give a transaction for what may as well be left out; SQLite's raises an error rather than wait long."""
        with self._in_turn(MOMENT_SECONDS), self._hasty_writer.begin() as connection:
            yield connection

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """Give a transaction that changes tables; committed at the end, or undone by an exception.

        SQLite changes a table by dropping it for a copy, and would drop with each row all that belongs to it.
        """
        if not self._sqlite:
            with self.writing() as connection:
                postgresql.unlimited(connection)
                yield connection
            return
        with self._in_turn(TURN_SECONDS), self._writer.connect() as connection:
            pragma = connection.connection.cursor().execute
            pragma("PRAGMA foreign_keys=OFF")  # of no effect inside of a transaction
            try:
                with connection.begin():
                    yield connection
                    _refuse_orphans(connection)
            finally:
                pragma("PRAGMA foreign_keys=ON")

    @contextmanager
    def _in_turn(self, seconds: float) -> Iterator[None]:
        """Let one writer of this process after the other through, where the database takes one at a time."""
        if not self._sqlite:
            yield
            return
        if not self._turn.acquire(timeout=seconds):
            raise NoTurnError("other writers took too long")
        try:
            yield
        finally:
            self._turn.release()


def _refuse_orphans(connection: Connection) -> None:
    """Raise IntegrityError if a row points to one that is not there."""
    orphan = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if orphan is not None:
        raise IntegrityError(
            "PRAGMA foreign_key_check", None, Exception(f"rows of {orphan[0]} belong to no {orphan[2]}")
        )
