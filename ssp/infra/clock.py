"""The server's clock, the only time that counts."""

from datetime import UTC, datetime, timedelta

# Two servers on one database may differ by so much, which is far more than machines do that ask for the time.
DIFFERENCE = timedelta(minutes=1)


def now() -> datetime:
    """Return the time in UTC, with its zone."""
    return datetime.now(UTC)


def lies_ahead(moment: datetime, at: datetime) -> bool:
    """Return whether something was noted in the future: the clock was wrong then or is now, so nothing rests on it."""
    return moment > at + DIFFERENCE
