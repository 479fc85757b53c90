"""What those who run the portal do with accounts: adding, disabling, freeing."""

from dataclasses import asdict, dataclass
from typing import Any, Protocol

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from ssp.flows import browsers, credentials, events, known_phone, links, notices, recovery_codes, throttling
from ssp.flows.events import Kind
from ssp.flows.links import Purpose
from ssp.flows.portal import Portal, Visit
from ssp.infra import tokens
from ssp.infra.account import account
from ssp.infra.clock import now
from ssp.infra.phones import WORDS, Fault
from ssp.models import Event, User, authenticator, device, event, link, pending, session, throttle, user

# Whoever runs the command; all events of one command have its id.
OPERATOR = Visit("-", "command line", tokens.new_id(), f"operator:{account()}")


class Account(Protocol):
    """What decides whether somebody may sign in at all: a user's row, or a session's with its user."""

    disabled_at: Any
    demo: Any


def password_counts(portal: Portal, person: User) -> bool:
    """Return whether a person's password opens anything; one that its owner called stolen does not."""
    return may_sign_in(portal, person) and person.password_compromised_at is None


def may_sign_in(portal: Portal, account: Account) -> bool:
    """Return whether an account is open. Demo people's passwords are published, so elsewhere theirs are not (PW13)."""
    return account.disabled_at is None and (portal.settings.demo or not account.demo)


class PeopleError(Exception):
    """It cannot be done; the message says why."""


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Somebody to be added. `phone` is a number that is known to be theirs; empty if none is."""

    username: str
    email: str
    name: str
    groups: tuple[str, ...]
    demo: bool = False
    phone: str = ""


def add(portal: Portal, person: NewPerson, password: str) -> None:
    """Add a person. Raises PeopleError if the username cannot be one or is taken."""
    username = _checked(person)
    selector = tokens.new_id()
    password_hash = credentials.sealed(portal, selector, portal.passwords.hash(password))
    values = _values(portal, person, username, selector) | {"password_hash": password_hash}
    try:
        with portal.database.writing() as connection:
            insert(connection, **values)
    except IntegrityError:
        raise PeopleError(f"there is a {username} already") from None


def _checked(person: NewPerson) -> str:
    """Return the one spelling of a new person's username. Raises PeopleError."""
    username = user.canonical(person.username)
    if username is None:
        raise PeopleError(f"{person.username!r} cannot be a username: use letters, digits and . _ - @ + ', at most 64")
    if not user.is_address(person.email):
        raise PeopleError(f"{person.email!r} is no e-mail address")
    return username


def _values(portal: Portal, person: NewPerson, username: str, selector: str) -> dict[str, Any]:
    """Return the columns of a new person. Raises PeopleError."""
    line = _line(portal, person.phone) if person.phone else None
    phone = known_phone.columns(portal.keys, selector, line)
    return {**asdict(person), "username": username, "selector": selector, **phone}


def _line(portal: Portal, typed: str) -> str:
    """Return a number as it is kept. Raises PeopleError."""
    line = known_phone.read(typed, portal.settings)
    if isinstance(line, Fault):
        raise PeopleError(f"the phone number cannot be used: {WORDS[line]}")
    return line


def set_phone(portal: Portal, username: str, typed: str) -> None:
    """Keep another phone number on file for a person, or none with an empty one. Raises PeopleError."""
    line = _line(portal, typed) if typed else None
    with portal.database.writing() as connection:
        person = find(connection, username, lock=True)
        user.change(connection, person.id, **known_phone.columns(portal.keys, person.selector, line))
        throttle.clear(connection, throttling.numbers_key(person.id))
        reason = "changed" if line else "removed"
        events.record(connection, OPERATOR, Kind.PHONE_ON_FILE, user=person, reason=reason)
        notices.support_acted(connection, portal, person, "phone")


def invite(portal: Portal, person: NewPerson) -> str:
    """Add a person without a password; return the link with which they choose one. Raises PeopleError."""
    values = _values(portal, person, _checked(person), tokens.new_id()) | {"password_hash": None}
    try:
        with portal.database.writing() as connection:
            insert(connection, **values)
            return _link(connection, portal, find(connection, person.username, lock=True))
    except IntegrityError:
        raise PeopleError(f"there is a {values['username']} already") from None


def password_link(portal: Portal, username: str) -> str:
    """Return a link with which a person chooses a new password; the old one counts until then. Raises PeopleError."""
    with portal.database.writing() as connection:
        person = find(connection, username, lock=True)
        notices.support_acted(connection, portal, person, "password-link")
        return _link(connection, portal, person)


def _link(connection: Connection, portal: Portal, person: User) -> str:
    events.record(connection, OPERATOR, Kind.RECOVERY_BEGUN, user=person, reason="by_operator")
    return links.make(connection, portal, person, Purpose.PASSWORD, lives=links.FIRST_HOLDS)


def insert(connection: Connection, **values: object) -> None:
    """Write a new person's row and its event. Raises IntegrityError if the username is taken."""
    at = now()
    number = user.add(connection, **values, created_at=at)
    events.record(connection, OPERATOR, Kind.USER_ADDED, user=user.by_id(connection, number), at=at)


def everybody(portal: Portal) -> list[User]:
    """Return all people by username."""
    with portal.database.reading() as connection:
        return user.everybody(connection)


def find(connection: Connection, username: str, *, lock: bool = False) -> User:
    """Return a person; with `lock`, nobody else changes them meanwhile. Raises PeopleError."""
    person = user.by_username(connection, username)
    person = user.by_id(connection, person.id, lock=lock) if person else None
    if person is None:
        raise PeopleError(f"there is nobody called {username}")
    return person


def events_of(portal: Portal, username: str | None, most: int) -> list[Event]:
    """Return the newest events of a person, or of everybody, the newest first. Raises PeopleError."""
    with portal.database.reading() as connection:
        if username is None:
            return event.newest(connection, most)
        return event.of_user(connection, find(connection, username).id, most)


def disable(portal: Portal, username: str) -> None:
    """Lock a person out at once, everywhere. Raises PeopleError."""
    at = now()
    with portal.database.writing() as connection:
        person = find(connection, username, lock=True)
        user.change(connection, person.id, disabled_at=at)
        end_everything(connection, person, "disabled")
        for purpose in (Purpose.PASSWORD, Purpose.UNDO_EMAIL):
            link.end_all(connection, person.id, purpose.value, at)
        events.record(connection, OPERATOR, Kind.USER_DISABLED, user=person, at=at)
        if person.disabled_at is None:
            notices.support_acted(connection, portal, person, "disable")


def enable(portal: Portal, username: str) -> None:
    """Let a disabled person in again. Raises PeopleError."""
    with portal.database.writing() as connection:
        person = find(connection, username, lock=True)
        user.change(connection, person.id, disabled_at=None)
        events.record(connection, OPERATOR, Kind.USER_ENABLED, user=person)
        if person.disabled_at is not None:
            notices.support_acted(connection, portal, person, "enable")


def sign_out(portal: Portal, username: str) -> None:
    """End all of a person's sessions, half-done sign-ins and trusted devices. Raises PeopleError."""
    with portal.database.writing() as connection:
        person = find(connection, username, lock=True)
        end_everything(connection, person, "by_operator")
        events.record(connection, OPERATOR, Kind.SESSION_ENDED, user=person, reason="by_operator")
        notices.support_acted(connection, portal, person, "sign-out")


def reset_mfa(portal: Portal, username: str) -> int:
    """Forget all of a person's MFA options and recovery codes; the next sign-in sets one up. Raises PeopleError."""
    with portal.database.writing() as connection:
        person = find(connection, username, lock=True)
        removed = authenticator.remove_all(connection, person.id)
        throttle.clear_under(connection, throttling.prefix(person.id))
        end_everything(connection, person, "mfa_reset")
        link.end_all(connection, person.id, Purpose.UNDO_EMAIL.value, now())
        events.record(connection, OPERATOR, Kind.REMOVED, user=person, reason="reset_by_operator")
        recovery_codes.end(connection, OPERATOR, person, "reset_by_operator")
        if removed:
            notices.support_acted(connection, portal, person, "reset-mfa")
    return removed


def unlock(portal: Portal, username: str) -> int:
    """Take a person's passwords and codes again; return how many counters were cleared. Raises PeopleError."""
    with portal.database.writing() as connection:
        person = find(connection, username, lock=True)
        cleared = throttle.clear_under(connection, throttling.prefix(person.id))
        cleared += throttling.free_password(connection, person.id)
        events.record(connection, OPERATOR, Kind.RESUMED, user=person, reason="by_operator")
        if cleared:
            notices.support_acted(connection, portal, person, "unlock")
    return cleared


def end_everything(
    connection: Connection, person: User, reason: str, *, keep: str | None = None, browser: str | None = None
) -> int:
    """End trust, what is half done, and sessions but for `keep`, and know no browser but that one's, or `browser`.

    Return the epoch that what begins now carries, and what is kept needs.
    """
    at = now()
    epoch = user.raise_epoch(connection, person.id)
    session.end_all(connection, person.id, reason, at, but=keep)
    device.revoke_all(connection, person.id, reason, at)
    pending.end_all(connection, person.id, at)
    authenticator.forget_drafts(connection, person.id, at)
    links.end_change(connection, person, at)
    browsers.forget(connection, person, but_of=keep, but=browser)
    return epoch
