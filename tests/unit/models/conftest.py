"""Both databases for the tests of tables."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine

from ssp.extensions import Base
from ssp.infra.database import Database


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Give a database with the portal's tables, without rows."""
    if request.param == "sqlite":
        database = Database(create_engine(f"sqlite:///{tmp_path / 'ssp.db'}"))
        Base.metadata.create_all(database.engine)
    else:
        database = Database(create_engine(request.getfixturevalue("postgresql_url")))
    yield database
    database.engine.dispose()


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    """Give a transaction."""
    with database.writing() as connection:
        yield connection
