"""The tables, and the queries that belong to one table each."""

from ssp.models.authenticator import Authenticator
from ssp.models.challenge import Challenge
from ssp.models.delivery import Delivery
from ssp.models.device import TrustedDevice
from ssp.models.event import Event
from ssp.models.event_block import EventAnchor, EventBlock
from ssp.models.known_browser import KnownBrowser
from ssp.models.link import MailedLink
from ssp.models.mail import OutgoingMail
from ssp.models.mailed_code import MailedCode
from ssp.models.pending import PendingSignIn
from ssp.models.recovery_code import RecoveryCode
from ssp.models.session import Session
from ssp.models.step_up import StepUp
from ssp.models.throttle import Throttle
from ssp.models.user import User
from ssp.models.wish import Wish

__all__ = [
    "Authenticator",
    "Challenge",
    "Delivery",
    "Event",
    "EventAnchor",
    "EventBlock",
    "KnownBrowser",
    "MailedCode",
    "MailedLink",
    "OutgoingMail",
    "PendingSignIn",
    "RecoveryCode",
    "Session",
    "StepUp",
    "Throttle",
    "TrustedDevice",
    "User",
    "Wish",
]
