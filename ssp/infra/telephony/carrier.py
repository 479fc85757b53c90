"""What is handed to a carrier, and what it answers."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Protocol


class Reason(StrEnum):
    """Why a message did not leave; one word for logs, events and the page's own sentence."""

    INVALID_NUMBER = "invalid_number"
    NOT_MOBILE = "not_mobile"
    OPTED_OUT = "opted_out"
    COUNTRY_NOT_ALLOWED = "country_not_allowed"
    NO_ROUTE = "no_route"
    UNREACHABLE = "unreachable"
    BLOCKED = "blocked"
    FRAUD = "fraud"
    TRIAL = "trial"
    REFUSED = "refused"
    MISCONFIGURED = "misconfigured"
    BUSY = "busy"
    TIMEOUT = "timeout"
    PROVIDER_DOWN = "provider_down"
    NOT_CONNECTED = "not_connected"
    STORAGE = "storage"


@dataclass(frozen=True, slots=True)
class TextMessage:
    """A text for an E.164 number, of no use after `valid_seconds` (None: the carrier's own limit).

    `status_url` is where the carrier may tell how it goes on; None if it cannot.
    """

    to: str
    body: str
    valid_seconds: int | None = None
    status_url: str | None = None
    channel: ClassVar[str] = "text"
    extension: ClassVar[None] = None


@dataclass(frozen=True, slots=True)
class VoiceCall:
    """A call to an E.164 number and extension (digits and `w`), and the TwiML document that it says.

    `status_url` is where the carrier may tell how it goes on; None if it cannot.
    """

    to: str
    extension: str | None
    twiml: str
    status_url: str | None = None
    channel: ClassVar[str] = "voice"

    @property
    def body(self) -> str:
        """Return what is said."""
        return self.twiml


Message = TextMessage | VoiceCall


@dataclass(frozen=True, slots=True)
class Accepted:
    """The carrier took the message and knows it by this id."""

    provider_id: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """The carrier will not take this message for this number; nothing left, and the same again fails again."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Nothing can be sent now, for reasons that are not the person's. After TIMEOUT the message may still arrive."""

    reason: Reason


Receipt = Accepted | Rejected | Unavailable


class Carrier(Protocol):
    """Takes messages out of the house."""

    def send(self, message: Message) -> Receipt:
        """Return what came of it; never raises for what a provider or a network does."""
        ...
