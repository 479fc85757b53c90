"""Another password for somebody who is signed in, with the present one and a fresh second factor."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from ssp.flows import addresses, credentials, password_tries, passwords, sessions, step_up, throttling
from ssp.flows.portal import Portal, Visit
from ssp.flows.step_up import Action, Errand
from ssp.flows.throttling import Claimant
from ssp.infra.clock import now
from ssp.models import User, user
from ssp.models.session import SessionWithUser

ERRAND = Errand(Action.CHANGE_PASSWORD)
SAME = "That is the password you have now."


class Refusal(Enum):
    """Why a password was not changed."""

    NOT_PROVED = "not_proved"
    UNUSABLE = "unusable"
    WRONG = "wrong"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a wish for another password. `token` is the session's new one; `words` say why none will do.

    `until` is when the present password is looked at again, where too many were wrong; `stopped` that waiting does not
    help.
    """

    refusal: Refusal | None = None
    words: str | None = None
    token: str | None = None
    until: datetime | None = None
    stopped: bool = False


def change(portal: Portal, visit: Visit, row: SessionWithUser, current: str, wanted: str) -> Change:
    """Change a password. Raises Busy.

    Nothing is counted or hashed for whoever has no proof, and only a change that happens spends it.
    """
    with portal.database.reading() as connection:
        person = user.by_id(connection, row.user_id)
        proved = person is not None and step_up.proved(connection, row, person, ERRAND)
    if person is None or not proved:
        return Change(Refusal.NOT_PROVED)
    words = passwords.unusable(portal, person, wanted)
    if words is not None:
        return Change(Refusal.UNUSABLE, words)
    refused = _looked_at(portal, visit, row, person, current)
    if refused is not None:
        return refused
    whose = throttling.place(person.id)
    if portal.passwords.check(credentials.stored(portal, person), wanted, whose=whose).matched:
        return Change(Refusal.UNUSABLE, SAME)
    return _changed(portal, visit, row, person, portal.passwords.hash(wanted, whose=whose))


def _looked_at(portal: Portal, visit: Visit, row: SessionWithUser, person: User, current: str) -> Change | None:
    """Return why the present password opens nothing; None if it is right. It counts with those of the sign-in (TH2)."""
    at = now()
    with portal.database.writing() as connection:
        browser = sessions.known_browser(connection, row)
        claimant = Claimant(person.username, person, browser is not None, browser or row.id)
        full = addresses.count_browser(connection, portal, claimant.browser or row.id, at)
        if full is not None:
            password_tries.note_full(connection, visit, full, claimant, at)
            return Change(Refusal.HELD, until=full.until)
        known, counted = claimant.known, throttling.claim_password(connection, portal.keys, claimant, at)
    stored, whose = credentials.stored(portal, person), throttling.place(person.id)
    right = password_tries.compared(portal, counted, stored, current, whose=whose).matched
    with portal.database.writing() as connection:
        if right:
            throttling.clear_password(connection, person, known=known)
            return None
        password_tries.note_refused(connection, visit, counted, "wrong", person=person)
    refusal = Refusal.WRONG if counted.admitted else Refusal.HELD
    return Change(refusal, until=counted.until, stopped=counted.stopped)


def _changed(portal: Portal, visit: Visit, row: SessionWithUser, person: User, phc: str) -> Change:
    """Write the change, unless the session ended, the proof was spent or the password changed during the checks."""
    with portal.database.writing() as connection:
        fresh = sessions.hold(connection, portal, row)
        if fresh is None or not credentials.same(portal, fresh, person):
            return Change(Refusal.NOT_PROVED)
        if step_up.spend(connection, row, fresh, ERRAND) is None:
            return Change(Refusal.NOT_PROVED)
        epoch = passwords.change_to(connection, portal, visit, fresh, phc, keep=row.id)
        return Change(token=sessions.renew(connection, row, epoch))
