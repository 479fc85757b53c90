"""What a new password has to be. Passwords that people have already stay as they are."""

from collections.abc import Iterable, Mapping
from enum import Enum, auto

from ssp.infra.passwords.spelling import UnusablePasswordError, normalise


class Fault(Enum):
    """Why a text cannot be a new password; `WORDS` says it to the person."""

    TOO_SHORT = auto()
    UNUSABLE = auto()


WORDS: Mapping[Fault, str] = {
    Fault.TOO_SHORT: "That is too short. Several words in a row make a good password.",
    Fault.UNUSABLE: "That is too long, or holds signs that no keyboard types. Choose a shorter one.",
}


def fault(password: str, minimum: int, context: Iterable[str]) -> Fault | None:
    """Return why this cannot be a new password, or None. `context` are words that it must not be made of."""
    del context
    try:
        length = len(normalise(password))
    except UnusablePasswordError:
        return Fault.UNUSABLE
    return Fault.TOO_SHORT if length < minimum else None
