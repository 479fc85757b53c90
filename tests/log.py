"""The security log in tests: events by the dozen, and somebody who writes to the database behind the portal's back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from ssp.flows import events
from ssp.flows.events import Kind
from ssp.models import Event, EventBlock
from ssp.models.columns import columns, rows
from tests.desk import VISIT

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ssp.flows.portal import Portal

GUARDED = ("event", "event_block", "event_anchor")


def write(portal: Portal, count: int = 1) -> list[int]:
    """Write events; return the ids of all that there are."""
    with portal.database.writing() as connection:
        for _ in range(count):
            events.record(connection, VISIT, Kind.GIVEN_UP)
    return ids(portal)


def ids(portal: Portal) -> list[int]:
    """Return the ids of all events, the oldest first."""
    with portal.database.reading() as connection:
        return [each.id for each in rows(connection, columns(Event).order_by(Event.id), Event)]


def blocks(portal: Portal) -> list[EventBlock]:
    """Return all blocks, the oldest first."""
    with portal.database.reading() as connection:
        return rows(connection, columns(EventBlock).order_by(EventBlock.number), EventBlock)


def tamper(portal: Portal, statement: str, **values: object) -> None:
    """Change the log as somebody can who owns the database: the guards go first."""
    with portal.database.writing() as connection:
        lift_guards(connection)
        assert connection.execute(text(statement), values).rowcount > 0


def lift_guards(connection: Connection) -> None:
    """Switch off what keeps the log append-only."""
    for table in GUARDED:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        else:
            for deed in ("update", "delete"):
                connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {table}_no_{deed}")
