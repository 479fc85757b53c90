"""PostgreSQL for tests: a cluster of our own for the session, reached by a socket file, and databases in it.

Any installed server will do. Tests that use it carry the mark `postgresql`; without a server they are skipped, and
under CI that fails.
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask_migrate import upgrade
from sqlalchemy import create_engine

from ssp.app import create_app
from ssp.infra.database import Database
from ssp.settings import Settings
from tests.processes import children

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssp.flows.portal import Portal

OWNER = "ssp"
TEMPLATE = "ssp_schema"
# Durable writes are PostgreSQL's own affair; without them a cluster is there in a second.
OPTIONS = "-c listen_addresses= -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=50"


def programs() -> Path | None:
    """Return the folder of the newest server's programs, or None if there is no server on this machine."""
    versions = [folder for folder in Path("/usr/lib/postgresql").glob("*/bin") if (folder / "initdb").exists()]
    found = shutil.which("initdb")
    newest = max(versions, key=lambda folder: float(folder.parent.name), default=None)
    return newest or (Path(found).resolve().parent if found else None)


class Cluster:
    """A running cluster in a folder of its own."""

    def __init__(self, bin_folder: Path, folder: Path) -> None:
        self._bin, self._folder = bin_folder, folder
        self._made = 0

    def start(self) -> None:
        """Make the cluster and start it."""
        data = str(self._folder / "data")
        self._run("initdb", "-D", data, "-A", "trust", "-U", OWNER, "-E", "UTF8", "--locale=C", "--no-sync")
        self.resume()

    def resume(self, *options: str) -> None:
        """Start it, for the first time or again, with further options."""
        data, log = str(self._folder / "data"), str(self._folder / "log")
        words = " ".join((f"-k {self._folder} {OPTIONS}", *options))
        self._run("pg_ctl", "-D", data, "-w", "-l", log, "-o", words, "start")

    def own(self, file: Path) -> Path:
        """Return a copy of a file that the server owns, as it wants its keys."""
        copy = Path(shutil.copy(file, self._folder))
        copy.chmod(0o600)
        owner = self._folder.stat()
        os.chown(copy, owner.st_uid, owner.st_gid)
        return copy

    def stop(self, how: str = "immediate") -> None:
        """Stop it: at once, which loses the last writes here, or `fast`, which keeps them as a real one would."""
        self._run("pg_ctl", "-D", str(self._folder / "data"), "-m", how, "stop")

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Stop all its processes where they stand: connections stay open, and nobody answers."""
        own = [int((self._folder / "data" / "postmaster.pid").read_text().split()[0])]
        # The server first: then it starts no others.
        os.kill(own[0], signal.SIGSTOP)
        own += children(own[0])
        try:
            for process in own:
                os.kill(process, signal.SIGSTOP)
            yield
        finally:
            for process in own:
                os.kill(process, signal.SIGCONT)

    def url(self, name: str) -> str:
        """Return a database's address."""
        return f"postgresql+psycopg://{OWNER}@/{name}?host={self._folder}"

    def create(self, name: str = "", template: str = "template0") -> str:
        """Make a database and return its address."""
        self._made += 1
        name = name or f"test_{self._made}"
        self._say(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    def drop(self, url: str) -> None:
        """Remove a database, whoever is still connected to it."""
        match = re.search(r"@/([^?]+)\?", url)
        assert match
        self._say(f'DROP DATABASE "{match[1]}" WITH (FORCE)')

    def _say(self, statement: str) -> None:
        engine = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)
        engine.dispose()

    def _run(self, program: str, *args: str) -> None:
        """Run one of the server's programs; they refuse root, so root hands them to the user whom Debian made."""
        user = "postgres" if os.geteuid() == 0 else None
        extra = () if user else None
        command = [str(self._bin / program), *args]
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
        with (self._folder / "out").open("ab") as out:
            done = subprocess.run(
                command,
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
                env=environment,
                user=user,
                group=user,
                extra_groups=extra,
            )
        assert done.returncode == 0, (self._folder / "out").read_text("utf-8", "replace")


@contextmanager
def moved(portal: Portal, url: str) -> Iterator[Portal]:
    """Give a portal whose database is the one at this address."""
    database = Database(create_engine(url))
    try:
        yield replace(portal, database=database)
    finally:
        database.engine.dispose()


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Give a cluster that runs; it may be stopped and resumed meanwhile."""
    found = programs() or pytest.skip("there is no PostgreSQL server on this machine")
    folder = Path(tempfile.mkdtemp(prefix="ssp-postgresql-"))
    owner = pwd.getpwnam("postgres") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    os.chown(folder, owner.pw_uid, owner.pw_gid)
    running = Cluster(found, folder)
    try:
        running.start()
        yield running
        running.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Cluster]:
    """Give a cluster for the whole session."""
    with cluster() as running:
        yield running


@pytest.fixture
def empty_postgresql(postgresql: Cluster) -> Iterator[str]:
    """Give the address of an empty database."""
    url = postgresql.create()
    yield url
    postgresql.drop(url)


@pytest.fixture(scope="session")
def postgresql_schema(postgresql: Cluster, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give the name of a database with the portal's schema, made once by the real migrations."""
    url = postgresql.create(TEMPLATE)
    app = create_app(
        Settings.model_validate({"instance": tmp_path_factory.mktemp("pg"), "demo": True, "database_url": url})
    )
    with app.app_context():
        upgrade()
    app.extensions["ssp"].database.engine.dispose()
    return TEMPLATE


@pytest.fixture
def postgresql_url(postgresql: Cluster, postgresql_schema: str) -> Iterator[str]:
    """Give the address of a database that has the schema and no rows."""
    url = postgresql.create(template=postgresql_schema)
    yield url
    postgresql.drop(url)
