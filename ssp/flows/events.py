"""Writing the security log: a row in the transaction of the change, and a line of JSON for the operator's log."""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, String

from ssp.flows.kinds import Kind, Outcome
from ssp.flows.portal import Portal, Visit
from ssp.infra.clock import now
from ssp.infra.plain import plain
from ssp.models import Authenticator, Event, User, event, throttle
from ssp.models.columns import table

__all__ = ["Kind", "Outcome", "record", "record_once", "reference", "row", "unknown"]

log = logging.getLogger("ssp.events")
ONCE_IN = timedelta(hours=1)
ONCE_PREFIX = "told:"
_ROOM: Mapping[str, int] = MappingProxyType({
    column.name: column.type.length
    for column in table(Event).columns
    if isinstance(column.type, String) and column.type.length
})  # fmt: skip


def record(  # noqa: PLR0913 - one row's columns
    connection: Connection,
    visit: Visit,
    kind: Kind,
    outcome: Outcome = Outcome.DONE,
    *,
    user: User | None = None,
    subject: str | None = None,
    reason: str | None = None,
    authenticator: Authenticator | None = None,
    at: datetime | None = None,
) -> None:
    """Write one event with the change that it reports. `subject` names somebody who is not known by row.

    Raises ValueError for an outcome, a reason or an authenticator that the kind does not declare.
    """
    if authenticator is not None and not kind.entry.way:
        raise ValueError(f"{kind.value} does not declare that it names an MFA option")
    values = {
        **row(visit, kind, outcome, reason=reason, at=at),
        "user_id": user.id if user else None,
        "subject": _fit("subject", subject or (user.username if user else "-")),
        "authenticator_type": authenticator.type if authenticator else None,
        "authenticator_id": authenticator.id if authenticator else None,
    }
    event.add(connection, **values)
    log.info(kind.value, extra={"event": {**values, "at": values["at"].isoformat()}})


def record_once(  # noqa: PLR0913 - what was refused, to whom, and why
    connection: Connection, visit: Visit, kind: Kind, about: str, *, user: User, reason: str, at: datetime | None = None
) -> None:
    """Write that something was refused, once within an hour for the row that it is about: a link, or a sign-in.

    Whoever holds one that is over can send it without end, and would push all else out of sight.
    """
    at = at or now()
    if throttle.count(connection, f"{ONCE_PREFIX}{kind.value}:{about}", at, at - ONCE_IN) == 1:
        record(connection, visit, kind, Outcome.REFUSED, user=user, reason=reason, at=at)


def unknown(portal: Portal, typed: str) -> str:
    """Return what the log calls a name that nobody has: people type passwords there, so it is a digest."""
    return f"unknown:{portal.keys.mac('log', typed)[:16]}"


def row(
    visit: Visit,
    kind: Kind,
    outcome: Outcome = Outcome.DONE,
    *,
    reason: str | None = None,
    at: datetime | None = None,
) -> dict[str, Any]:
    """Return the columns of an event that do not depend on whom it is about. Raises ValueError as `record` does."""
    if outcome not in kind.entry.outcomes:
        raise ValueError(f"{kind.value} does not declare the outcome {outcome.value}")
    if reason is not None and not kind.entry.pattern.fullmatch(reason):
        raise ValueError(f"{kind.value} does not declare the reason {reason!r}")
    return {
        "at": at or now(),
        "kind": kind.value,
        "outcome": outcome.value,
        "reason": reason,
        "actor": _fit("actor", visit.actor),
        "address": _fit("address", visit.address),
        "agent": _fit("agent", visit.agent),
        "request_id": reference(visit),
    }


def reference(visit: Visit) -> str:
    """Return by what the events of a request are found, as they have it."""
    return _fit("request_id", visit.request_id)


def _fit(column: str, text: str) -> str:
    """Return a text that forges no line, wherever it shows, and has room in its column."""
    return plain(text)[: _ROOM[column]]
