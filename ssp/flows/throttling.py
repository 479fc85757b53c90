"""Wrong answers, counted for a person and an authenticator, never for a code, session or address (TH1 to TH3)."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from ssp.models import Authenticator, throttle

TRIES_BEFORE_PAUSE = 10
PAUSE = timedelta(minutes=15)
TRIES_BEFORE_STOP = 30
_FOREVER = timedelta(days=365 * 100)
# Failures add up until a right answer or Web Support clears them, however long that takes.
_WINDOW = timedelta(days=365 * 100)


def key(authenticator: Authenticator) -> str:
    """Return the counter's name: one for each way that is set up, one for each type while it is being set up."""
    what = authenticator.id if authenticator.confirmed_at else f"set-up:{authenticator.type}"
    return f"{prefix(authenticator.user_id)}{what}"


def prefix(user_id: int) -> str:
    """Return how the names of all of a person's counters begin."""
    return f"second-factor:{user_id}:"


def paused_until(connection: Connection, authenticator: Authenticator, at: datetime) -> datetime | None:
    """Return until when this way takes no answers, or None if it takes them."""
    row = throttle.read(connection, key(authenticator))
    return row.held_until if row and row.held_until and row.held_until > at else None


def claim(connection: Connection, authenticator: Authenticator, at: datetime) -> int | None:
    """Count an answer before it is looked at; return the count, or None if this way is paused."""
    if paused_until(connection, authenticator, at):
        return None
    name = key(authenticator)
    count = throttle.count(connection, name, at, at - _WINDOW)
    if count >= TRIES_BEFORE_STOP:
        throttle.hold(connection, name, at + _FOREVER)
    elif count % TRIES_BEFORE_PAUSE == 0:
        throttle.hold(connection, name, at + PAUSE)
    return count


def clear(connection: Connection, authenticator: Authenticator) -> None:
    """Forget the wrong answers, because a right one came."""
    throttle.clear(connection, key(authenticator))
