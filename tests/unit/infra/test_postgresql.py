"""How long PostgreSQL is waited for."""

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, make_url

from ssp.infra.database import Database, engine_options


def test_what_the_address_says_counts_more() -> None:
    own = engine_options("postgresql+psycopg://ssp@db.example.org/ssp?connect_timeout=20")
    assert own["pool_pre_ping"] is True
    assert own["connect_args"]["tcp_user_timeout"] == 10_000
    assert "connect_timeout" not in own["connect_args"]


@pytest.mark.parametrize(
    "address, mode, root",
    [
        ("db.example.org/ssp", "verify-full", "system"),
        ("192.0.2.7:5433/ssp", "verify-full", "system"),
        ("db.example.org/ssp?sslrootcert=/etc/ca.pem", "verify-full", None),
        ("db.example.org/ssp?sslmode=require", None, None),
        ("localhost/ssp", None, None),
        ("127.0.0.1:5433/ssp", None, None),
        ("/ssp", None, None),
        ("/ssp?host=/run/postgresql", None, None),
        ("/ssp?host=db.example.org", "verify-full", "system"),
        ("/ssp?host=db1.example.org&host=db2.example.org", "verify-full", "system"),
    ],
)
def test_over_a_network_the_server_proves_its_name(address: str, mode: str | None, root: str | None) -> None:
    arguments = engine_options(f"postgresql+psycopg://ssp@{address}")["connect_args"]
    assert (arguments.get("sslmode"), arguments.get("sslrootcert")) == (mode, root)


def test_sqlite_has_none_of_it() -> None:
    assert set(engine_options("sqlite:///ssp.db")) == {"hide_parameters", "pool_size", "pool_timeout"}


@pytest.fixture
def database(empty_postgresql: str) -> Iterator[Database]:
    database = Database(create_engine(empty_postgresql, **engine_options(empty_postgresql)))
    yield database
    database.engine.dispose()


LIMITS = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")


@pytest.mark.postgresql
def test_statements_and_locks_have_limits_but_not_when_tables_change(database: Database) -> None:
    for kind, limits in (
        (database.writing, ["5s", "8s", "30s"]),
        (database.migrating, ["0", "0", "0"]),
        (database.writing_at_once, ["5s", "8s", "30s"]),
    ):
        with kind() as connection:
            assert [connection.exec_driver_sql(f"SHOW {name}").scalar_one() for name in LIMITS] == limits


@pytest.mark.postgresql
def test_connections_that_were_cut_off_are_replaced(database: Database) -> None:
    with database.reading() as connection:
        cut = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        admin = create_engine(make_url(str(connection.engine.url)))
        with admin.connect() as other:
            connection.rollback()
            other.exec_driver_sql("SELECT pg_terminate_backend(%s)", (cut,))
        admin.dispose()
    with database.reading() as connection:
        assert connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one() != cut
