"""Writing the security log: a row in the transaction of the change, and a line of JSON for the operator's log."""

import logging
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, String

from ssp.flows.kinds import Kind, Outcome
from ssp.flows.portal import Visit
from ssp.infra.clock import now
from ssp.infra.plain import plain
from ssp.models import Authenticator, Event, User, event
from ssp.models.columns import table

__all__ = ["Kind", "Outcome", "record", "row"]

log = logging.getLogger("ssp.events")
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
    values = row(visit, kind, outcome, user=user, subject=subject, reason=reason, authenticator=authenticator, at=at)
    event.add(connection, **values)
    log.info(kind.value, extra={"event": {**values, "at": values["at"].isoformat()}})


def row(  # noqa: PLR0913 - one row's columns
    visit: Visit,
    kind: Kind,
    outcome: Outcome = Outcome.DONE,
    *,
    user: User | None = None,
    subject: str | None = None,
    reason: str | None = None,
    authenticator: Authenticator | None = None,
    at: datetime | None = None,
) -> dict[str, Any]:
    """Return the columns of one event; nothing in them can forge a line, wherever they show. Raises ValueError."""
    _check(kind, outcome, reason, authenticator)
    values = {
        "at": at or now(),
        "kind": kind.value,
        "outcome": outcome.value,
        "reason": reason,
        "user_id": user.id if user else None,
        "subject": subject or (user.username if user else "-"),
        "actor": visit.actor,
        "authenticator_type": authenticator.type if authenticator else None,
        "authenticator_id": authenticator.id if authenticator else None,
        "address": visit.address,
        "agent": visit.agent,
        "request_id": visit.request_id,
    }
    return {name: plain(value)[: _ROOM[name]] if isinstance(value, str) else value for name, value in values.items()}


def _check(kind: Kind, outcome: Outcome, reason: str | None, authenticator: Authenticator | None) -> None:
    """Refuse what the documentation of the log knows nothing of."""
    entry = kind.entry
    if outcome not in entry.outcomes:
        raise ValueError(f"{kind.value} does not declare the outcome {outcome.value}")
    if reason is not None and not entry.pattern.fullmatch(reason):
        raise ValueError(f"{kind.value} does not declare the reason {reason!r}")
    if authenticator is not None and not entry.way:
        raise ValueError(f"{kind.value} does not declare that it names an MFA option")
