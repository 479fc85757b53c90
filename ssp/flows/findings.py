"""Findings for operators: what is fine, what is worth knowing, and what mends the rest."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from ssp.infra.telephony.carrier import Reason
from ssp.infra.telephony.inspection import Obstacle


class Mark(Enum):
    """How a finding is: fine, worth knowing, or to be mended."""

    GOOD = "ok"
    NOTE = "note"
    BAD = "mend"


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding, and what mends it where it is bad."""

    mark: Mark
    words: str
    mend: str = ""


_OBSTACLES: Mapping[Obstacle, Finding] = MappingProxyType({
    Obstacle.CREDENTIALS: Finding(
        Mark.BAD,
        "The provider refuses the credentials.",
        "copy SSP_TWILIO_ACCOUNT_SID with SSP_TWILIO_AUTH_TOKEN, or with SSP_TWILIO_API_KEY and SSP_TWILIO_API_SECRET, "
        "from its console",
    ),
    Obstacle.CLOSED: Finding(
        Mark.BAD, "The account is closed or suspended.", "see in the provider's console what it waits for: often a bill"
    ),
    Obstacle.NOT_ALLOWED: Finding(
        Mark.NOTE,
        "The credentials may not look at the account's numbers, so the senders are not checked. That is fine for an "
        "API key which may only send; a test with --to proves it.",
    ),
    Obstacle.NO_ACCOUNT: Finding(
        Mark.BAD, "The provider knows no such account.", "copy SSP_TWILIO_ACCOUNT_SID from its console"
    ),
    Obstacle.BUSY: Finding(
        Mark.NOTE, "The provider is too busy to say anything of the account; check again in a minute."
    ),
    Obstacle.DOWN: Finding(
        Mark.BAD, "The provider has trouble of its own.", "see its status page, and check again later"
    ),
    Obstacle.SILENT: Finding(
        Mark.BAD, "The provider does not answer in time.", "see its status page and this machine's way to the internet"
    ),
    Obstacle.NOT_CONNECTED: Finding(
        Mark.BAD,
        "The provider cannot be reached, or its certificate is not its own.",
        "let this machine make https connections to it: look at firewall and name server, and at SSP_TWILIO_API_ORIGIN "
        "if you set it (the portal uses no proxy)",
    ),
    Obstacle.UNREADABLE: Finding(
        Mark.NOTE,
        "The provider's answer about the account's numbers makes no sense, so credentials and senders could not be "
        "checked; a test with --to proves them.",
    ),
})  # fmt: skip
# Another service may not know the question at all.
_AMBIGUOUS = {Obstacle.NO_ACCOUNT}

_REASONS: Mapping[Reason, tuple[str, str]] = MappingProxyType({
    Reason.INVALID_NUMBER: ("There is no such number, says the provider.", "compare it digit by digit"),
    Reason.NOT_MOBILE: ("That number cannot get texts.", "name a mobile number, or test a call with --voice"),
    Reason.OPTED_OUT: (
        "That number has sent STOP to this sender.",
        "text START from it to the sender, or test with another number",
    ),
    Reason.COUNTRY_NOT_ALLOWED: (
        "The account may not send to that country.",
        "allow it in the provider's console (geographic permissions, apart for texts and for calls)",
    ),
    Reason.NO_ROUTE: (
        "The provider finds no way from this sender to that number.",
        "test with another number; if it fails too, ask the provider which sender serves that country",
    ),
    Reason.UNREACHABLE: (
        "The phone with that number cannot be reached.",
        "see that it is on and has reception, or test with another number",
    ),
    Reason.BLOCKED: (
        "The provider or a network blocks this sender or that number.",
        "finish the sender's registration in the provider's console (in the US: 10DLC, toll-free, customer profile)",
    ),
    Reason.FRAUD: (
        "The provider's protection against fraud blocks that number for now.",
        "wait some hours, or look at its settings in the provider's console",
    ),
    Reason.TRIAL: (
        "The account is a trial, which sends to verified numbers only.",
        "upgrade it, or verify this number in the provider's console",
    ),
    Reason.MISCONFIGURED: (
        "The provider refuses the account, its credentials or its sender.",
        "compare the SSP_TWILIO_… settings with its console; the log has the code",
    ),
    Reason.BUSY: ("The provider was too busy to take it.", "try again in a minute"),
    Reason.TIMEOUT: (
        "The provider did not answer in time; the message may still arrive.",
        "look at the phone before you try again; see the provider's status page",
    ),
    Reason.PROVIDER_DOWN: (
        "The provider has trouble of its own, or its answer made no sense.",
        "see its status page, and SSP_TWILIO_API_ORIGIN if you set it",
    ),
    Reason.NOT_CONNECTED: (
        "The provider cannot be reached, or its certificate is not its own.",
        "let this machine make https connections to it: look at firewall and name server",
    ),
    Reason.STORAGE: (
        "The outbox cannot be written.",
        "give the portal's user the instance folder, and make room on the disk",
    ),
})  # fmt: skip
_OTHER_REASON = ("The provider refused it.", "look the code up that the log has, in the provider's list of errors")


def of_obstacle(obstacle: Obstacle, *, elsewhere: bool) -> Finding:
    """Return why nothing is known of the account; `elsewhere` is for services that only speak Twilio's API."""
    return _OBSTACLES[Obstacle.UNREADABLE if elsewhere and obstacle in _AMBIGUOUS else obstacle]


def of_reason(reason: Reason, what: str) -> Finding:
    """Return why a test was not taken, or may not have been."""
    words, mend = _REASONS.get(reason, _OTHER_REASON)
    return Finding(Mark.BAD, f"The test {what}: {words}", mend)
