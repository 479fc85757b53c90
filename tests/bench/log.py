"""`make bench-log`: how many events a second are sealed, verified and pruned, on SQLite and PostgreSQL if there is one.

The events are written as fast as the database takes them, which is no rate of sign-ins. Quote the ratios.
"""

import argparse
import os
import pwd
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from flask_migrate import upgrade
from sqlalchemy import insert

from ssp.app import create_app
from ssp.flows import events, log_check, pruning, sealing
from ssp.flows.kinds import Kind, Outcome
from ssp.flows.portal import Portal, Visit
from ssp.infra.clock import now
from ssp.models import Event
from ssp.settings import Settings
from tests.bench.browsers import say
from tests.postgresql import Cluster, programs

VISIT = Visit("198.51.100.7", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/150.0", "ABCDEFGHJK")
BATCH = 5000


def main() -> None:
    """Print the rates of each database."""
    parser = argparse.ArgumentParser(prog="make bench-log", description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    count = parser.parse_args().events
    with tempfile.TemporaryDirectory() as folder:
        _measure("SQLite", Settings.model_validate({"instance": folder, "demo": True}), count)
    found = programs()
    if found is None:
        say("PostgreSQL: there is no server on this machine")
        return
    place = Path(tempfile.mkdtemp(prefix="ssp-bench-"))
    owner = pwd.getpwnam("postgres") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    os.chown(place, owner.pw_uid, owner.pw_gid)
    cluster = Cluster(found, place)
    cluster.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            settings = {"instance": folder, "demo": True, "database_url": cluster.create()}
            _measure("PostgreSQL", Settings.model_validate(settings), count)
    finally:
        cluster.stop()
        shutil.rmtree(place, ignore_errors=True)


def _measure(name: str, settings: Settings, count: int) -> None:
    app = create_app(settings)
    portal: Portal = app.extensions["ssp"]
    with app.app_context():
        upgrade()
    say(f"{name}: {count} events")
    _timed("written", count, lambda: _write(portal, count))
    _timed("sealed", count, lambda: sealing.seal(portal))
    _timed("verified", count, lambda: log_check.verify(portal))
    _write(portal, 1)
    sealing.seal(portal)
    later = settings.model_copy(update={"keep_events_days": 0})
    object.__setattr__(portal, "settings", later)
    _timed("pruned", count, lambda: pruning.prune(portal))
    portal.database.engine.dispose()


def _write(portal: Portal, count: int) -> None:
    row = events.row(VISIT, Kind.PASSWORD, Outcome.REFUSED, reason="unknown")
    for begun in range(0, count, BATCH):
        rows = [{**row, "at": now(), "subject": "unknown:0123456789abcdef"} for _ in range(min(BATCH, count - begun))]
        with portal.database.writing() as connection:
            connection.execute(insert(Event), rows)


def _timed(what: str, count: int, deed: Callable[[], object]) -> None:
    began, used = time.perf_counter(), time.process_time()
    deed()
    spent, cpu = time.perf_counter() - began, time.process_time() - used
    say(f"  {what:9} {count / spent:9,.0f} events/s, {cpu / count * 1e6:6.1f} us of CPU each")


if __name__ == "__main__":
    main()
