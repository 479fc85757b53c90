"""The journey of a sign-in as one pure function: facts in, the next step out.

No other module decides what comes next. Everything here is the standard library, so it can be enumerated and drawn.
"""

from dataclasses import dataclass
from enum import Enum


class Step(Enum):
    """What the portal needs next from a person; the value is what diagrams call it."""

    PASSWORD = "Sign in with username and password"  # noqa: S105 - the name of a step
    PROVE_ADDRESS = "Enter the code from the mail"
    ASK_SUPPORT = "Ask Web Support"
    SET_UP = "Set up an MFA option"
    CHOOSE = "Choose how to get the code"
    CHALLENGE = "Enter the access code"
    CONFIRM_PREFERENCE = "Confirm the MFA option"
    SIGNED_IN = "Signed in"


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the next step depends on. `change_wanted` is the person's wish for another or a further way.

    `recovery_used` says that a recovery code let them this far, which sets a way up and opens nothing else.
    Before a first set-up the settings can ask for a mailed code, which is then `address_unproved`, or for a number that
    came with the account; somebody without one is `phone_unknown` (security requirement EN1).
    """

    password_verified: bool = False
    has_authenticator: bool = False
    authenticator_chosen: bool = False
    second_factor_verified: bool = False
    recovery_used: bool = False
    device_trusted: bool = False
    confirmation_due: bool = False
    change_wanted: bool = False
    deferred: bool = False
    deferral_allowed: bool = False
    address_unproved: bool = False
    phone_unknown: bool = False


def next_step(facts: Facts) -> Step:
    """Return the step that these facts lead to."""
    if not facts.password_verified:
        return Step.PASSWORD
    if facts.recovery_used and not facts.second_factor_verified:
        return Step.SET_UP
    if not facts.has_authenticator:
        return _first_option(facts)
    if not facts.second_factor_verified:
        return _before_second_factor(facts)
    if facts.change_wanted:
        return Step.SET_UP
    return Step.CONFIRM_PREFERENCE if facts.confirmation_due else Step.SIGNED_IN


def _first_option(facts: Facts) -> Step:
    """Return the step of somebody who knows the password and has no MFA option yet."""
    if facts.deferred and facts.deferral_allowed:
        return Step.SIGNED_IN
    if facts.phone_unknown:
        return Step.ASK_SUPPORT
    return Step.PROVE_ADDRESS if facts.address_unproved else Step.SET_UP


def _before_second_factor(facts: Facts) -> Step:
    if facts.device_trusted and not facts.confirmation_due:
        return Step.SIGNED_IN
    return Step.CHALLENGE if facts.authenticator_chosen else Step.CHOOSE
