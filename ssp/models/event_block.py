"""Seals of the security log: blocks that each close a range of events, and the anchor of what was pruned before."""

from datetime import datetime

from sqlalchemy import BigInteger, Connection, Integer, String, Text, bindparam, delete, select, union
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from ssp.extensions import Base
from ssp.models.columns import DIGEST_LENGTH, Instant, columns, first, table

_KEY_ID_LENGTH = 16


class EventBlock(Base):
    """A seal over the events from `first_id` to `last_id`: `count` of them, since ids have gaps.

    `number` counts the blocks without a gap. `marks` has each event's id and a short keyed digest of it, to tell which
    one was changed; `digest` (HMAC-SHA-256 with the key `key_id`) covers all events and all of this, and the digest of
    the block before.
    """

    __tablename__ = "event_block"

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    first_id: Mapped[int] = mapped_column(BigInteger)
    last_id: Mapped[int] = mapped_column(BigInteger)
    count: Mapped[int]
    marks: Mapped[str] = mapped_column(Text)
    previous: Mapped[str] = mapped_column(String(DIGEST_LENGTH))
    key_id: Mapped[str] = mapped_column(String(_KEY_ID_LENGTH))
    sealed_at: Mapped[datetime] = mapped_column(Instant)
    digest: Mapped[str] = mapped_column(String(DIGEST_LENGTH))


class EventAnchor(Base):
    """Where the blocks begin after older ones were pruned: what the first of them has to follow. The newest counts.

    `count` is how many events were pruned in all; `seal` (HMAC-SHA-256 with the key `key_id`) covers all of this.
    """

    __tablename__ = "event_anchor"

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    last_id: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[str] = mapped_column(String(DIGEST_LENGTH))
    count: Mapped[int] = mapped_column(BigInteger)
    pruned_at: Mapped[datetime] = mapped_column(Instant)
    key_id: Mapped[str] = mapped_column(String(_KEY_ID_LENGTH))
    seal: Mapped[str] = mapped_column(String(DIGEST_LENGTH))


_blocks = table(EventBlock)
_anchors = table(EventAnchor)
_NEWEST = columns(EventBlock).order_by(_blocks.c.number.desc()).limit(1)
_NEXT = columns(EventBlock).where(_blocks.c.number > bindparam("number")).order_by(_blocks.c.number).limit(1)
_BEFORE = columns(EventBlock).where(_blocks.c.sealed_at < bindparam("at")).order_by(_blocks.c.number.desc()).limit(1)
_ANCHOR = columns(EventAnchor).order_by(_anchors.c.number.desc()).limit(1)
_KEY_IDS = union(select(_blocks.c.key_id), select(_anchors.c.key_id))
_DROP = delete(_blocks).where(_blocks.c.number <= bindparam("last"))
_DROP_ANCHORS = delete(_anchors).where(_anchors.c.number < bindparam("last"))


def newest(connection: Connection) -> EventBlock | None:
    """Return the block that was closed last."""
    return first(connection, _NEWEST, EventBlock)


def next_after(connection: Connection, number: int) -> EventBlock | None:
    """Return the first block with a higher number."""
    return first(connection, _NEXT, EventBlock, number=number)


def last_before(connection: Connection, at: datetime) -> EventBlock | None:
    """Return the last block that was closed before a moment."""
    return first(connection, _BEFORE, EventBlock, at=at)


def anchor(connection: Connection) -> EventAnchor | None:
    """Return the anchor; None if nothing was ever pruned."""
    return first(connection, _ANCHOR, EventAnchor)


def key_ids(connection: Connection) -> frozenset[str]:
    """Return the ids of the keys with which blocks and anchor are sealed."""
    return frozenset(connection.scalars(_KEY_IDS))


def add(connection: Connection, **values: object) -> bool:
    """Close a block; False if somebody else closed one of this number."""
    return _put(connection, EventBlock, values)


def move_anchor(connection: Connection, number: int, **values: object) -> bool:
    """Let the log begin behind a block, and drop that and older ones; False if somebody else did. Events stay."""
    if not _put(connection, EventAnchor, {"number": number, **values}):
        return False
    connection.execute(_DROP, {"last": number})
    connection.execute(_DROP_ANCHORS, {"last": number})
    return True


def _put(connection: Connection, model: type, values: dict[str, object]) -> bool:
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = insert(table(model)).values(**values).on_conflict_do_nothing(index_elements=["number"])
    return connection.execute(statement.returning(table(model).c.number)).first() is not None
