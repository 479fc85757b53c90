"""Saying again that the preferred way to get codes is still right, or that it is not."""

from functools import partial

from sqlalchemy import Connection

from ssp.flows import attempts, events
from ssp.flows.attempts import Attempt, Over, Progress
from ssp.flows.events import Kind
from ssp.flows.portal import Portal, Visit
from ssp.flows.steps import Step
from ssp.infra.clock import now
from ssp.models import authenticator
from ssp.models.pending import ADDING

_DUE = frozenset({Step.CONFIRM_PREFERENCE})


def keep(portal: Portal, visit: Visit, token: str) -> Progress | Over:
    """Note that the preferred way is still right, and finish."""

    def deed(connection: Connection, attempt: Attempt) -> Progress:
        _keep(connection, attempt)
        attempt = attempts.record(connection, portal, attempt)
        return attempts.advance(connection, portal, attempt, Progress(attempt.step))

    return attempts.act(portal, visit, token, _DUE, deed)


def _keep(connection: Connection, attempt: Attempt) -> None:
    at, preferred = now(), attempt.preferred
    authenticator.keep_preference(connection, preferred.id, at)
    note = partial(events.record, connection, attempt.visit, Kind.PREFERENCE, user=attempt.user)
    note(reason="kept", authenticator=preferred, at=at)


def change(portal: Portal, visit: Visit, token: str) -> Progress | Over:
    """Lead to the options screen; nothing is replaced before the new way is confirmed."""

    def deed(connection: Connection, attempt: Attempt) -> Progress:
        events.record(connection, visit, Kind.PREFERENCE, user=attempt.user, reason="change_wanted")
        wish = {"change_wanted_at": now(), "replaces_id": attempt.preferred.id}
        return Progress(attempts.record(connection, portal, attempt, **wish).step)

    return attempts.act(portal, visit, token, _DUE, deed)


def leave(portal: Portal, visit: Visit, token: str) -> Progress | Over:
    """Drop the wish for another way, and go back to where the person was."""

    def deed(connection: Connection, attempt: Attempt) -> Progress:
        if not attempt.facts.has_authenticator or attempt.recovering:
            return Progress(attempt.step)
        if attempt.pending.asked_because != ADDING:
            _keep(connection, attempt)  # whoever keeps it after all says that it is still right
        attempt = attempts.record(connection, portal, attempt, change_wanted_at=None, replaces_id=None)
        return attempts.advance(connection, portal, attempt, Progress(attempt.step))

    return attempts.act(portal, visit, token, frozenset({Step.SET_UP}), deed)
