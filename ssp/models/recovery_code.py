"""Recovery codes: ten for one person, each for one sign-in without a phone. What people typed is never kept."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, String, UniqueConstraint, bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from ssp.extensions import Base
from ssp.models.columns import ID_LENGTH, Instant, columns, first, table
from ssp.models.user import user_id_column

SELECTOR_LENGTH = 2
HASH_LENGTH = 255
# So many are left at most when pages begin to say that it is time for new ones.
FEW = 2


class RecoveryCode(Base):
    """One code of a person's set. `selector` finds it; used ones stay until the next set, and open nothing."""

    __tablename__ = "recovery_code"
    __table_args__ = (UniqueConstraint("user_id", "selector", name="uq_recovery_code_user_id_selector"),)

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    user_id: Mapped[int] = user_id_column()
    selector: Mapped[str] = mapped_column(String(SELECTOR_LENGTH))
    code_hash: Mapped[str] = mapped_column(String(HASH_LENGTH))
    created_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class Tally(NamedTuple):
    """How many codes a person's set had, how many are left, and when it was made: None where there is none."""

    made: int
    left: int
    made_at: datetime | None

    @property
    def running_out(self) -> bool:
        """Return whether somebody who made codes has few or none of them left."""
        return self.made_at is not None and self.left <= FEW


_codes = table(RecoveryCode)
_OF_USER = columns(RecoveryCode).where(_codes.c.user_id == bindparam("user_id"))
_BY_SELECTOR = _OF_USER.where(_codes.c.selector == bindparam("selector"))
_ANY = _OF_USER.order_by(_codes.c.id).limit(1)
_TALLY = select(func.count(), func.count().filter(_codes.c.used_at.is_(None)), func.max(_codes.c.created_at)).where(
    _codes.c.user_id == bindparam("user_id")
)
_CLAIM = (
    update(RecoveryCode)
    .where(RecoveryCode.id == bindparam("code_id"), RecoveryCode.used_at.is_(None))
    .values(used_at=bindparam("at"))
    .returning(RecoveryCode.id)
)
_FORGET = delete(RecoveryCode).where(RecoveryCode.user_id == bindparam("owner"))


def by_selector(connection: Connection, user_id: int, selector: str) -> RecoveryCode | None:
    """Return the person's code with this selector, used or not."""
    return first(connection, _BY_SELECTOR, RecoveryCode, user_id=user_id, selector=selector)


def any_of(connection: Connection, user_id: int) -> RecoveryCode | None:
    """Return one of the person's codes, whichever; what is compared for an unknown one costs as much as with it."""
    return first(connection, _ANY, RecoveryCode, user_id=user_id)


def tally(connection: Connection, user_id: int) -> Tally:
    """Return how a person's set stands."""
    return Tally(*connection.execute(_TALLY, {"user_id": user_id}).one())


def claim(connection: Connection, code_id: str, at: datetime) -> bool:
    """Use a code up for good; False if it is gone or used, so that of two requests one wins."""
    return connection.execute(_CLAIM, {"code_id": code_id, "at": at}).first() is not None


def add_all(connection: Connection, user_id: int, rows: Sequence[dict[str, object]]) -> None:
    """Give a person these codes. Whoever calls this holds the person's row."""
    connection.execute(insert(RecoveryCode), [{"user_id": user_id, **row} for row in rows])


def forget(connection: Connection, user_id: int) -> int:
    """Forget all of a person's codes; return how many rows they were."""
    return connection.execute(_FORGET, {"owner": user_id}).rowcount
