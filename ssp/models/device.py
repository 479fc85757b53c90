"""Trusted devices: browsers that skip the access code until a fixed day."""

from datetime import datetime

from sqlalchemy import Connection, String, bindparam, insert, or_, update
from sqlalchemy.orm import Mapped, mapped_column

from ssp.extensions import Base
from ssp.models.columns import DIGEST_LENGTH, ID_LENGTH, Instant, columns, drop, first, rows, table
from ssp.models.user import user_id_column


class TrustedDevice(Base):
    """A browser that a person told us to trust. The cookie holds the selector and a verifier; the row its digest."""

    __tablename__ = "trusted_device"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    user_id: Mapped[int] = user_id_column()
    epoch: Mapped[int]
    verifier_hash: Mapped[str] = mapped_column(String(DIGEST_LENGTH))
    previous_hash: Mapped[str | None] = mapped_column(String(DIGEST_LENGTH))
    rotated_at: Mapped[datetime] = mapped_column(Instant)
    label: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(Instant)
    last_used_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_because: Mapped[str | None] = mapped_column(String(32))


_devices = table(TrustedDevice)
_BY_SELECTOR = columns(TrustedDevice).where(
    _devices.c.id == bindparam("selector"), _devices.c.user_id == bindparam("user_id")
)
_LIVE = (
    columns(TrustedDevice)
    .where(
        _devices.c.user_id == bindparam("user_id"),
        _devices.c.revoked_at.is_(None),
        _devices.c.expires_at > bindparam("at"),
    )
    .order_by(_devices.c.last_used_at.desc())
)
_ROTATE = (
    update(TrustedDevice)
    .where(
        TrustedDevice.id == bindparam("device_id"),
        TrustedDevice.verifier_hash == bindparam("old_hash"),
        TrustedDevice.revoked_at.is_(None),
        TrustedDevice.expires_at > bindparam("at"),
    )
    .values(
        verifier_hash=bindparam("new_hash"),
        previous_hash=bindparam("old_hash"),
        rotated_at=bindparam("at"),
        last_used_at=bindparam("at"),
    )
    .returning(TrustedDevice.id)
)
_REVOKE = (
    update(TrustedDevice)
    .where(TrustedDevice.id == bindparam("device_id"), TrustedDevice.revoked_at.is_(None))
    .values(revoked_at=bindparam("at"), revoked_because=bindparam("reason"))
    .returning(TrustedDevice.id)
)
_REVOKE_OF_USER = _REVOKE.where(TrustedDevice.user_id == bindparam("owner"))


def by_selector(connection: Connection, user_id: int, selector: str) -> TrustedDevice | None:
    """Return this person's device with the selector, whatever its state."""
    return first(connection, _BY_SELECTOR, TrustedDevice, user_id=user_id, selector=selector)


def live(connection: Connection, user_id: int, at: datetime) -> list[TrustedDevice]:
    """Return a person's devices that still skip the code, the one used last first."""
    return rows(connection, _LIVE, TrustedDevice, user_id=user_id, at=at)


def add(connection: Connection, **values: object) -> None:
    """Trust a browser."""
    connection.execute(insert(TrustedDevice).values(**values))


def rotate(connection: Connection, row: TrustedDevice, old: str, new: str, at: datetime) -> bool:
    """Spend a device's verifier and put a new one in its place; False if it is not the current one or not valid."""
    values = {"device_id": row.id, "old_hash": old, "new_hash": new, "at": at}
    return connection.execute(_ROTATE, values).first() is not None


def revoke(connection: Connection, device_id: str, reason: str, at: datetime) -> bool:
    """End the trust in a device; False if it was over already."""
    return connection.execute(_REVOKE, {"device_id": device_id, "reason": reason, "at": at}).first() is not None


def revoke_of_user(connection: Connection, user_id: int, device_id: str, reason: str, at: datetime) -> bool:
    """End the trust in one of a person's own devices; False for anybody else's, and if it was over already."""
    values = {"owner": user_id, "device_id": device_id, "reason": reason, "at": at}
    return connection.execute(_REVOKE_OF_USER, values).first() is not None


def revoke_all(connection: Connection, user_id: int, reason: str, at: datetime, but: str | None = None) -> int:
    """End the trust in all of a person's devices, `but` this one; return how many they were."""
    statement = update(TrustedDevice).where(TrustedDevice.user_id == user_id, TrustedDevice.revoked_at.is_(None))
    if but is not None:
        statement = statement.where(TrustedDevice.id != but)
    return connection.execute(statement.values(revoked_at=at, revoked_because=reason)).rowcount


def forget_before(connection: Connection, at: datetime) -> int:
    """Drop some devices whose trust ended before a moment; return how many they were."""
    return drop(connection, TrustedDevice, or_(TrustedDevice.expires_at < at, TrustedDevice.revoked_at < at))
