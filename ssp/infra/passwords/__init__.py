"""Passwords: one spelling for each, Argon2id for new hashes, and the hashes that people bring from elsewhere."""

from ssp.infra.passwords.format import LONGEST_STORED, Format
from ssp.infra.passwords.hasher import Check, PasswordHasher
from ssp.infra.passwords.parameters import Parameters
from ssp.infra.passwords.pool import Busy
from ssp.infra.passwords.recognise import recognise
from ssp.infra.passwords.spelling import MOST_BYTES, MOST_CHARACTERS, UnusablePasswordError, normalise, too_long

__all__ = [
    "LONGEST_STORED",
    "MOST_BYTES",
    "MOST_CHARACTERS",
    "Busy",
    "Check",
    "Format",
    "Parameters",
    "PasswordHasher",
    "UnusablePasswordError",
    "normalise",
    "recognise",
    "too_long",
]
