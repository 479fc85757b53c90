"""Sign-ins that got past the password and no further, after a wrong code: their owners hear of it (EN5).

Most of them are the owner's own slips, so a person hears of one a day at most, and of none where a sign-in from the
same network address was finished after all. Whoever knows the password can hide behind that only there.

So it is with changes that ask for a code and were left after a wrong one; there the session must have proved something
since, which nobody can who has its cookie alone.
"""

from datetime import timedelta

from sqlalchemy import Connection

from ssp.flows import notices
from ssp.flows.portal import Portal
from ssp.infra.clock import now
from ssp.models import PendingSignIn, pending, session, step_up, throttle, user
from ssp.models.pending import STEP_UP

BATCH = 100
_DAY = timedelta(days=1)


def tell(portal: Portal) -> int:
    """Write the notices of sign-ins that ran out or were given up since the last look; return how many."""
    with portal.database.reading() as connection:
        found = pending.unfinished(connection, now(), BATCH)
    return sum(_tell(portal, row) for row in found)


def _tell(portal: Portal, row: PendingSignIn) -> bool:
    at, errand = now(), row.asked_because == STEP_UP
    with portal.database.writing() as connection:
        person = user.by_id(connection, row.user_id, lock=True)
        if person is None or not pending.tell(connection, row.id, at):
            return False
        if _finished_after_all(connection, row):
            return False
        # One a day of each, so that the one cannot hide behind the other.
        counter = f"unfinished-change:{person.id}" if errand else f"unfinished:{person.id}"
        if throttle.count(connection, counter, at, at - _DAY) > 1:
            return False
        (notices.unfinished_change if errand else notices.unfinished)(connection, portal, person, row)
    return True


def _finished_after_all(connection: Connection, row: PendingSignIn) -> bool:
    if row.asked_because == STEP_UP:
        return step_up.proved_after(connection, row.id)
    return session.opened_from(connection, row.user_id, row.wrong_code_from, row.created_at)
