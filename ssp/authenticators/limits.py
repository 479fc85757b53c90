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
# The counters that forget a send that failed.
Counted = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Limit:
    """So many sends in a span of time, counted by name."""

    name: str
    most: int
    span: timedelta


PER_LINE = Limit("line", 5, timedelta(minutes=10))
# All extensions of an office together: colleagues may sign in at once, a loop over extensions may not.
PER_NUMBER = Limit("number", 20, timedelta(minutes=10))
PER_PERSON = Limit("person", 10, timedelta(days=1))
# New numbers and new sign-ins begin without a wait, so a person's sends have a pace of their own.
PACE = Limit("pace", 6, timedelta(minutes=10))
PER_ADDRESS = Limit("address", 20, timedelta(hours=1))
WHOLE_SITE = Limit("site", 1000, timedelta(hours=1))


def wait_after(sends: int, first_wait: timedelta) -> timedelta:
    """Return how long to wait after so many sends: it doubles each time."""
    return first_wait * int(2 ** max(sends - 1, 0))


def line(phone: str, extension: str, *, proven: bool) -> str:
    """Return what sends are counted for.

    While a number is being set up anybody may have typed it, so its owner's own codes are counted apart.
    """
    return f"{phone if proven else f'set-up {phone}'};{extension}"


def count_send(connection: Connection, keys: KeyRing, bearer: Bearer, line: str, at: datetime) -> Counted | None:
    """Count one send with every limit, or with none and return None if one of them is used up."""
    subjects = (
        (PER_LINE, keys.mac("number", line)),
        (PER_NUMBER, keys.mac("number", line.partition(";")[0])),
        (PER_PERSON, str(bearer.user.id)),
        (PACE, str(bearer.user.id)),
        (PER_ADDRESS, keys.mac("address", bearer.address)),
        (WHOLE_SITE, "all"),
    )
    counters = [(f"send:{limit.name}:{subject}", limit) for limit, subject in subjects]
    with connection.begin_nested() as savepoint:
        for name, limit in counters:
            if throttle.count(connection, name, at, at - limit.span) > limit.most:
                savepoint.rollback()
                return None
    # What did not leave is no text that anybody got. The pace, the address and the site still count it, or a provider
    # that is down could be asked without end.
    return tuple(name for name, limit in counters if limit in {PER_LINE, PER_NUMBER, PER_PERSON})
