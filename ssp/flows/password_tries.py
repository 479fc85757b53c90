"""What becomes of a password, or a code like one, that was counted: it is compared, and the log hears why not."""

from dataclasses import replace
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from ssp.flows import events, throttling
from ssp.flows.addresses import Full
from ssp.flows.events import Kind, Outcome
from ssp.flows.portal import Portal, Visit
from ssp.flows.throttling import Claimant, Try
from ssp.infra.passwords import Busy, Check
from ssp.models import User


def compared(  # noqa: PLR0913 - what is compared, for whom
    portal: Portal, counted: Try, stored: str | None, typed: str, *, decoy: str | None = None, whose: str | None = None
) -> Check:
    """Compare what was typed, at the cost of one hash; a try that may not be looked at costs it, too, and never fits.

    `whose` names the one place in the hasher's queue of a person who proved who they are.

    Raises Busy, and takes the try back then.
    """
    try:
        return portal.passwords.check(stored if counted.admitted else None, typed, decoy=decoy, whose=whose)
    except Busy:
        with portal.database.writing() as connection:
            throttling.forgive(connection, counted)
        raise


def note_full(connection: Connection, visit: Visit, full: Full, claimant: Claimant, at: datetime) -> None:
    """Tell the log, once for each time, that an address or a known browser has used up its tries.

    It stands under the reference that all get who are turned away for it.
    """
    if full.rate is None:
        return
    where = "address" if claimant.browser is None else "browser"
    person = None if claimant.browser is None else claimant.person
    whom, reason = replace(visit, request_id=full.reference), f"{where}_{full.rate}"
    events.record(connection, whom, Kind.HELD, Outcome.REFUSED, user=person, reason=reason, at=at)


def note_refused(  # noqa: PLR0913 - whose password, and what came of it
    connection: Connection, visit: Visit, counted: Try, reason: str, *, person: User | None, subject: str | None = None
) -> None:
    """Tell the log of a password that was refused for this reason, or not looked at, and of the last one taken."""
    note = partial(events.record, connection, visit, outcome=Outcome.REFUSED, user=person, subject=subject)
    whose = "known" if counted.known else "new"
    held, stopped = f"{'stopped' if counted.stopped else 'waiting'}_{whose}", f"{whose}_{counted.tries}"
    if counted.admitted:
        note(kind=Kind.PASSWORD, reason=reason)
    else:
        note(kind=Kind.HELD, reason=held)
    if counted.admitted and counted.stopped:
        note(kind=Kind.STOPPED, reason=stopped)
