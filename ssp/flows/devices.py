"""Trusted devices: recognising one is a question, using and trusting are acts."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from sqlalchemy import Connection

from ssp.flows import events
from ssp.flows.events import Kind, Outcome
from ssp.flows.portal import Portal, Visit
from ssp.infra import agents, tokens
from ssp.infra.clock import lies_ahead
from ssp.models import TrustedDevice, User, device, session
from ssp.settings import Settings

# Two tabs that sign in at once both present the same value; after that a spent value is a stolen one (TD5).
GRACE = timedelta(seconds=10)
MOST = 10


class Standing(Enum):
    """How a browser stands with one person; the value is kept as the reason why a code is asked for."""

    TRUSTED = "trusted"
    TRUSTED_TAB = "trusted_tab"
    NEW = "new"
    EXPIRED = "expired"
    REVOKED = "revoked"
    BY_OWNER = "by_owner"
    TOO_MANY = "too_many"
    OUTDATED = "outdated"
    REPLAYED = "replayed"
    OFF = "off"


# What is told of a trust that was ended, by the reason in its row; of any other no more than that it was ended.
_TOLD = {
    "expired": Standing.EXPIRED,
    "replayed": Standing.REPLAYED,
    "by_owner": Standing.BY_OWNER,
    "too_many": Standing.TOO_MANY,
    "password_changed": Standing.OUTDATED,
    "authenticator_changed": Standing.OUTDATED,
    "mfa_reset": Standing.OUTDATED,
}
_ENDS = {Standing.REPLAYED, Standing.EXPIRED, Standing.OFF}


@dataclass(frozen=True, slots=True)
class Recognition:
    """What a browser's cookie says about it. `device` is set where the cookie names a row of this person."""

    standing: Standing
    device: TrustedDevice | None = None
    verifier_hash: str = ""
    successor: str = ""

    @property
    def trusted(self) -> bool:
        """Return whether this browser may skip the code."""
        return self.standing in {Standing.TRUSTED, Standing.TRUSTED_TAB}


def offered_to(settings: Settings, user: User) -> bool:
    """Return whether this person may trust devices at all; staff never may."""
    return settings.trust_days > 0 and not settings.is_staff(user.groups)


def recognise(
    connection: Connection, portal: Portal, user: User, cookies: Mapping[str, str], at: datetime
) -> Recognition:
    """Return how the browser stands with this person. `cookies` are its device cookies by user selector."""
    selector, _, verifier = cookies.get(user.selector, "").partition(".")
    row = device.by_selector(connection, user.id, selector) if verifier else None
    if row is None or lies_ahead(row.created_at, at):
        return Recognition(Standing.NEW if offered_to(portal.settings, user) else Standing.OFF)
    spent = tokens.digest(verifier)
    # It follows from the spent value, so that two tabs at once are given the same one and none is left with a dead one,
    # not even while keys are rotated: then the second tab gets what the first one got from the key before.
    successors = portal.keys.digests("device", f"{row.id}.{verifier}")
    successor = next((each for each in successors if tokens.digest(each) == row.verifier_hash), successors[0])
    return Recognition(_standing(portal.settings, user, row, spent, at), row, spent, successor)


def _standing(settings: Settings, user: User, row: TrustedDevice, verifier_hash: str, at: datetime) -> Standing:
    if not offered_to(settings, user):
        return Standing.OFF
    if row.revoked_at is not None:
        return _TOLD.get(row.revoked_because or "", Standing.REVOKED)
    # A setting that was lowered counts at once, so the end is worked out again.
    if at >= min(row.expires_at, row.created_at + timedelta(days=settings.trust_days)):
        return Standing.EXPIRED
    if row.epoch != user.security_epoch:
        return Standing.OUTDATED
    if hmac.compare_digest(row.verifier_hash, verifier_hash):
        return Standing.TRUSTED
    in_grace = abs(at - row.rotated_at) <= GRACE and hmac.compare_digest(row.previous_hash or "", verifier_hash)
    return Standing.TRUSTED_TAB if in_grace else Standing.REPLAYED


def use(connection: Connection, visit: Visit, user: User, seen: Recognition, at: datetime) -> str:
    """Skip the code with a recognised device; return its next cookie value, the same one for both of two tabs."""
    assert seen.device is not None  # noqa: S101 - a trusted standing always comes with its device
    events.record(connection, visit, Kind.DEVICE_USED, user=user, reason=seen.standing.value, at=at)
    device.rotate(connection, seen.device, seen.verifier_hash, tokens.digest(seen.successor), at)
    return f"{seen.device.id}.{seen.successor}"


def end_untrusted(connection: Connection, visit: Visit, user: User, seen: Recognition, at: datetime) -> bool:
    """End a device for good that counts no more (TD5, TD6); return whether this ended one.

    Its spent value came back, so somebody has a copy of the cookie; or the operator's rules changed, and shall not
    bring it back when they change again.
    """
    reason = seen.standing.value
    if not seen.device or seen.standing not in _ENDS or not device.revoke(connection, seen.device.id, reason, at):
        return False
    events.record(connection, visit, Kind.DEVICE_REVOKED, Outcome.REFUSED, user=user, reason=reason, at=at)
    # Whoever spent the value before is in with nothing but that.
    session.end_on_devices(connection, user.id, "device_ended", at, device_id=seen.device.id)
    return True


def trust(connection: Connection, settings: Settings, visit: Visit, user: User, at: datetime) -> tuple[str, str]:
    """Trust this browser for the set days; return the row's id and the cookie's value."""
    for old in device.live(connection, user.id, at)[MOST - 1 :]:
        device.revoke(connection, old.id, "too_many", at)
        events.record(connection, visit, Kind.DEVICE_REVOKED, user=user, reason="too_many", at=at)
    device_id, verifier = tokens.new_id(), tokens.new_token()
    device.add(
        connection,
        id=device_id,
        user_id=user.id,
        epoch=user.security_epoch,
        verifier_hash=tokens.digest(verifier),
        rotated_at=at,
        label=agents.describe(visit.agent),
        created_at=at,
        last_used_at=at,
        expires_at=at + timedelta(days=settings.trust_days),
    )
    events.record(connection, visit, Kind.TRUSTED, user=user, at=at)
    return device_id, f"{device_id}.{verifier}"
