"""Whether the security log is as it was sealed: every block against its events, and each against the one before."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from ssp.flows import seals
from ssp.flows.portal import Portal
from ssp.flows.sealing import MOST_EVENTS
from ssp.flows.seals import Fault, Link
from ssp.models import Event, EventBlock, event, event_block


@dataclass
class Report:
    """What was found. `newest` is where the chain ends; `unsealed` counts events behind it, since `unsealed_since`."""

    faults: list[Fault] = field(default_factory=list)
    blocks: int = 0
    events: int = 0
    pruned: int = 0
    newest: Link = field(default_factory=Link)
    sealed_at: datetime | None = None
    unsealed: int = 0
    unsealed_since: datetime | None = None


def verify(portal: Portal, *, since: datetime | None = None, expect: str | None = None) -> Report:
    """Check the log, or what was sealed since a moment; the chain has to hold the digest that is expected."""
    report = Report()
    with portal.database.reading() as connection:
        link = _begin(connection, portal, since, report)
    digests = {link.digest}
    while True:
        with portal.database.reading() as connection:
            block, events = following(connection, link)
        if block is None:
            break
        faults = list(seals.block_faults(portal.keys, link, block, events))
        if faults and (beyond := _pruned_meanwhile(portal, link)):
            link = beyond
            continue
        report.faults += faults
        report.blocks, report.events, report.sealed_at = report.blocks + 1, report.events + len(events), block.sealed_at
        link = seals.link_of(block)
        digests.add(link.digest)
    report.newest = link
    _end(portal, report)
    if expect is not None and expect not in digests:
        words = f"no block has the digest {expect}: blocks were cut off, or other events sealed in their place"
        report.faults.append(Fault(link.number, words))
    return report


def following(connection: Connection, link: Link) -> tuple[EventBlock | None, Sequence[Event]]:
    """Return the next block after a link, with the events in its range."""
    block = event_block.next_after(connection, link.number)
    # One more than any block has, so that an event too many is seen.
    return block, event.between(connection, block.first_id, block.last_id, MOST_EVENTS + 1) if block else ()


def _begin(connection: Connection, portal: Portal, since: datetime | None, report: Report) -> Link:
    """Return what the first block to be checked has to follow."""
    anchor = event_block.anchor(connection)
    link = seals.link_of(anchor)
    if anchor is not None:
        report.pruned = anchor.count
        if fault := seals.anchor_fault(portal.keys, anchor):
            report.faults.append(fault)
    if left := event.up_to(connection, link.last_id):
        words = f"there are {left} events up to {link.last_id}, where none can be"
        report.faults.append(Fault(link.number, words))
    earlier = event_block.last_before(connection, since) if since else None
    if earlier is None:
        return link
    # How old it is stands in what it seals: with a forged date it would have us look at nothing behind it.
    before = Link(earlier.number - 1, earlier.first_id - 1, earlier.previous)
    events = event.between(connection, earlier.first_id, earlier.last_id, MOST_EVENTS + 1)
    report.faults.extend(seals.block_faults(portal.keys, before, earlier, events))
    return seals.link_of(earlier)


def _pruned_meanwhile(portal: Portal, link: Link) -> Link | None:
    """Return where the log begins if blocks behind `link` were pruned while they were being checked."""
    with portal.database.reading() as connection:
        beyond = seals.link_of(event_block.anchor(connection))
    return beyond if beyond.number > link.number else None


def _end(portal: Portal, report: Report) -> None:
    """Look at what stands behind the last block. Pruning leaves one, so without any they were removed."""
    with portal.database.reading() as connection:
        if report.pruned and not report.blocks and event_block.newest(connection) is None:
            report.faults.append(Fault(report.newest.number + 1, "no block is left behind those that were pruned"))
        report.unsealed, report.unsealed_since = event.above(connection, report.newest.last_id)
