"""Finished sign-ins as rows: opening, recognising and ending them."""

from contextlib import suppress
from datetime import timedelta

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from ssp.flows import compulsory, events, people
from ssp.flows.events import Kind
from ssp.flows.portal import Portal, Visit
from ssp.infra import tokens
from ssp.infra.clock import lies_ahead, now
from ssp.models import PendingSignIn, User, session, user
from ssp.models.session import SessionWithUser

# A session's last use is written at most so often, so that reading pages writes next to nothing.
NOTED_EVERY = timedelta(minutes=1)
# Staff can do more harm, so theirs end sooner (security requirements SE4 and SE5).
STAFF_IDLE = timedelta(minutes=15)
STAFF_LONGEST = timedelta(hours=8)
PASSWORD_AMR = "pwd"  # noqa: S105 - RFC 8176's name for a password


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


def _longest(portal: Portal, person: User) -> timedelta:
    hours = timedelta(hours=portal.settings.session_hours)
    return min(hours, STAFF_LONGEST) if portal.settings.is_staff(person.groups) else hours


def open_session(connection: Connection, portal: Portal, visit: Visit, person: User, sign_in: PendingSignIn) -> str:
    """Open the session of a finished sign-in; return its token."""
    at, token = now(), tokens.new_token()
    proved_at = sign_in.second_factor_at
    session.add(
        connection,
        id=tokens.new_id(),
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
        expires_at=at + _longest(portal, person),
        address=visit.address,
        agent=visit.agent,
        previous_at=person.last_signed_in_at,
        previous_how=person.last_signed_in_how,
    )
    how = _how(sign_in)
    user.change(connection, person.id, last_signed_in_at=at, last_signed_in_how=how)
    events.record(connection, visit, Kind.SIGNED_IN, user=person, reason=how, at=at)
    return token


def recognise(portal: Portal, token: str) -> SessionWithUser | None:
    """Return the live session that a token opens, with whom it belongs to."""
    at = now()
    with portal.database.reading() as connection:
        row = session.by_token_hash(connection, tokens.digest(token))
    if row is None or row.epoch != row.security_epoch or not people.may_sign_in(portal, row):
        return None
    if row.amr == PASSWORD_AMR and not row.device_id and not compulsory.deferral_allowed(portal.settings, row.groups):
        return None  # "not now" was good until the compulsory date
    if lies_ahead(row.last_seen_at, at):
        return None
    idle = timedelta(minutes=portal.settings.idle_minutes)
    if portal.settings.is_staff(row.groups):
        idle = min(idle, STAFF_IDLE)
    return row if at < min(row.expires_at, row.last_seen_at + idle) else None


def note_use(portal: Portal, row: SessionWithUser) -> None:
    """Keep a session alive, writing at most once a minute, and not while the database takes no writes."""
    at = now()
    if at - row.last_seen_at >= NOTED_EVERY:
        # A page is not worth waiting for this, nor failing; without it the session only ends sooner.
        with suppress(SQLAlchemyError), portal.database.writing_at_once() as connection:
            session.seen(connection, row.id, at - NOTED_EVERY, at)


def sign_out(portal: Portal, visit: Visit, row: SessionWithUser) -> None:
    """End a session for good, wherever its token is."""
    at = now()
    with portal.database.writing() as connection:
        if session.end(connection, row.id, "signed_out", at):
            person = user.by_id(connection, row.user_id)
            events.record(connection, visit, Kind.SIGNED_OUT, user=person, at=at)
