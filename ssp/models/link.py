"""Links that leave by mail: the database keeps a digest of each, so that only the mail opens it."""

from datetime import datetime

from sqlalchemy import Connection, String, bindparam, insert, or_, update
from sqlalchemy.orm import Mapped, mapped_column

from ssp.extensions import Base
from ssp.infra.clock import DIFFERENCE
from ssp.models.columns import DIGEST_LENGTH, ID_LENGTH, Instant, columns, drop, first, rows, table
from ssp.models.user import LONGEST_ADDRESS, user_id_column


class MailedLink(Base):
    """One link, for one purpose and person. It works once: `used_at` is set by whoever uses it first.

    Links of notices say what was told: `notice` is the kind, `way` what it was about, `authenticator_id` what was set
    up. `created_at` is when it happened. Links that change the mail address have it in `email`: the new one, or the one
    that comes back. Links of notices have there the address that the notice went to.
    """

    __tablename__ = "mailed_link"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(DIGEST_LENGTH), unique=True)
    purpose: Mapped[str] = mapped_column(String(16))
    user_id: Mapped[int] = user_id_column()
    notice: Mapped[str | None] = mapped_column(String(32))
    way: Mapped[str | None] = mapped_column(String(120))
    address: Mapped[str | None] = mapped_column(String(45))
    authenticator_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    email: Mapped[str | None] = mapped_column(String(LONGEST_ADDRESS))
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


_links = table(MailedLink)
_BY_TOKEN = columns(MailedLink).where(
    _links.c.token_hash == bindparam("token_hash"), _links.c.purpose == bindparam("purpose")
)
_CLAIM = (
    update(MailedLink)
    .where(
        MailedLink.id == bindparam("link_id"),
        MailedLink.used_at.is_(None),
        MailedLink.expires_at > bindparam("at"),
        MailedLink.created_at <= bindparam("latest"),
    )
    .values(used_at=bindparam("at"))
    .returning(MailedLink.id)
)
_NEWEST = (
    columns(MailedLink)
    .where(
        _links.c.user_id == bindparam("user_id"),
        _links.c.purpose == bindparam("purpose"),
        _links.c.used_at.is_(None),
        _links.c.expires_at > bindparam("at"),
    )
    .order_by(_links.c.created_at.desc(), _links.c.id)
    .limit(1)
)
_OF_PURPOSE = (
    columns(MailedLink)
    .where(_links.c.user_id == bindparam("user_id"), _links.c.purpose == bindparam("purpose"))
    .order_by(_links.c.created_at, _links.c.id)
)


def by_token_hash(connection: Connection, token_hash: str, purpose: str) -> MailedLink | None:
    """Return the link of a token that is for this purpose, also one that is over."""
    return first(connection, _BY_TOKEN, MailedLink, token_hash=token_hash, purpose=purpose)


def add(connection: Connection, **values: object) -> None:
    """Keep a new link."""
    connection.execute(insert(MailedLink).values(**values))


def claim(connection: Connection, link_id: str, at: datetime) -> bool:
    """Use a link; False if it was used before, ran out or is of the future, so that of two requests one wins."""
    return connection.execute(_CLAIM, {"link_id": link_id, "at": at, "latest": at + DIFFERENCE}).first() is not None


def newest(connection: Connection, user_id: int, purpose: str, at: datetime) -> MailedLink | None:
    """Return the newest of a person's links of this purpose that works at a moment."""
    return first(connection, _NEWEST, MailedLink, user_id=user_id, purpose=purpose, at=at)


def of_purpose(connection: Connection, user_id: int, purpose: str) -> list[MailedLink]:
    """Return all of a person's links of this purpose, the oldest first."""
    return rows(connection, _OF_PURPOSE, MailedLink, user_id=user_id, purpose=purpose)


def end_all(  # noqa: PLR0913 - whose, and which of them
    connection: Connection,
    user_id: int,
    purpose: str,
    at: datetime,
    *,
    since: datetime | None = None,
    only_to: str | None = None,
    but_to: str | None = None,
) -> None:
    """Let none of a person's links of this purpose work any more.

    With `since`, none that was made since then; with `only_to` or `but_to`, none that went to this address, or to
    another one. A notice of before addresses were noted went to the one on file.
    """
    live = update(MailedLink).where(
        MailedLink.user_id == user_id, MailedLink.purpose == purpose, MailedLink.used_at.is_(None)
    )
    if since is not None:
        live = live.where(MailedLink.created_at >= since)
    if only_to is not None:
        live = live.where(or_(MailedLink.email == only_to, MailedLink.email.is_(None)))
    if but_to is not None:
        live = live.where(MailedLink.email != but_to)
    connection.execute(live.values(used_at=at))


def forget_before(connection: Connection, at: datetime) -> int:
    """Drop some links that ran out before a moment; return how many they were."""
    return drop(connection, MailedLink, MailedLink.expires_at < at)
