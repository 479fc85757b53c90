"""Finished sign-ins: who, since when, how it was proved, and until when it holds."""

from datetime import datetime

from sqlalchemy import Connection, ForeignKey, String, bindparam, insert, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from ssp.extensions import Base
from ssp.models.columns import DIGEST_LENGTH, ID_LENGTH, Instant, columns, drop, rows, table
from ssp.models.pending import ADDING, PendingSignIn
from ssp.models.user import User, user_id_column


class Session(Base):
    """A signed-in browser. `second_factor_at` is empty when a trusted device or "not now" stood in."""

    __tablename__ = "session"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(DIGEST_LENGTH), unique=True)
    user_id: Mapped[int] = user_id_column()
    epoch: Mapped[int]
    pending_id: Mapped[str | None] = mapped_column(ForeignKey("pending_sign_in.id", ondelete="SET NULL"), unique=True)
    device_id: Mapped[str | None] = mapped_column(ForeignKey("trusted_device.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    auth_time: Mapped[datetime] = mapped_column(Instant)
    second_factor_at: Mapped[datetime | None] = mapped_column(Instant)
    amr: Mapped[str] = mapped_column(String(64))
    last_seen_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_because: Mapped[str | None] = mapped_column(String(32))
    address: Mapped[str] = mapped_column(String(45))
    agent: Mapped[str] = mapped_column(String(300))
    previous_at: Mapped[datetime | None] = mapped_column(Instant)
    previous_how: Mapped[str | None] = mapped_column(String(32))


_sessions, _pending = table(Session), table(PendingSignIn)
_users = table(User)
_KNOWN = (
    select(
        _sessions,
        _users.c.username,
        _users.c.selector,
        _users.c.name,
        _users.c.email,
        _users.c.groups,
        _users.c.security_epoch,
        _users.c.disabled_at,
        _users.c.demo,
        _users.c.second_way_settled_at,
    )
    .join(_users, _users.c.id == _sessions.c.user_id)
    .where(_sessions.c.token_hash == bindparam("token_hash"))
)
_LIVE = _KNOWN.where(_sessions.c.ended_at.is_(None))
_OF_USER = (
    columns(Session)
    .where(
        _sessions.c.user_id == bindparam("user_id"),
        _sessions.c.epoch == bindparam("epoch"),
        _sessions.c.ended_at.is_(None),
        _sessions.c.expires_at > bindparam("at"),
        _sessions.c.last_seen_at > bindparam("seen_after"),
    )
    .order_by(_sessions.c.created_at.desc(), _sessions.c.id)
)
_END = (
    update(Session)
    .where(Session.id == bindparam("session_id"), Session.ended_at.is_(None))
    .values(ended_at=bindparam("at"), ended_because=bindparam("reason"))
    .returning(Session.id)
)
_END_OF_USER = _END.where(Session.user_id == bindparam("owner"))
_RENEW = (
    update(Session)
    .where(
        Session.id == bindparam("session_id"),
        Session.token_hash == bindparam("old_hash"),
        Session.ended_at.is_(None),
    )
    .values(token_hash=bindparam("new_hash"), epoch=bindparam("new_epoch"))
    .returning(Session.id)
)
_SEEN = (
    update(Session)
    .where(Session.id == bindparam("session_id"), Session.last_seen_at <= bindparam("before"))
    .values(last_seen_at=bindparam("at"))
)


_OPENED_FROM = (
    select(_sessions.c.id)
    .where(
        _sessions.c.user_id == bindparam("user_id"),
        _sessions.c.address == bindparam("address"),
        _sessions.c.created_at > bindparam("since"),
    )
    .limit(1)
)


_PROVED_SINCE = (
    select(_sessions.c.id)
    .join(_pending, _pending.c.id == _sessions.c.pending_id)
    .where(
        _sessions.c.user_id == bindparam("user_id"),
        _pending.c.second_factor_at > bindparam("since"),
        _pending.c.asked_because != ADDING,
    )
    .limit(1)
)


class SessionWithUser(Session):
    """A session read together with whom it belongs to."""

    __abstract__ = True

    username: str
    selector: str
    name: str
    email: str
    groups: tuple[str, ...]
    security_epoch: int
    disabled_at: datetime | None
    demo: bool
    second_way_settled_at: datetime | None


def by_token_hash(connection: Connection, token_hash: str) -> SessionWithUser | None:
    """Return the session that a browser's token opens, unless it was ended."""
    return connection.execute(_LIVE, {"token_hash": token_hash}).first()  # type: ignore[return-value] # a row reads like it


def opened_from(connection: Connection, user_id: int, address: str | None, since: datetime) -> bool:
    """Return whether a person finished a sign-in from a network address after a moment."""
    values = {"user_id": user_id, "address": address, "since": since}
    return connection.execute(_OPENED_FROM, values).first() is not None


def proved_since(connection: Connection, user_id: int, since: datetime) -> bool:
    """Return whether a person finished a sign-in with a code after a moment; going on from a session is none."""
    return connection.execute(_PROVED_SINCE, {"user_id": user_id, "since": since}).first() is not None


def known(connection: Connection, token_hash: str) -> SessionWithUser | None:
    """Return the session that a browser's token opens or opened."""
    return connection.execute(_KNOWN, {"token_hash": token_hash}).first()  # type: ignore[return-value] # a row reads like it


def of_user(connection: Connection, user_id: int, epoch: int, at: datetime, seen_after: datetime) -> list[Session]:
    """Return a person's sessions that hold and were used since a moment, the newest first."""
    values = {"user_id": user_id, "epoch": epoch, "at": at, "seen_after": seen_after}
    return rows(connection, _OF_USER, Session, **values)


def add(connection: Connection, **values: object) -> None:
    """Open a session."""
    connection.execute(insert(Session).values(**values))


def end(connection: Connection, session_id: str, reason: str, at: datetime) -> bool:
    """End a session; False if it was over already."""
    return connection.execute(_END, {"session_id": session_id, "reason": reason, "at": at}).first() is not None


def end_of_user(connection: Connection, user_id: int, session_id: str, reason: str, at: datetime) -> bool:
    """End one of a person's own sessions; False for anybody else's, and for one that was over already."""
    values = {"owner": user_id, "session_id": session_id, "reason": reason, "at": at}
    return connection.execute(_END_OF_USER, values).first() is not None


def end_all(connection: Connection, user_id: int, reason: str, at: datetime, but: str | None = None) -> int:
    """End all of a person's sessions, `but` this one; return how many they were."""
    statement = update(Session).where(Session.user_id == user_id, Session.ended_at.is_(None))
    if but is not None:
        statement = statement.where(Session.id != but)
    return connection.execute(statement.values(ended_at=at, ended_because=reason)).rowcount


def end_on_devices(  # noqa: PLR0913 - which ones, and one row's columns
    connection: Connection, user_id: int, reason: str, at: datetime, *, but: str = "", device_id: str | None = None
) -> int:
    """End a person's sessions that rest on a trusted device, or on this one, `but` one; return how many they were."""
    on = Session.device_id.is_not(None) if device_id is None else Session.device_id == device_id
    resting = (Session.user_id == user_id, on, Session.ended_at.is_(None), Session.id != but)
    return connection.execute(update(Session).where(*resting).values(ended_at=at, ended_because=reason)).rowcount


def renew(connection: Connection, row: Session, token_hash: str, epoch: int) -> bool:
    """Give a session a new token, and the person's present epoch; False if it has neither this token nor holds."""
    values = {"session_id": row.id, "old_hash": row.token_hash, "new_hash": token_hash, "new_epoch": epoch}
    return connection.execute(_RENEW, values).first() is not None


def seen(connection: Connection, session_id: str, before: datetime, at: datetime) -> None:
    """Note that a session was used, unless that was noted after `before`."""
    connection.execute(_SEEN, {"session_id": session_id, "before": before, "at": at})


def forget_before(connection: Connection, at: datetime) -> int:
    """Drop some sessions that were over before a moment; return how many they were."""
    return drop(connection, Session, or_(Session.expires_at < at, Session.ended_at < at))
