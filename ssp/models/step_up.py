"""Fresh second factors of somebody who is signed in, each for one thing that they want to do."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, ForeignKey, String, bindparam, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from ssp.extensions import Base
from ssp.infra.clock import DIFFERENCE
from ssp.models.columns import ID_LENGTH, Instant, columns, first, table


class StepUp(Base):
    """A proof for one session, one action and one target, begun with the codes of `pending_id`, and spent once.

    Like a session it counts only while the person's epoch is the one that it carries.
    """

    __tablename__ = "step_up"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"), index=True)
    pending_id: Mapped[str] = mapped_column(ForeignKey("pending_sign_in.id", ondelete="CASCADE"), unique=True)
    epoch: Mapped[int]
    action: Mapped[str] = mapped_column(String(32))
    target: Mapped[str] = mapped_column(String(ID_LENGTH))
    created_at: Mapped[datetime] = mapped_column(Instant)
    proved_at: Mapped[datetime | None] = mapped_column(Instant)
    proved_amr: Mapped[str | None] = mapped_column(String(16))
    spent_at: Mapped[datetime | None] = mapped_column(Instant)


_step_ups = table(StepUp)
_OPEN = (
    _step_ups.c.session_id == bindparam("of_session"),
    _step_ups.c.epoch == bindparam("of_epoch"),
    _step_ups.c.action == bindparam("of_action"),
    _step_ups.c.target == bindparam("of_target"),
    _step_ups.c.spent_at.is_(None),
)
# What was begun or proved in the future was so while the clock was wrong.
_NEWEST = (
    columns(StepUp)
    .where(*_OPEN, _step_ups.c.created_at <= bindparam("ahead"))
    .order_by(_step_ups.c.created_at.desc(), _step_ups.c.id)
    .limit(1)
)
_PROVED = (*_OPEN, _step_ups.c.proved_at > bindparam("since"), _step_ups.c.proved_at <= bindparam("ahead"))
_FRESH = columns(StepUp).where(*_PROVED).limit(1)
_begun = _step_ups.alias()
_PROVED_AFTER = (
    select(_step_ups.c.id)
    .join(_begun, _begun.c.session_id == _step_ups.c.session_id)
    .where(_begun.c.pending_id == bindparam("pending_id"), _step_ups.c.proved_at > _begun.c.created_at)
    .limit(1)
)
_PROVE = (
    update(StepUp)
    .where(StepUp.id == bindparam("step_up_id"), StepUp.proved_at.is_(None))
    .values(proved_at=bindparam("at"), proved_amr=bindparam("amr"))
    .returning(StepUp.id)
)
_SPEND = (
    update(_step_ups)
    .where(*_PROVED)
    .values(spent_at=bindparam("at"))
    .returning(_step_ups.c.proved_at, _step_ups.c.proved_amr, _step_ups.c.id)
)
_GIVE_BACK = update(StepUp).where(StepUp.id == bindparam("step_up_id")).values(spent_at=None)


class Purpose(NamedTuple):
    """What one is for."""

    of_session: str
    of_epoch: int
    of_action: str
    of_target: str


class Proof(NamedTuple):
    """A second factor that was really proved: when, how in RFC 8176's words, and which row says so."""

    at: datetime
    amr: str
    step_up_id: str


def newest(connection: Connection, purpose: Purpose, at: datetime) -> StepUp | None:
    """Return the last one that was begun for this and is not spent."""
    return first(connection, _NEWEST, StepUp, ahead=at + DIFFERENCE, **purpose._asdict())


def fresh(connection: Connection, purpose: Purpose, since: datetime, at: datetime) -> StepUp | None:
    """Return one that was proved for this since a moment and is not spent."""
    return first(connection, _FRESH, StepUp, since=since, ahead=at + DIFFERENCE, **purpose._asdict())


def add(connection: Connection, **values: object) -> None:
    """Begin one."""
    connection.execute(insert(StepUp).values(**values))


def prove(connection: Connection, step_up_id: str, amr: str, at: datetime) -> bool:
    """Note that the code was right; False if that was noted before."""
    return connection.execute(_PROVE, {"step_up_id": step_up_id, "amr": amr, "at": at}).first() is not None


def proved_after(connection: Connection, pending_id: str) -> bool:
    """Return whether the session in which these codes were asked for proved anything after that."""
    return connection.execute(_PROVED_AFTER, {"pending_id": pending_id}).first() is not None


def spend(connection: Connection, purpose: Purpose, since: datetime, at: datetime) -> Proof | None:
    """Use up what was proved for this since a moment; None if there is nothing to spend, or somebody else did."""
    found = connection.execute(
        _SPEND, {"since": since, "ahead": at + DIFFERENCE, "at": at, **purpose._asdict()}
    ).first()
    return Proof(*found) if found else None


def give_back(connection: Connection, proof: Proof) -> None:
    """Let a proof that was spent be as it was, because what it was spent on did not happen."""
    connection.execute(_GIVE_BACK, {"step_up_id": proof.step_up_id})
