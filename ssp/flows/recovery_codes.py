"""How a person's recovery codes stand, and how all of them end. Making them and signing in with one are elsewhere."""

from sqlalchemy import Connection

from ssp.flows import events
from ssp.flows.events import Kind
from ssp.flows.portal import Portal, Visit
from ssp.models import User, recovery_code
from ssp.models.recovery_code import Tally


def look(connection: Connection, user_id: int) -> Tally:
    """Return how a person's codes stand, in the caller's transaction."""
    return recovery_code.tally(connection, user_id)


def standing(portal: Portal, user_id: int) -> Tally:
    """Return how a person's codes stand; a question, so it writes nothing."""
    with portal.database.reading() as connection:
        return look(connection, user_id)


def end(connection: Connection, visit: Visit, person: User, reason: str) -> None:
    """End all of a person's codes, if there are any, for one of the reasons that the log knows."""
    if recovery_code.forget(connection, person.id):
        events.record(connection, visit, Kind.RECOVERY_CODES_ENDED, user=person, reason=reason)
