"""A person's password hash: read and written here alone."""

from sqlalchemy import Connection

from ssp.flows.portal import Portal
from ssp.models import User, user


def stored(portal: Portal, person: User) -> str | None:
    """Return a person's password hash, or None if there is none."""
    del portal
    return person.password_hash


def sealed(portal: Portal, selector: str, phc: str) -> str:
    """Return what the column holds for a hash of the person with this selector."""
    del portal, selector
    return phc


def replace(connection: Connection, portal: Portal, person: User, phc: str) -> None:
    """Keep another hash in place of the one that there is."""
    user.change(connection, person.id, password_hash=sealed(portal, person.selector, phc))
