"""Sealing the security log after the fact: whoever writes an event waits for nobody.

Blocks close events in the order of their ids. A block is never opened again, so it must not close before every event
with a lower id is there: `_settled` says up to which id that is so.
"""

import logging
import threading
import time
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from ssp.flows import seals
from ssp.flows.portal import Portal
from ssp.infra.clock import now
from ssp.infra.database import Database
from ssp.models import event, event_block

log = logging.getLogger("ssp.seals")
# A block is read, digested and checked as one.
MOST_EVENTS = 1000
# How long to wait for transactions that have written events, of which the portal's own take milliseconds.
PATIENCE_SECONDS = 5.0
_LOOK_SECONDS = 0.02
# How long after an event its block is closed.
PAUSE_SECONDS = 30.0


class LogBusyError(Exception):
    """Some transaction that may have written events does not end, so that nothing can be sealed for now."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """What was sealed: how many events, in how many blocks."""

    events: int = 0
    blocks: int = 0


def seal(portal: Portal, patience: float | None = None) -> Sealed:
    """Close blocks over all events that there are; return what was sealed by this call. Raises LogBusyError.

    Two at once do no harm: a number is given once, and whoever comes second goes on behind it.
    """
    settled = _settled(portal.database, PATIENCE_SECONDS if patience is None else patience)
    sealed = Sealed()
    while True:
        with portal.database.reading() as connection:
            link = seals.link_of(event_block.newest(connection) or event_block.anchor(connection))
            events = event.between(connection, link.last_id + 1, settled, MOST_EVENTS)
        if not events:
            return sealed
        block = seals.close(portal.keys, link, events, now())
        with portal.database.writing() as connection:
            won = event_block.add(connection, **block)
        if won:
            sealed = Sealed(sealed.events + len(events), sealed.blocks + 1)
            # Outside of the database it shows whether somebody cut blocks off, or sealed other events in their place.
            log.info("block %d closes events %d to %d, digest %s", *map(block.get, _TOLD))


_TOLD = ("number", "first_id", "last_id", "digest")


def _settled(database: Database, patience: float) -> int:
    """Return an id up to which every event is there that ever will be. Raises LogBusyError.

    Ids are given in order but appear as transactions end. So: take the highest id in sight, then wait for those
    transactions, and only those, that were writing just then; nobody waits for us.
    """
    until = time.monotonic() + patience
    with database.reading() as connection:
        highest = event.highest(connection)
        under_way = event.writers(connection)
    while under_way:
        if time.monotonic() >= until:
            raise LogBusyError
        time.sleep(_LOOK_SECONDS)
        with database.reading() as connection:
            under_way &= event.writers(connection)
    return highest


class Sealer:
    """Seals what was written a little later, on a thread of its own, so that no page waits for it."""

    def __init__(self, portal: Portal, pause: float = PAUSE_SECONDS) -> None:
        self._portal, self._pause = portal, pause
        self._turn, self._work = threading.Lock(), threading.Lock()
        self._timer: threading.Timer | None = None

    def nudge(self) -> None:
        """Seal soon; until then further events are gathered."""
        if self._turn.acquire(blocking=False):
            self._timer = threading.Timer(self._pause, self._round)
            self._timer.daemon = True
            self._timer.start()

    def _round(self) -> None:
        with self._work:
            self._turn.release()  # what is written from here on asks for a round of its own
            try:
                seal(self._portal)
            except LogBusyError:
                log.warning("events wait for their seal: some other program keeps a transaction on them open")
            except SQLAlchemyError:
                log.warning("events wait for their seal: the database does not answer")

    def close(self) -> None:
        """Let the round under way finish, and begin no other. What is left is sealed by whoever comes next."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer.join()
        with self._work:
            self._timer = None
