"""Password hashes as the database has them: sealed and bound to their person, so that a copy of it lets nobody guess.

A hash is opened in memory, when it is compared. Those from before they were sealed are taken as they are; a sign-in
seals its own, `flask keys rotate` all of them.
"""

import logging
from typing import Protocol

from sqlalchemy import Connection

from ssp.flows.portal import Portal
from ssp.infra.crypto import KeyRing, SealError
from ssp.models import User, user
from ssp.settings import Settings


class Named(Protocol):
    """Whose password it is: a row of a person, or somebody who is about to be one."""

    @property
    def username(self) -> str:
        """Return the name that the person types."""

    @property
    def name(self) -> str:
        """Return the name on pages."""

    @property
    def email(self) -> str:
        """Return where notices go."""


log = logging.getLogger(__name__)

PURPOSE = "password"
# Every known form of a hash has it, and nothing that is sealed.
_NEVER_SEALED = "$"


def stored(portal: Portal, person: User) -> str | None:
    """Return a person's password hash, opened; None if there is none, or it was altered or belongs to another row."""
    return _opened(portal, person.selector, person.password_hash)


def compared(connection: Connection, portal: Portal, person: User | None, username: str) -> str | None:
    """Return what a typed password is compared with: the person's hash or, where nobody is called so, a stand-in."""
    return stored(portal, person) if person else stand_in(connection, portal, username)


def stand_in(connection: Connection, portal: Portal, username: str) -> str | None:
    """Return what a name that nobody has is checked against: somebody's hash, the same for the same name (EU1).

    While hashes of several origins are in use, unknown names so cost what known ones cost, opening included.
    """
    found = user.stand_in(connection, portal.keys.mac("decoy", username))
    return _opened(portal, *found) if found else None


def sealed(portal: Portal, selector: str, phc: str) -> str:
    """Return what the column holds for the hash of the person with this selector."""
    return seal(portal.keys, selector, phc)


def seal(keys: KeyRing, selector: str, phc: str) -> str:
    """Return a hash sealed to a person's selector."""
    return keys.seal(PURPOSE, selector, phc)


def unseal(keys: KeyRing, selector: str, held: str) -> str:
    """Return the hash in a column that may be from before they were sealed. Raises SealError."""
    return held if _NEVER_SEALED in held else keys.open(PURPOSE, selector, held)


def context(settings: Settings, person: Named) -> tuple[str, ...]:
    """Return what everybody knows about a person and this portal, so that no new password is made of it (PW6)."""
    mailbox = person.email.partition("@")[0]
    return person.username, person.name, mailbox, settings.portal_name, settings.organisation, settings.host


def replace(connection: Connection, portal: Portal, person: User, phc: str) -> None:
    """Keep another hash for a person, whose row the caller holds."""
    user.replace_hash(connection, person.id, sealed(portal, person.selector, phc))


def same(portal: Portal, one: User, other: User) -> bool:
    """Return whether two states of a person's row have the same hash, whichever keys sealed it."""
    return one.password_hash == other.password_hash or stored(portal, one) == stored(portal, other)


def keep_sealed(connection: Connection, portal: Portal, person: User) -> None:
    """Seal a person's hash with today's key, if it is not; the caller holds the row."""
    if portal.keys.outdated(person.password_hash or "") and (phc := stored(portal, person)) is not None:
        replace(connection, portal, person, phc)


def _opened(portal: Portal, selector: str, held: str | None) -> str | None:
    try:
        return None if held is None else unseal(portal.keys, selector, held)
    except SealError as error:
        log.error("The password of the person with the selector %s cannot be opened: %s", selector, error)  # noqa: TRY400 - the words say it all
        return None
