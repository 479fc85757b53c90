"""Half-done sign-ins: facts with their times, and nothing that anybody could carry away."""

from datetime import datetime

from sqlalchemy import Connection, ForeignKey, String, Text, bindparam, insert, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from ssp.extensions import Base
from ssp.models.columns import DIGEST_LENGTH, ID_LENGTH, Instant, columns, drop, first, rows, table
from ssp.models.user import user_id_column

# Why somebody is asked for a code who is signed in: the row then belongs to a step-up, and no token opens it.
STEP_UP = "step_up"
# Why a sign-in goes on from a session: for one further way, or one in another one's place, and nothing else.
ADDING = "adding"
# Why a sign-in goes on after a recovery code: to set up a way, and nothing else before that.
RECOVERY = "recovery"
REFERENCE_LENGTH = 22


class PendingSignIn(Base):
    """A sign-in between the right password and its end. `ended_at` is set once, when it is finished or given up.

    `address_proved_at` is when the code that was mailed before a first set-up was right.
    `wrong_code_at` is the newest wrong code, `wrong_code_from` where it came from, `told_at` when the owner heard.
    Where it goes on from a session, the one that it leads to ends no later than `session_ends_at`. `replaces_id` is the
    way to get codes whose place a new one is to take. `reference` is the request that began it, as the log has it: what
    its pages give to whoever calls Web Support.
    """

    __tablename__ = "pending_sign_in"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(DIGEST_LENGTH), unique=True)
    origin_hash: Mapped[str] = mapped_column(String(DIGEST_LENGTH), index=True)
    user_id: Mapped[int] = user_id_column()
    epoch: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    next_path: Mapped[str] = mapped_column(Text)
    password_verified_at: Mapped[datetime] = mapped_column(Instant)
    authenticator_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    device_id: Mapped[str | None] = mapped_column(
        ForeignKey("trusted_device.id", ondelete="SET NULL", name="fk_pending_sign_in_device_id")
    )
    known_browser_id: Mapped[str | None] = mapped_column(
        ForeignKey("known_browser.id", ondelete="SET NULL", name="fk_pending_sign_in_known_browser_id")
    )
    device_trusted_at: Mapped[datetime | None] = mapped_column(Instant)
    asked_because: Mapped[str] = mapped_column(String(16))
    second_factor_at: Mapped[datetime | None] = mapped_column(Instant)
    second_factor_amr: Mapped[str | None] = mapped_column(String(16))
    address_proved_at: Mapped[datetime | None] = mapped_column(Instant)
    deferred_at: Mapped[datetime | None] = mapped_column(Instant)
    change_wanted_at: Mapped[datetime | None] = mapped_column(Instant)
    wrong_code_at: Mapped[datetime | None] = mapped_column(Instant)
    wrong_code_from: Mapped[str | None] = mapped_column(String(45))
    told_at: Mapped[datetime | None] = mapped_column(Instant)
    session_ends_at: Mapped[datetime | None] = mapped_column(Instant)
    replaces_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    reference: Mapped[str | None] = mapped_column(String(REFERENCE_LENGTH))


_pending = table(PendingSignIn)
_BY_TOKEN = columns(PendingSignIn).where(_pending.c.token_hash == bindparam("token_hash"))
_BY_ID = columns(PendingSignIn).where(_pending.c.id == bindparam("pending_id"))
_SAME_BROWSER = (
    columns(PendingSignIn)
    .where(
        _pending.c.user_id == bindparam("user_id"),
        _pending.c.ended_at.is_(None),
        _pending.c.expires_at > bindparam("at"),
        or_(_pending.c.token_hash == bindparam("origin_hash"), _pending.c.origin_hash == bindparam("origin_hash")),
    )
    .order_by(_pending.c.created_at.desc())
)
_UNFINISHED = (
    columns(PendingSignIn)
    .where(
        _pending.c.wrong_code_at.is_not(None),
        _pending.c.told_at.is_(None),
        _pending.c.second_factor_at.is_(None),
        or_(_pending.c.ended_at.is_not(None), _pending.c.expires_at <= bindparam("at")),
    )
    .order_by(_pending.c.wrong_code_at)
    .limit(bindparam("most"))
)
_LIVE = (
    select(_pending.c.id)
    .where(
        _pending.c.user_id == bindparam("user_id"),
        _pending.c.epoch == bindparam("epoch"),
        _pending.c.ended_at.is_(None),
        _pending.c.expires_at > bindparam("at"),
        _pending.c.asked_because != STEP_UP,
    )
    .limit(1)
)
_TELL = (
    update(PendingSignIn)
    .where(PendingSignIn.id == bindparam("pending_id"), PendingSignIn.told_at.is_(None))
    .values(told_at=bindparam("at"))
    .returning(PendingSignIn.id)
)
_UNTELL = update(PendingSignIn).where(PendingSignIn.id == bindparam("pending_id")).values(told_at=None)
_END = (
    update(PendingSignIn)
    .where(PendingSignIn.id == bindparam("pending_id"), PendingSignIn.ended_at.is_(None))
    .values(ended_at=bindparam("at"))
    .returning(PendingSignIn.id)
)


def by_token_hash(connection: Connection, token_hash: str) -> PendingSignIn | None:
    """Return the half-done sign-in of a browser, also one that is over."""
    return first(connection, _BY_TOKEN, PendingSignIn, token_hash=token_hash)


def by_id(connection: Connection, pending_id: str) -> PendingSignIn | None:
    """Return a half-done sign-in, also one that is over."""
    return first(connection, _BY_ID, PendingSignIn, pending_id=pending_id)


def of_same_browser(connection: Connection, user_id: int, origin_hash: str, at: datetime) -> PendingSignIn | None:
    """Return this person's live sign-in that the same browser began before, such as by a double click."""
    values = {"user_id": user_id, "origin_hash": origin_hash, "at": at}
    return first(connection, _SAME_BROWSER, PendingSignIn, **values)


def add(connection: Connection, **values: object) -> None:
    """Begin a half-done sign-in."""
    connection.execute(insert(PendingSignIn).values(**values))


def record(connection: Connection, pending_id: str, **facts: object) -> None:
    """Write facts of a half-done sign-in."""
    connection.execute(update(PendingSignIn).where(PendingSignIn.id == pending_id).values(**facts))


def end(connection: Connection, pending_id: str, at: datetime) -> bool:
    """End a half-done sign-in; False if it was over already, so that of two requests one wins."""
    return connection.execute(_END, {"pending_id": pending_id, "at": at}).first() is not None


def unfinished(connection: Connection, at: datetime, most: int) -> list[PendingSignIn]:
    """Return sign-ins and step-ups that ended without a second factor, after a wrong code, and that nobody heard of."""
    return rows(connection, _UNFINISHED, PendingSignIn, at=at, most=most)


def any_live(connection: Connection, user_id: int, epoch: int, at: datetime) -> bool:
    """Return whether a person has a half-done sign-in that could still be finished."""
    return connection.execute(_LIVE, {"user_id": user_id, "epoch": epoch, "at": at}).first() is not None


def tell(connection: Connection, pending_id: str, at: datetime) -> bool:
    """Note that the owner hears of a sign-in; False if that was noted before."""
    return connection.execute(_TELL, {"pending_id": pending_id, "at": at}).first() is not None


def untell(connection: Connection, pending_id: str) -> None:
    """Let the owner hear of a sign-in after all: something came to it after that was noted."""
    connection.execute(_UNTELL, {"pending_id": pending_id})


def end_all(connection: Connection, user_id: int, at: datetime) -> int:
    """End all of a person's half-done sign-ins; return how many they were."""
    statement = update(PendingSignIn).where(PendingSignIn.user_id == user_id, PendingSignIn.ended_at.is_(None))
    return connection.execute(statement.values(ended_at=at)).rowcount


def forget_before(connection: Connection, at: datetime) -> int:
    """Drop some sign-ins that ran out before a moment, with their drafts and codes; return how many they were."""
    return drop(connection, PendingSignIn, PendingSignIn.expires_at < at)
