"""The security log: what happened to whom, by what, with which outcome. Rows are added, never changed."""

from datetime import datetime

from sqlalchemy import BigInteger, Connection, Integer, String, bindparam, insert
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


def add(connection: Connection, **values: object) -> None:
    """Write one event."""
    connection.execute(insert(Event), values)


def of_user(connection: Connection, user_id: int, most: int) -> list[Event]:
    """Return a person's newest events."""
    return rows(connection, _OF_USER, Event, user_id=user_id, most=most)
