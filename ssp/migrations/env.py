"""How Alembic reaches the portal's database; `flask db …` loads it."""

from alembic import context
from flask import current_app
from sqlalchemy import Connection

from ssp.extensions import Base


def run(connection: Connection) -> None:
    """Bring the schema to the wanted revision in one transaction."""
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()


database = current_app.extensions["ssp"].database
with database.migrating() as connection:
    run(connection)
