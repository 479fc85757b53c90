"""How many codes may leave: limits that stop toll fraud and never lock an account (OT7).

Waits and sends belong to one challenge; the other counters span sign-ins, ways and people, and live in the database.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from ssp.authenticators.protocol import Bearer
from ssp.infra.crypto import KeyRing
from ssp.models import throttle

SENDS_PER_CHALLENGE = 3


@dataclass(frozen=True, slots=True)
class Limit:
    """So many sends in a span of time, counted by name."""

    name: str
    most: int
    span: timedelta


PER_NUMBER = Limit("number", 5, timedelta(minutes=10))
PER_PERSON = Limit("person", 10, timedelta(days=1))
PER_ADDRESS = Limit("address", 20, timedelta(hours=1))
WHOLE_SITE = Limit("site", 1000, timedelta(hours=1))


def wait_after(sends: int, first_wait: timedelta) -> timedelta:
    """Return how long to wait after so many sends: it doubles each time."""
    return first_wait * int(2 ** max(sends - 1, 0))


def count_send(connection: Connection, keys: KeyRing, bearer: Bearer, number: str, at: datetime) -> bool:
    """Count one send with every limit, or with none and return False if one of them is used up."""
    subjects = (
        (PER_NUMBER, keys.mac("number", number)),
        (PER_PERSON, str(bearer.user.id)),
        (PER_ADDRESS, keys.mac("address", bearer.address)),
        (WHOLE_SITE, "all"),
    )
    with connection.begin_nested() as savepoint:
        for limit, subject in subjects:
            if throttle.count(connection, f"send:{limit.name}:{subject}", at, at - limit.span) > limit.most:
                savepoint.rollback()
                return False
    return True
