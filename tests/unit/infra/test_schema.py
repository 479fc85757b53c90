"""Whether the database has the schema that this version needs."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from ssp.infra import schema


@pytest.mark.parametrize(
    "revisions, current",
    [(None, False), ([], False), (["0000"], False), (["newest"], True), (["newest", "0000"], False)],
)
def test_it_is_current_at_the_newest_revision_only(revisions: list[str] | None, current: bool, tmp_path: Path) -> None:  # noqa: FBT001 - the expectation
    engine = create_engine(f"sqlite:///{tmp_path / 'ssp.db'}")
    (newest,) = schema.newest()
    with engine.begin() as connection:
        if revisions is not None:
            connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        for revision in revisions or ():
            name = newest if revision == "newest" else revision
            connection.exec_driver_sql("INSERT INTO alembic_version VALUES (?)", (name,))
        assert schema.is_current(connection) is current
    engine.dispose()


def test_a_database_that_does_not_answer_is_no_old_one(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}")
    with pytest.raises(OperationalError):
        engine.connect()


def test_the_newest_is_worked_out_once() -> None:
    assert schema.newest() is schema.newest()
    assert len(schema.newest()) == 1
