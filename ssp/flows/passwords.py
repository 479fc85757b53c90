"""Changing a password: whether a new one will do, and everything that ends with the old one."""

from sqlalchemy import Connection

from ssp.flows import credentials, events, notices, people, throttling
from ssp.flows.events import Kind
from ssp.flows.links import Purpose
from ssp.flows.portal import Portal, Visit
from ssp.infra.clock import now
from ssp.infra.passwords import policy
from ssp.models import User, link, user


def unusable(portal: Portal, person: User, password: str) -> str | None:
    """Return the sentence that says why this cannot be the person's new password, or None if it can."""
    minimum = portal.settings.password_min
    fault = policy.fault(password, minimum, credentials.context(portal.settings, person))
    return policy.words(fault, minimum) if fault else None


def change_to(  # noqa: PLR0913 - who changes it, where, to what
    connection: Connection, portal: Portal, visit: Visit, person: User, phc: str, *, keep: str | None = None
) -> int:
    """Keep a new password's hash and end all that the old one opened; return the person's new epoch.

    The caller holds the person's row. The session `keep` goes on, and needs the new epoch.
    """
    credentials.replace(connection, portal, person, phc)
    user.change(connection, person.id, password_compromised_at=None)  # it was the old one that somebody had
    throttling.free_password(connection, person.id)  # what was guessed is not the password any more
    throttling.free_set_up(connection, person.id)
    link.end_all(connection, person.id, Purpose.PASSWORD.value, now())
    epoch = people.end_everything(connection, person, "password_changed", keep=keep)
    events.record(connection, visit, Kind.PASSWORD_CHANGED, user=person)
    notices.password_changed(connection, portal, visit, person)
    return epoch
