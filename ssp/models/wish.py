"""Mails that somebody who is not signed in asked for, until it is looked whether anybody is meant."""

from datetime import datetime

from sqlalchemy import Connection, String, Text, delete, func, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from ssp.extensions import Base
from ssp.models.columns import ID_LENGTH, Instant, columns, drop, rows, table


class Wish(Base):
    """One wish. `what` says what was forgotten; `typed` is a name or an address, sealed: people type passwords there.

    It belongs to nobody yet. `address`, `agent` and `request_id` say where it came from, for the security log.
    """

    __tablename__ = "wish"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    what: Mapped[str] = mapped_column(String(16))
    typed: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(String(45))
    agent: Mapped[str] = mapped_column(String(300))
    request_id: Mapped[str] = mapped_column(String(22))
    created_at: Mapped[datetime] = mapped_column(Instant, index=True)


_wishes = table(Wish)
_OLDEST = columns(Wish).order_by(_wishes.c.created_at, _wishes.c.id)


def add(connection: Connection, **values: object) -> None:
    """Keep a wish."""
    connection.execute(insert(Wish).values(**values))


def count(connection: Connection) -> int:
    """Return how many wait."""
    return connection.execute(select(func.count()).select_from(Wish)).scalar_one()


def waiting(connection: Connection, most: int) -> list[Wish]:
    """Return those that wait, the oldest first."""
    return rows(connection, _OLDEST.limit(most), Wish)


def take(connection: Connection, wish_id: str) -> bool:
    """Take a wish, which is gone then; False if somebody else did."""
    return connection.execute(delete(Wish).where(Wish.id == wish_id).returning(Wish.id)).first() is not None


def forget_before(connection: Connection, at: datetime) -> int:
    """Drop some wishes from before a moment; return how many they were."""
    return drop(connection, Wish, Wish.created_at < at)
