"""Codes that prove that somebody reads the mail of an account: one row for each half-done sign-in that asks for one."""

from datetime import datetime

from sqlalchemy import Connection, ForeignKey, String, Text, bindparam, delete, insert, update
from sqlalchemy.orm import Mapped, mapped_column

from ssp.extensions import Base
from ssp.models.columns import ID_LENGTH, Instant, columns, first, table


class MailedCode(Base):
    """A code that was mailed to the address on file. `code` is sealed to the row, and gone after use."""

    __tablename__ = "mailed_code"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    pending_id: Mapped[str] = mapped_column(ForeignKey("pending_sign_in.id", ondelete="CASCADE"), unique=True)
    code: Mapped[str | None] = mapped_column(Text)
    code_made_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    tries: Mapped[int] = mapped_column(default=0)
    sends: Mapped[int] = mapped_column(default=0)
    last_sent_at: Mapped[datetime] = mapped_column(Instant)


_codes = table(MailedCode)
_OF = columns(MailedCode).where(_codes.c.pending_id == bindparam("pending_id"))
_TRY = (
    update(MailedCode)
    .where(MailedCode.id == bindparam("code_id"), MailedCode.tries < bindparam("allowed"))
    .values(tries=MailedCode.tries + 1)
    .returning(MailedCode.tries)
)
_CONSUME = (
    update(MailedCode)
    .where(MailedCode.id == bindparam("code_id"), MailedCode.code.is_not(None))
    .values(code=None)
    .returning(MailedCode.id)
)


def of(connection: Connection, pending_id: str) -> MailedCode | None:
    """Return the code that was mailed for a half-done sign-in."""
    return first(connection, _OF, MailedCode, pending_id=pending_id)


def add(connection: Connection, **values: object) -> None:
    """Keep a code."""
    connection.execute(insert(MailedCode).values(**values))


def change(connection: Connection, code_id: str, **values: object) -> None:
    """Set some of a code's columns."""
    connection.execute(update(MailedCode).where(MailedCode.id == code_id).values(**values))


def count_try(connection: Connection, code_id: str, allowed: int) -> bool:
    """Count an answer before it is looked at; False if there is no try left."""
    return connection.execute(_TRY, {"code_id": code_id, "allowed": allowed}).first() is not None


def consume(connection: Connection, code_id: str) -> bool:
    """Use a code up and forget it; False if somebody else was first."""
    return connection.execute(_CONSUME, {"code_id": code_id}).first() is not None


def adopt(connection: Connection, from_pending: str, to_pending: str) -> None:
    """Hand the open code of a browser's earlier try over to its newer one, with its counters."""
    open_one = update(MailedCode).where(MailedCode.pending_id == from_pending, MailedCode.code.is_not(None))
    connection.execute(open_one.values(pending_id=to_pending))


def forget(connection: Connection, pending_id: str) -> None:
    """Drop the code of a sign-in that is over."""
    connection.execute(delete(MailedCode).where(MailedCode.pending_id == pending_id))
