"""What happened in an account, as the log has it and its owner may read it."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection

from ssp.flows.kinds import Kind, Outcome
from ssp.flows.portal import Portal
from ssp.models import Event, authenticator, event
from ssp.models.session import SessionWithUser

# More than any page shows; a run of the same, such as of wrong passwords, becomes one line of it.
MOST_READ = 200
LAST = 2**63 - 1
_ROWS_OF_A_REQUEST = 100


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that happened. `way` is where its codes go, as much as people see of it; None where none is left."""

    event: Event
    way: str | None


def newest(portal: Portal, row: SessionWithUser, told: Iterable[tuple[Kind, Outcome]], before: int) -> list[Deed]:
    """Return what happened to the session's own person below an event's id, of these kinds, the newest first."""
    names = [f"{kind.value} {outcome.value}" for kind, outcome in told]
    with portal.database.reading() as connection:
        found = event.of_owner(connection, row.user_id, min(before, LAST), names, MOST_READ)
        held = {way.id: way for way in authenticator.confirmed(connection, row.user_id)}
        proofs = _proofs(connection, row.user_id, found)
    ids = [each.authenticator_id or proofs.get(each.request_id) for each in found]
    ways = [held.get(each) if each else None for each in ids]
    shown = [portal.types[way.type].masked(way) if way and way.type in portal.types else None for way in ways]
    return [Deed(each, way) for each, way in zip(found, shown, strict=True)]


def _proofs(connection: Connection, user_id: int, found: list[Event]) -> dict[str, str]:
    """Return the options whose codes finished sign-ins, by request: that a sign-in is finished names none itself."""
    finished = [each.id for each in found if each.kind == Kind.SIGNED_IN.value]
    if not finished:
        return {}
    # A right code stands a few rows above the end of its sign-in.
    span = min(finished) - _ROWS_OF_A_REQUEST, max(finished)
    proofs = event.proofs(connection, user_id, Kind.SECOND_FACTOR.value, Outcome.DONE.value, *span)
    return {each.request_id: each.authenticator_id for each in proofs if each.authenticator_id}
