"""Columns that hold sealed values, whichever table they are in: going through them in small pieces, and counting."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, Table, bindparam, func, not_, select, update

from ssp.models.authenticator import Authenticator
from ssp.models.challenge import Challenge
from ssp.models.columns import table
from ssp.models.mail import OutgoingMail
from ssp.models.mailed_code import MailedCode
from ssp.models.user import User
from ssp.models.wish import Wish


@dataclass(frozen=True, slots=True)
class Sealed:
    """A column of values that begin with the id of the key that sealed them, and what they are called."""

    what: str
    table: Table
    value: Column[str | None]

    @property
    def number(self) -> Column[Any]:
        """Return the column that tells the rows apart."""
        return self.table.c.id


PASSWORDS = Sealed("passwords", table(User), table(User).c.password_hash)
OPTIONS = Sealed("MFA options", table(Authenticator), table(Authenticator).c.data)
CODES = Sealed("codes on their way", table(Challenge), table(Challenge).c.code)
MAILED_CODES = Sealed("codes by mail", table(MailedCode), table(MailedCode).c.code)
PHONES = Sealed("phone numbers on file", table(User), table(User).c.phone)
LINKS = Sealed("links in mails that wait", table(OutgoingMail), table(OutgoingMail).c.link)
WISHES = Sealed("wishes for mail", table(Wish), table(Wish).c.typed)


def by_others(connection: Connection, sealed: Sealed, key_id: str, after: object, most: int) -> Sequence[Any]:
    """Return the next rows whose values this key did not seal, in the order of their ids; `after` None begins.

    The rows are held until the transaction ends. Those that somebody else holds are left out, so that nobody who wants
    several of them in another order ever waits in a circle.
    """
    query = select(sealed.table).where(sealed.value.is_not(None), not_(_sealed_by(sealed, key_id)))
    if after is not None:
        query = query.where(sealed.number > after)
    query = query.order_by(sealed.number).limit(most).with_for_update(skip_locked=True, key_share=True)
    return connection.execute(query).all()


def replace(connection: Connection, sealed: Sealed, rows: Sequence[Mapping[str, object]]) -> None:
    """Write columns of rows that this transaction holds; `row_id` says of which."""
    if rows:
        connection.execute(update(sealed.table).where(sealed.number == bindparam("row_id")), rows)


def count(connection: Connection, sealed: Sealed, key_id: str | None = None) -> int:
    """Return how many values a key sealed; without one, how many values there are."""
    found = sealed.value.is_not(None) if key_id is None else _sealed_by(sealed, key_id)
    return connection.execute(select(func.count()).select_from(sealed.table).where(found)).scalar_one()


def _sealed_by(sealed: Sealed, key_id: str) -> Any:  # noqa: ANN401 - SQLAlchemy's own kind of expression
    return sealed.value.startswith(f"{key_id}.", autoescape=True)
