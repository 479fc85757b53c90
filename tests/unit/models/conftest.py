"""Both databases for the tests of tables."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine

from ssp.extensions import Base
from ssp.infra.database import Database
from tests.postgresql import Cluster

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


def sqlite(folder: Path) -> Database:
    """Return a database in a file with the portal's tables."""
    database = Database(create_engine(f"sqlite:///{folder / 'ssp.db'}"))
    Base.metadata.create_all(database.engine)
    return database


@pytest.fixture(params=BOTH)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Give a database with the portal's tables, without rows."""
    if request.param == "sqlite":
        database = sqlite(tmp_path)
    else:
        database = Database(create_engine(request.getfixturevalue("postgresql_url")))
    yield database
    database.engine.dispose()


@pytest.fixture(scope="session")
def shared_postgresql(postgresql: Cluster, postgresql_schema: str) -> Iterator[Database]:
    """Give a database in which nothing is ever kept, since a new one for each test takes its time."""
    url = postgresql.create(template=postgresql_schema)
    database = Database(create_engine(url))
    yield database
    database.engine.dispose()


@pytest.fixture(params=BOTH)
def connection(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Connection]:
    """Give a transaction in a database without rows; it is undone at the end."""
    own = sqlite(tmp_path) if request.param == "sqlite" else None
    database: Database = own or request.getfixturevalue("shared_postgresql")
    with database.writing() as connection:
        yield connection
        connection.rollback()
    if own:
        own.engine.dispose()
