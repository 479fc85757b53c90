"""Known browsers: those in which a person has signed in before. That skips nothing; it keeps them tries (TH5)."""

from datetime import datetime

from sqlalchemy import Connection, String, bindparam, delete, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from ssp.extensions import Base
from ssp.models.columns import DIGEST_LENGTH, ID_LENGTH, Instant, columns, drop, first, table
from ssp.models.pending import PendingSignIn
from ssp.models.session import Session
from ssp.models.user import user_id_column


class KnownBrowser(Base):
    """A browser in which a person finished a sign-in. Its cookie holds the id and a verifier; the row its digest."""

    __tablename__ = "known_browser"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    user_id: Mapped[int] = user_id_column()
    verifier_hash: Mapped[str] = mapped_column(String(DIGEST_LENGTH))
    created_at: Mapped[datetime] = mapped_column(Instant)
    last_seen_at: Mapped[datetime] = mapped_column(Instant, index=True)


_browsers = table(KnownBrowser)
_BY_SELECTOR = columns(KnownBrowser).where(
    _browsers.c.id == bindparam("selector"), _browsers.c.user_id == bindparam("user_id")
)
_SEEN = (
    update(KnownBrowser)
    .where(KnownBrowser.id == bindparam("browser_id"))
    .values(last_seen_at=bindparam("at"))
    .returning(KnownBrowser.id)
)
_SURPLUS = delete(KnownBrowser).where(
    KnownBrowser.id.in_(
        select(_browsers.c.id)
        .where(_browsers.c.user_id == bindparam("owner"))
        .order_by(_browsers.c.last_seen_at.desc())
        .offset(bindparam("most"))
    )
)
_pending, _sessions = table(PendingSignIn), table(Session)
_OF_SESSION = (
    select(_pending.c.known_browser_id)
    .join(_sessions, _sessions.c.pending_id == _pending.c.id)
    .where(_sessions.c.id == bindparam("session_id"))
)


def by_selector(connection: Connection, user_id: int, selector: str) -> KnownBrowser | None:
    """Return this person's browser with the selector."""
    return first(connection, _BY_SELECTOR, KnownBrowser, user_id=user_id, selector=selector)


def seen(connection: Connection, browser_id: str, at: datetime) -> bool:
    """Note that somebody signed in there again; False if it is known no more."""
    return connection.execute(_SEEN, {"browser_id": browser_id, "at": at}).first() is not None


def add(connection: Connection, **values: object) -> None:
    """Know a browser from now on."""
    connection.execute(insert(KnownBrowser).values(**values))


def keep_newest(connection: Connection, user_id: int, most: int) -> int:
    """Forget all but so many of a person's browsers, those seen last; return how many went."""
    return connection.execute(_SURPLUS, {"owner": user_id, "most": most}).rowcount


def of_session(connection: Connection, session_id: str | None) -> str | None:
    """Return the browser in which a session was opened, None for an unknown one."""
    return connection.execute(_OF_SESSION, {"session_id": session_id}).scalar()


def forget_all(connection: Connection, user_id: int, but: str | None = None) -> int:
    """Forget all of a person's browsers, `but` this one; return how many they were."""
    statement = delete(KnownBrowser).where(KnownBrowser.user_id == user_id)
    if but is not None:
        statement = statement.where(KnownBrowser.id != but)
    return connection.execute(statement).rowcount


def forget_before(connection: Connection, at: datetime) -> int:
    """Drop some browsers that nobody signed in with since a moment; return how many they were."""
    return drop(connection, KnownBrowser, KnownBrowser.last_seen_at < at)
