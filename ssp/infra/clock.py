"""The server's clock, the only time that counts."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the time in UTC, with its zone."""
    return datetime.now(UTC)
