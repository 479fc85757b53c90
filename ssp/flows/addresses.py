"""How many sign-ins and wishes for mail one network address may begin (TH4): what slows down who tries many names."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from ssp.flows.portal import Portal, Visit
from ssp.infra.networks import network
from ssp.models import throttle
from ssp.settings import Rate

PREFIX = "sign-in:"
# Wishes of people who forgot something have counters of their own, or each would keep people from the other.
FORGOTTEN = "forgotten:"
# Nobody runs out of IPv6 addresses, but of buckets: 4096 for each rate, with room for eight addresses each (DO4).
BUCKET_DIGITS = 3
ROOM = 8


@dataclass(frozen=True, slots=True)
class Full:
    """An address has begun as many as it may. `rate` is the limit that this try was the first one to pass."""

    until: datetime
    rate: Rate | None = None


@dataclass(frozen=True, slots=True)
class Counter:
    """One address's counter of one rate, and the bucket that it is in."""

    key: str
    bucket: str
    rate: Rate


def full_until(connection: Connection, portal: Portal, visit: Visit, at: datetime) -> datetime | None:
    """Return until when an address begins no sign-in, or None if it may; a question, so it counts nothing."""
    for counter in counters(portal, visit):
        row = throttle.read(connection, counter.key)
        if row is not None and row.since > at - counter.rate.span and row.count > counter.rate.most:
            return row.since + counter.rate.span
    return None


def count(connection: Connection, portal: Portal, visit: Visit, at: datetime, prefix: str = PREFIX) -> Full | None:
    """Count a sign-in before anything is looked at; return how the address is held if it was one too many."""
    for counter in counters(portal, visit, prefix):
        counted = throttle.count(connection, counter.key, at, at - counter.rate.span, counter.bucket)
        if counted == 1:
            throttle.make_room(connection, counter.bucket, counter.key, ROOM)
        if counted > counter.rate.most:
            row = throttle.read(connection, counter.key)
            assert row is not None  # noqa: S101 - it was counted above, in this transaction
            first = counted == counter.rate.most + 1
            return Full(row.since + counter.rate.span, counter.rate if first else None)
    return None


def counters(portal: Portal, visit: Visit, prefix: str = PREFIX) -> Iterator[Counter]:
    """Give an address's counters, the shortest first: what one refuses is not counted by the longer ones."""
    digest = portal.keys.mac("address", network(visit.address))
    for rate in sorted(portal.settings.limit_sign_ins, key=lambda rate: rate.span):
        name = f"{prefix}{str(rate).partition('/')[2]}:"
        yield Counter(f"{name}{digest}", f"{name}{digest[:BUCKET_DIGITS]}", rate)
