"""Counters that outlive codes, sign-ins, cookies and restarts. Counting comes first, checking second."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection, String, bindparam, case, delete, or_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from ssp.extensions import Base
from ssp.models.columns import Instant, columns, first, table


class Throttle(Base):
    """One counter. `held_until` is when the next try is allowed again."""

    __tablename__ = "throttle"

    key: Mapped[str] = mapped_column(String(128), primary_key=True)
    count: Mapped[int]
    since: Mapped[datetime] = mapped_column(Instant)
    held_until: Mapped[datetime | None] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant, index=True)


_throttles = table(Throttle)
_BY_KEY = columns(Throttle).where(_throttles.c.key == bindparam("key"))


def read(connection: Connection, key: str) -> Throttle | None:
    """Return a counter as it is."""
    return first(connection, _BY_KEY, Throttle, key=key)


def count(connection: Connection, key: str, at: datetime, window_began: datetime) -> int:
    """Add one to a counter, from zero again if it began before the window; return the new count."""
    upsert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = upsert(Throttle).values(key=key, count=1, since=at, updated_at=at)
    old = Throttle.since <= window_began
    statement = statement.on_conflict_do_update(
        index_elements=["key"],
        set_={
            "count": case((old, 1), else_=Throttle.count + 1),
            "since": case((old, at), else_=Throttle.since),
            "updated_at": at,
        },
    )
    found: int = connection.execute(statement.returning(Throttle.count)).scalar_one()
    return found


def give_back(connection: Connection, keys: Iterable[str]) -> None:
    """Take one off counters, because what they counted did not happen.

    One after the other: whoever counts takes the rows in this order, too, so that nobody waits for each other.
    """
    for key in keys:
        lower = update(Throttle).where(Throttle.key == key, Throttle.count > 0)
        connection.execute(lower.values(count=Throttle.count - 1))


def hold(connection: Connection, key: str, until: datetime) -> None:
    """Allow no further try before a moment."""
    connection.execute(update(Throttle).where(Throttle.key == key).values(held_until=until))


def begin_hold(connection: Connection, key: str, at: datetime, span: timedelta) -> bool:
    """Hold a counter until its window is over; False if it is held already, so that this is said once."""
    row = read(connection, key)
    if row is None:
        return False
    free = update(Throttle).where(Throttle.key == key, or_(Throttle.held_until.is_(None), Throttle.held_until <= at))
    return connection.execute(free.values(held_until=row.since + span).returning(Throttle.key)).first() is not None


def clear(connection: Connection, key: str) -> None:
    """Forget a counter, because the right answer came."""
    connection.execute(delete(Throttle).where(Throttle.key == key))


def clear_under(connection: Connection, prefix: str) -> int:
    """Forget all counters whose key begins so; return how many they were."""
    return connection.execute(delete(Throttle).where(Throttle.key.startswith(prefix, autoescape=True))).rowcount


def forget_before(connection: Connection, at: datetime) -> int:
    """Drop counters that were not touched since a moment and hold nobody; return how many they were."""
    free = or_(Throttle.held_until.is_(None), Throttle.held_until < at)
    return connection.execute(delete(Throttle).where(Throttle.updated_at < at, free)).rowcount
