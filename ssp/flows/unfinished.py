"""Sign-ins that got past the password and no further, after a wrong code: their owners hear of it (EN5).

Most of them are the owner's own slips, so a person hears of one a day at most, and of none where a sign-in from the
same network address was finished after all. Whoever knows the password can hide behind that only there.
"""

from datetime import timedelta

from ssp.flows import notices
from ssp.flows.portal import Portal
from ssp.infra.clock import now
from ssp.models import PendingSignIn, pending, session, throttle, user

BATCH = 100
_DAY = timedelta(days=1)


def tell(portal: Portal) -> int:
    """Write the notices of sign-ins that ran out or were given up since the last look; return how many."""
    with portal.database.reading() as connection:
        found = pending.unfinished(connection, now(), BATCH)
    return sum(_tell(portal, row) for row in found)


def _tell(portal: Portal, row: PendingSignIn) -> bool:
    at = now()
    with portal.database.writing() as connection:
        person = user.by_id(connection, row.user_id, lock=True)
        if person is None or not pending.tell(connection, row.id, at):
            return False
        if session.opened_from(connection, person.id, row.wrong_code_from, row.created_at):
            return False
        if throttle.count(connection, f"unfinished:{person.id}", at, at - _DAY) > 1:
            return False
        notices.unfinished(connection, portal, person, row)
    return True
