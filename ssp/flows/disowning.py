"""What the link of a notice does once its button is pressed: "This was not me" (EN1), or a mail address comes back.

Everybody is signed out, the password opens nothing any more, and a link to choose a new one goes to the address on
file. Whoever gets hold of an old mail can do no more than that. What the notice reported is undone only where that
leaves the account with no less proof than it had before.

A notice may have gone to an address that is not on file any more: a thief changes it first. Then its link does what the
way back does, which went to the same mailbox; and where none works any more, no link goes to whoever has the address.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from ssp.flows import events, links, notices, people, recovery, recovery_codes
from ssp.flows.events import Kind, Outcome
from ssp.flows.links import Opened, Purpose, State
from ssp.flows.portal import Portal, Visit
from ssp.infra.clock import now
from ssp.models import Authenticator, Event, MailedLink, User, authenticator, event, link, session, throttle, user

MOST_MAILS_AN_HOUR = 3
_HOUR = timedelta(hours=1)
# For so long the first MFA option can be undone; later somebody's account is built on it.
_FIRST_IS_NEW = timedelta(hours=24)
# So long the owner has to read the mail, whatever is done with the option meanwhile.
_TIME_TO_READ = timedelta(hours=4)
# Among so many of the newest events of a person it is looked for what a press did.
_MOST_EVENTS = 100
_PRESSES = {Kind.DISOWNED.value, Kind.EMAIL_UNDONE.value}
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
        back = links.way_back(connection, person, row.email or "", at) if opened.astray else None
        if back is not None:
            link.claim(connection, back.id, at)
            person = _bring_back(connection, portal, visit, person, back, at)
        gone = _undoable(connection, opened, at)
        for way in gone:
            authenticator.remove(connection, way.id)
            events.record(connection, visit, Kind.REMOVED, user=person, reason="disowned", authenticator=way, at=at)
        if gone or row.notice in _FACTORS:
            # Without them the account asks for no less proof than with them.
            recovery_codes.end(connection, visit, person, "disowned")
        was_stopped = back is None and person.password_compromised_at is not None
        _stop(connection, person, at, keep_links=was_stopped)
        if opened.astray and back is None:
            reason = "elsewhere"
            events.record(connection, visit, Kind.RECOVERY_BEGUN, Outcome.REFUSED, user=person, reason=reason, at=at)
        elif was_stopped:
            _mail_one_more(connection, portal, visit, opened, at)
        else:
            recovery.begin(connection, portal, visit, person)


def _stop(connection: Connection, person: User, at: datetime, *, keep_links: bool = False) -> None:
    """Sign everybody out, and let the password be none, and all mailed links to another one but for `keep_links`."""
    user.change(connection, person.id, password_compromised_at=at)
    people.end_everything(connection, person, "disowned")
    if not keep_links:
        link.end_all(connection, person.id, Purpose.PASSWORD.value, at)


def _mail_one_more(connection: Connection, portal: Portal, visit: Visit, opened: Opened, at: datetime) -> bool:
    """Mail a link to a new password to somebody whose account is stopped already; False if there were enough.

    Those before it go on working, or whoever has an old mail could keep the owner's from it.
    """
    person = opened.person
    if throttle.count(connection, f"recovery:{person.id}", at, at - _HOUR) > MOST_MAILS_AN_HOUR:
        about, reason = opened.link.id, "too_many"
        events.record_once(connection, visit, Kind.RECOVERY_BEGUN, about, user=person, reason=reason, at=at)
        return False
    recovery.begin(connection, portal, visit, person)
    return True


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
        if opened.state is not State.LIVE or not link.claim(connection, row.id, at):
            reason = opened.state.value
            events.record_once(connection, visit, Kind.EMAIL_UNDONE, row.id, user=person, reason=reason, at=at)
            return
        restored = _bring_back(connection, portal, visit, person, row, at)
        _stop(connection, restored, at)
        recovery.begin(connection, portal, visit, restored)


def _bring_back(  # noqa: PLR0913, PLR0917 - who undoes what, and when
    connection: Connection, portal: Portal, visit: Visit, person: User, back: MailedLink, at: datetime
) -> User:
    """Give somebody the address of a way back that was just taken, and end what came of its change."""
    links.end_since(connection, person, back, at)
    events.record(connection, visit, Kind.EMAIL_UNDONE, user=person, at=at)
    notices.email_undone(connection, portal, visit, person)
    _undo_since(connection, visit, person, back.created_at)
    user.move(connection, person.id, back.email or "")
    restored = user.by_id(connection, person.id)
    assert restored is not None  # noqa: S101 - this transaction holds the row
    return restored


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
    account for whoever reads a day-old mail. Any other option goes only where a way is left that was there before;
    within the first hours none was, so whichever mail the owner opens undoes all.
    """
    held = authenticator.confirmed(connection, opened.person.id)
    own = [way for way in held if way.id == opened.link.authenticator_id]
    if opened.link.notice in _FACTORS and _is_first_new(connection, opened.person, at):
        return held
    if opened.link.notice == "set_up":
        set_up_at = opened.link.created_at
        is_used = session.proved_since(connection, opened.person.id, set_up_at + _TIME_TO_READ)
        return held if own and at < set_up_at + _FIRST_IS_NEW and not is_used else []
    return own if len(held) > len(own) else []


def _is_first_new(connection: Connection, person: User, at: datetime) -> bool:
    """Return whether the first option was set up within the hours in which nothing makes it stay."""
    told = link.of_purpose(connection, person.id, Purpose.NOT_ME.value)
    return any(row.notice == "set_up" and at < row.created_at + _TIME_TO_READ for row in told)


@dataclass(frozen=True, slots=True)
class Aftermath:
    """How things stand once a button was pressed.

    `waits` says that no password was chosen since, by somebody who could choose one; `astray` that the mail had gone to
    an address that is not on file; `back` that the press brought this address back; `stays` that an MFA option is there
    still that somebody called not theirs, and `unsure` that one was lost, or none is there, from before the address
    changed: then Web Support has to help. `request_id` is the press's own.
    """

    waits: bool
    astray: bool
    back: bool
    stays: bool
    unsure: bool
    request_id: str | None


def aftermath(portal: Portal, opened: Opened) -> Aftermath:
    """Return how things stand behind a link whose button was pressed; a question, so it writes nothing."""
    row, person = opened.link, opened.person
    with portal.database.reading() as connection:
        taken = _taken(connection, opened)
        held = authenticator.confirmed(connection, person.id)
        told = event.of_user(connection, person.id, _MOST_EVENTS)
    press = next((each for each in told if each.kind in _PRESSES and each.at == row.used_at), None)
    stays = any(way.id == row.authenticator_id for way in held)
    unsure = taken is not None and bool(held) and _is_unsure(taken, held, told)
    waiting, back = waits(portal, opened), taken is not None and not opened.astray
    return Aftermath(waiting, opened.astray, back, stays, unsure, press.request_id if press else None)


def _taken(connection: Connection, opened: Opened) -> MailedLink | None:
    """Return the way back that a press took: this link, or the one that did its part for a notice's."""
    if opened.link.purpose == Purpose.UNDO_EMAIL.value:
        return opened.link
    every = link.of_purpose(connection, opened.person.id, Purpose.UNDO_EMAIL.value)
    return next((row for row in every if (row.used_at, row.email) == (opened.link.used_at, opened.link.email)), None)


def _is_unsure(taken: MailedLink, held: list[Authenticator], told: list[Event]) -> bool:
    """Return whether a thief may have taken the owner's options away, before or after setting up one of their own."""
    until = taken.used_at or taken.expires_at
    removals = [each for each in told if each.kind == Kind.REMOVED.value and taken.created_at <= each.at <= until]
    lost = any(each.reason != "disowned" for each in removals)
    return lost or bool(_set_up_between(held, taken.created_at, until))


def is_pressed(opened: Opened) -> bool:
    """Return whether the button of a link was pressed. A way back that ended with an earlier one was not."""
    back = opened.link.purpose == Purpose.UNDO_EMAIL.value
    return opened.state is State.USED and not (back and opened.astray)


def waits(portal: Portal, opened: Opened) -> bool:
    """Return whether a link to a new password waits, by a press, for somebody who could choose one."""
    stopped = opened.state is State.USED and opened.person.password_compromised_at is not None
    return stopped and not opened.astray and people.may_sign_in(portal, opened.person)


def send_again(portal: Portal, visit: Visit, purpose: Purpose, token: str) -> bool:
    """Mail one more link to choose a new password, to whoever pressed the button before; False if none was sent."""
    at = now()
    with portal.database.writing() as connection:
        opened = links.find(connection, purpose, token, lock=True)
        if opened is None or not waits(portal, opened):
            return False
        return _mail_one_more(connection, portal, visit, opened, at)
