"""Handing codes to the carrier, outside of every transaction, and noting what became of them."""

from ssp.authenticators.protocol import Prompt
from ssp.flows import events
from ssp.flows.events import Kind, Outcome
from ssp.flows.portal import Portal, Visit
from ssp.infra.telephony.carrier import Accepted, Reason
from ssp.models import Authenticator, User, challenge, throttle


def deliver(portal: Portal, visit: Visit, person: User, way: Authenticator, prompt: Prompt) -> None:
    """Send what a prompt carries, if it carries anything. A send that fails leaves the sign-in as it was."""
    if prompt.message is None or prompt.challenge_id is None:
        return
    receipt = portal.carrier.send(prompt.message)
    with portal.database.writing() as connection:
        if isinstance(receipt, Accepted):
            challenge.sent(connection, prompt.challenge_id, receipt.provider_id)
            events.record(connection, visit, Kind.CODE_SENT, user=person, authenticator=way)
            return
        challenge.failed(connection, prompt.challenge_id, receipt.reason)
        if receipt.reason is not Reason.TIMEOUT:  # then it may arrive after all
            challenge.give_back(connection, prompt.challenge_id)
            throttle.give_back(connection, prompt.counted)
        events.record(
            connection, visit, Kind.CODE_SENT, Outcome.FAILED, user=person, reason=receipt.reason, authenticator=way
        )
