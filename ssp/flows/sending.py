"""Handing codes to the carrier, outside of every transaction, and noting what became of them."""

from functools import partial

from ssp.authenticators.protocol import Prompt, SendRefusal
from ssp.flows import events
from ssp.flows.events import Kind, Outcome
from ssp.flows.portal import Portal, Visit
from ssp.infra.telephony.carrier import Accepted, Reason, Rejected
from ssp.models import Authenticator, User, challenge, throttle

# Anything else that goes wrong may have happened after the provider took the message.
_NOTHING_LEFT = {Reason.BUSY, Reason.STORAGE, Reason.NOT_CONNECTED}


# Waits are the page's own matter; these tell the operator that a limit bites, or that a number lost its country.
_WORTH_KNOWING = {SendRefusal.TOO_MANY, SendRefusal.NOT_ALLOWED}


def deliver(portal: Portal, visit: Visit, person: User, way: Authenticator, prompt: Prompt) -> None:
    """Send what a prompt carries, if it carries anything. A send that fails leaves the sign-in as it was."""
    note = partial(events.record, visit=visit, kind=Kind.CODE_SENT, user=person, authenticator=way)
    if prompt.refusal in _WORTH_KNOWING:
        with portal.database.writing() as connection:
            note(connection, outcome=Outcome.REFUSED, reason=prompt.refusal.value)
    if prompt.message is None or prompt.challenge_id is None:
        return
    receipt = portal.carrier.send(prompt.message)
    with portal.database.writing() as connection:
        if isinstance(receipt, Accepted):
            challenge.sent(connection, prompt.challenge_id, receipt.provider_id)
            note(connection)
            return
        challenge.failed(connection, prompt.challenge_id, receipt.reason)
        if isinstance(receipt, Rejected) or receipt.reason in _NOTHING_LEFT:
            challenge.give_back(connection, prompt.challenge_id)
            throttle.give_back(connection, prompt.counted)
        note(connection, outcome=Outcome.FAILED, reason=receipt.reason)
