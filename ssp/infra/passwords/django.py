"""The forms of Django's hashers. They begin with the hasher's name and a dollar sign."""

import base64
import hashlib
import re
from functools import partial

from ssp.infra.passwords import argon, blowfish
from ssp.infra.passwords.derive import ScryptCost, pbkdf2, scrypt
from ssp.infra.passwords.format import Format

_SALT = r"(?P<salt>[!-#%-~]{1,64})"  # printable ASCII but for the dollar sign; Django's own are letters and digits
_NUMBER = r"[1-9][0-9]{0,9}"
PBKDF2 = re.compile(
    rf"pbkdf2_(?P<digest>sha256|sha1)\$(?P<rounds>{_NUMBER})\${_SALT}\$(?P<key>(?:[A-Za-z0-9+/]{{27}}|[A-Za-z0-9+/]{{43}})=)"
)
SCRYPT = re.compile(
    rf"scrypt\$(?P<n>{_NUMBER})\${_SALT}\$(?P<r>{_NUMBER})\$(?P<p>{_NUMBER})\$(?P<key>[A-Za-z0-9+/]{{86}}==)"
)
ARGON2 = re.compile(rf"argon2{argon.PATTERN.pattern}")
BCRYPT = re.compile(rf"bcrypt\${blowfish.PATTERN.pattern}")
BCRYPT_SHA256 = re.compile(rf"bcrypt_sha256\${blowfish.PATTERN.pattern}")


def read_pbkdf2(match: re.Match[str]) -> Format:
    """Return the hash that PBKDF2 found. Raises RefusedHashError."""
    key = base64.b64decode(match["key"])
    return Format("Django PBKDF2", pbkdf2(match["digest"], int(match["rounds"]), match["salt"].encode(), key))


def read_scrypt(match: re.Match[str]) -> Format:
    """Return the hash that SCRYPT found. Raises RefusedHashError."""
    cost = ScryptCost(int(match["n"]), int(match["r"]), int(match["p"]))
    return Format("Django scrypt", scrypt(cost, match["salt"].encode(), base64.b64decode(match["key"])))


def read_argon2(match: re.Match[str]) -> Format:
    """Return the hash that ARGON2 found. Raises RefusedHashError."""
    return Format("Django Argon2", argon.read(match).matches)


def read_bcrypt(match: re.Match[str]) -> Format:
    """Return the hash that BCRYPT found. Raises RefusedHashError."""
    return Format("Django bcrypt", blowfish.read(match).matches, reads=blowfish.MOST_BYTES)


def read_bcrypt_sha256(match: re.Match[str]) -> Format:
    """Return the hash that BCRYPT_SHA256 found: bcrypt of SHA-256 in hexadecimal, so nothing is cut.

    Raises RefusedHashError.
    """
    return Format("Django bcrypt with SHA-256", partial(_matches_digest, blowfish.read(match)))


def _matches_digest(inner: Format, password: bytes) -> bool:
    return inner.matches(hashlib.sha256(password).hexdigest().encode("ascii"))
