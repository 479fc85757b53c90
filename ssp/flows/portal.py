"""What the verbs work with, handed to each of them as the first argument."""

from dataclasses import dataclass

from ssp.authenticators.registry import Registry
from ssp.infra.crypto import KeyRing
from ssp.infra.database import Database
from ssp.infra.mail import Mailer
from ssp.infra.passwords import PasswordHasher
from ssp.infra.telephony.callbacks import Callbacks
from ssp.infra.telephony.carrier import Carrier
from ssp.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Portal:
    """The portal's parts, wired once at the start."""

    settings: Settings
    database: Database
    keys: KeyRing
    passwords: PasswordHasher
    types: Registry
    carrier: Carrier
    callbacks: Callbacks
    mailer: Mailer


@dataclass(frozen=True, slots=True)
class Visit:
    """Who is at the other end of a request: network address, user agent, and the request's id for the log.

    `actor` is who acts: a `visitor`, who says to be somebody; the `provider`; an operator, `operator:ACCOUNT`.
    """

    address: str
    agent: str
    request_id: str
    actor: str = "visitor"


# Who is at the other end where nobody is: the portal looked by itself.
ITSELF = Visit("-", "the portal", "-", "portal")
