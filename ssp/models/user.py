"""People and how they are found."""

import base64
import re
import unicodedata
from datetime import datetime

import idna
from sqlalchemy import Connection, ForeignKey, String, Text, bindparam, func, insert, select, update
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column

from ssp.extensions import Base
from ssp.models.columns import DIGEST_LENGTH, Instant, Names, columns, first, rows, table

LONGEST_USERNAME = 64
LONGEST_ADDRESS = 254
# Folding a name costs time by its length, and nobody types one like this.
LONGEST_TYPED = 256
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\\\"]+@[^\s@<>()\[\],;:\\\"]+")
_USERNAME = re.compile(r"[^\W_][\w.@+'-]*", re.ASCII)


def mailbox(address: str) -> str:
    """Return the one spelling by which mail addresses are compared; mail itself goes to the address as it was given.

    Servers may tell `Ada@` from `ada@`, but none that people use does. Domains are compared as the name system does it:
    `straße.test` and `strasse.test` are two, and their owners may be, too.
    """
    local, at, domain = unicodedata.normalize("NFC", address.strip()).rpartition("@")
    return unicodedata.normalize("NFC", local.lower()) + at + _domain(domain)


def _domain(domain: str) -> str:
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        return unicodedata.normalize("NFC", domain.lower())


def _own_mailbox(context: DefaultExecutionContext) -> str:
    values = context.get_current_parameters()  # type: ignore[no-untyped-call] # SQLAlchemy has no types here
    return mailbox(values["email"])


class User(Base):
    """A person who can sign in. `security_epoch` goes up with every change of password, factor or phone.

    `mailbox` is `email` as addresses are compared; several people can share one.
    `password_hash` is sealed to the person, see `ssp.flows.credentials`.
    From `password_compromised_at` on the password opens nothing until a new one is chosen.
    At `second_way_settled_at` they set up a second way to get codes, or said that they want none for now.
    `phone` is a number that came with the account, sealed to the person, and `phone_fingerprint` its keyed digest.
    A `demo` person has a published password, and so can sign in in demo mode only.
    """

    __tablename__ = "user"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(LONGEST_USERNAME), unique=True)
    selector: Mapped[str] = mapped_column(String(22), unique=True)
    email: Mapped[str] = mapped_column(String(LONGEST_ADDRESS))
    mailbox: Mapped[str] = mapped_column(Text, index=True, default=_own_mailbox)
    name: Mapped[str] = mapped_column(String(200))
    groups: Mapped[tuple[str, ...]] = mapped_column(Names)
    password_hash: Mapped[str | None] = mapped_column(Text)
    security_epoch: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(Instant)
    disabled_at: Mapped[datetime | None] = mapped_column(Instant)
    demo: Mapped[bool] = mapped_column(default=False)
    last_signed_in_at: Mapped[datetime | None] = mapped_column(Instant)
    last_signed_in_how: Mapped[str | None] = mapped_column(String(32))
    password_compromised_at: Mapped[datetime | None] = mapped_column(Instant)
    second_way_settled_at: Mapped[datetime | None] = mapped_column(Instant)
    phone: Mapped[str | None] = mapped_column(Text)
    phone_fingerprint: Mapped[str | None] = mapped_column(String(DIGEST_LENGTH))


def is_address(text: str) -> bool:
    """Return whether mail can be addressed like that."""
    return len(text) <= LONGEST_ADDRESS and _ADDRESS.fullmatch(text) is not None


def user_id_column() -> Mapped[int]:
    """Return the column with which a row belongs to a person and goes with them."""
    return mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)


def canonical(username: str) -> str | None:
    """Return the one spelling of a username (NFKC, casefold, no outer spaces), or None if it cannot be one.

    Every look-up, counter and uniqueness check goes through here, so that `ADMIN`, `admin ` and full-width letters are
    one account, and letters that only look alike are none.
    """
    if len(username) > LONGEST_TYPED:
        return None
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", username).casefold()).strip()
    return folded if len(folded) <= LONGEST_USERNAME and _USERNAME.fullmatch(folded) else None


_users = table(User)
_BY_USERNAME = columns(User).where(_users.c.username == bindparam("username"))
_BY_ID = columns(User).where(_users.c.id == bindparam("id"))
_BY_MAILBOX = columns(User).where(_users.c.mailbox == bindparam("mailbox")).order_by(_users.c.username)
_STAND_IN = (
    select(_users.c.selector, _users.c.password_hash)
    .where(_users.c.selector >= bindparam("start"), _users.c.password_hash.is_not(None))
    .order_by(_users.c.selector)
    .limit(1)
)
_BY_ID_LOCKED = _BY_ID.with_for_update()
_REPLACE_HASH = update(User).where(User.id == bindparam("user_id")).values(password_hash=bindparam("new"))
_RAISE_EPOCH = (
    update(User)
    .where(User.id == bindparam("user_id"))
    .values(security_epoch=User.security_epoch + 1)
    .returning(User.security_epoch)
)


def by_username(connection: Connection, username: str) -> User | None:
    """Return the person with this username, however it is spelled."""
    name = canonical(username)
    return first(connection, _BY_USERNAME, User, username=name) if name else None


def by_address(connection: Connection, address: str) -> list[User]:
    """Return all people with this mail address, however it is spelled, by username."""
    return rows(connection, _BY_MAILBOX, User, mailbox=mailbox(address))


def by_id(connection: Connection, user_id: int, *, lock: bool = False) -> User | None:
    """Return the person with this number; with `lock`, other writers wait (SQLite's writers always do)."""
    return first(connection, _BY_ID_LOCKED if lock else _BY_ID, User, id=user_id)


def stand_in(connection: Connection, spot: str) -> tuple[str, str] | None:
    """Return somebody's selector and sealed password hash, the same for the same spot (hex), for unknown names.

    While hashes of several origins are in use, unknown names so cost what known ones cost (security requirement EU1).
    """
    start = base64.urlsafe_b64encode(bytes.fromhex(spot)[:16]).decode().rstrip("=")
    found = connection.execute(_STAND_IN, {"start": start}).first()
    found = found or connection.execute(_STAND_IN, {"start": ""}).first()
    return (found.selector, found.password_hash) if found else None


def everybody(connection: Connection) -> list[User]:
    """Return all people by username."""
    return rows(connection, columns(User).order_by(_users.c.username), User)


def count(connection: Connection) -> int:
    """Return how many people there are."""
    return connection.execute(select(func.count()).select_from(User)).scalar_one()


def add(connection: Connection, **values: object) -> int:
    """Add a person; return their number. Raises IntegrityError if the username is taken."""
    return connection.execute(insert(User).values(**values).returning(User.id)).scalar_one()


def replace_hash(connection: Connection, user_id: int, new: str) -> None:
    """Keep another sealed password hash. Whoever calls this holds the person's row."""
    connection.execute(_REPLACE_HASH, {"user_id": user_id, "new": new})


def raise_epoch(connection: Connection, user_id: int) -> int:
    """End all trust and sessions that carry an older epoch; return the new one."""
    return connection.execute(_RAISE_EPOCH, {"user_id": user_id}).scalar_one()


def move(connection: Connection, user_id: int, address: str) -> None:
    """Give a person another mail address."""
    change(connection, user_id, email=address, mailbox=mailbox(address))


def change(connection: Connection, user_id: int, **values: object) -> None:
    """Set some of a person's columns."""
    connection.execute(update(User).where(User.id == user_id).values(**values))
