"""Tell what made a stored hash, or say plainly why it is of no use."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from ssp.infra.passwords import argon, blowfish, django, werkzeug
from ssp.infra.passwords.format import LONGEST_STORED, Format, RefusedHashError


@dataclass(frozen=True, slots=True)
class _Family:
    """Hashes of one maker: how they begin, exactly how they look, and who reads them."""

    name: str
    starts: tuple[str, ...]
    pattern: re.Pattern[str]
    read: Callable[[re.Match[str]], Format]


_FAMILIES = (
    _Family("Argon2", ("$argon2",), argon.PATTERN, argon.read),
    _Family("bcrypt", ("$2a$", "$2b$", "$2y$"), blowfish.PATTERN, blowfish.read),
    _Family("Django PBKDF2", ("pbkdf2_sha256$", "pbkdf2_sha1$"), django.PBKDF2, django.read_pbkdf2),
    _Family("Django scrypt", ("scrypt$",), django.SCRYPT, django.read_scrypt),
    _Family("Django Argon2", ("argon2$",), django.ARGON2, django.read_argon2),
    _Family("Django bcrypt", ("bcrypt$",), django.BCRYPT, django.read_bcrypt),
    _Family("Django bcrypt", ("bcrypt_sha256$",), django.BCRYPT_SHA256, django.read_bcrypt_sha256),
    _Family("Werkzeug PBKDF2", ("pbkdf2:", "pbkdf2$"), werkzeug.PBKDF2, werkzeug.read_pbkdf2),
    _Family("Werkzeug scrypt", ("scrypt:",), werkzeug.SCRYPT, werkzeug.read_scrypt),
)
_UNUSABLE = "is Django's mark for an account without a password"
_KNOWN = "Argon2, bcrypt, and the PBKDF2, scrypt, Argon2 and bcrypt forms of Django and Werkzeug"


def recognise(stored: str) -> Format | str:
    """Return how to check passwords against this hash, or a reason that follows on the name of a column.

    Never raises, does no hashing, and repeats nothing of the hash but its cost.
    """
    if not stored:
        return "is empty"
    if len(stored) > LONGEST_STORED:
        return f"is longer than {LONGEST_STORED} characters"
    family = next((family for family in _FAMILIES if stored.startswith(family.starts)), None)
    if family is None:
        return _UNUSABLE if stored.startswith("!") else f"is of an unknown format; known are {_KNOWN}"
    match = family.pattern.fullmatch(stored)
    if match is None:
        return f"looks like {family.name}, but is damaged or cut off"
    try:
        return family.read(match)
    except RefusedHashError as refusal:
        return str(refusal)
