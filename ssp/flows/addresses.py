"""How many sign-ins one network address may begin (TH4): what slows down whoever tries many usernames.

Known browsers are left out of that, so that a crowd elsewhere in an office holds up nobody. They have a limit of their
own, for a stolen cookie or a machine gone bad: without one each held try would cost a hash and an event for ever.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from ssp.flows.portal import Portal, Visit
from ssp.infra.clock import lies_ahead
from ssp.infra.networks import network
from ssp.models import throttle
from ssp.settings import Rate

PREFIX = "sign-in:"
# Nobody runs out of IPv6 addresses, but of buckets: 4096 for each rate, with room for eight addresses each (DO4).
BUCKET_DIGITS = 3
ROOM = 8
# Far more than anybody types, and next to nothing to compute.
BROWSER = Rate(60, timedelta(minutes=10))


@dataclass(frozen=True, slots=True)
class Full:
    """An address has begun as many sign-ins as it may. `rate` is the limit that this try was the first one to pass."""

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
    ends = (_full_until(connection, counter.key, counter.rate, at) for counter in counters(portal, visit))
    return next(filter(None, ends), None)


def _full_until(connection: Connection, key: str, rate: Rate, at: datetime) -> datetime | None:
    row = throttle.read(connection, key)
    if row is None or row.since <= at - rate.span or lies_ahead(row.since, at) or row.count <= rate.most:
        return None
    return row.since + rate.span


def browser_full_until(connection: Connection, browser: str, at: datetime) -> datetime | None:
    """Return until when no password of this known browser, or session, is looked at; None if it is."""
    return _full_until(connection, _of_browser(browser), BROWSER, at)


def count_browser(connection: Connection, browser: str, at: datetime) -> Full | None:
    """Count a password of a known browser, or a session; return how that is held if it was one too many."""
    key = _of_browser(browser)
    return _full(connection, key, BROWSER, throttle.count(connection, key, at, at - BROWSER.span))


def _of_browser(browser: str) -> str:
    return f"{PREFIX}browser:{browser}"


def count(connection: Connection, portal: Portal, visit: Visit, at: datetime) -> Full | None:
    """Count a sign-in before anything is looked at; return how the address is held if it was one too many."""
    for counter in counters(portal, visit):
        counted = throttle.count(connection, counter.key, at, at - counter.rate.span, counter.bucket)
        if counted == 1:
            throttle.make_room(connection, counter.bucket, counter.key, ROOM)
        if full := _full(connection, counter.key, counter.rate, counted):
            return full
    return None


def _full(connection: Connection, key: str, rate: Rate, counted: int) -> Full | None:
    """Return how a counter holds that has come so far; None if it does not."""
    if counted <= rate.most:
        return None
    row = throttle.read(connection, key)
    assert row is not None  # noqa: S101 - it was counted in this transaction
    return Full(row.since + rate.span, rate if counted == rate.most + 1 else None)


def counters(portal: Portal, visit: Visit) -> Iterator[Counter]:
    """Give an address's counters, the shortest first: what one refuses is not counted by the longer ones."""
    digest = portal.keys.mac("address", network(visit.address))
    for rate in sorted(portal.settings.limit_sign_ins, key=lambda rate: rate.span):
        name = f"{PREFIX}{str(rate).partition('/')[2]}:"
        yield Counter(f"{name}{digest}", f"{name}{digest[:BUCKET_DIGITS]}", rate)
