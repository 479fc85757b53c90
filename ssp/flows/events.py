"""Writing the security log: a row in the transaction of the change, and a line of JSON for the operator's log."""

import logging
from datetime import datetime
from enum import Enum

from sqlalchemy import Connection

from ssp.flows.portal import Visit
from ssp.infra.clock import now
from ssp.models import Authenticator, User, event

log = logging.getLogger("ssp.events")


class Kind(Enum):
    """What can happen. The value is what the log calls it."""

    PASSWORD = "sign_in.password"  # noqa: S105 - the name of an event
    SECOND_FACTOR = "sign_in.second_factor"
    CODE_SENT = "sign_in.code_sent"
    SENDS_PAUSED = "delivery.paused"
    HELD = "sign_in.held"
    STOPPED = "sign_in.stopped"
    SIGNED_IN = "sign_in.finished"
    NEW_BROWSER = "sign_in.new_browser"
    GIVEN_UP = "sign_in.given_up"
    DEFERRED = "sign_in.deferred"
    SIGNED_OUT = "session.signed_out"
    SET_UP_BEGUN = "authenticator.set_up_begun"
    SET_UP = "authenticator.set_up"
    REMOVED = "authenticator.removed"
    PAUSED = "authenticator.paused"
    RESUMED = "authenticator.resumed"
    PREFERENCE = "authenticator.preference"
    TRUSTED = "device.trusted"
    DEVICE_USED = "device.used"
    DEVICE_REVOKED = "device.revoked"
    USER_ADDED = "user.added"
    USER_DISABLED = "user.disabled"
    USER_ENABLED = "user.enabled"
    PASSWORD_CHANGED = "user.password_changed"  # noqa: S105 - the name of an event
    PASSWORD_REHASHED = "user.password_rehashed"  # noqa: S105 - the name of an event
    FAREWELL = "authenticator.old_told"
    DISOWNED = "notice.disowned"
    NOTICE_HELD = "notice.held"
    NOTICE_FAILED = "notice.failed"
    NOTICES_WAIT = "notice.waiting"
    RECOVERY_BEGUN = "recovery.begun"
    RECOVERED = "recovery.finished"
    KEYS_ROTATED = "keys.rotated"
    KEYS_DROPPED = "keys.dropped"


class Outcome(Enum):
    """How it went."""

    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


def record(  # noqa: PLR0913 - one row's columns
    connection: Connection,
    visit: Visit,
    kind: Kind,
    outcome: Outcome = Outcome.DONE,
    *,
    user: User | None = None,
    subject: str | None = None,
    reason: str | None = None,
    authenticator: Authenticator | None = None,
    at: datetime | None = None,
) -> None:
    """Write one event with the change that it reports. `subject` names somebody who is not known by row."""
    at = at or now()
    values = {
        "at": at,
        "kind": kind.value,
        "outcome": outcome.value,
        "reason": reason,
        "user_id": user.id if user else None,
        "subject": subject or (user.username if user else "-"),
        "authenticator_type": authenticator.type if authenticator else None,
        "authenticator_id": authenticator.id if authenticator else None,
        "address": visit.address,
        "agent": visit.agent,
        "request_id": visit.request_id,
    }
    event.add(connection, **values)
    log.info(kind.value, extra={"event": {**values, "at": at.isoformat()}})
