"""How many sign-ins and wishes for mail one network address may begin (TH4): what slows down who tries many names.

Known browsers are left out of that, so that a crowd elsewhere in an office holds up nobody. They have a limit of their
own, for a stolen cookie or a machine gone bad: without one each held try would cost a hash and an event for ever.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from ssp.flows.portal import Portal, Visit
from ssp.infra import references
from ssp.infra.clock import lies_ahead
from ssp.infra.networks import network
from ssp.models import Throttle, throttle
from ssp.settings import Rate

PREFIX = "sign-in:"
# Wishes of people who forgot something have counters of their own, or each would keep people from the other.
FORGOTTEN = "forgotten:"
# Nobody runs out of IPv6 addresses, but of buckets: 4096 for each rate, with room for eight addresses each (DO4).
BUCKET_DIGITS = 3
ROOM = 8
# Far more than anybody types, and next to nothing to compute.
BROWSER = Rate(60, timedelta(minutes=10))


@dataclass(frozen=True, slots=True)
class Full:
    """An address has begun as many as it may. `rate` is the limit that this try was the first one to pass.

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
    return next(filter(None, (_standing(connection, portal, each, at) for each in counters(portal, visit))), None)


def browser_full(connection: Connection, portal: Portal, browser: str, at: datetime) -> Full | None:
    """Return how a known browser, or a session, is held, or None if it is not."""
    return _standing(connection, portal, _of_browser(browser), at)


def _standing(connection: Connection, portal: Portal, counter: Counter, at: datetime) -> Full | None:
    row = throttle.read(connection, counter.key)
    if row is None or row.since <= at - counter.rate.span or lies_ahead(row.since, at):
        return None
    return _full(portal, counter, row) if row.count > counter.rate.most else None


def count(connection: Connection, portal: Portal, visit: Visit, at: datetime, prefix: str = PREFIX) -> Full | None:
    """Count a sign-in before anything is looked at; return how the address is held if it was one too many.

    An address that was never counted before may push out older ones of its bucket, so that no flood fills the table.
    """
    for counter in counters(portal, visit, prefix):
        counted = throttle.count(connection, counter.key, at, at - counter.rate.span, counter.bucket)
        if counted == 1:
            throttle.make_room(connection, counter.bucket, counter.key, ROOM)
        if held := _passed(connection, portal, counter, counted):
            return held
    return None


def count_browser(connection: Connection, portal: Portal, browser: str, at: datetime) -> Full | None:
    """Count a password of a known browser, or a session; return how that is held if it was one too many."""
    counter = _of_browser(browser)
    counted = throttle.count(connection, counter.key, at, at - counter.rate.span)
    return _passed(connection, portal, counter, counted)


def _passed(connection: Connection, portal: Portal, counter: Counter, counted: int) -> Full | None:
    """Return how a counter holds that has come so far; None if it does not."""
    if counted <= counter.rate.most:
        return None
    row = throttle.read(connection, counter.key)
    assert row is not None  # noqa: S101 - it was counted in this transaction
    return _full(portal, counter, row, first=counted == counter.rate.most + 1)


def _full(portal: Portal, counter: Counter, row: Throttle, *, first: bool = False) -> Full:
    digest = portal.keys.mac("reference", f"{counter.key} {row.since.isoformat()}")
    reference = references.spelled(int(digest, 16))
    return Full(row.since + counter.rate.span, reference, counter.rate if first else None)


def _of_browser(browser: str) -> Counter:
    return Counter(f"{PREFIX}browser:{browser}", "", BROWSER)


def counters(portal: Portal, visit: Visit, prefix: str = PREFIX) -> Iterator[Counter]:
    """Give an address's counters, the shortest first: what one refuses is not counted by the longer ones."""
    digest = portal.keys.mac("address", network(visit.address))
    for rate in sorted(portal.settings.limit_sign_ins, key=lambda rate: rate.span):
        name = f"{prefix}{str(rate).partition('/')[2]}:"
        yield Counter(f"{name}{digest}", f"{name}{digest[:BUCKET_DIGITS]}", rate)
