"""How many sign-ins one network address may begin (TH4): what slows down whoever tries many usernames."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from ssp.flows.portal import Portal, Visit
from ssp.infra import references
from ssp.infra.networks import network
from ssp.models import Throttle, throttle
from ssp.settings import Rate

PREFIX = "sign-in:"
# Nobody runs out of IPv6 addresses, but of buckets: 4096 for each rate, with room for eight addresses each (DO4).
BUCKET_DIGITS = 3
ROOM = 8


@dataclass(frozen=True, slots=True)
class Full:
    """An address has begun as many sign-ins as it may. `rate` is the limit that this try was the first one to pass.

    `reference` is one for all tries of this span, since the log tells of the first one only.
    """

    until: datetime
    reference: str
    rate: Rate | None = None


@dataclass(frozen=True, slots=True)
class Counter:
    """One address's counter of one rate, and the bucket that it is in."""

    key: str
    bucket: str
    rate: Rate


def full(connection: Connection, portal: Portal, visit: Visit, at: datetime) -> Full | None:
    """Return how an address is held, or None if it is not; a question, so it counts nothing."""
    for counter in counters(portal, visit):
        row = throttle.read(connection, counter.key)
        if row is not None and row.since > at - counter.rate.span and row.count > counter.rate.most:
            return _full(portal, counter, row)
    return None


def count(connection: Connection, portal: Portal, visit: Visit, at: datetime) -> Full | None:
    """Count a sign-in before anything is looked at; return how the address is held if it was one too many."""
    for counter in counters(portal, visit):
        counted = throttle.count(connection, counter.key, at, at - counter.rate.span, counter.bucket)
        if counted == 1:
            throttle.make_room(connection, counter.bucket, counter.key, ROOM)
        if counted > counter.rate.most:
            row = throttle.read(connection, counter.key)
            assert row is not None  # noqa: S101 - it was counted above, in this transaction
            return _full(portal, counter, row, first=counted == counter.rate.most + 1)
    return None


def _full(portal: Portal, counter: Counter, row: Throttle, *, first: bool = False) -> Full:
    digest = portal.keys.mac("reference", f"{counter.key} {row.since.isoformat()}")
    reference = references.spelled(int(digest, 16))
    return Full(row.since + counter.rate.span, reference, counter.rate if first else None)


def counters(portal: Portal, visit: Visit) -> Iterator[Counter]:
    """Give an address's counters, the shortest first: what one refuses is not counted by the longer ones."""
    digest = portal.keys.mac("address", network(visit.address))
    for rate in sorted(portal.settings.limit_sign_ins, key=lambda rate: rate.span):
        name = f"{PREFIX}{str(rate).partition('/')[2]}:"
        yield Counter(f"{name}{digest}", f"{name}{digest[:BUCKET_DIGITS]}", rate)
