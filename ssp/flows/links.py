"""Links that leave by mail: made here, and looked up by the token that the mail alone holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from sqlalchemy import Connection

from ssp.flows.portal import Portal
from ssp.infra import tokens
from ssp.infra.clock import now
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


def make(  # noqa: PLR0913 - what a link is for and about
    connection: Connection,
    portal: Portal,
    person: User,
    purpose: Purpose,
    *,
    holds: timedelta | None = None,
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
        expires_at=at + (holds or HOLDS[purpose]),
        **(about or {}),
    )
    return f"{portal.settings.origin}/{purpose.value}/{token}"


def find(connection: Connection, purpose: Purpose, token: str, *, lock: bool = False) -> Opened | None:
    """Return the link of a token, or None if there is none. With `lock`, nobody else changes its person."""
    row = link.by_token_hash(connection, tokens.digest(token), purpose.value)
    person = user.by_id(connection, row.user_id, lock=lock) if row else None
    if lock:
        row = link.by_token_hash(connection, tokens.digest(token), purpose.value)  # as nobody else can change it now
    return Opened(row, person, _state(row, now())) if row and person else None


def look(portal: Portal, purpose: Purpose, token: str) -> Opened | None:
    """Return the link of a token; a question, so it writes nothing and uses nothing up."""
    with portal.database.reading() as connection:
        return find(connection, purpose, token)


def _state(row: MailedLink, at: datetime) -> State:
    if row.used_at is not None:
        return State.USED
    return State.LIVE if row.expires_at > at else State.EXPIRED
