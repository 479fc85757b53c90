"""What the link of a notice does once its button is pressed: "This was not me" (EN1), or a mail address comes back.

Everybody is signed out, the password opens nothing any more, and a link to choose a new one goes to the address on
file. Whoever gets hold of an old mail can do no more than that. What the notice reported is undone only where that
leaves the account with no less proof than it had before.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from ssp.flows import events, links, notices, people, recovery, recovery_codes
from ssp.flows.events import Kind
from ssp.flows.links import Opened, Purpose, State
from ssp.flows.portal import Portal, Visit
from ssp.infra.clock import now
from ssp.models import Authenticator, User, authenticator, link, session, throttle, user

MOST_MAILS_AN_HOUR = 3
_HOUR = timedelta(hours=1)
# For so long the first MFA option can be undone; later somebody's account is built on it.
_FIRST_IS_NEW = timedelta(hours=24)
# So long the owner has to read the mail, whatever is done with the option meanwhile.
_TIME_TO_READ = timedelta(hours=4)
# Whoever set up an option could make recovery codes with it; and these may be theirs, or known to them.
_FACTORS = {"set_up", "added", "replaced", "recovery_made", "recovery_used"}


def disown(portal: Portal, visit: Visit, token: str) -> None:
    """Do what the owner of a live link asks for, once; links that are over do nothing."""
    at = now()
    with portal.database.writing() as connection:
        opened = links.find(connection, Purpose.NOT_ME, token, lock=True)
        if opened is None:
            return
        person, row = opened.person, opened.link
        if not link.claim(connection, row.id, at):
            reason = opened.state.value
            events.record_once(connection, visit, Kind.DISOWNED, row.id, user=person, reason=reason, at=at)
            return
        events.record(connection, visit, Kind.DISOWNED, user=person, reason=row.notice, at=at)
        gone = _undoable(connection, opened, at)
        for way in gone:
            authenticator.remove(connection, way.id)
            events.record(connection, visit, Kind.REMOVED, user=person, reason="disowned", authenticator=way, at=at)
        if gone or row.notice in _FACTORS:
            # Without them the account asks for no less proof than with them.
            recovery_codes.end(connection, visit, person, "disowned")
        _stop(connection, portal, visit, person, at)


def _stop(connection: Connection, portal: Portal, visit: Visit, person: User, at: datetime) -> None:
    """Sign everybody out, let the password and all mailed links to another one be none, and mail a new link."""
    user.change(connection, person.id, password_compromised_at=at)
    people.end_everything(connection, person, "disowned")
    link.end_all(connection, person.id, Purpose.PASSWORD.value, at)
    recovery.begin(connection, portal, visit, person)


def undo_email(portal: Portal, visit: Visit, token: str) -> None:
    """Give somebody the mail address back that they had before a change, once, and do all that "not me" does.

    The ways back of later changes end, because they lead to addresses that came after. Those of earlier ones stay: of
    two changes by a thief the owner undoes the first.
    """
    at = now()
    with portal.database.writing() as connection:
        opened = links.find(connection, Purpose.UNDO_EMAIL, token, lock=True)
        if opened is None:
            return
        person, row = opened.person, opened.link
        if not link.claim(connection, row.id, at):
            reason = opened.state.value
            events.record_once(connection, visit, Kind.EMAIL_UNDONE, row.id, user=person, reason=reason, at=at)
            return
        link.end_all(connection, person.id, Purpose.UNDO_EMAIL.value, at, since=row.created_at)
        events.record(connection, visit, Kind.EMAIL_UNDONE, user=person, at=at)
        notices.email_undone(connection, portal, visit, person)
        _undo_since(connection, visit, person, row.created_at)
        user.move(connection, person.id, row.email or "")
        restored = user.by_id(connection, person.id)
        assert restored is not None  # noqa: S101 - this transaction holds the row
        _stop(connection, portal, visit, restored, at)


def _undo_since(connection: Connection, visit: Visit, person: User, since: datetime) -> None:
    """Take back what was set up after the address had changed: no notice of it came to the owner.

    Where no MFA option is left from before, all stay, and Web Support puts it right: the old mailbox alone must not be
    worth as much as an option, whoever reads it by now.
    """
    recovery_codes.end(connection, visit, person, "disowned")
    held = authenticator.confirmed(connection, person.id)
    later = _set_up_between(held, since, now())
    for way in later if len(later) < len(held) else []:
        authenticator.remove(connection, way.id)
        events.record(connection, visit, Kind.REMOVED, user=person, reason="disowned", authenticator=way)


def _set_up_between(held: list[Authenticator], first: datetime, last: datetime) -> list[Authenticator]:
    return [way for way in held if way.confirmed_at is not None and first <= way.confirmed_at <= last]


def _undoable(connection: Connection, opened: Opened, at: datetime) -> list[Authenticator]:
    """Return the MFA options that go, because what set them up was not the owner.

    The first one was set up with the password alone, and all that came later was proved with it, so all go, and the
    account is as it was: but only within a day, and while nobody signed in with one of them. Otherwise an old mail
    would be worth as much as all of them.

    A thief who knows the password has the option, too, and would sign in once more, or type a code for some change, to
    make it stay: no proof tells the two apart. So within the first hours nothing counts, and the owner can always undo;
    and later only a whole sign-in does, not a code in a session that is open since. Where a thief does come back after
    these hours, nobody gets in by the mail, the thief neither, and Web Support puts it right: that is better than an
    account for whoever reads a day-old mail. Any other option goes only where a way is left that was there before.
    """
    held = authenticator.confirmed(connection, opened.person.id)
    own = [way for way in held if way.id == opened.link.authenticator_id]
    if opened.link.notice == "set_up":
        set_up_at = opened.link.created_at
        is_used = session.proved_since(connection, opened.person.id, set_up_at + _TIME_TO_READ)
        return held if own and at < set_up_at + _FIRST_IS_NEW and not is_used else []
    return own if len(held) > len(own) else []


def stays(portal: Portal, opened: Opened) -> bool:
    """Return whether an MFA option that may be a stranger's is still there, so that Web Support has to help.

    It is the one that the mail told of, or one that was set up between a change of the address and the way back.
    """
    row = opened.link
    if row.used_at is None:
        return False
    with portal.database.reading() as connection:
        held = authenticator.confirmed(connection, opened.person.id)
    if row.purpose == Purpose.UNDO_EMAIL.value:
        return bool(_set_up_between(held, row.created_at, row.used_at))
    return row.authenticator_id in {way.id for way in held}


def is_pressed(opened: Opened) -> bool:
    """Return whether the button of a link was pressed. A way back that ended with an earlier one was not."""
    back = opened.link.purpose == Purpose.UNDO_EMAIL.value
    return opened.state is State.USED and (not back or opened.link.email == opened.person.email)


def waits(portal: Portal, opened: Opened) -> bool:
    """Return whether a button was pressed and no password was chosen since, by somebody who could choose one."""
    compromised = opened.person.password_compromised_at is not None
    return is_pressed(opened) and compromised and people.may_sign_in(portal, opened.person)


def send_again(portal: Portal, visit: Visit, purpose: Purpose, token: str) -> bool:
    """Mail one more link to choose a new password, to whoever pressed the button before; False if none was sent."""
    at = now()
    with portal.database.writing() as connection:
        opened = links.find(connection, purpose, token, lock=True)
        if opened is None or not waits(portal, opened):
            return False
        person = opened.person
        if throttle.count(connection, f"recovery:{person.id}", at, at - _HOUR) > MOST_MAILS_AN_HOUR:
            about, reason = opened.link.id, "too_many"
            events.record_once(connection, visit, Kind.RECOVERY_BEGUN, about, user=person, reason=reason, at=at)
            return False
        recovery.begin(connection, portal, visit, person)
    return True
