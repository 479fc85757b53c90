"""Dropping rows that nothing needs any more, a few at a time, so that nobody waits for it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from ssp.flows import addresses, browsers, events, log_check, recovery, sealing, seals, step_up, unfinished
from ssp.flows.events import Kind, Outcome
from ssp.flows.people import OPERATOR
from ssp.flows.portal import Portal
from ssp.infra.clock import now
from ssp.models import delivery, device, event, event_block, known_browser, link, mail, pending, session, throttle, wish

# Long enough to say on the sign-in page what became of an old visit.
KEPT = timedelta(days=1)
DEVICES_KEPT = timedelta(days=60)
DELIVERIES_KEPT = timedelta(days=100)
# A notice that could not leave for so long is no news any more.
UNSENT_KEPT = timedelta(days=30)
COUNTERS_KEPT = timedelta(days=400)
Forget = Callable[[Connection, datetime], int]
# What rows are called, how long they are kept after they are over, and what drops some of them.
Rule = tuple[str, timedelta, Forget]
_RULES: tuple[Rule, ...] = (
    ("half-done sign-ins", KEPT, pending.forget_before),
    ("sessions", KEPT, session.forget_before),
    ("trusted devices", DEVICES_KEPT, device.forget_before),
    ("known browsers", browsers.KEPT, known_browser.forget_before),
    ("texts and calls", DELIVERIES_KEPT, delivery.forget_before),
    ("mailed links", KEPT, link.forget_before),
    ("sent mails", KEPT, mail.forget_before),
    ("mails that never left", UNSENT_KEPT, mail.forget_unsent),
    ("wishes for mail", KEPT, wish.forget_before),
    ("counters", COUNTERS_KEPT, throttle.forget_before),
    ("counters", recovery.TRIES_SPAN, partial(throttle.forget_before, prefix=recovery.TRIES_PREFIX)),
    ("counters", step_up.WRONG_SPAN, partial(throttle.forget_before, prefix=step_up.WRONG_PREFIX)),
    ("counters", events.ONCE_IN, partial(throttle.forget_before, prefix=events.ONCE_PREFIX)),
)
EVENTS = "events"


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many rows of each kind were dropped; whether the log was sealed; its block that is not as it was sealed."""

    dropped: dict[str, int]
    sealed: bool
    broken_block: int | None


def prune(portal: Portal) -> Pruned:
    """Drop rows that are over, and seal the log."""
    at = now()
    unfinished.tell(portal)  # before nobody knows of them any more
    dropped: dict[str, int] = {}
    for name, kept, forget in (*_RULES, *_addresses(portal)):
        dropped[name] = dropped.get(name, 0) + _in_batches(portal, at - kept, forget)
    dropped[EVENTS], broken = _prune_log(portal, at - timedelta(days=portal.settings.keep_events_days))
    return Pruned(dropped, _sealed(portal), broken)


def _addresses(portal: Portal) -> Iterator[Rule]:
    """Give the rules for counters of network addresses, which are of no use once the longest span is over."""
    longest = max(rate.span for rate in (*portal.settings.limit_sign_ins, addresses.BROWSER))
    for prefix in (addresses.PREFIX, addresses.FORGOTTEN):
        yield "counters", longest, partial(throttle.forget_before, prefix=prefix)


def _sealed(portal: Portal) -> bool:
    try:
        sealing.seal(portal)
    except sealing.LogBusyError:
        return False
    return True


def _in_batches(portal: Portal, before: datetime, forget: Forget) -> int:
    """Drop what was over before a moment, some in each transaction; return how many rows those were."""
    total = 0
    while True:
        with portal.database.writing() as connection:
            number = forget(connection, before)
        if number == 0:
            return total
        total += number


def _prune_log(portal: Portal, before: datetime) -> tuple[int, int | None]:
    """Drop the oldest blocks with their events; return how many events, and the block at which that had to stop.

    A block goes only as it was sealed: its age is part of what is sealed, and else whoever can write to the database
    could have us drop what tells of them. The newest block stays, so that the chain has an end.
    """
    total, broken = 0, None
    while broken is None and (dropped := _prune_block(portal, before)) is not None:
        count, broken = dropped
        total += count
    if total or broken is not None:
        with portal.database.writing() as connection:
            if total:
                events.record(connection, OPERATOR, Kind.LOG_PRUNED, reason=f"events_{total}")
            if broken is not None:
                events.record(connection, OPERATOR, Kind.LOG_PRUNED, Outcome.REFUSED, reason=f"block_{broken}")
    return total, broken


def _prune_block(portal: Portal, before: datetime) -> tuple[int, int | None] | None:
    """Drop the oldest block; return how many events it had, or its number if it is broken. None: it is to stay."""
    with portal.database.reading() as connection:
        anchor, newest = event_block.anchor(connection), event_block.newest(connection)
        link = seals.link_of(anchor)
        block, closed = log_check.following(connection, link)
    if block is None or newest is None or block.number == newest.number or block.sealed_at >= before:
        return None
    broken = anchor is not None and seals.anchor_fault(portal.keys, anchor)
    if broken or any(seals.block_faults(portal.keys, link, block, closed)):
        return 0, block.number
    behind = seals.anchored(portal.keys, block, len(closed) + (anchor.count if anchor else 0), now())
    with portal.database.writing() as connection:
        if not event_block.move_anchor(connection, **behind):
            return 0, None  # somebody else prunes, too
        return event.drop_up_to(connection, block.last_id), None
