"""The migrations make exactly the tables of the models, on both databases, and take them away again."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import (
    CheckConstraint,
    Connection,
    ForeignKeyConstraint,
    Inspector,
    String,
    UniqueConstraint,
    inspect,
    text,
)
from sqlalchemy.exc import DatabaseError, IntegrityError

from ssp.app import create_app
from ssp.extensions import Base
from ssp.infra import schema
from ssp.infra.database import Database
from ssp.models import authenticator, challenge, device, user
from ssp.settings import Settings
from tests import rows

BOOKKEEPING = "alembic_version"
NAMED = (UniqueConstraint, ForeignKeyConstraint, CheckConstraint)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """Give a portal whose database is empty."""
    url = None if request.param == "sqlite" else request.getfixturevalue("empty_postgresql")
    app = create_app(Settings.model_validate({"instance": tmp_path / "instance", "demo": True, "database_url": url}))
    with app.app_context():
        yield app
    app.extensions["ssp"].database.engine.dispose()


@pytest.fixture
def database(app: Flask) -> Database:
    found: Database = app.extensions["ssp"].database
    return found


def look(database: Database) -> Inspector:
    return inspect(database.engine)


def tables(database: Database) -> set[str]:
    return set(look(database).get_table_names()) - {BOOKKEEPING}


def differences(database: Database) -> list[object]:
    """Return what differs between the tables that there are and those of the models."""
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return list(compare_metadata(context, Base.metadata))


def current(database: Database) -> bool:
    with database.reading() as connection:
        return schema.is_current(connection)


def test_up_from_nothing_gives_the_models_tables(database: Database) -> None:
    assert tables(database) == set()
    assert not current(database)
    upgrade()
    assert tables(database) == set(Base.metadata.tables)
    assert differences(database) == []
    assert current(database)


def test_a_difference_would_be_seen(database: Database) -> None:
    upgrade()
    with database.writing() as connection:
        connection.exec_driver_sql("DROP INDEX ix_event_at")
        connection.exec_driver_sql('ALTER TABLE "user" ADD COLUMN shoe_size INTEGER')
    assert len(differences(database)) == 2


def test_down_to_nothing_and_up_again(database: Database) -> None:
    upgrade()
    downgrade(revision="base")
    assert tables(database) == set()
    assert not current(database)
    upgrade()
    assert differences(database) == []


def test_up_once_more_changes_nothing(database: Database) -> None:
    upgrade()
    upgrade()
    assert differences(database) == []


def from_before(connection: Connection, number: int = 1, address: str = "ada@example.test") -> int:
    """Add a person as the first schema knows them; return their number."""
    connection.execute(
        text(
            'INSERT INTO "user" (id, username, selector, email, name, groups, security_epoch, created_at, demo) '
            "VALUES (:number, :name, :name, :address, 'Ada', '[]', 1, '2026-11-22 14:00:07', false)"
        ),
        {"number": number, "name": f"ada{number}", "address": address},
    )
    return number


def test_codes_on_their_way_survive_the_table_of_deliveries(database: Database) -> None:
    upgrade(revision="0001")
    with database.writing() as connection:
        owner = from_before(connection)
        begun, way = rows.half_done(connection, owner), rows.option(connection, owner)
        connection.execute(
            text(
                "INSERT INTO challenge (id, pending_id, authenticator_id, purpose, code, code_made_at, expires_at, "
                "tries, sends, delivery_status, provider_id) VALUES ('c', :begun, :way, 'sign-in', 'sealed', "
                "'2026-11-22 14:00:07', '2026-11-22 14:10:07', 1, 2, 'sent', 'SM0')"
            ),
            {"begun": begun, "way": way},
        )
    upgrade()
    with database.reading() as connection:
        found = challenge.of(connection, begun, way)
        assert found
        assert (found.id, found.code, found.tries, found.sends, found.delivery_status) == ("c", "sealed", 1, 2, "sent")
    downgrade(revision="0001")
    with database.reading() as connection:
        kept = connection.execute(text("SELECT id, tries, sends, provider_id FROM challenge")).one()
        assert tuple(kept) == ("c", 1, 2, None)


def test_events_from_before_say_who_acted_and_are_guarded_from_then_on(database: Database) -> None:
    upgrade(revision="0003")
    with database.writing() as connection:
        for agent in ("command line", "Firefox"):
            connection.execute(
                text(
                    "INSERT INTO event (at, kind, outcome, subject, address, agent, request_id) "
                    "VALUES ('2026-11-22 14:00:07', 'user.added', 'done', 'ada', '-', :agent, '-')"
                ),
                {"agent": agent},
            )
    upgrade()
    with database.reading() as connection:
        assert list(connection.scalars(text("SELECT actor FROM event ORDER BY id"))) == ["operator", "visitor"]
    for deed in ("UPDATE event SET actor = 'x'", "DELETE FROM event"):
        with pytest.raises(DatabaseError, match="append-only"), database.writing() as connection:
            connection.exec_driver_sql(deed)
    downgrade(revision="0003")
    with database.writing() as connection:
        assert connection.exec_driver_sql("DELETE FROM event").rowcount == 2


def test_addresses_from_before_are_found_however_they_are_spelled(database: Database) -> None:
    upgrade(revision="0006")
    with database.writing() as connection:
        from_before(connection, 1, "Ada@Example.test")
        from_before(connection, 2, "\u00c4DA@example.test")
    upgrade()
    with database.reading() as connection:
        assert [each.id for each in user.by_address(connection, "ada@EXAMPLE.test")] == [1]
        assert [each.id for each in user.by_address(connection, "\u00e4da@example.test")] == [2]
    with database.writing() as connection:
        rows.mailed(connection, 1, purpose="email", email="ada@new.test")
        rows.mailed(connection, 1, purpose="password")
    downgrade(revision="0006")
    with database.reading() as connection:
        assert list(connection.scalars(text("SELECT purpose FROM mailed_link"))) == ["password"]


def test_an_upgrade_that_fails_leaves_nothing_half_done(database: Database) -> None:
    with database.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE challenge (in_the_way INTEGER)")
    with pytest.raises(DatabaseError):
        upgrade()
    assert tables(database) == {"challenge"}
    assert not current(database)


def named(database: Database) -> dict[str, set[str | None]]:
    """Return the names of all constraints and indexes as the database has them, by table."""
    found = look(database)
    return {
        table: {found.get_pk_constraint(table)["name"]}
        | {each["name"] for each in found.get_foreign_keys(table)}
        | {each["name"] for each in found.get_unique_constraints(table)}
        | {each["name"] for each in found.get_check_constraints(table)}
        | {each["name"] for each in found.get_indexes(table) if not each.get("duplicates_constraint")}
        for table in tables(database)
    }


def test_every_constraint_and_index_has_the_name_that_the_models_give_it(database: Database) -> None:
    upgrade()
    wanted = {
        name: {str(table.primary_key.name)}
        | {str(each.name) for each in table.constraints if isinstance(each, NAMED)}
        | {str(each.name) for each in table.indexes}
        for name, table in Base.metadata.tables.items()
    }
    assert named(database) == wanted
    every = [name for names in wanted.values() for name in names]
    assert "None" not in every
    assert len(set(every)) == len(every)
    # PostgreSQL cuts longer ones, and would then not know them by their name.
    assert max(map(len, every)) <= 63


def test_a_row_goes_with_its_person_and_its_sign_in(database: Database) -> None:
    upgrade()
    found = look(database)
    ways = {
        (table, each["constrained_columns"][0]): each["options"].get("ondelete")
        for table in tables(database)
        for each in found.get_foreign_keys(table)
    }
    people = {table: rule for (table, column), rule in ways.items() if column == "user_id"}
    assert people == dict.fromkeys(
        (
            "authenticator",
            "pending_sign_in",
            "session",
            "trusted_device",
            "known_browser",
            "outgoing_mail",
            "mailed_link",
            "recovery_code",
        ),
        "CASCADE",
    )
    assert ways["authenticator", "pending_id"] == ways["challenge", "pending_id"] == "CASCADE"
    assert ways["session", "pending_id"] == ways["session", "device_id"] == "SET NULL"
    assert set(ways.values()) == {"CASCADE", "SET NULL"}


def remake(connection: Connection) -> None:
    """Change the table of people as a later migration would, which SQLite does by making it anew."""
    operations = Operations(MigrationContext.configure(connection))
    with operations.batch_alter_table("user") as table:
        table.alter_column("name", type_=String(300), existing_type=String(200), existing_nullable=False)


def test_a_table_that_is_made_anew_keeps_what_belongs_to_its_rows(database: Database) -> None:
    upgrade()
    with database.writing() as connection:
        owner = rows.person(connection)
        way = rows.option(connection, owner)
        rows.trusted(connection, owner)
    with database.migrating() as connection:
        remake(connection)
    (name,) = [each["type"] for each in look(database).get_columns("user") if each["name"] == "name"]
    assert repr(name) == "VARCHAR(length=300)"
    with database.writing() as connection:
        assert [each.id for each in authenticator.confirmed(connection, owner)] == [way]
        assert len(device.live(connection, owner, rows.AT)) == 1
        connection.exec_driver_sql('DELETE FROM "user"')
        assert authenticator.confirmed(connection, owner) == [], "and afterwards rows go with their person again"


def strand(database: Database) -> None:
    """Change the schema so that rows belong to nobody."""
    with database.migrating() as connection:
        connection.exec_driver_sql("CREATE TABLE extra (id INTEGER)")
        connection.exec_driver_sql('DELETE FROM "user"')


def test_a_migration_that_strands_rows_is_undone(database: Database) -> None:
    upgrade()
    with database.writing() as connection:
        owner = rows.person(connection)
        rows.option(connection, owner)
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("ALTER TABLE authenticator DROP CONSTRAINT fk_authenticator_user_id")
            connection.exec_driver_sql(
                'ALTER TABLE authenticator ADD FOREIGN KEY (user_id) REFERENCES "user" (id) ON DELETE RESTRICT'
            )
    with pytest.raises(IntegrityError):
        strand(database)
    assert "extra" not in tables(database)
    with database.reading() as connection:
        assert len(authenticator.confirmed(connection, owner)) == 1


def test_the_history_is_one_line() -> None:
    script = ScriptDirectory(schema.MIGRATIONS)
    revisions = list(script.walk_revisions())
    assert len(script.get_heads()) == len(script.get_bases()) == 1
    assert schema.newest() == frozenset(script.get_heads())
    assert not [each for each in revisions if each.is_merge_point or each.is_branch_point]
    assert all(each.doc for each in revisions)


@pytest.mark.parametrize("step", ["upgrade", "downgrade"])
def test_every_migration_goes_both_ways(step: str) -> None:
    for revision in ScriptDirectory(schema.MIGRATIONS).walk_revisions():
        assert callable(getattr(revision.module, step, None)), revision.path
