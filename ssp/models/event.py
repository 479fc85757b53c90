"""The security log: what happened to whom, by whom, with which outcome.

Rows are added, never changed. Triggers see to it; they let the rows go that an anchor says were pruned (`event_block`).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Connection, Integer, String, bindparam, delete, func, insert, select, text
from sqlalchemy.orm import Mapped, mapped_column

from ssp.extensions import Base
from ssp.models.columns import ID_LENGTH, Instant, columns, rows, table


class Event(Base):
    """One thing that happened. It outlives the people and authenticators that it names, so it points to no row."""

    __tablename__ = "event"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant, index=True)
    kind: Mapped[str] = mapped_column(String(40))
    outcome: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(40))
    user_id: Mapped[int | None] = mapped_column(index=True)
    subject: Mapped[str] = mapped_column(String(80))
    actor: Mapped[str] = mapped_column(String(80))
    authenticator_type: Mapped[str | None] = mapped_column(String(16))
    authenticator_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    address: Mapped[str] = mapped_column(String(45))
    agent: Mapped[str] = mapped_column(String(300))
    request_id: Mapped[str] = mapped_column(String(22))


_events = table(Event)
_OF_USER = (
    columns(Event)
    .where(_events.c.user_id == bindparam("user_id"))
    .order_by(_events.c.id.desc())
    .limit(bindparam("most"))
)
_NEWEST = columns(Event).order_by(_events.c.id.desc()).limit(bindparam("most"))
# Only commands ask so, and few rows lie in the time around a request; an index would cost each event a little.
_OF_REQUEST = (
    columns(Event)
    .where(_events.c.request_id == bindparam("request_id"))
    .order_by(_events.c.id)
    .limit(bindparam("most"))
)
_JUST_BEFORE = (
    columns(Event)
    .where(
        _events.c.at >= bindparam("since"), _events.c.id < bindparam("event_id"), _events.c.subject == bindparam("whom")
    )
    .order_by(_events.c.id.desc())
    .limit(bindparam("most"))
)
_JUST_AFTER = (
    columns(Event)
    .where(
        _events.c.at <= bindparam("until"), _events.c.id > bindparam("event_id"), _events.c.subject == bindparam("whom")
    )
    .order_by(_events.c.id)
    .limit(bindparam("most"))
)
_OF_OWNER = (
    columns(Event)
    .where(
        _events.c.user_id == bindparam("user_id"),
        _events.c.id < bindparam("before"),
        (_events.c.kind + " " + _events.c.outcome).in_(bindparam("told", expanding=True)),
    )
    .order_by(_events.c.id.desc())
    .limit(bindparam("most"))
)
_PROOFS = columns(Event).where(
    _events.c.user_id == bindparam("user_id"),
    _events.c.kind == bindparam("proof"),
    _events.c.outcome == bindparam("went"),
    _events.c.id.between(bindparam("first"), bindparam("last")),
)
_BETWEEN = (
    columns(Event)
    .where(_events.c.id.between(bindparam("first"), bindparam("last")))
    .order_by(_events.c.id)
    .limit(bindparam("most"))
)
_HIGHEST = select(func.max(_events.c.id))
_ABOVE = select(func.count(), func.min(_events.c.at)).where(_events.c.id > bindparam("last"))
_UP_TO = select(func.count()).where(_events.c.id <= bindparam("last"))
_DROP = delete(_events).where(_events.c.id <= bindparam("last"))
# Whoever writes rows holds this lock from before the first one gets its id to the end of the transaction.
_WRITERS = text(
    "SELECT virtualtransaction FROM pg_locks WHERE locktype = 'relation' AND relation = 'event'::regclass "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
    "AND mode = 'RowExclusiveLock' AND granted AND pid IS DISTINCT FROM pg_backend_pid()"
)


def add(connection: Connection, **values: object) -> None:
    """Write one event."""
    connection.execute(insert(Event), values)


def of_user(connection: Connection, user_id: int, most: int) -> list[Event]:
    """Return a person's newest events."""
    return rows(connection, _OF_USER, Event, user_id=user_id, most=most)


def of_request(connection: Connection, request_id: str, most: int) -> list[Event]:
    """Return the events of one request, the oldest first."""
    return rows(connection, _OF_REQUEST, Event, request_id=request_id, most=most)


def just_before(connection: Connection, row: Event, subject: str, span: timedelta, most: int) -> list[Event]:
    """Return what the log has of somebody in the time before an event, the newest of it, the oldest first."""
    values = {"event_id": row.id, "since": row.at - span, "whom": subject, "most": most}
    return rows(connection, _JUST_BEFORE, Event, **values)[::-1]


def just_after(connection: Connection, row: Event, subject: str, span: timedelta, most: int) -> list[Event]:
    """Return what the log has of somebody in the time after an event, the oldest first."""
    values = {"event_id": row.id, "until": row.at + span, "whom": subject, "most": most}
    return rows(connection, _JUST_AFTER, Event, **values)


def of_owner(connection: Connection, user_id: int, before: int, told: Iterable[str], most: int) -> list[Event]:
    """Return a person's events below an id, the newest first. `told` are kinds with an outcome: "kind outcome"."""
    return rows(connection, _OF_OWNER, Event, user_id=user_id, before=before, told=list(told), most=most)


def proofs(connection: Connection, user_id: int, kind: str, outcome: str, first: int, last: int) -> list[Event]:  # noqa: PLR0913, PLR0917 - which rows
    """Return a person's events of one kind and outcome between two ids."""
    values = {"proof": kind, "went": outcome, "first": first, "last": last}
    return rows(connection, _PROOFS, Event, user_id=user_id, **values)


def newest(connection: Connection, most: int) -> list[Event]:
    """Return the newest events, the newest first."""
    return rows(connection, _NEWEST, Event, most=most)


def between(connection: Connection, first: int, last: int, most: int) -> list[Event]:
    """Return the events with ids from `first` to `last`, at most so many, the oldest first."""
    return rows(connection, _BETWEEN, Event, first=first, last=last, most=most)


def highest(connection: Connection) -> int:
    """Return the highest id that there is; 0 without events."""
    return connection.execute(_HIGHEST).scalar_one() or 0


def writers(connection: Connection) -> frozenset[str]:
    """Return the names of the other transactions that have written events, or may, and have not ended.

    PostgreSQL gives ids out of order: a row of one of these can show up below ids that are there already. SQLite has
    one writer at a time, so there it cannot.
    """
    return frozenset(connection.scalars(_WRITERS)) if connection.dialect.name == "postgresql" else frozenset()


def above(connection: Connection, last: int) -> tuple[int, datetime | None]:
    """Return how many events have a higher id, and the time of the oldest."""
    number, oldest = connection.execute(_ABOVE, {"last": last}).one()
    return number, oldest


def up_to(connection: Connection, last: int) -> int:
    """Return how many events have this id or a lower one."""
    return connection.execute(_UP_TO, {"last": last}).scalar_one()


def drop_up_to(connection: Connection, last: int) -> int:
    """Drop the events up to an id that an anchor covers; return how many they were."""
    return connection.execute(_DROP, {"last": last}).rowcount
