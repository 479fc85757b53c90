"""Whether the database has the schema that this version of the portal needs."""

from functools import lru_cache
from pathlib import Path

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

MIGRATIONS = Path(__file__).parent.parent / "migrations"


@lru_cache(maxsize=1)
def newest() -> frozenset[str]:
    """Return the newest revision of the migrations."""
    return frozenset(ScriptDirectory(MIGRATIONS).get_heads())


def is_current(connection: Connection) -> bool:
    """Return whether the database is at the newest revision."""
    return frozenset(MigrationContext.configure(connection).get_current_heads()) == newest()
