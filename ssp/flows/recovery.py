"""Choosing a new password by a mailed link (security requirements RC4 and RC5). MFA options stay and are asked for."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from ssp.flows import credentials, events, links, notices, passwords, people, throttling
from ssp.flows.events import Kind, Outcome
from ssp.flows.links import Opened, Purpose, State
from ssp.flows.portal import Portal, Visit
from ssp.infra.clock import now
from ssp.infra.passwords import Busy
from ssp.models import User, link, throttle, user

# Far more than anybody types into one form, and next to nothing to compute.
MOST_TRIES = 20
TRIES_SPAN = timedelta(hours=1)
TRIES_PREFIX = "link-tries:"
TOO_MANY = "That was not looked at: many passwords were tried with this link. Wait an hour, or ask for a new link."
STOLEN = "That is the password that no longer counts. Choose one that nobody has had before."


@dataclass(frozen=True, slots=True)
class Choice:
    """What came of a new password: it counts, or `fault` says why it cannot be one, or the link is over.

    `first` says that there was none before.
    """

    chosen: bool = False
    fault: str = ""
    first: bool = False


def begin(connection: Connection, portal: Portal, visit: Visit, person: User, *, forgotten: bool = False) -> None:
    """Mail a link to choose a new password, to the address on file and no other (security requirement IN2).

    The password was `forgotten`, or else its owner said by the link of a notice that somebody else has it. A disabled
    account gets none, or it would work once the account is enabled again.
    """
    if not people.may_sign_in(portal, person):
        events.record(connection, visit, Kind.RECOVERY_BEGUN, Outcome.REFUSED, user=person, reason="disabled")
        return
    url = links.make(connection, portal, person, Purpose.PASSWORD)
    template, reason = ("forgotten_password", "forgotten") if forgotten else ("new_password", None)
    name, place, holds = person.username, visit.address, links.holds(Purpose.PASSWORD)
    notices.queue(connection, portal, person, template, url, holds=holds, username=name, came_from=place)
    events.record(connection, visit, Kind.RECOVERY_BEGUN, user=person, reason=reason)


def choose(portal: Portal, visit: Visit, token: str, password: str) -> Choice:
    """Take a new password, once for each link. Nobody is signed in by it. Raises Busy.

    What costs a hash is counted for the link before, since a password that will not do leaves the link as it is.
    """
    opened = links.look(portal, Purpose.PASSWORD, token)
    if opened is None or opened.state is not State.LIVE:
        return _over(portal, visit, opened)
    fault = passwords.unusable(portal, opened.person, password)
    if fault is not None:
        return Choice(fault=fault)
    counter = f"{TRIES_PREFIX}{opened.link.id}"
    at = now()
    with portal.database.writing() as connection:
        if throttle.count(connection, counter, at, at - TRIES_SPAN) > MOST_TRIES:
            return Choice(fault=TOO_MANY)
    try:
        new = _hashed(portal, opened.person, password)
    except Busy:
        with portal.database.writing() as connection:
            throttle.give_back(connection, [counter])
        raise
    if new is None:
        return Choice(fault=STOLEN)
    at = now()
    with portal.database.writing() as connection:
        person = user.by_id(connection, opened.person.id, lock=True)
        if person is not None and link.claim(connection, opened.link.id, at):
            # So no mail from before stops the new password; the notice of this change has a link of its own. Those that
            # went to an address of before stay: this mailbox may be a thief's.
            link.end_all(connection, person.id, Purpose.NOT_ME.value, at, only_to=person.email)
            passwords.change_to(connection, portal, visit, person, new)
            events.record(connection, visit, Kind.RECOVERED, user=person, at=at)
            return Choice(chosen=True, first=person.password_hash is None)
    return _over(portal, visit, links.look(portal, Purpose.PASSWORD, token))


def _hashed(portal: Portal, person: User, password: str) -> str | None:
    """Return the hash of a new password; None for the one that was called stolen, which never is one. Raises Busy."""
    whose = throttling.place(person.id)
    stored = credentials.stored(portal, person) if person.password_compromised_at else None
    if stored and portal.passwords.check(stored, password, whose=whose).matched:
        return None
    return portal.passwords.hash(password, whose=whose)


def _over(portal: Portal, visit: Visit, opened: Opened | None) -> Choice:
    """Let the log say that a link came too late; of unknown ones there is nothing to say."""
    if opened is not None:
        with portal.database.writing() as connection:
            person, reason = opened.person, opened.state.value
            events.record_once(connection, visit, Kind.RECOVERED, opened.link.id, user=person, reason=reason)
    return Choice()
