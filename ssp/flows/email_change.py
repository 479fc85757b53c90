"""Another mail address: asked for with a fresh second factor, confirmed at the new one, undone at the old one."""

import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from ssp.flows import events, links, notices, sessions, step_up
from ssp.flows.events import Kind, Outcome
from ssp.flows.links import Opened, Purpose, State
from ssp.flows.portal import Portal, Visit
from ssp.flows.step_up import Action, Errand
from ssp.infra.clock import now
from ssp.models import MailedLink, User, link, throttle, user
from ssp.models.session import SessionWithUser

ERRAND = Errand(Action.CHANGE_EMAIL)
# So that nobody has strangers written to.
MOST_A_DAY = 5
MOST_TO_ONE_ADDRESS = 3
_DAY = timedelta(days=1)
NO_ADDRESS = "That is no e-mail address. One looks like name@example.org."
SAME = "That is the address that we have already."
TOO_MANY = "An address was to be changed several times today. Wait until tomorrow, or ask Web Support."


class Answer(Enum):
    """What became of a wish for another address."""

    MAILED = "mailed"
    NOT_PROVED = "not_proved"
    UNUSABLE = "unusable"


@dataclass(frozen=True, slots=True)
class Address:
    """A person's address, and the link that waits at the new one, if any. `ready` says whether mail can leave."""

    email: str
    waiting: MailedLink | None
    ready: bool


def look(portal: Portal, row: SessionWithUser) -> Address:
    """Return how somebody's address stands; a question, so it writes nothing."""
    with portal.database.reading() as connection:
        waiting = link.newest(connection, row.user_id, Purpose.EMAIL.value, now())
    return Address(row.email, waiting, portal.mailer.ready)


def ask(portal: Portal, visit: Visit, row: SessionWithUser, typed: str) -> tuple[Answer, str]:
    """Mail a link to the address that somebody wants; return what became of it, and why it cannot be that one.

    Only a mail that is written spends the proof. A change that waits already gives way to this one.
    """
    address, at = cleaned(typed), now()
    with portal.database.writing() as connection:
        person = sessions.hold(connection, portal, row)
        if person is None or not step_up.proved(connection, row, person, ERRAND):
            return Answer.NOT_PROVED, ""
        unusable = fault(person, address)
        if unusable:
            return Answer.UNUSABLE, unusable
        digest = portal.keys.mac("mailbox", user.mailbox(address))[:32]
        own = throttle.count(connection, f"email-change:{person.id}", at, at - _DAY)
        theirs = throttle.count(connection, f"email-change:{person.id}:to:{digest}", at, at - _DAY)
        if own > MOST_A_DAY or theirs > MOST_TO_ONE_ADDRESS:
            events.record(connection, visit, Kind.EMAIL_ASKED, Outcome.REFUSED, user=person, reason="too_many", at=at)
            return Answer.UNUSABLE, TOO_MANY
        step_up.spend(connection, row, person, ERRAND)
        links.end_change(connection, person, at)
        url = links.make(connection, portal, person, Purpose.EMAIL, about={"email": address})
        notices.email_confirm(connection, portal, person, address, url)
        notices.email_asked(connection, portal, visit, person)
        events.record(connection, visit, Kind.EMAIL_ASKED, user=person, at=at)
        return Answer.MAILED, ""


def cleaned(typed: str) -> str:
    """Return an address as it is kept."""
    return unicodedata.normalize("NFC", typed.strip())


def fault(person: User, address: str) -> str | None:
    """Return why an address cannot be somebody's new one."""
    if not user.is_address(address) or not address.isprintable():
        return NO_ADDRESS
    return SAME if user.mailbox(address) == person.mailbox else None


def give_up(portal: Portal, visit: Visit, row: SessionWithUser) -> bool:
    """Let a change that waits be none; False if none waits."""
    at = now()
    with portal.database.writing() as connection:
        person = sessions.hold(connection, portal, row)
        if person is None or link.newest(connection, person.id, Purpose.EMAIL.value, at) is None:
            return False
        links.end_change(connection, person, at)
        events.record(connection, visit, Kind.EMAIL_GIVEN_UP, user=person, at=at)
        return True


def confirm(portal: Portal, visit: Visit, token: str) -> None:
    """Take a new address, once, as the mail that went there asks; links that are over do nothing.

    The old mailbox opens nothing any more but the way back. It gets none where the new address is the one of before:
    who changes it back does what its way back would do, and a thief's mailbox must not undo that.
    """
    at = now()
    with portal.database.writing() as connection:
        opened = links.find(connection, Purpose.EMAIL, token, lock=True)
        if opened is None:
            return
        person, wanted = opened.person, opened.link.email or ""
        if not link.claim(connection, opened.link.id, at):
            about, reason = opened.link.id, opened.state.value
            events.record_once(connection, visit, Kind.EMAIL_CHANGED, about, user=person, reason=reason, at=at)
            return
        back = links.way_back(connection, person, wanted, at)
        user.move(connection, person.id, wanted)
        link.end_all(connection, person.id, Purpose.PASSWORD.value, at)
        what = None if back is None else "back"
        events.record(connection, visit, Kind.EMAIL_CHANGED, user=person, reason=what, at=at)
        if back is not None:
            links.end_since(connection, person, back, at)
            notices.email_back(connection, portal, visit, person)
            return
        url = links.make(connection, portal, person, Purpose.UNDO_EMAIL, about={"email": person.email})
        notices.email_changed(connection, portal, visit, person, url)


def is_done(opened: Opened) -> bool:
    """Return whether a used link brought the address that its person has now."""
    return opened.state is State.USED and opened.person.email == opened.link.email
