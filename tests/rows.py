"""Rows for tests that need one, with values that are right unless a test says otherwise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ssp.infra import tokens
from ssp.models import authenticator, challenge, device, link, mail, pending, recovery_code, session, step_up, user
from ssp.models.step_up import Purpose

if TYPE_CHECKING:
    from sqlalchemy import Connection

AT = datetime(2026, 11, 22, 14, 0, 7, tzinfo=UTC)


def person(connection: Connection, username: str = "ada", **changes: object) -> int:
    """Add a person; return their number."""
    values = {
        "username": username,
        "selector": tokens.new_id(),
        "email": f"{username}@example.test",
        "name": username.title(),
        "groups": ("agents",),
        "password_hash": "$argon2id$",  # from before hashes were sealed
        "created_at": AT,
    }
    return user.add(connection, **{**values, **changes})


def half_done(connection: Connection, user_id: int, **changes: object) -> str:
    """Begin a sign-in; return its id."""
    row_id = tokens.new_id()
    values = {
        "id": row_id,
        "token_hash": tokens.digest(f"token {row_id}"),
        "origin_hash": tokens.digest("origin"),
        "user_id": user_id,
        "epoch": 1,
        "created_at": AT,
        "expires_at": AT + timedelta(minutes=10),
        "next_path": "/",
        "password_verified_at": AT,
        "asked_because": "new",
    }
    pending.add(connection, **{**values, **changes})
    return str(changes.get("id", row_id))


def draft(connection: Connection, user_id: int, pending_id: str, **changes: object) -> str:
    """Begin to set up an option; return its id."""
    row_id = tokens.new_id()
    values = {
        "id": row_id,
        "user_id": user_id,
        "type": "text",
        "label": "••• ••23",
        "data": "sealed",
        "pending_id": pending_id,
        "created_at": AT,
    }
    authenticator.replace_draft(connection, **{**values, **changes})
    return row_id


def option(connection: Connection, user_id: int, at: datetime = AT, **changes: object) -> str:
    """Set an option up; return its id."""
    row_id = draft(connection, user_id, half_done(connection, user_id), **changes)
    authenticator.confirm(connection, row_id, at, at)
    return row_id


def on_paper(connection: Connection, user_id: int, **changes: object) -> str:
    """Give a person a recovery code, beside those they have; return its id."""
    row_id = tokens.new_id()
    values = {"id": row_id, "selector": "K7", "code_hash": "$argon2id$", "created_at": AT}
    recovery_code.add_all(connection, user_id, [{**values, **changes}])
    return row_id


def code(connection: Connection, pending_id: str, authenticator_id: str, **changes: object) -> str:
    """Issue a code; return its id."""
    row_id = tokens.new_id()
    values = {
        "id": row_id,
        "pending_id": pending_id,
        "authenticator_id": authenticator_id,
        "purpose": "sign-in",
        "code": "sealed",
        "code_made_at": AT,
        "expires_at": AT + timedelta(minutes=10),
    }
    challenge.add(connection, **{**values, **changes})
    return row_id


def trusted(connection: Connection, user_id: int, **changes: object) -> str:
    """Trust a browser; return its id."""
    row_id = tokens.new_id()
    values = {
        "id": row_id,
        "user_id": user_id,
        "epoch": 1,
        "verifier_hash": tokens.digest("verifier"),
        "rotated_at": AT,
        "label": "Firefox",
        "created_at": AT,
        "last_used_at": AT,
        "expires_at": AT + timedelta(days=30),
    }
    device.add(connection, **{**values, **changes})
    return row_id


def signed_in(connection: Connection, user_id: int, **changes: object) -> str:
    """Open a session; return its id."""
    row_id = tokens.new_id()
    values = {
        "id": row_id,
        "token_hash": tokens.digest(f"token {row_id}"),
        "user_id": user_id,
        "epoch": 1,
        "created_at": AT,
        "auth_time": AT,
        "amr": "pwd",
        "last_seen_at": AT,
        "expires_at": AT + timedelta(hours=12),
        "address": "198.51.100.7",
        "agent": "Firefox",
    }
    session.add(connection, **{**values, **changes})
    return row_id


def stepped_up(connection: Connection, user_id: int, **changes: object) -> Purpose:
    """Prove a second factor for one thing; return for what."""
    purpose = Purpose(signed_in(connection, user_id), 1, "change_password", "")
    values = {
        "id": tokens.new_id(),
        "session_id": purpose.of_session,
        "pending_id": half_done(connection, user_id),
        "epoch": purpose.of_epoch,
        "action": purpose.of_action,
        "target": purpose.of_target,
        "created_at": AT,
        "proved_at": AT,
        "proved_amr": "sms",
    }
    step_up.add(connection, **{**values, **changes})
    return purpose


def notice(connection: Connection, user_id: int, **changes: object) -> str:
    """Queue a mail; return its id."""
    row_id = tokens.new_id()
    values = {
        "id": row_id,
        "user_id": user_id,
        "to": "ada@example.test",
        "subject": "Hello",
        "body": "There.\n",
        "created_at": AT,
    }
    mail.add(connection, **{**values, **changes})
    return row_id


def mailed(connection: Connection, user_id: int, **changes: object) -> str:
    """Make a link that leaves by mail; return its id."""
    row_id = tokens.new_id()
    values = {
        "id": row_id,
        "token_hash": tokens.digest(f"token {row_id}"),
        "purpose": "password",
        "user_id": user_id,
        "created_at": AT,
        "expires_at": AT + timedelta(minutes=30),
    }
    link.add(connection, **{**values, **changes})
    return row_id
