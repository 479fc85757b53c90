"""Many people at once: statements for hundreds of rows, where one for each would take minutes."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from ssp.models.event import Event
from ssp.models.user import User


def taken(connection: Connection, usernames: Collection[str]) -> set[str]:
    """Return those of these canonical usernames that somebody has."""
    return set(connection.scalars(select(User.username).where(User.username.in_(usernames))))


def add(connection: Connection, people: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Add those people whose usernames are free; return their numbers by username. Two imports at once do no harm."""
    if not people:
        return {}
    insert_user = postgresql.insert(User) if connection.dialect.name == "postgresql" else sqlite.insert(User)
    statement = insert_user.on_conflict_do_nothing(index_elements=[User.username]).returning(User.username, User.id)
    return {row.username: row.id for row in connection.execute(statement, people)}


def record(connection: Connection, events: Sequence[Mapping[str, Any]]) -> None:
    """Write events, as many as there are people."""
    if events:
        connection.execute(insert(Event), events)
