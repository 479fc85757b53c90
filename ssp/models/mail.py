"""Notices on their way out: committed with the change that they report, sent after it."""

from datetime import datetime

from sqlalchemy import Connection, String, Text, and_, bindparam, insert, or_, update
from sqlalchemy.orm import Mapped, mapped_column

from ssp.extensions import Base
from ssp.models.columns import ID_LENGTH, Instant, columns, drop, rows, table
from ssp.models.user import user_id_column

# Then the address is a dead one; the row stays for whoever looks into it.
MOST_FAILURES = 20


class OutgoingMail(Base):
    """One mail. Without `sent_at` it still waits; `claimed_at` keeps two processes from sending it twice.

    `link` is what stands in the body's place for it, sealed, and gone once the mail left.
    """

    __tablename__ = "outgoing_mail"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    user_id: Mapped[int] = user_id_column()
    to: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    link: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)
    claimed_at: Mapped[datetime | None] = mapped_column(Instant)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    failures: Mapped[int] = mapped_column(default=0)


_mails = table(OutgoingMail)
_WAITING = (
    columns(OutgoingMail)
    .where(
        _mails.c.sent_at.is_(None),
        or_(_mails.c.claimed_at.is_(None), _mails.c.claimed_at < bindparam("stale")),
        _mails.c.failures < MOST_FAILURES,
    )
    # Mail that failed goes to the end, or a few bad addresses would keep everybody's from leaving.
    .order_by(_mails.c.failures, _mails.c.created_at)
    .limit(bindparam("most"))
)
_CLAIM = (
    update(OutgoingMail)
    .where(
        OutgoingMail.id == bindparam("mail_id"),
        OutgoingMail.sent_at.is_(None),
        or_(OutgoingMail.claimed_at.is_(None), OutgoingMail.claimed_at < bindparam("stale")),
    )
    .values(claimed_at=bindparam("at"))
    .returning(OutgoingMail.id)
)


def add(connection: Connection, **values: object) -> None:
    """Put a mail into the queue."""
    connection.execute(insert(OutgoingMail).values(**values))


def waiting(connection: Connection, most: int, stale: datetime) -> list[OutgoingMail]:
    """Return mails that nobody sends, or that somebody took before `stale` and never sent, the oldest first."""
    return rows(connection, _WAITING, OutgoingMail, most=most, stale=stale)


def claim(connection: Connection, mail_id: str, at: datetime, stale: datetime) -> bool:
    """Take a mail for sending; False if somebody else did."""
    return connection.execute(_CLAIM, {"mail_id": mail_id, "at": at, "stale": stale}).first() is not None


def sent(connection: Connection, mail_id: str, at: datetime) -> None:
    """Note that a mail left, and forget its link."""
    connection.execute(update(OutgoingMail).where(OutgoingMail.id == mail_id).values(sent_at=at, link=None))


def give_back(connection: Connection, mail_id: str) -> int:
    """Let a mail wait again, because it could not be sent; return how often that happened to it."""
    statement = update(OutgoingMail).where(OutgoingMail.id == mail_id)
    failed = statement.values(claimed_at=None, failures=OutgoingMail.failures + 1).returning(OutgoingMail.failures)
    return connection.execute(failed).scalar() or 0


def forget_before(connection: Connection, at: datetime) -> int:
    """Drop some mails that left before a moment; return how many they were."""
    return drop(connection, OutgoingMail, OutgoingMail.sent_at < at)


def forget_unsent(connection: Connection, at: datetime) -> int:
    """Drop some mails that were written before a moment and never left; return how many they were."""
    return drop(connection, OutgoingMail, and_(OutgoingMail.sent_at.is_(None), OutgoingMail.created_at < at))
