"""Texts and calls that were handed to a carrier: a row for each, with neither number nor code, kept for the report."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, ForeignKey, String, bindparam, insert, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from ssp.extensions import Base
from ssp.models.columns import ID_LENGTH, Instant, columns, drop, first, table


class Delivery(Base):
    """One text or call. `id` stands in the addresses at which the carrier calls back, and is good for this one alone.

    `channel` is the authenticator type, `country` two letters, `stage` the rank of `status`. `turns` counts the keys
    that were pressed in a call, `spoken_at` is when it first said the code, `used_at` when the code was used.
    """

    __tablename__ = "delivery"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    challenge_id: Mapped[str | None] = mapped_column(ForeignKey("challenge.id", ondelete="SET NULL"), index=True)
    channel: Mapped[str] = mapped_column(String(16))
    country: Mapped[str] = mapped_column(String(2))
    sent_at: Mapped[datetime] = mapped_column(Instant, index=True)
    status: Mapped[str] = mapped_column(String(16))
    stage: Mapped[int]
    reason: Mapped[str | None] = mapped_column(String(32))
    provider_id: Mapped[str | None] = mapped_column(String(64))
    turns: Mapped[int] = mapped_column(default=0)
    spoken_at: Mapped[datetime | None] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


_deliveries = table(Delivery)
_BY_ID = columns(Delivery).where(_deliveries.c.id == bindparam("delivery_id"))
_NEWEST = (
    columns(Delivery)
    .where(_deliveries.c.challenge_id == bindparam("challenge_id"))
    .order_by(_deliveries.c.sent_at.desc(), _deliveries.c.id)
    .limit(1)
)
_GO_ON = (
    update(Delivery)
    .where(Delivery.id == bindparam("delivery_id"), Delivery.stage < bindparam("to_stage"))
    .values(status=bindparam("to_status"), stage=bindparam("to_stage"), reason=bindparam("because"))
    .returning(Delivery.id)
)
_KNOWN_AS = (
    update(Delivery)
    .where(
        Delivery.id == bindparam("delivery_id"),
        or_(Delivery.provider_id.is_(None), Delivery.provider_id == bindparam("named")),
    )
    .values(provider_id=bindparam("named"))
    .returning(Delivery.id)
)
_TURN = (
    update(Delivery)
    .where(Delivery.id == bindparam("delivery_id"), Delivery.turns < bindparam("allowed"))
    .values(turns=Delivery.turns + 1)
    .returning(Delivery.turns)
)


def by_id(connection: Connection, delivery_id: str) -> Delivery | None:
    """Return one text or call."""
    return first(connection, _BY_ID, Delivery, delivery_id=delivery_id)


def newest(connection: Connection, challenge_id: str) -> Delivery | None:
    """Return the text or call that brought a code last."""
    return first(connection, _NEWEST, Delivery, challenge_id=challenge_id)


def add(connection: Connection, **values: object) -> None:
    """Note a text or call that is about to be handed over."""
    connection.execute(insert(Delivery).values(**values))


def go_on(connection: Connection, delivery_id: str, status: str, stage: int, reason: str | None) -> bool:
    """Take a later status; False if the one that is known is as late or later."""
    values = {"delivery_id": delivery_id, "to_status": status, "to_stage": stage, "because": reason}
    return connection.execute(_GO_ON, values).first() is not None


def known_as(connection: Connection, delivery_id: str, provider_id: str) -> bool:
    """Note the carrier's id; False if the carrier named another one before, or nothing has this id."""
    values = {"delivery_id": delivery_id, "named": provider_id}
    return connection.execute(_KNOWN_AS, values).first() is not None


def count_turn(connection: Connection, delivery_id: str, allowed: int) -> bool:
    """Count a key that was pressed, before anything is said; False if there were too many."""
    return connection.execute(_TURN, {"delivery_id": delivery_id, "allowed": allowed}).first() is not None


def spoken(connection: Connection, delivery_id: str, at: datetime) -> None:
    """Note that a call said the code for the first time."""
    first_time = update(Delivery).where(Delivery.id == delivery_id, Delivery.spoken_at.is_(None))
    connection.execute(first_time.values(spoken_at=at))


def used(connection: Connection, challenge_id: str, at: datetime) -> None:
    """Note that the code was used, with the text or call that brought it last."""
    row = newest(connection, challenge_id)
    if row is not None:
        connection.execute(update(Delivery).where(Delivery.id == row.id).values(used_at=at))


def since(connection: Connection, at: datetime) -> Iterator[Delivery]:
    """Give the texts and calls since a moment, the oldest first."""
    query = select(_deliveries).where(_deliveries.c.sent_at >= at).order_by(_deliveries.c.sent_at)
    yield from connection.execute(query)  # type: ignore[misc] # rows read like their model


def forget_before(connection: Connection, at: datetime) -> int:
    """Drop some of what was sent before a moment; return how many they were."""
    return drop(connection, Delivery, Delivery.sent_at < at)
