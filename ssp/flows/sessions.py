"""Finished sign-ins as rows: opening, recognising and ending them."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from ssp.flows import compulsory, events, notices, people
from ssp.flows.events import Kind
from ssp.flows.portal import Portal, Visit
from ssp.infra import tokens
from ssp.infra.clock import lies_ahead, now
from ssp.models import PendingSignIn, Session, User, pending, session, user
from ssp.models.session import SessionWithUser
from ssp.settings import Settings

# A session's last use is written at most so often, so that reading pages writes next to nothing.
NOTED_EVERY = timedelta(minutes=1)
# Staff can do more harm, so theirs end sooner (security requirements SE4 and SE5).
STAFF_IDLE = timedelta(minutes=15)
STAFF_LONGEST = timedelta(hours=8)
# Nobody works on more browsers at once; who wants more of them is nobody that the person knows (SE9).
MOST = 10
PASSWORD_AMR = "pwd"  # noqa: S105 - RFC 8176's name for a password
# A page says that a session is about to end this long before it does (WCAG 2.2, 2.2.1 asks for 20 seconds).
WARNING = timedelta(minutes=3)
# Why sessions end that nobody ended; the others say it in their rows.
IDLE, TOO_LONG, OUTDATED = "idle", "too_long", "outdated"
# What nobody needs to ask Web Support about.
_EXPECTED = frozenset({IDLE, TOO_LONG, "signed_out", "to_set_up", "to_recover"})


@dataclass(frozen=True, slots=True)
class Limits:
    """Until when a session holds: without a further page, and whatever happens."""

    idle_at: datetime
    ends_at: datetime

    @property
    def until(self) -> datetime:
        """Return when it is over if nothing is done."""
        return min(self.idle_at, self.ends_at)

    @property
    def final(self) -> bool:
        """Return whether no use prolongs it any more."""
        return self.ends_at <= self.idle_at


@dataclass(frozen=True, slots=True)
class Ended:
    """Why a session is over, and how long it could have lasted without use and altogether.

    `reference` leads Web Support to its sign-in; None where nobody wonders, or nothing is known of that any more.
    """

    because: str
    idle: timedelta
    longest: timedelta
    reference: str | None = None


def _amr(sign_in: PendingSignIn) -> str:
    """Return RFC 8176 method names, space-separated; `mfa` only for two factors really proved."""
    if sign_in.second_factor_amr is None:
        return PASSWORD_AMR
    return f"{PASSWORD_AMR} {sign_in.second_factor_amr} mfa"


def _how(sign_in: PendingSignIn) -> str:
    """Return the part beyond the password in one word, for "last signed in with"."""
    if sign_in.second_factor_amr is not None:
        return sign_in.second_factor_amr
    return "device" if sign_in.device_trusted_at else PASSWORD_AMR


def longest(settings: Settings, groups: Iterable[str]) -> timedelta:
    """Return how long a session of people in these groups can last."""
    hours = timedelta(hours=settings.session_hours)
    return min(hours, STAFF_LONGEST) if settings.is_staff(groups) else hours


def longest_idle(settings: Settings, groups: Iterable[str]) -> timedelta:
    """Return how long a session of people in these groups lasts without a request."""
    minutes = timedelta(minutes=settings.idle_minutes)
    return min(minutes, STAFF_IDLE) if settings.is_staff(groups) else minutes


def open_session(connection: Connection, portal: Portal, visit: Visit, person: User, sign_in: PendingSignIn) -> str:
    """Open the session of a finished sign-in; return its token."""
    at, token, session_id = now(), tokens.new_token(), tokens.new_id()
    proved_at = sign_in.second_factor_at
    ends_at = at + longest(portal.settings, person.groups)
    session.add(
        connection,
        id=session_id,
        token_hash=tokens.digest(token),
        user_id=person.id,
        epoch=person.security_epoch,
        pending_id=sign_in.id,
        device_id=sign_in.device_id if proved_at is None else None,
        created_at=at,
        auth_time=proved_at or sign_in.password_verified_at,
        second_factor_at=proved_at,
        amr=_amr(sign_in),
        last_seen_at=at,
        expires_at=min(ends_at, sign_in.session_ends_at or ends_at),
        address=visit.address,
        agent=visit.agent,
        previous_at=person.last_signed_in_at,
        previous_how=person.last_signed_in_how,
    )
    _drop_oldest(connection, portal, visit, person)
    how = _how(sign_in)
    user.change(connection, person.id, last_signed_in_at=at, last_signed_in_how=how)
    events.record(connection, visit, Kind.SIGNED_IN, user=person, reason=how, at=at)
    return token


def _drop_oldest(connection: Connection, portal: Portal, visit: Visit, person: User) -> None:
    """End what is more than the most sessions that one person may have, and tell them."""
    at = now()
    for old in live(connection, portal, person, at)[MOST:]:
        session.end(connection, old.id, "too_many", at)
        events.record(connection, visit, Kind.SESSION_ENDED, user=person, reason="too_many", at=at)
        notices.session_dropped(connection, portal, visit, person)


def live(connection: Connection, portal: Portal, person: User, at: datetime) -> list[Session]:
    """Return a person's sessions that are not over, the newest first."""
    seen_after = at - longest_idle(portal.settings, person.groups)
    return session.of_user(connection, person.id, person.security_epoch, at, seen_after)


def recognise(portal: Portal, token: str) -> SessionWithUser | None:
    """Return the live session that a token opens, with whom it belongs to."""
    with portal.database.reading() as connection:
        row = session.by_token_hash(connection, tokens.digest(token))
    return row if row is not None and _over_because(portal, row, now()) is None else None


def ended(portal: Portal, token: str) -> Ended | None:
    """Return why the session that a token opened is over; None if it is not, or nothing is known of it any more."""
    with portal.database.reading() as connection:
        row = session.known(connection, tokens.digest(token))
        because = _over_because(portal, row, now()) if row else None
        if row is None or because is None:
            return None
        begun = pending.by_id(connection, row.pending_id) if row.pending_id and because not in _EXPECTED else None
    limits = longest_idle(portal.settings, row.groups), longest(portal.settings, row.groups)
    return Ended(because, *limits, begun.reference if begun else None)


def _over_because(portal: Portal, row: SessionWithUser, at: datetime) -> str | None:
    if row.ended_at is not None:
        return row.ended_because
    if row.epoch != row.security_epoch or not people.may_sign_in(portal, row):
        return OUTDATED
    if row.amr == PASSWORD_AMR and not row.device_id and not compulsory.deferral_allowed(portal.settings, row.groups):
        return OUTDATED  # "not now" was good until the compulsory date
    if lies_ahead(row.last_seen_at, at):
        return OUTDATED  # the clock was wrong then, or is wrong now
    holds = limits(portal, row)
    if at < holds.until:
        return None
    return TOO_LONG if holds.ends_at <= at else IDLE


def limits(portal: Portal, row: SessionWithUser, seen_at: datetime | None = None) -> Limits:
    """Return until when a session holds. `seen_at` is its last use, where that is later than the row's."""
    idle = longest_idle(portal.settings, row.groups)
    return Limits((seen_at or row.last_seen_at) + idle, row.expires_at)


def note_use(portal: Portal, row: SessionWithUser) -> datetime:
    """Keep a session alive, writing at most once a minute; return the last use that the database knows of now.

    While the database takes no writes, the session only ends sooner: a page is not worth waiting for this, nor failing.
    """
    at = now()
    if at - row.last_seen_at < NOTED_EVERY:
        return row.last_seen_at
    with suppress(SQLAlchemyError), portal.database.writing_at_once() as connection:
        session.seen(connection, row.id, at - NOTED_EVERY, at)
        return at
    return row.last_seen_at


def hold(connection: Connection, portal: Portal, row: SessionWithUser) -> User | None:
    """Return whose session it is, whom nobody else changes from now on; None if it is over meanwhile.

    Of two requests that carry the same token and change it, the second finds it over.
    """
    person = user.by_id(connection, row.user_id, lock=True)
    found = session.by_token_hash(connection, row.token_hash)
    if person is None or found is None or _over_because(portal, found, now()) is not None:
        return None
    return person


def known_browser(connection: Connection, row: SessionWithUser) -> str | None:
    """Return the known browser in which a session was opened, so that what goes on from it has the same tries."""
    begun = pending.by_id(connection, row.pending_id) if row.pending_id else None
    return begun.known_browser_id if begun else None


def renew(connection: Connection, row: Session, epoch: int) -> str:
    """Give a session that is held a new token, and return it; the old one opens nothing from then on (SE2)."""
    token = tokens.new_token()
    session.renew(connection, row, tokens.digest(token), epoch)
    return token


def sign_out(portal: Portal, visit: Visit, row: SessionWithUser, reason: str | None = None) -> None:
    """End a session for good, wherever its token is; `reason` is there where the person did not just sign out."""
    at = now()
    with portal.database.writing() as connection:
        if session.end(connection, row.id, reason or "signed_out", at):
            person = user.by_id(connection, row.user_id)
            events.record(connection, visit, Kind.SIGNED_OUT, user=person, reason=reason, at=at)
