"""Counters that outlive codes, sign-ins, cookies and restarts. Counting comes first, checking second."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import BindParameter, Connection, String, Update, and_, bindparam, case, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.dml import ReturningInsert

from ssp.extensions import Base
from ssp.infra.clock import DIFFERENCE
from ssp.models.columns import Instant, columns, drop, first, table

BUCKET_LENGTH = 24


class Throttle(Base):
    """One counter. `held_until` is when the next try is allowed again.

    Tries at a password or a code are counted for two kinds of browsers: `known_count` of the `count` came from browsers
    that had signed in before, and these have a hold of their own. `turned_away` counts what came during a hold and was
    never looked at. Counters that anybody can make without end have a `bucket`, which has room for few of them.
    """

    __tablename__ = "throttle"

    key: Mapped[str] = mapped_column(String(128), primary_key=True)
    count: Mapped[int]
    since: Mapped[datetime] = mapped_column(Instant)
    held_until: Mapped[datetime | None] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant, index=True)
    known_count: Mapped[int] = mapped_column(default=0)
    known_held_until: Mapped[datetime | None] = mapped_column(Instant)
    turned_away: Mapped[int] = mapped_column(default=0)
    bucket: Mapped[str | None] = mapped_column(String(BUCKET_LENGTH), index=True)


_throttles = table(Throttle)
_BY_KEY = columns(Throttle).where(_throttles.c.key == bindparam("key"))
_NOW: BindParameter[datetime] = bindparam("now")


def read(connection: Connection, key: str) -> Throttle | None:
    """Return a counter as it is."""
    return first(connection, _BY_KEY, Throttle, key=key)


@lru_cache
def _counting(dialect: str) -> ReturningInsert[Any]:
    """Return the statement that adds one to a counter, from zero again if it began before the window."""
    upsert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    at = _NOW
    # One that began in the future did so while the clock was wrong.
    old = or_(Throttle.since <= bindparam("window_began"), Throttle.since > bindparam("ahead"))
    statement = upsert(Throttle).values(
        key=bindparam("name"), count=1, since=at, updated_at=at, bucket=bindparam("place")
    )
    return statement.on_conflict_do_update(
        index_elements=["key"],
        set_={
            "count": case((old, 1), else_=Throttle.count + 1),
            "since": case((old, at), else_=Throttle.since),
            "updated_at": at,
        },
    ).returning(Throttle.count)


def count(connection: Connection, key: str, at: datetime, window_began: datetime, bucket: str | None = None) -> int:
    """Add one to a counter, from zero again if it began before the window; return the new count."""
    values = {"name": key, "now": at, "window_began": window_began, "ahead": at + DIFFERENCE, "place": bucket}
    found: int = connection.execute(_counting(connection.dialect.name), values).scalar_one()
    return found


@lru_cache
def _claiming(dialect: str, *, known: bool) -> ReturningInsert[Any]:
    """Return the statement that counts a try, unless its kind of browser is held or no try at all is left."""
    upsert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    at, held = _NOW, Throttle.known_held_until if known else Throttle.held_until
    statement = upsert(Throttle).values(
        key=bindparam("name"), count=1, known_count=int(known), since=at, updated_at=at, bucket=bindparam("place")
    )
    return statement.on_conflict_do_update(
        index_elements=["key"],
        set_={"count": Throttle.count + 1, "known_count": Throttle.known_count + int(known), "updated_at": at},
        where=or_(held.is_(None), held <= at, held.between(bindparam("too_late"), bindparam("not_yet_for_good")))
        & (Throttle.count < bindparam("most")),
    ).returning(*_throttles.c)


_TURN_AWAY = (
    update(Throttle)
    .where(Throttle.key == bindparam("name"))
    .values(turned_away=Throttle.turned_away + 1, updated_at=_NOW)
    .returning(*_throttles.c)
)


def claim(  # noqa: PLR0913 - what a try is counted by
    connection: Connection,
    key: str,
    at: datetime,
    most: int,
    *,
    known: bool,
    void: tuple[datetime, datetime] | None = None,
    bucket: str | None = None,
) -> tuple[Throttle, bool]:
    """Count a try before it is looked at; return the counter, and whether the try may be looked at at all.

    Holds that end between the two moments of `void` hold nobody.

    One statement asks and counts, so that of many tries at once no more are looked at than of as many in turn.
    """
    too_late, for_good = void or (at, at - DIFFERENCE)
    values = {"name": key, "now": at, "most": most, "place": bucket}
    values |= {"too_late": too_late, "not_yet_for_good": for_good}
    claimed = connection.execute(_claiming(connection.dialect.name, known=known), values).first()
    row = claimed or connection.execute(_TURN_AWAY, {"name": key, "now": at}).one()
    return cast("Throttle", row), claimed is not None


_MAKE_ROOM = delete(Throttle).where(
    Throttle.key.in_(
        select(Throttle.key)
        .where(Throttle.bucket == bindparam("place"), Throttle.key != bindparam("name"))
        .order_by(Throttle.updated_at.desc())
        .offset(bindparam("others"))
        # Two that make room in one bucket at once never wait for each other.
        .with_for_update(skip_locked=True)
    )
)


def make_room(connection: Connection, bucket: str, key: str, room: int) -> int:
    """Leave a bucket this counter and the last used others, as many as there is room for; return how many went."""
    return connection.execute(_MAKE_ROOM, {"place": bucket, "name": key, "others": room - 1}).rowcount


def give_back(connection: Connection, keys: Iterable[str]) -> None:
    """Take one off counters, because what they counted did not happen.

    One after the other: whoever counts takes the rows in this order, too, so that nobody waits for each other.
    """
    for key in keys:
        lower = update(Throttle).where(Throttle.key == key, Throttle.count > 0)
        connection.execute(lower.values(count=Throttle.count - 1))


def _held(*, known: bool) -> str:
    return "known_held_until" if known else "held_until"


@lru_cache
def _unclaiming(*, known: bool) -> Update:
    name = _held(known=known)
    held = _throttles.c[name]
    return (
        update(Throttle)
        .where(Throttle.key == bindparam("name"), (Throttle.known_count if known else Throttle.count) > 0)
        .values(
            {
                "count": Throttle.count - 1,
                "known_count": Throttle.known_count - int(known),
                name: case((held == bindparam("until", type_=Instant), None), else_=held),
            }
        )
    )


def unclaim(connection: Connection, key: str, until: datetime | None, *, known: bool) -> None:
    """Take back a try that was not looked at after all, and the hold that it began, if it began one."""
    connection.execute(_unclaiming(known=known), {"name": key, "until": until})


def hold(connection: Connection, key: str, until: datetime, *, known: bool = False) -> None:
    """Allow no further try before a moment, to the one or the other kind of browser."""
    connection.execute(update(Throttle).where(Throttle.key == key).values({_held(known=known): until}))


def begin_hold(connection: Connection, key: str, at: datetime, span: timedelta) -> bool:
    """Hold a counter until its window is over; False if it is held already, so that this is said once."""
    row = read(connection, key)
    if row is None:
        return False
    held = Throttle.held_until
    free = update(Throttle).where(Throttle.key == key, or_(held.is_(None), held <= at, held > at + span + DIFFERENCE))
    return connection.execute(free.values(held_until=row.since + span).returning(Throttle.key)).first() is not None


def clear(connection: Connection, key: str) -> int:
    """Forget a counter; return how many there were, one or none."""
    return connection.execute(delete(Throttle).where(Throttle.key == key)).rowcount


def clear_kind(connection: Connection, key: str, *, known: bool) -> None:
    """Forget the tries of one kind of browser, because the right answer came from there; the other kind's stay."""
    strangers = Throttle.count - Throttle.known_count
    others = strangers if known else Throttle.known_count
    mine = Throttle.key == key
    if connection.execute(delete(Throttle).where(mine, others == 0)).rowcount:
        return
    kept = {"count": others, "known_count": 0 if known else Throttle.known_count, _held(known=known): None}
    connection.execute(update(Throttle).where(mine).values(kept))


def clear_under(connection: Connection, prefix: str) -> int:
    """Forget all counters whose key begins so; return how many they were."""
    return connection.execute(delete(Throttle).where(Throttle.key.startswith(prefix, autoescape=True))).rowcount


def forget_before(connection: Connection, at: datetime, prefix: str = "") -> int:
    """Drop some counters that were not touched since a moment and hold nobody; return how many they were."""
    strangers = or_(Throttle.held_until.is_(None), Throttle.held_until < at)
    known = or_(Throttle.known_held_until.is_(None), Throttle.known_held_until < at)
    named = Throttle.key.startswith(prefix, autoescape=True)
    return drop(connection, Throttle, and_(Throttle.updated_at < at, strangers, known, named))
