"""Links that leave by mail: made here, and looked up by the token that the mail alone holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from sqlalchemy import Connection

from ssp.flows.portal import Portal
from ssp.infra import durations, tokens
from ssp.infra.clock import lies_ahead, now
from ssp.models import MailedLink, User, link, user


class Purpose(Enum):
    """What a link is for; the value is the first part of its path, and what the row calls it."""

    NOT_ME = "not-me"
    PASSWORD = "password"  # noqa: S105 - the name of a page
    EMAIL = "email"
    UNDO_EMAIL = "undo-email"


HOLDS = {
    Purpose.NOT_ME: timedelta(days=10),
    Purpose.PASSWORD: timedelta(minutes=30),
    Purpose.EMAIL: timedelta(hours=24),
    Purpose.UNDO_EMAIL: timedelta(days=10),
}
# A link that an operator hands on takes longer than one that the portal mails, but no longer than a day (PW12).
FIRST_HOLDS = timedelta(hours=24)


def holds(purpose: Purpose) -> str:
    """Return in words how long a link that leaves by mail works: "30 minutes"."""
    return durations.in_words(HOLDS[purpose])


class State(Enum):
    """How a link stands."""

    LIVE = "live"
    USED = "used"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Opened:
    """A link that is there, whose it is, and how it stands."""

    link: MailedLink
    person: User
    state: State

    @property
    def astray(self) -> bool:
        """Return whether it went to an address that is not the person's on file (any more)."""
        return self.link.email is not None and user.mailbox(self.link.email) != self.person.mailbox


def make(  # noqa: PLR0913 - what a link is for and about
    connection: Connection,
    portal: Portal,
    person: User,
    purpose: Purpose,
    *,
    lives: timedelta | None = None,
    about: Mapping[str, str | None] | None = None,
) -> str:
    """Keep a new link and return its address, which begins as the settings say (security requirement RC5)."""
    at, token = now(), tokens.new_token()
    link.add(
        connection,
        id=tokens.new_id(),
        token_hash=tokens.digest(token),
        purpose=purpose.value,
        user_id=person.id,
        created_at=at,
        expires_at=at + (lives or HOLDS[purpose]),
        **(about or {}),
    )
    return f"{portal.settings.origin}/{purpose.value}/{token}"


def find(connection: Connection, purpose: Purpose, token: str, *, lock: bool = False) -> Opened | None:
    """Return the link of a token, or None if there is none. With `lock`, nobody else changes its person."""
    row = link.by_token_hash(connection, tokens.digest(token), purpose.value)
    person = user.by_id(connection, row.user_id, lock=lock) if row else None
    if lock:
        row = link.by_token_hash(connection, tokens.digest(token), purpose.value)  # as nobody else can change it now
    return Opened(row, person, _state(row, person, now())) if row and person else None


def look(portal: Portal, purpose: Purpose, token: str) -> Opened | None:
    """Return the link of a token; a question, so it writes nothing and uses nothing up."""
    with portal.database.reading() as connection:
        return find(connection, purpose, token)


def _state(row: MailedLink, person: User, at: datetime) -> State:
    if row.used_at is not None:
        return State.USED
    if row.purpose == Purpose.UNDO_EMAIL.value and person.disabled_at is not None:
        return State.EXPIRED  # where an account is disabled, Web Support alone changes it
    if lies_ahead(row.created_at, at):
        return State.EXPIRED  # the clock was wrong then, or is wrong now
    return State.LIVE if row.expires_at > at else State.EXPIRED


def ways_back(connection: Connection, person: User, at: datetime) -> list[MailedLink]:
    """Return the links that bring a person one of the addresses of before back, and still work, the oldest first."""
    every = link.of_purpose(connection, person.id, Purpose.UNDO_EMAIL.value)
    return [row for row in every if _state(row, person, at) is State.LIVE]


def way_back(connection: Connection, person: User, address: str, at: datetime) -> MailedLink | None:
    """Return the link that brings this address back, if one still works."""
    box = user.mailbox(address)
    return next((row for row in ways_back(connection, person, at) if user.mailbox(row.email or "") == box), None)


def end_since(connection: Connection, person: User, back: MailedLink, at: datetime) -> None:
    """End what came of a change of the address that is taken back, and of those after it.

    These are the ways back to addresses that came after, and "not me" of notices that went there: whoever reads them
    could stop the account again and again.
    """
    link.end_all(connection, person.id, Purpose.UNDO_EMAIL.value, at, since=back.created_at)
    link.end_all(connection, person.id, Purpose.NOT_ME.value, at, since=back.created_at, but_to=back.email)


def end_change(connection: Connection, person: User, at: datetime) -> None:
    """Let a change of the address that waits be none: whoever is shut out just now may have asked for it."""
    link.end_all(connection, person.id, Purpose.EMAIL.value, at)
