"""Finished sign-ins as rows: opening, recognising and ending them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from ssp.flows import events
from ssp.flows.events import Kind
from ssp.flows.portal import Portal, Visit
from ssp.infra import tokens
from ssp.infra.clock import now
from ssp.models import User, session, user
from ssp.models.session import SessionWithUser

# A session's last use is written at most so often, so that reading pages writes next to nothing.
NOTED_EVERY = timedelta(minutes=1)
PASSWORD_AMR = "pwd"  # noqa: S105 - RFC 8176's name for a password


@dataclass(frozen=True, slots=True)
class Proof:
    """What a sign-in rests on: a second factor's time and `amr`, or a trusted device, or the password alone."""

    password_at: datetime
    second_factor_at: datetime | None
    second_factor_amr: str | None
    device_id: str | None

    @property
    def amr(self) -> str:
        """Return RFC 8176 method names, space-separated; `mfa` only for two factors really proved."""
        if self.second_factor_amr is None:
            return PASSWORD_AMR
        return f"{PASSWORD_AMR} {self.second_factor_amr} mfa"

    @property
    def how(self) -> str:
        """Return the part beyond the password in one word, for "last signed in with"."""
        if self.second_factor_amr is not None:
            return self.second_factor_amr
        return "device" if self.device_id else PASSWORD_AMR


def open_session(  # noqa: PLR0913 - a session is who, what proves it, from where and when
    connection: Connection, portal: Portal, visit: Visit, person: User, pending_id: str, proof: Proof, at: datetime
) -> str:
    """Open a session for a finished sign-in; return its token."""
    token = tokens.new_token()
    session.add(
        connection,
        id=tokens.new_id(),
        token_hash=tokens.digest(token),
        user_id=person.id,
        epoch=person.security_epoch,
        pending_id=pending_id,
        device_id=proof.device_id if proof.second_factor_at is None else None,
        created_at=at,
        auth_time=proof.second_factor_at or proof.password_at,
        second_factor_at=proof.second_factor_at,
        amr=proof.amr,
        last_seen_at=at,
        expires_at=at + timedelta(hours=portal.settings.session_hours),
        address=visit.address,
        agent=visit.agent,
        previous_at=person.last_signed_in_at,
        previous_how=person.last_signed_in_how,
    )
    user.change(connection, person.id, last_signed_in_at=at, last_signed_in_how=proof.how)
    events.record(connection, visit, Kind.SIGNED_IN, user=person, reason=proof.how, at=at)
    return token


def recognise(portal: Portal, token: str) -> SessionWithUser | None:
    """Return the live session that a token opens, with whom it belongs to."""
    at = now()
    with portal.database.reading() as connection:
        row = session.by_token_hash(connection, tokens.digest(token))
    if row is None or row.disabled_at is not None or row.epoch != row.security_epoch:
        return None
    idle_end = row.last_seen_at + timedelta(minutes=portal.settings.idle_minutes)
    return row if at < min(row.expires_at, idle_end) else None


def note_use(portal: Portal, row: SessionWithUser) -> None:
    """Keep a session alive, writing at most once a minute."""
    at = now()
    if at - row.last_seen_at >= NOTED_EVERY:
        with portal.database.writing() as connection:
            session.seen(connection, row.id, at - NOTED_EVERY, at)


def sign_out(portal: Portal, visit: Visit, row: SessionWithUser) -> None:
    """End a session for good, wherever its token is."""
    at = now()
    with portal.database.writing() as connection:
        if session.end(connection, row.id, "signed_out", at):
            person = user.by_id(connection, row.user_id)
            events.record(connection, visit, Kind.SIGNED_OUT, user=person, at=at)
