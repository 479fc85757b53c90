"""Whether the database has the schema that this version of the portal needs."""

from functools import lru_cache
from pathlib import Path

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from ssp.infra.database import Database

MIGRATIONS = Path(__file__).parent.parent / "migrations"
_SEALED = (
    "SELECT 1 FROM authenticator LIMIT 1",
    "SELECT 1 FROM event_block LIMIT 1",
    # A hash that came from elsewhere has a dollar sign, which no sealed one has.
    "SELECT 1 FROM \"user\" WHERE password_hash NOT LIKE '%$%' LIMIT 1",
)


@lru_cache(maxsize=1)
def newest() -> frozenset[str]:
    """Return the newest revision of the migrations."""
    return frozenset(ScriptDirectory(MIGRATIONS).get_heads())


def holds_sealed_values(database: Database) -> bool:
    """Return whether the database holds anything that only the key list can open. Without a database there is none."""
    try:
        with database.reading() as connection:
            return any(connection.execute(text(query)).first() is not None for query in _SEALED)
    except SQLAlchemyError:
        return False


def is_current(connection: Connection) -> bool:
    """Return whether the database is at the newest revision."""
    return frozenset(MigrationContext.configure(connection).get_current_heads()) == newest()
