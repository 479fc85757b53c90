"""What every authenticator type offers; nothing outside asks which type it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from sqlalchemy import Connection

from ssp.infra.crypto import KeyRing
from ssp.infra.telephony.callbacks import Callbacks
from ssp.infra.telephony.carrier import Message, Reason
from ssp.infra.telephony.progress import Status
from ssp.models import Authenticator, PendingSignIn, User
from ssp.models.pending import STEP_UP
from ssp.settings import Settings


@dataclass(frozen=True, slots=True)
class Place:
    """Where codes reach people, in words for one of it, and how many options there one person can have altogether."""

    words: str
    most: int


PHONE = Place("phone line", 5)
APP = Place("authenticator app", 2)


class Verdict(Enum):
    """What became of an answer."""

    ACCEPTED = "accepted"
    WRONG = "wrong"
    REPLAYED = "replayed"
    EXPIRED = "expired"
    BURNED = "burned"
    UNREADABLE = "unreadable"
    CLOCK_OFF = "clock_off"
    PAUSED = "paused"


class SendRefusal(Enum):
    """Why no code leaves right now."""

    WAIT = "wait"
    NONE_LEFT = "none_left"
    TOO_MANY = "too_many"
    BURNED = "burned"
    NOT_ALLOWED = "not_allowed"
    PAUSED = "paused"
    WAY_PAUSED = "way_paused"


@dataclass(frozen=True, slots=True)
class Kit:
    """What types are made with."""

    settings: Settings
    keys: KeyRing
    callbacks: Callbacks


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whose half-done sign-in a code belongs to, and from which network address it came."""

    user: User
    pending: PendingSignIn
    address: str

    @property
    def steps_up(self) -> bool:
        """Return whether they are signed in already, and prove once more that it is they, before a change."""
        return self.pending.asked_because == STEP_UP


@dataclass(frozen=True, slots=True)
class Destination:
    """What the person typed at set-up, checked: a label and the data to be sealed.

    `shared_as` is what others would type to get codes at the same place, the data's values with semicolons between, and
    `field` is where they would type it.
    """

    label: str
    data: Mapping[str, str]
    shared_as: str | None = None
    field: str = ""


@dataclass(frozen=True, slots=True)
class Faults:
    """What is wrong with what the person typed: words by field name."""

    by_field: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Counted:
    """The counters to give a send back to that never left: rejected by the provider, or not handed over at all."""

    rejected: tuple[str, ...] = ()
    unavailable: tuple[str, ...] = ()


NOT_COUNTED = Counted()


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the person is asked for, and how far the code is on its way.

    `on_its_way` says whether the present code left, or may have; `undecided` that the newest message seemed to fail and
    may arrive all the same. `turns` counts the keys that were pressed in a call which is over. `message` is to be sent
    after the transaction; `refusal` says why there is none, `limit` which limit is used up, and `pauses` what takes a
    break for everybody from now on. `counted` are the counters to give the send back to if it fails. Times are in UTC.
    """

    authenticator_id: str
    masked: str
    expires_at: datetime
    challenge_id: str | None = None
    sent_at: datetime | None = None
    next_send_at: datetime | None = None
    on_its_way: bool = False
    undecided: bool = False
    turns: int = 0
    sends_left: int = 0
    tries_left: int | None = None
    delivery_id: str | None = None
    delivery_status: Status | None = None
    delivery_reason: Reason | None = None
    message: Message | None = None
    counted: Counted = NOT_COUNTED
    refusal: SendRefusal | None = None
    limit: str | None = None
    pauses: str | None = None


class AuthenticatorType(Protocol):
    """One kind of authenticator. `amr` is its RFC 8176 value, `digits` the length of its codes.

    `title` is what one of it is called without a name, and `place` where its codes are, which types may share.
    `fields` are the form fields of its set-up page, empty where there is nothing to type. `instead` names the types
    that help where a code of this one does not arrive, the best one first.
    """

    name: str
    title: str
    place: Place
    amr: str
    out_of_band: bool
    phishing_resistant: bool
    fields: tuple[str, ...]
    instead: tuple[str, ...]
    digits: int

    def destination(self, typed: Mapping[str, str], user: User) -> Destination | Faults:
        """Return what to set up from what was typed."""

    def begin(self, connection: Connection, bearer: Bearer, destination: Destination, at: datetime) -> Prompt:
        """Keep a draft of a new authenticator and issue its first code, if it needs one."""

    def challenge(
        self, connection: Connection, bearer: Bearer, authenticator: Authenticator, at: datetime, *, again: bool
    ) -> Prompt:
        """Issue a code, or repeat the fresh one if the person asks `again`; costs nothing for types without sends."""

    def look(self, connection: Connection, bearer: Bearer, authenticator: Authenticator, at: datetime) -> Prompt:
        """Return how things stand, without changing them."""

    def verify(
        self, connection: Connection, bearer: Bearer, authenticator: Authenticator, answer: str, at: datetime
    ) -> Verdict:
        """Take an answer; a right one is used up in the same statement that accepts it."""

    def masked(self, authenticator: Authenticator) -> str:
        """Return where codes go in words that give nothing away, such as "text message to ••• ••12 (My mobile)"."""

    def shown(self, authenticator: Authenticator, user: User) -> Mapping[str, str]:
        """Return what its own set-up page shows, in full."""

    def farewell(self, authenticator: Authenticator) -> Message | None:
        """Return what tells the place itself that codes go elsewhere from now on (EN4), or None if nothing can."""
        del authenticator
        return None


def with_name(words: str, authenticator: Authenticator) -> str:
    """Return words for an option with its name behind them, where the person gave it one."""
    return f"{words} ({authenticator.name})" if authenticator.name else words


def readable_code(answer: str, digits: int) -> str | None:
    """Return the code without spaces and hyphens, or None if what is left is not so many ASCII digits (OT11)."""
    code = answer.replace(" ", "").replace("-", "")
    return code if len(code) == digits and code.isascii() and code.isdigit() else None
