"""How far a text or a call is on its way. News may come late, twice or out of order, so each status has a rank."""

from dataclasses import dataclass
from enum import StrEnum

from ssp.infra.telephony.carrier import Reason


class Status(StrEnum):
    """What is known of one text or call.

    UNSURE: the provider did not answer in time, so it may arrive or not. ANSWERED: somebody or something picked up.
    SPOKEN: a key was pressed and the code said. HEARD and HUNG_UP: the call is over, after or without that.
    """

    SENDING = "sending"
    UNSURE = "unsure"
    SENT = "sent"
    RINGING = "ringing"
    ANSWERED = "answered"
    SPOKEN = "spoken"
    DELIVERED = "delivered"
    HEARD = "heard"
    HUNG_UP = "hung_up"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    FAILED = "failed"

    @property
    def rank(self) -> int:
        """Return how far on the way this is; a status never gives way to one of the same rank or a lower one."""
        return min(_ORDER.index(self), _FINAL)

    @property
    def final(self) -> bool:
        """Return whether nothing more is to come."""
        return self.rank == _FINAL


_ORDER = tuple(Status)
_FINAL = _ORDER.index(Status.DELIVERED)


@dataclass(frozen=True, slots=True)
class News:
    """What the provider says about one text or call, which it knows by `provider_id`."""

    provider_id: str
    status: Status
    reason: Reason | None = None
