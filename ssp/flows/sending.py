"""Handing codes to the carrier, outside of every transaction, and noting what became of them."""

from sqlalchemy import Connection

from ssp.authenticators.protocol import Prompt
from ssp.flows import events
from ssp.flows.events import Kind, Outcome
from ssp.flows.portal import Portal, Visit
from ssp.infra.telephony.carrier import Accepted, Receipt
from ssp.models import Authenticator, User, challenge


def deliver(portal: Portal, visit: Visit, person: User, way: Authenticator, prompt: Prompt) -> None:
    """Send what a prompt carries, if it carries anything. A send that fails leaves the sign-in as it was."""
    if prompt.message is None or prompt.challenge_id is None:
        return
    receipt = portal.carrier.send(prompt.message)
    with portal.database.writing() as connection:
        _note(connection, prompt.challenge_id, receipt)
        outcome, reason = (Outcome.DONE, None) if isinstance(receipt, Accepted) else (Outcome.FAILED, receipt.reason)
        events.record(connection, visit, Kind.CODE_SENT, outcome, user=person, reason=reason, authenticator=way)


def _note(connection: Connection, challenge_id: str, receipt: Receipt) -> None:
    if isinstance(receipt, Accepted):
        challenge.change(
            connection, challenge_id, delivery_status="sent", delivery_reason=None, provider_id=receipt.provider_id
        )
    else:
        challenge.change(
            connection, challenge_id, delivery_status="failed", delivery_reason=receipt.reason.value, provider_id=None
        )
