"""How long PostgreSQL is waited for: never longer than somebody waits for a page."""

from typing import Any

from psycopg import Connection as Driver
from sqlalchemy import URL, Connection, Engine, event

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
_LIMITS = {"lock_timeout": "5s", "statement_timeout": "15s", "idle_in_transaction_session_timeout": "30s"}


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
    event.listen(engine, "connect", _connected)


def _connected(connection: Driver[Any], _record: object) -> None:
    for name, limit in _LIMITS.items():
        connection.execute("SELECT set_config(%s, %s, false)", (name, limit))
    connection.commit()


def unlimited(connection: Connection) -> None:
    """Let this transaction take all the time it needs."""
    for name in _LIMITS:
        connection.exec_driver_sql("SELECT set_config(%s, '0', true)", (name,))
