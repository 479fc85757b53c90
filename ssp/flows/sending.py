"""Handing codes to the carrier, outside of every transaction, and noting what became of them."""

from functools import partial

from sqlalchemy import Connection

from ssp.authenticators.protocol import Prompt, SendRefusal
from ssp.flows import deliveries, events
from ssp.flows.events import Kind, Outcome
from ssp.flows.portal import Portal, Visit
from ssp.infra.clock import now
from ssp.infra.telephony.carrier import Accepted, Reason, Receipt, Rejected
from ssp.infra.telephony.progress import Status
from ssp.models import Authenticator, User, challenge, delivery, throttle, user

# Anything else that goes wrong may have happened after the provider took the message.
_NOTHING_LEFT = {Reason.BUSY, Reason.MISCONFIGURED, Reason.STORAGE, Reason.NOT_CONNECTED}
# Waits are the page's own matter; these tell the operator that a limit bites, or that a number lost its country.
_WORTH_KNOWING = {SendRefusal.TOO_MANY, SendRefusal.NOT_ALLOWED, SendRefusal.PAUSED, SendRefusal.WAY_PAUSED}


def deliver(portal: Portal, visit: Visit, person: User, way: Authenticator, prompt: Prompt) -> None:
    """Send what a prompt carries, if it carries anything. A send that fails leaves the sign-in as it was."""
    note = partial(events.record, visit=visit, kind=Kind.CODE_SENT, user=person, authenticator=way)
    if prompt.refusal in _WORTH_KNOWING:
        with portal.database.writing() as connection:
            note(connection, outcome=Outcome.REFUSED, reason=_why(prompt.refusal, prompt.limit))
            if prompt.pauses:
                events.record(connection, visit, Kind.SENDS_PAUSED, Outcome.REFUSED, reason=prompt.pauses)
    if prompt.message is None:
        return
    receipt = portal.carrier.send(prompt.message)
    with portal.database.writing() as connection:
        if isinstance(receipt, Accepted):
            note(connection)
        else:
            note(connection, outcome=Outcome.FAILED, reason=receipt.reason)
        _take(connection, prompt, receipt)


def _why(refusal: SendRefusal, limit: str | None) -> str:
    """Return the reason for the log, with the limit where it is one of several."""
    return f"{refusal.value}_{limit}" if refusal is SendRefusal.TOO_MANY and limit else refusal.value


def farewell(portal: Portal, visit: Visit, old: Authenticator) -> None:
    """Tell the place of a replaced way that codes go elsewhere now, where the carrier takes it (EN4)."""
    kind = portal.types.get(old.type)
    message = kind.farewell(old) if kind else None
    if message is None:
        return
    receipt = portal.carrier.send(message)
    with portal.database.writing() as connection:
        person = user.by_id(connection, old.user_id)
        note = partial(events.record, connection, visit, Kind.FAREWELL, user=person, authenticator=old)
        if isinstance(receipt, Accepted):
            note()
        else:
            note(outcome=Outcome.FAILED, reason=receipt.reason)


def _take(connection: Connection, prompt: Prompt, receipt: Receipt) -> None:
    """Write down what the carrier said, unless it has said more by a callback already."""
    assert prompt.delivery_id is not None  # noqa: S101 - a message has its delivery
    assert prompt.challenge_id is not None  # noqa: S101 - and its code
    if isinstance(receipt, Accepted):
        challenge.left(connection, prompt.challenge_id, now())
        delivery.known_as(connection, prompt.delivery_id, receipt.provider_id)
        deliveries.go_on(connection, prompt.delivery_id, Status.SENT)
    elif receipt.reason is Reason.TIMEOUT:
        challenge.left(connection, prompt.challenge_id, now())
        deliveries.go_on(connection, prompt.delivery_id, Status.UNSURE, receipt.reason)
    elif isinstance(receipt, Rejected) or receipt.reason in _NOTHING_LEFT:
        deliveries.go_on(connection, prompt.delivery_id, Status.FAILED, receipt.reason)
        challenge.give_back(connection, prompt.challenge_id)
        counted = prompt.counted
        throttle.give_back(connection, counted.rejected if isinstance(receipt, Rejected) else counted.unavailable)
    else:
        deliveries.go_on(connection, prompt.delivery_id, Status.FAILED, receipt.reason, certain=False)
