"""Issued codes: one row for one code that was texted or spoken, and all that limits it."""

from datetime import datetime

from sqlalchemy import Connection, ForeignKey, String, Text, UniqueConstraint, bindparam, delete, insert, update
from sqlalchemy.orm import Mapped, mapped_column

from ssp.extensions import Base
from ssp.models.columns import ID_LENGTH, Instant, columns, first, table


class Challenge(Base):
    """A code on its way to one authenticator for one half-done sign-in. `code` is sealed, and gone after use.

    What is known of its delivery is that of the newest text or call, `delivery_id`; `left_at` is when the carrier took
    this code, or may have.
    """

    __tablename__ = "challenge"
    __table_args__ = (UniqueConstraint("pending_id", "authenticator_id"),)

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    pending_id: Mapped[str] = mapped_column(ForeignKey("pending_sign_in.id", ondelete="CASCADE"))
    authenticator_id: Mapped[str] = mapped_column(ForeignKey("authenticator.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[str] = mapped_column(String(16))
    code: Mapped[str | None] = mapped_column(Text)
    code_made_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    tries: Mapped[int] = mapped_column(default=0)
    sends: Mapped[int] = mapped_column(default=0)
    last_sent_at: Mapped[datetime | None] = mapped_column(Instant)
    delivery_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    delivery_status: Mapped[str] = mapped_column(String(16), default="sending")
    delivery_reason: Mapped[str | None] = mapped_column(String(32))
    left_at: Mapped[datetime | None] = mapped_column(Instant)
    consumed_at: Mapped[datetime | None] = mapped_column(Instant)


_challenges = table(Challenge)
_OF = columns(Challenge).where(
    _challenges.c.pending_id == bindparam("pending_id"), _challenges.c.authenticator_id == bindparam("authenticator_id")
)
_BY_ID = columns(Challenge).where(_challenges.c.id == bindparam("challenge_id"))
_BY_ID_LOCKED = _BY_ID.with_for_update()
_TRY = (
    update(Challenge)
    .where(
        Challenge.id == bindparam("challenge_id"),
        Challenge.consumed_at.is_(None),
        Challenge.tries < bindparam("allowed"),
    )
    .values(tries=Challenge.tries + 1)
    .returning(Challenge.tries)
)
_GIVE_BACK = (
    update(Challenge)
    .where(Challenge.id == bindparam("challenge_id"), Challenge.sends > 0)
    .values(sends=Challenge.sends - 1)
)
_CONSUME = (
    update(Challenge)
    .where(Challenge.id == bindparam("challenge_id"), Challenge.consumed_at.is_(None))
    .values(consumed_at=bindparam("at"), code=None)
    .returning(Challenge.id)
)


def by_id(connection: Connection, challenge_id: str, *, lock: bool = False) -> Challenge | None:
    """Return one issued code; with `lock`, other writers wait (SQLite's writers always do)."""
    return first(connection, _BY_ID_LOCKED if lock else _BY_ID, Challenge, challenge_id=challenge_id)


def of(connection: Connection, pending_id: str, authenticator_id: str) -> Challenge | None:
    """Return the code on its way to an authenticator for a half-done sign-in."""
    return first(connection, _OF, Challenge, pending_id=pending_id, authenticator_id=authenticator_id)


def add(connection: Connection, **values: object) -> None:
    """Issue a code."""
    connection.execute(insert(Challenge).values(**values))


def change(connection: Connection, challenge_id: str, **values: object) -> None:
    """Set some of a challenge's columns."""
    connection.execute(update(Challenge).where(Challenge.id == challenge_id).values(**values))


def follow(connection: Connection, delivery_id: str, status: str, reason: str | None) -> None:
    """Note how the newest text or call goes on; an older one changes nothing here."""
    newest = update(Challenge).where(Challenge.delivery_id == delivery_id)
    connection.execute(newest.values(delivery_status=status, delivery_reason=reason))


def left(connection: Connection, challenge_id: str, at: datetime) -> None:
    """Note that the carrier took the code, or may have; a later failure takes it away from nobody."""
    connection.execute(update(Challenge).where(Challenge.id == challenge_id).values(left_at=at))


def give_back(connection: Connection, challenge_id: str) -> None:
    """Count one send less, because nothing left. The wait before the next one stays."""
    connection.execute(_GIVE_BACK, {"challenge_id": challenge_id})


def count_try(connection: Connection, challenge_id: str, allowed: int) -> bool:
    """Count an answer before it is looked at; False if the code was used or has no try left."""
    return connection.execute(_TRY, {"challenge_id": challenge_id, "allowed": allowed}).first() is not None


def consume(connection: Connection, challenge_id: str, at: datetime) -> bool:
    """Use a code up and forget it; False if somebody else was first."""
    return connection.execute(_CONSUME, {"challenge_id": challenge_id, "at": at}).first() is not None


def adopt(connection: Connection, from_pending: str, to_pending: str) -> None:
    """Hand the open codes of a browser's earlier try over to its newer one, with their counters."""
    # A used one stays behind: no code that is sent in its place could ever be taken.
    open_ones = update(Challenge).where(Challenge.pending_id == from_pending, Challenge.consumed_at.is_(None))
    connection.execute(open_ones.values(pending_id=to_pending))


def forget(connection: Connection, pending_id: str) -> None:
    """Drop the codes of a sign-in that is over."""
    connection.execute(delete(Challenge).where(Challenge.pending_id == pending_id))
