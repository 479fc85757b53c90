"""How long PostgreSQL is waited for: never longer than somebody waits for a page."""

from time import monotonic
from typing import Any, TypeVar

from psycopg import Connection as Driver
from psycopg import OperationalError
from psycopg.abc import PQGen
from sqlalchemy import URL, Connection, Dialect, Engine, event

from ssp.settings import LOOPBACK

# To connect, and until the network says that a server is gone that does not answer any more.
_WAITS = {
    "connect_timeout": 3,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
# Over a network the server proves its name, with a certificate from an authority that this machine trusts.
_TLS = {"sslmode": "verify-full", "sslrootcert": "system"}
# Set when connected and not with it: what stands between us and the server may not take options then.
_LIMITS = {"lock_timeout": "5s", "statement_timeout": "8s", "idle_in_transaction_session_timeout": "30s"}
# A server that is stopped, or a machine that is, keeps its lines open and stays silent: the network notices nothing,
# and the server's own limits do not run. So an answer is waited for a little longer than those, and no longer.
ANSWER_SECONDS = 10.0
# Whether a connection from the pool still lives is answered at once, or not at all.
ALIVE_SECONDS = 3.0
T = TypeVar("T")


class Impatient(Driver[Any]):
    """A connection that is closed where the server does not answer in time; with no `patience` it waits on."""

    patience: float | None = ANSWER_SECONDS

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        """Return what the server answers. Raises OperationalError."""
        # SQLAlchemy asks in this mode whether a connection lives; nothing else of ours is done in it.
        seconds = timeout or (ALIVE_SECONDS if self.autocommit else self.patience)
        begun = monotonic()
        try:
            return super().wait(gen, interval, seconds)
        except OperationalError:
            if seconds is None or monotonic() - begun < seconds:
                raise
            self.close()  # half an answer may still come, which is no answer to anything else
            raise OperationalError("the server does not answer") from None


def options(url: URL) -> dict[str, Any]:
    """Return an engine's options for this address; what the address says itself counts more."""
    arguments = _WAITS if "sslmode" in url.query or _is_here(url) else {**_WAITS, **_TLS}
    ours = {name: value for name, value in arguments.items() if name not in url.query}
    # A connection that broke while it lay in the pool is replaced before anybody notices.
    return {"pool_pre_ping": True, "connect_args": ours}


def _is_here(url: URL) -> bool:
    """Return whether the server is on this machine, so that nothing goes over a network."""
    host = str(url.query.get("host", url.host or ""))
    return not host or host in LOOPBACK or host.startswith("/")


def prepare(engine: Engine) -> None:
    """Set each of an engine's connections up."""
    event.listen(engine, "do_connect", _connect)
    event.listen(engine, "connect", _connected)


def _connect(_dialect: Dialect, _record: object, words: list[Any], options: dict[str, Any]) -> Impatient:
    return Impatient.connect(*words, **options)


def _connected(connection: Driver[Any], _record: object) -> None:
    for name, limit in _LIMITS.items():
        connection.execute("SELECT set_config(%s, %s, false)", (name, limit))
    connection.commit()


def unlimited(connection: Connection) -> None:
    """Let this transaction take all the time it needs. The connection is not used again after it."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, Impatient)  # noqa: S101 - `prepare` makes no others
    driver.patience = None
    connection.detach()
    for name in _LIMITS:
        connection.exec_driver_sql("SELECT set_config(%s, '0', true)", (name,))
