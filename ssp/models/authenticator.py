"""What people hold to prove that they are who they say: a phone that gets texts, a line that gets calls, an app."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Connection,
    ForeignKey,
    String,
    Text,
    bindparam,
    delete,
    distinct,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from ssp.extensions import Base
from ssp.models.columns import DIGEST_LENGTH, ID_LENGTH, Instant, columns, first, rows, table
from ssp.models.pending import PendingSignIn
from ssp.models.user import user_id_column

LONGEST_NAME = 40


class Authenticator(Base):
    """One way to get access codes. Without `confirmed_at` it is a draft of one half-done set-up.

    `data` is sealed to the row; `fingerprint` is a keyed digest of where codes go, so that it can be counted unread.
    `name` is what the person calls it, if they do. `last_step` and `barred_step` are for codes that follow the clock.
    The preferred way is the one whose `preference_confirmed_at` is the newest.
    """

    __tablename__ = "authenticator"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    user_id: Mapped[int] = user_id_column()
    type: Mapped[str] = mapped_column(String(16))
    label: Mapped[str] = mapped_column(String(80))
    name: Mapped[str | None] = mapped_column(String(LONGEST_NAME))
    data: Mapped[str] = mapped_column(Text)
    fingerprint: Mapped[str | None] = mapped_column(String(DIGEST_LENGTH), index=True)
    pending_id: Mapped[str | None] = mapped_column(ForeignKey("pending_sign_in.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    preference_confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    last_used_at: Mapped[datetime | None] = mapped_column(Instant)
    last_step: Mapped[int | None] = mapped_column(BigInteger)
    barred_step: Mapped[int | None] = mapped_column(BigInteger)


_authenticators = table(Authenticator)
_BY_ID = columns(Authenticator).where(_authenticators.c.id == bindparam("authenticator_id"))
_CONFIRMED = (
    columns(Authenticator)
    .where(_authenticators.c.user_id == bindparam("user_id"), _authenticators.c.confirmed_at.is_not(None))
    .order_by(_authenticators.c.preference_confirmed_at.desc(), _authenticators.c.id)
)
_DRAFT = columns(Authenticator).where(
    _authenticators.c.pending_id == bindparam("pending_id"),
    _authenticators.c.type == bindparam("type"),
    _authenticators.c.confirmed_at.is_(None),
)
_HOLDERS = select(func.count(distinct(_authenticators.c.user_id))).where(
    _authenticators.c.fingerprint.in_(bindparam("fingerprints", expanding=True)),
    _authenticators.c.user_id != bindparam("but"),
    _authenticators.c.confirmed_at.is_not(None),
)
_CLAIM_STEP = (
    update(Authenticator)
    .where(
        Authenticator.id == bindparam("authenticator_id"),
        or_(Authenticator.last_step.is_(None), Authenticator.last_step < bindparam("step")),
        or_(Authenticator.barred_step.is_(None), Authenticator.barred_step != bindparam("step")),
    )
    .values(last_step=bindparam("step"))
    .returning(Authenticator.id)
)
_CONFIRM = (
    update(Authenticator)
    .where(Authenticator.id == bindparam("authenticator_id"), Authenticator.confirmed_at.is_(None))
    .values(
        confirmed_at=bindparam("at"),
        preference_confirmed_at=bindparam("preferred_at"),
        last_used_at=bindparam("at"),
        pending_id=None,
    )
    .returning(Authenticator.id)
)
_TOUCH = update(Authenticator).where(Authenticator.id == bindparam("authenticator_id"))


def by_id(connection: Connection, authenticator_id: str) -> Authenticator | None:
    """Return one way to get codes, also a draft."""
    return first(connection, _BY_ID, Authenticator, authenticator_id=authenticator_id)


def confirmed(connection: Connection, user_id: int) -> list[Authenticator]:
    """Return a person's ways to get codes, the preferred one first."""
    return rows(connection, _CONFIRMED, Authenticator, user_id=user_id)


def draft(connection: Connection, pending_id: str, type_name: str) -> Authenticator | None:
    """Return the unconfirmed authenticator of a half-done set-up."""
    return first(connection, _DRAFT, Authenticator, pending_id=pending_id, type=type_name)


def replace_draft(connection: Connection, **values: object) -> None:
    """Keep one draft for each half-done set-up and type: the newest."""
    connection.execute(
        delete(Authenticator).where(
            Authenticator.pending_id == values["pending_id"],
            Authenticator.type == values["type"],
            Authenticator.confirmed_at.is_(None),
        )
    )
    connection.execute(insert(Authenticator).values(**values))


def confirm(connection: Connection, authenticator_id: str, at: datetime, preferred_at: datetime) -> bool:
    """Turn a draft into a way to get codes; False if it is one already or gone.

    It is the preferred one if it is preferred since later than all others.
    """
    values = {"authenticator_id": authenticator_id, "at": at, "preferred_at": preferred_at}
    return connection.execute(_CONFIRM, values).first() is not None


def holders(connection: Connection, fingerprints: Sequence[str], but: int) -> int:
    """Return how many people, one of them left out, get codes at the place that has these fingerprints."""
    return connection.execute(_HOLDERS, {"fingerprints": fingerprints, "but": but}).scalar_one()


def claim_step(connection: Connection, authenticator_id: str, step: int) -> bool:
    """Take a time step for good; False if it, or a later one, was taken before (RFC 6238 5.2)."""
    return connection.execute(_CLAIM_STEP, {"authenticator_id": authenticator_id, "step": step}).first() is not None


def bar_step(connection: Connection, authenticator_id: str, step: int) -> None:
    """Never accept the code of this step, because somebody was told that it is a real one."""
    connection.execute(_TOUCH.values(barred_step=step), {"authenticator_id": authenticator_id})


def set_steps(connection: Connection, authenticator_id: str, *, last: int, barred: int | None) -> None:
    """Say which step was the last one taken, and which one is never accepted."""
    connection.execute(_TOUCH.values(last_step=last, barred_step=barred), {"authenticator_id": authenticator_id})


def used(connection: Connection, authenticator_id: str, at: datetime) -> None:
    """Note when a way to get codes last proved something."""
    connection.execute(_TOUCH.values(last_used_at=at), {"authenticator_id": authenticator_id})


def keep_preference(connection: Connection, authenticator_id: str, at: datetime) -> None:
    """Note that the person still wants to get codes this way."""
    connection.execute(_TOUCH.values(preference_confirmed_at=at), {"authenticator_id": authenticator_id})


def rename(connection: Connection, authenticator_id: str, name: str) -> None:
    """Note what the person calls a way to get codes."""
    connection.execute(_TOUCH.values(name=name), {"authenticator_id": authenticator_id})


def forget_drafts(connection: Connection, user_id: int, at: datetime) -> None:
    """Drop the drafts of a person's set-ups that were given up, finished otherwise, or ran out."""
    over = select(PendingSignIn.id).where(
        PendingSignIn.user_id == user_id, or_(PendingSignIn.ended_at.is_not(None), PendingSignIn.expires_at <= at)
    )
    draft = (Authenticator.user_id == user_id, Authenticator.confirmed_at.is_(None))
    connection.execute(delete(Authenticator).where(*draft, Authenticator.pending_id.in_(over)))


def remove(connection: Connection, authenticator_id: str) -> None:
    """Forget one way to get codes."""
    connection.execute(delete(Authenticator).where(Authenticator.id == authenticator_id))


def remove_all(connection: Connection, user_id: int) -> int:
    """Forget all of a person's ways to get codes, drafts too; return how many they were."""
    return connection.execute(delete(Authenticator).where(Authenticator.user_id == user_id)).rowcount
